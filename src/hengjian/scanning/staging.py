"""Records as Parquet, shard by shard, so that the engine sees typed rows; rejects are kept."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hengjian.errors import HengjianError
from hengjian.law.resolve import SHANGHAI
from hengjian.records.kinds import Kind, column_of
from hengjian.records.reader import PROVENANCE, Chunk, Form, form_of, read
from hengjian.scan_folder import REJECTS_FILE
from hengjian.scanning.sources import Source
from hengjian.scanning.work import Unit

Progress = Callable[[str, int], None]

INPUT: pa.Field[Any] = pa.field("_input_sha256", pa.string())
_STAGED = "staged.json"


@dataclass
class Staged:
    """What was noticed while a unit was read.

    Attributes:
        inputs: Every file with its kind, hash, and number of records.
        shards: How many records each shard holds.
        faults: Files that could not be read to their end, as arguments of HengjianError.
        forms: What a row of each file must be read with, by the file's name.
    """

    inputs: list[dict[str, Any]] = field(default_factory=list)
    shards: list[int] = field(default_factory=list)
    records: int = 0
    rejected: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)
    forms: dict[str, Form] = field(default_factory=dict)


def stage(
    unit: Unit, *, since: dt.date | None, shard_rows: int, keep: bool, progress: Progress
) -> Staged:
    """Read a unit, or take over what an earlier run read of it.

    Args:
        unit: What to read.
        since: Records seen before this day in Shanghai are left out; None: none are.
        shard_rows: Records in a shard, about.
        keep: Whether any rule wants the records; if not, they are only counted.
        progress: Called with `read` and how many more rows were read.
    """
    if (unit.folder / _STAGED).exists():
        earlier = _load(unit.folder / _STAGED)
        # A file that could not be read may have been mended since.
        if not earlier.faults:
            progress("read", earlier.records + earlier.rejected)
            return earlier
    if unit.folder.exists():
        shutil.rmtree(unit.folder)
    unit.folder.mkdir()
    staged = Staged()
    schema = pa.schema([*unit.kind.schema, *PROVENANCE, INPUT])
    with (
        (unit.folder / REJECTS_FILE).open("w", encoding="utf-8") as rejects,
        _Shards(unit, schema, shard_rows if keep else None) as shards,
    ):
        for source, sha256 in zip(unit.sources, unit.sha256, strict=True):
            before = staged.records
            try:
                for chunk, recent in _chunks(source, since, staged):
                    shards.write(_with_input(recent, sha256, schema))
                    _note(staged, chunk, recent, unit.kind, rejects)
                    progress("read", chunk.batch.num_rows + len(chunk.rejects))
            except HengjianError as error:
                staged.faults.append(_fault(error, source))
            staged.inputs.append(_input(source, sha256, staged.records - before))
    staged.shards = shards.rows
    _save(staged, unit.folder / _STAGED)
    return staged


def _chunks(
    source: Source, since: dt.date | None, staged: Staged
) -> Iterator[tuple[Chunk, pa.RecordBatch]]:
    """Yield what the reader says, with the records that are recent enough."""
    form = staged.forms[source.name] = form_of(source.path)
    for chunk in read(
        source.path, source.kind, root=source.root, mapping=source.mapping, form=form
    ):
        yield chunk, _recent(chunk.batch, source.kind, since, staged.notes)


def _input(source: Source, sha256: str, records: int) -> dict[str, Any]:
    return {"path": source.name, "kind": source.kind.name, "sha256": sha256, "records": records}


def _recent(
    batch: pa.RecordBatch, kind: Kind, since: dt.date | None, notes: Counter[str]
) -> pa.RecordBatch:
    """Return the records seen since a day; one that does not say when it was seen stays."""
    if since is None or not batch.num_rows:
        return batch
    if kind.observed_field is None:
        _count(notes, "没有时间，仍予检查", batch.num_rows)
        return batch
    observed = batch.column(kind.observed_field)
    _count(notes, "时间未知，仍予检查", observed.null_count)
    start = dt.datetime.combine(since, dt.time(), SHANGHAI)
    late: Any = pc.greater_equal(observed, pa.scalar(start, observed.type))
    recent = batch.filter(late.fill_null(True))
    _count(notes, f"早于 {since}，未检查", batch.num_rows - recent.num_rows)
    return recent


def _count(notes: Counter[str], note: str, count: int) -> None:
    if count:
        notes[note] += count


def _note(
    staged: Staged, chunk: Chunk, recent: pa.RecordBatch, kind: Kind, rejects: IO[str]
) -> None:
    for reject in chunk.rejects:
        rejects.write(json.dumps(reject.to_json(), ensure_ascii=False) + "\n")
    staged.records += recent.num_rows
    staged.rejected += len(chunk.rejects)
    staged.notes.update(chunk.notes)
    for name in map(column_of, kind.text_fields):
        _count(staged.absent, name, recent.column(name).null_count)


def _with_input(batch: pa.RecordBatch, sha256: str, schema: pa.Schema) -> pa.RecordBatch:
    inputs = pa.repeat(pa.scalar(sha256), batch.num_rows)
    return pa.RecordBatch.from_arrays([*batch.columns, inputs], schema=schema)


def _fault(error: HengjianError, source: Source) -> dict[str, Any]:
    return {
        "message": error.message,
        "path": str(error.path or source.path),
        "line": error.line,
        "field": error.field,
        "hint": error.hint,
    }


class _Shards:
    """Parquet files of about so many rows each; without a number of rows, nothing is written."""

    def __init__(self, unit: Unit, schema: pa.Schema, most: int | None) -> None:
        self.rows: list[int] = []
        self._unit = unit
        self._schema = schema
        self._most = most
        self._writer: pq.ParquetWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        if self._most is None or not batch.num_rows:
            return
        if self._writer is None or self.rows[-1] >= self._most:
            self._close()
            path = self._unit.staged(len(self.rows))
            self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
            self.rows.append(0)
        self._writer.write_batch(batch)
        self.rows[-1] += batch.num_rows

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()


def _save(staged: Staged, path: Path) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(vars(staged), ensure_ascii=False), encoding="utf-8")
    partial.replace(path)


def _load(path: Path) -> Staged:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Staged(
        **{
            **content,
            "notes": Counter(content["notes"]),
            "absent": Counter(content["absent"]),
            "forms": {name: Form(*form) for name, form in content["forms"].items()},
        }
    )
