from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from tests.records.samples import LISTING, REVIEW, Outcome, outcome, written
from tests.records.samples_of_kinds import FULL


def _parquet(folder: Path, *rows: dict[str, Any], schema: pa.Schema | None = None) -> Path:
    path = folder / "records.parquet"
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
    return path


def test_a_row_is_read_by_its_names_and_kept_as_json(tmp_path: Path) -> None:
    first, second = LISTING, LISTING | {"record_id": "L2", "title": "紫砂壶"}
    read = outcome(_parquet(tmp_path, first, second))

    assert [row["title"] for row in read.rows] == ["青花瓷茶杯", "紫砂壶"]
    assert [row["_line"] for row in read.rows] == [1, 2]
    raw = read.rows[1]["_raw"]
    assert json.loads(raw) == second
    assert read.rows[1]["_row_sha256"] == hashlib.sha256(raw).hexdigest()


def test_the_same_row_has_the_same_bytes_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    backwards = dict(reversed(LISTING.items()))

    one = outcome(_parquet(tmp_path, LISTING)).row["_raw"]
    assert outcome(_parquet(tmp_path, backwards)).row["_raw"] == one


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_can_be_written_as_parquet_and_read_again(tmp_path: Path, kind: str) -> None:
    schema = KINDS[kind].schema
    first = outcome(written(tmp_path, json.dumps(FULL[kind])), kind).row
    record = {name: first[name] for name in schema.names}
    again = outcome(_parquet(tmp_path, record, schema=schema), kind).row

    assert {name: again[name] for name in schema.names} == record


def test_types_of_their_own_are_read(tmp_path: Path) -> None:
    row = outcome(
        _parquet(
            tmp_path,
            LISTING
            | {
                "price": Decimal("85.10"),
                "captured_at": datetime(2026, 11, 5, 2, tzinfo=UTC),
                "attributes": {"品牌": "青岚"},
                "sales_count": 3,
            },
        )
    ).row

    assert (row["price"], row["sales_count"]) == (Decimal("85.1000"), 3)
    assert row["captured_at"] == datetime(2026, 11, 5, 2, tzinfo=UTC)
    assert row["attributes"] == [("品牌", "青岚")]


def test_a_time_without_zone_is_noted(tmp_path: Path) -> None:
    read = outcome(_parquet(tmp_path, LISTING | {"captured_at": datetime(2026, 11, 5)}))  # noqa: DTZ001

    assert read.notes == {"captured_at: 无时区，按Asia/Shanghai读取": 1}


def _rejected(folder: Path, **fields: Any) -> tuple[str | None, str]:
    read: Outcome = outcome(_parquet(folder, LISTING | fields, LISTING | {"record_id": "L2"}))
    assert [row["record_id"] for row in read.rows] == ["L2"]
    [reject] = read.rejects
    assert reject.line == 1
    return reject.field, reject.reason


def test_a_value_of_another_type_rejects_its_row(tmp_path: Path) -> None:
    assert _rejected(tmp_path, images="a.jpg") == ("images", "应为列表")
    assert _rejected(tmp_path, price="85元") == ("price", "应为数字")
    assert _rejected(tmp_path, attributes_complete=1) == (
        "attributes_complete",
        "应为 true 或 false（CSV 也可写 1、0、是、否）",
    )


def test_what_no_json_can_hold_rejects_its_row(tmp_path: Path) -> None:
    assert _rejected(tmp_path, price=float("nan"))[1].startswith("含无法读取的值")
    assert _rejected(tmp_path, text=b"\xff")[1] == "含无法读取的值：bytes"


def test_a_row_over_the_limit_is_rejected(tmp_path: Path) -> None:
    assert _rejected(tmp_path, text="好" * 3_000_000)[1] == "一行超过 8 MiB，只保留开头"


def test_a_date_is_a_day(tmp_path: Path) -> None:
    record = FULL["price_history"] | {"date": date(2026, 11, 5)}

    assert outcome(_parquet(tmp_path, record), "price_history").row["date"] == date(2026, 11, 5)


def test_a_schema_without_a_required_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="表头缺少必填列：created_at"):
        outcome(
            _parquet(tmp_path, {k: v for k, v in REVIEW.items() if k != "created_at"}), "review"
        )


def test_a_schema_without_any_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="文件是空的，没有表头"):
        outcome(_parquet(tmp_path, {}))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"record_id,platform\n", b"PAR1" * 40])
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(HengjianError, match="不是可读的Parquet文件"):
        outcome(written(tmp_path, content, "a.parquet"))


def test_a_file_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    rows = [LISTING | {"text": f"{n}" + "好" * 1_000_000} for n in range(8)]
    pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd")

    with pytest.raises(HengjianError, match="第 1 个行组展开后过大"):
        outcome(path)


def test_a_file_that_is_spoilt_inside_ends_with_a_reject(tmp_path: Path) -> None:
    path = _parquet(tmp_path, *(LISTING | {"record_id": f"L{n}"} for n in range(500)))
    content = bytearray(path.read_bytes())
    content[4:400] = bytes(396)
    path.write_bytes(content)

    read = outcome(path)
    assert read.rejects[-1].reason.startswith("Parquet数据损坏")


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_a_spoilt_file_never_crashes(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = _parquet(Path(folder), *[LISTING | {"images": ["a"], "attributes": {"a": "b"}}] * 9)
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        try:
            outcome(path)
        except HengjianError as error:
            assert error.path == path
