"""Columns of Arrow tables as arrays that a detector can reckon with; unknown stays unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = Ints | Sequence[int]

DAY = 86_400
# China has one zone and no summer time (since 1992).
_ZONE_SECONDS = 8 * 3600


class Groups(NamedTuple):
    """Rows by what they have in common.

    Attributes:
        number: The group of every row; -1 where one of the columns is null.
        keys: The values of each group.
    """

    number: Ints
    keys: list[tuple[Any, ...]]

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.keys)

    def total(self, chosen: Bools) -> Ints:
        """Return for each group how many of the chosen rows it has."""
        inside = chosen & (self.number >= 0)
        return np.bincount(self.number[inside], minlength=self.size)


def known(table: pa.Table, name: str) -> Bools:
    """Return where a field is known."""
    return np.asarray(table.column(name).is_valid())


def equals(table: pa.Table, name: str, *values: Any) -> Bools:
    """Return where a field has one of some values; where it is null it has none."""
    column = table.column(name)
    found: Any = pc.is_in(column, pa.array(values, column.type))
    return np.asarray(found.fill_null(False))


def floats(table: pa.Table, name: str, rows: Rows | None = None) -> Floats:
    """Return money, counts or measures as floating numbers, null as not-a-number.

    Args:
        table: The records.
        name: The column.
        rows: Of which it is wanted; None: of all. Few rows cost little, however many there are.
    """
    column: Any = _at(table, name, rows)
    values = np.asarray(column.cast(pa.float64()).fill_null(np.nan))
    if pa.types.is_decimal(column.type):
        # Arrow makes 57.400000000000006 of 57.40.
        return np.round(values, column.type.scale)
    return values


def seconds(table: pa.Table, name: str, rows: Rows | None = None) -> Floats:
    """Return times as seconds since 1970, UTC; null as not-a-number.

    Args:
        table: The records.
        name: The column.
        rows: As of `floats`.
    """
    column: Any = _at(table, name, rows).cast(pa.int64())
    micros = np.asarray(column.fill_null(0)).astype(np.float64)
    micros[~np.asarray(column.is_valid())] = np.nan
    return micros / 1e6


def _at(table: pa.Table, name: str, rows: Rows | None) -> Any:
    column = table.column(name)
    return column if rows is None else column.take(pa.array(rows, pa.int64()))


def shanghai_days(moments: Floats) -> Ints:
    """Return the day in Shanghai of times in seconds, as days since 1970-01-01; unknown: -1."""
    days = np.floor((moments + _ZONE_SECONDS) / DAY)
    return np.where(np.isnan(days), -1, days).astype(np.int64)


def moment(second: float) -> dt.datetime:
    """Return a time in seconds since 1970 as a datetime in UTC."""
    return dt.datetime.fromtimestamp(second, dt.UTC)


def strings(table: pa.Table, name: str) -> list[str | None]:
    """Return a text column as Python strings."""
    found: list[str | None] = table.column(name).to_pylist()
    return found


def grouped(table: pa.Table, names: Sequence[str]) -> Groups:
    """Return the rows grouped by some columns, in the order of the sorted keys."""
    numbered = table.select(list(names)).append_column(
        "_row", pa.array(range(table.num_rows), pa.int64())
    )
    keys = table.select(list(names)).group_by(list(names)).aggregate([])
    keys = keys.drop_null()
    keys = keys.sort_by([(name, "ascending") for name in names])
    keys = keys.append_column("_group", pa.array(range(keys.num_rows), pa.int64()))
    joined = numbered.join(keys, keys=list(names), join_type="left outer").sort_by("_row")
    number: Any = joined.column("_group")
    columns = [keys.column(name).to_pylist() for name in names]
    return Groups(np.asarray(number.fill_null(-1)), list(zip(*columns, strict=True)))


def places(mask: Bools) -> list[int]:
    """Return where a mask holds, as places in the table."""
    found: list[int] = np.flatnonzero(mask).tolist()
    return found
