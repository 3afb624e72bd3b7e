from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from hengjian.errors import HengjianError
from hengjian.records.fields import SHANGHAI
from hengjian.records.kinds import KINDS
from hengjian.records.mapping import load_mapping
from hengjian.records.reader import discover, form_of
from tests.records.samples import Outcome, outcome, written
from tests.records.samples_of_kinds import FULL
from tests.records.workbooks import HEADER, cell, head, listing, packed, saved, sheet, text

ROW = ["L1", "demo-mall", "青花瓷茶杯"]


def _read(folder: Path, column: str, value: Any) -> Outcome:
    """Read a listing of which one more column holds a value."""
    return outcome(saved(folder, [*HEADER, column], [*ROW, value]))


def _value(folder: Path, column: str, value: Any) -> Any:
    return _read(folder, column, value).row[column]


def _cell(folder: Path, column: str, xml: str, **more: Any) -> Outcome:
    return outcome(packed(folder, sheet(head(column), listing(2, xml)), **more))


def test_a_row_knows_its_number_in_the_sheet_and_is_kept_as_json(tmp_path: Path) -> None:
    read = outcome(saved(tmp_path, HEADER, ROW, [], ["L2", "demo-mall", "紫砂壶"]))

    assert [row["title"] for row in read.rows] == ["青花瓷茶杯", "紫砂壶"]
    assert [row["_line"] for row in read.rows] == [2, 4]
    raw = read.rows[1]["_raw"]
    assert json.loads(raw) == {"record_id": "L2", "platform": "demo-mall", "title": "紫砂壶"}
    assert read.rows[1]["_row_sha256"] == hashlib.sha256(raw).hexdigest()
    assert form_of(tmp_path / "records.xlsx") == ("xlsx", "utf-8", None)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_from_xlsx_as_from_json(tmp_path: Path, kind: str) -> None:
    first = outcome(written(tmp_path, json.dumps(FULL[kind])), kind).row
    cells = [
        json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for value in FULL[kind].values()
    ]
    again = outcome(saved(tmp_path, list(FULL[kind]), cells), kind).row

    fields = KINDS[kind].schema.names
    assert {name: again[name] for name in fields} == {name: first[name] for name in fields}


@pytest.mark.parametrize(
    ("number", "code"),
    [(6901234567892, "6901234567892"), (101.0, "101"), (1e14, "100000000000000"), (1.5, "1.5"),
     (1e-7, "0.0000001"), (0, "0")],
)  # fmt: skip
def test_a_number_in_a_column_of_codes_becomes_its_digits(
    tmp_path: Path, number: float, code: str
) -> None:
    read = _read(tmp_path, "item_id", number)

    assert read.row["item_id"] == code
    assert read.notes == {"item_id: 数字，按文字读取": 1}


@pytest.mark.parametrize("stored", ["123456789012345680", "1.2345678901234568E+17", "1E+15"])
def test_a_code_of_more_digits_than_a_spreadsheet_keeps_is_rejected(
    tmp_path: Path, stored: str
) -> None:
    reject = _cell(tmp_path, "item_id", cell("D2", stored)).reject

    assert (reject.line, reject.field, reject.value) == (2, "item_id", stored)
    assert reject.reason.startswith("超过 15 位的数字，末尾几位在表格中已丢失")


def test_a_code_that_is_stored_as_text_keeps_every_digit(tmp_path: Path) -> None:
    assert _value(tmp_path, "item_id", "012345678901234567890") == "012345678901234567890"


def test_the_zeros_that_a_number_format_shows_belong_to_the_code(tmp_path: Path) -> None:
    assert _cell(tmp_path, "item_id", cell("D2", 42, style=3)).row["item_id"] == "00042"


@pytest.mark.parametrize(
    ("stored", "price"),
    [("39.899999999999999", "39.9"), ("0.30000000000000004", "0.3"), ("85", "85"), ("1E2", "100")],
)
def test_money_is_what_the_spreadsheet_shows(tmp_path: Path, stored: str, price: str) -> None:
    assert _cell(tmp_path, "price", cell("D2", stored)).row["price"] == Decimal(price)


def test_a_time_of_a_date_format_is_shanghai_time(tmp_path: Path) -> None:
    read = _read(tmp_path, "captured_at", datetime(2026, 11, 5, 12, 30))  # noqa: DTZ001

    assert read.row["captured_at"] == datetime(2026, 11, 5, 4, 30, tzinfo=UTC)
    assert read.notes == {"captured_at: 无时区，按Asia/Shanghai读取": 1}


