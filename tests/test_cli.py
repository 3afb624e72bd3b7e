from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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


def _market(write_rows: WriteRows, tmp_path: Path) -> Path:
    (tmp_path / "market").mkdir()
    write_rows(LISTING, name="market/listing.jsonl")
    write_rows({**LISTING, "record_id": "L2"}, name="market/goods.jsonl")
    return tmp_path / "market"


def test_a_market_needs_no_kind_and_tells_what_it_skipped_and_did_not_check(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    done = _run("scan", _market(write_rows, tmp_path), "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "已跳过 goods.jsonl：名称不是记录种类" in done.stdout
    assert "缺少所需的记录" in done.stdout


def test_a_market_s_mapping_is_given_kind_by_kind(write_rows: WriteRows, tmp_path: Path) -> None:
    foreign = {("标题" if name == "title" else name): value for name, value in LISTING.items()}
    path = write_rows(foreign, name="listing.jsonl")
    mapping = tmp_path / "map.yml"
    mapping.write_text("rename: {标题: title}\n", encoding="utf-8")
    out = tmp_path / "out"
    done = _run("scan", path, "--out", out, "--mapping", f"listing={mapping}")
    assert "1 条疑点" in done.stdout, done.stderr


def test_a_day_or_an_area_that_is_none_is_told(write_rows: WriteRows, tmp_path: Path) -> None:
    path = write_rows(LISTING, name="listing.jsonl")
    done = _run("scan", path, "--out", tmp_path / "out", "--since", "昨天")
    assert (done.returncode, done.stderr.count("不是日期")) == (2, 1)
    done = _run("scan", path, "--out", tmp_path / "out", "--areas", "toys")
    assert (done.returncode, done.stderr.count("没有这个领域：toys")) == (2, 1)


def test_an_unreadable_file_beside_others_gives_status_3(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    market = _market(write_rows, tmp_path)
    (market / "post.csv").write_text("no,such\n1,2\n", encoding="utf-8")
    done = _run("scan", market, "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "未能读完" in done.stdout
    assert "1 条疑点" in done.stdout


def test_an_interrupted_scan_says_how_to_go_on_and_goes_on(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    titles = ("厨具" * 50, "全网最佳锅")
    rows = ({**LISTING, "record_id": f"L{n}", "title": titles[n % 200 == 0]} for n in range(20_000))
    path, out = write_rows(*rows, name="listing.jsonl"), tmp_path / "out"
    command = [str(Path(sys.executable).with_name("hengjian")), "scan", str(path)]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--out", str(out)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as scan:
        while not list(tmp_path.glob(".out.work/*/staged.json")) and scan.poll() is None:
            time.sleep(0.02)
        scan.send_signal(signal.SIGINT)
        _, told = scan.communicate()
    assert scan.returncode not in (0, None)
    assert "--resume" in told
    again = _run("scan", path, "--out", out, "--resume")
    assert again.returncode == 0, again.stderr
    assert len((out / "findings.jsonl").read_text(encoding="utf-8").splitlines()) == 100


def test_a_finding_is_explained(write_rows: WriteRows, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _run("scan", write_rows(LISTING, name="listing.jsonl"), "--out", out)
    finding = json.loads((out / "findings.jsonl").read_text(encoding="utf-8"))
    done = _run("explain", finding["finding_id"][:6], "--out", out)
    assert done.returncode == 0, done.stderr
    for part in (
        "绝对化用语",
        "商品 I1",
        "标题（原文） 全网最佳空气炸锅",
        "《广告法》第九条第三项（2015-09-01 起施行）",
        "可能合法的情形",
        "整改建议",
        finding["row_sha256"],
    ):
        assert part in done.stdout


def test_what_a_seller_wrote_never_commands_the_terminal(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    title = "全网最佳\x1b[2J锅[bold]"
    _run("scan", write_rows({**LISTING, "title": title}, name="listing.jsonl"), "--out", out)
    finding = json.loads((out / "findings.jsonl").read_text(encoding="utf-8"))
    done = _run("explain", finding["finding_id"], "--out", out)
    assert "全网最佳·[2J锅[bold]" in done.stdout
    assert "\x1b" not in done.stdout


def test_an_unknown_finding_is_told(write_rows: WriteRows, tmp_path: Path) -> None:
    _run("scan", write_rows(LISTING, name="listing.jsonl"), "--out", tmp_path / "out")
    done = _run("explain", "zzz", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr.count("没有这条疑点：zzz")) == (2, 1)


def test_a_report_is_written_anew(write_rows: WriteRows, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _run("scan", write_rows(LISTING, name="listing.jsonl"), "--out", out)
    (out / "report.html").unlink()
    assert _run("report", out).returncode == 0
    assert "最佳" in (out / "report.html").read_text(encoding="utf-8")


def test_a_self_check_prints_the_mend_and_keeps_nothing(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    path = write_rows(LISTING, name="listing.jsonl")
    before = sorted(tmp_path.rglob("*"))
    done = _run("selfcheck", path)
    assert done.returncode == 0, done.stderr
    for part in ("1 处建议改正", "怎样改：删去绝对化用语", "可以不改", "没有上传或留存"):
        assert part in done.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_a_self_check_is_kept_only_where_it_was_asked_for(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    path, page = write_rows(LISTING), tmp_path / "check.html"
    done = _run("selfcheck", path, "--kind", "listing", "--out", page)
    assert done.returncode == 0, done.stderr
    assert "怎样改" in page.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["check.html", "listings.jsonl"]


def test_rules_are_listed_shown_and_documented(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    _write(rules, SOUND)
    listed = _run("rules", "list", "--rules", rules)
    assert "无底线网络营销（1 / 19）" in listed.stdout, listed.stderr
    assert "marketing.fake_rank" in listed.stdout
    shown = _run("rules", "show", "marketing.fake_rank", "--rules", rules)
    for part in ("有效的版本", "可能合法的情形", "怎样改正", "condition:", "示例"):
        assert part in shown.stdout
    docs = _run("rules", "docs", "--out", tmp_path / "docs", "--rules", rules)
    assert docs.returncode == 0, docs.stderr
    assert "marketing.fake_rank" in (tmp_path / "docs" / "marketing.md").read_text(encoding="utf-8")


def test_an_unknown_rule_is_told() -> None:
    done = _run("rules", "show", "marketing.dream")
    assert (done.returncode, done.stderr.count("没有这条规则：marketing.dream")) == (2, 1)


def test_planted_records_are_found_by_a_scan_and_the_key_tells_how_many(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    _write(tmp_path / "rules", SOUND)
    rules, copy = ("--rules", tmp_path / "rules"), tmp_path / "copy"
    market = write_rows({**LISTING, "title": "毛巾"})
    planted = _run(
        *("seed", "plant", market, "--kind", "listing", "--out", copy, "--count", 2, *rules)
    )
    assert "已埋入 2 起" in planted.stdout, planted.stderr
    ids, out = tmp_path / "copy.seeded.txt", tmp_path / "out"
    assert _run("scan", copy, "--seeded", ids, "--out", out, *rules).returncode == 0
    told = _run("seed", "check", out, tmp_path / "copy.key.jsonl")
    assert "100%" in told.stdout, told.stderr


def test_topics_are_printed_and_written(write_rows: WriteRows, tmp_path: Path) -> None:
    path = write_rows({**LISTING, "title": "毛巾"})
    done = _run("hot", path, "--kind", "listing", "--out", tmp_path / "hot")
    assert "0 个新话题" in done.stdout, done.stderr
    assert (tmp_path / "hot" / "findings.jsonl").exists()


def test_types_without_an_active_rule_say_why() -> None:
    done = _run("rules", "list", "--missing")
    assert "platform.records_not_kept" in done.stdout, done.stderr
    assert "看不出是平台没有留存" in done.stdout
