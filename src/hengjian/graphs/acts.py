"""Acts: who did what to whose item, when, and by which device, network and words."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hengjian.graphs.templates import template_numbers

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"


class Acts(NamedTuple):
    """Acts of accounts, one a row, in the order of the rows that they were made of.

    Attributes:
        accounts: Number of the account; numbers follow the sorted ids.
        shops: Number of the shop, or of whatever has the benefit or the harm.
        items: Number of the item.
        times: Seconds since 1970; not a number where unknown.
        ratings: 1–5; not a number where unknown or where nothing was rated.
        devices: Number of the device; -1: unknown.
        networks: Number of the network (prefix of its address); -1: unknown.
        templates: Number of the template of the text; -1: no text, or too short to tell.
        unsent: 1.0: paid for but nothing was sent; 0.0: it was; not a number: unknown.
        created: When each account was made, by its number; not a number where unknown.
        account_ids: The id of each number.
        shop_ids: The same of shops.
        item_ids: The same of items.
    """

    accounts: Ints
    shops: Ints
    items: Ints
    times: Floats
    ratings: Floats
    devices: Ints
    networks: Ints
    templates: Ints
    unsent: Floats
    created: Floats
    account_ids: list[str]
    shop_ids: list[str]
    item_ids: list[str]


class Given(NamedTuple):
    """What is known of the rows, each column as long as the others; None: nothing is known.

    Attributes:
        times: Seconds since 1970.
        created: When the account of the row was made, seconds since 1970.
        unsent: As in Acts.
    """

    accounts: Column
    shops: Column
    items: Column
    times: Floats
    ratings: Floats | None = None
    devices: Column | None = None
    networks: Column | None = None
    texts: Column | None = None
    unsent: Floats | None = None
    created: Floats | None = None


def make_acts(given: Given) -> Acts:
    """Return acts of what is given; equal rows in another order give the same numbers."""
    rows = len(given.accounts)
    accounts, account_ids = numbered(given.accounts)
    shops, shop_ids = numbered(given.shops)
    items, item_ids = numbered(given.items)
    unknown = np.full(rows, np.nan)
    created = np.full(len(account_ids), np.nan)
    if given.created is not None:
        known = ~np.isnan(given.created)
        created[accounts[known]] = given.created[known]
    nothing = np.full(rows, -1, dtype=np.int64)
    return Acts(
        accounts,
        shops,
        items,
        given.times,
        unknown if given.ratings is None else given.ratings,
        nothing if given.devices is None else numbered(given.devices)[0],
        nothing if given.networks is None else numbered(given.networks)[0],
        nothing if given.texts is None else template_numbers(given.texts),
        unknown if given.unsent is None else given.unsent,
        created,
        account_ids,
        shop_ids,
        item_ids,
    )


def numbered(column: Column) -> tuple[Ints, list[str]]:
    """Return the number of each value, -1 where it is null, and the values sorted."""
    whole: Any = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = whole.cast(pa.string()).dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    number = np.empty(len(order), dtype=np.int64)
    number[order.to_numpy()] = np.arange(len(order))
    indices = coded.indices
    ids: list[str] = coded.dictionary.take(order).to_pylist()
    if not ids:
        return np.full(len(whole), -1, dtype=np.int64), []
    filled = number[np.asarray(indices.fill_null(0))]
    return np.where(np.asarray(indices.is_valid()), filled, -1), ids


class Index(NamedTuple):
    """Acts, found by shop or by account.

    Attributes:
        shop_begins: Where the rows of each shop begin in `by_shop`, and where the last end.
        account_begins: The same of accounts in `by_account`.
        birth: Place of each account among all accounts by when they were made; -1: unknown.
        born: How many accounts have a place.
        people: How many accounts a shop has, in each shop.
        degrees: With how many shops each account has to do.
    """

    by_shop: Ints
    shop_begins: Ints
    by_account: Ints
    account_begins: Ints
    birth: Ints
    born: int
    people: Ints
    degrees: Ints

    def of_shops(self, shops: Ints) -> Ints:
        """Return the rows of some shops."""
        return runs(self.by_shop, self.shop_begins, shops)

    def of_accounts(self, accounts: Ints) -> Ints:
        """Return the rows of some accounts."""
        return runs(self.by_account, self.account_begins, accounts)


def index_of(acts: Acts) -> Index:
    """Return an index of acts."""
    by_shop, by_account = (np.argsort(each, kind="stable") for each in (acts.shops, acts.accounts))
    shop_begins = np.searchsorted(acts.shops[by_shop], np.arange(len(acts.shop_ids) + 1))
    account_begins = np.searchsorted(
        acts.accounts[by_account], np.arange(len(acts.account_ids) + 1)
    )
    birth = np.full(len(acts.account_ids), -1, dtype=np.int64)
    known = np.flatnonzero(~np.isnan(acts.created))
    birth[known[np.argsort(acts.created[known], kind="stable")]] = np.arange(len(known))
    pairs = np.unique(acts.shops * len(acts.account_ids) + acts.accounts)
    people = np.bincount(pairs // max(1, len(acts.account_ids)), minlength=len(acts.shop_ids))
    degrees = np.bincount(pairs % max(1, len(acts.account_ids)), minlength=len(acts.account_ids))
    return Index(
        by_shop, shop_begins, by_account, account_begins, birth, len(known), people, degrees
    )


def runs(order: Ints, begins: Ints, chosen: Ints) -> Ints:
    """Return the parts of an order that belong to some numbers, one after another."""
    sizes = begins[chosen + 1] - begins[chosen]
    starts = np.repeat(begins[chosen] - np.append(0, np.cumsum(sizes)[:-1]), sizes)
    return order[starts + np.arange(len(starts))] if len(chosen) else order[:0]
