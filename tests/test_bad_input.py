"""What can be wrong with what comes in: each fault is told with its place, and the rest is scanned.

Files are read by the reader and, where that says more, scanned whole with rules loaded.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import read_manifest
from hengjian.evidence.store import EvidenceStore
from hengjian.pipeline import ScanResult, scan
from hengjian.records.kinds import KINDS
from hengjian.records.reader import Reject, read
from hengjian.scan_folder import read_findings, read_scan
from hengjian.violations.rule import Rule, load_rules
from tests.conftest import LISTING, WriteRows
from tests.records.samples import Outcome, outcome, written
from tests.records.workbooks import cell, head, listing, packed, saved, sheet

MIB = 2**20
RULE = """\
id: marketing.absolute_claim
title: 绝对化用语
status: active
applies_to: [listing]
legal_basis:
  - {law: 广告法, article: 第九条第三项, from: 2015-09-01}
penalty:
  - {law: 广告法, article: 第五十七条第一项}
ladder: R1
authority: [市场监管]
detect:
  claim: {any_field|contains: [最佳, 世界第一]}
  condition: claim
mend: 删去这些用语。
look_alikes: [最佳拍档]
examples:
  - {name: 最佳, flag: true, record: {title: 全网最佳坚果}, words: [最佳]}
  - {name: 第一, flag: true, record: {title: 世界第一坚果}}
  - {name: 普通, flag: false, record: {title: 坚果}}
  - {name: 好坚果, flag: false, record: {title: 好坚果}}
