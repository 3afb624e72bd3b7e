from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from hengjian.casework import services
from hengjian.casework.incoming import home_store
from hengjian.casework.models import AuditEntry, Case, Document, Lead, Recheck
from hengjian.errors import HengjianError
from tests.casework.conftest import CORRECTION, GUIDANCE, MakeScan, People, in_days, seen_now
from tests.conftest import LISTING

pytestmark = pytest.mark.django_db


def _acts() -> list[str]:
    return list(AuditEntry.objects.values_list("action", flat=True))


def test_an_officer_takes_a_new_lead(people: People, lead: Lead) -> None:
    lead = services.start_verification(people.officer, lead)
    assert (lead.status, lead.officer) == ("verifying", people.officer)
    assert _acts()[-1] == "start_verification"


def test_facts_that_hold_establish_a_lead(people: People, lead: Lead) -> None:
    services.start_verification(people.officer, lead)
    lead = services.establish(people.officer, lead, " 已核对 ")
    assert (lead.status, lead.status_reason) == ("established", "已核对")


def test_facts_that_do_not_hold_end_a_lead_with_a_reason(people: People, lead: Lead) -> None:
    services.start_verification(people.officer, lead)
    lead = services.not_establish(people.officer, lead, "奖项名称")
    assert (lead.status, lead.status_reason) == ("not_established", "奖项名称")
    assert AuditEntry.objects.latest("seq").detail["reason"] == "奖项名称"


def test_a_correction_waits_for_approval(people: People, pending: Case) -> None:
    assert (pending.status, pending.officer, pending.head) == (
        "pending_approval",
        people.officer,
        None,
    )
    assert pending.number == f"洪市监案〔{timezone.localdate().year}〕1号"
    assert not Document.objects.exists()


def test_a_head_returns_a_proposal_and_the_officer_mends_it(people: People, pending: Case) -> None:
    returned = services.return_case(people.head, pending, "请写明依据")
    assert (returned.status, returned.return_reason) == ("returned", "请写明依据")
    again = services.resubmit(people.officer, pending, "改正", GUIDANCE, in_days(7))
    assert (again.status, again.correction, again.correct_by) == (
        "pending_approval",
        "改正",
        in_days(7),
    )


def test_what_came_in_meanwhile_enters_the_proposal_that_is_made_again(
    people: People, pending: Case, make_scan: MakeScan
) -> None:
    services.import_scan(people.officer, make_scan({**LISTING, "record_id": "L2"}, name="more"))
    services.return_case(people.head, pending, "请补充")
    again = services.resubmit(people.officer, pending, CORRECTION, GUIDANCE, in_days(7))
    assert len(again.finding_ids) == 2


def test_a_head_approves_and_the_document_exists(people: People, pending: Case) -> None:
    document = services.approve(people.head, pending)
    pending.refresh_from_db()
    assert (pending.status, pending.head) == ("ordered", people.head)
    assert document.number == f"洪市监责改〔{timezone.localdate().year}〕1号"
    assert home_store().get(document.pdf_sha256).startswith(b"%PDF-")
    assert home_store().get(document.docx_sha256).startswith(b"PK")
    assert _acts()[-2:] == ["approve", "issue_document"]


