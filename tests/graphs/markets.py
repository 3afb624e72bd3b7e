"""Small markets made at random: honest ones, and what may be planted in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hengjian.graphs.edges import Edges, make_edges

DAY = 86400.0
DAYS = 120
USERS, ITEMS, RATINGS = 3000, 500, 20_000


class Ratings(NamedTuple):
    """Users, items and days of ratings."""

    users: list[int]
    items: list[int]
    days: list[float]

    def __add__(self, other: Ratings) -> Ratings:  # type: ignore[override]
        return Ratings(self.users + other.users, self.items + other.items, self.days + other.days)

    def edges(self) -> Edges:
        return make_edges(self.users, self.items, None, [day * DAY for day in self.days])


def honest(seed: int, tail: float = 2.0) -> Ratings:
    """Users of their own activity, each in their own season, and items of their own popularity."""
    random = np.random.default_rng(seed)
    busy, popular = random.pareto(tail, USERS) + 1, random.pareto(tail, ITEMS) + 1
    users = random.choice(USERS, RATINGS, p=busy / busy.sum())
    items = random.choice(ITEMS, RATINGS, p=popular / popular.sum())
    seasons = random.uniform(0, DAYS, USERS)
    days = (seasons[users] + random.normal(0, 20, RATINGS)) % DAYS
    return Ratings(users.tolist(), items.tolist(), days.tolist())


def gang(seed: int, users: int, items: int, density: float, days: float) -> Ratings:
    """The first users rate the last items, each item within so many days."""
    random = np.random.default_rng(seed)
    found = Ratings([], [], [])
    for item in range(ITEMS - items, ITEMS):
        active = np.flatnonzero(random.random(users) < density)
        begin = random.uniform(0, DAYS - days)
        moments = random.uniform(begin, begin + days, len(active))
        found += Ratings(active.tolist(), [item] * len(active), moments.tolist())
    return found


def flash_sale(seed: int, users: int) -> Ratings:
    """Many users who have nothing else in common rate one item within an hour."""
    random = np.random.default_rng(seed)
    crowd = random.choice(USERS, users, replace=False)
    moments = random.uniform(0, DAYS) + random.uniform(0, 1 / 24, users)
    return Ratings(crowd.tolist(), [int(random.integers(ITEMS))] * users, moments.tolist())
