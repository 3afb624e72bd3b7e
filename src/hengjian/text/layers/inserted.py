"""Inserted: signs, spaces, emoji between the characters of a term."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.text.arrays import Pattern, Patterns
from hengjian.text.folds import BLOCK, DIGIT, HAN, LETTER
from hengjian.text.layers.base import Found, Gates, Terms, found
from hengjian.text.page import Page


class Inserted:
    """Finds terms in what is left of a page without signs."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        self._patterns = Patterns(
            Pattern(term, number, tuple(range(len(term) - 1))) for term, number in terms.chinese
        )
        self._gates = gates

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms; signs that nobody sees are no matter of doubt."""
        places = np.flatnonzero(page.kinds & (HAN | LETTER | DIGIT | BLOCK))
        gaps = np.flatnonzero(np.diff(places) > 1)
        owners, first, lengths = self._patterns.find(page.codes[places], at=gaps)
        starts, ends = places[first], places[first + lengths - 1] + 1
        signs = np.zeros(len(owners), dtype=np.intp)
        for step in range(1, self._patterns.longest):
            inside = np.flatnonzero(lengths > step)
            before, behind = places[first[inside] + step - 1], places[first[inside] + step]
            seen = behind - before - 1 - page.hidden(before, behind)
            signs[inside] = np.maximum(signs[inside], seen)
        gates = np.where(signs > 0, self._gates.inserted_words, 0)
        yield found("inserted", owners, starts, ends, gates).where(signs <= self._gates.inserted)
