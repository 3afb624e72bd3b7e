"""Operators across platforms: which shops are run by one and the same, and why.

Rows are joined by what they share, the strongest first: the unified social credit code, a licence,
a contact, an address, a full company name. A join never puts two codes, two companies of nearly the
same name, or a pair that somebody refused into one operator; whatever is held back is told.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from hengjian.identity.names import compare_names, name_key
from hengjian.identity.operator_links import (
    Held,
    HeldKind,
    Ints,
    Link,
    LinkKind,
    Rows,
    address_links,
    contact_links,
    licence_links,
    name_links,
    name_numbers,
    numbered,
    shop_links,
    uscc_links,
    well_formed_usccs,
)
from hengjian.text.folds import fold

Shop = tuple[str, str]
"""Platform and shop."""

COLUMNS = {
    "operator": [
        *("platform", "shop_id", "name", "uscc", "registered_address", "business_address"),
        *("contact_hash", "licence_nos"),
    ],
    "licence": ["licence_no", "holder", "uscc"],
    "shop_page": ["platform", "shop_id", "licences_shown"],
}
_SORTED_BY = COLUMNS["operator"][:7]
_REASONS: dict[LinkKind, str] = {
    "shop": "同一平台的同一店铺，名称一致",
    "uscc": "统一社会信用代码相同",
    "licence": "许可证编号相同，名称一致或者为简称",
    "contact": "联系方式相同，名称一致或者为简称",
    "address": "地址相同，名称一致",
    "name": "企业全称相同（含行政区划和组织形式）",
}
_HELD_REASONS: dict[HeldKind, str] = {
    "many": "为众多名称共用，可能是代办、集群注册或美食城，不据此归并",
    "ambiguous": "与多个经营者都对得上，不能确定是哪一个",
    "names": "名称表明是两家，不据此归并",
    "uscc": "统一社会信用代码不同，不归并",
    "apart": "已由人工认定不是同一经营者",
}
_ONE = {"same", "branch", "abbreviation"}
_LONGEST_NUMBER = 40
_LEAST_NUMBER = 6


@dataclass(frozen=True)
class Operators:
    """Which rows are one operator.

    Attributes:
        shops: Platform and shop of each row.
        titles: Name of each row.
        usccs: Code of each row; None: unknown or ill-formed.
        numbers: Operator of each row, from 0.
        merges: Why: the links that join rows, a tree for each operator.
        held: What rows share without being joined.
        ill_formed: How many codes were left out, since their check digit fails.
    """

    shops: list[Shop]
    titles: list[str]
    usccs: list[str | None]
    numbers: Ints
    merges: list[Link]
    held: list[Held]
    ill_formed: int

    def rows_of(self, shop: Shop) -> list[int]:
        """Return the rows of a shop."""
        return [row for row, its in enumerate(self.shops) if its == shop]


def merge_reason(link: Link) -> str:
    """Return in Chinese why two rows are one operator."""
    if link.kind == "uscc" and link.backed:
        return f"{_REASONS['uscc']}；名称不同，但{link.backed}"
    return _REASONS[link.kind]


def held_reason(held: Held) -> str:
    """Return in Chinese why rows that share something are kept apart."""
    return _HELD_REASONS[held.kind]


def resolve_operators(
    tables: Mapping[str, pa.Table], apart: Iterable[tuple[Shop, Shop]] = ()
) -> Operators:
    """Find which rows of `operator` are one operator.

    Args:
        tables: By kind, with COLUMNS; `licence` and `shop_page` may be missing. Null is unknown.
        apart: Pairs of shops that are known to be two operators' and never joined.
    """
    table = tables["operator"].sort_by([(name, "ascending") for name in _SORTED_BY])
    shops = list(zip(_texts(table, "platform"), _texts(table, "shop_id"), strict=True))
    rows, given = _rows(table, shops, tables)
    forest = _Forest(rows, _refused(shops, apart))
    found = chain(
        shop_links(rows),
        uscc_links(rows),
        licence_links(rows),
        contact_links(rows),
        address_links(rows),
        name_links(rows),
    )
    for item in found:
        if isinstance(item, Held):
            forest.held.append(item)
        else:
            forest.join(item)
    codes = [*rows.uscc_texts, None]
    usccs = [codes[number] for number in rows.usccs.tolist()]
    return Operators(
        shops, rows.titles, usccs, forest.numbers(), forest.merges, forest.told(), given
    )


def _rows(table: pa.Table, shops: list[Shop], tables: Mapping[str, pa.Table]) -> tuple[Rows, int]:
    """Return the rows as numbers, and how many codes are ill-formed."""
    titles = _texts(table, "name")
    names, key_texts, full = name_numbers(titles)
    licences = _licences(table, shops, tables.get("shop_page"))
    given = table.column("uscc").to_pylist()
    own = well_formed_usccs(given)
    ill_formed = sum(a is not None and b is None for a, b in zip(given, own, strict=True))
    codes = _with_codes_of_licences(own, licences, titles, tables.get("licence"))
    usccs, uscc_texts = numbered(codes)
    contacts, contact_texts = numbered(table.column("contact_hash").to_pylist())
    addresses = zip(
        table.column("registered_address").to_pylist(),
        table.column("business_address").to_pylist(),
        strict=True,
    )
    rows = Rows(
        shops=numbered([f"{platform}\x1f{shop}" for platform, shop in shops])[0],
        names=names,
        full=full,
        usccs=usccs,
        contacts=contacts,
        titles=titles,
        addresses=[tuple(dict.fromkeys(a for a in pair if a)) for pair in addresses],
        licences=licences,
        uscc_texts=uscc_texts,
        contact_texts=contact_texts,
        key_texts=key_texts,
    )
    return rows, ill_formed


def _texts(table: pa.Table, name: str) -> list[str]:
    """Return a required text column."""
    found: list[Any] = table.column(name).to_pylist()
    return found


def _licences(table: pa.Table, shops: list[Shop], pages: pa.Table | None) -> list[frozenset[str]]:
    """Return the licences that each row lists or its shop shows, as capitals and digits."""
    shown: dict[Shop, set[str]] = defaultdict(set)
    if pages is not None:
        columns = [pages.column(name).to_pylist() for name in COLUMNS["shop_page"]]
        for platform, shop, numbers in zip(*columns, strict=True):
            shown[platform, shop].update(numbers or ())
    listed = table.column("licence_nos").to_pylist()
    return [
        frozenset(map(_clean_number, (*(numbers or ()), *shown.get(shop, ())))) - {""}
        for shop, numbers in zip(shops, listed, strict=True)
    ]


def _clean_number(number: str) -> str:
    """Return a licence's number without blanks and width; empty where it is none."""
    clean = "".join(fold(number).split()).upper()
    return clean if _LEAST_NUMBER <= len(clean) <= _LONGEST_NUMBER else ""


