"""One machine: Daft's native runner. Only the engines import the data engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import daft
import pyarrow as pa

BATCH_ROWS = 16_384

Function = Callable[[pa.RecordBatch], "pa.Array[Any]"]


class _Here:
    """A function that stays in this process.

    Daft asks that a function can be pickled, though its native runner calls the very object. A
    function that has built its tables cannot be, and must not have to build them for each call.
    """

    def __init__(self, function: Function) -> None:
        self.function = function

    def __reduce__(self) -> tuple[type[_Here], tuple[Function]]:
        return _Here, (_elsewhere,)


def _elsewhere(_batch: pa.RecordBatch) -> pa.Array[Any]:
    raise RuntimeError("the local engine runs its functions in its own process")


def map_batches(
    files: Sequence[Path],
    function: Function,
    *,
    columns: Sequence[str],
    keep: Sequence[str],
    result: pa.DataType,
) -> Iterator[pa.RecordBatch]:
    """Run a function over all rows of Parquet files, batch by batch and in parallel.

    Args:
        files: Parquet files of one schema.
        function: Takes a batch with `columns`, returns an array of `result` of the same length.
        columns: What the function reads.
        keep: What of the input is yielded beside the result.
        result: Arrow type of the function's array.

    Yields:
        Batches with the columns of `keep` and a column `result`, in no fixed order.
    """
    here = _Here(function)

    def on_series(*series: daft.Series) -> pa.Array[Any]:
        arrays = [column.to_arrow() for column in series]
        return here.function(pa.RecordBatch.from_arrays(arrays, names=list(columns)))

    if not files:
        return
    dtype = daft.DataType.from_arrow_type(result)
    apply = daft.func.batch(return_dtype=dtype, batch_size=BATCH_ROWS)(on_series)
    frame = daft.read_parquet([str(path) for path in files])
    called = apply(*(frame[name] for name in columns)).alias("result")
    yield from frame.select(*(frame[name] for name in keep), called).to_arrow_iter()
