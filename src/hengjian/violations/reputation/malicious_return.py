"""恶意退货、拒收、仅退款: users who buy to send back, refuse parcels, or keep goods and money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy import stats

from hengjian.stats.shares import false_discovery, share_interval
from hengjian.violations.columns import (
    DAY,
    Bools,
    Floats,
    Ints,
    equals,
    floats,
    known,
    moment,
    seconds,
)
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.return_crews import Acts, ReturnsOf, crews, returns_of
from hengjian.violations.suspicion import Figure, Members, Said, Suspicion, Undecided
from hengjian.violations.units import (
    by_creation,
    codes,
    densest_windows,
    distinct,
    group_id,
    many,
    pairs,
    shared,
)

_LARGEST_Q = 0.01
# Where a fifth of all goods come back, trying on at home is the custom of the trade.
_LEAST_LIFT = 4.0
# As many users of the market, or of the trade, a shop's own are held together with.
_WEIGHT_OF_OTHERS = 20
_LEAST_BASE = 0.005
# Users differ: some return always, some never. At least so much alike are the orders of one user.
_LEAST_LIKENESS = 0.05
# Users with fewer orders tell nothing of how users differ; the oddest are left out.
_ORDERS_TO_COMPARE, _KEPT = 5, 0.99
# Fewer users than these tell nothing either; then so much is assumed.
_USERS_TO_COMPARE, _ASSUMED_LIKENESS = 50, 0.2
_REFUSED = ("拒收", "拒签", "拒绝签收", "拒绝收货")
_NOT_SENT = (
    *(
        "未发货",
        "没发货",
        "没有发货",
        "不发货",
        "缺货",
        "无货",
        "拍错",
        "拍多",
        "多拍",
        "误拍",
    ),
    *(
        "地址",
        "重复下单",
        "未收到",
        "没收到",
        "丢件",
        "物流",
        "补差",
        "差价",
        "漏发",
        "少发",
    ),
    *("召回", "商家同意", "协商一致"),
)
# Before the parcel leaves, a change of mind sends nothing back.
_MIND_CHANGED = ("不想要", "不想买")


class _Conduct(NamedTuple):
    """One way to abuse a platform's rules, and how much of it is needed to strike.

    Attributes:
        name: In Chinese.
        one_shop: Counted at one shop within some days; else over all shops.
        least: Least number of orders.
        share: Least share of the orders.
        shops: Least number of shops.
        ask: What to verify.
        score: Of the suspicion.
    """

    name: str
    one_shop: bool
    least: int
    share: float
    shops: int
    ask: str
    score: float


# The share and the number of article and catalogue (退货率>0.8，n≥20) for one shop; keeping goods
# without paying, or refusing parcels, at several shops needs fewer.
_BULK = _Conduct(
    "批量购买后退货或者拒收", True, 20, 0.8, 1, "请核实用户与该店竞争者的关系和退回商品的状态", 0.6
)
_KEEP = _Conduct("收货后申请仅退款", False, 8, 0.4, 5, "请核对各单的凭证图片和商品去向", 0.6)
_REFUSE = _Conduct("拒收", False, 8, 0.5, 3, "请核实拒收理由和下单地址", 0.55)
_BULK_DAYS = 30


class _Tested(NamedTuple):
    """Users, or users at a shop, one entry each.

    Attributes:
        bad: How many of its orders ended so.
        total: Of how many.
        base: Share that is common at the same shops.
        q: False discovery rate.
    """

    bad: Ints
    total: Ints
    base: Floats
    q: Floats


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield users, and devices of several users, who abuse returns far beyond what is common.

    To return goods is a right, and many returns at many shops are no abuse. Told are: at one shop
    within 30 days at least twenty orders of which 80 % came back; and over several shops at least
    eight parcels refused, or eight refunds for goods that were sent and kept. Each is tested
    against the share of the same shops' other users, drawn towards that of the trade (the item's
    category) or the market; users differ, and how much is taken from all users (upper tail of the
    beta-binomial distribution, false discovery rate at most 1 %). Crews of which each returns a
    little are told by `return_crews`.

    Returns whose order was not read, and those of which it is unknown whether the goods came back,
    are left out and told.
    """
    returns, orders = tables["return"], tables["order"]
    place = _order_of(returns, orders)
    for name, lacking in (("order_id", place < 0), ("refund_only", ~known(returns, "refund_only"))):
        count = int((lacking & (place >= 0)).sum()) if name == "refund_only" else int(lacking.sum())
        if count:
            yield Undecided(f"return.{name}", count)
    ended = _ended(returns, orders, place)
    prior = _trade(orders, tables.get("listing"))
    of_orders, told = returns_of(place), set[str]()
    for conduct, bad in ended.items():
        for unit in (shared(*_devices_and_users(orders), 2), codes(orders, "platform", "user_id")):
            yield from _striking(returns, orders, of_orders, conduct, bad, prior, unit, told)
    acts = _acts(returns, orders, place, prior)
    for said in crews(returns, orders, of_orders, acts):
        if isinstance(said, Undecided) or said.members is None:
            yield said
        elif not set(said.members.accounts) <= told:
            told.update(said.members.accounts)
            yield said


