"""hengjian scan: records in, suspected violations out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from hengjian.cli.terminal import RulesFolder, console, errors
from hengjian.errors import HengjianError
from hengjian.pipeline import ScanResult, scan_market
from hengjian.records.kinds import KINDS, kind_named
from hengjian.records.mapping import Mapping as ColumnMapping
from hengjian.records.mapping import load_mapping
from hengjian.reports.scan_report import split_coverage, write_scan_report
from hengjian.scanning.sources import find_sources
from hengjian.scanning.staging import Progress
from hengjian.scanning.work import has_finished, work_folder
from hengjian.violations.rule import load_rules

Paths = Annotated[
    list[Path],
    typer.Argument(help="记录文件、文件夹，或加引号的通配符，如 'data/*.csv'；可给多个"),
]
KindName = Annotated[
    str | None,
    typer.Option("--kind", help="记录种类，如 listing；文件或子文件夹以种类命名时可不给"),
]
MappingFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--mapping", help="列名对照文件（YAML）；多种记录时写 种类=文件，可给多次", metavar="FILE"
    ),
]


def scan_command(
    paths: Paths,
    out: Annotated[Path, typer.Option(help="结果文件夹")],
    kind: KindName = None,
    areas: Annotated[
        str | None, typer.Option(help="只查这些领域，逗号分隔，如 marketing,minors")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="只查这一天及以后的记录，如 2026-11-01（北京时间）")
    ] = None,
    mapping: MappingFiles = None,
    seeded: Annotated[
        Path | None, typer.Option(help="测试线索的记录编号，每行一个", exists=True)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="接着上次没有完成的扫描")] = False,
    rules: RulesFolder = None,
) -> None:
    """Scan records and print what was found."""
    loaded = load_rules(rules)
    sources = find_sources(paths, kind_named(kind) if kind else None, read_mappings(mapping))
    with _told_how_to_go_on(out, resume=resume), progress_bars() as progress:
        result = scan_market(
            sources,
            out,
            loaded.values(),
            areas=_names(areas),
            since=_day(since),
            seeded=_record_ids(seeded),
            resume=resume,
            progress=progress,
        )
    report = write_scan_report(out, loaded)
    _print_scan(result, report)
    if result.faults or any(row["failed"] for row in result.coverage["violations"].values()):
        raise typer.Exit(3)


def read_mappings(given: list[str] | None) -> dict[str | None, ColumnMapping]:
    """Read column mappings, each `FILE` or `KIND=FILE`.

    Raises:
        HengjianError: A file cannot be read, is not a mapping, or is one of two for the same kind.
    """
    mappings: dict[str | None, ColumnMapping] = {}
    for text in given or ():
        name, equals, file = text.partition("=")
        for_kind = bool(equals) and name in KINDS
        key, path = (name, Path(file)) if for_kind else (None, Path(text))
        if key in mappings:
            raise HengjianError(f"{key or '各种类'}的列名对照给了两次", path=path)
        mappings[key] = load_mapping(path)
    return mappings


def _names(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _day(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise HengjianError(f"--since 不是日期：{text}", hint="如 2026-11-01") from None


def _record_ids(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip())


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show how many records were read and checked, as long as the block runs."""
    names = {"read": ("读取", "条"), "check": ("检查", "条"), "detect": ("行为检测", "项")}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} {task.fields[unit]}"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=errors, transient=True) as bars:
        tasks = {
            stage: bars.add_task(name, total=None, unit=unit)
            for stage, (name, unit) in names.items()
        }
        yield lambda stage, count: bars.advance(tasks[stage], count)


@contextmanager
def _told_how_to_go_on(out: Path, *, resume: bool) -> Iterator[None]:
    """Say what an interrupted run leaves, and what becomes of what an earlier one left."""
    work = work_folder(out)
    if has_finished(work) and not resume:
        errors.print("[yellow]上次没有完成的扫描作废，从头开始（接着扫描请加 --resume）[/]")
    try:
        yield
    except BaseException:
        if has_finished(work):
            errors.print(
                f"[yellow]扫描没有完成；做完的部分保存在 {escape(str(work))}，"
                "再次运行同一命令并加 --resume 即可接着扫描[/]",
                soft_wrap=True,
            )
        raise


def _print_scan(result: ScanResult, report: Path) -> None:
    checked, unchecked = split_coverage(result.coverage)
    what = KINDS[result.kind].title if result.kind in KINDS else "市场"
    title = f"{what}：{result.records:,} 条记录，{result.findings:,} 条疑点"
    console.print(_checked_table(title, checked))
    _print_clean(checked)
    for gap in unchecked:
        kinds = "、".join(f"{kind} {count}" for kind, count in gap.missing)
        console.print(
            f"[dim]未检查 {len(gap.types)} 类：{gap.title}{kinds and f'（{kinds}）'}[/]",
            soft_wrap=True,
        )
    if result.rejected:
        console.print(
            f"[yellow]被拒记录 {result.rejected:,} 条[/]，"
            f"原因见 {escape(str(result.folder))}/rejects.jsonl",
            soft_wrap=True,
        )
    for fault in result.faults:
        console.print(f"[red]未能读完：{escape(fault)}[/]", soft_wrap=True)
    for note, count in sorted(result.notes.items()):
        console.print(f"[dim]说明：{escape(note)}（{count:,}）[/]", soft_wrap=True)
    if result.taken_over:
        console.print(f"接续上次：{result.taken_over:,} 条记录不必再查")
    console.print(f"用时 {result.seconds:.1f} 秒。报告：{escape(str(report))}", soft_wrap=True)


def _checked_table(title: str, checked: list[dict[str, Any]]) -> Table:
    table = Table(title=title)
    table.add_column("违法类型")
    for name in ("疑点", "已检查", "未能检查", "耗时（秒）"):
        table.add_column(name, justify="right")
    for row in checked:
        if _is_clean(row):
            continue
        table.add_row(
            f"{escape(row['title'])} [dim]{row['id']}[/]",
            f"[bold yellow]{row['findings']:,}[/]" if row["findings"] else "0",
            f"{row['checked']:,}",
            f"[yellow]{row['not_checked']:,}[/]" if row["not_checked"] else "0",
            f"{row['seconds']:.2f}",
        )
        for fault, count in row["failed"].items():
            table.add_row(f"[red]检测出错：{escape(fault)}[/]", "", "", str(count), "")
    return table


def _is_clean(row: Mapping[str, Any]) -> bool:
    return not row["findings"] and not row["not_checked"]


def _print_clean(checked: list[dict[str, Any]]) -> None:
    clean = sum(map(_is_clean, checked))
    if clean:
        console.print(f"另有 {clean} 类全部查过，没有疑点")
