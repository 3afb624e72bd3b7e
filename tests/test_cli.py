from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import LISTING, WriteRows
from tests.violations.test_rule import SOUND, _write


def _run(*arguments: object, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("hengjian")
    environment = {**os.environ, "HENGJIAN_HOME": str(home)} if home else None
    return subprocess.run(  # noqa: S603 - our own command
        [command, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_a_scan_prints_its_counts_and_where_the_report_is(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    done = _run("scan", write_rows(LISTING), "--kind", "listing", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "1 条疑点" in done.stdout
    assert (tmp_path / "out" / "report.html").exists()


def test_a_fault_is_told_in_one_chinese_line_with_status_2(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    done = _run("scan", write_rows(LISTING), "--kind", "dream", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.strip().startswith("错误 不认识的记录种类：dream")
    assert "Traceback" not in done.stderr


def test_a_rule_added_as_contributing_says_takes_one_file(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    assert _run("rules", "new", "marketing.fake_rank", "--rules", rules).returncode == 0
    assert [p.relative_to(rules) for p in rules.rglob("*.yml")] == [Path("marketing/fake_rank.yml")]
    _write(rules, SOUND)
    assert _run("rules", "check", "--rules", rules).returncode == 0
    assert _run("rules", "test", "--rules", rules).returncode == 0
    path = write_rows({**LISTING, "title": "热卖榜首 坚果"})
    done = _run("scan", path, "--kind", "listing", "--out", tmp_path / "out", "--rules", rules)
    assert done.returncode == 0, done.stderr
    [finding] = map(json.loads, (tmp_path / "out" / "findings.jsonl").read_text().splitlines())
    assert finding["violation"] == "marketing.fake_rank"


def test_a_faulty_rule_is_listed_with_file_and_line(tmp_path: Path) -> None:
    path = _write(tmp_path, SOUND.replace("ladder: R1", "ladder: R9"))
    done = _run("rules", "check", "--rules", tmp_path)
    assert done.returncode == 1
    assert f"{path}:9：字段 ladder" in done.stderr


def test_an_example_that_fails_is_named(tmp_path: Path) -> None:
    _write(tmp_path, SOUND.replace("普通, flag: false", "普通, flag: true"))
    done = _run("rules", "test", "--rules", tmp_path)
    assert done.returncode == 1
    assert "“普通”：应标记，未标记" in done.stderr


def test_seeded_record_ids_are_read_from_a_file(write_rows: WriteRows, tmp_path: Path) -> None:
    seeded = tmp_path / "seeded.txt"
    seeded.write_text("L1\n")
    path = write_rows(LISTING)
    done = _run("scan", path, "--kind", "listing", "--out", tmp_path / "out", "--seeded", seeded)
    assert done.returncode == 0, done.stderr
    [finding] = map(json.loads, (tmp_path / "out" / "findings.jsonl").read_text().splitlines())
    assert finding["seeded"] is True


def test_leads_and_cases_by_command_need_a_known_user(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert _run("scan", write_rows(LISTING), "--kind", "listing", "--out", out).returncode == 0
    done = _run("lead", "import", out, "--as", "nobody", home=tmp_path / "home")
    assert done.returncode == 2
    assert "没有这个用户：nobody" in done.stderr


def test_a_scan_becomes_a_lead_by_command_once(write_rows: WriteRows, tmp_path: Path) -> None:
    out, home = tmp_path / "out", tmp_path / "home"
    assert _run("scan", write_rows(LISTING), "--kind", "listing", "--out", out).returncode == 0
    office = ("--region", "360100", "--department", "市场监管", "--abbreviation", "洪市监")
    assert _run("office", "add", "南昌市市场监督管理局", *office, home=home).returncode == 0
    member = ("--office", "南昌市市场监督管理局", "--role", "officer")
    assert _run("user", "add", "chen", *member, home=home).returncode == 0
    first = _run("lead", "import", out, "--as", "chen", home=home)
    assert "导入 1 条疑点（已有 0 条），新线索 1 条" in first.stdout, first.stderr
    again = _run("lead", "import", out, "--as", "chen", home=home)
    assert "导入 0 条疑点（已有 1 条），新线索 0 条" in again.stdout
    listed = _run("lead", "list", "--as", "chen", "--json", home=home)
    [lead] = map(json.loads, listed.stdout.splitlines())
    assert (lead["subject_id"], lead["status"]) == ("I1", "new")
    assert "审计链完整：5 条" in _run("audit", home=home).stdout


def test_the_matcher_alone_writes_a_row_for_every_hit(tmp_path: Path) -> None:
    texts, terms, out = tmp_path / "in.jsonl", tmp_path / "terms.txt", tmp_path / "out.jsonl"
    texts.write_text('{"t": "普通"}\n{"t": "😀内部特gong"}\n{"other": 1}\n', encoding="utf-8")
    terms.write_text("特供\n\n最佳\n", encoding="utf-8")
    done = _run("text", "match", texts, "--terms", terms, "--field", "t", "--out", out)
    assert done.returncode == 0, done.stderr
    [row] = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert row == {
        "line": 1,
        "term": "特供",
        "start": 3,
        "end": 8,
        "text": "特gong",
        "layer": "mixed",
    }


def test_a_line_that_cannot_be_matched_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    texts, terms, out = tmp_path / "in.jsonl", tmp_path / "terms.txt", tmp_path / "out.jsonl"
    rows = ['{"t": 7}', "{broken", '{"t": "最佳"}', '{"t": "\\ud800"}']
    texts.write_text("\n".join(rows) + "\n", encoding="utf-8")
    terms.write_text("最佳\n", encoding="utf-8")
    done = _run("text", "match", texts, "--terms", terms, "--field", "t", "--out", out)
    assert done.returncode == 1
    assert f"{texts}:1" in done.stderr
    assert f"{texts}:2" in done.stderr
    assert f"{texts}:4" in done.stderr
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1