def _acts(returns: pa.Table, orders: pa.Table, place: Ints, trade: Ints) -> Acts:
    """Return what became of the orders, whichever way buyers went back on them."""
    refused = _refused_orders(returns, orders, place)
    sent_back = (place >= 0) & ~_innocent(returns, orders, place)
    back = _marked(place[sent_back], orders.num_rows) | refused
    paid = _paid(orders, back)
    users = codes(orders, "platform", "user_id")
    base = _base(orders, back, paid, trade, users)
    return Acts(paid, back, refused, trade, _likeness(np.where(paid, users, -1), back, base))


def _paid(orders: pa.Table, bad: Bools) -> Bools:
    return bad | equals(orders, "status", "paid", "shipped", "received", "refunded")


def _devices_and_users(orders: pa.Table) -> tuple[Ints, Ints]:
    return codes(orders, "platform", "device_id"), codes(orders, "platform", "user_id")


def _order_of(returns: pa.Table, orders: pa.Table) -> Ints:
    """Return the place of each return's order; -1: not read."""
    once = orders.select(["platform", "record_id"])
    once = once.append_column("_order", pa.array(np.arange(orders.num_rows)))
    once = once.group_by(["platform", "record_id"]).aggregate([("_order", "min")])
    asked = returns.select(["platform", "order_id"])
    joined = (
        asked.append_column("_row", pa.array(np.arange(returns.num_rows)))
        .join(
            once,
            keys=["platform", "order_id"],
            right_keys=["platform", "record_id"],
            join_type="left outer",
        )
        .sort_by("_row")
    )
    found = floats(joined, "_order_min")
    return np.where(np.isnan(found), -1, found).astype(np.int64)


def _ended(returns: pa.Table, orders: pa.Table, place: Ints) -> dict[_Conduct, Bools]:
    """Return for each conduct the orders that ended so."""
    told = place >= 0
    refused = _says(returns, "reason", _REFUSED)
    innocent = _innocent(returns, orders, place)
    # Who changes his mind and has his money back without a return may have stopped the parcel.
    keeps = equals(returns, "refund_only", True) & ~innocent & told
    keeps &= ~_says(returns, "reason", _MIND_CHANGED)
    sent = known(orders, "tracking_no")[place] | known(returns, "reason")
    goods_back = (equals(returns, "refund_only", False) | refused) & ~innocent & told
    refused_orders = _refused_orders(returns, orders, place)
    return {
        _BULK: _marked(place[goods_back], orders.num_rows) | refused_orders,
        _KEEP: _marked(place[keeps & sent], orders.num_rows) & ~refused_orders,
        _REFUSE: refused_orders,
    }


def _innocent(returns: pa.Table, orders: pa.Table, place: Ints) -> Bools:
    """Return which returns are of goods that were not sent, or of slips and agreements."""
    sent = known(orders, "tracking_no")[place] & (place >= 0)
    return _says(returns, "reason", _NOT_SENT) | (_says(returns, "reason", _MIND_CHANGED) & ~sent)


def _refused_orders(returns: pa.Table, orders: pa.Table, place: Ints) -> Bools:
    cancelled = equals(orders, "status", "cancelled", "refunded")
    refused: Bools = cancelled & _says(orders, "cancel_reason", _REFUSED)
    told = _says(returns, "reason", _REFUSED) & (place >= 0)
    return refused | _marked(place[told], orders.num_rows)


def _says(table: pa.Table, name: str, words: tuple[str, ...]) -> Bools:
    texts = table.column(name).unique().to_pylist()
    hits = [text for text in texts if text and any(word in text for word in words)]
    return equals(table, name, *hits)


def _marked(places: Ints, size: int) -> Bools:
    marks = np.zeros(size, dtype=np.bool_)
    marks[places] = True
    return marks


def _trade(orders: pa.Table, listings: pa.Table | None) -> Ints:
    """Return the trade of every order, the category of its item; -1: unknown."""
    if listings is None or not known(listings, "category").any():
        return np.full(orders.num_rows, -1, dtype=np.int64)
    named = listings.select(["platform", "item_id", "category"]).drop_null()
    named = named.group_by(["platform", "item_id"]).aggregate([("category", "min")])
    asked = orders.select(["platform", "item_id"])
    joined = (
        asked.append_column("_row", pa.array(np.arange(orders.num_rows)))
        .join(named, keys=["platform", "item_id"], join_type="left outer")
        .sort_by("_row")
    )
    return codes(joined, "category_min")


