"""Records as texts: who wrote what, when and where, each once; what can't be looked at is told."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.graphs.templates import template_numbers
from hengjian.law.resolve import SHANGHAI
from hengjian.stats.bursts import Ints

KINDS_READ = ("complaint", "review", "listing")
COLUMNS = {
    "complaint": ["record_id", "platform", "shop_id", "created_at", "complainant_id", "text"],
    "review": ["record_id", "platform", "shop_id", "created_at", "user_id", "text", "rating"],
    "listing": ["record_id", "platform", "shop_id", "captured_at", "title", "text", "region"],
}
"""Columns that are read, by kind."""
_TIME = {"complaint": "created_at", "review": "created_at", "listing": "captured_at"}
_AUTHOR = {"complaint": "complainant_id", "review": "user_id", "listing": "shop_id"}
_TEXTS = {"complaint": ("text",), "review": ("text",), "listing": ("title", "text")}
# Kinds of which copies count once; that many shops list one thing in one text is news.
_COPIED = frozenset({"complaint", "review"})
# Two people don't write so many characters (nearly) alike by themselves: copies count as one.
_LEAST_COPIED = 24
# A review with so many stars of five is praise; when praise swells, that is no grievance.
_PRAISE = 4.0
HAN = re.compile(r"[\u4e00-\u9fff]+")
"""Runs of Chinese characters, of which words are made."""
_EPOCH = dt.date(1970, 1, 1)


class Skipped(NamedTuple):
    """Records that could not be looked at, and the field that they lack, as `kind.field`."""

    fieldname: str
    rows: int


class Texts(NamedTuple):
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


def texts_of(tables: Mapping[str, pa.Table]) -> tuple[Texts | None, list[Skipped]]:
    """Return the texts of some records, and what could not be looked at.

    Args:
        tables: By kind, with COLUMNS; complaints and reviews get the region of their shop's
            listings, as they have none of their own.

    Returns:
        The texts, None if there are none; and by kind and field how many records lack it.
    """
    skipped: list[Skipped] = []
    regions = _regions(tables.get("listing"))
    of_kinds = [
        _texts_of_kind(kind, tables[kind], regions, skipped)
        for kind in KINDS_READ
        if kind in tables
    ]
    return _joined([some for some in of_kinds if some.record]), skipped


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


def _texts_of_kind(
    kind: str,
    table: pa.Table,
    regions: Mapping[tuple[str, str], str],
    skipped: list[Skipped],
) -> Texts:
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
    return Texts(
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
    long = [text if len("".join(HAN.findall(text))) >= _LEAST_COPIED else None for text in texts]
    template = template_numbers(pa.array(long, pa.string()))
    pairs = np.unique(np.stack([template, author], axis=1), axis=0)
    shared = np.bincount(pairs[:, 0] + 1, minlength=int(template.max(initial=-1)) + 2) > 1
    copied = (template >= 0) & shared[template + 1]
    joined: Ints = np.where(copied, template + author.max(initial=0) + 1, author)
    return joined


def _joined(of_kinds: Sequence[Texts]) -> Texts | None:
    """Return the texts of all kinds as one; None: there are none."""
    if not of_kinds:
        return None
    author, beyond = [], 0
    for some in of_kinds:
        author.append(some.author + beyond)
        beyond += int(some.author.max()) + 1
    return Texts(
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


def date_of(day: int) -> dt.date:
    """Return the date of a day that is counted from 1970 on."""
    return _EPOCH + dt.timedelta(days=day)


def _day(moment: dt.datetime) -> int:
    return (moment.astimezone(SHANGHAI).date() - _EPOCH).days
