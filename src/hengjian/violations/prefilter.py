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

from hengjian.violations.condition import All, Any, Condition, Name, Not
from hengjian.violations.rule import Rule
from hengjian.violations.selection import KindTest, Selection, Test, WordTest

Levels = npt.NDArray[np.int8]
_UNKNOWN, _TRUE = 1, 2


@dataclass(frozen=True)
class BatchWords:
    """Which words stand in which rows of a batch.

    Attributes:
        rows: How many rows the batch has.
        row: Row of each pair of row and word; pairs are distinct.
        word: Number of its word.
        numbers: Number of each word that was looked for.
        lacking: Rows that may have no text in a field, so that a test of it may be unknown.
    """

    rows: int
    row: npt.NDArray[np.int64]
    word: npt.NDArray[np.int64]
    numbers: Mapping[str, int]
    lacking: Callable[[str], npt.NDArray[np.bool_]]

    def having(self, words: frozenset[str]) -> npt.NDArray[np.bool_]:
        """Return which rows hold at least one of these words."""
        wanted = np.zeros(len(self.numbers), dtype=bool)
        wanted[[self.numbers[word] for word in words]] = True
        found = np.zeros(self.rows, dtype=bool)
        found[self.row[wanted[self.word]]] = True
        return found


def may_hold(rule: Rule, kind: str, words: BatchWords) -> npt.NDArray[np.bool_]:
    """Return for which rows a rule may come out true or unknown."""
    bounds = {
        name: _Bounds.of(selection, kind, words) for name, selection in rule.selections.items()
    }
    return _above(rule.condition, bounds) > 0


@dataclass(frozen=True)
class _Bounds:
    """Between which truth values a selection lies, row by row."""

    least: Levels
    most: Levels

    @classmethod
    def of(cls, selection: Selection, kind: str, words: BatchWords) -> _Bounds:
        groups = [_group(group, kind, words) for group in selection.alternatives]
        return cls(
            _most_of([group.least for group in groups]),
            _most_of([group.most for group in groups]),
        )


def _group(tests: Sequence[Test], kind: str, words: BatchWords) -> _Bounds:
    found = [_test(test, kind, words) for test in tests]
    return _Bounds(
        _least_of([bounds.least for bounds in found]),
        _least_of([bounds.most for bounds in found]),
    )


def _test(test: Test, kind: str, words: BatchWords) -> _Bounds:
    nothing = np.zeros(words.rows, dtype=np.int8)
    if isinstance(test, KindTest):
        level = nothing + (_TRUE if kind in test.kinds else 0)
        return _Bounds(level, level)
    if not isinstance(test, WordTest):
        return _Bounds(nothing, nothing + _TRUE)
    holds = words.having(test.words)
    for near in test.guards.near:
        holds &= words.having(near.words)
    most = np.where(holds, _TRUE, 0).astype(np.int8)
    unknown = words.lacking(test.fieldname)
    return _Bounds(nothing, np.maximum(most, np.where(unknown, _UNKNOWN, 0)).astype(np.int8))


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
