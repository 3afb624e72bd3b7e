from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hengjian.casework import services
from hengjian.casework.audit import verify_chain
from hengjian.casework.incoming import home_store
from hengjian.casework.models import AuditEntry, Case, Lead, LeadFinding, Scan
from hengjian.errors import HengjianError
from tests.casework.conftest import (
    CORRECTION,
    GUIDANCE,
    MakeScan,
    People,
    in_days,
    seen_now,
)
from tests.conftest import LISTING

pytestmark = pytest.mark.django_db


def _findings(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _rewrite(folder: Path, findings: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(finding, ensure_ascii=False) + "\n" for finding in findings)
    (folder / "findings.jsonl").write_text(text, encoding="utf-8")
    summary = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    (folder / "scan.json").write_text(json.dumps({**summary, "findings": len(findings)}))


def test_findings_become_leads(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING, {**LISTING, "record_id": "L2", "item_id": "I2"})
    result = services.import_scan(people.officer, folder)
    assert (result.new, result.known, result.new_leads, result.refused) == (2, 0, 2, [])
    lead = Lead.objects.get(subject_id="I1")
    assert (lead.status, lead.violation, lead.region_code) == (
        "new",
        "marketing.absolute_claim",
        "360100",
    )


def test_a_second_import_doubles_nothing(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING)
    services.import_scan(people.officer, folder)
    again = services.import_scan(people.officer, folder)
    assert (again.new, again.known, again.new_leads) == (0, 1, 0)
    assert (Scan.objects.count(), Lead.objects.count(), LeadFinding.objects.count()) == (1, 1, 1)


def test_another_scan_of_the_same_file_doubles_nothing(people: People, make_scan: MakeScan) -> None:
    services.import_scan(people.officer, make_scan(LISTING))
    again = services.import_scan(people.officer, make_scan(LISTING))
    assert (again.new, again.known) == (0, 1)
    assert (Scan.objects.count(), Lead.objects.count()) == (2, 1)


@examples(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(range(3)), repeats=st.lists(st.integers(0, 2), max_size=3))
def test_any_order_and_repetition_of_imports_gives_the_same_leads(
    people: People, make_scan: MakeScan, order: list[int], repeats: list[int]
) -> None:
    monthly = [{**LISTING, "record_id": f"L{n}", "price": n} for n in range(3)]
    folders = [make_scan(record, name=f"scan{n}") for n, record in enumerate(monthly)]
    with transaction.atomic():
        for number in [*order, *repeats]:
            services.import_scan(people.officer, folders[number])
        lead = Lead.objects.get()
        assert (lead.record_count, lead.findings.count()) == (3, 3)
        assert lead.rank == pytest.approx(1.543)
        assert verify_chain().entries == AuditEntry.objects.count()
        transaction.set_rollback(True)


def test_the_rows_are_kept_in_the_home(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING)
    services.import_scan(people.officer, folder)
    shutil.rmtree(folder)
    kept = home_store().get(LeadFinding.objects.get().row["row_sha256"])
    assert json.loads(kept)["title"] == "全网最佳空气炸锅"


def test_a_finding_is_kept_as_it_came(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING)
    services.import_scan(people.officer, folder)
    assert LeadFinding.objects.get().payload == _findings(folder)[0]


@pytest.mark.parametrize("spoil", ["missing", "altered"])
def test_a_finding_without_sound_evidence_is_refused_and_the_rest_goes_on(
    people: People, make_scan: MakeScan, spoil: str
) -> None:
    folder = make_scan(LISTING, {**LISTING, "record_id": "L2", "item_id": "I2"})
    bad = next(f for f in _findings(folder) if f["subject_id"] == "I2")
    path = folder / "evidence" / "objects" / bad["row_sha256"][:2] / bad["row_sha256"]
    path.unlink()
    if spoil == "altered":
        path.write_text('{"title": "something else"}')
    result = services.import_scan(people.officer, folder)
    assert [refusal.finding_id for refusal in result.refused] == [bad["finding_id"]]
    assert [lead.subject_id for lead in Lead.objects.all()] == ["I1"]


def _words_elsewhere(finding: dict[str, Any]) -> None:
    finding["evidence"][0]["start"] += 1
    finding["evidence"][0]["end"] += 1


def _words_invented(finding: dict[str, Any]) -> None:
    finding["evidence"][0]["text"] = "特供"


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (_words_elsewhere, "位置不符"),
        (_words_invented, "位置不符"),
        (lambda f: f.update(row_sha256="0" * 64), "清单里没有"),
        (lambda f: f.update(row_sha256="../../etc/passwd"), "row_sha256"),
        (lambda f: f.update(record_ids=["L2"]), "清单里没有"),
        (lambda f: f.update(severity="dreadful"), "severity"),
        (lambda f: f.update(violation="no.such_rule"), "没有这条规则"),
        (lambda f: f["evidence"][0].update(field="text"), "不在原始记录中"),
        (lambda f: f.update(conduct_from="yesterday"), "conduct_from"),
        (lambda f: f.update(explanation="\ud800"), "explanation"),
    ],
)
def test_a_forged_finding_is_refused(
    people: People, make_scan: MakeScan, forge: Any, reason: str
) -> None:
    folder = make_scan(LISTING)
    [finding] = _findings(folder)
    forge(finding)
    (folder / "findings.jsonl").write_text(json.dumps(finding) + "\n", encoding="utf-8")
    [refusal] = services.import_scan(people.officer, folder).refused
    assert reason in refusal.reason
    assert not Lead.objects.exists()


