from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.identity.product_models import grades_in, sold_models, sold_vehicles
from hengjian.identity.product_numbers import (
    NUMBERINGS,
    canonical,
    numbers_in,
    place_of,
    shown_numbers,
)
from hengjian.identity.product_pages import (
    day_in,
    same_operator,
)
from hengjian.identity.products import (
    Check,
    Register,
    Unclear,
    check_numbers,
)
from hengjian.records.kinds import KINDS

HOLDER = "南宁康泰药业有限公司"


def _listings(*rows: dict[str, Any]) -> pa.Table:
    made = [
        {"record_id": f"r{n}", "platform": "甲网", "title": "板蓝根颗粒", **row}
        for n, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(made, schema=KINDS["listing"].schema)


def _drug(number: str, **attributes: str) -> dict[str, Any]:
    return {"attributes": list({"批准文号": number, **attributes}.items())}


def _entries(*rows: dict[str, Any], register: str = "drug") -> pa.Table:
    made = [{"register": register, "name": "板蓝根颗粒", "holder": HOLDER, **row} for row in rows]
    return pa.Table.from_pylist(made, schema=KINDS["register_entry"].schema)


def _series(count: int, last: int = 90) -> list[dict[str, Any]]:
    runnings = [*range(1, count), last]
    return [{"number": f"国药准字Z2012{running:04}"} for running in runnings]


def _said(listings: pa.Table, entries: pa.Table, kind: str = "drug") -> list[Check | Unclear]:
    return list(check_numbers(listings, entries, NUMBERINGS[kind]))


@pytest.mark.parametrize(
    "written",
    [
        "国药准字Z20120001", "Z20120001", "国药准字 Z2012 0001", "国藥准字Ｚ２０１２０００１",
        "国药准字Z2012-0001", "国药准字Z2O12OO01", "批号：国药准字z20120001。", "Z20120001 24粒",
    ],
)  # fmt: skip
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert numbers_in(NUMBERINGS["drug"], written, labelled=True) == ["Z20120001"]


@pytest.mark.parametrize("written", ["见包装", "国药准字Z2012****", "20120001", "国药准字Z2012000"])
def test_what_is_no_number_is_left_to_the_text_rule(written: str) -> None:
    assert numbers_in(NUMBERINGS["drug"], written, labelled=True) == []


def test_a_cell_may_hold_several_numbers() -> None:
    text = "国药准字Z20120001、国药准字Z20120002"
    assert numbers_in(NUMBERINGS["drug"], text, labelled=True) == ["Z20120001", "Z20120002"]
    side_by_side = "2023012222560001 2023012222560002"
    assert len(numbers_in(NUMBERINGS["ccc"], side_by_side, labelled=True)) == 2


def test_sixteen_digits_in_a_text_are_a_certificate_only_behind_its_name() -> None:
    ccc = NUMBERINGS["ccc"]
    assert numbers_in(ccc, "快递单号2023012222560001", labelled=False) == []
    assert numbers_in(ccc, "3C证书：2023012222560001", labelled=False) == ["2023012222560001"]


@given(st.integers(0, 9999), st.sampled_from(["", " ", "-", "－", " — "]))
def test_a_quote_is_exactly_what_stands_there(running: int, sign: str) -> None:
    text = f"编号 国药准字Z2012{sign}{running:04}，放心"
    [code] = numbers_in(NUMBERINGS["drug"], text, labelled=True)
    found = place_of(code, text)
    assert found is not None
    start, quoted = found
    assert text[start : start + len(quoted)] == quoted
    assert canonical(quoted) == code


def test_the_label_or_field_of_a_number_is_told() -> None:
    listings = _listings(
        {"attributes": [("国药准字", "Z20120001")]}, {"text": "国药准字Z20120002"}, {"title": "茶"}
    )
    shown = shown_numbers(listings, NUMBERINGS["drug"])
    assert [(s.row, s.fieldname) for s in shown] == [(0, "attributes.国药准字"), (1, "text")]


def test_a_register_without_the_series_covers_nothing() -> None:
    register = Register(NUMBERINGS["drug"], _entries(*_series(4)))
    assert register.covers({"Z20120050"}) == {}


def test_a_register_with_five_of_the_series_covers_it() -> None:
    cover = Register(NUMBERINGS["drug"], _entries(*_series(5))).covers({"Z20120050"})
    assert cover["Z20120050"].entries == 5


def test_a_number_behind_the_last_of_the_newest_year_may_be_younger_than_the_register() -> None:
    register = Register(NUMBERINGS["drug"], _entries(*_series(6)))
    assert register.covers({"Z20120091"}) == {}


def test_a_register_that_lacks_much_of_what_the_market_shows_is_only_a_part() -> None:
    register = Register(NUMBERINGS["drug"], _entries(*_series(30)))
    shown = {f"Z2012{n:04}" for n in range(1, 45)}
    assert register.covers(shown) == {}
    assert register.covers({f"Z2012{n:04}" for n in range(1, 32)}).keys() == {
        "Z20120030", "Z20120031",
    }  # fmt: skip


def test_a_missing_number_is_checked_and_an_uncovered_one_is_unclear() -> None:
    listings = _listings(_drug("国药准字Z20120050"), _drug("国药准字H20050001"))
    absent, unclear = sorted(
        _said(listings, _entries(*_series(6))), key=lambda said: isinstance(said, Unclear)
    )
    assert isinstance(absent, Check)
    assert absent.flaw == "absent"
    assert unclear == Unclear(1, "register_entry.number")


def test_one_right_number_clears_the_page() -> None:
    listings = _listings(_drug("国药准字Z20120050、国药准字Z20120001"))
    assert _said(listings, _entries(*_series(6))) == []


def test_the_maker_mistypes_his_own_number() -> None:
    entries = _entries(*_series(6, last=98))
    own = _listings(_drug("国药准字Z20120097", 生产厂家=HOLDER))
    alien = _listings(_drug("国药准字Z20120097", 生产厂家="苏州新月实业有限公司"))
    assert _said(own, entries) == []
    assert [said.flaw for said in _said(alien, entries) if isinstance(said, Check)] == ["absent"]


def test_another_makers_number() -> None:
    entries = _entries(*_series(6))
    page = _drug("国药准字Z20120001", 生产厂家="苏州新月实业有限公司")
    [said] = _said(_listings(page), entries)
    assert isinstance(said, Check)
    assert said.flaw == "other_maker"
    assert _said(_listings({**page, "text": f"受{HOLDER}委托生产"}), entries) == []


@pytest.mark.parametrize(
    ("entry", "page", "flaw"),
    [
        ({"status": "撤销"}, {}, "lapsed"),
        ({"status": "注销", "values": [("注销日期", "2025-06-01")]}, {}, "lapsed"),
        (
            {"status": "注销", "values": [("注销日期", "2025-06-01")]},
            {"生产日期": "2025.5.1"},
            None,
        ),
        ({"status": "暂停", "values": [("暂停日期", "2026-06-01")]}, {}, None),
        ({"valid_until": dt.date(2025, 1, 1)}, {}, "expired"),
        ({"valid_until": dt.date(2026, 3, 1)}, {}, None),
        ({"valid_until": dt.date(2025, 1, 1)}, {"生产日期": "2024年12月1日"}, None),
        ({"valid_until": dt.date(2025, 1, 1)}, {"生产日期": "2025-02-01"}, "expired"),
    ],
)
def test_a_number_that_has_ended(
    entry: dict[str, Any], page: dict[str, str], flaw: str | None
) -> None:
    number = "国药准字Z20120001"
    listing = {
        **_drug(number, 生产厂家=HOLDER, **page),
        "captured_at": dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC),
    }
    said = _said(_listings(listing), _entries({"number": number, **entry}))
    assert [each.flaw for each in said if isinstance(each, Check)] == ([flaw] if flaw else [])


