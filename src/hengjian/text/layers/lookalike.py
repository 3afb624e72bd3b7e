"""Look-alike: other characters that share a part with those of a term, or sound the same.

A part that few characters have is enough alone; any other where both begin with the same letter.
"""

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
    is_used,
    pair_key,
    pair_keys,
    pair_table,
)
from hengjian.text.folds import HAN
from hengjian.text.layers.base import SHORT, Found, Gates, Terms, by_length, found, repeated
from hengjian.text.page import Page
from hengjian.text.shapes import BY_SHAPE, UNLIKE, likeness, look_table, looks, signs
from hengjian.text.words import rarity_table

# A character that is rarer than this may be a disguise; one that is less rare tells nothing.
_RARE, _ORDINARY = 4.6, 3.3
_LONG = 5
_MARK_BITS = 16
_MARKS = 1 << _MARK_BITS
_SPREAD, _LOW, _LOW_BITS = np.int64(0x9E3779B1), 0xFFFFFFFF, 32

# A table of pairs of looks; for each the number of the term, where in the term it is, how far from
# there one more of its characters is, and the bits by which that one is like others.
_Lookup = tuple[PairTable, Counts, Counts, Counts, Keys]
# The terms' characters, where each begins, how long it is, how rare its look-alikes must be, and
# how rare those of any term where one is alike by shape alone.
_Compared = tuple[Ints, Ints, Ints, Floats, float]
# By what any character is like others, and those of the terms.
_Looks = tuple[Counts, Counts]


class _Group(NamedTuple):
    """Terms of one length; the last group has all longer ones too.

    Attributes:
        longest: How long the longest is.
        gate: How rare their look-alikes must be together.
        lookup: The pairs of looks that are in them.
        known: Which looks go first in a pair, and which second, by their marks.
    """

    longest: int
    gate: float
    lookup: _Lookup
    known: Bools


class Lookalike:
    """Finds other characters that look like a term; some of them must be rare."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        spellings = terms.codes
        self._looks = looks(spellings.codes)
        self._signs = signs(spellings.codes)
        gate = by_length(gates.lookalike, np.maximum(spellings.lengths, SHORT))
        self._compared = spellings.codes, spellings.offsets, spellings.lengths, gate, gates.by_shape
        numbers = np.array([number for _, number in terms.partly_chinese], dtype=np.intp)
        lengths = np.minimum(spellings.lengths[numbers], _LONG)
        self._groups = [self._group(numbers[lengths == n]) for n in np.unique(lengths)]
        self._gates = gates

    def _group(self, numbers: Ints) -> _Group:
        _, offsets, lengths, gates, _ = self._compared
        counts = lengths[numbers] - 1
        owners, steps = np.repeat(numbers, counts), counted_up(counts)
        places = offsets[owners] + steps
        first, second = self._looks[places], self._looks[places + 1]
        which, keys = _crossed(first, second)
        table = pair_table(keys)
        beside = np.where(steps + SHORT < lengths[owners], SHORT, np.where(steps > 0, -1, 0))
        entries = which[table.numbers]
        of_entries = (column[entries].astype(np.int32) for column in (owners, steps, beside))
        lookup = (table, *of_entries, self._signs[places + beside][entries])
        known = np.zeros((SHORT, _MARKS), dtype=np.bool_)
        for side, seen in enumerate((first, second)):
            known[side, _marks(seen[seen > 0])] = True
        return _Group(int(lengths[numbers].max()), float(gates[numbers[0]]), lookup, known)

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms."""
        rarity = rarity_table()[page.codes]
        rarity[page.kinds & HAN == 0] = 0
        rare = rarity >= _RARE
        surprise = np.maximum(rarity - _ORDINARY, 0)
        begins = np.flatnonzero(rare[:-1] | rare[1:])
        seen_signs = signs(page.codes)
        for group in self._groups:
            enough = _are_enough(surprise, begins, group.longest, group.gate)
            yield self._found(page, (surprise, seen_signs), begins[enough], group)

    def _found(
        self, page: Page, of_page: tuple[Floats, Keys], begins: Ints, group: _Group
    ) -> Found:
        surprise, seen_signs = of_page
        text = page.codes, surprise
        searched = text, seen_signs, begins, group.lookup, group.known
        compared = self._compared, (look_table(), self._looks)
        terms, starts = grown(lambda out: _search(*searched, *compared, out), rows=2)
        lengths = self._compared[2][terms]
        hits = found("lookalike", terms, starts, starts + lengths, self._gates.lookalike_words)
        # One character twice is a noise, such as 咳咳.
        doubled = (lengths == SHORT) & (page.codes[starts] == page.codes[starts + 1])
        return hits.where(~doubled & ~repeated(page.codes, starts, lengths))


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


