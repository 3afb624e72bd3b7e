"""Unsafe children's goods of several shops that come from one producer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.identity.chains import Chains, Party, gtin_numbers, is_gtin, read_chains
from hengjian.identity.names import name_key
from hengjian.identity.operator_links import well_formed_usccs
from hengjian.stats.shares import excess_chance, false_discovery
from hengjian.text.folds import fold
from hengjian.violations.columns import equals, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.suspicion import Figure, Members, Quote, Said, Suspicion, Undecided
from hengjian.violations.vocabulary import word_lists

# The catalogue's measure for goods of one source.
_LEAST_SHOPS = 3
# Goods that fail in one shop only may be false, spoilt there, or that shop's own doing.
_LEAST_FAILING_SHOPS = 2
# So many times the share that fails of others' goods is striking.
_LEAST_LIFT = 3.0
_LARGEST_Q = 0.01
# With fewer inspected shops the share that commonly fails cannot be told and is assumed.
_LEAST_LOOKED, _BASE_OF_FEW, _LEAST_BASE = 20, 0.05, 0.02
# Shorter tokens stand in a text by chance.
_LEAST_TOKEN = 4
_LEAST_NAME = 6
# What an inspection finds of the goods themselves, not of how a shop is run.
_OF_GOODS = (
    *(
        "标签",
        "标识",
        "合格证",
        "检验合格",
        "厂名",
        "厂址",
        "警示",
        "小零件",
        "增塑剂",
        "邻苯",
        "重金属",
    ),
    *(
        "甲醛",
        "绳带",
        "可迁移元素",
        "3C",
        "3c",
        "认证",
        "机械",
        "物理性能",
        "燃烧",
        "阻燃",
        "电性能",
    ),
    *("磁通量", "磁体", "锐利", "抽检", "抽样", "质量", "安全性能", "偏离", "稳定性", "约束系统"),
)
_REVOKED = "撤销"
_NOTE, _ITEM, _CHECKLIST = "note", "item", "checklist"
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


Shop = tuple[str | None, str]
"""Platform (None: unknown) and shop."""


class _Found(NamedTuple):
    """An inspection or a revoked certificate, and the goods it is about.

    Attributes:
        kind: `inspection` or `register_entry`.
        place: Of its row.
        shop: Where the goods were looked at; None: at the producer's, or all over.
        rows: Places of the supply records of those goods.
        word: What of its text names the goods; empty: its code names the producer.
        fails: Whether the goods failed.
    """

    kind: str
    place: int
    shop: Shop | None
    rows: frozenset[int]
    word: str
    fails: bool = True


@dataclass
class _Goods:
    """Supply records with what is needed to look goods up.

    Attributes:
        table: The records.
        chains: Their producers.
        shops: Platform and shop of each.
        gtins: Number of the bar code of each; -1: unknown.
        of_shop: Places by shop id, of the shops that an inspection names.
        listings: Words of a page, by platform and item.
    """

    table: pa.Table
    chains: Chains
    shops: list[Shop]
    gtins: np.ndarray[Any, np.dtype[np.int64]]
    of_shop: Mapping[str, Sequence[int]] = field(default_factory=dict)
    listings: Mapping[tuple[str, str], str] = field(default_factory=dict)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the producers of unsafe children's goods that several shops sell.

    Unsafe are goods that an inspection found failing in what they are (label, small parts,
    chemicals, certificate …), where its text names their item, bar code, batch or producer, or its
    code is the producer's; the last inspection of one thing counts. So are goods whose page shows
    a certificate that the register says was revoked and that is the producer's.

    A producer is told whose goods failed at its own place, or whose certificate was revoked, or
    whose goods failed in two shops or more and in far more of the shops inspected than those of
    other producers do (upper tail of the binomial distribution, false discovery rate at most 1 %
    over all producers); and only if three shops or more sell those goods: what bears the same bar
    code, or none, like the failing ones. A large producer's goods fail here and there by chance.

    Supply records that do not say who made the goods are left out and told.
    """
    supply = tables["supply"]
    goods = _goods(tables)
    unknown = int((goods.chains.producers.number < 0).sum())
    if unknown:
        yield Undecided("supply.producer", unknown)
    if not {"inspection", "register_entry"} & tables.keys():
        yield Undecided("inspection.result", supply.num_rows - unknown)
        return
    found_of: dict[int, list[_Found]] = defaultdict(list)
    for found in (*_inspected(tables, goods), *_revoked(tables, goods)):
        numbers = goods.chains.producers.number
        for producer in sorted({int(numbers[row]) for row in found.rows} - {-1}):
            its = frozenset(row for row in found.rows if numbers[row] == producer)
            found_of[producer].append(found._replace(rows=its))
    chances = _chances(goods, found_of)
    for producer, found_of_it in sorted(found_of.items()):
        failing = [found for found in found_of_it if found.fails]
        yield from _producer(tables, goods, producer, failing, chances.get(producer))


