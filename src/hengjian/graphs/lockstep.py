"""Lockstep: users who again and again rate the same items, each time within the same short window.

The ratings of an item are cut into bursts, the fullest window first. Of every two bursts of
different items it is asked how many users they share. Chance would let them share as many as follow
from their sizes and from when each user was active at all, so that crowds of one evening, popular
items and busy users explain themselves. Bursts that share far more, corrected for all pairs of
bursts and all windows, are joined; the users who are in more of them than chance lets anyone be are
the group. Bursts are then added, and users judged again, until nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hengjian.graphs.blocks import LEAST_CHANCE, LEAST_LIFT, Graph, make_graph
from hengjian.graphs.burst_pairs import Pairs, compare, without_taste
from hengjian.graphs.bursts import (
    CELLS,
    Activity,
    Bursts,
    ByItem,
    Floats,
    Ints,
    Numbers,
    activity_of,
    bursts_of,
)
from hengjian.graphs.components import joined
from hengjian.graphs.crowds import (
    LEAST_HITS,
    LEAST_USERS,
    Crowd,
    bursts_with,
    by_taste,
    fashion,
    grow,
    users_of,
)
from hengjian.graphs.edges import Edges
from hengjian.graphs.significance import log_block, log_tails

DAY = 86400.0
# Over weeks, common tastes look like a gang: longer windows are for who knows the market.
WINDOWS = (3 * DAY,)
LEAST_ITEMS = 3
# How many pairs chance alone may put forward as a beginning, and how many beginnings are tried.
_HINTS, _WEAK_SEEDS = 100.0, 50
_SUDDEN = 0.01
# Surprise, in powers of ten, that brings a score half of the way up.
_HALF_WAY = 5.0


class Group(NamedTuple):
    """Users who act in lockstep.

    Attributes:
        users: Their numbers, sorted.
        items: The items of their bursts, sorted.
        window: Seconds within which their ratings of one burst lie, the longest.
        begin: When the first of their ratings in these bursts was given.
        end: When the last.
        edges: How many of their ratings are in these bursts, at most one an item and user.
        expected: How many chance would put there.
        log_chance: Natural logarithm of the chance that any two bursts share so many users as two
            of these do, or that any group of this size has so many ratings in its bursts, corrected
            for all pairs or groups and all windows.
    """

    users: Numbers
    items: Numbers
    window: float
    begin: float
    end: float
    edges: int
    expected: float
    log_chance: float

    @property
    def density(self) -> float:
        """The share of its users and items that have a rating in a burst."""
        return self.edges / (len(self.users) * len(self.items))

    @property
    def chance(self) -> float:
        """The corrected chance."""
        return math.exp(self.log_chance)


class Lockstep(NamedTuple):
    """What was found.

    Attributes:
        groups: The least likely first.
        user_scores: From 0 to 1, higher is more suspicious; over a half: in a group.
        item_scores: The same of items.
        user_groups: Place of the user's group in `groups`; -1: in none.
        item_groups: The same of items.
        untimed: How many edges have no time, and say nothing.
    """

    groups: list[Group]
    user_scores: Floats
    item_scores: Floats
    user_groups: Numbers
    item_groups: Numbers
    untimed: int


def find_lockstep(edges: Edges, windows: Sequence[float] = WINDOWS) -> Lockstep:
    """Find groups of users that rate the same items within the same windows.

    Args:
        edges: Who rated what, and when.
        windows: Lengths of windows in seconds; each is tried.
    """
    counts = len(edges.user_ids), len(edges.item_ids)
    timed = ~np.isnan(edges.times)
    untimed = len(timed) - int(np.count_nonzero(timed))
    users, items, times = edges.users, edges.items, edges.times
    if untimed:
        users, items, times = users[timed], items[timed], times[timed]
    surprise_users, surprise_items = np.zeros(counts[0]), np.zeros(counts[1])
    found: list[tuple[Group, Floats]] = []
    if len(users):
        order = np.lexsort((times, items))
        by_item = users[order], items[order], times[order]
        tastes = make_graph(users, items, *counts)
        for window in windows:
            groups, pairs, bursts = _groups_of(by_item, tastes, window, len(windows))
            found += groups
            np.maximum(surprise_users, -pairs.users, out=surprise_users)
            np.maximum.at(surprise_items, bursts.items, -pairs.bursts)
    return _settled(found, surprise_users, surprise_items, untimed)


def _settled(
    found: list[tuple[Group, Floats]], users: Floats, items: Floats, untimed: int
) -> Lockstep:
    """Give every user to the least likely group, and drop groups of which too few are left."""
    user_groups = np.full(len(users), -1, dtype=np.int32)
    item_groups = np.full(len(items), -1, dtype=np.int32)
    user_scores, item_scores = _raised(users) / 2, _raised(items) / 2
    groups: list[Group] = []
    for group, logs in sorted(found, key=lambda each: (each[0].log_chance, -each[0].edges)):
        free = user_groups[group.users] < 0
        if np.count_nonzero(free) < max(LEAST_USERS, len(free) / 2):
            continue
        user_groups[group.users[free]] = len(groups)
        user_scores[group.users[free]] = 0.5 + _raised(-logs[free]) / 2
        new = group.items[item_groups[group.items] < 0]
        item_groups[new] = len(groups)
        item_scores[new] = 0.5 + _raised(items[new]) / 2
        groups.append(group)
    return Lockstep(groups, user_scores, item_scores, user_groups, item_groups, untimed)


def _raised(surprise: Floats) -> Floats:
    powers = surprise / math.log(10)
    return powers / (powers + _HALF_WAY)


def _groups_of(
    by_item: ByItem,
    tastes: Graph,
    window: float,
    windows: int,
) -> tuple[list[tuple[Group, Floats]], Pairs, Bursts]:
    """Find the groups of one window, each with the logarithm of the chance of each user."""
    users, _items, times = by_item
    people = len(tastes.user_begins) - 1
    first = float(times.min())
    length = max(window, (float(times.max()) - first) / (CELLS - 1))
    activity = activity_of(users, ((times - first) / length).astype(np.int32), people)
    bursts = bursts_of(by_item, people, window, (first, length))
    total = len(bursts.items)
    correction = math.log(max(1, total * (total - 1) // 2)) + math.log(windows)
    pairs = compare(bursts, activity, math.log(_HINTS) - correction)
    pairs = without_taste(pairs, bursts, tastes)
    groups: list[tuple[Group, Floats]] = []
    tried = np.zeros(total, dtype=np.bool_)
    for seed, least in _seeds(pairs, bursts, activity, math.log(LEAST_CHANCE) - correction):
        if tried[seed].all():
            continue
        grown = grow(seed, bursts, activity)
        if grown is None:
            continue
        chosen, crowd = grown
        tried[chosen] = True
        expected = max(
            crowd.expected * fashion(chosen, crowd, bursts, activity),
            by_taste(chosen, crowd, bursts, tastes),
        )
        sides = (activity.people, len(crowd.users)), (total, len(chosen))
        whole = log_block(crowd.hits, expected, sides) + math.log(windows)
        log_chance = min(0.0, least + correction, whole)
        if log_chance > math.log(LEAST_CHANCE) or crowd.hits < LEAST_LIFT * expected:
            continue
        group = _group(chosen, crowd, bursts, by_item)
        group = group._replace(expected=expected, log_chance=log_chance)
        if _is_large(group):
            groups.append((group, crowd.logs))
    return groups, pairs, bursts


def _is_large(group: Group) -> bool:
    return len(group.users) >= LEAST_USERS and len(group.items) >= LEAST_ITEMS


def _seeds(
    pairs: Pairs, bursts: Bursts, activity: Activity, limit: float
) -> Iterator[tuple[Ints, float]]:
    """Return sets of bursts from which groups may grow, with the least logarithm of their pairs.

    Bursts whose pairs pass the test by themselves hang together. Where each pair is too small to
    pass, all bursts of one crowd may do so: the likeliest pairs are tried, and crowds of bursts
    that come out of nothing; these stand only if the whole group passes.
    """
    strong = pairs.logs <= limit
    firsts, seconds, logs = pairs.firsts[strong], pairs.seconds[strong], pairs.logs[strong]
    total = len(bursts.items)
    roots = joined(firsts, seconds, total)
    least = np.zeros(total)
    np.minimum.at(least, roots[firsts], logs)
    linked = np.unique(np.concatenate([firsts, seconds]))
    for each in _split(linked, roots[linked]):
        yield each, float(least[roots[each[0]]])
    weak = np.flatnonzero(~strong)
    for pair in weak[np.argsort(pairs.logs[weak], kind="stable")][:_WEAK_SEEDS]:
        yield np.array([pairs.firsts[pair], pairs.seconds[pair]]), 0.0
    for each in _sudden(bursts, activity):
        yield each, 0.0


def _split(values: Ints, owners: Ints) -> list[Ints]:
    """Return the values of each owner."""
    if not len(values):
        return []
    order = np.argsort(owners, kind="stable")
    return np.split(values[order], np.flatnonzero(np.diff(owners[order])) + 1)


def _sudden(bursts: Bursts, activity: Activity) -> list[Ints]:
    """Return bursts out of nothing that have users in common who are in too many of them."""
    whole = np.bincount(bursts.items, bursts.sizes)[bursts.items]
    means = whole * activity.totals[bursts.cells] / activity.totals.sum()
    sudden = np.flatnonzero(log_tails(bursts.sizes, means) <= math.log(_SUDDEN))
    crowd = users_of(sudden, bursts, activity)
    if len(crowd.users) < LEAST_USERS:
        return []
    graph = bursts.graph
    chosen = np.zeros(len(bursts.items), dtype=np.bool_)
    chosen[bursts_with(crowd.users, bursts, activity)] = True
    member = np.zeros(len(graph.user_begins) - 1, dtype=np.bool_)
    member[crowd.users] = True
    inside = member[graph.users] & chosen[graph.items]
    users, items = graph.users[inside].astype(np.int64), graph.items[inside].astype(np.int64)
    roots = joined(items, len(chosen) + users, len(chosen) + len(member))
    found = np.flatnonzero(chosen)
    return [each for each in _split(found, roots[found]) if len(each) >= LEAST_HITS]


def _group(
    chosen: Ints,
    crowd: Crowd,
    bursts: Bursts,
    by_item: ByItem,
) -> Group:
    """Tell what a group did in its bursts."""
    graph = bursts.graph
    member = np.zeros(len(graph.user_begins) - 1, dtype=np.bool_)
    member[crowd.users] = True
    pairs: set[tuple[int, int]] = set()
    times: list[Floats] = []
    for burst in chosen:
        item = bursts.items[burst]
        begin, end = np.searchsorted(by_item[1], [item, item + 1])
        users, moments = by_item[0][begin:end], by_item[2][begin:end]
        inside = member[users] & (moments >= bursts.begins[burst]) & (moments <= bursts.ends[burst])
        pairs |= {(user, int(item)) for user in users[inside].tolist()}
        times.append(moments[inside])
    window = max(float(moments.max() - moments.min()) for moments in times)
    moments = np.concatenate(times)
    items = np.unique(bursts.items[chosen])
    begin, end = float(moments.min()), float(moments.max())
    return Group(crowd.users, items, window, begin, end, len(pairs), crowd.expected, 0.0)
