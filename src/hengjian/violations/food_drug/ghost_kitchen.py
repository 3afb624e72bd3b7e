"""幽灵外卖: shops that say they cook elsewhere than licensed, and crowds behind one licence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.identity.addresses import compare_addresses
from hengjian.identity.licences import FOOD, Register, bare_addresses, register_of
from hengjian.identity.names import compare_names
from hengjian.violations.columns import Bools, Ints, known, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import (
    Claims,
    Sellers,
    claims_known,
    claims_of,
    regions_claimed,
    sellers_of,
)
from hengjian.violations.suspicion import Figure, Members, Said, Suspicion, Undecided

# Some brands of one kitchen are common; so many operators behind one licence no kitchen serves.
_CROWD_SHOPS, _CROWD_OPERATORS = 8, 4
_OWN = frozenset({"same", "branch", "abbreviation"})


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield shops whose place of business is not that of their licence, and crowded licences.

    A shop: none of the licences that it claims or that its operator (code or name) holds lies at
    its place of business, and each of their addresses clearly contradicts it. A group: at least
    eight shops of at least four operators claim one number.

    Shops of a food court, a mall or a shared kitchen have a licence each and are no suspicion.
    Shops without a known place of business or licence number, and those whose licence has no known
    address, are left out and told.
    """
    sellers = sellers_of(tables["operator"])
    register = register_of(tables["licence"], FOOD)
    claims = claims_of(tables, sellers)
    claims = claims.only(claims.type == FOOD)
    told, placed = claims_known(tables, sellers), _known(tables, "business_address", sellers)
    for name, lacking in (
        ("operator.licence_nos", ~told),
        ("operator.business_address", told & ~placed),
    ):
        if lacking.any():
            yield Undecided(name, int(lacking.sum()))
    found = register.find(claims.number)
    addressed = known(tables["licence"], "address")[register.place]
    unsaid = np.zeros(sellers.size, dtype=np.bool_)
    unsaid[claims.seller[(found >= 0) & ~addressed[found]]] = True
    if (unsaid & placed).any():
        yield Undecided("licence.address", int((unsaid & placed).sum()))
    judged = placed & ~unsaid
    yield from _elsewhere(tables, sellers, register, claims, judged)
    yield from _crowds(tables, sellers, claims)


def _known(tables: Tables, name: str, sellers: Sellers) -> Bools:
    return known(tables["operator"], name)[sellers.place]


def _elsewhere(
    tables: Tables, sellers: Sellers, register: Register, claims: Claims, judged: Bools
) -> Iterator[Suspicion]:
    found = register.find(claims.number)
    unknown = np.zeros(sellers.size, dtype=np.bool_)
    unknown[claims.seller[found < 0]] = True
    held = np.flatnonzero((judged & ~unknown)[claims.seller])
    rows = sellers.place[claims.seller[held]]
    ours = bare_addresses(tables["operator"].column("business_address").take(rows))
    theirs = bare_addresses(tables["licence"].column("address").take(register.place[found[held]]))
    unlike = ~np.asarray(pc.equal(ours, theirs))
    apart = [
        (seller, claimed)
        for seller in np.unique(claims.seller[held[unlike]]).tolist()
        if _all_apart(tables, sellers, register, seller, claimed := _claimed(claims, found, seller))
        and all(_own(tables, sellers, register, seller, licence) for licence in claimed)
    ]
    shops = [seller for seller, _ in apart]
    regions = regions_claimed(register, sellers, claims).take(pa.array(shops, pa.int64()))
    chosen = pa.array(shops, pa.int64())
    others = register.held_by(sellers.uscc.take(chosen), sellers.name.take(chosen), regions)
    for (seller, claimed), own in zip(apart, others, strict=True):
        if _all_apart(tables, sellers, register, seller, own):
            yield _kitchen_elsewhere(tables, sellers, register, seller, claimed)


def _claimed(claims: Claims, found: Ints, seller: int) -> list[int]:
    begin, end = np.searchsorted(claims.seller, [seller, seller + 1])
    licences: list[int] = found[begin:end].tolist()
    return licences


def _all_apart(
    tables: Tables, sellers: Sellers, register: Register, seller: int, licences: list[int]
) -> bool:
    here = tables["operator"].column("business_address")[int(sellers.place[seller])].as_py()
    addresses = tables["licence"].column("address")
    return all(_apart(here, addresses[int(register.place[each])].as_py()) for each in licences)