def _striking(
    returns: pa.Table,
    orders: pa.Table,
    of_orders: ReturnsOf,
    conduct: _Conduct,
    bad: Bools,
    trade: Ints,
    actor: Ints,
    told: set[str],
) -> Iterator[Suspicion]:
    """Yield one suspicion for every user or device that strikes.

    Args:
        returns: All returns.
        orders: All orders.
        of_orders: The returns by their orders.
        conduct: What is looked for.
        bad: The orders that ended so.
        trade: The trade of every order.
        actor: The user or device of every order; -1: unknown, or not looked at.
        told: Users of whom it was told already; those of this pass are added.
    """
    if not (bad & (actor >= 0)).any():
        return
    paid = _paid(orders, bad)
    unit = np.where(paid, actor, -1)
    if conduct.one_shop:
        unit = pairs(unit, codes(orders, "platform", "shop_id"))
        unit = _within_days(unit, seconds(orders, "created_at"))
    base = _base(orders, bad, paid, trade, actor)
    alike = _likeness(np.where(paid, actor, -1), bad, base)
    tested = _test(unit, bad, base, alike, conduct.least)
    shops = distinct(np.where(bad, unit, -1), codes(orders, "shop_id"), len(tested.bad))
    share = tested.bad / np.maximum(tested.total, 1)
    strikes = (tested.q <= _LARGEST_Q) & (tested.bad >= conduct.least)
    strikes &= (share >= conduct.share) & (shops >= conduct.shops)
    strikes &= share >= _LEAST_LIFT * tested.base
    ended = np.flatnonzero(bad)
    for number in np.flatnonzero(strikes):
        rows = ended[unit[ended] == number]
        users = many(orders, "user_id", rows)
        if not set(users) <= told:
            told.update(users)
            yield _suspicion(returns, orders, of_orders, conduct, rows, tested, int(number))


def _within_days(unit: Ints, times: Floats) -> Ints:
    """Return the units of the rows within each unit's densest stretch; elsewhere -1."""
    windows = densest_windows(unit, times, _BULK_DAYS * DAY)
    lengths = windows.end - windows.begin
    starts = np.repeat(windows.begin - np.cumsum(lengths) + lengths, lengths)
    inside = windows.rows[starts + np.arange(len(starts))]
    found = np.full(len(unit), -1, dtype=np.int64)
    found[inside] = unit[inside]
    return found


def _test(unit: Ints, bad: Bools, base: Floats, alike: float, least: int) -> _Tested:
    """Return the test of every unit with enough orders; who has fewer could not strike.

    Args:
        unit: The unit of every order; -1: none.
        bad: What is counted.
        base: How often it is common.
        alike: How much alike the orders of one user end, 0 to 1.
        least: So many orders are enough.
    """
    count, total, mean = _counted(unit, bad, base)
    scale = (1 - alike) / alike
    q, tried = np.ones(len(total)), total >= least
    if tried.any():
        n, m = total[tried], mean[tried]
        chance = stats.betabinom.sf(count[tried] - 1, n, m * scale, (1 - m) * scale)
        q[tried] = false_discovery(np.clip(chance, 0, 1))
    return _Tested(count, total, mean, q)


def _counted(unit: Ints, bad: Bools, base: Floats) -> tuple[Ints, Ints, Floats]:
    """Return for each unit how many of its orders are bad, of how many, and the common share."""
    size, inside = int(unit.max(initial=-1)) + 1, unit >= 0
    count = np.bincount(unit[inside & bad], minlength=size)
    total = np.bincount(unit[inside], minlength=size)
    expected = np.bincount(unit[inside], weights=base[inside], minlength=size)
    mean = np.clip(expected / np.maximum(total, 1), _LEAST_BASE, 1 - _LEAST_BASE)
    return count, total, mean.astype(np.float64)


def _base(orders: pa.Table, bad: Bools, paid: Bools, trade: Ints, actor: Ints) -> Floats:
    """Return for every order how often orders of others end so at the same shop.

    Drawn towards how often they do in the same trade, and that towards the whole market; the
    actor's own orders are taken out of all three.
    """
    everywhere = np.zeros(len(bad), dtype=np.int64)
    market = np.maximum(_of_others(everywhere, actor, bad, paid, 0.0, 1), _LEAST_BASE)
    of_trade = _of_others(trade, actor, bad, paid, market, _WEIGHT_OF_OTHERS)
    prior = np.where(trade >= 0, of_trade, market)
    shop = codes(orders, "platform", "shop_id")
    return _of_others(shop, actor, bad, paid, prior, _WEIGHT_OF_OTHERS)


