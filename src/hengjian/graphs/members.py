"""Members: who belongs to a group, by all signals at once, beginning with a seed.

Each account that has to do with the shops of the group is weighed: for each signal, how much more
often it holds of the members than of the others there (naive Bayes); members are chosen anew until
nothing changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hengjian.graphs.acts import Bools, Floats, Ints
from hengjian.graphs.signals import (
    BATCH_SECONDS,
    BLAME,
    HOUSEHOLD,
    LEAST_OWN,
    PRAISE,
    TRAITS,
    Market,
    is_blame,
    likely_targets,
    pairs_of,
)

LEAST_MEMBERS = 5
_ROUNDS = 6
_CLOSE = 0.002
# So many others make a batch; one other is made at about the same time by chance.
_BATCH = 2
_HALF = 0.5
_MOST_VISITS = 3
# A seed of a few is the edge of a group of about so many.
_USUAL_SIZE = 20
_LEAST_SAYING, _MOSTLY_HERE, _MOST_OF_MARKET = 3, 0.6, 0.2
# Of a seed only so many times as many grow: more is another crowd that came in.
_MOST_GROWTH = 12


class Grown(NamedTuple):
    """Members and what they did.

    Attributes:
        accounts: Their numbers, sorted.
        shops: The shops with which more of them have to do than chance explains.
        rows: Their acts there.
    """

    accounts: Ints
    shops: Ints
    rows: Ints


def grow(market: Market, accounts: Ints, shop: int, *, bold: bool = False) -> Grown | None:
    """Return the members of the group that a seed belongs to; None: too few are left.

    Args:
        market: All acts.
        accounts: The seed.
        shop: The shop of which they are; -1: of none in particular.
        bold: Look also in shops that are hardly more theirs than chance makes them.
    """
    seen: set[bytes] = set()
    largest = _MOST_GROWTH * len(accounts)
    shops = np.array([shop]) if shop >= 0 else likely_targets(market, accounts, bold)
    for _ in range(_ROUNDS):
        accounts = _chosen(market, accounts, shops)
        if not LEAST_MEMBERS <= len(accounts) <= largest:
            return None
        if accounts.tobytes() in seen:
            break
        seen.add(accounts.tobytes())
        shops = likely_targets(market, accounts, bold)
    rows = _acts_of(market, accounts, shops)
    accounts = np.unique(market.acts.accounts[rows])
    return Grown(accounts, shops, rows) if len(accounts) >= LEAST_MEMBERS else None


def _acts_of(market: Market, accounts: Ints, shops: Ints) -> Ints:
    rows = market.lookup.of_accounts(accounts)
    return np.sort(rows[np.isin(market.acts.shops[rows], shops)])


def _chosen(market: Market, accounts: Ints, shops: Ints) -> Ints:
    """Choose members among all accounts that are tied to members.

    Whoever only bought and praised what the members did is tied to none of them, and is left out.
    """
    acts, index = market.acts, market.lookup
    total = len(acts.account_ids)
    member = np.zeros(total, dtype=np.bool_)
    member[accounts] = True
    weights = np.full(total, np.log(max(_USUAL_SIZE, len(accounts)) / total))
    rows = index.of_shops(shops)
    mates = member | _saying_the_same(market, rows, int(member.sum()))
    held = {name: _sharing(market, name, mates) for name in TRAITS}
    held["birth"] = _born_close(market, mates)
    for each in held.values():
        weights += _weighed(each, member)
    tied = (held["template"] == 1) | (held["birth"] == 1)
    tied |= (held["device"] == 1) & _with_tied(market, tied & mates)
    if len(rows):
        owners = acts.accounts[rows]
        blame = is_blame(acts.ratings[rows[member[owners]]])
        ratings = acts.ratings[rows]
        extreme = ratings <= BLAME if blame else ratings >= PRAISE
        weights += _weighed(_mostly(extreme, ~np.isnan(ratings), owners, total), member)
        unsent = acts.unsent[rows]
        weights += _weighed(_mostly(unsent == 1, ~np.isnan(unsent), owners, total), member)
        visited, visits = np.unique(pairs_of(acts.items[rows], owners)[1], return_counts=True)
        counts = np.zeros(total, dtype=np.int64)
        counts[visited] = np.minimum(visits, _MOST_VISITS)
        weights += _by_count(counts, member)
    return np.flatnonzero(tied & (weights > 0))


def _sharing(market: Market, name: str, member: Bools) -> Floats:
    """Tell which accounts share a trait with another member, and hardly anybody else has it."""
    acts, cells = market.acts, market.cells[name]
    held = np.full(len(member), np.nan)
    rows = market.lookup.of_accounts(np.flatnonzero(member))
    values, _owners = pairs_of(market.trait(name)[rows], acts.accounts[rows])
    held[acts.accounts[market.trait(name) >= 0]] = 0.0
    theirs = np.zeros(len(cells) + 1, dtype=np.int64)
    theirs[:-1] = np.bincount(values, minlength=len(cells))
    rare = theirs[:-1] >= LEAST_OWN * cells
    theirs[:-1][~rare] = 0
    # The last place is that of the unknown, -1.
    inside = theirs[market.trait(name)]
    some = np.flatnonzero(inside > 0)
    owners = acts.accounts[some]
    held[owners[inside[some] > member[owners]]] = 1.0
    return held


def _saying_the_same(market: Market, rows: Ints, members: int) -> Bools:
    """Tell which accounts say in some shops what others say there, and hardly anybody elsewhere.

    They may belong to another part of the group, that shares nothing else with the seed.
    """
    acts, cells = market.acts, market.cells["template"]
    found = np.zeros(len(acts.account_ids), dtype=np.bool_)
    templates, owners = pairs_of(acts.templates[rows], acts.accounts[rows])
    if len(np.unique(acts.accounts[rows])) > _MOST_OF_MARKET * len(found) or not len(templates):
        return found
    here = np.bincount(templates, minlength=len(cells))
    own = (here >= _LEAST_SAYING) & (here >= _MOSTLY_HERE * cells)
    # What very many say is a crowd's slogan.
    own &= cells <= 2 * max(_USUAL_SIZE, members)
    found[owners[own[templates]]] = True
    return found


def _with_tied(market: Market, tied: Bools) -> Bools:
    """Tell which accounts have a device with others that are tied, or with more than a family.

    A family that buys in the same shop is tied to nobody but itself.
    """
    acts, sizes = market.acts, market.cells["device"]
    known = acts.devices >= 0
    devices, owners = acts.devices[known], acts.accounts[known]
    counted = sizes > HOUSEHOLD
    counted[devices[tied[owners]]] = True
    found = np.zeros(len(tied), dtype=np.bool_)
    found[owners[counted[devices]]] = True
    return found


def _born_close(market: Market, member: Bools) -> Floats:
    """Tell which accounts were made at nearly the same time as some other members."""
    own, created = market.lookup.birth, market.acts.created
    order = np.argsort(own)
    order = order[member[order] & (own[order] >= 0)]
    reach = max(_BATCH + 1, int(_CLOSE * market.lookup.born))
    near = np.full(len(own), len(own))
    for times, width in ((own.astype(np.float64), float(reach)), (created, BATCH_SECONDS)):
        theirs = times[order]
        count = np.searchsorted(theirs, times + width, "right")
        near = np.minimum(near, count - np.searchsorted(theirs, times - width))
    return np.where(own < 0, np.nan, (near - member >= _BATCH).astype(np.float64))


def _mostly(holds: Bools, known: Bools, owners: Ints, total: int) -> Floats:
    """Tell for each account whether most of its rows of which it is known hold."""
    counts = np.bincount(owners[known], minlength=total)
    sums = np.bincount(owners[known], holds[known], minlength=total)
    return np.where(counts > 0, sums / np.maximum(counts, 1) > _HALF, np.nan)


def _weighed(held: Floats, inside: Bools) -> Floats:
    """Return how much a signal speaks for each account: logarithm of the likelihood ratio."""
    known = ~np.isnan(held)
    if not (known & inside).any():
        return np.zeros(len(held))
    among, beside = held[known & inside], held[known & ~inside]
    one = (among.sum() + 0.5) / (len(among) + 1)
    other = (beside.sum() + 0.5) / (len(beside) + 1)
    if one <= other:
        return np.zeros(len(held))
    weights = np.where(held == 1, np.log(one / other), np.log((1 - one) / (1 - other)))
    return np.where(known, weights, 0.0)


def _by_count(counts: Ints, inside: Bools) -> Floats:
    """Return the same for a count."""
    among = np.bincount(counts[inside], minlength=_MOST_VISITS + 1) + 0.5
    beside = np.bincount(counts[~inside], minlength=_MOST_VISITS + 1) + 0.5
    ratio: Floats = np.log((among / among.sum()) / (beside / beside.sum()))
    return np.maximum.accumulate(ratio)[counts]
