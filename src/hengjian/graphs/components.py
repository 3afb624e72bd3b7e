"""What hangs together by pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hengjian.compiled import compiled

Ints = NDArray[np.int64]


@compiled
def unite(roots: Ints, one: int, other: int) -> None:
    """Join what two nodes hang together with; the lesser root stays."""
    while roots[one] != one:
        roots[one] = roots[roots[one]]
        one = roots[one]
    while roots[other] != other:
        roots[other] = roots[roots[other]]
        other = roots[other]
    roots[max(one, other)] = min(one, other)


@compiled
def joined(firsts: Ints, seconds: Ints, total: int) -> Ints:
    """Return for each of so many nodes the least node that it hangs together with."""
    roots = np.arange(total)
    for pair in range(len(firsts)):
        unite(roots, firsts[pair], seconds[pair])
    for node in range(total):
        roots[node] = roots[roots[node]]
    return roots
