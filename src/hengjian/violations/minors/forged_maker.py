"""Children's goods under a barcode that registers and deliveries give to another maker."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from hengjian.identity.numbers import gtin_checks
from hengjian.identity.product_numbers import (
    labelled,
    map_cells,
)
from hengjian.identity.product_pages import (
    MAKER_LABELS,
    Page,
    entry_at,
    label,
    pages_at,
    same_operator,
)
from hengjian.records.labels import label_names
from hengjian.text.folds import fold
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import Lead, suspicions
from hengjian.violations.suspicion import Figure, Quote, Said, Undecided
from hengjian.violations.vocabulary import word_lists

_LABEL = "商品条码"
_LENGTHS = {8, 12, 13, 14}
_FULL = 14
# GTINs that begin with 2 are a shop's own; 0 and 1 before it fill the number up.
_OWN = re.compile(r"^02|^2")
# How many digits of a Chinese EAN-13 name the company. 待确认 against GB 12904.
_COMPANY_DIGITS = {"690": 7, "691": 7, **dict.fromkeys(map(str, range(692, 697)), 8), "697": 9}
# Shops that must have been delivered it by the same maker, where no register holds the barcode.
_LEAST_SHOPS = 2
# Different barcodes of one company before the company's number is believed to be its.
_LEAST_OF_COMPANY = 5


class _Known(NamedTuple):
    """Whom a barcode belongs to.

    Attributes:
        names: Makers, suppliers and holders.
        producers: Makers alone.
        supply, entries: Rows.
        shops: That were delivered it.
    """

    names: set[str]
    producers: set[str]
    supply: list[int]
    entries: list[int]
    shops: set[str]


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield children's goods that name another maker than the one their barcode belongs to.

    Whose it is, registers tell (商品条码 among the values of an entry), or deliveries to two shops
    and more; or all of at least five other barcodes of the company, as its number in front tells.
    A page that names any of the companies behind the barcode is clear: it may be made to order.
    """
    listings = tables["listing"]
    known = _owners(tables)
    companies = _companies(known)
    cells = labelled(listings, (_LABEL,))
    found: dict[int, tuple[str, str, _Known]] = {}
    leads, unknown, no_maker = [], 0, 0
    values: list[Any] = cells.value.to_pylist()
    names: list[Any] = cells.name.to_pylist()
    for row, name, value in zip(cells.row.tolist(), names, values, strict=True):
        code = _gtin(value)
        owner = code and _owner(code, known, companies)
        if owner:
            found[row] = f"attributes.{name}", value, owner
        unknown += code is not None and not owner
    plain = labelled(listings, MAKER_LABELS)
    told: list[Any] = plain.value.to_pylist()
    for row, maker in zip(plain.row.tolist(), told, strict=True):
        if row in found and maker in found[row][2].names:
            del found[row]
    for page in pages_at(listings, sorted(found)):
        fieldname, value, owner = found[page.row]
        if not _is_childrens(page):
            continue
        if not page.makers:
            no_maker += 1
        elif not _names_any(page, owner.names):
            leads.append(_lead(page, fieldname, value, owner))
    if unknown:
        yield Undecided("register_entry.values", unknown)
    if no_maker:
        yield Undecided("listing.attributes", no_maker)
    yield from suspicions(listings, leads)


def _owner(code: str, known: dict[str, _Known], companies: dict[str, _Known]) -> _Known | None:
    owner = known.get(code)
    if owner and (owner.entries or len(owner.shops) >= _LEAST_SHOPS):
        return owner
    return companies.get(_company(code) or "")


def _gtin(value: str) -> str | None:
    """Return a barcode as 14 digits; None: it is none, or a shop's own."""
    digits = re.sub(r"[\s\-]", "", fold(value))
    if not digits.isascii() or not digits.isdigit() or len(digits) not in _LENGTHS:
        return None
    return None if _OWN.match(digits) or not gtin_checks(digits) else digits.zfill(_FULL)


def _owners(tables: Tables) -> dict[str, _Known]:
    known: dict[str, _Known] = defaultdict(lambda: _Known(set(), set(), [], [], set()))
    entries = tables["register_entry"]
    barcodes = map_cells(entries, "values", label_names(_LABEL))
    told: list[Any] = barcodes.value.to_pylist()
    for row, value in zip(barcodes.row.tolist(), told, strict=True):
        entry = entry_at(entries, row)
        for part in re.split(r"[;；、，,|\n]", value):
            code = _gtin(part)
            if code is not None and entry.names:
                known[code].names.update(entry.names)
                known[code].producers.add(entry.names[0])
                known[code].entries.append(row)
    supply = tables.get("supply")
    if supply is not None:
        given: Any = supply.column("gtin").is_valid()
        for row in np.flatnonzero(np.asarray(given)).tolist():
            [each] = supply.slice(row, 1).to_pylist()
            code = _gtin(each["gtin"])
            if code is not None and each["producer"]:
                known[code].names.update({each["producer"].strip(), each["supplier"].strip()})
                known[code].producers.add(each["producer"].strip())
                known[code].supply.append(row)
                known[code].shops.add(each["shop_id"])
    return known


def _company(code: str) -> str | None:
    digits = code.removeprefix("0")
    length = _COMPANY_DIGITS.get(digits[:3])
    return digits[:length] if length and not code.startswith("00") else None


def _companies(known: dict[str, _Known]) -> dict[str, _Known]:
    """Return the companies' numbers all of whose barcodes belong to one maker."""
    found: dict[str, list[_Known]] = defaultdict(list)
    for code, owner in known.items():
        company = _company(code)
        if company:
            found[company].append(owner)
    merged = {}
    for company, owners in found.items():
        producers = set().union(*(owner.producers for owner in owners))
        first = next(iter(sorted(producers)))
        if len(owners) >= _LEAST_OF_COMPANY and all(same_operator(first, p) for p in producers):
            merged[company] = _Known(
                set().union(*(owner.names for owner in owners)),
                producers,
                [row for owner in owners for row in owner.supply][:_LEAST_OF_COMPANY],
                [row for owner in owners for row in owner.entries][:_LEAST_OF_COMPANY],
                set().union(*(owner.shops for owner in owners)),
            )
    return merged


def _is_childrens(page: Page) -> bool:
    lists = word_lists()
    words = (*lists["儿童用品"], *lists["学童小物"], *lists["玩具"], "母婴", "婴", "童")
    return any(word in page.words for word in words) and not any(
        word in page.words for word in lists["成人用品外"]
    )


def _names_any(page: Page, names: set[str]) -> bool:
    return any(fold(name) in page.everything for name in names) or any(
        same_operator(shown, name) for shown in page.names for name in names
    )


def _lead(page: Page, fieldname: str, value: str, owner: _Known) -> Lead:
    producer = sorted(owner.producers)[0]
    maker = label(page.labels, "生产厂家") or page.makers[0]
    told = len(owner.entries) + len(owner.supply)
    return Lead(
        page.row,
        owner.entries,
        Quote(fieldname, 0, value),
        [Figure("登记或者供货记录中该条码的条数", told, "条")],
        f"商品条码“{value}”在 {told} 条登记或者供货记录中属于“{producer}”，"
        f"而页面生产厂家为“{maker}”，"
        "涉嫌伪造、冒用厂名或者条码，请在商品条码数据库核对厂商，并向所标厂家所在地发函。",
        0.7 if owner.entries else 0.6,
        {"supply": owner.supply},
    )
