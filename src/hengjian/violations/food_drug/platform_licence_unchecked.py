"""平台未审查许可证: platforms with too many food shops without a licence of their own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.identity.licences import FOOD, register_of
from hengjian.violations.detector import Tables
from hengjian.violations.food_drug import (
    catering_forged_licence,
    catering_unlicensed,
    food_licence_expired,
)
from hengjian.violations.platform.unchecked_shops import Checked, among, unchecked
from hengjian.violations.sellers import claims_known, claims_of, sellers_of
from hengjian.violations.suspicion import Said, Suspicion, Undecided

_OF_SHOPS = (catering_unlicensed, catering_forged_licence, food_licence_expired)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the platforms of whose food shops more than 5 % have no licence of their own in force.

    A shop is bad if one of the detectors of single shops suspects it (none at all, forged or
    another's, expired); it is judged if it is bad or the register has one of its numbers. The test
    is told in `unchecked_shops`. Shops of which no number is known are left out and told.
    """
    sellers = sellers_of(tables["operator"])
    told = claims_known(tables, sellers)
    if not told.all():
        yield Undecided("operator.licence_nos", int((~told).sum()))
    bad = among(
        sellers,
        {
            (said.platform, said.subject_id)
            for detector in _OF_SHOPS
            for said in detector.suspect(tables)
            if isinstance(said, Suspicion)
        },
    )
    claims = claims_of(tables, sellers)
    found = register_of(tables["licence"], FOOD).find(claims.number) >= 0
    judged = bad.copy()
    judged[claims.seller[found]] = True
    yield from unchecked(tables, sellers, Checked(np.asarray(judged), bad), "食品")