@pytest.mark.parametrize("style", [1, 2])
@pytest.mark.parametrize(
    ("base", "serial", "day"),
    [
        ("<workbookPr/>", 46331, date(2026, 11, 5)),
        ('<workbookPr date1904="1"/>', 44869, date(2026, 11, 5)),
        ("<workbookPr/>", 59, date(1900, 2, 28)),
        ("<workbookPr/>", 61, date(1900, 3, 1)),
        ("<workbookPr/>", 2958465, date(9999, 12, 31)),
    ],
)
def test_the_number_of_a_day_is_counted_as_the_workbook_says(
    tmp_path: Path, style: int, base: str, serial: int, day: date
) -> None:
    read = _cell(tmp_path, "captured_at", cell("D2", serial, style=style), workbook=base)

    assert read.row["captured_at"].astimezone(SHANGHAI).date() == day


@settings(deadline=None, max_examples=50)
@given(st.datetimes(datetime(1901, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001
def test_any_moment_comes_back_to_the_second(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    with TemporaryDirectory() as folder:
        assert _value(Path(folder), "captured_at", moment) == moment.replace(tzinfo=SHANGHAI)


WRITTEN = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=20
)
ROWS = st.fixed_dictionaries(
    {
        "record_id": WRITTEN.filter(str.strip),
        "platform": WRITTEN.filter(str.strip),
        "title": WRITTEN.filter(str.strip),
        "text": WRITTEN,
        "price": st.decimals(0, 99_999_999_999, places=4),
        "sales_count": st.integers(0, 10**15 - 1),
        "attributes_complete": st.booleans(),
    }
)


@settings(deadline=None, max_examples=100)
@given(st.lists(ROWS, min_size=1, max_size=5))
def test_what_a_spreadsheet_program_writes_comes_back_equal(records: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        book = Workbook()
        page = book.active
        assert page
        page.append(list(records[0]))
        for number, record in enumerate(records, start=2):
            for column, name in enumerate(records[0], start=1):
                value = record[name]
                place = page.cell(number, column, value)
                # Text that starts with a sign isn't meant as a formula.
                place.data_type = "s" if isinstance(value, str) else place.data_type
        book.save(Path(folder, "a.xlsx"))
        read = outcome(Path(folder, "a.xlsx"), batch_rows=3)

    assert not read.rejects
    assert [{name: row[name] for name in records[0]} for row in read.rows] == records


def test_text_that_is_a_time_is_read_by_the_contract(tmp_path: Path) -> None:
    found = _value(tmp_path, "captured_at", "2026-11-05T12:30:00+08:00")

    assert found == datetime(2026, 11, 5, 4, 30, tzinfo=UTC)


def test_a_strict_date_cell_is_read(tmp_path: Path) -> None:
    row = _cell(tmp_path, "captured_at", cell("D2", "2026-11-05T12:30:00", "d")).row

    assert row["captured_at"] == datetime(2026, 11, 5, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "xml", "reason"),
    [
        ("captured_at", cell("D2", 46331), "是数字，单元格不是日期格式，不能确定是哪一天"),
        ("captured_at", cell("D2", 20261105), "是数字，单元格不是日期格式"),
        ("captured_at", cell("D2", 60, style=1), "没有这个日期：1900-02-29"),
        ("captured_at", cell("D2", 0.5, style=1), "只有钟点或为负数"),
        ("captured_at", cell("D2", 1e12, style=1), "没有这个日期"),
        ("captured_at", cell("D2", "1E+308", style=1), "没有这个日期"),
        ("captured_at", cell("D2", "昨天", "str"), "应为ISO 8601时间"),
        ("item_id", cell("D2", 46331, style=1), "单元格是日期，原来的文字或数字已无从得知"),
        ("price", cell("D2", 46331, style=1), "单元格是日期"),
        ("price", cell("D2", "#N/A", "e"), "单元格是错误值"),
        ("price", cell("D2", "1", "b"), "应为数字"),
        ("price", cell("D2", "面议", "str"), "应为数字"),
        ("price", cell("D2", "0x10"), "单元格的内容与其类型不符"),
        ("price", cell("D2", "NaN"), "单元格的内容与其类型不符"),
        ("price", cell("D2", "1", "q"), "单元格的内容与其类型不符"),
        ("images", text("D2", "a.jpg"), "不是有效的JSON"),
        ("text", text("D2", "好" * 32_768), "单元格超过 32767 个字符"),
        ("price", '<c r="D2"><f>A1+1</f></c>', "公式没有存下计算结果"),
        ("price", '<c r="D2"><f>A1+1</f><v/></c>', "公式没有存下计算结果"),
        ("title2", text("C2", "又一个"), "单元格 C2 的位置重复或无效"),
        ("title2", text("XFE2", "外"), "单元格 XFE2 的位置重复或无效"),
    ],
)
def test_a_cell_that_cannot_be_taken_rejects_its_row_and_the_rest_is_read(
    tmp_path: Path, column: str, xml: str, reason: str
) -> None:
    read = outcome(packed(tmp_path, sheet(head(column), listing(2, xml), listing(3))))
    [reject] = read.rejects

    assert [row["record_id"] for row in read.rows] == ["L3"]
    assert (reject.file, reject.line) == ("records.xlsx", 2)
    assert reject.field in (column, None)
    assert reject.reason.startswith(reason)


def test_a_stored_result_is_taken_and_the_formula_is_not(tmp_path: Path) -> None:
    xml = '<c r="D2"><f>[1]Sheet1!A1*2</f><v>12.5</v></c>'
    read = _cell(tmp_path, "price", xml)

    assert read.row["price"] == Decimal("12.5")
    assert read.notes == {"price: 公式，取文件中存下的计算结果": 1}
    assert b"Sheet1" not in read.row["_raw"]


def test_a_formula_that_a_program_wrote_without_working_it_out_is_rejected(tmp_path: Path) -> None:
    reject = _read(tmp_path, "price", "=1+1").reject

    assert (reject.field, reject.value) == ("price", None)
    assert "1+1" not in reject.raw


def test_an_empty_text_may_be_the_result_of_a_formula(tmp_path: Path) -> None:
    xml = '<c r="D2" t="str"><f>IF(1,"","")</f><v></v></c>'

    assert _cell(tmp_path, "price", xml).row["price"] is None


def test_text_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    xml = text("D2", "=cmd|' /C calc'!A0")

    assert _cell(tmp_path, "text", xml).row["text"] == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize("value", [True, 1, "是", "TRUE"])
def test_yes_is_read_as_in_csv(tmp_path: Path, value: object) -> None:
    assert _value(tmp_path, "attributes_complete", value) is True


def test_lists_and_maps_are_json(tmp_path: Path) -> None:
    assert _value(tmp_path, "images", '["a.jpg"]') == ["a.jpg"]
    assert _value(tmp_path, "attributes", '{"品牌": "青岚"}') == [("品牌", "青岚")]


def test_text_in_runs_is_joined_and_its_sounds_are_left_out(tmp_path: Path) -> None:
    runs = (
        '<c r="D2" t="inlineStr"><is><r><t>国家级</t></r><r><t xml:space="preserve"> 品质</t></r>'
        '<rPh sb="0" eb="1"><t>コッカ</t></rPh></is></c>'
    )

    assert _cell(tmp_path, "text", runs).row["text"] == "国家级 品质"


def test_shared_text_is_looked_up_and_its_escapes_are_undone(tmp_path: Path) -> None:
    shared = "<sst><si><t>一</t></si><si><t>二_x000D_三_x005F_x000D_</t></si></sst>"
    read = _cell(tmp_path, "text", cell("D2", 1, "s"), more={"xl/sharedStrings.xml": shared})

    assert read.row["text"] == "二\r三_x000D_"


def test_names_are_read_whatever_their_prefix(tmp_path: Path) -> None:
    xml = sheet(head(), listing(2)).replace("<", "<x:").replace("<x:/", "</x:")
    xml = xml.replace("xmlns=", "xmlns:x=")

    assert outcome(packed(tmp_path, xml)).row["title"] == "青花瓷茶杯"


def test_places_may_be_left_out(tmp_path: Path) -> None:
    bare = [
        "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in row)
        for row in (HEADER, ROW)
    ]
    rows = "".join(f"<row>{cells}</row>" for cells in bare)

    row = outcome(packed(tmp_path, f"<worksheet><sheetData>{rows}</sheetData></worksheet>")).row
    assert (row["record_id"], row["_line"]) == ("L1", 2)


def test_columns_are_renamed_by_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "map.yml").write_text("rename: {标题: title}\nassume: {platform: demo-mall}\n")
    path = saved(tmp_path, [" 标题 ", "record_id"], ["茶杯", 17])

    row = outcome(path, mapping=load_mapping(tmp_path / "map.yml")).row
    assert (row["title"], row["record_id"], row["_assumed"]) == ("茶杯", "17", ["platform"])
    assert json.loads(row["_raw"]) == {"标题": "茶杯", "record_id": "17"}


def test_a_title_above_the_header_is_passed_over_and_told(tmp_path: Path) -> None:
    read = outcome(saved(tmp_path, ["某平台商品清单"], [], HEADER, ROW))

    assert (read.row["record_id"], read.row["_line"]) == ("L1", 4)
    assert read.notes == {"表头之上有 1 行，没有读取": 1}


def test_columns_outside_the_contract_are_told_and_break_nothing(tmp_path: Path) -> None:
    path = packed(
        tmp_path, sheet(head("备注"), listing(2, cell("D2", "#N/A", "e"), text("E2", "见附件")))
    )
    read = outcome(path)

    assert json.loads(read.row["_raw"])["（E 列，没有表头）"] == "见附件"
    assert read.notes == {"未知字段 （E 列，没有表头）": 1}


def test_the_first_sheet_with_a_header_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    note, one, two = sheet(text("A1", "说明")), sheet(head(), listing(2)), sheet(head(), listing(2))
    path = packed(tmp_path, note, one, one, two, states=("visible", "hidden"))
    read = outcome(path)
    [reject] = read.rejects

    assert len(read.rows) == 1
    assert read.notes == {
        "工作表“表1”没有所需的表头，没有读取": 1,
        "工作表“表2”是隐藏的，没有读取": 1,
    }
    assert reject.reason.startswith("工作表“表4”没有读取，因为已读取工作表“表3”")


@pytest.mark.parametrize(
    ("sheets", "line", "field", "message"),
    [
        ([sheet()], 1, None, "文件是空的，没有表头"),
        ([sheet(), sheet(text("A1", "record_id"))], 1, "platform", "表头缺少必填列：platform、title"),
        ([sheet(head("title"))], 1, "title", "表头中有 2 列对应同一字段"),
    ],
)  # fmt: skip
def test_a_workbook_without_a_header_that_can_serve_is_refused(
    tmp_path: Path, sheets: list[str], line: int, field: str | None, message: str
) -> None:
    path = packed(tmp_path, *sheets)
    with pytest.raises(HengjianError, match=message) as error:
        outcome(path)

    assert (error.value.path, error.value.line, error.value.field) == (path, line, field)


def test_a_row_over_the_limit_is_rejected_whole(tmp_path: Path) -> None:
    shared = f"<sst><si><t>{'好' * 30_000}</t></si></sst>"
    many = "".join(cell(f"{chr(65 + n // 26)}{chr(65 + n % 26)}2", 0, "s") for n in range(400))
    rows = sheet(head(), listing(2, many), listing(3))
    read = outcome(packed(tmp_path, rows, more={"xl/sharedStrings.xml": shared}))

    assert [row["record_id"] for row in read.rows] == ["L3"]
    [reject] = read.rejects
    assert (reject.line, reject.reason) == (2, "一行超过 8 MiB，只保留开头")


def test_a_sheet_that_breaks_off_ends_with_a_reject(tmp_path: Path) -> None:
    xml = sheet(head(), *(listing(n) for n in range(2, 40)))
    path = packed(tmp_path, xml[: xml.index('<row r="20">') + 30])
    read = outcome(path)

    assert len(read.rows) == 18
    assert read.rejects[0].line == 20
    assert read.rejects[0].reason.startswith("XLSX数据损坏，从这里起没有读取")


def test_a_row_number_that_comes_twice_ends_with_a_reject(tmp_path: Path) -> None:
    xml = sheet(head(), listing(2), listing(3)).replace('<row r="3">', '<row r="2">')
    read = outcome(packed(tmp_path, xml))

    assert len(read.rows) == 1
    assert read.rejects[0].reason.endswith("行号 2 重复、倒退或超出范围")


def test_millions_of_empty_cells_are_passed_over(tmp_path: Path) -> None:
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 300_000))
    xml = sheet(head(), listing(2)).replace("</sheetData>", f"{empty}</sheetData>")

    assert len(outcome(packed(tmp_path, xml)).rows) == 1


def test_xlsx_is_found_in_a_folder_but_not_its_lock_nor_packed(tmp_path: Path) -> None:
    for name in ("a.XLSX", "~$a.xlsx", "b.xlsx.gz", "c.xls", "d.xlsm"):
        (tmp_path / name).touch()

    assert [path.name for path in discover(tmp_path)] == ["a.XLSX"]


def test_a_book_of_many_rows_is_read_in_chunks(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append([*HEADER, "captured_at"])
    start = datetime(2026, 11, 5)  # noqa: DTZ001
    for number in range(3000):
        page.append([number, "demo-mall", f"茶杯{number}", start + timedelta(minutes=number)])
    book.save(tmp_path / "a.xlsx")
    read = outcome(tmp_path / "a.xlsx", batch_rows=100)

    assert [row["record_id"] for row in read.rows] == [str(n) for n in range(3000)]
    assert read.rows[-1]["_line"] == 3001
