"""Tells whether a page that shows its licences shows none for the trade in drugs."""

from __future__ import annotations

from hengjian.identity.numbers import find_numbers
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_FIELD = "licences_shown"


def judge(row: Row) -> Answer:
    """Return true if the licences shown are known and none is one for drugs.

    A page that has a number with wrong form has shown one: its form is another question.
    """
    licences = row.value(_FIELD)
    if licences is None:
        return Answer(None, missing=frozenset({_FIELD}))
    if any("药" in number or any(find_numbers("drug_operation", number)) for number in licences):
        return Answer(False)
    return Answer(True, (Evidence(_FIELD, None, None, "absent", "药品经营许可证编号"),))
