"""Bursts: on which days a word is used far more than its past, its week and its season explain."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A topic that lasts shows within so many days; each of these windows is tried.
WINDOWS = (1, 2, 3)
# The past that a day is held against: four weeks, and the last one for what grows slowly.
_PAST, _LATELY = 28, 7
_LEAST_PAST = 14
_YEAR, _SEASON = 364, 10
# Counts of words spread more than chance alone; never is less than this assumed (variance : mean).
_LEAST_DISPERSION = 1.5
# Of words never seen before, so many uses a day are taken for possible.
_UNSEEN = 0.1


class Bursts(NamedTuple):
    """Bursts, one entry each.

    Attributes:
        series: Which series.
        first: First day of the window.
        last: Its last day, on which the burst can be told.
        used: How often within the window.
        expected: How often it would be.
        chance: Of so many or more.
    """

    series: Ints
    first: Ints
    last: Ints
    used: Ints
    expected: Floats
    chance: Floats


def find_bursts(
    counts: Ints,
    totals: Ints,
    *,
    special: Bools,
    largest_chance: float,
    least_count: int,
    least_ratio: float,
) -> Bursts:
    """Return the windows of days in which a series rises far above what was to be expected.

    Expected is the share of the day's total that the series has had, the highest of: the last four
    weeks, the last week, the same weekdays of the last four weeks, the same season a year ago
    where the past reaches so far, and on special days the special days before. Only days before the
    window are used. Counts are held against a negative binomial distribution whose spread is that
    of the series' own past.

    Args:
        counts: Uses by series and day.
        totals: Of all, by day.
        special: Days of promotions and holidays.
        largest_chance: Of a burst; correct it for the number of series, days and windows tried.
        least_count: In a window.
        least_ratio: Of a window's count to what was expected.

    Returns:
        By series and last day; of several windows that end on one day, the least likely.
    """
    found = [
        _in_windows(counts, totals, special, length, least_count, least_ratio)
        for length in WINDOWS
        if length < counts.shape[1]
    ]
    if not found:
        return _bursts(np.zeros((4, 0), dtype=np.int64), np.zeros((2, 0)))
    bursts = _bursts(
        np.concatenate([whole for whole, _ in found], axis=1),
        np.concatenate([shares for _, shares in found], axis=1),
    )
    order = np.lexsort((bursts.chance, bursts.last, bursts.series))
    order = order[bursts.chance[order] <= largest_chance]
    same = np.zeros(len(order), dtype=np.bool_)
    same[1:] = (np.diff(bursts.series[order]) == 0) & (np.diff(bursts.last[order]) == 0)
    kept = order[~same]
    return _bursts(np.stack(bursts[:4])[:, kept], np.stack(bursts[4:])[:, kept])


def _bursts(whole: Ints, parts: Floats) -> Bursts:
    """Return bursts of rows: series, first, last, used; expected, chance."""
    return Bursts(whole[0], whole[1], whole[2], whole[3], parts[0], parts[1])


def _in_windows(
    counts: Ints, totals: Ints, special: Bools, length: int, least_count: int, least_ratio: float
) -> tuple[Ints, Floats]:
    """Return all windows of one length with enough uses, as `_bursts` takes them."""
    days = counts.shape[1]
    used, of = _sums(counts), _sums(totals[None, :])
    last = np.arange(length - 1, days)
    first = last - length + 1
    inside = _between(used, first, last + 1)
    rate = _rate(counts, totals, special, first)
    expected = rate * _between(of, first, last + 1)
    # So many days with records must lie behind, or nothing is known of the past.
    behind = _between(
        _sums((totals > 0).astype(np.int64)[None, :]), np.maximum(first - _PAST, 0), first
    )
    chosen = (inside >= least_count) & (inside >= least_ratio * expected)
    chosen &= behind >= _LEAST_PAST
    series, place = np.nonzero(chosen)
    count, mean = inside[series, place], expected[series, place]
    spread = _dispersion(counts, totals, series, first[place])
    shape = mean / (spread - 1)
    chance: Any = stats.nbinom.sf(count - 1, shape, 1 / spread)
    whole = np.stack([series, first[place], last[place], count]).astype(np.int64)
    return whole, np.stack([mean, np.asarray(chance)]).astype(np.float64)


def _sums(values: Ints) -> Ints:
    return np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))


def _between(sums: Ints, begin: Ints, end: Ints) -> Ints:
    return sums[:, end] - sums[:, begin]


def _rate(counts: Ints, totals: Ints, special: Bools, first: Ints) -> Floats:
    """Return the highest share that a series has had in the pasts of windows that begin so."""
    used, of = _sums(counts), _sums(totals[None, :])
    pasts = [
        (np.maximum(first - _PAST, 0), first),
        (np.maximum(first - _LATELY, 0), first),
        *_a_year_ago(first),
    ]
    rate = np.zeros((counts.shape[0], len(first)))
    for begin, end in pasts:
        share = (_between(used, begin, end) + _UNSEEN) / np.maximum(_between(of, begin, end), 1)
        rate = np.maximum(rate, share)
    rate = np.maximum(rate, _weekdays(counts, totals, first))
    if special.any():
        before = _sums(np.where(special, counts, 0))[:, first]
        of_special = np.maximum(_sums(np.where(special, totals, 0)[None, :])[:, first], 1)
        rate = np.maximum(rate, np.where(special[first], before / of_special, 0.0))
    return rate


def _a_year_ago(first: Ints) -> list[tuple[Ints, Ints]]:
    """Return the same season a year before; days of which nothing is known span nothing."""
    middle = first - _YEAR
    begin, end = np.maximum(middle - _SEASON, 0), np.maximum(middle + _SEASON, 0)
    # Without any day in it, the share would be the guess for unseen words over nothing.
    known = end > begin
    recent = np.maximum(first - _PAST, 0)
    return [(np.where(known, begin, recent), np.where(known, end, first))]


def _weekdays(counts: Ints, totals: Ints, first: Ints) -> Floats:
    """Return the share on the same weekdays of the last four weeks."""
    used = np.zeros((counts.shape[0], len(first)))
    of = np.zeros(len(first))
    for back in range(7, _PAST + 1, 7):
        known = first >= back
        used[:, known] += counts[:, first[known] - back]
        of[known] += totals[first[known] - back]
    share: Floats = used / np.maximum(of, 1)
    return share


def _dispersion(counts: Ints, totals: Ints, series: Ints, first: Ints) -> Floats:
    """Return how much wider than chance (variance : mean) each series spread in the past weeks."""
    spread = np.full(len(series), _LEAST_DISPERSION)
    for place, (row, day) in enumerate(zip(series.tolist(), first.tolist(), strict=True)):
        begin = max(day - 2 * _PAST, 0)
        past, of = counts[row, begin:day], totals[begin:day]
        mean = of * (past.sum() / max(int(of.sum()), 1))
        told = mean > 0
        if told.any():
            index = float((((past - mean) ** 2)[told] / mean[told]).mean())
            spread[place] = max(index, _LEAST_DISPERSION)
    return spread
