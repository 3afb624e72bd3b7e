"""What a rule says of all rows of a batch at once, as far as that can be told without deciding.

A condition is bounded from both sides over its three truth values, false below unknown below true.
A row whose upper bound is false is settled; so is one that is unknown for certain, with the fields
that it lacks. All others are decided one by one, so that bounds may be loose but never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from operator import and_, or_
from typing import Any as Value
from typing import NamedTuple

import numpy as np

from hengjian.identity.numbers import FORMS, find_numbers
from hengjian.records.kinds import column_of
from hengjian.records.labels import label_names
from hengjian.text.folds import fold
from hengjian.violations.batch import BatchFacts, Rows, rows_where
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


@dataclass(frozen=True)
class Settled:
    """What could be told of a rule's rows.

    Attributes:
        undecided: The rows that are to be decided one by one.
        lacking: The rows for which the rule is unknown, for each field for want of which it is so.
        maybe_open: Of each selection the undecided rows for which it may be other than false.
    """

    undecided: Rows
    lacking: tuple[tuple[str, Rows], ...] = ()
    maybe_open: Mapping[str, Rows] = field(default_factory=dict)

    def excluded(self, row: int) -> frozenset[str]:
        """Return the selections that are false for an undecided row."""
        return frozenset(name for name, rows in self.maybe_open.items() if not rows >> row & 1)


def settle(rule: Rule, facts: BatchFacts) -> Settled:
    """Return which rows are still to be decided, and which are unknown; all others are false."""
    loosely = cache(lambda name: _loosely(rule, name, facts))
    open_rows = facts.everything & _rows(rule.condition, _MAYBE_OPEN, loosely)
    whole: dict[str, _Bounds] = {}
    for name in sorted(rule.selections, key=lambda name: name not in rule.speaking):
        if not open_rows:
            return Settled(0)
        loose = whole[name] = loosely(name)
        if not loose.untold() & open_rows:
            continue
        groups = _groups(rule.selections[name], facts, open_rows)
        close = whole[name] = _any(map(_all, groups))
        if (close.maybe_open ^ loose.maybe_open | close.true ^ loose.true) & open_rows:
            open_rows &= _rows(rule.condition, _MAYBE_OPEN, lambda n: whole.get(n) or loosely(n))
    if not open_rows:
        return Settled(0)
    maybe_open = {name: bounds.maybe_open & open_rows for name, bounds in whole.items()}
    certain = open_rows & _rows(rule.condition, _OPEN, whole.__getitem__)
    if certain:
        certain &= ~_rows(rule.condition, _MAYBE_TRUE, whole.__getitem__)
    unknown = _Unknown(certain)
    if not certain:
        return Settled(open_rows, maybe_open=maybe_open)
    for name, rows in _unknown_selections(rule.condition, whole, unknown.rows, unknown):
        selection = rule.selections[name]
        groups = _groups(selection, facts, unknown.rows)
        for test, of in _unknown_tests(selection, groups, rows, unknown):
            for fieldname, absent in _missing(test, of, facts):
                unknown.lacking[fieldname] = unknown.lacking.get(fieldname, 0) | absent
    told = ((name, rows & unknown.rows) for name, rows in sorted(unknown.lacking.items()))
    lacking = tuple((name, rows) for name, rows in told if rows)
    return Settled(open_rows & ~unknown.rows, lacking, maybe_open)


def _groups(selection: Selection, facts: BatchFacts, among: Rows) -> list[list[_Bounds]]:
    """Return the bounds of the tests of a selection, as they are for some rows."""
    return [_group(tests, facts, among) for tests in selection.alternatives]


def _group(tests: Sequence[Test], facts: BatchFacts, among: Rows) -> list[_Bounds]:
    """Return the bounds of tests that must all hold; of each for the rows that others leave."""
    found = []
    for test in tests:
        found.append(_closely(test, facts, among))
        among &= found[-1].maybe_open
    return found


def _loosely(rule: Rule, name: str, facts: BatchFacts) -> _Bounds:
    groups = rule.selections[name].alternatives
    return _any(_all(_test(test, facts) for test in group) for group in groups)


def _unknown_selections(
    condition: Condition, selections: Mapping[str, _Bounds], rows: Rows, unknown: _Unknown
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
                open_rows = unknown.among(_of_condition(part, selections.__getitem__), rows)
                if open_rows:
                    yield from _unknown_selections(part, selections, open_rows, unknown)


def _unknown_tests(
    selection: Selection, bounds: Sequence[Sequence[_Bounds]], rows: Rows, unknown: _Unknown
) -> Iterator[tuple[Test, Rows]]:
    """Yield the tests that leave a selection unknown, as its evaluation does of one row."""
    for group, levels in zip(selection.alternatives, bounds, strict=True):
        in_group = unknown.among(_all(levels), rows)
        for test, level in zip(group, levels, strict=True):
            yield test, unknown.among(level, in_group)


class _Bounds(NamedTuple):
    """Between which truth values something lies, row by row.

    Attributes:
        open: The rows for which it is not false.
        true: Those for which it is true.
        maybe_open: Those for which it may be other than false.
        maybe_true: Those for which it may be true.
    """

    open: Rows
    true: Rows
    maybe_open: Rows
    maybe_true: Rows

    def untold(self) -> Rows:
        """Return the rows for which it is not certain what holds."""
        return (self.maybe_open & ~self.open) | (self.maybe_true & ~self.true)


_OPEN, _TRUE, _MAYBE_OPEN, _MAYBE_TRUE = range(4)
# The opposite is open where the other may not be true, and so on.
_OPPOSITE = (_MAYBE_TRUE, _MAYBE_OPEN, _TRUE, _OPEN)
_FALSE = _Bounds(0, 0, 0, 0)


@dataclass
class _Unknown:
    """The rows for which a rule is unknown for certain, as far as they were looked at.

    Attributes:
        rows: The rows.
        lacking: Those that lack each field; rows that are no longer certain may be among them.
    """

    rows: Rows
    lacking: dict[str, Rows] = field(default_factory=dict)

    def among(self, bound: _Bounds, rows: Rows) -> Rows:
        """Return for which of some rows a part is unknown; drop those of which it is not told."""
        self.rows &= ~(rows & bound.untold())
        return rows & bound.maybe_open & ~bound.maybe_true


def _all(parts: Iterable[_Bounds]) -> _Bounds:
    """Return the bounds of all of some parts; it looks at no more of them than it needs."""
    rest = iter(parts)
    found = next(rest)
    while found.maybe_open and (part := next(rest, None)) is not None:
        found = _Bounds(*map(and_, found, part))
    return found


def _any(parts: Iterable[_Bounds]) -> _Bounds:
    return reduce(lambda one, two: _Bounds(*map(or_, one, two)), parts, _FALSE)


def _not(bounds: _Bounds) -> _Bounds:
    return _Bounds(~bounds.maybe_true, ~bounds.maybe_open, ~bounds.true, ~bounds.open)


def _of_condition(condition: Condition, bounds_of: Callable[[str], _Bounds]) -> _Bounds:
    return _Bounds(*(_rows(condition, which, bounds_of) for which in range(len(_Bounds._fields))))


def _rows(
    condition: Condition,
    which: int,
    bounds_of: Callable[[str], _Bounds],
    *,
    exempts: bool = False,
) -> Rows:
    """Return one of the bounds of a condition: which, is a place in _Bounds."""
    match condition:
        case Name(name):
            return bounds_of(name)[which]
        case Not(inner):
            return ~_rows(inner, _OPPOSITE[which], bounds_of, exempts=True)
        case All():
            found = _rows_of_all(condition, which, bounds_of, exempts=exempts)
            if exempts or which in {_MAYBE_OPEN, _MAYBE_TRUE}:
                return found
            # What all holds may stand too far apart to speak of one thing.
            sure = _rows_of_all(condition, _TRUE, bounds_of, exempts=False)
            return found & ~sure
        case Any(parts):
            found = 0
            for part in parts:
                found |= _rows(part, which, bounds_of, exempts=exempts)
            return found


def _rows_of_all(
    condition: All, which: int, bounds_of: Callable[[str], _Bounds], *, exempts: bool
) -> Rows:
    found = ~0
    # What exempts seldom settles anything, so that it is looked at last.
    for part in condition.exempting_last:
        found &= _rows(part, which, bounds_of, exempts=exempts)
        if not found:
            break
    return found


def _test(test: Test, facts: BatchFacts) -> _Bounds:
    if not is_of_kind(test, facts.kind.name):
        return _FALSE
    return _BOUND[type(test)](test, facts)


def _words(test: WordTest, facts: BatchFacts) -> _Bounds:
    holding = facts.having(test.words, test.fieldname)
    if holding and test.guards.near:
        holding &= _near(test.fieldname, test.guards, facts)
    return _in_text(test.fieldname, holding, 0, facts)


def _closely(test: Test, facts: BatchFacts, among: Rows) -> _Bounds:
    """Return the bounds of a test with its texts looked at one by one, for some rows."""
    bounds = _test(test, facts)
    among &= bounds.maybe_true
    if not among or not isinstance(test, WordTest | MeasureTest | FormTest):
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
            holding = facts.where_found(fieldname, among, lambda text: measured(test, fold(text)))
            return _in_text(fieldname, holding, 0, facts)
        case FormTest(fieldname, form) if fieldname == ANY_FIELD:
            holding = facts.where(fieldname, among, lambda text: any(find_numbers(form, text)))
            return _in_text(fieldname, holding, 0, facts)
        case _:
            return bounds


def _role(test: RoleTest, facts: BatchFacts) -> _Bounds:
    # In a livestream the speakers tell it.
    if facts.kind.name == "livestream":
        return _anything(facts)
    return _exactly(ROLES.get(facts.kind.name) in test.roles, facts)


def _entries(test: EntryTest, facts: BatchFacts) -> _Bounds:
    # Whether an entry satisfies all is left to deciding.
    some = _by_value(test.column, bool, facts)
    return some._replace(open=some.open & ~some.true, true=0)


def _exactly(truth: bool, facts: BatchFacts) -> _Bounds:
    everything = facts.everything
    return _Bounds(everything, everything, everything, everything) if truth else _FALSE


def _anything(facts: BatchFacts) -> _Bounds:
    return _Bounds(0, 0, facts.everything, facts.everything)


def _in_text(fieldname: str, may_be_true: Rows, is_true: Rows, facts: BatchFacts) -> _Bounds:
    """Return the bounds of a test of a text, where there is one; it may lack in others."""
    unknown, may_be_unknown = facts.without_text(fieldname)
    true, maybe_true = is_true & ~unknown, may_be_true & ~unknown
    return _Bounds(unknown | true, true, may_be_unknown | maybe_true, maybe_true)


def _measure(test: MeasureTest, facts: BatchFacts) -> _Bounds:
    may_be_true = _near(test.fieldname, test.guards, facts)
    return _in_text(test.fieldname, may_be_true, 0, facts)


def _form(test: FormTest, facts: BatchFacts) -> _Bounds:
    may_be_true = _may_hold_number(test, facts)
    return _in_text(test.fieldname, may_be_true, 0, facts)


def _may_hold_number(test: FormTest, facts: BatchFacts) -> Rows:
    if test.fieldname.startswith(_LABEL):
        return facts.labelled(label_names(test.fieldname.removeprefix(_LABEL)))
    if test.fieldname != ANY_FIELD:
        return facts.present(column_of(test.fieldname))
    signs = FORMS[test.form].signs
    return facts.having(frozenset(signs)) if signs else facts.with_number


def _near(fieldname: str, guards: Guards, facts: BatchFacts) -> Rows:
    company = (facts.having(near.words, fieldname) for near in guards.near)
    return reduce(and_, company, facts.everything)


def _labels(test: LabelTest, facts: BatchFacts) -> _Bounds:
    shown = [_shown(label, facts) for label in test.labels]
    if test.mode == "has":
        return _all(shown)
    absent = list(map(_not, shown))
    return _any(absent) if test.mode == "lacks" else _all(absent)


def _shown(label: str, facts: BatchFacts) -> _Bounds:
    """Return whether a page shows a label; what stands beside it or in the text is open."""
    names = label_names(label)
    maybe_shown = facts.labelled(names) | facts.having(names) | facts.labelled_in_pictures
    absent = facts.everything & ~(facts.complete | maybe_shown)
    return _Bounds(absent, 0, absent | maybe_shown, maybe_shown)


def _computed(test: ComputedTest, facts: BatchFacts) -> _Bounds:
    shown = _all([_anything(facts), *(_shown(label, facts) for label in test.labels)])
    return shown._replace(open=shown.maybe_open & ~shown.maybe_true)


def _number(test: NumberTest, facts: BatchFacts) -> _Bounds:
    operand = test.operand
    if operand.parameter is not None:
        # The number in force depends on the day.
        return _anything(facts)._replace(maybe_true=facts.present(column_of(test.fieldname)))
    values = facts.numbers(test.fieldname)
    bound = operand.constant if operand.fieldname is None else facts.numbers(operand.fieldname)
    if operand.fieldname is not None:
        bound = bound * operand.times
    holds = rows_where(np.asarray(COMPARISONS[test.comparison](values, bound)))
    return _known(holds, rows_where(np.isnan(values + bound)))


def _by_value(fieldname: str, holds: Callable[[Value], bool], facts: BatchFacts) -> _Bounds:
    present = facts.present(fieldname)
    if not present:
        return _known(0, facts.everything)
    values = facts.values(fieldname)
    held = (value is not None and holds(value) for value in values)
    return _known(
        rows_where(np.fromiter(held, dtype=np.bool_, count=facts.rows)),
        facts.everything & ~present,
    )


def _known(holds: Rows, unknown: Rows) -> _Bounds:
    true = holds & ~unknown
    return _Bounds(true | unknown, true, true | unknown, true)


def _missing(test: Test, rows: Rows, facts: BatchFacts) -> Iterator[tuple[str, Rows]]:
    """Yield the fields for want of which a test is unknown, as the test of one row tells them."""
    match test:
        case WordTest(fieldname) | MeasureTest(fieldname) if fieldname == ANY_FIELD:
            yield from ((name, rows) for name in facts.kind.text_fields)
        case LabelTest() | ComputedTest():
            yield "attributes_complete", rows
        case NumberTest(fieldname, _, operand):
            for name in filter(None, (fieldname, operand.fieldname)):
                yield name, rows & rows_where(np.isnan(facts.numbers(name)))
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
    KindTest: lambda test, facts: _exactly(facts.kind.name in test.kinds, facts),
    RoleTest: _role,
    ComputedTest: _computed,
}
