"""Suspicions about listings whose product is not what a register says of it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from hengjian.identity.product_models import grades_in, sold_models
from hengjian.identity.product_numbers import (
    NUMBERINGS,
    place_of,
)
from hengjian.identity.product_pages import (
    Entry,
    Page,
)
from hengjian.identity.products import (
    Check,
    Flaw,
    Unclear,
    check_numbers,
    rows_without_attributes,
)
from hengjian.records.kinds import KINDS
from hengjian.records.labels import label_names
from hengjian.text.folds import fold
from hengjian.violations.detector import Tables
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

ALL_FLAWS: frozenset[Flaw] = frozenset(
    ("absent", "lapsed", "expired", "other_maker", "other_product")
)


class Lead(NamedTuple):
    """What is wrong with one listing.

    Attributes:
        row: Of the listing.
        entries: Rows of register entries.
        quote: Where it stands on the page; None: nowhere.
        told: In Chinese.
    """

    row: int
    entries: Sequence[int]
    quote: Quote | None
    figures: Sequence[Figure]
    told: str
    score: float
    others: Mapping[str, Sequence[int]] = {}


def suspicions(listings: pa.Table, leads: Sequence[Lead]) -> Iterator[Suspicion]:
    """Yield one suspicion for every item; its captures that say the same belong to it."""
    by_item: dict[tuple[str, str], list[Lead]] = {}
    rows = pa.array([lead.row for lead in leads], pa.int64())
    ids = listings.select(_ids(listings)).take(rows).to_pylist()
    for lead, given in zip(leads, ids, strict=True):
        own_id = KINDS["listing"].own_id({"url": None, "item_id": None, **given})
        by_item.setdefault((given["platform"], own_id), []).append(lead)
    for (platform, own_id), same in by_item.items():
        yield _suspicion(listings, platform, own_id, same)


def _ids(listings: pa.Table) -> list[str]:
    names = ("record_id", "platform", "item_id", "url")
    return [name for name in names if name in listings.column_names]


def _suspicion(listings: pa.Table, platform: str, own_id: str, leads: list[Lead]) -> Suspicion:
    first = max(leads, key=lambda lead: (lead.score, -lead.row))
    rows = [first.row, *(lead.row for lead in leads if lead is not first)]
    captured = [listings.column("captured_at")[row].as_py() for row in rows]
    moments: list[dt.datetime] = [at for at in captured if at is not None]
    rests_on: dict[str, Sequence[int]] = {"listing": list(dict.fromkeys(rows))}
    entries = list(dict.fromkeys(row for lead in leads for row in lead.entries))
    if entries:
        rests_on["register_entry"] = entries
    rests_on.update({kind: list(places) for kind, places in first.others.items() if places})
    return Suspicion(
        subject_kind="listing",
        subject_id=own_id,
        rests_on=rests_on,
        figures=first.figures,
        explanation=first.told,
        score=first.score,
        conduct_from=min(moments, default=None),
        conduct_until=max(moments, default=None),
        conduct_known="captured" if moments else "unknown",
        platform=platform,
        quotes=[first.quote] if first.quote else [],
    )


def number_leads(
    tables: Tables,
    kinds: Sequence[str],
    conduct: str,
    *,
    flaws: Collection[Flaw] = ALL_FLAWS,
    in_scope: Callable[[Page, Check], bool] = lambda _page, _check: True,
) -> Iterator[Said]:
    """Yield suspicions about the numbers of some kinds that listings show.

    Rows whose number stands in no register that covers it, or whose labels are unknown, are left
    out and told.

    Args:
        tables: Listings and register entries.
        kinds: Keys of NUMBERINGS.
        conduct: In Chinese, what it may be and what to verify.
        flaws: Which are told; the others are another violation's.
        in_scope: Whether the violation is about such a page.
    """
    listings, entries = tables["listing"], tables["register_entry"]
    leads: list[Lead] = []
    unclear: dict[int, str] = {}
    judged: set[int] = set()
    for kind in kinds:
        for said in check_numbers(listings, entries, NUMBERINGS[kind]):
            if isinstance(said, Unclear):
                unclear[said.row] = said.fieldname
            elif said.flaw in flaws and in_scope(said.page, said):
                leads.append(_lead(listings, said, NUMBERINGS[kind].title, conduct))
                judged.add(said.shown.row)
    missing = Counter(field for row, field in unclear.items() if row not in judged)
    missing["listing.attributes"] += rows_without_attributes(listings, [*judged, *unclear])
    yield from (Undecided(field, count) for field, count in missing.items() if count)
    yield from suspicions(listings, leads)


def _lead(listings: pa.Table, check: Check, title: str, conduct: str) -> Lead:
    quote = quote_of(listings, check.shown.row, check.shown.fieldname, check.shown.code)
    written = quote.text if quote else check.shown.code
    figures = [Figure("登记库中该编号的条数", len(check.entries), "条")]
    if check.cover:
        figures.append(Figure("登记库中同系列编号", check.cover.entries, "个"))
        if check.cover.shown:
            share = round(100 * check.cover.found / check.cover.shown, 1)
            figures.append(Figure("页面所示同类编号可查到的比例", share, "%"))
    return Lead(
        check.shown.row,
        [entry.row for entry in check.entries],
        quote,
        figures,
        f"页面所示{title}“{written}”{check.told}，{conduct}",
        check.certain,
    )


def quote_of(listings: pa.Table, row: int, fieldname: str, code: str) -> Quote | None:
    """Return a code as a field of a page writes it."""
    found = place_of(code, text_at(listings, row, fieldname))
    return Quote(fieldname, *found) if found else None


def text_at(listings: pa.Table, row: int, fieldname: str) -> str:
    """Return a text of a listing; an attribute goes by `attributes.LABEL`."""
    column, _, name = fieldname.partition(".")
    value = listings.column(column)[row].as_py()
    return str(dict(value)[name] if name else value)


# Words before a grade that is another product's.
_COMPARED = re.compile(r"(?:媲美|接近|不是|非|对比|堪比|超|优于|升)\s*$")


def overstated_grades(
    tables: Tables, register: str, grade_label: str, in_title: str, conduct: str
) -> Iterator[Said]:
    """Yield listings that claim a better grade than any entry of their model has.

    Args:
        tables: Listings and register entries.
        register: Which holds the grades; 1 is the best.
        grade_label: The label that shows the grade, and what the register calls it.
        in_title: Pattern of a claim in the title, read where no label shows a grade.
        conduct: In Chinese, what it may be and what to verify.
    """
    listings, entries = tables["listing"], tables["register_entry"]
    leads, unknown = [], 0
    for page, found in sold_models(listings, entries, register):
        claim = _claimed_grade(page, grade_label, in_title)
        if claim is None:
            continue
        names = (grade_label, "等级", grade_label.removesuffix("等级") + "级别")
        grades = [[g for n in names for g in grades_in(e.values.get(n, ""))] for e in found]
        if not all(grades):
            unknown += 1
        elif claim.grade < min(map(min, grades)):
            leads.append(_grade_lead(page, found, claim, min(map(min, grades)), conduct))
    if unknown:
        yield Undecided("register_entry.values", unknown)
    yield from suspicions(listings, leads)


class _Claim(NamedTuple):
    grade: int
    quote: Quote


def _claimed_grade(page: Page, grade_label: str, in_title: str) -> _Claim | None:
    for name in (grade_label, *sorted(label_names(grade_label))):
        grades = grades_in(page.labels.get(name, ""))
        if grades:
            return _Claim(max(grades), Quote(f"attributes.{name}", 0, page.labels[name]))
    match = re.search(in_title, fold(page.title))
    if match is None or _COMPARED.search(fold(page.title)[: match.start()]):
        return None
    return _Claim(1, Quote("title", match.start(), page.title[match.start() : match.end()]))


def _grade_lead(
    page: Page, entries: Sequence[Entry], claim: _Claim, best: int, conduct: str
) -> Lead:
    return Lead(
        page.row,
        [entry.row for entry in entries],
        claim.quote,
        [Figure("页面宣称的等级", claim.grade, "级", best)],
        f"页面宣称{claim.grade}级（“{claim.quote.text}”），而型号 {entries[0].model} 在登记库中的"
        f" {len(entries)} 条记录最高为{best}级，{conduct}",
        0.75,
    )
