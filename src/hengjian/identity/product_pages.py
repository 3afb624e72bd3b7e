"""What a page and a register entry say of a product, and whether they may speak of the same one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.identity.names import compare_names
from hengjian.identity.product_numbers import HAN
from hengjian.records.labels import label_names
from hengjian.text.folds import fold, fold_table

# Rows that are read at a time.
_BATCH = 10_000
# Names that are compared come again and again; so many comparisons take some 30 MB.
_REMEMBERED = 1 << 17

MAKER_LABELS = ("生产厂家",)
HOLDER_LABELS = (
    *("上市许可持有人", "药品上市许可持有人", "注册人", "备案人", "注册人/备案人", "证书持有人"),
    *("认证委托人", "委托人", "委托企业", "品牌方", "品牌商", "持有人", "申请人", "责任单位"),
    *("受托生产企业", "受托方", "注册人名称", "备案人名称", "制造商名称", "出品商", "经销商"),
)
_PRODUCER_VALUES = (
    *("生产企业", "生产者", "生产厂", "生产厂家", "生产单位", "制造商", "受托生产企业", "委托方"),
    *("上市许可持有人", "注册人", "备案人", "境内责任人", "代理人", "曾用名", "品牌方", "持有人"),
)
_ORGANISATION = re.compile(r"公司|厂|集团|合作社|药业|制药|实业|工坊|商行|中心|研究所|研究院")
_HAN_PAIR = re.compile(rf"(?=([{HAN}]{{2}}))")
_WORD = re.compile(r"[a-z0-9]{2,}")
_DATE = re.compile(r"((?:19|20)\d\d)\s*[年\-./]\s*(\d{1,2})\s*[月\-./]\s*(\d{1,2})")


class Entry(NamedTuple):
    """One entry of a register as it is compared with a page.

    Attributes:
        row: Its place in the table.
        names: Of its holder, its makers and who else it names.
        makers_told: It tells who makes the product, beside who holds the number.
        values: Without those that are unknown.
        until: Last day on which it is valid; None: unknown.
    """

    row: int
    number: str
    name: str
    model: str
    category: str
    names: tuple[str, ...]
    makers_told: bool
    values: dict[str, str]
    status: str
    until: dt.date | None


def entry_at(entries: pa.Table, row: int) -> Entry:
    """Return an entry by its place."""
    [given] = entries.slice(row, 1).to_pylist()
    values = {name: value for name, value in dict(given.get("values") or ()).items() if value}
    makers = tuple(
        part
        for name in _PRODUCER_VALUES
        for part in re.split(r"[;；、，,|\n]", values.get(name, ""))
        if part.strip()
    )
    holder = given.get("holder")
    return Entry(
        row,
        given["number"],
        given.get("name") or "",
        given.get("model") or "",
        given.get("category") or "",
        (*((holder,) if holder else ()), *makers),
        bool(makers),
        values,
        given.get("status") or values.get("状态", ""),
        given.get("valid_until") or day_in(values.get("有效期至", "")),
    )


class Entries(dict[int, Entry]):
    """Entries by their places, each read once."""

    def __init__(self, table: pa.Table) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, row: int) -> Entry:
        self[row] = entry_at(self._table, row)
        return self[row]


def day_in(text: str) -> dt.date | None:
    """Return the last day that a text writes; None: it writes none."""
    days = []
    for match in _DATE.finditer(fold(text)):
        try:
            days.append(dt.date(*map(int, match.groups())))
        except ValueError:
            continue
    return max(days, default=None)


class Page(NamedTuple):
    """What a listing says of its product.

    Attributes:
        makers: Companies that it names as maker.
        names: Every company that it names.
        models: As written.
        words: Title, product's name, brand and category, folded.
        everything: All of its text, folded.
        day: Day of the capture in Shanghai; None: unknown.
        made_on: Day of making; None: unknown.
        text: Of the details.
    """

    row: int
    title: str
    text: str
    makers: tuple[str, ...]
    names: tuple[str, ...]
    models: tuple[str, ...]
    brand: str
    words: str
    everything: str
    day: dt.date | None
    made_on: dt.date | None
    labels: dict[str, str]


def pages_at(listings: pa.Table, rows: Sequence[int]) -> Iterator[Page]:
    """Yield what the listings at some places say."""
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        taken = listings.take(pa.array(batch, pa.int64()))
        given = taken.to_pylist()
        labels = [{n: v for n, v in (each.get("attributes") or ()) if v} for each in given]
        words = [" ".join(filter(None, _words(*both))) for both in zip(given, labels, strict=True)]
        everything = _folded(
            [
                " ".join(filter(None, (own, each.get("text"), each.get("shop_name"), *of.values())))
                for own, each, of in zip(words, given, labels, strict=True)
            ]
        )
        for row, each, of, own, told in zip(batch, given, labels, words, everything, strict=True):
            yield _page(row, each, of, told[: len(own)], told)


def _words(given: dict[str, Any], labels: dict[str, str]) -> tuple[str | None, ...]:
    return given["title"], label(labels, "品名"), label(labels, "品牌"), given.get("category")


def _folded(texts: list[str]) -> list[str]:
    """Return texts as `fold` does, all at once: many times faster than one by one."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype="<u4")
    folded = fold_table()[codes].astype("<u4").tobytes().decode("utf-32-le")
    ends = list(accumulate(map(len, texts)))
    return [folded[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def _page(
    row: int, given: dict[str, Any], labels: dict[str, str], words: str, everything: str
) -> Page:
    makers, holders = (_organisations(labels, names) for names in (MAKER_LABELS, HOLDER_LABELS))
    at = given.get("captured_at")
    return Page(
        row,
        given["title"],
        given.get("text") or "",
        makers,
        (*makers, *holders, *_organisations(labels, ("进口商",))),
        tuple(labels[name] for name in _names_of("型号") if name in labels),
        fold(label(labels, "品牌") or ""),
        words,
        everything,
        at and (at + dt.timedelta(hours=8)).date(),
        day_in(label(labels, "生产日期") or ""),
        labels,
    )


@cache
def _names_of(wanted: str) -> tuple[str, ...]:
    """Return the names of a label, its own first."""
    return tuple(dict.fromkeys((wanted, *sorted(label_names(wanted)))))


def label(labels: dict[str, str], wanted: str) -> str | None:
    """Return the value of a label, under whichever of its names."""
    return next((labels[name] for name in _names_of(wanted) if name in labels), None)


@cache
def _places_of(wanted: tuple[str, ...]) -> dict[str, int]:
    """Return the place of each name of some labels, in their order."""
    names = dict.fromkeys(name for each in wanted for name in _names_of(each))
    return {name: place for place, name in enumerate(names)}


def _organisations(labels: dict[str, str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    places = _places_of(wanted)
    names = sorted(places.keys() & labels.keys(), key=places.__getitem__)
    values = dict.fromkeys(labels[name].strip() for name in names)
    parts = [part for value in values for part in re.split(r"[;；、，,|\n]", value)]
    return tuple(part.strip() for part in parts if _ORGANISATION.search(part))


@lru_cache(_REMEMBERED)
def same_operator(one: str, other: str) -> bool:
    """Tell whether two names may be one operator's, or cannot be compared."""
    if not (re.search(f"[{HAN}]", one) and re.search(f"[{HAN}]", other)):
        return True
    return compare_names(one, other).verdict != "different"


@lru_cache(_REMEMBERED)
def is_one_operator(one: str, other: str) -> bool:
    """Tell whether two names are one operator's, a branch's or short for each other."""
    return compare_names(one, other).verdict in {"same", "branch", "abbreviation"}


def is_other_maker(page: Page, entry: Entry) -> bool:
    """Tell whether a page names a maker who has nothing to do with an entry.

    It may be made to order: where the page names the holder too, wherever that is, or shows the
    model or the distinct name that was registered, nothing is said.
    """
    if not page.makers or not entry.names:
        return False
    if any(same_operator(name, known) for name in page.names for known in entry.names):
        return False
    if any(fold(known) in page.everything for known in entry.names):
        return False
    return not is_same_model(page, entry)


def is_same_model(page: Page, entry: Entry) -> bool:
    """Tell whether a page shows the model that was registered."""
    registered = set(model_keys(entry.model))
    return any(not registered.isdisjoint(model_keys(model)) for model in page.models)


def model_keys(text: str) -> list[str]:
    """Return models as both sides of a comparison write them; a cell may hold several."""
    parts = re.split(r"[;；、，,|\n]", _upper(text))
    return [key for part in parts if (key := re.sub(rf"[^0-9A-Z{HAN}]", "", part))]


def _upper(text: str) -> str:
    return fold(text).upper()


@lru_cache(_REMEMBERED)
def pairs_in(text: str) -> frozenset[str]:
    """Return the pairs of Chinese characters that follow each other, and the words in letters."""
    folded = fold(text)
    return frozenset(_HAN_PAIR.findall(folded)) | frozenset(_WORD.findall(folded))


def speaks_of_nothing_alike(page: Page, entry: Entry) -> bool:
    """Tell whether title, name and brand share no two characters with what was registered."""
    told = entry.name + " " + entry.model + " " + entry.values.get("商品名", "")
    pairs = pairs_in(
        told + " " + entry.values.get("品牌", "") + " " + entry.values.get("通用名", "")
    )
    return bool(pairs_in(entry.name)) and not any(pair in page.words for pair in pairs)
