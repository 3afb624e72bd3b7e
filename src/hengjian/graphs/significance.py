"""How likely chance makes what was seen, corrected for all that was looked at."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from hengjian.compiled import compiled

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_ENOUGH = 1e-12


@compiled
def log_tail(count: int, mean: float) -> float:
    """Return the natural logarithm of the chance that a Poisson count is so high or higher."""
    if count <= 0:
        return 0.0
    if mean <= 0:
        return -math.inf
    term, total = 1.0, 1.0
    if count > mean:
        step = count
        while term > _ENOUGH * total:
            step += 1
            term *= mean / step
            total += term
        first = count * math.log(mean) - mean - math.lgamma(count + 1.0)
        return min(0.0, first + math.log(total))
    step = count - 1
    while step > 0 and term > _ENOUGH * total:
        term *= step / mean
        total += term
        step -= 1
    below = (count - 1) * math.log(mean) - mean - math.lgamma(float(count)) + math.log(total)
    return math.log1p(-math.exp(min(below, -_ENOUGH)))


@compiled
def log_tails(counts: Counts, means: Floats) -> Floats:
    """Return `log_tail` of each count and mean."""
    out = np.empty(len(counts), dtype=np.float64)
    for place in range(len(counts)):
        out[place] = log_tail(counts[place], means[place])
    return out


def log_binomial_tails(counts: Counts, totals: Counts, chances: Floats) -> Floats:
    """Return the natural logarithm of the chance of so many hits or more, each of some chance.

    Where it is too small for a floating number, its bound (n choose k) p^k stands for it.
    """
    told: Floats = np.minimum(0.0, stats.binom.logsf(counts - 1, totals, chances))
    ways = special.gammaln(totals + 1) - special.gammaln(counts + 1)
    bounds = ways - special.gammaln(totals - counts + 1) + counts * np.log(chances)
    return np.where(np.isfinite(told), told, np.minimum(0.0, bounds))


def log_choices(count: int, chosen: int) -> float:
    """Return the natural logarithm of how many ways there are to choose some of a count."""
    return math.lgamma(count + 1) - math.lgamma(chosen + 1) - math.lgamma(count - chosen + 1)


def log_block(count: int, mean: float, sides: tuple[tuple[int, int], ...]) -> float:
    """Return the logarithm of a bound on the chance that any block of this size has so many edges.

    Args:
        count: The edges in the block.
        mean: How many chance would put there.
        sides: Of how many nodes on a side the block takes how many: each such choice was tried.
    """
    tried = sum(log_choices(nodes, chosen) for nodes, chosen in sides)
    return min(0.0, log_tail(count, mean) + tried)


def discoveries(logs: Floats, rate: float, total: int) -> NDArray[np.bool_]:
    """Tell which chances are so small that at most this share of those told is false.

    Args:
        logs: Natural logarithms of the chances (Benjamini and Hochberg).
        rate: The share.
        total: How many were tried, with those that are not given because they are no surprise.
    """
    order = np.argsort(logs, kind="stable")
    limits = math.log(rate / max(1, total)) + np.log(np.arange(1, len(logs) + 1))
    below = np.flatnonzero(logs[order] <= limits)
    told = np.zeros(len(logs), dtype=np.bool_)
    if len(below):
        told[order[: below[-1] + 1]] = True
    return told
