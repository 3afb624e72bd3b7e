"""Appliances on sale that the register tells to be phased out, or below the limit in force."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa

from hengjian.identity.product_models import grades_in, rows_of, sold_models
from hengjian.identity.product_pages import (
    Entry,
    Page,
    day_in,
    entry_at,
)
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import Lead, suspicions
from hengjian.violations.suspicion import Figure, Quote, Said, Undecided

_PHASED_OUT = ("淘汰", "低于限定值", "不符合限定值", "低于能效限定值", "不符合能效限定值")
_STILL_GOOD = ("未淘汰", "非淘汰", "不属于淘汰")
_IN_FORCE = ("现行", "有效", "")
_LIMITS = ("限定等级", "能效限定等级", "最低等级", "准入等级")
_PRODUCTS = ("适用产品", "产品", "产品类别")
_FROM = ("实施日期", "淘汰日期", "状态日期", "停止销售日期")
_SECOND_HAND = ("二手", "旧货", "回收", "拆机", "配件", "维修", "收藏")


class _Limit(NamedTuple):
    grade: int
    entry: Entry


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings whose model may no longer be sold.

    Every entry of the model must tell so: its state says that it is phased out, or its grade is
    worse than the lowest that the standard in force (in the register of standards, 适用产品 and
    限定等级) lets in. What is captured before the day from which it holds is lawful.
    """
    listings, entries = tables["listing"], tables["register_entry"]
    limits = _limits(entries)
    leads, undated = [], 0
    for page, found in sold_models(listings, entries, "energy_label"):
        if any(word in page.words for word in _SECOND_HAND):
            continue
        said = [_reason(entry, limits) for entry in found]
        if None in said:
            continue
        told, grounds, since = next(reason for reason in said if reason)
        if since is not None and page.day is None:
            undated += 1
        elif since is None or (page.day is not None and page.day >= since):
            leads.append(_lead(page, [*found, *grounds], told))
    if undated:
        yield Undecided("listing.captured_at", undated)
    yield from suspicions(listings, leads)


def _limits(entries: pa.Table) -> dict[str, list[_Limit]]:
    """Return the limits of the standards in force, by kind of product."""
    found = defaultdict(list)
    for row in rows_of(entries, "standard"):
        entry = entry_at(entries, row)
        grades = [g for name in _LIMITS for g in grades_in(entry.values.get(name, ""))]
        products = [entry.values[name] for name in _PRODUCTS if name in entry.values]
        if grades and products and entry.status in _IN_FORCE:
            found[products[0].strip()].append(_Limit(max(grades), entry))
    return found


_Reason = tuple[str, list[Entry], dt.date | None]


def _reason(entry: Entry, limits: dict[str, list[_Limit]]) -> _Reason | None:
    since = next((d for n in _FROM if (d := day_in(entry.values.get(n, "")))), None)
    told = entry.status + entry.values.get("能效判定", "")
    if any(word in told for word in _PHASED_OUT) and not any(w in told for w in _STILL_GOOD):
        return f"登记状态为“{told}”", [], since
    grades = [g for n in ("能效等级", "等级") for g in grades_in(entry.values.get(n, ""))]
    of_kind = limits.get(entry.category.strip(), [])
    if not grades or not of_kind:
        return None
    loosest = max(of_kind, key=lambda limit: limit.grade)
    if min(grades) <= loosest.grade:
        return None
    day = next((d for n in _FROM if (d := day_in(loosest.entry.values.get(n, "")))), None)
    told = f"登记为{min(grades)}级，现行标准 {loosest.entry.number} 的限定等级为{loosest.grade}级"
    return told, [loosest.entry], day


def _lead(page: Page, entries: list[Entry], told: str) -> Lead:
    return Lead(
        page.row,
        [entry.row for entry in entries],
        Quote("title", 0, page.title),
        [Figure("登记库中该型号的条数", len(entries), "条")],
        f"型号 {entries[0].model} {told}，页面仍在销售，"
        "涉嫌销售国家明令淘汰或者不符合强制性能源效率标准的产品，请核对淘汰目录、停止销售的日期和商品生产日期。",
        0.65,
    )
