"""Hosts: who stands behind accounts and rooms, with agency, operator and shops, and why.

Accounts are joined by what they share (see hosts_links). A join never puts two registered operators
or a pair that somebody refused into one host; whatever is held back is told. An agency (MCN) is
listed with each of its hosts and joins nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from hengjian.identity.hosts_links import (
    Accounts,
    Bools,
    Held,
    HeldKind,
    Ints,
    Link,
    LinkKind,
    Pairs,
    lone_signs,
    name_links,
    operator_links,
)
from hengjian.identity.operator_links import name_numbers, numbered, well_formed_usccs
from hengjian.identity.operators import COLUMNS as OPERATOR_COLUMNS
from hengjian.identity.operators import operator_rows, resolve_operators
from hengjian.text.folds import fold

Account = tuple[str, str]
"""Platform and account."""

COLUMNS = {
    "account": [
        *("platform", "account_id", "name", "kind", "mcn", "operator_name", "operator_uscc"),
        "device_ids",
    ],
    "livestream": ["platform", "room_id", "host_id", "shop_id"],
    **OPERATOR_COLUMNS,
}
_REASONS: dict[LinkKind, str] = {
    "uscc": "登记的经营者统一社会信用代码相同（经营者是同一个，出镜的人可以不同）",
    "company": "登记的经营者企业全称相同（含行政区划和组织形式）",
    "name_device": "昵称相同，且用过同一设备",
    "name_shop": "昵称相同，且为同一经营者的店铺带货",
    "name_agency": "昵称相同，且在不同平台属于同一MCN机构",
}
_HELD_REASONS: dict[HeldKind, str] = {
    "many": "为众多账号共用，可能是公会、代运营或者公用设备，不据此归并",
    "agency": "登记的经营者是MCN机构，一家机构有许多主播，不据此归并",
    "ambiguous": "同一平台上有几个账号都对得上，不能确定是哪一个",
    "device": "用过同一设备而没有其他印证，家人、同事也会如此，不据此归并",
    "room": "在同一直播间先后出镜，可能是轮班或者嘉宾，不据此归并",
    "name": "昵称相同而没有其他印证，可能是重名或者仿冒，不据此归并",
    "uscc": "有共同点，但登记的经营者不同，不归并；请核查实际由谁控制",
    "apart": "已由人工认定不是同一主播",
}
_ID_LENGTH = 16
_SEP = "\x1f"
# What hosts add to their own nickname for a further account or room.
_ADDED = re.compile(r"(?:官方账号|官方号|直播间|备用号|小号|大号|新号|二号|同名号|备用)+$")
_SIGNS = re.compile(r"[\W_]+")
_LEAST_NICKNAME = 2


@dataclass(frozen=True)
class Hosts:
    """Which accounts are one host's.

    Attributes:
        accounts: Platform and account, sorted.
        known: What is known of them.
        numbers: Host of each account, from 0.
        merges: Why: the links that join accounts, a tree for each host.
        held: What accounts share without being joined.
        names: Nickname of each account; None: unknown.
        contradictory: Accounts of which several operators' codes are registered.
        shops: Account and the shops that it sold for in streams, as `platform, shop`.
        operators: Operator of each shop, by `platform, shop`, with its code.
        unnamed_rooms: Rooms of which no stream names a host, as `platform, room`.
        ill_formed: How many codes were left out, since their check digit fails.
    """

    accounts: list[Account]
    known: Accounts
    numbers: Ints
    merges: list[Link]
    held: list[Held]
    names: list[str | None]
    contradictory: Bools
    shops: Pairs
    operators: Mapping[str, tuple[str, str | None]]
    unnamed_rooms: list[str]
    ill_formed: int

    def place(self, account: Account) -> int | None:
        """Return the place of an account; None: there is none."""
        try:
            return self.accounts.index(account)
        except ValueError:
            return None


def resolve_hosts(
    tables: Mapping[str, pa.Table], apart: Iterable[tuple[Account, Account]] = ()
) -> Hosts:
    """Find which accounts are one host's.

    Accounts of mere users (kind `user`) count only where they stream. Null is unknown.

    Args:
        tables: By kind, with COLUMNS; all but `account` may be missing.
        apart: Pairs of accounts that are known to be two hosts' and never joined.
    """
    streams = tables.get("livestream")
    keys, of_row, of_stream = _keys(tables["account"], streams)
    facts = _Facts(tables["account"], of_row, len(keys))
    operators = _shop_operators(tables)
    rooms, shops = (_streamed(streams, of_stream, name) for name in ("room_id", "shop_id"))
    known = facts.accounts(keys, rooms, _sellers(shops, operators))
    accounts = [_split(key) for key in keys]
    forest = _Forest(known, _refused(accounts, apart))
    for item in chain(operator_links(known), name_links(known), lone_signs(known)):
        if isinstance(item, Held):
            forest.held.append(item)
        else:
            forest.join(item)
    return Hosts(
        accounts=accounts,
        known=known,
        numbers=forest.numbers(),
        merges=forest.merges,
        held=forest.told(),
        names=facts.first_texts("name"),
        contradictory=facts.contradictory,
        shops=shops,
        operators=operators,
        unnamed_rooms=_unnamed_rooms(streams, rooms),
        ill_formed=facts.ill_formed,
    )


def _keys(table: pa.Table, streams: pa.Table | None) -> tuple[list[str], Ints, Ints]:
    """Return the accounts sorted, which one each row is of (-1: none), and each stream's host."""
    kinds: Any = table.column("kind").combine_chunks()
    given = _joined(table, "account_id")
    hosts = pa.array([], pa.string()) if streams is None else _joined(streams, "host_id")
    counted: Any = pc.if_else(pc.is_in(kinds, pa.array(["user"])), None, given)
    keys: Any = pc.unique(pa.concat_arrays([counted, hosts])).drop_null()
    keys = keys.take(pc.sort_indices(keys))
    rows, of_streams = (
        np.asarray(pc.index_in(each, value_set=keys).fill_null(-1)).astype(np.int64)
        for each in (given, hosts)
    )
    return keys.to_pylist(), rows, of_streams


