"""掉包退货: users who send back something else than was sent, again and again."""

from __future__ import annotations

import re
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
    shanghai_days,
    strings,
)
from hengjian.violations.detector import Tables
from hengjian.violations.suspicion import Figure, Members, Quote, Said, Suspicion, Undecided
from hengjian.violations.units import (
    by_time,
    codes,
    distinct,
    firsts,
    group_id,
    many,
    pairs,
    shared,
)

# A single mismatch is a slip of the warehouse; three on three days need a hand that repeats.
_LEAST_SWAPPED, _LEAST_DAYS = 3, 3
_LEAST_SHARE = 0.5
_LARGEST_Q = 0.01
# What every warehouse confuses at least, and how many returns of the market a shop's own weigh.
_LEAST_BASE, _WEIGHT_OF_MARKET = 0.02, 20
# Lighter by more than missing accessories, packaging and scales explain.
_LIGHTER, _LEAST_GRAMS = 0.5, 100
# What was sent back together with other things of the same user lies in the other parcel.
_TOGETHER_DAYS = 7
_TYPING_SLIP = 1
_SHOPS_SIDE = (
    *("发错", "错发", "漏发", "少发", "录错", "录入", "登记错", "贴错", "仓库", "仓内", "合并"),
    *("一起寄", "同箱", "一箱", "合箱", "拼箱", "少配件", "缺配件", "缺少配件", "缺少附件", "漏寄"),
    *("称重", "快递破损", "运输"),
)


class _Compared(NamedTuple):
    """What is known of every return.

    Attributes:
        told: Two serial numbers or two weights are known.
        judged: They can be held against each other.
        swapped: They differ as after a swap.
    """

    told: Bools
    judged: Bools
    swapped: Bools


