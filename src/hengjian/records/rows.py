"""Rows of text and Parquet files: each row's values under the contract's field names."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from hengjian.errors import HengjianError
from hengjian.records.encodings import UTF_8
from hengjian.records.lines import KEPT_BYTES, MAX_ROW_BYTES, TOO_LONG, Line, read_lines

_PARQUET_ROWS = 64
_MAX_GROUP_BYTES = 512 * 1024 * 1024
_MAX_RATIO = 200
# Names in a broken schema need not be text.
_PARQUET_FAULTS = (pa.ArrowException, OSError, UnicodeDecodeError)


@dataclass(frozen=True)
class Layout:
    """What a format must know to read one file.

    Attributes:
        path: The file.
        schema: Arrow schema of the kind's contract.
        needed: Fields that the file itself must hold: required and not assumed.
        rename: Contract field by source column.
        encoding: Of a CSV file; other formats have their own.
    """

    path: Path
    schema: pa.Schema
    needed: frozenset[str]
    rename: Mapping[str, str]
    encoding: str


class Row(NamedTuple):
    """One row: the line on which it starts, its bytes without terminator, its values.

    `notes` are the liberties taken to read it, in Chinese.
    """

    line: int
    raw: bytes
    values: dict[str, Any]
    notes: tuple[str, ...] = ()


class BadRow(NamedTuple):
    """A row that can't be read as its format, with the Chinese reason."""

    line: int
    raw: bytes
    reason: str
    field: str | None = None
    value: object = None


