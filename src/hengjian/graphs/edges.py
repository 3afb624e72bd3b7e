"""A plain list of edges, who rated what and when, read into arrays of numbers."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hengjian.errors import HengjianError
from hengjian.records.lines import read_lines
from hengjian.records.reasons import os_reason, shown

Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]
Ids = list[str] | list[int]

USER_FIELDS, ITEM_FIELDS = ("rater", "user"), ("ratee", "item")
RATING, TIME = "rating", "time"

# Times without a zone are China's.
_ZONE = dt.timezone(dt.timedelta(hours=8))
_BLOCK_BYTES = 16 * 1024 * 1024
_HINT = "每行需要 rater 与 ratee（或 user 与 item），可另有 rating（数）与 time（秒数或 ISO 8601）"


class Edges(NamedTuple):
    """Edges from users to items, in an order that does not hang on that of the rows.

    Attributes:
        users: Number of the user of each edge; numbers follow the sorted ids.
        items: Number of the item of each edge.
        ratings: What was given; not a number where it is unknown.
        times: Seconds since 1970; not a number where it is unknown.
        user_ids: The user of each number.
        item_ids: The item of each number.
        user_kind: What the input calls users: `rater` or `user`.
        item_kind: What it calls items: `ratee` or `item`.
    """

    users: Numbers
    items: Numbers
    ratings: Floats
    times: Floats
    user_ids: Ids
    item_ids: Ids
    user_kind: str = "rater"
    item_kind: str = "ratee"


class BadEdge(NamedTuple):
    """A row that is no edge: its line (of Parquet its row), from 1, the field, and why."""

    line: int
    field: str | None
    value: str | None
    reason: str


class _Columns(NamedTuple):
    users: pa.Array[Any]
    items: pa.Array[Any]
    ratings: Floats
    times: Floats


def read_edges(path: Path) -> tuple[Edges, list[BadEdge]]:
    """Read a list of edges: JSON Lines, gzip too, or Parquet.

    Returns:
        The edges, and the rows that are none.

    Raises:
        HengjianError: The file can't be read, lacks a field, or holds no edge at all.
    """
    read = _read_parquet if path.suffix.lower() == ".parquet" else _read_json
    kinds, columns, bad = read(path)
    if not len(columns.users):
        if bad:
            first = bad[0]
            raise HengjianError(
                f"没有一行可用：{first.reason}",
                path=path,
                line=first.line,
                field=first.field,
                hint=_HINT,
            )
        raise HengjianError("文件是空的，没有一条边", path=path, hint=_HINT)
    return _numbered(columns, *kinds), bad


def make_edges(
    users: Sequence[str] | Sequence[int],
    items: Sequence[str] | Sequence[int],
    ratings: Sequence[float] | Floats | None = None,
    times: Sequence[float] | Floats | None = None,
) -> Edges:
    """Return edges of ids; ratings and times that are not given are unknown."""
    unknown = np.full(len(users), np.nan)
    return _numbered(
        _Columns(
            pa.array(users),
            pa.array(items),
            unknown if ratings is None else np.asarray(ratings, dtype=np.float64),
            unknown if times is None else np.asarray(times, dtype=np.float64),
        ),
        "rater",
        "ratee",
    )


def _numbered(columns: _Columns, user_kind: str, item_kind: str) -> Edges:
    users, user_ids = _numbers(columns.users)
    items, item_ids = _numbers(columns.items)
    order = _order(users, items, columns, len(item_ids))
    return Edges(
        users[order],
        items[order],
        columns.ratings[order],
        columns.times[order],
        user_ids,
        item_ids,
        user_kind,
        item_kind,
    )


def _numbers(ids: pa.Array[Any]) -> tuple[Numbers, Ids]:
    """Return the number of each id, and the ids sorted by what they are, not where they stand."""
    coded: Any = pc.dictionary_encode(ids)
    order = pc.sort_indices(coded.dictionary)
    number = np.empty(len(order), dtype=np.int32)
    number[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    sorted_ids: Ids = coded.dictionary.take(order).to_pylist()
    return number[coded.indices.to_numpy()], sorted_ids


def _order(users: Numbers, items: Numbers, columns: _Columns, count: int) -> NDArray[np.intp]:
    """Return the edges sorted by user, item, time and rating."""
    keys = users.astype(np.int64) * count + items
    order = np.argsort(keys)
    keys = keys[order]
    same = keys[1:] == keys[:-1]
    repeated = np.flatnonzero(np.append(same, False) | np.append(False, same))
    several = order[repeated]
    inside = np.lexsort((columns.ratings[several], columns.times[several], keys[repeated]))
    order[repeated] = several[inside]
    return order


def _kinds(names: Sequence[str], path: Path, line: int | None) -> tuple[str, str]:
    found = []
    for fields in (USER_FIELDS, ITEM_FIELDS):
        held = [name for name in fields if name in names]
        if not held:
            raise HengjianError(
                "缺少必填字段", path=path, line=line, field="/".join(fields), hint=_HINT
            )
        found.append(held[0])
    return found[0], found[1]


def _read_json(path: Path) -> tuple[tuple[str, str], _Columns, list[BadEdge]]:
    first = _first_row(path)
    if first is None:
        return ("rater", "ratee"), _columns([]), _bad_lines(path)
    line, row = first
    kinds = _kinds(list(row), path, line)
    whole = _read_regular(path, kinds, row)
    if whole is not None:
        return kinds, whole, []
    rows: list[tuple[Any, Any, float, float]] = []
    bad: list[BadEdge] = []
    for outcome in _json_rows(path, kinds):
        if isinstance(outcome, BadEdge):
            bad.append(outcome)
        else:
            rows.append(outcome)
    return kinds, _columns(rows), bad


def _first_row(path: Path) -> tuple[int, dict[str, Any]] | None:
    """Return the first row that names a user and an item; if none does, the first that is one."""
    first = None
    for line in read_lines(path):
        row = _row(line.data)
        if row is None or line.fault:
            continue
        first = first or (line.number, row)
        if all(any(name in row for name in fields) for fields in (USER_FIELDS, ITEM_FIELDS)):
            return line.number, row
    return first


def _row(data: bytes) -> dict[str, Any] | None:
    try:
        row = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return row if isinstance(row, dict) else None


def _bad_lines(path: Path) -> list[BadEdge]:
    return [bad for bad in _json_rows(path, ("rater", "ratee")) if isinstance(bad, BadEdge)]


def _read_regular(path: Path, kinds: tuple[str, str], row: Mapping[str, Any]) -> _Columns | None:
    """Read a file of which every row is as the first: many times faster; None: it isn't."""
    types: dict[str, pa.DataType] = {
        kind: pa.int64() if type(row[kind]) is int else pa.string() for kind in kinds
    }
    types[RATING] = pa.float64()
    types[TIME] = pa.string() if isinstance(row.get(TIME), str) else pa.float64()
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            table = pj.read_json(
                cast(IO[bytes], stream),
                read_options=pj.ReadOptions(block_size=_BLOCK_BYTES),
                parse_options=pj.ParseOptions(
                    explicit_schema=pa.schema(list(types.items())),
                    unexpected_field_behavior="ignore",
                ),
            )
        columns, bad = _checked(table, kinds)
    except (pa.ArrowException, OSError):
        return None
    return None if bad else columns


