"""Signals: in how many ways some accounts are more alike than chance lets accounts be."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from hengjian.graphs.acts import Acts, Bools, Floats, Index, Ints
from hengjian.graphs.batches import Batch, Births, births_of, clearest_batch
from hengjian.graphs.holders import Holders, holders_of, pairs_of
from hengjian.graphs.significance import log_binomial_tails, log_choices, log_tail, log_tails

# Households share devices; so many accounts find one of their own household among any buyers.
_LEAST_BASE = {"device": 0.02, "network": 0.02, "template": 0.005}
TRAITS = ("device", "network", "template")
LEAST_OWN = 0.2
HOUSEHOLD = 4
# Accounts made further apart are no batch, however few others were made between them.
BATCH_SECONDS = 3 * 86_400.0
_LEAST_SHARE_OF_TARGET, _LEAST_OF_TARGET = 0.12, 3
_FEW, _EXPLAINED, _LEAST_OF_HINT, _HINT = 40, 0.7, 2, 0.02
_AROUND = 3 * 86_400.0
_PRIOR_RATINGS = 5.0
_MOSTLY = 0.8
# Share of the intervals of a random stream that lie within 5 % of the median.
_REGULAR, _BY_CHANCE, _LEAST_INTERVALS = 0.05, 0.035, 8
_QUANTA = (86_400.0, 3600.0, 60.0)
_FEWEST_TICKS, _NEARLY_ALL = 5, 0.9
_LEAST_KNOWN, _HALF = 3, 0.5
PRAISE, BLAME = 5.0, 2.0
_MIDDLE = 3.0


class Signal(NamedTuple):
    """One way in which accounts are alike.

    Attributes:
        name: device, network, template, birth, rating, unsent, timing, target, lockstep or links.
        hits: Of how many members, or intervals, it holds.
        known: Of how many one can tell.
        base: The share that chance would give.
        log_chance: Natural logarithm of the chance of so many or more.
    """

    name: str
    hits: int
    known: int
    base: float
    log_chance: float

    @property
    def share(self) -> float:
        """The share of members for which it holds."""
        return self.hits / max(1, self.known)


class Market(NamedTuple):
    """Acts with what has to be known of all of them.

    Attributes:
        acts: The acts.
        lookup: Their index.
        holders: Which accounts have each device, network and template.
        births: When their accounts were made.
        quantum: Seconds to which times were rounded.
        extremes: Share of all ratings that are praise, and blame.
    """

    acts: Acts
    lookup: Index
    holders: dict[str, Holders]
    births: Births
    quantum: float
    extremes: tuple[float, float]

    def trait(self, name: str) -> Ints:
        """Return the number of a trait in each row; -1: unknown."""
        columns = {
            "device": self.acts.devices,
            "network": self.acts.networks,
            "template": self.acts.templates,
        }
        return columns[name]

    def batch(self, accounts: Ints, rows: Ints) -> Batch | None:
        """Return the days in which some accounts were made together; None: it can't be told."""
        return clearest_batch(self.acts, self.lookup, self.births, accounts, rows)


def market_of(acts: Acts, index: Index) -> Market:
    """Return the market that acts make up."""
    known = acts.ratings[~np.isnan(acts.ratings)]
    shares = (
        (float(np.mean(known >= PRAISE)), float(np.mean(known <= BLAME)))
        if len(known)
        else (0.0, 0.0)
    )
    quantum = next((each for each in _QUANTA if np.mean(acts.times % each == 0) > _NEARLY_ALL), 1.0)
    market = Market(acts, index, {}, births_of(acts), quantum, shares)
    held = {name: holders_of(market.trait(name), acts) for name in TRAITS}
    return market._replace(holders=held)


def is_blame(ratings: Floats) -> bool:
    """Tell whether ratings are more blame than praise; unknown ones say nothing."""
    known = ratings[~np.isnan(ratings)]
    return bool(len(known) and known.mean() < _MIDDLE)


def linked(market: Market, name: str, rows: Ints, member: Bools) -> tuple[Ints, Ints, Floats]:
    """Return accounts of rows that share a trait with a member, and those with a known trait.

    Returns:
        The accounts that do; all of which the trait is known; and the chance of each of the latter
        that one of so many accounts drawn at random has one of its traits.
    """
    accounts = market.acts.accounts[rows]
    values, owners = pairs_of(market.trait(name)[rows], accounts)
    if not len(values):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, np.zeros(0)
    inside = np.bincount(values, member[owners], minlength=int(values.max()) + 1)[values]
    shared = inside - member[owners] > 0
    # Words that most others use too tie nobody to anybody.
    cells = market.holders[name].cells[values]
    shared &= inside >= LEAST_OWN * cells
    known, first = np.unique(owners, return_inverse=True)
    others = np.maximum(0, cells - inside)
    need = np.maximum(1, np.ceil(others * LEAST_OWN / (1 - LEAST_OWN)) - 1).astype(np.int64)
    by_cell = np.exp(log_tails(need, others * (member.sum() / len(member))))
    chance = np.minimum(1.0, np.bincount(first, by_cell))
    return np.unique(owners[shared]), known, np.maximum(chance, _LEAST_BASE[name])


