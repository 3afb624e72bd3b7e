"""XLSX workbooks: their sheets row by row, in memory that doesn't grow with the file.

Only cell values are read: formulas are never evaluated, links to other files never followed. The
libraries at hand hold a sheet or all its texts in memory, don't tell a formula without a result
from an empty cell, and make a float of a number before one can see that a code lost digits.
"""

from __future__ import annotations

import mmap
import re
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from hengjian.records.lines import MAX_ROW_BYTES, TOO_LONG
from hengjian.records.xml_parts import Archive, Handler, PartError, open_archive, related

MAX_CELL_CHARACTERS = 32_767

_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
_MAX_TEXTS = 2**24
_MAX_STYLES = 2**16
_MAX_SHEETS = 1024
_WORKBOOK = "xl/workbook.xml"
_LETTERS = re.compile(r"[A-Z]{1,3}", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
_ESCAPED = re.compile(r"_x(?!d[89a-f])([0-9a-f]{4})_", re.ASCII | re.IGNORECASE)
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_DATE_SIGN = re.compile(r"[ymdhs]", re.IGNORECASE)
_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_TEXTS = ("str", "inlineStr")


class Style(NamedTuple):
    """What a cell's number format says of its number: a date, or a code of so many digits."""

    date: bool = False
    digits: int = 0


class Cell(NamedTuple):
    """One cell that isn't empty.

    Attributes:
        column: Counted from 0.
        type: `s` text, `n` number, `b` boolean, `e` error, `d` ISO date.
        text: What stands there; None: a formula without a stored result.
        style: Of its number format.
        formula: Its text is the stored result of a formula.
    """

    column: int
    type: str
    text: str | None
    style: Style = Style()
    formula: bool = False


class SheetRow(NamedTuple):
    """A row that isn't empty, by its number in the sheet; with the fault that spoils it."""

    number: int
    cells: list[Cell]
    fault: str | None


class Sheet(NamedTuple):
    """A sheet: its name, whether it is hidden, and the part of the archive that holds it."""

    name: str
    hidden: bool
    part: str


class Workbook:
    """An open workbook.

    Attributes:
        sheets: In the workbook's order, without charts.
        from_1904: Days are counted from 1904, not from 1900.
    """

    def __init__(self, archive: Archive, texts: _SharedTexts) -> None:
        self._archive, self._texts = archive, texts
        [main] = list(related(archive, "", "/officeDocument").values())[:1] or [_WORKBOOK]
        parts = _WorkbookParts()
        self._take(main, parts)
        self.from_1904 = parts.from_1904
        places = related(archive, main, "/worksheet")
        self.sheets = [
            Sheet(name, hidden, places[relation])
            for name, hidden, relation in parts.sheets
            if relation in places
        ]
        styles = _Styles()
        for part in related(archive, main, "/styles").values():
            self._take(part, styles)
        self._styles = styles.of_cells()
        for part in related(archive, main, "/sharedStrings").values():
            self._take(part, texts)
        texts.seal()

    def _take(self, part: str, handler: Handler) -> None:
        for _ in self._archive.parse(part, handler):
            pass

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """Yield the rows of a sheet that hold anything.

        Raises:
            PartError: The sheet is broken from here on, or unpacks to far more than it holds.
        """
        handler = _SheetRows()
        for _ in self._archive.parse(sheet.part, handler):
            rows, handler.rows = handler.rows, []
            for row in rows:
                cells, fault = self._cells(row)
                if cells or fault:
                    yield SheetRow(row.number, cells, fault)

    def _cells(self, row: _RawRow) -> tuple[list[Cell], str | None]:
        cells: list[Cell] = []
        size = 0
        for raw in row.cells:
            cell = self._cell(raw)
            if cell:
                size += len(cell.text or "")
                # Short references can stand for texts that together fill the memory.
                if size > MAX_ROW_BYTES:
                    return cells, TOO_LONG
                cells.append(cell)
        return cells, row.fault

    def _cell(self, raw: _RawCell) -> Cell | None:
        kind, text = raw.type, raw.text
        if kind == "s" and text is not None:
            text = self._texts[_index(text)]
        elif kind in _TEXTS:
            kind, text = "s", _unescaped(text) if text is not None else None
        # An empty text may be a formula's result; an empty number is none.
        if raw.formula and (text is None or (not text and kind != "s")):
            return Cell(raw.column, kind, None, formula=True)
        if not text:
            return None
        style = self._styles[raw.style] if raw.style < len(self._styles) else Style()
        return Cell(raw.column, kind, text, style, raw.formula)


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook.

    Raises:
        HengjianError: It can't be read; also where a PartError is left uncaught inside.
    """
    with open_archive(path) as archive, _SharedTexts() as texts:
        yield Workbook(archive, texts)


def _index(text: str) -> int:
    if not _INDEX.fullmatch(text):
        raise PartError(f"编号无效：{text[:20]}")
    return int(text)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _WorkbookParts(Handler):
    def __init__(self) -> None:
        self.from_1904 = False
        self.sheets: list[tuple[str, bool, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), hidden, relation))
            if len(self.sheets) > _MAX_SHEETS:
                raise PartError("工作表过多")


class _Styles(Handler):
    def __init__(self) -> None:
        self._formats: dict[str, str] = {}
        self._cells: list[str] = []
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._cells.append(attributes.get("numFmtId", "0"))
        if max(len(self._formats), len(self._cells)) > _MAX_STYLES:
            raise PartError("单元格样式过多")

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def of_cells(self) -> list[Style]:
        return [self._style(number) for number in self._cells]

    def _style(self, number: str) -> Style:
        code = self._formats.get(number)
        if code is None:
            return Style(date=_index(number) in _BUILT_IN_DATES)
        digits = len(code) if code.strip("0") == "" else 0
        return Style(bool(_DATE_SIGN.search(_NOT_SHOWN.sub("", code))), digits)


@dataclass
class _Text:
    """The text of a string with runs of fonts; what only tells how to say it is left out."""

    held: list[str] = field(default_factory=list)
    size: int = 0
    aside: bool = False
    open: bool = False

    def start(self, name: str) -> None:
        self.aside = self.aside or name == "rPh"
        self.open = name == "t" and not self.aside

    def end(self, name: str) -> None:
        self.aside = self.aside and name != "rPh"
        self.open = self.open and name != "t"

    def add(self, text: str) -> None:
        # One character over the limit, so that it shows.
        kept = text[: MAX_CELL_CHARACTERS + 1 - self.size]
        if kept:
            self.held.append(kept)
            self.size += len(kept)

    def taken(self) -> str:
        text = "".join(self.held)
        self.held, self.size = [], 0
        return text


class _SharedTexts(Handler):
    """The texts that cells refer to, in a file of their own; only their places are in memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed on leaving
        self._places = array("Q", [0])
        self._content: mmap.mmap | None = None
        self._text = _Text()

    def __enter__(self) -> _SharedTexts:
        return self

    def __exit__(self, *_: object) -> None:
        if self._content is not None:
            self._content.close()
        self._file.close()

    def __getitem__(self, index: int) -> str:
        if self._content is None or index + 1 >= len(self._places):
            raise PartError(f"没有编号为 {index} 的共享文字")
        return self._content[self._places[index] : self._places[index + 1]].decode()

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        self._text.start(name)

    def data(self, text: str) -> None:
        if self._text.open:
            self._text.add(text)

    def end(self, name: str) -> None:
        self._text.end(name)
        if name != "si":
            return
        if len(self._places) > _MAX_TEXTS:
            raise PartError("共享文字过多")
        content = _unescaped(self._text.taken()).encode()
        self._file.write(content)
        self._places.append(self._places[-1] + len(content))

    def seal(self) -> None:
        """Make what was taken readable."""
        self._file.write(b"\0")  # an empty file can't be mapped
        self._file.flush()
        self._content = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)


