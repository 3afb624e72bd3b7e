"""Price audits: do accounts of one kind pay more than accounts of another, beyond chance?

Prices drift, so only what was observed in the same block of time is compared. The null is that the
persona's label makes no difference: within a block the labels could as well be exchanged among the
sessions (all that one account saw in one run stays together). Accounts of the same persona are
twins: they say how far two accounts differ for other reasons than their persona.

Differences are of natural logarithms of prices: 0.03 is about 3 %.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hengjian.compiled import compiled
from hengjian.stats.shares import false_discovery

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Eight blocks of two: the smallest chance that exchanged labels can show is 2 / 2**8 = 0.8 %.
LEAST_BLOCKS = 8
LARGEST_Q = 0.05
LEAST_EFFECT = float(np.log(1.01))
_TWINS_QUANTILE = 0.95
_CONFIDENCE = 0.95
# A chance is known well enough after so many exchanged labellings as striking as the real one.
_ENOUGH = 20
_FEW_DRAWS, _MOST_DRAWS, _DRAWS_PER_TEST = 1_999, 199_999, 40
_ROUNDING = 1e-12


class Observations(NamedTuple):
    """One entry for every price that was observed; all but the price are numbers of groups.

    Attributes:
        item: What is audited.
        alike: What was the same in all that counts: item, variant, place, stock.
        block: Block of time, not shared by two items.
        session: What one account, with its persona, saw in one run.
        account: Who looked.
        persona: The kind of account.
        price: Logarithm of the price.
    """

    item: Ints
    alike: Ints
    block: Ints
    session: Ints
    account: Ints
    persona: Ints
    price: Floats

    def at(self, places: Ints | Bools) -> Observations:
        """Return some of the observations."""
        columns: Any = [column[places] for column in self]
        return Observations(*columns)


class Comparison(NamedTuple):
    """Two personas, one entry for every item that both saw in the same block.

    Attributes:
        item: The item.
        blocks: In how many blocks both saw it.
        effect: How much more the first was asked, mean over the blocks.
        low: Lower bound of its 95 % interval; minus infinity where there is one block only.
        high: Upper bound; infinity where there is one block only.
        chance: Of so large a difference, either way, if labels made none; 1 where there are too
            few blocks to tell.
    """

    item: Ints
    blocks: Ints
    effect: Floats
    low: Floats
    high: Floats
    chance: Floats


class Twins(NamedTuple):
    """Accounts of the same persona, one entry for every item and persona that has at least two.

    Attributes:
        item: The item.
        persona: The persona.
        widest: Largest difference between two of the accounts.
    """

    item: Ints
    persona: Ints
    widest: Floats


class _Units(NamedTuple):
    """Sessions in blocks, by item and block: what labels are exchanged among.

    Attributes:
        first: The session is one of the first persona.
        price: Its price beside what all sessions of its block were asked for the same.
    """

    item: Ints
    block: Ints
    first: Bools
    price: Floats


class _Blocks(NamedTuple):
    """Blocks that both personas saw, by item.

    Attributes:
        starts: Where each begins among the sessions, and the end of the last.
        of_first: How many of its sessions are of the first persona.
        difference: How much more the first was asked.
    """

    item: Ints
    starts: Ints
    of_first: Ints
    difference: Floats


def time_blocks(item: Ints, seconds: Floats, width: float) -> Ints:
    """Return a block for every observation: an item's observations within so many seconds.

    Args:
        item: What was observed.
        seconds: When.
        width: Seconds from the first to the last observation of a block at most.
    """
    order = np.lexsort((seconds, item))
    block = np.empty(len(item), dtype=np.int64)
    block[order] = _blocks_in_order(item[order], seconds[order], width)
    return block


@compiled
def _blocks_in_order(item: Ints, seconds: Floats, width: float) -> Ints:
    block = np.zeros(len(item), dtype=np.int64)
    start = 0
    for place in range(1, len(item)):
        block[place] = block[place - 1]
        if item[place] != item[start] or seconds[place] - seconds[start] > width:
            block[place] += 1
            start = place
    return block


def compare(seen: Observations, first: int, second: int, tests: int) -> Comparison:
    """Compare what two personas were asked, item by item.

    Args:
        seen: All observations.
        first: A persona.
        second: Another one.
        tests: How many comparisons there will be in all; the more, the finer chances must be.
    """
    units, blocks = _matched(seen, first, second)
    item, count = np.unique(blocks.item, return_counts=True)
    number = np.repeat(np.arange(len(item)), count)
    effect, low, high = _mean_interval(blocks.difference, number, count)
    ends = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    chance = np.ones(len(item))
    _draw(units.price, blocks, ends, effect, chance, _FEW_DRAWS)
    # What counts for a false discovery rate is a chance beside the share of tests that strike.
    striking = chance <= 1 / (_FEW_DRAWS + 1)
    finer = int(min(_DRAWS_PER_TEST * tests / max(striking.sum(), 1), _MOST_DRAWS))
    if striking.any() and finer > _FEW_DRAWS:
        chance[~striking] = -chance[~striking]
        _draw(units.price, blocks, ends, effect, chance, finer)
        chance = np.abs(chance)
    return Comparison(item, count, effect, low, high, chance)


def differences(seen: Observations, first: int, second: int) -> tuple[Ints, Floats]:
    """Return the items that two personas saw in the same block, and how much more one was asked."""
    _, blocks = _matched(seen, first, second)
    item, number = np.unique(blocks.item, return_inverse=True)
    return item, _means(number, blocks.difference, len(item))


def _matched(seen: Observations, first: int, second: int) -> tuple[_Units, _Blocks]:
    units = _units(seen.at((seen.persona == first) | (seen.persona == second)), first)
    block, count = np.unique(units.block, return_counts=True)
    starts = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    number = np.repeat(np.arange(len(block)), count)
    of_first = np.bincount(number[units.first], minlength=len(block))
    total = np.bincount(number, units.price, len(block))
    sum_first = np.bincount(number, np.where(units.first, units.price, 0.0), len(block))
    difference = sum_first / of_first - (total - sum_first) / (count - of_first)
    return units, _Blocks(units.item[starts[:-1]], starts, of_first, difference)


def _units(seen: Observations, first: int) -> _Units:
    """Return the sessions that can be held against one of the other persona, within their block."""
    matched, count = _numbered(seen.block, seen.alike)
    of_first = np.bincount(matched[seen.persona == first], minlength=count)
    of_all = np.bincount(matched, minlength=count)
    seen = seen.at((of_first > 0)[matched] & (of_first < of_all)[matched])
    seen = _once(seen)
    matched, count = _numbered(seen.block, seen.alike)
    beside = seen.price - _means(matched, seen.price, count)[matched]
    unit, count = _numbered(seen.block, seen.session)
    head = _heads(unit, count)
    price = _means(unit, beside, count)
    return _Units(seen.item[head], seen.block[head], seen.persona[head] == first, price)


def _once(seen: Observations) -> Observations:
    """Return one entry, of the mean price, for what a session saw several times in a block."""
    matched, _ = _numbered(seen.block, seen.alike)
    entry, count = _numbered(matched, seen.session)
    once = seen.at(_heads(entry, count))
    return once._replace(price=_means(entry, seen.price, count))


def _numbered(major: Ints, minor: Ints) -> tuple[Ints, int]:
    """Return the number of each pair, in the order of the pairs, and how many there are."""
    width = int(minor.max(initial=0)) + 1
    keys, number = np.unique(major * width + minor, return_inverse=True)
    return number, len(keys)


def _heads(number: Ints, count: int) -> Ints:
    """Return a place of each group."""
    head = np.zeros(count, dtype=np.int64)
    head[number] = np.arange(len(number))
    return head


def _means(number: Ints, values: Floats, count: int) -> Floats:
    means: Floats = np.bincount(number, values, count) / np.bincount(number, minlength=count)
    return means


def _mean_interval(values: Floats, number: Ints, count: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the mean of each group and the bounds of its interval (Student's t)."""
    mean = _means(number, values, len(count))
    squares = np.bincount(number, (values - mean[number]) ** 2, len(count))
    error = np.sqrt(squares / np.maximum(count - 1, 1) / np.maximum(count, 1))
    wide: Any = stats.t.ppf((1 + _CONFIDENCE) / 2, np.maximum(count - 1, 1)) * error
    wide = np.where(count > 1, wide, np.inf)
    return mean, mean - wide, mean + wide