class RowError(Exception):
    """Why a row can't be read, in Chinese, with the field and value at fault if they are known."""

    def __init__(self, reason: str, field: str | None = None, value: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.value = value


def json_rows(layout: Layout) -> Iterator[Row | BadRow]:
    """Yield the rows of JSON Lines: one object a line, blank lines skipped.

    Raises:
        HengjianError: The file can't be read.
    """
    for line in read_lines(layout.path):
        raw = _without_terminator(line.data)
        if line.fault:
            yield BadRow(line.number, raw, line.fault)
        elif raw.strip():
            try:
                yield Row(line.number, raw, _renamed(_object(raw), layout.rename))
            except RowError as fault:
                yield BadRow(line.number, raw, fault.reason, fault.field, fault.value)


def csv_rows(layout: Layout) -> Iterator[Row | BadRow]:
    """Yield the rows of CSV with a header; an empty cell is an absent value.

    Cells of lists and maps hold JSON.

    Raises:
        HengjianError: The file can't be read, or its header is broken, names a field twice, or
            lacks a needed one.
    """
    records = _csv_records(layout.path, layout.encoding)
    columns = _columns(next(records, None), layout)
    decoders = [cell_decoder(layout.schema, column) for column in columns]
    for record in records:
        try:
            cells = _cells(record, len(columns), layout.encoding)
            values = {
                column: decode(column, cell)
                for column, decode, cell in zip(columns, decoders, cells, strict=True)
                if cell
            }
        except RowError as fault:
            yield BadRow(record.line, record.raw, fault.reason, fault.field, fault.value)
        else:
            yield Row(record.line, record.raw, values)


def csv_header(path: Path, encoding: str) -> list[str]:
    """Return a CSV file's header as it stands there; empty where the file is empty."""
    header = next(_csv_records(path, encoding), None)
    return header.cells if header else []


def parquet_rows(layout: Layout) -> Iterator[Row | BadRow]:
    """Yield the rows of a Parquet file; each row's bytes are its JSON, its line is its number.

    Raises:
        HengjianError: Not a Parquet file, one that would fill the memory, or a schema that names a
            field twice or lacks a needed one.
    """
    file = _parquet_file(layout.path)
    columns_of(file.schema_arrow.names, 1, layout)
    number = 0
    try:
        for batch in file.iter_batches(_PARQUET_ROWS):
            # Row by row: a short dictionary can stand for texts that together fill the memory.
            for position in range(batch.num_rows):
                number += 1
                yield _parquet_row(number, batch.slice(position, 1), layout)
    except _PARQUET_FAULTS as error:
        yield BadRow(number + 1, b"", f"Parquet数据损坏：{error}")


def _parquet_file(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
        texts = [f.name for f in file.schema_arrow if pa.types.is_string(f.type)]
        file = pq.ParquetFile(path, read_dictionary=texts)
    except _PARQUET_FAULTS as error:
        raise HengjianError(f"不是可读的Parquet文件：{error}", path=path) from None
    # Only the sizes of whole groups are asked for: pyarrow's view of a broken column chunk ends the
    # process.
    packed = path.stat().st_size
    for index in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(index).total_byte_size
        if size > _MAX_GROUP_BYTES or size > max(MAX_ROW_BYTES, _MAX_RATIO * packed):
            raise HengjianError(
                f"第 {index + 1} 个行组展开后过大",
                path=path,
                hint=f"请用不超过 {_MAX_GROUP_BYTES // 1024 // 1024} MiB 的行组另存",
            )
    return file


def _parquet_row(number: int, row: pa.RecordBatch, layout: Layout) -> Row | BadRow:
    raw = b""
    try:
        [values] = row.to_pylist(maps_as_pydicts="strict")
        raw = canonical(values)
        if len(raw) > MAX_ROW_BYTES:
            return BadRow(number, raw[:KEPT_BYTES], TOO_LONG)
        return Row(number, raw, _renamed(_object(raw), layout.rename))
    except RowError as fault:
        return BadRow(number, raw, fault.reason, fault.field, fault.value)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        return BadRow(number, raw, f"含无法读取的值：{error}")


def canonical(values: dict[str, Any]) -> bytes:
    """Return a row as JSON of which the bytes don't depend on the order of its columns."""
    text = json.dumps(
        values,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        sort_keys=True,
        default=_json_value,
    )
    return text.encode()


def _json_value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _without_terminator(data: bytes) -> bytes:
    return data.removesuffix(b"\n").removesuffix(b"\r")


def _decoded(raw: bytes, encoding: str = UTF_8) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"不是{encoding.upper()}编码（第 {error.start + 1} 字节）"
        raise RowError(reason) from None


def _object(raw: bytes) -> dict[str, Any]:
    value = _json(_decoded(raw))
    if not isinstance(value, dict):
        raise RowError("应为JSON对象", value=value)
    return value


def _renamed(values: dict[str, Any], rename: Mapping[str, str]) -> dict[str, Any]:
    if not rename:
        return values
    renamed: dict[str, Any] = {}
    for name, value in values.items():
        field = rename.get(name, name)
        if field in renamed:
            raise RowError("列映射后两列对应同一字段", field)
        renamed[field] = value
    return renamed


def _json(text: str) -> Any:
    try:
        return _JSON.decode(text)
    except json.JSONDecodeError as error:
        raise RowError(f"不是有效的JSON（第 {error.pos + 1} 个字符处）") from None
    except RecursionError:
        raise RowError("JSON嵌套过深") from None
    except (InvalidOperation, ValueError):
        raise RowError("含位数过多的数字") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        name, times = Counter(name for name, _ in pairs).most_common(1)[0]
        raise RowError(f"同一个键出现 {times} 次", name)
    return values


def _no_constant(name: str) -> NoReturn:
    raise RowError(f"不是有效的JSON：{name} 不是数字")


_JSON = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_constant
)


class _CsvRecord(NamedTuple):
    line: int
    raw: bytes
    cells: list[str]
    fault: str | None


class _Taken:
    """The lines that the csv module has taken for the record in hand."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.line = 0
        self.raw = bytearray()

    def reset(self) -> None:
        self.line = 0
        self.raw.clear()

    def take(self, line: Line) -> str:
        self.line = self.line or line.number
        self.raw += line.data
        if line.fault:
            raise RowError(line.fault)
        if len(self.raw) > MAX_ROW_BYTES:
            del self.raw[KEPT_BYTES:]
            raise RowError(TOO_LONG)
        try:
            return line.data.decode(self.encoding)
        except UnicodeDecodeError:
            # The row is rejected whole. A lenient decoder could take a quote for part of a
            # character, and so shift the rows after it; Latin-1 leaves every ASCII byte alone.
            return line.data.decode("latin-1")


def _csv_records(path: Path, encoding: str) -> Iterator[_CsvRecord]:
    # The module's own limit is 128 KiB a cell, less than many a detail text.
    csv.field_size_limit(MAX_ROW_BYTES)
    taken = _Taken(encoding)
    reader = csv.reader(map(taken.take, read_lines(path)), strict=True)
    while True:
        taken.reset()
        cells, fault = [], None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = _csv_reason(str(error))
        except RowError as error:
            fault = error.reason
        if cells or fault:
            raw = _without_terminator(bytes(taken.raw))
            yield _CsvRecord(taken.line, raw, cells, fault)


def _csv_reason(message: str) -> str:
    if message == "unexpected end of data":
        return "引号没有闭合，直到文件结尾"
    if "expected after" in message:
        return "结束引号之后应为逗号或换行"
    if message.startswith("new-line character"):
        return "引号之外有单独的回车符"
    return f"不是有效的CSV：{message}"


def _columns(header: _CsvRecord | None, layout: Layout) -> list[str]:
    if header is None:
        raise HengjianError("文件是空的，没有表头", path=layout.path, line=1)
    try:
        names = _cells(header, len(header.cells), layout.encoding)
    except RowError as fault:
        raise HengjianError(
            f"无法读取表头：{fault.reason}",
            path=layout.path,
            line=header.line,
            hint="请检查文件，或另存为UTF-8编码的CSV",
        ) from None
    return columns_of(names, header.line, layout)


def columns_of(names: Sequence[str], line: int, layout: Layout) -> list[str]:
    """Return the contract's fields, or names unknown to it, by the names in a header.

    Raises:
        HengjianError: A field is named twice, or a needed one isn't.
    """
    columns = [layout.rename.get(name.strip(), name.strip()) for name in names]
    if not columns:
        raise HengjianError("文件是空的，没有表头", path=layout.path, line=line)
    column, times = Counter(columns).most_common(1)[0]
    if times > 1:
        raise HengjianError(
            f"表头中有 {times} 列对应同一字段", path=layout.path, line=line, field=column
        )
    missing = [name for name in layout.schema.names if name in layout.needed - set(columns)]
    if missing:
        raise HengjianError(
            f"表头缺少必填列：{'、'.join(missing)}",
            path=layout.path,
            line=line,
            field=missing[0],
            hint="列名不同时，请用列映射文件的 rename 对应，或用 assume 给出",
        )
    return columns


def _cells(record: _CsvRecord, count: int, encoding: str) -> list[str]:
    if record.fault:
        raise RowError(record.fault)
    _decoded(record.raw, encoding)
    if len(record.cells) != count:
        raise RowError(f"应有 {count} 格，实有 {len(record.cells)} 格")
    return record.cells


def cell_decoder(schema: pa.Schema, column: str) -> Callable[[str, str], Any]:
    """Return what makes a field's value of its column's name and a cell's text."""
    index = schema.get_field_index(column)
    if index < 0:
        return _text_cell
    kind = schema.field(index).type
    if pa.types.is_boolean(kind):
        return _bool_cell
    return _json_cell if pa.types.is_nested(kind) else _text_cell


def _text_cell(_column: str, cell: str) -> str:
    return cell


_BOOLEANS = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}


def _bool_cell(_column: str, cell: str) -> bool | str:
    return _BOOLEANS.get(cell.strip().lower(), cell)


def _json_cell(column: str, cell: str) -> Any:
    try:
        return _json(cell)
    except RowError as fault:
        raise RowError(fault.reason, column, cell) from None