def _of_others(
    scope: Ints, actor: Ints, bad: Bools, paid: Bools, prior: Floats | float, weight: int
) -> Floats:
    """Return the share of bad among the paid orders of others in the scope of every order.

    All others count alike, however many orders they have: several who abuse one shop must not
    make each other look common.

    Args:
        scope: Where each order belongs, such as its shop; -1: unknown.
        actor: Whose it is; -1: unknown.
        bad: What is counted.
        paid: Of what.
        prior: The share towards which that of few is drawn.
        weight: How many others the prior weighs as much as.
    """
    own = pairs(np.where(scope >= 0, actor, -1), scope)
    ours, size = np.flatnonzero(own >= 0), int(own.max(initial=-1)) + 1
    total = np.bincount(own[paid & (own >= 0)], minlength=size)
    ended = np.bincount(own[paid & bad & (own >= 0)], minlength=size) / np.maximum(total, 1)
    of = np.zeros(size, dtype=np.int64)
    of[own[ours]] = scope[ours]
    places = int(scope.max(initial=0)) + 1
    shares = np.bincount(of, weights=ended, minlength=places).astype(np.float64)[scope]
    actors = np.bincount(of, weights=total > 0, minlength=places).astype(np.float64)[scope]
    shares[ours] -= ended[own[ours]]
    actors[ours] -= total[own[ours]] > 0
    share: Floats = (shares + weight * np.asarray(prior)) / (actors + weight)
    return share


def _likeness(user: Ints, bad: Bools, base: Floats) -> float:
    """Return how much alike the orders of one user end, 0 to 1, from how users differ.

    The intra-class correlation by moments.

    Args:
        user: The user of every order; -1: left out.
        bad: What is counted.
        base: How often it is common.
    """
    count, total, mean = _counted(user, bad, base)
    enough = total >= _ORDERS_TO_COMPARE
    if enough.sum() < _USERS_TO_COMPARE:
        return _ASSUMED_LIKENESS
    n, expected = total[enough], total[enough] * mean[enough]
    spread = expected * (1 - mean[enough])
    distance = (count[enough] - expected) ** 2
    odd = distance / spread
    kept = odd <= np.quantile(odd, _KEPT)
    beyond = (distance[kept] - spread[kept]).sum()
    likeness = float(beyond / max((spread[kept] * (n[kept] - 1)).sum(), 1e-9))
    return float(np.clip(likeness, _LEAST_LIKENESS, 0.9))


def _suspicion(
    returns: pa.Table,
    orders: pa.Table,
    of_orders: ReturnsOf,
    conduct: _Conduct,
    rows: Ints,
    tested: _Tested,
    number: int,
) -> Suspicion:
    rows = by_creation(orders, rows)
    first, last = map(moment, seconds(orders, "created_at", rows[[0, -1]]).tolist())
    users, shops = many(orders, "user_id", rows), many(orders, "shop_id", rows)
    count, total = int(tested.bad[number]), int(tested.total[number])
    base, q = float(tested.base[number]), float(tested.q[number])
    low, high = share_interval(count, total)
    one = len(users) == 1
    whom = f"用户 {users[0]} " if one else f"同一设备上的 {len(users)} 个用户"
    where = f"在店铺 {shops[0]}" if conduct.one_shop else f"在 {len(shops)} 家店铺"
    sent_back = of_orders.by_time(returns, rows)
    return Suspicion(
        subject_kind="account" if one else "group",
        subject_id=users[0] if one else group_id(users),
        rests_on={**({"return": sent_back} if sent_back else {}), "order": rows.tolist()},
        figures=[
            Figure(conduct.name, count, "单"),
            Figure("占其订单的比例", round(100 * count / total, 1), "%", round(100 * base, 1)),
            Figure("涉及店铺", len(shops), "家"),
        ],
        explanation=(
            f"{whom}{where}的 {total} 个订单中有 {count} 个{conduct.name}（{count / total:.0%}，"
            f"95%置信区间 {low:.0%}–{high:.0%}；相同店铺、类目的其他用户约为 {base:.1%}），"
            f"涉嫌恶意退货，{conduct.ask}；依法退货是消费者的权利，应先排除商品质量问题。"
        ),
        score=conduct.score,
        conduct_from=first,
        conduct_until=last,
        platform=orders.column("platform")[int(rows[0])].as_py(),
        shop_id=shops[0] if conduct.one_shop else None,
        members=Members(
            accounts=users, shops=shops, window_start=first, window_end=last, p_value=q
        ),
    )
