"""What hangs together by pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hengjian.compiled import compiled

Ints = NDArray[np.int64]


@compiled
def joined(firsts: Ints, seconds: Ints, total: int) -> Ints:
    """Return for each of so many nodes the least node that it hangs together with."""
    roots = np.arange(total)
    for pair in range(len(firsts)):
        one, other = firsts[pair], seconds[pair]
        while roots[one] != one:
            roots[one] = roots[roots[one]]
            one = roots[one]
        while roots[other] != other:
            roots[other] = roots[roots[other]]
            other = roots[other]
        roots[max(one, other)] = min(one, other)
    for node in range(total):
        roots[node] = roots[roots[node]]
    return roots
