"""What a rule says of all rows of a batch at once, as far as that can be told without deciding.

A condition is bounded from both sides over its three truth values (false 0, unknown 1, true 2).
A row whose upper bound is 0 is settled; so is one that is unknown for certain, with the fields that
it lacks. All others are decided one by one, so that bounds may be loose but never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any as Value

import numpy as np

from hengjian.identity.numbers import FORMS, find_numbers
from hengjian.records.kinds import column_of
from hengjian.records.labels import label_names
from hengjian.text.folds import fold
from hengjian.violations.batch import BatchFacts, Rows
from hengjian.violations.condition import All, Any, Condition, Name, Not
from hengjian.violations.row import ANY_FIELD, ATTRIBUTES, ROLES, SPEAKERS
from hengjian.violations.rule import Rule
from hengjian.violations.selection import (
    COMPARISONS,
    ComputedTest,
    EmptyTest,
    EntryTest,
    FormTest,
    Guards,
    KindTest,
    LabelTest,
    MeasureTest,
    NumberTest,
    RoleTest,
    Selection,
    Test,
    ValueTest,
    WordTest,
    is_of_kind,
    measured,
)

_LABEL = f"{ATTRIBUTES}."
Levels = np.ndarray[tuple[int], np.dtype[np.int8]]
_FALSE, _UNKNOWN, _TRUE = 0, 1, 2


@dataclass(frozen=True)
class Settled:
    """What could be told of a rule's rows.

    Attributes:
        undecided: The rows that are to be decided one by one.
        lacking: The rows for which the rule is unknown, for each field for want of which it is so.
    """

    undecided: Rows
    lacking: tuple[tuple[str, Rows], ...]


def settle(rule: Rule, facts: BatchFacts) -> Settled:
    """Return which rows are still to be decided, and which are unknown; all others are false."""
    open_rows = (
        _of_condition(rule.condition, lambda name: _loosely(rule, name, facts)).most > _FALSE
    )
    if not open_rows.any():
        return Settled(open_rows, ())
    tests = {
        name: [[_closely(test, facts, open_rows) for test in g] for g in selection.alternatives]
        for name, selection in rule.selections.items()
    }
    whole = {name: _any(map(_all, groups)) for name, groups in tests.items()}
    bound = _of_condition(rule.condition, whole.__getitem__)
    undecided = open_rows & (bound.most > _FALSE)
    unknown = open_rows & (bound.least == bound.most) & (bound.most == _UNKNOWN)
    if not unknown.any():
        return Settled(undecided, ())
    lacking: dict[str, Rows] = {}
    for name, rows in _unknown_selections(rule.condition, whole, unknown.copy(), unknown):
        selection = rule.selections[name]
        for test, of in _unknown_tests(selection, tests[name], rows, unknown):
            for fieldname, absent in _missing(test, of, facts):
                lacking[fieldname] = lacking.get(fieldname, absent) | absent
    told = ((name, rows & unknown) for name, rows in sorted(lacking.items()))
    return Settled(undecided & ~unknown, tuple((name, rows) for name, rows in told if rows.any()))


def _loosely(rule: Rule, name: str, facts: BatchFacts) -> _Bounds:
    groups = rule.selections[name].alternatives
    return _any(_all(_test(test, facts) for test in group) for group in groups)


def _unknown_selections(
    condition: Condition, selections: Mapping[str, _Bounds], rows: Rows, unknown: Rows
) -> Iterator[tuple[str, Rows]]:
    """Yield the selections that leave rows unknown, as the condition's evaluation does of one.

    Rows for which that cannot be told are taken out of `unknown`.
    """
    match condition:
        case Name(name):
            yield name, rows
        case Not(inner):
            yield from _unknown_selections(inner, selections, rows, unknown)
        case All(parts) | Any(parts):
            for part in parts:
                open_rows = _unknown_among(
                    _of_condition(part, selections.__getitem__), rows, unknown
                )
                if open_rows.any():
                    yield from _unknown_selections(part, selections, open_rows, unknown)


def _unknown_tests(
    selection: Selection, bounds: Sequence[Sequence[_Bounds]], rows: Rows, unknown: Rows
) -> Iterator[tuple[Test, Rows]]:
    """Yield the tests that leave a selection unknown, as its evaluation does of one row."""
    for group, levels in zip(selection.alternatives, bounds, strict=True):
        in_group = _unknown_among(_all(levels), rows, unknown)
        for test, level in zip(group, levels, strict=True):
            yield test, _unknown_among(level, in_group, unknown)


def _unknown_among(bound: _Bounds, rows: Rows, unknown: Rows) -> Rows:
    unknown &= ~rows | (bound.least == bound.most)
    found: Rows = rows & (bound.most == _UNKNOWN)
    return found


@dataclass(frozen=True)
class _Bounds:
    """Between which truth values something lies, row by row."""

    least: Levels
    most: Levels


def _all(parts: Iterable[_Bounds]) -> _Bounds:
    """Return the bounds of all of some parts; it looks at no more of them than it needs."""
    rest = iter(parts)
    found = next(rest)
    while found.most.any() and (part := next(rest, None)) is not None:
        found = _Bounds(np.minimum(found.least, part.least), np.minimum(found.most, part.most))
    return found


def _any(parts: Iterable[_Bounds]) -> _Bounds:
    return reduce(
        lambda one, two: _Bounds(np.maximum(one.least, two.least), np.maximum(one.most, two.most)),
        parts,
    )


def _not(bounds: _Bounds) -> _Bounds:
    return _Bounds(_TRUE - bounds.most, _TRUE - bounds.least)


def _of_condition(
    condition: Condition, bounds_of: Callable[[str], _Bounds], *, exempts: bool = False
) -> _Bounds:
    match condition:
        case Name(name):
            return bounds_of(name)
        case Not(inner):
            return _not(_of_condition(inner, bounds_of, exempts=True))
        case All(parts):
            # What exempts seldom settles anything, so that it is looked at last.
            ordered = sorted(parts, key=lambda part: isinstance(part, Not))
            found = _all(_of_condition(part, bounds_of, exempts=exempts) for part in ordered)
            return found if exempts else _maybe_apart(found)
        case Any(parts):
            return _any(_of_condition(part, bounds_of, exempts=exempts) for part in parts)


def _maybe_apart(bounds: _Bounds) -> _Bounds:
    """Return the bounds of what all holds, but may stand too far apart to speak of one thing."""
    return _Bounds(bounds.least * (bounds.least < _TRUE), bounds.most)


def _test(test: Test, facts: BatchFacts) -> _Bounds:
    if not is_of_kind(test, facts.kind.name):
        return _exactly(_FALSE, facts)
    return _BOUND[type(test)](test, facts)


def _words(test: WordTest, facts: BatchFacts) -> _Bounds:
    holding = facts.having(test.words, test.fieldname)
    if test.guards.near and holding is not facts.nothing:
        holding = holding & _near(test.fieldname, test.guards, facts)
    return _in_text(test.fieldname, holding, facts.nothing, facts)


def _closely(test: Test, facts: BatchFacts, among: Rows) -> _Bounds:
    """Return the bounds of a test with its texts looked at one by one, for some rows."""
    bounds = _test(test, facts)
    among = among & (bounds.most == _TRUE)
    if not isinstance(test, WordTest | MeasureTest | FormTest) or not among.any():
        return bounds
    # Who speaks in a livestream, and what stands beside which label, is left to deciding.
    roles = frozenset() if isinstance(test, FormTest) else test.guards.roles & SPEAKERS
    if facts.kind.name == "livestream" or roles or test.fieldname.startswith(_LABEL):
        return bounds
    match test:
        case WordTest(fieldname):
            holding = facts.holds(test, among)
            return _in_text(fieldname, holding, holding, facts)
        case MeasureTest(fieldname):
            holding = facts.where(fieldname, among, lambda text: any(measured(test, fold(text))))
            return _in_text(fieldname, holding, facts.nothing, facts)
        case FormTest(fieldname, form) if fieldname == ANY_FIELD:
            holding = facts.where(fieldname, among, lambda text: any(find_numbers(form, text)))
            return _in_text(fieldname, holding, facts.nothing, facts)
        case _:
            return bounds


def _role(test: RoleTest, facts: BatchFacts) -> _Bounds:
    # In a livestream the speakers tell it.
    if facts.kind.name == "livestream":
        return _between(_FALSE, _TRUE, facts)
    return _exactly(_TRUE if ROLES.get(facts.kind.name) in test.roles else _FALSE, facts)


def _entries(test: EntryTest, facts: BatchFacts) -> _Bounds:
    some = _by_value(test.column, bool, facts).most
    return _Bounds(np.where(some == _UNKNOWN, some, facts.constant(_FALSE)), some)


def _exactly(level: int, facts: BatchFacts) -> _Bounds:
    return _between(level, level, facts)


def _between(least: int, most: int, facts: BatchFacts) -> _Bounds:
    return _Bounds(facts.constant(least), facts.constant(most))


def _in_text(fieldname: str, may_be_true: Rows, is_true: Rows, facts: BatchFacts) -> _Bounds:
    """Return the bounds of a test of a text, where there is one; it may lack in others."""
    without = facts.without_text(fieldname)
    least, most = without.unknown.view(np.int8), without.may_be_unknown.view(np.int8)
    if may_be_true is not facts.nothing:
        most = np.maximum((may_be_true & without.known).view(np.int8) << 1, most)
    if is_true is not facts.nothing:
        least = np.maximum((is_true & without.known).view(np.int8) << 1, least)
    return _Bounds(least, most)


def _measure(test: MeasureTest, facts: BatchFacts) -> _Bounds:
    may_be_true = _near(test.fieldname, test.guards, facts)
    return _in_text(test.fieldname, may_be_true, facts.nothing, facts)


def _form(test: FormTest, facts: BatchFacts) -> _Bounds:
    may_be_true = _may_hold_number(test, facts)
    return _in_text(test.fieldname, may_be_true, facts.nothing, facts)


def _may_hold_number(test: FormTest, facts: BatchFacts) -> Rows:
    if test.fieldname.startswith(_LABEL):
        return facts.labelled(label_names(test.fieldname.removeprefix(_LABEL)))
    if test.fieldname != ANY_FIELD:
        return facts.present(column_of(test.fieldname))
    signs = FORMS[test.form].signs
    return facts.having(frozenset(signs)) if signs else facts.with_number


def _near(fieldname: str, guards: Guards, facts: BatchFacts) -> Rows:
    company = (facts.having(near.words, fieldname) for near in guards.near)
    return reduce(np.logical_and, company, facts.everything)


def _labels(test: LabelTest, facts: BatchFacts) -> _Bounds:
    shown = [_shown(label, facts) for label in test.labels]
    if test.mode == "has":
        return _all(shown)
    absent = list(map(_not, shown))
    return _any(absent) if test.mode == "lacks" else _all(absent)


def _shown(label: str, facts: BatchFacts) -> _Bounds:
    """Return whether a page shows a label; what stands beside it or in the text is open."""
    names = label_names(label)
    is_open = facts.labelled(names) | facts.having(names) | facts.labelled_in_pictures
    absent = (~facts.complete).view(np.int8)
    return _Bounds(
        np.where(is_open, np.int8(_FALSE), absent), np.where(is_open, np.int8(_TRUE), absent)
    )


def _computed(test: ComputedTest, facts: BatchFacts) -> _Bounds:
    anything = _between(_FALSE, _TRUE, facts)
    shown = _all([anything, *(_shown(label, facts) for label in test.labels)])
    is_open = shown.most == _TRUE
    return _Bounds(np.where(is_open, anything.least, shown.most), shown.most)


def _number(test: NumberTest, facts: BatchFacts) -> _Bounds:
    operand = test.operand
    if operand.parameter is not None:
        # The number in force depends on the day.
        known = facts.present(column_of(test.fieldname)).view(np.int8)
        return _Bounds(facts.constant(_FALSE), known + np.int8(_UNKNOWN))
    values = facts.numbers(test.fieldname)
    bound = operand.constant if operand.fieldname is None else facts.numbers(operand.fieldname)
    if operand.fieldname is not None:
        bound = bound * operand.times
    level = np.where(COMPARISONS[test.comparison](values, bound), _TRUE, _FALSE)
    level = np.where(np.isnan(values + bound), _UNKNOWN, level).astype(np.int8)
    return _Bounds(level, level)


def _by_value(fieldname: str, holds: Callable[[Value], bool], facts: BatchFacts) -> _Bounds:
    level = np.fromiter(
        (_UNKNOWN if v is None else _TRUE * holds(v) for v in facts.values(fieldname)),
        dtype=np.int8,
        count=facts.rows,
    )
    return _Bounds(level, level)


def _missing(test: Test, rows: Rows, facts: BatchFacts) -> Iterator[tuple[str, Rows]]:
    """Yield the fields for want of which a test is unknown, as the test of one row tells them."""
    match test:
        case WordTest(fieldname) | MeasureTest(fieldname) if fieldname == ANY_FIELD:
            yield from ((name, rows) for name in facts.kind.text_fields)
        case LabelTest() | ComputedTest():
            yield "attributes_complete", rows
        case NumberTest(fieldname, _, operand):
            for name in filter(None, (fieldname, operand.fieldname)):
                yield name, rows & np.isnan(facts.numbers(name))
        case EntryTest(column):
            yield column, rows
        case WordTest() | MeasureTest() | FormTest() | ValueTest() | EmptyTest():
            yield test.fieldname, rows


_BOUND: Mapping[type[Value], Callable[[Value, BatchFacts], _Bounds]] = {
    WordTest: _words,
    MeasureTest: _measure,
    FormTest: _form,
    LabelTest: _labels,
    NumberTest: _number,
    ValueTest: lambda test, facts: _by_value(
        test.fieldname, lambda value: value in test.values, facts
    ),
    EmptyTest: lambda test, facts: _by_value(
        test.fieldname, lambda value: (not value) is test.empty, facts
    ),
    EntryTest: _entries,
    KindTest: lambda test, facts: _exactly(
        _TRUE if facts.kind.name in test.kinds else _FALSE, facts
    ),
    RoleTest: _role,
    ComputedTest: _computed,
}
