"""Tells whether a page that shows its licences shows none for dangerous chemicals."""

from __future__ import annotations

from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_FIELD = "licences_shown"
# What the numbers of such licences hold, such as 赣应急经字〔2025〕001号, (苏)WH安许证字.
_MARKS = ("危化", "应急", "安经", "安监", "WH安", "危险化学品")


def judge(row: Row) -> Answer:
    """Return true if the licences shown are known and none is one for dangerous chemicals."""
    licences = row.value(_FIELD)
    if licences is None:
        return Answer(None, missing=frozenset({_FIELD}))
    if any(mark in number for number in licences for mark in _MARKS):
        return Answer(False)
    return Answer(True, (Evidence(_FIELD, None, None, "absent", "危险化学品经营许可证编号"),))
