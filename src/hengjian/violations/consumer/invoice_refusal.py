"""拒开发票: buyers asked for an invoice and got none, far more of them than elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hengjian.stats.outstanding import Bar, Outstanding, Peers, outstanding
from hengjian.stats.shares import share_interval
from hengjian.violations.columns import (
    DAY,
    Bools,
    Groups,
    Ints,
    equals,
    grouped,
    known,
    moment,
    seconds,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import latest, row_of
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided
from hengjian.violations.units import by_creation

# Sellers commonly issue after the time for returns is over, some once a month.
_MAY_STILL_COME = 45 * DAY
# Silence may be an oversight, a refusal is none.
_REFUSED_BAR, _UNANSWERED_BAR = Bar(cases=5, share=0.1), Bar(cases=8, share=0.3)
_PEERS = Peers(least_total=10, of_few=0.05, floor=0.02)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that leave far more requests for an invoice unanswered than is common.

    Counted are orders that were not undone and whose buyer asked for an invoice, if the invoice
    was refused or made to cost more, or if it was not issued though the order is 45 days older
    than the newest of its platform. An order for which some record shows an invoice counts as
    answered. Each shop's share is tested against the share that three in four others stay below.

    Orders of which it is unknown whether an invoice was asked for or issued are left out and told.
    """
    orders = tables["order"]
    alive = equals(orders, "status", "paid", "shipped", "received")
    asked = alive & equals(orders, "invoice_requested", True)
    unknown = alive & ~known(orders, "invoice_requested")
    if unknown.any():
        yield Undecided("order.invoice_requested", int(unknown.sum()))
    given, refused = _answers(orders, tables.get("invoice"))
    refused &= asked & ~given
    old = _is_old(orders)
    open_ended = asked & old & ~given & ~refused & ~known(orders, "invoice_issued")
    if open_ended.any():
        yield Undecided("order.invoice_issued", int(open_ended.sum()))
    kept_waiting = asked & old & ~given & ~refused & equals(orders, "invoice_issued", False)
    judged = asked & (given | refused | kept_waiting)
    shops = grouped(orders, ["platform", "shop_id"])
    unanswered = refused | kept_waiting
    told = np.flatnonzero(judged)
    told = told[np.argsort(shops.number[told], kind="stable")]
    seen: set[int] = set()
    for wrong, bar, score in (
        (refused, _REFUSED_BAR, 0.75),
        (unanswered, _UNANSWERED_BAR, 0.6),
    ):
        tested = outstanding(shops.total(wrong), shops.total(judged), bar, _PEERS)
        for shop in np.flatnonzero(tested.stands_out).tolist():
            if shop not in seen:
                seen.add(shop)
                begin, end = np.searchsorted(shops.number[told], [shop, shop + 1])
                own = told[begin:end]
                rows = own[(refused & wrong)[own]], own[(kept_waiting & wrong)[own]]
                yield _suspicion(orders, rows, len(own), (shops, shop, tested), score)


def _answers(orders: pa.Table, invoices: pa.Table | None) -> tuple[Bools, Bools]:
    """Return for which orders an invoice was issued, and for which one was refused or charged."""
    given = equals(orders, "invoice_issued", True)
    refused = np.zeros(orders.num_rows, dtype=np.bool_)
    if invoices is not None:
        order = row_of(invoices, ["shop_id", "order_id"], orders, ["shop_id", "record_id"])
        issued = equals(invoices, "status", "issued", "voided") & (order >= 0)
        turned_away = equals(invoices, "status", "refused", "surcharge_asked") & (order >= 0)
        given[order[issued]] = True
        refused[order[turned_away]] = True
    return given, refused


def _is_old(orders: pa.Table) -> Bools:
    platforms = grouped(orders, ["platform"])
    created = seconds(orders, "created_at")
    newest = latest(platforms.number, created, platforms.size)
    old: Bools = newest[platforms.number] - created >= _MAY_STILL_COME
    return old


def _suspicion(
    orders: pa.Table,
    rows: tuple[Ints, Ints],
    total: int,
    of_shop: tuple[Groups, int, Outstanding],
    score: float,
) -> Suspicion:
    """Return what is said of a shop.

    Args:
        orders: All orders.
        rows: Its orders that were refused, and those that got no answer.
        total: Of how many it could be told.
        of_shop: The shops, which of them it is, and the test.
        score: Of the suspicion.
    """
    shops, shop, tested = of_shop
    said_no, base = len(rows[0]), float(tested.base[shop])
    count = said_no + len(rows[1])
    percent = round(100 * count / total, 1)
    # A refusal tells more than silence.
    told = [row for some in rows for row in by_creation(orders, some).tolist()]
    created = seconds(orders, "created_at", told)
    low, high = share_interval(count, total)
    platform, shop_id = shops.keys[shop]
    return Suspicion(
        subject_kind="shop",
        subject_id=shop_id,
        rests_on={"order": told},
        figures=[
            Figure("要求开票而未开具的订单", count, "单"),
            Figure("占要求开票订单的比例", percent, "%", round(100 * base, 1)),
            Figure("其中明确拒开或者要求加价", said_no, "单"),
            Figure("错误发现率q", float(tested.q[shop])),
        ],
        explanation=(
            f"{total} 个要求开票的订单中有 {count} 个未开具（{count / total:.0%}，95%置信区间 "
            f"{low:.0%}–{high:.0%}；多数店铺不超过 {base:.0%}），其中明确拒开或者要求加价 "
            f"{said_no} 单，涉嫌拒开发票或者加价开票，请核实买家所填抬头税号是否完整、"
            "是否已线下开具，再移送税务部门。"
        ),
        score=score,
        conduct_from=moment(float(created.min())),
        conduct_until=moment(float(created.max())),
        platform=platform,
        shop_id=shop_id,
    )