def _chances(goods: _Goods, found_of: Mapping[int, Sequence[_Found]]) -> dict[int, float]:
    """Return the q value of each producer whose goods failed in strikingly many shops."""
    producers = sorted(found_of)
    looked, failed = np.zeros((2, len(producers)), dtype=np.int64)
    for place, producer in enumerate(producers):
        shops = {found.shop for found in found_of[producer]} - {None}
        bad = {found.shop for found in found_of[producer] if found.fails} - {None}
        looked[place], failed[place] = len(shops), len(bad)
    tested = looked >= _LEAST_FAILING_SHOPS
    if not tested.any():
        return {}
    if looked.sum() >= _LEAST_LOOKED and failed.sum() == looked.sum():
        # Only failures were recorded: they are held against how much of all goods is whose.
        makers = goods.chains.producers.number
        base = np.bincount(makers[makers >= 0])[producers] / max(1, int((makers >= 0).sum()))
        looked = np.full(len(producers), failed.sum())
    else:
        others, bad = looked.sum() - looked, failed.sum() - failed
        enough = others >= _LEAST_LOOKED
        base = np.where(enough, bad / np.maximum(others, 1), _BASE_OF_FEW)
        base = np.maximum(base, _LEAST_BASE)
    q = np.ones(len(producers))
    q[tested] = false_discovery(excess_chance(failed[tested], looked[tested], base[tested]))
    striking = (q <= _LARGEST_Q) & (failed >= _LEAST_FAILING_SHOPS)
    striking &= failed >= _LEAST_LIFT * base * looked
    return {producers[place]: float(q[place]) for place in np.flatnonzero(striking)}


def _goods(tables: Tables) -> _Goods:
    supply = tables["supply"]
    shops = list(zip(_texts(supply, "platform"), _texts(supply, "shop_id"), strict=True))
    goods = _Goods(
        supply,
        read_chains(supply),
        [(platform, str(shop)) for platform, shop in shops],
        gtin_numbers(_texts(supply, "gtin")),
    )
    if "inspection" in tables:
        inspected = tables["inspection"].column("shop_id")
        named: Any = pc.is_in(supply.column("shop_id"), inspected.drop_null().combine_chunks())
        of_shop: dict[str, list[int]] = defaultdict(list)
        for place in np.flatnonzero(np.asarray(named)).tolist():
            of_shop[goods.shops[place][1]].append(place)
        goods.of_shop = of_shop
    goods.listings = _pages(tables.get("listing"), supply)
    return goods


def _pages(listings: pa.Table | None, supply: pa.Table) -> dict[tuple[str, str], str]:
    """Return the words of the pages of supplied items, by platform and item."""
    if listings is None:
        return {}
    supplied: Any = pc.is_in(
        listings.column("item_id"), supply.column("item_id").unique().drop_null()
    )
    chosen = listings.filter(supplied)
    names = ("platform", "item_id", "title", "category", "attributes")
    pages: dict[tuple[str, str], str] = {}
    for platform, item, title, category, attributes in zip(
        *(chosen.column(name).to_pylist() for name in names), strict=True
    ):
        shown = " ".join(f"{name}：{value}" for name, value in attributes or ())
        words = f"{title} {category or ''} {shown}"
        pages[platform, item] = f"{pages.get((platform, item), '')} {words}"
    return pages


def _inspected(tables: Tables, goods: _Goods) -> Iterator[_Found]:
    """Yield the last inspection of each thing about children's goods that can be told."""
    inspections = tables.get("inspection")
    if inspections is None:
        return
    about: Any = pc.match_substring_regex(
        inspections.column("item").combine_chunks(), "|".join(_OF_GOODS)
    )
    chosen = np.flatnonzero(np.asarray(about))
    last: dict[tuple[Any, ...], tuple[float, _Found]] = {}
    inspected = seconds(inspections, "inspected_at")
    failed = equals(inspections, "result", "fail")
    codes = well_formed_usccs(_texts(inspections, "uscc"))
    makers = {p.uscc: n for n, p in enumerate(goods.chains.producers.of) if p.uscc is not None}
    for place, row in zip(chosen.tolist(), inspections.take(chosen).to_pylist(), strict=True):
        found = _named(row, place, goods)
        if found is None:
            found = _made(row, place, goods, makers.get(str(codes[place])))
        if found is None:
            continue
        found = found._replace(fails=bool(failed[place]))
        key = (found.shop, row["item"], found.rows)
        before = last.get(key, (-1.0, found))
        # Of two of one moment the better one counts.
        if (inspected[place], not found.fails) >= (before[0], not before[1].fails):
            last[key] = (inspected[place], found)
    for _, found in last.values():
        yield found


