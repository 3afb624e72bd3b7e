"""Tips that were paid for: equal sums from a few accounts day by day, and sums that come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.stats.shares import excess_chance, false_discovery
from hengjian.violations.columns import (
    Bools,
    Floats,
    Ints,
    equals,
    floats,
    moment,
    seconds,
    shanghai_days,
)
from hengjian.violations.detector import Tables
from hengjian.violations.finding import digest
from hengjian.violations.matching import joined_key, key_parts
from hengjian.violations.suspicion import Figure, Members, Suspicion

# Gifts have fixed prices, so that one or two tips are equal by chance; sums of several are not.
_LEAST_TIPS, _LEAST_SUM = 3, 100.0
# Of one sum on one day; more than the latter are a fan club's common gift.
_LEAST_PAYERS, _MOST_PAYERS = 5, 50
# A birthday or a final is one day.
_LEAST_DAYS = 2
# Everybody who gives the same three gifts gives the same sum, as fan clubs do; for each account
# there must be this many ways in which the sums are made up.
_LEAST_MAKES = 0.5
# Of what the host got on that day.
_LEAST_SHARE = 0.5
# With fewer sums of others it is unknown which are common (membership, daily tasks).
_LEAST_OTHERS = 500
_LARGEST_Q = 0.01
# Hosts who play against each other give each other something; this much, back to a tenth, and more
# than all others give, is no present.
_LEAST_RETURNED, _LEAST_ALIKE, _LEAST_EACH_WAY = 2_000.0, 0.9, 5
_CENTS = 100
_ID_LENGTH = 12


class _Sums(NamedTuple):
    """What one account gave one host (or room) on one day, one entry each.

    Attributes:
        host: Number of the receiver.
        payer: Number of the account.
        day: In Shanghai.
        cents: The sum.
        tips: How many tips.
        make: What the sum is made up of, as a number that differs for different gifts.
    """

    host: Ints
    payer: Ints
    day: Ints
    cents: Ints
    tips: Ints
    make: Ints


class _Tips(NamedTuple):
    """Tips of a known sum, one entry each; `place` is the row of `engagement`."""

    place: Ints
    host: Ints
    payer: Ints
    at: Floats
    yuan: Floats
    names: list[str]


def bought_tips(tables: Tables) -> Iterator[Suspicion]:
    """Yield hosts whose tips come in equal sums from a few accounts, and pairs who tip each other.

    Equal sums: on two days and more, at least five accounts each give the same sum to the cent in
    three and more tips of different gifts, together half of the day's tips. The null: each
    account's sum is drawn from those that other receivers get in a day (upper tail of the binomial
    distribution, false discovery rate at most 1 % over all receivers, days and sums).

    Round trips: two hosts give each other 2,000 yuan and more, in five and more tips each way,
    equal to a tenth, and it is half of what each of them gets.

    Tips of unknown sum are not looked at here.
    """
    tips = _tips(tables)
    if not len(tips.place):
        return
    yield from _equal_sums(tips, tables)
    yield from _round_trips(tips, tables)


def _tips(tables: Tables) -> _Tips:
    told = tables["engagement"]
    place: Ints = np.flatnonzero(equals(told, "action", "tip") & (floats(told, "amount") > 0))
    rows = told.take(place)
    to, of = _receivers(rows, tables), joined_key(rows, ("platform", "account_id"))
    both = pa.concat_arrays([to, of])
    distinct: Any = pc.unique(both)
    names = distinct.take(pc.sort_indices(distinct))
    numbers = np.asarray(pc.index_in(both, value_set=names)).astype(np.int64)
    host, payer = numbers[: len(place)], numbers[len(place) :]
    at, yuan = seconds(rows, "at"), floats(rows, "amount")
    return _Tips(place, host, payer, at, yuan, names.to_pylist())


def _receivers(rows: pa.Table, tables: Tables) -> Any:
    """Return who got each tip: the host of the room where streams name one, else the target."""
    targets = joined_key(rows, ("platform", "target_id"))
    if "livestream" not in tables:
        return targets
    streams = tables["livestream"]
    pairs = pa.table(
        {
            "room": joined_key(streams, ("platform", "room_id")),
            "host": joined_key(streams, ("platform", "host_id")),
        }
    ).drop_null()
    hosts: Any = pairs.group_by("room").aggregate([("host", "min"), ("host", "max")])
    one = hosts.filter(pc.equal(hosts.column("host_min"), hosts.column("host_max")))
    found = pc.index_in(targets, value_set=one.column("room").combine_chunks())
    in_room = pc.is_in(rows.column("target_kind").combine_chunks(), pa.array(["room"]))
    of_room = one.column("host_min").combine_chunks().take(pc.if_else(in_room, found, None))
    return pc.coalesce(of_room, targets)


def _sums(tips: _Tips) -> tuple[_Sums, Ints]:
    """Return the sums by receiver, account and day, and which one each tip belongs to."""
    keys = np.stack([tips.host, shanghai_days(tips.at), tips.payer], axis=1)
    found, inverse, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    which, each = inverse.ravel(), np.round(tips.yuan * _CENTS).astype(np.int64)
    cents, make = np.zeros(len(found), dtype=np.int64), np.zeros(len(found), dtype=np.int64)
    np.add.at(cents, which, each)
    # Sums of squares differ where gifts of one total do, all but surely.
    np.add.at(make, which, each * each)
    return _Sums(found[:, 0], found[:, 2], found[:, 1], cents, counts, make), which


def _equal_sums(tips: _Tips, tables: Tables) -> Iterator[Suspicion]:
    sums, of_tip = _sums(tips)
    several = np.flatnonzero((sums.tips >= _LEAST_TIPS) & (sums.cents >= _LEAST_SUM * _CENTS))
    if len(several) < _LEAST_OTHERS:
        return
    keys = np.stack([sums.host[several], sums.day[several], sums.cents[several]], axis=1)
    groups, inverse, payers = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    chance = _chances(sums, several, groups, payers)
    q = false_discovery(chance)
    of_day = _day_totals(sums, groups)
    strikes = (q <= _LARGEST_Q) & (payers >= _LEAST_PAYERS) & (payers <= _MOST_PAYERS)
    strikes &= _makes(sums.make[several], inverse.ravel(), len(groups)) >= _LEAST_MAKES * payers
    strikes &= payers * groups[:, 2] >= _LEAST_SHARE * of_day
    hosts, days = np.unique(groups[strikes][:, :2], axis=0).T.reshape(2, -1)
    for host in np.unique(hosts)[np.unique(hosts, return_counts=True)[1] >= _LEAST_DAYS]:
        chosen = strikes & (groups[:, 0] == host)
        rows = np.flatnonzero(np.isin(of_tip, several[chosen[inverse.ravel()]]))
        yield _equal_suspicion(
            tips, tables, rows, len(np.unique(days[hosts == host])), float(q[chosen].max())
        )


def _makes(make: Ints, group: Ints, count: int) -> Ints:
    """Return in how many ways the sums of each group are made up."""
    distinct = np.unique(np.stack([group, make], axis=1), axis=0)
    return np.bincount(distinct[:, 0], minlength=count)


def _chances(sums: _Sums, several: Ints, groups: Ints, payers: Ints) -> Floats:
    """Return the chance that so many accounts of a receiver's day give one sum."""
    host, cents = groups[:, 0], groups[:, 2]
    values, value = np.unique(cents, return_inverse=True)
    at_host = host * len(values) + value.ravel()
    everywhere = np.bincount(value.ravel(), weights=payers)
    others = len(several) - np.bincount(sums.host[several])[host]
    # One more than was seen: what nobody else gives is rare, not impossible.
    base = (everywhere[value.ravel()] - _totals(at_host, payers) + 1) / (others + 1)
    of_day = _totals(host * (int(groups[:, 1].max()) + 1) + groups[:, 1], payers)
    return excess_chance(payers, of_day, np.minimum(base, 1))


