"""Sellers of goods that take a licence, who are known to have none of its type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.identity.licences import bare_names, register_of
from hengjian.violations.columns import Bools, Ints, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import (
    Claims,
    Sellers,
    claims_known,
    claims_of,
    licensed,
    sellers_of,
    unclear,
)
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

# Who makes what it sells may need no licence of a trader.
_MAKERS = (
    *("上市许可持有人", "药品上市许可持有人", "注册人", "注册人名称"),
    *("生产厂家", "生产企业", "生产商"),
)
_SHOWN = 50


class Trade(NamedTuple):
    """Goods, and the licence that their sale takes.

    Attributes:
        kind: Its type in the register.
        title: What it is called, in Chinese.
        goods: What the goods are called, in Chinese.
        number: What a number in `attributes` of such goods looks like; None: they have none.
        labels: Where in `attributes` that number stands.
        titles: What titles of such goods hold; None: titles tell nothing.
        other: What titles of goods hold that only look alike.
        permits: What a number of that type must hold to be enough; None: its form is enough.
    """

    kind: str
    title: str
    goods: str
    number: str | None
    labels: Sequence[str]
    titles: str | None
    other: str
    permits: str | None = None


def unlicensed(tables: Tables, trade: Trade) -> Iterator[Said]:
    """Yield the shops that offer such goods and are known to have no licence of the type.

    Known means: the list of their licences was read, and each number in it is of another type. Who
    shows a number of no known form, holds one in the register (by code or name), or makes the goods
    itself is no suspicion. Shops whose licences are unknown are left out and told.
    """
    sellers = sellers_of(tables["operator"])
    offers = _offers(tables["listing"], sellers, trade)
    offered = np.zeros(sellers.size, dtype=np.bool_)
    offered[offers.seller] = True
    told = claims_known(tables, sellers)
    if (offered & ~told).any():
        yield Undecided("operator.licence_nos", int((offered & ~told).sum()))
    claims = claims_of(tables, sellers)
    suspected = offered & told & ~unclear(claims, sellers.size) & ~_allowed(claims, sellers, trade)
    if "licence" in tables:
        register = register_of(tables["licence"], trade.kind)
        suspected &= ~licensed(register, sellers, claims)
    for seller in np.flatnonzero(suspected):
        begin, end = np.searchsorted(offers.seller, [seller, seller + 1])
        yield _suspicion(tables, sellers, int(seller), offers.row[begin:end], claims, trade)


class _Offers(NamedTuple):
    """Listings of such goods, by seller."""

    seller: Ints
    row: Ints


def offering(tables: Tables, sellers: Sellers, trade: Trade) -> Bools:
    """Return which sellers offer such goods, made by others."""
    found = np.zeros(sellers.size, dtype=np.bool_)
    found[_offers(tables["listing"], sellers, trade).seller] = True
    return found


def _offers(listings: pa.Table, sellers: Sellers, trade: Trade) -> _Offers:
    seller = sellers.of(listings)
    title = listings.column("title").combine_chunks()
    found = np.zeros(listings.num_rows, dtype=np.bool_)
    if trade.titles is not None:
        found |= _matches(title, trade.titles)
    for label in trade.labels if trade.number is not None else ():
        found |= _matches(_attribute(listings, label), str(trade.number))
    found &= ~_matches(title, trade.other) & (seller >= 0)
    for label in _MAKERS:
        maker = bare_names(_attribute(listings, label))
        own = pc.equal(maker, sellers.name.take(np.maximum(seller, 0)))
        found &= ~np.asarray(own.fill_null(False))
    row = np.flatnonzero(found)
    order = np.lexsort((row, seller[row]))
    return _Offers(seller[row][order], row[order])


def _attribute(listings: pa.Table, label: str) -> pa.Array[Any]:
    maps: Any = listings.column("attributes").combine_chunks()
    found: pa.Array[Any] = pc.map_lookup(maps, pa.scalar(label), "first")
    return found


def _matches(values: pa.Array[Any], form: str) -> Bools:
    found: Bools = np.asarray(pc.match_substring_regex(values, form).fill_null(False))
    return found


def _allowed(claims: Claims, sellers: Sellers, trade: Trade) -> Bools:
    enough = np.equal(claims.type, trade.kind)
    if trade.permits is not None:
        enough &= _matches(claims.number, trade.permits)
    found = np.zeros(sellers.size, dtype=np.bool_)
    found[claims.seller[enough]] = True
    return found


def _suspicion(
    tables: Tables, sellers: Sellers, seller: int, rows: Ints, claims: Claims, trade: Trade
) -> Suspicion:
    listings, operators = tables["listing"], tables["operator"]
    platform, shop = sellers.id_of(seller)
    place = int(sellers.place[seller])
    captured = seconds(listings, "captured_at")[rows]
    dated = captured[~np.isnan(captured)]
    begin, end = np.searchsorted(claims.seller, [seller, seller + 1])
    has = "、".join(map(str, claims.written.slice(int(begin), int(end - begin)).to_pylist()))
    title = listings.column("title")[int(rows[0])].as_py()
    name = operators.column("name")[place].as_py()
    return Suspicion(
        subject_kind="shop",
        subject_id=shop,
        rests_on={"listing": rows[:_SHOWN].tolist(), "operator": [place]},
        figures=[
            Figure(f"在售的{trade.goods}", len(rows), "件", 0.0),
            Figure(f"登记或者公示的{trade.title}", 0, "个"),
        ],
        explanation=(
            f"{name}在售{trade.goods} {len(rows)} 件（如“{title}”），平台登记和公示的许可证"
            f"{f'只有{has}' if has else '为空'}，没有{trade.title}，涉嫌无证经营{trade.goods}，"
            "请按名称和统一社会信用代码核查许可，并查明实际发货主体。"
        ),
        score=0.75,
        conduct_from=moment(float(dated.min())) if len(dated) else None,
        conduct_until=moment(float(dated.max())) if len(dated) else None,
        conduct_known="captured" if len(dated) else "unknown",
        platform=platform,
        shop_id=shop,
        operator_id=sellers.uscc[seller].as_py(),
        quotes=[Quote("title", 0, title)],
    )
