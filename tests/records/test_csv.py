from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.records.lines import MAX_ROW_BYTES
from tests.records.samples import outcome, written

HEADER = "record_id,platform,title,text"


def _csv(folder: Path, text: str | bytes) -> Path:
    return written(folder, text, "records.csv")


def test_a_row_knows_the_line_it_starts_on_and_its_exact_bytes(tmp_path: Path) -> None:
    first = 'L1,demo-mall,"茶杯, ""青花""","第一行\r\n\r\n第三行"'
    second = "L2,demo-mall,茶壶,一行"
    read = outcome(_csv(tmp_path, f"{HEADER}\r\n{first}\r\n\r\n{second}\r\n"))

    assert [row["_line"] for row in read.rows] == [2, 6]
    assert [row["_raw"] for row in read.rows] == [first.encode(), second.encode()]
    assert [row["title"] for row in read.rows] == ['茶杯, "青花"', "茶壶"]
    assert read.rows[0]["text"] == "第一行\r\n\r\n第三行"
    assert read.rows[0]["_row_sha256"] == hashlib.sha256(first.encode()).hexdigest()


def test_the_last_row_needs_no_terminator(tmp_path: Path) -> None:
    assert outcome(_csv(tmp_path, f"{HEADER}\nL1,demo-mall,茶杯,好")).row["text"] == "好"


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert outcome(_csv(tmp_path, f"\ufeff{HEADER}\nL1,demo-mall,茶杯,\n")).row["record_id"] == "L1"


def test_an_empty_cell_is_unknown(tmp_path: Path) -> None:
    assert outcome(_csv(tmp_path, f'{HEADER}\nL1,demo-mall,茶杯,""\n')).row["text"] is None


def test_an_empty_cell_of_a_required_field_rejects_the_row(tmp_path: Path) -> None:
    reject = outcome(_csv(tmp_path, f"{HEADER}\nL1,demo-mall,,好\n")).reject

    assert (reject.line, reject.field, reject.reason) == (2, "title", "缺少必填字段")


def test_cells_are_read_by_the_type_of_their_field(tmp_path: Path) -> None:
    row = outcome(
        _csv(
            tmp_path,
            "record_id,platform,title,price,sales_count,captured_at,images,attributes,options\n"
            '007,demo-mall,茶杯,85.00,12,2026-11-05T10:00:00Z,"[""a.jpg""]","{""品牌"": 1.50}",'
            '"[{""name"": ""延保"", ""required"": false}]"\n',
        )
    ).row

    assert (row["record_id"], row["price"], row["sales_count"]) == ("007", Decimal("85.0000"), 12)
    assert (row["images"], row["attributes"]) == (["a.jpg"], [("品牌", "1.50")])
    assert row["options"][0]["required"] is False


@pytest.mark.parametrize(
    ("cell", "value"),
    [("true", True), ("TRUE", True), ("1", True), ("是", True),
     ("false", False), ("False", False), ("0", False), ("否", False), ("", None)],
)  # fmt: skip
def test_yes_and_no_have_several_words(tmp_path: Path, cell: str, value: bool | None) -> None:
    read = outcome(_csv(tmp_path, f"{HEADER},attributes_complete\nL1,demo-mall,茶杯,,{cell}\n"))

    assert read.row["attributes_complete"] is value


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("attributes_complete", "有", "应为 true 或 false（CSV 也可写 1、0、是、否）"),
        ("images", "a.jpg", "不是有效的JSON（第 1 个字符处）"),
        ("attributes", '"{""a"": NaN}"', "不是有效的JSON：NaN 不是数字"),
        ("attributes", '"{""a"": 1, ""a"": 2}"', "同一个键出现 2 次"),
        ("options", "{}", "应为列表"),
        ("price", "85元", "应为数字"),
        ("captured_at", "1762308000", "应为ISO 8601时间，如 2026-11-05T10:00:00+08:00"),
    ],
)
def test_a_cell_that_is_not_of_its_type_rejects_the_row(
    tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    reject = outcome(_csv(tmp_path, f"{HEADER},{column}\nL1,demo-mall,茶杯,,{cell}\n")).reject

    assert (reject.field, reject.reason) == (column, reason)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"L1,demo-mall,a", "应有 4 格，实有 3 格"),
        (b"L1,demo-mall,a,b,", "应有 4 格，实有 5 格"),
        (b"   ", "应有 4 格，实有 1 格"),
        (b"L1,demo-mall,\xb2\xe8,b", "不是UTF-8编码（第 14 字节）"),
        (b'L1,demo-mall,"a" b,c', "结束引号之后应为逗号或换行"),
        (b"L1,demo-mall,a\rb,c", "引号之外有单独的回车符"),
    ],
)
def test_a_broken_row_is_rejected_and_the_rest_is_read(
    tmp_path: Path, bad: bytes, reason: str
) -> None:
    good = "L2,demo-mall,茶杯,好".encode()
    read = outcome(_csv(tmp_path, b"\n".join([HEADER.encode(), bad, good])))
    [reject] = read.rejects

    assert [row["_line"] for row in read.rows] == [3]
    assert (reject.line, reject.reason) == (2, reason)
    assert reject.raw == bad.decode(errors="backslashreplace")


