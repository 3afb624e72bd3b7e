"""The stages from records to findings, readable from top to bottom."""

from __future__ import annotations

import datetime as dt
import errno
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import SnapshotRow, keep_rows
from hengjian.records.kinds import Kind
from hengjian.records.mapping import Mapping as ColumnMapping
from hengjian.scan_folder import (
    COVERAGE_FILE,
    EVIDENCE_FOLDER,
    REJECTS_FILE,
    SCAN_FILE,
    SUBJECTS_FILE,
    VERDICTS_FILE,
    write_findings,
    write_json,
    write_lines_of,
    write_subjects,
)
from hengjian.scanning.checking import check
from hengjian.scanning.coverage import KindCount, coverage
from hengjian.scanning.detecting import VERDICTS, Loaded, Records, detect_all, runnable
from hengjian.scanning.pictured import labels_in_pictures
from hengjian.scanning.shard import FINDINGS, read_rows, read_tally
from hengjian.scanning.sources import Sources, sources_of
from hengjian.scanning.staging import Progress, Staged, stage
from hengjian.scanning.work import Unit, open_work, units_of
from hengjian.violations.catalogue import check_areas
from hengjian.violations.detector import Detector
from hengjian.violations.finding import digest
from hengjian.violations.rule import Rule
from hengjian.violations.runner import LabelsInPictures, RuleRunner
from hengjian.violations.sharing import sharing

SHARD_ROWS = 50_000

_DISK = {errno.ENOSPC: "磁盘已满", errno.EDQUOT: "磁盘配额已用完", errno.EROFS: "磁盘只读"}


