"""From the pictures of a market to findings that quote them, as an officer would do it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hengjian.cli import app
from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import read_manifest
from hengjian.images.reading import Reader
from hengjian.leads import merge
from hengjian.pipeline import scan_market
from hengjian.recheck import recheck
from hengjian.reports.evidence import EvidenceFolder
from hengjian.reports.scan_report import write_scan_report
from hengjian.scan_folder import read_coverage, read_findings
from hengjian.scanning.sources import find_sources
from hengjian.violations.rule import Rule, read_rule, rules_folder
from tests.few_rules import few_rules
from tests.images.drawn import MARGIN, drawn, saved

WHEN = "2026-11-05T10:00:00+08:00"
CLAIM = "marketing.absolute_claim"
PAGE = {"platform": "甲网", "shop_id": "S1", "captured_at": WHEN}
CREAM = {**PAGE, "record_id": "L1", "item_id": "I1", "title": "面霜", "category": "美妆"}
TOY = {
    **PAGE,
    "title": "遥控车 儿童玩具",
    "category": "玩具",
    "attributes": {"品牌": "小象"},
    "attributes_complete": True,
}


def _rules() -> dict[str, Rule]:
    warning, faults = read_rule(rules_folder() / "minors" / "no_warning.yml")
    assert warning is not None, faults
    return {**few_rules(), warning.id: warning}


RULES = _rules()


def _records(path: Path) -> list[dict[str, Any]]:
    packed = path.read_bytes()
    text = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [json.loads(line) for line in text.splitlines()]


def _run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _write(folder: Path, kind: str, *records: Mapping[str, Any]) -> None:
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    folder.mkdir(exist_ok=True)
    (folder / f"{kind}.jsonl").write_text("\n".join(lines), encoding="utf-8")


def _scan(market: Path, out: Path) -> list[dict[str, Any]]:
    scan_market(find_sources([market]), out, RULES.values())
    return list(read_findings(out))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market whose pictures were read once."""
    folder = tmp_path_factory.mktemp("market")
    claim = drawn(["青岚面霜", "国家级品质"], points=40)
    saved(claim, folder / "img" / "claim.png")
    saved(drawn(["温和补水"], size=(400, 200)), folder / "img" / "clean.png")
    saved(drawn(["警告：含小零件"], size=(400, 200)), folder / "img" / "warning.png")
    (folder / "img" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    _write(
        folder,
        "listing",
        {**CREAM, "images": ["img/claim.png", "img/clean.png", "img/broken.jpg", "../x.png"]},
        {**CREAM, "record_id": "L2", "item_id": "I2", "shop_id": "S2", "images": ["img/claim.png"]},
        {**TOY, "record_id": "T1", "item_id": "I3", "images": ["img/warning.png"]},
        {**TOY, "record_id": "T2", "item_id": "I4", "images": ["img/clean.png"]},
        {**TOY, "record_id": "T3", "item_id": "I5"},
    )
    _write(
        folder,
        "post",
        {
            **{"record_id": "P1", "platform": "甲网", "account_id": "A1", "created_at": WHEN},
            **{"text": "新品", "images": ["img/claim.png"]},
        },
    )
    told = _run(
        "pictures",
        "read",
        folder,
        "--out",
        folder / "picture.jsonl.gz",
        "--cache",
        folder / ".cache",
    )
    (folder / "told.txt").write_text(told, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def scanned(market: Path) -> Path:
    out = market.parent / "scanned"
    _scan(market, out)
    return out


@pytest.fixture(scope="module")
def findings(scanned: Path) -> list[dict[str, Any]]:
    return list(read_findings(scanned))


def test_each_picture_that_can_be_read_becomes_a_record(market: Path) -> None:
    records = _records(market / "picture.jsonl.gz")

    assert [(r["record_id"], r["image"]) for r in records] == [
        ("L1#1", "img/claim.png"),
        ("L1#2", "img/clean.png"),
        ("L2#1", "img/claim.png"),
        ("T1#1", "img/warning.png"),
        ("T2#1", "img/clean.png"),
        ("P1#1", "img/claim.png"),
    ]
    assert records[0]["picture_text"] == "青岚面霜\n国家级品质"
    assert records[0]["other_pictures_text"] == "温和补水"
    assert (records[0]["category"], records[0]["item_id"]) == ("美妆", "I1")
    assert records[3]["labels"] == ["警示语"]


def test_each_picture_that_cannot_be_read_is_told_with_its_place(market: Path) -> None:
    told = (market / "told.txt").read_text(encoding="utf-8")
    faults = _records(market / "picture.faults.jsonl")

    assert [(f["file"], f["line"], f["image"]) for f in faults] == [
        ("listing.jsonl", 1, "img/broken.jpg"),
        ("listing.jsonl", 1, "../x.png"),
    ]
    assert "不是能读的图片" in faults[0]["reason"]
    assert "之外" in faults[1]["reason"]
    assert "读出的图片" in told


def test_a_second_run_reads_nothing_and_writes_the_same(
    market: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Reader, "read", never)
    again = tmp_path / "picture.jsonl.gz"

    _run("pictures", "read", market, "--out", again, "--cache", market / ".cache")

    assert again.read_bytes() == (market / "picture.jsonl.gz").read_bytes()


def test_words_in_a_picture_are_a_finding_about_the_item_with_their_box(
    findings: list[dict[str, Any]],
) -> None:
    [claim] = [f for f in findings if f["violation"] == CLAIM and f["record_ids"] == ["L1#1"]]
    [item] = claim["evidence"]

    assert (claim["subject_kind"], claim["subject_id"], claim["shop_id"]) == ("listing", "I1", "S1")
    assert (item["field"], item["text"], item["image"]) == (
        "picture_text",
        "国家级",
        "img/claim.png",
    )
    left, top, width, height = item["box"]
    assert left == pytest.approx(MARGIN, abs=8)
    assert top == pytest.approx(MARGIN + 60 + 10, abs=14)
    assert width == pytest.approx(3 * 40, abs=14)
    assert height == pytest.approx(48, abs=10)


def test_only_pictures_that_say_it_are_flagged(findings: list[dict[str, Any]]) -> None:
    claimed = {(f["subject_kind"], f["subject_id"]) for f in findings if f["violation"] == CLAIM}

    assert claimed == {("listing", "I1"), ("listing", "I2"), ("post", "P1")}


def test_what_page_and_picture_say_is_one_lead(tmp_path: Path, market: Path) -> None:
    folder = tmp_path / "market"
    _write(folder, "listing", {**CREAM, "text": "国家级品质"})
    [picture] = [r for r in _records(market / "picture.jsonl.gz") if r["record_id"] == "L1#1"]
    _write(folder, "picture", picture)

    leads = merge(_scan(folder, tmp_path / "out"))

    assert [(lead.subject_id, lead.record_ids) for lead in leads] == [("I1", ["L1", "L1#1"])]


def test_what_only_the_page_says_is_no_finding_about_its_pictures(
    tmp_path: Path, market: Path
) -> None:
    folder = tmp_path / "market"
    [picture] = [r for r in _records(market / "picture.jsonl.gz") if r["record_id"] == "L1#2"]
    _write(folder, "picture", {**picture, "text": "国家级品质", "other_pictures_text": "国家级"})

    assert _scan(folder, tmp_path / "out") == []


def test_a_pictures_words_are_judged_by_the_category_of_its_page(
    tmp_path: Path, market: Path
) -> None:
    folder = tmp_path / "market"
    [picture] = [r for r in _records(market / "picture.jsonl.gz") if r["record_id"] == "L1#2"]
    said = {**picture, "picture_text": "消炎祛痘", "lines": None}
    _write(
        folder, "picture", said, {**said, "record_id": "L9#1", "title": "书", "category": "图书"}
    )

    found = _scan(folder, tmp_path / "out")

    assert [(f["violation"], f["record_ids"]) for f in found] == [
        ("food_drug.cosmetic_medical_claim", ["L1#2"])
    ]
    assert found[0]["evidence"][0]["box"] is None


def test_a_label_in_a_picture_is_shown(findings: list[dict[str, Any]]) -> None:
    lacking = {f["subject_id"] for f in findings if f["violation"] == "minors.no_warning"}

    assert lacking == {"I4", "I5"}


def test_quotes_are_checked_against_the_record_of_the_picture(
    scanned: Path, findings: list[dict[str, Any]]
) -> None:
    folder = EvidenceFolder(scanned / "evidence", findings)
    [claim] = [f for f in findings if f["violation"] == CLAIM and f["record_ids"] == ["L1#1"]]

    [line] = folder.of(claim).shown

    assert line.label == "图中文字"
    assert line.how.startswith("原文；图片 img/claim.png（左 ")
    assert "L1#1" in {row.record_id for row in read_manifest(scanned / "evidence")}


def test_the_report_names_the_picture_and_the_box(scanned: Path) -> None:
    page = write_scan_report(scanned, RULES).read_text(encoding="utf-8")

    assert "图片 img/claim.png（左 " in page
    assert "图中文字" in page


def test_coverage_counts_pictures_beside_pages(scanned: Path) -> None:
    covered = read_coverage(scanned)

    assert covered["kinds"]["picture"]["records"] == 6
    assert covered["violations"][CLAIM]["by_kind"]["picture"]["checked"] == 6


def _look_again(out: Path) -> str:
    return recheck(
        out,
        violation=CLAIM,
        platform="甲网",
        subject_kind="listing",
        subject_id="I1",
        seen_in={"picture"},
    ).outcome


def test_words_in_a_picture_are_gone_only_when_pictures_were_read_again(
    scanned: Path, tmp_path: Path, market: Path
) -> None:
    folder = tmp_path / "market"
    _write(folder, "listing", CREAM)
    _scan(folder, tmp_path / "pages")
    [clean] = [r for r in _records(market / "picture.jsonl.gz") if r["record_id"] == "L1#2"]
    _write(folder, "picture", {**clean, "other_pictures_text": ""})
    _scan(folder, tmp_path / "both")

    assert _look_again(scanned) == "still_there"
    assert _look_again(tmp_path / "pages") == "not_seen"
    assert _look_again(tmp_path / "both") == "gone"


def test_the_same_picture_in_two_shops_is_a_group(market: Path, tmp_path: Path) -> None:
    told = _run("pictures", "same", market / "picture.jsonl.gz", "--out", tmp_path / "same.jsonl")

    [group] = _records(tmp_path / "same.jsonl")
    assert [shop["shop_id"] for shop in group["shops"]] == ["S1", "S2"]
    assert {each["image"] for each in group["pictures"]} == {"img/claim.png"}
    assert "店铺未知" in told


def test_a_market_without_pages_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "market", "event", {"event_id": "1"})

    with pytest.raises(HengjianError, match="没有商品信息或帖子"):
        _run("pictures", "read", tmp_path / "market", "--out", tmp_path / "picture.jsonl")


def test_pictures_may_lie_only_in_the_folder_that_was_given(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "listing", tmp_path / "b" / "listing"
    for folder in (one, other):
        folder.mkdir(parents=True)
        row = json.dumps({**CREAM, "images": ["../../secret.png"]}, ensure_ascii=False)
        (folder / "1.jsonl").write_text(row, encoding="utf-8")
    saved(drawn(["秘密"]), tmp_path / "secret.png")

    out = tmp_path / "out" / "picture.jsonl"
    _run("pictures", "read", one, other, "--out", out, "--cache", tmp_path / "cache")

    assert _records(out) == []
    assert len(_records(tmp_path / "out" / "picture.faults.jsonl")) == 2
