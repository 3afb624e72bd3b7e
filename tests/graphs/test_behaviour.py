from __future__ import annotations

import numpy as np
import pytest

from hengjian.graphs.behaviour import (
    DAY,
    deviation,
    evidence,
    mean_by,
    pace,
    percentile,
    percentile_among_alike,
    scaled,
)
from hengjian.graphs.edges import Edges, make_edges
from hengjian.graphs.raters import score_raters
from hengjian.graphs.spread import priors_of

UNKNOWN = float("nan")
ONE = np.zeros(5, dtype=np.int32)


def _times(*days: float) -> np.ndarray:
    return np.array(days) * DAY


def test_how_ratings_lie_in_time() -> None:
    found = pace(ONE, _times(10, 0, 0.5, 0.9, 3), 1)
    assert found.span == pytest.approx([10 * DAY])
    assert found.busiest == [3]
    gaps = np.array([0.5, 0.4, 2.1, 7.0]) * DAY
    assert found.wait == pytest.approx([np.log2(1 + gaps).mean()])


def test_times_a_whole_day_apart_are_not_within_a_day() -> None:
    assert pace(ONE, _times(0, 1, 2, 3, 4), 1).busiest == [1]


def test_a_robot_keeps_time_and_a_person_does_not() -> None:
    assert pace(ONE, _times(0, 1, 2, 3, 4), 1).entropy == [0]
    assert pace(ONE, np.array([0, 3.0, 100, 9e3, 8e6]), 1).entropy == [1]


def test_one_rating_has_no_pace_and_an_untimed_one_not_even_a_day() -> None:
    found = pace(np.array([0, 1], dtype=np.int32), np.array([5.0, UNKNOWN]), 2)
    assert found.busiest[0] == 1
    assert np.isnan([*found.span, *found.wait, *found.entropy, found.busiest[1]]).all()


def test_ratings_are_scaled_by_their_range_and_tell_nothing_where_all_are_the_same() -> None:
    assert scaled(np.array([1.0, 3, 5])).tolist() == [-1, 0, 1]
    assert np.isnan(scaled(np.array([5.0, 5, UNKNOWN]))).all()


def test_a_rating_deviates_from_what_the_others_think_not_from_itself() -> None:
    items = np.array([0, 0, 0, 1], dtype=np.int32)
    found = deviation(items, np.array([-1.0, 1, 1, UNKNOWN]), 2)
    usual = 1 / 3
    assert found[0] == pytest.approx(1 + (2 + usual) / 3)
    assert found[1] == pytest.approx(1 - (0 + usual) / 3)
    assert np.isnan(found[3])


def test_a_mean_is_of_what_is_known() -> None:
    nodes = np.array([0, 0, 1], dtype=np.int32)
    assert mean_by(nodes, np.array([2.0, UNKNOWN, UNKNOWN]), 2).tolist()[0] == 2
    assert np.isnan(mean_by(nodes, np.array([2.0, UNKNOWN, UNKNOWN]), 2)[1])


def test_equals_rank_equal_and_the_unknown_in_the_middle() -> None:
    found = percentile(np.array([1.0, 0.1 + 0.2, 0.3, UNKNOWN]))
    assert found == pytest.approx([5 / 6, 1 / 3, 1 / 3, 0.5])


def test_the_busy_are_ranked_among_the_busy() -> None:
    numbers = np.array([1, 1, 64, 64])
    found = percentile_among_alike(np.array([1.0, 2, 50, 60]), numbers)
    assert found.tolist() == [0.25, 0.75, 0.25, 0.75]


def test_one_rare_measure_weighs_more_than_two_that_are_somewhat_high() -> None:
    found = evidence([np.array([0.999, 0.8]), np.array([0.3, 0.8])])
    assert found[0] > found[1]


def _two_raters(odd: list[float], plain: list[float]) -> Edges:
    """Return a market of twenty raters of whom two are told apart by when they rated."""
    rows = [
        (f"u{n}", f"i{step}", 3.0 + (n + step) % 2, 40.0 * step + 3 * n)
        for n in range(20)
        for step in range(5)
    ]
    rows += [("odd", f"i{step}", 3.0 + step % 2, day) for step, day in enumerate(odd)]
    rows += [("plain", f"i{step}", 3.0 + step % 2, day) for step, day in enumerate(plain)]
    users, items, ratings, days = zip(*rows, strict=True)
    return make_edges(users, items, ratings, _times(*days))


@pytest.mark.parametrize(
    ("signal", "odd"),
    [
        ("brief", [0, 2, 4, 6, 8]),
        ("hasty", [0, 2, 4, 6, 8]),
        ("pressed", [0, 0.01, 0.02, 0.03, 150]),
    ],
)
def test_each_sign_of_haste_points_at_the_hasty(signal: str, odd: list[float]) -> None:
    edges = _two_raters(odd, [0, 40, 80, 120, 160])
    found = dict(zip(edges.user_ids, score_raters(edges).signals[signal], strict=True))
    assert found["odd"] > 0.9 > found["plain"]


@pytest.mark.parametrize("odd", [[0, 0.1, 0.2, 0.3, 0.4], [0, 0.01, 0.02, 0.03, 150]])
def test_haste_raises_the_prior_of_a_user(odd: list[float]) -> None:
    edges = _two_raters(odd, [0, 40, 80, 120, 160])
    found = dict(zip(edges.user_ids, priors_of(edges).users, strict=True))
    assert found["odd"] > 1 > found["plain"]


def test_of_two_with_the_same_gaps_the_one_with_the_busier_day_has_the_higher_prior() -> None:
    edges = _two_raters([0, 0.4, 0.8, 20.8, 40.8], [0, 0.4, 20.4, 20.8, 40.8])
    found = dict(zip(edges.user_ids, priors_of(edges).users, strict=True))
    assert found["odd"] > found["plain"]


def test_a_rating_that_deviates_raises_the_prior_of_its_user_and_of_itself() -> None:
    rows = [(f"u{n}", f"i{n % 4}", 4.0 + n // 4 % 2) for n in range(40)] + [("odd", "i0", 1.0)]
    edges = make_edges(*zip(*rows, strict=True))
    priors = priors_of(edges)
    assert edges.user_ids[int(np.argmax(priors.users))] == "odd"
    assert edges.user_ids[edges.users[int(np.argmax(priors.reviews))]] == "odd"


def test_reviews_that_crowd_into_a_day_have_a_higher_prior_than_those_of_other_days() -> None:
    days = [*(10.0 * n for n in range(12)), *(33 + 0.01 * n for n in range(8))]
    edges = make_edges(
        [f"u{n:02}" for n in range(20)],
        ["item"] * 20,
        [3.0 + n % 2 for n in range(20)],
        _times(*days),
    )
    reviews = priors_of(edges).reviews
    assert reviews[12:].min() > reviews[:12].max()
