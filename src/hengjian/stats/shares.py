"""Shares: how likely so many of so many are, and between which bounds the true share lies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]


def excess_chance(counts: ArrayLike, totals: ArrayLike, base: ArrayLike) -> Floats:
    """Return the chance of at least so many of so many where each happens with a base chance.

    The upper tail of the binomial distribution.

    Args:
        counts: How many did.
        totals: Of how many.
        base: Chance of each, 0–1.
    """
    tail: Any = stats.binom.sf(np.asarray(counts) - 1, totals, base)
    return np.asarray(tail, dtype=np.float64)


def share_interval(count: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the bounds between which the true share lies (Wilson 1927).

    Args:
        count: How many did.
        total: Of how many; at least one.
        confidence: Of the interval.
    """
    low, high = stats.binomtest(count, total).proportion_ci(confidence, method="wilson")
    return float(low), float(high)


def false_discovery(chances: ArrayLike) -> Floats:
    """Return the q value of each chance: the false discovery rate (Benjamini and Hochberg 1995)."""
    return np.asarray(stats.false_discovery_control(np.asarray(chances)), dtype=np.float64)