def test_topics_are_counted_and_become_no_lead(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING)
    topic = {**_findings(folder)[0], "finding_id": "t1", "violation": "", "subject_kind": "topic"}
    _rewrite(folder, [*_findings(folder), topic])
    result = services.import_scan(people.officer, folder)
    assert (result.topics, result.new_leads) == (1, 1)


def test_a_folder_that_lost_findings_is_refused(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING)
    (folder / "findings.jsonl").write_text("")
    with pytest.raises(HengjianError, match="写有 1 条疑点，文件里有 0 条"):
        services.import_scan(people.officer, folder)
    assert not Scan.objects.exists()


def test_a_scan_that_was_changed_since_is_refused(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING)
    services.import_scan(people.officer, folder)
    _rewrite(folder, [{**_findings(folder)[0], "score": 1.0}])
    with pytest.raises(HengjianError, match="内容与当时不同"):
        services.import_scan(people.officer, folder)


def test_someone_without_an_office_imports_nothing(people: People, make_scan: MakeScan) -> None:
    with pytest.raises(HengjianError, match="不属于任何机关"):
        services.import_scan(people.stranger, make_scan(LISTING))


def test_planted_records_make_a_marked_lead(people: People, make_scan: MakeScan) -> None:
    services.import_scan(people.officer, make_scan(LISTING, seeded=frozenset({"L1"})))
    assert Lead.objects.get().seeded


def test_a_new_month_is_a_new_lead_while_there_is_no_case(
    people: People, lead: Lead, make_scan: MakeScan
) -> None:
    october = {**LISTING, "record_id": "L2", "captured_at": "2026-10-05T10:00:00+08:00"}
    services.import_scan(people.officer, make_scan(october, name="october"))
    assert Lead.objects.count() == 2


def test_continuing_conduct_joins_the_lead_of_the_open_case(
    people: People, pending: Case, make_scan: MakeScan
) -> None:
    october = {**LISTING, "record_id": "L2", "captured_at": "2026-10-05T10:00:00+08:00"}
    result = services.import_scan(people.officer, make_scan(october, name="october"))
    lead = Lead.objects.get()
    assert (result.new, result.new_leads) == (1, 0)
    assert (lead.findings.count(), lead.record_count) == (2, 2)
    assert lead.conduct_from is not None
    assert lead.conduct_from.isoformat() == "2026-10-05T02:00:00+00:00"


def test_what_joins_later_does_not_enter_the_proposal(
    people: People, pending: Case, make_scan: MakeScan
) -> None:
    october = {**LISTING, "record_id": "L2", "captured_at": "2026-10-05T10:00:00+08:00"}
    services.import_scan(people.officer, make_scan(october, name="october"))
    pending.refresh_from_db()
    assert len(pending.finding_ids) == 1


@pytest.fixture
def closed(people: People, ordered: Case, make_scan: MakeScan) -> Case:
    services.record_recheck(people.officer, ordered, make_scan(seen_now(), name="later"))
    return services.close_case(people.head, ordered, "已改正")


def test_what_comes_back_after_a_closed_case_is_a_new_lead(
    people: People, closed: Case, make_scan: MakeScan
) -> None:
    again = seen_now(record_id="L10", title="全网最佳空气炸锅")
    services.import_scan(people.officer, make_scan(again, name="back"))
    new = Lead.objects.exclude(pk=closed.lead_id).get()
    assert (new.previous, new.status) == (closed.lead, "new")


def test_what_comes_back_in_the_same_month_is_a_new_lead_too(
    people: People, make_scan: MakeScan
) -> None:
    first = seen_now(record_id="L1", title="全网最佳空气炸锅")
    services.import_scan(people.officer, make_scan(first, name="first"))
    lead = Lead.objects.get()
    services.start_verification(people.officer, lead)
    services.establish(people.officer, lead, "属实")
    case = services.open_correction(people.officer, lead, CORRECTION, GUIDANCE, in_days(15))
    services.approve(people.head, case)
    services.record_recheck(people.officer, case, make_scan(seen_now(), name="later"))
    services.close_case(people.head, case, "已改正")
    for name in ("back", "more"):
        again = seen_now(record_id=name, title="全网最佳空气炸锅")
        services.import_scan(people.officer, make_scan(again, name=name))
    new = Lead.objects.exclude(pk=lead.pk).get()
    assert (new.previous, new.findings.count()) == (lead, 2)
    assert new.lead_key == f"{lead.lead_key}-2"


def test_old_conduct_that_comes_to_light_later_stays_with_the_decided_lead(
    people: People, closed: Case, make_scan: MakeScan
) -> None:
    older = {**LISTING, "record_id": "L2", "captured_at": "2026-11-04T10:00:00+08:00"}
    services.import_scan(people.officer, make_scan(older, name="older"))
    assert Lead.objects.get().findings.count() == 2


def test_a_lead_that_did_not_hold_is_not_doubled(
    people: People, lead: Lead, make_scan: MakeScan
) -> None:
    services.start_verification(people.officer, lead)
    services.not_establish(people.officer, lead, "奖项名称")
    same_month = {**LISTING, "record_id": "L2"}
    services.import_scan(people.officer, make_scan(same_month, name="again"))
    assert Lead.objects.get().status == "not_established"


def test_every_import_leaves_its_entry(people: People, make_scan: MakeScan) -> None:
    folder = make_scan(LISTING)
    services.import_scan(people.officer, folder)
    services.import_scan(people.officer, folder)
    entries = AuditEntry.objects.filter(action="import_scan")
    assert [entry.detail["new"] for entry in entries] == [1, 0]
    assert {entry.actor for entry in entries} == {people.officer}
