"""hengjian selfcheck: a shop or a platform checks its own records; nothing is kept."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from hengjian.cli.findings import evidence_text, line
from hengjian.cli.scan import KindName, MappingFiles, progress_bars, read_mappings
from hengjian.cli.terminal import RulesFolder, console
from hengjian.pipeline import scan_market
from hengjian.records.kinds import kind_named
from hengjian.reports.selfcheck import Advice, Item, SelfCheck, self_check, write_self_check
from hengjian.scanning.sources import find_sources
from hengjian.violations.rule import load_rules

MOST_ITEMS_PRINTED = 30
MOST_ITEMS_WRITTEN = 1000


def selfcheck_command(
    path: Annotated[Path, typer.Argument(help="自己的记录：文件、文件夹或加引号的通配符")],
    kind: KindName = None,
    out: Annotated[
        Path | None, typer.Option(help="另存为网页文件（HTML）；缺省只在屏幕上显示")
    ] = None,
    mapping: MappingFiles = None,
    rules: RulesFolder = None,
) -> None:
    """Check one's own records and print what to put right."""
    loaded = load_rules(rules)
    sources = find_sources([path], kind_named(kind) if kind else None, read_mappings(mapping))
    with tempfile.TemporaryDirectory() as folder, progress_bars() as progress:
        scanned = Path(folder) / "scan"
        scan_market(sources, scanned, loaded.values(), progress=progress)
        most = MOST_ITEMS_WRITTEN if out else MOST_ITEMS_PRINTED
        check = self_check(scanned, loaded, most)
    if out:
        write_self_check(check, out)
        line("自查报告：", str(out))
    else:
        _print(check)


def _print(check: SelfCheck) -> None:
    looked_at = "、".join(f"{kind} {count:,} 条" for kind, count in check.kinds.items())
    line("自查：", f"看了{looked_at}，有 {check.findings:,} 处建议改正")
    for item in check.items:
        _print_item(item)
    if check.items_left_out:
        line("", f"另有 {check.items_left_out:,} 项没有列出；改好以上各项后，请再查一次")
    if not check.findings:
        line("", "在已检查的范围内，没有发现需要改正的地方")
    _print_gaps(check)
    line("", "检查在本机完成，没有上传或留存任何内容。")


def _print_item(item: Item) -> None:
    console.print()
    line(f"{item.kind} {item.id} ", item.title or "")
    for advice in item.advice:
        _print_advice(advice)


def _print_advice(advice: Advice) -> None:
    line("  • ", advice.title)
    for shown in advice.shown:
        line("    ", evidence_text(shown))
    if advice.mend:
        line("    怎样改：", advice.mend)
    if advice.fine_if:
        line("    可以不改：", f"如果属于 {'；'.join(advice.fine_if)}")
    for law in advice.legal_basis:
        line("    规定：", f"《{law['law']}》{law['article']}：{law['quote']}")


def _print_gaps(check: SelfCheck) -> None:
    console.print()
    for fault in check.faults:
        line("未能读完：", fault)
    if check.rejected:
        line("格式不对，没有检查：", f"{check.rejected:,} 条记录")
    unchecked = sum(len(gap.types) for gap in check.unchecked)
    if unchecked or check.incomplete:
        line(
            "",
            f"另有 {unchecked} 类问题没有检查，{len(check.incomplete)} 类只查了一部分记录；"
            "没有检查不等于没有问题",
        )
