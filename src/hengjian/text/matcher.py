"""Find many terms at once in many texts, whatever disguise they wear; offsets are the original's.

The layers, from the plainest: `literal`, `traditional`, `width` (full width, case, compatibility
forms), `html` (markup and entities, which a reader does not see), `inserted` (signs, spaces, emoji
between the characters), `split` (characters written as their parts), `pinyin`, `mixed` (characters
and pinyin), `homophone`, `swap` (the same characters in another order), `initials` (first letters
of the syllables) and `lookalike` (characters that share a part). The first four are exact;
of the others a hit is kept only where the observed characters look like a disguise: they make no
words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hengjian.text.arrays import NONE, Ints, Pattern, Patterns, Sequences
from hengjian.text.folds import simplify, simplify_table
from hengjian.text.layers.base import (
    ALL,
    DISGUISES,
    EXACT,
    LAYERS,
    PLAIN_DISGUISES,
    Found,
    Gates,
    Layer,
    Terms,
    found,
)
from hengjian.text.layers.initials import Initials
from hengjian.text.layers.inserted import Inserted
from hengjian.text.layers.lookalike import Lookalike
from hengjian.text.layers.sound import Homophone, Spelt
from hengjian.text.layers.split import Split
from hengjian.text.layers.swap import Swap
from hengjian.text.page import Batch, Page, batch_of
from hengjian.text.words import strangeness

__all__ = [
    "ALL",
    "DISGUISES",
    "EXACT",
    "PLAIN_DISGUISES",
    "Gates",
    "Hit",
    "Layer",
    "Matcher",
    "Matches",
]

# So many characters are searched at once: enough to be fast, few enough to stay in the cache.
_CHUNK = 1 << 17
_NUMBERS = {layer: number for number, layer in enumerate(LAYERS)}
_FINDERS: tuple[tuple[frozenset[Layer], type], ...] = (
    (frozenset({"inserted"}), Inserted),
    (frozenset({"split"}), Split),
    (frozenset({"pinyin", "mixed"}), Spelt),
    (frozenset({"homophone"}), Homophone),
    (frozenset({"swap"}), Swap),
    (frozenset({"initials"}), Initials),
    (frozenset({"lookalike"}), Lookalike),
)


class Hit(NamedTuple):
    """One occurrence of a term.

    Attributes:
        term: The term as it was given to the matcher.
        start: Offset of its first character in the original text.
        end: Offset behind its last character.
        layer: How it matched.
    """

    term: str
    start: int
    end: int
    layer: Layer


@dataclass(frozen=True)
class Matches:
    """What was found in many texts, by text, start, end and term.

    Attributes:
        terms: The matcher's terms, by number.
        text: For each match the number of the text.
        term: The number of the term.
        start: Offset of its first character in the text.
        end: Offset behind its last character.
        layer: How it matched, a number of LAYERS.
    """

    terms: tuple[str, ...]
    text: Ints
    term: Ints
    start: Ints
    end: Ints
    layer: Ints

    def __len__(self) -> int:
        return len(self.text)

    def __iter__(self) -> Iterator[tuple[int, Hit]]:
        """Return the matches one after another, each with the number of its text."""
        return zip(self.text.tolist(), self.hits(np.arange(len(self))), strict=True)

    def hits(self, chosen: Ints) -> list[Hit]:
        """Return some matches by their places."""
        terms = map(self.terms.__getitem__, self.term[chosen].tolist())
        layers = map(LAYERS.__getitem__, self.layer[chosen].tolist())
        starts, ends = self.start[chosen].tolist(), self.end[chosen].tolist()
        return list(map(Hit, terms, starts, ends, layers))

    def by_text(self) -> dict[int, list[Hit]]:
        """Return the hits of each text that has any."""
        hits: dict[int, list[Hit]] = {}
        for text, hit in self:
            hits.setdefault(text, []).append(hit)
        return hits


class Matcher:
    """Finds every occurrence of every term, overlapping ones too.

    Args:
        terms: The terms; an empty one would match everywhere and is refused. Only Chinese terms of
            two characters and more are looked for in disguise.
        layers: Which layers to search.
        gates: How sure a disguise must be.
        plain: Terms that are looked for as written only, whatever the layers.

    Raises:
        ValueError: A term is empty.
    """

    def __init__(
        self,
        terms: Iterable[str],
        layers: frozenset[Layer] = EXACT,
        gates: Gates | None = None,
        *,
        plain: Iterable[str] = (),
    ) -> None:
        self._terms = Terms(tuple(dict.fromkeys([*terms, *plain])), frozenset(plain))
        if "" in self._terms.given:
            raise ValueError("a term must not be empty")
        self._layers = layers
        self._exact = Patterns(
            Pattern(term, number) for number, term in enumerate(self._terms.folded)
        )
        self._given = Sequences(self._terms.given)
        self._simple = Sequences([simplify(term) for term in self._terms.given])
        finders = (
            kind for named, kind in _FINDERS if self._terms.partly_chinese and named & layers
        )
        self._finders = [kind(self._terms, gates or Gates()) for kind in finders]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms by number."""
        return self._terms.given

    def find(self, text: str) -> list[Hit]:
        """Return the hits in a text, by start, then end, then term."""
        return [hit for _, hit in self.find_batch([text])]

    def find_batch(self, texts: Sequence[str]) -> Matches:
        """Return the matches in many texts.

        Memory follows the size of a part of the texts and the number of matches, not all texts.
        """
        parts = [self._search(first, texts[first:last]) for first, last in _chunks(texts)]
        text, term, start, end, layer = (
            np.concatenate([NONE, *column])
            for column in (zip(*parts, strict=True) if parts else [()] * 5)
        )
        return Matches(self._terms.given, text, term, start, end, layer)

    def _search(self, first: int, texts: Sequence[str]) -> tuple[Ints, ...]:
        """Search one part of the texts; the first of them has this number."""
        batch = batch_of(texts)
        hits = list(self._exact_hits(batch))
        doubtful = [one for finder in self._finders for one in finder.find(batch.seen)]
        hits += _disguised(batch.seen, doubtful)
        terms, starts, ends, layers = _told_once(hits)
        wanted = np.isin(layers, [_NUMBERS[name] for name in self._layers])
        terms, starts, ends, layers = (column[wanted] for column in (terms, starts, ends, layers))
        text = np.searchsorted(batch.begins, starts, side="right") - 1
        begin = batch.begins[text]
        return text + first, terms, starts - begin, ends - begin, layers

    def _exact_hits(self, batch: Batch) -> Iterator[Found]:
        """Find the terms as they are written, and those that only markup hides."""
        terms, starts, lengths = self._exact.find(batch.written.codes)
        hits = found("width", terms, starts, starts + lengths)
        literal = self._given.differences(batch.original, hits.terms, hits.starts) == 0
        yield hits.where(literal)._replace(layer="literal")
        hits = hits.where(~literal)
        simple = self._simple.differences(batch.original, hits.terms, hits.starts, simplify_table())
        yield hits.where(simple == 0)._replace(layer="traditional")
        yield hits.where(simple > 0)
        if batch.seen is not batch.written:
            terms, starts, lengths = self._exact.find(batch.seen.codes, self._across(batch.seen))
            starts, ends = batch.seen.written(starts, starts + lengths)
            yield found("html", terms, starts, ends).where(ends - starts != lengths)

    def _across(self, page: Page) -> Ints:
        """Return where a term may begin that has markup or an entity in it."""
        if page.starts is None or page.ends is None:
            return NONE
        breaks = np.flatnonzero(page.starts[1:] != page.ends[:-1])
        entities = np.flatnonzero(page.ends - page.starts > 1)
        places = np.concatenate([breaks, entities])
        return np.unique(places[:, None] - np.arange(self._exact.longest))


