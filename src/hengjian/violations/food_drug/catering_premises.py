"""餐饮加工场所不合格: shops whose kitchen failed an inspection, and whose buyers complain of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.violations.columns import DAY, Bools, Floats, Ints, equals, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import Sellers, sellers_of
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

# Items of a checklist, and words of a complaint, about rooms, cleanliness and equipment.
_PREMISES = (
    "场所|环境|卫生|清洁|洁净|消毒|洗消|防鼠|防蝇|防虫|三防|虫害|鼠|蟑|后厨|厨房|垃圾|分区|生熟"
    "|冷藏|冷冻设施|地面|墙面|排水|排烟|通风|工用具|餐饮具|操作间"
)
_COMPLAINED = (
    "后厨|厨房|卫生|脏|蟑螂|苍蝇|老鼠|鼠屎|虫子|头发|异物|发霉|霉|馊|变质|异味|拉肚子|腹泻|呕吐"
    "|不消毒|没消毒|生熟|油污|垃圾|塑料丝|钢丝"
)
_NO_OUTCOME = ("rejected", "withdrawn")
# A complaint speaks of the kitchen that was inspected if it is not much older or newer.
_NEAR_DAYS = 90
# Two things at least besides each other: one failing item and one buyer may be chance.
_LEAST_SIGNS = 3


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that failed an inspection of their premises and are complained of for it.

    What counts of each item of a checklist is its last result: what was corrected or passed later
    is no suspicion. Complaints count by complainant, within 90 days of a failing item, unless they
    were rejected or withdrawn. Failing items and complainants must be three together, with one of
    each at least. Inspections that name neither shop nor operator are left out and told.
    """
    inspections, complaints = tables["inspection"], tables["complaint"]
    sellers = sellers_of(tables["operator"])
    shop = _inspected_shop(inspections, sellers)
    if (shop < 0).any():
        yield Undecided("inspection.shop_id", int((shop < 0).sum()))
    at = seconds(inspections, "inspected_at")
    failed = _matches(inspections, "item", _PREMISES) & (shop >= 0)
    failed &= equals(inspections, "result", "fail") & _last(inspections, shop, at)
    of_shop = sellers.of(complaints)
    told = _matches(complaints, "text", _COMPLAINED) & (of_shop >= 0)
    told &= ~equals(complaints, "outcome", *_NO_OUTCOME)
    for seller in np.intersect1d(shop[failed], of_shop[told]):
        rows = np.flatnonzero(failed & (shop == seller))
        heard = np.flatnonzero(told & (of_shop == seller))
        yield from _if_both(tables, sellers, int(seller), rows, heard)


def _inspected_shop(inspections: pa.Table, sellers: Sellers) -> Ints:
    """Return the shop of each inspection: the one named, else the only one of that operator."""
    named = sellers.of(inspections)
    codes: Any = pc.value_counts(sellers.uscc)
    single = codes.filter(pc.equal(pc.struct_field(codes, "counts"), pa.scalar(1, pa.int64())))
    only: Any = pc.struct_field(single, "values").drop_null()
    code = inspections.column("uscc").combine_chunks()
    wanted = pc.if_else(pc.is_in(code, only), code, pa.scalar(None, pa.string()))
    place: Any = pc.index_in(wanted, sellers.uscc, skip_nulls=True)
    by_code = np.asarray(place.fill_null(-1))
    found: Ints = np.where(named >= 0, named, by_code).astype(np.int64)
    return found


def _matches(table: pa.Table, name: str, words: str) -> Bools:
    column = table.column(name).combine_chunks()
    found: Bools = np.asarray(pc.match_substring_regex(column, words).fill_null(False))
    return found


def _last(inspections: pa.Table, shop: Ints, at: Floats) -> Bools:
    """Return which rows are the last result of their item; at one time what is better counts."""
    item = np.asarray(inspections.column("item").combine_chunks().dictionary_encode().indices)
    cured = ~equals(inspections, "result", "fail")
    order = np.lexsort((cured, at, item, shop))
    ends = np.append(
        (np.diff(shop[order]) != 0) | (np.diff(item[order]) != 0), [True] if len(order) else []
    ).astype(np.bool_)
    # Equal rows at one time: each of them is the last.
    last_at = np.full(len(order), np.nan)
    group = np.cumsum(np.append([0], ends[:-1])) if len(order) else np.zeros(0, np.int64)
    last = order[ends]
    last_at[order] = at[last][group]
    best = np.zeros(len(order), dtype=np.bool_)
    best[order] = cured[last][group]
    found: Bools = (at == last_at) & (cured == best)
    return found


def _if_both(
    tables: Tables, sellers: Sellers, seller: int, failed: Ints, told: Ints
) -> Iterator[Suspicion]:
    inspections, complaints = tables["inspection"], tables["complaint"]
    when = seconds(inspections, "inspected_at")[failed]
    heard = seconds(complaints, "created_at")[told]
    near = np.abs(heard[:, None] - when[None, :]) <= _NEAR_DAYS * DAY
    told, failed = told[near.any(axis=1)], failed[near.any(axis=0)]
    items = sorted(set(map(str, inspections.column("item").take(failed).to_pylist())))
    people = set(complaints.column("complainant_id").take(told).to_pylist())
    if not people or len(items) + len(people) < _LEAST_SIGNS:
        return
    times = np.concatenate(
        [seconds(inspections, "inspected_at")[failed], seconds(complaints, "created_at")[told]]
    )
    newest = failed[np.lexsort((failed, -seconds(inspections, "inspected_at")[failed]))]
    note = inspections.column("note")[int(newest[0])].as_py()
    platform, shop = sellers.id_of(seller)
    yield Suspicion(
        subject_kind="shop",
        subject_id=shop,
        rests_on={"inspection": newest.tolist(), "complaint": told.tolist()},
        figures=[
            Figure("检查不合格且未改正的项目", len(items), "项", 0.0),
            Figure("反映同类问题的投诉举报人", len(people), "人", 0.0),
        ],
        explanation=(
            f"现场检查有 {len(items)} 项场所条件不合格且未见改正（{'、'.join(items[:3])}），前后"
            f"{_NEAR_DAYS}日内另有 {len(people)} 人投诉举报卫生问题，线下与线上相互印证，"
            "涉嫌加工场所、设施不符合要求，请复查整改情况并检查同批次食品。"
        ),
        score=0.75,
        conduct_from=moment(float(times.min())),
        conduct_until=moment(float(times.max())),
        platform=platform,
        shop_id=shop,
        operator_id=sellers.uscc[seller].as_py(),
        quotes=[Quote("note", 0, note)] if note else [],
    )
