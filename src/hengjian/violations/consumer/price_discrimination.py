"""大数据杀熟: an item for which accounts of one kind are asked more than accounts of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.stats.price_audit import (
    LARGEST_Q,
    LEAST_EFFECT,
    Comparison,
    Observations,
    compare,
    differences,
    differs,
    false_discoveries,
    is_same,
    joined,
    select,
    time_blocks,
    twins_limit,
    twins_of,
    twins_share,
)
from hengjian.violations.columns import (
    Bools,
    Floats,
    Groups,
    Ints,
    equals,
    floats,
    grouped,
    known,
    moment,
    seconds,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import row_of
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided, Verdict

# Prices drift within the hour: only what was seen within a minute is held against each other.
_BLOCK_SECONDS = 60.0
# The last few pieces may cost more; how many are left beyond that says nothing.
_FEW_LEFT = 10
# Of two and two accounts, chance alone puts the favoured ones together every third time.
_MANY_ACCOUNTS = 8
_ITEM = ["platform", "item_id"]


class _Audit(NamedTuple):
    """All that was observed, and what the numbers in it stand for.

    Attributes:
        rows: Place of each observation in the table as it was given.
        seen: By price without the discounts that were disclosed.
        asked: By price to pay.
        listed: Logarithm of the list price; not-a-number: unknown.
        second: When.
    """

    rows: Ints
    seen: Observations
    asked: Observations
    listed: Floats
    second: Floats
    items: Groups
    personas: Groups
    accounts: Groups


class _TwinsBeside(NamedTuple):
    """How far accounts of the same persona differ, beside each pair of personas.

    Attributes:
        limit: 95th percentile on the platform, or the widest of either persona on the item if that
            is more; infinity: one of them has no twins.
        platform: Number of the platform of each pair.
        differences: Between twins, by platform.
    """

    limit: Floats
    platform: Ints
    differences: list[Floats]


class _Pairs(NamedTuple):
    """Every item and pair of personas that saw it in the same block.

    Attributes:
        first: Number of the one persona, whose price beside the other's is the effect.
        second: Number of the other.
        compared: By price without disclosed discounts.
        asked: The effect on the price to pay.
        listed: The effect on the list price; not-a-number: unknown.
        q: False discovery rate; not-a-number: too few blocks.
        twins: How far accounts of one persona differ.
    """

    first: Ints
    second: Ints
    compared: Comparison
    asked: Floats
    listed: Floats
    q: Floats
    twins: _TwinsBeside


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield a verdict for every item and pair of personas, and the items that cost one kind more.

    Held against each other is what was seen of the same item, variant and place, with like stock,
    within a minute; disclosed discounts are added to what was payable first, undisclosed ones are
    not. See `hengjian.stats.price_audit` for the test. An item is suspected where q is below 5 %,
    the whole 95 % interval is beyond 1 %, beyond the 95th percentile of the differences between
    accounts of the same persona on that platform and beyond any between those of the two personas
    on that item, where such accounts could account for at most 5 % of what is suspected, and where
    the same persona pays at least 1 % more even with all discounts.

    Observations without variant, place or discounts are left out and told: an unknown discount may
    be a disclosed one.
    """
    observed = tables["price_observation"]
    usable = np.ones(observed.num_rows, dtype=np.bool_)
    before, discounts_known = _before_disclosed(observed)
    lacking = {
        "sku": ~known(observed, "sku"),
        "location": ~known(observed, "location"),
        "discounts": ~discounts_known,
    }
    for name, where in lacking.items():
        if (usable & where).any():
            yield Undecided(f"price_observation.{name}", int((usable & where).sum()))
        usable &= ~where
    usable &= ~equals(observed, "stock", 0) & (floats(observed, "payable_price") > 0)
    audit = _audit(observed, np.flatnonzero(usable), before)
    yield from _without_match(audit, pairs := _pairs(audit))
    yield from _judged(tables, audit, pairs)


