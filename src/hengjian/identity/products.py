"""Numbers that pages show for a product, held against the register that gives them.

A number that a register lacks proves nothing unless the register covers such numbers: it must hold
others of the same series, and must not lack many of those that the market shows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.identity.product_numbers import (
    Numbering,
    Shown,
    canonical,
    labelled,
    series_of,
    shown_numbers,
)
from hengjian.identity.product_pages import (
    MAKER_LABELS,
    Entries,
    Entry,
    Page,
    day_in,
    is_one_operator,
    is_other_maker,
    is_same_model,
    pages_at,
    pairs_in,
    speaks_of_nothing_alike,
)
from hengjian.records.fields import SHANGHAI
from hengjian.text.folds import fold

# Fewer others of a series may stand in a register that holds but a few of them by chance.
_LEAST_OF_SERIES = 5
# Of so many different numbers that the market shows so large a share must be found: a register that
# lacks more is taken for a part of the whole one. Forgeries are far rarer.
_LEAST_SHOWN, _LEAST_FOUND = 20, 0.8
_LEAST_SHOWN_OF_SERIES, _LEAST_FOUND_OF_SERIES = 10, 0.6
# A renewal is told to the register late, and goods made before the end may still be sold.
_RENEWAL_DAYS = 180
# Shorter names of products stand in other words, or are many makers'.
_LEAST_NAMED, _LEAST_DISTINCT = 4, 6

# What a register writes of a number that is no longer good; the first that fits counts.
_SUSPENDED, _REVOKED, _CANCELLED, _EXPIRED = "暂停", "撤销", "注销", "失效"
_STATUS_WORDS = {
    _REVOKED: ("撤销", "吊销", "撤回", "revoked", "作废"),
    _CANCELLED: ("注销", "取消备案", "cancelled", "canceled"),
    _SUSPENDED: ("暂停", "suspended"),
    _EXPIRED: ("失效", "过期", "到期", "届满", "expired"),
}
_ENDED_WORDS = [word for words in _STATUS_WORDS.values() for word in words]
_NOT_ENDED = re.compile(rf"(?:未|没有|恢复|解除)被?(?:{'|'.join(_ENDED_WORDS)})")
_STATUS_DATES = ("状态日期", "撤销日期", "注销日期", "暂停日期", "状态变更日期")


class Cover(NamedTuple):
    """Why a register is believed to hold all numbers of a series.

    Attributes:
        series: The series.
        entries: How many of it the register holds.
        found, shown: Of so many different numbers of this kind that the market shows so many stand
            in the register.
    """

    series: str
    entries: int
    found: int
    shown: int


@dataclass
class Register:
    """The entries of one register, by their canonical codes.

    Attributes:
        rows: Places in the table of register entries.
    """

    numbering: Numbering
    entries: pa.Table
    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _counts: Counter[str] = field(default_factory=Counter)
    _greatest: dict[str, int] = field(default_factory=dict)
    _last_year: str = ""

    def __post_init__(self) -> None:
        chosen: Any = pc.equal(self.entries.column("register"), pa.scalar(self.numbering.register))
        for row in np.flatnonzero(np.asarray(chosen.fill_null(False))).tolist():
            self.rows[canonical(self.entries.column("number")[row].as_py())].append(row)
        for code in self.rows:
            parts = series_of(self.numbering, code)
            if parts is None:
                continue
            series, year, running = parts
            self._counts[series] += 1
            self._greatest[series] = max(running, self._greatest.get(series, 0))
            self._last_year = max(year, self._last_year)

    def covers(self, codes: Collection[str]) -> dict[str, Cover]:
        """Return those of the codes it lacks although it covers their series.

        A register covers a series if it holds at least five others of it, at least 80 % of all
        numbers of such series that the market shows (counted from twenty on), and 60 % of those of
        that series (from ten on). A number behind the last one of the newest year may be younger
        than the register.

        Args:
            codes: All different numbers of this kind that the market shows.
        """
        parts = {code: part for code in codes if (part := self._held_series(code))}
        shown = Counter(series for series, _ in parts.values())
        found = Counter(series for code, (series, _) in parts.items() if code in self.rows)
        all_shown, all_found = shown.total(), found.total()
        if all_shown >= _LEAST_SHOWN and all_found < _LEAST_FOUND * all_shown:
            return {}
        return {
            code: Cover(series, entries, all_found, all_shown)
            for code, (series, entries) in parts.items()
            if code not in self.rows
            and (
                shown[series] < _LEAST_SHOWN_OF_SERIES
                or found[series] >= _LEAST_FOUND_OF_SERIES * shown[series]
            )
        }

    def _held_series(self, code: str) -> tuple[str, int] | None:
        """Return the series of a code and how many the register holds; None: it may lack it."""
        parts = series_of(self.numbering, code)
        if parts is None:
            return None
        series, year, running = parts
        entries = self._counts[series]
        is_younger = year == self._last_year and running > self._greatest.get(series, 0)
        covered = entries >= _LEAST_OF_SERIES and not is_younger
        return (series, entries) if covered or code in self.rows else None


Flaw = Literal["absent", "lapsed", "expired", "other_maker", "other_product"]


class Check(NamedTuple):
    """A number that is not what the page passes it off for.

    Attributes:
        page: Where it stands.
        entries: What the register holds under the number; empty: nothing.
        cover: Where it holds nothing: why it should.
        told: In Chinese, what is wrong.
        certain: 0–1.
    """

    page: Page
    shown: Shown
    flaw: Flaw
    entries: tuple[Entry, ...]
    cover: Cover | None
    told: str
    certain: float


class Unclear(NamedTuple):
    """A row whose number can't be judged, and the field that it lacks, as `kind.field`."""

    row: int
    fieldname: str


