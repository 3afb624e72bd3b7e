from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hengjian.evidence.snapshot import read_manifest
from hengjian.pipeline import ScanResult, scan_market
from hengjian.scan_folder import read_coverage, read_findings
from hengjian.scanning.sources import find_sources
from hengjian.violations.rule import load_rules
from tests.few_rules import few_rules

CUT = "consumer.order_cancellation"
RULES = [*few_rules().values(), load_rules()[CUT]]


def _orders(cut: int, kept: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "record_id": f"o{n}",
            "platform": "甲",
            "shop_id": "S1",
            "item_id": "I1",
            "user_id": f"u{n}",
            "created_at": f"2026-11-11T08:{n // 60:02}:{n % 60:02}+08:00",
            "paid_at": "2026-11-11T12:00:00+08:00",
            "status": "cancelled" if n < cut else "received",
            **({"cancelled_by": "seller"} if n < cut else {}),
            **more,
        }
        for n in range(cut + kept)
    ]


def _market(tmp_path: Path, rows: list[dict[str, Any]], parts: int = 1) -> Path:
    folder = tmp_path / f"market{parts}" / "order"
    folder.mkdir(parents=True)
    for part in range(parts):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows[part::parts]]
        (folder / f"{part}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder.parent


def _scan(path: Path, out: Path, **more: Any) -> ScanResult:
    return scan_market(find_sources([path]), out, RULES, **more)


def _findings(out: Path) -> list[dict[str, Any]]:
    return [f for f in read_findings(out) if f["violation"] == CUT]


def test_a_detector_sees_all_records_of_a_kind(tmp_path: Path) -> None:
    _scan(_market(tmp_path, _orders(20, 30)), tmp_path / "out")
    [finding] = _findings(tmp_path / "out")
    assert (finding["subject_kind"], finding["subject_id"]) == ("shop", "S1")
    assert len(finding["record_ids"]) == 20


def test_the_rows_that_it_rests_on_are_kept_each_once(tmp_path: Path) -> None:
    rows = _orders(20, 30, cancel_reason="价格设置错误")
    _scan(_market(tmp_path, rows), tmp_path / "out")
    # Each of these orders is flagged for its words too.
    assert len(_findings(tmp_path / "out")) > 20
    kept = [row.record_id for row in read_manifest(tmp_path / "out" / "evidence")]
    assert sorted(kept) == sorted(f"o{n}" for n in range(20))


def test_the_finding_is_the_same_however_the_input_is_split(tmp_path: Path) -> None:
    ids = []
    for parts in (1, 3):
        out = tmp_path / f"out{parts}"
        _scan(_market(tmp_path, _orders(20, 30), parts), out, shard_rows=10)
        ids.append([(f["finding_id"], f["lead_key"]) for f in _findings(out)])
    assert ids[0] == ids[1]


def test_coverage_tells_what_the_detector_checked(tmp_path: Path) -> None:
    _scan(_market(tmp_path, _orders(20, 30)), tmp_path / "out")
    row = read_coverage(tmp_path / "out")["violations"][CUT]
    assert row["behaviour"] == {"checked": True, "missing_kinds": []}
    assert row["by_kind"]["detector"] == {"checked": 50, "not_checked": 0}


@pytest.mark.parametrize("name", ["paid_at", "cancelled_by"])
def test_without_a_field_it_is_not_checked_and_never_clean(tmp_path: Path, name: str) -> None:
    rows = [{k: v for k, v in row.items() if k != name} for row in _orders(20, 30)]
    _scan(_market(tmp_path, rows), tmp_path / "out")
    assert _findings(tmp_path / "out") == []
    row = read_coverage(tmp_path / "out")["violations"][CUT]
    assert row["by_kind"]["detector"] == {"checked": 0, "not_checked": 50}
    assert row["missing"][f"order.{name}"] == 50


def test_without_the_kind_its_words_alone_are_checked_and_that_is_said(tmp_path: Path) -> None:
    review = {
        "record_id": "r",
        "platform": "甲",
        "shop_id": "S",
        "item_id": "I",
        "user_id": "u",
        "text": "好",
        "created_at": "2026-11-11T08:00:00+08:00",
    }
    (tmp_path / "review.jsonl").write_text(json.dumps(review), encoding="utf-8")
    _scan(tmp_path / "review.jsonl", tmp_path / "out")
    row = read_coverage(tmp_path / "out")["violations"][CUT]
    assert (row["status"], row["checked"]) == ("checked", 1)
    assert row["behaviour"] == {"checked": False, "missing_kinds": ["order"]}


def test_what_a_detector_finished_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market, out = _market(tmp_path, _orders(20, 30)), tmp_path / "out"

    def stop(stage: str, _count: int) -> None:
        if stage == "detect":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _scan(market, out, progress=stop)

    def refuse(*_: object) -> None:
        raise AssertionError("the detector ran again")

    monkeypatch.setattr("hengjian.scanning.detecting.detect", refuse)
    _scan(market, out, resume=True)
    assert len(_findings(out)) == 1


def test_planted_orders_make_a_planted_finding(tmp_path: Path) -> None:
    market = _market(tmp_path, _orders(20, 30))
    _scan(market, tmp_path / "out", seeded=frozenset(f"o{n}" for n in range(50)))
    assert [f["seeded"] for f in _findings(tmp_path / "out")] == [True]
