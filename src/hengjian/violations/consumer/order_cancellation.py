"""砍单: paid orders that a shop cancels, far more of them than shops commonly do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.stats.outstanding import Peers, common_share, lower_bound
from hengjian.stats.shares import excess_chance, false_discovery, share_interval
from hengjian.violations.columns import (
    Bools,
    Groups,
    Ints,
    equals,
    floats,
    grouped,
    known,
    moment,
    seconds,
    shanghai_days,
)
from hengjian.violations.detector import Tables
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

# Reasons that may be lawful, and that somebody would have to look into order by order.
_LAWFUL = (
    *("买家要求", "买家申请", "顾客要求", "客户要求", "协商一致", "应买家", "用户要求", "地址错误"),
    *("地址不详", "联系不上", "无法联系", "不可抗力", "台风", "洪水", "暴雨", "疫情", "交通管制"),
    *(
        "受灾",
        "灾情",
        "被淹",
        "地震",
        "泥石流",
        "道路中断",
        "封路",
        "停电",
        "停运",
        "黄牛",
        "刷单",
        "恶意下单",
        "欺诈",
        "风控",
        "重复下单",
        "限购",
        "未成年",
    ),
)
_LEAST_CANCELLED = 5
_LEAST_SHARE = 0.05
_LARGEST_Q = 0.01
# Times the share that is common.
_LEAST_LIFT = 3.0
_PEERS = Peers(of_few=0.02)
_SALE = ["item_id", "created_at", "paid_price", "quantity"]


class _Tested(NamedTuple):
    """Orders of one shop that belong together, one entry each.

    Attributes:
        scope: Which of the groupings; the whole shop, one of its items, one of its days.
        group: Which group of that grouping.
        shop: The shop.
        cut: How many of its orders the shop cancelled.
        paid: Of how many that were paid.
    """

    scope: Ints
    group: Ints
    shop: Ints
    cut: Ints
    paid: Ints


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that cancelled far more paid orders than is common.

    Counted are paid orders that the seller cancelled, unless the reason given may be lawful (the
    buyer asked for it, force majeure, scalpers). The orders of a shop as a whole, of each item and
    of each day are tested against the share that three in four other shops stay below (upper tail
    of the binomial distribution, false discovery rate at most 1 % over all that was tested); at
    least five orders and three times that share must have been cancelled, and the share must surely
    (95 % lower bound) be over 5 %.

    Orders of which it is unknown whether they were paid, or who cancelled them, are left out and
    told.
    """
    orders = tables["order"]
    undone = equals(orders, "status", "cancelled", "refunded")
    with_payment, by_known = known(orders, "paid_at"), known(orders, "cancelled_by")
    for name, lacking in (("paid_at", ~with_payment), ("cancelled_by", with_payment & ~by_known)):
        if (undone & lacking).any():
            yield Undecided(f"order.{name}", int((undone & lacking).sum()))
    kept = equals(orders, "status", "paid", "shipped", "received")
    paid = kept | (undone & with_payment & by_known)
    cut = paid & undone & equals(orders, "cancelled_by", "seller") & ~_maybe_lawful(orders)
    yield from _striking(orders, paid, cut)


def _maybe_lawful(orders: pa.Table) -> Bools:
    reasons = orders.column("cancel_reason").unique().to_pylist()
    lawful = [text for text in reasons if text and any(word in text for word in _LAWFUL)]
    return equals(orders, "cancel_reason", *lawful)


def _striking(orders: pa.Table, paid: Bools, cut: Bools) -> Iterator[Suspicion]:
    """Yield one suspicion for every shop that strikes, of its most striking orders."""
    scopes = _scopes(orders)
    shops = scopes[0]
    base = common_share(shops.total(cut), shops.total(paid), _PEERS)
    tested = _tests(scopes, paid, cut)
    if not len(tested.cut):
        return
    chance = excess_chance(tested.cut, tested.paid, base[tested.shop])
    q, share = false_discovery(chance), tested.cut / tested.paid
    strikes = (q <= _LARGEST_Q) & (tested.cut >= _LEAST_CANCELLED)
    strikes &= lower_bound(tested.cut, tested.paid) >= _LEAST_SHARE
    strikes &= share >= _LEAST_LIFT * base[tested.shop]
    bought = np.flatnonzero(paid)
    bought = bought[np.argsort(shops.number[bought], kind="stable")]
    of_shop, seen = shops.number[bought], set[int]()
    order = np.lexsort((-tested.cut, chance))
    for place in order[strikes[order]]:
        shop = int(tested.shop[place])
        if shop not in seen:
            seen.add(shop)
            begin, end = np.searchsorted(of_shop, [shop, shop + 1])
            own = bought[begin:end]
            rows = own[scopes[tested.scope[place]].number[own] == tested.group[place]]
            parts = rows[cut[rows]], len(rows), own[~cut[own]]
            yield _suspicion(orders, shops.keys[shop], parts, base[shop])