def _marks(seen: Counts) -> Ints:
    """Return `_mark` of many looks."""
    return (seen * _SPREAD & _LOW) >> (_LOW_BITS - _MARK_BITS)


@compiled
def _mark(look: int) -> int:
    """Return a few bits of a look that differ from look to look."""
    return int((look * _SPREAD & _LOW) >> (_LOW_BITS - _MARK_BITS))


@compiled
def _known(row: Counts, known: Bools, out: Counts) -> int:
    """Keep those looks of a character that are in a pair; return how many."""
    count = 0
    for look in row:
        if look == 0:
            break
        if known[_mark(look)]:
            out[count] = look
            count += 1
    return count


@compiled
def _search(
    text: tuple[Ints, Floats],
    seen_signs: Keys,
    begins: Ints,
    lookup: _Lookup,
    known: Bools,
    compared: _Compared,
    looks_of: _Looks,
    out: Ints,
) -> int:
    """Look up each pair of looks, and compare the terms that have it."""
    codes, seen = text[0], looks_of[0]
    table, owners, steps, beside, near = lookup
    first, second = np.empty(seen.shape[1], np.int32), np.empty(seen.shape[1], np.int32)
    count = 0
    for begin in begins:
        firsts = _known(seen[min(codes[begin], len(seen) - 1)], known[0], first)
        if firsts == 0:
            continue
        seconds = _known(seen[min(codes[begin + 1], len(seen) - 1)], known[1], second)
        for one in first[:firsts]:
            for two in second[:seconds]:
                key = pair_key(one, two)
                slot = key >> table.shift
                if not is_used(table, slot):
                    continue
                for entry in range(table.begins[slot], table.begins[slot + 1]):
                    if table.keys[entry] != key:
                        continue
                    if seen_signs[begin + beside[entry]] & near[entry] == 0:
                        continue
                    term, start = owners[entry], begin - steps[entry]
                    if _stands(text, start, term, compared, looks_of):
                        if count < out.shape[1]:
                            out[0, count], out[1, count] = term, start
                        count += 1
    return count


@compiled
def _stands(
    text: tuple[Ints, Floats],
    start: int,
    term: int,
    compared: _Compared,
    looks_of: _Looks,
) -> bool:
    """Tell whether something that looks like a term stands at a place, and is rare enough."""
    codes, surprise = text
    wanted, offsets, lengths, gates, by_shape = compared
    seen, meant = looks_of
    if start < 0 or start + lengths[term] > len(codes):
        return False
    rare = np.float32(0)
    for step in range(lengths[term]):
        if codes[start + step] != wanted[offsets[term] + step]:
            rare += surprise[start + step]
    least = gates[term]
    if rare < least or rare == 0:
        return False
    for step in range(lengths[term]):
        place = offsets[term] + step
        if codes[start + step] == wanted[place]:
            continue
        alike = likeness(seen[min(codes[start + step], len(seen) - 1)], meant[place])
        if alike == UNLIKE:
            return False
        if alike == BY_SHAPE:
            least = max(least, by_shape)
    return bool(rare >= least)
