"""What the contract allows of a value, and what a reject says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.records.samples import LISTING, listing, outcome, review, written


def _utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("field", ["record_id", "platform", "title"])
@pytest.mark.parametrize("value", [None, "", " ", "\u3000\t\n"])
def test_a_required_field_without_content_rejects_the_row(
    tmp_path: Path, field: str, value: str | None
) -> None:
    reject = listing(tmp_path, **{field: value}).reject

    assert (reject.field, reject.reason) == (
        field,
        "必填字段为空" if value is not None else MISSING,
    )


MISSING = "缺少必填字段"


def test_a_missing_required_field_rejects_the_row(tmp_path: Path) -> None:
    reject = outcome(written(tmp_path, '{"record_id": "L1", "platform": "demo-mall"}')).reject

    assert (reject.field, reject.value, reject.reason) == ("title", None, MISSING)


def test_absent_and_null_optional_fields_are_unknown(tmp_path: Path) -> None:
    row = listing(tmp_path, text=None, price=None, options=None).row

    assert {name for name, value in row.items() if value is not None} == {
        *LISTING, "_source", "_line", "_row_sha256", "_raw", "_assumed",
    }  # fmt: skip


def test_an_empty_optional_text_stays_empty(tmp_path: Path) -> None:
    assert listing(tmp_path, text="").row["text"] == ""


def test_text_is_kept_as_it_is(tmp_path: Path) -> None:
    text = " ＡＢＣ國家級\u200b\u0000\n😀 "

    assert listing(tmp_path, text=text, region="360100").row["text"] == text


@pytest.mark.parametrize("value", [123, 1.5, True, ["全网最佳"], {"a": "b"}])
def test_text_that_is_no_text_rejects_the_row(tmp_path: Path, value: object) -> None:
    reject = listing(tmp_path, title=value).reject

    assert (reject.field, reject.reason) == ("title", "应为文字")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"text": "\ud83d"}, "text"),
        ({"images": ["\udc00"]}, "images.0"),
        ({"attributes": {"品牌": "\ud800"}}, "attributes.品牌"),
        ({"attributes": {"\ud800": "青"}}, "attributes"),
        ({"options": [{"name": "\ud800"}]}, "options.0.name"),
    ],
)
def test_half_a_surrogate_pair_is_no_text(
    tmp_path: Path, fields: dict[str, Any], place: str
) -> None:
    reject = listing(tmp_path, **fields).reject

    assert reject.field is not None
    assert reject.field.startswith(place)
    assert reject.reason == "含无法编码的字符"
    assert all(isinstance(value, int) or value.encode() for value in reject.to_json().values())


@pytest.mark.parametrize("field", ["record_id", "shop_id", "item_id"])
def test_a_whole_number_as_an_id_is_read_as_text_and_noted(tmp_path: Path, field: str) -> None:
    read = listing(tmp_path, **{field: 65535000012345678901})

    assert read.row[field] == "65535000012345678901"
    assert read.notes == {f"{field}: 数字，按文字读取": 1}


def test_ids_of_a_review_may_be_numbers_too(tmp_path: Path) -> None:
    row = review(tmp_path, shop_id=1, item_id=2, user_id=3, order_id=4).row

    assert [row[f"{name}_id"] for name in ("shop", "item", "user", "order")] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("value", [1.0, True, [1]])
def test_other_values_as_an_id_reject_the_row(tmp_path: Path, value: object) -> None:
    assert listing(tmp_path, record_id=value).reject.field == "record_id"


@pytest.mark.parametrize(
    ("written_as", "yuan"),
    [
        ("85.0", "85.0000"),
        ("85", "85.0000"),
        ('"85.10"', "85.1000"),
        ('" 1e3 "', "1000.0000"),
        ("0.0001", "0.0001"),
        ("1.10000", "1.1000"),
        ("0", "0.0000"),
        ("-0.0", "0.0000"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_money_is_an_exact_decimal(tmp_path: Path, written_as: str, yuan: str) -> None:
    row = json.dumps(LISTING)[:-1] + f', "price": {written_as}}}'

    assert str(outcome(written(tmp_path, row)).row["price"]) == yuan


@pytest.mark.parametrize(
    ("written_as", "reason"),
    [
        ("-0.01", "金额不能为负"),
        ("0.00001", "金额最多 4 位小数"),
        ("1e-99999", "金额最多 4 位小数"),
        ("100000000000000", "金额超出范围"),
        ("1e400", "金额超出范围"),
        ('"八十五"', "应为数字"),
        ('"８５"', "应为数字"),
        ('"1,280.00"', "应为数字"),
        ('"1_000"', "应为数字"),
        ('"NaN"', "应为数字"),
        ('"1e999999999999"', "应为数字"),
        ('""', "应为数字"),
        ("true", "应为数字"),
        ("[85]", "应为数字"),
    ],
)
def test_what_is_no_amount_rejects_the_row(tmp_path: Path, written_as: str, reason: str) -> None:
    row = json.dumps(LISTING)[:-1] + f', "price": {written_as}}}'
    reject = outcome(written(tmp_path, row)).reject

    assert (reject.field, reject.reason) == ("price", reason)


@pytest.mark.parametrize(("value", "count"), [(0, 0), (12.0, 12), ("7", 7), (2**63 - 1, 2**63 - 1)])
def test_a_count_is_a_whole_number(tmp_path: Path, value: object, count: int) -> None:
    assert listing(tmp_path, sales_count=value).row["sales_count"] == count


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (-1, "数量不能为负"),
        (1.5, "应为整数"),
        (2**63, "数量超出范围"),
        ("1万+", "应为数字"),
        (False, "应为数字"),
    ],
)
def test_what_is_no_count_rejects_the_row(tmp_path: Path, value: object, reason: str) -> None:
    reject = listing(tmp_path, sales_count=value).reject

    assert (reject.field, reject.reason) == ("sales_count", reason)


@pytest.mark.parametrize(("value", "rating"), [(1, 1.0), (4.5, 4.5), ("5", 5.0)])
def test_a_rating_lies_between_1_and_5(tmp_path: Path, value: object, rating: float) -> None:
    assert review(tmp_path, rating=value).row["rating"] == rating


@pytest.mark.parametrize("value", [0, 0.9, 5.1, 100])
def test_a_rating_beyond_rejects_the_row(tmp_path: Path, value: float) -> None:
    reject = review(tmp_path, rating=value).reject

    assert (reject.field, reject.reason) == ("rating", "评分应在 1 至 5 之间")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-05T10:00:00+08:00", _utc(2026, 11, 5, 2)),
        ("2026-11-05 10:00+0800", _utc(2026, 11, 5, 2)),
        ("2026-11-05T10:00:00Z", _utc(2026, 11, 5, 10)),
        ("2026-11-05T10:00:00.123456Z", _utc(2026, 11, 5, 10, 0, 0, 123456)),
    ],
)
def test_a_time_with_offset_is_kept_in_utc(tmp_path: Path, text: str, moment: datetime) -> None:
    read = listing(tmp_path, captured_at=text)

    assert read.row["captured_at"] == moment
    assert not read.notes


def test_a_naive_time_is_read_as_shanghai_and_noted(tmp_path: Path) -> None:
    read = listing(tmp_path, captured_at="2026-11-05T10:00:00")

    assert read.row["captured_at"] == _utc(2026, 11, 5, 2)
    assert read.notes == {"captured_at: 无时区，按Asia/Shanghai读取": 1}


def test_summer_time_of_shanghai_counts(tmp_path: Path) -> None:
    assert listing(tmp_path, captured_at="1988-07-01T10:00:00").row["captured_at"] == _utc(
        1988, 7, 1, 1
    )


def test_a_date_is_its_first_moment_in_shanghai_and_noted(tmp_path: Path) -> None:
    read = listing(tmp_path, captured_at="2026-11-05")

    assert read.row["captured_at"] == _utc(2026, 11, 4, 16)
    assert read.notes == {"captured_at: 只有日期，按Asia/Shanghai当日00:00读取": 1}


@pytest.mark.parametrize(
    "value",
    [1762308000, 1762308000000, 1762308000.5, "1762308000", "1731123112345", "20261105",
     "2026/11/05 10:00", "11月5日", "", "２０２６-11-05", True],
)  # fmt: skip
def test_what_is_no_iso_time_rejects_the_row(tmp_path: Path, value: object) -> None:
    reject = listing(tmp_path, captured_at=value).reject

    assert reject.field == "captured_at"
    assert reject.reason.startswith("应为ISO 8601时间")


@pytest.mark.parametrize(
    "value", ["2026-02-30", "2026-11-05T24:00:00Z", "0001-01-01T00:00:00+08:00", "0000-01-01"]
)
def test_a_time_that_never_was_rejects_the_row(tmp_path: Path, value: str) -> None:
    reject = listing(tmp_path, captured_at=value).reject

    assert (reject.field, reject.value, reject.reason) == ("captured_at", value, "没有这个时间")


def test_attributes_are_text_and_numbers_become_text(tmp_path: Path) -> None:
    row = listing(tmp_path, attributes={"品牌": "青岚", "功率": 85.50, "件数": 3, "厂址": None}).row

    assert row["attributes"] == [("品牌", "青岚"), ("功率", "85.5"), ("件数", "3"), ("厂址", None)]


@pytest.mark.parametrize("value", [{"a": "b"}, ["a"], True])
def test_a_nested_attribute_rejects_the_row(tmp_path: Path, value: object) -> None:
    reject = listing(tmp_path, attributes={"品牌": value}).reject

    assert (reject.field, reject.reason) == ("attributes", "属性的值应为文字或数字")


def test_images_are_a_list_of_text(tmp_path: Path) -> None:
    assert listing(tmp_path, images=["a.jpg", "b.jpg"]).row["images"] == ["a.jpg", "b.jpg"]
    assert listing(tmp_path, images=["a.jpg", 2]).reject.field == "images.1"
    assert listing(tmp_path, images="a.jpg").reject.reason == "应为列表"


def test_an_empty_list_says_that_there_is_none(tmp_path: Path) -> None:
    row = listing(tmp_path, images=[], options=[], attributes={}).row

    assert (row["images"], row["options"], row["attributes"]) == ([], [], [])


def test_options_are_structs_with_unknown_parts(tmp_path: Path) -> None:
    row = listing(tmp_path, options=[{"name": "延保", "price": "9.9", "preselected": True}]).row

    assert row["options"] == [
        {"name": "延保", "price": Decimal("9.9000"), "preselected": True, "required": None}
    ]


@pytest.mark.parametrize(
    ("option", "field"),
    [
        ({"price": -1}, "options.0.price"),
        ({"preselected": "是"}, "options.0.preselected"),
        ("延保", "options.0"),
    ],
)
def test_a_wrong_option_rejects_the_row(tmp_path: Path, option: object, field: str) -> None:
    assert listing(tmp_path, options=[option]).reject.field == field


@pytest.mark.parametrize("value", [1, 0, "true", "是"])
def test_json_says_yes_and_no_with_its_own_words(tmp_path: Path, value: object) -> None:
    assert listing(tmp_path, attributes_complete=True).row["attributes_complete"] is True
    assert listing(tmp_path, attributes_complete=value).reject.field == "attributes_complete"


def test_unknown_fields_are_ignored_and_counted(tmp_path: Path) -> None:
    more = {"month": "202611", "units": 3}
    rows = [json.dumps(LISTING | more | {"record_id": name}) for name in ("L1", "L2")]
    read = outcome(written(tmp_path, "\n".join(rows)))

    assert len(read.rows) == 2
    assert read.notes == {"未知字段 month": 2, "未知字段 units": 2}


def test_names_of_unknown_fields_do_not_pile_up(tmp_path: Path) -> None:
    rows = (
        json.dumps(LISTING | {"record_id": f"L{number}", f"f{number}": 1}) for number in range(150)
    )
    read = outcome(written(tmp_path, "\n".join(rows)), batch_rows=10)

    assert len(read.notes) == 101
    assert read.notes["其他未知字段（名称超过 100 种）"] == 50


def test_a_name_made_to_disturb_is_shown_harmlessly(tmp_path: Path) -> None:
    read = listing(tmp_path, **{"\x1b[31m\u202e\ud800": 1, "x" * 1000: 1})

    assert sorted(read.notes) == [
        "未知字段 '\\x1b[31m\\u202e\\ud800'", f"未知字段 {'x' * 200}",
    ]  # fmt: skip


def test_a_reject_says_where_what_and_why(tmp_path: Path) -> None:
    bad = json.dumps(LISTING | {"price": "面议"}, ensure_ascii=False)
    [reject] = outcome(written(tmp_path, f"{json.dumps(LISTING)}\n{bad}\n")).rejects

    assert reject.to_json() == {
        "file": "records.jsonl",
        "line": 2,
        "field": "price",
        "value": "面议",
        "reason": "应为数字",
        "row_sha256": reject.row_sha256,
        "raw": bad,
    }
    assert len(reject.row_sha256) == 64


def test_a_reject_names_the_further_faults(tmp_path: Path) -> None:
    reject = listing(tmp_path, title=5, price=-1, captured_at=0, sales_count=-1).reject

    assert reject.field == "captured_at"
    assert reject.reason == (
        "应为ISO 8601时间，如 2026-11-05T10:00:00+08:00"
        "；title：应为文字；price：金额不能为负；sales_count：数量不能为负"
    )


def test_the_value_of_a_reject_is_cut_but_its_row_is_whole(tmp_path: Path) -> None:
    reject = listing(tmp_path, price="贵" * 1000).reject

    assert reject.value == "贵" * 200
    assert json.loads(reject.raw)["price"] == "贵" * 1000


def test_a_hostile_list_makes_one_reject(tmp_path: Path) -> None:
    reject = listing(tmp_path, images=[1] * 1_000_000).reject

    assert (reject.field, reject.reason) == ("images.0", "应为文字")
