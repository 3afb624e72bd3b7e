"""假冒套用许可证: shops whose licence number was never issued, or was issued to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from hengjian.identity.addresses import compare_addresses
from hengjian.identity.licences import FOOD, Register, register_of, short_names
from hengjian.identity.names import compare_names
from hengjian.violations.columns import Bools, Ints, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import (
    Claims,
    Sellers,
    absent,
    claims_known,
    claims_of,
    licensed,
    misprinted,
    sellers_of,
)
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided
from hengjian.violations.units import distinct

_ONE_PLACE = frozenset({"same", "within"})


class _Found(NamedTuple):
    """A claim that looks forged: its number is nobody's (`licence` is None) or another's."""

    claim: int
    licence: int | None
    explanation: str
    score: float


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that show a food licence which is not theirs.

    The number is not in the register though the register holds its region's licences; or nobody
    can have issued it, as its check digit is wrong where those of the register are right and the
    register holds no licence of the operator (a slip of the pen, or invented); or it is another's:
    the codes differ (or one is unknown and the addresses differ) and the names have nothing in
    common, at another place than the licence's. Branches, short names, misprints of one's own
    number, a new shop, and stalls in a licensed hall are no suspicion.

    Shops that show unknown numbers are left out and told, as are those with numbers of a region
    that the register does not cover.
    """
    sellers = sellers_of(tables["operator"])
    told = claims_known(tables, sellers)
    if not told.all():
        yield Undecided("operator.licence_nos", int((~told).sum()))
    register = register_of(tables["licence"], FOOD)
    claims = claims_of(tables, sellers)
    claims = claims.only(claims.type == FOOD)
    found = register.find(claims.number)
    disproved = _disproved(tables, register, sellers, claims)
    uncovered = (found < 0) & ~register.covers(claims.seller, claims.number) & ~disproved
    if uncovered.any():
        yield Undecided("licence.licence_no", len(np.unique(claims.seller[uncovered])))
    shops, said = _shops_with_number(claims), set[int]()
    for each in (
        *_of_others(tables, sellers, register, claims, found),
        *_of_nobody(tables, sellers, register, claims),
        *_of_no_issuer(claims, disproved),
    ):
        seller = int(claims.seller[each.claim])
        if seller not in said:
            said.add(seller)
            yield _suspicion(tables, sellers, claims, each, int(shops[each.claim]))


def _of_nobody(
    tables: Tables, sellers: Sellers, register: Register, claims: Claims
) -> Iterator[_Found]:
    for claim in np.flatnonzero(absent(tables, register, sellers, claims)):
        written = claims.written[int(claim)].as_py()
        explanation = (
            f"所示食品经营许可证编号“{written}”在登记簿中查无，而登记簿载有该编号所属地区的许可证，"
            "涉嫌伪造许可证编号，请向该地区的发证机关核实并调取平台审查记录。"
        )
        yield _Found(int(claim), None, explanation, 0.7)


def _disproved(tables: Tables, register: Register, sellers: Sellers, claims: Claims) -> Bools:
    """Return which numbers nobody can have issued, and are no misprint of the operator's own."""
    found: Bools = register.disproves(claims.number) & (register.find(claims.number) < 0)
    found &= ~licensed(register, sellers, claims)[claims.seller]
    for claim in np.flatnonzero(found):
        found[claim] = not misprinted(tables, register, sellers, claims, int(claim))
    return found


def _of_no_issuer(claims: Claims, disproved: Bools) -> Iterator[_Found]:
    for claim in np.flatnonzero(disproved):
        written = claims.written[int(claim)].as_py()
        explanation = (
            f"所示食品经营许可证编号“{written}”的校验码不成立（登记簿中的编号几乎都成立），"
            "不会是发证机关编出的编号，登记簿中也没有该经营者的许可证（登记簿可能只是摘录），"
            "可能是填写错误，也可能是伪造，请核对许可证原件并按正确编号向发证机关核实。"
        )
        yield _Found(int(claim), None, explanation, 0.45)


