from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plain_fraudar
from hengjian.graphs.blocks import Blocks, find_blocks
from hengjian.graphs.edges import make_edges
from tests.graphs.markets import ITEMS, gang, honest

PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), min_size=1, max_size=90)


def _blocks(pairs: list[tuple[int, int]]) -> Blocks:
    return find_blocks(make_edges(*(list(column) for column in zip(*pairs, strict=True))), most=4)


@given(PAIRS)
def test_blocks_and_scores_are_those_of_the_papers_algorithm(pairs: list[tuple[int, int]]) -> None:
    edges = make_edges(*(list(column) for column in zip(*pairs, strict=True)))
    numbered = list(zip(edges.users.tolist(), edges.items.tolist(), strict=True))
    wanted = plain_fraudar.blocks(numbered, len(edges.user_ids), len(edges.item_ids), 4)
    found = find_blocks(edges, most=4).blocks
    assert [(set(b.users.tolist()), set(b.items.tolist())) for b in found] == [
        (users, items) for users, items, _ in wanted
    ]
    assert [b.score for b in found] == pytest.approx([score for _, _, score in wanted])


@given(PAIRS, st.randoms())
def test_neither_the_order_of_rows_nor_repeated_rows_matter(
    pairs: list[tuple[int, int]], random: object
) -> None:
    shuffled = pairs + pairs[:3]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = _blocks(pairs), _blocks(shuffled)
    assert one.user_scores.tolist() == other.user_scores.tolist()
    assert [b.users.tolist() for b in one.blocks] == [b.users.tolist() for b in other.blocks]


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_block_is_found(seed: int) -> None:
    edges = (honest(seed, tail=5.0) + gang(seed, 40, 20, 0.8, 3)).edges()
    found = find_blocks(edges)
    users = [edges.user_ids[user] for user in np.flatnonzero(found.user_groups >= 0)]
    items = [edges.item_ids[item] for item in np.flatnonzero(found.item_groups >= 0)]
    assert set(users) <= set(range(40))
    assert len(users) >= 39
    assert items == list(range(ITEMS - 20, ITEMS))
    assert found.user_scores[found.user_groups >= 0].min() > 0.5
    assert found.user_scores[found.user_groups < 0].max() <= 0.5


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tail", [1.5, 5.0])
def test_chance_makes_blocks_but_no_groups(seed: int, tail: float) -> None:
    found = find_blocks(honest(seed, tail).edges())
    assert found.blocks
    assert not any(block.is_group for block in found.blocks)
    assert (found.user_groups < 0).all()
    assert found.user_scores.max() <= 0.5


def test_renamed_users_keep_their_scores() -> None:
    market = honest(1, tail=5.0) + gang(1, 40, 20, 0.8, 3)
    other = market._replace(users=[7919 * user % 100_003 for user in market.users]).edges()
    before, after = find_blocks(market.edges()), find_blocks(other)
    assert sorted(before.user_scores.round(9)) == sorted(after.user_scores.round(9))
    members = np.flatnonzero(after.user_groups >= 0)
    assert {other.user_ids[m] for m in members} == {7919 * user % 100_003 for user in range(40)}


def test_one_edge_is_a_block_and_no_group() -> None:
    [block] = _blocks([(0, 0)]).blocks
    assert (block.edges, block.density, block.is_group) == (1, 1.0, False)
