"""The report of a scan in one HTML file, which needs nothing from the network."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from hengjian.casework.labels import LADDER, SUBJECTS, conduct, extent, moment
from hengjian.leads import HARM_NAMES, Finding
from hengjian.reports.evidence import EvidenceFolder
from hengjian.reports.pages import write_page
from hengjian.reports.summary import Summary, summarise
from hengjian.scan_folder import (
    EVIDENCE_FOLDER,
    REJECTS_FILE,
    read_coverage,
    read_findings,
    read_scan,
)
from hengjian.violations.catalogue import area_title, catalogue
from hengjian.violations.rule import Rule

REPORT_FILE = "report.html"
MAX_EXAMPLES = 12
OPEN_EXAMPLES = 3
MAX_REJECTS = 50
MAX_BARS = 12
MAX_INPUTS = 200
GAPS = {
    "no_behaviour": "只查了文字，缺少反映行为的记录",
    "no_records": "有规则，缺少所查的记录",
    "draft": "规则尚未启用",
    "left_out": "本次未选的领域",
    "no_rule": "有记录，尚无检测规则",
    "needs_data": "缺少所需的记录",
}


def write_scan_report(folder: Path, rules: Mapping[str, Rule]) -> Path:
    """Write a scan's report beside its findings and return where it is.

    A few findings of every violation are shown; the page says so, and findings.jsonl holds all.

    Raises:
        HengjianError: The folder does not hold a scan.
    """
    scan, coverage = read_scan(folder), read_coverage(folder)
    summary = summarise(read_findings(folder), MAX_EXAMPLES)
    checked, unchecked = split_coverage(coverage)
    path = folder / REPORT_FILE
    write_page(
        path,
        "scan_report.html",
        scan={**scan, "finished_at": moment_of(scan["finished_at"])},
        coverage=coverage,
        summary=summary,
        totals=[
            _bars("领域", summary.areas),
            _bars("平台", summary.platforms),
            _bars("地区", summary.regions),
        ],
        checked=checked,
        most=max(summary.violations.values(), default=1),
        unchecked=unchecked,
        sections=_sections(folder, summary, rules),
        rejects=_rejects(folder),
        kinds=SUBJECTS,
        opened=OPEN_EXAMPLES,
        most_inputs=MAX_INPUTS,
    )
    return path


@dataclass(frozen=True)
class Bars:
    """How often each of some names occurs, the most frequent first.

    Attributes:
        left_out: How many names are not among the rows.
    """

    title: str
    rows: list[tuple[str, int]]
    most: int
    left_out: int


def _bars(title: str, counts: Counter[str]) -> Bars:
    rows = counts.most_common(MAX_BARS)
    return Bars(title, rows, rows[0][1] if rows else 1, len(counts) - len(rows))


@dataclass(frozen=True)
class Gap:
    """Types that were not checked for one sort of reason.

    Attributes:
        missing: For how many of them records of a kind are missing, by kind.
    """

    title: str
    types: list[dict[str, Any]]
    missing: list[tuple[str, int]]


def split_coverage(coverage: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Gap]]:
    """Return the checked types, most findings first, and what was not checked, by why.

    A type that was checked by its words alone stands in both.
    """
    checked: list[dict[str, Any]] = []
    others: dict[str, list[dict[str, Any]]] = {}
    for violation, row in coverage["violations"].items():
        entry = {"id": violation, "area_title": area_title(violation), **row}
        # A scan made before the whole catalogue was listed tells checked types only.
        status = row.get("status", "checked")
        (checked if status == "checked" else others.setdefault(status, [])).append(entry)
        behaviour = row.get("behaviour")
        if behaviour and not behaviour["checked"]:
            gap = {**entry, "missing_kinds": behaviour["missing_kinds"]}
            others.setdefault("no_behaviour", []).append(gap)
    checked.sort(key=lambda entry: -entry["findings"])
    return checked, [_gap(title, others[s]) for s, title in GAPS.items() if s in others]


def _gap(title: str, types: list[dict[str, Any]]) -> Gap:
    missing = Counter(SUBJECTS[kind] for row in types for kind in row["missing_kinds"])
    return Gap(title, types, missing.most_common())


def _sections(folder: Path, summary: Summary, rules: Mapping[str, Rule]) -> list[dict[str, Any]]:
    """Return the examples by violation, in the catalogue's order."""
    examples = [f for findings in summary.examples.values() for f in findings]
    evidence = EvidenceFolder(folder / EVIDENCE_FOLDER, examples)
    known = list(catalogue().by_id())
    order = sorted(summary.examples, key=lambda v: (known.index(v) if v in known else 999, v))
    return [
        {
            "id": violation,
            "title": title_of(violation, rules),
            "area_title": area_title(violation),
            "rule": rules.get(violation),
            "count": summary.violations[violation],
            "findings": [_shown(f, evidence) for f in summary.examples[violation]],
        }
        for violation in order
    ]


def title_of(violation: str, rules: Mapping[str, Rule]) -> str:
    """Return a violation's Chinese name; that of the catalogue where no rule has it."""
    known = catalogue().by_id().get(violation)
    if violation in rules:
        return rules[violation].title
    return known.title if known else violation


def _shown(finding: Finding, evidence: EvidenceFolder) -> dict[str, Any]:
    basis = evidence.of(finding)
    return {
        **finding,
        "record_title": basis.title,
        "source": f"{basis.row.source}:{basis.row.line}",
        "shown": basis.shown,
        "subject": SUBJECTS.get(finding["subject_kind"], finding["subject_kind"]),
        "harm": HARM_NAMES[finding["severity"]],
        "ladder_name": LADDER[finding["ladder"]],
        "conduct": conduct(finding),
        "extent": extent(finding),
    }


def _rejects(folder: Path) -> dict[str, Any]:
    """Return the first rejects, and how many there are for each reason."""
    with (folder / REJECTS_FILE).open(encoding="utf-8") as file:
        first = [json.loads(line) for line in islice(file, MAX_REJECTS)]
        reasons = Counter(reject["reason"] for reject in first)
        reasons.update(json.loads(line)["reason"] for line in file)
    return {"first": first, "reasons": reasons.most_common(MAX_BARS)}


def moment_of(time: str | None) -> str | None:
    """Return an ISO 8601 time as people in China read it."""
    return None if time is None else moment(dt.datetime.fromisoformat(time))
