"""hengjian seed: planted test records, and what a scan finds of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.cli.terminal import RulesFolder, console
from hengjian.records.kinds import kind_named
from hengjian.scanning.sources import find_sources
from hengjian.seeding import Check, check_seeded, seed_market
from hengjian.stats.shares import share_interval
from hengjian.violations.catalogue import catalogue
from hengjian.violations.rule import load_rules

seed_app = typer.Typer(help="测试线索：埋入测试记录，看本单位能发现多少", no_args_is_help=True)


@seed_app.command("plant", help="在一份副本中埋入测试记录")
def plant_command(
    paths: Annotated[list[Path], typer.Argument(help="记录文件或文件夹，同 scan")],
    out: Annotated[Path, typer.Option(help="副本放在哪个新文件夹")],
    kind: Annotated[str | None, typer.Option(help="记录种类，同 scan")] = None,
    count: Annotated[int, typer.Option(help="埋入多少起", min=1, max=10_000)] = 50,
    seed: Annotated[int, typer.Option(help="随机数种子；相同则所埋相同")] = 1,
    rules: RulesFolder = None,
) -> None:
    """Plant records of examples in a copy of a market."""
    sources = find_sources(paths, kind_named(kind) if kind else None)
    loaded = load_rules(rules)
    planted = seed_market(sources, loaded.values(), out, count=count, seed=seed)
    types = {plant.violation for plant in planted.plants}
    records = sum(len(plant.record_ids) for plant in planted.plants)
    console.print(
        f"已埋入 {len(planted.plants)} 起、{records} 条测试记录，涉及 {len(types)} 类；"
        f"答案在 {escape(str(planted.key))}，请另行保管",
        soft_wrap=True,
    )
    console.print(
        f"扫描：hengjian scan {escape(str(out))} --seeded {escape(str(planted.ids))} --out 结果",
        soft_wrap=True,
    )


@seed_app.command("check", help="看一次扫描发现了多少测试记录")
def check_command(
    scan: Annotated[Path, typer.Argument(help="scan 的结果文件夹", exists=True, file_okay=False)],
    key: Annotated[Path, typer.Argument(help="埋入时写下的答案", exists=True, dir_okay=False)],
) -> None:
    """Print what a scan found of what was planted, by area."""
    checks = check_seeded(scan, key)
    table = Table(title="测试记录的发现率")
    table.add_column("领域")
    for name in ("埋入", "发现", "另定其他类型", "未发现", "发现率（95%区间）"):
        table.add_column(name, justify="right")
    for area, title in catalogue().areas.items():
        of_area = [check for check in checks if check.violation.partition(".")[0] == area]
        if of_area:
            table.add_row(title, *_cells(of_area))
    table.add_section()
    table.add_row("合计", *_cells(checks))
    console.print(table)
    missed = Counter(check.violation for check in checks if not check.flagged)
    for violation, number in missed.most_common():
        title = catalogue().by_id()[violation].title
        console.print(f"[yellow]未发现[/] {title} [dim]{violation}[/] {number} 起")


def _cells(checks: list[Check]) -> tuple[str, ...]:
    found, total = sum(check.found for check in checks), len(checks)
    other = sum(check.flagged and not check.found for check in checks)
    low, high = share_interval(found, total)
    share = f"{found / total:.0%}（{low:.0%}–{high:.0%}）"
    return str(total), str(found), str(other), str(total - found - other), share