@dataclass
class ScanResult:
    """What a scan did.

    Attributes:
        scan_id: Its own id, new for every run.
        kind: The kind of the records; `market`: several.
        records: Records read and checked.
        rejected: Records that broke the contract.
        findings: Findings, each once.
        coverage: The content of coverage.json.
        notes: What the reader noticed, and how often.
        faults: What is wrong with files that could not be read to their end.
        taken_over: Records whose checks an earlier, unfinished run had done.
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
    faults: list[str]
    taken_over: int
    seconds: float


@dataclass
class _Progressed:
    """What has been read and checked so far."""

    kinds: dict[str, KindCount]
    units: list[tuple[Unit, Staged]] = field(default_factory=list)
    detected: dict[str, Path] = field(default_factory=dict)
    taken_over: int = 0

    @property
    def shards(self) -> list[Path]:
        """The checked shards, in the order of the input."""
        return [
            unit.shard(number)
            for unit, staged in self.units
            if self.kinds[unit.kind.name].rules
            for number in range(len(staged.shards))
        ]

    @property
    def outcomes(self) -> list[Path]:
        """The folders of all that was said: by rules, shard by shard, then by detectors."""
        return [*self.shards, *self.detected.values()]

    @property
    def market(self) -> dict[str, Records]:
        """All records by kind."""
        kinds: dict[str, list[tuple[Unit, Staged]]] = {}
        for unit, staged in self.units:
            kinds.setdefault(unit.kind.name, []).append((unit, staged))
        return {name: Records(units) for name, units in kinds.items()}

    @property
    def faults(self) -> list[HengjianError]:
        """What is wrong with files that could not be read to their end."""
        return [HengjianError(**fault) for _, staged in self.units for fault in staged.faults]


def scan(
    path: Path,
    kind: Kind,
    out: Path,
    rules: Iterable[Rule],
    *,
    mapping: ColumnMapping | None = None,
    seeded: frozenset[str] = frozenset(),
    progress: Progress = lambda _stage, _count: None,
) -> ScanResult:
    """Scan the records of one kind; `scan_market` can do more.

    Args:
        path: A file or folder of records, or a glob of them.
        kind: Their kind.
        out: Folder for what is found.
        rules: All rules; only active ones are run.
        mapping: Names of foreign columns.
        seeded: ids of planted test records.
        progress: Called with a stage and how many more records it has done.

    Raises:
        HengjianError: The input cannot be read at all, or `out` holds something else.
    """
    sources = sources_of(path, kind, mapping)
    return scan_market(sources, out, rules, seeded=seeded, progress=progress)


def scan_market(
    sources: Sources,
    out: Path,
    rules: Iterable[Rule],
    *,
    areas: frozenset[str] | None = None,
    since: dt.date | None = None,
    seeded: frozenset[str] = frozenset(),
    resume: bool = False,
    progress: Progress = lambda _stage, _count: None,
    shard_rows: int = SHARD_ROWS,
) -> ScanResult:
    """Scan records for suspected violations and write findings, coverage, rejects and evidence.

    What was finished stays in a work folder beside `out` until the scan is whole.

    Args:
        sources: The files, of one kind or of several.
        out: Folder for what is found; an earlier scan there is replaced, anything else refused.
        rules: All rules; only active ones are run.
        areas: The areas to check; None: all.
        since: Records seen before this day in Shanghai are left out; None: none are.
        seeded: ids of planted test records, marked in their findings.
        resume: Take over what an unfinished run of the same scan finished.
        progress: Called with a stage (`read`, `check`) and how many more records it has done.
        shard_rows: After how many records work is kept, about.

    Raises:
        HengjianError: The input cannot be read at all, no rule applies to it, an area is unknown,
            `out` holds something else, or the disk is full.
    """
    started, began = dt.datetime.now(dt.UTC), time.perf_counter()
    all_rules = list(rules)
    plan = _plan(sources, all_rules, areas, seeded)
    _check_target(out)
    with _told_when_full(out), open_work(out, resume=resume) as work:
        made_with = _made_with(plan, since, seeded, shard_rows)
        done = _Progressed(_kind_counts(plan.runners))
        for unit in units_of(sources.files, work, made_with):
            _stage_and_check(unit, plan, done, since, shard_rows, progress)
        _refuse_if_nothing_was_read(done)
        _detect(plan.detecting, done, work, seeded, progress)
        target = work / "result"
        result = _write(done, sources, all_rules, areas, plan, target, started)
        _replace(out, target)
    return ScanResult(**result, folder=out, seconds=time.perf_counter() - began)


@dataclass(frozen=True)
class _Plan:
    """What is to be run.

    Attributes:
        runners: The rules on single records, by kind.
        detecting: The rules whose detector may have something to read.
        in_pictures: Labels that the pictures of pages show.
    """

    runners: Mapping[str, RuleRunner]
    detecting: Sequence[Rule]
    in_pictures: LabelsInPictures

    def detected(self, kind: Kind) -> bool:
        """Tell whether a detector reads a kind."""
        return any(rule.detector and kind.name in rule.detector.kinds for rule in self.detecting)


def _plan(
    sources: Sources,
    rules: Sequence[Rule],
    areas: frozenset[str] | None,
    seeded: frozenset[str],
) -> _Plan:
    """Return what is to be run.

    Raises:
        HengjianError: An area is unknown, or nothing applies to what is read.
    """
    check_areas(areas or frozenset())
    active = [
        rule
        for rule in rules
        if rule.status == "active" and (areas is None or rule.id.partition(".")[0] in areas)
    ]
    shown = labels_in_pictures(sources.files)
    runners = {kind.name: RuleRunner(kind, active, seeded, shown) for kind in sources.kinds}
    detecting = [
        rule for rule in active if rule.detector and runners.keys() >= rule.detector.reads.keys()
    ]
    if not detecting and not any(runner.applicable for runner in runners.values()):
        raise HengjianError(f"没有适用于 {'、'.join(runners)} 的启用规则")
    return _Plan(runners, detecting, shown)


def _made_with(
    plan: _Plan,
    since: dt.date | None,
    seeded: frozenset[str],
    shard_rows: int,
) -> dict[str, Any]:
    """Return what must be the same, beside the input, for work to be taken over."""
    rules = [rule for runner in plan.runners.values() for rule in runner.applicable]
    versions = {rule.id: rule.version for rule in [*rules, *plan.detecting]}
    shown = [[*page, *sorted(labels)] for page, labels in sorted(plan.in_pictures.items())]
    return {
        "rules": versions,
        "since": since,
        "seeded": sorted(seeded),
        "shard_rows": shard_rows,
        "in_pictures": digest(shown),
    }


def _kind_counts(runners: Mapping[str, RuleRunner]) -> dict[str, KindCount]:
    return {
        name: KindCount(frozenset(rule.id for rule in runner.applicable))
        for name, runner in runners.items()
    }


def _check_target(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise HengjianError("输出位置不是文件夹", path=out)
    if out.is_dir() and any(out.iterdir()) and not (out / SCAN_FILE).exists():
        raise HengjianError("输出文件夹已有其他内容", path=out, hint="请换一个空文件夹")


@contextmanager
def _told_when_full(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        hint = "处理后加 --resume 接着扫描"
        raise HengjianError(f"无法写入：{_DISK[error.errno]}", path=out, hint=hint) from error


def _stage_and_check(
    unit: Unit,
    plan: _Plan,
    done: _Progressed,
    since: dt.date | None,
    shard_rows: int,
    progress: Progress,
) -> None:
    """Read a unit and run the rules over it, shard by shard; each is kept once it is checked."""
    runner, detected = plan.runners[unit.kind.name], plan.detected(unit.kind)
    staged = stage(
        unit,
        since=since,
        shard_rows=shard_rows,
        keep=bool(runner.applicable) or detected,
        progress=progress,
    )
    done.units.append((unit, staged))
    count = done.kinds[unit.kind.name]
    count.add(staged)
    if not runner.applicable:
        return
    for number, rows in enumerate(staged.shards):
        if check(unit, number, runner, staged, progress, keep=detected):
            done.taken_over += rows
        count.tally.add(read_tally(unit.shard(number)))


def _detect(
    rules: Sequence[Rule],
    done: _Progressed,
    work: Path,
    seeded: frozenset[str],
    progress: Progress,
) -> None:
    """Run the detectors that have something to read; those that read the same share it."""
    market = done.market
    ready = [(rule, rule.detector) for rule in rules if rule.detector]
    ready = [(rule, detector) for rule, detector in ready if runnable(detector, market)]
    folders: dict[str, Path] = {}
    for _columns, alike in groupby(sorted(ready, key=_counted), _counted):
        loaded: Loaded = {}
        with sharing():
            for rule, detector in alike:
                folders[rule.id] = detect_all(rule, detector, market, work, seeded, loaded)
                progress("detect", 1)
    done.detected.update((rule.id, folders[rule.id]) for rule, _detector in ready)


def _counted(ready: tuple[Rule, Detector]) -> tuple[str, ...]:
    """Return the kind and the columns that a detector counts and reads."""
    detector = ready[1]
    return detector.kind, *detector.columns(detector.kind)


def _refuse_if_nothing_was_read(done: _Progressed) -> None:
    files = sum(len(staged.inputs) for _, staged in done.units)
    if len(done.faults) == files:
        raise done.faults[0]


def _write(
    done: _Progressed,
    sources: Sources,
    rules: Sequence[Rule],
    areas: frozenset[str] | None,
    plan: _Plan,
    target: Path,
    started: dt.datetime,
) -> dict[str, Any]:
    """Put the shards together as the folder of the result; return what the scan did."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir()
    write_lines_of((unit.folder / REJECTS_FILE for unit, _ in done.units), target / REJECTS_FILE)
    verdicts = (folder / VERDICTS for folder in done.detected.values())
    write_lines_of(verdicts, target / VERDICTS_FILE)
    write_subjects((shard / SUBJECTS_FILE for shard in done.shards), target)
    keep_rows(target / EVIDENCE_FOLDER, _rows_once(done.outcomes))
    findings = write_findings([folder / FINDINGS for folder in done.outcomes], target)
    detected = {violation: read_tally(folder) for violation, folder in done.detected.items()}
    covered = coverage(done.kinds, rules, findings, areas, detected)
    write_json(target / COVERAGE_FILE, covered)
    result = {
        "scan_id": uuid.uuid4().hex,
        "kind": covered["kind"],
        "records": covered["records"],
        "rejected": covered["rejected"],
        "findings": findings.total(),
        "notes": _notes(done, sources),
        "faults": [str(fault) for fault in done.faults],
    }
    write_json(
        target / SCAN_FILE,
        {
            **result,
            "started_at": started.isoformat(),
            "finished_at": dt.datetime.now(dt.UTC).isoformat(),
            "inputs": [each for _, staged in done.units for each in staged.inputs],
            **_rules_run(plan),
        },
    )
    return {**result, "coverage": covered, "taken_over": done.taken_over}


def _notes(done: _Progressed, sources: Sources) -> dict[str, int]:
    notes = Counter(f"已跳过 {what}" for what in sources.skipped)
    for _, staged in done.units:
        notes.update(staged.notes)
    return dict(notes)


def _rows_once(folders: Iterable[Path]) -> Iterator[tuple[SnapshotRow, bytes]]:
    """Yield the rows that findings rest on; one may speak for a rule and for a detector."""
    seen: set[tuple[str, int]] = set()
    for folder in folders:
        for row, content in read_rows(folder):
            if (row.source, row.line) not in seen:
                seen.add((row.source, row.line))
                yield row, content


def _rules_run(plan: _Plan) -> dict[str, Any]:
    versions = {rule.id: rule.version for rule in plan.detecting}
    kinds: dict[str, list[str]] = {}
    for name, runner in plan.runners.items():
        for rule in runner.applicable:
            versions[rule.id] = rule.version
            kinds.setdefault(rule.id, []).append(name)
    return {"rules": versions, "rule_kinds": kinds}


def _replace(out: Path, target: Path) -> None:
    if out.exists():
        shutil.rmtree(out)
    target.rename(out)
