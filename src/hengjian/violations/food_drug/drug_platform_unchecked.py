"""药品平台未审核: platforms on which too many sellers of medicines have no licence for them."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.food_drug.drug_seller_unlicensed import TRADE
from hengjian.violations.platform.unchecked_shops import Checked, among, unchecked
from hengjian.violations.sellers import claims_known, claims_of, sellers_of, unclear
from hengjian.violations.suspicion import Said, Suspicion, Undecided
from hengjian.violations.unlicensed_sellers import offering, unlicensed


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the platforms of whose sellers of medicines more than 5 % are unlicensed.

    Judged are the shops that offer approved medicines and whose licences are known; the test is
    told in `unchecked_shops`. Shops whose licences are unknown are left out and told.
    """
    sellers = sellers_of(tables["operator"])
    offered, told = offering(tables, sellers, TRADE), claims_known(tables, sellers)
    if (offered & ~told).any():
        yield Undecided("operator.licence_nos", int((offered & ~told).sum()))
    suspicions = (said for said in unlicensed(tables, TRADE) if isinstance(said, Suspicion))
    bad = among(sellers, {(said.platform, said.subject_id) for said in suspicions})
    judged = offered & told & ~unclear(claims_of(tables, sellers), sellers.size)
    yield from unchecked(tables, sellers, Checked(judged | bad, bad), "药品")
