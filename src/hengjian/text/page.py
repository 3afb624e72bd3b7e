"""A page: many texts as one array of characters, as a reader of them sees it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hengjian.text.arrays import SEPARATOR, Bytes, Ints, codes_of
from hengjian.text.folds import HAN, HIDDEN, LETTER, SENTENCE_END, fold_table, kind_table

# Nothing is looked for further than this from where it begins.
MARGIN = 256

_BETWEEN = "\0"
_MARKUP = re.compile(
    r"<!--[^\0]{0,2000}?-->|</?[A-Za-z!][^<>\0]{0,2000}>"
    r"|&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
)


@dataclass(frozen=True)
class Page:
    """The characters that a reader sees, folded, and where each of them is written.

    Attributes:
        codes: The characters; marks stand between two texts, and a margin of them at either end.
        starts: Where each begins in the page as it is written; None: it is seen as it is written.
        ends: Where each ends.
    """

    codes: Ints
    starts: Ints | None = None
    ends: Ints | None = None

    @cached_property
    def kinds(self) -> Bytes:
        """The bits of each character's kind."""
        return kind_table()[self.codes]

    @cached_property
    def _sentence_ends(self) -> Ints:
        return np.flatnonzero(self.kinds & SENTENCE_END)

    @cached_property
    def _chinese(self) -> Ints:
        return np.flatnonzero(self.kinds & HAN)

    @cached_property
    def _hidden(self) -> Ints:
        return np.flatnonzero(self.kinds & HIDDEN)

    @cached_property
    def letters(self) -> tuple[Ints, Ints]:
        """Where runs of letters of ASCII begin, and where they end."""
        letters = np.flatnonzero(self.kinds & LETTER)
        cuts = np.diff(letters, prepend=-MARGIN, append=len(self.codes) + MARGIN) > 1
        return letters[cuts[:-1]], letters[cuts[1:]] + 1

    def broken(self, starts: Ints, ends: Ints) -> Ints:
        """Return for each span how many sentences end in it."""
        return _within(self._sentence_ends, starts, ends)

    def chinese(self, starts: Ints, ends: Ints) -> Ints:
        """Return for each span how many Chinese characters are in it."""
        return _within(self._chinese, starts, ends)

    def hidden(self, starts: Ints, ends: Ints) -> Ints:
        """Return for each span how many signs are in it that nobody sees."""
        return _within(self._hidden, starts, ends)

    def written(self, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """Return where spans stand in the page as it is written."""
        if self.starts is None or self.ends is None:
            return starts, ends
        return self.starts[starts], self.ends[ends - 1]


@dataclass(frozen=True)
class Batch:
    """Texts that are searched together.

    Attributes:
        original: Their characters, with a mark after each text and a margin at either end.
        begins: Where each text begins.
        written: The characters folded.
        seen: What a reader sees of them: no markup, and entities as what they stand for.
    """

    original: Ints
    begins: Ints
    written: Page
    seen: Page


def batch_of(texts: Sequence[str]) -> Batch:
    """Return texts as arrays."""
    joined = _BETWEEN.join(texts)
    lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    ends = np.cumsum(lengths + 1) + MARGIN - 1
    original = np.full(len(joined) + 2 * MARGIN, SEPARATOR, dtype=np.intp)
    original[MARGIN : MARGIN + len(joined)] = codes_of(joined)
    original[ends] = SEPARATOR
    written = Page(fold_table()[original])
    return Batch(original, ends - lengths, written, _seen(joined, written))


def _seen(joined: str, written: Page) -> Page:
    if "<" not in joined and "&" not in joined:
        return written
    found = [
        (m.start() + MARGIN, m.end() + MARGIN, html.unescape(m[0]))
        for m in _MARKUP.finditer(joined)
    ]
    found = [
        (start, end, shown) for start, end, shown in found if shown[0] == "<" or len(shown) == 1
    ]
    if not found:
        return written
    codes = written.codes.copy()
    kept = np.ones(len(codes), dtype=np.bool_)
    ends = np.arange(1, len(codes) + 1, dtype=np.intp)
    for start, end, shown in found:
        if len(shown) == 1 and shown != "<":
            codes[start], ends[start] = fold_table()[ord(shown)], end
            start += 1  # noqa
        kept[start:end] = False
    starts = np.flatnonzero(kept)
    return Page(codes[starts], starts, ends[starts])


def _within(marks: Ints, starts: Ints, ends: Ints) -> Ints:
    return np.searchsorted(marks, ends) - np.searchsorted(marks, starts)
