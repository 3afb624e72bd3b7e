"""Goods traced back: which shops sell what a producer makes, and how that can be stopped.

What is unknown is told as a gap and never counted as nothing: figures of flows are lower bounds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.errors import HengjianError
from hengjian.identity.chains import (
    BASES,
    SUPPLY,
    Basis,
    Chains,
    Party,
    alike_parties,
    is_gtin,
    other_names,
    read_chains,
    region_of,
)
from hengjian.identity.names import compare_names, name_key
from hengjian.identity.operator_links import well_formed_usccs
from hengjian.identity.places import split_place
from hengjian.text.folds import fold

COLUMNS = {
    "supply": SUPPLY,
    "operator": [
        *("platform", "shop_id", "name", "uscc", "registered_address", "business_address"),
    ],
    "order": ["platform", "shop_id", "item_id", "created_at", "paid_price", "quantity", "status"],
}
# What still sells is told of the last so many days of which there are orders.
RECENT_DAYS = 30
_MICROSECONDS_A_DAY = 86_400_000_000
_SOLD = ("paid", "shipped", "received")
_SHOWN_NAMES = 5
_BETWEEN = "\x1f"

# A supplier whose name holds no letter, without code.
_NAMELESS = Party("?", "", None, (), "")

Level = Literal["producer", "supplier", "shop"]
_ORDERS: dict[Level, str] = {
    "producer": "核实是否为其生产；属实的，责令停止生产、销售，召回已售出的商品，提供销货台账",
    "supplier": "责令停止供货，封存库存，提供进货、销货台账和索证索票材料",
    "shop": "下架所列商品，停止销售，提供进货凭证和剩余库存数量",
}

ItemKey = tuple[str | None, str, str]
"""Platform (None: unknown), shop, item."""


class Flow(NamedTuple):
    """What was sold of one item, at least.

    Attributes:
        orders: How many were paid and not undone.
        units: Pieces; an order of unknown quantity counts as one.
        yuan: Paid; orders of unknown price are left out.
        recent: Pieces of the last RECENT_DAYS.
    """

    orders: int
    units: int
    yuan: Decimal
    recent: int


class Item(NamedTuple):
    """One item of a shop that comes from the producer.

    Attributes:
        key: Platform, shop, item.
        suppliers: Keys of those who supply it.
        rows: Places of the supply records that say so.
        bases: By what the producer is known there.
        mixed: Other records of the item name another producer, or none.
        flow: None: there are no orders to know it from, or its platform is unknown.
    """

    key: ItemKey
    suppliers: tuple[str, ...]
    rows: tuple[int, ...]
    bases: tuple[Basis, ...]
    mixed: bool
    flow: Flow | None


class Step(NamedTuple):
    """One order of the plan, and what goes on selling once it and all before it are obeyed.

    Attributes:
        level: Who gets it.
        party: The addressee.
        region: Where it is; empty: unknown.
        order: What is ordered, in Chinese.
        items: How many items it concerns.
        supplied: What is still supplied anew, in the plan's unit.
        on_sale: What is still on sale, in the plan's unit.
    """

    level: Level
    party: Party
    region: str
    order: str
    items: int
    supplied: int
    on_sale: int


@dataclass(frozen=True)
class Trace:
    """What is known of a producer's goods.

    Attributes:
        producer: Who makes them.
        items: What shops sell of it.
        suppliers: Those in between, by key.
        shops: The shops, by platform and shop id.
        gaps: What is not known, in Chinese.
        steps: The plan.
        unit: What the plan's figures count.
    """

    producer: Party
    items: list[Item]
    suppliers: dict[str, Party]
    shops: dict[tuple[str | None, str], Party]
    gaps: list[str]
    steps: list[Step]
    unit: str

    @property
    def rows(self) -> list[int]:
        """Places of all supply records that the trace rests on."""
        return sorted({row for item in self.items for row in item.rows})


def find_producer(chains: Chains, wanted: str) -> int:
    """Return the number of the producer of a name or code.

    Raises:
        HengjianError: There is none, or a short name fits several; the hint names those alike.
    """
    of = chains.producers.of
    code = "".join(fold(wanted).split()).upper()
    key = name_key(wanted)
    for number, party in enumerate(of):
        if code in (party.uscc, party.key.upper()) or key in map(name_key, party.names):
            return number
    alike = [
        number
        for number, party in enumerate(of)
        if any(compare_names(wanted, n).verdict == "abbreviation" for n in party.names)
    ]
    if len(alike) == 1:
        return alike[0]
    near = [
        party.name
        for party in of
        if any(
            compare_names(wanted, n).verdict in {"abbreviation", "near", "branch"}
            for n in party.names
        )
    ]
    hint = f"相近的有：{'、'.join(near[:_SHOWN_NAMES])}" if near else "请写全称或统一社会信用代码"
    fault = "有几家生产者与此简称相符" if alike else "供货记录中没有这家生产者"
    raise HengjianError(f"{fault}：{wanted}", hint=hint)


def producers_of_item(tables: Mapping[str, pa.Table], chains: Chains, item: str) -> list[int]:
    """Return the numbers of the producers of an item, known by its id or bar code.

    Raises:
        HengjianError: No supply record has the item, or none names who made it.
    """
    supply = tables["supply"]
    ids, gtins = supply.column("item_id").to_pylist(), supply.column("gtin").to_pylist()
    rows = [row for row, pair in enumerate(zip(ids, gtins, strict=True)) if item in pair]
    if not rows:
        raise HengjianError(f"供货记录中没有这件商品：{item}")
    numbers = sorted(set(chains.producers.number[rows].tolist()) - {-1})
    if not numbers:
        raise HengjianError(
            f"供货记录没有写明这件商品的生产者：{item}",
            hint="请向其供货者查询："
            + "、".join(sorted({supply.column("supplier")[row].as_py() for row in rows})),
        )
    return numbers


def trace(tables: Mapping[str, pa.Table], chains: Chains, producer: int) -> Trace:
    """Return what is known of a producer's goods, and a plan to stop them.

    Args:
        tables: By kind, with COLUMNS; all but `supply` may be missing.
        chains: Of `supply`.
        producer: Its number.
    """
    supply = tables["supply"]
    rows = np.flatnonzero(chains.producers.number == producer)
    keys = _item_keys(supply)
    of_item: dict[ItemKey, list[int]] = defaultdict(list)
    for row in rows.tolist():
        of_item[keys[row]].append(row)
    mixed = _mixed(keys, of_item, chains, producer)
    flows = _flows(tables.get("order"), of_item)
    items = [
        Item(
            key,
            tuple(sorted({_supplier(chains, row).key for row in its})),
            tuple(its),
            tuple(sorted({BASES[chains.basis[row]] for row in its}, key=BASES.index)),
            key in mixed,
            _flow(flows, key),
        )
        for key, its in sorted(of_item.items(), key=lambda pair: tuple(map(str, pair[0])))
    ]
    suppliers = {_supplier(chains, row).key: _supplier(chains, row) for row in rows.tolist()}
    shops = _shops(tables.get("operator"), {item.key[:2] for item in items})
    party = chains.producers.of[producer]
    unit = f"件/{RECENT_DAYS}天" if flows is not None else "款商品"
    gaps = _gaps(tables, chains, party, items, suppliers, shops)
    weight = _weights(items, counted=flows is not None)
    steps = _plan(party, items, suppliers, shops, weight)
    return Trace(party, items, suppliers, shops, gaps, steps, unit)


def _flow(flows: Mapping[ItemKey, Flow] | None, key: ItemKey) -> Flow | None:
    if flows is None or key[0] is None:
        return None
    return flows.get(key, Flow(0, 0, Decimal(0), 0))


def _supplier(chains: Chains, row: int) -> Party:
    number = int(chains.suppliers.number[row])
    return chains.suppliers.of[number] if number >= 0 else _NAMELESS


def _item_keys(supply: pa.Table) -> list[ItemKey]:
    columns: list[list[Any]] = [
        supply.column(name).to_pylist() for name in ("platform", "shop_id", "item_id")
    ]
    return list(zip(*columns, strict=True))


def _mixed(
    keys: list[ItemKey], wanted: Iterable[ItemKey], chains: Chains, producer: int
) -> set[ItemKey]:
    """Return the items that some record gives another producer, or none."""
    others = np.flatnonzero(chains.producers.number != producer).tolist()
    return {keys[row] for row in others} & set(wanted)


def _flows(orders: pa.Table | None, wanted: Iterable[ItemKey]) -> dict[ItemKey, Flow] | None:
    """Return what was sold of each item whose platform is known; None: there are no orders."""
    if orders is None:
        return None
    by_text = {_BETWEEN.join(map(str, key)): key for key in wanted if key[0] is not None}
    names = [orders.column(name) for name in ("platform", "shop_id", "item_id")]
    keyed: Any = pc.binary_join_element_wise(*names, _BETWEEN)  # type: ignore[call-overload]
    here: Any = pc.is_in(keyed, pa.array(by_text, pa.string()))
    sold: Any = pc.is_in(orders.column("status"), pa.array(_SOLD))
    last = pc.max(orders.column("created_at").cast(pa.int64())).as_py() or 0
    chosen = orders.append_column("_key", keyed).filter(pc.and_(here, sold))
    flows: dict[ItemKey, Flow] = {}
    created = chosen.column("created_at").cast(pa.int64()).to_pylist()
    columns = [chosen.column(name).to_pylist() for name in ("_key", "quantity", "paid_price")]
    for moment, key, quantity, price in zip(created, *columns, strict=True):
        before = flows.get(by_text[key], Flow(0, 0, Decimal(0), 0))
        units = 1 if quantity is None else int(quantity)
        recent = units if moment > last - RECENT_DAYS * _MICROSECONDS_A_DAY else 0
        flows[by_text[key]] = Flow(
            before.orders + 1,
            before.units + units,
            before.yuan + (price or 0),
            before.recent + recent,
        )
    return flows


def _shops(
    operators: pa.Table | None, wanted: set[tuple[str | None, str]]
) -> dict[tuple[str | None, str], Party]:
    """Return the shops with name and place of their operators, where those are known."""
    known: dict[tuple[str | None, str], Party] = {}
    if operators is not None:
        names = ("platform", "shop_id", "name", "uscc", "business_address", "registered_address")
        columns: list[list[Any]] = [operators.column(name).to_pylist() for name in names]
        columns[3] = well_formed_usccs(columns[3])
        for platform, shop, name, uscc, *addresses in zip(*columns, strict=True):
            if (platform, shop) in wanted:
                places = [split_place(fold(a), 0)[0].finest for a in addresses if a]
                region = next((place for place in places if place), "") or region_of(uscc, name)
                known[platform, shop] = Party(shop, name, uscc, (name,), region)
    return {
        shop: known.get(shop, Party(shop[1], "", None, (), ""))
        for shop in sorted(wanted, key=lambda shop: (str(shop[0]), shop[1]))
    }


def _gaps(
    tables: Mapping[str, pa.Table],
    chains: Chains,
    producer: Party,
    items: Sequence[Item],
    suppliers: Mapping[str, Party],
    shops: Mapping[tuple[str | None, str], Party],
) -> list[str]:
    """Return what is not known, in Chinese."""
    supply = tables["supply"]
    ours = {key for key, party in suppliers.items()}
    nameless = np.flatnonzero(chains.producers.number < 0)
    theirs = sum(_supplier(chains, row).key in ours for row in nameless.tolist())
    gtins = {supply.column("gtin")[row].as_py() for item in items for row in item.rows} - {None}
    alike = alike_parties(chains.producers, producer)
    counts = (
        (producer.uscc is None, "生产者的统一社会信用代码未知，只凭名称认定"),
        (not producer.region, "生产者所在地未知"),
        (theirs, f"同一供货者另有 {theirs} 条供货记录没有写明生产者，未计入"),
        (
            sum(item.bases == ("gtin",) for item in items),
            "有 {n} 款商品的生产者只由商品条码推断，未写在供货记录里",
        ),
        (
            sum(item.mixed for item in items),
            "有 {n} 款商品另有别家或不明生产者的供货，销量不全归此厂",
        ),
        (sum(not is_gtin(code) for code in gtins), "有 {n} 个商品条码校验不符"),
        (
            sum(party.uscc is None for party in suppliers.values()),
            "有 {n} 个供货者的统一社会信用代码未知",
        ),
        (sum(not party.region for party in shops.values()), "有 {n} 家店铺的所在地未知"),
        (sum(item.key[0] is None for item in items), "有 {n} 款商品的平台未知，销量无法对上"),
        ("order" not in tables, "没有订单记录，销量和金额未知"),
        (_unsaid(tables.get("order"), "quantity"), "订单中有 {n} 条没有数量，按 1 件计（下限）"),
        (_unsaid(tables.get("order"), "paid_price"), "订单中有 {n} 条没有金额，未计入（下限）"),
    )
    gaps = [text.replace("{n}", str(int(count))) for count, text in counts if count]
    if others := other_names(producer):
        gaps.append(f"同一代码下另有名称：{'、'.join(others[:_SHOWN_NAMES])}，可能更名或者被冒用")
    for verdict, told in (
        ("near", "名称相近"),
        ("abbreviation", "可能为其简称"),
        ("branch", "分支"),
    ):
        if names := [party.name for party in alike[verdict]]:
            gaps.append(f"另有生产者{told}：{'、'.join(names[:_SHOWN_NAMES])}，未并入")
    return gaps


def _unsaid(orders: pa.Table | None, name: str) -> int:
    return 0 if orders is None else orders.column(name).null_count


def _plan(
    producer: Party,
    items: Sequence[Item],
    suppliers: Mapping[str, Party],
    shops: Mapping[tuple[str | None, str], Party],
    weight: Mapping[ItemKey, int],
) -> list[Step]:
    """Return the orders: the producer's, the suppliers' and the shops', the largest first.

    The producer's order ends what is made anew, not what suppliers hold; an item is supplied as
    long as one of its suppliers is free, and on sale as long as its shop is.
    """
    of_supplier: dict[str, list[ItemKey]] = defaultdict(list)
    for item in items:
        for key in item.suppliers:
            of_supplier[key].append(item.key)
    free = {item.key: len(item.suppliers) for item in items}
    supplied = on_sale = sum(weight.values())
    first = (producer, producer.region, _ORDERS["producer"], len(items), supplied, on_sale)
    steps = [Step("producer", *first)]
    for key in sorted(suppliers, key=lambda key: (-_sum(weight, of_supplier[key]), key)):
        for concerned in of_supplier[key]:
            free[concerned] -= 1
            supplied -= 0 if free[concerned] else weight[concerned]
        party, count = suppliers[key], len(of_supplier[key])
        steps.append(
            Step("supplier", party, party.region, _ORDERS["supplier"], count, supplied, on_sale)
        )
    by_shop: dict[tuple[str | None, str], list[ItemKey]] = defaultdict(list)
    for item in items:
        by_shop[item.key[:2]].append(item.key)
    stops = {shop: _sum(weight, keys) for shop, keys in by_shop.items()}
    for shop in sorted(by_shop, key=lambda shop: (-stops[shop], str(shop[0]), shop[1])):
        on_sale -= stops[shop]
        party, count = shops[shop], len(by_shop[shop])
        steps.append(Step("shop", party, party.region, _ORDERS["shop"], count, supplied, on_sale))
    return steps


def _sum(weight: Mapping[ItemKey, int], keys: Iterable[ItemKey]) -> int:
    return sum(weight[key] for key in keys)


def _weights(items: Sequence[Item], *, counted: bool) -> dict[ItemKey, int]:
    """Return pieces sold of late, or where there are no orders, one for each item."""
    if not counted:
        return {item.key: 1 for item in items}
    return {item.key: item.flow.recent if item.flow else 0 for item in items}


def read_trace(tables: Mapping[str, pa.Table], wanted: str) -> Trace:
    """Trace the producer of a name or code; see `find_producer` and `trace`."""
    chains = read_chains(tables["supply"])
    return trace(tables, chains, find_producer(chains, wanted))
