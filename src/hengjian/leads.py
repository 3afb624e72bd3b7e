"""Findings on one subject and one conduct become one lead (案件线索), ranked with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Finding = Mapping[str, Any]

HARM = {"life_health": 4, "minors": 3, "property": 2, "order": 1}
HARM_NAMES = {
    "life_health": "生命健康",
    "minors": "未成年人",
    "property": "财产",
    "order": "市场秩序",
}


@dataclass
class Lead:
    """What is known of one conduct of one subject, drawn from its findings.

    Attributes:
        lead_key: The findings' common key: violation + subject + window of conduct.
        score: The highest score among the findings, 0–1.
        conduct_from: ISO 8601 time of the earliest known conduct; None: unknown, to be asked for.
        conduct_until: ISO 8601 time of the latest known conduct; None: unknown.
        seeded: True only when every finding rests on planted test records.
        rank: Higher first; harm decides before certainty, certainty before spread.
        reasons: Why it ranks where it does, in Chinese.
    """

    lead_key: str
    violation: str
    subject_kind: str
    subject_id: str
    platform: str | None
    shop_id: str | None
    operator_id: str | None
    region: str | None
    severity: str
    score: float
    ladder: str
    conduct_from: str | None
    conduct_until: str | None
    seeded: bool
    findings: list[Finding] = field(default_factory=list)

    @property
    def rank(self) -> float:
        """Harm in whole steps, then certainty, then how many records show it."""
        spread = min(len(self.record_ids), 100) / 1000
        return HARM[self.severity] + 0.9 * self.score + spread

    @property
    def record_ids(self) -> list[str]:
        """The distinct records that the findings rest on, in order of first appearance."""
        return list(dict.fromkeys(r for finding in self.findings for r in finding["record_ids"]))

    @property
    def reasons(self) -> list[str]:
        """The rank's parts in words."""
        return [
            f"危害：{HARM_NAMES[self.severity]}",
            f"确定程度：{self.score:.2f}",
            f"涉及记录：{len(self.record_ids)} 条",
        ]


def merge(findings: Iterable[Finding]) -> list[Lead]:
    """Merge findings by lead_key, each finding_id once, and sort the leads by rank.

    Topics (findings without a violation) are tasks for an office, not leads, and are left out.
    """
    leads: dict[str, Lead] = {}
    seen: set[str] = set()
    for finding in findings:
        if not finding["violation"] or finding["finding_id"] in seen:
            continue
        seen.add(finding["finding_id"])
        lead = leads.get(finding["lead_key"])
        if lead is None:
            lead = leads[finding["lead_key"]] = _lead_of(finding)
        _join(lead, finding)
    return sorted(leads.values(), key=lambda lead: (-lead.rank, lead.lead_key))


def _lead_of(finding: Finding) -> Lead:
    return Lead(
        lead_key=finding["lead_key"],
        violation=finding["violation"],
        subject_kind=finding["subject_kind"],
        subject_id=finding["subject_id"],
        platform=finding["platform"],
        shop_id=finding["shop_id"],
        operator_id=finding["operator_id"],
        region=finding["region"],
        severity=finding["severity"],
        score=finding["score"],
        ladder=finding["ladder"],
        conduct_from=None,
        conduct_until=None,
        seeded=True,
    )


def _join(lead: Lead, finding: Finding) -> None:
    lead.findings.append(finding)
    lead.score = max(lead.score, finding["score"])
    lead.seeded = lead.seeded and finding["seeded"]
    lead.shop_id = lead.shop_id or finding["shop_id"]
    lead.operator_id = lead.operator_id or finding["operator_id"]
    lead.region = lead.region or finding["region"]
    starts = [t for t in (lead.conduct_from, finding["conduct_from"]) if t]
    ends = [t for t in (lead.conduct_until, finding["conduct_until"]) if t]
    lead.conduct_from = min(starts, default=None)
    lead.conduct_until = max(ends, default=None)