class _Names:
    """Names of products in a register, and who holds them."""

    def __init__(self, register: Register) -> None:
        names: list[Any] = register.entries.column("name").to_pylist()
        holders: list[Any] = register.entries.column("holder").to_pylist()
        self.codes: dict[str, set[str]] = defaultdict(set)
        self._holders: dict[str, set[str | None]] = defaultdict(set)
        for code, rows in register.rows.items():
            for row in rows:
                if names[row]:
                    self.codes[fold(names[row])].add(code)
                    self._holders[fold(names[row])].add(holders[row])
        self._lengths = sorted(
            {len(name) for name in self.codes if len(name) >= _LEAST_NAMED}, reverse=True
        )

    def another_in(self, text: str) -> str | None:
        """Return the longest registered name of four characters or more in a text."""
        for length in self._lengths:
            for start in range(len(text) - length + 1):
                if text[start : start + length] in self.codes:
                    return text[start : start + length]
        return None

    def is_distinct(self, name: str) -> bool:
        """Tell whether only one holder has a product of that name, and it is a long one."""
        return len(name) >= _LEAST_DISTINCT and len(self._holders[fold(name)]) == 1


def check_numbers(
    listings: pa.Table,
    entries: pa.Table,
    numbering: Numbering,
    only: Collection[int] | None = None,
) -> Iterator[Check | Unclear]:
    """Yield what is wrong with numbers that listings show; one that is right clears its row.

    Args:
        listings: With title and attributes, and what else is known.
        entries: Register entries, of any register.
        numbering: The kind of number.
        only: Rows that are checked; None: all. The others still tell what the register covers.
    """
    register = Register(numbering, entries)
    shown = shown_numbers(listings, numbering)
    if not register.rows:
        yield from (Unclear(row, "register_entry.number") for row in {s.row for s in shown})
        return
    lacking = register.covers({number.code for number in shown})
    by_row: dict[int, list[Shown]] = defaultdict(list)
    for number in shown:
        if only is None or number.row in only:
            by_row[number.row].append(number)
    names, known = _Names(register), Entries(entries)
    for row in _plainly_right(listings, by_row, register, known):
        del by_row[row]
    for page in pages_at(listings, sorted(by_row)):
        numbers = by_row[page.row]
        said = [_judged(page, number, register, lacking, names, known) for number in numbers]
        if all(isinstance(each, Check) for each in said):
            yield said[0]  # type: ignore[misc]
        elif None not in said:
            yield next(each for each in said if isinstance(each, Unclear))


def _plainly_right(
    listings: pa.Table, by_row: dict[int, list[Shown]], register: Register, known: Entries
) -> list[int]:
    """Return the rows, most of all, that need no closer look.

    One of their numbers is in force, its title speaks of the registered product, and the maker, if
    any is named, is the holder's name letter by letter.
    """
    rows = list(by_row)
    titles: list[Any] = listings.column("title").take(pa.array(rows, pa.int64())).to_pylist()
    days: Any = listings.column("captured_at").take(pa.array(rows, pa.int64())).cast(pa.int64())
    cells = labelled(listings, MAKER_LABELS)
    makers: dict[int, Any] = dict(zip(cells.row.tolist(), cells.value.to_pylist(), strict=True))
    right = []
    for row, title, moment in zip(rows, titles, days.to_pylist(), strict=True):
        for shown in by_row[row]:
            entry = next((known[at] for at in register.rows.get(shown.code, ())), None)
            if (
                entry is not None
                and makers.get(row) in {None, *entry.names}
                and not any(word in entry.status for word in _ENDED_WORDS)
                and (entry.until is None or (moment and moment < _day_micros(entry.until)))
                and any(pair in fold(title) for pair in pairs_in(entry.name))
            ):
                right.append(row)
                break
    return right


@cache
def _day_micros(day: dt.date) -> int:
    """Return when a day begins in Shanghai, as microseconds since 1970."""
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).timestamp()) * 1_000_000


