"""Tells whether a filing number that somebody shows has a wrong check digit."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.identity.numbers import mod_11_10, value_state
from hengjian.text.folds import fold
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_FIELDS = ("licences_shown", "licence_nos")
_PREFIX = "YB"


def judge(row: Row) -> Answer:
    """Return true if a well-formed number fails its check digit, and none passes.

    That YB numbers are checked as JY numbers are is an assumption: the rule's score is low.
    """
    numbers = list(_numbers(row))
    wrong = [place for place, number in numbers if not mod_11_10(number.removeprefix(_PREFIX))]
    if not wrong or len(wrong) < len(numbers):
        return Answer(False)
    return Answer(True, tuple(Evidence(place, None, None, "form") for place in wrong))


def _numbers(row: Row) -> Iterator[tuple[str, str]]:
    for name in _FIELDS:
        for index, shown in enumerate(row.record.get(name) or ()):
            number = "".join(fold(shown).upper().split())
            if value_state("prepackaged_filing", number) == "well_formed":
                yield f"{name}[{index}]", number
