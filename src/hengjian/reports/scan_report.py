"""The report of a scan in one HTML file, which needs nothing from the network."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hengjian.casework.labels import (
    CONDUCT_KNOWN,
    LADDER,
    LAYERS,
    SUBJECTS,
    field_name,
    moment,
)
from hengjian.evidence.snapshot import read_manifest
from hengjian.evidence.store import EvidenceStore
from hengjian.leads import HARM_NAMES, Finding
from hengjian.scan_folder import (
    COVERAGE_FILE,
    EVIDENCE_FOLDER,
    REJECTS_FILE,
    read_findings,
    read_scan,
)
from hengjian.violations.rule import Rule

REPORT_FILE = "report.html"
MAX_FINDINGS = 500
CONTEXT = 30

_ENVIRONMENT = Environment(
    loader=PackageLoader("hengjian.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_scan_report(folder: Path, rules: Mapping[str, Rule]) -> Path:
    """Write a scan's report beside its findings and return where it is.

    At most 500 findings are shown; the page says so, and findings.jsonl holds them all.

    Raises:
        HengjianError: The folder does not hold a scan.
    """
    scan = read_scan(folder)
    coverage = json.loads((folder / COVERAGE_FILE).read_text(encoding="utf-8"))
    with (folder / REJECTS_FILE).open(encoding="utf-8") as file:
        rejects = [json.loads(line) for line in islice(file, 50)]
    shown = list(islice(read_findings(folder), MAX_FINDINGS))
    quotations = _Quotations(folder / EVIDENCE_FOLDER)
    most = max((row["findings"] for row in coverage["violations"].values()), default=0)
    page = _ENVIRONMENT.get_template("scan_report.html").render(
        scan={**scan, "finished_at": _moment(scan["finished_at"])},
        coverage=coverage,
        most=most or 1,
        findings=[_shown(finding, rules, quotations) for finding in shown],
        rejects=rejects,
        harm=HARM_NAMES,
        known=CONDUCT_KNOWN,
        subjects=SUBJECTS,
        ladder=LADDER,
    )
    path = folder / REPORT_FILE
    path.write_text(page, encoding="utf-8")
    return path


@dataclass(frozen=True)
class Quotation:
    """Words of the evidence with what stands around them in the original."""

    field: str
    before: str
    words: str
    after: str
    layer: str


class _Quotations:
    """Finds a finding's words again in the rows as they were read."""

    def __init__(self, evidence: Path) -> None:
        self._store = EvidenceStore(evidence)
        self._rows = {row.row_sha256: row for row in read_manifest(evidence)}

    def of(self, finding: Finding) -> list[Quotation]:
        row = self._rows[finding["row_sha256"]]
        content = self._store.get(row.row_sha256)
        return [_quotation(item, row.original_of(content, item)) for item in finding["evidence"]]


def _quotation(item: Mapping[str, Any], original: str) -> Quotation:
    start, end = item["start"], item["end"]
    return Quotation(
        field=field_name(item["field"]),
        before=("…" if start > CONTEXT else "") + original[max(0, start - CONTEXT) : start],
        words=item["text"],
        after=original[end : end + CONTEXT] + ("…" if end + CONTEXT < len(original) else ""),
        layer=LAYERS.get(item["layer"], item["layer"]),
    )


def _shown(finding: Finding, rules: Mapping[str, Rule], quotations: _Quotations) -> dict[str, Any]:
    rule = rules[finding["violation"]]
    return {
        **finding,
        "title": rule.title,
        "mend": rule.mend,
        "look_alikes": rule.look_alikes,
        "quotations": quotations.of(finding),
        "conduct_from": _moment(finding["conduct_from"]),
    }


def _moment(time: str | None) -> str | None:
    return None if time is None else moment(dt.datetime.fromisoformat(time))
