"""The fairness of raters and the spread of suspicion, written down as the formulas stand."""

from __future__ import annotations

import math

import numpy as np

from hengjian.graphs.edges import Edges, Floats
from hengjian.graphs.spread import Beliefs, Priors

ROUNDS = 400


def plain_fairness(edges: Edges) -> tuple[list[float], list[float]]:
    """Return the fairness of each rater and the reliability of each rating; all ratings known."""
    low, high = min(edges.ratings), max(edges.ratings)
    rated = [
        (int(user), int(item), (rating - (low + high) / 2) / ((high - low) / 2))
        for user, item, rating in zip(edges.users, edges.items, edges.ratings, strict=True)
    ]
    usual = sum(score for _, _, score in rated) / len(rated)
    fair = [1.0 for _ in edges.user_ids]
    reliable = [1.0 for _ in rated]
    for _ in range(ROUNDS):
        new = []
        for edge, (user, item, score) in enumerate(rated):
            others = [
                (reliable[other], rated[other][2])
                for other in range(len(rated))
                if other != edge and rated[other][1] == item
            ]
            weight = 1 + sum(trust for trust, _ in others)
            opinion = (usual + sum(trust * given for trust, given in others)) / weight
            new.append((fair[user] + 1 - abs(score - opinion) / 2) / 2)
        reliable = new
        mean = sum(reliable) / len(reliable)
        for user in range(len(fair)):
            own = [trust for trust, edge in zip(reliable, rated, strict=True) if edge[0] == user]
            fair[user] = (sum(own) + 2 * mean) / (len(own) + 2)
    return fair, reliable


def plain_beliefs(edges: Edges, priors: Priors) -> Beliefs:
    """Return the beliefs that the messages settle on."""
    pairs = [(int(user), int(item)) for user, item in zip(edges.users, edges.items, strict=True)]
    by_user = [[e for e, p in enumerate(pairs) if p[0] == n] for n in range(len(edges.user_ids))]
    by_item = [[e for e, p in enumerate(pairs) if p[1] == n] for n in range(len(edges.item_ids))]
    to_user, to_item = [0.0] * len(pairs), [0.0] * len(pairs)
    for _ in range(ROUNDS):
        users = [
            prior + sum(to_user[e] for e in own) / len(own)
            for prior, own in zip(priors.users, by_user, strict=True)
        ]
        items = [
            prior + sum(to_item[e] for e in own) / len(own)
            for prior, own in zip(priors.items, by_item, strict=True)
        ]
        from_user = [users[u] - to_user[e] / len(by_user[u]) for e, (u, _) in enumerate(pairs)]
        from_item = [items[i] - to_item[e] / len(by_item[i]) for e, (_, i) in enumerate(pairs)]
        to_item = [
            _along(own + _along(message, 0.1), 0.2)
            for own, message in zip(priors.reviews, from_user, strict=True)
        ]
        to_user = [
            _along(own + _along(message, 0.2), 0.1)
            for own, message in zip(priors.reviews, from_item, strict=True)
        ]
    reviews = [
        own + _along(a, 0.1) + _along(b, 0.2)
        for own, a, b in zip(priors.reviews, from_user, from_item, strict=True)
    ]
    return Beliefs(_chances(users), _chances(items), _chances(reviews), ROUNDS)


def _chances(log_odds: list[float]) -> Floats:
    return np.array([1 / (1 + math.exp(-each)) for each in log_odds])


def _along(log_odds: float, slip: float) -> float:
    """Two states, each carried over but for a slip."""
    chance = 1 / (1 + math.exp(-log_odds))
    carried = (1 - slip) * chance + slip * (1 - chance)
    return math.log(carried / (1 - carried))
