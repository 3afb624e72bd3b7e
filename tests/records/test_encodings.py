from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.records.reader import form_of
from tests.records.samples import outcome, written

HEADER = "record_id,platform,title,text\n"
ROWS = "L1,demo-mall,青花瓷茶杯,手工\nL2,demo-mall,紫砂壶,宜兴\n"
NOTE = {"编码 GB18030": 1}


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_csv_may_be_gb18030_which_is_told_once(tmp_path: Path, name: str) -> None:
    content = (HEADER + ROWS).encode("gb18030")
    path = written(tmp_path, gzip.compress(content) if name.endswith("gz") else content, name)
    read = outcome(path, batch_rows=1)

    assert [row["title"] for row in read.rows] == ["青花瓷茶杯", "紫砂壶"]
    assert read.rows[0]["_raw"] == "L1,demo-mall,青花瓷茶杯,手工".encode("gb18030")
    assert read.notes == NOTE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "ascii"])
def test_utf_8_needs_no_note(tmp_path: Path, encoding: str) -> None:
    rows = ROWS if encoding != "ascii" else "L1,demo-mall,cup,\n"
    read = outcome(written(tmp_path, (HEADER + rows).encode(encoding), "a.csv"))

    assert read.rows[0]["record_id"] == "L1"
    assert not read.notes


def test_a_header_in_gb18030_can_be_mapped(tmp_path: Path) -> None:
    path = written(tmp_path, "编号,标题\nL1,茶\n".encode("gb18030"), "a.csv")

    assert form_of(path) == ("csv", "gb18030", ["编号", "标题"])


def test_the_first_words_may_lie_far_into_the_file(tmp_path: Path) -> None:
    plain = "".join(f"P{n},demo-mall,cup,\n" for n in range(20_000))
    path = written(tmp_path, (HEADER + plain + ROWS).encode("gb18030"), "a.csv")
    read = outcome(path)

    assert (read.rows[-1]["title"], read.notes) == ("紫砂壶", NOTE)


def test_one_broken_row_leaves_a_utf_8_file_what_it_is(tmp_path: Path) -> None:
    broken = b"L0,demo-mall,\xb2\xe8,\n"
    read = outcome(written(tmp_path, HEADER.encode() + broken + ROWS.encode(), "a.csv"))

    assert [row["title"] for row in read.rows] == ["青花瓷茶杯", "紫砂壶"]
    assert [reject.reason for reject in read.rejects] == ["不是UTF-8编码（第 14 字节）"]


def test_one_broken_row_leaves_a_gb18030_file_what_it_is(tmp_path: Path) -> None:
    broken = "L0,demo-mall,茶".encode("gb18030") + b"\xff,\n"
    read = outcome(written(tmp_path, HEADER.encode() + broken + ROWS.encode("gb18030"), "a.csv"))

    assert [row["title"] for row in read.rows] == ["青花瓷茶杯", "紫砂壶"]
    assert [reject.reason for reject in read.rejects] == ["不是GB18030编码（第 16 字节）"]
    assert read.rejects[0].raw == "L0,demo-mall,茶\\xff,"


def test_a_broken_character_before_a_quote_does_not_take_the_next_row(tmp_path: Path) -> None:
    broken = b'L0,demo-mall,"\x81\x30",\n'
    read = outcome(written(tmp_path, HEADER.encode() + broken + ROWS.encode("gb18030"), "a.csv"))

    assert [row["record_id"] for row in read.rows] == ["L1", "L2"]
    assert [reject.line for reject in read.rejects] == [2]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_with_a_way_out(tmp_path: Path, encoding: str) -> None:
    content = f"\ufeff{HEADER}{ROWS}".encode(encoding)

    with pytest.raises(HengjianError, match="文件是UTF-16编码") as error:
        outcome(written(tmp_path, content, "a.csv"))

    assert error.value.hint == "请另存为UTF-8或GB18030编码的CSV"


def test_json_lines_are_utf_8_only(tmp_path: Path) -> None:
    line = '{"record_id": "L1", "platform": "demo-mall", "title": "茶"}'.encode("gb18030")

    assert outcome(written(tmp_path, line)).reject.reason.startswith("不是UTF-8编码")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=3))
def test_chinese_in_either_encoding_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("encodings")
    for encoding in ("utf-8", "gb18030"):
        content = f"{HEADER}{ROWS}L3,demo-mall,{text},\n".encode(encoding)
        path = written(folder, content, "a.csv")
        assert outcome(path).rows[-1]["title"] == text
