"""超范围经营: shops that sell dishes of a kind that their food licence does not list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from hengjian.identity.licences import FOOD, folded, register_of
from hengjian.violations.columns import Ints, known, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.food_drug.caterers import catering_listings
from hengjian.violations.sellers import Sellers, claims_known, claims_of, sellers_of
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided


class _Kind(NamedTuple):
    """A kind of food that a licence lists by name.

    Attributes:
        title: As licences call it.
        listed: What a scope holds that allows it, in the words of old and new licences.
        dishes: What titles of such dishes hold, and hardly any others do.
    """

    title: str
    listed: str
    dishes: str


_KINDS = (
    _Kind("生食类食品制售", "生食", "刺身|生鱼片|鱼生|生腌|醉虾|醉蟹"),
    _Kind(
        "冷食类食品制售",
        "冷食|凉菜|冷荤|冷加工|简单制售",
        "凉拌|拍黄瓜|蒜泥白肉|夫妻肺片|口水鸡|白斩鸡|凉菜拼盘|卤味拼盘|沙拉$|蔬菜沙拉|水果捞|果切",
    ),
    _Kind(
        "裱花蛋糕（冷加工糕点）制售",
        "糕点|裱花|冷加工|冷食|烘焙",
        "裱花蛋糕|奶油蛋糕|生日蛋糕|慕斯蛋糕|水果蛋糕|提拉米苏",
    ),
)
# Scopes that list no kinds of cooking leave open which are meant.
_LISTS_KINDS = "热食类|冷食类|生食类|糕点类|自制饮品"
_LEAVES_OPEN = "等|全部|所有|详见|附页"
_DENIED = r"[(\[]?(?:不含|不包括|除外|除)[^,;、)\]]*[)\]]?"
# Dressings, goods in packets, and goods for the kitchen only name the dish.
_NO_DISH = (
    "预包装|袋装|罐装|盒装速|速食|冷冻|半成品|即食包|酱|汁|调料|料包|料理包|模具|插牌|蜡烛|餐具|刀|风味|口味|鱼生粥|鱼生汤"
    r"|券|\d\s*(?:kg|KG|g|克|斤|千克)"
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that offer raw or cold dishes or cream cakes beyond their licence.

    Every licence that the shop claims must be in the register, with a scope that lists kinds of
    cooking, and none may list that kind; listings must be of a catering category and clearly name
    a dish of the kind. Shops of unknown licence or scope are left out and told.
    """
    sellers = sellers_of(tables["operator"])
    told = claims_known(tables, sellers)
    register = register_of(tables["licence"], FOOD)
    claims = claims_of(tables, sellers)
    claims = claims.only(claims.type == FOOD)
    found = register.find(claims.number)
    scoped = np.append(known(tables["licence"], "scope")[register.place], True)[found]
    lost, unscoped = np.zeros((2, sellers.size), dtype=np.bool_)
    lost[claims.seller[found < 0]] = True
    unscoped[claims.seller[~scoped]] = True
    for name, lacking in (
        ("operator.licence_nos", ~told),
        ("licence.licence_no", lost),
        ("licence.scope", unscoped & ~lost),
    ):
        if lacking.any():
            yield Undecided(name, int(lacking.sum()))
    kept = (found >= 0) & ~(lost | unscoped)[claims.seller]
    scopes = _scopes(tables, claims.seller[kept], register.place[found[kept]])
    yield from _beyond(tables, sellers, scopes)


class _Scopes(NamedTuple):
    """Licences of sellers: which seller, and the row in the licence table."""

    seller: Ints
    row: Ints


def _scopes(tables: Tables, seller: Ints, row: Ints) -> _Scopes:
    """Return the licences of the sellers whose every scope lists kinds of cooking."""
    scope = tables["licence"].column("scope").take(row).combine_chunks()
    plain = pc.and_not(
        pc.match_substring_regex(scope, _LISTS_KINDS),
        pc.match_substring_regex(scope, _LEAVES_OPEN),
    )
    vague = np.unique(seller[~np.asarray(plain.fill_null(False), dtype=np.bool_)])
    clear = ~np.isin(seller, vague)
    return _Scopes(seller[clear], row[clear])


def _beyond(tables: Tables, sellers: Sellers, scopes: _Scopes) -> Iterator[Suspicion]:
    listings = tables["listing"]
    seller, title = sellers.of(listings), listings.column("title").combine_chunks()
    scope = tables["licence"].column("scope").take(scopes.row).combine_chunks()
    allowing = pc.replace_substring_regex(folded(scope), _DENIED, "")
    dish = catering_listings(listings) & (seller >= 0)
    dish &= ~np.asarray(pc.match_substring_regex(title, _NO_DISH), dtype=np.bool_)
    beyond: dict[int, list[tuple[_Kind, Ints]]] = {}
    for kind in _KINDS:
        judged, allowed = np.zeros((2, sellers.size), dtype=np.bool_)
        judged[scopes.seller] = True
        allowed[scopes.seller[np.asarray(pc.match_substring_regex(allowing, kind.listed))]] = True
        named = np.asarray(pc.match_substring_regex(title, kind.dishes), dtype=np.bool_)
        rows = np.flatnonzero(dish & named & (judged & ~allowed)[seller])
        for shop in np.unique(seller[rows]):
            beyond.setdefault(int(shop), []).append((kind, rows[seller[rows] == shop]))
    for shop in sorted(beyond):
        licences = scopes.row[scopes.seller == shop].tolist()
        yield _suspicion(tables, sellers, shop, beyond[shop], licences)


def _suspicion(
    tables: Tables,
    sellers: Sellers,
    seller: int,
    beyond: list[tuple[_Kind, Ints]],
    licences: list[int],
) -> Suspicion:
    listings = tables["listing"]
    rows = list(dict.fromkeys(int(row) for _, of_kind in beyond for row in of_kind))
    titles = [str(listings.column("title")[row].as_py()) for row in rows]
    captured = seconds(listings, "captured_at", rows)
    dated = captured[~np.isnan(captured)]
    platform, shop = sellers.id_of(seller)
    scope = tables["licence"].column("scope")[licences[0]].as_py()
    kinds = "、".join(kind.title for kind, _ in beyond)
    return Suspicion(
        subject_kind="shop",
        subject_id=shop,
        rests_on={"listing": rows, "licence": licences},
        figures=[Figure("许可项目以外的菜品", len(rows), "件", 0.0)],
        explanation=(
            f"在售“{'”“'.join(titles[:3])}”等 {len(rows)} 件，属于{kinds}，而其食品经营许可证的经营"
            f"项目为“{scope}”，涉嫌超出许可的经营项目，请核对许可证副本和现场加工情况。"
        ),
        score=0.6,
        conduct_from=moment(float(dated.min())) if len(dated) else None,
        conduct_until=moment(float(dated.max())) if len(dated) else None,
        conduct_known="captured" if len(dated) else "unknown",
        platform=platform,
        shop_id=shop,
        operator_id=sellers.uscc[seller].as_py(),
        quotes=[Quote("title", 0, titles[0])],
    )
