from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from hengjian.casework import services
from hengjian.casework.decisions import decided_findings
from hengjian.casework.models import AuditEntry, Lead
from hengjian.casework.setup import create_office, create_user
from hengjian.errors import HengjianError
from tests.casework.conftest import MakeScan, People
from tests.conftest import LISTING

pytestmark = pytest.mark.django_db


def all_decided() -> list[dict[str, Any]]:
    return list(decided_findings(set(Lead.objects.values_list("pk", flat=True))))


def test_an_established_lead_gives_its_findings_as_confirmed(established: Lead) -> None:
    [row] = all_decided()
    assert row["finding_id"] == established.findings.get().finding_id
    assert (row["confirmed"], row["reason"]) == (True, "已核对页面，内容属实。")
    age = timezone.now() - dt.datetime.fromisoformat(row["decided_at"])
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=5)


def test_a_lead_that_does_not_hold_gives_its_reason(people: People, lead: Lead) -> None:
    services.start_verification(people.officer, lead)
    services.not_establish(people.officer, lead, "属于转述他人评价")
    [row] = all_decided()
    assert (row["confirmed"], row["reason"]) == (False, "属于转述他人评价")


def test_a_lead_that_nobody_decided_gives_nothing(people: People, lead: Lead) -> None:
    services.start_verification(people.officer, lead)
    assert all_decided() == []


def test_a_finding_that_joins_a_decided_lead_is_not_decided(
    people: People, established: Lead, make_scan: MakeScan
) -> None:
    later = {**LISTING, "record_id": "L2", "title": "全国第一空气炸锅"}
    services.import_scan(people.officer, make_scan(later, name="later"))
    assert established.findings.count() == 2
    assert len(all_decided()) == 1


def test_planted_records_are_left_out(people: People, make_scan: MakeScan) -> None:
    services.import_scan(people.officer, make_scan(LISTING, seeded=frozenset({"L1"})))
    lead = Lead.objects.get()
    services.start_verification(people.officer, lead)
    services.establish(people.officer, lead, "属实")
    assert all_decided() == []


def test_a_chain_that_was_altered_gives_no_decisions(established: Lead) -> None:
    entry = AuditEntry.objects.get(action="establish")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE casework_auditentry SET detail = %s WHERE id = %s", ['{"reason": ""}', entry.pk]
        )
    with pytest.raises(HengjianError, match="审计链"):
        all_decided()


def test_who_takes_decisions_out_says_what_for_and_gets_those_of_his_region(
    people: People, established: Lead
) -> None:
    [row] = services.export_decisions(people.officer, "训练排序模型")
    assert row["finding_id"] == established.findings.get().finding_id
    entry = AuditEntry.objects.get(action="export_decisions")
    assert (entry.actor, entry.detail) == (
        people.officer,
        {"purpose": "训练排序模型", "findings": 1},
    )
    with pytest.raises(HengjianError, match="用途"):
        services.export_decisions(people.officer, "  ")


def test_another_region_gets_no_decisions(people: People, established: Lead) -> None:
    office = create_office("吉安市市场监督管理局", "360800", "市场监管", "吉市监")
    create_user("yu", office, "head")
    assert services.export_decisions(User.objects.get(username="yu"), "训练排序模型") == []
    with pytest.raises(HengjianError, match="不属于任何机关"):
        services.export_decisions(people.stranger, "训练排序模型")
