"""Groups: accounts that act in concert for a shop or against it, told by several signals.

Seeds are chosen by one signal; the others, of which chance makes them independent, are tested and
combined, corrected for all seeds. From a seed that stands the group is grown by all
signals. A group is told only if one of its signals is a mark of one hand (a device, a batch of
accounts, parcels that were never sent, a clock) and the others add enough to it: a crowd that likes
the same things, or says the same words, is no gang.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Set
from typing import NamedTuple

import numpy as np

from hengjian.graphs.acts import Acts, Ints, index_of
from hengjian.graphs.members import Grown, grow
from hengjian.graphs.seeds import Seed, seeds_of
from hengjian.graphs.signals import (
    TRAITS,
    Market,
    Signal,
    farm_signal,
    market_of,
    signals_of,
    strongest,
    targets_of,
)

LEAST_CHANCE = math.log(0.01)
_CLEAR = math.log(1e-3)
_LEAST_LIFT, _LEAST_SHARE = 1.5, 0.25
# What a signal is worth beside others. Families share devices and opinions; students and the new
# customers of one campaign are made in a batch, like the same and buy it at the same time: that
# alone stays below what is enough.
_WORTH = {
    "farm": 1.0,
    "unsent": 1.0,
    "timing": 1.0,
    "device": 0.75,
    "birth": 0.75,
    "template": 0.75,
    "rating": 0.5,
    "lockstep": 0.2,
}
_OF_ONE_HAND = {"device", "farm", "unsent", "timing", "birth"}
_ENOUGH = 1.5
_SAME, _WITHIN = 0.5, 0.9
_HALF_WAY = 10.0


class Group(NamedTuple):
    """Accounts that act in concert.

    Attributes:
        accounts: Their numbers, sorted.
        shops: Numbers of the shops that they act for or against, most acts first.
        items: Numbers of the items, sorted.
        begin: When the first of their acts took place, seconds since 1970.
        end: When the last.
        rows: Places of their acts, the earliest first.
        log_chance: Natural logarithm of the chance of what speaks for the seed, all that was not
            used to choose it combined, corrected for all seeds.
        signals: What makes the members alike, the clearest first.
    """

    accounts: Ints
    shops: Ints
    items: Ints
    begin: float
    end: float
    rows: Ints
    log_chance: float
    signals: tuple[Signal, ...]

    @property
    def chance(self) -> float:
        """The corrected chance."""
        return math.exp(self.log_chance)

    @property
    def names(self) -> frozenset[str]:
        """The names of its signals."""
        return frozenset(each.name for each in self.signals)

    @property
    def score(self) -> float:
        """From 0 to 1, higher is more certain."""
        return _score(self.signals)

    def score_without(self, name: str) -> float:
        """Return what the score would be if one of the signals were not known."""
        return _score(tuple(each for each in self.signals if each.name != name))

    def signal(self, name: str) -> Signal | None:
        """Return a signal that speaks for the group; None: it does not, or is unknown."""
        return next((each for each in self.signals if each.name == name), None)


def find_groups(acts: Acts, by_design: Set[str] = frozenset()) -> list[Group]:
    """Return the groups of accounts that act in concert, the least likely first.

    Args:
        acts: The acts.
        by_design: Signals that all have who act on the same thing, because of what the thing is
            (who says the same, where a shop is a text): they prove nothing, but count as known.
    """
    if not len(acts.accounts):
        return []
    market = market_of(acts, index_of(acts))
    seeds = seeds_of(market)
    # Every way of choosing seeds has the same share of what may go wrong.
    ways = Counter(_way(seed) for seed in seeds)
    standing = []
    for seed in seeds:
        found = _evidence(market, seed, by_design)
        log_chance = math.log(ways[_way(seed)] * len(ways))
        log_chance += strongest([each.log_chance for each in found])
        # The seed must stand by itself: growing may bring in others who have what it lacks.
        marks = {each.name for each in found if _is_clear(each)} | {*seed.chosen_by, *by_design}
        marks |= {each.name for each in seed.own}
        if log_chance <= LEAST_CHANCE and _is_enough(marks):
            standing.append((log_chance, seed))
    return _apart(_grown(market, standing))


def _grown(market: Market, standing: list[tuple[float, Seed]]) -> list[Group]:
    """Return the groups that seeds grow into, the clearest seeds first.

    Another way to see a group that was found already is not followed.
    """
    groups: list[Group] = []
    for log_chance, seed in sorted(standing, key=lambda each: (each[0], each[1].accounts.tolist())):
        if not any(_is_within(seed, group) for group in groups):
            group = _best_group(market, seed, log_chance)
            groups += [group] if group is not None else []
    return groups


def _is_within(seed: Seed, group: Group) -> bool:
    return bool(np.isin(seed.accounts, group.accounts).mean() >= _WITHIN)


def _way(seed: Seed) -> tuple[str, ...]:
    return (*seed.chosen_by, *(each.name for each in seed.own), "shop" if seed.shop >= 0 else "all")


def _evidence(market: Market, seed: Seed, by_design: Set[str]) -> list[Signal]:
    """Return what speaks for a seed, all but what chose it."""
    if seed.shop >= 0:
        shops, target = np.array([seed.shop]), None
    else:
        shops, target = targets_of(market, seed.accounts)
    rows = market.lookup.of_accounts(seed.accounts)
    at_targets = rows[np.isin(market.acts.shops[rows], shops)]
    used = {
        *by_design,
        *seed.chosen_by,
        *(("template",) if "links" in {s.name for s in seed.own} else ()),
    }
    found = signals_of(market, seed.accounts, at_targets if len(at_targets) else rows, used)
    found += [each for each in seed.own if each.name == "links"]
    if target is not None and "target" not in seed.chosen_by:
        found.append(target)
    if "device" in seed.chosen_by:
        found = [each for each in found if each.name != "network"]
    return found


def _best_group(market: Market, seed: Seed, log_chance: float) -> Group | None:
    """Return the clearest of the groups that grow from a seed; None: none is clear enough."""
    grown = [grow(market, seed.accounts, seed.shop, bold=bold) for bold in (False, True)]
    groups = [_group(market, each, seed, log_chance) for each in grown if each is not None]
    return max(filter(_is_told, groups), key=lambda each: each.score, default=None)


def _group(market: Market, grown: Grown, seed: Seed, log_chance: float) -> Group:
    acts = market.acts
    found = signals_of(market, grown.accounts, grown.rows)
    target = targets_of(market, grown.accounts)[1]
    farm = farm_signal(market, grown.accounts)
    found += [each for each in (target, farm, *seed.own) if each is not None]
    clear = [each for each in found if _is_clear(each)]
    rows = grown.rows[np.lexsort((grown.rows, acts.times[grown.rows]))]
    shops, counts = np.unique(acts.shops[rows], return_counts=True)
    return Group(
        grown.accounts,
        shops[np.argsort(-counts, kind="stable")],
        np.unique(acts.items[rows]),
        float(acts.times[rows].min()),
        float(acts.times[rows].max()),
        rows,
        min(0.0, log_chance),
        tuple(sorted(clear, key=lambda each: (each.log_chance, each.name))),
    )


def _is_clear(signal: Signal) -> bool:
    of_accounts = signal.name in (*TRAITS, "farm", "birth", "timing", "unsent")
    large = signal.share >= max(_LEAST_SHARE, _LEAST_LIFT * signal.base)
    return signal.log_chance <= _CLEAR and (large or not of_accounts)


def _is_told(group: Group) -> bool:
    return _is_enough(group.names)


def _is_enough(names: Set[str]) -> bool:
    return _worth(names) >= _ENOUGH and bool(names & _OF_ONE_HAND)


def _worth(names: Set[str]) -> float:
    if "farm" in names:
        names = names - {"device"}
    return sum(_WORTH.get(name, 0.0) for name in sorted(names))


def _score(signals: tuple[Signal, ...]) -> float:
    powers = -sum(
        each.log_chance for each in signals if each.name in _WORTH or each.name == "target"
    ) / math.log(10)
    return powers / (powers + _HALF_WAY)


def _apart(groups: list[Group]) -> list[Group]:
    """Return groups none of whose acts are for the most part those of another one.

    Of those that are, the one with more that speaks for it stays, and then the clearer one: a gang
    in the midst of a campaign grows into a crowd if it is looked for by its age alone.
    """
    kept: list[Group] = []
    best_first = sorted(
        groups,
        key=lambda each: (-_worth(each.names), -each.score, each.log_chance, each.rows.tolist()),
    )
    for group in best_first:
        if not any(_is_same(group, other) for other in kept):
            kept.append(group)
    return sorted(kept, key=lambda each: (each.log_chance, each.accounts.tolist()))


def _is_same(one: Group, other: Group) -> bool:
    common = len(np.intersect1d(one.rows, other.rows, assume_unique=True))
    return common >= _SAME * min(len(one.rows), len(other.rows))
