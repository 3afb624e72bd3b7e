from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.stats.outstanding import Bar, Peers, common_share, lower_bound, outstanding
from hengjian.stats.shares import share_interval

BAR = Bar(cases=5, share=0.1)
PAIRS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair))),
    min_size=1,
    max_size=40,
)


def test_one_of_many_stands_out() -> None:
    found = outstanding([30, *[2] * 20], [100] * 21, BAR)
    assert np.flatnonzero(found.stands_out).tolist() == [0]
    assert found.base[0] == pytest.approx(0.02)


def test_where_all_do_so_nobody_stands_out() -> None:
    assert not outstanding([30] * 21, [100] * 21, BAR).stands_out.any()


def test_few_cases_do_not_stand_out() -> None:
    assert not outstanding([4, *[0] * 20], [4, *[100] * 20], BAR).stands_out.any()


def test_with_few_others_the_common_share_is_assumed() -> None:
    assert common_share([0, 0], [100, 100], Peers(of_few=0.05)).tolist() == [0.05, 0.05]


def test_who_has_nothing_is_not_tested() -> None:
    found = outstanding([0, 20], [0, 20], BAR)
    assert found.q[0] == 1
    assert found.stands_out.tolist() == [False, True]


@given(st.integers(1, 500), st.data())
def test_the_lower_bound_is_that_of_wilson(total: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, total))
    expected = share_interval(count, total)[0]
    assert lower_bound([count], [total])[0] == pytest.approx(expected, abs=1e-6)


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_subjects_does_not_matter(pairs: list[tuple[int, int]], random: Any) -> None:
    order = list(range(len(pairs)))
    random.shuffle(order)
    counts, totals = (np.array(column) for column in zip(*pairs, strict=True))
    plain, mixed = outstanding(counts, totals, BAR), outstanding(counts[order], totals[order], BAR)
    assert plain.stands_out[order].tolist() == mixed.stands_out.tolist()
