"""The loops are compiled once, before hypothesis begins to count time."""

from __future__ import annotations

import pytest

from hengjian.graphs.blocks import find_blocks
from hengjian.graphs.edges import make_edges
from hengjian.graphs.lockstep import find_lockstep
from hengjian.graphs.raters import score_raters
from hengjian.graphs.spread import spread


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    edges = make_edges(["a", "a", "b"], ["x", "y", "x"], [1.0, 5.0, 3.0], [0.0, 1.0, 2.0])
    score_raters(edges)
    spread(edges)
    find_blocks(edges)
    find_lockstep(edges)
