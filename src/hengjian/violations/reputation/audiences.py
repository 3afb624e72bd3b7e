"""Audiences that are shown but do nothing: viewers of livestreams far beyond those who act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from hengjian.stats.outstanding import lower_bound
from hengjian.stats.shares import false_discovery
from hengjian.violations.columns import (
    Floats,
    Ints,
    equals,
    floats,
    moment,
    seconds,
    shanghai_days,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import joined_key
from hengjian.violations.suspicion import Figure, Suspicion

# Of fewer viewers, nobody may happen to act.
_LEAST_VIEWERS = 1_000
# A log of nearly nothing is more likely one that was not kept.
_LEAST_ACTIVE = 5
# A push by the platform, a first show or an event happens on one day.
_LEAST_DAYS = 2
# A room is held against so many of its platform that are nearest in viewers; where the middle one
# of them is smaller or larger by more than this factor, it has no peers.
_PEERS, _FARTHEST = 60, 16.0
# Rooms engage differently; less spread than a factor of 1.4 is never assumed.
_LEAST_SPREAD = float(np.log(1.4))
# One standard deviation above the middle: who is below may have bought viewers too.
_ABOVE = 0.84
_LARGEST_Q = 0.01
# The share that acts must be surely at most one in so many of what is common ...
_LEAST_LIFT = 8.0
# ... and hours after the start of a stream acts still belong to it.
_LONGEST = 12 * 3600
_ACTS = ("click", "like", "follow", "tip", "share", "vote")
_ROWS_KEPT = 200


class _Days(NamedTuple):
    """The streams of a room on one day taken together, one entry each.

    Attributes:
        room: Number of the room, or of the host where the room is unknown.
        platform: Its number.
        viewers: Shown viewers.
        active: Accounts that acted or bought, different ones in each stream.
    """

    room: Ints
    platform: Ints
    viewers: Ints
    active: Ints


def shown_without_acting(tables: Tables) -> Iterator[Suspicion]:
    """Yield the rooms whose viewers act far less than those of rooms of like size.

    Who clicks, likes, follows, tips, shares or votes in a stream, or buys from its shop meanwhile,
    is active. Of a room the middle one of its days counts (of two the better one), two at least.
    The null: the logarithm of the active share of the 60 rooms of the platform that are nearest in
    viewers spreads normally around their median, as wide as their upper half is (false discovery
    rate at most 1 % over all rooms). The share must surely (95 % bound) be at most an eighth of
    the median.
    Streams without a known start, room or number of viewers, or with hardly any act in the log, are
    not looked at.
    """
    streams = tables.get("livestream")
    if streams is None or not streams.num_rows:
        return
    active = _active(streams, tables)
    judged, room = _judged(streams, active)
    if not len(judged):
        return
    rooms, days = _middle_days(_by_day(streams, judged, room, active))
    share = days.active / days.viewers
    bound = 1 - lower_bound(days.viewers - days.active, days.viewers)
    common, chance = _held_against_peers(days, share, bound)
    told = ~np.isnan(chance)
    q = np.ones(len(rooms))
    if told.any():
        q[told] = false_discovery(chance[told])
    for each in np.flatnonzero((q <= _LARGEST_Q) & (bound <= common / _LEAST_LIFT)):
        chosen = judged[room == rooms[each]]
        yield _suspicion(streams, chosen, active[chosen], float(common[each]), float(q[each]))


def _active(streams: pa.Table, tables: Tables) -> Ints:
    """Return how many different accounts acted or bought in each stream."""
    told = tables["engagement"]
    acts = told.filter(pa.array(equals(told, "action", *_ACTS)))
    found = [
        _pairs(streams, ("platform", name), acts, ("platform", "target_id"), ("account_id", "at"))
        for name in ("room_id", "host_id")
    ]
    if "order" in tables:
        bought = ("user_id", "created_at")
        shop = ("platform", "shop_id")
        found.append(_pairs(streams, shop, tables["order"], shop, bought))
    numbers, _known = _numbered([accounts for _, accounts in found])
    owners = np.concatenate([stream for stream, _ in found])
    width = int(numbers.max(initial=0)) + 1
    pairs = np.unique(owners * width + numbers)
    return np.bincount(pairs // width, minlength=streams.num_rows)


def _numbered(columns: list[Any]) -> tuple[Ints, Any]:
    coded: Any = pc.dictionary_encode(pa.concat_arrays(columns))
    return np.asarray(coded.indices.fill_null(-1)).astype(np.int64), coded.dictionary


def _pairs(
    streams: pa.Table,
    key: tuple[str, str],
    rows: pa.Table,
    rows_key: tuple[str, str],
    who_when: tuple[str, str],
) -> tuple[Ints, Any]:
    """Return for the rows of another table that fall into a stream which one, and whose they are.

    A row belongs to the latest stream of its key that began before it, if within twelve hours.
    """
    keys, theirs = joined_key(streams, key), joined_key(rows, rows_key)
    values = pc.unique(keys).drop_null()
    number = np.asarray(pc.index_in(keys, value_set=values).fill_null(-1)).astype(np.int64)
    start = seconds(streams, "started_at")
    kept = np.flatnonzero((number >= 0) & ~np.isnan(start))
    kept = kept[np.lexsort((start[kept], number[kept]))]
    wanted = np.asarray(pc.index_in(theirs, value_set=values, skip_nulls=True).fill_null(-1))
    at = seconds(rows, who_when[1])
    inside = np.flatnonzero((wanted >= 0) & ~np.isnan(at))
    if not len(kept) or not len(inside):
        return np.empty(0, dtype=np.int64), pa.array([], pa.string())
    origin = min(start[kept].min(), at[inside].min())
    span = max(start[kept].max(), at[inside].max()) - origin + 1
    order = number[kept] * span + (start[kept] - origin)
    sought = wanted[inside] * span + (at[inside] - origin)
    place = np.searchsorted(order, sought, side="right") - 1
    stream = kept[np.maximum(place, 0)]
    good = (place >= 0) & (number[stream] == wanted[inside])
    good &= at[inside] - start[stream] <= _LONGEST
    whose = rows.column(who_when[0]).combine_chunks().take(pa.array(inside[good]))
    return stream[good], whose


def _judged(streams: pa.Table, active: Ints) -> tuple[Ints, Ints]:
    """Return the streams that can be judged, and the number of the room of each."""
    viewers, start = floats(streams, "viewers"), seconds(streams, "started_at")
    of_room, of_host = (joined_key(streams, ("platform", name)) for name in ("room_id", "host_id"))
    numbers, _texts = _numbered([pc.coalesce(of_room, of_host)])
    good = (viewers >= _LEAST_VIEWERS) & ~np.isnan(start) & (numbers >= 0)
    good &= active >= _LEAST_ACTIVE
    chosen = np.flatnonzero(good)
    return chosen, numbers[chosen]


def _by_day(streams: pa.Table, judged: Ints, room: Ints, active: Ints) -> _Days:
    day = shanghai_days(seconds(streams, "started_at", judged))
    platform, _texts = _numbered([streams.column("platform").combine_chunks()])
    keys = np.stack([room, day, platform[judged]], axis=1)
    found, which = np.unique(keys, axis=0, return_inverse=True)
    shown = floats(streams, "viewers", judged).astype(np.int64)
    viewers, acting = (
        np.bincount(which.ravel(), weights=each).astype(np.int64)
        for each in (shown, active[judged])
    )
    return _Days(found[:, 0], found[:, 2], viewers, np.minimum(acting, viewers))


def _middle_days(days: _Days) -> tuple[Ints, _Days]:
    """Return the rooms of two and more days, and the middle day of each, or the better of two."""
    order = np.lexsort((days.active / days.viewers, days.room))
    rooms, begins, counts = np.unique(days.room[order], return_index=True, return_counts=True)
    enough = counts >= _LEAST_DAYS
    middle = order[begins + counts // 2][enough]
    return rooms[enough], _Days(*(column[middle] for column in days))


def _held_against_peers(days: _Days, share: Floats, bound: Floats) -> tuple[Floats, Floats]:
    """Return the share common among a room's peers, and the chance of one as low as its bound.

    Not-a-number where there are too few peers.
    """
    common, chance = np.full(len(share), np.nan), np.full(len(share), np.nan)
    for platform in np.unique(days.platform):
        rooms = np.flatnonzero(days.platform == platform)
        rooms = rooms[np.argsort(days.viewers[rooms], kind="stable")]
        if len(rooms) <= _PEERS:
            continue
        logs, sizes = np.log(share[rooms]), np.log(days.viewers[rooms])
        first = np.clip(np.arange(len(rooms)) - _PEERS // 2, 0, len(rooms) - _PEERS - 1)
        peers = np.lib.stride_tricks.sliding_window_view(logs, _PEERS + 1)[first]
        middle, high = np.quantile(peers, [0.5, _ABOVE], axis=1)
        spread = np.maximum(high - middle, _LEAST_SPREAD)
        near = np.abs(sizes[first + _PEERS // 2] - sizes) <= np.log(_FARTHEST)
        common[rooms] = np.where(near, np.exp(middle), np.nan)
        lowness = (np.log(bound[rooms]) - middle) / spread
        chance[rooms] = np.where(near, stats.norm.cdf(lowness), np.nan)
    return common, chance


def _suspicion(streams: pa.Table, places: Ints, active: Ints, common: float, q: float) -> Suspicion:
    viewers = floats(streams, "viewers", places)
    order = np.argsort(active / viewers, kind="stable")
    places, active, viewers = places[order], active[order], viewers[order]
    shown, acting = int(viewers.sum()), int(active.sum())
    start = seconds(streams, "started_at", places)
    first = streams.slice(int(places[0]), 1).to_pylist()[0]
    return Suspicion(
        subject_kind="livestream" if first["host_id"] is None else "host",
        subject_id=first["host_id"] or first["room_id"],
        rests_on={"livestream": places[:_ROWS_KEPT].tolist()},
        figures=[
            Figure("观看人数", int(viewers[0]), "人", None, "viewers"),
            Figure("该场有互动或者购买的账号", int(active[0]), "个"),
            Figure(
                "各场合计，占观看人数的比例",
                round(100 * acting / shown, 3),
                "%",
                round(100 * common, 3),
            ),
            Figure("错误发现率", q),
        ],
        explanation=(
            f"{len(places)} 场直播显示 {shown:,} 人观看，点击、点赞、关注、打赏、分享或者购买的账号"
            f"只有 {acting:,} 个（{acting / shown:.3%}，同平台规模相近的一般为 {common:.2%}），"
            "涉嫌虚构观看人数，请调取平台的进房记录、流量投放记录，并核实互动记录是否完整。"
        ),
        score=0.65,
        conduct_from=moment(float(start.min())),
        conduct_until=moment(float(start.max())),
        platform=first["platform"],
        shop_id=first["shop_id"],
    )
