"""Tells whether a page that shows its licences shows none for the trade in medical devices."""

from __future__ import annotations

from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_FIELD = "licences_shown"
_LABEL = "医疗器械经营许可或备案编号"


def judge(row: Row) -> Answer:
    """Return true if the licences shown are known and none is one for devices.

    All their numbers name the device (械经营许, 械经营备, 械生产许).
    """
    licences = row.value(_FIELD)
    if licences is None:
        return Answer(None, missing=frozenset({_FIELD}))
    if any("械" in number for number in licences):
        return Answer(False)
    return Answer(True, (Evidence(_FIELD, None, None, "absent", _LABEL),))
