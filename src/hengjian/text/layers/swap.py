"""Swap: the characters of a term in another order, or around one that is not the term's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations

import numpy as np

from hengjian.compiled import compiled
from hengjian.text.arrays import (
    CODES,
    SEPARATOR,
    Ints,
    Keys,
    PairTable,
    codes_of,
    grown,
    is_used,
    pair_key,
    pair_keys,
    pair_table,
)
from hengjian.text.layers.base import SHORT, Found, Gates, Terms, by_length, found
from hengjian.text.page import Page

_Lookup = tuple[PairTable, Ints, Ints, Keys]
_Compared = tuple[Ints, Ints, Ints, Keys]

_SEED = 20240513
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Swap:
    """Finds the characters of a term in any order.

    Each character has a random number; the sum of some is the same in any order, and by chance
    never the same as that of others.
    """

    def __init__(self, terms: Terms, gates: Gates) -> None:
        self._terms = terms
        self._gates = gates
        random = np.random.default_rng(_SEED)
        self._random: Keys = random.integers(0, 1 << 64, CODES, dtype=np.uint64)
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(self._random[terms.codes.codes])])
        self._sums = sums[terms.codes.offsets + terms.codes.lengths] - sums[terms.codes.offsets]
        spellings = terms.codes.codes, terms.codes.offsets, terms.codes.lengths
        self._compared = (*spellings, self._sums)
        self._marks = _marks(*spellings)
        self._adjacent = self._table(terms.chinese)
        self._around = self._table([pair for pair in terms.chinese if len(pair[0]) == SHORT])

    def _table(self, terms: Iterable[tuple[str, int]]) -> _Lookup:
        ordered = sorted({(a, b, n) for term, n in terms for a, b in permutations(term, 2)})
        first = codes_of("".join(a for a, _, _ in ordered))
        second = codes_of("".join(b for _, b, _ in ordered))
        table = pair_table(pair_keys(first, second))
        owners = np.array([number for _, _, number in ordered], dtype=np.intp)[table.numbers]
        return table, owners, self._terms.codes.lengths[owners], self._marks[owners]

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms."""
        spellings = self._terms.codes
        terms, starts, more = grown(
            lambda out: _search(
                page.codes, self._random, self._adjacent, self._around, self._compared, out
            ),
            rows=3,
        )
        lengths = spellings.lengths[terms]
        gates = np.where(more > 0, by_length(self._gates.parted, lengths), self._gates.swap)
        yield found("swap", terms, starts, starts + lengths + more, gates)


@compiled
def _search(
    codes: Ints,
    random: Keys,
    adjacent: _Lookup,
    around: _Lookup,
    compared: _Compared,
    out: Ints,
) -> int:
    """Look up the pairs of codes that are in a term, and compare the sums around them.

    Around another character, two of a longer term's stand side by side at its beginning or end.
    """
    table, owners, lengths, marks = adjacent
    parted, parted_owners, _, _ = around
    count = 0
    for place in range(len(codes) - 2):
        key = pair_key(codes[place], codes[place + 1])
        slot = key >> table.shift
        if is_used(table, slot):
            for entry in range(table.begins[slot], table.begins[slot + 1]):
                if table.keys[entry] != key:
                    continue
                term, length, mark = owners[entry], lengths[entry], marks[entry]
                if _foreign(codes, place, length, mark, 0) and _is_swapped(
                    codes, random, place, term, compared
                ):
                    count = _told(out, count, term, place, 0)
                if length == SHORT:
                    continue
                for start in (place, place + 1 - length):
                    if _foreign(codes, start, length + 1, mark, 1) and _is_around(
                        codes, random, start, term, compared
                    ):
                        count = _told(out, count, term, start, 1)
        key = pair_key(codes[place], codes[place + 2])
        slot = key >> parted.shift
        if is_used(parted, slot) and codes[place + 1] != SEPARATOR:
            for entry in range(parted.begins[slot], parted.begins[slot + 1]):
                if parted.keys[entry] == key:
                    count = _told(out, count, parted_owners[entry], place, 1)
    return count


@compiled
def _foreign(codes: Ints, start: int, length: int, mark: np.uint64, most: int) -> bool:
    """Tell whether so many characters at most may be other than a term's."""
    if start < 0 or start + length > len(codes):
        return False
    for step in range(length):
        if codes[start + step] == SEPARATOR:
            return False
        if mark & _mark(codes[start + step]) == 0:
            most -= 1
            if most < 0:
                return False
    return True


@compiled
def _told(out: Ints, count: int, term: int, start: int, more: int) -> int:
    if count < out.shape[1]:
        out[0, count], out[1, count], out[2, count] = term, start, more
    return count + 1


@compiled
def _is_swapped(codes: Ints, random: Keys, start: int, term: int, compared: _Compared) -> bool:
    """Tell whether a term's characters stand at a place in another order."""
    wanted, offsets, lengths, sums = compared
    total, same = np.uint64(0), True
    for step in range(lengths[term]):
        total += random[codes[start + step]]
        same &= codes[start + step] == wanted[offsets[term] + step]
    return total == sums[term] and not same


@compiled
def _is_around(codes: Ints, random: Keys, start: int, term: int, compared: _Compared) -> bool:
    """Tell whether a term's characters stand in any order around one that is not the term's."""
    _, _, lengths, sums = compared
    total = np.uint64(0)
    for step in range(lengths[term] + 1):
        total += random[codes[start + step]]
    other, found = total - sums[term], False
    for step in range(1, lengths[term]):
        found |= random[codes[start + step]] == other
    return found


@compiled
def _mark(code: int) -> np.uint64:
    """Return one bit of 64; a term that lacks it lacks the character."""
    return np.uint64(1) << (np.uint64(code) * _SPREAD >> np.uint64(58))


@compiled
def _marks(codes: Ints, offsets: Ints, lengths: Ints) -> Keys:
    marks = np.zeros(len(offsets), dtype=np.uint64)
    for term in range(len(offsets)):
        for step in range(lengths[term]):
            marks[term] |= _mark(codes[offsets[term] + step])
    return marks
