"""The stages from records to findings, readable from top to bottom."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hengjian.engines import local
from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import SnapshotRow, keep_rows
from hengjian.records.kinds import Kind, column_of
from hengjian.records.mapping import Mapping
from hengjian.records.reader import (
    PROVENANCE,
    Chunk,
    Form,
    discover,
    fingerprint,
    form_of,
    read,
    root_of,
    source_name,
)
from hengjian.scan_folder import (
    COVERAGE_FILE,
    EVIDENCE_FOLDER,
    REJECTS_FILE,
    SCAN_FILE,
    SUBJECTS,
    SUBJECTS_FILE,
    write_findings,
    write_json,
)
from hengjian.violations.finding import OUTCOME
from hengjian.violations.rule import Rule
from hengjian.violations.runner import RuleRunner

Progress = Callable[[str, int], None]

_INPUT: pa.Field[Any] = pa.field("_input_sha256", pa.string())
_ROW = ("_source", "_line", "_row_sha256", "_raw", "_input_sha256")


@dataclass
class ScanResult:
    """What a scan did.

    Attributes:
        scan_id: Its own id, new for every run.
        records: Records read and checked.
        rejected: Records that broke the contract.
        findings: Findings, each once.
        coverage: The content of coverage.json.
        notes: What the reader noticed, and how often.
        folder: Where everything lies.
    """

    scan_id: str
    folder: Path
    kind: str
    records: int
    rejected: int
    findings: int
    coverage: dict[str, Any]
    notes: dict[str, int]
    seconds: float


@dataclass
class _Staged:
    """The records as Parquet, with what was noticed on the way in."""

    inputs: list[dict[str, Any]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    records: int = 0
    rejected: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    forms: dict[str, Form] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)


def scan(
    path: Path,
    kind: Kind,
    out: Path,
    rules: Iterable[Rule],
    *,
    mapping: Mapping | None = None,
    seeded: frozenset[str] = frozenset(),
    progress: Progress = lambda _stage, _count: None,
) -> ScanResult:
    """Scan records for suspected violations and write findings, coverage, rejects and evidence.

    Args:
        path: A file or folder of records, or a glob of them.
        kind: Their kind.
        out: Folder for what is found; an earlier scan there is replaced, anything else refused.
        rules: The rules; only active ones are run.
        mapping: Names of foreign columns.
        seeded: ids of planted test records, marked in their findings.
        progress: Called with a stage (`read`, `check`) and how many more records it has done.

    Raises:
        HengjianError: The input cannot be read at all, or `out` holds something else.
    """
    started, began = dt.datetime.now(dt.UTC), time.perf_counter()
    runner = RuleRunner(kind, [rule for rule in rules if rule.status == "active"], seeded)
    if not runner.applicable:
        raise HengjianError(f"没有适用于 {kind.name} 的启用规则")
    files = discover(path)
    _check_target(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as temporary:
        target = Path(temporary) / "result"
        target.mkdir()
        staged = _stage(files, root_of(path), kind, mapping, Path(temporary), target, progress)
        found = _check(staged, runner, target, progress)
        coverage = _coverage(runner, staged, found)
        scan_id = uuid.uuid4().hex
        write_json(target / COVERAGE_FILE, coverage)
        write_json(
            target / SCAN_FILE,
            {
                "scan_id": scan_id,
                "kind": kind.name,
                "started_at": started.isoformat(),
                "finished_at": dt.datetime.now(dt.UTC).isoformat(),
                "inputs": staged.inputs,
                "records": staged.records,
                "rejected": staged.rejected,
                "findings": len(found.findings),
                "rules": {rule.id: rule.version for rule in runner.applicable},
                "notes": dict(staged.notes),
            },
        )
        _replace(out, target)
    return ScanResult(
        scan_id=scan_id,
        folder=out,
        kind=kind.name,
        records=staged.records,
        rejected=staged.rejected,
        findings=len(found.findings),
        coverage=coverage,
        notes=dict(staged.notes),
        seconds=time.perf_counter() - began,
    )


def _check_target(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise HengjianError("输出位置不是文件夹", path=out)
    if out.is_dir() and any(out.iterdir()) and not (out / SCAN_FILE).exists():
        raise HengjianError("输出文件夹已有其他内容", path=out, hint="请换一个空文件夹")


def _replace(out: Path, target: Path) -> None:
    if out.exists():
        shutil.rmtree(out)
    target.rename(out)


def _stage(
    files: Sequence[Path],
    root: Path,
    kind: Kind,
    mapping: Mapping | None,
    folder: Path,
    target: Path,
    progress: Progress,
) -> _Staged:
    """Read the files into Parquet, so that the engine sees typed rows; keep what was rejected."""
    staged = _Staged(rename=dict(mapping.rename) if mapping else {})
    schema = pa.schema([*kind.schema, *PROVENANCE, _INPUT])
    with (target / REJECTS_FILE).open("w", encoding="utf-8") as rejects:
        for number, file in enumerate(files):
            sha256, source = fingerprint(file), source_name(file, root)
            staged.forms[source] = form = form_of(file)
            parquet = folder / f"{number:06d}.parquet"
            rows = 0
            with pq.ParquetWriter(parquet, schema, compression="zstd") as writer:
                for chunk in read(file, kind, root=root, mapping=mapping, form=form):
                    rows += chunk.batch.num_rows
                    writer.write_batch(_with_input(chunk.batch, sha256, schema))
                    _note(staged, chunk, kind, rejects)
                    progress("read", chunk.batch.num_rows + len(chunk.rejects))
            staged.records += rows
            staged.inputs.append({"path": source, "sha256": sha256, "records": rows})
            if rows:
                staged.files.append(parquet)
    return staged


def _note(staged: _Staged, chunk: Chunk, kind: Kind, rejects: IO[str]) -> None:
    for reject in chunk.rejects:
        rejects.write(json.dumps(reject.to_json(), ensure_ascii=False) + "\n")
    staged.rejected += len(chunk.rejects)
    staged.notes.update(chunk.notes)
    for name in map(column_of, kind.text_fields):
        staged.absent[name] += chunk.batch.column(name).null_count


def _with_input(batch: pa.RecordBatch, sha256: str, schema: pa.Schema) -> pa.RecordBatch:
    inputs = pa.repeat(pa.scalar(sha256), batch.num_rows)
    return pa.RecordBatch.from_arrays([*batch.columns, inputs], schema=schema)


@dataclass
class _Found:
    """What the rules said of all records."""

    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    unchecked: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    undecided: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)


def _check(staged: _Staged, runner: RuleRunner, target: Path, progress: Progress) -> _Found:
    """Run the rules over the staged records; write findings, subjects and the evidence snapshot."""
    found = _Found()
    rows: dict[tuple[str, int], tuple[SnapshotRow, bytes]] = {}
    columns = [*runner.columns, *(n for n in PROVENANCE.names if n != "_raw"), _INPUT.name]
    keep = [*_about(runner.kind), *_ROW]
    with pq.ParquetWriter(target / SUBJECTS_FILE, SUBJECTS, compression="zstd") as subjects:
        for batch in local.map_batches(
            staged.files, runner, columns=columns, keep=keep, result=OUTCOME
        ):
            subjects.write_batch(_subjects(batch, runner.kind))
            for record in _with_findings(batch, keep):
                rows[record["_source"], record["_line"]] = _snapshot_row(
                    record, runner.kind, staged
                )
            _gather(batch.column("result").to_pylist(), found)
            progress("check", batch.num_rows)
    write_findings(found.findings.values(), target)
    keep_rows(target / EVIDENCE_FOLDER, (rows[key] for key in sorted(rows)))
    return found


def _about(kind: Kind) -> list[str]:
    """Return the columns that say what a record is about."""
    about = {"record_id", "platform", "shop_id", *kind.id_fields, kind.observed_field}
    return [name for name in kind.schema.names if name in about]


def _with_findings(batch: pa.RecordBatch, columns: list[str]) -> list[dict[str, Any]]:
    counts = pc.list_value_length(pc.struct_field(batch.column("result"), "findings"))
    flagged = [position for position, count in enumerate(counts.to_pylist()) if count]
    return batch.select(columns).take(pa.array(flagged, pa.int64())).to_pylist()


def _snapshot_row(record: dict[str, Any], kind: Kind, staged: _Staged) -> tuple[SnapshotRow, bytes]:
    form = staged.forms[record["_source"]]
    row = SnapshotRow(
        row_sha256=record["_row_sha256"],
        record_id=kind.record_id(record),
        kind=kind.name,
        source=record["_source"],
        line=record["_line"],
        input_sha256=record["_input_sha256"],
        format=form.format,
        columns=form.columns,
        rename=staged.rename,
        encoding=form.encoding,
    )
    return row, record["_raw"]


def _subjects(batch: pa.RecordBatch, kind: Kind) -> pa.RecordBatch:
    records = batch.select(_about(kind)).to_pylist()
    observed = kind.observed_field
    unchecked = pc.struct_field(batch.column("result"), "unchecked").to_pylist()
    return pa.RecordBatch.from_pydict(
        {
            "record_id": [kind.record_id(record) for record in records],
            "platform": [record.get("platform") for record in records],
            "subject_kind": [kind.name] * batch.num_rows,
            "subject_id": [kind.own_id(record) for record in records],
            "shop_id": [record.get("shop_id") for record in records],
            "observed_at": [record[observed] if observed else None for record in records],
            "unchecked": [sorted({u["violation"] for u in items}) for items in unchecked],
        },
        schema=SUBJECTS,
    )


def _gather(outcomes: list[Any], found: _Found) -> None:
    for outcome in outcomes:
        for finding in outcome["findings"]:
            found.findings[finding["finding_id"]] = finding
        for violation in {u["violation"] for u in outcome["unchecked"]}:
            found.undecided[violation] += 1
        for what in outcome["unchecked"]:
            found.unchecked[what["violation"]][what["reason"], what["field"]] += 1
        for spent in outcome["seconds"]:
            found.seconds[spent["violation"]] += spent["value"]


def _coverage(runner: RuleRunner, staged: _Staged, found: _Found) -> dict[str, Any]:
    counts = Counter(finding["violation"] for finding in found.findings.values())
    return {
        "kind": runner.kind.name,
        "records": staged.records,
        "rejected": staged.rejected,
        "absent_fields": {name: n for name, n in sorted(staged.absent.items()) if n},
        "violations": {
            rule.id: {
                "title": rule.title,
                "rule_version": rule.version,
                "checked": staged.records - found.undecided[rule.id],
                "not_checked": found.undecided[rule.id],
                **_reasons(found.unchecked[rule.id]),
                "findings": counts[rule.id],
                "seconds": round(found.seconds[rule.id], 6),
            }
            for rule in runner.applicable
        },
    }


def _reasons(unchecked: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    reasons: dict[str, dict[str, int]] = {"missing": {}, "not_in_force": {}, "failed": {}}
    for (reason, what), count in sorted(unchecked.items()):
        reasons[reason][what] = count
    return reasons
