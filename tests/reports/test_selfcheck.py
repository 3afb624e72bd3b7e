from __future__ import annotations

from pathlib import Path

from hengjian.pipeline import scan_market
from hengjian.reports.selfcheck import SelfCheck, self_check, write_self_check
from hengjian.scanning.sources import find_sources
from tests.conftest import LISTING, WriteRows
from tests.few_rules import few_rules

RULES = few_rules()
TWICE = {**LISTING, "text": "不支持七天无理由退货。本店厨具。"}
OTHER = {**LISTING, "record_id": "L2", "item_id": "I2", "title": "全网最佳蒸锅"}


def _check(write_rows: WriteRows, tmp_path: Path, most: int = 10) -> SelfCheck:
    path = write_rows(TWICE, OTHER, name="listing.jsonl")
    scan_market(find_sources([path]), tmp_path / "scan", RULES.values())
    return self_check(tmp_path / "scan", RULES, most)


def test_advice_is_grouped_by_item(write_rows: WriteRows, tmp_path: Path) -> None:
    check = _check(write_rows, tmp_path)
    assert [(item.id, item.title, len(item.advice)) for item in check.items] == [
        ("I1", "全网最佳空气炸锅", 2),
        ("I2", "全网最佳蒸锅", 1),
    ]
    assert (check.findings, check.items_left_out) == (3, 0)


def test_every_piece_of_advice_says_how_to_put_it_right(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    for item in _check(write_rows, tmp_path).items:
        for advice in item.advice:
            assert advice.mend
            assert advice.legal_basis
            assert advice.shown


def test_what_is_left_out_is_counted(write_rows: WriteRows, tmp_path: Path) -> None:
    check = _check(write_rows, tmp_path, most=1)
    assert (len(check.items), check.items_left_out) == (1, 1)


def test_what_was_not_checked_is_told(write_rows: WriteRows, tmp_path: Path) -> None:
    gaps = {gap.title: len(gap.types) for gap in _check(write_rows, tmp_path).unchecked}
    assert gaps["缺少所需的记录"] > 0


def test_the_page_speaks_of_mending_not_of_punishing(write_rows: WriteRows, tmp_path: Path) -> None:
    write_self_check(_check(write_rows, tmp_path), tmp_path / "check.html")
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    for part in ("自查报告", "全网最佳蒸锅", "怎样改", "可以不改", "没有检查不等于没有问题"):
        assert part in page
    for part in ("行政处罚", "约谈", "罚款", "疑点", "script"):
        assert part not in page
