"""许可过期: shops that go on selling food after their licence ran out or was withdrawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.identity.licences import FOOD, Register, register_of
from hengjian.violations.columns import Bools, Ints, moment, shanghai_days
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import (
    Claims,
    Dealings,
    Sellers,
    chinese_day,
    claims_of,
    dealings_of,
    held_until,
    sellers_of,
)
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided

# A renewal that was granted in time reaches the register late: licences are to be made public
# within seven working days, which holidays stretch to two weeks.
_GRACE_DAYS = 15
_SHOWN_DEALINGS = 20
_STATUS = {"revoked": "吊销", "cancelled": "注销", "suspended": "暂停"}


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that sold after their food licence had expired, or though it is withdrawn.

    A licence counts as renewed if the register has the number with a later last day, or the same
    operator (code or name) holds another one in force. Sales within 15 days after the last day are
    no suspicion; nor is anything where the register is too old to know of a renewal. A licence that
    is revoked, cancelled or suspended carries no day of that: it is told only where the shop sold
    after the register's newest entry.

    Shops that claim a number which the register does not know, whose licence has no known last day,
    or ran out after the register's newest entry, are left out and told.
    """
    sellers = sellers_of(tables["operator"])
    register = register_of(tables["licence"], FOOD)
    claims = claims_of(tables, sellers)
    claims = claims.only(claims.type == FOOD)
    dealings = dealings_of(tables, sellers)
    found = register.find(claims.number)
    lost = np.zeros(sellers.size, dtype=np.bool_)
    lost[claims.seller[found < 0]] = True
    undated = np.zeros(sellers.size, dtype=np.bool_)
    undated[claims.seller[(found >= 0) & np.isnan(register.until[found])]] = True
    silent = np.ones(sellers.size, dtype=np.bool_)
    silent[claims.seller] = False
    for name, left_out in (
        ("operator.licence_nos", silent & _claims_unknown(tables, sellers)),
        ("licence.licence_no", lost),
        ("licence.valid_until", undated & ~lost),
    ):
        if left_out.any():
            yield Undecided(name, int(left_out.sum()))
    claims, found = _longest(claims, found, register, ~(lost | undated))
    yield from _expired(sellers, register, claims, found, dealings)


def _claims_unknown(tables: Tables, sellers: Sellers) -> Bools:
    return np.asarray(tables["operator"].column("licence_nos").is_null())[sellers.place]


def _longest(claims: Claims, found: Ints, register: Register, judged: Bools) -> tuple[Claims, Ints]:
    """Return of each seller that can be judged the claim whose licence runs longest."""
    until = np.where(found >= 0, register.until[found], -np.inf)
    order = np.lexsort((claims.row, register.in_force[found], until, claims.seller))
    ends = np.append(np.diff(claims.seller[order]) != 0, [True] if len(order) else []).astype(bool)
    chosen = np.zeros(len(found), dtype=np.bool_)
    chosen[order[ends]] = True
    chosen &= judged[claims.seller]
    return claims.only(chosen), found[chosen]


def _expired(
    sellers: Sellers,
    register: Register,
    claims: Claims,
    found: Ints,
    dealings: Dealings,
) -> Iterator[Said]:
    last = dealings.last_day(sellers.size)[claims.seller]
    held = held_until(register, sellers, claims)[claims.seller]
    until = register.until[found]
    withdrawn = ~register.in_force[found]
    renewed = np.where(withdrawn, held > -np.inf, held >= last)
    ran_out = last > until + _GRACE_DAYS
    expired = ran_out & ~(register.newest < until)
    stale = ran_out & ~expired & ~renewed
    if stale.any():
        yield Undecided("licence.valid_from", int(stale.sum()))
    sold_though = withdrawn & ~(last < register.newest)
    for place in np.flatnonzero((expired | sold_though) & ~renewed):
        since = until[place] if expired[place] else np.nan_to_num(register.newest, nan=last[place])
        yield _suspicion(
            (int(claims.seller[place]), str(claims.kind[place]), int(claims.row[place])),
            (sellers, register, int(found[place])),
            dealings,
            float(since) - (not expired[place]),
            bool(expired[place]),
        )


def _suspicion(
    claim: tuple[int, str, int],
    held: tuple[Sellers, Register, int],
    dealings: Dealings,
    since: float,
    expired: bool,
) -> Suspicion:
    """Return what is said of a shop.

    Args:
        claim: Which seller, and the kind and row where it claims the licence.
        held: All sellers, the register, and the licence in it.
        dealings: Of all sellers.
        since: Last day on which the seller may have sold lawfully.
        expired: It ran out; else it was withdrawn.
    """
    seller, kind, row = claim
    sellers, register, place = held
    at = dealings.of(seller)
    days = shanghai_days(dealings.second[at])
    late = np.flatnonzero(days > since) + at.start
    rests_on: dict[str, list[int]] = {kind: [row], "licence": [int(register.place[place])]}
    for each in [*late[: _SHOWN_DEALINGS - 1], late[-1]]:
        rows = rests_on.setdefault(str(dealings.kind[each]), [])
        if int(dealings.row[each]) not in rows:
            rows.append(int(dealings.row[each]))
    platform, shop = sellers.id_of(seller)
    number, until = register.number[place].as_py(), register.until[place]
    over = float(days[late[-1] - at.start] - until)
    count = len(late)
    figures = [Figure("之后的销售、配送或者页面记录", count, "条")]
    if expired:
        figures.insert(0, Figure("有效期届满至最近一次记录", over, "日", 0.0))
    status = _STATUS.get(register.status[place].as_py())
    return Suspicion(
        subject_kind="shop",
        subject_id=shop,
        rests_on=rests_on,
        figures=figures,
        explanation=_sentence(number, until, status, count, over, expired=expired),
        score=0.8 if expired else 0.6,
        conduct_from=moment(dealings.second[late[0]]),
        conduct_until=moment(dealings.second[late[-1]]),
        platform=platform,
        shop_id=shop,
        operator_id=sellers.uscc[seller].as_py(),
    )


def _sentence(
    number: str, until: float, status: str | None, count: int, over: float, *, expired: bool
) -> str:
    if expired:
        also = f"，登记状态为{status}" if status else ""
        return (
            f"食品经营许可证 {number} 有效期至{chinese_day(until)}{also}，此后仍有 {count} 条销售、"
            f"配送或者页面记录，最近一条已过期 {over:.0f} 日，且未见延续或者另行取得许可，"
            "涉嫌许可期满后继续经营，请核实是否已准予延续。"
        )
    return (
        f"食品经营许可证 {number} 登记状态为{status}，而登记簿最新记载日以后仍有 {count} 条销售、"
        f"配送或者页面记录，涉嫌许可{status}后继续经营，请查明{status}的日期并与最后一单比对。"
    )
