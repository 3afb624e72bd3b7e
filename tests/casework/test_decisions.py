from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from hengjian.casework import services
from hengjian.casework.decisions import decided_findings
from hengjian.casework.models import AuditEntry, Lead
from hengjian.errors import HengjianError
from tests.casework.conftest import MakeScan, People
from tests.conftest import LISTING

pytestmark = pytest.mark.django_db


def test_an_established_lead_gives_its_findings_as_confirmed(established: Lead) -> None:
    [row] = decided_findings()
    assert row["finding_id"] == established.findings.get().finding_id
    assert (row["confirmed"], row["reason"]) == (True, "已核对页面，内容属实。")
    age = timezone.now() - dt.datetime.fromisoformat(row["decided_at"])
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=5)


def test_a_lead_that_does_not_hold_gives_its_reason(people: People, lead: Lead) -> None:
    services.start_verification(people.officer, lead)
    services.not_establish(people.officer, lead, "属于转述他人评价")
    [row] = decided_findings()
    assert (row["confirmed"], row["reason"]) == (False, "属于转述他人评价")


def test_a_lead_that_nobody_decided_gives_nothing(people: People, lead: Lead) -> None:
    services.start_verification(people.officer, lead)
    assert list(decided_findings()) == []


def test_a_finding_that_joins_a_decided_lead_is_not_decided(
    people: People, established: Lead, make_scan: MakeScan
) -> None:
    later = {**LISTING, "record_id": "L2", "title": "全国第一空气炸锅"}
    services.import_scan(people.officer, make_scan(later, name="later"))
    assert established.findings.count() == 2
    assert len(list(decided_findings())) == 1


def test_planted_records_are_left_out(people: People, make_scan: MakeScan) -> None:
    services.import_scan(people.officer, make_scan(LISTING, seeded=frozenset({"L1"})))
    lead = Lead.objects.get()
    services.start_verification(people.officer, lead)
    services.establish(people.officer, lead, "属实")
    assert list(decided_findings()) == []


def test_a_chain_that_was_altered_gives_no_decisions(established: Lead) -> None:
    entry = AuditEntry.objects.get(action="establish")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE casework_auditentry SET detail = %s WHERE id = %s", ['{"reason": ""}', entry.pk]
        )
    with pytest.raises(HengjianError, match="审计链"):
        list(decided_findings())
