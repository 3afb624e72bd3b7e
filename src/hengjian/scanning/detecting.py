"""Detectors over all records of a market; what each says is on disk before the next one begins."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hengjian.scan_folder import finding_line
from hengjian.scanning.checking import ROW, about, snapshot_row
from hengjian.scanning.shard import FINDINGS, ROWS, Kept, Tally, save_tally, write_lines, write_rows
from hengjian.scanning.staging import Staged
from hengjian.scanning.work import Unit
from hengjian.violations.detection import Detected, detect, finding_of
from hengjian.violations.detector import Detector
from hengjian.violations.finding import digest
from hengjian.violations.rule import Rule
from hengjian.violations.suspicion import Suspicion

VERDICTS = "verdicts.jsonl"

Record = dict[str, Any]
Loaded = dict[tuple[str, ...], pa.Table]
"""Tables by their kind and columns."""


@dataclass(frozen=True)
class Records:
    """All records of one kind, as they were staged.

    Attributes:
        units: What was read of the kind, in the order of the input.
    """

    units: Sequence[tuple[Unit, Staged]]

    @property
    def count(self) -> int:
        """How many records there are."""
        return sum(staged.records for _, staged in self.units)

    @property
    def key(self) -> list[str]:
        """What changes when the records do."""
        return [unit.folder.name for unit, _ in self.units]

    def table(self, columns: Sequence[str]) -> pa.Table:
        """Return some columns of all records."""
        return pa.concat_tables(
            pq.read_table(unit.staged(number), columns=list(columns))
            for unit, staged in self.units
            for number in range(len(staged.shards))
        )

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, Record, Unit, Staged]]:
        """Yield the rows at some places, each once: what they are about, and where they stood."""
        wanted, begin = np.unique(np.asarray(places, dtype=np.int64)), 0
        for unit, staged in self.units:
            for number, count in enumerate(staged.shards):
                here = wanted[(wanted >= begin) & (wanted < begin + count)]
                path = unit.staged(number)
                columns = [*about(unit.kind), *_region(unit), *ROW]
                for place, record in _taken(path, columns, (here - begin).tolist()):
                    record["record_id"] = unit.kind.record_id(record)
                    yield begin + place, record, unit, staged
                begin += count


def _region(unit: Unit) -> list[str]:
    return ["region"] if "region" in unit.kind.schema.names else []


def _taken(path: Path, columns: Sequence[str], places: list[int]) -> Iterator[tuple[int, Record]]:
    """Yield rows of a Parquet file by their places, reading only the groups that hold them."""
    if not places:
        return
    file = pq.ParquetFile(path)
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    for group, end in enumerate(accumulate(sizes)):
        begin = end - sizes[group]
        here = [place for place in places if begin <= place < end]
        if here:
            rows = file.read_row_group(group, columns=list(columns))
            taken = rows.take(pa.array([place - begin for place in here], pa.int64()))
            yield from zip(here, taken.to_pylist(), strict=True)


def runnable(detector: Detector, market: Mapping[str, Records]) -> bool:
    """Tell whether records of all kinds that a detector cannot do without were read."""
    return all(kind in market and market[kind].count for kind in detector.reads)


def detect_all(
    rule: Rule,
    detector: Detector,
    market: Mapping[str, Records],
    work: Path,
    seeded: frozenset[str],
    loaded: Loaded,
) -> Path:
    """Run a detector, unless an earlier run of this scan did; return the folder of its outcome.

    Args:
        rule: What it belongs to.
        detector: The detector; it must be runnable.
        market: All records, by kind.
        work: The work folder.
        seeded: ids of planted test records.
        loaded: Tables of detectors that ran before; what this one reads takes their place.
    """
    read = {kind: market[kind].key for kind in detector.kinds if kind in market}
    done = work / f"detector-{digest([rule.id, rule.version, read])}"
    if done.exists():
        return done
    partial = done.with_suffix(".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir()
    started = time.perf_counter()
    tables = _tables(detector, {kind: market[kind] for kind in read}, loaded)
    found = detect(detector, tables)
    tally = _tally(rule, found)
    _write(rule, found, tally, market, partial, seeded)
    tally.seconds.update({rule.id: time.perf_counter() - started})
    save_tally(tally, partial)
    partial.rename(done)
    return done


def _tables(
    detector: Detector, market: Mapping[str, Records], loaded: Loaded
) -> dict[str, pa.Table]:
    """Return the tables of a detector; one that the detector before had is the very same."""
    wanted = {kind: (kind, *detector.columns(kind)) for kind in market}
    for key in loaded.keys() - wanted.values():
        del loaded[key]
    for kind, key in wanted.items():
        if key not in loaded:
            loaded[key] = market[kind].table(key[1:])
    return {kind: loaded[key] for kind, key in wanted.items()}


def _tally(rule: Rule, found: Detected) -> Tally:
    reasons = Counter({("missing", name): count for name, count in found.missing.items()})
    if found.failed is not None:
        reasons["failed", found.failed] = found.rows
    unchecked = defaultdict(Counter, {rule.id: reasons})
    return Tally(found.rows, Counter({rule.id: found.undecided}), unchecked)


def _write(
    rule: Rule,
    found: Detected,
    tally: Tally,
    market: Mapping[str, Records],
    target: Path,
    seeded: frozenset[str],
) -> None:
    records, kept = _rested_on(found.suspicions, market)
    lines = []
    for suspicion in found.suspicions:
        finding = finding_of(
            rule, suspicion, lambda kind, places: [records[kind][p] for p in places], seeded
        )
        if finding is None:
            tally.unchecked[rule.id]["not_in_force", "conduct_from"] += 1
        else:
            lines.append((rule.id, finding["finding_id"], 0, 0, finding_line(finding)))
    write_lines(target / FINDINGS, lines)
    write_rows(target / ROWS, kept)
    with (target / VERDICTS).open("w", encoding="utf-8") as file:
        for verdict in found.verdicts:
            row = {"violation": rule.id, **verdict._asdict()}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rested_on(
    suspicions: Sequence[Suspicion], market: Mapping[str, Records]
) -> tuple[dict[str, dict[int, Record]], list[Kept]]:
    """Return the rows that suspicions rest on, by kind and place, and as evidence keeps them."""
    places: dict[str, list[int]] = defaultdict(list)
    for suspicion in suspicions:
        for kind, of_kind in suspicion.rests_on.items():
            places[kind] += of_kind
    records: dict[str, dict[int, Record]] = {}
    kept: list[Kept] = []
    for number, kind in enumerate(places):
        records[kind] = {}
        for place, record, unit, staged in market[kind].rows(places[kind]):
            kept.append((number, place, *snapshot_row(record, unit, staged)))
            records[kind][place] = {name: record[name] for name in record if name != "_raw"}
    return records, kept
