from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.identity.licences import (
    FOOD,
    TRAVEL,
    Register,
    bare_addresses,
    normal_numbers,
    regions_of,
    register_of,
    short_names,
    types_of,
)
from hengjian.identity.numbers import mod_11_10
from hengjian.records.kinds import KINDS

CODE = "92330106MA2000003X"


def register(*rows: dict[str, Any], kind: str = FOOD) -> Register:
    given = [{"type": FOOD, "holder": "某店", **row} for row in rows]
    return register_of(pa.Table.from_pylist(given, schema=KINDS["licence"].schema), kind)


def issued(count: int, region: str = "330106") -> list[dict[str, Any]]:
    return [{"licence_no": f"JY2{region}{number:07d}"} for number in range(count)]


@pytest.mark.parametrize(
    "written",
    [
        "JY23301060012345",
        "jy2 3301-0600 12345",
        "许可证编号：JY23301060012345",
        "ＪＹ２３３０１０６００１２３４５",
        " JY2330106OO12345 ",
        "食品经营许可证JY233O1060012345号",
    ],
)
def test_one_number_has_one_form_however_it_is_written(written: str) -> None:
    assert normal_numbers(pa.array([written])).to_pylist() == ["JY23301060012345"]


@given(st.text(alphabet="JY0123456789OIL- 许可证编号浙药", max_size=30))
def test_a_normal_number_stays_as_it_is(written: str) -> None:
    once = normal_numbers(pa.array([written]))
    if once[0].as_py().startswith("JY") and len(once[0].as_py()) == len("JY23301060012345"):
        assert normal_numbers(once) == once


def test_an_unknown_number_stays_unknown() -> None:
    assert normal_numbers(pa.array([None], pa.string())).to_pylist() == [None]


def test_the_form_of_a_number_tells_its_type() -> None:
    numbers = normal_numbers(
        pa.array(
            [
                "JY23301060012345",
                "YB23601020001231",
                "91330100799655058B",
                "浙杭食药监械经营许20210001号",
                "浙DA5710001",
                "L-ZJ-CJ00023",
                "赣应急经字〔2025〕001号",
                "浙小餐饮登字330106001",
            ]
        )
    )
    assert types_of(numbers).tolist() == [
        "food_operation",
        "prepackaged_filing",
        "business",
        "device_operation",
        "drug_operation",
        "travel_agency",
        "hazardous_chemicals",
        "other",
    ]


def test_a_number_tells_the_region_of_its_issuer() -> None:
    food = regions_of(pa.array(["JY23301060012345"]), FOOD)
    travel = regions_of(pa.array(["LZJCJ00023"]), TRAVEL)
    assert (food.to_pylist(), travel.to_pylist()) == (["330106"], ["LZJ"])


def test_names_without_region_and_kind() -> None:
    names = pa.array(["杭州市西湖区老王小吃店", "杭州市老王小吃店", "老王小吃店"])
    assert set(short_names(names).to_pylist()) == {"老王小吃店"}


def test_addresses_without_province_and_floor() -> None:
    written = ["浙江省杭州市西湖区东街3号一楼", "杭州市西湖区东街３号", "杭州西湖区东街 3 号"]
    assert len(set(bare_addresses(pa.array(written)).to_pylist())) == 1


def test_of_two_rows_with_one_number_the_one_that_runs_longer_counts() -> None:
    old = {"licence_no": "JY23301060012345", "valid_until": dt.date(2025, 3, 31)}
    new = {"licence_no": "JY2-3301-0600-12345", "valid_until": dt.date(2030, 3, 31)}
    found = register(new, old)
    assert (found.place.tolist(), len(found.number)) == ([0], 1)


def test_a_row_without_a_last_day_leaves_the_last_day_unknown() -> None:
    old = {"licence_no": "JY23301060012345", "valid_until": dt.date(2025, 3, 31)}
    assert np.isnan(register(old, {"licence_no": "JY23301060012345"}).until).all()


def test_a_register_has_only_the_licences_of_its_type() -> None:
    drug = {"licence_no": "浙DA5710001", "type": "drug_operation"}
    called = {"licence_no": "JY23301060012345", "type": "食品经营许可证"}
    assert register(drug, called).number.to_pylist() == ["JY23301060012345"]


