"""Which row of another kind belongs to a row, and when a group was last heard of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.violations.columns import Floats, Ints

_BETWEEN = "\x1f"


def row_of(wanted: pa.Table, names: Sequence[str], among: pa.Table, keys: Sequence[str]) -> Ints:
    """Return for each row the place of the first row of another table with the same key; -1: none.

    Args:
        wanted: The rows.
        names: Its text columns that make the key; a null has no partner.
        among: The other table.
        keys: Its columns, in the same order.
    """
    found: Any = pc.index_in(joined_key(wanted, names), joined_key(among, keys), skip_nulls=True)
    return np.asarray(found.fill_null(-1)).astype(np.int64)


def latest(group: Ints, moments: Floats, size: int) -> Floats:
    """Return the latest known moment of each group; not-a-number: it has none."""
    found = np.full(size, -np.inf)
    inside = (group >= 0) & ~np.isnan(moments)
    np.maximum.at(found, group[inside], moments[inside])
    found[np.isinf(found)] = np.nan
    return found


def joined_key(table: pa.Table, names: Sequence[str]) -> pa.Array[Any]:
    """Return some text columns of each row as one text; null where one of them is."""
    columns: list[Any] = [table.column(name).combine_chunks() for name in names]
    keys: pa.Array[Any] = pc.binary_join_element_wise(*columns, pa.scalar(_BETWEEN))
    return keys


def key_parts(key: str) -> list[str]:
    """Return what `joined_key` joined."""
    return key.split(_BETWEEN)
