"""The ratings of items cut into bursts, and when users are active at all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hengjian.compiled import compiled
from hengjian.graphs.blocks import Graph, make_graph

Numbers = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ByItem = tuple[Numbers, Numbers, Floats]

CELLS = 1024
RANKS = 5
# Fewer users than this in common say nothing, however unlikely they are.
LEAST_BURST = 3


class Activity(NamedTuple):
    """When users are active: time cut into cells.

    Attributes:
        begins: Where each user's cells begin, and where the last end.
        cells: The cells in which a user has ratings, user after user.
        counts: How many.
        totals: Ratings of all users in a cell.
        both: For each rank and two cells, in how many ways two ratings of one user of this rank or
            below fall into them.
        sums: Ratings of each user.
        people: How many users have any.
        ranks: How busy each user is: a rank has four times the ratings of the one below.
        sameness: For each rank, the chance that two ratings, of all, are of one user of this rank
            or below; of one rating each at least, were all users alike.
    """

    begins: Ints
    cells: Numbers
    counts: Floats
    totals: Floats
    both: Floats
    sums: Floats
    people: int
    ranks: Numbers
    sameness: Floats


class Bursts(NamedTuple):
    """Bursts, numbered by when they begin.

    Attributes:
        graph: Which user is in which burst.
        items: The item of each burst.
        sizes: How many users it has.
        cells: In which cell of the activity it lies.
        begins: When it begins.
        ends: When it ends.
    """

    graph: Graph
    items: Numbers
    sizes: Ints
    cells: Numbers
    begins: Floats
    ends: Floats


def activity_of(users: Numbers, cells: Numbers, user_count: int) -> Activity:
    """Return when users are active, from the user and the cell of each rating."""
    width = int(cells.max()) + 1
    keys, counts = np.unique(users.astype(np.int64) * width + cells, return_counts=True)
    owners = (keys // width).astype(np.int32)
    begins = np.searchsorted(owners, np.arange(user_count + 1)).astype(np.int64)
    where = (keys % width).astype(np.int32)
    amounts = counts.astype(np.float64)
    totals = np.bincount(where, amounts, width).astype(np.float64)
    sums = np.bincount(users, minlength=user_count).astype(np.float64)
    ranks = np.minimum(np.log2(np.maximum(sums, 1)) / 2, RANKS - 1).astype(np.int32)
    people = int(np.count_nonzero(sums))
    busy = np.bincount(ranks, sums * (sums - 1), RANKS).cumsum() / len(users) ** 2
    alike = np.bincount(ranks[sums > 0], minlength=RANKS).cumsum() / people**2
    both = _both(begins, where, amounts, ranks, width)
    np.cumsum(both, axis=0, out=both)
    return Activity(
        begins, where, amounts, totals, both, sums, people, ranks, np.maximum(busy, alike)
    )


@compiled
def _both(begins: Ints, cells: Numbers, counts: Floats, ranks: Numbers, width: int) -> Floats:
    """Count the ways in which two ratings of one user of a rank fall into two cells."""
    ranked = np.zeros((RANKS, width, width), dtype=np.float64)
    for user in range(len(begins) - 1):
        both = ranked[ranks[user]]
        for first in range(begins[user], begins[user + 1]):
            both[cells[first], cells[first]] += counts[first] * (counts[first] - 1)
            for second in range(first + 1, begins[user + 1]):
                ways = counts[first] * counts[second]
                both[cells[first], cells[second]] += ways
                both[cells[second], cells[first]] += ways
    return ranked


def bursts_of(
    by_item: ByItem,
    user_count: int,
    window: float,
    clock: tuple[float, float],
) -> Bursts:
    """Cut the ratings of items into bursts.

    Args:
        by_item: Users, items and times, sorted by item and time.
        user_count: How many users there are.
        window: Seconds that a burst lasts at most.
        clock: When the first cell of the activity begins, and how long each is.
    """
    users, items, times = by_item
    reach = _reach(items, times, window)
    marks = _cut(items, times, window, np.argsort(-reach, kind="stable"))
    ratings = np.bincount(marks, minlength=len(marks))
    heads = np.flatnonzero(ratings)
    ratings = ratings[heads]
    order = np.lexsort((items[heads], times[heads]))
    heads, ratings = heads[order], ratings[order]
    number = np.empty(len(users), dtype=np.int32)
    number[heads] = np.arange(len(heads), dtype=np.int32)
    member = number[marks]
    keys = np.sort(users.astype(np.int64) * len(heads) + member)
    keys = keys[np.append(True, keys[1:] != keys[:-1])]
    owners, member = (keys // len(heads)).astype(np.int32), (keys % len(heads)).astype(np.int32)
    sizes = np.bincount(member, minlength=len(heads))
    large = sizes >= LEAST_BURST
    number = np.cumsum(large, dtype=np.int32) - 1
    kept = large[member]
    heads, sizes, owners, member = heads[large], sizes[large], owners[kept], number[member[kept]]
    first, length = clock
    middles = times[heads + ratings[large] // 2]
    cells = ((middles - first) / length).astype(np.int32)
    graph = make_graph(owners, member, user_count, len(heads))
    ends = times[heads + ratings[large] - 1]
    return Bursts(graph, items[heads], sizes, cells, times[heads], ends)


@compiled
def _reach(items: Numbers, times: Floats, window: float) -> Numbers:
    """Return how many ratings of its item lie within the window that each one opens."""
    reach = np.empty(len(items), dtype=np.int32)
    end = 0
    for place in range(len(items)):
        end = max(end, place)
        while (
            end < len(items) and items[end] == items[place] and times[end] <= times[place] + window
        ):
            end += 1
        reach[place] = end - place
    return reach


@compiled
def _cut(items: Numbers, times: Floats, window: float, order: Ints) -> Ints:
    """Return for each rating the first one of its burst; the fullest windows are cut out first."""
    marks = np.full(len(items), -1, dtype=np.int64)
    for head in order:
        if marks[head] >= 0:
            continue
        place = head
        # Behind a rating that is taken, all within this window are taken.
        while (
            place < len(items)
            and marks[place] < 0
            and items[place] == items[head]
            and times[place] <= times[head] + window
        ):
            marks[place] = head
            place += 1
    return marks


def users_in(graph: Graph, item: int) -> Numbers:
    """Return the users of an item, or of a burst."""
    return graph.item_users[graph.item_begins[item] : graph.item_begins[item + 1]]
