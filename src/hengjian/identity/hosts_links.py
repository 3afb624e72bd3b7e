"""Evidence that two accounts are one host's: what they share, as links between accounts.

A code or a full company name of the registered operator joins alone. A nickname joins only where
something else is shared too (a device, a shop that both sell for, the agency on another platform);
devices, rooms, shops and agencies alone join nothing: families, offices, shifts of hosts before one
camera and the hundreds of hosts of an agency share them lawfully.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hengjian.identity.names import compare_names, name_key

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
LinkKind = Literal["uscc", "company", "name_device", "name_shop", "name_agency"]
HeldKind = Literal["many", "agency", "ambiguous", "device", "room", "name", "uscc", "apart"]

# Who runs more accounts than this under one code is often a guild that registers for its hosts.
MOST_ACCOUNTS = 20
# A family's or a reseller's phone; studios and phone shops have more.
MOST_ON_DEVICE = 6
# A nickname that more accounts bear is a common one, or everybody imitates it.
MOST_OF_NAME = 6
# Of two characters are half of all first names; with the agency alone that says too little.
LEAST_NAME_WITH_AGENCY = 3
_ONE_COMPANY = {"same", "branch", "abbreviation"}


class Link(NamedTuple):
    """Two accounts that are one host's, the first the lower one; `value` is what they share."""

    kind: LinkKind
    first: int
    second: int
    value: str


class Held(NamedTuple):
    """Accounts that share something and are still kept apart.

    Attributes:
        kind: `many`: too many share it; `agency`: it is an agency's; `ambiguous`: it would fit
            several; `device`, `room`, `name`: shared alone, which proves nothing; `uscc`: two
            operators; `apart`: somebody refused it.
        accounts: A few of them.
        value: What they share.
        sharers: How many share it.
    """

    kind: HeldKind
    accounts: tuple[int, ...]
    value: str
    sharers: int


class Pairs(NamedTuple):
    """Which account has which value (a device, a room …), each pair once, and the values' texts."""

    accounts: Ints
    values: Ints
    texts: list[str]


@dataclass(frozen=True)
class Accounts:
    """Accounts as numbers: equal values have equal numbers, -1 is unknown.

    Attributes:
        platforms: Platform.
        nicknames: By what is left of the nickname without signs and words such as 小号.
        nickname_texts: Nickname by its number.
        usccs: Code of the registered operator; ill-formed or contradictory is unknown.
        uscc_texts: Code by its number.
        companies: Key of the operator's name where it is a company's full name, else unknown.
        company_texts: Company by its number.
        operators: Name of the operator as it stands; None: unknown.
        agencies: MCN.
        agency_texts: MCN by its number.
        persons: Whether it is no organisation's account.
        devices: Account and device.
        rooms: Account and the rooms that it streamed in.
        sellers: Account and the operators of the shops that it sold for in streams.
    """

    platforms: Ints
    nicknames: Ints
    nickname_texts: list[str]
    usccs: Ints
    uscc_texts: list[str]
    companies: Ints
    company_texts: list[str]
    operators: list[str | None]
    agencies: Ints
    agency_texts: list[str]
    persons: Bools
    devices: Pairs
    rooms: Pairs
    sellers: Pairs


def operator_links(accounts: Accounts) -> Iterator[Link | Held]:
    """Yield links between accounts of one registered operator, unless that is an agency."""
    of_agency = _run_by_agency(accounts)
    yield from _declared(accounts.usccs, accounts.uscc_texts, of_agency, "uscc")
    yield from _declared(accounts.companies, accounts.company_texts, of_agency, "company")


def _run_by_agency(accounts: Accounts) -> Bools:
    """Return the accounts whose registered operator is an agency."""
    agency_keys = {name_key(text) for text in accounts.agency_texts} - {""}
    own = [
        None if number < 0 else accounts.agency_texts[number]
        for number in accounts.agencies.tolist()
    ]
    pairs = list(zip(accounts.operators, own, strict=True))
    verdicts = {pair: _is_agency(*pair, agency_keys) for pair in set(pairs)}
    return np.array([verdicts[pair] for pair in pairs], dtype=np.bool_)


def _is_agency(operator: str | None, agency: str | None, agency_keys: set[str]) -> bool:
    if operator is None:
        return False
    if name_key(operator) in agency_keys:
        return True
    return agency is not None and compare_names(operator, agency).verdict in _ONE_COMPANY