def test_numbers_run_on_within_an_office(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    services.import_scan(
        people.officer, make_scan({**LISTING, "record_id": "L2", "item_id": "I2"}, name="two")
    )
    second = Lead.objects.get(subject_id="I2")
    services.start_verification(people.officer, second)
    services.establish(people.officer, second, "属实")
    case = services.open_correction(people.officer, second, CORRECTION, GUIDANCE, in_days(9))
    document = services.approve(people.head, case)
    assert (case.sequence, document.sequence) == (2, 2)


def test_a_subject_put_right_makes_the_case_rechecked(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    seen = seen_now()
    recheck = services.record_recheck(people.officer, ordered, make_scan(seen, name="later"))
    ordered.refresh_from_db()
    assert (recheck.outcome, ordered.status) == ("gone", "rechecked")
    assert ordered.corrected_at == dt.datetime.fromisoformat(seen["captured_at"])


def test_a_subject_that_still_says_it_leaves_the_case_ordered(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    folder = make_scan(seen_now(title="全网最佳空气炸锅"), name="later")
    recheck = services.record_recheck(people.officer, ordered, folder)
    ordered.refresh_from_db()
    assert (recheck.outcome, len(recheck.finding_ids), ordered.status) == (
        "still_there",
        1,
        "ordered",
    )


def test_a_subject_that_was_not_seen_changes_nothing(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    folder = make_scan(seen_now(item_id="I2"), name="later")
    recheck = services.record_recheck(people.officer, ordered, folder)
    ordered.refresh_from_db()
    assert (recheck.outcome, recheck.observed_at, ordered.status) == ("not_seen", None, "ordered")


def test_what_comes_back_before_closing_reopens_the_order(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    services.record_recheck(people.officer, ordered, make_scan(seen_now(), name="gone"))
    back = make_scan(seen_now(title="全网最佳空气炸锅"), name="back")
    services.record_recheck(people.officer, ordered, back)
    ordered.refresh_from_db()
    assert (ordered.status, ordered.corrected_at) == ("ordered", None)


def test_an_older_sighting_does_not_outweigh_a_later_one(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    older = make_scan(seen_now(), name="older")
    newer = make_scan(seen_now(title="全网最佳空气炸锅"), name="newer")
    services.record_recheck(people.officer, ordered, newer)
    services.record_recheck(people.officer, ordered, older)
    ordered.refresh_from_db()
    assert ordered.status == "ordered"


def test_only_sightings_after_the_order_count(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    folder = make_scan(LISTING, seen_now(), name="both")
    assert services.record_recheck(people.officer, ordered, folder).outcome == "gone"


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({**LISTING, "title": "空气炸锅"}, id="before the order"),
        pytest.param(
            {k: v for k, v in LISTING.items() if k != "captured_at"} | {"title": "空气炸锅"},
            id="at an unknown time",
        ),
    ],
)
def test_a_scan_from_before_the_order_proves_nothing(
    people: People, ordered: Case, make_scan: MakeScan, record: dict[str, Any]
) -> None:
    with pytest.raises(HengjianError, match="之前或者时间不明"):
        services.record_recheck(people.officer, ordered, make_scan(record, name="early"))
    assert not Recheck.objects.exists()


def test_a_sighting_in_the_future_proves_nothing(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    tomorrow = (timezone.now() + dt.timedelta(days=1)).isoformat()
    with pytest.raises(HengjianError, match="在将来"):
        services.record_recheck(
            people.officer, ordered, make_scan(seen_now(captured_at=tomorrow), name="future")
        )


def test_a_scan_is_recorded_once_a_case(people: People, ordered: Case, make_scan: MakeScan) -> None:
    folder = make_scan(seen_now(), name="later")
    services.record_recheck(people.officer, ordered, folder)
    with pytest.raises(HengjianError, match="已记录过复核"):
        services.record_recheck(people.officer, ordered, folder)


def test_a_case_closes_after_it_was_seen_gone(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    services.record_recheck(people.officer, ordered, make_scan(seen_now(), name="later"))
    closed = services.close_case(people.head, ordered, "已改正，结案。")
    assert (closed.status, closed.closing_note) == ("closed", "已改正，结案。")
    assert _acts()[-1] == "close_case"


Refused = Callable[[People, Any], Any]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda p, lead: services.start_verification(p.head, lead), "须由承办人办理"),
        (lambda p, lead: services.start_verification(p.stranger, lead), "不属于任何机关"),
        (lambda p, lead: services.start_verification(p.county_officer, lead), "管辖范围"),
        (lambda p, lead: services.establish(p.officer, lead, "属实"), "须为“核查中”"),
        (lambda p, lead: services.not_establish(p.officer, lead, "不属实"), "须为“核查中”"),
        (
            lambda p, lead: services.open_correction(
                p.officer, lead, CORRECTION, GUIDANCE, in_days(9)
            ),
            "须为“查实”",
        ),
    ],
)
def test_a_new_lead_refuses(people: People, lead: Lead, act: Refused, reason: str) -> None:
    _refuses(act, people, lead, reason)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda p, lead: services.start_verification(p.officer, lead), "须为“新线索”"),
        (lambda p, lead: services.establish(p.colleague, lead, "属实"), "承办人 chen"),
        (lambda p, lead: services.establish(p.officer, lead, " "), "须填写核查情况"),
        (lambda p, lead: services.not_establish(p.officer, lead, "\n"), "须填写不成立的理由"),
        (lambda p, lead: services.not_establish(p.head, lead, "不属实"), "须由承办人办理"),
    ],
)
def test_a_lead_that_is_being_verified_refuses(
    people: People, lead: Lead, act: Refused, reason: str
) -> None:
    services.start_verification(people.officer, lead)
    _refuses(act, people, lead, reason)


def _propose(days: int = 9, correction: str = CORRECTION, guidance: str = GUIDANCE) -> Refused:
    return lambda p, lead: services.open_correction(
        p.officer, lead, correction, guidance, in_days(days)
    )


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (_propose(days=0), "须晚于今天"),
        (_propose(correction=" "), "须填写责令改正的内容"),
        (_propose(guidance=""), "须填写行政指导建议"),
        (
            lambda p, lead: services.open_correction(
                p.colleague, lead, CORRECTION, GUIDANCE, in_days(9)
            ),
            "承办人 chen",
        ),
        (
            lambda p, lead: services.open_correction(
                p.head, lead, CORRECTION, GUIDANCE, in_days(9)
            ),
            "须由承办人办理",
        ),
    ],
)
def test_an_established_lead_refuses(
    people: People, established: Lead, act: Refused, reason: str
) -> None:
    _refuses(act, people, established, reason)