def _json_rows(
    path: Path, kinds: tuple[str, str]
) -> Iterator[tuple[Any, Any, float, float] | BadEdge]:
    for line in read_lines(path):
        if line.fault:
            yield BadEdge(line.number, None, None, line.fault)
        elif line.data.strip():
            row = _row(line.data)
            if row is None:
                yield BadEdge(line.number, None, None, "不是有效的JSON对象")
            else:
                yield _edge(row, kinds, line.number)


def _edge(
    row: Mapping[str, Any], kinds: tuple[str, str], line: int
) -> tuple[Any, Any, float, float] | BadEdge:
    for kind in kinds:
        if reason := _id_fault(row.get(kind)):
            return BadEdge(line, kind, shown(row.get(kind)), reason)
    rating, time = row.get(RATING), row.get(TIME)
    if rating is not None and not _is_number(rating):
        return BadEdge(line, RATING, shown(rating), "不是数")
    seconds = _seconds(time)
    if seconds is None:
        return BadEdge(line, TIME, shown(time), "不是时间（秒数或 ISO 8601）")
    user, item = (row[kind] for kind in kinds)
    return user, item, math.nan if rating is None else float(rating), seconds


def _id_fault(value: object) -> str | None:
    if value is None or value == "":
        return "缺少必填字段"
    fits = isinstance(value, str) or (type(value) is int and -(2**63) <= value < 2**63)
    return None if fits else "应为文字或整数"


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


def _seconds(time: object) -> float | None:
    """Return seconds since 1970; not a number where there is no time, None where it is none."""
    if time is None:
        return math.nan
    if _is_number(time):
        return float(time)  # type: ignore[arg-type]
    if isinstance(time, dt.date) and not isinstance(time, dt.datetime):
        time = time.isoformat()
    if isinstance(time, str):
        try:
            time = dt.datetime.fromisoformat(time)
        except ValueError:
            return None
    if not isinstance(time, dt.datetime):
        return None
    return (time if time.tzinfo else time.replace(tzinfo=_ZONE)).timestamp()


