"""What lies on disk of records that were checked: findings, the rows they rest on, how it went."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hengjian.evidence.snapshot import SnapshotRow

FINDINGS = "findings.tsv"
ROWS = "rows.parquet"
_TALLY = "tally.json"
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


Line = tuple[str, str, int, int, str]
"""A finding: violation, finding_id, file and line of its row, the finding as JSON."""
Kept = tuple[int, int, SnapshotRow, bytes]
"""A row that findings rest on: file and line, how it was read, its bytes."""


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    """Write findings, sorted by violation and id."""
    with path.open("w", encoding="utf-8") as file:
        for violation, finding_id, _, _, line in sorted(lines):
            file.write(f"{violation}\t{finding_id}\t{line}\n")


def write_rows(path: Path, rows: Iterable[Kept]) -> None:
    """Write the rows that findings rest on, in the order of the input."""
    ordered = sorted(rows, key=lambda row: row[:2])
    table = pa.Table.from_pydict(
        {
            "row": [json.dumps(asdict(row), ensure_ascii=False) for _, _, row, _ in ordered],
            "raw": [raw for *_, raw in ordered],
        },
        schema=_ROWS,
    )
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS_AT_ONCE)


def read_rows(shard: Path) -> Iterator[tuple[SnapshotRow, bytes]]:
    """Yield the rows of a checked shard that have findings, in the order of the input."""
    for batch in pq.ParquetFile(shard / ROWS).iter_batches(_ROWS_AT_ONCE):
        for item in batch.to_pylist():
            yield SnapshotRow(**json.loads(item["row"])), item["raw"]


def save_tally(tally: Tally, folder: Path) -> None:
    """Write how the rules fared."""
    unchecked = [
        [violation, *what, count]
        for violation, reasons in tally.unchecked.items()
        for what, count in reasons.items()
    ]
    content = {**vars(tally), "unchecked": unchecked}
    (folder / _TALLY).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def read_tally(shard: Path) -> Tally:
    """Return how the rules fared on a checked shard."""
    content = json.loads((shard / _TALLY).read_text(encoding="utf-8"))
    tally = Tally(
        content["records"], Counter(content["undecided"]), seconds=Counter(content["seconds"])
    )
    for violation, reason, what, count in content["unchecked"]:
        tally.unchecked[violation][reason, what] = count
    return tally
