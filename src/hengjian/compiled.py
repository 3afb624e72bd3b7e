"""Loops over arrays that are compiled: as Python they would be a hundred times slower."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of arrays; the machine code is kept for the next start."""
    return cast(Callable[P, R], numba.njit(cache=True, boundscheck=False)(function))
