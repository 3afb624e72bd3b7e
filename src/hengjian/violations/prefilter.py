"""Which rows of a batch a rule may hold for, told from the words in them, for all rows at once.

A condition is bounded from above over its three truth values (false 0, unknown 1, true 2): a row
whose bound is 0 is settled. All others are decided one by one, so that the bound may be loose but
never too low.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hengjian.identity.numbers import FORMS
from hengjian.records.kinds import Kind, column_of
from hengjian.violations.condition import All, Any, Condition, Name, Not
from hengjian.violations.row import ANY_FIELD, ATTRIBUTES, ROLES
from hengjian.violations.rule import Rule
from hengjian.violations.selection import (
    FormTest,
    Guards,
    KindTest,
    MeasureTest,
    RoleTest,
    Selection,
    Test,
    WordTest,
    field_of,
)
from hengjian.violations.vocabulary import label_names

_LABEL = f"{ATTRIBUTES}."
Levels = npt.NDArray[np.int8]
Rows = npt.NDArray[np.bool_]
_UNKNOWN, _TRUE = 1, 2


class WordNumbers:
    """The numbers of the words that are looked for, and of sets of them, found once.

    Args:
        words: The words by number.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._numbers = {word: number for number, word in enumerate(words)}
        self._of_sets: dict[frozenset[str], Rows] = {}

    def of(self, words: frozenset[str]) -> Rows:
        """Return for every number whether it is that of one of these words."""
        if words not in self._of_sets:
            found = np.zeros(len(self._numbers) + 1, dtype=bool)
            found[[self._numbers[word] for word in words]] = True
            self._of_sets[words] = found
        return self._of_sets[words]


@dataclass(frozen=True)
class BatchFacts:
    """What is known of all rows of a batch at once.

    Attributes:
        rows: How many rows the batch has.
        kind: Their kind.
        words: Numbers of the words that stand in the batch, in order.
        starts: Where the rows of each of them begin in `row`, and behind the last where all end.
        row: The rows that hold the first of the words, then those that hold the second, …
        numbers: Numbers of the words that were looked for.
        lacking: Rows that may have no text in a field, so that a test of it may be unknown.
        present: Rows that have a value in a column.
        labelled: Rows whose page shows one of these labels.
    """

    rows: int
    kind: Kind
    words: npt.NDArray[np.int64]
    starts: Sequence[int]
    row: npt.NDArray[np.int64]
    numbers: WordNumbers
    lacking: Callable[[str], Rows]
    present: Callable[[str], Rows]
    labelled: Callable[[frozenset[str]], Rows]

    def having(self, words: frozenset[str]) -> Rows:
        """Return which rows hold at least one of these words."""
        found = np.zeros(self.rows, dtype=bool)
        for place in np.flatnonzero(self.numbers.of(words)[self.words]).tolist():
            found[self.row[self.starts[place] : self.starts[place + 1]]] = True
        return found


def may_hold(rule: Rule, facts: BatchFacts) -> Rows:
    """Return for which rows a rule may come out true or unknown."""
    bounds = {name: _selection(s, facts) for name, s in rule.selections.items()}
    rows: Rows = _above(rule.condition, bounds) > 0
    return rows


@dataclass(frozen=True)
class _Bounds:
    """Between which truth values something lies, row by row."""

    least: Levels
    most: Levels


def _selection(selection: Selection, facts: BatchFacts) -> _Bounds:
    groups = [_group(group, facts) for group in selection.alternatives]
    return _Bounds(
        _most_of([group.least for group in groups]),
        _most_of([group.most for group in groups]),
    )


def _group(tests: Sequence[Test], facts: BatchFacts) -> _Bounds:
    found = [_test(test, facts) for test in tests]
    return _Bounds(
        _least_of([bounds.least for bounds in found]),
        _least_of([bounds.most for bounds in found]),
    )


def _test(test: Test, facts: BatchFacts) -> _Bounds:
    nothing = np.zeros(facts.rows, dtype=np.int8)
    if isinstance(test, KindTest | RoleTest):
        told = _told_by_kind(test, facts.kind.name)
        return _Bounds(nothing + (_TRUE if told else 0), nothing + (0 if told is False else _TRUE))
    name = field_of(test)
    if name is not None and name != ANY_FIELD and column_of(name) not in facts.kind.schema.names:
        return _Bounds(nothing, nothing)
    unknown = np.where(_may_lack(test, facts), _UNKNOWN, 0)
    true = np.where(_may_be_true(test, facts), _TRUE, 0)
    return _Bounds(nothing, np.maximum(unknown, true).astype(np.int8))


def _told_by_kind(test: KindTest | RoleTest, kind: str) -> bool | None:
    """Tell what the kind alone says; None: in a livestream the speakers say it."""
    if isinstance(test, KindTest):
        return kind in test.kinds
    return None if kind == "livestream" else ROLES.get(kind) in test.roles


def _may_be_true(test: Test, facts: BatchFacts) -> Rows:
    if isinstance(test, WordTest):
        return facts.having(test.words) & _near(test.guards, facts)
    if isinstance(test, MeasureTest):
        return _near(test.guards, facts)
    if isinstance(test, FormTest):
        return _may_hold_number(test, facts)
    column = field_of(test)
    return facts.present(column_of(column)) if column else np.ones(facts.rows, dtype=bool)


def _may_hold_number(test: FormTest, facts: BatchFacts) -> Rows:
    if test.fieldname.startswith(_LABEL):
        return facts.labelled(label_names(test.fieldname.removeprefix(_LABEL)))
    if test.fieldname != ANY_FIELD:
        return facts.present(column_of(test.fieldname))
    signs = FORMS[test.form].signs
    return facts.having(frozenset(signs)) if signs else np.ones(facts.rows, dtype=bool)


def _near(guards: Guards, facts: BatchFacts) -> Rows:
    found = np.ones(facts.rows, dtype=bool)
    for near in guards.near:
        found &= facts.having(near.words)
    return found


def _may_lack(test: Test, facts: BatchFacts) -> Rows:
    match test:
        case WordTest(fieldname) | MeasureTest(fieldname):
            return facts.lacking(fieldname)
        case FormTest(fieldname) if fieldname == ANY_FIELD:
            return facts.lacking(fieldname)
        case _:
            return np.ones(facts.rows, dtype=bool)


def _above(condition: Condition, bounds: Mapping[str, _Bounds]) -> Levels:
    match condition:
        case Name(name):
            return bounds[name].most
        case Not(inner):
            return _opposite(_below(inner, bounds))
        case All(parts):
            return _least_of([_above(part, bounds) for part in parts])
        case Any(parts):
            return _most_of([_above(part, bounds) for part in parts])


def _below(condition: Condition, bounds: Mapping[str, _Bounds]) -> Levels:
    match condition:
        case Name(name):
            return bounds[name].least
        case Not(inner):
            return _opposite(_above(inner, bounds))
        case All(parts):
            return _least_of([_below(part, bounds) for part in parts])
        case Any(parts):
            return _most_of([_below(part, bounds) for part in parts])


def _opposite(levels: Levels) -> Levels:
    return (_TRUE - levels).astype(np.int8)


def _least_of(levels: Sequence[Levels]) -> Levels:
    found: Levels = np.minimum.reduce(levels)
    return found


def _most_of(levels: Sequence[Levels]) -> Levels:
    found: Levels = np.maximum.reduce(levels)
    return found
