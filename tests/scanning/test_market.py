from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import read_manifest
from hengjian.pipeline import ScanResult, scan_market
from hengjian.recheck import recheck
from hengjian.scan_folder import find_finding, read_coverage, read_findings, read_scan
from hengjian.scanning.sources import find_sources
from tests.conftest import LISTING, WriteRows
from tests.few_rules import few_rules

RULES = few_rules()
REVIEW = {
    "record_id": "R1",
    "platform": "demo-mall",
    "shop_id": "S1",
    "item_id": "I1",
    "user_id": "U1",
    "text": "客服说好评返现两元",
    "created_at": "2026-11-06T10:00:00+08:00",
}
ORDER = {
    "record_id": "O1",
    "platform": "demo-mall",
    "shop_id": "S1",
    "item_id": "I1",
    "user_id": "U1",
    "created_at": "2026-11-06T10:00:00+08:00",
    "status": "paid",
}


@pytest.fixture
def market(write_rows: WriteRows, tmp_path: Path) -> Path:
    """A listing and a review with a violation each, and an order."""
    (tmp_path / "market").mkdir()
    write_rows(LISTING, name="market/listing.jsonl")
    write_rows(REVIEW, name="market/review.jsonl")
    write_rows(ORDER, name="market/order.jsonl")
    return tmp_path / "market"


def _scan(path: Path, out: Path, **options: Any) -> ScanResult:
    return scan_market(find_sources([path]), out, RULES.values(), **options)


def test_a_market_is_scanned_into_one_result(market: Path, tmp_path: Path) -> None:
    result = _scan(market, tmp_path / "out")
    findings = list(read_findings(tmp_path / "out"))
    assert (result.kind, result.records, result.findings) == ("market", 3, 2)
    assert {f["violation"] for f in findings} == {
        "marketing.absolute_claim",
        "reputation.brushing_solicitation",
    }
    assert {row.kind for row in read_manifest(tmp_path / "out" / "evidence")} == {
        "listing",
        "review",
    }


def test_coverage_spans_all_kinds(market: Path, tmp_path: Path) -> None:
    _scan(market, tmp_path / "out")
    coverage = read_coverage(tmp_path / "out")
    assert coverage["violations"]["reputation.brushing_solicitation"]["by_kind"] == {
        "listing": {"checked": 1, "not_checked": 0},
        "review": {"checked": 1, "not_checked": 0},
    }
    assert coverage["kinds"]["order"] == {"records": 1, "rejected": 0, "rules": 0}


def test_a_market_gives_the_same_ids_as_its_kinds_by_themselves(
    market: Path, tmp_path: Path
) -> None:
    _scan(market, tmp_path / "whole")
    ids = set()
    for kind in ("listing", "review"):
        _scan(market / f"{kind}.jsonl", tmp_path / kind)
        ids |= {f["finding_id"] for f in read_findings(tmp_path / kind)}
    assert {f["finding_id"] for f in read_findings(tmp_path / "whole")} == ids


def test_what_was_skipped_is_noted(market: Path, tmp_path: Path, write_rows: WriteRows) -> None:
    write_rows(LISTING, name="market/goods.jsonl")
    result = _scan(market, tmp_path / "out")
    assert result.notes == {"已跳过 goods.jsonl：名称不是记录种类": 1}
    assert read_scan(tmp_path / "out")["notes"] == result.notes


def test_only_the_areas_that_were_asked_for_are_checked(market: Path, tmp_path: Path) -> None:
    result = _scan(market, tmp_path / "out", areas=frozenset({"marketing"}))
    assert {f["violation"] for f in read_findings(tmp_path / "out")} == {"marketing.absolute_claim"}
    row = result.coverage["violations"]["reputation.brushing_solicitation"]
    assert row["status"] == "left_out"


def test_an_unknown_area_is_refused(market: Path, tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="没有这个领域：toys"):
        _scan(market, tmp_path / "out", areas=frozenset({"toys"}))
    assert not (tmp_path / "out").exists()


def test_since_counts_from_midnight_in_shanghai(write_rows: WriteRows, tmp_path: Path) -> None:
    times = ["2026-11-04T23:59:59+08:00", "2026-11-04T16:00:00+00:00", None]
    rows = [
        {**LISTING, "record_id": f"L{n}", "item_id": f"I{n}", "captured_at": time}
        for n, time in enumerate(times)
    ]
    path = write_rows(*rows, name="listing.jsonl")
    result = _scan(path, tmp_path / "out", since=dt.date(2026, 11, 5))
    subjects = {f["subject_id"] for f in read_findings(tmp_path / "out")}
    assert subjects == {"I1", "I2"}
    assert result.notes == {"早于 2026-11-05，未检查": 1, "时间未知，仍予检查": 1}
    assert result.coverage["records"] == 2


def test_a_shop_is_gone_only_when_records_of_a_checked_kind_were_seen(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    (tmp_path / "market").mkdir()
    write_rows({**ORDER, "cancel_reason": "缺货"}, name="market/order.jsonl")
    write_rows({**LISTING, "shop_id": "S2"}, name="market/listing.jsonl")
    _scan(tmp_path / "market", tmp_path / "out")
    result = recheck(
        tmp_path / "out",
        violation="reputation.brushing_solicitation",
        platform="demo-mall",
        subject_kind="shop",
        subject_id="S1",
    )
    assert result.outcome == "not_seen"


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_scanned(
    market: Path, tmp_path: Path
) -> None:
    (market / "post.csv").write_text("no,such,columns\n1,2,3\n", encoding="utf-8")
    result = _scan(market, tmp_path / "out")
    [fault] = result.faults
    assert "post.csv" in fault
    assert result.findings == 2
    assert read_scan(tmp_path / "out")["faults"] == [fault]


def test_a_scan_of_which_nothing_can_be_read_fails(tmp_path: Path) -> None:
    path = tmp_path / "post.csv"
    path.write_text("no,such,columns\n1,2,3\n", encoding="utf-8")
    with pytest.raises(HengjianError, match=r"post\.csv"):
        _scan(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_kind_that_no_rule_reads_is_refused_by_itself(market: Path, tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="没有适用于 order 的启用规则"):
        _scan(market / "order.jsonl", tmp_path / "out")


def test_a_finding_is_found_by_the_beginning_of_its_id(market: Path, tmp_path: Path) -> None:
    _scan(market, tmp_path / "out")
    for finding in read_findings(tmp_path / "out"):
        assert find_finding(tmp_path / "out", finding["finding_id"][:12]) == finding


def test_an_ambiguous_or_unknown_id_is_refused(market: Path, tmp_path: Path) -> None:
    _scan(market, tmp_path / "out")
    with pytest.raises(HengjianError, match="2 条疑点以"):
        find_finding(tmp_path / "out", "")
    with pytest.raises(HengjianError, match="没有这条疑点：zzz"):
        find_finding(tmp_path / "out", "zzz")


def test_every_line_of_the_findings_holds_every_key(market: Path, tmp_path: Path) -> None:
    _scan(market, tmp_path / "out")
    lines = (tmp_path / "out" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(read_findings(tmp_path / "out"))
