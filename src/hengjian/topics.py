"""Emerging topics: words that suddenly fill complaints, reviews and listings, by region."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import jieba
import numpy as np
import pyarrow as pa

from hengjian.graphs.templates import template_numbers
from hengjian.law.resolve import SHANGHAI
from hengjian.stats.bursts import WINDOWS, Bools, Ints, Part, chance_of_more, find_bursts
from hengjian.violations.finding import FINDING_SCHEMA, digest, evidence_item, lead_key

KINDS_READ = ("complaint", "review", "listing")
_TIME = {"complaint": "created_at", "review": "created_at", "listing": "captured_at"}
_AUTHOR = {"complaint": "complainant_id", "review": "user_id", "listing": "shop_id"}
# Kinds of which copies count once; that many shops list one thing in one text is news.
_COPIED = frozenset({"complaint", "review"})
_TEXTS = {"complaint": ("text",), "review": ("text",), "listing": ("title", "text")}
COLUMNS = {
    "complaint": ["record_id", "platform", "shop_id", "created_at", "complainant_id", "text"],
    "review": ["record_id", "platform", "shop_id", "created_at", "user_id", "text", "rating"],
    "listing": ["record_id", "platform", "shop_id", "captured_at", "title", "text", "region"],
}
"""Columns that are read, by kind."""

# So many people within one window, three times as many as before, make a topic. In one region
# fewer do: there they are held against the other regions too.
_LEAST_PEOPLE, _LEAST_IN_REGION, _LEAST_RATIO = 8, 5, 3.0
# False alarms a year that chance alone may bring, over all words, days, windows and regions.
_FALSE_ALARMS, _DAYS_OF_YEAR = 0.1, 365
# A region with fewer records in all is seen within the whole only.
_LEAST_OF_REGION = 50
# A feed with fewer records a day is too small to be followed by itself.
_LEAST_OF_FEED = 2.0
# One who goes on writing of a thing is one; after so many days without it he counts anew.
_SAME_AUTHOR = 14
# Two people don't write so many characters (nearly) alike by themselves: copies count as one.
_LEAST_COPIED = 24
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
# Words that stand in the same records, or bursts that begin so near, are one topic.
_SAME_RECORDS, _SAME_DAYS = 0.5, 14
# A region that has so many of a topic's records is where it is.
_MOSTLY = 0.6
# A review with so many stars of five is praise; when praise swells, that is no grievance.
_PRAISE = 4.0
# Harm in so many of its records makes a topic of what else were the season.
_OFTEN_HARM = 0.3
_WORDS, _EXAMPLES, _PLACES = 6, 5, 5
# So many texts are read for a topic's words, and a word stands in this share of them.
_READ, _IN_MANY = 50, 0.3
_AT_ONCE = 2000
_SEED = 20_261_111
_HAN = re.compile(r"[\u4e00-\u9fff]+")

# Words that come with the season every year are no news.
_SEASONAL = re.compile(
    "双十一|双11|双12|双十二|六一八|618|大促|促销|秒杀|保价|预售|定金|尾款|满减|凑单|红包|"
    "年货|春节|过年|除夕|元宵|汤圆|春运|抢票|"
    "清明|青团|五一|端午|粽|中秋|月饼|国庆|重阳|圣诞|元旦|七夕|情人节|母亲节|父亲节|儿童节|"
    "开学|教辅|宿舍|军训|校服|书包|高考|教师节|大闸蟹|羽绒|棉服|空调|风扇|凉席|防晒|驱蚊|电热毯|暖宝宝|春联|杨梅|荔枝|小龙虾|西瓜"
)
# … but harm to people is, in whatever season.
_HARM = re.compile(
    "中毒|腹泻|呕吐|住院|医院|过敏|爆炸|起火|着火|冒烟|自燃|触电|漏电|窒息|烫伤|受伤|死亡|"
    "皮肤|红肿|灼伤|溃烂"
)
# First and last day of promotions that move all words, month and day.
_PROMOTIONS = (
    *(((1, 1), (1, 3)), ((4, 3), (4, 6)), ((4, 29), (5, 5)), ((5, 20), (6, 20))),
    *(((9, 30), (10, 8)), ((10, 14), (11, 14)), ((12, 8), (12, 13))),
)


class Skipped(NamedTuple):
    """Records that could not be looked at, and the field that they lack, as `kind.field`."""

    fieldname: str
    rows: int


class _Texts(NamedTuple):
    """Texts of all kinds, one entry a record.

    Attributes:
        kind: Name of its kind.
        record: Its id.
        text: What it says.
        fieldname: Where that stands.
        day: Days since 1970 in Shanghai.
        author: Who wrote it; all copies of a text have one.
        region: None: unknown.
        platform: None: unknown.
        praise: Is it a review with many stars? Unknown ones are not.
    """

    kind: list[str]
    record: list[str]
    text: list[str]
    fieldname: list[str]
    day: Ints
    author: Ints
    region: list[str | None]
    platform: list[str | None]
    praise: list[bool]


class _Uses(NamedTuple):
    """Which record uses which word, each once, by word.

    Attributes:
        words: The words.
        word: Number of the word.
        record: Number of the record.
    """

    words: list[str]
    word: Ints
    record: Ints


@dataclass(frozen=True)
class _Burst:
    word: str
    first: int
    last: int
    count: int
    expected: float
    chance: float
    records: frozenset[int]
    # … and those of the two weeks that follow.
    around: frozenset[int]


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
    _FALSE_ALARMS times a year over all words, windows and regions. Before a year is known, what
    rises slowly in all regions, or where regions are unknown, can't be told from a season.

    Args:
        tables: By kind, with COLUMNS; complaints and reviews get the region of their shop's
            listings, as they have none of their own.
        seasonal: Further words that are expected, such as keywords of known events.
    """
    skipped: list[Skipped] = []
    regions = _regions(tables.get("listing"))
    words = frozenset(seasonal)
    of_kinds = [
        _texts(kind, tables[kind], regions, skipped) for kind in KINDS_READ if kind in tables
    ]
    texts = _all_texts([some for some in of_kinds if some.record])
    if texts is None:
        return [], skipped
    news = [burst for burst in _bursts(texts, words) if _is_news(texts, burst, words)]
    topics = [_topic(texts, group) for group in _together(news)]
    return sorted(topics, key=lambda topic: (topic.seen_day, topic.words)), skipped


