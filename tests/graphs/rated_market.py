"""A small market made at random in which some accounts are paid for bad reviews."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hengjian.graphs.edges import Edges, make_edges

DAY = 86_400.0
DAYS, BUYERS, ITEMS, REVIEWS = 300, 1500, 120, 6000
GANG, EACH = 20, 6
CROWD = 150


class Market(NamedTuple):
    """Edges, and who is who, by id."""

    edges: Edges
    gang: set[str]
    crowd: set[str]


def market(seed: int, *, gang_days: float = 6.0) -> Market:
    """Return honest buyers, a gang that gives one star all over, and honest crowds.

    The crowds: a flash sale (one item, one hour), and a defect's wave of one star (one item, two
    days), both of buyers that have nothing else in common.
    """
    random = np.random.default_rng(seed)
    busy, known = random.pareto(1.3, BUYERS) + 1, random.pareto(1.1, ITEMS) + 1
    quality = random.normal(4.2, 0.3, ITEMS)
    rows: list[tuple[str, str, float, float]] = []

    def buy(buyer: str, item: int, day: float, stars: float | None = None) -> None:
        felt = float(np.clip(np.round(random.normal(quality[item], 0.8)), 1, 5))
        rows.append((buyer, f"i{item}", felt if stars is None else stars, day * DAY))

    buyers = random.choice(BUYERS, REVIEWS, p=busy / busy.sum())
    items = random.choice(ITEMS, REVIEWS, p=known / known.sum())
    since = random.uniform(0, DAYS * 0.8, BUYERS)
    for buyer, item in zip(buyers, items, strict=True):
        buy(f"u{buyer}", int(item), random.uniform(since[buyer], DAYS))
    crowd = {f"u{buyer}" for buyer in random.choice(BUYERS, 2 * CROWD, replace=False)}
    for place, buyer in enumerate(sorted(crowd)):
        if place < CROWD:
            buy(buyer, 0, 200 + random.uniform(0, 1 / 24))
        else:
            buy(buyer, 1, 250 + random.uniform(0, 2), 1.0)
    gang = {f"g{number}" for number in range(GANG)}
    for member in sorted(gang):
        begin = random.uniform(0, DAYS - gang_days)
        for item in random.choice(np.arange(2, ITEMS), EACH, replace=False):
            buy(member, int(item), begin + random.uniform(0, gang_days), 1.0)
    users, bought, stars, times = zip(*rows, strict=True)
    return Market(make_edges(users, bought, stars, times), gang, crowd)


def ranks(edges: Edges, scores: np.ndarray, ids: set[str]) -> np.ndarray:
    """Return which share of all users is less suspicious, for each of these."""
    chosen = [number for number, name in enumerate(edges.user_ids) if name in ids]
    return np.array([(scores < scores[number]).mean() for number in chosen])
