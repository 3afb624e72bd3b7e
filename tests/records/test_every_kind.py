"""What holds for every kind of record, and what single fields of the further kinds allow."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hengjian.records.kinds import KINDS
from tests.records.samples import Outcome, outcome, written
from tests.records.samples_of_kinds import FULL

CHOICES = [
    (kind.name, name)
    for kind in KINDS.values()
    for name, field in kind.json_schema()["properties"].items()
    if "enum" in field or any("enum" in part for part in field.get("anyOf", []))
]


def _one(folder: Path, kind: str, /, **changes: Any) -> Outcome:
    return outcome(written(folder, json.dumps(FULL[kind] | changes)), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_record_is_read_with_all_its_fields(tmp_path: Path, kind: str) -> None:
    row = _one(tmp_path, kind).row

    assert list(FULL[kind]) and set(FULL[kind]) == set(KINDS[kind].schema.names)
    assert [name for name in FULL[kind] if row[name] is None] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_required_fields_alone_is_read(tmp_path: Path, kind: str) -> None:
    record = {name: FULL[kind][name] for name in KINDS[kind].required}
    row = outcome(written(tmp_path, json.dumps(record)), kind).row

    assert {name for name in KINDS[kind].schema.names if row[name] is not None} == set(record)


@pytest.mark.parametrize("kind", KINDS)
def test_csv_gives_the_same_record_as_json_lines(tmp_path: Path, kind: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, FULL[kind])
    writer.writeheader()
    writer.writerow({name: _cell(value) for name, value in FULL[kind].items()})
    read = outcome(written(tmp_path, file.getvalue(), "a.csv"), kind).row

    fields = KINDS[kind].schema.names
    expected = _one(tmp_path, kind).row
    assert {name: read[name] for name in fields} == {name: expected[name] for name in fields}


def _cell(value: object) -> str:
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


@pytest.mark.parametrize(("kind", "field"), CHOICES)
def test_a_value_outside_a_choice_rejects_the_row(tmp_path: Path, kind: str, field: str) -> None:
    reject = _one(tmp_path, kind, **{field: "别的"}).reject

    assert (reject.field, reject.value) == (field, "别的")
    assert reject.reason.startswith("应为以下之一：")


def test_the_choices_are_named_in_the_reason(tmp_path: Path) -> None:
    reject = _one(tmp_path, "delivery", seal="torn").reject

    assert reject.reason == "应为以下之一：intact、broken、absent"


def test_a_speaker_outside_the_choice_is_shown_with_its_place(tmp_path: Path) -> None:
    segments = [{"text": "好"}, {"speaker": "robot", "text": "好"}]
    reject = _one(tmp_path, "livestream", segments=segments).reject

    assert (reject.field, reject.value) == ("segments.1.speaker", "robot")


def test_the_hotline_may_be_a_number(tmp_path: Path) -> None:
    read = _one(tmp_path, "complaint", channel=12315)

    assert read.row["channel"] == "12315"
    assert read.notes == {"channel: 数字，按文字读取": 1}


@pytest.mark.parametrize(
    ("written_as", "day", "notes"),
    [
        ("2026-12-31", date(2026, 12, 31), {}),
        (
            "2026-12-31T20:00:00Z",
            date(2027, 1, 1),
            {"valid_until: 时间，取其Asia/Shanghai的日期": 1},
        ),
    ],
)
def test_a_day_is_a_date_in_shanghai(
    tmp_path: Path, written_as: str, day: date, notes: dict[str, int]
) -> None:
    read = _one(tmp_path, "licence", valid_until=written_as)

    assert read.row["valid_until"] == day
    assert read.notes == notes


@pytest.mark.parametrize(
    ("kind", "field", "value", "reason"),
    [
        ("licence", "valid_until", "长期", "应为日期，如 2026-11-05"),
        ("licence", "valid_until", 20281231, "应为日期，如 2026-11-05"),
        ("licence", "valid_until", "2026-02-30", "没有这个日期"),
        ("return", "shipped_weight_g", -1, "数值不能为负"),
        ("return", "shipped_weight_g", "重", "应为数字"),
        ("return", "shipped_weight_g", 10**400, "数值超出范围"),
        ("delivery", "box_temperature_c", "1e400", "数值超出范围"),
        ("packaging", "outer_size_mm", [1, 2], "列表的项数不符"),
        ("packaging", "outer_size_mm", [1, 2, 3, 4], "列表的项数不符"),
        ("platform_rule", "option_defaults", [], "应为“名称: 值”的映射"),
        ("event", "keywords", None, "缺少必填字段"),
    ],
)
def test_what_a_field_forbids_rejects_the_row(
    tmp_path: Path, kind: str, field: str, value: object, reason: str
) -> None:
    reject = _one(tmp_path, kind, **{field: value}).reject

    assert (reject.field, reject.reason) == (field, reason)


def test_an_empty_list_is_none_and_an_absent_one_unknown(tmp_path: Path) -> None:
    assert _one(tmp_path, "operator", licence_nos=[]).row["licence_nos"] == []
    assert _one(tmp_path, "operator", licence_nos=None).row["licence_nos"] is None