def records_without_region(tables: Mapping[str, pa.Table]) -> dict[str, int]:
    """Return, by kind, of how many records the region is unknown: they count in the whole only.

    Args:
        tables: By kind, with COLUMNS.
    """
    regions = _regions(tables.get("listing"))
    return {
        kind: sum(_region(row, regions) is None for row in _places_of(tables[kind]).to_pylist())
        for kind in KINDS_READ
        if kind in tables
    }


def _places_of(table: pa.Table) -> pa.Table:
    names = ("platform", "shop_id", "region")
    return table.select([name for name in names if name in table.column_names])


def _region(row: Mapping[str, Any], regions: Mapping[tuple[str, str], str]) -> str | None:
    """Return where a record is: what it says, or else where its shop is."""
    return row.get("region") or regions.get((row["platform"], row["shop_id"]))


def _regions(listings: pa.Table | None) -> dict[tuple[str, str], str]:
    """Return where shops are: what most of their listings say."""
    if listings is None:
        return {}
    told = (
        listings.select(["platform", "shop_id", "region"])
        .drop_null()
        .group_by(["platform", "shop_id", "region"])
    )
    counted = told.aggregate([([], "count_all")]).sort_by(
        [("count_all", "ascending"), ("region", "descending")]
    )
    rows = counted.to_pylist()
    return {(row["platform"], row["shop_id"]): row["region"] for row in rows}


