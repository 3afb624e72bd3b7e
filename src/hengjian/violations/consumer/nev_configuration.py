"""Electric cars whose page promises parts that no registered version has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hengjian.identity.product_models import number_in, registered_numbers, sold_vehicles
from hengjian.identity.product_pages import (
    Entry,
    Page,
)
from hengjian.text.folds import fold
from hengjian.violations.consumer.nev_exaggeration import is_no_car
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import Lead, suspicions
from hengjian.violations.suspicion import Figure, Quote, Said, Undecided

# Pages round the figure.
_LEAST_LIFT = 1.01
# More is better; the names under which page and register have it, and the unit.
_NUMBERS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "电机功率": (
        ("电机功率kW", "电机功率", "最大功率kW", "峰值功率kW", "电机总功率", "最大功率"),
        "kW",
    ),
    "座位数": (("座位数", "额定载客", "额定载客人数", "座位"), "座"),
    "最高车速": (("最高车速km/h", "最高车速", "最高时速"), "km/h"),
    "气囊数": (("气囊数", "安全气囊数", "气囊"), "个"),
    "激光雷达数": (("激光雷达数", "激光雷达数量", "激光雷达"), "颗"),
    "摄像头数": (("摄像头数", "摄像头数量"), "个"),
    "扬声器数": (("扬声器数", "扬声器数量", "音响数量"), "个"),
}
# One of several; the words that mean the same stand together.
_CHOICES: Mapping[str, tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]] = {
    "电池类型": (
        ("电池类型", "动力电池类型", "电池种类", "储能装置种类"),
        {"三元锂": ("三元",), "磷酸铁锂": ("磷酸铁锂", "铁锂"), "钠离子": ("钠离子", "钠电")},
    ),
    "驱动形式": (
        ("驱动形式", "驱动方式"),
        {"四驱": ("四驱", "全轮", "4wd", "awd"), "后驱": ("后驱", "后置后", "后轮"),
         "前驱": ("前驱", "前置前", "前轮")},
    ),
    "悬架": (
        ("悬架", "悬架形式", "悬挂"),
        {"空气悬架": ("空气",), "普通悬架": ("普通", "螺旋弹簧")},
    ),
}  # fmt: skip
_OPTIONAL = re.compile(r"选装|选配|加装|可选|另购|高配|顶配")


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the cars of which the page shows more, or another part, than any registered version.

    Only labels of page and register that name the same part are held together; what is optional
    says nothing.
    """
    listings = tables["listing"]
    leads: list[Lead] = []
    unknown = 0
    for page, found in sold_vehicles(listings, tables["register_entry"]):
        if is_no_car(page):
            continue
        said = [*_of_numbers(page, found), *_of_choices(page, found)]
        leads.extend(lead for lead in said if isinstance(lead, Lead))
        unknown += bool(said) and all(lead is None for lead in said)
    if unknown:
        yield Undecided("register_entry.values", unknown)
    yield from suspicions(listings, leads)


def _of_numbers(page: Page, found: Sequence[Entry]) -> Iterator[Lead | bool | None]:
    """Yield a lead, True where a part is as registered, None where the register lacks it."""
    for part, (names, unit) in _NUMBERS.items():
        for name in (name for name in names if name in page.labels):
            text = page.labels[name]
            claim, best = number_in(text), registered_numbers(found, names)
            if claim is None or _OPTIONAL.search(text):
                continue
            if best is None:
                yield None
            elif claim <= _LEAST_LIFT * max(best):
                yield True
            else:
                told = f"{part}“{text}”，登记的各版本最高为 {max(best):g}{unit}"
                figure = Figure(f"页面所示{part}", claim, unit, max(best))
                yield _lead(page, found, Quote(f"attributes.{name}", 0, text), told, figure)


def _of_choices(page: Page, found: Sequence[Entry]) -> Iterator[Lead | bool | None]:
    for part, (names, choices) in _CHOICES.items():
        for name in (name for name in names if name in page.labels):
            text = page.labels[name]
            claimed = _choice(text, choices)
            registered = [_choice(_value(entry, names), choices) for entry in found]
            if claimed is None or _OPTIONAL.search(text):
                continue
            if None in registered:
                yield None
            elif claimed in registered:
                yield True
            else:
                known = "、".join(sorted({choice for choice in registered if choice}))
                told = f"{part}“{text}”，登记的各版本为{known}"
                figure = Figure(f"登记的{part}与页面不同的版本", len(found), "个")
                yield _lead(page, found, Quote(f"attributes.{name}", 0, text), told, figure)


def _value(entry: Entry, names: Sequence[str]) -> str:
    return next((entry.values[name] for name in names if name in entry.values), "")


def _choice(text: str, choices: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return which of several a text names; None: none, or several."""
    named = [choice for choice, words in choices.items() if any(w in fold(text) for w in words)]
    return named[0] if len(named) == 1 else None


def _lead(page: Page, found: Sequence[Entry], quote: Quote, told: str, figure: Figure) -> Lead:
    return Lead(
        page.row,
        [entry.row for entry in found],
        quote,
        [figure],
        f"页面宣称“{found[0].name}”的{told}，涉嫌配置与登记不符，请核对公告参数、合格证和实车。",
        0.6,
    )
