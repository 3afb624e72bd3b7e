from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import SnapshotRow
from hengjian.pipeline import scan
from hengjian.records.kinds import KINDS
from hengjian.reports.evidence import EvidenceFolder, Shown, excerpt, shown
from hengjian.scan_folder import read_findings
from tests.conftest import LISTING, WriteRows
from tests.few_rules import few_rules

CONTENT = '{"record_id": "L1", "title": "某牌电动车 续航800公里", "price": 9.9}'.encode()
ROW = SnapshotRow("0" * 64, "L1", "listing", "listing.jsonl", 1, "0" * 64, "jsonl", None)


def _item(**keys: Any) -> dict[str, Any]:
    names = ("field", "start", "end", "text", "layer", "name", "value", "unit", "baseline")
    return {"record_id": "L1", **dict.fromkeys(names), **keys}


def _told(*items: dict[str, Any]) -> list[Shown]:
    return shown(items, ROW, CONTENT)


def test_words_stand_marked_in_their_surroundings() -> None:
    [line] = _told(_item(field="title", start=6, end=8, text="续航", layer="literal"))
    assert (line.label, line.how) == ("标题", "原文")
    assert [(p.text, p.marked) for p in line.pieces] == [
        ("某牌电动车 ", False),
        ("续航", True),
        ("800公里", False),
    ]


def test_words_of_one_field_make_one_line() -> None:
    [line] = _told(
        _item(field="title", start=0, end=2, text="某牌", layer="literal"),
        _item(field="title", start=6, end=8, text="续航", layer="split"),
    )
    assert line.how == "原文、拆字"
    assert [p.text for p in line.pieces if p.marked] == ["某牌", "续航"]


def test_a_number_is_told_with_what_it_is_compared_to() -> None:
    [line] = _told(
        _item(
            field="attributes.续航",
            layer="measure",
            name="标称续航",
            value=800.0,
            unit="千米",
            baseline=600.0,
        )
    )
    assert line.text == "标称续航 800 千米，基准 600 千米"
    assert [p.text for p in line.pieces if p.marked] == ["800 千米"]


def test_a_large_number_keeps_its_digits() -> None:
    [line] = _told(_item(field="attributes.x", layer="measure", name="货值", value=1234567.5))
    assert line.text == "货值 1,234,567.5"


def test_a_number_that_stands_in_the_text_is_quoted_and_told() -> None:
    quoted, told = _told(
        _item(
            field="title",
            start=8,
            end=13,
            text="800公里",
            layer="measure",
            name="续航",
            value=800.0,
            unit="千米",
        )
    )
    assert quoted.text == "某牌电动车 续航800公里"
    assert told.text == "续航 800 千米"


def test_a_label_that_is_missing_is_named() -> None:
    [line] = _told(_item(field="attributes", layer="absent", name="生产厂家"))
    assert line.text == "页面未标明：生产厂家"


def test_a_missing_label_goes_by_its_field_when_it_has_no_name() -> None:
    [line] = _told(_item(field="attributes.生产厂家", layer="absent"))
    assert line.text == "页面未标明：生产厂家"


def test_words_that_do_not_stand_there_are_refused() -> None:
    with pytest.raises(HengjianError, match="证据文字与原始记录的位置不符"):
        _told(_item(field="title", start=0, end=2, text="最佳", layer="literal"))


def test_a_finding_is_found_again_in_the_snapshot(write_rows: WriteRows, tmp_path: Path) -> None:
    scan(write_rows(LISTING), KINDS["listing"], tmp_path / "out", few_rules().values())
    [finding] = read_findings(tmp_path / "out")
    basis = EvidenceFolder(tmp_path / "out" / "evidence", [finding]).of(finding)
    assert (basis.title, basis.row.line) == (LISTING["title"], 1)
    assert basis.shown[0].text == LISTING["title"]


def test_a_finding_without_its_row_is_told(write_rows: WriteRows, tmp_path: Path) -> None:
    scan(write_rows(LISTING), KINDS["listing"], tmp_path / "out", few_rules().values())
    [finding] = read_findings(tmp_path / "out")
    evidence = EvidenceFolder(tmp_path / "out" / "evidence", [])
    with pytest.raises(HengjianError, match="清单里没有疑点所依据的行"):
        evidence.of(finding)


TEXTS = st.text(min_size=1, max_size=300)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 299), st.integers(1, 20)), min_size=1, max_size=4))
def test_an_excerpt_marks_the_spans_and_nothing_else(
    text: str, places: list[tuple[int, int]]
) -> None:
    spans = [(s % len(text), min(len(text), s % len(text) + n)) for s, n in places]
    pieces = excerpt(text, spans)
    marked = "".join(piece.text for piece in pieces if piece.marked)
    inside = sorted({place for start, end in spans for place in range(start, end)})
    assert marked == "".join(text[place] for place in inside)
    assert all(piece.text in text for piece in pieces if piece.text != "…")


@given(st.text(min_size=1, max_size=30))
def test_a_short_text_is_shown_whole(text: str) -> None:
    assert "".join(piece.text for piece in excerpt(text, [(0, len(text))])) == text
