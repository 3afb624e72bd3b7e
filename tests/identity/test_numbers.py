from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.identity.numbers import FORMS, find_numbers, gtin_checks, mod_11_10, value_state

# Numbers from public pages, used for their check digits alone (rulebook, appendix 1).
WELL_FORMED = [
    ("food_production", "SC10741018302531"),
    ("food_production", "SC11351090100010"),
    ("food_production", "SC12336098200173"),
    ("food_operation", "JY14403030012013"),
    ("food_operation", "JY11108071215650"),
    ("prepackaged_filing", "YB23601020001231"),
    ("uscc", "91330100799655058B"),
    ("uscc", "91110000802100433B"),
    ("drug", "国药准字H20123456"),
    ("drug", "国药准字 HJ20200001"),
    ("device_registration", "湘械注准20212140001"),
    ("device_registration", "国械注进20193010001"),
    ("device_filing", "粤深械备20190123号"),
    ("cosmetic_filing", "粤G妆网备字2021012345"),
    ("special_cosmetic", "国妆特字20210012"),
    ("health_food", "国食健注G20150001"),
    ("health_food", "食健备G201736000123"),
    ("ccc", "2023012202560001"),
    ("gtin", "6901234567892"),
    ("medical_advertising", "浙械广审(文)第260101-00123号"),
]


@pytest.mark.parametrize(("form", "number"), WELL_FORMED)
def test_a_well_formed_number(form: str, number: str) -> None:
    assert value_state(form, number) == "well_formed"


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ("food_production", "SC12345678901234"),
        ("food_operation", "JY44403030012013"),
        ("prepackaged_filing", "YB33601020001231"),
        ("uscc", "91330100799655058C"),
        ("drug", "国药准字12345"),
        ("device_registration", "湘械注准20213140001"),
        ("health_food", "国食健备G201744000123"),
        ("gtin", "6901234567890"),
    ],
)
def test_a_malformed_number(form: str, number: str) -> None:
    assert value_state(form, number) == "malformed"


@pytest.mark.parametrize("value", ["见包装", "无", "", "SC107****2531", "暂无编号"])
def test_what_gives_no_number_is_neither(value: str) -> None:
    assert value_state("food_production", value) is None


def test_full_width_lower_case_and_blanks_are_one_number() -> None:
    assert value_state("food_production", "ｓｃ 10741018302531") == "well_formed"


def test_a_number_in_a_text_is_found_at_its_place() -> None:
    text = "许可：JY14403030012013，电话0755"
    [found] = find_numbers("food_operation", text)
    assert text[found.start : found.end] == "JY14403030012013"
    assert found.state == "well_formed"


@given(
    st.sampled_from(sorted(FORMS)),
    st.text(alphabet="SCJY国药准字械注妆H0123456789 *()号", max_size=60),
)
def test_places_lie_in_the_text(form: str, text: str) -> None:
    for found in find_numbers(form, text):
        assert 0 <= found.start < found.end <= len(text)


@given(st.text(alphabet="0123456789", min_size=13, max_size=13))
def test_one_digit_checks_all_others(body: str) -> None:
    good = [digit for digit in "0123456789" if mod_11_10(body + digit)]
    assert len(good) == 1


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_a_gtin_has_one_check_digit(body: str) -> None:
    assert sum(gtin_checks(body + digit) for digit in "0123456789") == 1
