from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.stats.bursts import Bursts, Ints, find_bursts

DAYS = 120


def _found(counts: Ints, special: list[int] | None = None) -> Bursts:
    marks = np.zeros(counts.shape[1], dtype=np.bool_)
    marks[special or []] = True
    totals = np.full(counts.shape[1], 500, dtype=np.int64)
    return find_bursts(
        counts, totals, special=marks, largest_chance=1e-8, least_count=8, least_ratio=5
    )


def _series(**days: int) -> Ints:
    counts = np.ones((1, DAYS), dtype=np.int64)
    for name, value in days.items():
        counts[0, int(name[1:])] = value
    return counts


def test_a_sudden_rise_is_told_on_its_first_day_with_what_was_expected() -> None:
    found = _found(_series(d90=20, d91=25))
    assert found.last.tolist()[0] == 90
    assert found.used[0] == 20
    assert found.expected[0] == pytest.approx(1.1, abs=0.1)


def test_a_slow_start_is_told_from_three_days_together() -> None:
    found = _found(_series(d90=12, d91=12, d92=12))
    assert found.last.min() <= 92


def test_a_season_that_grows_week_by_week_is_no_burst() -> None:
    growing = np.round(np.exp(np.arange(DAYS) / 12)).astype(np.int64)[None, :]
    assert not len(_found(growing).series)


def test_a_busy_day_of_all_words_is_no_burst() -> None:
    counts = np.full((1, DAYS), 4, dtype=np.int64)
    totals = np.full(DAYS, 500, dtype=np.int64)
    counts[0, 90], totals[90] = 40, 5000
    found = find_bursts(
        counts,
        totals,
        special=np.zeros(DAYS, dtype=np.bool_),
        largest_chance=1e-8,
        least_count=8,
        least_ratio=5,
    )
    assert not len(found.series)


def test_a_word_of_every_saturday_is_no_burst() -> None:
    counts = np.zeros((1, DAYS), dtype=np.int64)
    counts[0, ::7] = 30
    assert not [day for day in _found(counts).last.tolist() if day > 35]


def test_what_an_earlier_promotion_brought_too_is_no_burst() -> None:
    counts = _series(d40=30, d100=30)
    assert 100 in _found(counts).first.tolist()
    assert 100 not in _found(counts, special=[40, 100]).first.tolist()


def test_what_came_a_year_ago_is_no_burst() -> None:
    counts = np.zeros((1, 500), dtype=np.int64)
    counts[0, 50:60] = 30
    counts[0, 414:424] = 30
    assert not [day for day in _found(counts).last.tolist() if day > 400]


def test_without_a_past_nothing_is_told() -> None:
    assert not len(_found(_series(d3=60)).series)
    assert not len(_found(np.ones((1, 1), dtype=np.int64)).series)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 30))
def test_chance_alone_makes_no_burst(seed: int, mean: float) -> None:
    counts = np.random.default_rng(seed).poisson(mean, (20, DAYS)).astype(np.int64)
    assert not len(_found(counts).series)
