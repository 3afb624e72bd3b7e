"""Crews that buy from one shop to send back: each of them little, all together the shop's harm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from hengjian.stats.shares import excess_chance, share_interval
from hengjian.violations.columns import DAY, Bools, Floats, Ints, moment, seconds
from hengjian.violations.suspicion import Figure, Members, Suspicion, Undecided
from hengjian.violations.units import (
    by_creation,
    by_time,
    codes,
    densest_windows,
    group_id,
    many,
    pairs,
    shared,
)

_WINDOW = 30 * DAY
# The number and the share of the catalogue (退货率>0.8，n≥20), of all members together; fewer than
# five people are a family or a household.
_LEAST_RETURNS, _LEAST_SHARE, _LEAST_MEMBERS = 20, 0.8, 5
# Who buys once and sends it back is like everybody; two of two or three are the least that repeat.
_LEAST_EACH, _LEAST_SHARE_EACH = 2, 2 / 3
_LEAST_LIFT = 3.0
_LARGEST_CHANCE = 0.01
# Who orders three to keep one also sends back again and again; but strangers share no devices, and
# who wants to try does not refuse the parcel. One of both must speak, beyond what is common.
_LEAST_LINKED, _LEAST_LINKED_SHARE = 3, 0.2
_LEAST_REFUSED, _LEAST_REFUSED_SHARE = 10, 1 / 3
# Where chance alone brings more than this share of the members, only the linked are named.
_INNOCENT_SHARE = 0.1
# As many buyers as the share of the trade weighs beside a shop's own.
_WEIGHT_OF_TRADE = 20
_LEAST_BASE = 0.02
# Reasons that lie in the goods or the shop: a faulty batch comes back from everybody.
_OF_GOODS = (
    "质量|瑕疵|描述|不符|破损|少件|漏|色差|掉色|起球|尺寸|尺码|大小|偏大|偏小|太大|太小|异味|发错|错发|过期|变质|坏"
    "|发货慢|假货|过敏|召回"
)


class Acts(NamedTuple):
    """What became of orders, one entry for every order.

    Attributes:
        paid: It was paid.
        back: It was sent back, refused or refunded for the buyer's reasons.
        refused: The parcel was refused.
        trade: The category of its item; -1: unknown.
        alike: How much alike the orders of one user end, 0 to 1; one number for all.
    """

    paid: Bools
    back: Bools
    refused: Bools
    trade: Ints
    alike: float


class ReturnsOf(NamedTuple):
    """Returns by the order that they are of.

    Attributes:
        order: Places of the orders, sorted; -1: not read.
        row: The return of each.
    """

    order: Ints
    row: Ints

    def among(self, orders: Ints) -> Ints:
        """Return the returns of some orders, each named once."""
        begins, ends = (np.searchsorted(self.order, orders, side) for side in ("left", "right"))
        spans = zip(begins, ends, strict=True)
        return np.sort(np.concatenate([self.row[begin:end] for begin, end in spans]))

    def by_time(self, returns: pa.Table, orders: Ints) -> list[int]:
        """Return the same by when they were asked for, and those of one time by their ids."""
        rows = self.among(orders)
        asked = returns.select(["record_id", "requested_at"]).take(rows)
        times = seconds(asked, "requested_at")
        found: list[int] = rows[by_time(asked, times, np.arange(len(rows)))].tolist()
        return found


def returns_of(place: Ints) -> ReturnsOf:
    """Return the returns by their orders.

    Args:
        place: The order of every return; -1: not read.
    """
    rows = np.argsort(place, kind="stable")
    return ReturnsOf(place[rows], rows)


class _Crew(NamedTuple):
    """Users who returned to one shop.

    Attributes:
        rows: Their orders there in the window.
        users: Number of the user of each.
        linked: Where the user shares a device with another of them.
        devices: Of how many of the users a device is known.
        others_refused: Share of the returns of others in those days that were refused.
        expected: How many such users chance would bring about.
        base: How often orders come back there.
        chance: Corrected for all that was tried.
    """

    rows: Ints
    users: Ints
    linked: Bools
    devices: int
    others_refused: float
    expected: float
    base: float
    chance: float


def crews(
    returns: pa.Table, orders: pa.Table, of_orders: ReturnsOf, acts: Acts
) -> Iterator[Suspicion | Undecided]:
    """Yield the groups of users who together bought from one shop to send back.

    Of one shop and the 30 days in which most came back: users with two returns at least and two
    thirds of their orders there. There must be five of them, with twenty returns and 80 % of their
    orders, and three times as many as chance brings about. The null: users return as often as those
    who bought there once in those days (drawn towards the trade), so that a faulty batch or a sale
    explains itself, and differ as users do (sum of beta-binomial tails, Poisson; corrected for
    every return as a possible beginning of the window in every shop). And three of them, a fifth at
    least, must share devices with each other, more than buyers of one shop commonly do; or ten of
    their parcels, a third at least, were refused, more than others' (binomial, 1 %).

    Groups most of whose reasons lie in the goods are left alone. Where most devices are not known
    and few parcels were refused, it cannot be told whether they know each other: left out and told.

    Args:
        returns: All returns.
        orders: All orders.
        of_orders: The returns by their orders.
        acts: What became of the orders.
    """
    users, shops = codes(orders, "platform", "user_id"), codes(orders, "platform", "shop_id")
    devices, created = codes(orders, "platform", "device_id"), seconds(orders, "created_at")
    windows, sold, begins = _windows(users, shops, created, acts)
    linked = _linked_buyers(users, shops, devices)
    market = _by_trade(acts, np.flatnonzero(acts.paid), int(acts.trade.max(initial=-1)) + 2)
    for shop in np.flatnonzero(windows.end - windows.begin >= _LEAST_RETURNS).tolist():
        inside = windows.of(shop)
        first, last = created[inside[0]], created[inside[-1]]
        rows = sold[begins[shop] : begins[shop + 1]]
        rows = rows[(created[rows] >= first) & (created[rows] <= last)]
        crew = _crew(rows, users, devices, acts, market)
        if crew is None or _in_the_goods(returns, of_orders.among(crew.rows)):
            continue
        if _refuses(crew, acts) or _is_linked(crew, *linked):
            yield _suspicion(returns, orders, of_orders, acts, crew)
        elif crew.devices * 2 < len(np.unique(crew.users)):
            yield Undecided("order.device_id", len(of_orders.among(crew.rows)))


def _windows(users: Ints, shops: Ints, created: Floats, acts: Acts) -> tuple[Any, Ints, Ints]:
    """Return each shop's densest stretch of repeated returns, and its paid orders."""
    pair = pairs(np.where(users >= 0, shops, -1), users)
    again = np.bincount(pair[acts.back & (pair >= 0)], minlength=int(pair.max(initial=-1)) + 2)
    repeated = acts.back & (pair >= 0) & (again[pair] >= _LEAST_EACH)
    windows = densest_windows(np.where(repeated, shops, -1), created, _WINDOW)
    sold = np.flatnonzero(acts.paid & (pair >= 0))
    sold = sold[np.argsort(shops[sold], kind="stable")]
    begins = np.searchsorted(shops[sold], np.arange(len(windows.begin) + 1))
    return windows, sold, begins


