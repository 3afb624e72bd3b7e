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
    """Return how many things come before a moment of a group, those at it counted or not."""
    things = len(group)
    is_moment = np.arange(things + len(of)) >= things
    tie = is_moment if and_at else ~is_moment
    order = np.lexsort((tie, np.concatenate((time, moment)), np.concatenate((group, of))))
    before = np.cumsum(~is_moment[order])
    found = np.empty(len(of), dtype=np.int64)
    found[order[is_moment[order]] - things] = before[is_moment[order]]
    return found
