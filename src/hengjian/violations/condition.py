"""The condition of a rule: names joined by and, or, not and parentheses; parsed, never run as code.

Truth has three values: True, False, and None for unknown (a field was missing), after Kleene, so
that a missing field never passes for a "no".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

Truth = bool | None

_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[()]))")
_KEYWORDS = {"and", "or", "not"}
_MAX_DEPTH = 50
_NOTHING: frozenset[str] = frozenset()


class ConditionError(ValueError):
    """The condition cannot be read; the message says where, in Chinese."""


@dataclass(frozen=True)
class Name:
    """A selection, by its name in the rule."""

    name: str


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    inner: Condition


@dataclass(frozen=True)
class All:
    """All of several conditions."""

    parts: tuple[Condition, ...]

    @cached_property
    def exempting_last(self) -> tuple[Condition, ...]:
        """The parts, those that exempt after the others."""
        return tuple(sorted(self.parts, key=lambda part: isinstance(part, Not)))


@dataclass(frozen=True)
class Any:
    """At least one of several conditions."""

    parts: tuple[Condition, ...]


Condition = Name | Not | All | Any


def parse(text: str) -> Condition:
    """Parse a condition such as `claim and not (exempt or quoted)`.

    Raises:
        ConditionError: The text is not a condition.
    """
    parser = _Parser(_tokens(text))
    condition = parser.either(0)
    if parser.peek() is not None:
        raise ConditionError(f"条件在“{parser.peek()}”处多出内容")
    return condition


def names(condition: Condition) -> set[str]:
    """Return the selections that a condition speaks of."""
    match condition:
        case Name(name):
            return {name}
        case Not(inner):
            return names(inner)
        case All(parts) | Any(parts):
            return set().union(*map(names, parts))


def positive_names(condition: Condition, *, positive: bool = True) -> set[str]:
    """Return the selections whose hits speak for the finding, that is, not those that exempt."""
    match condition:
        case Name(name):
            return {name} if positive else set()
        case Not(inner):
            return positive_names(inner, positive=not positive)
        case All(parts) | Any(parts):
            return set().union(*(positive_names(p, positive=positive) for p in parts))


Together = Callable[["All"], bool]


def evaluate(
    condition: Condition,
    truth_of: Callable[[str], Truth],
    together: Together = lambda _: True,
) -> tuple[Truth, frozenset[str]]:
    """Return the condition's truth, and the selections that leave it unknown.

    It asks for no more than it needs. What is unknown in a part that is settled anyway, such as `b`
    in `b and c` where `c` is false, leaves nothing open.

    Args:
        condition: The condition.
        truth_of: Tells whether a selection holds.
        together: Tells whether what holds of all parts of an `and` speaks of one thing; not asked
            of what exempts.
    """
    match condition:
        case Name(name):
            truth = truth_of(name)
            return truth, frozenset([name]) if truth is None else _NOTHING
        case Not(inner):
            truth, unknown = evaluate(inner, truth_of)
            return None if truth is None else not truth, unknown
        case All(parts):
            truth, unknown = _settled_by(False, parts, truth_of, together)
            return together(condition) if truth else truth, unknown
        case Any(parts):
            return _settled_by(True, parts, truth_of, together)


def _settled_by(
    value: bool,
    parts: Iterable[Condition],
    truth_of: Callable[[str], Truth],
    together: Together,
) -> tuple[Truth, frozenset[str]]:
    """Return the truth of parts of which one with this value settles the whole."""
    unknown = _NOTHING
    for part in parts:
        truth, names_in_part = evaluate(part, truth_of, together)
        if truth is value:
            return value, _NOTHING
        unknown |= names_in_part
    return None if unknown else not value, unknown


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's and: False if any is False, else unknown if any is unknown."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's or: True if any is True, else unknown if any is unknown."""
    result: Truth = False
    for truth in truths:
        if truth:
            return True
        if truth is None:
            result = None
    return result


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise ConditionError(f"条件在“{text[position:].strip()[:10]}”处无法识别")
        tokens.append(match["word"] or match["mark"])
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent: `or` binds weakest, then `and`, then `not`."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0

    def peek(self) -> str | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> str:
        token = self.peek()
        if token is None:
            raise ConditionError("条件不完整")
        self._next += 1
        return token

    def either(self, depth: int) -> Condition:
        parts = [self._both(depth)]
        while self.peek() == "or":
            self._take()
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _both(self, depth: int) -> Condition:
        parts = [self._single(depth)]
        while self.peek() == "and":
            self._take()
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _single(self, depth: int) -> Condition:
        if depth > _MAX_DEPTH:
            raise ConditionError("条件嵌套过深")
        symbol = self._take()
        if symbol == "not":
            return Not(self._single(depth + 1))
        if symbol == "(":
            inner = self.either(depth + 1)
            if self._take() != ")":
                raise ConditionError("缺少右括号")
            return inner
        if symbol in _KEYWORDS or symbol == ")":
            raise ConditionError(f"条件在“{symbol}”处缺少名称")
        return Name(symbol)