def _totals(keys: Ints, weights: Ints) -> Ints:
    """Return for each entry the total of all entries of its key."""
    _keys, which = np.unique(keys, return_inverse=True)
    found: Ints = np.bincount(which, weights=weights).astype(np.int64)[which]
    return found


def _day_totals(sums: _Sums, groups: Ints) -> Ints:
    """Return all cents that the receiver of each group got on its day."""
    width = int(sums.day.max()) + 1
    keys, which = np.unique(sums.host * width + sums.day, return_inverse=True)
    totals = np.bincount(which, weights=sums.cents).astype(np.int64)
    found: Ints = totals[np.searchsorted(keys, groups[:, 0] * width + groups[:, 1])]
    return found


def _equal_suspicion(tips: _Tips, tables: Tables, rows: Ints, days: int, q: float) -> Suspicion:
    payers = sorted({tips.names[each] for each in np.unique(tips.payer[rows])})
    host = tips.names[tips.host[rows[0]]]
    yuan = float(tips.yuan[rows].sum())
    return _suspicion(
        tips,
        rows,
        tables,
        (_kind_of(host, tips.place[rows[0]], tables), key_parts(host)[-1]),
        [
            Figure("出现等额打赏的日数", days, "日"),
            Figure("等额打赏的账号", len(payers), "个"),
            Figure("等额打赏合计", round(yuan, 2), "元"),
        ],
        f"{days} 日内 {len(payers)} 个账号每日分多次打赏、合计金额分文不差，共 {yuan:,.2f} 元，"
        f"占当日打赏一半以上（偶然出现的错误发现率不超过 {max(q, 1e-6):.1g}），涉嫌虚构打赏，"
        "请核查打赏资金来源和是否回流、账号的控制人。",
        payers,
        q,
    )