def _told_once(hits: Sequence[Found]) -> tuple[Ints, Ints, Ints, Ints]:
    """Return terms, starts, ends and layers in order; the plainest layer of each is told."""
    terms = np.concatenate([one.terms for one in hits])
    starts = np.concatenate([one.starts for one in hits])
    ends = np.concatenate([one.ends for one in hits])
    layers = np.repeat([_NUMBERS[one.layer] for one in hits], [len(one.terms) for one in hits])
    order = _order(starts, ends - starts, terms, layers)
    terms, starts, ends, layers = (column[order] for column in (terms, starts, ends, layers))
    first = np.ones(len(terms), dtype=np.bool_)
    first[1:] = np.diff(terms) != 0
    first[1:] |= (np.diff(starts) != 0) | (np.diff(ends) != 0)
    return terms[first], starts[first], ends[first], layers[first]


def _order(*columns: Ints) -> Ints:
    """Return the order by the first column, then by the next; none holds a number below 0."""
    widths = [int(column.max(initial=0)).bit_length() for column in columns]
    if sum(widths) >= np.iinfo(np.intp).bits:
        return np.lexsort(columns[::-1])
    # One number each is sorted several times as fast as several.
    packed = np.zeros(len(columns[0]), dtype=np.intp)
    for column, width in zip(columns, widths, strict=True):
        packed = (packed << width) | column
    return np.argsort(packed)


def _disguised(page: Page, hits: Sequence[Found]) -> Iterator[Found]:
    """Keep those hits that look like a disguise, and tell where they are written."""
    doubtful = [one.where(one.gates > 0) for one in hits]
    starts = np.concatenate([NONE, *(one.starts for one in doubtful)])
    ends = np.concatenate([NONE, *(one.ends for one in doubtful)])
    strange = strangeness(page, starts, ends)
    for one in hits:
        kept = one.gates <= 0
        count = len(kept) - np.count_nonzero(kept)
        kept[~kept] = strange[:count] >= one.gates[~kept]
        strange = strange[count:]
        sure = one.where(kept)
        starts, ends = page.written(sure.starts, sure.ends)
        yield sure._replace(starts=starts, ends=ends)


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Cut texts into parts of about the same size."""
    first = size = 0
    for number, text in enumerate(texts):
        size += len(text) + 1
        if size >= _CHUNK:
            yield first, number + 1
            first, size = number + 1, 0
    if size:
        yield first, len(texts)
