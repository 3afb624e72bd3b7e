"""Scans' folders with findings of the contract's form, for tests that need many of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hengjian.ranking.features import Finding
from hengjian.scan_folder import FINDINGS_FILE, SCAN_FILE, finding_line, write_json
from hengjian.violations.finding import digest, evidence_item, lead_key

DAY = dt.date(2026, 3, 2)
_NOON = dt.time(12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def noon(days: int) -> str:
    """Noon in Shanghai, so many days after the first."""
    return dt.datetime.combine(DAY + dt.timedelta(days=days), _NOON).isoformat()


def finding_row(number: int, **changes: Any) -> dict[str, Any]:
    """A finding as findings.jsonl has it; each number is a subject of its own."""
    row = {
        "input_sha256": "0" * 64,
        "row_sha256": "0" * 64,
        "seeded": False,
        "violation": "marketing.absolute_claim",
        "subject_kind": "listing",
        "subject_id": f"I{number}",
        "record_ids": [f"L{number}"],
        "platform": "demo-mall",
        "shop_id": f"S{number}",
        "operator_id": None,
        "region": "360100",
        "severity": "property",
        "score": 0.6,
        "conduct_from": noon(0),
        "conduct_until": noon(0),
        "conduct_known": "captured",
        "legal_basis": [],
        "ladder": "R1",
        "evidence": [
            evidence_item(
                record_id=f"L{number}", field="title", start=0, end=2, text="最佳", layer="literal"
            )
        ],
        "explanation": "",
        "members": None,
        "rule_version": "1",
        **changes,
    }
    subject = row["subject_kind"], row["subject_id"]
    key = lead_key(row["violation"], row["platform"], *subject, "2026-03")
    return {"finding_id": digest([number, row["violation"]]), "lead_key": key, **row}


def finding(number: int = 1, **changes: Any) -> Finding:
    """The same as the ranker reads it."""
    return Finding.model_validate(finding_row(number, **changes))


def scan_folder(folder: Path, day: int, findings: Iterable[Mapping[str, Any]]) -> Path:
    """Write a scan of that day."""
    folder.mkdir()
    lines = (f"{finding_line(dict(row))}\n" for row in findings)
    (folder / FINDINGS_FILE).write_text("".join(lines), encoding="utf-8")
    write_json(folder / SCAN_FILE, {"scan_id": folder.name, "started_at": noon(day)})
    return folder


def decision(finding_id: str, day: int, confirmed: bool, **more: Any) -> dict[str, Any]:
    """A line of decisions."""
    return {"finding_id": finding_id, "decided_at": noon(day), "confirmed": confirmed, **more}


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
