"""The main job on a small market of our own: scan, compare with the truth, one case to its close.

Run by `make demo`. Everything lands in var/demo and is made anew each time; every step but the
comparison is a `hengjian` command that is printed before it runs.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hengjian.law.resolve import SHANGHAI
from hengjian.violations.catalogue import catalogue

MARKET = Path(__file__).parent / "market"
HOME = Path("var") / "demo"
HENGJIAN = Path(sys.executable).with_name("hengjian")
OFFICE = "示范市市场监督管理局"
MARK = ".hengjian-demo"
SHOWN = 10

Pair = tuple[str, str]

console = Console()


def run(*arguments: object, quiet: bool = False) -> str:
    """Print a command, run it, show and return what it says; stop the demo where it fails."""
    words = [str(argument) for argument in arguments]
    console.print(f"[cyan]$ hengjian {escape(shlex.join(words))}[/]", soft_wrap=True)
    environment = {**os.environ, "HENGJIAN_HOME": str(HOME)}
    done = subprocess.run(  # noqa: S603 - our own command
        [HENGJIAN, *words], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if not quiet:
        print(done.stdout, end="")
    if done.returncode:
        sys.exit(f"示例在这一步失败（状态 {done.returncode}）")
    return done.stdout


def fresh_home() -> None:
    """Begin with an empty home; a folder that the demo did not make is left alone."""
    if HOME.exists():
        if not (HOME / MARK).exists():
            sys.exit(f"{HOME} 不是示例建立的文件夹，请先移走")
        shutil.rmtree(HOME)
    HOME.mkdir(parents=True)
    (HOME / MARK).touch()


def simulate_market(out: Path) -> None:
    """Write a simulated market of orders, reviews, registers and the like, its truth beside it."""
    words = ["--seed", "11", "--difficulty", "medium", "--all", "--out", str(out)]
    console.print(f"[cyan]$ python examples/simulate {shlex.join(words)}[/]", soft_wrap=True)
    script = MARKET.parent / "simulate"
    subprocess.run([sys.executable, script, *words], check=True)  # noqa: S603 - our own script


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def compare_with_truth(findings: list[dict[str, Any]], full: Path) -> None:
    """Print what was found of the planted truth and flagged beside it, and write all of it."""
    truth = {row["record_id"]: row for row in read_jsonl(MARKET / "truth.jsonl")}
    planted = {(v, row["record_id"]) for row in truth.values() for v in row["violations"]}
    flagged = {(f["violation"], record_id) for f in findings for record_id in f["record_ids"]}
    rows = [
        {
            "violation": violation,
            "record_id": record_id,
            "outcome": _outcome((violation, record_id), planted, flagged),
            "hard": truth[record_id].get("hard", False),
            "said": "、".join(truth[record_id]["words"])
            or truth[record_id].get("look_alike", "普通记录"),
        }
        for violation, record_id in sorted(planted | flagged)
    ]
    full.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    console.print(_table(rows))
    for outcome in ("漏掉", "多标"):
        _first_of(outcome, [row for row in rows if row["outcome"] == outcome])
    console.print(f"全部：{full}", soft_wrap=True)


def _outcome(pair: Pair, planted: set[Pair], flagged: set[Pair]) -> str:
    if pair not in planted:
        return "多标"
    return "找到" if pair in flagged else "漏掉"


def _table(rows: list[dict[str, Any]]) -> Table:
    """Return the counts by area, with a last line for all of them."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        form = "变形" if row["hard"] and row["outcome"] != "多标" else ""
        for area in (row["violation"].partition(".")[0], "合计"):
            counts[area][row["outcome"] + form] += 1
    table = Table(title="与预先写下的真相对照（找到/埋设）")
    table.add_column("领域")
    for name in ("明写", "刻意变形", "真相之外的疑点"):
        table.add_column(name, justify="right")
    areas = catalogue().areas
    for area, title in {**areas, "合计": "合计"}.items():
        count = counts[area]
        plain = f"{count['找到']}/{count['找到'] + count['漏掉']}"
        hard = f"{count['找到变形']}/{count['找到变形'] + count['漏掉变形']}"
        table.add_row(title, plain, hard, str(count["多标"]), end_section=area == [*areas][-1])
    return table


