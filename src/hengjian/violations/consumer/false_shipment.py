"""虚假发货: orders marked as shipped whose tracking number cannot be that of their parcel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
    strings,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import latest
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided
from hengjian.violations.units import by_creation, codes, distinct

# A parcel may be added to for a while after it was marked as shipped; carriers use a number again
# after half a year or more.
_ADDED_WITHIN, _NUMBER_USED_AGAIN = 2 * DAY, 180 * DAY
# Platforms confirm receipt for the buyer ten to fifteen days after shipping, after extensions
# within a month; two months also cover what comes by sea.
_LONG, _VERY_LONG = 30 * DAY, 60 * DAY
_AT_ONCE = 120.0
# A family or a small office orders together; this many buyers do not share a parcel that is lost.
_LEAST_BUYERS = 5
_LEAST_RECEIVED = 0.5
# A filler such as 00000000 repeats a few characters.
_FEW_CHARACTERS = 3
_WAYBILL = r"^[A-Za-z]{0,5}[0-9-]*([0-9][A-Za-z0-9-]*){8,}$"

_IMPOSSIBLE_BAR = Bar(cases=5, share=0.02)
# A warehouse may mark all its orders at once, and some buyers never confirm.
_AT_ONCE_BAR = Bar(cases=10, share=0.15)
_NOT_RECEIVED_BAR = Bar(cases=20, share=0.3)
_PEERS = Peers(of_few=0.02, floor=0.005)


class _Signs(NamedTuple):
    """Where the orders show what, one entry for every order.

    Attributes:
        shipped: Marked as shipped or received, with a tracking number and the time of the mark.
        aged: Marked long enough ago that receipt would be recorded.
        used_again: Ordered by another buyer days after the parcel of that number had left.
        shared: Many buyers have that number, and none of them received anything.
        at_once: Marked as shipped within two minutes of payment, and nothing came.
        not_received: Marked as shipped two months ago or more, and not received.
    """

    shipped: Bools
    aged: Bools
    used_again: Bools
    shared: Bools
    at_once: Bools
    not_received: Bools


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops whose orders are marked as shipped though nothing can have been sent.

    Counted are orders with a tracking number that (1) another buyer placed more than two days
    after the parcel of that number had left, (2) share the number with four or more other buyers
    none of whom received anything within a month; held to higher bars, those that (3) were marked
    within two minutes of payment and not received within a month, or (4) were not received within
    two months. Each shop's share is tested against the share that three in four others stay below.

    "Not received" is only believed on a platform whose orders of that age are mostly received:
    elsewhere the extract does not follow them. Shipped orders without tracking number or without
    the time of the mark are left out and told; pick-up and what needs no parcel have none.
    """
    orders = tables["order"]
    marked = equals(orders, "status", "shipped", "received")
    numbered, timed = known(orders, "tracking_no"), known(orders, "status_at")
    for name, lacking in (("tracking_no", ~numbered), ("status_at", numbered & ~timed)):
        if (marked & lacking).any():
            yield Undecided(f"order.{name}", int((marked & lacking).sum()))
    signs = _signs(orders, marked & timed & _is_waybill(orders))
    shops = grouped(orders, ["platform", "shop_id"])
    seen: set[int] = set()
    for wrong, bar, score in (
        (signs.used_again | signs.shared, _IMPOSSIBLE_BAR, 0.75),
        (signs.at_once, _AT_ONCE_BAR, 0.65),
        (signs.not_received, _NOT_RECEIVED_BAR, 0.5),
    ):
        judged = signs.aged | wrong
        totals, told = shops.total(judged), np.flatnonzero(wrong)
        tested = outstanding(shops.total(wrong), totals, bar, _PEERS)
        for shop in np.flatnonzero(tested.stands_out).tolist():
            if shop not in seen:
                seen.add(shop)
                own = told[shops.number[told] == shop]
                yield _suspicion(
                    orders, signs, (own, int(totals[shop])), (shops, shop, tested), score
                )


def _is_waybill(orders: pa.Table) -> Bools:
    """Return where the tracking number is one: not 自提, 无需物流 or a filler."""
    found: Any = pc.match_substring_regex(orders.column("tracking_no"), _WAYBILL)
    return np.asarray(found.fill_null(False))


