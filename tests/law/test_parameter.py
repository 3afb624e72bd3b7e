from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.law.library import ARTICLE_NUMBER, statutes, versions_of
from hengjian.law.parameter import ParameterValue, load_parameters, parameter, parameters
from hengjian.law.texts import LawText, read_text, texts_of

ALL = [(name, value) for name, values in parameters().items() for value in values]
CONFIRMED = [(name, value) for name, value in ALL if value.confirmed]


def test_the_highest_prize_is_fifty_thousand_yuan() -> None:
    prize = parameter("有奖销售.最高奖上限", dt.date(2026, 1, 1))
    assert (prize.value, prize.unit) == (Decimal(50000), "元")
    assert prize.source == "反不正当竞争法第十一条第四项"


def test_the_fine_is_that_of_the_day() -> None:
    name = "商业诋毁.情节严重罚款上限"
    assert parameter(name, dt.date(2025, 10, 14)).value == 3_000_000
    assert parameter(name, dt.date(2025, 10, 15)).value == 5_000_000


def test_a_fine_whose_lower_limit_was_struck_out_starts_at_zero() -> None:
    name = "虚假宣传.罚款下限"
    assert parameter(name, dt.date(2025, 10, 14)).value == 200_000
    assert parameter(name, dt.date(2025, 10, 15)).value == 0


def test_a_number_known_at_second_hand_is_to_be_confirmed() -> None:
    assert not parameter("过度包装.空隙率上限.净含量50以上", dt.date(2026, 9, 1)).confirmed


def test_an_unknown_day_gives_no_number() -> None:
    with pytest.raises(HengjianError, match="日期未知"):
        parameter("有奖销售.最高奖上限", None)


def test_a_day_before_the_first_value_is_told_with_the_days_that_have_one() -> None:
    with pytest.raises(HengjianError, match="2026-01-31 没有值") as caught:
        parameter("直播未核验.罚款上限", dt.date(2026, 1, 31))
    assert caught.value.hint == "有值的日期：2026-02-01 至今"


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(HengjianError, match="没有参数“最高奖”"):
        parameter("最高奖", dt.date(2026, 1, 1))


@given(st.sampled_from(sorted(parameters())), st.dates(dt.date(2010, 1, 1), dt.date(2030, 1, 1)))
def test_on_any_day_a_parameter_has_one_value_or_says_that_it_has_none(
    name: str, day: dt.date
) -> None:
    holding = [v for v in parameters()[name] if v.holds_on(day)]
    if holding:
        assert holding == [parameter(name, day)]
    else:
        with pytest.raises(HengjianError, match="没有值"):
            parameter(name, day)


@pytest.mark.parametrize("name", [n for n in parameters() if n.endswith("下限")])
def test_a_lower_limit_does_not_exceed_its_upper_limit(name: str) -> None:
    for value in parameters()[name]:
        upper = parameter(name.removesuffix("下限") + "上限", value.effective_from)
        assert value.value <= upper.value
        assert value.unit == upper.unit


@pytest.mark.parametrize(("name", "value"), CONFIRMED, ids=lambda v: v if type(v) is str else "")
def test_a_confirmed_number_holds_while_its_article_is_in_force(
    name: str, value: ParameterValue
) -> None:
    versions = versions_of(*_cited(value.source))
    assert any(v.in_force(value.effective_from) for v in versions)
    assert versions[-1].effective_until == value.effective_until


@pytest.mark.parametrize(("name", "value"), CONFIRMED, ids=lambda v: v if type(v) is str else "")
def test_a_confirmed_number_stands_in_the_text_of_its_article(
    name: str, value: ParameterValue, shared: Path
) -> None:
    law, number = _cited(value.source)
    held = texts_of(_texts(shared / "domain" / "law"), statutes()[law].full_name)
    whole_article = number.split("条")[0] + "条"
    words = "".join(line for text in held for line in text.lines(whole_article))
    assert value.value == 0 or any(form in words for form in _forms(value)), _forms(value)


def test_the_same_name_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    one = "  - name: 甲\n    unit: 元\n    values:\n      - {value: 1, from: 2020-01-01, source: 乙}\n"
    path = tmp_path / "a.yml"
    path.write_text("parameters:\n" + one + one, encoding="utf-8")
    with pytest.raises(HengjianError, match="重复") as caught:
        load_parameters([path])
    assert caught.value.line == 6


def test_values_whose_days_overlap_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(
        "parameters:\n  - name: 甲\n    unit: 元\n    values:\n"
        "      - {value: 1, from: 2020-01-01, until: 2021-01-01, source: 乙}\n"
        "      - {value: 2, from: 2021-01-01, source: 乙}\n",
        encoding="utf-8",
    )
    with pytest.raises(HengjianError, match="日期不重叠"):
        load_parameters([path])


@cache
def _texts(folder: Path) -> list[LawText]:
    titles = {statute.full_name for statute in statutes().values()}
    return [
        read_text(path)
        for path in folder.glob("*.md")
        if path.read_text(encoding="utf-8").split("\n")[0].removeprefix("# ") in titles
    ]


def _cited(source: str) -> tuple[str, str]:
    match = re.fullmatch(f"(.+?)({ARTICLE_NUMBER})", source)
    assert match is not None, source
    return match[1], match[2]


def _forms(value: ParameterValue) -> list[str]:
    """Return the ways in which a law writes this number with its unit."""
    unit = value.unit[0] if value.unit.startswith("倍") else value.unit
    if unit == "倍" and value.value < 1:
        return [f"百分之{_chinese(int(value.value * 100))}"]
    if unit == "倍" and value.value == 1:
        return ["一倍", "1倍", "等值"]
    number = int(value.value)
    forms = [_chinese(number), str(number)]
    if number == 2000:
        forms.append("两千")
    if number % 10_000 == 0:
        forms += [_chinese(number // 10_000) + "万", f"{number // 10_000}万"]
    return [form + unit for form in forms]


def _chinese(number: int) -> str:
    """Write a number below a hundred million as laws do."""
    if number >= 10_000:
        rest = number % 10_000
        return _chinese(number // 10_000) + "万" + (_chinese(rest) if rest else "")
    digits = "零一二三四五六七八九"
    text = ""
    for unit, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // size % 10
        if digit:
            text += digits[digit] + unit
    return text.removeprefix("一") if text.startswith("一十") else text