def _joined(table: pa.Table, name: str) -> Any:
    columns: list[Any] = [table.column(each).combine_chunks() for each in ("platform", name)]
    return pc.binary_join_element_wise(*columns, pa.scalar(_SEP))


def _split(key: str) -> tuple[str, str]:
    platform, _sep, own = key.partition(_SEP)
    return platform, own


class _Facts:
    """What rows of `account` say of each account; an account may have several rows."""

    def __init__(self, table: pa.Table, of_row: Ints, count: int) -> None:
        kept = of_row >= 0
        self._table = table.filter(pa.array(kept))
        self._of_row = of_row[kept]
        self._count = count
        codes = self._texts("operator_uscc")
        checked = well_formed_usccs(codes)
        self.ill_formed = sum(
            a is not None and b is None for a, b in zip(codes, checked, strict=True)
        )
        numbers, self._uscc_texts = _in_order(checked)
        self._usccs, self.contradictory = self._agreed(numbers)

    def _texts(self, name: str) -> list[str | None]:
        found: list[str | None] = self._table.column(name).to_pylist()
        return found

    def _agreed(self, values: Ints) -> tuple[Ints, Bools]:
        """Return the value on which the rows of each account agree, and where they do not."""
        some = values >= 0
        low = np.full(self._count, np.iinfo(np.int64).max)
        high = np.full(self._count, -1, dtype=np.int64)
        np.minimum.at(low, self._of_row[some], values[some])
        np.maximum.at(high, self._of_row[some], values[some])
        return np.where(low == high, high, -1), (high >= 0) & (low != high)

    def first_texts(self, name: str) -> list[str | None]:
        """Return of each account the least text that is known of a field."""
        numbers, texts = _in_order(self._texts(name))
        least = np.full(self._count, len(texts), dtype=np.int64)
        some = numbers >= 0
        np.minimum.at(least, self._of_row[some], numbers[some])
        known = [*texts, None]
        return [known[place] for place in least.tolist()]

    def accounts(self, keys: list[str], rooms: Pairs, sellers: Pairs) -> Accounts:
        """Return what is known of the accounts as numbers."""
        nicknames, nickname_texts = numbered(list(map(_nickname, self.first_texts("name"))))
        operators = self.first_texts("operator_name")
        companies, company_texts = _companies(operators)
        companies[self.contradictory] = -1
        agencies, agency_texts = _in_order(self._texts("mcn"))
        organisations = self._texts("kind")
        of_organisation = [kind == "organisation" for kind in organisations]
        persons = np.ones(self._count, dtype=np.bool_)
        persons[self._of_row[np.array(of_organisation, dtype=np.bool_)]] = False
        platforms, _texts = numbered([_split(key)[0] for key in keys])
        return Accounts(
            platforms=platforms,
            nicknames=nicknames,
            nickname_texts=nickname_texts,
            usccs=self._usccs,
            uscc_texts=self._uscc_texts,
            companies=companies,
            company_texts=company_texts,
            operators=operators,
            agencies=self._agreed(agencies)[0],
            agency_texts=agency_texts,
            persons=persons,
            devices=self._devices(),
            rooms=rooms,
            sellers=sellers,
        )

    def _devices(self) -> Pairs:
        lists: Any = self._table.column("device_ids").combine_chunks()
        rows = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
        return _pairs(self._of_row[rows], pc.list_flatten(lists))


