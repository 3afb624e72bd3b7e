"""The search for words that burst, in all regions and in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hengjian.stats.bursts import WINDOWS, Bools, Bursts, Ints, Part, find_bursts
from hengjian.topics.scopes import (
    LEAST_RATIO,
    Calendar,
    Feeds,
    Scope,
    calendar_of,
    feeds_of,
    feeds_within,
    number_of_trials,
    scopes_of,
)
from hengjian.topics.sources import Language, is_of_new_source, language_of
from hengjian.topics.texts import Texts
from hengjian.topics.words import Uses, people_of, uses_of

# False alarms a year that chance alone may bring, over all words, days, windows and regions.
_FALSE_ALARMS, _DAYS_OF_YEAR = 0.1, 365
SAME_DAYS = 14
"""Bursts that begin so near, or follow one another so soon, are of one thing."""
# So many words are searched at once, which bounds the memory.
_AT_ONCE = 2000


@dataclass(frozen=True)
class Burst:
    """A word that bursts.

    Attributes:
        word: The word.
        first: First day of its use within the window that told it, since 1970.
        last: Last day of that window.
        count: How many people used it within the window.
        expected: How many would have.
        chance: Of so many or more, corrected for all words, days, windows and regions of a year.
        records: Numbers of the records of the window that use it.
        around: … and of those of the two weeks that follow.
    """

    word: str
    first: int
    last: int
    count: int
    expected: float
    chance: float
    records: frozenset[int]
    around: frozenset[int]


class _Given(NamedTuple):
    """What is known of all records, whatever the scope.

    Attributes:
        uses: All uses.
        people: Those by which people are counted.
        author: Of each record.
        calendar: The days.
        feeds: Where the records come from.
        language: Which words are used there.
    """

    uses: Uses
    people: Uses
    author: Ints
    calendar: Calendar
    feeds: Feeds
    language: Language


def bursts_of(texts: Texts, seasonal: frozenset[str]) -> list[Burst]:
    """Return the bursts of all words: by kind and over all kinds, in all regions and in each.

    Args:
        texts: The records; one at least.
        seasonal: Words that are expected, beside those of every season.
    """
    uses = uses_of(texts.text)
    people = people_of(uses, texts, seasonal)
    calendar = calendar_of(texts.day)
    feeds = feeds_of(texts, calendar)
    language = language_of(people, texts, feeds, calendar)
    given = _Given(uses, people, texts.author, calendar, feeds, language)
    scopes = list(scopes_of(texts, people))
    trials = number_of_trials(scopes, people, len(texts.record))
    chance = _FALSE_ALARMS / _DAYS_OF_YEAR / max(trials * len(WINDOWS), 1)
    return [burst for scope in scopes for burst in _bursts_within(given, scope, chance)]


def _bursts_within(given: _Given, scope: Scope, chance: float) -> Iterator[Burst]:
    """Yield the bursts of the words of a scope, each by chance so seldom at most."""
    of_feeds = list(feeds_within(given.feeds, scope.inside, len(given.calendar.special)))
    for at in range(0, len(scope.words), _AT_ONCE):
        words = scope.words[at : at + _AT_ONCE]
        bursts = find_bursts(
            [_part(given, words, inside)._replace(since=since) for inside, since in of_feeds],
            elsewhere=[_part(given, words, scope.elsewhere)] if scope.elsewhere.any() else (),
            special=given.calendar.special,
            largest_chance=chance,
            least_count=scope.least,
            least_ratio=LEAST_RATIO,
        )
        # What goes on is no further burst.
        for place in _first_of_series(bursts.series, bursts.last):
            word = int(words[bursts.series[place]])
            window = range(int(bursts.first[place]), int(bursts.last[place]) + 1)
            if not is_of_new_source(given.language, scope, word, window, chance):
                yield _burst(given, scope, word, bursts, place, chance)


def _part(given: _Given, words: Ints, inside: Bools) -> Part:
    """Return how many people use some words, and write at all, by day within some records."""
    people, calendar, author = given.people, given.calendar, given.author
    number = np.full(len(people.words), -1, dtype=np.int64)
    number[words] = np.arange(len(words))
    days = len(calendar.special)
    chosen = inside[people.record] & (number[people.word] >= 0)
    day = calendar.day[people.record[chosen]]
    flat = np.bincount(number[people.word[chosen]] * days + day, minlength=len(words) * days)
    writers = int(author.max(initial=0)) + 1
    each = np.unique(calendar.day[inside] * writers + author[inside]) // writers
    return Part(flat.reshape(len(words), days), np.bincount(each, minlength=days))


def _burst(
    given: _Given, scope: Scope, word: int, bursts: Bursts, place: int, chance: float
) -> Burst:
    """Return the burst at some place among those that were found, with its records."""
    uses, calendar = given.uses, given.calendar
    first, last = int(bursts.first[place]), int(bursts.last[place])
    begin, end = np.searchsorted(uses.word, [word, word + 1])
    rows = uses.record[begin:end]
    day = calendar.day[rows]
    around = rows[scope.inside[rows] & (day >= first) & (day <= last + SAME_DAYS)]
    within = around[calendar.day[around] <= last]
    return Burst(
        word=uses.words[word],
        first=calendar.begin + int(calendar.day[within].min()),
        last=calendar.begin + last,
        count=int(bursts.used[place]),
        expected=float(bursts.expected[place]),
        chance=min(float(bursts.chance[place]) / chance * _FALSE_ALARMS, 1.0),
        records=frozenset(within.tolist()),
        around=frozenset(around.tolist()),
    )


def _first_of_series(series: Ints, last: Ints) -> list[int]:
    """Return the bursts that don't follow another of the same series within two weeks."""
    kept, before = [], (-1, 0)
    for place, (number, day) in enumerate(zip(series.tolist(), last.tolist(), strict=True)):
        if number != before[0] or day - before[1] > SAME_DAYS:
            kept.append(place)
        before = (number, day)
    return kept
