"""Builds a finding: whom it speaks of, when, by which law, and what speaks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hengjian.law.resolve import SHANGHAI, Resolution
from hengjian.violations.finding import digest, lead_key
from hengjian.violations.rule import Rule


class About(NamedTuple):
    """Whom a finding speaks of, and the rows that it rests on."""

    subject_kind: str
    subject_id: str
    platform: str | None
    shop_id: str | None
    operator_id: str | None
    region: str | None
    record_ids: Sequence[str]
    input_sha256: str
    row_sha256: str
    seeded: bool


class Conduct(NamedTuple):
    """When the conduct took place, and how that is known; None: unknown."""

    begin: dt.datetime | None
    end: dt.datetime | None
    known: str


def build_finding(
    rule: Rule,
    about: About,
    conduct: Conduct,
    law: Resolution,
    *,
    evidence: Sequence[Mapping[str, Any]],
    rests_on: Sequence[Any],
    explanation: str,
    score: float,
    members: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a finding as FINDING has it.

    Args:
        rule: The rule that raises it.
        about: Whom it speaks of.
        conduct: When.
        law: The articles in force then.
        evidence: As EVIDENCE has it.
        rests_on: What makes it this finding and no other, beside rule and subject: JSON values
            that stay the same when the input is split or read in another order.
        explanation: One sentence in Chinese.
        score: 0–1.
        members: As MEMBERS has it; None: no group.
    """
    window = f"{conduct.begin.astimezone(SHANGHAI):%Y-%m}" if conduct.begin else "unknown"
    subject = about.subject_kind, about.subject_id
    return {
        "finding_id": digest([rule.id, rule.version, *rests_on]),
        "lead_key": lead_key(rule.id, about.platform, *subject, window),
        **about._asdict(),
        "record_ids": list(about.record_ids),
        "violation": rule.id,
        "severity": rule.severity,
        "score": score,
        "conduct_from": conduct.begin,
        "conduct_until": conduct.end,
        "conduct_known": conduct.known,
        "legal_basis": [
            {
                "law": p.law,
                "article": p.article,
                "effective_from": p.effective_from.isoformat(),
                "quote": p.quote,
            }
            for p in law.provisions
        ],
        "ladder": rule.ladder,
        "evidence": list(evidence),
        "explanation": explanation + (law.question or ""),
        "members": members,
        "rule_version": rule.version,
    }
