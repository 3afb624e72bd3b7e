"""Products of a register that pages name by their model or, vehicles, by their name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hengjian.identity.product_numbers import (
    labelled,
)
from hengjian.identity.product_pages import (
    Entries,
    Entry,
    Page,
    model_keys,
    pages_at,
    same_operator,
)
from hengjian.text.folds import fold

Bools = NDArray[np.bool_]

# A shorter model, or one of letters or digits alone, is given by many makers.
_LEAST_MODEL = 4
_LEAST_NAME = 4
MODEL_LABELS = ("型号", "公告型号", "车辆型号", "产品公告型号", "整车型号", "能效标识备案号")
_GRADES = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_GRADE = re.compile(r"([1-5一二三四五])\s*级|级\s*([1-5])|^\s*([1-5])\s*$")


class Sold(NamedTuple):
    """A listing of which a register holds the product.

    Attributes:
        entries: All that it may be; several where versions share a model or a name.
    """

    page: Page
    entries: tuple[Entry, ...]


def sold_models(listings: pa.Table, entries: pa.Table, register: str) -> Iterator[Sold]:
    """Yield the listings whose models a register holds, each with all entries of them.

    A listing of several models counts if the register holds all. An entry of another brand or maker
    than the page's is another product; a page that names neither must show a model that only one
    holder has, of four or more characters, letters and digits both.
    """
    by_key: dict[str, list[int]] = defaultdict(list)
    read = Entries(entries)
    for row in rows_of(entries, register):
        for column in ("model", "number"):
            for key in model_keys(entries.column(column)[row].as_py() or ""):
                by_key[key].append(row)
    cells = labelled(listings, MODEL_LABELS)
    known = pa.array([*by_key], pa.string())
    capitals = pc.utf8_upper(cells.value)
    candidates = np.asarray(
        pc.is_in(pc.replace_substring_regex(capitals, "[^0-9A-Z一-龥]", ""), known)
    ) | np.asarray(pc.match_substring_regex(capitals, r"[;；、，,|\n０-９Ａ-Ｚ]"))
    for page in pages_at(listings, np.unique(cells.row[candidates]).tolist()):
        keys = [key for model in page.models for key in model_keys(model)]
        if not keys:
            keys = [key for name in MODEL_LABELS for key in model_keys(page.labels.get(name, ""))]
        if keys and all(key in by_key for key in keys):
            rows = dict.fromkeys(row for key in keys for row in by_key[key])
            found = _of_page(page, [read[row] for row in rows], keys)
            if found:
                yield Sold(page, found)


def rows_of(entries: pa.Table, register: str) -> list[int]:
    """Return the places of a register's entries."""
    chosen: Bools = np.asarray(pc.equal(entries.column("register"), pa.scalar(register)))
    return [int(row) for row in np.flatnonzero(chosen)]


def _of_page(page: Page, entries: list[Entry], keys: list[str]) -> tuple[Entry, ...]:
    if page.brand or page.makers:
        return tuple(entry for entry in entries if _is_of(page, entry))
    distinct = all(
        len(key) >= _LEAST_MODEL and re.search("[A-Z]", key) and re.search("[0-9]", key)
        for key in keys
    )
    holders = {entry.names for entry in entries}
    return tuple(entries) if distinct and len(holders) == 1 else ()


def _is_of(page: Page, entry: Entry) -> bool:
    """Tell whether brand or maker of a page are those of an entry, or it names neither."""
    if any(same_operator(name, known) for name in page.makers for known in entry.names):
        return True
    told = fold(" ".join((entry.name, *entry.names, entry.values.get("品牌", ""))))
    parts = [part for part in re.split(r"[/()·\s]+", page.brand) if part]
    return any(part in told for part in parts) if parts else not entry.names


def sold_vehicles(listings: pa.Table, entries: pa.Table) -> Iterator[Sold]:
    """Yield the listings of vehicles that the register holds, by model or by name.

    By name: the longest registered name in the title. All versions whose names begin with it are
    meant by it, as nothing tells which.
    """
    seen, read = set(), Entries(entries)
    for sold in sold_models(listings, entries, "vehicle"):
        seen.add(sold.page.row)
        yield sold
    names: dict[str, list[int]] = defaultdict(list)
    for row in rows_of(entries, "vehicle"):
        name = _name_key(entries.column("name")[row].as_py() or "")
        if len(name) >= _LEAST_NAME:
            names[name].append(row)
    meant = {row: _meant(text, names) for row, text in _naming(listings, names) if row not in seen}
    for page in pages_at(listings, [row for row, rows in meant.items() if rows]):
        yield Sold(page, tuple(read[row] for row in meant[page.row]))


def _meant(title: str, names: Mapping[str, list[int]]) -> list[int]:
    """Return the entries whose names begin with the longest name in a title."""
    longest = max((name for name in names if name in title), key=len, default=None)
    if longest is None:
        return []
    return [row for name, rows in names.items() if name.startswith(longest) for row in rows]


def _naming(listings: pa.Table, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the rows whose title holds the beginning of a name, and the title as names write it."""
    heads = sorted({name[:2] for name in names})
    if not heads:
        return
    titles = pc.utf8_upper(listings.column("title"))
    pattern = "|".join(r"\s*".join(map(re.escape, head)) for head in heads)
    for row in np.flatnonzero(np.asarray(pc.match_substring_regex(titles, pattern))).tolist():
        yield row, _name_key(listings.column("title")[row].as_py())


def _name_key(name: str) -> str:
    return re.sub(r"[^0-9a-z一-龥]", "", fold(name))


def grades_in(text: str) -> list[int]:
    """Return the grades that a text names, such as 一级, 1级 or a bare 1."""
    found = (next(filter(None, match.groups())) for match in _GRADE.finditer(fold(text)))
    return [_GRADES.get(sign) or int(sign) for sign in found]


def number_in(text: str) -> float | None:
    """Return the only number in a text; None: there are none or several."""
    found = re.findall(r"\d+(?:\.\d+)?", fold(text).replace(",", ""))
    return float(found[0]) if len(found) == 1 else None


def registered_numbers(entries: Iterable[Entry], names: Iterable[str]) -> list[float] | None:
    """Return the value that each entry has under some names; None: one of them lacks it."""
    found = []
    for entry in entries:
        values = (number_in(entry.values[name]) for name in names if name in entry.values)
        known = [value for value in values if value is not None]
        if not known:
            return None
        found.append(max(known))
    return found