def _of_others(
    tables: Tables, sellers: Sellers, register: Register, claims: Claims, found: Ints
) -> Iterator[_Found]:
    held = np.flatnonzero(found >= 0)
    licence = found[held]
    codes = pc.equal(sellers.uscc.take(claims.seller[held]), register.uscc.take(licence)).to_numpy(
        zero_copy_only=False
    )
    # The number's region is the licence's: without it, equal names are one operator's.
    ours = short_names(sellers.name.take(claims.seller[held]))
    one_name = pc.equal(ours, short_names(register.holder.take(licence)))
    unlike = (codes != True) & ~np.asarray(one_name)  # noqa: E712 - null is neither
    for claim, place in zip(held[unlike], licence[unlike], strict=True):
        told = _told_apart(tables, sellers, register, claims, int(claim), int(place))
        if told is not None:
            yield told


def _told_apart(
    tables: Tables, sellers: Sellers, register: Register, claims: Claims, claim: int, place: int
) -> _Found | None:
    operators, licences = tables["operator"], tables["licence"]
    row = int(sellers.place[claims.seller[claim]])
    theirs = int(register.place[place])
    name, holder = operators.column("name")[row].as_py(), licences.column("holder")[theirs].as_py()
    ours_at = operators.column("business_address")[row].as_py()
    theirs_at = licences.column("address")[theirs].as_py()
    where = compare_addresses(ours_at, theirs_at) if ours_at and theirs_at else None
    names = compare_names(name, holder)
    coded = bool(sellers.uscc[claims.seller[claim]].as_py() and register.uscc[place].as_py())
    elsewhere = where is not None and where.verdict == "different"
    apart = names.verdict == "different" and (where is None or where.verdict not in _ONE_PLACE)
    if not ((coded and apart) or (elsewhere and names.verdict == "different")) and not (
        coded and elsewhere and names.verdict == "near"
    ):
        return None
    if misprinted(tables, register, sellers, claims, claim):
        return None
    codes = "统一社会信用代码不同；" if coded else ""
    at = f"地址不同（{where.reason}）；" if elsewhere and where is not None else ""
    explanation = (
        f"所示食品经营许可证 {claims.number[claim].as_py()} 登记的持证者为{holder}，与经营者{name}"
        f"不符：{names.reason}；{codes}{at}涉嫌借用、套用他人许可证，请核对许可证原件并现场核查。"
    )
    return _Found(claim, theirs, explanation, 0.85 if coded and elsewhere else 0.75)


def _shops_with_number(claims: Claims) -> Ints:
    """Return for each claim how many shops claim its number."""
    code = np.asarray(claims.number.dictionary_encode().indices).astype(np.int64)
    return distinct(code, claims.seller, int(code.max(initial=-1)) + 1)[code]


def _suspicion(
    tables: Tables, sellers: Sellers, claims: Claims, found: _Found, shops: int
) -> Suspicion:
    seller = int(claims.seller[found.claim])
    platform, shop = sellers.id_of(seller)
    row, kind = int(sellers.place[seller]), str(claims.kind[found.claim])
    rests_on = {"operator": [row], kind: [int(claims.row[found.claim])]}
    if found.licence is not None:
        rests_on["licence"] = [found.licence]
    checked = "captured_at" if kind == "shop_page" else "verified_at"
    [checked_at] = seconds(tables[kind], checked, [int(claims.row[found.claim])])
    seen = None if np.isnan(checked_at) else moment(checked_at)
    return Suspicion(
        subject_kind="shop",
        subject_id=shop,
        rests_on=rests_on,
        figures=[Figure("使用同一许可证编号的店铺", shops, "家", 1.0)],
        explanation=found.explanation,
        score=found.score,
        conduct_from=seen,
        conduct_until=seen,
        conduct_known="captured" if seen else "unknown",
        platform=platform,
        shop_id=shop,
        operator_id=sellers.uscc[seller].as_py(),
    )
