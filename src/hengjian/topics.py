"""Emerging topics: words that suddenly fill complaints, reviews and listings, by region."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import jieba
import numpy as np
import pyarrow as pa

from hengjian.law.resolve import SHANGHAI
from hengjian.stats.bursts import WINDOWS, Bools, Ints, find_bursts
from hengjian.violations.finding import FINDING_SCHEMA, digest, evidence_item, lead_key

KINDS_READ = ("complaint", "review", "listing")
_TIME = {"complaint": "created_at", "review": "created_at", "listing": "captured_at"}
_AUTHOR = {"complaint": "complainant_id", "review": "user_id", "listing": "shop_id"}
_TEXTS = {"complaint": ("text",), "review": ("text",), "listing": ("title", "text")}
COLUMNS = {
    "complaint": ["record_id", "platform", "shop_id", "created_at", "complainant_id", "text"],
    "review": ["record_id", "platform", "shop_id", "created_at", "user_id", "text"],
    "listing": ["record_id", "platform", "shop_id", "captured_at", "title", "text", "region"],
}
"""Columns that are read, by kind."""

# So many people within three days, three times as many as before, make a topic.
_LEAST_PEOPLE, _LEAST_RATIO = 8, 3.0
# False alarms a year that chance alone may bring, over all words, days, windows and regions.
_FALSE_ALARMS, _DAYS_OF_YEAR = 0.1, 365
# A region with fewer records in all is seen within the whole only.
_LEAST_OF_REGION = 300
# Words that stand in the same records, or bursts that begin so near, are one topic.
_SAME_RECORDS, _SAME_DAYS = 0.5, 14
# A region that has so many of a topic's records is where it is.
_MOSTLY = 0.6
_WORDS, _EXAMPLES, _PLACES = 6, 5, 5
# So many texts are read for a topic's words, and a word stands in this share of them.
_READ, _IN_MANY = 50, 0.3
_AT_ONCE = 4000
_HAN = re.compile(r"[\u4e00-\u9fff]+")

# Words that come with the season every year are no news.
_SEASONAL = re.compile(
    "双十一|双11|双12|双十二|六一八|618|大促|促销|秒杀|保价|预售|定金|尾款|满减|凑单|红包|"
    "年货|春节|过年|除夕|元宵|汤圆|春运|抢票|"
    "清明|青团|五一|端午|粽|中秋|月饼|国庆|重阳|圣诞|元旦|七夕|情人节|母亲节|父亲节|儿童节|开学|"
    "高考|教师节|大闸蟹|羽绒|棉服|空调|风扇|凉席|防晒|驱蚊|电热毯|暖宝宝|春联|杨梅|荔枝|小龙虾|西瓜"
)
# … but harm to people is, in whatever season.
_HARM = re.compile(
    "中毒|腹泻|呕吐|住院|医院|过敏|爆炸|起火|着火|冒烟|自燃|触电|漏电|窒息|烫伤|受伤|死亡"
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
        kind: Name of their kind.
        record: Its id.
        text: What it says.
        fieldname: Where that stands.
        day: Days since 1970 in Shanghai.
        author: Who wrote it.
        region: None: unknown.
        platform: None: unknown.
    """

    kind: str
    record: list[str]
    text: list[str]
    fieldname: list[str]
    day: Ints
    author: Ints
    region: list[str | None]
    platform: list[str | None]


