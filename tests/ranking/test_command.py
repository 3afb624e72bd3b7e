from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hengjian.casework.setup import create_office, create_user
from hengjian.cli.rank import rank_app
from hengjian.errors import HengjianError
from hengjian.pipeline import scan
from hengjian.records.kinds import KINDS
from hengjian.scan_folder import SCAN_FILE, read_findings, read_scan, write_json
from tests.conftest import LISTING
from tests.few_rules import few_rules
from tests.ranking.scans import decision, noon, write_lines

app = typer.Typer()
app.add_typer(rank_app, name="rank")

SCANS, LISTINGS = 4, 64
# What the officers of this market hold to be lawful, whatever the rule says.
LAWFUL = "全国第一"
TITLES = ("全网最佳空气炸锅", f"{LAWFUL}空气炸锅", "国家级空气炸锅", f"{LAWFUL}电饭煲")


def _run(*words: object) -> str:
    result = CliRunner().invoke(app, ["rank", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _scanned(folder: Path, week: int) -> Path:
    """A real scan, dated a week after the one before; two shops sell what is lawful."""
    listings = []
    for number in range(LISTINGS):
        own = f"{week}-{number}"
        listings.append(
            {
                **LISTING,
                "record_id": f"L{own}",
                "item_id": f"I{own}",
                "shop_id": f"S{number % 4}",
                "title": TITLES[number % 4],
            }
        )
    path = folder / f"week{week}.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in listings)
    path.write_text("".join(lines), encoding="utf-8")
    out = folder / f"week{week}"
    scan(path, KINDS["listing"], out, few_rules().values())
    write_json(out / SCAN_FILE, {**read_scan(out), "started_at": noon(7 * week)})
    return out


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of some weeks, and what officers decided of all but the last."""
    folder, decisions = tmp_path_factory.mktemp("market"), []
    for week in range(SCANS + 1):
        found = _scanned(folder, week)
        for place, finding in enumerate(read_findings(found)):
            holds = all(LAWFUL not in (item["text"] or "") for item in finding["evidence"])
            if week < SCANS:
                day = 7 * week + 1 + place % 5
                decisions.append(decision(finding["finding_id"], day, holds, reason="已核对"))
    write_lines(folder / "decisions.jsonl", decisions)
    return folder


@pytest.fixture(scope="module")
def model(market: Path) -> Path:
    weeks = (market / f"week{week}" for week in range(SCANS))
    told = _run(
        *("train", *weeks, "--decisions", market / "decisions.jsonl"),
        *("--out", market / "model.json"),
    )
    (market / "told.txt").write_text(told, encoding="utf-8")
    return market / "model.json"


def test_training_prints_what_the_model_is_worth(market: Path, model: Path) -> None:
    told = (market / "told.txt").read_text(encoding="utf-8")
    assert f"属于 {SCANS * LISTINGS} 起线索" in told
    for words in ("训练", "校准", "检验", "查实率", "AUC", "Brier", "估计与实际", "起作用的特征"):
        assert words in told
    assert json.loads(model.read_bytes())["report"]["beside_score"]["high"] < 0


def test_ranking_puts_what_officers_confirm_first_and_leaves_the_scan_as_it_is(
    market: Path, model: Path
) -> None:
    folder = market / f"week{SCANS}"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    told = _run("apply", folder, "--model", model, "--out", market / "ranked.jsonl")
    assert "用到了扫描当日或以后的处理结果" not in told
    ranked = _lines(market / "ranked.jsonl")
    assert [row["rank"] for row in ranked] == list(range(1, LISTINGS + 1))
    lawful = {
        finding["finding_id"]
        for finding in read_findings(folder)
        if any(LAWFUL in (item["text"] or "") for item in finding["evidence"])
    }
    places = [row["finding_id"] in lawful for row in ranked]
    assert places == sorted(places)
    for row in ranked:
        assert row["interval"][0] <= row["chance"] <= row["interval"][1]
        assert 0 < len(row["reasons"]) <= 3
        assert all("可能性" in reason for reason in row["reasons"])
    assert "该店铺以往查实 64/64 起，可能性提高" in ranked[0]["reasons"]
    assert "该店铺以往查实 0/64 起，可能性降低" in ranked[-1]["reasons"]
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_older_scan_is_ranked_with_a_word_of_warning(market: Path, model: Path) -> None:
    told = _run("apply", market / "week2", "--model", model, "--out", market / "old.jsonl")
    assert "用到了扫描当日或以后的处理结果" in told


def test_without_a_model_scores_rank_and_the_chance_is_unknown(market: Path) -> None:
    told = _run("apply", market / "week0", "--out", market / "plain.jsonl")
    assert "没有给模型：按规则得分排列，可能性未知" in told
    rows = _lines(market / "plain.jsonl")
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert {row["chance"] for row in rows} == {None}


def test_too_few_decisions_write_no_model(market: Path, tmp_path: Path) -> None:
    few = write_lines(tmp_path / "few.jsonl", _lines(market / "decisions.jsonl")[:20])
    out = tmp_path / "model.json"
    with pytest.raises(HengjianError, match="20 起，不足 200 起：不训练，仍按规则得分排列"):
        _run("train", market / "week0", "--decisions", few, "--out", out)
    assert not out.exists()


def test_lines_that_cannot_be_used_are_told_with_their_place(
    market: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "decisions.jsonl"
    text = (market / "decisions.jsonl").read_text(encoding="utf-8")
    path.write_text(f'{{"finding_id": 7}}\n{text}', encoding="utf-8")
    command = Path(sys.executable).with_name("hengjian")
    weeks = [str(market / f"week{week}") for week in range(SCANS)]
    done = subprocess.run(  # noqa: S603 - our own command
        [command, "rank", "train", *weeks, "--decisions", path, "--out", tmp_path / "m.json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "300"},
    )
    assert done.returncode == 0, done.stderr
    assert f"{path}:1：字段 finding_id：应为文字" in done.stderr


@pytest.mark.parametrize("name", ["findings.jsonl", "ranked.jsonl", "evidence/x.jsonl"])
def test_nothing_is_written_into_a_scan(market: Path, name: str) -> None:
    folder = market / "week0"
    with pytest.raises(HengjianError, match="不能写入扫描结果文件夹"):
        _run("apply", folder, "--out", folder / name)


@pytest.mark.django_db
def test_decisions_are_exported_from_casework(tmp_path: Path, settings: Any) -> None:
    settings.HENGJIAN_HOME = tmp_path / "home"
    office = create_office("南昌市市场监督管理局", "360100", "市场监管", "洪市监")
    create_user("lin", office, "officer")
    asked = ("--as", "lin", "--purpose", "训练排序模型")
    told = _run("decisions", *asked, "--out", tmp_path / "decisions.jsonl")
    assert "已处理疑点 0 条" in told
    assert (tmp_path / "decisions.jsonl").read_bytes() == b""
