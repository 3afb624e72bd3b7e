"""Acts by who did them: codes for what rows have in common, and the densest stretch of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.violations.columns import Bools, Floats, Ints, Rows, seconds
from hengjian.violations.finding import digest

_ID_LENGTH = 12


def codes(table: pa.Table, *names: str) -> Ints:
    """Return a number for every row, the same where some columns are the same; null: -1."""
    result = np.zeros(table.num_rows, dtype=np.int64)
    for name in names:
        column: Any = table.column(name).combine_chunks()
        encoded = column.dictionary_encode()
        values = np.asarray(encoded.indices.fill_null(-1)).astype(np.int64)
        unknown = (values < 0) | (result < 0)
        result = np.where(unknown, -1, result * (len(encoded.dictionary) + 1) + values)
        if len(names) > 1:
            result = _dense(result)
    return result


def pairs(first: Ints, second: Ints) -> Ints:
    """Return a number for every pair of codes; -1 where the first is -1."""
    low = second - second.min(initial=0)
    joined = first * (low.max(initial=0) + 1) + low
    return _dense(np.where(first < 0, -1, joined))


def _dense(values: Ints) -> Ints:
    dense = np.full(len(values), -1, dtype=np.int64)
    known = values >= 0
    dense[known] = np.unique(values[known], return_inverse=True)[1]
    return dense


def firsts(values: Ints, times: Floats) -> Bools:
    """Return where a code stands for the first time; those of -1 are never."""
    order = np.lexsort((times, values))
    ranked = values[order]
    begins = np.ones(len(values), dtype=np.bool_)
    begins[1:] = ranked[1:] != ranked[:-1]
    found = np.zeros(len(values), dtype=np.bool_)
    found[order] = begins
    return found & (values >= 0)


def distinct(unit: Ints, values: Ints, size: int) -> Ints:
    """Return for each unit how many codes its rows have; -1 counts nothing."""
    kept = (unit >= 0) & (values >= 0)
    if not kept.any():
        return np.zeros(size, dtype=np.int64)
    width = int(values.max()) + 1
    both = np.unique(unit[kept] * width + values[kept])
    return np.bincount(both // width, minlength=size)


class Windows(NamedTuple):
    """The densest stretch of each unit, in places of `rows`.

    Attributes:
        rows: Rows of the units, by unit and time.
        begin: Where each unit's stretch begins in `rows`.
        end: Behind its last.
    """

    rows: Ints
    begin: Ints
    end: Ints

    def of(self, unit: int) -> Ints:
        """Return the rows of a unit's stretch, by time."""
        return self.rows[self.begin[unit] : self.end[unit]]


def densest_windows(unit: Ints, times: Floats, width: float) -> Windows:
    """Return for each unit the stretch of time that holds the most of its rows.

    Args:
        unit: The unit of every row, from 0; -1: none.
        times: Seconds; none is not-a-number.
        width: Of the stretch, seconds.
    """
    rows = np.flatnonzero(unit >= 0)
    rows = rows[np.lexsort((rows, times[rows], unit[rows]))]
    if not len(rows):
        return Windows(rows, rows, rows)
    units, moments = unit[rows], times[rows] - times[rows].min()
    key = units * (moments.max() + 2 * width) + moments
    reach = np.searchsorted(key, key + width, side="right")
    counts = reach - np.arange(len(rows))
    # Of several stretches with as many rows, the earliest.
    order = np.lexsort((np.arange(len(rows)), -counts, units))
    best = order[np.unique(units[order], return_index=True)[1]]
    begin = np.zeros(units.max() + 1, dtype=np.int64)
    end = np.zeros_like(begin)
    begin[units[best]], end[units[best]] = best, reach[best]
    return Windows(rows, begin, end)


def many(table: pa.Table, column: str, unit_rows: Ints) -> list[str]:
    """Return the values of a text column at some rows, each once, sorted, without null."""
    values = table.column(column).take(unit_rows).unique().to_pylist()
    return sorted(value for value in values if value is not None)


def texts_at(table: pa.Table, name: str, rows: Ints) -> list[str]:
    """Return a text column at some rows; null as the empty text."""
    return [text or "" for text in table.column(name).take(rows).to_pylist()]


def by_time(table: pa.Table, times: Floats, rows: Ints) -> Ints:
    """Return rows by their times, in seconds, and those of one time by their ids."""
    return _ordered(table, times[rows], rows)


def by_creation(table: pa.Table, rows: Rows) -> Ints:
    """Return rows by when they were created, and those of one time by their ids."""
    return _ordered(table, seconds(table, "created_at", rows), np.asarray(rows, dtype=np.int64))


def _ordered(table: pa.Table, moments: Floats, rows: Ints) -> Ints:
    ids = texts_at(table, "record_id", rows)
    order = sorted(range(len(rows)), key=lambda place: (moments[place], ids[place]))
    return rows[order]


def shared(unit: Ints, users: Ints, least: int) -> Ints:
    """Return the units of rows where so many users share them; elsewhere -1."""
    counts = distinct(unit, users, int(unit.max(initial=-1)) + 2)
    return np.where((unit >= 0) & (counts[unit] >= least), unit, -1)


def group_id(members: Iterable[str]) -> str:
    """Return the id of a group: one that changes when its members do."""
    return f"group-{digest(sorted(members))[:_ID_LENGTH]}"
