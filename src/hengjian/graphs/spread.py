"""Suspicion that spreads over users, reviews and items, without any label.

After SpEagle (Rayana and Akoglu, KDD 2015): what each node did by itself gives a prior (bursts,
haste, ratings that deviate, timing), and beliefs pass along the edges: who writes genuine reviews
is probably honest, whose reviews are fake is probably a target. Here a node takes the *mean* of
what its reviews tell, so that neither the popular nor the busy are drowned in sums, and each round
shrinks what the last one changed: the beliefs always settle, on one and the same state.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hengjian.compiled import compiled
from hengjian.graphs.behaviour import (
    DAY,
    Pace,
    degrees,
    deviation,
    evidence,
    mean_by,
    pace,
    percentile,
    percentile_among_alike,
    scaled,
)
from hengjian.graphs.edges import Edges, Floats, Numbers

# How often an honest user's review is fake, or a fraud's genuine; and how often a fake review
# stands at an item that nobody targets: the first tie is closer than the second.
_USER_SLIP, _ITEM_SLIP = 0.1, 0.2
# The most suspicious prior there is, as the logarithm of odds.
_STRONGEST_PRIOR = 2.0
_TOLERANCE = 1e-6
_MOST_ROUNDS = 100
_EXTREME = 1 - 1e-9
# In this many days the reviews of a new item may come at once without being a crowd.
_GRACE_DAYS = 7


class Beliefs(NamedTuple):
    """How suspicious nodes are, from 0 to 1; a ranking, not a probability that was measured.

    Attributes:
        users: The users.
        items: The items: high where fake reviews were bought for or against them.
        reviews: The edges.
        rounds: How many rounds it took until nothing moved any more.
    """

    users: Floats
    items: Floats
    reviews: Floats
    rounds: int


class Priors(NamedTuple):
    """What nodes show by themselves: logarithms of odds, 0 for what is as usual."""

    users: Floats
    items: Floats
    reviews: Floats


def spread(edges: Edges) -> Beliefs:
    """Return what to believe of each node after its own conduct and its neighbours'."""
    return propagate(edges, priors_of(edges))


def propagate(edges: Edges, priors: Priors) -> Beliefs:
    """Pass beliefs along the edges until they settle."""
    users, items, reviews, rounds = _settle(edges.users, edges.items, *priors)
    return Beliefs(_chance(users), _chance(items), _chance(reviews), rounds)


def priors_of(edges: Edges) -> Priors:
    """Return what each user, item and review shows by itself."""
    ratings = scaled(edges.ratings)
    far = deviation(edges.items, ratings, len(edges.item_ids))
    item_pace = pace(edges.items, edges.times, len(edges.item_ids))
    return Priors(
        _prior(_user_signals(edges, ratings, far)),
        _prior(_item_signals(edges, far, item_pace)),
        _prior([percentile(_crowding(edges, item_pace)), percentile(far)]),
    )


def _user_signals(edges: Edges, ratings: Floats, far: Floats) -> list[Floats]:
    count = len(edges.user_ids)
    numbers = degrees(edges.users, count)
    speed = pace(edges.users, edges.times, count)
    extreme = np.where(np.isnan(ratings), np.nan, np.abs(ratings) >= _EXTREME)
    return [
        percentile_among_alike(speed.busiest, numbers),
        percentile_among_alike(-speed.span, numbers),
        percentile(-speed.span),
        percentile(-speed.wait),
        percentile(mean_by(edges.users, far, count)),
        percentile(mean_by(edges.users, extreme, count)),
        percentile((numbers == 1).astype(np.float64)),
    ]


def _item_signals(edges: Edges, far: Floats, speed: Pace) -> list[Floats]:
    count = len(edges.item_ids)
    numbers = degrees(edges.items, count)
    return [
        percentile_among_alike(speed.busiest, numbers),
        percentile_among_alike(-speed.span, numbers),
        percentile(-speed.entropy),
        percentile(mean_by(edges.items, far, count)),
    ]


def _crowding(edges: Edges, speed: Pace) -> Floats:
    """Return how many reviews of its item stand within a day of each, beside what is usual."""
    crowd = np.full(len(edges.times), np.nan)
    known = np.flatnonzero(~np.isnan(edges.times))
    order = known[np.lexsort((edges.times[known], edges.items[known]))]
    items = edges.items[order]
    crowd[order] = _within_a_day(items, edges.times[order])
    numbers = degrees(items, len(edges.item_ids))
    days = np.nan_to_num(speed.span) / DAY + _GRACE_DAYS
    return np.asarray(crowd / (1 + 2 * numbers / days)[edges.items])


def _prior(signals: list[Floats]) -> Floats:
    """Return where a node stands among all by what its signals say, as the logarithm of odds."""
    rank = percentile(evidence(signals))
    return np.asarray(_STRONGEST_PRIOR * (2 * rank - 1))


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


@compiled
def _within_a_day(items: Numbers, times: Floats) -> Floats:
    """Count, for edges sorted by item and time, those of the same item a day around each."""
    count = len(items)
    found = np.empty(count)
    first = last = 0
    for place in range(count):
        while items[first] != items[place] or times[place] - times[first] > DAY:
            first += 1
        last = max(last, place)
        while (
            last + 1 < count
            and items[last + 1] == items[place]
            and times[last + 1] - times[place] <= DAY
        ):
            last += 1
        found[place] = last - first + 1
    return found


@compiled
def _slipped(odds: float, slip: float) -> float:
    """Return what odds are worth behind a tie along which they hold but for a slip."""
    return ((1 - slip) * odds + slip) / (slip * odds + 1 - slip)


@compiled
def _settle(
    users: Numbers, items: Numbers, user_prior: Floats, item_prior: Floats, review_prior: Floats
) -> tuple[Floats, Floats, Floats, int]:
    """Pass messages to and fro: each node tells a review what all its others told it."""
    edges = len(users)
    user_edges, item_edges = np.zeros(len(user_prior)), np.zeros(len(item_prior))
    for edge in range(edges):
        user_edges[users[edge]] += 1
        item_edges[items[edge]] += 1
    to_user, to_item = np.zeros(edges), np.zeros(edges)
    user_belief, item_belief = user_prior.copy(), item_prior.copy()
    reviews, own = np.zeros(edges), np.exp(review_prior)
    rounds = 0
    moved = 1.0
    while moved > _TOLERANCE and rounds < _MOST_ROUNDS:
        rounds += 1
        moved = 0.0
        next_user, next_item = np.zeros(len(user_prior)), np.zeros(len(item_prior))
        for edge in range(edges):
            user, item = users[edge], items[edge]
            from_user = np.exp(user_belief[user] - to_user[edge] / user_edges[user])
            from_item = np.exp(item_belief[item] - to_item[edge] / item_edges[item])
            by_user, by_item = _slipped(from_user, _USER_SLIP), _slipped(from_item, _ITEM_SLIP)
            for_item = np.log(_slipped(own[edge] * by_user, _ITEM_SLIP))
            for_user = np.log(_slipped(own[edge] * by_item, _USER_SLIP))
            moved = max(moved, abs(for_item - to_item[edge]), abs(for_user - to_user[edge]))
            to_item[edge], to_user[edge] = for_item, for_user
            reviews[edge] = own[edge] * by_user * by_item
            next_user[user] += for_user
            next_item[item] += for_item
        user_belief[:] = user_prior + next_user / np.maximum(user_edges, 1)
        item_belief[:] = item_prior + next_item / np.maximum(item_edges, 1)
    return user_belief, item_belief, np.log(reviews), rounds