class _RawCell(NamedTuple):
    column: int
    type: str
    text: str | None
    style: int
    formula: bool


@dataclass
class _RawRow:
    number: int
    cells: list[_RawCell] = field(default_factory=list)
    size: int = 0
    fault: str | None = None


@dataclass(slots=True)
class _OpenCell:
    attributes: dict[str, str]
    formula: bool = False
    text: str | None = None


class _SheetRows(Handler):
    """The rows of a sheet; they pile up in `rows` until they are taken from there."""

    def __init__(self) -> None:
        self.rows: list[_RawRow] = []
        self._row: _RawRow | None = None
        self._cell: _OpenCell | None = None
        self._in_data = self._in_value = False
        self._text = _Text()
        self._number = 0
        # The column of the last cell, and the place of the last one that was empty: most are, so
        # theirs isn't worked out until a cell comes without a place of its own.
        self._column, self._skipped = -1, ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._cell:
            self._start_content(self._cell, name)
        elif self._row:
            if name == "c":
                self._cell = _OpenCell(attributes)
        elif name == "sheetData":
            self._in_data = True
        elif name == "row" and self._in_data:
            self._start_row(attributes)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = _index(attributes["r"]) if "r" in attributes else self._number + 1
        if not self._number < number <= _MAX_ROWS:
            raise PartError(f"行号 {number} 重复、倒退或超出范围")
        self._row = _RawRow(number)
        self._number, self._column, self._skipped = number, -1, ""

    def _start_content(self, cell: _OpenCell, name: str) -> None:
        if name == "f":
            cell.formula = True
        elif name in ("v", "is"):
            self._text.taken()
            cell.text = ""
            self._in_value = name == "v"
        else:
            self._text.start(name)

    def data(self, text: str) -> None:
        if self._cell and (self._in_value or self._text.open):
            self._text.add(text)

    def end(self, name: str) -> None:
        if self._cell and self._row:
            self._end_in_cell(self._row, self._cell, name)
        elif self._row and name == "row":
            self.rows.append(self._row)
            self._row = None
        elif name == "sheetData":
            self._in_data = False

    def _end_in_cell(self, row: _RawRow, cell: _OpenCell, name: str) -> None:
        if name in ("v", "is"):
            cell.text = self._text.taken()
            self._in_value = False
        elif name == "c":
            self._cell, self._in_value = None, False
            self._text.aside = self._text.open = False
            self._end_cell(row, cell)
        else:
            self._text.end(name)

    def _end_cell(self, row: _RawRow, cell: _OpenCell) -> None:
        place = cell.attributes.get("r")
        if cell.text is None and not cell.formula:
            if place:
                self._skipped = place
            else:
                self._column = self._next_column()
            return
        column = _column_at(place) if place else self._next_column()
        if not self._column < column < _MAX_COLUMNS:
            row.fault = row.fault or f"单元格 {(place or '')[:20]} 的位置重复或无效"
            return
        self._column = column
        row.size += len(cell.text or "")
        if row.size > MAX_ROW_BYTES:
            row.fault = row.fault or TOO_LONG
            return
        kind, style = cell.attributes.get("t", "n"), _style(cell.attributes.get("s", "0"))
        row.cells.append(_RawCell(column, kind, cell.text, style, cell.formula))

    def _next_column(self) -> int:
        return max(self._column, _column_at(self._skipped)) + 1


@lru_cache(1024)
def _style(number: str) -> int:
    return _index(number)


def _column_at(place: str) -> int:
    """Return the column of a place such as `AB12`; of none, -1."""
    return _column_number(place.rstrip("0123456789"))


@lru_cache(_MAX_COLUMNS)
def _column_number(letters: str) -> int:
    number = 0
    if _LETTERS.fullmatch(letters):
        for letter in letters:
            number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