def _signs(orders: pa.Table, shipped: Bools) -> _Signs:
    marked_at, created = seconds(orders, "status_at"), seconds(orders, "created_at")
    received = shipped & equals(orders, "status", "received")
    waiting = shipped & ~received
    age = _age(orders, shipped, received)
    aged = shipped & (age >= _LONG)
    number = np.where(shipped, codes(orders, "platform", "tracking_no"), -1)
    buyer = codes(orders, "user_id")
    size = int(number.max(initial=-1)) + 1
    place = np.maximum(number, 0)
    # Of what several buyers share; a filler such as 00000000 is nobody's parcel.
    several = (number >= 0) & (distinct(number, buyer, size)[place] > 1 if size else False)
    several &= ~_is_filler(orders, several)

    order = np.lexsort((marked_at, number))
    first = np.zeros(size, dtype=np.int64)
    # Written from the latest to the earliest, so that the earliest stays.
    inside = order[number[order] >= 0][::-1]
    first[number[inside]] = inside
    began = first[place] if size else np.zeros(len(number), dtype=np.int64)
    late = created - marked_at[began]
    used_again = several & (late > _ADDED_WITHIN) & (late < _NUMBER_USED_AGAIN)
    used_again &= buyer != buyer[began]

    lost = several & waiting & aged
    if size:
        rows = np.bincount(number[number >= 0], minlength=size)
        all_lost = np.bincount(number[lost], minlength=size) == rows
        lost &= all_lost[place]
        lost &= (distinct(np.where(lost, number, -1), buyer, size) >= _LEAST_BUYERS)[place]
    took = marked_at - seconds(orders, "paid_at")
    at_once = waiting & aged & (took >= 0) & (took <= _AT_ONCE)
    return _Signs(shipped, aged, used_again, lost, at_once, waiting & (age >= _VERY_LONG))


def _is_filler(orders: pa.Table, chosen: Bools) -> Bools:
    """Return where a chosen tracking number repeats a few characters only."""
    found = np.zeros(orders.num_rows, dtype=np.bool_)
    numbers = strings(orders.select(["tracking_no"]).filter(pa.array(chosen)), "tracking_no")
    found[chosen] = [len(set(number or "")) <= _FEW_CHARACTERS for number in numbers]
    return found


def _age(orders: pa.Table, shipped: Bools, received: Bools) -> Any:
    """Return the seconds from the mark to the last receipt that its platform recorded.

    Minus one where the platform's orders of such an age are mostly not recorded as received.
    """
    platforms = grouped(orders, ["platform"])
    marked_at = seconds(orders, "status_at")
    last = latest(np.where(received, platforms.number, -1), marked_at, platforms.size)
    age = np.nan_to_num(last[platforms.number] - marked_at, nan=-1.0)
    aged = shipped & (age >= _LONG)
    followed = platforms.total(aged & received) >= _LEAST_RECEIVED * platforms.total(aged)
    return np.where(followed[platforms.number], age, -1.0)


def _suspicion(
    orders: pa.Table,
    signs: _Signs,
    rows: tuple[Ints, int],
    of_shop: tuple[Groups, int, Outstanding],
    score: float,
) -> Suspicion:
    """Return what is said of a shop.

    Args:
        orders: All orders.
        signs: What they show.
        rows: Those of the shop that are wrong, and of how many that could be told.
        of_shop: The shops, which of them it is, and the test.
        score: Of the suspicion.
    """
    shops, shop, tested = of_shop
    wrong, total = rows
    count, base = len(wrong), float(tested.base[shop])
    told = by_creation(orders, wrong)
    first, last = seconds(orders, "created_at", told[[0, -1]])
    low, high = share_interval(count, total)
    seen = _seen(signs, wrong)
    platform, shop_id = shops.keys[shop]
    return Suspicion(
        subject_kind="shop",
        subject_id=shop_id,
        rests_on={"order": told.tolist()},
        figures=[
            Figure("物流与订单不符的订单", count, "单"),
            Figure("占可核对订单的比例", round(100 * count / total, 1), "%", round(100 * base, 1)),
            *(Figure(name, number, "单") for name, number in seen.items()),
            Figure("错误发现率q", float(tested.q[shop])),
        ],
        explanation=(
            f"{total} 个可核对的订单中有 {count} 个（{count / total:.0%}，95%置信区间 "
            f"{low:.0%}–{high:.0%}；多数店铺不超过 {base:.1%}）标记发货而物流与订单不符："
            f"{'，'.join(f'{name} {number} 单' for name, number in seen.items())}，"
            "涉嫌虚假发货，请向快递企业核对运单的揽收、签收记录，并排除合并发货和代收。"
        ),
        score=score,
        conduct_from=moment(float(first)),
        conduct_until=moment(float(last)),
        platform=platform,
        shop_id=shop_id,
        quotes=[Quote("tracking_no", 0, orders.column("tracking_no")[int(told[0])].as_py())],
    )


def _seen(signs: _Signs, wrong: Ints) -> Mapping[str, int]:
    """Return how many of the wrong orders show which sign; those that none shows are left out."""
    named = {
        "下单时同一运单号的包裹早已发出": signs.used_again,
        "多名买家共用一个运单号且均未收货": signs.shared,
        "付款后两分钟内发货却一个月未收货": signs.at_once,
        "发货两个月未收货": signs.not_received,
    }
    counted = {name: int(mask[wrong].sum()) for name, mask in named.items()}
    return {name: number for name, number in counted.items() if number}
