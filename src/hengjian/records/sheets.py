"""Rows of an XLSX workbook, read as those of CSV are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import pyarrow as pa

from hengjian.records.cells import CellError, cell_text
from hengjian.records.lines import KEPT_BYTES, MAX_ROW_BYTES, TOO_LONG
from hengjian.records.reasons import shown
from hengjian.records.rows import (
    BadRow,
    Layout,
    Row,
    RowError,
    canonical,
    cell_decoder,
    columns_of,
)
from hengjian.records.workbook import Cell, Sheet, SheetRow, Workbook, open_workbook
from hengjian.records.xml_parts import MAX_RATIO, PartError

# Titles often stand above the header.
_HEADER_ROWS = 10
_MAX_SHEET_BYTES = 256 * 1024 * 1024


class _Table(NamedTuple):
    """A sheet, the row of its header, and the header's names by column."""

    sheet: Sheet
    line: int
    names: dict[int, str]


class _Column(NamedTuple):
    """A column: its name in the header, its field, and of a contract's field type and decoder."""

    name: str
    field: str
    type: pa.DataType | None
    decode: Callable[[str, str], Any]


def xlsx_rows(layout: Layout) -> Iterator[Row | BadRow]:
    """Yield the rows of an XLSX workbook; each row's bytes are its JSON, its line is its number.

    Read is the first sheet that isn't hidden and names every needed field in one of its first ten
    rows. A further one of that kind is told as a bad row, so that nobody takes it for read; other
    sheets, and rows above the header, are noted with the first row. Cells are read as CSV's.

    Raises:
        HengjianError: Not an XLSX file, one that would fill the memory, or no sheet has a header.
    """
    with open_workbook(layout.path) as workbook:
        found = _sheets(workbook, layout)
        notes = found.notes
        for row in _table_rows(workbook, found.table, layout):
            if isinstance(row, Row) and notes:
                yield row._replace(notes=(*notes, *row.notes))
                notes = []
            else:
                yield row
        yield from found.unread


class _Found(NamedTuple):
    """The sheet to read, what to note of others, and those that should have been read."""

    table: _Table
    notes: list[str]
    unread: list[BadRow]


def _sheets(workbook: Workbook, layout: Layout) -> _Found:
    table: _Table | None = None
    notes: list[str] = []
    unread: list[BadRow] = []
    heads: list[SheetRow] = []
    faults: list[PartError] = []
    for sheet in workbook.sheets:
        if sheet.hidden:
            notes.append(f"{_called(sheet)}是隐藏的，没有读取")
            continue
        head, fault = _head(workbook, sheet)
        heads += head[:1]
        header = next((row for row in head if _names_all(row, layout)), None)
        if header and table:
            unread.append(_second(sheet, header, table))
        elif header:
            table = _Table(sheet, header.number, _names(header))
            above = head.index(header)
            notes += [f"表头之上有 {above} 行，没有读取"] if above else []
        elif fault:
            faults.append(fault)
            unread.append(BadRow(1, b"", f"{_called(sheet)}损坏，没有读取：{fault}"))
        elif head:
            notes.append(f"{_called(sheet)}没有所需的表头，没有读取")
    if table is None:
        raise faults[0] if faults else _no_header(heads, layout)
    return _Found(table, notes, unread)


def _head(workbook: Workbook, sheet: Sheet) -> tuple[list[SheetRow], PartError | None]:
    head: list[SheetRow] = []
    try:
        for row in islice(workbook.rows(sheet), _HEADER_ROWS):
            head.append(row)
    except PartError as fault:
        return head, fault
    return head, None


def _no_header(heads: list[SheetRow], layout: Layout) -> PartError:
    first = heads[0] if heads else SheetRow(1, [], None)
    # This says what is missing, or that there is nothing at all.
    columns_of(list(_names(first).values()), first.number, layout)
    return PartError(first.fault or "没有可读的工作表")


def _called(sheet: Sheet) -> str:
    return f"工作表“{shown(sheet.name)}”"


def _second(sheet: Sheet, header: SheetRow, read: _Table) -> BadRow:
    raw = canonical({name: name for name in _names(header).values()})
    reason = f"{_called(sheet)}没有读取，因为已读取{_called(read.sheet)}；请把它另存为单独的文件"
    return BadRow(header.number, raw[:KEPT_BYTES], reason)


def _names(header: SheetRow) -> dict[int, str]:
    names = {cell.column: (cell.text or "").strip() for cell in header.cells}
    return {column: name for column, name in names.items() if name}


def _names_all(row: SheetRow, layout: Layout) -> bool:
    fields = {layout.rename.get(name, name) for name in _names(row).values()}
    return bool(fields) and layout.needed <= fields and not row.fault


def _table_rows(workbook: Workbook, table: _Table, layout: Layout) -> Iterator[Row | BadRow]:
    columns = _columns(table, layout)
    most = max(_MAX_SHEET_BYTES, MAX_RATIO * layout.path.stat().st_size)
    number, size = table.line, 0
    try:
        for row in workbook.rows(table.sheet):
            if row.number <= table.line:
                continue
            number = row.number
            read = _row(row, columns, from_1904=workbook.from_1904)
            size += len(read.raw)
            if size > most:
                raise PartError("展开后过大")
            yield read
    except PartError as error:
        yield BadRow(number + 1, b"", f"XLSX数据损坏，从这里起没有读取：{error}")


def _columns(table: _Table, layout: Layout) -> dict[int, _Column]:
    fields = columns_of(list(table.names.values()), table.line, layout)
    return {
        column: _Column(
            name,
            field,
            layout.schema.field(field).type if field in layout.schema.names else None,
            cell_decoder(layout.schema, field),
        )
        for (column, name), field in zip(table.names.items(), fields, strict=True)
    }


def _row(row: SheetRow, columns: dict[int, _Column], *, from_1904: bool) -> Row | BadRow:
    texts: dict[str, str | None] = {}
    values: dict[str, Any] = {}
    notes: list[str] = []
    fault = RowError(row.fault) if row.fault else None
    for cell in row.cells:
        column = columns.get(cell.column) or _nameless(cell.column)
        texts[column.name] = cell.text
        try:
            texts[column.name] = text = _text(cell, column, from_1904=from_1904)
            values[column.field] = column.decode(column.field, text)
        except RowError as error:
            # What the contract doesn't know can't break it.
            fault = fault or (error if column.type else None)
        else:
            notes += _liberties(cell, column)
    raw = canonical(texts)
    if len(raw) > MAX_ROW_BYTES:
        return BadRow(row.number, raw[:KEPT_BYTES], TOO_LONG)
    if fault:
        return BadRow(row.number, raw, fault.reason, fault.field, fault.value)
    return Row(row.number, raw, values, tuple(notes))


def _nameless(number: int) -> _Column:
    letters, rest = "", number + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    name = f"（{letters} 列，没有表头）"
    return _Column(name, name, None, lambda _column, text: text)


def _text(cell: Cell, column: _Column, *, from_1904: bool) -> str:
    try:
        return cell_text(cell, column.type, from_1904=from_1904)
    except CellError as error:
        raise RowError(str(error), column.field, cell.text) from None


def _liberties(cell: Cell, column: _Column) -> Iterator[str]:
    if column.type is None:
        return
    if cell.formula:
        yield f"{column.field}: 公式，取文件中存下的计算结果"
    if cell.type == "n" and pa.types.is_string(column.type):
        yield f"{column.field}: 数字，按文字读取"