"""
HEADER = "record_id,platform,title"
GOOD = "L2,demo-mall,全网最佳空气炸锅"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> list[Rule]:
    """One rule of our own, so that what is found here hangs on no other."""
    file = tmp_path_factory.mktemp("rules") / "marketing" / "absolute_claim.yml"
    file.parent.mkdir()
    file.write_text(RULE, encoding="utf-8")
    return list(load_rules(file.parent.parent).values())


class ScanListings(Protocol):
    def __call__(self, path: Path, out: Path) -> ScanResult: ...


@pytest.fixture
def scan_listings(rules: list[Rule]) -> ScanListings:
    return lambda path, out: scan(path, KINDS["listing"], out, rules)


def _rejects(out: Path) -> list[dict[str, Any]]:
    lines = (out / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _found(out: Path) -> list[str]:
    """The records that findings rest on, each of which still stands in the evidence."""
    rows = {row.record_id: row for row in read_manifest(out / "evidence")}
    ids = []
    for finding in read_findings(out):
        for item in finding["evidence"]:
            row = rows[item["record_id"]]
            content = EvidenceStore(out / "evidence").get(row.row_sha256)
            row.original_of(content, item)
            ids.append(item["record_id"])
    return sorted(ids)


def _csv(folder: Path, column: str, value: str) -> Outcome:
    path = folder / "listings.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                [*HEADER.split(","), column],
                ["L1", "demo-mall", "茶杯", value],
                [*GOOD.split(","), ""],
            ]
        )
    return outcome(path)


def _rejected(folder: Path, column: str, value: str) -> Reject:
    """Read a CSV whose first row has that value and whose second is sound."""
    found = _csv(folder, column, value)
    assert [row["record_id"] for row in found.rows] == ["L2"]
    [reject] = found.rejects
    assert (reject.file, reject.line, reject.field) == ("listings.csv", 2, column)
    assert reject.value == value
    return reject


# Files


def test_a_gzip_that_breaks_off_gives_its_rows_and_one_reject(
    write_rows: WriteRows, tmp_path: Path, scan_listings: ScanListings
) -> None:
    plain = write_rows(*({**LISTING, "record_id": f"L{n}"} for n in range(40))).read_bytes()
    path = written(tmp_path, gzip.compress(plain)[:-40], "listings.jsonl.gz")
    result = scan_listings(path, tmp_path / "out")

    [reject] = _rejects(tmp_path / "out")
    assert (reject["file"], reject["line"]) == ("listings.jsonl.gz", result.records + 1)
    assert reject["reason"] == "gzip 数据不完整，文件提前结束"
    assert set(_found(tmp_path / "out")) == {f"L{n}" for n in range(result.records)}


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_line_of_200_mib_is_one_reject_in_bounded_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(f"{HEADER}\n".encode() if name == "a.csv" else b"")
        for _ in range(200):
            file.write(b"a" * MIB)
        file.write(b"\n")
        good = GOOD if name == "a.csv" else json.dumps({**LISTING, "record_id": "L2"})
        file.write(f"{good}\n".encode())

    tracemalloc.start()
    chunks = list(read(path, KINDS["listing"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 60 * MIB
    [reject] = [reject for chunk in chunks for reject in chunk.rejects]
    assert reject.reason == "一行超过 8 MiB，只保留开头"
    assert len(reject.raw) < MIB
    assert [r for chunk in chunks for r in chunk.batch["record_id"].to_pylist()] == ["L2"]


def test_nul_bytes_reject_a_row_of_json_and_are_characters_of_csv(tmp_path: Path) -> None:
    good = json.dumps(LISTING)
    torn = outcome(written(tmp_path, good[:30] + "\0\0\n" + "\0" * 4096 + f"\n{good}\n"))

    assert [reject.line for reject in torn.rejects] == [1, 2]
    assert [row["record_id"] for row in torn.rows] == ["L1"]
    assert _csv(tmp_path, "text", "好\0评").rows[0]["text"] == "好\0评"


def test_nul_bytes_do_not_hide_a_claim(tmp_path: Path, scan_listings: ScanListings) -> None:
    path = written(tmp_path, f"{HEADER}\nL1,demo-mall,\0全网最佳\0茶杯\n{GOOD}\n", "a.csv")
    scan_listings(path, tmp_path / "out")

    assert _found(tmp_path / "out") == ["L1", "L2"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_csv_in_utf_16_is_refused_with_a_way_out(
    tmp_path: Path, encoding: str, scan_listings: ScanListings
) -> None:
    path = written(tmp_path, f"\ufeff{HEADER}\n{GOOD}\n".encode(encoding), "a.csv")
    with pytest.raises(HengjianError, match="文件是UTF-16编码") as error:
        scan_listings(path, tmp_path / "out")

    assert (str(error.value.path), error.value.line) == (str(path), 1)
    assert error.value.hint == "请另存为UTF-8或GB18030编码的CSV"
    assert not (tmp_path / "out").exists()


def test_json_lines_in_utf_16_are_rejects(tmp_path: Path) -> None:
    found = outcome(written(tmp_path, json.dumps(LISTING).encode("utf-16")))

    assert found.reject.reason.startswith("不是UTF-8编码")


def test_of_mixed_encodings_the_lesser_is_rejected_row_by_row(
    tmp_path: Path, scan_listings: ScanListings
) -> None:
    rows = [
        f"L{n},demo-mall,全网最佳茶杯\n".encode("gb18030" if n == 1 else "utf-8") for n in range(5)
    ]
    path = written(tmp_path, f"{HEADER}\n".encode() + b"".join(rows), "a.csv")
    scan_listings(path, tmp_path / "out")

    [reject] = _rejects(tmp_path / "out")
    assert (reject["file"], reject["line"]) == ("a.csv", 3)
    assert reject["reason"].startswith("不是UTF-8编码")
    assert _found(tmp_path / "out") == ["L0", "L2", "L3", "L4"]


def test_broken_bytes_in_gb18030_reject_their_row_alone(
    tmp_path: Path, scan_listings: ScanListings
) -> None:
    rows = f"{HEADER}\nL0,demo-mall,世界第一茶杯\n{GOOD}\n".encode("gb18030")
    path = written(tmp_path, rows + b"L3,demo-mall,\xb2\xff\xe8\nL4,demo-mall,a\n", "a.csv")
    result = scan_listings(path, tmp_path / "out")

    assert "编码 GB18030" in result.notes
    [reject] = _rejects(tmp_path / "out")
    assert reject["line"] == 4
    assert reject["reason"].startswith("不是GB18030编码")
    assert "L2" in _found(tmp_path / "out")


def test_a_formula_in_csv_is_text_and_stays_text(
    tmp_path: Path, scan_listings: ScanListings
) -> None:
    formula = "=cmd|' /C calc'!A0"
    assert _csv(tmp_path, "text", formula).rows[0]["text"] == formula
    path = written(tmp_path, f'{HEADER},price\nL1,demo-mall,"{formula}","{formula}"\n', "a.csv")
    scan_listings(path, tmp_path / "out")

    [reject] = _rejects(tmp_path / "out")
    assert (reject["field"], reject["value"], reject["reason"]) == ("price", formula, "应为数字")
    # JSON Lines is no table: a spreadsheet that opens it finds no cell that starts with a sign.
    text = (tmp_path / "out" / "rejects.jsonl").read_text(encoding="utf-8")
    assert text.startswith('{"file": "a.csv"')


def test_a_workbook_that_is_a_bomb_is_refused_and_the_rest_is_scanned(
    tmp_path: Path, scan_listings: ScanListings
) -> None:
    (tmp_path / "in").mkdir()
    bomb = {"xl/sharedStrings.xml": b"<sst>" + b" " * (100 * MIB)}
    packed(tmp_path / "in", sheet(head(), listing(2)), more=bomb, name="a.xlsx")
    written(tmp_path / "in", f"{HEADER}\n{GOOD}\n", "b.csv")
    result = scan_listings(tmp_path / "in", tmp_path / "out")

    [fault] = result.faults
    assert f"{tmp_path}/in/a.xlsx：不是可读的XLSX文件：xl/sharedStrings.xml 展开后过大" in fault
    assert _found(tmp_path / "out") == ["L2"]


def test_a_sound_workbook_is_scanned_and_its_evidence_stands(
    tmp_path: Path, scan_listings: ScanListings
) -> None:
    attributes = json.dumps({"工艺": "世界第一缝制"}, ensure_ascii=False)
    names = [*HEADER.split(","), "captured_at", "attributes"]
    day = datetime(2026, 11, 5)  # noqa: DTZ001
    path = saved(
        tmp_path,
        names,
        ["L1", "demo-mall", "全网最佳炸锅", day, None],
        ["L2", "demo-mall", "羽绒服", day, attributes],
    )
    scan_listings(path, tmp_path / "out")

    assert _found(tmp_path / "out") == ["L1", "L2"]
    rows = list(read_manifest(tmp_path / "out" / "evidence"))
    assert [(row.source, row.line, row.format) for row in rows] == [
        ("records.xlsx", 2, "xlsx"),
        ("records.xlsx", 3, "xlsx"),
    ]


# Columns and values


def test_a_missing_column_is_told_and_the_rest_is_scanned(
    tmp_path: Path, scan_listings: ScanListings
) -> None:
    (tmp_path / "in").mkdir()
    written(tmp_path / "in", "record_id,title\nL1,全网最佳\n", "a.csv")
    written(tmp_path / "in", f"{HEADER}\n{GOOD}\n", "b.csv")
    result = scan_listings(tmp_path / "in", tmp_path / "out")

    [fault] = result.faults
    assert f"{tmp_path}/in/a.csv:1：字段 platform：表头缺少必填列：platform" in fault
    assert _found(tmp_path / "out") == ["L2"]


def test_an_extra_column_is_told_and_kept_in_the_row(tmp_path: Path) -> None:
    found = _csv(tmp_path, "备注", "看这里")

    assert found.notes == {"未知字段 备注": 1}
    assert "看这里" in found.rows[0]["_raw"].decode()


def test_a_row_with_a_cell_too_many_is_rejected_whole(tmp_path: Path) -> None:
    found = outcome(written(tmp_path, f"{HEADER}\nL1,demo-mall,茶杯,多\n{GOOD}\n", "a.csv"))

    assert [row["record_id"] for row in found.rows] == ["L2"]
    assert found.rejects[0].reason == "应有 3 格，实有 4 格"


@pytest.mark.parametrize("price", ["面议", "85元", "￥85", "1,299", "85-99", "NaN", "-1", "=1+1"])
def test_a_price_that_is_no_amount_is_rejected(tmp_path: Path, price: str) -> None:
    reason = _rejected(tmp_path, "price", price).reason

    assert reason == ("金额不能为负" if price == "-1" else "应为数字")


@pytest.mark.parametrize(
    ("written_as", "moment", "note"),
    [
        ("2026-11-05T12:30:00+08:00", datetime(2026, 11, 5, 4, 30, tzinfo=UTC), None),
        ("2026-11-05 12:30", datetime(2026, 11, 5, 4, 30, tzinfo=UTC), "无时区"),
        ("2026-11-05", datetime(2026, 11, 4, 16, tzinfo=UTC), "只有日期"),
    ],
)
def test_a_time_of_iso_8601_is_read(
    tmp_path: Path, written_as: str, moment: datetime, note: str | None
) -> None:
    found = _csv(tmp_path, "captured_at", written_as)

    assert found.rows[0]["captured_at"] == moment
    assert [text.startswith(f"captured_at: {note}") for text in found.notes] == [True] * bool(note)


@pytest.mark.parametrize(
    "written_as",
    [
        "2026/11/5 12:30",
        "20261105",
        "2026年11月5日",
        "11/5/2026",
        "46331",
        "46331.52",
        "1793853000",
    ],
)
def test_a_time_written_otherwise_is_never_guessed(tmp_path: Path, written_as: str) -> None:
    reject = _rejected(tmp_path, "captured_at", written_as)

    assert reject.reason == "应为ISO 8601时间，如 2026-11-05T10:00:00+08:00"


def test_a_day_that_the_calendar_lacks_is_rejected(tmp_path: Path) -> None:
    assert _rejected(tmp_path, "captured_at", "2026-02-30").reason == "没有这个时间"


def test_a_cell_of_a_workbook_is_rejected_with_its_row_and_the_rest_is_scanned(
    tmp_path: Path, scan_listings: ScanListings
) -> None:
    rows = sheet(
        head("item_id"),
        listing(2, cell("D2", "110101199003070000")),
        listing(3, cell("D3", "6901234567892")).replace("青花瓷", "全网最佳"),
    )
    scan_listings(packed(tmp_path, rows, name="a.xlsx"), tmp_path / "out")

    [reject] = _rejects(tmp_path / "out")
    assert (reject["file"], reject["line"], reject["field"]) == ("a.xlsx", 2, "item_id")
    assert reject["reason"].startswith("超过 15 位的数字，末尾几位在表格中已丢失")
    assert _found(tmp_path / "out") == ["L3"]


def test_records_of_one_id_are_all_scanned_and_told(
    write_rows: WriteRows, tmp_path: Path, scan_listings: ScanListings
) -> None:
    other = {**LISTING, "title": "世界第一茶杯"}
    result = scan_listings(
        write_rows(LISTING, other, {**LISTING, "platform": "x"}), tmp_path / "out"
    )

    assert result.records == 3
    assert result.notes["record_id: 与前面的记录重复，仍予检查"] == 1
    assert {finding["row_sha256"] for finding in read_findings(tmp_path / "out")} == {
        row.row_sha256 for row in read_manifest(tmp_path / "out" / "evidence")
    }
    assert read_scan(tmp_path / "out")["notes"] == result.notes


# The disk


def test_what_cannot_be_opened_is_told_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "gone")
    (tmp_path / "c.jsonl").symlink_to(tmp_path / "c.jsonl")
    for name, reason in (
        ("a.jsonl", "无法读取：是文件夹，不是文件"),
        ("b.jsonl", "无法读取：文件不存在"),
        ("c.jsonl", "无法读取：链接循环"),
    ):
        with pytest.raises(HengjianError, match=reason) as error:
            outcome(tmp_path / name)
        assert error.value.path == tmp_path / name


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.xlsx", "a.jsonl.gz"])
def test_a_link_to_nothing_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, scan_listings: ScanListings
) -> None:
    (tmp_path / name).symlink_to(tmp_path / "gone")
    with pytest.raises(HengjianError, match="文件不存在") as error:
        scan_listings(tmp_path / name, tmp_path / "out")

    assert error.value.path == tmp_path / name
    assert [path.name for path in tmp_path.iterdir()] == [name]


def _filling() -> list[dict[str, Any]]:
    """Records that need more than 3 MiB, however they are packed."""
    noise = random.Random(7)  # noqa: S311 - any noise will do
    return [
        {**LISTING, "record_id": f"L{n}", "text": noise.randbytes(3000).hex()} for n in range(2000)
    ]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB, on a machine that lets us have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("mounting takes root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S603, S607


def test_a_full_disk_is_told_and_the_earlier_scan_stays_whole(
    write_rows: WriteRows, tmp_path: Path, small_disk: Path, scan_listings: ScanListings
) -> None:
    out = small_disk / "out"
    first = scan_listings(write_rows(LISTING), out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    many = _filling()
    with pytest.raises(HengjianError, match="无法写入：磁盘已满") as error:
        scan_listings(write_rows(*many), out)

    assert error.value.path == out
    assert read_scan(out)["scan_id"] == first.scan_id
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_full_disk_leaves_no_result_that_looks_whole(
    write_rows: WriteRows, tmp_path: Path, small_disk: Path, scan_listings: ScanListings
) -> None:
    many = _filling()
    with pytest.raises(HengjianError, match="无法写入：磁盘已满"):
        scan_listings(write_rows(*many), small_disk / "out")

    assert not (small_disk / "out").exists()
    with pytest.raises(HengjianError, match="没有扫描结果"):
        read_scan(small_disk / "out")
