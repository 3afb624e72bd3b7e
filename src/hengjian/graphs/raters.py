"""Who rates unfairly: fairness of raters, goodness of items, reliability of ratings, and haste.

After REV2 (Kumar et al., WSDM 2018): a rater is as fair as the ratings they gave are reliable, a
rating is as reliable as its rater is fair and as it agrees with what the others think of the item,
and what they think counts each rating by its reliability. Here a rating is held against the
opinion of the *others*, so that nobody agrees with themselves, and who did little is like the
average. Only what a rater did counts, never what others did to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hengjian.compiled import compiled
from hengjian.graphs.behaviour import (
    SMOOTHING,
    degrees,
    evidence,
    mean_by,
    pace,
    percentile,
    percentile_among_alike,
    scaled,
)
from hengjian.graphs.edges import Edges, Floats, Numbers

# As many ratings the mean reliability counts as, in a rater's fairness.
_COLD_START = 2.0
_UNFAIR = "unfair"
_TOLERANCE = 1e-9
_MOST_ROUNDS = 500


class Fairness(NamedTuple):
    """How fair raters and how reliable their ratings are, from 0 to 1; NaN where nothing tells.

    Attributes:
        raters: The fairness of each rater.
        ratings: The reliability of each edge.
        rounds: How many rounds it took until nothing moved any more.
    """

    raters: Floats
    ratings: Floats
    rounds: int


class RaterScores(NamedTuple):
    """How suspicious each node is, from 0 to 1.

    Attributes:
        users: What the signals say together.
        items: How unreliable the ratings are that an item got.
        signals: What each signal says of each user, as a rank from 0 to 1, the middle where it
            can't tell: `unfair`, `brief` (active for a short time), `hasty` (a short time for so
            many ratings), `pressed` (one rating quickly after another).
        fairness: What the first signal rests on.
    """

    users: Floats
    items: Floats
    signals: dict[str, Floats]
    fairness: Fairness


def score_raters(edges: Edges) -> RaterScores:
    """Score the users of a graph by what they did, and the items by who rated them."""
    count = len(edges.user_ids)
    fairness = rater_fairness(edges)
    speed = pace(edges.users, edges.times, count)
    signals = {
        _UNFAIR: percentile(-fairness.raters),
        "brief": percentile(-speed.span),
        "hasty": percentile_among_alike(-speed.span, degrees(edges.users, count)),
        "pressed": percentile(-speed.wait),
    }
    users = _together(signals)
    return RaterScores(users, _item_scores(edges, fairness, users), signals, fairness)


def score_without(scores: RaterScores, signal: str) -> Floats:
    """Return what the users' scores would be without one of the signals."""
    return _together({name: ranks for name, ranks in scores.signals.items() if name != signal})


def _together(signals: Mapping[str, Floats]) -> Floats:
    """Join unfairness and haste as two tests are joined (Fisher): each can convict alone.

    The signals of haste say much the same, so they are one test.
    """
    haste = [ranks for name, ranks in signals.items() if name != _UNFAIR]
    tests = [percentile(np.mean(haste, axis=0))]
    if _UNFAIR in signals:
        tests.append(signals[_UNFAIR])
    against = evidence(tests)
    chance = np.exp(-against) * (1 + against if len(tests) > 1 else 1)
    return np.asarray(1 - chance)


def rater_fairness(edges: Edges) -> Fairness:
    """Return the fairness of each rater and the reliability of each rating."""
    ratings = scaled(edges.ratings)
    known = np.flatnonzero(~np.isnan(ratings))
    raters = np.full(len(edges.user_ids), np.nan)
    reliability = np.full(len(ratings), np.nan)
    if len(known) == 0:
        return Fairness(raters, reliability, 0)
    users = edges.users[known]
    fair, reliability[known], rounds = _settle(
        users, edges.items[known], ratings[known], len(raters), len(edges.item_ids)
    )
    rated = np.unique(users)
    raters[rated] = fair[rated]
    return Fairness(raters, reliability, rounds)


def _item_scores(edges: Edges, fairness: Fairness, users: Floats) -> Floats:
    """Return how unreliable an item's ratings are; without ratings, how suspicious its users."""
    count = len(edges.item_ids)
    doubt = 1 - fairness.ratings
    if np.isnan(doubt).all():
        return mean_by(edges.items, users[edges.users], count)
    usual = float(np.nanmean(doubt))
    numbers = degrees(edges.items[~np.isnan(doubt)], count)
    means = np.nan_to_num(mean_by(edges.items, doubt, count))
    return np.asarray((means * numbers + SMOOTHING * usual) / (numbers + SMOOTHING))


@compiled
def _settle(
    users: Numbers, items: Numbers, ratings: Floats, user_count: int, item_count: int
) -> tuple[Floats, Floats, int]:
    """Go round fairness, reliability and opinion until none of them moves."""
    edges = len(users)
    usual = ratings.mean()
    numbers = np.zeros(user_count)
    for edge in range(edges):
        numbers[users[edge]] += 1
    fairness, reliability = np.ones(user_count), np.ones(edges)
    rounds = 0
    moved = 1.0
    while moved > _TOLERANCE and rounds < _MOST_ROUNDS:
        rounds += 1
        sums, weights = np.zeros(item_count), np.zeros(item_count)
        for edge in range(edges):
            sums[items[edge]] += reliability[edge] * ratings[edge]
            weights[items[edge]] += reliability[edge]
        total, given = 0.0, np.zeros(user_count)
        for edge in range(edges):
            own, item = reliability[edge], items[edge]
            others = weights[item] - own + SMOOTHING
            opinion = (sums[item] - own * ratings[edge] + SMOOTHING * usual) / others
            agreement = 1 - abs(ratings[edge] - opinion) / 2
            reliability[edge] = (fairness[users[edge]] + agreement) / 2
            given[users[edge]] += reliability[edge]
            total += reliability[edge]
        moved = 0.0
        for user in range(user_count):
            fair = (given[user] + _COLD_START * total / edges) / (numbers[user] + _COLD_START)
            moved = max(moved, abs(fair - fairness[user]))
            fairness[user] = fair
    return fairness, reliability, rounds
