from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hengjian.casework import services
from hengjian.casework.incoming import home_store
from hengjian.casework.models import AuditEntry, Case, Document, Lead
from hengjian.casework.setup import create_user
from tests.casework.conftest import CORRECTION, GUIDANCE, MakeScan, People, in_days, seen_now
from tests.conftest import LISTING

pytestmark = pytest.mark.django_db


def _browser(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


class _Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.marked: list[str] = []
        self.text = ""
        self._stack: list[str] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self._stack.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._stack:
            self.marked[-1] += data


def _addresses(case: Case) -> list[str]:
    document = Document.objects.get(case=case)
    return [
        "/",
        f"/leads/{case.lead_id}/",
        f"/cases/{case.pk}/",
        f"/documents/{document.pk}.pdf",
        f"/documents/{document.pk}.docx",
    ]


def test_every_page_needs_a_login(ordered: Case) -> None:
    for address in _addresses(ordered):
        response = Client().get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/login/?next=")


def test_every_page_opens_for_those_who_may_see_it(people: People, ordered: Case) -> None:
    client = _browser(people.officer)
    assert {client.get(a).status_code for a in _addresses(ordered)} == {200}


def test_what_lies_elsewhere_is_not_found(people: People, ordered: Case) -> None:
    client = _browser(people.county_officer)
    _, *elsewhere = _addresses(ordered)
    assert {client.get(address).status_code for address in elsewhere} == {404}
    assert client.post(f"/leads/{ordered.lead_id}/start/").status_code == 404
    assert client.post(f"/cases/{ordered.pk}/approve/").status_code == 404


def test_a_superuser_without_an_office_sees_nothing(people: People, ordered: Case) -> None:
    client = _browser(people.stranger)
    assert {client.get(a).status_code for a in _addresses(ordered)} == {403}


def test_a_one_time_password_must_be_changed_first(people: People) -> None:
    password = create_user("zou", people.officer.membership.office, "officer")
    client = Client()
    client.post("/login/", {"username": "zou", "password": password})
    assert client.get("/")["Location"] == "/password/"
    new = {"old_password": password, "new_password1": "衡鉴-2026-长密码-abc"}
    client.post("/password/", {**new, "new_password2": new["new_password1"]})
    assert client.get("/").status_code == 200
    assert AuditEntry.objects.filter(action="change_password").count() == 1


def test_a_wrong_password_locks_after_five_times(people: People) -> None:
    client = Client()
    statuses = [
        client.post("/login/", {"username": "chen", "password": "wrong"}).status_code
        for _ in range(6)
    ]
    assert statuses[:4] == [200] * 4
    assert statuses[-1] == 429
    assert (
        "已锁定" in client.post("/login/", {"username": "chen", "password": "x"}).content.decode()
    )


def test_changes_need_the_token_of_a_page(people: People, lead: Lead) -> None:
    client = _browser(people.officer, enforce_csrf_checks=True)
    assert client.post(f"/leads/{lead.pk}/start/").status_code == 403
    client.get(f"/leads/{lead.pk}/")
    token = client.cookies["csrftoken"].value
    assert (
        client.post(f"/leads/{lead.pk}/start/", {"csrfmiddlewaretoken": token}).status_code == 302
    )
    lead.refresh_from_db()
    assert lead.status == "verifying"


@pytest.mark.parametrize("action", ["start", "establish", "open-correction"])
def test_a_link_changes_nothing(people: People, lead: Lead, action: str) -> None:
    assert _browser(people.officer).get(f"/leads/{lead.pk}/{action}/").status_code == 405


def test_no_page_runs_a_script_or_needs_another_server(people: People, ordered: Case) -> None:
    client = _browser(people.officer)
    for address in _addresses(ordered)[:3]:
        response = client.get(address)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page = _Page(response)
        assert "script" not in page.tags
        assert "style" not in page.tags + page.attributes
        assert not [name for name in page.attributes if name.startswith("on")]


def test_pages_are_framed_and_kept_by_no_one(people: People, lead: Lead) -> None:
    response = _browser(people.officer).get(f"/leads/{lead.pk}/")
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_the_index_shows_leads_by_rank(people: People, make_scan: MakeScan) -> None:
    grave = {**LISTING, "record_id": "L2", "item_id": "I2", "title": "积雪草面膜 消炎祛痘"}
    services.import_scan(people.officer, make_scan(LISTING, grave))
    text = _Page(_browser(people.officer).get("/")).text
    assert 0 < text.index("化妆品宣称医疗作用") < text.index("绝对化用语")


def test_a_lead_shows_words_law_look_alikes_and_time(people: People, lead: Lead) -> None:
    page = _Page(_browser(people.officer).get(f"/leads/{lead.pk}/"))
    assert page.marked == ["最佳"]
    for part in (
        "全网最佳空气炸锅",
        "《广告法》第九条第三项",
        "国家级",
        "2026-11-05 10:00（采集时间）",
        "消费提示，如最佳赏味期",
        "危害：市场秩序",
        "开始核查",
    ):
        assert part in page.text, part


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert('最佳')</script>",
        '"><img src=x onerror=alert(1)>全网最佳',
        "{{ title }}{% csrf_token %}最佳&amp;<b>最佳",
    ],
)
def test_hostile_text_is_shown_and_marked_as_text(
    people: People, make_scan: MakeScan, title: str
) -> None:
    services.import_scan(people.officer, make_scan({**LISTING, "title": title}))
    page = _Page(_browser(people.officer).get(f"/leads/{Lead.objects.get().pk}/"))
    assert title in page.text
    assert set(page.marked) == {"最佳"}
    assert not {"script", "img"} & set(page.tags)


