"""Whether the production date and shelf life that a page shows had run out when it was captured."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

from hengjian.records.labels import label_names
from hengjian.text.folds import fold
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_DATE = re.compile(
    r"(?<!\d)(20\d{2})(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})(?!\d))?|(\d{2})(\d{2})(?!\d))"
)
_CHINESE = {"半": 0.5, "两": 2, "十": 10, "十二": 12, "十五": 15, "十八": 18, "二十四": 24} | {
    digit: value for value, digit in enumerate("一二三四五六七八九", start=1)
}
_NUMBER = "|".join([r"\d{1,4}", *sorted(_CHINESE, key=len, reverse=True)])
_LIFE = re.compile(rf"({_NUMBER})\s*(个月|天|日|周|年|月(?!\d))")
_MONTHS = {"个月": 1, "月": 1, "年": 12}
_DAYS = {"天": 1, "日": 1, "周": 7}
_MADE, _KEPT = "生产日期", "保质期"
# How far behind its name a label's value may begin in running text.
_REACH = 24


class _Value(NamedTuple):
    """A label's value, by its place in a field."""

    fieldname: str
    start: int
    end: int
    folded: str

    def evidence(self, label: str) -> Evidence:
        return Evidence(self.fieldname, self.start, self.end, "value", label)


def judge(row: Row) -> Answer:
    """Return whether the food was past its shelf life on the day of capture.

    Of several dates the latest counts, of several shelf lives the longest: pages list batches and
    ways of storing.
    """
    made, kept = _shown(_MADE, row), _shown(_KEPT, row)
    end = _last_day(made, kept)
    if end is None:
        told = row.record.get("attributes_complete") is True and not (made or kept)
        return Answer(False) if told else Answer(None, missing=_missing(made, kept))
    if row.conduct_on is None:
        return Answer(None, missing=frozenset({"captured_at"}))
    if end >= row.conduct_on:
        return Answer(False)
    over = Evidence(
        "captured_at", None, None, "derived", "超过保质期", (row.conduct_on - end).days, "天", 0
    )
    shown = [v.evidence(label) for v, label in ((made, _MADE), (kept, _KEPT)) if v is not None]
    return Answer(True, (*shown, over))


def _missing(made: _Value | None, kept: _Value | None) -> frozenset[str]:
    lacking = [name for name, value in ((_MADE, made), (_KEPT, kept)) if value is None]
    return frozenset(f"attributes.{name}" for name in lacking or [_MADE, _KEPT])


def _shown(label: str, row: Row) -> _Value | None:
    found = row.label(label)
    if found is not None and found[1]:
        return _Value(found[0], 0, len(found[1]), fold(found[1]))
    return next(_in_text(label, row), None)


def _in_text(label: str, row: Row) -> Iterator[_Value]:
    names = "|".join(sorted(map(re.escape, label_names(label)), key=len, reverse=True))
    pattern = re.compile(rf"(?:{names})(?:为|是|至)?[】\]:\s]*")
    # fold keeps every character's place.
    texts = ((f, fold(t)) for f, t in row.texts.items() if f in row.searched)
    for fieldname, text in texts:
        for match in pattern.finditer(text):
            value = re.match(rf"[^。;,，；\n]{{0,{_REACH}}}", text[match.end() :])
            if value and (_DATE.search(value[0]) or _LIFE.search(value[0])):
                yield _Value(fieldname, match.end(), match.end() + value.end(), value[0])


def _last_day(made: _Value | None, kept: _Value | None) -> dt.date | None:
    """Return the last day on which the food may be sold; None: the page does not say."""
    if kept is None:
        return None
    days = list(_dates(made.folded)) if made is not None else []
    lives = _LIFE.findall(kept.folded)
    if days and lives:
        return max(_add(max(days), number, unit) for number, unit in lives)
    return None if lives else max(_dates(kept.folded), default=None)


def _dates(folded: str) -> Iterator[dt.date]:
    for year, month, day, short_month, short_day in _DATE.findall(folded):
        numbers = int(year), int(month or short_month or 0), int(day or short_day or 0)
        if not 1 <= numbers[1] <= 12:  # noqa: PLR2004 - months of a year
            continue
        last = calendar.monthrange(numbers[0], numbers[1])[1]
        if numbers[2] <= last:
            yield dt.date(numbers[0], numbers[1], numbers[2] or last)


def _add(day: dt.date, number: str, unit: str) -> dt.date:
    count = _CHINESE.get(number) or float(number)
    if unit in _DAYS:
        return day + dt.timedelta(days=count * _DAYS[unit])
    months = day.year * 12 + day.month - 1 + round(count * _MONTHS[unit])
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
