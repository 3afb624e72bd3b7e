"""The command `hengjian`: Chinese for officers, with colours, tables and progress bars."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from hengjian.errors import HengjianError
from hengjian.pipeline import ScanResult, scan
from hengjian.records.kinds import kind_named
from hengjian.records.mapping import load_mapping
from hengjian.reports.scan_report import write_scan_report
from hengjian.violations.examples import run_examples
from hengjian.violations.rule import Rule, check_rules, load_rules, read_rule, rules_folder
from hengjian.violations.template import new_rule

app = typer.Typer(help="衡鉴：网络市场监管平台", no_args_is_help=True, add_completion=False)
rules_app = typer.Typer(help="规则：检查、测试、新建", no_args_is_help=True)
app.add_typer(rules_app, name="rules")

ScanProgress = Callable[[str, int], None]

console = Console()
errors = Console(stderr=True)

RulesFolder = Annotated[
    Path | None,
    typer.Option("--rules", help="规则文件夹（缺省为自带规则）", exists=True, file_okay=False),
]


def main() -> None:
    """Run the command; a fault that the user can mend is told in one line, with exit status 2."""
    try:
        app()
    except HengjianError as error:
        errors.print(f"[bold red]错误[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)


@app.command("scan", help="扫描记录，找出疑点")
def scan_command(
    path: Annotated[Path, typer.Argument(help="记录文件或文件夹", exists=True)],
    kind: Annotated[str, typer.Option(help="记录种类，如 listing、review")],
    out: Annotated[Path, typer.Option(help="结果文件夹")],
    mapping: Annotated[Path | None, typer.Option(help="列名对照文件（YAML）", exists=True)] = None,
    seeded: Annotated[
        Path | None, typer.Option(help="测试线索的记录编号，每行一个", exists=True)
    ] = None,
    rules: RulesFolder = None,
) -> None:
    """Scan records and print what was found."""
    loaded = load_rules(rules)
    with _progress() as progress:
        result = scan(
            path,
            kind_named(kind),
            out,
            loaded.values(),
            mapping=load_mapping(mapping) if mapping else None,
            seeded=_record_ids(seeded),
            progress=progress,
        )
    report = write_scan_report(out, loaded)
    _print_scan(result, report)
    if any(row["failed"] for row in result.coverage["violations"].values()):
        raise typer.Exit(3)


def _record_ids(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip())


@contextmanager
def _progress() -> Iterator[ScanProgress]:
    names = {"read": "读取", "check": "检查"}
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} 条"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bars:
        tasks = {stage: bars.add_task(name, total=None) for stage, name in names.items()}
        yield lambda stage, count: bars.advance(tasks[stage], count)


def _print_scan(result: ScanResult, report: Path) -> None:
    table = Table(title=f"{result.kind}：{result.records:,} 条记录，{result.findings:,} 条疑点")
    table.add_column("违法类型")
    for name in ("疑点", "已检查", "未能检查"):
        table.add_column(name, justify="right")
    table.add_column("耗时（秒）", justify="right")
    for violation, row in result.coverage["violations"].items():
        table.add_row(
            f"{row['title']} [dim]{violation}[/]",
            f"[bold yellow]{row['findings']:,}[/]" if row["findings"] else "0",
            f"{row['checked']:,}",
            f"[yellow]{row['not_checked']:,}[/]" if row["not_checked"] else "0",
            f"{row['seconds']:.2f}",
        )
        for fault, count in row["failed"].items():
            table.add_row(f"[red]检测出错：{escape(fault)}[/]", "", "", str(count), "")
    console.print(table)
    if result.rejected:
        console.print(
            f"[yellow]被拒记录 {result.rejected:,} 条[/]，原因见 {result.folder}/rejects.jsonl"
        )
    for note, count in sorted(result.notes.items()):
        console.print(f"[dim]说明：{escape(note)}（{count:,}）[/]")
    console.print(f"用时 {result.seconds:.1f} 秒。报告：{report}", soft_wrap=True)


@rules_app.command("check", help="检查规则文件，列出每一处错误及其行号")
def rules_check(rules: RulesFolder = None) -> None:
    """Check all rules of a folder; exit status 1 when one has a fault."""
    sound, faults = check_rules(rules or rules_folder())
    for fault in faults:
        errors.print(f"[red]✗[/] {escape(str(fault))}", soft_wrap=True)
    console.print(f"{len(sound)} 条规则通过检查，{len(faults)} 处错误")
    if faults:
        raise typer.Exit(1)


@rules_app.command("test", help="运行规则中的示例")
def rules_test(
    files: Annotated[list[Path] | None, typer.Argument(help="规则文件（缺省为全部）")] = None,
    rules: RulesFolder = None,
) -> None:
    """Run the examples in the rules; exit status 1 when one does not come out as it says."""
    passed = failed = 0
    for rule in _chosen(files, rules):
        for result in run_examples(rule):
            passed += result.passed
            failed += not result.passed
            if not result.passed:
                wanted = "应标记" if result.example.flag else "不应标记"
                seen = {True: "标记了", False: "未标记", None: f"无法判断（{result.reason}）"}
                errors.print(
                    f"[red]✗[/] {escape(rule.id)} “{escape(result.example.name)}”：{wanted}，"
                    f"{escape(seen[result.flagged])} {escape(str(result.words))}",
                    soft_wrap=True,
                )
    console.print(f"示例：{passed} 个通过，{failed} 个失败")
    if failed:
        raise typer.Exit(1)


def _chosen(files: list[Path] | None, folder: Path | None) -> Iterator[Rule]:
    if not files:
        yield from load_rules(folder).values()
        return
    for file in files:
        rule, faults = read_rule(file)
        if rule is None:
            raise faults[0]
        yield rule


@rules_app.command("new", help="新建一条规则的草稿")
def rules_new(
    rule_id: Annotated[str, typer.Argument(help="领域.名称，如 marketing.fake_origin")],
    rules: RulesFolder = None,
) -> None:
    """Write the draft of a rule."""
    path = new_rule(rule_id, rules or rules_folder())
    console.print(
        f"已新建草稿 {path}；改好后运行 hengjian rules check 与 hengjian rules test", soft_wrap=True
    )