def _declared(
    values: Ints, texts: list[str], of_agency: Bools, kind: LinkKind
) -> Iterator[Link | Held]:
    for group in _groups(values, values >= 0):
        text = texts[values[group[0]]]
        if of_agency[group].any():
            yield _held("agency", group, text)
        elif len(group) > MOST_ACCOUNTS:
            yield _held("many", group, text)
        else:
            yield from _star(kind, group, text)


def name_links(accounts: Accounts) -> Iterator[Link | Held]:
    """Yield links between accounts of one nickname that share something else.

    With a shop or an agency, which many share, only a nickname counts that few bear.
    """
    devices = _uncrowded(accounts.devices, MOST_ON_DEVICE)
    rare = _rarely_named(accounts)
    yield from _named_and(accounts, devices, accounts.persons, "name_device")
    yield from _named_and(accounts, accounts.sellers, accounts.persons & rare, "name_shop")
    yield from _named_in_agency(accounts, accounts.persons & rare)


def _rarely_named(accounts: Accounts) -> Bools:
    bearers = np.bincount(accounts.nicknames + 1, minlength=len(accounts.nickname_texts) + 1)
    return np.asarray(bearers[accounts.nicknames + 1] <= MOST_OF_NAME)


def _named_and(accounts: Accounts, pairs: Pairs, counted: Bools, kind: LinkKind) -> Iterator[Link]:
    names = accounts.nicknames[pairs.accounts]
    some = (names >= 0) & counted[pairs.accounts]
    both = names * (len(pairs.texts) + 1) + pairs.values
    for entries in _groups(both, some):
        group = np.unique(pairs.accounts[entries])
        yield from _star(kind, group, accounts.nickname_texts[names[entries[0]]])


def _named_in_agency(accounts: Accounts, counted: Bools) -> Iterator[Link | Held]:
    """Yield links between namesakes of one agency on different platforms."""
    long_enough = np.array(
        [len(text) >= LEAST_NAME_WITH_AGENCY for text in accounts.nickname_texts] + [False]
    )
    some = long_enough[accounts.nicknames] & (accounts.agencies >= 0) & counted
    both = accounts.nicknames * (len(accounts.agency_texts) + 1) + accounts.agencies
    for group in _groups(both, some):
        text = accounts.nickname_texts[accounts.nicknames[group[0]]]
        if len(np.unique(accounts.platforms[group])) == len(group):
            yield from _star("name_agency", group, text)
        else:
            yield _held("ambiguous", group, text)


def lone_signs(accounts: Accounts) -> Iterator[Held]:
    """Yield what accounts share that proves nothing alone: a device, a room, a nickname."""
    for entries in _groups(accounts.devices.values, accounts.devices.values >= 0):
        group = accounts.devices.accounts[entries]
        text = accounts.devices.texts[accounts.devices.values[entries[0]]]
        yield _held("many" if len(group) > MOST_ON_DEVICE else "device", group, text)
    for entries in _groups(accounts.rooms.values, accounts.rooms.values >= 0):
        group = accounts.rooms.accounts[entries]
        yield _held("room", group, accounts.rooms.texts[accounts.rooms.values[entries[0]]])
    for group in _groups(accounts.nicknames, (accounts.nicknames >= 0) & accounts.persons):
        if len(group) <= MOST_OF_NAME:
            yield _held("name", group, accounts.nickname_texts[accounts.nicknames[group[0]]])


def _uncrowded(pairs: Pairs, most: int) -> Pairs:
    few = np.bincount(pairs.values, minlength=len(pairs.texts)) <= most
    kept = few[pairs.values]
    return Pairs(pairs.accounts[kept], pairs.values[kept], pairs.texts)


def _star(kind: LinkKind, group: Ints, value: str) -> Iterator[Link]:
    first, *others = group.tolist()
    for other in others:
        yield Link(kind, first, other, value)


def _held(kind: HeldKind, group: Ints, value: str) -> Held:
    return Held(kind, tuple(group[:MOST_ON_DEVICE].tolist()), value, len(group))


def _groups(values: Ints, some: Bools) -> Iterator[Ints]:
    """Yield the entries of each value that two and more have, in order."""
    entries = np.flatnonzero(some)
    order = entries[np.argsort(values[entries], kind="stable")]
    cuts = np.flatnonzero(np.diff(values[order])) + 1
    bounds = np.concatenate([[0], cuts, [len(order)]])
    for index in np.flatnonzero(np.diff(bounds) > 1):
        yield order[bounds[index] : bounds[index + 1]]
