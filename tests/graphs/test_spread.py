from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.graphs.edges import make_edges
from hengjian.graphs.spread import Priors, priors_of, propagate, spread
from tests.graphs.plain_raters import plain_beliefs
from tests.graphs.rated_market import market, ranks
from tests.graphs.test_raters import Row, _edges, rows


@given(rows)
def test_the_beliefs_are_what_the_formulas_written_down_plainly_give(rows: list[Row]) -> None:
    edges = _edges(rows)
    priors = priors_of(edges)
    found, plain = propagate(edges, priors), plain_beliefs(edges, priors)
    assert found.users == pytest.approx(plain.users, abs=1e-5)
    assert found.items == pytest.approx(plain.items, abs=1e-5)
    assert found.reviews == pytest.approx(plain.reviews, abs=1e-5)


@given(rows, st.integers(0, 2**32 - 1))
def test_the_beliefs_settle_whatever_the_priors(rows: list[Row], seed: int) -> None:
    edges = _edges(rows)
    random = np.random.default_rng(seed)
    sizes = (len(edges.user_ids), len(edges.item_ids), len(edges.users))
    found = propagate(edges, Priors(*(random.normal(0, 20, size) for size in sizes)))
    assert found.rounds < 60


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: list[Row], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = spread(_edges(rows)), spread(_edges(shuffled))
    assert (first.users == second.users).all()
    assert (first.items == second.items).all()


@given(rows)
def test_other_names_change_nothing_but_the_names(rows: list[Row]) -> None:
    other = {name: f"{ord('z') - ord(name)}{name}" for name in "abcdefghABCDE"}
    edges = _edges(rows)
    renamed = _edges([(other[user], other[item], *rest) for user, item, *rest in rows])  # type: ignore[misc]
    found = dict(zip(renamed.user_ids, spread(renamed).users, strict=True))
    expected = [found[other[str(name)]] for name in edges.user_ids]
    assert spread(edges).users == pytest.approx(expected, abs=1e-5)


def test_a_neighbour_of_suspects_is_more_suspicious_than_one_of_honest_users() -> None:
    users = ["bad1", "bad2", "new1", "good1", "good2", "new2"]
    edges = make_edges(users, ["target"] * 3 + ["ordinary"] * 3)
    prior = {"bad1": 2.0, "bad2": 2.0, "good1": -2.0, "good2": -2.0}
    priors = Priors(
        np.array([prior.get(str(name), 0.0) for name in edges.user_ids]), np.zeros(2), np.zeros(6)
    )
    found = propagate(edges, priors)
    beliefs = dict(zip(edges.user_ids, found.users, strict=True))
    assert beliefs["new1"] > 0.5 > beliefs["new2"]
    assert dict(zip(edges.item_ids, found.items, strict=True))["target"] > 0.5


def test_where_nothing_is_known_nothing_is_believed() -> None:
    edges = make_edges(["a", "b"], ["x", "y"])
    found = spread(edges)
    assert found.users == pytest.approx([0.5, 0.5])
    assert found.items == pytest.approx([0.5, 0.5])


def test_a_gang_stands_above_the_honest_and_an_honest_crowd_does_not() -> None:
    for seed in range(3):
        made = market(seed)
        users = spread(made.edges).users
        assert ranks(made.edges, users, made.gang).mean() > 0.9
        assert ranks(made.edges, users, made.crowd).mean() < 0.7
