"""Homophone, pinyin and mixed: a term written as it sounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.text.arrays import Ints, Pattern, Patterns
from hengjian.text.folds import BLOCK, LETTER, SPOKEN
from hengjian.text.layers.base import Found, Gates, Terms, among_chinese, by_length, found, repeated
from hengjian.text.page import Page
from hengjian.text.sounds import cut_into_syllables, sound_table, sounds_of_term

# So far from letters a term that is partly spelt may reach.
_REACH = 24


def _patterns(terms: Terms, everywhere: bool) -> Patterns:
    sounds = ((sounds_of_term(term), number) for term, number in terms.chinese)
    return Patterns(
        Pattern(heard, number, tuple(range(len(heard) - 1)) if everywhere else (0,))
        for heard, number in sounds
        if heard is not None
    )


class Homophone:
    """Finds other characters that sound like a term; one may be read the second way."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        self._patterns = _patterns(terms, everywhere=False)
        self._terms = terms
        self._gates = gates.homophone

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms."""
        heard, other = sound_table(0)[page.codes], sound_table(1)[page.codes]
        terms, starts, lengths = self._patterns.find(heard, other=other)
        other_characters = self._terms.codes.differences(page.codes, terms, starts) > 0
        gates = by_length(self._gates, lengths)
        heard_ones = found("homophone", terms, starts, starts + lengths, gates)
        yield heard_ones.where(other_characters & ~repeated(page.codes, starts, lengths))


class Spelt:
    """Finds terms of which some characters (mixed) or all (pinyin) are written in letters."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        self._patterns = _patterns(terms, everywhere=True)
        self._terms = terms
        self._most = gates.inserted

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms; no sentence ends inside of one."""
        if not len(page.letters[0]):
            return
        sounds, starts, ends = _units(page)
        spelt = page.kinds[starts] & LETTER > 0
        letters = np.flatnonzero(spelt)
        near = np.union1d(letters, letters - 1)
        owners, first, lengths = self._patterns.find(sounds, at=near)
        last = first + lengths - 1
        count = np.cumsum(spelt)
        in_letters = count[last] - count[first] + spelt[first]
        unbroken = page.broken(starts[first], ends[last]) == 0
        unbroken &= ~repeated(sounds, first, lengths)
        spelt_ones = found("mixed", owners, starts[first], ends[last])
        yield spelt_ones.where(unbroken & (in_letters < lengths) & (in_letters > 0))
        pinyin = spelt_ones.where(unbroken & (in_letters == lengths))._replace(layer="pinyin")
        yield pinyin.where(among_chinese(page, pinyin))


def _units(page: Page) -> tuple[Ints, Ints, Ints]:
    """Return what is near letters by its sounds: each one, where it begins, where it ends.

    Signs and spaces are dropped; what is no sound stays as one, so that nothing matches across it.
    """
    begins, stops = page.letters
    near = np.zeros(len(page.codes) + 1, dtype=np.int8)
    np.add.at(near, begins - _REACH, 1)
    np.add.at(near, stops + _REACH, -1)
    places = np.flatnonzero(np.cumsum(near, dtype=np.int8))
    kinds = page.kinds[places]
    sounds = sound_table(0)[page.codes[places]]
    ends = places + 1
    kept = (kinds & (SPOKEN | BLOCK) > 0) & (kinds & LETTER == 0)
    edges = np.flatnonzero(np.diff(places) > 1)
    kept[edges], sounds[edges] = True, 0
    pieces, first, last = cut_into_syllables(page.codes, begins, stops)
    at = np.searchsorted(places, first)
    sounds[at], ends[at], kept[at] = pieces, last, True
    return sounds[kept], places[kept], ends[kept]
