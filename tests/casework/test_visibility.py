from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given
from hypothesis import strategies as st

from hengjian.casework import services
from hengjian.casework.models import Case, Lead
from hengjian.casework.regions import prefix, region_code
from hengjian.casework.setup import create_office
from tests.casework.conftest import MakeScan, People, user
from tests.conftest import LISTING

pytestmark = pytest.mark.django_db

WHO = ("province_officer", "officer", "head", "county_officer", "stranger")


@pytest.mark.parametrize(
    ("region", "seen_by"),
    [
        ("360000", {"province_officer"}),
        ("360100", {"province_officer", "officer", "head"}),
        ("360102", {"province_officer", "officer", "head", "county_officer"}),
        ("360103", {"province_officer", "officer", "head"}),
        ("360200", {"province_officer"}),
        ("370100", set()),
        (None, {"province_officer"}),
        ("南昌市", {"province_officer"}),
        ("3601", {"province_officer"}),
    ],
)
def test_who_sees_a_lead(
    people: People, make_scan: MakeScan, region: str | None, seen_by: set[str]
) -> None:
    record = {**LISTING, "region": region}
    if region is None:
        del record["region"]
    services.import_scan(people.officer, make_scan(record))
    seen = {who for who in WHO if Lead.objects.visible_to(getattr(people, who)).exists()}
    assert seen == seen_by


def test_a_stranger_and_nobody_see_nothing(people: People, lead: Lead) -> None:
    assert not Lead.objects.visible_to(people.stranger).exists()
    assert not Lead.objects.visible_to(AnonymousUser()).exists()


def test_someone_who_left_sees_nothing(people: People, lead: Lead) -> None:
    people.officer.is_active = False
    people.officer.save()
    assert not Lead.objects.visible_to(people.officer).exists()


def test_a_department_sees_only_what_it_may_act_on(people: People, lead: Lead) -> None:
    drugs = create_office("南昌市药品监督管理局", "360100", "药监", "洪药监")
    officer = user("xu", drugs, "officer")
    assert not Lead.objects.visible_to(officer).exists()


def test_a_case_is_seen_by_those_who_see_its_lead(people: People, pending: Case) -> None:
    seen = {who for who in WHO if Case.objects.visible_to(getattr(people, who)).exists()}
    assert seen == {"province_officer", "officer", "head"}


def test_a_lead_stays_with_the_office_that_took_it(people: People, make_scan: MakeScan) -> None:
    unknown = {key: value for key, value in LISTING.items() if key != "region"}
    services.import_scan(people.province_officer, make_scan(unknown, name="unknown"))
    services.start_verification(people.province_officer, Lead.objects.get())
    elsewhere = {**LISTING, "record_id": "L2", "region": "370100"}
    services.import_scan(people.province_officer, make_scan(elsewhere, name="elsewhere"))
    lead = Lead.objects.visible_to(people.province_officer).get()
    assert lead.region_code == "370100"


@given(st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_a_region_lies_within_itself_its_city_and_its_province(code: str) -> None:
    for office in (code, code[:4] + "00", code[:2] + "0000"):
        assert code.startswith(prefix(office))


def test_a_city_whose_number_ends_in_zero_keeps_it() -> None:
    assert prefix("361000") == "3610"


@pytest.mark.parametrize("region", [None, "", "江西", "36010", "3601000", "３６０１００"])
def test_what_is_no_code_is_unknown(region: str | None) -> None:
    assert region_code(region) == ""
