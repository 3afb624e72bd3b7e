"""Evidence that two rows of operators are one: what they share, as links between rows.

All functions work on rows in one fixed order, so that the order of the input does not matter. Links
between rows of one name are found by sorting; only names that differ are compared one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hengjian.identity.addresses import address_key, compare_addresses
from hengjian.identity.names import compare_names, name_key, name_parts
from hengjian.identity.numbers import uscc_checks
from hengjian.identity.places import WORDS

Ints = NDArray[np.int64]
LinkKind = Literal["shop", "uscc", "licence", "contact", "address", "name"]
HeldKind = Literal["many", "ambiguous", "names", "uscc", "apart"]

# Agents, incubators and food courts put their own number or address on those they serve; one owner
# seldom has more businesses than this.
MOST_NAMES = 6
_USCC_LENGTH = 18
_COMPANY_FORMS = {"有限公司", "股份有限公司"}
_TRADES = frozenset(WORDS["trades"])
_ONE_NAME = {"same", "abbreviation"}
_PAIR = 2


class Link(NamedTuple):
    """Two rows that share something, the first being the lower one.

    Attributes:
        value: What they share.
        backed: What else they share, where their names differ; empty: nothing needed.
    """

    kind: LinkKind
    first: int
    second: int
    value: str
    backed: str = ""


class Held(NamedTuple):
    """Rows that share something and are still kept apart.

    Attributes:
        kind: `many`: too many share it; `ambiguous`: it would fit several operators; `names`: the
            names say two companies; `uscc`: two codes; `apart`: somebody refused it.
        link: By what they would have been one.
        rows: A few of them.
        value: What they share.
        sharers: How many names or rows share it.
    """

    kind: HeldKind
    link: LinkKind
    rows: tuple[int, ...]
    value: str
    sharers: int


@dataclass(frozen=True)
class Rows:
    """Rows of operators as numbers: equal values have equal numbers, -1 is unknown.

    Attributes:
        shops: Platform and shop.
        names: By name key.
        full: Whether it is the full name of a company, with its region.
        usccs: Unified social credit code, own or of the licence it holds; ill-formed is unknown.
        contacts: Hash of the contact.
        titles: Name of each row as it stands.
        addresses: Registered and business address of each row, those that are known.
        licences: Numbers of licences of each row.
        uscc_texts: Code by its number.
        contact_texts: Contact by its number.
        key_texts: Name key by its number.
    """

    shops: Ints
    names: Ints
    full: NDArray[np.bool_]
    usccs: Ints
    contacts: Ints
    titles: list[str]
    addresses: list[tuple[str, ...]]
    licences: list[frozenset[str]]
    uscc_texts: list[str]
    contact_texts: list[str]
    key_texts: list[str]


def numbered(values: Sequence[str | None]) -> tuple[Ints, list[str]]:
    """Return a number for each text, -1 for none, and the texts by their numbers."""
    encoded: Any = pa.array(values, pa.string()).dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1)).astype(
        np.int64
    ), encoded.dictionary.to_pylist()


def well_formed_usccs(codes: Sequence[str | None]) -> list[str | None]:
    """Return the codes in capitals without blanks; those whose check digit fails as None."""
    numbers, texts = numbered(codes)
    clean: Any = pc.utf8_upper(pc.replace_substring_regex(pa.array(texts, pa.string()), r"\s", ""))
    checked: list[str | None] = [
        code if len(code) == _USCC_LENGTH and uscc_checks(code) else None
        for code in clean.to_pylist()
    ]
    checked.append(None)
    return [checked[number] for number in numbers.tolist()]


def name_numbers(names: Sequence[str]) -> tuple[Ints, list[str], NDArray[np.bool_]]:
    """Return the number of each name's key, -1 for a name that says nothing, and the keys.

    The last array tells of each name whether it is the full name of a company.
    """
    numbers, texts = numbered(names)
    read = [(name_key(text) or None, _is_full(text)) for text in texts]
    keys, key_texts = numbered([key for key, _ in read])
    full = np.array([is_full for _, is_full in read], dtype=np.bool_)
    return keys[numbers], key_texts, full[numbers]


def shop_links(rows: Rows) -> Iterator[Link]:
    """Yield links between rows of one shop under one name."""
    both, some = _together(rows.shops, rows.names)
    for first, second in _stars(both, some):
        yield Link("shop", first, second, rows.key_texts[rows.names[first]])


def uscc_links(rows: Rows) -> Iterator[Link | Held]:
    """Yield links between rows of one code.

    Where the names say two companies, something else must be shared too: a company may have
    changed its name, and a code may have been taken from another.
    """
    # Names that say nothing are one more name, which is like no other.
    names = np.where(rows.names < 0, len(rows.key_texts), rows.names)
    both, some = _together(rows.usccs, names)
    for first, second in _stars(both, some):
        yield Link("uscc", first, second, rows.uscc_texts[rows.usccs[first]])
    for code, groups in _of_several_names(rows.usccs, names):
        value = rows.uscc_texts[code]
        for ours, theirs in combinations(groups, _PAIR):
            first, second = sorted((ours[0], theirs[0]))
            verdict = compare_names(rows.titles[first], rows.titles[second]).verdict
            if verdict in {*_ONE_NAME, "branch"}:
                yield Link("uscc", first, second, value)
            elif found := _backing(rows, ours, theirs):
                yield Link("uscc", *found[:2], value, found[2])
            else:
                yield Held("names", "uscc", (first, second), value, len(groups))


def _backing(rows: Rows, ours: list[int], theirs: list[int]) -> tuple[int, int, str] | None:
    """Return two rows that share more than a code, and what."""
    for first in ours[:MOST_NAMES]:
        for second in theirs[:MOST_NAMES]:
            pair = min(first, second), max(first, second)
            if rows.contacts[first] >= 0 and rows.contacts[first] == rows.contacts[second]:
                return *pair, "联系方式相同"
            if rows.licences[first] & rows.licences[second]:
                return *pair, "许可证编号相同"
            if any(
                compare_addresses(a, b).verdict == "same"
                for a in rows.addresses[first]
                for b in rows.addresses[second]
            ):
                return *pair, "地址相同"
    return None


def licence_links(rows: Rows) -> Iterator[Link | Held]:
    """Yield links between rows that show one licence under one name, or a short form of it."""
    owners, shown = [], []
    for row, numbers in enumerate(rows.licences):
        owners += [row] * len(numbers)
        shown += sorted(numbers)
    values, texts = numbered(shown)
    yield from _links_of_value(rows, "licence", np.array(owners, dtype=np.int64), values, texts)


def contact_links(rows: Rows) -> Iterator[Link | Held]:
    """Yield links between rows of one contact under one name, or a short form of it."""
    everyone = np.arange(len(rows.names))
    yield from _links_of_value(rows, "contact", everyone, rows.contacts, rows.contact_texts)


def address_links(rows: Rows) -> Iterator[Link | Held]:
    """Yield links between rows at one address under one name."""
    owners = [row for row, known in enumerate(rows.addresses) for _ in known]
    written = [address for known in rows.addresses for address in known]
    numbers, texts = numbered(written)
    keys, key_texts = numbered([address_key(text) or None for text in texts])
    of_row, places = np.array(owners, dtype=np.int64), keys[numbers]
    crowded, held = _crowded(rows, "address", of_row, places, key_texts)
    yield from held
    yield from _at_one_address(rows, of_row, np.where(crowded[places], -1, places), numbers, texts)


def _at_one_address(
    rows: Rows, owners: Ints, places: Ints, written: Ints, texts: list[str]
) -> Iterator[Link | Held]:
    """Yield links between rows of one name whose addresses are the same when compared in full."""
    both, some = _together(places, rows.names[owners])
    for group in _groups(both, some):
        heads: list[int] = []
        for entry in group.tolist():
            address = texts[written[entry]]
            one = [
                head
                for head in heads
                if written[head] == written[entry]
                or compare_addresses(texts[written[head]], address).verdict == "same"
            ]
            if one and owners[one[0]] != owners[entry]:
                first, second = sorted((int(owners[one[0]]), int(owners[entry])))
                if _one_code(rows, first, second):
                    yield Link("address", first, second, address)
            if not one:
                heads.append(entry)


def _one_code(rows: Rows, first: int, second: int) -> bool:
    """Tell whether no two codes say otherwise."""
    ours, theirs = rows.usccs[first], rows.usccs[second]
    return bool(ours < 0 or theirs < 0 or ours == theirs)


def name_links(rows: Rows) -> Iterator[Link | Held]:
    """Yield links between companies of one full name: it is unique in its region.

    Only of companies of limited liability, with the region in their name.
    """
    names = np.where(rows.full, rows.names, -1)
    unclear = _ambiguous(rows, names)
    for name in np.flatnonzero(unclear):
        members = np.flatnonzero(names == name)
        some = tuple(members[:_PAIR].tolist())
        if (rows.usccs[members] < 0).any():
            yield Held("ambiguous", "name", some, rows.key_texts[name], len(members))
    names = np.where(unclear[names] & (names >= 0), -1, names)
    for first, second in _stars(names, names >= 0):
        yield Link("name", first, second, rows.key_texts[names[first]])


def _is_full(name: str) -> bool:
    """Tell whether it is a company's name with region; 朝阳食品 may have 朝阳 for its own name."""
    parts = name_parts(name)
    named = bool(parts.place.finest) and parts.brand not in _TRADES
    return named and parts.form in _COMPANY_FORMS and not parts.branch


