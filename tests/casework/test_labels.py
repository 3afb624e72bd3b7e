from __future__ import annotations

from typing import Any

import pytest

from hengjian.casework.labels import conduct, extent, field_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("title", "标题"),
        ("cancel_reason", "取消理由"),
        ("attributes.执行标准", "属性·执行标准"),
        ("order", "订单"),
        ("order.cancelled_by", "订单·取消者"),
        ("any_field", "文字"),
        ("unheard_of", "unheard_of"),
    ],
)
def test_fields_are_told_in_the_words_of_the_contract(name: str, shown: str) -> None:
    assert field_name(name) == shown


def _finding(**more: Any) -> dict[str, Any]:
    begin = "2026-11-10T16:10:00+00:00"
    told = {"conduct_from": begin, "conduct_until": begin, "conduct_known": "stated"}
    return {**told, "record_ids": ["a"], "members": None, **more}


def test_conduct_of_one_moment_is_told_once() -> None:
    assert conduct(_finding()) == "2026-11-11 00:10（平台载明）"


def test_conduct_over_days_is_told_with_both_ends() -> None:
    finding = _finding(conduct_until="2026-11-12T16:10:00+00:00")
    assert conduct(finding) == "2026-11-11 00:10 至 2026-11-13 00:10（平台载明）"


def test_one_record_is_not_worth_a_line() -> None:
    assert extent(_finding()) == []


def test_a_group_is_told_with_its_members_and_the_chance() -> None:
    members = {"accounts": [f"u{n}" for n in range(9)], "shops": ["S"], "p_value": 2e-9}
    told = extent(_finding(record_ids=["a", "b"], members=members))
    assert told == [
        ("涉及记录", "a、b，共 2 条"),
        ("账号", "u0、u1、u2、u3、u4、u5、u6、u7 等 9 个"),
        ("店铺", "S，共 1 个"),
        ("偶然出现的可能（p值）", "2e-09"),
    ]