def test_evidence_that_was_altered_is_not_shown(people: People, lead: Lead) -> None:
    path = home_store().path(lead.findings.get().row["row_sha256"])
    path.chmod(0o600)
    path.write_text('{"title": "最佳最佳最佳"}')
    page = _Page(_browser(people.officer).get(f"/leads/{lead.pk}/"))
    assert "可能已被改动" in page.text
    assert page.marked == []


def test_a_look_is_recorded(people: People, pending: Case) -> None:
    client = _browser(people.province_officer)
    client.get(f"/leads/{pending.lead_id}/")
    client.get(f"/cases/{pending.pk}/")
    looks = AuditEntry.objects.filter(action="view", actor=people.province_officer)
    assert [look.object_kind for look in looks] == ["lead", "case"]


def test_what_the_services_refuse_is_told_on_the_page(people: People, lead: Lead) -> None:
    response = _browser(people.head).post(f"/leads/{lead.pk}/start/")
    assert response.status_code == 409
    assert "须由承办人办理" in _Page(response).text


def test_what_cannot_be_read_is_told_and_what_was_typed_stays(
    people: People, established: Lead
) -> None:
    form = {"correction": "删去<最佳>", "guidance": GUIDANCE, "correct_by": "明天"}
    response = _browser(people.officer).post(f"/leads/{established.pk}/open-correction/", form)
    assert response.status_code == 400
    text = _Page(response).text
    assert "须为日期" in text
    assert "删去<最佳>" in text


def test_an_unknown_action_is_not_found(people: People, lead: Lead) -> None:
    assert _browser(people.officer).post(f"/leads/{lead.pk}/delete/").status_code == 404


def test_a_document_is_handed_out_whole_and_named(people: People, ordered: Case) -> None:
    document = Document.objects.get()
    response = _browser(people.officer).get(f"/documents/{document.pk}.pdf")
    assert response.content == home_store().get(document.pdf_sha256)
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    name = unquote(response["Content-Disposition"])
    assert name == f"attachment; filename*=UTF-8''责令改正通知书{document.number}.pdf"
    assert AuditEntry.objects.filter(action="download").count() == 1


def test_other_formats_are_not_found(people: People, ordered: Case) -> None:
    document = Document.objects.get()
    assert _browser(people.officer).get(f"/documents/{document.pk}.exe").status_code == 404


def test_a_case_is_taken_from_lead_to_closing_in_the_browser(
    people: People, lead: Lead, make_scan: MakeScan
) -> None:
    officer, head = _browser(people.officer), _browser(people.head)
    officer.post(f"/leads/{lead.pk}/start/")
    officer.post(f"/leads/{lead.pk}/establish/", {"note": "已核对"})
    form = {
        "correction": CORRECTION,
        "guidance": GUIDANCE,
        "correct_by": in_days(15).isoformat(),
    }
    response = officer.post(f"/leads/{lead.pk}/open-correction/", form)
    case = Case.objects.get()
    assert response["Location"] == f"/cases/{case.pk}/"
    head.post(f"/cases/{case.pk}/return/", {"reason": "请写明"})
    officer.post(f"/cases/{case.pk}/resubmit/", form)
    head.post(f"/cases/{case.pk}/approve/")
    scan = services.import_scan(people.officer, make_scan(seen_now(), name="later")).scan
    assert scan.scan_id in officer.get(f"/cases/{case.pk}/").content.decode()
    officer.post(f"/cases/{case.pk}/recheck/", {"scan_id": scan.scan_id})
    head.post(f"/cases/{case.pk}/close/", {"note": "已改正"})
    case.refresh_from_db()
    assert case.status == "closed"
    page = _Page(head.get(f"/cases/{case.pk}/"))
    for part in ("已结案", "已消除", f"洪市监责改〔{timezone.localdate().year}〕1号", "批准"):
        assert part in page.text


def test_a_recheck_needs_an_imported_scan(people: People, ordered: Case) -> None:
    response = _browser(people.officer).post(
        f"/cases/{ordered.pk}/recheck/", {"scan_id": "../../etc"}
    )
    assert response.status_code == 400


def test_that_it_is_still_there_is_shown(
    people: People, ordered: Case, make_scan: MakeScan
) -> None:
    folder = make_scan(seen_now(title="全网最佳空气炸锅"), name="later")
    services.record_recheck(people.officer, ordered, folder)
    assert "仍存在" in _Page(_browser(people.officer).get(f"/cases/{ordered.pk}/")).text


def test_the_style_sheet_is_served(db: None, home: Path) -> None:
    response = Client().get("/static/workbench/workbench.css")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/css")
