"""Tells whether a filing number that somebody shows has a wrong check digit."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.identity.numbers import find_numbers, mod_11_10, value_state
from hengjian.text.folds import fold
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_FIELDS = ("licences_shown", "licence_nos")
_LABELS = "attributes."
_FORM = "prepackaged_filing"
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
            if value_state(_FORM, number) == "well_formed":
                yield f"{name}[{index}]", number
    for name, shown in row.texts.items():
        number = "".join(fold(shown).upper().split())
        if name.startswith(_LABELS) and value_state(_FORM, number) == "well_formed":
            yield name, number
    text = row.texts.get("text", "")
    for found in find_numbers(_FORM, text):
        if found.state == "well_formed":
            yield "text", "".join(fold(text[found.start : found.end]).upper().split())