def _judged(
    page: Page,
    shown: Shown,
    register: Register,
    lacking: dict[str, Cover],
    names: _Names,
    known: Entries,
) -> Check | Unclear | None:
    """Return what is said of one number; None: it is right."""
    rows = register.rows.get(shown.code, ())
    if not rows:
        if shown.code not in lacking:
            return Unclear(page.row, "register_entry.number")
        if _is_slip(page, shown.code, register, names, known):
            return None
        return _absent(page, shown, lacking[shown.code])
    found = tuple(known[row] for row in rows)
    said = [_flaw(page, shown, entry, names) for entry in found]
    if None in said:
        return None
    first = next((each for each in said if isinstance(each, Unclear)), said[0])
    return first if isinstance(first, Unclear) else first and first._replace(entries=found)


def _absent(page: Page, shown: Shown, cover: Cover) -> Check:
    market = (
        f"，页面所示的同类编号 {cover.shown} 个中有 {cover.found} 个可查到"
        if cover.shown >= _LEAST_SHOWN
        else ""
    )
    told = f"在登记库中查不到，而库中有同系列（{cover.series}）编号 {cover.entries} 个{market}"
    return Check(page, shown, "absent", (), cover, told, 0.75 if market else 0.65)


def _is_slip(page: Page, code: str, register: Register, names: _Names, known: Entries) -> bool:
    """Tell whether the page mistypes, by one character or a swap, the number of its own product."""
    for near in _one_off(code):
        for row in register.rows.get(near, ()):
            entry = known[row]
            if any(is_one_operator(name, other) for name in page.names for other in entry.names):
                return True
            if is_same_model(page, entry):
                return True
            if names.is_distinct(entry.name) and fold(entry.name) in page.words:
                return True
    return False


def _one_off(code: str) -> Iterator[str]:
    for place, character in enumerate(code):
        if character.isdigit():
            for other in "0123456789":
                yield code[:place] + other + code[place + 1 :]
        yield code[:place] + code[place + 1 : place + 2] + character + code[place + 2 :]


def _flaw(page: Page, shown: Shown, entry: Entry, names: _Names) -> Check | Unclear | None:
    other = _other(page, shown, entry, names)
    return other or _lapsed(page, shown, entry)


def _other(page: Page, shown: Shown, entry: Entry, names: _Names) -> Check | None:
    def check(flaw: Flaw, told: str, certain: float) -> Check:
        return Check(page, shown, flaw, (entry,), None, told, certain)

    if names.is_distinct(entry.name) and fold(entry.name) in page.words:
        return None
    unlike = speaks_of_nothing_alike(page, entry) and not is_same_model(page, entry)
    named = names.another_in(page.words) if unlike else None
    if named and shown.code not in names.codes[named]:
        told = f"登记为“{entry.name}”，而页面商品是“{named}”"
        return check("other_product", told, 0.7)
    if not is_other_maker(page, entry):
        return None
    told = f"登记的持有人是“{entry.names[0]}”，而页面生产厂家是“{page.makers[0]}”"
    if unlike:
        return check("other_product", f"{told}，登记的产品“{entry.name}”也与商品不同", 0.8)
    return check("other_maker", told, 0.7 if entry.makers_told else 0.55)


def _lapsed(page: Page, shown: Shown, entry: Entry) -> Check | Unclear | None:
    told = _NOT_ENDED.sub("", entry.status)
    status = next((s for s, words in _STATUS_WORDS.items() if any(w in told for w in words)), None)
    since = next((d for n in _STATUS_DATES if (d := day_in(entry.values.get(n, "")))), None)
    if status in {_REVOKED, _CANCELLED, _SUSPENDED}:
        if since and page.day and page.day < since:
            return None
        if since and status != _REVOKED and page.made_on and page.made_on < since:
            return None
        when = f"（{since}）" if since else ""
        told = f"登记状态为“{entry.status}”{when}，页面仍在销售"
        return Check(
            page, shown, "lapsed", (entry,), None, told, 0.75 if status == _REVOKED else 0.7
        )
    if entry.until is None:
        told = f"登记状态为“{entry.status}”，页面仍在销售"
        return Check(page, shown, "expired", (entry,), None, told, 0.6) if status else None
    return _expired(page, shown, entry, entry.until)


def _expired(page: Page, shown: Shown, entry: Entry, until: dt.date) -> Check | Unclear | None:
    if page.made_on:
        if page.made_on <= until:
            return None
        told = f"有效期至 {until}，而页面生产日期为 {page.made_on}"
        return Check(page, shown, "expired", (entry,), None, told, 0.75)
    if page.day is None:
        return Unclear(page.row, "listing.captured_at")
    if page.day <= until:
        return None
    late = (page.day - until).days
    if late <= _RENEWAL_DAYS:
        return Unclear(page.row, "listing.attributes")
    told = f"有效期至 {until}，至 {page.day} 已过期 {late} 天，页面仍在销售"
    return Check(page, shown, "expired", (entry,), None, told, 0.6)


def rows_without_attributes(listings: pa.Table, shown: Sequence[int]) -> int:
    """Return how many rows neither tell their labels nor were judged."""
    unknown = np.asarray(listings.column("attributes").is_null())
    unknown[np.asarray(shown, dtype=np.int64)] = False
    return int(unknown.sum())
