from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.records.kinds import kind_named
from hengjian.records.reader import read
from tests.records.samples import LISTING, Outcome, outcome, written

ROWS = [json.dumps(LISTING | {"record_id": f"L{number}"}).encode() for number in range(1, 41)]
PLAIN = b"".join(row + b"\n" for row in ROWS)
PACKED = gzip.compress(PLAIN)


def _read(folder: Path, packed: bytes, name: str = "records.jsonl.gz") -> Outcome:
    return outcome(written(folder, packed, name))


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.JSONL.GZ", "misnamed.jsonl"])
def test_gzip_is_known_by_suffix_or_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    assert [row["_raw"] for row in _read(tmp_path, PACKED, name).rows] == ROWS


def test_gzip_of_several_members_with_padding_is_one_file(tmp_path: Path) -> None:
    parts = gzip.compress(PLAIN[:100]) + gzip.compress(PLAIN[100:]) + b"\0" * 512

    assert [row["_raw"] for row in _read(tmp_path, parts).rows] == ROWS


def test_a_packed_csv_is_read(tmp_path: Path) -> None:
    packed = gzip.compress("\ufeffrecord_id,platform,title\nL1,demo-mall,茶杯\n".encode())

    assert _read(tmp_path, packed, "a.csv.gz").row["title"] == "茶杯"


@pytest.mark.parametrize("length", range(0, len(PACKED), 7))
def test_wherever_gzip_breaks_off_the_rows_before_are_kept(tmp_path: Path, length: int) -> None:
    packed = PACKED[:length]
    unpacked = zlib.decompressobj(31).decompress(packed)
    *whole, rest = unpacked.split(b"\n")
    read = _read(tmp_path, packed)
    [reject] = read.rejects

    assert [row["_raw"] for row in read.rows] == whole
    assert (reject.line, reject.raw.encode()) == (len(whole) + 1, rest)
    assert reject.reason == "gzip 数据不完整，文件提前结束"


def test_the_last_bytes_before_a_break_are_kept_where_they_fill_a_block(tmp_path: Path) -> None:
    # 1 MiB is unpacked at once; here a repetition goes on across that limit.
    plain = (b"abcdefghij" * 2**17)[: 2**20 + 100]
    reject = _read(tmp_path, gzip.compress(plain)[:-8]).reject

    assert len(reject.raw) == len(plain)


def test_a_wrong_checksum_rejects_the_end_and_keeps_the_rows(tmp_path: Path) -> None:
    read = _read(tmp_path, PACKED[:-8] + b"\0" * 8)
    [reject] = read.rejects

    assert [row["_raw"] for row in read.rows] == ROWS
    assert (reject.line, reject.raw) == (41, "")
    assert reject.reason.startswith("gzip 数据损坏")


def test_corrupt_data_rejects_the_line_reached_and_keeps_the_rows_before(tmp_path: Path) -> None:
    # Stored blocks: the second one's length is spoilt, so all of the first can be read.
    first, second = PLAIN[:1000], PLAIN[1000:]
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    head = packer.compress(first) + packer.flush(zlib.Z_FULL_FLUSH)
    tail = packer.compress(second) + packer.flush()
    read = _read(tmp_path, head + tail[:1] + b"\xff\xff\xff\xff" + tail[5:])
    *whole, rest = first.split(b"\n")
    [reject] = read.rejects

    assert [row["_raw"] for row in read.rows] == whole
    assert (reject.line, reject.raw.encode()) == (len(whole) + 1, rest)


def test_what_follows_the_end_of_gzip_is_rejected(tmp_path: Path) -> None:
    read = _read(tmp_path, PACKED + b"trailing")

    assert len(read.rows) == 40
    assert [reject.line for reject in read.rejects] == [41]


@pytest.mark.parametrize("content", [b"", ROWS[0]])
def test_a_gz_that_is_none_is_one_reject(tmp_path: Path, content: bytes) -> None:
    reject = _read(tmp_path, content).reject

    assert reject.line == 1
    assert reject.reason.startswith("gzip 数据")


def test_a_packed_csv_without_a_readable_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="无法读取表头：gzip 数据不完整"):
        _read(tmp_path, gzip.compress(b"record_id,platform,title\n" * 50)[:15], "a.csv.gz")


def test_a_bomb_of_one_endless_line_is_one_reject_in_bounded_memory(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"a" * 2**20) for _ in range(300)) + packer.flush()
    path = written(tmp_path, bomb, "bomb.jsonl.gz")
    assert len(bomb) < 2**20

    tracemalloc.start()
    [chunk] = read(path, kind_named("listing"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [reject.reason for reject in chunk.rejects] == ["一行超过 8 MiB，只保留开头"]
    assert peak < 40 * 2**20
