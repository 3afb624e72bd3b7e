"""虚构销量: a listing that claims far more sales than its orders, where claims and orders agree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.violations.columns import equals, floats, known, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.gangs import matched, scoped
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided

# Orders of a sample, or of a part of the time, say nothing: first most listings must agree.
_LEAST_LISTINGS, _LEAST_AGREEING, _AGREES_WITHIN = 30, 0.8, 1.2
_LEAST_CLAIM = 100
# The indicator is 1.2; a lead needs a margin for orders that came in while the page was read.
_LEAST_RATIO = 2.0


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings that claim at least twice the sales that their orders show.

    Only where the orders of a platform are complete: four in five listings with at least a hundred
    claimed sales must agree with their orders to a fifth. Counted are pieces of all orders but
    those cancelled or never paid, until the page was read.
    """
    listings, orders = tables["listing"], tables["order"]
    claim, read = floats(listings, "sales_count"), seconds(listings, "captured_at")
    fit = ~np.isnan(claim) & ~np.isnan(read) & known(listings, "item_id")
    if (~fit).any():
        yield Undecided("listing.sales_count", int((~fit).sum()))
    last = seconds(orders, "created_at")
    sold = ~equals(orders, "status", "created", "cancelled")
    place = matched(scoped(orders, "item_id"), listings, "item_id")
    pieces = np.maximum(1.0, np.nan_to_num(floats(orders, "quantity"), nan=1.0))
    counted = sold & (place >= 0)
    counted &= last <= np.where(place >= 0, read[place], np.nan)
    seen = np.bincount(place[counted], pieces[counted], minlength=listings.num_rows)
    first = matched(scoped(listings, "item_id"), listings, "item_id") == np.arange(len(claim))
    platform = np.asarray(listings.column("platform"))
    for name in sorted(set(platform.tolist())):
        here = np.flatnonzero(fit & first & (platform == name) & (claim >= _LEAST_CLAIM))
        agreeing = (claim[here] <= _AGREES_WITHIN * seen[here]) & (
            seen[here] <= _AGREES_WITHIN * claim[here]
        )
        if len(here) < _LEAST_LISTINGS or agreeing.mean() < _LEAST_AGREEING:
            yield Undecided("order.record_id", len(here))
            continue
        for row in here[claim[here] >= _LEAST_RATIO * np.maximum(seen[here], 1)]:
            yield _suspicion(tables, int(row), float(claim[row]), float(seen[row]))


def _suspicion(tables: Tables, row: int, claim: float, seen: float) -> Suspicion:
    listings = tables["listing"]
    record = {name: listings.column(name)[row].as_py() for name in ("record_id", "platform")}
    read = float(seconds(listings, "captured_at", [row])[0])
    return Suspicion(
        subject_kind="listing",
        subject_id=record["record_id"],
        rests_on={"listing": [row]},
        figures=[Figure("页面所示销量", claim, "件", seen, "sales_count")],
        explanation=(
            f"页面所示销量 {claim:.0f} 件，同一平台截至当时的有效订单只有 {seen:.0f} 件，而该平台"
            "其他商品的销量与订单相符，涉嫌虚构成交量，请核对平台后台数据、统计口径和链接是否换过商品。"
        ),
        score=0.6,
        conduct_from=moment(read),
        conduct_until=moment(read),
        platform=record["platform"],
        conduct_known="captured",
    )
