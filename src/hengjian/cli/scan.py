"""hengjian scan: records in, suspected violations out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from hengjian.cli.terminal import RulesFolder, console, errors
from hengjian.pipeline import ScanResult, scan
from hengjian.records.kinds import kind_named
from hengjian.records.mapping import load_mapping
from hengjian.reports.scan_report import write_scan_report
from hengjian.violations.rule import load_rules

ScanProgress = Callable[[str, int], None]


def scan_command(
    path: Annotated[
        Path, typer.Argument(help="记录文件、文件夹，或加引号的通配符，如 'data/*.csv'")
    ],
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