def _with_codes_of_licences(
    codes: list[str | None],
    licences: list[frozenset[str]],
    titles: list[str],
    register: pa.Table | None,
) -> list[str | None]:
    """Return the codes, unknown ones taken from a licence that is held under the row's name."""
    if register is None:
        return codes
    holders: dict[str, tuple[str, str]] = {}
    checked = well_formed_usccs(register.column("uscc").to_pylist())
    numbers_of, names = _texts(register, "licence_no"), _texts(register, "holder")
    for number, holder, code in zip(numbers_of, names, checked, strict=True):
        if code is not None:
            holders[_clean_number(number)] = (name_key(holder), code)
    found = []
    for code, numbers, title in zip(codes, licences, titles, strict=True):
        held = [holders[number] for number in numbers & holders.keys()] if code is None else []
        own = {its for key, its in held if key and key == name_key(title)}
        found.append(own.pop() if len(own) == 1 else code)
    return found


def _refused(shops: list[Shop], apart: Iterable[tuple[Shop, Shop]]) -> dict[int, set[int]]:
    """Return the rows that each row is to be kept apart from."""
    pairs = list(apart)
    wanted = {shop for pair in pairs for shop in pair}
    rows: dict[Shop, list[int]] = defaultdict(list)
    for row, shop in enumerate(shops):
        if shop in wanted:
            rows[shop].append(row)
    refused: dict[int, set[int]] = defaultdict(set)
    for ours, theirs in pairs:
        for first in rows[ours]:
            refused[first].update(rows[theirs])
        for second in rows[theirs]:
            refused[second].update(rows[ours])
    return refused


