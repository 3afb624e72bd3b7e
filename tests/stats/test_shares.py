from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.stats.shares import excess_chance, false_discovery, share_interval


def test_the_chance_of_at_least_three_heads_in_four_throws() -> None:
    assert excess_chance([3], [4], [0.5])[0] == pytest.approx(5 / 16)


def test_nothing_is_never_an_excess() -> None:
    assert excess_chance([0], [10], [0.01])[0] == 1


@given(st.integers(1, 40), st.data())
def test_the_tail_is_the_sum_of_its_terms(total: int, data: st.DataObject) -> None:
    count, base = data.draw(st.integers(0, total)), data.draw(st.floats(0.01, 0.99))
    terms = (comb(total, k) * base**k * (1 - base) ** (total - k) for k in range(count, total + 1))
    assert excess_chance([count], [total], [base])[0] == pytest.approx(sum(terms))


def test_wilsons_interval_of_ten_in_forty() -> None:
    # Wilson (1927), by hand: centre (10 + 1.92) / (40 + 3.84).
    low, high = share_interval(10, 40)
    assert (low, high) == pytest.approx((0.142, 0.402), abs=5e-4)


def test_q_values_of_benjamini_and_hochberg() -> None:
    assert false_discovery([0.01, 0.04, 0.03, 0.5]) == pytest.approx(
        [0.04, 0.16 / 3, 0.16 / 3, 0.5]
    )
