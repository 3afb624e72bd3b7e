"""虚开发票: invoices for more than their buyer ever ordered, or for orders already cancelled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hengjian.stats.outstanding import Bar, Outstanding, Peers, outstanding
from hengjian.stats.shares import share_interval
from hengjian.violations.columns import (
    DAY,
    Floats,
    Groups,
    Ints,
    equals,
    floats,
    grouped,
    moment,
    seconds,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import row_of
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided
from hengjian.violations.units import by_time, codes, distinct

# Freight and rounding: an invoice may be somewhat above the price of the goods.
_LEAST_LIFT, _FREIGHT = 1.2, 50.0
# An invoice that was already under way when the order was cancelled.
_UNDER_WAY = 3 * DAY
_BAR = Bar(cases=5, share=0.1)
_PEERS = Peers(least_total=10, of_few=0.03, floor=0.01)
_SCORE = 0.6
_SHOP = ["platform", "shop_id"]


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that issue invoices which no order of their buyers accounts for.

    Counted are buyers with an invoice that stands and that (1) is above the list price of all
    their orders at the shop together, and above what they paid, by more than a fifth and 50 yuan,
    so that invoices for several orders or before a platform's subsidy do not count, or (2) was
    issued more than three days after its order was cancelled. Each shop's share of its invoiced
    buyers is tested against the share that three in four others stay below.

    Invoices whose order, amount, or list price is unknown are left out and told.
    """
    invoices, orders = tables["invoice"], tables["order"]
    order = row_of(invoices, ["shop_id", "order_id"], orders, ["shop_id", "record_id"])
    issued = equals(invoices, "status", "issued")
    found = issued & (order >= 0)
    if (issued & ~found).any():
        yield Undecided("order.record_id", int((issued & ~found).sum()))
    if not found.any():
        return
    place = np.maximum(order, 0)
    amount, most = floats(invoices, "amount"), _most_that_was_ordered(orders)[place]
    unclear = found & np.isnan(amount)
    if unclear.any():
        yield Undecided("invoice.amount", int(unclear.sum()))
    unpriced = found & ~unclear & np.isnan(most)
    if unpriced.any():
        yield Undecided("order.list_price", int(unpriced.sum()))
    judged = found & ~unclear & ~unpriced
    above = judged & (amount > _LEAST_LIFT * most) & (amount > most + _FREIGHT)
    undone = np.where(equals(orders, "status", "cancelled"), seconds(orders, "status_at"), np.nan)[
        place
    ]
    issued_at = seconds(invoices, "issued_at")
    after = judged & (issued_at - undone > _UNDER_WAY)
    buyer = np.where(judged, codes(orders, "user_id")[place], -1)
    of_order = grouped(orders, _SHOP)
    shops = Groups(np.where(order >= 0, of_order.number[place], -1), of_order.keys)
    wrong = above | after
    counts, totals = (
        distinct(np.where(mask, shops.number, -1), buyer, shops.size) for mask in (wrong, judged)
    )
    tested = outstanding(counts, totals, _BAR, _PEERS)
    rows, less = np.flatnonzero(wrong), most - amount
    for shop in np.flatnonzero(tested.stands_out).tolist():
        own = rows[shops.number[rows] == shop]
        # The largest excess tells most; those after the order was cancelled follow by time.
        told = np.concatenate(
            (
                by_time(invoices, less, own[above[own]]),
                by_time(invoices, issued_at, own[~above[own]]),
            )
        )
        struck = told, int(above[own].sum()), int(after[own].sum())
        numbers = int(counts[shop]), int(totals[shop])
        yield _suspicion(invoices, struck, numbers, (shops, shop, tested), float(most[told[0]]))


def _most_that_was_ordered(orders: pa.Table) -> Floats:
    """Return for each order the most that all orders of its buyer at its shop can have cost.

    Not-a-number: one of them has no list price or no quantity.
    """
    listed = floats(orders, "list_price") * np.maximum(floats(orders, "quantity"), 1)
    cost = np.fmax(listed, np.nan_to_num(floats(orders, "paid_price")))
    cost[np.isnan(listed)] = np.nan
    both = codes(orders, *_SHOP, "user_id")
    total = np.bincount(both, weights=cost).astype(np.float64)
    return total[both]


def _suspicion(
    invoices: pa.Table,
    struck: tuple[Ints, int, int],
    numbers: tuple[int, int],
    of_shop: tuple[Groups, int, Outstanding],
    most: float,
) -> Suspicion:
    """Return what is said of a shop.

    Args:
        invoices: All invoices.
        struck: Its invoices, what tells most first; how many are too large, and how many came
            after the order was cancelled.
        numbers: Buyers with such an invoice, and buyers with any.
        of_shop: The shops, which of them it is, and the test.
        most: The most that the buyer of the first invoice ordered, yuan.
    """
    told, above, after = struck
    (buyers, total), (shops, shop, tested) = numbers, of_shop
    low, high = share_interval(buyers, total)
    base = float(tested.base[shop])
    issued_at = seconds(invoices, "issued_at", told)
    dated = issued_at[~np.isnan(issued_at)]
    platform, shop_id = shops.keys[shop]
    first = int(told[0])
    name = invoices.column("item_name")[first].as_py()
    # As it stands: what Arrow makes of a decimal may differ in the last digit.
    written = float(str(invoices.column("amount")[first].as_py()))
    return Suspicion(
        subject_kind="shop",
        subject_id=shop_id,
        rests_on={"invoice": told.tolist()},
        figures=[
            Figure("与订单最不符的发票", written, "元", most, "amount"),
            Figure("发票与订单不符的买家", buyers, "人"),
            Figure("占开票买家的比例", round(100 * buyers / total, 1), "%", round(100 * base, 1)),
            Figure("错误发现率q", float(tested.q[shop])),
        ],
        explanation=(
            f"{total} 名开票买家中有 {buyers} 名的发票与订单不符（{buyers / total:.0%}，95%置信区间"
            f" {low:.0%}–{high:.0%}；多数店铺不超过 {base:.0%}）：金额超过其全部订单标价合计的"
            f" {above} 张，订单取消后开具的 {after} 张，涉嫌开具与实际经营"
            "业务情况不符的发票，请核实有无线下交易、补开或者红字冲销，再移送税务部门。"
        ),
        score=_SCORE,
        conduct_from=moment(float(dated.min())) if len(dated) else None,
        conduct_until=moment(float(dated.max())) if len(dated) else None,
        conduct_known="stated" if len(dated) else "unknown",
        platform=platform,
        shop_id=shop_id,
        quotes=[Quote("item_name", 0, name)] if name else [],
    )