def _columns(rows: Sequence[tuple[Any, Any, float, float]]) -> _Columns:
    users, items, ratings, times = zip(*rows, strict=True) if rows else ((), (), (), ())
    return _Columns(
        _id_array(users),
        _id_array(items),
        np.array(ratings, dtype=np.float64),
        np.array(times, dtype=np.float64),
    )


def _id_array(ids: Sequence[Any]) -> pa.Array[Any]:
    whole = all(type(each) is int for each in ids)
    return pa.array(ids, pa.int64()) if whole else pa.array(map(str, ids), pa.string())


def _read_parquet(path: Path) -> tuple[tuple[str, str], _Columns, list[BadEdge]]:
    try:
        names = pq.read_schema(path).names
        kinds = _kinds(names, path, None)
        wanted = [*kinds, *(name for name in (RATING, TIME) if name in names)]
        table = pq.read_table(path, columns=wanted, partitioning=None)
    except OSError as error:
        raise HengjianError(f"无法读取：{os_reason(error)}", path=path) from None
    except pa.ArrowException as error:
        raise HengjianError("不是可读的 Parquet 文件", path=path, hint=shown(str(error))) from None
    for kind in kinds:
        if not _holds_ids(table.schema.field(kind).type):
            raise HengjianError("应为文字或整数", path=path, field=kind, hint=_HINT)
    columns, bad = _checked(table, kinds)
    return kinds, columns, bad


def _holds_ids(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(
        test(kind) for test in (pa.types.is_integer, pa.types.is_string, pa.types.is_large_string)
    )


def _checked(table: pa.Table, kinds: tuple[str, str]) -> tuple[_Columns, list[BadEdge]]:
    """Take the columns of a table apart: the rows that are edges, and the others."""
    faults: dict[int, BadEdge] = {}
    ids = []
    for kind in kinds:
        column = _plain(table[kind])
        ids.append(column)
        lacking = column.is_null()
        if not pa.types.is_int64(column.type):
            lacking = pc.or_kleene(lacking, pc.equal(column, pa.scalar("")))
        for row in _where(lacking):
            faults.setdefault(row, BadEdge(row + 1, kind, None, "缺少必填字段"))
    ratings, strange = _floats(table, RATING)
    for row in strange:
        value = shown(table[RATING][row].as_py())
        faults.setdefault(row, BadEdge(row + 1, RATING, value, "不是数"))
    times, strange = _floats(table, TIME)
    for row in strange:
        value = shown(str(table[TIME][row].as_py()))
        faults.setdefault(row, BadEdge(row + 1, TIME, value, "不是时间（秒数或 ISO 8601）"))
    bad = [faults[row] for row in sorted(faults)]
    if bad:
        good = np.ones(table.num_rows, dtype=np.bool_)
        good[sorted(faults)] = False
        ids = [column.filter(pa.array(good)) for column in ids]
        ratings, times = ratings[good], times[good]
    return _Columns(ids[0], ids[1], ratings, times), bad


def _where(mask: Any) -> list[int]:
    array = mask.to_numpy(zero_copy_only=False)
    return [int(row) for row in np.flatnonzero(array)]


def _plain(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    whole = column.cast(pa.int64() if pa.types.is_integer(kind) else pa.string())
    return pa.concat_arrays(whole.chunks) if whole.chunks else pa.array([], whole.type)


def _floats(table: pa.Table, name: str) -> tuple[Floats, list[int]]:
    """Return a column as numbers, a time as seconds, and the rows that hold none."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan), []
    column = table[name]
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(table.num_rows, np.nan), []
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if numeric:
        values = column.cast(pa.float64(), safe=False).to_numpy()
        known = column.is_valid().to_numpy()
        return values, [int(row) for row in np.flatnonzero(known & ~np.isfinite(values))]
    if name != TIME:
        return np.full(table.num_rows, np.nan), [
            int(row) for row in np.flatnonzero(column.is_valid().to_numpy())
        ]
    return _moments(column)


def _moments(column: pa.ChunkedArray[Any]) -> tuple[Floats, list[int]]:
    known = column.is_valid().to_numpy()
    for zoned in (True, False):
        try:
            moments = column.cast(pa.timestamp("us", tz="UTC" if zoned else None), safe=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue
        naive = not zoned or (pa.types.is_timestamp(column.type) and column.type.tz is None)
        seconds = moments.cast(pa.int64()).to_numpy() / 1e6
        if naive:
            offset = _ZONE.utcoffset(None)
            seconds = seconds - offset.total_seconds()
        return np.where(known, seconds, np.nan), []
    found = [_seconds(value) for value in column.to_pylist()]
    strange = [row for row, value in enumerate(found) if value is None]
    values = [math.nan if value is None else value for value in found]
    return np.array(values, dtype=np.float64), strange
