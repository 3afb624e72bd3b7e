"""The formats that can be read: what yields the rows of a file, by the file's suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hengjian.records.rows import BadRow, Layout, Row, csv_rows, json_rows, parquet_rows
from hengjian.records.sheets import xlsx_rows

FORMATS: dict[str, Callable[[Layout], Iterator[Row | BadRow]]] = {
    ".jsonl": json_rows,
    ".ndjson": json_rows,
    ".csv": csv_rows,
    ".parquet": parquet_rows,
    ".xlsx": xlsx_rows,
}
