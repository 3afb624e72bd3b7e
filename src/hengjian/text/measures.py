"""Numbers with a unit in a text, such as 续航800公里 or 一个月瘦二十斤."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"百": 100.0, "千": 1e3, "万": 1e4, "w": 1e4, "亿": 1e8}

# Each unit's ways of being written, in folded text, and how many of the unit one of them is.
UNITS: dict[str, dict[str, float]] = {
    "km": {"公里": 1, "千米": 1, "km": 1},
    "km/h": {
        "公里/小时": 1,
        "公里每小时": 1,
        "千米/小时": 1,
        "km/h": 1,
        "kmh": 1,
        "迈": 1,
        "码": 1,
    },
    "g": {
        "克": 1,
        "g": 1,
        "千克": 1000,
        "公斤": 1000,
        "kg": 1000,
        "斤": 500,
        "两": 50,
        "mg": 0.001,
    },
    "ml": {"毫升": 1, "ml": 1, "升": 1000, "l": 1000},
    "mm": {"毫米": 1, "mm": 1, "厘米": 10, "cm": 10, "公分": 10, "米": 1000},
    "yuan": {"元": 1, "块钱": 1, "块": 1, "rmb": 1, "圆": 1},
    "percent": {"%": 1, "个百分点": 1},
    "day": {"天": 1, "日": 1, "周": 7, "个月": 30},
    "night": {"晚": 1},
    "minute": {"分钟": 1, "小时": 60, "秒": 1 / 60, "秒钟": 1 / 60},
    "year": {"年": 1},
    "age": {"岁": 1, "周岁": 1, "个月": 1 / 12},
    "times": {"倍": 1},
    "piece": {
        **dict.fromkeys(("件", "个", "单", "份", "条", "盒", "台"), 1.0),
        **dict.fromkeys(("人", "户", "名", "位", "用户", "会员", "家庭", "粉丝"), 1.0),
    },
    "mw": {"mw": 1, "毫瓦": 1},
    "w": {"w": 1, "瓦": 1, "kw": 1000, "千瓦": 1000},
    "v": {"v": 1, "伏": 1},
}
_PREFIXED = {"yuan": "¥", "km/h": "时速", "percent": "百分之"}
# What may follow a unit only as a part of another one: 公里/小时, 元宝, kg.
_NOT_AFTER = {"km": r"\s*(?:/|每|h)", "g": r"[a-z]", "l": r"[a-z]", "yuan": "宝", "day": "[常用化]"}

_NUMBER = (
    r"(?P<number>\d[\d,]*(?:\.\d+)?|[〇零一二两三四五六七八九十百千]+)(?:\+|多|余|来)?"
    r"\s*(?P<scale>[百千万w亿])?(?:\+|多|余)?"
)


class Measure(NamedTuple):
    """A number with its unit, by offsets into the text."""

    start: int
    end: int
    value: float


def measures(folded: str, unit: str) -> Iterator[Measure]:
    """Return the numbers of a unit that stand in a folded text.

    Args:
        folded: A text as `folds.fold` gives it.
        unit: A key of UNITS; values are given in it.
    """
    for match in _pattern(unit).finditer(folded):
        number = match["number"] or match["later"]
        scale = match["scale"] or match["later_scale"]
        factor = UNITS[unit].get(match["unit"] or "", 1.0)
        value = _number(number) * _SCALES.get(scale or "", 1.0) * factor
        yield Measure(match.start(), match.end(), value)


@cache
def _pattern(unit: str) -> re.Pattern[str]:
    ways = "|".join(sorted(map(re.escape, UNITS[unit]), key=len, reverse=True))
    beyond = f"(?!{_NOT_AFTER[unit]})" if unit in _NOT_AFTER else ""
    behind = rf"(?<![\d.]){_NUMBER}\s*(?P<unit>{ways}){beyond}"
    later = _NUMBER.replace("number", "later").replace("scale", "later_scale")
    before = rf"{_PREFIXED[unit]}\s*{later}" if unit in _PREFIXED else rf"(?!){later}"
    return re.compile(f"{before}|{behind}")


def _number(written: str) -> float:
    if written[0].isdigit() and written[0].isascii():
        return float(written.replace(",", ""))
    if not any(character in _POWERS for character in written):
        return float("".join(str(_DIGITS[character]) for character in written))
    total, digit = 0, 0
    for character in written:
        if character in _POWERS:
            total += (digit or 1) * _POWERS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return float(total + digit)
