"""What lies in a scan's folder: how it is written, and how it is read again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hengjian.errors import HengjianError
from hengjian.violations.finding import FINDING_SCHEMA

SCAN_FILE = "scan.json"
COVERAGE_FILE = "coverage.json"
FINDINGS_FILE = "findings.jsonl"
FINDINGS_TABLE = "findings.parquet"
REJECTS_FILE = "rejects.jsonl"
SUBJECTS_FILE = "subjects.parquet"
EVIDENCE_FOLDER = "evidence"

_SUBJECT_FIELDS: list[pa.Field[Any]] = [
    pa.field("record_id", pa.string()),
    pa.field("platform", pa.string()),
    pa.field("subject_kind", pa.string()),
    pa.field("subject_id", pa.string()),
    pa.field("shop_id", pa.string()),
    pa.field("observed_at", pa.timestamp("us", tz="UTC")),
    pa.field("unchecked", pa.list_(pa.string())),
]
SUBJECTS = pa.schema(_SUBJECT_FIELDS)
"""Who was looked at in a scan, one row a record, so that a recheck can tell "gone" from "not seen".

`unchecked` names the violations that could not be decided for the record; `observed_at` is null
where the record does not say when it was seen.
"""


def write_findings(found: Iterable[dict[str, Any]], target: Path) -> None:
    """Write findings as JSON Lines and as Parquet, in a fixed order."""
    findings = sorted(found, key=lambda f: (f["violation"], f["finding_id"]))
    pq.write_table(
        pa.Table.from_pylist(findings, schema=FINDING_SCHEMA),
        target / FINDINGS_TABLE,
        compression="zstd",
    )
    with (target / FINDINGS_FILE).open("w", encoding="utf-8") as file:
        for finding in findings:
            file.write(json.dumps(_plain(finding), ensure_ascii=False) + "\n")


def _plain(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding as JSON values; keys that an evidence item does not use are left out."""
    plain = {
        key: value.isoformat() if isinstance(value, dt.datetime) else value
        for key, value in finding.items()
    }
    plain["evidence"] = [
        {key: value for key, value in item.items() if value is not None}
        for item in finding["evidence"]
    ]
    return plain


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write one JSON object, laid out for people."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def read_scan(folder: Path) -> dict[str, Any]:
    """Return what scan.json says of a scan.

    Raises:
        HengjianError: The folder does not hold a scan.
    """
    path = folder / SCAN_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HengjianError(
            "这里没有扫描结果", path=path, hint="请给出 scan 的输出文件夹"
        ) from None
    except ValueError:
        raise HengjianError("扫描说明无法读取", path=path) from None
    if not isinstance(content, dict) or not isinstance(content.get("scan_id"), str):
        raise HengjianError("扫描说明缺少 scan_id", path=path)
    return content


def read_findings(folder: Path) -> Iterator[dict[str, Any]]:
    """Return a scan's findings.

    Raises:
        HengjianError: The folder holds no findings, or a line of them cannot be read.
    """
    path = folder / FINDINGS_FILE
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        raise HengjianError("这里没有疑点文件", path=path) from None
    with file:
        for number, line in enumerate(file, start=1):
            try:
                finding = json.loads(line)
            except ValueError:
                raise HengjianError("疑点文件的这一行无法读取", path=path, line=number) from None
            missing = [n for n in FINDING_SCHEMA.names if n not in finding]
            if missing:
                raise HengjianError("疑点缺少字段", path=path, line=number, field=missing[0])
            yield finding