def _by_trade(acts: Acts, rows: Ints, size: int) -> Floats:
    """Return how many of some orders came back, and how many there are, by trade."""
    back = np.bincount(acts.trade[rows] + 1, weights=acts.back[rows], minlength=size)
    return np.stack([back, np.bincount(acts.trade[rows] + 1, minlength=size)])


def _of_trade(acts: Acts, rows: Ints, member: Bools, market: Floats) -> float:
    """Return how often orders of the trades of a shop's orders come back, its crew left out.

    Args:
        acts: What became of all orders.
        rows: Orders of the shop.
        member: Those of the crew.
        market: Of all paid orders, as `_by_trade` gives it.
    """
    back, paid = market - _by_trade(acts, rows[member], market.shape[1])
    return float((back / np.maximum(paid, 1))[acts.trade[rows] + 1].mean())


def _linked_buyers(users: Ints, shops: Ints, devices: Ints) -> tuple[int, int]:
    """Return how many buyers of shops share a device with another of the shop, and of how many."""
    buyer = pairs(np.where((users >= 0) & (devices >= 0), shops, -1), users)
    together = shared(pairs(np.where(buyer >= 0, shops, -1), devices), users, 2) >= 0
    return len(np.unique(buyer[together & (buyer >= 0)])), int(buyer.max(initial=-1)) + 1


def _crew(rows: Ints, users: Ints, devices: Ints, acts: Acts, market: Floats) -> _Crew | None:
    """Return those who returned again and again among the orders of a shop; None: too few."""
    _, user = np.unique(users[rows], return_inverse=True)
    count, back = np.bincount(user), np.bincount(user, weights=acts.back[rows]).astype(np.int64)
    needed = np.maximum(np.ceil(_LEAST_SHARE_EACH * count), _LEAST_EACH)
    member = back >= needed
    returned, bought = int(back[member].sum()), int(count[member].sum())
    if member.sum() < _LEAST_MEMBERS or returned < _LEAST_RETURNS:
        return None
    if returned < _LEAST_SHARE * bought:
        return None
    inside = member[user]
    once, trade = count == 1, _of_trade(acts, rows, inside, market)
    base = (back[once].sum() + _WEIGHT_OF_TRADE * trade) / (once.sum() + _WEIGHT_OF_TRADE)
    base = max(float(base), trade, _LEAST_BASE)
    several = count >= _LEAST_EACH
    scale = (1 - acts.alike) / acts.alike
    tail = stats.betabinom.sf(needed[several] - 1, count[several], base * scale, (1 - base) * scale)
    expected = float(tail.sum())
    chance = float(stats.poisson.sf(member.sum() - 1, expected)) * int(acts.back.sum())
    if chance > _LARGEST_CHANCE or member.sum() < _LEAST_LIFT * expected:
        return None
    ours = shared(np.where(inside, devices[rows], -1), user, 2) >= 0
    linked = np.bincount(user, weights=ours) > 0
    returns_of_others = rows[acts.back[rows] & ~inside]
    refused = int(acts.refused[returns_of_others].sum())
    common = acts.refused.sum() / max(int(acts.back.sum()), 1)
    others_refused = (refused + _WEIGHT_OF_TRADE * common) / (
        len(returns_of_others) + _WEIGHT_OF_TRADE
    )
    known = np.bincount(user, weights=devices[rows] >= 0) > 0
    kept = inside & (linked[user] | (expected <= _INNOCENT_SHARE * member.sum()))
    return _Crew(
        rows[kept],
        user[kept],
        linked[user][kept],
        int((known & member).sum()),
        max(float(others_refused), _LEAST_BASE),
        expected,
        base,
        min(chance, 1.0),
    )