def _links_of_value(
    rows: Rows, kind: LinkKind, owners: Ints, values: Ints, texts: list[str]
) -> Iterator[Link | Held]:
    """Yield links between rows that share a value under one name, or a short form of it.

    Args:
        rows: All rows.
        kind: Of the links.
        owners: Which row has each value; a row may have several.
        values: The value of each entry; -1 is none.
        texts: Value by its number.
    """
    crowded, held = _crowded(rows, kind, owners, values, texts)
    yield from held
    values = np.where(crowded[values], -1, values)
    names = rows.names[owners]
    both, some = _together(values, names)
    unclear = _ambiguous(rows, both, owners)
    for first, second in _stars(np.where(unclear[both] & some, -1, both), some & ~unclear[both]):
        ours, theirs = sorted((int(owners[first]), int(owners[second])))
        yield Link(kind, ours, theirs, texts[values[first]])
    for value, groups in _of_several_names(values, names):
        own = [[int(owners[entry]) for entry in group] for group in groups]
        yield from _short_forms(rows, kind, own, texts[value])


def _short_forms(
    rows: Rows, kind: LinkKind, groups: list[list[int]], value: str
) -> Iterator[Link | Held]:
    """Yield links between names of which one is short for the other, unless it fits several."""
    partners: dict[int, set[int]] = defaultdict(set)
    for ours, theirs in combinations(range(len(groups)), _PAIR):
        if _verdict(rows, groups, ours, theirs) in _ONE_NAME:
            partners[ours].add(theirs)
            partners[theirs].add(ours)
    for ours, others in sorted(partners.items()):
        fits_one = all(
            _verdict(rows, groups, *pair) in _ONE_NAME for pair in combinations(others, _PAIR)
        )
        for theirs in sorted(other for other in others if other > ours):
            first, second = sorted((groups[ours][0], groups[theirs][0]))
            others_fit = _fits_one(rows, groups, partners[theirs])
            if fits_one and others_fit:
                yield Link(kind, first, second, value)
            else:
                yield Held("ambiguous", kind, (first, second), value, len(groups))


