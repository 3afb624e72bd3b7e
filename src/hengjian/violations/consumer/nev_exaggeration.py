"""Electric cars offered with a longer range, or a larger battery, than was registered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hengjian.identity.product_models import (
    number_in,
    registered_numbers,
    sold_vehicles,
)
from hengjian.identity.product_pages import (
    Entry,
    Page,
)
from hengjian.text.folds import fold
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import Lead, suspicions
from hengjian.violations.suspicion import Figure, Quote, Said, Undecided
from hengjian.violations.vocabulary import word_lists

# Pages round the figure.
_LEAST_LIFT, _LEAST_MORE_KM = 1.01, 5.0
_SHORTEST_KM, _LONGEST_KM = 50.0, 5000.0
_RANGES = ("续航里程km", "CLTC续航里程km", "纯电续航里程km", "续航里程", "纯电续航里程", "续航km")
_TOTAL_RANGES = ("综合续航里程km", "综合续航里程")
_BATTERIES = ("电池容量kWh", "动力电池容量kWh", "电池能量kWh", "电池容量", "储能装置总储电量kWh")
_RANGE_LABELS = ("续航里程", "纯电续航里程", "CLTC续航里程", "续航里程(km)", "续航里程km", "续航")
_BATTERY_LABELS = ("电池容量", "电池容量kWh", "电池能量", "电池容量(kWh)", "动力电池容量")
_CYCLES = ("nedc", "wltp", "wltc", "epa", "等速")
_CLTC = "cltc"
_RANGE = re.compile(
    r"(?:续航|续驶|满电|充满|一次充电|纯电)[^0-9。；;，,!！]{0,10}(?P<km>\d{2,4})\s*(?:km|公里)"
    r"|(?P<km2>\d{2,4})\s*(?:km|公里)[^0-9。；;，,!！]{0,4}续航"
)
# Both drives together, what is not the car's range, or is somebody else's.
_OTHER_RANGE = re.compile(
    r"综合|满油|油电|总续航|质保|补能|充电|分钟|相比|竞品|友商|增加|提升|多跑"
)
_CLAUSE_END = re.compile(r"[。；;，,!！?？\n]")
_BESIDE = ("二手", "租车", "配件", "电池更换", "改装")


class Claim(NamedTuple):
    """A figure on a page.

    Attributes:
        cycle: How it says it was measured; empty: it doesn't.
    """

    value: float
    quote: Quote
    cycle: str


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the cars whose page claims more than any version in the register reaches.

    Ranges: km, at least 1 % and 5 km more; battery: kWh, 1 % more. A range of both drives together,
    or by another cycle than the register's, is no measure for it. A listing of which one version
    lacks the value in the register is left out and told.
    """
    listings = tables["listing"]
    leads: list[Lead] = []
    unknown = 0
    for page, found in sold_vehicles(listings, tables["register_entry"]):
        if is_no_car(page):
            continue
        said = [_exceeds(page, found, *measure) for measure in _measures(page)]
        leads.extend(lead for lead in said if lead)
        unknown += bool(said) and all(lead is None for lead in said) and _lacks(page, found)
    if unknown:
        yield Undecided("register_entry.values", unknown)
    yield from suspicions(listings, leads)


def is_no_car(page: Page) -> bool:
    """Tell whether a page offers a toy, an accessory or a used car."""
    return any(word in page.words for word in (*word_lists()["车辆周边"], *_BESIDE))


def _measures(page: Page) -> Iterator[tuple[Claim, Sequence[str], str, float]]:
    """Yield the claims of a page, what the register calls them, the unit and the least excess."""
    for claim in _ranges(page):
        yield claim, _RANGES, "km", _LEAST_MORE_KM
    for name in _BATTERY_LABELS:
        value = number_in(page.labels.get(name, ""))
        if value is not None:
            quote = Quote(f"attributes.{name}", 0, page.labels[name])
            yield Claim(value, quote, ""), _BATTERIES, "kWh", 0.0


def _ranges(page: Page) -> Iterator[Claim]:
    for name in _RANGE_LABELS:
        text = page.labels.get(name, "")
        value = number_in(text)
        if value is not None and not _OTHER_RANGE.search(text):
            yield _claim(value, Quote(f"attributes.{name}", 0, text), name + text)
    for fieldname, text in (("title", page.title), ("text", page.text)):
        folded = fold(text)
        for match in _RANGE.finditer(folded):
            before = _CLAUSE_END.split(folded[max(0, match.start() - 8) : match.start()])[-1]
            after = _CLAUSE_END.split(folded[match.end() : match.end() + 4])[0]
            around = before + match[0] + after
            if not _OTHER_RANGE.search(around):
                quote = Quote(fieldname, match.start(), text[match.start() : match.end()])
                yield _claim(float(match["km"] or match["km2"]), quote, around)


def _claim(value: float, quote: Quote, around: str) -> Claim:
    told = fold(around)
    return Claim(value, quote, next((cycle for cycle in (_CLTC, *_CYCLES) if cycle in told), ""))


def _exceeds(
    page: Page, found: Sequence[Entry], claim: Claim, names: Sequence[str], unit: str, more: float
) -> Lead | None:
    registered = registered_numbers(found, names)
    if registered is None or (unit == "km" and not _SHORTEST_KM <= claim.value <= _LONGEST_KM):
        return None
    if claim.cycle and claim.cycle != _cycle_of(found):
        return None
    best = max(registered)
    if claim.value <= max(_LEAST_LIFT * best, best + more):
        return None
    what = "续航里程" if unit == "km" else "电池容量"
    return Lead(
        page.row,
        [entry.row for entry in found],
        claim.quote,
        [Figure(f"页面宣称的{what}", claim.value, unit, best)],
        f"页面宣称{what}“{claim.quote.text}”（{claim.value:g}{unit}），而“{found[0].name}”在车辆公告中"
        f"最高为 {best:g}{unit}（高出 {claim.value / best - 1:.1%}），涉嫌夸大{what}，"
        "请核对车型版本、公告参数和所用工况。",
        0.7,
    )


def _cycle_of(found: Sequence[Entry]) -> str:
    """Return the cycle that the register names; CLTC where it names none, as it is the common."""
    told = fold("".join(name + value for entry in found for name, value in entry.values.items()))
    return next((cycle for cycle in (_CLTC, *_CYCLES) if cycle in told), _CLTC)


def _lacks(page: Page, found: Sequence[Entry]) -> bool:
    names = [names for _, names, _, _ in _measures(page)]
    return any(registered_numbers(found, wanted) is None for wanted in names)
