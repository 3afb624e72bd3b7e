"""FRAUDAR as its paper says it, in plain Python: what the compiled one is held against.

Hooi et al., FRAUDAR: Bounding Graph Fraud in the Face of Camouflage, KDD 2016, algorithm 1, with
column weights 1 / log(c + degree), c = 5, and a tree whose root is the least of its leaves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

SMOOTHING = 5

Block = tuple[set[int], set[int], float]


class MinTree:
    """A binary tree that knows the least of its leaves."""

    def __init__(self, values: Sequence[float]) -> None:
        self.leaves = 1 << max(0, math.ceil(math.log2(len(values))))
        self.nodes = [math.inf] * (2 * self.leaves)
        self.nodes[self.leaves : self.leaves + len(values)] = values
        for node in reversed(range(1, self.leaves)):
            self.nodes[node] = min(self.nodes[2 * node], self.nodes[2 * node + 1])

    def least(self) -> tuple[int, float]:
        """Return the number of the least leaf, the first of equal ones, and its value."""
        node = 1
        while node < self.leaves:
            left, right = self.nodes[2 * node], self.nodes[2 * node + 1]
            node = 2 * node + (left > right)
        return node - self.leaves, self.nodes[node]

    def add(self, leaf: int, change: float) -> None:
        """Change the value of a leaf."""
        node = self.leaves + leaf
        self.nodes[node] += change
        while node > 1:
            node //= 2
            least = min(self.nodes[2 * node], self.nodes[2 * node + 1])
            if self.nodes[node] == least:
                break
            self.nodes[node] = least


def densest_block(pairs: Sequence[tuple[int, int]], user_count: int, item_count: int) -> Block:
    """Return users, items and score of the densest block; each pair counts once."""
    items_of: list[list[int]] = [[] for _ in range(user_count)]
    users_of: list[list[int]] = [[] for _ in range(item_count)]
    for user, item in sorted(set(pairs)):
        items_of[user].append(item)
        users_of[item].append(user)
    weights = [1 / math.log(len(users) + SMOOTHING) for users in users_of]
    row_sums = [sum(weights[item] for item in items) for items in items_of]
    rows = MinTree(row_sums)
    columns = MinTree([sum([weights[item]] * len(users)) for item, users in enumerate(users_of)])
    weight = sum(row_sums)
    left = [user_count, item_count]
    best, kept = weight / sum(left), 0
    removed: list[tuple[int, int]] = []
    while all(left):
        (user, row), (item, column) = rows.least(), columns.least()
        if row <= column:
            weight -= row
            for other in items_of[user]:
                columns.add(other, -weights[other])
            rows.add(user, math.inf)
            removed.append((0, user))
            left[0] -= 1
        else:
            weight -= column
            for other in users_of[item]:
                rows.add(other, -weights[item])
            columns.add(item, math.inf)
            removed.append((1, item))
            left[1] -= 1
        if weight / sum(left) > best:
            best, kept = weight / sum(left), len(removed)
    gone = removed[:kept]
    users = set(range(user_count)) - {node for side, node in gone if side == 0}
    items = set(range(item_count)) - {node for side, node in gone if side == 1}
    return users, items, best


def blocks(
    pairs: Sequence[tuple[int, int]], user_count: int, item_count: int, most: int
) -> list[Block]:
    """Return several blocks, each found in what the ones before leave."""
    left = sorted(set(pairs))
    found: list[Block] = []
    while left and len(found) < most:
        users, items, score = densest_block(left, user_count, item_count)
        found.append((users, items, score))
        left = [(user, item) for user, item in left if user not in users or item not in items]
    return found
