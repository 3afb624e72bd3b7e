"""Look-alike: other characters that share a part with those of a term, or sound the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hengjian.compiled import compiled
from hengjian.text.arrays import (
    Bools,
    Counts,
    Floats,
    Ints,
    Keys,
    PairTable,
    counted_up,
    grown,
    pair_key,
    pair_keys,
    pair_table,
)
from hengjian.text.folds import HAN
from hengjian.text.layers.base import SHORT, Found, Gates, Terms, by_length, found, repeated
from hengjian.text.page import Page
from hengjian.text.shapes import are_alike, look_tables, looks
from hengjian.text.words import rarity_table

# A character that is rarer than this may be a disguise; one that is less rare tells nothing.
_RARE, _ORDINARY = 4.6, 3.3
_LONG = 5
# A prime, so that looks of different kinds seldom have the same last digits.
_MARKS = 65_521

# A table of pairs of looks; for each the number of the term, and where in the term it is.
_Lookup = tuple[PairTable, Ints, Ints]
# The terms' characters, where each begins, how long it is, how rare its look-alikes must be.
_Compared = tuple[Ints, Ints, Ints, Floats]
# By what the characters of a page are like others, and those of the terms.
_Looks = tuple[Counts, Counts]


class _Group(NamedTuple):
    """Terms of one length; the last group has all longer ones too.

    Attributes:
        longest: How long the longest is.
        gate: How rare their look-alikes must be together.
        lookup: The pairs of looks that are in them.
        known: Which looks go first in a pair, and which second, by their last digits.
    """

    longest: int
    gate: float
    lookup: _Lookup
    known: Bools


class Lookalike:
    """Finds other characters that look like a term; some of them must be rare."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        spellings = terms.codes
        self._looks = looks(spellings.codes, meant=True)
        gate = by_length(gates.lookalike, np.maximum(spellings.lengths, SHORT))
        self._compared = spellings.codes, spellings.offsets, spellings.lengths, gate
        numbers = np.array([number for _, number in terms.chinese], dtype=np.intp)
        lengths = np.minimum(spellings.lengths[numbers], _LONG)
        self._groups = [self._group(numbers[lengths == n]) for n in np.unique(lengths)]
        self._gates = gates

    def _group(self, numbers: Ints) -> _Group:
        _, offsets, lengths, gates = self._compared
        counts = lengths[numbers] - 1
        owners, steps = np.repeat(numbers, counts), counted_up(counts)
        places = offsets[owners] + steps
        first, second = self._looks[places], self._looks[places + 1]
        which, keys = _crossed(first, second)
        table = pair_table(keys)
        lookup = table, owners[which][table.numbers], steps[which][table.numbers]
        known = np.zeros((SHORT, _MARKS), dtype=np.bool_)
        known[0, first % _MARKS] = known[1, second % _MARKS] = True
        known[:, 0] = False
        return _Group(int(lengths[numbers].max()), float(gates[numbers[0]]), lookup, known)

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms."""
        rarity = rarity_table()[page.codes]
        rarity[page.kinds & HAN == 0] = 0
        rare = rarity >= _RARE
        surprise = np.maximum(rarity - _ORDINARY, 0)
        begins = np.flatnonzero(rare[:-1] | rare[1:])
        for group in self._groups:
            enough = _are_enough(surprise, begins, group.longest, group.gate)
            yield self._found(page, surprise, begins[enough], group)

    def _found(self, page: Page, surprise: Floats, begins: Ints, group: _Group) -> Found:
        text = page.codes, surprise
        pairs = looks(page.codes[begins]), looks(page.codes[begins + 1])
        searched = text, begins, pairs, group.lookup, group.known
        compared = self._compared, (look_tables()[0], self._looks)
        terms, starts = grown(lambda out: _search(*searched, *compared, out), rows=2)
        lengths = self._compared[2][terms]
        hits = found("lookalike", terms, starts, starts + lengths, self._gates.lookalike_words)
        return hits.where(~repeated(page.codes, starts, lengths))


def _crossed(first: Counts, second: Counts) -> tuple[Ints, Keys]:
    """Return the keys of all pairs of a number of one row and one of the other's."""
    one, two = np.broadcast_arrays(first[:, :, None], second[:, None, :])
    which, column, other = np.nonzero((one > 0) & (two > 0))
    one, two = first[which, column].astype(np.intp), second[which, other].astype(np.intp)
    return which, pair_keys(one, two)


@compiled
def _are_enough(surprise: Floats, begins: Ints, length: int, gate: float) -> Bools:
    """Tell for each pair whether as many characters around it are rare enough together."""
    enough = np.zeros(len(begins), dtype=np.bool_)
    for number in range(len(begins)):
        first = max(begins[number] + SHORT - length, 0)
        for start in range(first, min(begins[number], len(surprise) - length) + 1):
            total = np.float32(0)
            for step in range(length):
                total += surprise[start + step]
            if total >= gate:
                enough[number] = True
                break
    return enough


@compiled
def _search(
    text: tuple[Ints, Floats],
    begins: Ints,
    observed: _Looks,
    lookup: _Lookup,
    known: Bools,
    compared: _Compared,
    looks_of: _Looks,
    out: Ints,
) -> int:
    """Look up each pair of looks, and compare the terms that have it."""
    table, owners, steps = lookup
    count = 0
    for number in range(len(begins)):
        for one in observed[0][number]:
            if not known[0, one % _MARKS]:
                continue
            for two in observed[1][number]:
                if not known[1, two % _MARKS]:
                    continue
                key = pair_key(one, two)
                slot = key >> table.shift
                if not table.used[slot]:
                    continue
                for entry in range(table.begins[slot], table.begins[slot + 1]):
                    term, start = owners[entry], begins[number] - steps[entry]
                    if table.keys[entry] == key and _stands(text, start, term, compared, looks_of):
                        if count < out.shape[1]:
                            out[0, count], out[1, count] = term, start
                        count += 1
    return count


@compiled
def _stands(
    text: tuple[Ints, Floats], start: int, term: int, compared: _Compared, looks_of: _Looks
) -> bool:
    """Tell whether something that looks like a term stands at a place, and is rare enough."""
    codes, surprise = text
    wanted, offsets, lengths, least = compared
    if start < 0 or start + lengths[term] > len(codes):
        return False
    seen, meant = looks_of
    rare = np.float32(0)
    for step in range(lengths[term]):
        if codes[start + step] != wanted[offsets[term] + step]:
            rare += surprise[start + step]
    if rare < least[term] or rare == 0:
        return False
    for step in range(lengths[term]):
        place = offsets[term] + step
        if codes[start + step] != wanted[place] and not are_alike(
            seen[min(codes[start + step], len(seen) - 1)], meant[place]
        ):
            return False
    return True
