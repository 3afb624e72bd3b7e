"""What each node of a rating graph did, without labels: how fast, how far from the others.

Every measure is of one side only: what a rater wrote, or what an item got. A measure that the
data cannot give (one rating has no gap, a rating without time no day) is NaN: unknown, never "no".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hengjian.compiled import compiled
from hengjian.graphs.edges import Floats, Numbers

Ints = NDArray[np.int64]
DAY = 86_400.0
# As many ratings the mean of all counts as, where an item's own are few.
SMOOTHING = 1.0

# Under these counts a measure says nothing of a node.
_FEWEST_FOR_PACE = 2
_FEWEST_GAPS = 3
# Gaps of like length, by powers of two seconds, are of one kind.
_GAP_KINDS = 64
# Equal measures must rank equal, in whatever order their sums were taken.
_DIGITS = 9
# Counts of like size, by half powers of two, are compared with one another.
_STEPS_PER_DOUBLING = 2


class Pace(NamedTuple):
    """How a node's ratings lie in time, one number a node.

    Attributes:
        span: Seconds from its first rating to its last.
        wait: The mean logarithm of the gaps between them, in seconds.
        busiest: The most ratings within 24 hours.
        entropy: How varied the gaps are, from 0 (all alike) to 1 (as varied as their number lets).
    """

    span: Floats
    wait: Floats
    busiest: Floats
    entropy: Floats


def degrees(nodes: Numbers, count: int) -> Ints:
    """Return how many edges each node has."""
    return np.bincount(nodes, minlength=count).astype(np.int64)


def pace(nodes: Numbers, time: Floats, count: int) -> Pace:
    """Return how the ratings of each node lie in time."""
    known = np.flatnonzero(~np.isnan(time))
    order = known[np.lexsort((time[known], nodes[known]))]
    numbers = degrees(nodes[known], count)
    ends = np.cumsum(numbers)
    return Pace(*_pace(time[order], ends - numbers, ends))


def mean_by(nodes: Numbers, values: Floats, count: int) -> Floats:
    """Return the mean of the known values of each node; NaN where none is known."""
    known = ~np.isnan(values)
    numbers = np.bincount(nodes[known], minlength=count)
    sums = np.bincount(nodes[known], weights=values[known], minlength=count)
    means = np.full(count, np.nan)
    np.divide(sums, numbers, out=means, where=numbers > 0)
    return means


def scaled(rating: Floats) -> Floats:
    """Return ratings from -1 (the lowest there is) to 1 (the highest); NaN where they tell nothing.

    Where all are the same there is nothing to compare.
    """
    known = rating[~np.isnan(rating)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    if low == high:
        return np.full(len(rating), np.nan)
    return (rating - (low + high) / 2) / ((high - low) / 2)


def deviation(items: Numbers, rating: Floats, count: int) -> Floats:
    """Return how far each rating is from what the others think of its item, from 0 to 2.

    An item that few others rated is thought of as items are on the average.
    """
    known = ~np.isnan(rating)
    given = np.where(known, rating, 0.0)
    rated = items[known]
    numbers = np.bincount(rated, minlength=count)
    sums = np.bincount(rated, weights=rating[known], minlength=count)
    usual = given.sum() / max(int(known.sum()), 1)
    others = (sums[items] - given + SMOOTHING * usual) / (numbers[items] - known + SMOOTHING)
    return np.asarray(np.abs(rating - others))


def percentile(values: Floats) -> Floats:
    """Return each value's rank among those known, between 0 and 1; the middle where unknown."""
    ranks = np.full(len(values), 0.5)
    known = np.flatnonzero(~np.isnan(values))
    if len(known) == 0:
        return ranks
    _, place, ties = np.unique(
        np.round(values[known], _DIGITS), return_inverse=True, return_counts=True
    )
    ranks[known] = ((np.cumsum(ties) - ties / 2) / len(known))[place]
    return ranks


def percentile_among_alike(values: Floats, numbers: Ints) -> Floats:
    """Return each value's rank among the nodes that have about as many edges."""
    ranks = np.full(len(values), 0.5)
    sizes = np.floor(np.log2(np.maximum(numbers, 1)) * _STEPS_PER_DOUBLING).astype(np.int64)
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        ranks[alike] = percentile(values[alike])
    return ranks


def evidence(ranks: Sequence[Floats]) -> Floats:
    """Return what several ranks say together: the sum of the logarithms of how rare each is.

    One very rare measure weighs more than several that are only somewhat high, and a low one
    hardly excuses another.
    """
    return np.asarray(-np.sum([np.log1p(-rank) for rank in ranks], axis=0))


@compiled
def _pace(time: Floats, begins: Ints, ends: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Measure the times of each node, which are sorted and stand together."""
    count = len(begins)
    span, wait = np.full(count, np.nan), np.full(count, np.nan)
    busiest, entropy = np.full(count, np.nan), np.full(count, np.nan)
    kinds = np.zeros(_GAP_KINDS, dtype=np.int64)
    for node in range(count):
        begin, end = begins[node], ends[node]
        number = end - begin
        if number == 0:
            continue
        first = begin
        most = 0
        for last in range(begin, end):
            while time[last] - time[first] >= DAY:
                first += 1
            most = max(most, last - first + 1)
        busiest[node] = most
        if number < _FEWEST_FOR_PACE:
            continue
        span[node] = time[end - 1] - time[begin]
        kinds[:] = 0
        total = 0.0
        for place in range(begin + 1, end):
            gap = np.log2(1.0 + time[place] - time[place - 1])
            total += gap
            kinds[min(int(gap), _GAP_KINDS - 1)] += 1
        gaps = number - 1
        wait[node] = total / gaps
        if gaps < _FEWEST_GAPS:
            continue
        varied = 0.0
        for kind in kinds:
            if kind:
                varied -= kind / gaps * np.log(kind / gaps)
        entropy[node] = varied / np.log(min(gaps, _GAP_KINDS))
    return span, wait, busiest, entropy