def _kind_of(receiver: str, place: int, tables: Tables) -> str:
    """Return whether a receiver is a host, or a room whose host no stream names."""
    tip = tables["engagement"].slice(int(place), 1).to_pylist()[0]
    is_room = tip["target_kind"] == "room" and tip["target_id"] == key_parts(receiver)[-1]
    return "livestream" if is_room else "host"


def _round_trips(tips: _Tips, tables: Tables) -> Iterator[Suspicion]:
    both = np.stack([tips.payer, tips.host], axis=1)
    ways, inverse, counts = np.unique(both, axis=0, return_inverse=True, return_counts=True)
    yuan = np.bincount(inverse.ravel(), weights=tips.yuan)
    width = len(tips.names)
    there, back = ways[:, 0] * width + ways[:, 1], ways[:, 1] * width + ways[:, 0]
    mate = np.minimum(np.searchsorted(there, back), len(there) - 1)
    mutual: Bools = (there[mate] == back) & (ways[:, 0] < ways[:, 1])
    received = np.bincount(tips.host, weights=tips.yuan, minlength=width)
    least, most = np.minimum(yuan, yuan[mate]), np.maximum(yuan, yuan[mate])
    mutual &= (least >= _LEAST_RETURNED) & (least >= _LEAST_ALIKE * most)
    mutual &= np.minimum(counts, counts[mate]) >= _LEAST_EACH_WAY
    for end in (0, 1):
        mutual &= least >= _LEAST_SHARE * received[ways[:, end]]
    for each in np.flatnonzero(mutual):
        rows = np.flatnonzero(np.isin(inverse.ravel(), [each, mate[each]]))
        pair = sorted(tips.names[number] for number in ways[each].tolist())
        yield _suspicion(
            tips,
            rows,
            tables,
            ("group", digest([*pair, "tips"])[:_ID_LENGTH]),
            [
                Figure("一方打赏另一方", round(float(yuan[each]), 2), "元"),
                Figure("另一方打赏回来", round(float(yuan[mate[each]]), 2), "元"),
                Figure("打赏次数", len(rows), "次"),
            ],
            f"两个主播互相打赏 {yuan[each]:,.2f} 元和 {yuan[mate[each]]:,.2f} 元，金额相当，"
            "各占其所得打赏的一半以上，涉嫌资金回流、虚构打赏，请核查双方资金流水和所属机构。",
            pair,
            None,
        )


def _suspicion(
    tips: _Tips,
    rows: Ints,
    tables: Tables,
    subject: tuple[str, str],
    figures: list[Figure],
    explanation: str,
    accounts: list[str],
    chance: float | None,
) -> Suspicion:
    rows = rows[np.lexsort((tips.place[rows], tips.at[rows]))]
    begin, end = moment(float(tips.at[rows[0]])), moment(float(tips.at[rows[-1]]))
    place = tips.place[rows]
    return Suspicion(
        subject_kind=subject[0],
        subject_id=subject[1],
        rests_on={"engagement": place.tolist()},
        figures=figures,
        explanation=explanation,
        score=0.7,
        conduct_from=begin,
        conduct_until=end,
        platform=tables["engagement"].column("platform")[int(place[0])].as_py(),
        members=Members(
            [key_parts(each)[-1] for each in accounts],
            window_start=begin,
            window_end=end,
            p_value=chance,
        ),
    )
