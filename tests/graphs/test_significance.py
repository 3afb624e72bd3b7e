from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.graphs.significance import (
    discoveries,
    log_binomial_tails,
    log_block,
    log_choices,
    log_tail,
)


def _tail(count: int, mean: float) -> float:
    below = sum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(count))
    return 1 - below


@pytest.mark.parametrize(("count", "mean"), [(1, 0.5), (3, 2.0), (5, 5.0), (4, 9.0), (12, 3.0)])
def test_a_tail_is_what_the_poisson_sums_to(count: int, mean: float) -> None:
    assert math.exp(log_tail(count, mean)) == pytest.approx(_tail(count, mean), rel=1e-6)


def test_a_tail_stays_exact_where_its_chance_is_no_float() -> None:
    assert log_tail(2000, 1.0) == pytest.approx(-1.0 - math.lgamma(2001), rel=1e-3)


@given(st.integers(0, 200), st.floats(1e-6, 200))
def test_more_is_never_likelier(count: int, mean: float) -> None:
    assert log_tail(count + 1, mean) <= log_tail(count, mean) + 1e-9 <= 1e-9


@pytest.mark.parametrize(("count", "total", "chance"), [(1, 3, 0.2), (4, 9, 0.3), (8, 8, 0.5)])
def test_a_binomial_tail_is_what_its_terms_sum_to(count: int, total: int, chance: float) -> None:
    terms = [
        math.comb(total, hits) * chance**hits * (1 - chance) ** (total - hits)
        for hits in range(count, total + 1)
    ]
    [told] = log_binomial_tails(np.array([count]), np.array([total]), np.array([chance]))
    assert told == pytest.approx(math.log(sum(terms)))


def test_a_binomial_tail_stays_a_number_where_its_chance_is_no_float() -> None:
    [told] = log_binomial_tails(np.array([300]), np.array([320]), np.array([0.001]))
    assert told == pytest.approx(log_choices(320, 300) + 300 * math.log(0.001), rel=1e-3)


def test_what_chance_cannot_make_has_no_chance() -> None:
    assert log_tail(0, 0.0) == 0
    assert log_tail(1, 0.0) == -math.inf


def test_a_block_is_corrected_for_every_choice_of_its_size() -> None:
    assert log_choices(5, 2) == pytest.approx(math.log(10))
    sides = ((5, 2), (4, 1))
    assert log_block(50, 1.0, sides) == pytest.approx(log_tail(50, 1.0) + math.log(10 * 4))
    assert log_block(1, 1.0, sides) == 0


def test_discoveries_follow_benjamini_and_hochberg() -> None:
    logs = np.log(np.array([0.001, 0.2, 0.019, 0.024, 0.04]))
    assert discoveries(logs, 0.05, 5).tolist() == [True, False, True, True, True]
    assert discoveries(logs, 0.05, 100).tolist() == [False] * 5