def trait_signal(market: Market, name: str, rows: Ints, member: Bools) -> Signal | None:
    """Return how many members share a trait with another member; None: too little is known."""
    sharing, known, chance = linked(market, name, rows, member)
    if len(known) < _LEAST_KNOWN:
        return None
    if name == "device":
        chance = np.maximum(chance, _among_others(market, name, rows, member))
    expected = float(chance.sum())
    return Signal(
        name, len(sharing), len(known), expected / len(known), log_tail(len(sharing), expected)
    )


def farm_signal(market: Market, accounts: Ints) -> Signal | None:
    """Return how many members use devices that more members use than a household has."""
    acts = market.acts
    rows = market.lookup.of_accounts(accounts)
    devices, owners = pairs_of(acts.devices[rows], acts.accounts[rows])
    if not len(devices):
        return None
    many = np.bincount(devices)[devices] > HOUSEHOLD
    count, known = len(np.unique(owners[many])), len(np.unique(owners))
    base = _LEAST_BASE["device"] / 2
    return Signal("farm", count, known, base, log_tail(count, base * known))


def _among_others(market: Market, name: str, rows: Ints, member: Bools) -> float:
    """Return how many of the others in the same shops share a trait: households buy alike."""
    around = market.lookup.of_shops(np.unique(market.acts.shops[rows]))
    around = around[~member[market.acts.accounts[around]]]
    values, owners = pairs_of(market.trait(name)[around], market.acts.accounts[around])
    if not len(values):
        return 0.0
    shared = np.bincount(values)[values] > 1
    return len(np.unique(owners[shared])) / len(np.unique(owners))


def birth_signal(market: Market, accounts: Ints, rows: Ints) -> Signal | None:
    """Return how many members were made in the same days, as hardly any other accounts were."""
    batch = market.batch(accounts, rows)
    if batch is None:
        return None
    return Signal("birth", batch.hits, batch.known, batch.base, batch.log_chance)


def rating_signal(market: Market, rows: Ints, member: Bools) -> Signal | None:
    """Return how many members give nothing but praise, or blame, where others do not.

    Others are those who rated the same items, at any time or at the time: a wave of honest blame
    for a defect explains itself.
    """
    acts = market.acts
    rows = rows[~np.isnan(acts.ratings[rows])]
    if len(rows) < _LEAST_KNOWN:
        return None
    blame = is_blame(acts.ratings[rows])
    usual = market.extremes[1 if blame else 0]

    def extreme(places: Ints) -> Bools:
        rating = acts.ratings[places]
        return rating <= BLAME if blame else rating >= PRAISE

    around = market.lookup.of_shops(np.unique(acts.shops[rows]))
    around = around[~member[acts.accounts[around]] & ~np.isnan(acts.ratings[around])]
    begin, end = acts.times[rows].min() - _AROUND, acts.times[rows].max() + _AROUND
    at_the_time = around[(acts.times[around] >= begin) & (acts.times[around] <= end)]
    items, place = np.unique(acts.items[rows], return_inverse=True)
    base = np.zeros(len(items))
    for others in (around, at_the_time):
        at = np.searchsorted(items, acts.items[others])
        of_items = (at < len(items)) & (items[np.minimum(at, len(items) - 1)] == acts.items[others])
        at, told = at[of_items], extreme(others[of_items])
        total = np.bincount(at, minlength=len(items))
        share = np.bincount(at, told, minlength=len(items)) + _PRIOR_RATINGS * usual
        base = np.maximum(base, share / (total + _PRIOR_RATINGS))
    owners, owner = np.unique(acts.accounts[rows], return_inverse=True)
    each = np.bincount(owner)
    held = np.bincount(owner, extreme(rows)) / each >= _MOSTLY
    chance = float(np.clip(np.mean(np.bincount(owner, base[place]) / each), 0.02, 0.98))
    log_chance = _log_tail_of(held, chance)
    return Signal("rating", int(held.sum()), len(owners), chance, log_chance)


def _log_tail_of(held: Bools, chance: float) -> float:
    """Return the logarithm of the chance that so many of some accounts hold, or more."""
    counts = np.array([held.sum()]), np.array([len(held)])
    return float(log_binomial_tails(*counts, np.array([chance]))[0])


def unsent_signal(market: Market, rows: Ints, member: Bools) -> Signal | None:
    """Return how many members paid for what was never sent, where others of the shop got theirs."""
    acts = market.acts
    rows = rows[~np.isnan(acts.unsent[rows])]
    if len(rows) < _LEAST_KNOWN:
        return None
    around = market.lookup.of_shops(np.unique(acts.shops[rows]))
    around = around[~member[acts.accounts[around]] & ~np.isnan(acts.unsent[around])]
    everyone = acts.unsent[~np.isnan(acts.unsent)]
    usual = float(np.mean(everyone))
    of_shop = (acts.unsent[around].sum() + _PRIOR_RATINGS * usual) / (len(around) + _PRIOR_RATINGS)
    chance = float(np.clip(max(usual, of_shop), 0.01, 0.99))
    owners, owner = np.unique(acts.accounts[rows], return_inverse=True)
    held = np.bincount(owner, acts.unsent[rows]) / np.bincount(owner) > _HALF
    log_chance = _log_tail_of(held, chance)
    return Signal("unsent", int(held.sum()), len(owners), chance, log_chance)


