"""A shop's or platform's own check (自查): what was found, by item, and how to put it right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hengjian.casework.labels import SUBJECTS
from hengjian.leads import Finding
from hengjian.reports.evidence import EvidenceFolder, Shown
from hengjian.reports.pages import write_page
from hengjian.reports.scan_report import Gap, split_coverage, title_of
from hengjian.scan_folder import (
    EVIDENCE_FOLDER,
    read_coverage,
    read_findings,
    read_scan,
)
from hengjian.violations.rule import Rule


@dataclass(frozen=True)
class Advice:
    """One thing to put right, and how.

    Attributes:
        title: What it is about.
        mend: How to put it right; None: no rule tells.
        fine_if: When nothing needs to be done.
        legal_basis: The articles, as the finding cites them.
    """

    title: str
    shown: list[Shown]
    mend: str | None
    fine_if: list[str]
    legal_basis: list[dict[str, Any]]


@dataclass
class Item:
    """A good, a page, a review or a shop with all that was found on it."""

    kind: str
    id: str
    title: str | None
    advice: list[Advice] = field(default_factory=list)


@dataclass(frozen=True)
class SelfCheck:
    """The outcome of a check of one's own records.

    Attributes:
        findings: How many things to put right there are in all, shown or not.
        items: What they are about; at most as many as asked for.
        kinds: How many records of each kind were looked at.
        unchecked: Types that were not checked, by why.
        incomplete: Checked types with records that could not be decided.
    """

    findings: int
    items: list[Item]
    items_left_out: int
    kinds: dict[str, int]
    rejected: int
    faults: list[str]
    unchecked: list[Gap]
    incomplete: list[dict[str, Any]]


def self_check(folder: Path, rules: Mapping[str, Rule], most_items: int) -> SelfCheck:
    """Return what a scan of one's own records says, item by item.

    Args:
        folder: The scan.
        rules: The rules it was made with, by id.
        most_items: How many items to go into; the others are only counted.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    beyond: set[tuple[str, str]] = set()
    count = 0
    for finding in read_findings(folder):
        count += 1
        key = finding["subject_kind"], finding["subject_id"]
        if key in groups or len(groups) < most_items:
            groups.setdefault(key, []).append(finding)
        else:
            beyond.add(key)
    shown = [finding for findings in groups.values() for finding in findings]
    evidence = EvidenceFolder(folder / EVIDENCE_FOLDER, shown)
    coverage = read_coverage(folder)
    checked, unchecked = split_coverage(coverage)
    return SelfCheck(
        findings=count,
        items=[_item(key, findings, rules, evidence) for key, findings in sorted(groups.items())],
        items_left_out=len(beyond),
        kinds={SUBJECTS[kind]: row["records"] for kind, row in coverage["kinds"].items()},
        rejected=coverage["rejected"],
        faults=read_scan(folder)["faults"],
        unchecked=unchecked,
        incomplete=[row for row in checked if row["not_checked"]],
    )


def _item(
    key: tuple[str, str],
    findings: list[Finding],
    rules: Mapping[str, Rule],
    evidence: EvidenceFolder,
) -> Item:
    kind, identifier = key
    bases = [evidence.of(finding) for finding in findings]
    # What is said of a shop rests on pages and reviews of several titles.
    title = bases[0].title if all(basis.row.kind == kind for basis in bases) else None
    item = Item(SUBJECTS.get(kind, kind), identifier, title)
    for finding, basis in zip(findings, bases, strict=True):
        rule = rules.get(finding["violation"])
        item.advice.append(
            Advice(
                title=title_of(finding["violation"], rules),
                shown=basis.shown,
                mend=rule.mend if rule else None,
                fine_if=list(rule.look_alikes) if rule else [],
                legal_basis=finding["legal_basis"],
            )
        )
    return item


def write_self_check(check: SelfCheck, path: Path) -> None:
    """Write the outcome as one HTML file."""
    write_page(path, "selfcheck.html", check=check)
