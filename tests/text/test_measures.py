from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.text.folds import fold
from hengjian.text.measures import UNITS, measures


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("续航800公里", "km", 800),
        ("续航８００ＫＭ", "km", 800),
        ("原价两千三百元", "yuan", 2300),
        ("到手￥1,299.50", "yuan", 1299.5),
        ("3.5万元大奖", "yuan", 35000),
        ("奖金10w元", "yuan", 100000),
        ("时速60", "km/h", 60),
        ("百分之九十", "percent", 90),
        ("净含量1.5公斤", "g", 1500),
        ("适用8-12岁", "age", 12),
        ("二〇二六年", "year", 2026),
    ],
)
def test_a_number_with_its_unit(text: str, unit: str, value: float) -> None:
    assert [measure.value for measure in measures(fold(text), unit)] == [value]


@pytest.mark.parametrize(
    ("text", "unit"), [("25公里/小时", "km"), ("50元宝", "yuan"), ("千米", "km")]
)
def test_what_is_part_of_another_unit_or_no_number(text: str, unit: str) -> None:
    assert list(measures(text, unit)) == []


@given(
    st.sampled_from(sorted(UNITS)),
    st.text(alphabet="0123一二十百千万,.¥元公里克%岁 百分之", max_size=40),
)
def test_a_measure_quotes_its_place(unit: str, text: str) -> None:
    for measure in measures(text, unit):
        assert 0 <= measure.start < measure.end <= len(text)
        assert measure.value >= 0
