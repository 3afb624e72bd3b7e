"""Bursts: on which days a word is used far more than its past, its week and its season explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What breaks out shows within three days; what grows slowly, or has few records, within two weeks.
WINDOWS = (1, 2, 3, 5, 7, 14)
# A rise of more days than these may be a season; it must be held against a year, or other places.
_SUDDEN, _SLOW = 3, 14
# The past that a day is held against: four weeks, and the last one for what grows slowly.
_PAST, _LATELY, _WEEK = 28, 7, 7
_LEAST_PAST = 14
# Of a region at least so many uses of any word must lie behind, or its own words would be news.
_LEAST_BEHIND = 20
_YEAR, _SEASON = 364, 10
# Counts of words spread more than chance alone: by so much more than their mean at least
# (variance : mean). In one region, which is held against the others too, of rare words only as much
# as they are frequent.
_MORE_SPREAD = 0.5
# Half a use more than was seen is taken for possible (Jeffreys' prior of a rate).
_UNSEEN = 0.5
# Shares of few records swing: they are taken as if so many more had shown the share of all days.
_DRAWN = 20
# By chance, a rise that is the same everywhere may lie in one place so seldom. A year brings
# some twenty seasons to each of a dozen regions: of them, one in forty years passes.
_SAME_EVERYWHERE = 1e-4


class Part(NamedTuple):
    """Uses that rise and fall with one feed, such as the reviews of one platform.

    Attributes:
        counts: Uses by series and day.
        totals: Of all, by day.
        since: The day on which the feed begins; in its first two weeks it is no news.
    """

    counts: Ints
    totals: Ints
    since: int = 0


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


class _Past:
    """Running sums of a part, of which any span of days is a difference."""

    def __init__(self, part: Part, special: Bools) -> None:
        self.used = _sums(part.counts)
        self.of = _sums(part.totals)
        self.known_from = part.since + _LEAST_PAST
        self.used_special = _sums(np.where(special, part.counts, 0))
        self.of_special = _sums(np.where(special, part.totals, 0))


def find_bursts(
    parts: Sequence[Part],
    *,
    elsewhere: Sequence[Part] = (),
    special: Bools,
    largest_chance: float,
    least_count: int,
    least_ratio: float,
) -> Bursts:
    """Return the windows of days in which a series rises far above what was to be expected.

    Expected is, part by part, the share of the day's total that the series has had, the highest
    of: all days before, the last four weeks, the last week, the same weekdays of the last four
    weeks, the same season a year ago where the past reaches so far, and on special days the
    special days before. Only days before the window are used. Null: counts follow a negative
    binomial distribution about that, whose spread is the largest of the series' own past, that
    of words of its frequency, and what comes of a rate that so short a past tells.

    A rise that lasts may be a season. It is told only where the same season of a year ago is known,
    or where it is not the same elsewhere. Null of the latter: the uses of a window are spread over
    the places as all other records are (binomial).

    Args:
        parts: Uses by feed, whose volumes differ and change; all of the same series and days.
        elsewhere: Uses in other places; none: the parts are all there is.
        special: Days of promotions and holidays.
        largest_chance: Of a burst; correct it for the number of series, days and windows tried.
        least_count: In a window.
        least_ratio: Of a window's count to what was expected.

    Returns:
        By series and last day; of several windows that end on one day, the least likely.
    """
    search = _Search(parts, elsewhere, special)
    found = [
        _in_windows(search, length, least_count, least_ratio)
        for length in WINDOWS
        if length < len(special)
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


def chance_of_more(used: Ints, of: int, before: Ints, of_before: int) -> Floats:
    """Return the chance of so many uses or more, if words are used as often as before.

    Null: uses are Poisson with one rate a record, before and now, known from the uses before alone
    (gamma posterior of Jeffreys' prior, which makes uses now a negative binomial).

    Args:
        used: Now, by word.
        of: Records now.
        before: Uses before, by word.
        of_before: Records before; without any, nothing is more than before.
    """
    if of_before == 0:
        return np.ones(len(used))
    chance: Any = stats.nbinom.sf(used - 1, before + _UNSEEN, of_before / (of_before + of))
    return np.asarray(chance, dtype=np.float64)


def _bursts(whole: Ints, parts: Floats) -> Bursts:
    """Return bursts of rows: series, first, last, used; expected, chance."""
    return Bursts(whole[0], whole[1], whole[2], whole[3], parts[0], parts[1])


class _Search:
    """What all windows are held against."""

    def __init__(self, parts: Sequence[Part], elsewhere: Sequence[Part], special: Bools) -> None:
        self.special = special
        self.parts = [_Past(part, special) for part in parts]
        here, self.local = _joined(parts), bool(elsewhere)
        everywhere = _joined([*parts, *elsewhere])
        self.used, self.of = _sums(here.counts), _sums(here.totals)
        self.used_all, self.of_all = _sums(everywhere.counts), _sums(everywhere.totals)
        self.recorded = _sums((everywhere.totals > 0).astype(np.int64))
        self.recorded_here = _sums((here.totals > 0).astype(np.int64))
        squares = here.counts.astype(np.float64) ** 2 / np.maximum(here.totals, 1)
        self.squares = np.pad(np.cumsum(squares, axis=1), ((0, 0), (1, 0)))


def _joined(parts: Sequence[Part]) -> Part:
    counts, totals = parts[0].counts.copy(), parts[0].totals.copy()
    for part in parts[1:]:
        counts += part.counts
        totals += part.totals
    return Part(counts, totals)


def _in_windows(
    search: _Search, length: int, least_count: int, least_ratio: float
) -> tuple[Ints, Floats]:
    """Return the windows of one length with enough uses, as `_bursts` takes them."""
    days = np.arange(search.used.shape[1] - length)
    used, of = _in_known_feeds(search, days, length)
    enough = used >= least_count
    # So many days with records must lie behind, or nothing is known of the past.
    behind = search.recorded[days] - search.recorded[np.maximum(days - _PAST, 0)]
    known = (behind >= _LEAST_PAST) & (search.of[days] >= _LEAST_BEHIND)
    if length > _SUDDEN and not search.local:
        known &= days >= _YEAR
    series, first = np.nonzero(enough & known)
    end = first + length
    count = used[series, first]
    mean = _expected(search, series, first, end)
    chosen = count >= least_ratio * mean
    if search.local:
        chosen &= _of_one_place(search, series, first, end) <= _SAME_EVERYWHERE
    series, first, end = series[chosen], first[chosen], end[chosen]
    count, mean = count[chosen], mean[chosen]
    spread = _spread(search, series, first, of[first], mean)
    chance: Any = stats.nbinom.sf(count - 1, mean / (spread - 1), 1 / spread)
    whole = np.stack([series, first, end - 1, count]).astype(np.int64)
    return whole, np.stack([mean, np.asarray(chance)]).astype(np.float64)


def _in_known_feeds(search: _Search, first: Ints, length: int) -> tuple[Ints, Ints]:
    """Return uses, by series and window, and totals, by window, of feeds that are no news."""
    used = np.zeros((search.used.shape[0], len(first)), dtype=np.int64)
    of = np.zeros(len(first), dtype=np.int64)
    for part in search.parts:
        known = first >= part.known_from
        used += np.where(known, part.used[:, length:] - part.used[:, :-length], 0)
        of += np.where(known, part.of[length:] - part.of[:-length], 0)
    return used, of


def _sums(values: Ints) -> Ints:
    """Return running sums over days (the last axis), from nothing on."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=np.int64)
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums


def _expected(search: _Search, series: Ints, first: Ints, end: Ints) -> Floats:
    """Return how often series would be used in windows of days, in feeds that are no news."""
    mean = np.zeros(len(series))
    ever = (search.used_all[series, first] + _UNSEEN) / np.maximum(search.of_all[first], 1)
    for part in search.parts:
        rate = ever.copy()
        for begin, until in _pasts(first, end, local=search.local):
            used = part.used[series, until] - part.used[series, begin]
            rate = np.maximum(rate, _share(used, part.of[until] - part.of[begin], ever))
        rate = np.maximum(rate, _same_weekdays(part, series, first, end, ever))
        special = _share(part.used_special[series, first], part.of_special[first], ever)
        rate = np.maximum(rate, np.where(search.special[first], special, 0.0))
        total = np.where(first >= part.known_from, part.of[end] - part.of[first], 0)
        mean += rate * total
    return mean


def _pasts(first: Ints, end: Ints, *, local: bool) -> Iterator[tuple[Ints, Ints]]:
    """Yield the spans of days that windows are held against; those unknown span nothing."""
    yield np.zeros_like(first), first
    if local:
        # In one region a slow beginning would hide what follows; a season shows elsewhere.
        before = np.maximum(first - _SLOW, 0)
        yield np.maximum(before - _PAST, 0), before
    else:
        yield np.maximum(first - _PAST, 0), first
        yield np.maximum(first - _LATELY, 0), first
    yield np.maximum(first - _YEAR - _SEASON, 0), np.maximum(end - 1 - _YEAR + _SEASON, 0)


def _share(used: NDArray[Any], of: NDArray[Any], ever: Floats) -> Floats:
    """Return shares of words; those of few records are drawn to the share over all days."""
    share: Floats = (used + _DRAWN * ever) / (of + _DRAWN)
    return share


def _same_weekdays(part: _Past, series: Ints, first: Ints, end: Ints, ever: Floats) -> Floats:
    """Return the share on the same weekdays of the last four weeks."""
    if not len(series) or end[0] - first[0] >= _WEEK:
        return np.zeros(len(series))
    used, of = np.zeros(len(series), dtype=np.int64), np.zeros(len(series), dtype=np.int64)
    for back in range(_WEEK, _PAST + 1, _WEEK):
        known = first >= back
        begin, until = np.where(known, first - back, 0), np.where(known, end - back, 0)
        used += part.used[series, until] - part.used[series, begin]
        of += part.of[until] - part.of[begin]
    return _share(used, of, ever)


def _of_one_place(search: _Search, series: Ints, first: Ints, end: Ints) -> Floats:
    """Return the chance that so many uses lie in one place if they are spread as all others are."""
    here = search.used[series, end] - search.used[series, first]
    everywhere = search.used_all[series, end] - search.used_all[series, first]
    others_here = search.of[end] - search.of[first] - here
    others = search.of_all[end] - search.of_all[first] - everywhere
    now = (others_here + 1) / (others + 1)
    before = np.maximum(first - _PAST, 0)
    lately = (search.of[first] - search.of[before] + 1) / (
        search.of_all[first] - search.of_all[before] + 1
    )
    share = np.clip(np.maximum(now, lately), 0.0, 1.0)
    chance: Any = stats.binom.sf(here - 1, everywhere, share)
    return np.asarray(chance, dtype=np.float64)


def _spread(search: _Search, series: Ints, first: Ints, window: Ints, mean: Floats) -> Floats:
    """Return how much wider than chance (variance : mean) the counts of windows may spread.

    Args:
        search: The past.
        series: Of each window.
        first: Day of each window.
        window: All uses in each window.
        mean: Expected uses of the series in each window.
    """
    more = np.minimum(mean, _MORE_SPREAD) if search.local else _MORE_SPREAD
    of_frequency = 1 + more
    of_short_past = 1 + window / np.maximum(search.of_all[first], 1)
    begin = np.maximum(first - 2 * _PAST, 0)
    used = search.used[series, first] - search.used[series, begin]
    rate = used / np.maximum(search.of[first] - search.of[begin], 1)
    squares = search.squares[series, first] - search.squares[series, begin]
    days = np.maximum(search.recorded_here[first] - search.recorded_here[begin], 1)
    # Pearson's index: the mean of (count - expected)² : expected.
    own = np.where(used > 0, (squares / np.where(used > 0, rate, 1.0) - used) / days, 1.0)
    spread: Floats = np.maximum(np.maximum(of_frequency, of_short_past), own)
    return spread
