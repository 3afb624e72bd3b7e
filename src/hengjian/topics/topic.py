"""Topics that emerge: words that burst together, in the same records, and are news."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from hengjian.topics.search import SAME_DAYS, Burst, bursts_of
from hengjian.topics.sources import MOSTLY, SAME_RECORDS
from hengjian.topics.texts import KINDS_READ, Skipped, Texts, date_of, texts_of
from hengjian.topics.words import segmented, speaks_of_harm, speaks_of_season

# Harm in so many of its records makes a topic of what else were the season.
_OFTEN_HARM = 0.3
_WORDS, _EXAMPLES, _PLACES = 6, 5, 5
# So many texts are read for a topic's words, and a word stands in this share of them.
_READ, _IN_MANY = 50, 0.3


@dataclass(frozen=True)
class Topic:
    """A topic that emerges.

    Attributes:
        words: The most telling first.
        kind: Kind of record in which most of it stands.
        kinds: All in which it stands.
        region: Where most of it is; None: in several places, or unknown.
        places: Records by region, most first; those of unknown region are left out.
        first_day: On which it began.
        seen_day: On which it could be told.
        people: How many wrote of it within the window that told it.
        expected: How many would have used its most telling word.
        chance: Of that, corrected for all words, days, windows and regions of a year.
        platform: None: several, or unknown.
        examples: Record id, field, start of the word, the word.
        records: How many records.
    """

    words: tuple[str, ...]
    kind: str
    kinds: tuple[str, ...]
    region: str | None
    places: tuple[tuple[str, int], ...]
    first_day: dt.date
    seen_day: dt.date
    people: int
    expected: float
    chance: float
    platform: str | None
    examples: tuple[tuple[str, str, int, str], ...]
    records: int


def emerging_topics(
    tables: Mapping[str, pa.Table], seasonal: Iterable[str] = ()
) -> tuple[list[Topic], list[Skipped]]:
    """Return the topics that emerge in some records, and what could not be looked at.

    A word is news where far more people write it than was to be expected (`find_bursts` has the
    null), in all regions or in one alone, in one kind of record or in all. By chance that happens
    once in ten years over all words, windows and regions (`search`). Before a year is known, what
    rises slowly in all regions, or where regions are unknown, can't be told from a season.

    Args:
        tables: By kind, with COLUMNS; complaints and reviews get the region of their shop's
            listings, as they have none of their own.
        seasonal: Further words that are expected, such as keywords of known events.
    """
    texts, skipped = texts_of(tables)
    if texts is None:
        return [], skipped
    words = frozenset(seasonal)
    news = [burst for burst in bursts_of(texts, words) if _is_news(texts, burst, words)]
    topics = [_topic(texts, group) for group in _together(news)]
    return sorted(topics, key=lambda topic: (topic.seen_day, topic.words)), skipped


def _is_news(texts: Texts, burst: Burst, seasonal: frozenset[str]) -> bool:
    """Tell whether a burst is more than the season or praise: few of its records are, or harm."""
    harm, usual = 0, 0
    for row in burst.records:
        harm += speaks_of_harm(texts.text[row])
        usual += bool(texts.praise[row]) or speaks_of_season(texts.text[row], seasonal)
    return harm >= _OFTEN_HARM * len(burst.records) or usual < MOSTLY * len(burst.records)


def _together(bursts: list[Burst]) -> list[list[Burst]]:
    """Return bursts by topic: near in time, and in the same records or of the same word."""
    groups: list[list[Burst]] = []
    for burst in sorted(bursts, key=lambda b: (b.last, b.chance, b.word)):
        near = [group for group in groups if any(_one_topic(burst, other) for other in group)]
        merged = [burst, *(other for group in near for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append(merged)
    return groups


def _one_topic(one: Burst, other: Burst) -> bool:
    if abs(one.first - other.first) > SAME_DAYS:
        return False
    fewer = min(len(one.around), len(other.around))
    return one.word == other.word or len(one.around & other.around) >= SAME_RECORDS * fewer


def _topic(texts: Texts, group: list[Burst]) -> Topic:
    best = min(group, key=lambda b: (b.chance, -len(b.word), b.word))
    rows = sorted({row for burst in group for row in burst.records})
    words = _telling(texts, group, rows)
    places = Counter(region for row in rows if (region := texts.region[row]))
    where = sorted(places.items(), key=lambda item: (-item[1], item[0]))
    by_kind = Counter(texts.kind[row] for row in rows)
    kinds = tuple(sorted(by_kind, key=lambda kind: (-by_kind[kind], KINDS_READ.index(kind))))
    platforms = {texts.platform[row] for row in rows}
    return Topic(
        words=words,
        kind=kinds[0],
        kinds=kinds,
        region=where[0][0] if where and where[0][1] >= MOSTLY * len(rows) else None,
        places=tuple(where[:_PLACES]),
        first_day=date_of(min(burst.first for burst in group)),
        seen_day=date_of(min(burst.last for burst in group)),
        people=best.count,
        expected=best.expected,
        chance=best.chance,
        platform=platforms.pop() if len(platforms) == 1 else None,
        examples=tuple(_examples(texts, rows, words)),
        records=len(rows),
    )


def _telling(texts: Texts, group: list[Burst], rows: Sequence[int]) -> tuple[str, ...]:
    """Return the words of a topic, the most frequent first; no part of another.

    A pair of characters counts only where the segmenter has no word for any of the two.
    """
    told = [texts.text[row] for row in rows[:_READ]]
    cut = Counter(word for text in told for word in set(segmented(text)))
    found: list[str] = []
    order = sorted(group, key=lambda b: (-len(b.records), b.chance, -len(b.word), b.word))
    for real in (True, False):
        for burst in order:
            word = burst.word
            if (cut[word] >= _IN_MANY * len(told)) is not real:
                continue
            known = any(word in other or other in word for other in found)
            if not known and (real or not set(word) & set("".join(found))):
                found.append(word)
    return tuple(found[:_WORDS])


def _examples(
    texts: Texts, rows: Sequence[int], words: Sequence[str]
) -> Iterator[tuple[str, str, int, str]]:
    told = 0
    for row in rows:
        for word in words:
            # The first field of a listing is its title; a word behind it stands in its text.
            title, _, rest = texts.text[row].partition("\n")
            name, body = (texts.fieldname[row], title) if word in title else ("text", rest)
            start = body.find(word)
            if start >= 0:
                yield texts.record[row], name, start, word
                told += 1
                break
        if told >= _EXAMPLES:
            return