class _Forest:
    """Rows joined into trees, with what a tree must not mix: codes, names, refused pairs."""

    def __init__(self, rows: Rows, refused: dict[int, set[int]]) -> None:
        count = len(rows.titles)
        self.merges: list[Link] = []
        self.held: list[Held] = []
        self._titles = rows.titles
        self._parent = list(range(count))
        self._codes: list[int] = rows.usccs.tolist()
        self._names: list[dict[int, int]] = [{name: row} for row, name in enumerate(rows.names)]
        self._refused = refused
        self._marked = {row: {row} for row in refused}

    def _root(self, row: int) -> int:
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(self, link: Link) -> None:
        """Join two rows, unless what hangs on them does not go together."""
        ours, theirs = sorted((self._root(link.first), self._root(link.second)))
        if ours == theirs:
            return
        if hindrance := self._hindrance(ours, theirs, link.kind):
            rows = (link.first, link.second)
            self.held.append(Held(hindrance, link.kind, rows, link.value, len(rows)))
            return
        self._parent[theirs] = ours
        self._codes[ours] = max(self._codes[ours], self._codes[theirs])
        self._names[ours] |= self._names[theirs]
        if marked := self._marked.pop(theirs, None):
            self._marked.setdefault(ours, set()).update(marked)
        self.merges.append(link)

    def _hindrance(self, ours: int, theirs: int, kind: LinkKind) -> HeldKind | None:
        first, second = self._codes[ours], self._codes[theirs]
        if min(first, second) >= 0 and first != second:
            return "uscc"
        marked, others = self._marked.get(ours), self._marked.get(theirs)
        if marked and others and any(self._refused[row] & others for row in marked):
            return "apart"
        if kind != "uscc" and not self._one_name(self._names[ours], self._names[theirs]):
            return "names"
        return None

    def _one_name(self, ours: dict[int, int], theirs: dict[int, int]) -> bool:
        return all(
            a == b or compare_names(self._titles[first], self._titles[second]).verdict in _ONE
            for a, first in ours.items()
            for b, second in theirs.items()
        )

    def numbers(self) -> Ints:
        """Return the operator of each row, numbered by their first rows."""
        roots = np.array([self._root(row) for row in range(len(self._parent))], dtype=np.int64)
        return np.unique(roots, return_inverse=True)[1]

    def told(self) -> list[Held]:
        """Return what was held back and is not joined by something else."""
        return [
            held
            for held in dict.fromkeys(self.held)
            if len({self._root(row) for row in held.rows}) > 1
        ]


def operator_rows(found: Operators) -> Iterator[dict[str, Any]]:
    """Yield each operator: its id, code, names, and its shops."""
    order = np.argsort(found.numbers, kind="stable")
    cuts = np.flatnonzero(np.diff(found.numbers[order])) + 1
    for rows in np.split(order, cuts) if len(order) else ():
        members = rows.tolist()
        shops = list(dict.fromkeys(found.shops[row] for row in members))
        code = next((found.usccs[row] for row in members if found.usccs[row]), None)
        names = list(dict.fromkeys(found.titles[row] for row in members))
        yield {
            "operator_id": code or _made_id(shops[0]),
            "uscc": code,
            "name": max(names, key=len),
            "names": names,
            "platforms": len({platform for platform, _ in shops}),
            "shops": [_shop(shop) for shop in shops],
        }


def merge_rows(found: Operators) -> Iterator[dict[str, Any]]:
    """Yield why rows are one operator; a line of it, given back, keeps its two shops apart."""
    for link in found.merges:
        yield {
            "kind": link.kind,
            "value": link.value,
            "reason": merge_reason(link),
            "shops": [_shop(found.shops[row]) for row in (link.first, link.second)],
            "names": [found.titles[row] for row in (link.first, link.second)],
        }


def held_rows(found: Operators) -> Iterator[dict[str, Any]]:
    """Yield what rows share without being joined."""
    for held in found.held:
        yield {
            "kind": held.kind,
            "link": held.link,
            "value": held.value,
            "reason": held_reason(held),
            "count": held.sharers,
            "shops": [_shop(found.shops[row]) for row in held.rows],
            "names": [found.titles[row] for row in held.rows],
        }


def explain(found: Operators, ours: Shop, theirs: Shop) -> list[Link]:
    """Return the chain of links that makes two shops one operator; empty where they are not."""
    ways: dict[int, list[Link]] = defaultdict(list)
    for link in found.merges:
        ways[link.first].append(link)
        ways[link.second].append(link)
    reached: dict[int, Link | None] = dict.fromkeys(found.rows_of(ours))
    goals, queue = set(found.rows_of(theirs)), deque(reached)
    while queue:
        row = queue.popleft()
        if row in goals:
            return _way(reached, row)
        for link in ways[row]:
            other = link.first + link.second - row
            if other not in reached:
                reached[other] = link
                queue.append(other)
    return []


def _way(reached: Mapping[int, Link | None], row: int) -> list[Link]:
    chain_of_links = []
    while (link := reached[row]) is not None:
        chain_of_links.append(link)
        row = link.first + link.second - row
    return chain_of_links[::-1]


def _shop(shop: Shop) -> dict[str, str]:
    return {"platform": shop[0], "shop_id": shop[1]}


def _made_id(shop: Shop) -> str:
    return "op-" + hashlib.sha256("\x1f".join(shop).encode()).hexdigest()[:16]
