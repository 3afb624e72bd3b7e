from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import SnapshotRow, keep_rows, read_manifest
from hengjian.evidence.store import EvidenceStore


def _row(content: bytes, **changes: object) -> tuple[SnapshotRow, bytes]:
    values: dict[str, object] = {
        "row_sha256": hashlib.sha256(content).hexdigest(),
        "record_id": "L1",
        "kind": "listing",
        "source": "a.jsonl",
        "line": 3,
        "input_sha256": "0" * 64,
        "format": "jsonl",
        "columns": None,
    }
    return SnapshotRow(**{**values, **changes}), content  # type: ignore[arg-type]


@given(content=st.binary())
def test_what_is_put_is_got_back_under_its_hash(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = EvidenceStore(tmp_path_factory.mktemp("store"))
    sha256 = store.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert store.get(sha256) == content


def test_putting_the_same_bytes_again_leaves_the_item_as_it_is(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    path = store.path(store.put(b"row"))
    before = path.stat().st_mtime_ns
    store.put(b"row")
    assert path.stat().st_mtime_ns == before


def test_a_changed_byte_is_found_when_the_item_is_read(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    sha256 = store.put(b"row")
    store.path(sha256).chmod(0o640)
    store.path(sha256).write_bytes(b"raw")
    with pytest.raises(HengjianError, match="已被改动"):
        store.get(sha256)


def test_a_missing_item_is_told(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="证据不存在"):
        EvidenceStore(tmp_path).get("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_never_becomes_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(HengjianError, match="SHA-256"):
        EvidenceStore(tmp_path).path(name)


def test_a_snapshot_says_where_each_row_came_from(tmp_path: Path) -> None:
    row, content = _row(b'{"a": 1}', format="csv", columns=["a"])
    assert keep_rows(tmp_path, [(row, content)]) == 1
    assert list(read_manifest(tmp_path)) == [row]
    assert EvidenceStore(tmp_path).get(row.row_sha256) == content


def test_a_row_of_a_spreadsheet_is_read_again_by_the_contracts_names() -> None:
    cells = '{"产品特点":"{\\"工艺\\": \\"世界第一缝制\\"}","编号":"L1"}'
    names = {"产品特点": "attributes", "编号": "record_id"}
    row, content = _row(cells.encode(), format="xlsx", rename=names)
    words = {
        "record_id": "L1",
        "field": "attributes.工艺",
        "start": 0,
        "end": 4,
        "text": "世界第一",
    }

    assert row.original_of(content, words) == "世界第一缝制"


def test_a_row_whose_bytes_do_not_match_its_hash_is_refused(tmp_path: Path) -> None:
    row, _ = _row(b"one")
    with pytest.raises(HengjianError) as caught:
        keep_rows(tmp_path, [(row, b"two")])
    assert (caught.value.path, caught.value.line) == ("a.jsonl", 3)


def test_a_broken_manifest_is_shown_with_its_line(tmp_path: Path) -> None:
    keep_rows(tmp_path, [_row(b"one")])
    with (tmp_path / "manifest.jsonl").open("a") as file:
        file.write('{"row_sha256": 1}\n')
    with pytest.raises(HengjianError) as caught:
        list(read_manifest(tmp_path))
    assert caught.value.line == 2
