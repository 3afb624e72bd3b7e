"""Dense blocks: users and items with more edges between them than their weight explains.

The nodes are taken away one after another, always the one whose edges weigh least; the block is
what stood when the edges weighed most for each node that was left. An edge weighs 1 / log(5 + how
many users the item has), so that popular items hide nobody (FRAUDAR, Hooi et al., KDD 2016).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hengjian.compiled import compiled
from hengjian.graphs.edges import Edges
from hengjian.graphs.significance import log_block

Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SMOOTHING = 5
# A block of chance alone has about the edges that chance expects, common tastes make some more.
LEAST_LIFT = 3.0
LEAST_CHANCE = 0.01
LEAST_USERS = 3
BLOCKS = 5
# Of a node of the tree that finds the least loss: two cache lines hold so many.
_CHILDREN = 16


class Graph(NamedTuple):
    """Pairs of users and items, each once, by user and by item.

    Attributes:
        users: The user of each pair, sorted.
        items: The item of each pair, sorted within the user.
        user_begins: Where the pairs of each user begin, and where the last end.
        item_begins: Where the pairs of each item begin in `item_users`.
        item_users: The users of each item, sorted.
    """

    users: Numbers
    items: Numbers
    user_begins: NDArray[np.int64]
    item_begins: NDArray[np.int64]
    item_users: Numbers


class Block(NamedTuple):
    """A dense block.

    Attributes:
        users: Numbers of its users, sorted.
        items: Numbers of its items, sorted.
        score: The published score: weight of the edges inside for each of its nodes.
        edges: How many pairs of its users and items have an edge.
        expected: How many they would have if everyone chose by popularity alone.
        log_chance: Natural logarithm of the chance of such a block, for all blocks of its size.
    """

    users: Numbers
    items: Numbers
    score: float
    edges: int
    expected: float
    log_chance: float

    @property
    def density(self) -> float:
        """The share of its pairs that have an edge."""
        return self.edges / max(1, len(self.users) * len(self.items))

    @property
    def chance(self) -> float:
        """The corrected chance of such a block."""
        return math.exp(self.log_chance)

    @property
    def is_group(self) -> bool:
        """Whether it is more than chance and common taste make."""
        return (
            len(self.users) >= LEAST_USERS
            and self.log_chance <= math.log(LEAST_CHANCE)
            and self.edges >= LEAST_LIFT * self.expected
        )


class Blocks(NamedTuple):
    """What was found.

    Attributes:
        blocks: One after another, each without the edges of those before.
        user_scores: From 0 to 1, higher is more suspicious; over a half: in a group.
        item_scores: The same of items.
        user_groups: Place of the user's group in `blocks`; -1: in none.
        item_groups: The same of items.
    """

    blocks: list[Block]
    user_scores: Floats
    item_scores: Floats
    user_groups: Numbers
    item_groups: Numbers


def make_graph(users: Numbers, items: Numbers, user_count: int, item_count: int) -> Graph:
    """Return the graph of edges that are sorted by user and item; a repeated one counts once."""
    users, items = _once(users, items)
    begins = _begins(items, item_count)
    return Graph(users, items, _begins(users, user_count), begins, _turned(users, items, begins))


@compiled
def _once(users: Numbers, items: Numbers) -> tuple[Numbers, Numbers]:
    """Return sorted pairs without those that repeat the one before."""
    repeated = 0
    for place in range(1, len(users)):
        repeated += users[place] == users[place - 1] and items[place] == items[place - 1]
    if repeated == 0:
        return users, items
    count = 0
    out_users = np.empty(len(users) - repeated, dtype=np.int32)
    out_items = np.empty(len(users) - repeated, dtype=np.int32)
    for place in range(len(users)):
        if place == 0 or users[place] != users[place - 1] or items[place] != items[place - 1]:
            out_users[count], out_items[count] = users[place], items[place]
            count += 1
    return out_users, out_items


@compiled
def _begins(numbers: Numbers, count: int) -> NDArray[np.int64]:
    """Return where the places of each number begin when they are sorted by number."""
    begins = np.zeros(count + 1, dtype=np.int64)
    for number in numbers:
        begins[number + 1] += 1
    for number in range(count):
        begins[number + 1] += begins[number]
    return begins


@compiled
def _turned(users: Numbers, items: Numbers, begins: NDArray[np.int64]) -> Numbers:
    """Return the users by item, in their order."""
    free = begins[:-1].copy()
    out = np.empty_like(users)
    for place in range(len(users)):
        item = items[place]
        out[free[item]] = users[place]
        free[item] += 1
    return out


class Peeled(NamedTuple):
    """How a graph was peeled.

    Attributes:
        order: The nodes in the order in which they went; items are numbered behind the users.
        gone: How many went before the block stood.
        score: The block's score.
        depths: The most weight that every node kept, in any rest of the graph that held this one.
    """

    order: Numbers
    gone: int
    score: float
    depths: Floats


def peel(graph: Graph) -> Peeled:
    """Peel a graph to its densest block."""
    weights = 1.0 / np.log(np.diff(graph.item_begins) + float(SMOOTHING))
    return Peeled(*_peel(graph, weights, _losses(graph, weights)))


@compiled
def _losses(graph: Graph, weights: Floats) -> Floats:
    """Return what the edges of each node weigh, added up in their order."""
    users = len(graph.user_begins) - 1
    losses = np.zeros(users + len(weights), dtype=np.float64)
    for place in range(len(graph.users)):
        item = graph.items[place]
        losses[graph.users[place]] += weights[item]
        losses[users + item] += weights[item]
    return losses


@compiled
def _peel(graph: Graph, weights: Floats, losses: Floats) -> tuple[Numbers, int, float, Floats]:
    """Take away the node of the least loss until one side is empty.

    Of nodes that lose the same, users go before items, and low numbers before high, as in the
    authors' program. The order of additions is theirs too, so that rounding decides alike.
    """
    users = len(graph.user_begins) - 1
    nodes = len(losses)
    levels, tree = _tree(losses)
    order = np.empty(nodes, dtype=np.int32)
    depths = np.zeros(nodes, dtype=np.float64)
    # Asked before the tree is: so small that it stays in the cache.
    stays = np.ones(nodes, dtype=np.bool_)
    left, left_users, total = nodes, users, 0.0
    for user in range(users):
        total += losses[user]
    best, gone, depth = total / nodes, 0, 0.0
    while left_users > 0 and left > left_users:
        node, loss = _take_least(levels, tree)
        order[nodes - left] = node
        stays[node] = False
        depth = max(depth, loss)
        depths[node] = depth
        left -= 1
        total -= loss
        if node < users:
            left_users -= 1
            for place in range(graph.user_begins[node], graph.user_begins[node + 1]):
                item = graph.items[place]
                if stays[users + item]:
                    _lessen(levels, tree, users + item, weights[item])
        else:
            item = node - users
            for place in range(graph.item_begins[item], graph.item_begins[item + 1]):
                user = graph.item_users[place]
                if stays[user]:
                    _lessen(levels, tree, user, weights[item])
        if total / left > best:
            best, gone = total / left, nodes - left
    rest = np.flatnonzero(stays)
    order[nodes - left :] = rest
    depths[rest] = depth
    return order, gone, best, depths


@compiled
def _tree(values: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return a tree in which each node is the least of its children, level above level.

    The leaves come first, in their order; what is missing to fill a node is infinite.
    """
    levels = [0]
    size = len(values)
    while size > 1:
        levels.append(levels[-1] + _CHILDREN * ((size + _CHILDREN - 1) // _CHILDREN))
        size = (size + _CHILDREN - 1) // _CHILDREN
    tree = np.full(levels[-1] + 1, np.inf)
    tree[: len(values)] = values
    for level in range(1, len(levels)):
        below = levels[level - 1]
        for child in range(below, levels[level]):
            node = levels[level] + (child - below) // _CHILDREN
            tree[node] = min(tree[node], tree[child])
    return np.array(levels), tree


@compiled
def _lessen(levels: NDArray[np.int64], tree: Floats, leaf: int, loss: float) -> None:
    """Make a leaf less."""
    value = tree[leaf] - loss
    tree[leaf] = value
    node = leaf
    for level in range(1, len(levels)):
        node //= _CHILDREN
        place = levels[level] + node
        if tree[place] <= value:
            break
        tree[place] = value


@compiled
def _take_least(levels: NDArray[np.int64], tree: Floats) -> tuple[int, float]:
    """Take the first of the least leaves away; return it and its value."""
    top = len(levels) - 1
    least = tree[levels[top]]
    node = 0
    for level in range(top - 1, -1, -1):
        node *= _CHILDREN
        while tree[levels[level] + node] != least:
            node += 1
    taken = node
    tree[node] = np.inf
    for level in range(1, top + 1):
        node //= _CHILDREN
        child = levels[level - 1] + node * _CHILDREN
        value = tree[child]
        for other in range(child + 1, child + _CHILDREN):
            value = min(value, tree[other])
        if tree[levels[level] + node] == value:
            break
        tree[levels[level] + node] = value
    return taken, least


def densest_block(graph: Graph, peeled: Peeled | None = None) -> Block:
    """Return the densest block of a graph, and how likely chance makes one."""
    peeled = peel(graph) if peeled is None else peeled
    users = len(graph.user_begins) - 1
    stays = np.ones(len(peeled.order), dtype=np.bool_)
    stays[peeled.order[: peeled.gone]] = False
    inside = stays[:users][graph.users] & stays[users:][graph.items]
    edges = int(np.count_nonzero(inside))
    chosen_users = np.flatnonzero(stays[:users]).astype(np.int32)
    chosen_items = np.flatnonzero(stays[users:]).astype(np.int32)
    user_sizes, item_sizes = np.diff(graph.user_begins), np.diff(graph.item_begins)
    reach = float(user_sizes[chosen_users].sum()) * float(item_sizes[chosen_items].sum())
    expected = reach / max(1, len(graph.users))
    sides = (
        (int(np.count_nonzero(user_sizes)), len(chosen_users)),
        (int(np.count_nonzero(item_sizes)), len(chosen_items)),
    )
    # Nodes without an edge stay only where nothing can be peeled at all.
    fits = all(chosen <= nodes for nodes, chosen in sides)
    log_chance = log_block(edges, expected, sides) if fits else 0.0
    return Block(chosen_users, chosen_items, peeled.score, edges, expected, log_chance)


def find_blocks(edges: Edges, most: int = BLOCKS) -> Blocks:
    """Find dense blocks one after another, each in what the ones before leave.

    Args:
        edges: Who rated what.
        most: How many blocks at most.
    """
    counts = len(edges.user_ids), len(edges.item_ids)
    graph = make_graph(edges.users, edges.items, *counts)
    sizes = np.concatenate([np.diff(graph.user_begins), np.diff(graph.item_begins)])
    groups = np.full(sum(counts), -1, dtype=np.int32)
    inner = np.zeros(sum(counts), dtype=np.float64)
    scores = np.zeros(sum(counts), dtype=np.float64)
    blocks: list[Block] = []
    while len(graph.users) and len(blocks) < most:
        peeled = peel(graph)
        block = densest_block(graph, peeled)
        if not blocks and peeled.depths.max() > 0:
            scores = peeled.depths / peeled.depths.max() / 2
        inside = _inside(graph, block, counts)
        if block.is_group:
            nodes = np.concatenate([block.users, counts[0] + block.items])
            groups[nodes] = np.where(groups[nodes] < 0, len(blocks), groups[nodes])
            inner += np.bincount(graph.users[inside], minlength=sum(counts))
            inner += np.bincount(counts[0] + graph.items[inside], minlength=sum(counts))
        blocks.append(block)
        graph = make_graph(graph.users[~inside], graph.items[~inside], *counts)
    member = groups >= 0
    scores[member] = 0.5 + inner[member] / sizes[member] / 2
    users = counts[0]
    return Blocks(blocks, scores[:users], scores[users:], groups[:users], groups[users:])


def _inside(graph: Graph, block: Block, counts: tuple[int, int]) -> Bools:
    users, items = (np.zeros(count, dtype=np.bool_) for count in counts)
    users[block.users], items[block.items] = True, True
    return users[graph.users] & items[graph.items]
