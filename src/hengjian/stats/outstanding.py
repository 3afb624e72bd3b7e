"""Whose share stands out among the shares of many, after all that was tried is counted in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hengjian.stats.shares import excess_chance, false_discovery

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# The share that three in four others stay below is common.
_COMMON = 0.75
# Of the standard normal distribution, for 95 % between both bounds.
_Z = 1.959964


class Peers(NamedTuple):
    """How the common share is found.

    Attributes:
        least_total: A subject with fewer says little about what is common.
        least_subjects: With fewer others the common share cannot be seen and `of_few` stands in.
        of_few: The share that is taken as common then, 0–1.
        floor: The common share is never taken as lower than this, 0–1.
    """

    least_total: int = 20
    least_subjects: int = 5
    of_few: float = 0.05
    floor: float = 0.01


class Bar(NamedTuple):
    """What a share must reach to stand out.

    Attributes:
        cases: Least number of cases.
        share: Least 95 % lower bound of the share, 0–1: of a few cases little is sure.
        lift: Least multiple of the common share.
        q: Largest false discovery rate over all that was tested.
    """

    cases: int
    share: float
    lift: float = 3.0
    q: float = 0.01


class Outstanding(NamedTuple):
    """What came of the test, one entry for every subject.

    Attributes:
        base: The share common among the others, 0–1.
        q: False discovery rate; one where there was nothing to test.
        stands_out: Whether the share reaches the bar.
    """

    base: Floats
    q: Floats
    stands_out: Bools


def outstanding(
    counts: ArrayLike, totals: ArrayLike, bar: Bar, peers: Peers | None = None
) -> Outstanding:
    """Test each subject's share against the share that is common among the others.

    The null: each case of a subject happens with the common chance (upper tail of the binomial
    distribution, Benjamini and Hochberg over all subjects that have any total).

    Args:
        counts: Cases of each subject.
        totals: Of how many.
        bar: What a share must reach.
        peers: How the common share is found.
    """
    cases = np.asarray(counts, dtype=np.int64)
    of_all = np.asarray(totals, dtype=np.int64)
    base = common_share(cases, of_all, peers or Peers())
    q = np.ones(len(cases))
    tested = of_all > 0
    if tested.any():
        q[tested] = false_discovery(excess_chance(cases[tested], of_all[tested], base[tested]))
    share = cases / np.maximum(of_all, 1)
    reached = (cases >= bar.cases) & (share >= bar.lift * base)
    reached &= lower_bound(cases, of_all) >= bar.share
    return Outstanding(base, q, reached & (q <= bar.q))


def lower_bound(counts: ArrayLike, totals: ArrayLike) -> Floats:
    """Return the 95 % lower bound of each share (Wilson 1927); zero where there is no total."""
    total = np.maximum(np.asarray(totals, dtype=np.float64), 1)
    share, spread = np.asarray(counts) / total, _Z**2 / total
    below = _Z * np.sqrt(share * (1 - share) / total + spread / (4 * total))
    bound: Floats = np.maximum((share + spread / 2 - below) / (1 + spread), 0)
    return bound


def common_share(counts: ArrayLike, totals: ArrayLike, peers: Peers) -> Floats:
    """Return for each subject the share that three in four of the others stay below."""
    cases, of_all = np.asarray(counts), np.asarray(totals)
    large = np.flatnonzero(of_all >= peers.least_total)
    if len(large) <= peers.least_subjects:
        return np.full(len(cases), max(peers.of_few, peers.floor))
    share = cases / np.maximum(of_all, 1)
    order = large[np.argsort(share[large], kind="stable")]
    at = int(_COMMON * (len(order) - 1))
    base = np.full(len(cases), share[order[at]])
    # A subject is held against the others: those below the mark move it up by one.
    base[order[: at + 1]] = share[order[min(at + 1, len(order) - 1)]]
    common: Floats = np.maximum(base, peers.floor)
    return common