def _scopes(orders: pa.Table) -> list[Groups]:
    """Return the orders by shop, by shop and item, and by shop and day."""
    day = pa.array(shanghai_days(seconds(orders, "created_at")))
    dated = orders.append_column("_day", day)
    shop = ["platform", "shop_id"]
    return [grouped(dated, names) for names in (shop, [*shop, "item_id"], [*shop, "_day"])]


def _tests(scopes: list[Groups], paid: Bools, cut: Bools) -> _Tested:
    numbers = {key: number for number, key in enumerate(scopes[0].keys)}
    parts = []
    for scope, groups in enumerate(scopes):
        totals = groups.total(paid)
        some = np.flatnonzero(totals)
        shop = np.array([numbers[key[:2]] for key in groups.keys], dtype=np.int64)
        parts.append(
            (np.full(len(some), scope), some, shop[some], groups.total(cut)[some], totals[some])
        )
    return _Tested(*map(np.concatenate, zip(*parts, strict=True)))


def _suspicion(
    orders: pa.Table, shop: tuple[str, str], parts: tuple[Ints, int, Ints], base: float
) -> Suspicion:
    """Return what is said of a shop.

    Args:
        orders: All orders.
        shop: Its platform and id.
        parts: Of the orders that strike those that were cancelled, and how many were paid; those
            of the whole shop that were kept.
        base: The share that is common.
    """
    undone, total, kept = parts
    count = len(undone)
    created = seconds(orders, "created_at", undone)
    by_time = np.argsort(created, kind="stable")
    order, created = undone[by_time].tolist(), created[by_time]
    low, high = share_interval(count, total)
    dearer = _sold_dearer(orders, order, kept.tolist())
    reason = orders.column("cancel_reason")[order[0]].as_py()
    figures = [
        Figure("被商家取消的已付款订单", count, "单"),
        Figure("占已付款订单的比例", round(100 * count / total, 1), "%", round(100 * base, 1)),
        Figure("比例的95%置信下限", round(100 * low, 1), "%"),
    ]
    if dearer:
        figures.append(Figure("取消后同款以更高价格成交", dearer, "单"))
    again = f"取消后同款又以更高价格售出 {dearer} 单，" if dearer else ""
    return Suspicion(
        subject_kind="shop",
        subject_id=shop[1],
        rests_on={"order": order},
        figures=figures,
        explanation=(
            f"{total} 个已付款订单中有 {count} 个被商家取消（{count / total:.0%}，"
            f"95%置信区间 {low:.0%}–{high:.0%}；同期多数店铺不超过 {base:.0%}），{again}"
            "涉嫌付款后单方取消订单，请核实库存、取消理由和取消后的售价。"
        ),
        score=0.8 if dearer else 0.7,
        conduct_from=moment(float(created[0])),
        conduct_until=moment(float(created[-1])),
        platform=shop[0],
        shop_id=shop[1],
        quotes=[Quote("cancel_reason", 0, reason)] if reason else [],
    )


def _sold_dearer(orders: pa.Table, cut: list[int], kept: list[int]) -> int:
    """Return how many kept orders of the same items paid more, after the first was cancelled."""
    of_shop = orders.select(_SALE).take(pa.array([*cut, *kept], pa.int64()))
    price, quantity = floats(of_shop, "paid_price"), floats(of_shop, "quantity")
    each = price / np.where(np.isnan(quantity) | (quantity < 1), 1, quantity)
    created, items = seconds(of_shop, "created_at"), np.asarray(of_shop.column("item_id"))
    undone = np.arange(len(items)) < len(cut)
    found = 0
    for item in set(items[undone]):
        of_item = undone & (items == item)
        highest, first = np.nanmax([*each[of_item], -1.0]), min(created[of_item])
        dearer = ~undone & (items == item) & (created > first) & (each > highest)
        found += int(dearer.sum()) if highest > 0 else 0
    return found
