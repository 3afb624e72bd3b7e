"""Rules over the records of one shard; what they say is on disk before the next one begins."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hengjian.engines import local
from hengjian.evidence.snapshot import SnapshotRow
from hengjian.records.kinds import Kind
from hengjian.records.reader import PROVENANCE, Form
from hengjian.scan_folder import SUBJECTS, SUBJECTS_FILE, finding_line
from hengjian.scanning.shard import (
    FINDINGS,
    ROWS,
    Kept,
    Line,
    Tally,
    save_tally,
    write_lines,
    write_rows,
)
from hengjian.scanning.staging import INPUT, Progress, Staged
from hengjian.scanning.work import Unit
from hengjian.violations.finding import OUTCOME
from hengjian.violations.runner import RuleRunner

ROW = ("_source", "_line", "_row_sha256", "_raw", "_input_sha256")
"""What tells where a record was read, and its bytes."""


def undecided_of(outcomes: pa.Array[Any]) -> pa.ListArray[Any]:
    """Return for each record the violations that could not be decided, in order, each once."""
    lists = pc.struct_field(outcomes, "unchecked")
    table = pa.table(
        {
            "row": pc.list_parent_indices(lists),
            "violation": pc.struct_field(pc.list_flatten(lists), "violation"),
        }
    )
    pairs = table.group_by(["row", "violation"]).aggregate([])
    pairs = pairs.sort_by([("row", "ascending"), ("violation", "ascending")])
    rows = np.asarray(pairs.column("row"))
    offsets: Any = pa.array(np.searchsorted(rows, np.arange(len(outcomes) + 1)).astype(np.int32))
    violations = pairs.column("violation").combine_chunks()
    return pa.ListArray.from_arrays(offsets, violations)


def check(
    unit: Unit,
    number: int,
    runner: RuleRunner,
    staged: Staged,
    progress: Progress,
    *,
    keep: bool = False,
) -> bool:
    """Run the rules over a shard, unless an earlier run did; return whether one did.

    Args:
        unit: What the shard is a part of.
        number: Which part.
        runner: The rules for the unit's kind.
        staged: What was noticed on reading.
        progress: Called with `check` and how many more records were checked.
        keep: Leave the records where they are, since a detector reads them later.
    """
    done = unit.shard(number)
    if done.exists():
        progress("check", staged.shards[number])
        return True
    partial = done.with_suffix(".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir()
    _check(unit, number, partial, runner, staged, progress)
    partial.rename(done)
    if not keep:
        unit.staged(number).unlink()
    return False


def _check(
    unit: Unit, number: int, target: Path, runner: RuleRunner, staged: Staged, progress: Progress
) -> None:
    tally = Tally()
    lines: list[Line] = []
    rows: list[Kept] = []
    order = {source.name: place for place, source in enumerate(unit.sources)}
    columns = [*runner.columns, *(n for n in PROVENANCE.names if n != "_raw"), INPUT.name]
    keep = [*about(runner.kind), *ROW]
    with pq.ParquetWriter(target / SUBJECTS_FILE, SUBJECTS, compression="zstd") as subjects:
        for batch in local.map_batches(
            [unit.staged(number)], runner, columns=columns, keep=keep, result=OUTCOME
        ):
            undecided = undecided_of(batch.column("result"))
            subjects.write_batch(_subjects(batch, runner.kind, undecided))
            tally.count(batch.column("result"), undecided)
            for record, findings in _flagged(batch, keep):
                place = order[record["_source"]], record["_line"]
                lines += (
                    (f["violation"], f["finding_id"], *place, finding_line(f)) for f in findings
                )
                rows.append((*place, *snapshot_row(record, unit, staged)))
            progress("check", batch.num_rows)
    write_lines(target / FINDINGS, lines)
    write_rows(target / ROWS, rows)
    save_tally(tally, target)


def about(kind: Kind) -> list[str]:
    """Return the columns that say what a record is about."""
    named = {"record_id", "platform", "shop_id", "of_kind", *kind.id_fields, kind.observed_field}
    return [name for name in kind.schema.names if name in named]


def _flagged(
    batch: pa.RecordBatch, columns: list[str]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield the records that have findings, each with them."""
    findings = pc.struct_field(batch.column("result"), "findings")
    counts = pc.list_value_length(findings).to_pylist()
    flagged = pa.array([place for place, count in enumerate(counts) if count], pa.int64())
    records = batch.select(columns).take(flagged).to_pylist()
    yield from zip(records, findings.take(flagged).to_pylist(), strict=True)


def snapshot_row(record: dict[str, Any], unit: Unit, staged: Staged) -> tuple[SnapshotRow, bytes]:
    """Return a row as evidence keeps it: how it was read, and its bytes."""
    form: Form = staged.forms[record["_source"]]
    row = SnapshotRow(
        row_sha256=record["_row_sha256"],
        record_id=unit.kind.record_id(record),
        kind=unit.kind.name,
        source=record["_source"],
        line=record["_line"],
        input_sha256=record["_input_sha256"],
        format=form.format,
        columns=form.columns,
        rename=unit.sources[0].rename,
        encoding=form.encoding,
    )
    return row, record["_raw"]


def _subjects(batch: pa.RecordBatch, kind: Kind, undecided: pa.ListArray[Any]) -> pa.RecordBatch:
    records = batch.select(about(kind)).to_pylist()
    observed = kind.observed_field
    return pa.RecordBatch.from_pydict(
        {
            "record_id": [kind.record_id(record) for record in records],
            "platform": [record.get("platform") for record in records],
            # A picture speaks of the page that shows it.
            "subject_kind": [record.get("of_kind") or kind.name for record in records],
            "subject_id": [kind.own_id(record) for record in records],
            "shop_id": [record.get("shop_id") for record in records],
            "observed_at": [record[observed] if observed else None for record in records],
            "unchecked": undecided,
        },
        schema=SUBJECTS,
    )
