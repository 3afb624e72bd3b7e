from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from hengjian.engines.local import BATCH_ROWS, map_batches


def _files(folder: Path, *counts: int) -> list[Path]:
    paths, start = [], 0
    for number, count in enumerate(counts):
        path = folder / f"{number}.parquet"
        pq.write_table(
            pa.table({"n": list(range(start, start + count)), "t": ["字"] * count}), path
        )
        paths.append(path)
        start += count
    return paths


def _double(batch: pa.RecordBatch) -> pa.Array[Any]:
    return pc.multiply(batch.column("n"), 2)


def test_every_row_of_every_file_is_seen_once(tmp_path: Path) -> None:
    files = _files(tmp_path, 3, BATCH_ROWS * 2 + 1, 10)
    batches = map_batches(files, _double, columns=["n"], keep=["n"], result=pa.int64())
    pairs = {row["n"]: row["result"] for batch in batches for row in batch.to_pylist()}
    assert pairs == {n: 2 * n for n in range(BATCH_ROWS * 2 + 14)}


def test_no_files_give_no_batches() -> None:
    assert list(map_batches([], _double, columns=["n"], keep=["n"], result=pa.int64())) == []


def test_a_fault_of_the_function_is_not_swallowed(tmp_path: Path) -> None:
    def fail(_batch: pa.RecordBatch) -> pa.Array[Any]:
        raise ValueError("poison")

    with pytest.raises(Exception, match="poison"):
        list(map_batches(_files(tmp_path, 1), fail, columns=["n"], keep=[], result=pa.int64()))
