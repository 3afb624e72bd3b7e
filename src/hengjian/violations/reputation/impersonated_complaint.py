"""冒名投诉: complaints on other people's orders, and many names behind one telephone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.violations.columns import Bools, Ints, equals, known, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.complaint_matters import (
    Ordered,
    alike,
    common_forms,
    matters,
    ordered,
    plain_texts,
)
from hengjian.violations.suspicion import Figure, Members, Said, Suspicion, Undecided
from hengjian.violations.units import by_creation, codes, distinct, group_id, many, texts_at

# One who handles parents' and children's affairs speaks for four others at most.
_LEAST_OTHERS = 5
_LEAST_NAMES = 5
# A telephone of so many is that of a hotline, a shop counter or an association.
_MOST_NAMES = 100
_MOST, _HALF = 0.6, 0.5
_LEAST_DECIDED = 3
_BY_PROXY = ("委托", "代理", "代为", "代父", "代母", "代老人", "帮父", "帮母", "律师", "监护")


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield complainants on orders of many others, and telephones of many names with one text.

    An order of another is told only where most complaints name the complainant's own order, so
    that ids of complainants are ids of users; five different buyers and half of all orders named
    must be others'. A telephone must serve five names that write alike of several shops. Left
    alone is who says that he acts for another, whose matters are mostly upheld or settled, and a
    telephone of more than a hundred names.

    Complaints with neither contact nor order are left out and told; so are those whose orders
    were read but belong to ids of another kind.
    """
    complaints = tables["complaint"]
    orders = ordered(tables)
    neither = ~known(complaints, "contact_hash") & ~known(complaints, "order_id")
    if neither.any():
        yield Undecided("complaint.contact_hash", int(neither.sum()))
    open_rows = matters(complaints) & ~_by_proxy(complaints)
    if orders is not None and not orders.comparable:
        named = ~neither & np.array([buyer is not None for buyer in orders.buyer])
        if named.any():
            yield Undecided("complaint.complainant_id", int(named.sum()))
    told: set[str] = set()
    for suspicion in (
        *_on_orders_of_others(complaints, orders, open_rows),
        *_of_many_names(complaints, open_rows),
    ):
        assert suspicion.members is not None  # noqa: S101 - both name their members
        if not set(suspicion.members.accounts) <= told:
            told.update(suspicion.members.accounts)
            yield suspicion


def _by_proxy(complaints: pa.Table) -> Bools:
    said: Any = pc.match_substring_regex(complaints.column("text"), "|".join(_BY_PROXY))
    return np.asarray(said.fill_null(False))


def _on_orders_of_others(
    complaints: pa.Table, orders: Ordered | None, open_rows: Bools
) -> Iterator[Suspicion]:
    if orders is None or not (orders.of_another & open_rows).any():
        return
    person = codes(complaints, "complainant_id")
    size = int(person.max()) + 1
    with_buyer = np.array([buyer is not None for buyer in orders.buyer])
    named = np.bincount(person[with_buyer & open_rows], minlength=size)
    other = orders.of_another & open_rows
    counts = np.bincount(person[other], minlength=size)
    for number in np.flatnonzero((counts >= _LEAST_OTHERS) & (counts >= _HALF * named)):
        rows = np.flatnonzero(other & (person == number))
        buyers = {orders.buyer[row] for row in rows}
        if len(buyers) < _LEAST_OTHERS or _with_reason(complaints, rows):
            continue
        seen = f"所附 {named[number]} 个订单中有 {len(rows)} 个属于另外 {len(buyers)} 个用户"
        figures = [
            Figure("所附订单属于他人", len(rows), "件"),
            Figure("订单的实际买家", len(buyers), "人"),
        ]
        yield _suspicion(complaints, rows, seen, figures, 0.65)


def _of_many_names(complaints: pa.Table, open_rows: Bools) -> Iterator[Suspicion]:
    contact = np.where(open_rows, codes(complaints, "contact_hash"), -1)
    if not (contact >= 0).any():
        return
    person, size = codes(complaints, "complainant_id"), int(contact.max()) + 1
    names = distinct(contact, person, size)
    plain = plain_texts(complaints)
    forms = common_forms(plain, np.where(contact >= 0, contact, size + person))
    texts = pa.table({"text": plain})
    shop = codes(complaints, "shop_id")
    for number in np.flatnonzero((names >= _LEAST_NAMES) & (names <= _MOST_NAMES)):
        rows = np.flatnonzero(contact == number)
        count = alike(texts_at(texts, "text", rows[~forms[rows]])) if not forms[rows].all() else 0
        if count < max(_LEAST_NAMES, _MOST * len(rows)) or _with_reason(complaints, rows):
            continue
        shops = shop[rows]
        # Victims of one shop may let one of them write for all.
        if np.bincount(shops[shops >= 0], minlength=1).max() > _HALF * len(rows):
            continue
        seen = f"同一联系方式以 {names[number]} 个名字提出 {len(rows)} 件，其中 {count} 件文本雷同"
        figures = [
            Figure("同一联系方式的投诉人", int(names[number]), "人"),
            Figure("文本雷同", count, "件"),
        ]
        yield _suspicion(complaints, rows, seen, figures, 0.55)


def _with_reason(complaints: pa.Table, rows: Ints) -> bool:
    """Tell whether half of what was decided was upheld or settled: then names were checked."""
    own = complaints.select(["outcome"]).take(rows)
    settled = int(equals(own, "outcome", "upheld", "mediated").sum())
    failed = int(equals(own, "outcome", "rejected", "withdrawn").sum())
    return settled + failed >= _LEAST_DECIDED and settled >= _HALF * (settled + failed)


def _suspicion(
    complaints: pa.Table, rows: Ints, seen: str, figures: list[Figure], score: float
) -> Suspicion:
    rows = by_creation(complaints, rows)
    first, last = map(moment, seconds(complaints, "created_at", rows[[0, -1]]).tolist())
    persons = many(complaints, "complainant_id", rows)
    shops = many(complaints, "shop_id", rows)
    one = len(persons) == 1
    whom = f"投诉人 {persons[0]} " if one else ""
    return Suspicion(
        subject_kind="complainant" if one else "group",
        subject_id=persons[0] if one else group_id(persons),
        rests_on={"complaint": rows.tolist()},
        figures=[*figures, Figure("被投诉店铺", len(shops), "家")],
        explanation=(
            f"{whom}{seen}，涉及 {len(shops)} 家店铺，涉嫌冒用他人名义投诉，"
            "请核验各投诉人的真实身份、委托手续和订单归属；"
            "此标记不影响投诉的办理，被投诉店铺自身有无违法仍应另行检查。"
        ),
        score=score,
        conduct_from=first,
        conduct_until=last,
        platform=None,
        members=Members(accounts=persons, shops=shops, window_start=first, window_end=last),
    )
