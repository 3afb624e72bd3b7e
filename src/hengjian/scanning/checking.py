"""Rules over the records of one shard; what they say is on disk before the next one begins."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
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
from hengjian.scanning.staging import INPUT, Progress, Staged
from hengjian.scanning.work import Unit
from hengjian.violations.finding import OUTCOME
from hengjian.violations.runner import RuleRunner

FINDINGS = "findings.tsv"
ROWS = "rows.parquet"
_TALLY = "tally.json"
_ROW = ("_source", "_line", "_row_sha256", "_raw", "_input_sha256")
_ROW_FIELDS: list[pa.Field[Any]] = [
    pa.field("row", pa.string()),
    pa.field("raw", pa.large_binary()),
]
_ROWS = pa.schema(_ROW_FIELDS)
_ROWS_AT_ONCE = 512


@dataclass
class Tally:
    """How the rules fared.

    Attributes:
        undecided: By violation, how many records a rule could not decide.
        unchecked: By violation, how often for which reason and field.
        seconds: By violation.
    """

    records: int = 0
    undecided: Counter[str] = field(default_factory=Counter)
    unchecked: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add what came of other records."""
        self.records += other.records
        self.undecided.update(other.undecided)
        self.seconds.update(other.seconds)
        for violation, reasons in other.unchecked.items():
            self.unchecked[violation].update(reasons)

    def count(self, outcomes: pa.Array[Any], undecided: pa.ListArray[Any]) -> None:
        """Count what came of some records: an array of OUTCOME, and `undecided_of` it."""
        self.records += len(outcomes)
        unchecked = pc.list_flatten(pc.struct_field(outcomes, "unchecked"))
        counts: Any = pc.value_counts(undecided.flatten())
        for item in counts.to_pylist():
            self.undecided[item["values"]] += item["counts"]
        for item in _counted(unchecked):
            self.unchecked[item["violation"]][item["reason"], item["field"]] += item["count"]
        seconds: Any = pc.list_flatten(pc.struct_field(outcomes, "seconds"))
        for spent in seconds.to_pylist():
            self.seconds[spent["violation"]] += spent["value"]


def _counted(unchecked: pa.Array[Any]) -> list[dict[str, Any]]:
    """Return each violation, reason and field with how often it is told."""
    names = ["violation", "reason", "field"]
    table = pa.table({name: pc.struct_field(unchecked, name) for name in names})
    counts = table.group_by(names).aggregate([([], "count_all")])
    found: list[dict[str, Any]] = counts.rename_columns([*names, "count"]).to_pylist()
    return found


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


def check(unit: Unit, number: int, runner: RuleRunner, staged: Staged, progress: Progress) -> bool:
    """Run the rules over a shard, unless an earlier run did; return whether one did.

    Args:
        unit: What the shard is a part of.
        number: Which part.
        runner: The rules for the unit's kind.
        staged: What was noticed on reading.
        progress: Called with `check` and how many more records were checked.
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
    unit.staged(number).unlink()
    return False


def _check(
    unit: Unit, number: int, target: Path, runner: RuleRunner, staged: Staged, progress: Progress
) -> None:
    tally = Tally()
    lines: list[tuple[str, str, int, int, str]] = []
    rows: list[tuple[int, int, SnapshotRow, bytes]] = []
    order = {source.name: place for place, source in enumerate(unit.sources)}
    columns = [*runner.columns, *(n for n in PROVENANCE.names if n != "_raw"), INPUT.name]
    keep = [*_about(runner.kind), *_ROW]
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
                rows.append((*place, *_snapshot_row(record, unit, staged)))
            progress("check", batch.num_rows)
    _write_lines(target / FINDINGS, sorted(lines))
    _write_rows(target / ROWS, sorted(rows, key=lambda row: row[:2]))
    _save(tally, target / _TALLY)


def _about(kind: Kind) -> list[str]:
    """Return the columns that say what a record is about."""
    about = {"record_id", "platform", "shop_id", *kind.id_fields, kind.observed_field}
    return [name for name in kind.schema.names if name in about]


def _flagged(
    batch: pa.RecordBatch, columns: list[str]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield the records that have findings, each with them."""
    findings = pc.struct_field(batch.column("result"), "findings")
    counts = pc.list_value_length(findings).to_pylist()
    flagged = pa.array([place for place, count in enumerate(counts) if count], pa.int64())
    records = batch.select(columns).take(flagged).to_pylist()
    yield from zip(records, findings.take(flagged).to_pylist(), strict=True)


def _snapshot_row(record: dict[str, Any], unit: Unit, staged: Staged) -> tuple[SnapshotRow, bytes]:
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
    records = batch.select(_about(kind)).to_pylist()
    observed = kind.observed_field
    return pa.RecordBatch.from_pydict(
        {
            "record_id": [kind.record_id(record) for record in records],
            "platform": [record.get("platform") for record in records],
            "subject_kind": [kind.name] * batch.num_rows,
            "subject_id": [kind.own_id(record) for record in records],
            "shop_id": [record.get("shop_id") for record in records],
            "observed_at": [record[observed] if observed else None for record in records],
            "unchecked": undecided,
        },
        schema=SUBJECTS,
    )


def _write_lines(path: Path, lines: list[tuple[str, str, int, int, str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for violation, finding_id, _, _, line in lines:
            file.write(f"{violation}\t{finding_id}\t{line}\n")


def _write_rows(path: Path, rows: list[tuple[int, int, SnapshotRow, bytes]]) -> None:
    table = pa.Table.from_pydict(
        {
            "row": [json.dumps(asdict(row), ensure_ascii=False) for _, _, row, _ in rows],
            "raw": [raw for *_, raw in rows],
        },
        schema=_ROWS,
    )
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS_AT_ONCE)


def read_rows(shard: Path) -> Iterator[tuple[SnapshotRow, bytes]]:
    """Yield the rows of a checked shard that have findings, in the order of the input."""
    for batch in pq.ParquetFile(shard / ROWS).iter_batches(_ROWS_AT_ONCE):
        for item in batch.to_pylist():
            yield SnapshotRow(**json.loads(item["row"])), item["raw"]


def _save(tally: Tally, path: Path) -> None:
    unchecked = [
        [violation, *what, count]
        for violation, reasons in tally.unchecked.items()
        for what, count in reasons.items()
    ]
    content = {**vars(tally), "unchecked": unchecked}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def read_tally(shard: Path) -> Tally:
    """Return how the rules fared on a checked shard."""
    content = json.loads((shard / _TALLY).read_text(encoding="utf-8"))
    tally = Tally(
        content["records"], Counter(content["undecided"]), seconds=Counter(content["seconds"])
    )
    for violation, reason, what, count in content["unchecked"]:
        tally.unchecked[violation][reason, what] = count
    return tally
