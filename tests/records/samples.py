"""Rows to read, and what came of reading them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hengjian.records.kinds import kind_named
from hengjian.records.mapping import Mapping
from hengjian.records.reader import Reject, read

LISTING: dict[str, Any] = {"record_id": "L1", "platform": "demo-mall", "title": "青花瓷茶杯"}
REVIEW: dict[str, Any] = {
    "record_id": "R1",
    "platform": "demo-mall",
    "shop_id": "S1",
    "item_id": "I1",
    "user_id": "U1",
    "created_at": "2026-11-05T10:00:00+08:00",
}


@dataclass(frozen=True)
class Outcome:
    rows: list[dict[str, Any]]
    rejects: list[Reject]
    notes: Counter[str]

    @property
    def row(self) -> dict[str, Any]:
        assert not [reject.reason for reject in self.rejects]
        [row] = self.rows
        return row

    @property
    def reject(self) -> Reject:
        assert not [row["_line"] for row in self.rows]
        [reject] = self.rejects
        return reject


def outcome(
    path: Path, kind: str = "listing", mapping: Mapping | None = None, batch_rows: int = 8192
) -> Outcome:
    chunks = list(read(path, kind_named(kind), mapping=mapping, batch_rows=batch_rows))
    return Outcome(
        [row for chunk in chunks for row in chunk.batch.to_pylist()],
        [reject for chunk in chunks for reject in chunk.rejects],
        sum((chunk.notes for chunk in chunks), Counter()),
    )


def written(folder: Path, content: bytes | str, name: str = "records.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def listing(folder: Path, **fields: Any) -> Outcome:
    """Read one listing, written as JSON, with the given fields changed or added."""
    return outcome(written(folder, json.dumps(LISTING | fields)))


def review(folder: Path, **fields: Any) -> Outcome:
    return outcome(written(folder, json.dumps(REVIEW | fields)), "review")
