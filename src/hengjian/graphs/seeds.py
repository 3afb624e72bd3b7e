"""Seeds: accounts that are worth a look, each set chosen by one signal only.

What chose a seed is not counted as evidence for it: the other signals are, and they are independent
of it where nobody acts in concert.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from hengjian.graphs.acts import Floats, Ints
from hengjian.graphs.components import joined
from hengjian.graphs.edges import make_edges
from hengjian.graphs.holders import pairs_of
from hengjian.graphs.lockstep import find_lockstep
from hengjian.graphs.signals import (
    BATCH_SECONDS,
    BLAME,
    PRAISE,
    Market,
    Signal,
)
from hengjian.graphs.significance import log_tails
from hengjian.graphs.windows import clearest_windows

LEAST_SEED = 5
_LARGEST_SHARE = 0.02
_STRIKING = math.log(0.01)
_RARE = math.log(1e-3)
_WIDTHS = (1.0, 3.0, 7.0, 14.0, 30.0)
_NEAR, _CLOSE, _LIKELY = 0.05, 0.002, 0.25


class Seed(NamedTuple):
    """Accounts that one signal chose.

    Attributes:
        accounts: Their numbers, sorted.
        shop: The shop of which they are; -1: of none in particular.
        chosen_by: The signals that chose them.
        own: What the choice itself proves, where it is corrected for all that was tried.
    """

    accounts: Ints
    shop: int
    chosen_by: tuple[str, ...]
    own: tuple[Signal, ...] = ()


def seeds_of(market: Market) -> list[Seed]:
    """Return all seeds, the same whatever the order of the rows."""
    templates = [*_sharing(market, "template")]
    bursts = [*_in_bursts(market)]
    found = [
        *_sharing(market, "device"),
        *templates,
        *_joined(market, templates),
        *bursts,
        *_joined(market, bursts),
        *_born_together(market),
        *_farms(market),
        *_linked_twice(market),
        *_in_lockstep(market),
    ]
    return [seed for seed in found if len(seed.accounts) >= LEAST_SEED]


def _sharing(market: Market, name: str) -> Iterator[Seed]:
    """Yield the accounts of each shop that share a trait, where too many do."""
    acts, index = market.acts, market.lookup
    values = market.trait(name)
    known = values >= 0
    if not known.any():
        return
    width = int(values.max()) + 1
    cells, owners = pairs_of(np.where(known, acts.shops * width + values, -1), acts.accounts)
    starts = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
    sizes = np.diff(np.append(starts, len(cells)))
    shops, traits = cells[starts] // width, cells[starts] % width
    rare = sizes > 1
    if name == "template":
        # Words of many, which their readers repeat, are as common here as anywhere.
        means = market.holders[name].cells[traits] * index.people[shops] / len(acts.account_ids)
        rare &= log_tails(sizes, means) <= _RARE
    kept = np.repeat(rare, sizes)
    of_shop, accounts = pairs_of(np.repeat(shops, sizes)[kept], owners[kept])
    counts = np.bincount(of_shop, minlength=len(acts.shop_ids))
    base = counts.sum() / max(1, index.people.sum())
    striking = log_tails(counts, index.people * max(base, 0.005)) <= _STRIKING
    for shop in np.flatnonzero(striking & (counts >= LEAST_SEED)):
        yield Seed(accounts[of_shop == shop], int(shop), (name,))


def _born_together(market: Market) -> Iterator[Seed]:
    """Yield the accounts of each shop of which many were made one right after the other."""
    acts, index = market.acts, market.lookup
    shops, accounts = pairs_of(acts.shops, acts.accounts)
    births = index.birth[accounts]
    known = births >= 0
    if not known.any():
        return
    shops, accounts, births = shops[known], accounts[known], births[known]
    order = np.lexsort((births, shops))
    shops, accounts, births = shops[order], accounts[order], births[order]
    reach = np.maximum(1, _NEAR * index.born / np.maximum(1, index.people))[shops]
    near = (shops[1:] == shops[:-1]) & (np.diff(births) <= reach[1:])
    near = np.append(False, near & (np.diff(acts.created[accounts]) <= BATCH_SECONDS))
    run = np.cumsum(~near) - 1
    sizes = np.bincount(run)
    chance = np.clip(reach * index.people[shops] / index.born, 0.01, 0.5)[np.flatnonzero(~near)]
    heads = shops[np.flatnonzero(~near)]
    least = 1 + np.ceil(np.log(0.05 / np.maximum(1, index.people[heads])) / np.log(chance))
    long = (sizes >= np.maximum(3, least))[run]
    counts = np.bincount(shops[long], minlength=len(acts.shop_ids))
    for shop in np.flatnonzero(counts >= LEAST_SEED):
        yield Seed(np.sort(accounts[long & (shops == shop)]), int(shop), ("birth",))


def _in_bursts(market: Market) -> Iterator[Seed]:
    """Yield who praised, blamed or did anything in a shop when that was done more than ever there.

    Each shop gives one burst of each at most: the clearest against its own time and the market's.
    """
    acts = market.acts
    rated = ~np.isnan(acts.ratings)
    for some in (rated & (acts.ratings <= BLAME), rated & (acts.ratings >= PRAISE), ~rated):
        rows = np.flatnonzero(some & ~np.isnan(acts.times))
        rows = rows[np.lexsort((acts.times[rows], acts.shops[rows]))]
        begins, ends, logs = clearest_windows(acts.shops[rows], acts.times[rows], _WIDTHS)
        limit = math.log(0.01 / max(1, len(begins)))
        for begin, end in zip(begins[logs <= limit], ends[logs <= limit], strict=True):
            here = rows[begin:end]
            yield Seed(np.unique(acts.accounts[here]), int(acts.shops[here[0]]), ("burst",))


def _joined(market: Market, seeds: Sequence[Seed]) -> Iterator[Seed]:
    """Yield the seeds together that have more accounts in common than chance explains.

    Who works for several shops shows in each of them with a few accounts only.
    """
    large = [seed for seed in seeds if len(seed.accounts) >= LEAST_SEED]
    if not large:
        return
    degrees = market.lookup.degrees
    sizes = np.array([len(seed.accounts) for seed in large])
    places = np.repeat(np.arange(len(large)), sizes)
    accounts = np.concatenate([seed.accounts for seed in large])
    held = sparse.csr_array(
        (np.ones(len(accounts), np.int64), (places, accounts)), (len(large), len(degrees))
    )
    common = sparse.triu(held @ held.T, 1).tocoo()
    reach = held @ degrees / degrees.sum()
    means = np.maximum(reach[common.row] * sizes[common.col], reach[common.col] * sizes[common.row])
    tied = log_tails(common.data, means) <= math.log(0.05 / len(large))
    roots = joined(common.row[tied].astype(np.int64), common.col[tied].astype(np.int64), len(large))
    for root, count in zip(*np.unique(roots, return_counts=True), strict=True):
        if count > 1:
            together = np.unique(
                np.concatenate([large[p].accounts for p in np.flatnonzero(roots == root)])
            )
            yield Seed(together, -1, (*large[root].chosen_by, "target"))


def _farms(market: Market) -> Iterator[Seed]:
    """Yield the accounts of devices that more people use than a household has."""
    devices, accounts = pairs_of(market.acts.devices, market.acts.accounts)
    sizes = market.holders["device"].cells
    limit = max(LEAST_SEED, _LARGEST_SHARE * len(market.acts.account_ids))
    for device in np.flatnonzero((sizes >= LEAST_SEED) & (sizes <= limit)):
        begin, end = np.searchsorted(devices, [device, device + 1])
        yield Seed(np.sort(accounts[begin:end]), -1, ("device", "farm"))


def _linked_twice(market: Market) -> Iterator[Seed]:
    """Yield accounts that hang together by links that are two at once.

    A link is a common device or template, and to have been made at nearly the same time. The chance
    of a chain of so many accounts is bounded by the number of trees that the single links allow,
    times the chance of each second link.
    """
    total = len(market.acts.account_ids)
    links = [_double_links(market, name) for name in ("device", "template")]
    firsts, seconds, chances = (np.concatenate(each) for each in zip(*links, strict=True))
    roots = joined(firsts, seconds, total)
    ends = np.unique(np.concatenate([firsts, seconds]))
    weights = np.bincount(roots[firsts], chances, minlength=total)
    edges = np.bincount(roots[firsts], minlength=total)
    sizes = np.bincount(roots[ends], minlength=total)
    for root in np.flatnonzero(sizes >= LEAST_SEED):
        mean = float(weights[root] / edges[root])
        log_chance = min(0.0, math.log(len(ends)) + (sizes[root] - 1) * mean)
        count = int(sizes[root])
        proof = Signal("links", count, count, math.exp(mean), log_chance)
        yield Seed(ends[roots[ends] == root], -1, ("device", "birth"), (proof,))


def _double_links(market: Market, name: str) -> tuple[Ints, Ints, Floats]:
    """Return pairs of accounts with a common trait that were made one right after the other.

    The more accounts have the trait, the closer they must be.

    Returns:
        One account of each pair, the other, and the logarithm of the chance that an account has
        such a neighbour, times e.
    """
    acts, index = market.acts, market.lookup
    values, owners = pairs_of(market.trait(name), acts.accounts)
    births = index.birth[owners]
    order = np.lexsort((births, values))
    values, owners, births = values[order], owners[order], births[order]
    others = market.holders[name].cells[values[1:]] - 1
    room = _LIKELY * index.born / (2 * math.e * np.maximum(others, 1))
    reach = np.floor(np.minimum(max(1.0, _CLOSE * index.born), room))
    near = (values[1:] == values[:-1]) & (np.diff(births) <= reach) & (births[:-1] >= 0)
    near &= np.abs(np.diff(acts.created[owners])) <= BATCH_SECONDS
    chance = np.log(math.e * others[near] * (2 * reach[near] + 1) / max(1, index.born))
    return owners[:-1][near], owners[1:][near], chance


def _in_lockstep(market: Market) -> Iterator[Seed]:
    """Yield the accounts that deal with the same items, each within the same time."""
    acts = market.acts
    edges = make_edges(acts.accounts.tolist(), acts.items.tolist(), None, acts.times)
    for group in find_lockstep(edges).groups:
        accounts = np.array([edges.user_ids[user] for user in group.users], dtype=np.int64)
        base = group.expected / max(1, group.edges)
        proof = Signal("lockstep", group.edges, group.edges, base, group.log_chance)
        yield Seed(np.sort(accounts), -1, ("target",), (proof,))
