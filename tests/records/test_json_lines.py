from __future__ import annotations

import hashlib
import json
import tracemalloc
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.records.kinds import kind_named
from hengjian.records.lines import KEPT_BYTES, MAX_ROW_BYTES
from hengjian.records.reader import PROVENANCE, read
from tests.records.samples import LISTING, outcome, written

ROW = json.dumps(LISTING, ensure_ascii=False)


def test_a_row_knows_its_line_and_its_bytes(tmp_path: Path) -> None:
    read = outcome(written(tmp_path, f"\n  \r\n{ROW}\r\n\n{ROW} \n{ROW}"))

    assert [row["_line"] for row in read.rows] == [3, 5, 6]
    assert [row["_raw"] for row in read.rows] == [ROW.encode(), f"{ROW} ".encode(), ROW.encode()]
    assert read.rows[0]["_row_sha256"] == hashlib.sha256(ROW.encode()).hexdigest()


def test_a_batch_holds_the_contract_then_the_provenance(tmp_path: Path) -> None:
    kind = kind_named("listing")
    [chunk] = read(written(tmp_path, ROW), kind)

    assert list(chunk.batch.schema) == [*kind.schema, *PROVENANCE]


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    assert list(read(written(tmp_path, "\n"), kind_named("listing"))) == []


def test_a_chunk_of_rejects_has_an_empty_batch_of_the_same_schema(tmp_path: Path) -> None:
    [chunk] = read(written(tmp_path, "[]"), kind_named("listing"))

    assert chunk.batch.num_rows == 0
    assert list(chunk.batch.schema) == [*kind_named("listing").schema, *PROVENANCE]


def test_the_source_is_relative_to_the_scanned_root(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    path = written(tmp_path / "a/b", ROW)
    kind = kind_named("listing")

    def source(root: Path | None) -> list[str | None]:
        [chunk] = read(path, kind, root=root)
        return chunk.batch.column("_source").to_pylist()

    assert source(tmp_path) == ["a/b/records.jsonl"]
    assert source(path) == ["records.jsonl"]
    assert source(None) == ["records.jsonl"]
    with pytest.raises(HengjianError, match="不在所扫描的文件夹中"):
        source(tmp_path / "c")


def test_a_file_name_that_is_no_text_is_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / "\udcff.jsonl"
    path.write_text(ROW)

    assert outcome(path).row["_source"] == "\\xff.jsonl"


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path: Path) -> None:
    assert outcome(written(tmp_path, f"\ufeff{ROW}\n")).row["_raw"] == ROW.encode()


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (b'{"title": "\xff"}', None, "不是UTF-8编码（第 12 字节）"),
        (b'{"title": "a"', None, "不是有效的JSON（第 14 个字符处）"),
        (b'{"title": "a"} {}', None, "不是有效的JSON（第 16 个字符处）"),
        (b'{"title": "a\x00"}', None, "不是有效的JSON（第 13 个字符处）"),
        (b"[1]", None, "应为JSON对象"),
        (b'"title"', None, "应为JSON对象"),
        (b'{"title": "a", "title": "b"}', "title", "同一个键出现 2 次"),
        (b'{"attributes": {"k": "1", "k": "2"}}', "k", "同一个键出现 2 次"),
        (b'{"price": NaN}', None, "不是有效的JSON：NaN 不是数字"),
        (b'{"other": -Infinity}', None, "不是有效的JSON：-Infinity 不是数字"),
        (b'{"price": 1e9999999999999999999}', None, "含位数过多的数字"),
        (b'{"price": ' + b"9" * 5000 + b"}", None, "含位数过多的数字"),
        (b"[" * 100_000, None, "JSON嵌套过深"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None, "JSON嵌套过深"),
    ],
)
def test_a_line_that_is_no_object_is_rejected_and_the_rest_is_read(
    tmp_path: Path, line: bytes, field: str | None, reason: str
) -> None:
    read = outcome(written(tmp_path, b"\n".join([line, ROW.encode()])))
    [reject] = read.rejects

    assert [row["_line"] for row in read.rows] == [2]
    assert (reject.line, reject.field, reject.reason) == (1, field, reason)
    assert reject.raw == line.decode(errors="backslashreplace")
    assert reject.row_sha256 == hashlib.sha256(line).hexdigest()


def test_deep_values_are_rejected_like_others(tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    read = outcome(
        written(tmp_path, f'{ROW[:-1]}, "title2": {deep}}}\n{ROW[:-1]}, "text": {deep}}}')
    )

    assert read.notes == {"未知字段 title2": 1}
    assert [(reject.field, reject.reason) for reject in read.rejects] == [("text", "应为文字")]


def test_a_line_at_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    head, tail = ROW[:-1] + ', "text": "', '"}\n'
    room = MAX_ROW_BYTES - len((head + tail).encode())
    read = outcome(written(tmp_path, f"{head}{'a' * room}{tail}{head}{'a' * (room + 1)}{tail}"))

    assert [row["_line"] for row in read.rows] == [1]
    assert [reject.line for reject in read.rejects] == [2]


def test_a_line_over_the_limit_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    huge = ROW[:-1] + ', "text": "' + "a" * (3 * MAX_ROW_BYTES) + '"}'
    read = outcome(written(tmp_path, f"{ROW}\n{huge}\n{ROW}\n{huge}"))

    assert [row["_line"] for row in read.rows] == [1, 3]
    assert [reject.line for reject in read.rejects] == [2, 4]
    assert {reject.reason for reject in read.rejects} == {"一行超过 8 MiB，只保留开头"}
    assert {len(reject.raw.encode()) for reject in read.rejects} == {KEPT_BYTES}


def test_chunks_are_bounded_in_rows(tmp_path: Path) -> None:
    chunks = read(written(tmp_path, f"{ROW}\n[]\n" * 5), kind_named("listing"), batch_rows=4)

    assert [(chunk.batch.num_rows, len(chunk.rejects)) for chunk in chunks] == [
        (2, 2), (2, 2), (1, 1),
    ]  # fmt: skip


def test_chunks_of_large_rows_are_bounded_in_bytes(tmp_path: Path) -> None:
    row = ROW[:-1] + ', "text": "' + "a" * 6_000_000 + '"}\n'
    chunks = read(written(tmp_path, row * 7), kind_named("listing"))

    assert [chunk.batch.num_rows for chunk in chunks] == [3, 3, 1]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    row = ROW[:-1] + ', "text": "' + "a" * 1000 + '"}\n'

    def peak(rows: int) -> int:
        path = written(tmp_path, row * rows)
        tracemalloc.start()
        for _ in read(path, kind_named("listing"), batch_rows=500):
            pass
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    peak(1_000)  # what is made once only
    assert peak(15_000) < 1.2 * peak(5_000)


def test_a_file_of_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="不支持的文件格式"):
        outcome(written(tmp_path, ROW, "a.xls"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.jsonl.gz"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HengjianError, match="无法读取"):
        outcome(tmp_path / name)
