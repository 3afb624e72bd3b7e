"""hengjian hosts: who stands behind accounts and rooms."""

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
from hengjian.identity.hosts import (
    COLUMNS,
    Account,
    Hosts,
    explain,
    held_rows,
    host_rows,
    merge_reason,
    merge_rows,
    resolve_hosts,
)

_SHOWN = 20
_MERGED = Merged("accounts", "account_id", "账号", "两个账号")

HOSTS_FILE = "hosts.jsonl"
MERGES_FILE = "merges.jsonl"
HELD_FILE = "held.jsonl"


def hosts_command(
    paths: Paths,
    out: Annotated[Path, typer.Option(help="结果文件夹", file_okay=False)],
    apart: Annotated[
        Path | None,
        typer.Option(
            help="不得归并的账号对（JSON Lines）：从 merges.jsonl 摘出认定有误的行即可",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    why: Annotated[
        tuple[str, str] | None,
        typer.Option(help="说明两个账号为何是同一主播，写作 平台/账号编号", metavar="账号 账号"),
    ] = None,
    mapping: MappingFiles = None,
) -> None:
    """Write hosts.jsonl, merges.jsonl and held.jsonl, and print the hosts of most accounts."""
    tables = read_tables(paths, COLUMNS, read_mappings(mapping), "account")
    with errors.status("归并主播"):
        found = resolve_hosts(tables, read_pairs(apart, _MERGED))
    hosts = sorted(host_rows(found), key=_largest_first)
    held = list(held_rows(found))
    out.mkdir(parents=True, exist_ok=True)
    write_rows(out / HOSTS_FILE, hosts)
    write_rows(out / MERGES_FILE, merge_rows(found))
    write_rows(out / HELD_FILE, held)
    _print(found, hosts, held)
    if why is not None:
        _explain(found, *(parse_key(each, _MERGED) for each in why))
    console.print(f"结果：{escape(str(out))}", soft_wrap=True)


def _largest_first(host: dict[str, Any]) -> tuple[int, int, str]:
    return -len(host["accounts"]), -len(host["rooms"]), host["host_id"]


def _print(found: Hosts, hosts: list[dict[str, Any]], held: list[dict[str, Any]]) -> None:
    named = len(hosts) - len(found.unnamed_rooms)
    table = Table(title=f"{len(found.accounts):,} 个账号，{named:,} 个主播")
    table.add_column("主播")
    table.add_column("MCN机构")
    for name in ("统一社会信用代码", "平台", "账号", "直播间", "店铺"):
        table.add_column(name, justify="right")
    several = [row for row in hosts if len(row["accounts"]) > 1 or len(row["rooms"]) > 1]
    for row in several[:_SHOWN]:
        table.add_row(*_cells(row))
    if several:
        console.print(table)
    else:
        console.print(f"{len(found.accounts):,} 个账号，没有哪个主播有多个账号或者直播间")
    if len(several) > _SHOWN:
        console.print(f"[dim]另有 {len(several) - _SHOWN:,} 个有多个账号或者直播间的主播[/]")
    if held:
        console.print(f"[yellow]{len(held):,} 处有共同点而未归并[/]，理由见 {HELD_FILE}")
    if found.unnamed_rooms:
        console.print(f"[yellow]{len(found.unnamed_rooms):,} 个直播间没有记录写明主播[/]")
    if found.ill_formed:
        console.print(f"[yellow]{found.ill_formed:,} 个统一社会信用代码校验不符，按未知处理[/]")


def _cells(row: dict[str, Any]) -> list[str]:
    unknown = "[dim]未知[/]"
    counts = [str(len(row[name])) for name in ("accounts", "rooms", "shops")]
    return [
        escape(row["name"]) if row["name"] else unknown,
        escape("、".join(row["mcns"])) or unknown,
        row["operator_uscc"] or unknown,
        str(row["platforms"]),
        *counts,
    ]


def _explain(found: Hosts, ours: Account, theirs: Account) -> None:
    places = []
    for account in (ours, theirs):
        place = found.place(account)
        if place is None:
            raise HengjianError(f"没有这个账号：{'/'.join(account)}")
        places.append(place)
    links = explain(found, *places)
    if not links:
        console.print("两个账号没有认定为同一主播")
    for link in links:
        ends = [
            f"{'/'.join(found.accounts[place])}（{found.names[place] or '昵称未知'}）"
            for place in (link.first, link.second)
        ]
        text = f"{' ↔ '.join(ends)}：{merge_reason(link)}（{link.value}）"
        console.print(escape(text), soft_wrap=True)