def compare_behaviour(findings: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    """Print which planted conducts were found, and how many honest look-alikes were flagged."""
    planted = [row for row in truth if row["violation"]]
    table = Table(title="模拟市场：行为检测与真相对照")
    for name in ("埋设的行为", "违法类型", "发现"):
        table.add_column(name)
    for row in planted:
        wanted = {row["violation"], *row.get("also", ())}
        found = any(f["violation"] in wanted and _concerns(f, row) for f in findings)
        title = catalogue().by_id()[row["violation"]].title
        table.add_row(row["behaviour"], title, "[green]发现[/]" if found else "[yellow]未发现[/]")
    console.print(table)
    flagged = [
        row["lookalike"]
        for row in truth
        if "lookalike" in row
        and any(f["violation"] in row["tempts"] and _concerns(f, row) for f in findings)
    ]
    honest = sum("lookalike" in row for row in truth)
    console.print(f"合法而相像的情形 {honest} 种，误标 {len(flagged)} 种 {'、'.join(flagged)}")


def _concerns(finding: dict[str, Any], row: dict[str, Any]) -> bool:
    """Tell whether a finding is about the subject, or mostly rests on the records, of a truth."""
    records, accounts = (
        set(finding["record_ids"]),
        set((finding["members"] or {}).get("accounts", ())),
    )
    return (
        finding["subject_id"] in row["subject_ids"]
        or 2 * len(records & set(row["record_ids"])) >= len(records)
        or (bool(accounts) and 2 * len(accounts & set(row["accounts"])) >= len(accounts))
    )


def _first_of(outcome: str, rows: list[dict[str, Any]]) -> None:
    console.print(f"{outcome} {len(rows)} 条，前 {min(len(rows), SHOWN)} 条：")
    for row in rows[:SHOWN]:
        hard = "（刻意变形）" if row["hard"] else ""
        console.print(
            f"  {row['violation']} {row['record_id']}{hard}：{row['said']}",
            markup=False,
            soft_wrap=True,
        )


def corrected(listing: dict[str, Any], words: list[str], path: Path) -> Path:
    """Write the listing as the shop would after putting it right, captured now."""
    again = {**listing, "record_id": listing["record_id"] + "-again"}
    for name in ("title", "text"):
        for word in words:
            again[name] = again.get(name, "").replace(word, "")
    again["captured_at"] = dt.datetime.now(SHANGHAI).isoformat()
    path.write_text(json.dumps(again, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def main() -> None:
    """Run the demo."""
    fresh_home()
    console.rule("一 扫描")
    scan = HOME / "scan"
    run("scan", MARKET, "--out", scan)
    run("scan", MARKET / "broken", "--kind", "listing", "--out", HOME / "scan-broken")
    findings = read_jsonl(scan / "findings.jsonl")
    compare_with_truth(findings, HOME / "comparison.jsonl")

    console.rule("二 行为检测")
    simulated = HOME / "simulated"
    simulate_market(simulated)
    run("scan", simulated / "market", "--out", HOME / "scan-simulated", quiet=True)
    compare_behaviour(
        read_jsonl(HOME / "scan-simulated" / "findings.jsonl"),
        read_jsonl(simulated / "truth" / "truth.jsonl"),
    )

    console.rule("三 导入线索")
    run(
        "office",
        "add",
        OFFICE,
        "--region",
        "360000",
        "--department",
        "市场监管",
        "--abbreviation",
        "示市监",
    )
    passwords = {
        name: re.findall(
            r"一次性密码：(\S+)", run("user", "add", name, "--office", OFFICE, "--role", role)
        )[0]
        for name, role in (("chengban", "officer"), ("fuze", "head"))
    }
    for _ in range(2):  # the second time shows that no lead is doubled
        run("lead", "import", scan, "--as", "chengban")
    run("lead", "list", "--as", "chengban", "--limit", 10)

    console.rule("四 一件案件，从核查到结案")
    listings = {row["record_id"]: row for row in read_jsonl(MARKET / "listing.jsonl")}
    chosen = next(
        f
        for f in findings
        if f["violation"] == "marketing.absolute_claim"
        and f["record_ids"][0] in listings
        and f["conduct_from"]
    )
    visible = run("lead", "list", "--as", "chengban", "--json", quiet=True)
    leads = {row["lead_key"]: row["id"] for row in map(json.loads, visible.splitlines())}
    lead = leads[chosen["lead_key"]]
    run("lead", "verify", lead, "--as", "chengban")
    run("lead", "establish", lead, "--as", "chengban", "--note", "已与网页原文核对，属直接宣称")
    deadline = dt.datetime.now(SHANGHAI).date() + dt.timedelta(days=15)
    opened = run("case", "open", lead, "--as", "chengban", "--by", deadline)
    case = re.findall(r"案件 (\d+)", opened)[0]
    run("case", "approve", case, "--as", "fuze")
    run("case", "documents", case, "--as", "fuze", "--out", HOME / "documents")
    words = [item["text"] for item in chosen["evidence"]]
    again = corrected(listings[chosen["record_ids"][0]], words, HOME / "again.jsonl")
    run("scan", again, "--kind", "listing", "--out", HOME / "scan-again")
    run("case", "recheck", case, HOME / "scan-again", "--as", "chengban")
    run("case", "close", case, "--as", "fuze", "--note", "复核时已改正")
    run("audit")

    documents = sorted((HOME / "documents").iterdir())
    if {path.suffix for path in documents} != {".docx", ".pdf"} or not all(
        path.stat().st_size for path in documents
    ):
        sys.exit("文书不全")
    console.rule("看哪里")
    for path in (scan / "report.html", *documents):
        console.print(f"  {path}", soft_wrap=True)
    console.print("网页（一次性密码，首次登录须修改）：")
    for name, password in passwords.items():
        console.print(f"  {name}  {password}", markup=False)
    console.print(
        f"  HENGJIAN_HOME={HOME} HENGJIAN_PLAIN_HTTP=1 {HENGJIAN.relative_to(Path.cwd())} serve",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
