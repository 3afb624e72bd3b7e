"""What lies in a span of time: places in an array that is sorted by group and time."""

from __future__ import annotations

import numpy as np

from hengjian.violations.columns import Floats, Ints


def in_spans(
    group: Ints, time: Floats | Ints, of: Ints, first: Floats | Ints, last: Floats | Ints
) -> tuple[Ints, Ints]:
    """Return what stands within spans of time of a group.

    Args:
        group: Of each thing, not negative; things are sorted by group and time.
        time: Of each thing, in any unit.
        of: The group that each span belongs to; -1: none.
        first: Beginning of each span, which counts.
        last: End of each span, which counts.

    Returns:
        Places of spans and of things, one pair for each thing in a span.
    """
    low = _come_before(group, time, of, first, and_at=False)
    high = _come_before(group, time, of, last, and_at=True)
    count = np.where(of < 0, 0, np.maximum(high - low, 0))
    span = np.repeat(np.arange(len(of)), count)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return span, low[span] + within


def _come_before(
    group: Ints, time: Floats | Ints, of: Ints, moment: Floats | Ints, *, and_at: bool
) -> Ints:
    """Return how many things come before a moment of a group, those at it counted or not.

    All moments are sought at once by halving; few cost little, however many things there are.
    """
    low, high = np.searchsorted(group, of), np.searchsorted(group, of, side="right")
    at_most = np.less_equal if and_at else np.less
    while len(sought := np.flatnonzero(low < high)):
        middle = (low[sought] + high[sought]) // 2
        before = at_most(time[middle], moment[sought])
        # A moment that is not known comes last, as it does where things are sorted.
        before |= np.isnan(moment[sought]) & (and_at | ~np.isnan(time[middle]))
        low[sought] = np.where(before, middle + 1, low[sought])
        high[sought] = np.where(before, high[sought], middle)
    return low.astype(np.int64)