def _draw(
    price: Floats, blocks: _Blocks, ends: Ints, effect: Floats, chance: Floats, draws: int
) -> None:
    _exchange(price, blocks.starts, blocks.of_first, ends, effect, chance, draws)


@compiled
def _exchange(
    price: Floats,
    starts: Ints,
    of_first: Ints,
    ends: Ints,
    effect: Floats,
    chance: Floats,
    draws: int,
) -> None:
    """Set the chance of each item's effect when labels are exchanged within blocks.

    Draws end early once enough were as large (Besag and Clifford 1991), which keeps the chance
    valid.

    Args:
        price: Of each session, by block.
        starts: Where each block begins among the sessions, and the end of the last.
        of_first: How many sessions of a block are of the first persona.
        ends: Where each item begins among the blocks, and the end of the last.
        effect: Mean difference of each item.
        chance: Set in place; where it is below zero, or there are too few blocks, it stays.
        draws: How many exchanged labellings at most.
    """
    for item in range(len(effect)):
        blocks = ends[item + 1] - ends[item]
        if blocks < LEAST_BLOCKS or chance[item] < 0:
            continue
        begin = starts[ends[item]]
        shuffled = price[begin : starts[ends[item + 1]]].copy()
        state = np.uint64(item + 1)
        wanted = (abs(effect[item]) - _ROUNDING) * blocks
        large, drawn = 0, 0
        while drawn < draws and large < _ENOUGH:
            drawn += 1
            summed = 0.0
            for block in range(ends[item], ends[item + 1]):
                low, high = starts[block] - begin, starts[block + 1] - begin
                chosen, everyone = 0.0, 0.0
                for place in range(low, low + of_first[block]):
                    # A SplitMix64 step (Steele, Lea and Flood 2014): the same draws everywhere.
                    state += np.uint64(0x9E3779B97F4A7C15)
                    mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                    mixed = (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(32)
                    other = place + np.int64((mixed * np.uint64(high - place)) >> np.uint64(32))
                    shuffled[place], shuffled[other] = shuffled[other], shuffled[place]
                    chosen += shuffled[place]
                for place in range(low, high):
                    everyone += shuffled[place]
                others = high - low - of_first[block]
                summed += chosen / of_first[block] - (everyone - chosen) / others
            if abs(summed) >= wanted:
                large += 1
        chance[item] = large / drawn if large == _ENOUGH else (large + 1) / (drawn + 1)


def twins_of(seen: Observations) -> tuple[Twins, Floats]:
    """Return how far accounts of the same persona differ.

    Counted are accounts that saw an item beside another one of their persona in enough blocks.

    Returns:
        The widest difference by item and persona; and the differences of neighbours by account
        number, of all items, which a quantile may be taken of.
    """
    group, count = _numbered(*_in_groups(seen))
    matched = np.bincount(group, minlength=count)
    seen = seen.at((matched > 1)[group])
    group, count = _numbered(*_in_groups(seen))
    beside = seen.price - _means(group, seen.price, count)[group]
    kind, _ = _numbered(seen.item, seen.persona)
    who, count = _numbered(kind, seen.account)
    head = _heads(who, count)
    met, pairs = _numbered(who, seen.block)
    often = np.bincount(who[_heads(met, pairs)], minlength=count) >= LEAST_BLOCKS
    mean, kind, head = _means(who, beside, count)[often], kind[head][often], head[often]
    neighbours = np.abs(np.diff(mean))[np.diff(kind) == 0]
    kinds, number, size = np.unique(kind, return_inverse=True, return_counts=True)
    top, bottom = np.full(len(kinds), -np.inf), np.full(len(kinds), np.inf)
    np.maximum.at(top, number, mean)
    np.minimum.at(bottom, number, mean)
    several, first = size > 1, head[_heads(number, len(kinds))]
    twins = Twins(seen.item[first][several], seen.persona[first][several], (top - bottom)[several])
    return twins, neighbours


def _in_groups(seen: Observations) -> tuple[Ints, Ints]:
    """Return the block with what was alike, and the persona."""
    return _numbered(seen.block, seen.alike)[0], seen.persona


def twins_limit(differences: Floats) -> float:
    """Return the 95th percentile of the differences between twins; without any: infinity.

    Of a few, it is the largest.
    """
    if not len(differences):
        return float("inf")
    return float(np.quantile(differences, _TWINS_QUANTILE, method="higher"))


def false_discoveries(compared: Comparison) -> Floats:
    """Return the q value of each comparison; not-a-number where there are too few blocks."""
    enough = compared.blocks >= LEAST_BLOCKS
    q = np.full(len(compared.blocks), np.nan)
    if enough.any():
        q[enough] = false_discovery(compared.chance[enough])
    return q


def differs(compared: Comparison, q: Floats, twins: Floats) -> Bools:
    """Tell where the first persona is asked something else than the second.

    That is: q below 5 %, and the whole interval beyond 1 % and beyond what twins differ.

    Args:
        compared: The comparisons.
        q: Of each.
        twins: How far twins differ, for each; infinity: unknown.
    """
    nearest = np.maximum(compared.low, -compared.high)
    return (q < LARGEST_Q) & (nearest >= LEAST_EFFECT) & (nearest > twins)


def twins_share(compared: Comparison, unlike: Bools, differences: Floats) -> Floats:
    """Return how many of the comparisons that strike may be accounts that differ by themselves.

    An offer that goes to some accounts at random now and then falls on all accounts of one
    persona. How often, twins tell: the share of them that differ as much, times all comparisons,
    over the comparisons that strike with as large a difference.

    Args:
        compared: The comparisons of one platform.
        unlike: Which of them strike.
        differences: Between twins of that platform, as `twins_of` returns them.

    Returns:
        The estimated share of false ones among those at least as large; infinity where it does not
        strike or there are no twins.
    """
    nearest = np.maximum(compared.low, -compared.high)
    share = np.full(len(nearest), np.inf)
    if len(differences) and unlike.any():
        size = nearest[unlike]
        as_unlike = len(differences) - np.searchsorted(np.sort(differences), size)
        striking = len(size) - np.searchsorted(np.sort(size), size)
        share[unlike] = as_unlike / len(differences) * len(nearest) / striking
    return share


def is_same(compared: Comparison) -> Bools:
    """Tell where the two pay the same: enough blocks and the whole interval within 1 %."""
    within = np.maximum(-compared.low, compared.high) < LEAST_EFFECT
    return (compared.blocks >= LEAST_BLOCKS) & within


def select(compared: Comparison, where: Bools) -> Comparison:
    """Return some of the comparisons."""
    columns: Any = [column[where] for column in compared]
    return Comparison(*columns)


def joined(parts: list[Comparison]) -> Comparison:
    """Return several comparisons as one."""
    return Comparison(*map(np.concatenate, zip(*parts, strict=True)))
