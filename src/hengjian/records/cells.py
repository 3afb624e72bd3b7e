"""The value of a spreadsheet's cell as text, exact or not at all."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from hengjian.records.workbook import MAX_CELL_CHARACTERS, Cell, Style

# A spreadsheet keeps fifteen digits of a number and puts zeros for the rest.
_EXACT_DIGITS = 15
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_DAY_MS = 24 * 60 * 60 * 1000
_EPOCH_1900, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - no zone
_LEAP_BUG = 60  # 1900-02-29, which spreadsheets believe in


class CellError(Exception):
    """Why a cell's value can't be taken, in Chinese."""


def cell_text(cell: Cell, kind: pa.DataType | None, *, from_1904: bool) -> str:
    """Return a cell's value as it would stand in CSV; dates and times are ISO 8601.

    Args:
        cell: The cell.
        kind: Arrow type of its field in the contract; None: it has none.
        from_1904: How the workbook counts days.

    Raises:
        CellError: The value is an error, was never worked out, has lost digits, or is a date where
            a text or number stood, or a number where a date should stand.
    """
    if cell.text is None:
        raise CellError("公式没有存下计算结果，请在表格软件中打开并保存一次，或粘贴为数值")
    if len(cell.text) > MAX_CELL_CHARACTERS:
        raise CellError(f"单元格超过 {MAX_CELL_CHARACTERS} 个字符")
    if cell.type == "s":
        return cell.text
    if cell.type == "b":
        return "TRUE" if cell.text in ("1", "true") else "FALSE"
    if cell.type == "e":
        raise CellError("单元格是错误值")
    if cell.type == "d":
        return _dated(cell.text, kind)
    if cell.type != "n" or not _NUMBER.fullmatch(cell.text.strip()):
        raise CellError("单元格的内容与其类型不符")
    return _number_text(cell.text.strip(), cell.style, kind, from_1904=from_1904)


def _number_text(text: str, style: Style, kind: pa.DataType | None, *, from_1904: bool) -> str:
    number = float(text)
    if style.date:
        return _dated(_moment(number, from_1904=from_1904), kind)
    if kind is not None and pa.types.is_temporal(kind):
        raise CellError("是数字，单元格不是日期格式，不能确定是哪一天；请设为日期格式")
    if abs(number) >= 10**_EXACT_DIGITS:
        raise CellError(
            f"超过 {_EXACT_DIGITS} 位的数字，末尾几位在表格中已丢失；请将此列设为文本后重新导出"
        )
    plain = format(Decimal(format(number, f".{_EXACT_DIGITS}g")), "f")
    return "0" if plain == "-0" else plain.zfill(style.digits)


def _dated(text: str, kind: pa.DataType | None) -> str:
    if kind is not None and not pa.types.is_temporal(kind):
        raise CellError("单元格是日期，原来的文字或数字已无从得知；请将此列设为文本后重新导出")
    return text


def _moment(serial: float, *, from_1904: bool) -> str:
    if serial < 1:
        raise CellError("只有钟点或为负数，没有这个日期")
    if not from_1904 and int(serial) == _LEAP_BUG:
        raise CellError("没有这个日期：1900-02-29")
    epoch = _EPOCH_1904 if from_1904 else _EPOCH_1900
    if not from_1904 and serial < _LEAP_BUG:
        epoch += timedelta(days=1)
    try:
        moment = epoch + timedelta(milliseconds=round(serial * _DAY_MS))
    except OverflowError:
        raise CellError("没有这个日期") from None
    day_only = (moment - epoch) % timedelta(days=1) == timedelta()
    return moment.date().isoformat() if day_only else moment.isoformat()
