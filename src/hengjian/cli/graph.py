"""hengjian graph: groups in a plain list of edges, who rated what."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from hengjian.cli.graph_files import (
    EdgesFile,
    OutFile,
    RejectsFile,
    read_graph,
    tell_out,
    write_scores,
)
from hengjian.cli.graph_nodes import raters_command, spread_command
from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.graphs.blocks import BLOCKS, Block, find_blocks
from hengjian.graphs.lockstep import DAY, WINDOWS, Group, find_lockstep
from hengjian.law.resolve import SHANGHAI

_SHOWN = 20
_HOUR = 3600.0
_LEADS_ONLY = (
    "[dim]应有：偶然所致的边数；p值已就全部试过的组合校正。"
    "成组只说明行为反常，是线索，不能单独作为认定依据[/]"
)

graph_app = typer.Typer(help="关系图：成组的账号与对象", no_args_is_help=True)
graph_app.command("spread", help="由账号与对象自身的行为推及相邻者")(spread_command)
graph_app.command("raters", help="评价人是否公允：偏离、突击、节奏")(raters_command)


@graph_app.command("blocks", help="密集块：账号与对象之间的边多得反常")
def blocks_command(
    edges: EdgesFile,
    out: OutFile,
    rejects: RejectsFile = None,
    most: Annotated[int, typer.Option(help="最多找几块", min=1)] = BLOCKS,
) -> None:
    """Write how suspicious each node is by FRAUDAR's peeling, and its group."""
    graph = read_graph(edges, rejects)
    with errors.status("寻找密集块"):
        found = find_blocks(graph, most)
    write_scores(
        out, graph, found.user_scores, found.item_scores, found.user_groups, found.item_groups
    )
    groups = sum(block.is_group for block in found.blocks)
    title = f"{len(graph.users):,} 条边，{len(found.blocks)} 块，其中 {groups} 块成组"
    table = _table(title, ("FRAUDAR分数",))
    for number, block in enumerate(found.blocks[:_SHOWN]):
        table.add_row(*_block_row(number, block))
    console.print(table)
    _close(len(found.blocks), out)


@graph_app.command("lockstep", help="同步：同一批账号一再在同一时段评价同一批对象")
def lockstep_command(
    edges: EdgesFile,
    out: OutFile,
    rejects: RejectsFile = None,
    days: Annotated[
        list[float] | None,
        typer.Option(
            "--days",
            help="时段的天数，可给多个；缺省为 3。时段长达数周时，共同爱好也会显得同步",
            min=0,
        ),
    ] = None,
) -> None:
    """Write how suspicious each node is by what it did together with others, and its group."""
    windows = [day * DAY for day in days] if days else WINDOWS
    if not all(windows):
        raise HengjianError("时段须长于 0 天", field="--days")
    graph = read_graph(edges, rejects)
    if np.isnan(graph.times).all():
        raise HengjianError(
            "没有一行有时间，看不出是否同步",
            path=edges,
            field="time",
            hint="没有时间时可用 graph blocks",
        )
    with errors.status("寻找同步的账号"):
        found = find_lockstep(graph, windows)
    write_scores(
        out, graph, found.user_scores, found.item_scores, found.user_groups, found.item_groups
    )
    if found.untimed:
        errors.print(f"[yellow]{found.untimed:,} 条边没有时间，没有用上[/]")
    table = _table(f"{len(graph.users):,} 条边，{len(found.groups)} 组", ("时段", "起止"))
    for number, group in enumerate(found.groups[:_SHOWN]):
        table.add_row(*_group_row(number, group))
    if found.groups:
        console.print(table)
    else:
        console.print(f"{len(graph.users):,} 条边，没有同步得反常的账号")
    _close(len(found.groups), out)


def _table(title: str, more: tuple[str, ...]) -> Table:
    table = Table(title=title)
    for name in ("组", "账号", "对象", "边", "应有", "密度", *more, "p值"):
        table.add_column(name, justify="right")
    return table


def _block_row(number: int, block: Block) -> tuple[str, ...]:
    cells = _cells(block)
    name = f"[bold yellow]{number}[/]" if block.is_group else "[dim]不成组[/]"
    return name, *cells, f"{block.score:.4f}", _chance(block.log_chance)


def _group_row(number: int, group: Group) -> tuple[str, ...]:
    span = (dt.datetime.fromtimestamp(moment, SHANGHAI) for moment in (group.begin, group.end))
    days = "\n".join(f"{moment:%Y-%m-%d}" for moment in span)
    name = f"[bold yellow]{number}[/]"
    return name, *_cells(group), _duration(group.window), days, _chance(group.log_chance)


def _cells(found: Block | Group) -> tuple[str, ...]:
    return (
        f"{len(found.users):,}",
        f"{len(found.items):,}",
        f"{found.edges:,}",
        f"{found.expected:,.1f}",
        f"{found.density:.1%}",
    )


def _duration(seconds: float) -> str:
    return f"{seconds / DAY:.1f}天" if seconds >= DAY else f"{seconds / _HOUR:.1f}小时"


def _chance(log: float) -> str:
    powers = log / math.log(10)
    return f"{math.exp(log):.2g}" if powers > -4 else f"10^{powers:.0f}"  # noqa: PLR2004 - digits


def _close(found: int, out: OutFile) -> None:
    if found > _SHOWN:
        console.print(f"[dim]另有 {found - _SHOWN} 组，见结果文件[/]")
    console.print(_LEADS_ONLY, soft_wrap=True)
    tell_out(out)
