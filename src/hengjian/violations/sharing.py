"""What detectors of one run have in common, found once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# By what found it: what that rested on, and what it found.
_Memory = dict[Callable[[Any], Any], tuple[Sequence[object], Any]]
_memory: ContextVar[_Memory | None] = ContextVar("found in this run", default=None)


@contextmanager
def sharing() -> Iterator[None]:
    """Let the detectors that run within share what they find; nothing of it outlasts this."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def once(find: Callable[[T], R], given: T, rests_on: Sequence[object]) -> R:
    """Return what a function finds; where detectors share, what it last found in the same things.

    Args:
        find: The function; what it returns must not be changed.
        given: What it is given.
        rests_on: The things (such as tables) that it looks at in what it is given. They are the
            same only if they are the very same objects, which are kept for as long as their finding
            is.
    """
    memory = _memory.get()
    if memory is None:
        return find(given)
    before = memory.get(find)
    if before is None or [*map(id, before[0])] != [*map(id, rests_on)]:
        memory[find] = before = rests_on, find(given)
    found: R = before[1]
    return found