class _Tested(NamedTuple):
    """Users or devices, one entry each.

    Attributes:
        swapped: How many of its returns were swapped.
        judged: Of how many.
        expected: How many mismatches its shops' warehouses would make of them.
        q: False discovery rate.
    """

    swapped: Ints
    judged: Ints
    expected: Floats
    q: Floats


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield users, and devices of several users, whose returns don't match what was sent.

    A return is swapped where the serial numbers differ in more than one character, or, where no
    serial is known, where it weighs less than half. It is left out where the inspection blames the
    shop or the parcel, where the returned serial is one that the same user was sent in another
    order, and where the user sent several things back together. The number is tested against what
    the shops' own rates of mismatch, taken from their other users, would bring about (Poisson,
    false discovery rate at most 1 % over all users and devices).

    Returns of which neither pair is known are left out and told; refunds without return have
    nothing to compare.
    """
    returns = tables["return"]
    compared = _compared(returns)
    lacking = int((~compared.told & ~equals(returns, "refund_only", True)).sum())
    if lacking:
        yield Undecided("return.returned_serial", lacking)
    told: set[str] = set()
    for scope, unit in _scopes(tables):
        yield from _striking(returns, compared, scope, unit, told)


def _scopes(tables: Tables) -> Iterator[tuple[str, Ints]]:
    """Yield devices that several users share, then users."""
    returns, orders = tables["return"], tables.get("order")
    users = codes(returns, "platform", "user_id")
    # A device says more than one of its users, and comes first.
    if orders is not None and known(orders, "device_id").any():
        devices = orders.select(["platform", "record_id", "device_id"]).drop_null()
        devices = devices.group_by(["platform", "record_id"]).aggregate([("device_id", "min")])
        places = pa.array(range(returns.num_rows), pa.int64())
        joined = (
            returns.select(["platform", "order_id"])
            .append_column("_row", places)
            .join(
                devices,
                keys=["platform", "order_id"],
                right_keys=["platform", "record_id"],
                join_type="left outer",
            )
            .sort_by("_row")
        )
        unit = codes(joined, "platform", "device_id_min")
        yield "group", shared(unit, users, 2)
    yield "account", users


def _compared(returns: pa.Table) -> _Compared:
    sent, back = (_serials(returns, f"{way}_serial") for way in ("shipped", "returned"))
    numbered = np.array([bool(s and b) for s, b in zip(sent, back, strict=True)], dtype=np.bool_)
    differs = np.zeros(len(sent), dtype=np.bool_)
    for row in np.flatnonzero(numbered):
        differs[row] = not _same(sent[row], back[row])
    shipped, returned = (floats(returns, f"{way}_weight_g") for way in ("shipped", "returned"))
    weighed = ~numbered & (shipped > 0) & ~np.isnan(returned)
    lighter = weighed & (returned < _LIGHTER * shipped) & (shipped - returned >= _LEAST_GRAMS)
    excused = _blamed_on_shop(returns) | equals(returns, "refund_only", True)
    swapped = (differs | lighter) & ~excused
    swapped &= ~_mixed_up(returns, swapped, sent, back)
    swapped &= ~(lighter & _sent_together(returns))
    return _Compared(numbered | weighed, (numbered | weighed) & ~excused, swapped)


def _serials(returns: pa.Table, name: str) -> list[str]:
    return [re.sub(r"[\W_]", "", text or "").upper() for text in strings(returns, name)]


def _same(sent: str, back: str) -> bool:
    """Tell whether serial numbers are the same but for one slip, or one holds the other."""
    if sent == back or sent in back or back in sent:
        return True
    if len(sent) != len(back):
        return False
    return sum(a != b for a, b in zip(sent, back, strict=True)) <= _TYPING_SLIP


def _blamed_on_shop(returns: pa.Table) -> Bools:
    notes = strings(returns, "inspection_note")
    return np.array([any(word in (note or "") for word in _SHOPS_SIDE) for note in notes])


def _mixed_up(returns: pa.Table, swapped: Bools, sent: list[str], back: list[str]) -> Bools:
    """Return where the returned serial was sent to the same user in another order."""
    user = codes(returns, "platform", "user_id")
    members = set(user[swapped].tolist())
    own = {(int(user[row]), sent[row]) for row in np.flatnonzero(np.isin(user, list(members)))}
    found = np.zeros(len(sent), dtype=np.bool_)
    for row in np.flatnonzero(swapped):
        found[row] = bool(back[row]) and (int(user[row]), back[row]) in own
    return found


def _sent_together(returns: pa.Table) -> Bools:
    """Return where the same user had another return at the same shop within some days."""
    pair = codes(returns, "platform", "user_id", "shop_id")
    times = seconds(returns, "requested_at")
    order = np.lexsort((times, pair))
    near = (pair[order][1:] == pair[order][:-1]) & (np.diff(times[order]) <= _TOGETHER_DAYS * DAY)
    found = np.zeros(len(order), dtype=np.bool_)
    found[order[1:]] |= near
    found[order[:-1]] |= near
    return found


def _striking(
    returns: pa.Table, compared: _Compared, scope: str, unit: Ints, told: set[str]
) -> Iterator[Suspicion]:
    """Yield one suspicion for every user or device that strikes.

    Args:
        returns: All returns.
        compared: What is known of them.
        scope: `group`: devices; `account`: users.
        unit: The device or user of every return.
        told: Users of which it was told already; those of this scope are added.
    """
    size = int(unit.max(initial=-1)) + 1
    if not size:
        return
    tested = _test(returns, compared, unit, size)
    days = distinct(unit, _days(returns, compared.swapped), size)
    strikes = (tested.q <= _LARGEST_Q) & (tested.swapped >= _LEAST_SWAPPED)
    strikes &= (days >= _LEAST_DAYS) & (tested.swapped >= _LEAST_SHARE * tested.judged)
    swapped, times = np.flatnonzero(compared.swapped), seconds(returns, "requested_at")
    for number in np.flatnonzero(strikes):
        rows = swapped[unit[swapped] == number]
        users = many(returns, "user_id", rows)
        # A device with one guilty user says no more than that user.
        if (scope == "group" and len(users) == 1) or set(users) <= told:
            continue
        told.update(users)
        rows = by_time(returns, times, rows)
        yield _suspicion(returns, rows, users, tested, int(number))


def _days(returns: pa.Table, swapped: Bools) -> Ints:
    return np.where(swapped, shanghai_days(seconds(returns, "requested_at")), -1)


def _test(returns: pa.Table, compared: _Compared, unit: Ints, size: int) -> _Tested:
    inside = compared.judged & (unit >= 0)
    swapped = np.bincount(unit[compared.swapped & inside], minlength=size)
    judged = np.bincount(unit[inside], minlength=size)
    expected = np.bincount(
        unit[inside], weights=_base(returns, compared, unit)[inside], minlength=size
    )
    chance = np.where(judged > 0, stats.poisson.sf(swapped - 1, np.maximum(expected, 1e-9)), 1.0)
    q = np.ones(size)
    q[judged > 0] = false_discovery(chance[judged > 0]) if (judged > 0).any() else []
    return _Tested(swapped, judged, expected.astype(np.float64), q)


def _base(returns: pa.Table, compared: _Compared, unit: Ints) -> Floats:
    """Return for every return how often its shop's returns of other users mismatch.

    Of each other user one return counts at most, and at most one mismatch: one who swaps a shop's
    goods forty times must not make that shop's warehouse look careless.
    """
    shop = codes(returns, "platform", "shop_id")
    times = seconds(returns, "requested_at")
    user = codes(returns, "platform", "user_id")
    pair = pairs(np.where(unit >= 0, unit, unit.max(initial=0) + 1 + user), shop)
    judged = compared.judged & firsts(np.where(compared.judged, pair, -1), times)
    mismatched = compared.swapped & firsts(np.where(compared.swapped, pair, -1), times)
    size = int(shop.max(initial=-1)) + 1
    of_shop = np.bincount(shop[judged], minlength=size)
    wrong = np.bincount(shop[mismatched], minlength=size)
    # Every shop counts alike, from a few returns on: one careless warehouse is not the market, and
    # a shop's only return tells of the user as much as of the shop.
    weight = np.clip(of_shop - 1, 0, _WEIGHT_OF_MARKET)
    share = wrong / np.maximum(of_shop, 1)
    market = max(float((weight * share).sum() / max(weight.sum(), 1)), _LEAST_BASE)
    own_wrong = np.isin(pair, pair[mismatched]).astype(np.int64)
    others_wrong = np.maximum(wrong[shop] - own_wrong, 0)
    others = np.maximum(of_shop[shop] - 1, 0)
    base: Floats = (others_wrong + _WEIGHT_OF_MARKET * market) / (others + _WEIGHT_OF_MARKET)
    return np.maximum(base, _LEAST_BASE)


def _suspicion(
    returns: pa.Table, rows: Ints, users: list[str], tested: _Tested, number: int
) -> Suspicion:
    first, last = map(moment, seconds(returns, "requested_at", rows[[0, -1]]).tolist())
    count, total = int(tested.swapped[number]), int(tested.judged[number])
    expected, q = float(tested.expected[number]), float(tested.q[number])
    low, high = share_interval(count, total)
    shops = many(returns, "shop_id", rows)
    platform = returns.column("platform")[int(rows[0])].as_py()
    one = len(users) == 1
    whom = f"用户 {users[0]} " if one else f"同一设备上的 {len(users)} 个用户"
    return Suspicion(
        subject_kind="account" if one else "group",
        subject_id=users[0] if one else group_id(users),
        rests_on={"return": rows.tolist()},
        figures=[
            Figure("退回商品与发出商品不符", count, "次", round(expected, 2)),
            Figure("占可比对退货的比例", round(100 * count / total, 1), "%"),
            Figure("涉及店铺", len(shops), "家"),
        ],
        explanation=(
            f"{whom}的 {total} 次可比对退货中有 {count} 次退回的序列号或重量与发出的不符"
            f"（{count / total:.0%}，95%置信区间 {low:.0%}–{high:.0%}；按各店平常的差错约为 "
            f"{expected:.1f} 次），涉及 {len(shops)} 家店铺，涉嫌掉包退货骗取退款，"
            "请调取发货、拆包录像和序列号记录，排除仓库错发、错录和合并寄回。"
        ),
        score=0.8 if len(shops) > 1 else 0.7,
        conduct_from=first,
        conduct_until=last,
        platform=platform,
        quotes=_quotes(returns, int(rows[0])),
        members=Members(
            accounts=users,
            shops=shops,
            window_start=first,
            window_end=last,
            p_value=q,
        ),
    )


def _quotes(returns: pa.Table, row: int) -> list[Quote]:
    serial = returns.column("returned_serial")[row].as_py()
    return [Quote("returned_serial", 0, serial)] if serial else []