def _texts(
    kind: str,
    table: pa.Table,
    regions: Mapping[tuple[str, str], str],
    skipped: list[Skipped],
) -> _Texts:
    """Return the texts of a kind; those without text or time are told as skipped."""
    rows = table.to_pylist()
    told: list[dict[str, Any]] = []
    lacking: Counter[str] = Counter()
    for row in rows:
        fieldname = next((name for name in _TEXTS[kind] if row[name]), None)
        if fieldname is None or row[_TIME[kind]] is None:
            missing = _TEXTS[kind][0] if fieldname is None else _TIME[kind]
            lacking[f"{kind}.{missing}"] += 1
            continue
        told.append({**row, "_field": fieldname, "_region": _region(row, regions)})
    skipped.extend(Skipped(name, count) for name, count in sorted(lacking.items()))
    told = _each_once(told)
    authors = [row[_AUTHOR[kind]] or row["record_id"] for row in told]
    author = np.unique(authors, return_inverse=True)[1].astype(np.int64)
    text = ["\n".join(row[name] for name in _TEXTS[kind] if row[name]) for row in told]
    return _Texts(
        kind=[kind] * len(told),
        record=[row["record_id"] for row in told],
        text=text,
        fieldname=[row["_field"] for row in told],
        day=np.array([_day(row[_TIME[kind]]) for row in told], dtype=np.int64),
        author=_copies_as_one(text, author) if kind in _COPIED else author,
        region=[row["_region"] for row in told],
        platform=[row["platform"] for row in told],
        praise=[(row.get("rating") or 0) >= _PRAISE for row in told],
    )