def _before_disclosed(observed: pa.Table) -> tuple[Floats, Bools]:
    """Return prices with disclosed discounts added, and where it is known which were disclosed."""
    column = observed.column("discounts").combine_chunks()
    row = np.asarray(pc.list_parent_indices(column)).astype(np.int64)
    single = pa.table({"d": pc.list_flatten(column)}).flatten()
    amount = floats(single, "d.amount")
    shown = equals(single, "d.disclosed", True)
    hidden = equals(single, "d.disclosed", False)
    unclear = ~hidden & ~(shown & ~np.isnan(amount)) & (amount != 0)
    count = observed.num_rows
    added = np.bincount(row[shown], np.nan_to_num(amount[shown]), count)
    is_known = known(observed, "discounts") & (np.bincount(row[unclear], minlength=count) == 0)
    return floats(observed, "payable_price") + added, is_known


def _audit(observed: pa.Table, rows: Ints, before: Floats) -> _Audit:
    seen = observed.take(rows)
    stock = floats(seen, "stock")
    stock_class = np.where(np.isnan(stock), -1, stock >= _FEW_LEFT).astype(np.int64)
    seen = seen.append_column("_stock", pa.array(stock_class))
    items = grouped(seen, _ITEM)
    second = seconds(seen, "observed_at")
    price = np.log(floats(seen, "payable_price"))
    listed = floats(seen, "list_price")
    personas = grouped(seen, ["persona"])
    accounts = grouped(seen, ["platform", "account_id"])
    by_block = Observations(
        item=items.number,
        alike=grouped(seen, [*_ITEM, "sku", "location", "_stock"]).number,
        block=time_blocks(items.number, second, _BLOCK_SECONDS),
        session=grouped(seen, ["platform", "run_id", "account_id", "persona"]).number,
        account=accounts.number,
        persona=personas.number,
        price=np.log(before[rows]),
    )
    asked = by_block._replace(price=price)
    listed = np.log(np.where(listed > 0, listed, np.nan))
    return _Audit(rows, by_block, asked, listed, second, items, personas, accounts)