def _in_order(values: Sequence[str | None]) -> tuple[Ints, list[str]]:
    """Return what `numbered` does, the texts sorted: numbers do not hang on the order of rows."""
    numbers, texts = numbered(values)
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.full(len(texts) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(texts))
    return rank[numbers], [texts[place] for place in order]


def _nickname(name: str | None) -> str | None:
    """Return what tells a nickname; None: too short to tell anything."""
    if name is None:
        return None
    plain = _ADDED.sub("", _SIGNS.sub("", fold(name)))
    return plain if len(plain) >= _LEAST_NICKNAME else None


def _companies(operators: list[str | None]) -> tuple[Ints, list[str]]:
    """Return the number of each operator's name, -1 unless a company's full one, and the names."""
    keys, texts, full = name_numbers([name or "" for name in operators])
    return np.where(full, keys, -1), texts


def _pairs(accounts: Ints, values: Any) -> Pairs:
    """Return each known pair of an account and a value once."""
    numbers, texts = _in_order(values.to_pylist())
    some = (numbers >= 0) & (accounts >= 0)
    width = len(texts) + 1
    both = np.unique(accounts[some] * width + numbers[some])
    return Pairs(both // width, both % width, texts)


def _streamed(streams: pa.Table | None, of_stream: Ints, name: str) -> Pairs:
    """Return the rooms or shops that each account streamed in or for, as `platform, id`."""
    values = pa.array([], pa.string()) if streams is None else _joined(streams, name)
    return _pairs(of_stream, values)


def _unnamed_rooms(streams: pa.Table | None, rooms: Pairs) -> list[str]:
    if streams is None:
        return []
    every: list[str] = pc.unique(_joined(streams, "room_id")).drop_null().to_pylist()
    named = {rooms.texts[value] for value in np.unique(rooms.values).tolist()}
    return sorted(room for room in every if room not in named)


def _shop_operators(tables: Mapping[str, pa.Table]) -> dict[str, tuple[str, str | None]]:
    if "operator" not in tables:
        return {}
    return {
        _SEP.join((shop["platform"], shop["shop_id"])): (row["operator_id"], row["uscc"])
        for row in operator_rows(resolve_operators(tables))
        for shop in row["shops"]
    }


def _sellers(shops: Pairs, operators: Mapping[str, tuple[str, str | None]]) -> Pairs:
    """Return the operators that each account sold for; an unknown one is the shop itself."""
    of_shop: Any = pa.array(
        [operators.get(text, (text, None))[0] for text in shops.texts], pa.string()
    )
    return _pairs(shops.accounts, of_shop.take(pa.array(shops.values)))


def _refused(
    accounts: list[Account], apart: Iterable[tuple[Account, Account]]
) -> dict[int, set[int]]:
    """Return the accounts that each account is to be kept apart from."""
    pairs = list(apart)
    wanted = {account for pair in pairs for account in pair}
    places = {account: place for place, account in enumerate(accounts) if account in wanted}
    refused: dict[int, set[int]] = {}
    for ours, theirs in pairs:
        if ours in places and theirs in places:
            refused.setdefault(places[ours], set()).add(places[theirs])
            refused.setdefault(places[theirs], set()).add(places[ours])
    return refused


class _Forest:
    """Accounts joined into trees, with what a tree must not mix: operators and refused pairs."""

    def __init__(self, known: Accounts, refused: Mapping[int, set[int]]) -> None:
        self.merges: list[Link] = []
        self.held: list[Held] = []
        self._parent = list(range(len(known.usccs)))
        self._codes: list[int] = known.usccs.tolist()
        self._refused = refused
        self._marked = {account: {account} for account in refused}

    def _root(self, account: int) -> int:
        parent = self._parent
        while parent[account] != account:
            parent[account] = parent[parent[account]]
            account = parent[account]
        return account

    def join(self, link: Link) -> None:
        """Join two accounts, unless what hangs on them does not go together."""
        ours, theirs = sorted((self._root(link.first), self._root(link.second)))
        if ours == theirs:
            return
        if hindrance := self._hindrance(ours, theirs):
            self.held.append(Held(hindrance, (link.first, link.second), link.value, 2))
            return
        self._parent[theirs] = ours
        self._codes[ours] = max(self._codes[ours], self._codes[theirs])
        if marked := self._marked.pop(theirs, None):
            self._marked.setdefault(ours, set()).update(marked)
        self.merges.append(link)

    def _hindrance(self, ours: int, theirs: int) -> HeldKind | None:
        first, second = self._codes[ours], self._codes[theirs]
        if min(first, second) >= 0 and first != second:
            return "uscc"
        marked, others = self._marked.get(ours), self._marked.get(theirs)
        if marked and others and any(self._refused[each] & others for each in marked):
            return "apart"
        return None

    def numbers(self) -> Ints:
        """Return the host of each account, numbered by their first accounts."""
        roots = np.array([self._root(each) for each in range(len(self._parent))], dtype=np.int64)
        return np.unique(roots, return_inverse=True)[1]

    def told(self) -> list[Held]:
        """Return what was held back and is not joined by something else."""
        stronger = {held.accounts for held in self.held if held.kind in {"uscc", "apart"}}
        return [
            held
            for held in dict.fromkeys(self.held)
            if len({self._root(each) for each in held.accounts}) > 1
            and (held.kind in {"uscc", "apart"} or held.accounts not in stronger)
        ]


def merge_reason(link: Link) -> str:
    """Return in Chinese why two accounts are one host's."""
    return _REASONS[link.kind]


def host_rows(found: Hosts) -> Iterator[dict[str, Any]]:
    """Yield each host, then each room of which no stream names a host.

    `rests_on` says what its joins rest on; `unknown` what no record tells; `own` of a shop whether
    its operator is the host's, null where one of them is unknown.
    """
    rests_on: dict[int, dict[str, None]] = {}
    for link in found.merges:
        host = int(found.numbers[link.first])
        rests_on.setdefault(host, {})[merge_reason(link)] = None
    rooms, shops = _by_account(found.known.rooms), _by_account(found.shops)
    shared = np.bincount(found.known.rooms.values, minlength=len(found.known.rooms.texts)) > 1
    alone = {text for text, many in zip(found.known.rooms.texts, shared, strict=True) if not many}
    order = np.argsort(found.numbers, kind="stable")
    cuts = np.flatnonzero(np.diff(found.numbers[order])) + 1
    for group in np.split(order, cuts) if len(order) else ():
        members: list[int] = group.tolist()
        row = _host_row(found, members)
        its_rooms = _distinct(rooms, members)
        row["rooms"] = [_named("room_id", each) for each in its_rooms]
        row["shared_rooms"] = [_named("room_id", room) for room in its_rooms if room not in alone]
        code = row["operator_uscc"]
        row["shops"] = [_shop_row(found, each, code) for each in _distinct(shops, members)]
        row["rests_on"] = list(rests_on.get(int(found.numbers[members[0]]), ()))
        yield _with_unknown(row, bool(found.contradictory[members].any()))
    for room in found.unnamed_rooms:
        yield _unnamed_row(room)


def _host_row(found: Hosts, members: list[int]) -> dict[str, Any]:
    known = found.known
    code = int(known.usccs[members].max())
    agencies = {known.agency_texts[each] for each in known.agencies[members].tolist() if each >= 0}
    names = dict.fromkeys(name for each in members if (name := found.names[each]) is not None)
    return {
        "host_id": _made_id(found.accounts[members[0]]),
        "name": next(iter(names), None),
        "names": list(names),
        "platforms": len({found.accounts[each][0] for each in members}),
        "accounts": [_account(found.accounts[each]) for each in members],
        "mcns": sorted(agencies),
        "operator_names": sorted({text for each in members if (text := known.operators[each])}),
        "operator_uscc": known.uscc_texts[code] if code >= 0 else None,
    }


def _by_account(pairs: Pairs) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for account, value in zip(pairs.accounts.tolist(), pairs.values.tolist(), strict=True):
        found.setdefault(account, []).append(pairs.texts[value])
    return found


def _distinct(values: Mapping[int, list[str]], members: list[int]) -> list[str]:
    return sorted({text for each in members for text in values.get(each, ())})


def _shop_row(found: Hosts, shop: str, code: str | None) -> dict[str, Any]:
    operator, its_code = found.operators.get(shop, (None, None))
    own = code == its_code if code is not None and its_code is not None else None
    return {**_named("shop_id", shop), "operator_id": operator, "own": own}


def _with_unknown(row: dict[str, Any], contradictory: bool) -> dict[str, Any]:
    lacking = {
        "MCN机构": row["mcns"],
        "经营者": row["operator_names"] or row["operator_uscc"],
        "直播间": row["rooms"],
        "店铺": row["shops"],
    }
    unknown = [name for name, known in lacking.items() if not known]
    if contradictory:
        unknown.append("经营者的统一社会信用代码（几次登记不一致）")
    return {**row, "unknown": unknown}


def _unnamed_row(room: str) -> dict[str, Any]:
    return {
        "host_id": _made_id(_split(room)),
        **{"name": None, "names": [], "platforms": 1, "accounts": []},
        **{"mcns": [], "operator_names": [], "operator_uscc": None},
        **{"rooms": [_named("room_id", room)], "shared_rooms": [], "shops": [], "rests_on": []},
        "unknown": ["主播", "MCN机构", "经营者", "店铺"],
    }


def merge_rows(found: Hosts) -> Iterator[dict[str, Any]]:
    """Yield why accounts are one host's; a line of it, given back, keeps its two accounts apart."""
    for link in found.merges:
        pair = (link.first, link.second)
        yield {
            "kind": link.kind,
            "value": link.value,
            "reason": merge_reason(link),
            "accounts": [_account(found.accounts[each]) for each in pair],
            "names": [found.names[each] for each in pair],
        }


def held_rows(found: Hosts) -> Iterator[dict[str, Any]]:
    """Yield what accounts share without being joined."""
    for held in found.held:
        yield {
            "kind": held.kind,
            "value": held.value.replace(_SEP, "/"),
            "reason": _HELD_REASONS[held.kind],
            "count": held.sharers,
            "accounts": [_account(found.accounts[each]) for each in held.accounts],
            "names": [found.names[each] for each in held.accounts],
        }


def explain(found: Hosts, ours: int, theirs: int) -> list[Link]:
    """Return the chain of links that makes two accounts one host's; empty where they are not."""
    count = len(found.accounts)
    ends = np.array([[link.first, link.second] for link in found.merges]).reshape(-1, 2).T
    graph = sparse.coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(count, count))
    _order, before = sparse.csgraph.breadth_first_order(graph, ours, directed=False)
    links = {frozenset((link.first, link.second)): link for link in found.merges}
    way = []
    while theirs != ours:
        if before[theirs] < 0:
            return []
        way.append(links[frozenset((theirs, int(before[theirs])))])
        theirs = int(before[theirs])
    return way[::-1]


def _account(account: Account) -> dict[str, str]:
    return {"platform": account[0], "account_id": account[1]}


def _named(fieldname: str, key: str) -> dict[str, str]:
    platform, own = _split(key)
    return {"platform": platform, fieldname: own}


def _made_id(account: Account) -> str:
    return "host-" + hashlib.sha256(_SEP.join(account).encode()).hexdigest()[:_ID_LENGTH]
