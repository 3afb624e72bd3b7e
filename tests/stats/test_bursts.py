from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.stats.bursts import Bursts, Ints, Part, chance_of_more, find_bursts

DAYS = 120


def _found(
    counts: Ints,
    special: list[int] | None = None,
    *,
    totals: Ints | None = None,
    elsewhere: Ints | None = None,
    since: int = 0,
) -> Bursts:
    days = counts.shape[1]
    marks = np.zeros(days, dtype=np.bool_)
    marks[special or []] = True
    usual = np.full(days, 500, dtype=np.int64)
    return find_bursts(
        [Part(counts, usual if totals is None else totals, since)],
        elsewhere=() if elsewhere is None else [Part(elsewhere, usual * 9)],
        special=marks,
        largest_chance=1e-8,
        least_count=8,
        least_ratio=5,
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
    assert not len(_found(counts, totals=totals).series)


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
    assert not len(_found(counts, elsewhere=np.tile(counts, 9)[:, :DAYS] * 9).series)


def _slow(days: int = DAYS, first: int = 90, last: int = 104) -> Ints:
    counts = np.zeros((1, days), dtype=np.int64)
    counts[0, first:last] = 1
    return counts


def test_a_slow_rise_in_one_place_alone_is_told_within_two_weeks() -> None:
    found = _found(_slow(), elsewhere=np.zeros((1, DAYS), dtype=np.int64))
    assert 97 <= found.last[0] <= 103


def test_a_rise_that_is_the_same_elsewhere_is_no_burst_of_the_place() -> None:
    assert not len(_found(_slow(), elsewhere=_slow() * 9).series)
    assert not len(_found(_series(d90=20, d91=25), elsewhere=_series(d90=180, d91=225)).series)


def test_a_slow_rise_everywhere_is_told_only_where_last_year_knew_none() -> None:
    assert not len(_found(_slow()).series)
    assert len(_found(_slow(500, 450, 464)).series)
    both = _slow(500, 450, 464) + _slow(500, 450 - 364, 464 - 364)
    assert not [day for day in _found(both).last.tolist() if day > 400]


def test_the_first_two_weeks_of_a_feed_are_no_burst() -> None:
    counts = np.zeros((1, DAYS), dtype=np.int64)
    counts[0, 80:] = 10
    assert _found(counts).last.min() == 81
    new = np.where(np.arange(DAYS) < 80, 0, 500)
    known = Part(np.zeros((1, DAYS), dtype=np.int64), np.full(DAYS, 500, dtype=np.int64))
    found = find_bursts(
        [known, Part(counts, new, since=80)],
        special=np.zeros(DAYS, dtype=np.bool_),
        largest_chance=1e-8,
        least_count=8,
        least_ratio=5,
    )
    assert not len(found.series)


def test_each_feed_is_held_against_its_own_volume() -> None:
    feed = np.full((1, DAYS), 6, dtype=np.int64)
    feed[0, 90:] = 60
    small = Part(feed, np.where(np.arange(DAYS) < 90, 60, 600))
    large = Part(np.zeros((1, DAYS), dtype=np.int64), np.full(DAYS, 6000, dtype=np.int64))
    marks = np.zeros(DAYS, dtype=np.bool_)
    parts = {"apart": [small, large], "as one": [Part(feed, small.totals + large.totals)]}
    told = {
        name: find_bursts(
            some, special=marks, largest_chance=1e-8, least_count=8, least_ratio=5
        ).series.size
        for name, some in parts.items()
    }
    assert told["apart"] == 0
    assert told["as one"] > 0


def test_a_gap_of_days_brings_no_burst() -> None:
    counts, totals = np.full((1, DAYS), 6, dtype=np.int64), np.full(DAYS, 500, dtype=np.int64)
    counts[0, 85:90], totals[85:90] = 0, 0
    counts[0, 90], totals[90] = 36, 3000
    assert not len(_found(counts, totals=totals).series)


def test_more_than_before_is_less_likely_the_more_it_is_and_the_longer_the_past() -> None:
    used, before = np.array([2, 5, 9]), np.array([3, 3, 3])
    short = chance_of_more(used, 30, before, 60)
    long = chance_of_more(used, 30, before * 10, 600)
    assert np.all(np.diff(short) < 0)
    assert np.all(long[1:] < short[1:])
    # So rare by chance, or more: nine uses, where half as many records had three.
    draws = np.random.default_rng(1)
    seen = draws.poisson(draws.gamma(3.5, 1 / 60, 200_000) * 30)
    assert short[2] == pytest.approx((seen >= 9).mean(), abs=1e-3)


def test_without_a_past_nothing_is_more_than_before() -> None:
    assert chance_of_more(np.array([50]), 100, np.array([0]), 0).tolist() == [1.0]
