"""应登记未登记: persons without registration whose yearly turnover is above small trade."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.errors import HengjianError
from hengjian.law.parameter import parameter
from hengjian.violations.columns import (
    Bools,
    Floats,
    Ints,
    equals,
    floats,
    known,
    moment,
    seconds,
    shanghai_days,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import row_of
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided
from hengjian.violations.units import codes, many, pairs

# What a person may sell without registration at any turnover: own farm produce and handicraft.
_EXEMPT = r"农产品|农副|土特产|水果|蔬菜|粮油|禽蛋|蜂蜜|茶叶|山货|手工艺|手作|手工编织|刺绣|剪纸"
_LEAST_EXEMPT = 0.5
_THRESHOLD = "零星小额.年交易额上限"
_SCORE, _SCORE_GOODS_UNKNOWN = 0.65, 0.5


class _Years(NamedTuple):
    """Turnover of each person and calendar year, one entry each.

    Attributes:
        person: The person.
        year: The year in Shanghai.
        rows: Its orders, by time.
        amounts: What was paid for each of them, yuan.
    """

    person: int
    year: int
    rows: Ints
    amounts: Floats


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the persons who trade without registration above the yearly limit of small trade.

    A seller counts as a person if the platform says so and no credit code is known. Shops of one
    name and one contact are added up. Turnover of a calendar year is what was paid for orders that
    were neither undone nor returned; orders without a price add nothing, so it is a lower bound.
    Where at least half of it is farm produce or handicraft nothing is said; which person grew or
    made it cannot be seen. The limit is that of the last day of the year; before there was one
    nothing is said.

    Sellers whose kind is unknown are left out and told.
    """
    operators, orders = tables["operator"], tables["order"]
    unclear = ~known(operators, "kind") & ~known(operators, "uscc")
    if unclear.any():
        yield Undecided("operator.kind", int(unclear.sum()))
    person = _persons(operators)
    shop = row_of(orders, ["platform", "shop_id"], operators, ["platform", "shop_id"])
    seller = np.where(shop >= 0, person[np.maximum(shop, 0)], -1) if len(person) else shop
    paid = floats(orders, "paid_price")
    counts = (seller >= 0) & equals(orders, "status", "paid", "shipped", "received")
    counts &= (paid > 0) & ~_returned(orders, tables.get("return"))
    exempt = _exempt(orders, tables.get("listing"))
    for each in _years(orders, np.where(counts, seller, -1), paid):
        limit = _limit(each.year)
        # Sums of fen that are not exact in binary must not pass the limit by rounding.
        total = round(float(each.amounts.sum()), 2)
        if limit is None or total <= limit:
            continue
        farm = float(each.amounts[exempt[each.rows] == 1].sum())
        if farm < _LEAST_EXEMPT * total:
            own = np.flatnonzero(person == each.person)
            yield _suspicion(
                tables, each, own, limit, known_goods=bool((exempt[each.rows] >= 0).all())
            )


def _persons(operators: pa.Table) -> Ints:
    """Return the person behind each row, -1: it is none or has a credit code.

    Who has no known contact is a person of its own: a name alone is shared by many.
    """
    natural = equals(operators, "kind", "natural_person") & ~known(operators, "uscc")
    shared = codes(operators, "name", "contact_hash")
    shop = codes(operators, "platform", "shop_id")
    alone = shop + shared.max(initial=-1) + 1
    # A shop with any row that has a credit code or another kind is registered.
    registered = np.isin(shop, shop[known(operators, "uscc") | ~natural])
    return np.where(natural & ~registered, np.where(shared >= 0, shared, alone), -1)


def _returned(orders: pa.Table, returns: pa.Table | None) -> Bools:
    if returns is None:
        return np.zeros(orders.num_rows, dtype=np.bool_)
    found = row_of(orders, ["platform", "record_id"], returns, ["platform", "order_id"])
    return found >= 0


def _exempt(orders: pa.Table, listings: pa.Table | None) -> Ints:
    """Return which orders are of farm produce or handicraft: 1 yes, 0 no, -1 unknown."""
    if listings is None:
        return np.full(orders.num_rows, -1)
    page = row_of(orders, ["platform", "item_id"], listings, ["platform", "item_id"])
    farm = np.zeros(listings.num_rows, dtype=np.bool_)
    for name in ("category", "title"):
        matched: Any = pc.match_substring_regex(listings.column(name), _EXEMPT)
        farm |= np.asarray(matched.fill_null(False))
    if not len(farm):
        return page
    return np.where(page >= 0, farm[np.maximum(page, 0)], -1)


def _years(orders: pa.Table, seller: Ints, paid: Floats) -> Iterator[_Years]:
    created = seconds(orders, "created_at")
    days = shanghai_days(created).astype("datetime64[D]")
    year = days.astype("datetime64[Y]").astype(np.int64) + 1970
    group = pairs(seller, year)
    rows = np.flatnonzero(group >= 0)
    rows = rows[np.lexsort((created[rows], group[rows]))]
    for part in np.split(rows, np.flatnonzero(np.diff(group[rows])) + 1):
        if len(part):
            yield _Years(int(seller[part[0]]), int(year[part[0]]), part, paid[part])


def _limit(year: int) -> float | None:
    try:
        return float(parameter(_THRESHOLD, dt.date(year, 12, 31)).value)
    except HengjianError:
        return None


def _suspicion(
    tables: Tables, each: _Years, shops: Ints, limit: float, *, known_goods: bool
) -> Suspicion:
    """Return what is said of a person; the conduct begins with the order that passed the limit."""
    operators, created = tables["operator"], seconds(tables["order"], "created_at", each.rows)
    total, orders = float(each.amounts.sum()), len(each.rows)
    passed = int(np.searchsorted(np.cumsum(each.amounts).round(2), limit, side="right"))
    names, platforms = (many(operators, name, shops) for name in ("shop_id", "platform"))
    together = f"（{len(names)} 家店合计）" if len(names) > 1 else ""
    goods = "" if known_goods else "所售是否为自产农副产品、家庭手工业产品，"
    return Suspicion(
        subject_kind="shop",
        subject_id=names[0],
        rests_on={"operator": shops.tolist(), "order": each.rows.tolist()},
        figures=[
            Figure(f"{each.year}年交易额", round(total, 2), "元", limit),
            Figure("计入的订单", orders, "单"),
            Figure("同一人的店铺", len(names), "家"),
        ],
        explanation=(
            f"平台登记为自然人、没有统一社会信用代码，{each.year} 年 {orders} 单交易额至少 "
            f"{total:,.0f} 元{together}，超过零星小额的上限 {limit:,.0f} 元，涉嫌应登记而未登记，"
            f"请核实是否已在别处登记、{goods}有无刷单和未记录的退款。"
        ),
        score=_SCORE if known_goods else _SCORE_GOODS_UNKNOWN,
        conduct_from=moment(float(created[min(passed, orders - 1)])),
        conduct_until=moment(float(created[-1])),
        platform=platforms[0] if len(platforms) == 1 else None,
        shop_id=names[0] if len(names) == 1 else None,
    )