def _each_once(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records, each once: a feed that is sent twice tells nothing more."""
    return list({(row["platform"], row["record_id"]): row for row in reversed(rows)}.values())[::-1]


def _copies_as_one(texts: Sequence[str], author: Ints) -> Ints:
    """Return the authors, with one for all that share a long text."""
    long = [text if len("".join(_HAN.findall(text))) >= _LEAST_COPIED else None for text in texts]
    template = template_numbers(pa.array(long, pa.string()))
    pairs = np.unique(np.stack([template, author], axis=1), axis=0)
    shared = np.bincount(pairs[:, 0] + 1, minlength=int(template.max(initial=-1)) + 2) > 1
    copied = (template >= 0) & shared[template + 1]
    joined: Ints = np.where(copied, template + author.max(initial=0) + 1, author)
    return joined


def _all_texts(of_kinds: Sequence[_Texts]) -> _Texts | None:
    """Return the texts of all kinds as one; None: there are none."""
    if not of_kinds:
        return None
    author, beyond = [], 0
    for some in of_kinds:
        author.append(some.author + beyond)
        beyond += int(some.author.max()) + 1
    return _Texts(
        kind=[kind for some in of_kinds for kind in some.kind],
        record=[record for some in of_kinds for record in some.record],
        text=[text for some in of_kinds for text in some.text],
        fieldname=[name for some in of_kinds for name in some.fieldname],
        day=np.concatenate([some.day for some in of_kinds]),
        author=np.concatenate(author),
        region=[region for some in of_kinds for region in some.region],
        platform=[platform for some in of_kinds for platform in some.platform],
        praise=[praise for some in of_kinds for praise in some.praise],
    )


_EPOCH = dt.date(1970, 1, 1)


def _day(moment: dt.datetime) -> int:
    return (moment.astimezone(SHANGHAI).date() - _EPOCH).days


@cache
def _segmenter() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()


def _uses(texts: Sequence[str]) -> _Uses:
    """Return which text uses which word: those of the segmenter, and pairs of characters.

    A new word is not in the dictionary; its pairs of characters tell it.
    """
    numbers: dict[str, int] = {}
    by_text: dict[str, list[int]] = {}
    words: list[int] = []
    records: list[int] = []
    for record, text in enumerate(texts):
        if text not in by_text:
            by_text[text] = [numbers.setdefault(w, len(numbers)) for w in sorted(_words_of(text))]
        words += by_text[text]
        records += [record] * len(by_text[text])
    of_word, of_record = np.array(words, dtype=np.int64), np.array(records, dtype=np.int64)
    order = np.argsort(of_word, kind="stable")
    return _Uses(list(numbers), of_word[order], of_record[order])


def _words_of(text: str) -> set[str]:
    runs = _HAN.findall(text)
    pairs = {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
    return pairs.union(_segmented(text))


def _segmented(text: str) -> Iterator[str]:
    words = (word for run in _HAN.findall(text) for word in _segmenter().cut(run))
    return (word for word in words if len(word) > 1)


class _Feeds(NamedTuple):
    """Where records come from: of one kind, from one platform.

    Attributes:
        of: Of each record, the number of its feed.
        kind: Of each feed.
        since: Of each feed, the first day.
    """

    of: Ints
    kind: list[str]
    since: Ints


class _Scope(NamedTuple):
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


class _Calendar(NamedTuple):
    """The days that are looked at.

    Attributes:
        begin: The first, since 1970.
        day: Of each record, counted from the first.
        special: By day: is it one of a promotion or holiday?
    """

    begin: int
    day: Ints
    special: Bools


def _bursts(texts: _Texts, seasonal: frozenset[str]) -> list[_Burst]:
    """Return the bursts of all words: by kind and over all kinds, in all regions and in each."""
    uses = _uses(texts.text)
    begin = int(texts.day.min())
    days = range(begin, int(texts.day.max()) + 1)
    calendar = _Calendar(begin, texts.day - begin, np.array([_is_special(day) for day in days]))
    no_news = np.array([_is_seasonal(word, seasonal) for word in uses.words], dtype=np.bool_)
    people = _people(uses, texts, no_news)
    scopes = list(_scopes(texts, people))
    tried = _different(scopes, people, len(texts.record))
    chance = _FALSE_ALARMS / _DAYS_OF_YEAR / max(tried * len(WINDOWS), 1)
    feeds = _feeds(texts, calendar.day)
    language = _language(people, texts, feeds, calendar.day)
    return [
        burst
        for scope in scopes
        for burst in _bursts_within(
            uses, people, scope, feeds, language, calendar, texts.author, chance
        )
    ]


def _people(uses: _Uses, texts: _Texts, no_news: Bools) -> _Uses:
    """Return the uses by which people are counted: one who goes on writing is one."""
    kept = np.flatnonzero(~no_news[uses.word])
    word, record = uses.word[kept], uses.record[kept]
    author, day = texts.author[record], texts.day[record]
    order = np.lexsort((record, day, author, word))
    word, record, author, day = word[order], record[order], author[order], day[order]
    again = np.zeros(len(word), dtype=np.bool_)
    again[1:] = (np.diff(word) == 0) & (np.diff(author) == 0) & (np.diff(day) < _SAME_AUTHOR)
    return _Uses(uses.words, word[~again], record[~again])


def _scopes(texts: _Texts, people: _Uses) -> Iterator[_Scope]:
    """Yield what is looked at: each kind and all kinds, in all regions and in each large one."""
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


def _in_kinds(people: _Uses, kinds: Sequence[Bools]) -> Bools:
    """Tell which words are used in two kinds of records, or in the one that is looked at."""
    used = [
        np.bincount(people.word[kind[people.record]], minlength=len(people.words)) > 0
        for kind in kinds
    ]
    told: Bools = np.sum(used, axis=0) >= min(len(kinds), 2)
    return told


def _scope(people: _Uses, common: Bools, inside: Bools, elsewhere: Bools, least: int) -> _Scope:
    often = np.bincount(people.word[inside[people.record]], minlength=len(people.words))
    return _Scope(inside, elsewhere, np.flatnonzero((often >= least) & common), least)


def _different(scopes: Sequence[_Scope], people: _Uses, records: int) -> int:
    """Return how many of the words of scopes differ in who uses them.

    Words that stand in the same records, such as the parts of a name, are one trial. Each set of
    records has a sum of random numbers of its own.
    """
    random = np.random.default_rng(_SEED).integers(0, 2**63, records, dtype=np.uint64)
    seen: list[Any] = []
    for scope in scopes:
        inside = scope.inside[people.record]
        sums = np.zeros(len(people.words), dtype=np.uint64)
        np.add.at(sums, people.word[inside], random[people.record[inside]])
        seen.append(sums[scope.words])
    return len(np.unique(np.concatenate(seen)))


def _feeds(texts: _Texts, day: Ints) -> _Feeds:
    """Return the feeds: one may double, stop or begin; its words are held against its volume."""
    names = list(zip(texts.kind, (name or "" for name in texts.platform), strict=True))
    every = sorted(set(names))
    numbers = {name: number for number, name in enumerate(every)}
    of = np.array([numbers[name] for name in names], dtype=np.int64)
    since = np.full(len(every), np.iinfo(np.int64).max)
    np.minimum.at(since, of, day)
    return _Feeds(of, [kind for kind, _ in every], since)


def _feeds_within(feeds: _Feeds, inside: Bools, days: int) -> Iterator[tuple[Bools, int]]:
    """Yield which of some records come from one feed, and since when; small feeds as one."""
    sizes = np.bincount(feeds.of[inside], minlength=len(feeds.kind))
    large = sizes >= _LEAST_OF_FEED * days
    for number in np.flatnonzero(large):
        yield inside & (feeds.of == number), int(feeds.since[number])
    for kind in sorted(set(feeds.kind)):
        small = np.array([name == kind for name in feeds.kind]) & ~large & (sizes > 0)
        if small.any():
            yield inside & small[feeds.of], int(feeds.since[small].min())


def _is_seasonal(word: str, seasonal: frozenset[str]) -> bool:
    return bool(_SEASONAL.search(word)) or any(word in known or known in word for known in seasonal)


def _bursts_within(
    uses: _Uses,
    people: _Uses,
    scope: _Scope,
    feeds: _Feeds,
    language: _Language,
    calendar: _Calendar,
    author: Ints,
    chance: float,
) -> Iterator[_Burst]:
    """Yield the bursts of the words of a scope.

    Args:
        uses: All uses.
        people: Those by which people are counted.
        scope: What is looked at.
        feeds: Where the records come from.
        language: Which words are used there.
        calendar: The days.
        author: Of each record.
        chance: Of a burst, at most.
    """
    number = np.full(len(uses.words), -1, dtype=np.int64)
    of_feeds = list(_feeds_within(feeds, scope.inside, len(calendar.special)))
    for at in range(0, len(scope.words), _AT_ONCE):
        some = scope.words[at : at + _AT_ONCE]
        number[:] = -1
        number[some] = np.arange(len(some))

        def part(inside: Bools, since: int = 0, words: int = len(some)) -> Part:
            return _part(people, number, words, inside, calendar, author)._replace(since=since)

        bursts = find_bursts(
            [part(inside, since) for inside, since in of_feeds],
            elsewhere=[part(scope.elsewhere)] if scope.elsewhere.any() else (),
            special=calendar.special,
            largest_chance=chance,
            least_count=scope.least,
            least_ratio=_LEAST_RATIO,
        )
        # What goes on is no further burst.
        for place in _first_of_series(bursts.series, bursts.last):
            word = int(some[bursts.series[place]])
            first, last = int(bursts.first[place]), int(bursts.last[place])
            if _is_of_new_source(language, scope, word, range(first, last + 1), chance):
                continue
            begin, end = np.searchsorted(uses.word, [word, word + 1])
            rows = uses.record[begin:end]
            day = calendar.day[rows]
            around = rows[scope.inside[rows] & (day >= first) & (day <= last + _SAME_DAYS)]
            within = around[calendar.day[around] <= last]
            yield _Burst(
                word=uses.words[word],
                first=calendar.begin + int(calendar.day[within].min()),
                last=calendar.begin + last,
                count=int(bursts.used[place]),
                expected=float(bursts.expected[place]),
                chance=min(float(bursts.chance[place]) / chance * _FALSE_ALARMS, 1.0),
                records=frozenset(within.tolist()),
                around=frozenset(around.tolist()),
            )


class _Language(NamedTuple):
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


def _language(people: _Uses, texts: _Texts, feeds: _Feeds, day: Ints) -> _Language:
    order = np.argsort(day[people.record], kind="stable")
    record = people.record[order]
    records = np.argsort(day, kind="stable")
    names = ["", *(name or "" for name in texts.region)]
    region = np.unique(names, return_inverse=True)[1][1:].astype(np.int64)
    return _Language(
        people.word[order], record, day[record], records, day[records], feeds.of, region
    )


def _is_of_new_source(
    language: _Language, scope: _Scope, word: int, window: range, chance: float
) -> bool:
    """Tell whether a burst is no more than what a new source brings.

    Where many unrelated words rise at once in the feeds of a burst, it is held against the last two
    weeks, and is told only if those know the source. A formula that most records of a source share
    is told all the same if in the first days little else rises: nothing tells it from a topic.
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


def _within(language: _Language, where: Bools, days: range) -> tuple[Ints, Ints, int]:
    """Return the uses within some days and records, word and record, and how many records."""
    begin, end = np.searchsorted(language.use_day, [days.start, days.stop])
    inside = where[language.record[begin:end]]
    first, last = np.searchsorted(language.day, [days.start, days.stop])
    total = int(where[language.records[first:last]].sum())
    return language.word[begin:end][inside], language.record[begin:end][inside], total


def _rises(
    language: _Language, where: Bools, word: int, past: range, window: range, chance: float
) -> bool:
    """Tell whether a word rises from its past within some records."""
    words, _, total = _within(language, where, window)
    before, _, total_before = _within(language, where, past)
    used, used_before = int((words == word).sum()), int((before == word).sum())
    more = used * max(total_before, 1) >= _LEAST_RATIO * used_before * total
    by_chance = chance_of_more(np.array([used]), total, np.array([used_before]), total_before)
    return more and bool(by_chance[0] <= chance)


def _much_is_new(language: _Language, used: Ints, past: range, window: range) -> bool:
    """Tell whether many unrelated words rise where the records of a burst come from."""
    feeds = np.isin(language.feed, language.feed[used])
    least = max(_LEAST_STIRRING, int(_SMALL * len(used)))
    region = _main(language.region[used], _MOSTLY)
    if not region:
        return _many_rise(language, feeds, past, window, least, _UNRELATED, anywhere=True)
    inside = language.region == region
    return _many_rise(
        language, feeds & ~inside, past, window, least, _UNRELATED_ELSEWHERE
    ) or _many_rise(
        language, feeds & inside, past, window, least, _UNRELATED_IN_REGION, anywhere=True
    )


def _main(regions: Ints, share: float) -> int:
    """Return the region in which such a share of records is; 0: none, or unknown."""
    sizes = np.bincount(regions)
    largest = int(sizes.argmax())
    return largest if sizes[largest] >= share * len(regions) else 0


def _many_rise(
    language: _Language,
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
    return now >= _LEAST_RATIO * (float(np.median(usual)) if usual else 0.0)


def _shifted(days: range, back: int) -> range:
    """Return days some days before; what begins with the first day still does."""
    return range(max(days.start - back, 0), days.stop - back)


def _unrelated(
    language: _Language, where: Bools, past: range, window: range, least: int, *, anywhere: bool
) -> int:
    """Return how many words rise that share less than half of their records with another one."""
    words, records, total = _within(language, where, window)
    before, _, total_before = _within(language, where, past)
    size = int(max(words.max(initial=0), before.max(initial=0))) + 1
    used, used_before = np.bincount(words, minlength=size), np.bincount(before, minlength=size)
    more = used * max(total_before, 1) >= _LEAST_RATIO * used_before * max(total, 1)
    some = np.flatnonzero((used >= least) & more)
    chance = chance_of_more(used[some], total, used_before[some], total_before)
    kept: list[frozenset[int]] = []
    for word in some[chance <= _STIRRING][np.argsort(used[some[chance <= _STIRRING]])]:
        of_word = records[words == word]
        one = frozenset(of_word.tolist())
        if all(len(one & other) < _SAME_RECORDS * len(other) for other in kept) and (
            anywhere or not _main(language.region[of_word], _ALMOST_ALL)
        ):
            kept.append(one)
    return len(kept)


def _is_special(day: int) -> bool:
    date = _EPOCH + dt.timedelta(days=day)
    return any(first <= (date.month, date.day) <= last for first, last in _PROMOTIONS)


def _part(
    people: _Uses, number: Ints, words: int, inside: Bools, calendar: _Calendar, author: Ints
) -> Part:
    """Return how many people use some words, and write at all, by day within some records.

    Args:
        people: The uses by which people are counted.
        number: Of each word among those looked at; -1: it is not.
        words: How many are looked at.
        inside: The records.
        calendar: The days.
        author: Of each record.
    """
    days = len(calendar.special)
    chosen = inside[people.record] & (number[people.word] >= 0)
    day = calendar.day[people.record[chosen]]
    flat = np.bincount(number[people.word[chosen]] * days + day, minlength=words * days)
    writers = int(author.max(initial=0)) + 1
    each = np.unique(calendar.day[inside] * writers + author[inside]) // writers
    return Part(flat.reshape(words, days), np.bincount(each, minlength=days))


def _first_of_series(series: Ints, last: Ints) -> list[int]:
    """Return the bursts that don't follow another of the same series within two weeks."""
    kept, before = [], (-1, 0)
    for place, (number, day) in enumerate(zip(series.tolist(), last.tolist(), strict=True)):
        if number != before[0] or day - before[1] > _SAME_DAYS:
            kept.append(place)
        before = (number, day)
    return kept


def _together(bursts: list[_Burst]) -> list[list[_Burst]]:
    """Return bursts by topic: near in time, and in the same records or of the same word."""
    groups: list[list[_Burst]] = []
    for burst in sorted(bursts, key=lambda b: (b.last, b.chance, b.word)):
        near = [group for group in groups if any(_one_topic(burst, other) for other in group)]
        merged = [burst, *(other for group in near for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append(merged)
    return groups


def _is_news(texts: _Texts, burst: _Burst, seasonal: frozenset[str]) -> bool:
    """Tell whether a burst is more than the season or praise: few of its records are, or harm."""
    harm, usual = 0, 0
    for row in burst.records:
        harm += bool(_HARM.search(texts.text[row]))
        usual += bool(texts.praise[row]) or _speaks_of_season(texts.text[row], seasonal)
    return harm >= _OFTEN_HARM * len(burst.records) or usual < _MOSTLY * len(burst.records)


def _speaks_of_season(text: str, seasonal: frozenset[str]) -> bool:
    return bool(_SEASONAL.search(text)) or any(word in text for word in seasonal)


def _one_topic(one: _Burst, other: _Burst) -> bool:
    if abs(one.first - other.first) > _SAME_DAYS:
        return False
    fewer = min(len(one.around), len(other.around))
    return one.word == other.word or len(one.around & other.around) >= _SAME_RECORDS * fewer


def _topic(texts: _Texts, group: list[_Burst]) -> Topic:
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
        region=where[0][0] if where and where[0][1] >= _MOSTLY * len(rows) else None,
        places=tuple(where[:_PLACES]),
        first_day=_EPOCH + dt.timedelta(days=min(burst.first for burst in group)),
        seen_day=_EPOCH + dt.timedelta(days=min(burst.last for burst in group)),
        people=best.count,
        expected=best.expected,
        chance=best.chance,
        platform=platforms.pop() if len(platforms) == 1 else None,
        examples=tuple(_examples(texts, rows, words)),
        records=len(rows),
    )


def _telling(texts: _Texts, group: list[_Burst], rows: Sequence[int]) -> tuple[str, ...]:
    """Return the words of a topic, the most frequent first; no part of another.

    A pair of characters counts only where the segmenter has no word for any of the two.
    """
    told = [texts.text[row] for row in rows[:_READ]]
    cut = Counter(word for text in told for word in set(_segmented(text)))
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
    texts: _Texts, rows: Sequence[int], words: Sequence[str]
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


def finding_of(topic: Topic, place_name: Callable[[str], str]) -> dict[str, Any]:
    """Return a topic as a finding: without violation, law or rung.

    Args:
        topic: The topic.
        place_name: Tells how officers call a region that may be a code.
    """
    subject = "、".join(topic.words[:3])
    begin = dt.datetime.combine(topic.first_day, dt.time(), SHANGHAI)
    end = dt.datetime.combine(topic.seen_day, dt.time(), SHANGHAI)
    nothing = dict.fromkeys(field.name for field in FINDING_SCHEMA)
    return {
        **nothing,
        "finding_id": digest(["topic", topic.kind, *topic.words, str(topic.first_day)]),
        "lead_key": lead_key("", topic.platform, "topic", subject, f"{topic.first_day:%Y-%m}"),
        "seeded": False,
        "violation": "",
        "subject_kind": "topic",
        "subject_id": subject,
        "record_ids": [record for record, _, _, _ in topic.examples],
        "platform": topic.platform,
        "region": topic.region,
        "severity": "order",
        "score": 1 - topic.chance,
        "conduct_from": begin,
        "conduct_until": end,
        "conduct_known": "stated",
        "legal_basis": [],
        "evidence": _evidence(topic, place_name),
        "explanation": _explanation(topic, place_name),
        "rule_version": "",
    }


def _evidence(topic: Topic, place_name: Callable[[str], str]) -> list[dict[str, Any]]:
    quoted = [
        evidence_item(
            record_id=record,
            field=name,
            start=start,
            end=start + len(word),
            text=word,
            layer="literal",
        )
        for record, name, start, word in topic.examples
    ]
    day = f"首见 {topic.first_day}，识别 {topic.seen_day}"
    counted = evidence_item(
        layer="derived",
        name=f"提到“{topic.words[0]}”（{day}）",
        value=float(topic.people),
        unit="人",
        baseline=round(topic.expected, 2),
    )
    places = [
        evidence_item(
            layer="derived", name=f"地区 {place_name(place)}", value=float(count), unit="条"
        )
        for place, count in topic.places
    ]
    return [*quoted, counted, *places]


def _explanation(topic: Topic, place_name: Callable[[str], str]) -> str:
    names = {"complaint": "投诉", "review": "评价", "listing": "商品信息"}
    source = "、".join(names[kind] for kind in topic.kinds)
    where = f"，集中在{place_name(topic.region)}" if topic.region else ""
    days = (topic.seen_day - topic.first_day).days + 1
    return (
        f"{source}中自 {topic.first_day} 起 {days} 日内有 {topic.people} 人提到"
        f"“{'”“'.join(topic.words)}”，按往常约 {topic.expected:.1f} 人{where}，"
        "可能是新出现的问题，请派员了解情况；这是线索，不针对任何经营者。"
    )