def _is_linked(crew: _Crew, linked_buyers: int, buyers: int) -> bool:
    linked, total = len(np.unique(crew.users[crew.linked])), len(np.unique(crew.users))
    if linked < max(_LEAST_LINKED, _LEAST_LINKED_SHARE * total):
        return False
    base = (max(linked_buyers - linked, 0) + 1) / (buyers - crew.devices + 2)
    return float(excess_chance(linked, total, base)) <= _LARGEST_CHANCE


def _refuses(crew: _Crew, acts: Acts) -> bool:
    back = int(acts.back[crew.rows].sum())
    refused = int(acts.refused[crew.rows].sum())
    if refused < max(_LEAST_REFUSED, _LEAST_REFUSED_SHARE * back):
        return False
    return float(excess_chance(refused, back, crew.others_refused)) <= _LARGEST_CHANCE


def _in_the_goods(returns: pa.Table, rows: Ints) -> bool:
    """Tell whether most of the reasons of some returns that are known lie in the goods."""
    reasons = returns.column("reason").take(rows)
    blamed: Any = pc.match_substring_regex(reasons, _OF_GOODS)
    known = len(reasons) - reasons.null_count
    return known > 0 and 2 * int(pc.sum(blamed).as_py() or 0) > known


def _suspicion(
    returns: pa.Table, orders: pa.Table, of_orders: ReturnsOf, acts: Acts, crew: _Crew
) -> Suspicion:
    rows = by_creation(orders, crew.rows)
    back = rows[acts.back[rows]]
    first, last = map(moment, seconds(orders, "created_at", rows[[0, -1]]).tolist())
    users, [shop] = many(orders, "user_id", rows), many(orders, "shop_id", rows)
    linked, refused = len(np.unique(crew.users[crew.linked])), int(acts.refused[back].sum())
    low, high = share_interval(len(back), len(rows))
    sent_back = of_orders.by_time(returns, rows)
    return Suspicion(
        subject_kind="group",
        subject_id=group_id(users),
        rests_on={**({"return": sent_back} if sent_back else {}), "order": rows.tolist()},
        figures=[
            Figure("退货、拒收的订单", len(back), "单", _LEAST_RETURNS),
            Figure(
                "占其订单的比例",
                round(100 * len(back) / len(rows), 1),
                "%",
                round(100 * crew.base, 1),
            ),
            Figure("一再退货的用户", len(users), "个", round(crew.expected, 2)),
            Figure("与其他成员共用设备的用户", linked, "个"),
            Figure(
                "拒收占其退货的比例",
                round(100 * refused / len(back), 1),
                "%",
                round(100 * crew.others_refused, 1),
            ),
        ],
        explanation=(
            f"{len(users)} 个用户在店铺 {shop} 的 {len(rows)} 个订单中有 {len(back)} 个退货或者拒收"
            f"（{len(back) / len(rows):.0%}，95%置信区间 {low:.0%}–{high:.0%}；同期只买一次的用户"
            f"约为 {crew.base:.1%}），这样一再退货的用户按常情应有 {crew.expected:.1f} 个；其中"
            f" {linked} 个用户彼此共用设备，{refused} 个订单是拒收，涉嫌合谋恶意批量退货、拒收，"
            "请核实这些用户之间及其与竞争者、与店铺自身（刷单后退款）的关系，退回商品的状态；"
            "依法退货是消费者的权利，各用户须逐一核实，先排除商品质量问题。"
        ),
        score=0.6,
        conduct_from=first,
        conduct_until=last,
        platform=orders.column("platform")[int(rows[0])].as_py(),
        shop_id=shop,
        members=Members(
            accounts=users,
            shops=[shop],
            window_start=first,
            window_end=last,
            p_value=crew.chance,
        ),
    )
