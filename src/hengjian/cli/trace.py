"""hengjian trace: from goods back to their producer, and on to all shops that sell them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from hengjian.cli.scan import MappingFiles, Paths, read_mappings
from hengjian.cli.tables import read_tables
from hengjian.cli.terminal import console
from hengjian.errors import HengjianError
from hengjian.identity.chains import Party, read_chains
from hengjian.identity.tracing import (
    COLUMNS,
    Flow,
    Item,
    Step,
    Trace,
    find_producer,
    producers_of_item,
    trace,
)
from hengjian.records.reasons import os_reason

_SHOWN_SHOPS, _SHOWN_ITEMS, _SHOWN_STEPS = 10, 5, 20
_LEVELS = {"producer": "生产者", "supplier": "供货者", "shop": "店铺"}
_BASES = {"uscc": "统一社会信用代码", "name": "名称", "gtin": "商品条码"}


def trace_command(
    paths: Paths,
    out: Annotated[Path, typer.Option(help="结果（JSON）", dir_okay=False)],
    producer: Annotated[str | None, typer.Option(help="生产者的名称或统一社会信用代码")] = None,
    item: Annotated[str | None, typer.Option(help="商品编号或商品条码")] = None,
    mapping: MappingFiles = None,
) -> None:
    """Write and print who sells a producer's goods, through whom, and how to stop it."""
    if (producer is None) == (item is None):
        raise HengjianError("请给出 --producer 或 --item 之一")
    tables = read_tables(paths, COLUMNS, read_mappings(mapping), "supply")
    chains = read_chains(tables["supply"])
    numbers = (
        [find_producer(chains, producer)]
        if producer is not None
        else producers_of_item(tables, chains, str(item))
    )
    traces = [trace(tables, chains, number) for number in numbers]
    _write(out, traces)
    for found in traces:
        _print(found)
    console.print(f"结果：{escape(str(out))}", soft_wrap=True)


def _write(out: Path, traces: list[Trace]) -> None:
    content = orjson.dumps([_as_json(found) for found in traces], option=orjson.OPT_INDENT_2)
    try:
        out.write_bytes(content + b"\n")
    except OSError as error:
        raise HengjianError(f"无法写入：{os_reason(error)}", path=out) from None


def _as_json(found: Trace) -> dict[str, Any]:
    return {
        "producer": _party(found.producer),
        "suppliers": [_party(party) for party in found.suppliers.values()],
        "shops": [
            {"platform": platform, "shop_id": shop, **_party(party)}
            for (platform, shop), party in found.shops.items()
        ],
        "items": [_item(item) for item in found.items],
        "rows": found.rows,
        "gaps": found.gaps,
        "unit": found.unit,
        "plan": [_step(step) for step in found.steps],
    }


def _party(party: Party) -> dict[str, Any]:
    return {
        "name": party.name or None,
        "uscc": party.uscc,
        "names": party.names,
        "region": party.region or None,
    }


def _item(item: Item) -> dict[str, Any]:
    platform, shop, its = item.key
    return {
        "platform": platform,
        "shop_id": shop,
        "item_id": its,
        "suppliers": item.suppliers,
        "rows": item.rows,
        "known_by": item.bases,
        "mixed": item.mixed,
        "flow": item.flow and _flow(item.flow),
    }


def _flow(flow: Flow) -> dict[str, Any]:
    return {**flow._asdict(), "yuan": str(flow.yuan)}


def _step(step: Step) -> dict[str, Any]:
    return {
        "level": step.level,
        **_party(step.party),
        "id": step.party.key,
        "region": step.region or None,
        "order": step.order,
        "items": step.items,
        "still_supplied": step.supplied,
        "still_on_sale": step.on_sale,
    }


def _print(found: Trace) -> None:
    console.print(_tree(found))
    console.print(_plan(found))
    if len(found.steps) > _SHOWN_STEPS:
        console.print(f"[dim]另有 {len(found.steps) - _SHOWN_STEPS} 项，见结果文件[/]")
    for level, order in dict.fromkeys((step.level, step.order) for step in found.steps):
        console.print(f"[bold]{_LEVELS[level]}[/] {order}", soft_wrap=True)
    for gap in found.gaps:
        console.print(f"[yellow]缺口[/] {escape(gap)}", soft_wrap=True)
    console.print(
        "[dim]“仍可补货”“仍在售”为依次办完本项及以上各项之后；库存未知，不计入。"
        "供货记录为申报材料，厂名可能被冒用，须向生产者核实[/]",
        soft_wrap=True,
    )


def _tree(found: Trace) -> Tree:
    known = sorted({basis for item in found.items for basis in item.bases})
    tree = Tree(
        f"[bold]{escape(_named(found.producer))}[/]：{len(found.shops)} 家店铺，"
        f"{len(found.items)} 款商品{_sum(found.items)}"
        f"（依据：{'、'.join(_BASES[basis] for basis in known)}，{len(found.rows)} 条供货记录）"
    )
    for key, supplier in sorted(found.suppliers.items()):
        items = [item for item in found.items if key in item.suppliers]
        branch = tree.add(f"供货者 {escape(_named(supplier))}{_sum(items)}")
        shops = list(dict.fromkeys(item.key[:2] for item in items))
        for shop in shops[:_SHOWN_SHOPS]:
            its = [item for item in items if item.key[:2] == shop]
            party = found.shops[shop]
            place = "/".join((shop[0] or "平台未知", shop[1]))
            name = f" {party.name}" if party.name else ""
            branch.add(f"{escape(place + name)}：{_ids(its)}{_sum(its)}")
        if len(shops) > _SHOWN_SHOPS:
            branch.add(f"[dim]另有 {len(shops) - _SHOWN_SHOPS} 家店铺[/]")
    return tree


def _named(party: Party) -> str:
    name = party.name or "名称未知"
    return f"{name}（{party.uscc}）" if party.uscc else name


def _ids(items: list[Item]) -> str:
    shown = "、".join(escape(item.key[2]) for item in items[:_SHOWN_ITEMS])
    return shown if len(items) <= _SHOWN_ITEMS else f"{shown} 等 {len(items)} 款"


def _sum(items: list[Item]) -> str:
    flows = [item.flow for item in items if item.flow is not None]
    if not flows:
        return ""
    yuan = sum(flow.yuan for flow in flows)
    return f"，至少 {sum(flow.units for flow in flows):,} 件、{yuan:,.2f} 元"


def _plan(found: Trace) -> Table:
    table = Table(title=f"阻断方案（{found.unit}）")
    for name in ("对象", "名称", "所在地"):
        table.add_column(name, overflow="fold")
    for name in ("商品", "仍可补货", "仍在售"):
        table.add_column(name, justify="right")
    for step in found.steps[:_SHOWN_STEPS]:
        name = step.party.name or step.party.key
        figures = (f"{step.items:,}", f"{step.supplied:,}", f"{step.on_sale:,}")
        region = step.region or "[yellow]未知[/]"
        table.add_row(_LEVELS[step.level], escape(name), region, *figures)
    return table
