"""What a new source of records brings: many words at once, none of which is a topic."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hengjian.stats.bursts import Bools, Ints, chance_of_more
from hengjian.topics.scopes import LEAST_RATIO, Calendar, Feeds, Scope
from hengjian.topics.texts import Texts
from hengjian.topics.words import Uses

# Where so many words that share few records rise at once, each by chance so seldom, a source is
# new, such as an office that passes on what it gets. A topic itself is told in four or five ways;
# if it is in one region, no such words rise in others. Words of few people tell nothing beside a
# topic of many.
_UNRELATED, _UNRELATED_IN_REGION, _UNRELATED_ELSEWHERE = 5, 7, 3
_STIRRING, _LEAST_STIRRING, _SMALL = 1e-3, 2, 0.1
# A word of which so many uses are in one region may be a topic there.
_ALMOST_ALL = 0.8
# Some words rise at once in any week; the median of so many weeks before tells how many.
_WEEKS_BEFORE = 12
# A new source has a past after two weeks; a region is held against what lies before those.
_NEW_PAST = 14
SAME_RECORDS = 0.5
"""Words that share this part of their records are of one thing."""
MOSTLY = 0.6
"""Where this part of some records is, most of them are; so too where this part is of a season."""


class Language(NamedTuple):
    """Which words people use, and where; all in the order of days.

    Attributes:
        word: Of each use.
        record: Of each use.
        use_day: Of each use, from the first on.
        records: The records.
        day: Of each of those.
        feed: Of each record, by its number.
        region: Of each record, by its number; 0: unknown.
    """

    word: Ints
    record: Ints
    use_day: Ints
    records: Ints
    day: Ints
    feed: Ints
    region: Ints


def language_of(people: Uses, texts: Texts, feeds: Feeds, calendar: Calendar) -> Language:
    """Return which words people use, and where.

    Args:
        people: The uses by which people are counted.
        texts: The records.
        feeds: Where they come from.
        calendar: Their days.
    """
    day = calendar.day
    order = np.argsort(day[people.record], kind="stable")
    record = people.record[order]
    records = np.argsort(day, kind="stable")
    names = ["", *(name or "" for name in texts.region)]
    region = np.unique(names, return_inverse=True)[1][1:].astype(np.int64)
    return Language(
        people.word[order], record, day[record], records, day[records], feeds.of, region
    )


def is_of_new_source(
    language: Language, scope: Scope, word: int, window: range, chance: float
) -> bool:
    """Tell whether a burst is no more than what a new source brings.

    Where many unrelated words rise at once in the feeds of a burst, it is held against the last two
    weeks, and is told only if those know the source. A formula that most records of a source share
    is told all the same if in the first days little else rises: nothing tells it from a topic.

    Args:
        language: All words.
        scope: In which the word bursts.
        word: Its number.
        window: Days of the burst, from the first that is looked at on.
        chance: Of a burst, at most.
    """
    words, records, _ = _within(language, scope.inside, window)
    used = records[words == word]
    gap = _NEW_PAST if scope.elsewhere.any() else 0
    if not _much_is_new(language, used, range(max(window.start - gap, 0)), window):
        return False
    past = range(max(window.start - _NEW_PAST, 0), window.start)
    if _much_is_new(language, used, past, window):
        return True
    return not _rises(language, scope.inside, word, past, window, chance)


def _much_is_new(language: Language, used: Ints, past: range, window: range) -> bool:
    """Tell whether many unrelated words rise where the records of a burst come from."""
    feeds = np.isin(language.feed, language.feed[used])
    least = max(_LEAST_STIRRING, int(_SMALL * len(used)))
    region = _main(language.region[used], MOSTLY)
    if not region:
        return _many_rise(language, feeds, past, window, least, _UNRELATED, anywhere=True)
    inside = language.region == region
    return _many_rise(
        language, feeds & ~inside, past, window, least, _UNRELATED_ELSEWHERE
    ) or _many_rise(
        language, feeds & inside, past, window, least, _UNRELATED_IN_REGION, anywhere=True
    )


def _many_rise(
    language: Language,
    where: Bools,
    past: range,
    window: range,
    least: int,
    many: int,
    *,
    anywhere: bool = False,
) -> bool:
    """Tell whether so many unrelated words rise within some records, far more than as a rule.

    Args:
        language: The words.
        where: The records.
        past: Days that the words are held against.
        window: Days in which they rise.
        least: How many people must use a word.
        many: How many words.
        anywhere: Do words count that are mostly of one region? They may be a topic there.
    """
    now = _unrelated(language, where, past, window, least, anywhere=anywhere)
    if now < many:
        return False
    usual = [
        _unrelated(
            language, where, _shifted(past, back), _shifted(window, back), least, anywhere=anywhere
        )
        for back in range(7, 7 * _WEEKS_BEFORE + 1, 7)
        if past.stop - back >= past.start + _NEW_PAST or past.start >= back
    ]
    return now >= LEAST_RATIO * (float(np.median(usual)) if usual else 0.0)


def _shifted(days: range, back: int) -> range:
    """Return days some days before; what begins with the first day still does."""
    return range(max(days.start - back, 0), days.stop - back)


def _unrelated(
    language: Language, where: Bools, past: range, window: range, least: int, *, anywhere: bool
) -> int:
    """Return how many words rise that share less than half of their records with another one."""
    words, records, total = _within(language, where, window)
    before, _, total_before = _within(language, where, past)
    size = int(max(words.max(initial=0), before.max(initial=0))) + 1
    used, used_before = np.bincount(words, minlength=size), np.bincount(before, minlength=size)
    more = used * max(total_before, 1) >= LEAST_RATIO * used_before * max(total, 1)
    some = np.flatnonzero((used >= least) & more)
    chance = chance_of_more(used[some], total, used_before[some], total_before)
    kept: list[frozenset[int]] = []
    for word in some[chance <= _STIRRING][np.argsort(used[some[chance <= _STIRRING]])]:
        of_word = records[words == word]
        one = frozenset(of_word.tolist())
        if all(len(one & other) < SAME_RECORDS * len(other) for other in kept) and (
            anywhere or not _main(language.region[of_word], _ALMOST_ALL)
        ):
            kept.append(one)
    return len(kept)


def _rises(
    language: Language, where: Bools, word: int, past: range, window: range, chance: float
) -> bool:
    """Tell whether a word rises from its past within some records."""
    words, _, total = _within(language, where, window)
    before, _, total_before = _within(language, where, past)
    used, used_before = int((words == word).sum()), int((before == word).sum())
    more = used * max(total_before, 1) >= LEAST_RATIO * used_before * total
    by_chance = chance_of_more(np.array([used]), total, np.array([used_before]), total_before)
    return more and bool(by_chance[0] <= chance)


def _within(language: Language, where: Bools, days: range) -> tuple[Ints, Ints, int]:
    """Return the uses within some days and records, word and record, and how many records."""
    begin, end = np.searchsorted(language.use_day, [days.start, days.stop])
    inside = where[language.record[begin:end]]
    first, last = np.searchsorted(language.day, [days.start, days.stop])
    total = int(where[language.records[first:last]].sum())
    return language.word[begin:end][inside], language.record[begin:end][inside], total


def _main(regions: Ints, share: float) -> int:
    """Return the region in which such a share of records is; 0: none, or unknown."""
    sizes = np.bincount(regions)
    largest = int(sizes.argmax())
    return largest if sizes[largest] >= share * len(regions) else 0