class _Uses(NamedTuple):
    """Which record uses which word, each once.

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
    kind: str
    first: int
    last: int
    count: int
    expected: float
    chance: float
    records: frozenset[int]


@dataclass(frozen=True)
class Topic:
    """A topic that emerges.

    Attributes:
        words: The most telling first.
        kind: Kind of record in which it stands.
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

    Args:
        tables: By kind, with COLUMNS; complaints and reviews get the region of their shop's
            listings, as they have none of their own.
        seasonal: Further words that are expected, such as keywords of known events.
    """
    skipped: list[Skipped] = []
    regions = _regions(tables.get("listing"))
    topics: list[Topic] = []
    words = frozenset(seasonal)
    for kind in KINDS_READ:
        if kind in tables:
            texts = _texts(kind, tables[kind], regions, skipped)
            bursts = _bursts(texts, words)
            groups = (group for group in _together(bursts) if _is_news(texts, group, words))
            topics += (_topic(texts, group) for group in groups)
    return sorted(topics, key=lambda topic: (topic.seen_day, topic.words)), skipped


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
        place = row.get("region") or regions.get((row["platform"], row["shop_id"]))
        told.append({**row, "_field": fieldname, "_region": place})
    skipped.extend(Skipped(name, count) for name, count in sorted(lacking.items()))
    authors = [row[_AUTHOR[kind]] or row["record_id"] for row in told]
    return _Texts(
        kind=kind,
        record=[row["record_id"] for row in told],
        text=["\n".join(row[name] for name in _TEXTS[kind] if row[name]) for row in told],
        fieldname=[row["_field"] for row in told],
        day=np.array([_day(row[_TIME[kind]]) for row in told], dtype=np.int64),
        author=np.unique(authors, return_inverse=True)[1].astype(np.int64),
        region=[row["_region"] for row in told],
        platform=[row["platform"] for row in told],
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
    return _Uses(list(numbers), np.array(words, dtype=np.int64), np.array(records, dtype=np.int64))


def _words_of(text: str) -> set[str]:
    runs = _HAN.findall(text)
    pairs = {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
    return pairs.union(_segmented(text))


def _segmented(text: str) -> Iterator[str]:
    words = (word for run in _HAN.findall(text) for word in _segmenter().cut(run))
    return (word for word in words if len(word) > 1)


def _bursts(texts: _Texts, seasonal: frozenset[str]) -> list[_Burst]:
    """Return the bursts of all words, in all records of a kind and in those of each region."""
    if not texts.record:
        return []
    uses = _uses(texts.text)
    sizes = Counter(texts.region)
    names = [None, *sorted(r for r, n in sizes.items() if r and n >= _LEAST_OF_REGION)]
    region = np.array([name or "" for name in texts.region])
    expected = np.array([_is_seasonal(word, seasonal) for word in uses.words], dtype=np.bool_)
    found: list[_Burst] = []
    for name in names:
        inside = np.ones(len(region), dtype=np.bool_) if name is None else region == name
        found += _bursts_within(texts, uses, inside, expected, len(names))
    return found


def _is_seasonal(word: str, seasonal: frozenset[str]) -> bool:
    return bool(_SEASONAL.search(word)) or any(word in known or known in word for known in seasonal)


def _bursts_within(
    texts: _Texts, uses: _Uses, inside: Bools, expected: Bools, scopes: int
) -> Iterator[_Burst]:
    """Yield the bursts of all words within some records.

    Args:
        texts: The texts.
        uses: Their words.
        inside: The records looked at.
        expected: The words that are no news.
        scopes: How many such sets of records are looked at in all.
    """
    begin = int(texts.day.min())
    days = int(texts.day.max()) - begin + 1
    day = texts.day - begin
    special = np.array([_is_special(begin + number) for number in range(days)], dtype=np.bool_)
    totals = _people_a_day(day[inside], texts.author[inside], days)
    kept = inside[uses.record] & ~expected[uses.word]
    word, record = uses.word[kept], uses.record[kept]
    # One who writes the same all day long is one.
    people = int(texts.author.max()) + 1
    each = np.unique((word * days + day[record]) * people + texts.author[record]) // people
    often = np.bincount(each // days, minlength=len(uses.words))
    tried = np.flatnonzero(often >= _LEAST_PEOPLE)
    if not len(tried):
        return
    chance = _FALSE_ALARMS / _DAYS_OF_YEAR / (len(tried) * scopes * len(WINDOWS))
    order = np.argsort(word, kind="stable")
    starts = np.searchsorted(word[order], np.arange(len(uses.words) + 1))
    for at in range(0, len(tried), _AT_ONCE):
        some = tried[at : at + _AT_ONCE]
        counts = _counts(each, some, days)
        bursts = find_bursts(
            counts,
            totals,
            special=special,
            largest_chance=chance,
            least_count=_LEAST_PEOPLE,
            least_ratio=_LEAST_RATIO,
        )
        # What goes on is no further burst.
        for place in _first_of_series(bursts.series, bursts.last):
            number = int(some[bursts.series[place]])
            first, last = int(bursts.first[place]), int(bursts.last[place])
            rows = record[order[starts[number] : starts[number + 1]]]
            within = rows[(day[rows] >= first) & (day[rows] <= last)]
            yield _Burst(
                word=uses.words[number],
                kind=texts.kind,
                first=begin + first,
                last=begin + last,
                count=int(bursts.used[place]),
                expected=float(bursts.expected[place]),
                chance=min(float(bursts.chance[place]) / chance * _FALSE_ALARMS, 1.0),
                records=frozenset(within.tolist()),
            )


def _is_special(day: int) -> bool:
    date = _EPOCH + dt.timedelta(days=day)
    return any(first <= (date.month, date.day) <= last for first, last in _PROMOTIONS)


def _people_a_day(day: Ints, author: Ints, days: int) -> Ints:
    people = int(author.max(initial=0)) + 1
    return np.bincount(np.unique(day * people + author) // people, minlength=days)


def _counts(each: Ints, some: Ints, days: int) -> Ints:
    """Return how many people use some words, by word and day.

    Args:
        each: Word and day of every use, sorted: the word's number times the days, plus the day.
        some: The words, sorted.
        days: How many there are.
    """
    low, high = np.searchsorted(each, [some[0] * days, (some[-1] + 1) * days])
    part = each[low:high]
    row = np.searchsorted(some, part // days)
    chosen = some[np.minimum(row, len(some) - 1)] == part // days
    flat = np.bincount(row[chosen] * days + part[chosen] % days, minlength=len(some) * days)
    return flat.reshape(len(some), days)


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


def _is_news(texts: _Texts, group: list[_Burst], seasonal: frozenset[str]) -> bool:
    """Tell whether a topic is more than the season: few of its records speak of it, or of harm."""
    rows = {row for burst in group for row in burst.records}
    of_season = sum(_speaks_of_season(texts.text[row], seasonal) for row in rows)
    harm = any(_HARM.search(burst.word) for burst in group)
    return harm or of_season < _MOSTLY * len(rows)


def _speaks_of_season(text: str, seasonal: frozenset[str]) -> bool:
    return bool(_SEASONAL.search(text)) or any(word in text for word in seasonal)


def _one_topic(one: _Burst, other: _Burst) -> bool:
    if abs(one.first - other.first) > _SAME_DAYS:
        return False
    fewer = min(len(one.records), len(other.records))
    return one.word == other.word or len(one.records & other.records) >= _SAME_RECORDS * fewer


def _topic(texts: _Texts, group: list[_Burst]) -> Topic:
    best = min(group, key=lambda b: (b.chance, -len(b.word), b.word))
    rows = sorted({row for burst in group for row in burst.records})
    words = _telling(texts, group, rows)
    places = Counter(region for row in rows if (region := texts.region[row]))
    where = sorted(places.items(), key=lambda item: (-item[1], item[0]))
    platforms = {texts.platform[row] for row in rows}
    return Topic(
        words=words,
        kind=texts.kind,
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


def finding_of(topic: Topic) -> dict[str, Any]:
    """Return a topic as a finding: without violation, law or rung."""
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
        "evidence": _evidence(topic),
        "explanation": _explanation(topic),
        "rule_version": "",
    }


def _evidence(topic: Topic) -> list[dict[str, Any]]:
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
        evidence_item(layer="derived", name=f"地区 {place}", value=float(count), unit="条")
        for place, count in topic.places
    ]
    return [*quoted, counted, *places]


def _explanation(topic: Topic) -> str:
    kinds = {"complaint": "投诉", "review": "评价", "listing": "商品信息"}
    where = f"，集中在{topic.region}" if topic.region else ""
    days = (topic.seen_day - topic.first_day).days + 1
    return (
        f"{kinds[topic.kind]}中自 {topic.first_day} 起 {days} 日内有 {topic.people} 人提到"
        f"“{'”“'.join(topic.words)}”，按往常约 {topic.expected:.1f} 人{where}，"
        "可能是新出现的问题，请派员了解情况；这是线索，不针对任何经营者。"
    )
