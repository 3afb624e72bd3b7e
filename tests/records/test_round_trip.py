"""What holds for any input: valid rows come back equal, and no data line is lost."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.records.kinds import kind_named
from hengjian.records.reader import form_of
from tests.records.samples import LISTING, Outcome, outcome, written

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
REQUIRED = TEXT.filter(lambda text: text.strip() != "")
MONEY = st.decimals(0, Decimal("99999999999999.9999"), places=4)
TIMES = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))]),
)
OPTION = st.fixed_dictionaries(
    {
        "name": TEXT | st.none(),
        "price": MONEY | st.none(),
        "preselected": st.booleans() | st.none(),
        "required": st.booleans() | st.none(),
    }
)
LISTINGS = st.fixed_dictionaries(
    {"record_id": REQUIRED, "platform": REQUIRED, "title": REQUIRED},
    optional={
        "shop_id": TEXT,
        "text": TEXT,
        "captured_at": TIMES,
        "price": MONEY,
        "attributes": st.dictionaries(TEXT, TEXT, max_size=3),
        "attributes_complete": st.booleans(),
        "images": st.lists(TEXT, max_size=3),
        "options": st.lists(OPTION, max_size=2),
        "sales_count": st.integers(0, 2**63 - 1),
        "region": TEXT,
    },
)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _as_json(records: list[dict[str, Any]]) -> bytes:
    lines = (json.dumps(record, ensure_ascii=False, default=_plain) for record in records)
    return "".join(f"{line}\n" for line in lines).encode()


def _as_csv(records: list[dict[str, Any]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, kind_named("listing").schema.names)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in records)
    return file.getvalue().encode()


def _cell(value: object) -> str:
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value)


def _expected(record: dict[str, Any]) -> dict[str, Any]:
    full = dict.fromkeys(kind_named("listing").schema.names) | record
    if full["attributes"] is not None:
        full["attributes"] = list(full["attributes"].items())
    return full


def _read(content: bytes, name: str) -> Outcome:
    with TemporaryDirectory() as folder:
        return outcome(written(Path(folder), content, name), batch_rows=3)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(("name", "write"), [("a.jsonl", _as_json), ("a.csv", _as_csv)])
@settings(deadline=None, max_examples=60)
@given(records=st.lists(LISTINGS, min_size=1, max_size=7))
def test_valid_listings_come_back_equal(
    zipped: bool,
    name: str,
    write: Callable[[list[dict[str, Any]]], bytes],
    records: list[dict[str, Any]],
) -> None:
    content = write(records)
    read = _read(gzip.compress(content), f"{name}.gz") if zipped else _read(content, name)

    assert not read.rejects
    fields = kind_named("listing").schema.names
    assert [{name: row[name] for name in fields} for row in read.rows] == [
        _expected(record) for record in records
    ]
    for row in read.rows:
        assert hashlib.sha256(row["_raw"]).hexdigest() == row["_row_sha256"]
        assert row["_raw"] in content


HEADER = b"record_id,platform,title\n"
ROW = json.dumps(LISTING).encode()
PIECES = st.sampled_from(
    [
        b"\n", b"\r\n", b"\r", b'"', b",", b"\0", b"\xff", b"\xef\xbb\xbf", b" ", b"{", b"}", b"[]",
        b"\x1f\x8b", b'{"record_id":1', b'"title":"', b"NaN", b"L1,demo-mall,a\n", b'L1,x,"a\nb"\n',
        b'"",', b"\xe5\x9b", "国".encode(), ROW, ROW + b"\n",
    ]
)  # fmt: skip
NOISE = st.binary(max_size=200) | st.lists(PIECES | st.binary(max_size=5), max_size=20).map(
    b"".join
)


def _found(read: Outcome, encoding: str = "utf-8") -> bytes:
    """The bytes of all rows and rejects in the order of the file, without terminators."""
    parts = [(row["_line"], row["_raw"]) for row in read.rows]
    parts += [(reject.line, reject.raw.encode(encoding)) for reject in read.rejects]
    return _comparable(b"".join(raw for _, raw in sorted(parts)))


def _comparable(raw: bytes) -> bytes:
    """A reject tells bytes that are no text as escapes."""
    plain = re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), raw)
    return plain.replace(b"\n", b"").replace(b"\r", b"")


@settings(deadline=None, max_examples=300)
@given(NOISE.filter(lambda noise: not noise.startswith(b"\x1f\x8b")))
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_every_data_line_of_json_lines_is_a_row_or_a_reject(noise: bytes) -> None:
    lines = [line for line in noise.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    read = _read(noise, "a.jsonl")

    assert len(read.rows) + len(read.rejects) == len(lines)
    assert _found(read) == _comparable(b"".join(lines))


@settings(deadline=None, max_examples=300)
@given(NOISE)
@example(b'L1,x,"\x81\x30"\n\xb2\xe8\n')
@example(b'"\x81\x30\n\xb2\xe8"\n\xb2\xe8\n')
def test_every_byte_of_csv_is_in_a_row_or_a_reject(noise: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder), HEADER + noise, "a.csv")
        read, encoding = outcome(path, batch_rows=3), form_of(path).encoding

    assert _found(read, encoding) == _comparable(noise)


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.ndjson", "a.jsonl.gz", "a.csv", "a.csv.gz", "a.parquet", "a.xlsx"]
)
@settings(deadline=None, max_examples=200)
@given(noise=NOISE)
def test_noise_never_crashes(name: str, noise: bytes) -> None:
    try:
        _read(noise, name)
    except HengjianError as error:
        assert error.path


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
@settings(deadline=None, max_examples=200)
@given(noise=NOISE, data=st.data())
def test_spoilt_gzip_never_crashes(name: str, noise: bytes, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(HEADER + noise, mtime=0))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    try:
        _read(bytes(packed), name)
    except HengjianError as error:
        assert error.path
