"""Members: who belongs to a group, by all signals at once, beginning with a seed.

Each account that has to do with the shops of the group is weighed: for each signal, how much more
often it holds of the members than of the others there (naive Bayes); members are chosen anew until
nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hengjian.graphs.acts import Bools, Floats, Ints
from hengjian.graphs.holders import pairs_of
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
_CLEAR = np.log(1e-3)
# A seed has what it was chosen by; of the group it belongs to others may lack it.
_AT_MOST = 0.7
_TIED = 2
# Of the members' acts in a shop the first and the last are left out, and some time is added.
_EDGE, _SLACK, _HOURS = 0.1, 0.2, 6 * 3600.0
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
    member = np.zeros(len(market.acts.account_ids), dtype=np.bool_)
    member[accounts] = True
    rows = _at_the_time(market, shops, member)
    return np.sort(rows[member[market.acts.accounts[rows]]])


def _at_the_time(market: Market, shops: Ints, member: Bools) -> Ints:
    """Return what was done in some shops while most of the members were at work in each of them."""
    acts, kept = market.acts, []
    for shop in shops:
        rows = market.lookup.of_shops(np.array([shop]))
        times = acts.times[rows]
        theirs = times[member[acts.accounts[rows]]]
        if len(theirs) >= LEAST_MEMBERS:
            begin, end = np.quantile(theirs, (_EDGE, 1 - _EDGE))
            slack = _SLACK * (end - begin) + _HOURS
            rows = rows[(times >= begin - slack) & (times <= end + slack)]
        kept.append(rows)
    return np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64)


def _chosen(market: Market, accounts: Ints, shops: Ints) -> Ints:
    """Choose members among all accounts that are tied to members.

    Whoever only bought and praised what the members did is tied to none of them, and is left out.
    """
    total = len(market.acts.account_ids)
    member = np.zeros(total, dtype=np.bool_)
    member[accounts] = True
    rows = _at_the_time(market, shops, member)
    mates = member | _saying_the_same(market, rows, len(accounts))
    held = {name: _sharing(market, name, mates) for name in TRAITS}
    # Who acts from one device acts from one network: one of the two is counted.
    held["network"][~np.isnan(held["device"])] = np.nan
    held["birth"] = _made_together(market, rows, member, mates)
    tied = (held["template"] == 1) | (held["birth"] == 1)
    tied |= (held["device"] == 1) & _with_tied(market, tied & mates, rows)
    weights = np.full(total, np.log(max(_USUAL_SIZE, len(accounts)) / total))
    for each in [*held.values(), *_deeds(market, rows, member)]:
        weights += _weighed(each, member)
    weights += _by_count(_visits(market, rows), member)
    return np.flatnonzero(tied & (weights > 0))


def _deeds(market: Market, rows: Ints, member: Bools) -> Iterator[Floats]:
    """Yield of which accounts most acts there are as extreme as the members', or sent nothing."""
    acts, owners = market.acts, market.acts.accounts[rows]
    ratings, unsent = acts.ratings[rows], acts.unsent[rows]
    extreme = ratings <= BLAME if is_blame(ratings[member[owners]]) else ratings >= PRAISE
    yield _mostly(extreme, ~np.isnan(ratings), owners, len(member))
    yield _mostly(unsent == 1, ~np.isnan(unsent), owners, len(member))


def _visits(market: Market, rows: Ints) -> Ints:
    """Return with how many items each account has to do in some acts, up to a few."""
    acts = market.acts
    _items, owners = pairs_of(acts.items[rows], acts.accounts[rows])
    return np.minimum(np.bincount(owners, minlength=len(acts.account_ids)), _MOST_VISITS)


def _made_together(market: Market, rows: Ints, member: Bools, mates: Bools) -> Floats:
    """Tell which accounts were made right after some mates, or in the members' batch."""
    created = market.acts.created
    found = _born_close(market, mates)
    batch = market.batch(np.flatnonzero(member), rows[member[market.acts.accounts[rows]]])
    if batch is None or batch.log_chance > _CLEAR:
        return found
    return np.where((created >= batch.begin) & (created <= batch.end), 1.0, found)


def _sharing(market: Market, name: str, member: Bools) -> Floats:
    """Tell which accounts share a trait with another member, and hardly anybody else has it."""
    holders = market.holders[name]
    held = np.where(holders.known, 0.0, np.nan)
    values, theirs = np.unique(holders.values_of(np.flatnonzero(member)), return_counts=True)
    cells = holders.cells[values]
    rare = theirs >= LEAST_OWN * cells
    owners = holders.of(values[rare])
    # A member shares it with another one only if two members have it.
    enough = np.repeat(theirs[rare], cells[rare]) > member[owners]
    held[owners[enough]] = 1.0
    return held


def _saying_the_same(market: Market, rows: Ints, members: int) -> Bools:
    """Tell which accounts say in some shops what others say there, and hardly anybody elsewhere.

    They may belong to another part of the group, that shares nothing else with the seed.
    """
    acts, cells = market.acts, market.holders["template"].cells
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


def _with_tied(market: Market, tied: Bools, rows: Ints) -> Bools:
    """Tell which accounts have a device with others that are tied, or with more than a family.

    A couple that buys in the same shop is tied to nobody but itself, though one of them was made
    when members were; three from one device at the time are more than chance brings there.
    """
    holders = market.holders["device"]
    sizes = holders.cells
    ties = np.bincount(holders.values_of(np.flatnonzero(tied)), minlength=len(sizes))
    there = pairs_of(market.acts.devices[rows], market.acts.accounts[rows])[0]
    together = np.bincount(there, minlength=len(sizes)) > _TIED
    counted = (sizes > HOUSEHOLD) | (ties >= np.minimum(sizes, _TIED)) | together
    found = np.zeros(len(tied), dtype=np.bool_)
    found[holders.of(np.flatnonzero(counted))] = True
    return found


def _born_close(market: Market, member: Bools) -> Floats:
    """Tell which accounts were made at nearly the same time as some other members."""
    own, created = market.lookup.birth, market.acts.created
    order = np.flatnonzero(member & (own >= 0))
    order = order[np.argsort(own[order])]
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
    lacking = np.log((1 - min(one, _AT_MOST)) / (1 - other))
    weights = np.where(held == 1, np.log(one / other), min(0.0, lacking))
    return np.where(known, weights, 0.0)


def _by_count(counts: Ints, inside: Bools) -> Floats:
    """Return the same for a count."""
    among = np.bincount(counts[inside], minlength=_MOST_VISITS + 1) + 0.5
    beside = np.bincount(counts[~inside], minlength=_MOST_VISITS + 1) + 0.5
    ratio: Floats = np.log((among / among.sum()) / (beside / beside.sum()))
    return np.maximum.accumulate(ratio)[counts]
