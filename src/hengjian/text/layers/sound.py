"""Homophone, pinyin and mixed: a term written as it sounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.text.arrays import Ints, Pattern, Patterns
from hengjian.text.folds import BLOCK, LETTER, SPOKEN
from hengjian.text.layers.base import SHORT, Found, Gates, Terms, among_chinese, found, repeated
from hengjian.text.page import Page
from hengjian.text.sounds import (
    cut_into_syllables,
    ear_of_term,
    ear_table,
    sound_table,
    sounds_of_term,
)
from hengjian.text.words import likelihoods, strangeness_and_gain

# So far from letters a term that is partly spelt may reach.
_REACH = 24

# What speaks for a term that is only heard, like natural logarithms; fitted on the dev half of
# benchmarks/evasion.py and on ordinary reviews and titles: observed characters that make no words,
# each further one that is another and yet sounds right, each further character of the term, and
# what the text gains in likelihood. Of that seven times as likely is the most: common terms are no
# proof.
_STRANGE, _OTHER, _LONGER, _MOST_GAIN = 20.0, 8.0, 6.0, 2.0


class Homophone:
    """Finds other characters that sound like a term; one may be read the second way."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        heard = ((ear_of_term(term), number) for term, number in terms.partly_chinese)
        self._patterns = Patterns(Pattern(ear, number) for ear, number in heard if ear is not None)
        self._terms = terms
        self._gate = gates.homophone
        self._likely = likelihoods(terms.codes)

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms."""
        heard, other = ear_table(0)[page.codes], ear_table(1)[page.codes]
        terms, starts, lengths = self._patterns.find(heard, other=other)
        others = self._terms.codes.differences(page.codes, terms, starts)
        kept = (others > 0) & ~repeated(page.codes, starts, lengths)
        terms, starts, lengths, others = (c[kept] for c in (terms, starts, lengths, others))
        strange, gain = strangeness_and_gain(page, starts, starts + lengths, self._likely[terms])
        evidence = _STRANGE * strange + np.minimum(gain, _MOST_GAIN)
        evidence += _OTHER * (others - 1) + _LONGER * (lengths - SHORT)
        heard_ones = found("homophone", terms, starts, starts + lengths)
        yield heard_ones.where(evidence >= self._gate)


class Spelt:
    """Finds terms of which some characters (mixed) or all (pinyin) are written in letters."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        heard = ((sounds_of_term(term), number) for term, number in terms.chinese)
        self._patterns = Patterns(
            Pattern(sounds, number, tuple(range(len(sounds) - 1)))
            for sounds, number in heard
            if sounds is not None
        )
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