def _fits_one(rows: Rows, groups: list[list[int]], others: set[int]) -> bool:
    return all(_verdict(rows, groups, *pair) in _ONE_NAME for pair in combinations(others, _PAIR))


def _verdict(rows: Rows, groups: list[list[int]], ours: int, theirs: int) -> str:
    a, b = rows.titles[groups[ours][0]], rows.titles[groups[theirs][0]]
    return compare_names(a, b).verdict


def _crowded(
    rows: Rows, kind: LinkKind, owners: Ints, values: Ints, texts: list[str]
) -> tuple[NDArray[np.bool_], list[Held]]:
    """Return which values too many names share (with a last entry for none), and tell them."""
    some = values >= 0
    pairs = np.unique(values[some] * (len(rows.key_texts) + 1) + rows.names[owners][some] + 1)
    counts = np.bincount(pairs // (len(rows.key_texts) + 1), minlength=len(texts) + 1)
    crowded = counts > MOST_NAMES
    held = []
    if crowded.any():
        order = np.argsort(values, kind="stable")
        begins = np.searchsorted(values[order], np.flatnonzero(crowded))
        for value, begin in zip(np.flatnonzero(crowded), begins, strict=True):
            few = tuple(owners[order[begin : begin + MOST_NAMES]].tolist())
            held.append(Held("many", kind, few, texts[value], int(counts[value])))
    return crowded, held


def _together(ours: Ints, theirs: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return a number for each pair of two numbers, -1 where one is unknown, and where not."""
    some = (ours >= 0) & (theirs >= 0)
    pairs = ours * (int(theirs.max(initial=0)) + 1) + theirs
    found = np.full(len(ours), -1, dtype=np.int64)
    _, found[some] = np.unique(pairs[some], return_inverse=True)
    return found, some


def _ambiguous(rows: Rows, groups: Ints, owners: Ints | None = None) -> NDArray[np.bool_]:
    """Return for each group whether it holds two codes; a last entry stands for no group."""
    codes = rows.usccs if owners is None else rows.usccs[owners]
    some = (groups >= 0) & (codes >= 0)
    width = len(rows.uscc_texts) + 1
    pairs = np.unique(groups[some] * width + codes[some])
    counts = np.bincount(pairs // width, minlength=int(groups.max(initial=-1)) + 2)
    return np.asarray(counts > 1)


def _groups(numbers: Ints, some: NDArray[np.bool_]) -> Iterator[Ints]:
    """Yield the entries of each group of two and more, in order."""
    entries = np.flatnonzero(some)
    order = entries[np.argsort(numbers[entries], kind="stable")]
    cuts = np.flatnonzero(np.diff(numbers[order])) + 1
    bounds = np.concatenate([[0], cuts, [len(order)]])
    for index in np.flatnonzero(np.diff(bounds) > 1):
        yield order[bounds[index] : bounds[index + 1]]


def _stars(numbers: Ints, some: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield for each group its first entry with each of the others."""
    entries = np.flatnonzero(some)
    order = entries[np.argsort(numbers[entries], kind="stable")]
    if not len(order):
        return
    begins = np.concatenate([[True], np.diff(numbers[order]) != 0])
    heads = order[np.flatnonzero(begins)[np.cumsum(begins) - 1]]
    yield from zip(heads[~begins].tolist(), order[~begins].tolist(), strict=True)


def _of_several_names(values: Ints, names: Ints) -> Iterator[tuple[int, list[list[int]]]]:
    """Yield each value that several names share, with the entries of each name."""
    some = (values >= 0) & (names >= 0)
    entries = np.flatnonzero(some)
    order = entries[np.lexsort((names[entries], values[entries]))]
    of_value = values[order]
    changes = (np.diff(of_value) == 0) & (np.diff(names[order]) != 0)
    several = np.unique(of_value[1:][changes])
    begins = np.searchsorted(of_value, several, "left")
    ends = np.searchsorted(of_value, several, "right")
    for value, begin, end in zip(several.tolist(), begins, ends, strict=True):
        here = order[begin:end]
        cuts = np.flatnonzero(np.diff(names[here])) + 1
        yield value, [part.tolist() for part in np.split(here, cuts)]