def _again(who: str) -> Refused:
    return lambda p, case: services.resubmit(
        getattr(p, who), case, CORRECTION, GUIDANCE, in_days(9)
    )


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda p, case: services.approve(p.officer, case), "须由负责人办理"),
        (lambda p, case: services.approve(p.province_head, case), "须由该机关的人员办理"),
        (lambda p, case: services.return_case(p.officer, case, "改"), "须由负责人办理"),
        (lambda p, case: services.return_case(p.head, case, ""), "须填写退回的理由"),
        (_again("officer"), "须为“已退回”"),
        (_again("colleague"), "本案承办人 chen"),
        (_again("head"), "须由承办人办理"),
        (lambda p, case: services.close_case(p.head, case, "完"), "须为“复核已消除”"),
        (lambda p, case: services.record_recheck(p.officer, case, Path("x")), "须为“已责令改正”"),
        (lambda p, case: _propose()(p, case.lead), "已有案件"),
    ],
)
def test_a_pending_case_refuses(people: People, pending: Case, act: Refused, reason: str) -> None:
    _refuses(act, people, pending, reason)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda p, case: services.approve(p.head, case), "须为“待审批”"),
        (lambda p, case: services.return_case(p.head, case, "改"), "须为“待审批”"),
        (lambda p, case: services.close_case(p.officer, case, "完"), "须由负责人办理"),
        (lambda p, case: services.close_case(p.head, case, "完"), "须为“复核已消除”"),
        (
            lambda p, case: services.record_recheck(p.province_officer, case, Path("x")),
            "须由该机关的人员办理",
        ),
        (
            lambda p, case: services.record_recheck(p.officer, case, Path("no-such-folder")),
            "没有扫描结果",
        ),
    ],
)
def test_an_ordered_case_refuses(people: People, ordered: Case, act: Refused, reason: str) -> None:
    _refuses(act, people, ordered, reason)


def test_a_case_that_was_not_seen_gone_does_not_close(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    services.record_recheck(
        people.officer, ordered, make_scan(seen_now(item_id="I2"), name="unseen")
    )
    _refuses(lambda p, case: services.close_case(p.head, case, "完"), people, ordered, "复核已消除")


def test_no_one_approves_what_he_proposed(people: People, pending: Case) -> None:
    people.officer.membership.role = "head"
    people.officer.membership.save()
    _refuses(lambda p, case: services.approve(p.officer, case), people, pending, "不能审批自己")


def test_a_day_that_has_passed_is_not_approved(people: People, pending: Case) -> None:
    Case.objects.update(correct_by=in_days(0))
    _refuses(lambda p, case: services.approve(p.head, case), people, pending, "须晚于今天")


def test_altered_evidence_stops_the_document(people: People, pending: Case) -> None:
    row = pending.lead.findings.get().row
    path = home_store().path(row["row_sha256"])
    path.chmod(0o600)
    path.write_text("{}")
    _refuses(lambda p, case: services.approve(p.head, case), people, pending, "可能已被改动")


def _refuses(act: Refused, people: People, target: Lead | Case, reason: str) -> None:
    """The act is refused for that reason, and neither a state nor the trail changes."""
    before = _everything()
    with pytest.raises(HengjianError, match=reason):
        act(people, target)
    assert _everything() == before


def _everything() -> list[Any]:
    return [list(m.objects.values()) for m in (Lead, Case, Document, Recheck, AuditEntry)]


def test_when_the_trail_cannot_be_written_nothing_changes(people: People, lead: Lead) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER full BEFORE INSERT ON casework_auditentry "
            "BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    with pytest.raises(DatabaseError, match="no room"):
        services.start_verification(people.officer, lead)
    assert Lead.objects.get().status == "new"


def test_the_draft_of_a_correction_names_words_law_and_mend(lead: Lead) -> None:
    draft = services.suggested_correction(lead)
    for part in ("“最佳”", "《广告法》第九条第三项", "可以证明的具体数据"):
        assert part in draft