def _kitchen_elsewhere(
    tables: Tables, sellers: Sellers, register: Register, seller: int, found: list[int]
) -> Suspicion:
    row = int(sellers.place[seller])
    operators, licences = tables["operator"], tables["licence"]
    here = operators.column("business_address")[row].as_py()
    claimed = register.place[found].tolist()
    first = licences.column("address")[claimed[0]].as_py()
    [checked] = seconds(operators, "verified_at", [row])
    seen = None if np.isnan(checked) else moment(checked)
    platform, shop = sellers.id_of(seller)
    return Suspicion(
        subject_kind="shop",
        subject_id=shop,
        rests_on={"operator": [row], "licence": claimed},
        figures=[Figure("位于经营地址的本人许可证", 0, "个")],
        explanation=(
            f"平台登记的经营地址为{here}，而其食品经营许可证载明的经营场所为{first}（"
            f"{compare_addresses(here, first).reason}），涉嫌不在许可的实体门店加工或者没有实体"
            "门店，请到两处现场核查并与骑手取餐位置比对。"
        ),
        score=0.7,
        conduct_from=seen,
        conduct_until=seen,
        conduct_known="captured" if seen else "unknown",
        platform=platform,
        shop_id=shop,
        operator_id=sellers.uscc[seller].as_py(),
    )


def _own(tables: Tables, sellers: Sellers, register: Register, seller: int, licence: int) -> bool:
    """Tell whether a licence is the seller's; another's is borrowed, wherever the kitchen is."""
    ours, theirs = sellers.uscc[seller].as_py(), register.uscc[licence].as_py()
    if ours and theirs and ours == theirs:
        return True
    name = tables["operator"].column("name")[int(sellers.place[seller])].as_py()
    holder = tables["licence"].column("holder")[int(register.place[licence])].as_py()
    return compare_names(name, holder).verdict in _OWN


def _apart(here: str, there: str | None) -> bool:
    return there is not None and compare_addresses(here, there).verdict == "different"


def _crowds(tables: Tables, sellers: Sellers, claims: Claims) -> Iterator[Suspicion]:
    coded = claims.number.dictionary_encode()
    code = np.asarray(coded.indices).astype(np.int64)
    counts = np.bincount(code, minlength=len(coded.dictionary))
    by_number, ends = np.argsort(code, kind="stable"), np.cumsum(counts)
    for number in np.flatnonzero(counts >= _CROWD_SHOPS):
        of_number = by_number[ends[number] - counts[number] : ends[number]]
        if _operators(sellers, claims.seller[of_number]) >= _CROWD_OPERATORS:
            yield _crowd(tables, sellers, claims, of_number, coded.dictionary[int(number)].as_py())


def _operators(sellers: Sellers, shops: Ints) -> int:
    uscc, names = sellers.uscc.take(shops), sellers.name.take(shops)
    return min(len(uscc.unique().drop_null()) or len(shops), len(names.unique()))


def _crowd(
    tables: Tables, sellers: Sellers, claims: Claims, of_number: Ints, number: str
) -> Suspicion:
    shops = claims.seller[of_number]
    rows = sorted(sellers.place[shops].tolist())
    ids = sorted(sellers.id_of(int(shop)) for shop in shops)
    platforms = {platform for platform, _ in ids}
    operators = _operators(sellers, shops)
    times = seconds(tables["operator"], "verified_at", rows)
    times = times[~np.isnan(times)]
    span = (moment(times.min()), moment(times.max())) if len(times) else (None, None)
    return Suspicion(
        subject_kind="group",
        subject_id=number,
        rests_on={"operator": rows},
        figures=[
            Figure("使用同一许可证编号的店铺", len(ids), "家", float(_CROWD_SHOPS)),
            Figure("其中不同的经营者", operators, "个", 1.0),
        ],
        explanation=(
            f"{len(ids)} 家店铺（至少 {operators} 个不同经营者）使用同一食品经营许可证编号"
            f" {number}，涉嫌多家店铺没有自己的实体门店和许可，"
            "请到许可证载明的经营场所核查实际加工者。"
        ),
        score=0.8,
        conduct_from=span[0],
        conduct_until=span[1],
        conduct_known="captured" if len(times) else "unknown",
        platform=next(iter(platforms)) if len(platforms) == 1 else None,
        members=Members(shops=[shop for _, shop in ids]),
    )