def test_a_page_without_a_day_cannot_be_held_against_an_end() -> None:
    number = "国药准字Z20120001"
    entries = _entries({"number": number, "valid_until": dt.date(2020, 1, 1)})
    said = _said(_listings(_drug(number, 生产厂家=HOLDER)), entries)
    assert said == [Unclear(0, "listing.captured_at")]


def test_names_that_cannot_be_compared_are_not_different() -> None:
    assert same_operator("Qinghe GmbH", HOLDER)
    assert not same_operator("苏州新月实业有限公司", HOLDER)


@pytest.mark.parametrize(
    ("text", "grades"),
    [("一级", [1]), ("2级能效", [2]), ("3", [3]), ("一级/二级", [1, 2]), ("节能", [])],
)
def test_grades(text: str, grades: list[int]) -> None:
    assert grades_in(text) == grades


def test_days() -> None:
    assert day_in("2025年3月1日至2026.12.31") == dt.date(2026, 12, 31)
    assert day_in("2025-13-01") is None


def test_a_model_is_found_only_under_its_brand() -> None:
    entries = _entries(
        {"number": "EL1", "model": "KFR-35GW", "name": "空调", "holder": "佛山青禾电器有限公司"},
        register="energy_label",
    )
    listings = _listings(
        {"attributes": [("型号", "kfr 35gw"), ("品牌", "青禾")]},
        {"attributes": [("型号", "KFR-35GW"), ("品牌", "远山")]},
        {"attributes": [("型号", "KFR-35GW")]},
    )
    assert [s.page.row for s in sold_models(listings, entries, "energy_label")] == [0, 2]


def test_a_vehicle_goes_by_the_longest_name_in_the_title() -> None:
    entries = _entries(
        {"number": "Q1", "name": "青禾E1"}, {"number": "Q2", "name": "青禾E1 长续航版"},
        register="vehicle",
    )  # fmt: skip
    listings = _listings({"title": "青禾E1纯电轿车"}, {"title": "青禾 E1 长续航版"})
    found = {s.page.row: [e.number for e in s.entries] for s in sold_vehicles(listings, entries)}
    assert found == {0: ["Q1", "Q2"], 1: ["Q2"]}
