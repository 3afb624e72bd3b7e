"""What officers decided, finding by finding, as the audit chain holds it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from hengjian.casework.audit import verify_chain
from hengjian.casework.models import AuditEntry, LeadFinding

_JOINED = ("new_lead", "attach_findings")
_DECIDED = {"establish": True, "not_establish": False}


def decided_findings(leads: Collection[int]) -> Iterator[dict[str, Any]]:
    """Yield the decided findings: finding_id, decided_at (ISO 8601), confirmed, reason.

    An officer decides on the findings that a lead has at that moment; those that join it later are
    not decided. Planted test records are left out.

    Args:
        leads: Primary keys of the leads that may be told of.

    Raises:
        HengjianError: The audit chain is broken.
    """
    verify_chain()
    told = {str(lead) for lead in leads}
    planted = LeadFinding.objects.filter(payload__seeded=True)
    seeded = frozenset(planted.values_list("finding_id", flat=True))
    held: dict[str, list[str]] = {}
    entries = AuditEntry.objects.filter(object_kind="lead", action__in=[*_JOINED, *_DECIDED])
    for entry in entries.order_by("seq").iterator():
        if entry.object_id not in told:
            continue
        findings = held.setdefault(entry.object_id, [])
        if entry.action in _JOINED:
            findings += entry.detail["findings"]
            continue
        for finding_id in findings:
            if finding_id not in seeded:
                yield {
                    "finding_id": finding_id,
                    "decided_at": entry.at.isoformat(),
                    "confirmed": _DECIDED[entry.action],
                    "reason": entry.detail["reason"],
                }
