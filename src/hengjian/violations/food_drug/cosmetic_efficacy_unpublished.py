"""Cosmetics whose efficacy is claimed though its grounds were not published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from hengjian.identity.product_numbers import (
    NUMBERINGS,
    shown_numbers,
)
from hengjian.identity.product_pages import (
    Entry,
    Page,
    entry_at,
    label,
    pages_at,
    speaks_of_nothing_alike,
)
from hengjian.identity.products import (
    Register,
)
from hengjian.text.folds import fold
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import Lead, quote_of, suspicions
from hengjian.violations.suspicion import Figure, Said, Undecided

_KINDS = ("cosmetic_filing", "special_cosmetic")
# What the register writes of the summary, under one of these names.
_SUMMARY = ("功效宣称依据的摘要", "功效宣称依据摘要", "功效依据摘要", "功效宣称摘要", "摘要")
_UNPUBLISHED = ("未公布", "未上传", "未提交", "未公开", "无摘要", "没有")
_BARE_NO = {"无", "否", "未"}
# Claims whose grounds must be tested or published; what one sees at once (cleaning, make-up,
# scent, dyeing, hair removal) needs none. From memory of the classes of claims; 待确认.
_CLAIMS = (
    *(
        "祛斑",
        "美白",
        "防晒",
        "防脱",
        "祛痘",
        "滋养",
        "修护",
        "修复",
        "抗皱",
        "淡纹",
        "紧致",
        "舒缓",
    ),
    *("控油", "去角质", "防断发", "去屑", "保湿", "抗衰", "淡斑", "提亮"),
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield listings that claim an efficacy of a product whose register entry has no summary.

    Only an entry that says so counts; one that says nothing of a summary leaves the listing
    undecided.
    """
    listings, entries = tables["listing"], tables["register_entry"]
    leads, unknown = [], set()
    for kind in _KINDS:
        register = Register(NUMBERINGS[kind], entries)
        by_row = defaultdict(list)
        for shown in shown_numbers(listings, NUMBERINGS[kind]):
            by_row[shown.row].append(shown)
        for page in pages_at(listings, sorted(by_row)):
            row, numbers = page.row, by_row[page.row]
            claim = _claim(page)
            found = [entry_at(entries, at) for n in numbers for at in register.rows.get(n.code, ())]
            found = [entry for entry in found if not speaks_of_nothing_alike(page, entry)]
            if claim is None or not found:
                continue
            said = [_is_unpublished(entry) for entry in found]
            if all(said):
                quote = quote_of(listings, row, numbers[0].fieldname, numbers[0].code)
                leads.append(_lead(page, found, claim)._replace(quote=quote))
            elif False not in said:
                unknown.add(row)
    if unknown:
        yield Undecided("register_entry.values", len(unknown))
    yield from suspicions(listings, leads)


def _claim(page: Page) -> str | None:
    told = fold(page.title + (label(page.labels, "功能") or ""))
    return next((claim for claim in _CLAIMS if claim in told), None)


def _is_unpublished(entry: Entry) -> bool | None:
    told = next((entry.values[name] for name in _SUMMARY if name in entry.values), None)
    if told is None:
        return None
    return told.strip() in _BARE_NO or any(word in told for word in _UNPUBLISHED)


def _lead(page: Page, entries: list[Entry], claim: str) -> Lead:
    return Lead(
        page.row,
        [entry.row for entry in entries],
        None,
        [Figure("登记库中未公布摘要的条目", len(entries), "条")],
        f"页面宣称“{claim}”，而化妆品登记（{entries[0].number}）载明功效宣称依据的摘要未公布，"
        "涉嫌未公布功效宣称依据，请在国家药监局指定的专门网站核对摘要，并责令注册人、备案人说明。",
        0.65,
    )
