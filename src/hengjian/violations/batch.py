"""All texts of a batch at once, and which words stand in which of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.records.kinds import Kind, column_of
from hengjian.text.matcher import Matches
from hengjian.violations.prefilter import BatchFacts, WordNumbers
from hengjian.violations.row import ANY_FIELD, ATTRIBUTES

_Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BatchTexts:
    """The texts of a batch, one after another.

    Attributes:
        texts: The texts, those of one field after those of another.
        row: The row that each stands in.
    """

    texts: list[str]
    row: _Positions


def texts_of(batch: pa.RecordBatch, fields: Iterable[str]) -> BatchTexts:
    """Return the texts of some fields of a batch, and all values of its attributes.

    Args:
        batch: Records with columns of the contract.
        fields: Fields of texts, lists of texts, or `segments[].text`; others hold no text.
    """
    texts: list[str] = []
    rows: list[_Positions] = [np.zeros(0, dtype=np.int64)]
    names = set(batch.schema.names)
    for name in sorted({*fields, ATTRIBUTES}):
        column, _, part = name.partition("[].")
        if column not in names or ("." in name and not part):
            continue
        for values, positions in _texts_in(batch.column(column), part):
            known = np.asarray(values.is_valid())
            texts += map(str, values.drop_null().to_pylist())
            rows.append(positions[known])
    return BatchTexts(texts, np.concatenate(rows))


def _texts_in(column: pa.Array[Any], part: str) -> Iterator[tuple[pa.Array[Any], _Positions]]:
    if _is_text(column.type):
        yield column, np.arange(len(column))
    elif isinstance(column, pa.MapArray):
        yield _inner(column, column.items), _rows_of(column)
    elif isinstance(column, pa.ListArray | pa.LargeListArray):
        values = column.flatten()
        if part and isinstance(values, pa.StructArray):
            values = values.field(part)
        if _is_text(values.type):
            yield values, _rows_of(column)


def _inner(column: pa.MapArray[Any, Any], values: pa.Array[Any]) -> pa.Array[Any]:
    """Return the values that a map's offsets span; those of a slice may be but a part."""
    first, last = column.offsets[0].as_py(), column.offsets[-1].as_py()
    return values[first:last]


def _rows_of(column: Any) -> _Positions:
    return np.repeat(np.arange(len(column)), np.diff(np.asarray(column.offsets)))


def facts_of(
    batch: pa.RecordBatch,
    texts: BatchTexts,
    matches: Matches,
    kind: Kind,
    numbers: WordNumbers,
) -> BatchFacts:
    """Return what is known of all rows of a batch at once."""
    rows = max(batch.num_rows, 1)
    pairs = np.unique(matches.term * rows + texts.row[matches.text])
    words, starts = np.unique(pairs // rows, return_index=True)
    return BatchFacts(
        rows=batch.num_rows,
        kind=kind,
        words=words,
        starts=[*starts.tolist(), len(pairs)],
        row=pairs % rows,
        numbers=numbers,
        lacking=lambda fieldname: _lacking(batch, fieldname, kind),
        present=lambda column: _present(batch, column),
        labelled=lambda names: _labelled(batch, names),
    )


def _present(batch: pa.RecordBatch, column: str) -> npt.NDArray[np.bool_]:
    if column not in batch.schema.names:
        return np.ones(batch.num_rows, dtype=bool)
    return np.asarray(batch.column(column).is_valid())


def _labelled(batch: pa.RecordBatch, names: frozenset[str]) -> npt.NDArray[np.bool_]:
    found = np.zeros(batch.num_rows, dtype=bool)
    column: Any = batch.column(ATTRIBUTES)
    keys = _inner(column, column.keys)
    wanted = pc.is_in(keys, value_set=pa.array(sorted(names), keys.type))
    found[_rows_of(column)[np.asarray(wanted)]] = True
    return found


def _lacking(batch: pa.RecordBatch, fieldname: str, kind: Kind) -> npt.NDArray[np.bool_]:
    """Return where a test of a field may be unknown: never too few rows."""
    plain = [n for n in kind.text_fields if "[" not in n] if fieldname == ANY_FIELD else [fieldname]
    lacks = np.ones(batch.num_rows, dtype=bool)
    for name in plain:
        if column_of(name) not in kind.schema.names:
            return ~lacks
        if name in batch.schema.names and _is_text(batch.schema.field(name).type):
            lacks &= np.asarray(batch.column(name).is_null())
    return lacks


def _is_text(kind: pa.DataType) -> bool:
    # The data engine hands over large strings.
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
