"""恶意拍下不付款: one buyer or device leaves very many orders of one shop unpaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.stats.shares import excess_chance
from hengjian.violations.columns import (
    DAY,
    Bools,
    Ints,
    equals,
    floats,
    known,
    moment,
    seconds,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import latest
from hengjian.violations.suspicion import Figure, Members, Said, Suspicion, Undecided
from hengjian.violations.units import (
    by_creation,
    codes,
    densest_windows,
    group_id,
    many,
    pairs,
)

# What a cancelled order says when nobody paid for it.
_UNPAID_REASON = r"未付款|未支付|没有付款|没付款|支付超时|付款超时|超时未|逾期未付"
# Platforms close what is not paid within a day.
_MAY_STILL_PAY = DAY
_WINDOW = 7 * DAY
# Whoever hesitates, or whose payment fails, tries a few times and commonly pays in the end.
_LEAST_ORDERS, _LEAST_SHARE = 15, 0.95
_LEAST_CHANCE = 0.01
_LEAST_BASE = 0.05
_SCORE = 0.65


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the buyers and devices that left very many orders of one shop unpaid within a week.

    Unpaid are orders that are a day older than the newest of the platform and still unpaid, or
    that were cancelled for want of payment. The null: the buyer leaves orders unpaid as often as
    the shop's other buyers do (upper tail of the binomial distribution, Bonferroni over all pairs
    of a shop and a buyer or device). At least fifteen unpaid orders, and 95 % of the orders that
    the buyer placed at the shop from a week before them to a week after.

    Cancelled orders of which it is unknown whether they were paid are left out and told.
    """
    orders = tables["order"]
    unpaid, paid = _unpaid(orders), _paid(orders)
    unknown = equals(orders, "status", "cancelled") & ~unpaid & ~paid
    if unknown.any():
        yield Undecided("order.paid_at", int(unknown.sum()))
    told: set[int] = set()
    users, devices = codes(orders, "platform", "user_id"), codes(orders, "platform", "device_id")
    tried = sum(len(np.unique(each[each >= 0])) for each in (users, devices))
    for actor in (users, devices):
        for rows, chance, base in _striking(orders, actor, unpaid, paid):
            corrected = min(1.0, chance * max(tried, 1))
            # What a buyer did is not told a second time of the device.
            if corrected <= _LEAST_CHANCE and not told.intersection(rows.tolist()):
                told.update(rows.tolist())
                yield _suspicion(orders, rows, corrected, base)


def _unpaid(orders: pa.Table) -> Bools:
    platform, created = codes(orders, "platform"), seconds(orders, "created_at")
    newest = latest(platform, created, int(platform.max(initial=-1)) + 1)
    due = newest[platform] - created >= _MAY_STILL_PAY
    open_still = equals(orders, "status", "created") & ~known(orders, "paid_at") & due
    reason: Any = pc.match_substring_regex(orders.column("cancel_reason"), _UNPAID_REASON)
    given = np.asarray(reason.fill_null(False))
    closed: Bools = equals(orders, "status", "cancelled") & ~known(orders, "paid_at") & given
    return open_still | closed


def _paid(orders: pa.Table) -> Bools:
    done = equals(orders, "status", "paid", "shipped", "received", "refunded")
    return done | known(orders, "paid_at")


def _striking(
    orders: pa.Table, actor: Ints, unpaid: Bools, paid: Bools
) -> Iterator[tuple[Ints, float, float]]:
    """Yield the unpaid orders of each who strikes, their chance, and the others' share."""
    created = seconds(orders, "created_at")
    shop = codes(orders, "platform", "shop_id")
    unit = np.where(actor >= 0, pairs(shop, actor), -1)
    size = int(unit.max(initial=-1)) + 1
    many_unpaid = np.bincount(unit[(unit >= 0) & unpaid], minlength=size) >= _LEAST_ORDERS
    if not many_unpaid.any():
        return
    chosen = (unit >= 0) & many_unpaid[np.maximum(unit, 0)]
    windows = densest_windows(np.where(chosen & unpaid, unit, -1), created, _WINDOW)
    told = np.flatnonzero((unpaid | paid) & (shop >= 0))
    told = told[np.argsort(shop[told], kind="stable")]
    of_shop = shop[told]
    for each in np.flatnonzero(many_unpaid).tolist():
        rows = windows.of(each)
        begins, ends = created[rows].min() - _WINDOW, created[rows].max() + _WINDOW
        begin, end = np.searchsorted(of_shop, shop[rows[0]] + np.array([0, 1]))
        here = told[begin:end]
        ours = unit[here] == each
        around = ours & (created[here] >= begins) & (created[here] <= ends)
        judged, count = int(around.sum()), int(unpaid[here[around]].sum())
        if len(rows) >= _LEAST_ORDERS and count >= _LEAST_SHARE * judged:
            base = _base(unpaid[here[~ours]])
            yield rows, float(excess_chance(count, judged, base)), base


def _base(unpaid: Bools) -> float:
    """Return the share of a shop's other orders that stay unpaid."""
    # One more of each: few others say little.
    return max(_LEAST_BASE, (int(unpaid.sum()) + 1) / (len(unpaid) + 2))


def _suspicion(orders: pa.Table, rows: Ints, chance: float, base: float) -> Suspicion:
    rows = by_creation(orders, rows)
    users, items = many(orders, "user_id", rows), many(orders, "item_id", rows)
    first, last = map(moment, seconds(orders, "created_at", rows[[0, -1]]).tolist())
    shop = orders.column("shop_id")[int(rows[0])].as_py()
    pieces = np.nansum(floats(orders, "quantity", rows))
    figures = [
        Figure("拍下未付款的订单", len(rows), "单"),
        Figure("该店其他买家未付款的比例", round(100 * base, 1), "%"),
        *([Figure("占用的商品", float(pieces), "件")] if pieces else []),
        Figure("校正后的偶然概率", chance),
    ]
    who = "同一买家" if len(users) == 1 else f"同一设备上的 {len(users)} 个买家账号"
    return Suspicion(
        subject_kind="account" if len(users) == 1 else "group",
        subject_id=users[0] if len(users) == 1 else group_id(users),
        rests_on={"order": rows.tolist()},
        figures=figures,
        explanation=(
            f"{who}在 {(last - first).days + 1} 天内拍下店铺 {shop} 的 {len(rows)} 个订单而不付款"
            f"（该店其他买家未付款 {base:.0%}），涉嫌恶意批量拍下商品不付款，"
            "请核实账号背后的经营者、商品库存是否因此售空，并排除支付故障和反复抢购。"
        ),
        score=_SCORE,
        conduct_from=first,
        conduct_until=last,
        platform=orders.column("platform")[int(rows[0])].as_py(),
        shop_id=shop,
        members=Members(
            accounts=users,
            shops=[shop],
            items=items,
            window_start=first,
            window_end=last,
            p_value=chance,
        ),
    )
