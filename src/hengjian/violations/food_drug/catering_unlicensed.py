"""无食品经营许可证: caterers that are known to have no licence, or only numbers nobody issued."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from hengjian.identity.licences import FOOD, UNKNOWN, Register, register_of
from hengjian.violations.columns import Bools, equals, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.food_drug.caterers import caters
from hengjian.violations.sellers import (
    Claims,
    Sellers,
    absent,
    claims_known,
    claims_of,
    held_until,
    sellers_of,
)
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided

# Papers that stand in for a licence, or may: filings of packed food, registers of provinces.
_OTHER_PAPERS = (UNKNOWN, "prepackaged_filing", "food_production")


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the caterers that have no licence for food.

    Either the list of their licences is known and empty, they cater (hot deliveries, listings of a
    catering category or the name they are registered under) and the register, where it was read,
    holds none of theirs; or they show licence numbers of which the register holds none, though it
    holds its region's, and none is a misprint of their own.

    Shops of which it is unknown whether they have a licence, and those with numbers of a region
    that the register does not cover, are left out and told.
    """
    sellers = sellers_of(tables["operator"])
    claims = claims_of(tables, sellers)
    told = claims_known(tables, sellers)
    if not told.all():
        yield Undecided("operator.licence_nos", int((~told).sum()))
    other = _any(claims, sellers, np.isin(claims.type, _OTHER_PAPERS))
    none = told & ~_any(claims, sellers, np.isin(claims.type, (FOOD, *_OTHER_PAPERS)))
    none &= _empty_list(tables, sellers) & caters(tables, sellers)
    register = register_of(tables["licence"], FOOD) if "licence" in tables else None
    if register is not None:
        none &= ~(held_until(register, sellers, claims) > -np.inf)
    for seller in np.flatnonzero(none):
        yield _without(tables, sellers, int(seller))
    if register is not None:
        shown = claims.only((claims.type == FOOD) & ~other[claims.seller])
        yield from _unissued(tables, sellers, register, shown)


def _any(claims: Claims, sellers: Sellers, chosen: Bools) -> Bools:
    found = np.zeros(sellers.size, dtype=np.bool_)
    found[claims.seller[chosen]] = True
    return found


def _empty_list(tables: Tables, sellers: Sellers) -> Bools:
    lengths = pc.list_value_length(tables["operator"].column("licence_nos").combine_chunks())
    empty: Bools = np.asarray(lengths.fill_null(-1))[sellers.place] == 0
    return empty


def _without(tables: Tables, sellers: Sellers, seller: int) -> Suspicion:
    place = int(sellers.place[seller])
    platform, shop = sellers.id_of(seller)
    rests_on = {"operator": [place]}
    figures = [Figure("平台登记的许可证", 0, "个")]
    hot = ""
    if "delivery" in tables:
        table = tables["delivery"]
        rows = np.flatnonzero((sellers.of(table) == seller) & equals(table, "food_class", "hot"))
        if len(rows):
            rests_on["delivery"] = rows.tolist()
            figures.append(Figure("热食配送", len(rows), "单"))
            hot = f"，却已配送热食 {len(rows)} 单"
    name = tables["operator"].column("name")[place].as_py()
    return _said(
        tables,
        (platform, shop, place),
        rests_on,
        figures,
        f"{name}从事餐饮服务，平台登记的许可证清单为空{hot}，涉嫌未取得食品经营许可从事餐饮服务，"
        "请按名称、地址核查是否已取得许可或者属于登记管理的小餐饮。",
        0.7,
    )


def _unissued(
    tables: Tables, sellers: Sellers, register: Register, claims: Claims
) -> Iterator[Said]:
    missing = absent(tables, register, sellers, claims)
    uncovered = (register.find(claims.number) < 0) & ~register.covers(claims.seller, claims.number)
    if uncovered.any():
        yield Undecided("licence.licence_no", len(np.unique(claims.seller[uncovered])))
    some = np.ones(sellers.size, dtype=np.bool_)
    some[claims.seller[~missing]] = False
    for place in np.flatnonzero(missing & some[claims.seller]):
        seller = int(claims.seller[place])
        if place and claims.seller[place - 1] == seller:
            continue
        row = int(sellers.place[seller])
        written = claims.written[int(place)].as_py()
        name = tables["operator"].column("name")[row].as_py()
        yield _said(
            tables,
            (*sellers.id_of(seller), row),
            {str(claims.kind[place]): [int(claims.row[place])], "operator": [row]},
            [Figure("在登记簿中查到的所示许可证", 0, "个")],
            f"{name}所示食品经营许可证编号“{written}”在登记簿中查无，而登记簿载有该地区的许可证，"
            "其名称、统一社会信用代码下也没有其他许可，涉嫌未取得食品经营许可，"
            "请向该编号所属地区的发证机关核实。",
            0.7,
        )


def _said(
    tables: Tables,
    about: tuple[str, str, int],
    rests_on: dict[str, list[int]],
    figures: list[Figure],
    explanation: str,
    score: float,
) -> Suspicion:
    platform, shop, place = about
    operators = tables["operator"]
    [checked] = seconds(operators, "verified_at", [place])
    dated = not np.isnan(checked)
    seen = moment(float(checked)) if dated else None
    return Suspicion(
        subject_kind="shop",
        subject_id=shop,
        rests_on=rests_on,
        figures=figures,
        explanation=explanation,
        score=score,
        conduct_from=seen,
        conduct_until=seen,
        conduct_known="captured" if dated else "unknown",
        platform=platform,
        shop_id=shop,
        operator_id=operators.column("uscc")[place].as_py(),
    )
