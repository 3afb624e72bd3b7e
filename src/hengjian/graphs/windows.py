"""Windows: when more was done in a shop than at any other time there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hengjian.graphs.acts import Floats, Ints
from hengjian.graphs.significance import log_tails

_DAY = 86_400.0
_LEAST = 5
# A shop with hardly any acts beside the burst had some all the same.
_PRIOR = 1.0


def clearest_windows(
    shops: Ints, times: Floats, widths: Sequence[float]
) -> tuple[Ints, Ints, Floats]:
    """Return for each shop the window in which most was done against what was to be expected.

    Expected is the shop's share of all that was done outside the window, times what was done in
    the whole market in it (Poisson): a season or a sale of the whole platform is no burst.

    Args:
        shops: Number of the shop of each act, ascending.
        times: When, in seconds; ascending within each shop.
        widths: How long windows may be, in days.

    Returns:
        Where the window of each shop begins and ends among the acts, and the natural logarithm of
        its chance, corrected for all windows of the shop; only shops with a few acts in a window.
    """
    if not len(shops):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, np.zeros(0)
    everything = np.sort(times)
    starts = np.arange(len(shops))
    sizes = np.bincount(shops)
    # Shops one after the other on one line of time, so far apart that no window reaches the next.
    apart = everything[-1] - everything[0] + (max(widths) + 1) * _DAY
    line = shops * apart + (times - everything[0])
    best = np.zeros(len(shops))
    best_end = starts + 1
    for width in widths:
        ends = np.searchsorted(line, line + width * _DAY, "right")
        inside = np.searchsorted(everything, times + width * _DAY, "right")
        inside = inside - np.searchsorted(everything, times)
        counts = ends - starts
        others = sizes[shops] - counts + _PRIOR
        means = others * inside / np.maximum(1, len(times) - inside)
        logs = np.where(counts >= _LEAST, log_tails(counts, means), 0.0)
        better = logs < best
        best, best_end = np.where(better, logs, best), np.where(better, ends, best_end)
    order = np.lexsort((starts, best, shops))
    first = order[np.append(True, np.diff(shops[order]) > 0)]
    first = first[best[first] < 0]
    tried = np.log(sizes[shops[first]] * len(widths))
    corrected: Floats = np.minimum(0.0, best[first] + tried)
    return first, best_end[first], corrected
