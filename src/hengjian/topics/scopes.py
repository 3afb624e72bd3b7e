"""What is looked at together: days, feeds, and records by kind and region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from hengjian.stats.bursts import Bools, Ints
from hengjian.topics.texts import Texts, date_of
from hengjian.topics.words import Uses

# So many people within one window, LEAST_RATIO times as many as before, make a topic. In one region
# fewer do: there they are held against the other regions too.
_LEAST_PEOPLE, _LEAST_IN_REGION = 8, 5
LEAST_RATIO = 3.0
"""What is news is so many times as frequent as before."""
# A region with fewer records in all is seen within the whole only.
_LEAST_OF_REGION = 50
# A feed with fewer records a day is too small to be followed by itself.
_LEAST_OF_FEED = 2.0
# First and last day of promotions that move all words, month and day.
_PROMOTIONS = (
    *(((1, 1), (1, 3)), ((4, 3), (4, 6)), ((4, 29), (5, 5)), ((5, 20), (6, 20))),
    *(((9, 30), (10, 8)), ((10, 14), (11, 14)), ((12, 8), (12, 13))),
)
_SEED = 20_261_111


class Feeds(NamedTuple):
    """Where records come from: of one kind, from one platform.

    Attributes:
        of: Of each record, the number of its feed.
        kind: Of each feed.
        since: Of each feed, the first day.
    """

    of: Ints
    kind: list[str]
    since: Ints


class Scope(NamedTuple):
    """Records that are looked at together.

    Attributes:
        inside: Which.
        elsewhere: Which of other regions they are held against; none: they are of all regions.
        words: Those of which enough people of the scope write, by number.
        least: How many people are enough.
    """

    inside: Bools
    elsewhere: Bools
    words: Ints
    least: int


class Calendar(NamedTuple):
    """The days that are looked at.

    Attributes:
        begin: The first, since 1970.
        day: Of each record, counted from the first.
        special: By day: is it one of a promotion or holiday?
    """

    begin: int
    day: Ints
    special: Bools


def calendar_of(day: Ints) -> Calendar:
    """Return the days from the first to the last.

    Args:
        day: Of each record, since 1970; there is one at least.
    """
    begin = int(day.min())
    days = range(begin, int(day.max()) + 1)
    return Calendar(begin, day - begin, np.array([_is_special(each) for each in days]))


def _is_special(day: int) -> bool:
    date = date_of(day)
    return any(first <= (date.month, date.day) <= last for first, last in _PROMOTIONS)


def feeds_of(texts: Texts, calendar: Calendar) -> Feeds:
    """Return the feeds: one may double, stop or begin; its words are held against its volume.

    Args:
        texts: The records.
        calendar: Their days.
    """
    names = list(zip(texts.kind, (name or "" for name in texts.platform), strict=True))
    every = sorted(set(names))
    numbers = {name: number for number, name in enumerate(every)}
    of = np.array([numbers[name] for name in names], dtype=np.int64)
    since = np.full(len(every), np.iinfo(np.int64).max)
    np.minimum.at(since, of, calendar.day)
    return Feeds(of, [kind for kind, _ in every], since)


def feeds_within(feeds: Feeds, inside: Bools, days: int) -> Iterator[tuple[Bools, int]]:
    """Yield which of some records come from one feed, and since when; small feeds as one.

    Args:
        feeds: The feeds of all records.
        inside: Which records.
        days: How many days are looked at.

    Yields:
        Which of all records, and the first day of the feed.
    """
    sizes = np.bincount(feeds.of[inside], minlength=len(feeds.kind))
    large = sizes >= _LEAST_OF_FEED * days
    for number in np.flatnonzero(large):
        yield inside & (feeds.of == number), int(feeds.since[number])
    for kind in sorted(set(feeds.kind)):
        small = np.array([name == kind for name in feeds.kind]) & ~large & (sizes > 0)
        if small.any():
            yield inside & small[feeds.of], int(feeds.since[small].min())


def scopes_of(texts: Texts, people: Uses) -> Iterator[Scope]:
    """Yield what is looked at: each kind and all kinds, in all regions and in each large one.

    Args:
        texts: The records.
        people: The uses by which people are counted.
    """
    kind = np.array(texts.kind)
    region = np.array([name or "" for name in texts.region])
    kinds = sorted(set(texts.kind))
    for some in [[name] for name in kinds] + ([kinds] if len(kinds) > 1 else []):
        of_kind = np.isin(kind, some)
        common = _in_kinds(people, [kind == name for name in some])
        sizes = Counter(region[of_kind].tolist())
        nowhere = np.zeros(len(region), dtype=np.bool_)
        yield _scope(people, common, of_kind, nowhere, _LEAST_PEOPLE)
        for name in sorted(sizes):
            inside = of_kind & (region == name)
            elsewhere = of_kind & (region != name) & (region != "")
            if name and sizes[name] >= _LEAST_OF_REGION and elsewhere.any():
                yield _scope(people, common, inside, elsewhere, _LEAST_IN_REGION)


def _in_kinds(people: Uses, kinds: Sequence[Bools]) -> Bools:
    """Tell which words are used in two kinds of records, or in the one that is looked at."""
    used = [
        np.bincount(people.word[kind[people.record]], minlength=len(people.words)) > 0
        for kind in kinds
    ]
    told: Bools = np.sum(used, axis=0) >= min(len(kinds), 2)
    return told


def _scope(people: Uses, common: Bools, inside: Bools, elsewhere: Bools, least: int) -> Scope:
    often = np.bincount(people.word[inside[people.record]], minlength=len(people.words))
    return Scope(inside, elsewhere, np.flatnonzero((often >= least) & common), least)


def number_of_trials(scopes: Sequence[Scope], people: Uses, records: int) -> int:
    """Return how many of the words of scopes differ in who uses them.

    Words that stand in the same records, such as the parts of a name, are one trial. Each set of
    records has a sum of random numbers of its own.

    Args:
        scopes: All that are looked at; one at least.
        people: The uses by which people are counted.
        records: How many records there are in all.
    """
    random = np.random.default_rng(_SEED).integers(0, 2**63, records, dtype=np.uint64)
    seen: list[Any] = []
    for scope in scopes:
        inside = scope.inside[people.record]
        sums = np.zeros(len(people.words), dtype=np.uint64)
        np.add.at(sums, people.word[inside], random[people.record[inside]])
        seen.append(sums[scope.words])
    return len(np.unique(np.concatenate(seen)))