@pytest.mark.parametrize(
    ("uscc", "name", "region", "held"),
    [
        (CODE, "别名", "330106", True),
        (None, "老王小吃店", "330106", True),
        (None, "老王小吃店", "440103", False),
        (None, "老王小吃店", None, True),
        (None, "杭州市西湖区老王小吃店", "440103", True),
        ("92330106MA2999999X", "老李小吃店", "330106", False),
        (None, "老李小吃店", None, False),
    ],
)
def test_whose_a_licence_is(uscc: str | None, name: str, region: str | None, held: bool) -> None:
    found = register(
        {"licence_no": "JY23301060012345", "holder": "杭州市西湖区老王小吃店", "uscc": CODE}
    )
    wanted = (pa.array([uscc], pa.string()), pa.array([name]), pa.array([region], pa.string()))
    assert bool(found.latest_of(*wanted)[0] == np.inf) is held
    assert bool(found.held_by(*wanted)[0]) is held


@pytest.mark.parametrize("status", ["revoked", "cancelled", "suspended"])
def test_a_withdrawn_licence_counts_for_nobody(status: str) -> None:
    found = register({"licence_no": "JY23301060012345", "holder": "老王小吃店", "status": status})
    wanted = (pa.nulls(1, pa.string()), pa.array(["老王小吃店"]), pa.nulls(1, pa.string()))
    assert found.latest_of(*wanted).tolist() == [-np.inf]


def covered(found: Register, *numbers: str) -> bool:
    shops = np.arange(len(numbers), dtype=np.int64)
    return bool(found.covers(shops, pa.array(numbers))[0])


def test_a_register_covers_a_region_that_it_holds_and_whose_shops_it_knows() -> None:
    found = register(*issued(30))
    known = [row["licence_no"] for row in issued(6)]
    assert covered(found, "JY23301069999999", *known)


def test_it_does_not_cover_a_region_of_which_it_is_an_extract() -> None:
    found = register(*issued(30))
    unknown = [f"JY2330106888888{number}" for number in range(3)]
    assert not covered(found, "JY23301069999999", *unknown, *[r["licence_no"] for r in issued(6)])


def test_it_does_not_cover_another_region_nor_one_of_few_licences() -> None:
    known = [row["licence_no"] for row in issued(6)]
    assert not covered(register(*issued(30)), "JY24401039999999", *known)
    assert not covered(register(*issued(19)), "JY23301069999999", *known)


def test_a_shop_does_not_speak_for_its_own_number() -> None:
    found = register(*issued(30))
    numbers = pa.array(["JY23301069999999", *(row["licence_no"] for row in issued(6))])
    assert not found.covers(np.zeros(len(numbers), dtype=np.int64), numbers)[0]


def test_misprints_are_one_place_or_two_neighbours_exchanged() -> None:
    found = register(
        *({"licence_no": number} for number in ("JY23301060000019", "JY23301060000091")),
        {"licence_no": "JY23301060000028"},
    )
    slips = found.misprints("JY23301060000018", "330106")
    assert found.number.take(slips).to_pylist() == ["JY23301060000019", "JY23301060000028"]
    exchanged = found.misprints("JY23301060000109", "330106")
    assert found.number.take(exchanged).to_pylist() == ["JY23301060000019"]


def _checked(count: int) -> list[dict[str, Any]]:
    return [
        {"licence_no": f"JY{with_check_digit(f'2330106{number:06d}')}"} for number in range(count)
    ]


def with_check_digit(digits: str) -> str:
    return next(digits + str(last) for last in range(10) if mod_11_10(digits + str(last)))


def test_a_number_whose_check_digit_is_wrong_is_nobodys_even_where_the_register_is_small() -> None:
    right = f"JY{with_check_digit('2440106000777')}"
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    told = register(*_checked(10)).disproves(pa.array([right, wrong, None, "京食药营1"]))
    assert told.tolist() == [False, True, False, False]


def test_few_numbers_or_numbers_that_do_not_check_disprove_nothing() -> None:
    wrong = pa.array(["JY24401060007771", "JY24401060007772"])
    assert not register(*_checked(9)).disproves(wrong).any()
    assert not register(*issued(30)).disproves(wrong).any()


@given(st.integers(0, 10**6 - 1))
def test_a_number_that_was_issued_is_never_disproved(number: int) -> None:
    mine = f"JY{with_check_digit(f'2360102{number:06d}')}"
    assert not register(*_checked(12)).disproves(pa.array([mine])).any()