def _pairs(audit: _Audit) -> _Pairs:
    by_item = _personas_of_items(audit)
    couples = sorted(
        {(a, b) for there in set(by_item.values()) for a in there for b in there if a < b}
    )
    tests = sum(len(there) * (len(there) - 1) // 2 for there in by_item.values())
    first, second, parts, asked, listed = [], [], [], [], []
    for one, other in couples:
        compared = compare(audit.seen, one, other, tests)
        parts.append(compared)
        first.append(np.full(len(compared.item), one))
        second.append(np.full(len(compared.item), other))
        asked.append(_effects(audit.asked, compared, one, other))
        told = audit.asked._replace(price=audit.listed).at(~np.isnan(audit.listed))
        listed.append(_effects(told, compared, one, other))
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        empty = Comparison(nothing, nothing, *(np.empty(0),) * 4)
        without = _TwinsBeside(np.empty(0), nothing, [])
        return _Pairs(nothing, nothing, empty, np.empty(0), np.empty(0), np.empty(0), without)
    compared, firsts, seconds_ = joined(parts), np.concatenate(first), np.concatenate(second)
    return _Pairs(
        firsts,
        seconds_,
        compared,
        np.concatenate(asked),
        np.concatenate(listed),
        false_discoveries(compared),
        _twins(audit, compared.item, firsts, seconds_),
    )


def _personas_of_items(audit: _Audit) -> dict[int, tuple[int, ...]]:
    """Return the personas that saw each item."""
    both = np.unique(np.column_stack((audit.seen.item, audit.seen.persona)), axis=0)
    item, start = np.unique(both[:, 0], return_index=True)
    there = np.split(both[:, 1], start[1:])
    return {int(i): tuple(p.tolist()) for i, p in zip(item, there, strict=True) if len(p)}


def _effects(seen: Observations, compared: Comparison, first: int, second: int) -> Floats:
    """Return the effect on other prices of the items that were compared; unknown: not-a-number."""
    item, found = differences(seen, first, second)
    effect = np.full(len(compared.item), np.nan)
    effect[np.searchsorted(compared.item, item)] = found
    return effect


def _twins(audit: _Audit, item: Ints, first: Ints, second: Ints) -> _TwinsBeside:
    names = sorted({platform for platform, _ in audit.items.keys})
    of_item = np.array([names.index(platform) for platform, _ in audit.items.keys], dtype=np.int64)
    widest: dict[tuple[int, int], float] = {}
    differ, limit = [], np.full(len(names), np.inf)
    for number in range(len(names)):
        twins, neighbours = twins_of(audit.seen.at(of_item[audit.seen.item] == number))
        differ.append(neighbours)
        limit[number] = twins_limit(neighbours)
        columns = (twins.item.tolist(), twins.persona.tolist(), twins.widest.tolist())
        widest.update({(here, persona): wide for here, persona, wide in zip(*columns, strict=True)})
    own = [
        max(widest.get((here, one), np.inf), widest.get((here, other), np.inf))
        for here, one, other in zip(item.tolist(), first.tolist(), second.tolist(), strict=True)
    ]
    platform = of_item[item]
    bound: Floats = np.maximum(np.array(own, dtype=np.float64), limit[platform])
    return _TwinsBeside(bound, platform, differ)


def _without_match(audit: _Audit, pairs: _Pairs) -> Iterator[Verdict]:
    """Yield the pairs of personas that saw an item, but never the same at the same time."""
    columns = (pairs.compared.item.tolist(), pairs.first.tolist(), pairs.second.tolist())
    met = set(zip(*columns, strict=True))
    for item, there in _personas_of_items(audit).items():
        for one in there:
            for other in there:
                if one < other and (item, one, other) not in met:
                    yield Verdict(_subject(audit, item, one, other), "insufficient")


def _judged(tables: Tables, audit: _Audit, pairs: _Pairs) -> Iterator[Said]:
    compared = pairs.compared
    unlike = _unlike(pairs)
    alike = is_same(compared)
    for place in range(len(compared.item)):
        effect, low, high = _percent(compared, place)
        yield Verdict(
            _subject(audit, *(int(x[place]) for x in (compared.item, pairs.first, pairs.second))),
            "violation" if unlike[place] else "clean" if alike[place] else "insufficient",
            effect,
            None if np.isinf(low) or np.isinf(high) else (low, high),
            None if np.isnan(pairs.q[place]) else float(pairs.q[place]),
        )
    order = np.lexsort((-np.abs(compared.effect), compared.item))
    struck = order[unlike[order]]
    struck = struck[np.unique(compared.item[struck], return_index=True)[1]]
    by_item = np.argsort(audit.seen.item, kind="stable")
    items, shops = audit.seen.item[by_item], _shops(tables, audit, compared.item[struck])
    for place, shop in zip(struck.tolist(), shops, strict=True):
        begin, end = np.searchsorted(items, compared.item[place] + np.array([0, 1]))
        yield _suspicion(audit, pairs, place, by_item[begin:end], shop)


def _unlike(pairs: _Pairs) -> Bools:
    """Tell which pairs of personas are asked different prices."""
    compared, twins = pairs.compared, pairs.twins
    # Whoever pays less in the end is not wronged by a higher price before discounts.
    pays = np.sign(compared.effect) * pairs.asked >= LEAST_EFFECT
    unlike = differs(compared, pairs.q, twins.limit) & pays
    for number, differences_ in enumerate(twins.differences):
        here = twins.platform == number
        share = twins_share(select(compared, here), unlike[here], differences_)
        unlike[here] &= share <= LARGEST_Q
    return unlike


def _subject(audit: _Audit, item: int, first: int, second: int) -> str:
    one, other = (audit.personas.keys[number][0] for number in (first, second))
    return f"{audit.items.keys[item][1]}:{one}/{other}"


def _percent(compared: Comparison, place: int) -> tuple[float, float, float]:
    """Return the effect and its interval, how many per cent more the first was asked."""
    bounds = (compared.effect[place], compared.low[place], compared.high[place])
    effect, low, high = (float(100 * np.expm1(bound)) for bound in bounds)
    return effect, low, high


def _suspicion(
    audit: _Audit, pairs: _Pairs, place: int, of_item: Ints, shop: str | None
) -> Suspicion:
    """Return what is said of an item.

    Args:
        audit: What was seen.
        pairs: The pairs of personas.
        place: That which is told, in `pairs`.
        of_item: Places of what was seen of the item.
        shop: That of the item, if known.
    """
    compared, seen = pairs.compared, audit.seen
    sign = 1 if compared.effect[place] > 0 else -1
    couple = (int(pairs.first[place]), int(pairs.second[place]))
    dear, cheap = couple if sign > 0 else couple[::-1]
    one, other = audit.personas.keys[dear][0], audit.personas.keys[cheap][0]
    platform, item_id = audit.items.keys[compared.item[place]]
    bounds = sign * compared.effect[place], sign * compared.low[place], sign * compared.high[place]
    effect, low, high = (100 * np.expm1(bound) for bound in (bounds[0], *sorted(bounds[1:])))
    here = of_item[np.isin(seen.persona[of_item], couple)]
    here = here[_in_blocks_of_both(seen.block[here], seen.persona[here])]
    top = np.lexsort((audit.second[here], -seen.price[here], seen.persona[here] != dear))
    order = here[[top[0], *np.setdiff1d(np.argsort(audit.second[here], kind="stable"), top[:1])]]
    limit, blocks = 100 * np.expm1(pairs.twins.limit[place]), int(compared.blocks[place])
    asked = 100 * np.expm1(sign * pairs.asked[place])
    accounts = len(np.unique(seen.account[here]))
    figures = [
        Figure(f"“{one}”账号比“{other}”账号高出（扣除已公示优惠）", round(effect, 2), "%", 0.0),
        Figure("差价的95%置信下限", round(low, 2), "%", 1.0),
        Figure("同类账号之间的差价（95分位或本商品最大）", round(limit, 2), "%"),
        Figure("实付价差", round(asked, 2), "%", 0.0),
        Figure("同一分钟内对照的时段", blocks, "个"),
        Figure("错误发现率 q", float(pairs.q[place]), None, 0.05),
    ]
    if not np.isnan(pairs.listed[place]):
        listed = 100 * np.expm1(sign * pairs.listed[place])
        figures.append(Figure("标价差", round(listed, 2), "%", 0.0))
    return Suspicion(
        subject_kind="listing",
        subject_id=item_id,
        rests_on={"price_observation": audit.rows[order].tolist()},
        figures=figures,
        explanation=(
            f"{blocks} 个时段、{accounts} 个账号，同商品、同规格、同地点对照，"
            f"“{one}”账号的价格比“{other}”账号高 {effect:.1f}%"
            f"（95%置信区间 {low:.1f}%–{high:.1f}%，q={pairs.q[place]:.2g}；"
            f"同类账号之间不超过 {limit:.1f}%），已公示的优惠已扣除，涉嫌在消费者不知情的情况下"
            "对同等交易条件设置不同价格，请核实定价规则、优惠券发放规则和账号标签。"
        ),
        score=0.8 if accounts >= _MANY_ACCOUNTS else 0.6,
        conduct_from=moment(audit.second[here].min()),
        conduct_until=moment(audit.second[here].max()),
        platform=platform,
        conduct_known="captured",
        shop_id=shop,
    )


def _in_blocks_of_both(block: Ints, persona: Ints) -> Bools:
    """Tell which observations stand in a block that both personas saw."""
    both = np.unique(np.column_stack((block, persona)), axis=0)[:, 0]
    shared, count = np.unique(both, return_counts=True)
    return np.isin(block, shared[count > 1])


def _shops(tables: Tables, audit: _Audit, items: Ints) -> list[str | None]:
    """Return the shop of each of some items, where the listings tell one."""
    if "listing" not in tables or not len(items):
        return [None] * len(items)
    wanted = pa.Table.from_pylist(
        [dict(zip(_ITEM, audit.items.keys[item], strict=True)) for item in items.tolist()]
    )
    listings = tables["listing"].select([*_ITEM, "shop_id"]).drop_null()
    place = row_of(listings, _ITEM, wanted, _ITEM)
    named: list[set[str]] = [set() for _ in items]
    listed: list[Any] = listings.column("shop_id").filter(pa.array(place >= 0)).to_pylist()
    for item, shop in zip(place[place >= 0].tolist(), listed, strict=True):
        named[item].add(shop)
    return [each.pop() if len(each) == 1 else None for each in named]
