"""Holders: which accounts have which device, network or words, found by either."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hengjian.graphs.acts import Acts, Bools, Ints, runs


class Holders(NamedTuple):
    """Pairs of a value (a device, say) and an account that has it, each once.

    Attributes:
        accounts: The accounts, by value.
        begins: Where those of each value begin, and where the last end.
        values: The values, by account.
        account_begins: The same of accounts.
    """

    accounts: Ints
    begins: Ints
    values: Ints
    account_begins: Ints

    @property
    def cells(self) -> Ints:
        """How many accounts have each value."""
        return np.diff(self.begins)

    @property
    def known(self) -> Bools:
        """Of which accounts some value is known."""
        return np.diff(self.account_begins) > 0

    def of(self, values: Ints) -> Ints:
        """Return the accounts that have some values, one value after another."""
        return runs(self.accounts, self.begins, values)

    def values_of(self, accounts: Ints) -> Ints:
        """Return the values that some accounts have, one account after another."""
        return runs(self.values, self.account_begins, accounts)


def holders_of(values: Ints, acts: Acts) -> Holders:
    """Return who has each value.

    Args:
        values: Of each act; -1: unknown.
        acts: The acts.
    """
    held, accounts = pairs_of(values, acts.accounts)
    order = np.argsort(accounts, kind="stable")
    ends = np.arange(len(acts.account_ids) + 1)
    return Holders(
        accounts,
        np.searchsorted(held, np.arange(int(values.max(initial=-1)) + 2)),
        held[order],
        np.searchsorted(accounts[order], ends),
    )


def pairs_of(values: Ints, accounts: Ints) -> tuple[Ints, Ints]:
    """Return each pair of a known value and an account once, sorted."""
    known = values >= 0
    width = int(accounts.max(initial=0)) + 1
    keys = np.unique(values[known] * width + accounts[known])
    return keys // width, keys % width