def timing_signal(market: Market, rows: Ints) -> Signal | None:
    """Return how many intervals between acts on one shop are of one length."""
    acts = market.acts
    order = rows[np.lexsort((acts.times[rows], acts.shops[rows]))]
    same = np.diff(acts.shops[order]) == 0
    intervals = np.diff(acts.times[order])[same]
    if len(intervals) < _LEAST_INTERVALS:
        return None
    middle = float(np.median(intervals))
    if middle < _FEWEST_TICKS * market.quantum / _REGULAR:
        return None
    count = int(np.count_nonzero(np.abs(intervals - middle) <= _REGULAR * middle))
    log_chance = log_tail(count, _BY_CHANCE * len(intervals))
    return Signal("timing", count, len(intervals), _BY_CHANCE, log_chance)


def targets_of(market: Market, accounts: Ints) -> tuple[Ints, Signal | None]:
    """Return the shops with which more of the accounts have to do than chance explains.

    Returns:
        The shops, and how strongly the accounts are drawn to the one that draws most.
    """
    shops, counts, means, logs = _drawn(market, accounts)
    least = max(_LEAST_OF_TARGET, _LEAST_SHARE_OF_TARGET * len(accounts))
    told = shops[(counts >= least) & (logs <= math.log(0.01 / max(1, len(shops))))]
    if not len(shops):
        return told, None
    best = int(np.argmin(logs))
    corrected = min(0.0, float(logs[best]) + math.log(len(market.lookup.people)))
    base = float(means[best]) / len(accounts)
    return told, Signal("target", int(counts[best]), len(accounts), base, corrected)


def likely_targets(market: Market, accounts: Ints, bold: bool) -> Ints:
    """Return the shops that are targets; where these explain little, those that may be too.

    Args:
        market: All acts.
        accounts: Whose shops.
        bold: Add those that may be in any case, as long as few accounts are known.
    """
    told = targets_of(market, accounts)[0]
    rows = market.lookup.of_accounts(accounts)
    explained = np.unique(market.acts.accounts[rows][np.isin(market.acts.shops[rows], told)])
    enough = len(explained) >= _EXPLAINED * len(accounts)
    if enough and not (bold and len(accounts) <= _FEW):
        return told
    shops, counts, _means, logs = _drawn(market, accounts)
    hinted = shops[(counts >= _LEAST_OF_HINT) & (logs <= math.log(_HINT))]
    return np.union1d(told, hinted)


def _drawn(market: Market, accounts: Ints) -> tuple[Ints, Ints, Floats, Floats]:
    """Return shops of accounts: how many each has, how many by chance, and the logarithm of it."""
    index = market.lookup
    rows = index.of_accounts(accounts)
    shops, _owners = pairs_of(market.acts.shops[rows], market.acts.accounts[rows])
    shops, counts = np.unique(shops, return_counts=True)
    share = index.degrees[accounts].sum() / index.degrees.sum()
    means = np.maximum(index.people[shops] - counts, 1) * share
    return shops, counts, means, log_tails(counts, means)


def signals_of(market: Market, accounts: Ints, rows: Ints, used: Any = ()) -> list[Signal]:
    """Return all signals of accounts that can be told, but for those already used to find them."""
    member = np.zeros(len(market.acts.account_ids), dtype=np.bool_)
    member[accounts] = True
    found: list[Signal | None] = [
        trait_signal(market, name, rows, member) for name in TRAITS if name not in used
    ]
    if "birth" not in used:
        found.append(birth_signal(market, accounts, rows))
    found += [
        rating_signal(market, rows, member),
        unsent_signal(market, rows, member),
        timing_signal(market, rows),
    ]
    return [each for each in found if each is not None]


def fisher(logs: list[float]) -> float:
    """Return the logarithm of the chance that independent chances are so small (Fisher 1925)."""
    half = -sum(logs)
    terms = (
        [place * math.log(half) - math.lgamma(place + 1) for place in range(len(logs))]
        if (half > 0)
        else [0.0]
    )
    largest = max(terms)
    total = largest + math.log(sum(math.exp(each - largest) for each in terms))
    return min(0.0, total - half)


def strongest(logs: list[float]) -> float:
    """Return the logarithm of a bound on the chance that some of independent chances are so small.

    The smallest of them are combined, as many as make the clearest case, corrected for all ways to
    choose them (rank truncated product, Dudbridge and Koeleman 2003, with a plain bound): two
    signals that are plain stand, though others say nothing.
    """
    ordered, total = sorted(logs), len(logs)
    cases = [fisher(ordered[:count]) + log_choices(total, count) for count in range(1, total + 1)]
    return min(0.0, min(cases, default=0.0) + math.log(max(1, total)))
