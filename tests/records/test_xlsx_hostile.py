"""Workbooks made to fill the memory, to reach other files, or to break the reader."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.records.kinds import kind_named
from hengjian.records.reader import read
from tests.records.samples import outcome, written
from tests.records.workbooks import HEADER, cell, head, listing, packed, saved, sheet, text

MIB = 2**20


def _refused(path: Path) -> str:
    with pytest.raises(HengjianError) as error:
        outcome(path)
    assert error.value.path == path
    return error.value.message


def _peak(path: Path) -> int:
    tracemalloc.start()
    try:
        for _ in read(path, kind_named("listing"), batch_rows=100):
            pass
    except HengjianError:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)
def test_a_part_that_unpacks_to_far_more_is_refused_before_it_is_unpacked(
    tmp_path: Path, part: str
) -> None:
    path = packed(tmp_path, sheet(head(), listing(2)), more={part: b" " * (60 * MIB)})

    assert path.stat().st_size < MIB // 4
    assert f"{part} 展开后过大（{60 * MIB} 字节）" in _refused(path)
    assert _peak(path) < 6 * MIB


def test_a_part_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path: Path) -> None:
    path = packed(tmp_path, sheet(head(), listing(2)), more={"xl/styles.xml": b" " * (60 * MIB)})
    content = path.read_bytes()
    path.write_bytes(content.replace((60 * MIB).to_bytes(4, "little"), (10).to_bytes(4, "little")))

    assert "xl/styles.xml 的压缩数据损坏" in _refused(path)
    assert _peak(path) < 6 * MIB


def test_one_text_that_every_cell_repeats_does_not_fill_the_memory(tmp_path: Path) -> None:
    shared = f"<sst><si><t>{'好' * 30_000}</t></si></sst>"
    rows = [listing(n, cell(f"D{n}", 0, "s")) for n in range(2, 1500)]
    path = packed(tmp_path, sheet(head("text"), *rows), more={"xl/sharedStrings.xml": shared})

    assert _peak(path) < 60 * MIB


def test_texts_are_kept_in_a_file_not_in_memory(tmp_path: Path) -> None:
    # Each differs throughout, so that they don't pack too well.
    texts = (f"{number * 7919:09d}" * 30 for number in range(60_000))
    shared = "".join(f"<si><t>{content}</t></si>" for content in texts)
    path = packed(
        tmp_path,
        sheet(head("text"), listing(2, cell("D2", 59_999, "s"))),
        more={"xl/sharedStrings.xml": f"<sst>{shared}</sst>"},
    )
    assert len(shared) > 16 * MIB
    del shared

    assert outcome(path).row["text"] == f"{59_999 * 7919:09d}" * 30
    assert _peak(path) < 6 * MIB


def test_entities_and_outside_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("口令")
    for entity in (
        f'<!ENTITY a SYSTEM "file://{tmp_path}/secret">',
        '<!ENTITY b "ha"><!ENTITY a "&b;&b;&b;&b;">',
        f'<!ENTITY % a SYSTEM "file://{tmp_path}/secret"> %a;',
    ):
        xml = f"<!DOCTYPE x [{entity}]>" + sheet(head("text"), listing(2, text("D2", "&a;")))
        assert "含文档类型声明（DTD）" in _refused(packed(tmp_path, xml))


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other.xml").write_text(sheet(head(), listing(2)))
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    for target, mode in (
        (f"{tmp_path}/other.xml", "Internal"),
        ("../../other.xml", "Internal"),
        (f"file://{tmp_path}/other.xml", "External"),
    ):
        relations = (
            f'<Relationships><Relationship Id="rId1" Type="{kinds}" Target="{target}" '
            f'TargetMode="{mode}"/></Relationships>'
        )
        path = packed(tmp_path, sheet(head()), more={"xl/_rels/workbook.xml.rels": relations})
        assert _refused(path).startswith(("不是可读的XLSX文件：缺少", "文件是空的"))


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<a>" * 100, "嵌套过深"),
        ("".join(f"<a{n}/>" for n in range(5000)), "名称过多"),
        (f'<c r="{"A" * 3 * MIB}"/>', "过长的XML标记"),
        (f"<!--{'x' * 3 * MIB}-->", "过长的XML标记"),
    ],
)
def test_xml_that_the_parser_would_hoard_is_refused(tmp_path: Path, xml: str, reason: str) -> None:
    path = packed(tmp_path, f"<worksheet>{xml}{sheet(head())}</worksheet>")

    assert reason in _refused(path)


def test_a_directory_of_millions_of_parts_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, sheet(head(), listing(2)))
    content = path.read_bytes()
    place = content.rindex(b"PK\x05\x06")
    size, offset = place - content.index(b"PK\x01\x02"), content.index(b"PK\x01\x02")
    entry = content[offset : offset + 46 + len("_rels/.rels")]
    many = entry * (5 * MIB // len(entry))
    ending = bytearray(content[place:])
    ending[12:16] = (size + len(many)).to_bytes(4, "little")
    path.write_bytes(content[:place] + many + ending)

    assert "压缩包的目录过大" in _refused(path)


def test_a_file_behind_a_password_or_of_the_old_format_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "a.xlsx")

    assert "文件加了密码，或是旧版 .xls" in _refused(path)


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"record_id,platform\n", b"PK\x05\x06" + bytes(18)]
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    assert _refused(written(tmp_path, content, "a.xlsx")).startswith("不是可读的XLSX文件")


def test_a_method_of_packing_that_hoards_memory_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, sheet(head()))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    assert "不支持的压缩方法" in _refused(path)


@pytest.mark.parametrize("index", ["99", "-1", "1.5", "", "9" * 50])
def test_a_reference_to_no_shared_text_ends_with_a_reject(tmp_path: Path, index: str) -> None:
    xml = sheet(head("text"), listing(2), listing(3, cell("D3", index, "s")))
    read_ = outcome(packed(tmp_path, xml))

    assert read_.rows[0]["record_id"] == "L2"
    assert len(read_.rows) + len(read_.rejects) == 2


def _never_crashes(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder), content, "a.xlsx")
        try:
            outcome(path)
        except HengjianError as error:
            assert error.path == path


def _content() -> bytes:
    with TemporaryDirectory() as folder:
        rows = [[f"L{n}", "demo-mall", f"茶杯{n}"] for n in range(40)]
        return saved(Path(folder), HEADER, *rows).read_bytes()


CONTENT = _content()
PARTS = {
    name: zipfile.ZipFile(io.BytesIO(CONTENT)).read(name)
    for name in zipfile.ZipFile(io.BytesIO(CONTENT)).namelist()
}
READ = [name for name in PARTS if "theme" not in name and "docProps" not in name]


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_noise_never_crashes(noise: bytes) -> None:
    _never_crashes(noise)
    _never_crashes(b"PK\x03\x04" + noise + CONTENT[-22:])


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_spoilt_file_never_crashes(data: st.DataObject) -> None:
    content = bytearray(CONTENT)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    _never_crashes(bytes(content[: data.draw(st.integers(0, len(content))) or None]))


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_part_spoilt_before_it_was_packed_never_crashes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(READ))
    part = bytearray(PARTS[name])
    start = data.draw(st.integers(0, len(part) - 1))
    pieces = [b"", b"<", b">", b'"', b"<c>", b"</row>", b"<v>9</v>", b"&#1;", b"\xff", b"-1", b"e9"]
    part[start : start + data.draw(st.integers(0, 9))] = data.draw(
        st.sampled_from(pieces) | st.binary(max_size=9)
    )
    packed_again = io.BytesIO()
    with zipfile.ZipFile(packed_again, "w") as archive:
        for other, content in PARTS.items():
            archive.writestr(other, bytes(part) if other == name else content)
    _never_crashes(packed_again.getvalue())
