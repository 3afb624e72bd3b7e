"""Who makes and who supplies what shops sell: parties of supply records, with all their names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hengjian.identity.names import compare_names, name_key, name_parts
from hengjian.identity.numbers import gtin_checks
from hengjian.identity.operator_links import Ints, numbered, well_formed_usccs

Basis = Literal["uscc", "name", "gtin"]

SUPPLY = [
    *("platform", "shop_id", "item_id", "supplier", "supplier_uscc", "producer", "producer_uscc"),
    *("gtin", "batch", "supplied_at"),
]
BASES: tuple[Basis, ...] = ("uscc", "name", "gtin")
_GTIN_LENGTHS = {8, 12, 13, 14}
# Where in the code the office stands that registered its holder (GB 32100).
_OFFICE = slice(2, 8)


class Party(NamedTuple):
    """A producer, supplier or shop.

    Attributes:
        key: Its code, or the key of its name where no code is known.
        name: The name written most often; that of a shop is its operator's, or empty.
        uscc: None: unknown, or ill-formed.
        names: All that it is called.
        region: Code or name of its region; empty: unknown.
    """

    key: str
    name: str
    uscc: str | None
    names: tuple[str, ...]
    region: str


@dataclass(frozen=True)
class Parties:
    """The party of each row; -1 where it is not named.

    Attributes:
        number: By row.
        of: By number.
    """

    number: Ints
    of: list[Party]


@dataclass(frozen=True)
class Chains:
    """Who made and who supplied the goods of each supply record.

    Attributes:
        producers: The makers.
        suppliers: Those who supplied the shops.
        basis: Place in BASES of what the maker is known by; -1: unknown.
    """

    producers: Parties
    suppliers: Parties
    basis: NDArray[np.int8]


def read_chains(supply: pa.Table) -> Chains:
    """Return the parties of supply records.

    A record without maker takes that of its bar code, where all others with the code name one.

    Args:
        supply: Records with SUPPLY; null is unknown.
    """
    producers = parties_of(_texts(supply, "producer"), _texts(supply, "producer_uscc"))
    suppliers = parties_of(_texts(supply, "supplier"), _texts(supply, "supplier_uscc"))
    number = producers.number.copy()
    coded = np.array(
        [code is not None for code in well_formed_usccs(_texts(supply, "producer_uscc"))]
    )
    basis = np.where(number < 0, -1, np.where(coded, 0, 1)).astype(np.int8)
    gtins = gtin_numbers(_texts(supply, "gtin"))
    maker = _one_maker(gtins, number)
    by_code = (number < 0) & (gtins >= 0) & (maker[gtins] >= 0)
    number[by_code] = maker[gtins[by_code]]
    basis[by_code] = 2
    return Chains(Parties(number, producers.of), suppliers, basis)


def gtin_numbers(codes: Sequence[str | None]) -> Ints:
    """Return equal numbers for equal bar codes, -1 for none or one whose check digit fails.

    Leading noughts that lengthen a code are no part of it.
    """
    numbers, texts = numbered(codes)
    plain = [text.lstrip("0") if is_gtin(text) else None for text in texts]
    return np.append(numbered(plain)[0], -1)[numbers]


def is_gtin(code: str) -> bool:
    """Tell whether a bar code has a length and check digit that there are."""
    return code.isascii() and code.isdigit() and len(code) in _GTIN_LENGTHS and gtin_checks(code)


def _one_maker(gtins: Ints, makers: Ints) -> Ints:
    """Return for each bar code its maker, -1 where none or several are named; a last -1."""
    some = (gtins >= 0) & (makers >= 0)
    found = np.full(int(gtins.max(initial=-1)) + 2, -1, dtype=np.int64)
    if some.any():
        width = int(makers.max()) + 1
        pairs = np.unique(gtins[some] * width + makers[some])
        codes, counts = np.unique(pairs // width, return_counts=True)
        alone = np.isin(pairs // width, codes[counts == 1])
        found[pairs[alone] // width] = pairs[alone] % width
    return found


def parties_of(names: Sequence[str | None], usccs: Sequence[str | None]) -> Parties:
    """Return who is meant by names and codes.

    Rows of one code are one party. A name without code is the party whose code that name bears,
    where it bears one; names are one where they are the same but for how they are written.
    """
    codes, code_texts = numbered(well_formed_usccs(usccs))
    written, texts = numbered(names)
    keys, key_texts = numbered([name_key(text) or None for text in texts])
    key = np.append(keys, -1)[written]
    owner = _one_maker(key, codes)
    code = np.where((codes < 0) & (key >= 0), owner[key], codes)
    identity = np.where(code >= 0, code, np.where(key >= 0, len(code_texts) + key, -1))
    known = identity >= 0
    found, number = np.unique(identity[known], return_inverse=True)
    numbers = np.full(len(identity), -1, dtype=np.int64)
    numbers[known] = number
    called = _called(numbers, written, texts, len(found))
    of = [
        _party(
            code_texts[its] if its < len(code_texts) else None,
            key_texts[its - len(code_texts)] if its >= len(code_texts) else "",
            called[place],
        )
        for place, its in enumerate(found.tolist())
    ]
    return Parties(numbers, of)


def _called(numbers: Ints, written: Ints, texts: list[str], count: int) -> list[Counter[str]]:
    """Return how often each party is called what."""
    called: list[Counter[str]] = [Counter() for _ in range(count)]
    some = (numbers >= 0) & (written >= 0)
    width = len(texts) + 1
    pairs, times = np.unique(numbers[some] * width + written[some], return_counts=True)
    for pair, often in zip(pairs.tolist(), times.tolist(), strict=True):
        called[pair // width][texts[pair % width].strip()] += often
    return called


def _party(uscc: str | None, key: str, called: Counter[str]) -> Party:
    names = tuple(sorted(called, key=lambda name: (-called[name], name)))
    name = names[0] if names else ""
    return Party(uscc or key, name, uscc, names, region_of(uscc, name))


def region_of(uscc: str | None, name: str) -> str:
    """Return the region where a party is registered: a code by its own code, or by its name."""
    if uscc is not None:
        return uscc[_OFFICE]
    return name_parts(name).place.finest if name else ""


def other_names(party: Party) -> tuple[str, ...]:
    """Return the names of a party that say another company than its first name."""
    return tuple(
        name
        for name in party.names[1:]
        if compare_names(party.name, name).verdict in {"near", "different"}
    )


def alike_parties(parties: Parties, party: Party) -> dict[str, list[Party]]:
    """Return other parties whose names are near a party's, or short for it, by the verdict."""
    found: dict[str, list[Party]] = defaultdict(list)
    for other in parties.of:
        if other.key != party.key and party.name and other.name:
            verdict = compare_names(party.name, other.name).verdict
            if verdict in {"near", "abbreviation", "branch"}:
                found[verdict].append(other)
    return found


def _texts(table: pa.Table, name: str) -> list[str | None]:
    found: list[Any] = table.column(name).to_pylist()
    return found
