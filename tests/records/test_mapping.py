from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hengjian.errors import HengjianError
from hengjian.records.mapping import Mapping, load_mapping
from tests.records.samples import LISTING, REVIEW, outcome, written


def _mapping(folder: Path, text: str) -> Mapping:
    return load_mapping(written(folder, text, "mapping.yml"))


def _without(record: dict[str, Any], *names: str) -> str:
    return json.dumps({name: value for name, value in record.items() if name not in names})


@pytest.mark.parametrize("name", ["records.jsonl", "records.csv"])
def test_renamed_columns_are_read_as_fields_of_the_contract(tmp_path: Path, name: str) -> None:
    mapping = _mapping(tmp_path, "rename: {shop: shop_id, 标题: title}\n")
    record = {"record_id": "L1", "platform": "demo-mall", "标题": "青花瓷茶杯", "shop": "S9"}
    text = json.dumps(record) if name.endswith("jsonl") else _csv(record)
    row = outcome(written(tmp_path, text, name), mapping=mapping)

    assert (row.row["title"], row.row["shop_id"]) == ("青花瓷茶杯", "S9")
    assert not row.notes


def _csv(record: dict[str, Any]) -> str:
    return f"{','.join(record)}\n{','.join(map(str, record.values()))}\n"


def test_two_fields_can_change_places(tmp_path: Path) -> None:
    mapping = _mapping(tmp_path, "rename: {title: text, text: title}\n")
    row = outcome(written(tmp_path, json.dumps(LISTING | {"text": "标题"})), mapping=mapping).row

    assert (row["title"], row["text"]) == ("标题", "青花瓷茶杯")


def test_a_row_with_both_names_of_a_field_is_rejected(tmp_path: Path) -> None:
    mapping = _mapping(tmp_path, "rename: {标题: title}\n")
    reject = outcome(
        written(tmp_path, json.dumps(LISTING | {"标题": "别的"})), mapping=mapping
    ).reject

    assert (reject.field, reject.reason) == ("title", "列映射后两列对应同一字段")


def test_a_header_with_both_names_of_a_field_is_refused(tmp_path: Path) -> None:
    mapping = _mapping(tmp_path, "rename: {标题: title}\n")

    with pytest.raises(HengjianError, match="2 列对应同一字段") as error:
        outcome(written(tmp_path, _csv(LISTING | {"标题": "别的"}), "a.csv"), mapping=mapping)

    assert error.value.field == "title"


@pytest.mark.parametrize("name", ["records.jsonl", "records.csv"])
def test_an_assumed_value_fills_what_the_source_does_not_say_and_is_marked(
    tmp_path: Path, name: str
) -> None:
    mapping = _mapping(tmp_path, 'assume: {platform: taobao, created_at: "2019-06-01"}\n')
    record = {
        name: value for name, value in REVIEW.items() if name not in ("platform", "created_at")
    }
    text = json.dumps(record) if name.endswith("jsonl") else _csv(record)
    read = outcome(written(tmp_path, text, name), "review", mapping)

    assert read.row["platform"] == "taobao"
    assert read.row["created_at"] == datetime(2019, 5, 31, 16, tzinfo=UTC)
    assert read.row["_assumed"] == ["platform", "created_at"]
    assert not read.notes


def test_what_a_source_says_beats_what_is_assumed(tmp_path: Path) -> None:
    mapping = _mapping(tmp_path, "assume: {platform: taobao}\n")
    row = outcome(written(tmp_path, json.dumps(LISTING)), mapping=mapping).row

    assert (row["platform"], row["_assumed"]) == ("demo-mall", [])


@pytest.mark.parametrize("value", [None, "", " "])
def test_a_required_field_without_content_is_filled(tmp_path: Path, value: str | None) -> None:
    mapping = _mapping(tmp_path, "assume: {platform: taobao}\n")
    row = outcome(written(tmp_path, json.dumps(LISTING | {"platform": value})), mapping=mapping).row

    assert (row["platform"], row["_assumed"]) == ("taobao", ["platform"])


def test_an_optional_empty_text_is_not_filled(tmp_path: Path) -> None:
    mapping = _mapping(tmp_path, "assume: {region: '360100'}\n")
    row = outcome(written(tmp_path, json.dumps(LISTING | {"region": ""})), mapping=mapping).row

    assert (row["region"], row["_assumed"]) == ("", [])


def test_assumed_values_may_be_dates_numbers_and_maps(tmp_path: Path) -> None:
    mapping = _mapping(
        tmp_path,
        "assume:\n  captured_at: 2026-11-05\n  shop_id: 12\n  price: 8.5\n"
        "  attributes_complete: true\n  attributes: {品牌: 青岚}\n  options: [{name: 延保}]\n",
    )
    row = outcome(written(tmp_path, json.dumps(LISTING)), mapping=mapping).row

    assert row["captured_at"] == datetime(2026, 11, 4, 16, tzinfo=UTC)
    assert (row["shop_id"], str(row["price"]), row["attributes_complete"]) == ("12", "8.5000", True)
    assert (row["attributes"], row["options"][0]["name"]) == ([("品牌", "青岚")], "延保")


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("- shop\n", 1, None, "应为YAML映射"),
        ("", 1, None, "应为YAML映射"),
        ("rename: {}\nrenames: {}\n", 2, "renames", "不认识的键"),
        ("rename:\n  a: title\n  shop: shopid\n", 3, "shopid", "没有这个字段"),
        ("assume:\n  platform: x\n  color: red\n", 3, "color", "没有这个字段"),
        ("rename:\n  a: title\n  b: title\n", 3, "title", "“a”和“b”都对应这一字段"),
        ("rename:\n  a: [title]\n", 2, "a", "应为字段名"),
        ("rename:\n  a: title\n  7: text\n", 3, "7", "键应为文字"),
        ("rename:\n  2026-11-05: text\n", 2, "2026-11-05", "键应为文字"),
        ("\nrename:\n", 2, "rename", "应为映射"),
        ("assume: [platform]\n", 1, "assume", "应为映射"),
        ("rename: {a: title\n", 2, None, "YAML语法错误"),
    ],
)
def test_a_faulty_mapping_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, field: str | None, message: str
) -> None:
    with pytest.raises(HengjianError, match=message) as error:
        _mapping(tmp_path, text)

    assert error.value.path == tmp_path / "mapping.yml"
    assert (error.value.line, error.value.field) == (line, field)


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("rename:\n  a: title\n  user: user_id\n", 3, "user_id", "没有这个listing 的字段"),
        ("assume:\n  platform: x\n  rating: 5\n", 3, "rating", "没有这个listing 的字段"),
        ("assume:\n  captured_at: 昨天\n", 2, "captured_at", "应为ISO 8601时间"),
        ("assume:\n  platform: ' '\n", 2, "platform", "必填字段为空"),
        ("assume:\n  platform:\n", 2, "platform", "没有给出值"),
        ("assume:\n  price: .nan\n", 2, "price", "应为有限的数字"),
    ],
)
def test_a_mapping_that_does_not_fit_the_kind_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, field: str, message: str
) -> None:
    mapping = _mapping(tmp_path, text)

    with pytest.raises(HengjianError, match=message) as error:
        outcome(written(tmp_path, json.dumps(LISTING)), mapping=mapping)

    assert error.value.path == tmp_path / "mapping.yml"
    assert (error.value.line, error.value.field) == (line, field)


def test_half_a_character_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="YAML语法错误") as error:
        _mapping(tmp_path, 'assume:\n  text: "\\ud800"\n')
    assert error.value.line == 2
