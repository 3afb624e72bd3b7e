"""Batches: accounts that were made in the same days, as hardly any others were."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hengjian.graphs.acts import Acts, Floats, Index, Ints
from hengjian.graphs.significance import log_binomial_tails

_DAY = 86_400.0
# Accounts made further apart are no batch, however few others were made between them.
_WIDTHS = (_DAY, 3 * _DAY, 14 * _DAY)
_AROUND = 3 * _DAY
_LEAST_KNOWN = 3
# So fine is the table of who acted when: a day, or coarser where records reach over years.
_MOST_CELLS = 1500


class Births(NamedTuple):
    """When accounts were made, and when those made at each time acted.

    Attributes:
        made: When each account was made whose time is known, sorted, seconds since 1970.
        table: How many acts there were up to a step of time by accounts made up to another one.
        acted_from: Where the steps of acting begin.
        acted_step: How long they are, in seconds.
        made_from: Where the steps of being made begin.
        made_step: How long they are, in seconds.
    """

    made: Floats
    table: Ints
    acted_from: float
    acted_step: float
    made_from: float
    made_step: float

    def acts_between(self, acted: tuple[float, float], begin: Floats, end: Floats) -> Ints:
        """Return how many acts of some time are of accounts made between some others."""
        rows = self._places(np.array(acted), self.acted_from, self.acted_step, 0)
        columns = [self._places(each, self.made_from, self.made_step, 1) for each in (begin, end)]
        first, last = rows[0], rows[1] + 1
        until = self.table[last, columns[1] + 1] - self.table[last, columns[0]]
        before = self.table[first, columns[1] + 1] - self.table[first, columns[0]]
        between: Ints = until - before
        return between

    def _places(self, times: Floats, start: float, step: float, side: int) -> Ints:
        places = np.floor((times - start) / step).astype(np.int64)
        return np.clip(places, 0, self.table.shape[side] - 2)


class Batch(NamedTuple):
    """The days in which more of some accounts were made than chance explains.

    Attributes:
        begin: Its first second since 1970.
        end: Its last.
        hits: How many of the accounts were made in it.
        known: Of how many one knows when they were made.
        base: The share of others made in it: of all, or of those who acted at the time.
        log_chance: Natural logarithm of the chance, corrected for all days tried.
    """

    begin: float
    end: float
    hits: int
    known: int
    base: float
    log_chance: float


def births_of(acts: Acts) -> Births:
    """Return when the accounts of acts were made."""
    created = acts.created[acts.accounts]
    known = ~np.isnan(created) & ~np.isnan(acts.times)
    acted_from, acted_step, rows = _steps(acts.times[known])
    made_from, made_step, columns = _steps(created[known])
    size = (int(rows.max(initial=0)) + 1, int(columns.max(initial=0)) + 1)
    cells = np.bincount(rows * size[1] + columns, minlength=size[0] * size[1]).reshape(size)
    table = np.zeros((size[0] + 1, size[1] + 1), dtype=np.int64)
    table[1:, 1:] = cells.cumsum(axis=0).cumsum(axis=1)
    made = np.sort(acts.created[~np.isnan(acts.created)])
    return Births(made, table, acted_from, acted_step, made_from, made_step)


def _steps(times: Floats) -> tuple[float, float, Ints]:
    if not len(times):
        return 0.0, _DAY, np.zeros(0, dtype=np.int64)
    start = float(times.min())
    step = max(_DAY, (float(times.max()) - start) / _MOST_CELLS)
    return start, step, np.floor((times - start) / step).astype(np.int64)


def clearest_batch(
    acts: Acts, lookup: Index, births: Births, accounts: Ints, rows: Ints
) -> Batch | None:
    """Return the days in which accounts were made together; None: too little is known.

    New customers act when they are new, so that the accounts of any crowd are of its days more
    often than of others: a batch is held against those who acted at the same time, too.

    Args:
        acts: All acts.
        lookup: Their index.
        births: When all accounts were made.
        accounts: Which ones may be a batch.
        rows: The acts of theirs that matter.
    """
    made = np.sort(acts.created[accounts][~np.isnan(acts.created[accounts])])
    # A few that were made together say nothing where hardly anybody else is known.
    if len(made) < _LEAST_KNOWN or not len(rows) or len(births.made) < 2 * len(made):
        return None
    acted = (float(acts.times[rows].min()) - _AROUND, float(acts.times[rows].max()) + _AROUND)
    theirs = lookup.of_accounts(accounts)
    theirs = theirs[(acts.times[theirs] >= acted[0]) & (acts.times[theirs] <= acted[1])]
    own = np.sort(acts.created[acts.accounts[theirs]])
    found = [_batch(births, made, own, acted, width) for width in _WIDTHS]
    best = min(found, key=lambda each: each.log_chance)
    return best._replace(log_chance=min(0.0, best.log_chance + math.log(len(_WIDTHS))))


def _batch(
    births: Births, made: Floats, own: Floats, acted: tuple[float, float], width: float
) -> Batch:
    """Return the clearest of the batches that begin with one of the accounts.

    Args:
        births: When all accounts were made.
        made: When those were made that may be a batch, sorted.
        own: The same of their acts at the time, sorted.
        acted: The time.
        width: How long a batch may take.
    """
    ends = np.searchsorted(made, made + width, "right")
    counts = ends - np.arange(len(made))
    crowds = (
        (_between(births.made, made, width) - counts, len(births.made) - len(made)),
        (
            births.acts_between(acted, made, made + width) - _between(own, made, width),
            int(births.acts_between(acted, births.made[:1], births.made[-1:])[0]) - len(own),
        ),
    )
    base = np.zeros(len(made))
    for inside, total in crowds:
        base = np.maximum(base, (np.maximum(inside, 0) + 1) / (max(total, 0) + 2))
    # The first one is where the batch begins, and proves nothing.
    others = np.full(len(made), len(made) - 1)
    logs = log_binomial_tails(counts - 1, others, np.minimum(base, 0.99))
    best = int(np.argmin(logs))
    return Batch(
        float(made[best]),
        float(made[ends[best] - 1]),
        int(counts[best]),
        len(made),
        float(base[best]),
        min(0.0, float(logs[best]) + math.log(len(made))),
    )


def _between(times: Floats, begins: Floats, width: float) -> Ints:
    found: Ints = np.searchsorted(times, begins + width, "right") - np.searchsorted(times, begins)
    return found