def _named(row: Mapping[str, Any], place: int, goods: _Goods) -> _Found | None:
    """Return an inspection at a shop with the shop's goods that its text names."""
    shop, platform = row["shop_id"], row["platform"]
    text = " ".join(filter(None, (row[_NOTE], row[_ITEM], row[_CHECKLIST])))
    if shop not in goods.of_shop:
        return None
    tokens = {token for token in _TOKEN.findall(text) if len(token) >= _LEAST_TOKEN}
    rows: dict[int, str] = {}
    for its in goods.of_shop[shop]:
        its_platform = goods.shops[its][0]
        if None not in (platform, its_platform) and platform != its_platform:
            continue
        word = _word(goods, its, tokens, text)
        if word and _for_children(text, goods, its):
            rows[its] = word
    if not rows:
        return None
    first = min(rows)
    where = (platform or goods.shops[first][0], shop)
    return _Found("inspection", place, where, frozenset(rows), rows[first])


def _word(goods: _Goods, place: int, tokens: set[str], text: str) -> str:
    """Return the word of a text that names the goods of a supply record; empty: none."""
    for name in ("item_id", "gtin", "batch"):
        value = goods.table.column(name)[place].as_py()
        if value is not None and value in tokens:
            return str(value)
    maker = goods.table.column("producer")[place].as_py()
    return maker if maker and len(maker) >= _LEAST_NAME and maker in text else ""


def _made(row: Mapping[str, Any], place: int, goods: _Goods, producer: int | None) -> _Found | None:
    """Return an inspection at a producer's, with its goods: those of the bar codes it names."""
    if producer is None:
        return None
    text = " ".join(filter(None, (row[_NOTE], row[_ITEM], row[_CHECKLIST])))
    rows = np.flatnonzero(goods.chains.producers.number == producer).tolist()
    named = {token for token in _TOKEN.findall(text) if is_gtin(token)}
    if named:
        rows = [its for its in rows if goods.table.column("gtin")[its].as_py() in named]
    rows = [its for its in rows if _for_children(text, goods, its)]
    return _Found("inspection", place, None, frozenset(rows), "") if rows else None


def _for_children(text: str, goods: _Goods, place: int) -> bool:
    """Tell whether goods are for children, by the inspection's words or those of their page."""
    page = goods.listings.get((str(goods.shops[place][0]), str(_item(goods, place))), "")
    told = text + page
    lists = word_lists()
    return any(word in told for word in (*lists["三C儿童用品"], *lists["玩具"], *lists["儿童用品"]))


def _item(goods: _Goods, place: int) -> Any:
    return goods.table.column("item_id")[place].as_py()


def _revoked(tables: Tables, goods: _Goods) -> Iterator[_Found]:
    """Yield revoked certificates of producers whose number the pages of their goods show."""
    entries = tables.get("register_entry")
    if entries is None or not goods.listings:
        return
    withdrawn: Any = pc.match_substring(entries.column("status").combine_chunks(), _REVOKED)
    chosen = np.flatnonzero(np.asarray(withdrawn.fill_null(False)))
    chosen = chosen[equals(entries, "register", "ccc")[chosen]]
    numbers = _texts(entries, "number")
    holders = _texts(entries, "holder")
    places = {str(numbers[place]): place for place in chosen.tolist() if holders[place]}
    rows: dict[int, set[int]] = defaultdict(set)
    of_item: dict[tuple[str, str], list[int]] = defaultdict(list)
    for its, (platform, _) in enumerate(goods.shops):
        of_item[str(platform), str(_item(goods, its))].append(its)
    for key, page in goods.listings.items():
        for token in places.keys() & set(_TOKEN.findall(fold(page))):
            place = places[token]
            rows[place].update(
                its for its in of_item.get(key, ()) if _is_made_by(goods, its, holders[place])
            )
    for place, found in sorted(rows.items()):
        yield _Found("register_entry", place, None, frozenset(found), str(numbers[place]))


