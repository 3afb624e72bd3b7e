"""hengjian operators: which shops on all platforms are run by one and the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.cli.graph_files import write_rows
from hengjian.cli.pairs import Merged, parse_key, read_pairs
from hengjian.cli.scan import MappingFiles, Paths, read_mappings
from hengjian.cli.tables import read_tables
from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.identity.operators import (
    COLUMNS,
    Operators,
    Shop,
    explain,
    held_rows,
    merge_reason,
    merge_rows,
    operator_rows,
    resolve_operators,
)

_SHOWN = 20
_MERGED = Merged("shops", "shop_id", "店铺", "两家店铺")

OPERATORS_FILE = "operators.jsonl"
MERGES_FILE = "merges.jsonl"
HELD_FILE = "held.jsonl"


def operators_command(
    paths: Paths,
    out: Annotated[Path, typer.Option(help="结果文件夹", file_okay=False)],
    apart: Annotated[
        Path | None,
        typer.Option(
            help="不得归并的店铺对（JSON Lines）：从 merges.jsonl 摘出认定有误的行即可",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    why: Annotated[
        tuple[str, str] | None,
        typer.Option(help="说明两家店铺为何是同一经营者，写作 平台/店铺编号", metavar="店铺 店铺"),
    ] = None,
    mapping: MappingFiles = None,
) -> None:
    """Write operators.jsonl, merges.jsonl and held.jsonl, and print the largest operators."""
    tables = read_tables(paths, COLUMNS, read_mappings(mapping), "operator")
    with errors.status("归并经营者"):
        found = resolve_operators(tables, read_pairs(apart, _MERGED))
    operators = sorted(operator_rows(found), key=lambda row: (-len(row["shops"]), _first(row)))
    held = list(held_rows(found))
    out.mkdir(parents=True, exist_ok=True)
    write_rows(out / OPERATORS_FILE, operators)
    write_rows(out / MERGES_FILE, merge_rows(found))
    write_rows(out / HELD_FILE, held)
    _print(found, operators, held)
    if why is not None:
        _explain(found, *(parse_key(each, _MERGED) for each in why))
    console.print(f"结果：{escape(str(out))}", soft_wrap=True)


def _first(operator: dict[str, Any]) -> tuple[str, str]:
    shop = operator["shops"][0]
    return shop["platform"], shop["shop_id"]


def _print(found: Operators, operators: list[dict[str, Any]], held: list[dict[str, Any]]) -> None:
    table = Table(title=f"{len(found.shops):,} 条登记，{len(operators):,} 个经营者")
    table.add_column("经营者")
    for name in ("统一社会信用代码", "平台", "店铺"):
        table.add_column(name, justify="right")
    several = [row for row in operators if len(row["shops"]) > 1]
    for row in several[:_SHOWN]:
        code = row["uscc"] or "[dim]未知[/]"
        cells = (code, f"{row['platforms']}", f"{len(row['shops'])}")
        table.add_row(escape(row["name"].strip()), *cells)
    if several:
        console.print(table)
    else:
        console.print(f"{len(found.shops):,} 条登记，没有两家店铺可认定为同一经营者")
    if len(several) > _SHOWN:
        console.print(f"[dim]另有 {len(several) - _SHOWN:,} 个有多家店铺的经营者，见结果文件[/]")
    if held:
        console.print(f"[yellow]{len(held):,} 处有共同点而未归并[/]，理由见 {HELD_FILE}")
    if found.ill_formed:
        console.print(f"[yellow]{found.ill_formed:,} 个统一社会信用代码校验不符，按未知处理[/]")


def _explain(found: Operators, ours: Shop, theirs: Shop) -> None:
    for shop in (ours, theirs):
        if not found.rows_of(shop):
            raise HengjianError(f"没有这家店铺：{'/'.join(shop)}")
    links = explain(found, ours, theirs)
    if not links:
        console.print("两家店铺没有认定为同一经营者")
    for link in links:
        rows = [
            f"{'/'.join(found.shops[row])}（{found.titles[row].strip()}）"
            for row in (link.first, link.second)
        ]
        text = f"{' ↔ '.join(rows)}：{merge_reason(link)}（{link.value}）"
        console.print(escape(text), soft_wrap=True)