def test_a_quote_inside_an_unquoted_cell_is_a_character(tmp_path: Path) -> None:
    assert outcome(_csv(tmp_path, f'{HEADER}\nL1,demo-mall,27"屏,\n')).row["title"] == '27"屏'


def test_a_quote_that_never_closes_rejects_what_it_took(tmp_path: Path) -> None:
    read = outcome(_csv(tmp_path, f'{HEADER}\nL1,demo-mall,茶杯,\nL2,demo-mall,"茶\nL3,x\n'))
    [reject] = read.rejects

    assert [row["record_id"] for row in read.rows] == ["L1"]
    assert (reject.line, reject.reason) == (3, "引号没有闭合，直到文件结尾")
    assert reject.raw == 'L2,demo-mall,"茶\nL3,x'


def test_a_nul_is_a_character_like_others(tmp_path: Path) -> None:
    assert outcome(_csv(tmp_path, f"{HEADER}\nL1,demo-mall,茶\0杯,\n")).row["title"] == "茶\0杯"


def test_a_cell_may_be_as_large_as_a_row(tmp_path: Path) -> None:
    text = "好" * 2_000_000

    assert outcome(_csv(tmp_path, f"{HEADER}\nL1,demo-mall,茶杯,{text}\n")).row["text"] == text


def test_a_row_of_many_lines_over_the_limit_is_rejected_and_reading_goes_on(tmp_path: Path) -> None:
    lines = "好好好\n" * (MAX_ROW_BYTES // 10 + 2)
    huge = f'L1,demo-mall,茶杯,"{lines}'
    read = outcome(_csv(tmp_path, f"{HEADER}\n{huge}L2,demo-mall,茶壶,\nL3,demo-mall,茶盘,\n"))

    assert read.rejects[0].line == 2
    assert read.rejects[0].reason == "一行超过 8 MiB，只保留开头"
    assert [row["record_id"] for row in read.rows] == ["L2", "L3"]


def test_unknown_columns_are_ignored_and_counted_where_they_hold_something(tmp_path: Path) -> None:
    read = outcome(_csv(tmp_path, f"{HEADER},month\nL1,demo-mall,a,,202611\nL2,demo-mall,b,,\n"))

    assert read.notes == {"未知字段 month": 1}


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("record_id,title\nL1,茶杯\n", 1, "platform", "表头缺少必填列：platform"),
        ("\n\nname\nx\n", 3, "record_id", "表头缺少必填列：record_id、platform、title"),
        (f"{HEADER},title\n", 1, "title", "表头中有 2 列对应同一字段"),
        (f"{HEADER}, title \n", 1, "title", "表头中有 2 列对应同一字段"),
        ("", 1, None, "文件是空的"),
        ("\n\n", 1, None, "文件是空的"),
        ("标题".encode("gb18030"), 1, "record_id", "表头缺少必填列"),
        (b"record_id,\xff\n", 1, None, "无法读取表头：不是UTF-8编码"),
        ("record_id\n".encode("utf-16"), 1, None, "文件是UTF-16编码，无法读取"),
        ("record_id\n".encode("utf-16-be"), 1, "record_id", "表头缺少必填列"),
        ('"record_id\n', 1, None, "无法读取表头：引号没有闭合"),
        ("a\rb\rc", 1, None, "无法读取表头：引号之外有单独的回车符"),
    ],
)
def test_a_file_whose_header_cannot_serve_is_refused(
    tmp_path: Path, text: str | bytes, line: int, field: str | None, message: str
) -> None:
    path = _csv(tmp_path, text)

    with pytest.raises(HengjianError, match=message) as error:
        outcome(path)

    assert (error.value.path, error.value.line, error.value.field) == (path, line, field)


def test_a_missing_column_points_to_the_mapping_file(tmp_path: Path) -> None:
    with pytest.raises(HengjianError) as error:
        outcome(_csv(tmp_path, "record_id,title\n"))

    assert error.value.hint == "列名不同时，请用列映射文件的 rename 对应，或用 assume 给出"


def test_a_header_alone_gives_nothing(tmp_path: Path) -> None:
    assert outcome(_csv(tmp_path, HEADER)).rows == []
