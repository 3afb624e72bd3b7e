"""平台未制止、报告或者停止服务: platforms that leave food shops online after a notice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.identity.licences import FOOD
from hengjian.violations.columns import Bools, equals
from hengjian.violations.detector import Tables
from hengjian.violations.food_drug.caterers import caters
from hengjian.violations.platform.notices import Terms, unanswered
from hengjian.violations.sellers import Sellers, claims_of, newest_time, sellers_of
from hengjian.violations.suspicion import Said, Undecided

# The law asks to stop it at once; a day leaves room for nights.
_TERMS = Terms(
    24,
    "食品经营者的违法行为",
    "涉嫌未及时制止、报告或者停止提供网络交易平台服务，请调取通知送达记录、处置记录，"
    "并核实店铺是否仍可下单。",
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the platforms that did nothing within a day of a notice about a food shop.

    A food shop is one that caters or claims a food licence; other subjects are not looked at. What
    counts as nothing done is told in `violation_unhandled`, with 24 hours for 72. Notices about
    shops that no operator record speaks of are left out and told.
    """
    notices = tables["platform_action"]
    sellers = sellers_of(tables["operator"])
    of_shops = equals(notices, "subject_kind", "shop")
    names = ["platform", "subject_id"]
    seller = sellers.of(notices.select(names).rename_columns(["platform", "shop_id"]))
    strangers = of_shops & (seller < 0)
    if strangers.any():
        yield Undecided("operator.shop_id", int(strangers.sum()))
    judged = of_shops & (seller >= 0) & _food(tables, sellers)[seller]
    yield from unanswered(notices, judged, newest_time(tables), _TERMS)


def _food(tables: Tables, sellers: Sellers) -> Bools:
    found = caters(tables, sellers)
    claims = claims_of(tables, sellers)
    found[claims.seller[np.equal(claims.type, FOOD)]] = True
    return found
