"""Which two bursts share more users than chance, busy users and common tastes explain."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hengjian.compiled import compiled
from hengjian.graphs.blocks import Graph
from hengjian.graphs.bursts import RANKS, Activity, Bursts, Floats, Ints, Numbers, users_in
from hengjian.graphs.significance import log_tail

LEAST_SHARED = 2
_RANK_TRIES = math.log(RANKS)
# Less surprising pairs leave no trace in the scores of users.
_TOLD = math.log(1e-3)
# A user's bursts are compared with so many of the next: a robot's thousands must not square.
_NEXT = 64


class Pairs(NamedTuple):
    """What the pairs of bursts tell.

    Attributes:
        firsts: The earlier bursts of pairs that share more users than chance makes likely.
        seconds: The later bursts.
        logs: Natural logarithms of their chances, not corrected.
        users: For each user, the least logarithm of a pair of which it is in both.
        bursts: For each burst, the least of its pairs.
    """

    firsts: Ints
    seconds: Ints
    logs: Floats
    users: Floats
    bursts: Floats


def compare(bursts: Bursts, activity: Activity, limit: float) -> Pairs:
    """Compare every two bursts that share users, and return the pairs up to a chance."""
    return Pairs(*_compare(bursts, activity, limit))


@compiled
def _compare(
    bursts: Bursts, activity: Activity, limit: float
) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """Compare every two bursts that share users."""
    graph, total = bursts.graph, len(bursts.items)
    firsts, seconds, logs = [0][:0], [0][:0], [0.0][:0]
    user_logs = np.zeros(len(graph.user_begins) - 1, dtype=np.float64)
    burst_logs = np.zeros(total, dtype=np.float64)
    shared = np.zeros((total, RANKS), dtype=np.int32)
    chance = np.zeros(total, dtype=np.float64)
    touched = np.empty(total, dtype=np.int32)
    seen = np.zeros(total, dtype=np.bool_)
    nexts = graph.user_begins[:-1].copy()
    for first in range(total):
        count = 0
        begin, end = graph.item_begins[first], graph.item_begins[first + 1]
        for place in range(begin, end):
            user = graph.item_users[place]
            # Bursts come in their order, so that each of a user's follows the one before.
            nexts[user] += 1
            stop = min(nexts[user] + _NEXT, graph.user_begins[user + 1])
            for other in range(nexts[user], stop):
                second = graph.items[other]
                if not seen[second]:
                    seen[second] = True
                    touched[count] = second
                    count += 1
                shared[second, activity.ranks[user]] += 1
        several = False
        for turn in range(count):
            second = touched[turn]
            chance[second] = 0.0
            if bursts.items[first] != bursts.items[second]:
                log = _log_shared(shared[second], first, second, bursts, activity)
                chance[second] = log
                several = several or log < _TOLD
                burst_logs[first] = min(burst_logs[first], log)
                burst_logs[second] = min(burst_logs[second], log)
                if log <= limit:
                    firsts.append(first)
                    seconds.append(second)
                    logs.append(log)
            shared[second] = 0
            seen[second] = False
        if several:
            for place in range(begin, end):
                user = graph.item_users[place]
                stop = min(nexts[user] + _NEXT, graph.user_begins[user + 1])
                for other in range(nexts[user], stop):
                    user_logs[user] = min(user_logs[user], chance[graph.items[other]])
    return np.array(firsts), np.array(seconds), np.array(logs), user_logs, burst_logs


@compiled
def _log_shared(
    shared: Numbers, first: int, second: int, bursts: Bursts, activity: Activity
) -> float:
    """Return the logarithm of the chance that two bursts share so many users or more.

    The busy share many bursts by chance: users up to a rank are looked at apart from those above.
    """
    one, other = bursts.cells[first], bursts.cells[second]
    reach = float(bursts.sizes[first] * bursts.sizes[second])
    local = reach / (activity.totals[one] * activity.totals[other])
    least, count = 0.0, 0
    for rank in range(RANKS):
        count += shared[rank]
        if shared[rank] == 0 or count < LEAST_SHARED:
            continue
        # Who comes for one evening only was not active by the measure of that time: whichever way
        # of looking makes it likelier counts.
        mean = max(local * activity.both[rank, one, other], reach * activity.sameness[rank])
        if count > mean:
            least = min(least, log_tail(count, mean) + _RANK_TRIES)
    return least


def without_taste(pairs: Pairs, bursts: Bursts, tastes: Graph) -> Pairs:
    """Judge the pairs of bursts again by how many users their items share at other times."""
    logs = pairs.logs.copy()
    for place, (first, second) in enumerate(zip(pairs.firsts, pairs.seconds, strict=True)):
        one, other = (users_in(tastes, bursts.items[burst]) for burst in (first, second))
        early, late = (users_in(bursts.graph, burst) for burst in (first, second))
        shared = len(np.intersect1d(early, late, assume_unique=True))
        elsewhere = len(np.intersect1d(one, other, assume_unique=True)) - shared
        reach = len(early) * len(late)
        mean = reach * elsewhere / max(1, len(one) * len(other) - reach)
        if elsewhere:
            logs[place] = max(logs[place], log_tail(shared, mean))
    return pairs._replace(logs=logs)
