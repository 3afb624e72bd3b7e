"""What the pages of a lead and of a case show, gathered from what casework keeps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from hengjian.casework import labels
from hengjian.casework.models import (
    AuditEntry,
    Case,
    Lead,
    LeadFinding,
    Membership,
    Scan,
)
from hengjian.casework.quotations import Quotation, quotations
from hengjian.casework.rules import all_rules
from hengjian.casework.services import suggested_correction, suggested_guidance
from hengjian.errors import HengjianError
from hengjian.law.resolve import shanghai_day
from hengjian.violations.finding import statement

FINDINGS_SHOWN = 30
ENTRIES_SHOWN = 100
SCANS_OFFERED = 20
DAYS_TO_CORRECT = 15


@dataclass(frozen=True)
class ShownFinding:
    """A finding as the page shows it.

    Attributes:
        conduct: When it took place, and how that is known.
        extent: How many records it rests on, and who is in a group.
        layers: Each of its words and how it was matched, once.
        fault: Why its evidence cannot be shown; empty: it can.
    """

    payload: dict[str, Any]
    row: dict[str, Any]
    conduct: str
    extent: list[tuple[str, str]]
    layers: list[tuple[str, str]]
    quotations: list[Quotation]
    fault: str


@dataclass(frozen=True)
class Stage:
    """A stage of a case: done, current or still to come."""

    name: str
    state: str
    at: dt.datetime | None


def lead_page(
    lead: Lead, membership: Membership, sent: QueryDict, now: dt.datetime
) -> dict[str, Any]:
    """Return what a lead's page shows; what was sent and refused stands in its form again."""
    findings = lead.findings.select_related("scan")
    case = Case.objects.filter(lead=lead).first()
    mine = lead.officer_id in {None, membership.user_id}
    return {
        "lead": lead,
        "case": case,
        "rule": all_rules()[lead.violation],
        "findings": [_shown(finding) for finding in findings[:FINDINGS_SHOWN]],
        "findings_total": findings.count(),
        "recurrence": _recurrence(lead),
        "may_act": membership.role == Membership.Role.OFFICER and mine and case is None,
        "sent": sent,
        "correction": sent.get("correction") or suggested_correction(lead),
        "guidance": sent.get("guidance") or suggested_guidance(lead),
        "correct_by": sent.get("correct_by")
        or (shanghai_day(now) + dt.timedelta(days=DAYS_TO_CORRECT)).isoformat(),
        "trail": _trail(lead, case),
    }


def case_page(case: Case, membership: Membership, sent: QueryDict) -> dict[str, Any]:
    """Return what a case's page shows; what was sent and refused stands in its form again."""
    ours = membership.office == case.office
    head = ours and membership.role == Membership.Role.HEAD
    status, statuses = case.status, Case.Status
    ordered = status in {statuses.ORDERED, statuses.RECHECKED}
    return {
        "case": case,
        "lead": case.lead,
        "rule": all_rules()[case.lead.violation],
        "stages": _stages(case),
        "documents": case.documents.all(),
        "rechecks": case.rechecks.select_related("recorded_by"),
        "may_decide": head
        and status == statuses.PENDING_APPROVAL
        and membership.user != case.officer,
        "may_resubmit": status == statuses.RETURNED and membership.user == case.officer,
        "may_recheck": ours and ordered,
        "may_close": head and status == statuses.RECHECKED,
        "still_there": case.rechecks.filter(outcome="still_there").exists()
        and status == statuses.ORDERED,
        "scans": _scans_after(case) if ordered else [],
        "sent": sent,
        "correction": sent.get("correction") or case.correction,
        "guidance": sent.get("guidance") or case.guidance,
        "correct_by": sent.get("correct_by") or case.correct_by.isoformat(),
        "trail": _trail(case.lead, case),
    }


def _shown(finding: LeadFinding) -> ShownFinding:
    payload, fault, quoted = finding.payload, "", list[Quotation]()
    try:
        quoted = quotations(finding)
    except HengjianError as error:
        fault = error.message
    return ShownFinding(
        payload=payload,
        row=finding.row,
        conduct=labels.conduct(payload),
        extent=labels.extent(payload),
        layers=list(
            dict.fromkeys((statement(item), item["layer"]) for item in payload["evidence"])
        ),
        quotations=quoted,
        fault=fault,
    )


def _recurrence(lead: Lead) -> bool:
    """Tell whether the conduct is known to come after an earlier correction (再犯)."""
    earlier = Case.objects.filter(lead=lead.previous).first() if lead.previous else None
    if earlier is None or earlier.corrected_at is None or lead.conduct_from is None:
        return False
    return lead.conduct_from > earlier.corrected_at


def _stages(case: Case) -> list[Stage]:
    marks = [
        ("提出", case.proposed_at),
        ("审批", case.ordered_at),
        ("责令改正", case.ordered_at),
        ("复核", case.corrected_at),
        ("结案", case.closed_at),
    ]
    current = {
        Case.Status.PENDING_APPROVAL: 1,
        Case.Status.RETURNED: 0,
        Case.Status.ORDERED: 3,
        Case.Status.RECHECKED: 4,
        Case.Status.CLOSED: 5,
    }[Case.Status(case.status)]
    states = ["done" if n < current else "current" if n == current else "todo" for n in range(5)]
    return [
        Stage(name, state, at if state == "done" else None)
        for (name, at), state in zip(marks, states, strict=True)
    ]


def _scans_after(case: Case) -> list[Scan]:
    """Return the scans imported after the order that this case has not used yet."""
    used = case.rechecks.values("scan_id")
    scans = Scan.objects.exclude(scan_id__in=used).order_by("-id")
    if case.ordered_at is not None:
        scans = scans.filter(imported_at__gt=case.ordered_at)
    return list(scans[:SCANS_OFFERED])


def _trail(lead: Lead, case: Case | None) -> QuerySet[AuditEntry]:
    about = Q(object_kind="lead", object_id=str(lead.pk))
    if case is not None:
        about |= Q(object_kind="case", object_id=str(case.pk))
    entries = AuditEntry.objects.filter(about).select_related("actor")
    return entries.order_by("-seq")[:ENTRIES_SHOWN]
