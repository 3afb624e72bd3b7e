from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hengjian.errors import HengjianError
from hengjian.evidence.store import EvidenceStore
from hengjian.pipeline import ScanResult, scan_market
from hengjian.scan_folder import read_findings, write_findings
from hengjian.scanning.sources import find_sources
from hengjian.scanning.work import has_finished, work_folder
from tests.conftest import LISTING, WriteRows
from tests.few_rules import few_rules

RULES = few_rules()
ROWS = [
    {**LISTING, "record_id": f"L{n}", "item_id": f"I{n % 17}", "title": f"全网最佳锅{n % 23}"}
    for n in range(60)
]
SAME = ("findings.jsonl", "findings.parquet", "rejects.jsonl", "evidence/manifest.jsonl")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A large file, as the rows of a shard go in these tests, and a small one with a reject."""
    inside = tmp_path / "market" / "listing"
    inside.mkdir(parents=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]
    (inside / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (inside / "b.jsonl").write_text("\n".join([lines[3], "{}", lines[5]]), encoding="utf-8")
    return tmp_path / "market"


def _scan(path: Path, out: Path, **options: Any) -> ScanResult:
    # The reader hands over what it has read of a file at once, so that files are shards here.
    return scan_market(find_sources([path]), out, RULES.values(), shard_rows=10, **options)


def _stop_after(checks: int) -> Callable[[str, int], None]:
    seen = 0

    def progress(stage: str, _count: int) -> None:
        nonlocal seen
        seen += stage == "check"
        if seen > checks:
            raise KeyboardInterrupt

    return progress


def _interrupt(path: Path, out: Path, checks: int = 1) -> None:
    with pytest.raises(KeyboardInterrupt):
        _scan(path, out, progress=_stop_after(checks))


def test_a_resumed_scan_gives_what_an_undisturbed_one_gives(folder: Path, tmp_path: Path) -> None:
    _scan(folder, tmp_path / "whole")
    _interrupt(folder, tmp_path / "out")
    result = _scan(folder, tmp_path / "out", resume=True)
    assert result.taken_over == 60
    for name in SAME:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    tables = [pq.read_table(tmp_path / n / "subjects.parquet") for n in ("out", "whole")]
    assert tables[0].equals(tables[1])


def test_what_was_finished_stays_and_goes_with_the_end(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _interrupt(folder, out)
    assert has_finished(work_folder(out))
    assert not out.exists()
    _scan(folder, out, resume=True)
    assert not work_folder(out).exists()


def test_without_resume_the_work_starts_anew(folder: Path, tmp_path: Path) -> None:
    _interrupt(folder, tmp_path / "out")
    assert _scan(folder, tmp_path / "out").taken_over == 0


def test_nothing_finished_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    def stop(_stage: str, _count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _scan(folder, tmp_path / "out", progress=stop)
    assert not work_folder(tmp_path / "out").exists()


def test_a_shard_that_was_cut_off_is_checked_again(folder: Path, tmp_path: Path) -> None:
    _interrupt(folder, tmp_path / "out", checks=0)
    assert _scan(folder, tmp_path / "out", resume=True).taken_over == 0


def test_a_file_that_changed_is_read_again(folder: Path, tmp_path: Path) -> None:
    _interrupt(folder, tmp_path / "out")
    row = {**LISTING, "title": "普通锅"}
    (folder / "listing" / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    result = _scan(folder, tmp_path / "out", resume=True)
    assert (result.taken_over, result.records) == (0, 3)


@pytest.mark.parametrize("change", [{"seeded": frozenset({"L1"})}, {"areas": {"marketing"}}])
def test_other_settings_take_nothing_over(
    folder: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    _interrupt(folder, tmp_path / "out")
    assert _scan(folder, tmp_path / "out", resume=True, **change).taken_over == 0


def test_a_file_that_could_not_be_read_is_tried_again(folder: Path, tmp_path: Path) -> None:
    broken = folder / "post.csv"
    broken.write_text("no,such\n1,2\n", encoding="utf-8")
    _interrupt(folder, tmp_path / "out")
    row = "record_id,platform,account_id,created_at,text\nP1,x,A1,2026-11-05,内部特供酒\n"
    broken.write_text(row, encoding="utf-8")
    assert _scan(folder, tmp_path / "out", resume=True).faults == []


def test_two_scans_never_write_to_one_place(folder: Path, tmp_path: Path) -> None:
    work = work_folder(tmp_path / "out")
    work.mkdir()
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        with pytest.raises(HengjianError, match="另一个扫描正在写入这里"):
            _scan(folder, tmp_path / "out")
    assert work.exists()


def test_a_full_disk_is_told_and_what_was_finished_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_store: EvidenceStore, _content: bytes, **_options: bool) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(EvidenceStore, "put", full)
        with pytest.raises(HengjianError, match=r"磁盘已满.*--resume"):
            _scan(folder, tmp_path / "out")
    assert _scan(folder, tmp_path / "out", resume=True).taken_over == 62


def test_the_findings_of_more_shards_than_files_may_be_open_are_merged(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    _scan(write_rows(*ROWS, name="listing.jsonl"), tmp_path / "out")
    findings = list(read_findings(tmp_path / "out"))
    parts = []
    for number in range(450):
        finding = findings[number % len(findings)]
        part = tmp_path / f"{number}.tsv"
        keys = f"{finding['violation']}\t{finding['finding_id']}"
        part.write_text(f"{keys}\t{json.dumps(finding)}\n", encoding="utf-8")
        parts.append(part)
    (tmp_path / "merged").mkdir()
    counts = write_findings(parts, tmp_path / "merged")
    assert counts.total() == len(findings)
    assert list(read_findings(tmp_path / "merged")) == findings