def _is_made_by(goods: _Goods, place: int, holder: str | None) -> bool:
    """Tell whether a supply record is of children's goods of the holder of a certificate."""
    maker = goods.chains.producers.number[place]
    if maker < 0 or holder is None or not _for_children("", goods, place):
        return False
    return name_key(holder) in map(name_key, goods.chains.producers.of[maker].names)


def _producer(
    tables: Tables, goods: _Goods, producer: int, failing: list[_Found], q: float | None
) -> Iterator[Suspicion]:
    if q is None and None not in {found.shop for found in failing}:
        return
    failed = sorted({row for found in failing for row in found.rows})
    like = np.isin(goods.gtins, goods.gtins[failed]) & (goods.chains.producers.number == producer)
    rows = np.flatnonzero(like).tolist()
    selling = sorted({goods.shops[row] for row in rows}, key=lambda s: (str(s[0]), s[1]))
    if len(selling) >= _LEAST_SHOPS:
        party = goods.chains.producers.of[producer]
        yield _suspicion(tables, goods, party, (failing, failed, rows, selling), q)


def _suspicion(
    tables: Tables,
    goods: _Goods,
    party: Party,
    seen_in: tuple[list[_Found], list[int], list[int], list[Shop]],
    q: float | None,
) -> Suspicion:
    """Return what is said of a producer.

    Args:
        tables: All records.
        goods: The supply records.
        party: The producer.
        seen_in: What failed, the places of the supply records of that, those of all goods like
            it, and the shops that sell those.
        q: Chance of so many failing shops, corrected; None: other evidence speaks.
    """
    failing, failed, rows, selling = seen_in
    rests_on = {
        kind: sorted({found.place for found in failing if found.kind == kind})
        for kind in ("inspection", "register_entry")
    }
    rests_on = {kind: places for kind, places in rests_on.items() if places}
    others = [row for row in rows if row not in set(failed)]
    inspected = rests_on.get("inspection", [])
    times = sorted(seconds(tables["inspection"], "inspected_at", inspected)) if inspected else []
    suppliers = {int(goods.chains.suppliers.number[row]) for row in rows} - {-1}
    items = sorted({str(_item(goods, row)) for row in rows})
    at_shops = len({found.shop for found in failing} - {None})
    certificates = len(rests_on.get("register_entry", ()))
    seen = "、".join(
        text
        for count, text in (
            (at_shops, f"{at_shops} 家店铺的同源儿童用品检查不合格"),
            (any(f.shop is None and f.kind == "inspection" for f in failing), "生产者处检查不合格"),
            (certificates, f"{certificates} 张3C证书已被撤销"),
        )
        if count
    )
    platforms = {platform for platform, _ in selling}
    return Suspicion(
        subject_kind="producer",
        subject_id=party.uscc or party.name,
        rests_on={**rests_on, "supply": [*failed, *others]},
        figures=[
            Figure("销售同源商品的店铺", len(selling), "家", _LEAST_SHOPS),
            Figure("检查不合格的店铺", at_shops, "家", _LEAST_FAILING_SHOPS),
            Figure("同源商品", len(items), "款"),
            Figure("供货者", len(suppliers), "个"),
        ],
        explanation=(
            f"{seen}，供货记录都指向生产者“{party.name}”，其商品在 {len(selling)} 家店铺销售"
            f"（{len(items)} 款，{len(suppliers)} 个供货者），可能从生产源头就不合格，"
            f"请发函{party.region and f'其所在地（{party.region}）'}市场监管部门核实是否为其生产"
            "（厂名可能被冒用）、批次和同类商品的检验情况。"
        ),
        score=0.75 if None in {found.shop for found in failing} else 0.65,
        conduct_from=moment(times[0]) if times else None,
        conduct_until=moment(times[-1]) if times else None,
        conduct_known="stated" if times else "unknown",
        platform=platforms.pop() if len(platforms) == 1 else None,
        operator_id=party.uscc,
        quotes=_quotes(tables, rests_on, failing),
        members=Members(shops=[shop for _, shop in selling], items=items, p_value=q),
    )


def _quotes(
    tables: Tables, rests_on: Mapping[str, Sequence[int]], failing: Sequence[_Found]
) -> list[Quote]:
    """Return where the first inspection names the goods."""
    if "inspection" not in rests_on:
        return []
    place = rests_on["inspection"][0]
    note = tables["inspection"].column(_NOTE)[place].as_py() or ""
    words = (found.word for found in failing if (found.kind, found.place) == ("inspection", place))
    return [Quote(_NOTE, note.index(word), word) for word in words if word and word in note][:1]


def _texts(table: pa.Table, name: str) -> list[str | None]:
    found: list[Any] = table.column(name).to_pylist()
    return found
