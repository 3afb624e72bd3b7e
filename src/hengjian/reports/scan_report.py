"""The report of a scan in one HTML file, which needs nothing from the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hengjian.leads import HARM_NAMES
from hengjian.scan_folder import COVERAGE_FILE, REJECTS_FILE, read_findings, read_scan
from hengjian.violations.rule import Rule

REPORT_FILE = "report.html"
MAX_FINDINGS = 500
KNOWN_NAMES = {
    "stated": "平台载明",
    "captured": "采集时间",
    "assumed": "扫描时设定",
    "unknown": "未知，须查明",
}
LAYER_NAMES = {"literal": "原文", "traditional": "繁体"}

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
    most = max((row["findings"] for row in coverage["violations"].values()), default=0)
    page = _ENVIRONMENT.get_template("scan_report.html").render(
        scan=scan,
        coverage=coverage,
        most=most or 1,
        findings=[_shown(finding, rules) for finding in shown],
        rejects=rejects,
        harm=HARM_NAMES,
        known=KNOWN_NAMES,
        layers=LAYER_NAMES,
    )
    path = folder / REPORT_FILE
    path.write_text(page, encoding="utf-8")
    return path


def _shown(finding: dict[str, Any], rules: Mapping[str, Rule]) -> dict[str, Any]:
    rule = rules[finding["violation"]]
    return {**finding, "title": rule.title, "mend": rule.mend, "look_alikes": rule.look_alikes}
