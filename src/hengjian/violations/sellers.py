"""Who sells on platforms, which licence numbers they claim, and when they traded."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hengjian.identity.licences import (
    UNKNOWN,
    Register,
    bare_names,
    codes_of,
    normal_numbers,
    regions_of,
    types_of,
)
from hengjian.identity.names import compare_names
from hengjian.violations.columns import Bools, Floats, Ints, equals, known, seconds, shanghai_days
from hengjian.violations.detector import Tables
from hengjian.violations.matching import joined_key, key_parts

Texts = NDArray[np.object_]

# Where a seller says which licences it has.
_CLAIMED = {"operator": "licence_nos", "shop_page": "licences_shown"}
_DEALT = {"order": "created_at", "delivery": "delivered_at", "shop_page": "captured_at"}
# Licences are published within twenty working days: what a shop opened later shows may be new.
_PUBLISHED_WITHIN = 30
_SOLD = ("paid", "shipped", "received")


class Sellers(NamedTuple):
    """Shops, one entry each: the row of `operator` that was verified last.

    Attributes:
        place: The row.
        key: Platform and shop id.
        name: Bare name.
        uscc: Unified social credit code; null: unknown.
    """

    place: Ints
    key: pa.Array[Any]
    name: pa.Array[Any]
    uscc: pa.Array[Any]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.place)

    def id_of(self, seller: int) -> tuple[str, str]:
        """Return the platform and shop id of a seller."""
        platform, shop = key_parts(str(self.key[seller].as_py()))
        return platform, shop

    def of(self, table: pa.Table) -> Ints:
        """Return which seller each row of a table speaks of; -1: none that is known."""
        found: Any = pc.index_in(shop_keys(table), self.key).fill_null(-1)
        return np.asarray(found).astype(np.int64)


class Claims(NamedTuple):
    """Licence numbers that sellers claim, one entry for each number of each.

    Attributes:
        seller: Which seller.
        kind: Where it says so: operator or shop_page.
        row: In the table of that kind.
        written: As it stands there.
        number: Its normal form.
        type: The type that its form tells.
    """

    seller: Ints
    kind: Texts
    row: Ints
    written: pa.Array[Any]
    number: pa.Array[Any]
    type: Texts

    def only(self, chosen: Bools) -> Claims:
        """Return some of the claims."""
        mask = pa.array(chosen)
        return Claims(
            self.seller[chosen],
            self.kind[chosen],
            self.row[chosen],
            self.written.filter(mask),
            self.number.filter(mask),
            self.type[chosen],
        )


class Dealings(NamedTuple):
    """Sales, deliveries and captured pages of sellers, by time.

    Attributes:
        seller: Which seller.
        second: When, since 1970; never unknown.
        kind: order, delivery or shop_page.
        row: In the table of that kind.
    """

    seller: Ints
    second: Floats
    kind: Texts
    row: Ints

    def of(self, seller: int) -> slice:
        """Return where the dealings of a seller stand."""
        begin, end = np.searchsorted(self.seller, [seller, seller + 1])
        return slice(int(begin), int(end))

    def last_day(self, sellers: int) -> Floats:
        """Return the last day of each seller in Shanghai; minus infinite: none is known."""
        last = np.full(sellers, -np.inf)
        np.maximum.at(last, self.seller, shanghai_days(self.second))
        return last


def shop_keys(table: pa.Table) -> pa.Array[Any]:
    """Return platform and shop id of each row as one text; null where one is unknown."""
    return joined_key(table, ("platform", "shop_id"))


def sellers_of(operators: pa.Table) -> Sellers:
    """Return the shops of `operator`, each once."""
    keys = shop_keys(operators)
    code = np.asarray(keys.dictionary_encode().indices)
    verified = np.nan_to_num(seconds(operators, "verified_at"), nan=-1.0)
    order = np.lexsort((verified, code))
    ends = np.append(np.diff(code[order]) != 0, [True] if len(order) else []).astype(bool)
    place = np.sort(order[ends])
    chosen = pa.array(place)
    return Sellers(
        place,
        keys.take(chosen),
        bare_names(operators.column("name")).take(chosen),
        codes_of(operators, "uscc").take(chosen),
    )


def claims_of(tables: Tables, sellers: Sellers) -> Claims:
    """Return the licence numbers that sellers claim, in `operator` and on their pages."""
    parts = [
        _claimed(tables[kind], kind, name, sellers)
        for kind, name in _CLAIMED.items()
        if kind in tables
    ]
    written = pa.concat_arrays([part[3] for part in parts])
    number = normal_numbers(written)
    seller, kinds, row = (
        np.concatenate([part[position] for part in parts]) for position in range(3)
    )
    code = np.asarray(number.dictionary_encode().indices.fill_null(-1))
    pair = seller * (len(code) + 1) + code
    _, first = np.unique(pair, return_index=True)
    chosen = np.zeros(len(pair), dtype=np.bool_)
    chosen[first] = True
    chosen &= (seller >= 0) & (code >= 0)
    return Claims(seller, kinds, row, written, number, types_of(number)).only(chosen)


def _claimed(
    table: pa.Table, kind: str, name: str, sellers: Sellers
) -> tuple[Ints, Texts, Ints, pa.Array[Any]]:
    lists: Any = table.column(name).combine_chunks()
    row = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    seller = sellers.of(table)
    if kind == "operator":
        current = np.zeros(table.num_rows, dtype=np.bool_)
        current[sellers.place] = True
        seller = np.where(current, seller, -1)
    written: Any = pc.list_flatten(lists)
    return seller[row], np.full(len(row), kind, dtype=object), row, written.cast(pa.string())


def claims_known(tables: Tables, sellers: Sellers) -> Bools:
    """Return of which sellers it is known which licence numbers they have or show."""
    found = known(tables["operator"], "licence_nos")[sellers.place]
    if "shop_page" in tables:
        seller = sellers.of(tables["shop_page"])
        told = known(tables["shop_page"], "licences_shown") & (seller >= 0)
        found[seller[told]] = True
    return found


def dealings_of(tables: Tables, sellers: Sellers) -> Dealings:
    """Return when sellers traded or showed their page; orders that came to nothing do not count."""
    parts = []
    kinds = np.array(sorted(_DEALT.keys() & tables.keys()), dtype=object)
    for number, kind in enumerate(kinds):
        table, name = tables[kind], _DEALT[kind]
        seller, second = sellers.of(table), seconds(table, name)
        counted = (seller >= 0) & ~np.isnan(second)
        if kind == "order":
            counted &= equals(table, "status", *_SOLD)
        row = np.flatnonzero(counted)
        parts.append((seller[row], second[row], np.full(len(row), number), row))
    empty = (np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
    seller, second, of_kind, row = (
        np.concatenate(values) for values in zip(empty, *parts, strict=True)
    )
    order = np.lexsort((row, of_kind, second, seller))
    return Dealings(seller[order], second[order], kinds[of_kind[order]], row[order])


def held_until(register: Register, sellers: Sellers, claims: Claims) -> Floats:
    """Return the last day of the longest licence that each seller holds; see `latest_of`."""
    return register.latest_of(
        sellers.uscc, sellers.name, regions_claimed(register, sellers, claims)
    )


def regions_claimed(register: Register, sellers: Sellers, claims: Claims) -> pa.Array[Any]:
    """Return the region of a number that each seller claims; null: it claims none of the type."""
    of_type = claims.only(np.equal(claims.type, register.kind))
    seller, first = np.unique(of_type.seller, return_index=True)
    place = np.full(sellers.size, -1)
    place[seller] = first
    claimed: Any = pa.array(np.where(place < 0, 0, place), mask=place < 0)
    found: pa.Array[Any] = regions_of(of_type.number, register.kind).take(claimed)
    return found


def licensed(register: Register, sellers: Sellers, claims: Claims) -> Bools:
    """Return which sellers hold a licence of a register, by number, code or name."""
    held = held_until(register, sellers, claims) > -np.inf
    held[claims.seller[register.find(claims.number) >= 0]] = True
    return held


def absent(tables: Tables, register: Register, sellers: Sellers, claims: Claims) -> Bools:
    """Return which claimed numbers a register would know if they had been issued, and does not.

    Not so where it may be an extract or older than the shop, where the operator holds a licence of
    that type under another number, and where the number is a misprint of one of its own.
    """
    opened = shanghai_days(seconds(tables["operator"], "opened_at"))[sellers.place]
    missing = (register.find(claims.number) < 0) & register.covers(claims.seller, claims.number)
    missing &= ~licensed(register, sellers, claims)[claims.seller]
    missing &= ~(opened[claims.seller] >= register.newest - _PUBLISHED_WITHIN)
    for place in np.flatnonzero(missing):
        missing[place] = not misprinted(tables, register, sellers, claims, int(place))
    return missing


def misprinted(
    tables: Tables, register: Register, sellers: Sellers, claims: Claims, claim: int
) -> bool:
    """Tell whether a number may be a slip of the pen for one of the seller's own."""
    number = claims.number[claim].as_py()
    region = regions_of(claims.number.slice(claim, 1), register.kind)[0].as_py()
    seller = int(claims.seller[claim])
    name = tables["operator"].column("name")[int(sellers.place[seller])].as_py()
    code = sellers.uscc[seller].as_py()
    holders = tables["licence"].column("holder")
    return any(
        one_operator(name, holders[int(register.place[near])].as_py())
        or (code is not None and code == register.uscc[int(near)].as_py())
        for near in register.misprints(number, region)
        if register.number[int(near)].as_py() != number
    )


def one_operator(ours: str, theirs: str) -> bool:
    """Tell whether two names may be one operator's: alike, shortened, or of its branches."""
    return compare_names(ours, theirs).verdict != "different"


def unclear(claims: Claims, sellers: int) -> Bools:
    """Return which sellers claim a number whose form tells no type: it may be of any."""
    found = np.zeros(sellers, dtype=np.bool_)
    found[claims.seller[claims.type == UNKNOWN]] = True
    return found


def newest_time(tables: Tables) -> float:
    """Return the newest time in any table, as seconds since 1970: the day of the extract.

    Not-a-number: no time is known.
    """
    newest = [
        np.nanmax(moments)
        for table in tables.values()
        for field in table.schema
        if pa.types.is_timestamp(field.type)
        and not np.isnan(moments := seconds(table, field.name)).all()
    ]
    return float(max(newest)) if newest else float("nan")


def chinese_day(day: float) -> str:
    """Return days since 1970-01-01 as 2026年5月6日."""
    date = dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
    return f"{date.year}年{date.month}月{date.day}日"
