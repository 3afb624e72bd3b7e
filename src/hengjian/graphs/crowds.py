"""Crowds: the users who are in too many of some bursts, and the bursts that go with them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hengjian.compiled import compiled
from hengjian.graphs.blocks import LEAST_LIFT, Graph
from hengjian.graphs.bursts import Activity, Bursts, Floats, Ints, Numbers, users_in
from hengjian.graphs.significance import discoveries, log_tails

LEAST_USERS = 5
LEAST_HITS = 2
_FALSE_USERS, _FALSE_BURSTS = 0.1, 0.05
_ROUNDS = 5


class Crowd(NamedTuple):
    """Users who are in more of some bursts than chance lets anyone be.

    Attributes:
        users: Their numbers, sorted.
        logs: Natural logarithm of the chance of each.
        hits: In how many of the bursts they are, together.
        expected: In how many they would be by chance.
    """

    users: Numbers
    logs: Floats
    hits: int
    expected: float


def grow(chosen: Ints, bursts: Bursts, activity: Activity) -> tuple[Ints, Crowd] | None:
    """Choose users by bursts and bursts by users, in turn, until nothing changes.

    Returns:
        The bursts and their crowd; None: chance explains too many of the users.
    """
    # To begin with, whoever is in two bursts counts: few bursts leave nobody who must be in them.
    users = np.flatnonzero(_hits(chosen, bursts) >= LEAST_HITS).astype(np.int32)
    for _ in range(_ROUNDS):
        grown = bursts_with(users, bursts, activity)
        crowd = users_of(grown, bursts, activity)
        if len(crowd.users) < LEAST_USERS:
            return None
        if np.array_equal(grown, chosen):
            break
        chosen, users = grown, crowd.users
    return chosen, crowd


def _hits(chosen: Ints, bursts: Bursts) -> Ints:
    hits = np.zeros(len(bursts.graph.user_begins) - 1, dtype=np.int64)
    for burst in chosen:
        hits[users_in(bursts.graph, burst)] += 1
    return hits


def users_of(chosen: Ints, bursts: Bursts, activity: Activity) -> Crowd:
    """Return the users who are in more of the bursts than chance lets anyone be."""
    hits, pull = _hits(chosen, bursts), _pull(chosen, bursts.sizes[chosen], bursts, activity)
    candidates = np.flatnonzero(hits >= LEAST_HITS).astype(np.int32)
    means = _means(candidates, pull, activity)
    logs = log_tails(hits[candidates], means)
    told = discoveries(logs, _FALSE_USERS, activity.people)
    users = candidates[told]
    return Crowd(users, logs[told], int(hits[users].sum()), float(means[told].sum()))


def _pull(chosen: Ints, sizes: Ints, bursts: Bursts, activity: Activity) -> Floats:
    """Return what share of the ratings of each cell bursts of these sizes have."""
    cells = bursts.cells[chosen]
    pull = np.zeros(len(activity.totals))
    np.add.at(pull, cells, sizes / activity.totals[cells])
    return pull


@compiled
def _means(users: Numbers, pull: Floats, activity: Activity) -> Floats:
    """Return in how many of some bursts each user would be by chance."""
    means = np.zeros(len(users), dtype=np.float64)
    everywhere = (pull * activity.totals).sum()
    total = activity.totals.sum()
    for place in range(len(users)):
        user = users[place]
        for at in range(activity.begins[user], activity.begins[user + 1]):
            means[place] += activity.counts[at] * pull[activity.cells[at]]
        by_all = max(activity.sums[user] / total, 1.0 / activity.people) * everywhere
        means[place] = max(means[place], by_all)
    return means


def bursts_with(members: Numbers, bursts: Bursts, activity: Activity) -> Ints:
    """Return the bursts in which there are more of the users than chance puts there."""
    graph = bursts.graph
    inside = np.zeros(len(bursts.items), dtype=np.int64)
    share = np.zeros(len(activity.totals))
    for user in members:
        inside[graph.items[graph.user_begins[user] : graph.user_begins[user + 1]]] += 1
        at = slice(activity.begins[user], activity.begins[user + 1])
        share[activity.cells[at]] += activity.counts[at]
    share /= np.maximum(activity.totals, 1)
    by_all = activity.sums[members].sum() / activity.totals.sum()
    share = np.maximum(share, max(by_all, len(members) / activity.people))
    candidates = np.flatnonzero(inside >= LEAST_HITS)
    means = bursts.sizes[candidates] * share[bursts.cells[candidates]]
    logs = log_tails(inside[candidates], means)
    told = discoveries(logs, _FALSE_BURSTS, len(inside))
    return candidates[told & (inside[candidates] >= LEAST_LIFT * means)]


def fashion(chosen: Ints, crowd: Crowd, bursts: Bursts, activity: Activity) -> float:
    """Return how much more often than by chance who is in one of the bursts is in another too.

    Only users outside the crowd are asked: if they too go from one to the next, the bursts are to
    the taste of many, and no gang's work. Each counts once: a few may be of the gang after all.
    """
    hits = _hits(chosen, bursts)
    inside = np.zeros(len(hits), dtype=np.bool_)
    inside[crowd.users] = True
    others = np.flatnonzero((hits > 0) & ~inside).astype(np.int32)
    sizes = np.array([np.count_nonzero(~inside[users_in(bursts.graph, each)]) for each in chosen])
    means = _means(others, _pull(chosen, sizes, bursts, activity), activity)
    again = float(np.count_nonzero(hits[others] >= LEAST_HITS))
    return max(1.0, again / max(1.0, float(-np.expm1(-means).sum())))


def by_taste(chosen: Ints, crowd: Crowd, bursts: Bursts, tastes: Graph) -> float:
    """Return how many ratings the users had in the bursts if these were as the items' others."""
    items = np.zeros(len(tastes.item_begins) - 1, dtype=np.bool_)
    items[bursts.items[chosen]] = True
    users = np.zeros(len(tastes.user_begins) - 1, dtype=np.bool_)
    users[crowd.users] = True
    of_items = items[tastes.items]
    ratings, inside = int(np.count_nonzero(of_items)), int(bursts.sizes[chosen].sum())
    both = int(np.count_nonzero(of_items & users[tastes.users]))
    return max(0, both - crowd.hits) * inside / max(1, ratings - inside)
