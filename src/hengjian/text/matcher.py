"""Find many terms at once in a text, whatever disguise they wear; offsets are the original's.

The layers, from the plainest: `literal`, `traditional`, `width` (full width, case, compatibility
forms), `inserted` (signs, spaces, emoji between the characters), `split` (characters written as
their parts), `pinyin`, `mixed` (characters and pinyin), `homophone`, `swap` (the same characters in
another order), `initials` (first letters of the syllables) and `lookalike` (characters that share a
telling part). The first three are exact; of the others a hit is kept only where the observed
characters look like a disguise: they make no words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick

from hengjian.text.folds import fold, is_han, simplify, squeeze
from hengjian.text.shapes import family, is_rare, look_alike, split_forms
from hengjian.text.sounds import (
    Sounds,
    initials_of_term,
    is_chinese,
    letter_runs,
    other_readings,
    sounds_of_term,
    sounds_of_text,
)
from hengjian.text.words import strangeness

Layer = Literal[
    "literal",
    "traditional",
    "width",
    "inserted",
    "split",
    "pinyin",
    "mixed",
    "homophone",
    "swap",
    "initials",
    "lookalike",
]

EXACT: frozenset[Layer] = frozenset({"literal", "traditional", "width"})
DISGUISES: frozenset[Layer] = frozenset(
    {"inserted", "split", "pinyin", "mixed", "homophone", "swap", "initials", "lookalike"}
)
ALL: frozenset[Layer] = EXACT | DISGUISES
# Sure enough to stand alone on the short words of rules: what was written shows the intent.
PLAIN_DISGUISES: frozenset[Layer] = frozenset({"inserted", "split", "mixed"})

_LONG = 4
_NEAR = 20
_LETTER = re.compile("[a-z]")
_SENTENCE_ENDS = frozenset("。！？!?；;\n")


@dataclass(frozen=True, slots=True)
class Hit:
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
    """The hits in a batch of texts, by text, start and end.

    Attributes:
        terms: The matcher's terms.
        text: Number of the text of each hit.
        term: Number of its term.
        start: Offset of its first character.
        end: Offset behind its last character.
        layers: How each matched.
    """

    terms: list[str]
    text: npt.NDArray[np.int64]
    term: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    layers: list[Layer]

    def __iter__(self) -> Iterator[tuple[int, Hit]]:
        """Return each hit with the number of its text."""
        columns = (self.text, self.term, self.start, self.end)
        plain = zip(*(column.tolist() for column in columns), self.layers, strict=True)
        for text, term, start, end, layer in plain:
            yield text, Hit(self.terms[term], start, end, layer)


class Gates(NamedTuple):
    """How sure a disguise must be; measured by benchmarks/evasion.py.

    Attributes:
        homophone: How strange the observed characters must be (words.strangeness), 0 to 1, for
            terms of two characters, three, and more: the longer, the less it can be chance.
        swap: The same for swapped characters.
        parted: The same for two characters, and for more, with a foreign one among them.
        split: The same for characters in parts.
        lookalike: Least share of rare characters among look-alikes, for terms of two characters
            and of more.
        inserted_words: The same for characters with signs between them.
        inserted: Most signs between two characters of a term.
        initials: Fewest letters that stand for a term, where no character stands on both sides.
    """

    homophone: tuple[float, float, float] = (0.55, 0.25, 0.0)
    swap: float = 0.3
    parted: tuple[float, float] = (0.5, 0.3)
    split: float = 0.3
    lookalike: tuple[float, float] = (0.9, 0.3)
    inserted_words: float = 0.3
    inserted: int = 6
    initials: int = 3


class Matcher:
    """Finds every occurrence of every term, overlapping ones too.

    Args:
        terms: The terms; an empty one would match everywhere and is refused. Only Chinese terms of
            two characters and more are looked for in disguise.
        layers: Which layers to search.
        gates: How sure a disguise must be.

    Raises:
        ValueError: A term is empty.
    """

    def __init__(
        self, terms: Iterable[str], layers: frozenset[Layer] = EXACT, gates: Gates | None = None
    ) -> None:
        self._terms = list(dict.fromkeys(terms))
        if "" in self._terms:
            raise ValueError("a term must not be empty")
        self._layers = layers
        self._gates = gates or Gates()
        self._folded = {term: fold(term) for term in self._terms}
        self._exact = _Index((folded, term) for term, folded in self._folded.items())
        chinese = [(f, t) for t, f in self._folded.items() if len(f) > 1 and is_chinese(f)]
        self._chinese = _Index(chinese if "inserted" in layers else ())
        self._split = _Index(
            (form, term) for f, term in chinese if "split" in layers for form in split_forms(f)
        )
        by_ear = bool(layers & {"pinyin", "mixed", "homophone"})
        self._sounds = _Index(
            (sounds, term) for f, term in chinese if by_ear and (sounds := sounds_of_term(f))
        )
        self._longest = max((len(f) for f, _ in chinese), default=0)
        self._initials = _grouped(
            (letters, term)
            for f, term in chinese
            if "initials" in layers and (letters := initials_of_term(f))
        )
        self._orders = _grouped(
            ("".join(sorted(f)), term) for f, term in chinese if "swap" in layers
        )
        self._looks = _grouped(
            (key, term) for f, term in chinese if "lookalike" in layers for key in family(f[0])
        )
        self._lengths = sorted({len(key) for key in self._orders})

    def find(self, text: str) -> list[Hit]:
        """Return the hits in a text, by start, then end; a plainer layer goes before a subtler."""
        folded = fold(text)
        exact = [
            Hit(term, start, end, _exact_layer(term, text[start:end]))
            for term, start, end in self._exact.find(folded)
        ]
        hits = [hit for hit in exact if hit.layer in self._layers]
        if self._layers & DISGUISES:
            seen = {(hit.term, hit.start, hit.end) for hit in exact}
            for hit in self._disguised(folded):
                if (hit.term, hit.start, hit.end) not in seen:
                    seen.add((hit.term, hit.start, hit.end))
                    hits.append(hit)
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.term))

    def find_batch(self, texts: Sequence[str]) -> Matches:
        """Return the hits in many texts."""
        found = [(number, hit) for number, text in enumerate(texts) for hit in self.find(text)]
        numbers = {term: number for number, term in enumerate(self._terms)}
        columns = [
            [number for number, _ in found],
            [numbers[hit.term] for _, hit in found],
            [hit.start for _, hit in found],
            [hit.end for _, hit in found],
        ]
        arrays = [np.array(column, dtype=np.int64) for column in columns]
        return Matches(self._terms, *arrays, layers=[hit.layer for _, hit in found])

    def _disguised(self, folded: str) -> Iterator[Hit]:
        yield from self._inserted_hits(folded)
        yield from self._split_hits(folded)
        yield from self._sound_hits(folded)
        yield from self._swap_hits(folded)
        yield from self._initial_hits(folded)
        yield from self._look_hits(folded)

    def _inserted_hits(self, folded: str) -> Iterator[Hit]:
        if not self._chinese:
            return
        squeezed, offsets = squeeze(folded)
        if len(squeezed) == len(folded):
            return
        for term, first, last in self._chinese.find(squeezed):
            places = offsets[first:last]
            start, end = places[0], places[-1] + 1
            widest = max(b - a - 1 for a, b in pairwise(places))
            strange = strangeness(folded, start, end) >= self._gates.inserted_words
            if 0 < widest <= self._gates.inserted and strange:
                yield Hit(term, start, end, "inserted")

    def _split_hits(self, folded: str) -> Iterator[Hit]:
        for term, start, end in self._split.find(folded):
            if strangeness(folded, start, end) >= self._gates.split:
                yield Hit(term, start, end, "split")

    def _sound_hits(self, folded: str) -> Iterator[Hit]:
        by_ear = "homophone" in self._layers
        if not self._sounds or not (by_ear or _LETTER.search(folded)):
            return
        usual = sounds_of_text(folded)
        yield from self._heard(folded, usual)
        if not by_ear:
            return
        for stretch in other_readings(folded, usual, self._longest - 1):
            yield from self._heard(folded, stretch)

    def _heard(self, folded: str, heard: Sounds) -> Iterator[Hit]:
        sounds, places = heard
        for term, first, last in self._sounds.find(sounds):
            pieces = [folded[start:end] for start, end in places[first:last]]
            start, end = places[first][0], places[last - 1][1]
            layer = _sound_layer(self._folded[term], pieces)
            if layer is None or layer not in self._layers or _broken(folded[start:end]):
                continue
            if layer == "homophone" and not self._by_ear(term, folded, start, end):
                continue
            if layer == "pinyin" and not _among_chinese(folded, start, end):
                continue
            yield Hit(term, start, end, layer)

    def _by_ear(self, term: str, folded: str, start: int, end: int) -> bool:
        """Tell whether characters that sound like a term are a disguise: unbroken, and no words."""
        least = self._gates.homophone[min(len(term), _LONG) - 2]
        return end - start == len(term) and strangeness(folded, start, end) >= least

    def _swap_hits(self, folded: str) -> Iterator[Hit]:
        for length in self._lengths:
            for start in range(len(folded) - length + 1):
                window = folded[start : start + length]
                for term in self._orders.get("".join(sorted(window)), ()):
                    end = start + length
                    if window != self._folded[term] and (
                        strangeness(folded, start, end) >= self._gates.swap
                    ):
                        yield Hit(term, start, end, "swap")
                yield from self._parted_hits(folded, start, length + 1)

    def _parted_hits(self, folded: str, start: int, length: int) -> Iterator[Hit]:
        """Find a term's characters in any order around one that is not the term's."""
        window = folded[start : start + length]
        if len(window) < length:
            return
        for out in range(1, length - 1):
            rest = window[:out] + window[out + 1 :]
            for term in self._orders.get("".join(sorted(rest)), ()):
                end = start + length
                least = self._gates.parted[min(len(term), 3) - 2]
                if strangeness(folded, start, end) >= least:
                    yield Hit(term, start, end, "swap")

    def _initial_hits(self, folded: str) -> Iterator[Hit]:
        if not self._initials:
            return
        for run, start, end in letter_runs(folded):
            between = is_chinese(folded[start - 1 : start]) and is_chinese(folded[end : end + 1])
            fewest = 2 if between else self._gates.initials
            for term, first, last in _tiles(run, self._initials, fewest):
                yield Hit(term, start + first, start + last, "initials")

    def _look_hits(self, folded: str) -> Iterator[Hit]:
        if not self._looks:
            return
        for start, character in enumerate(folded):
            if not is_han(character):
                continue
            terms = {t for key in family(character) for t in self._looks.get(key, ())}
            for term in terms:
                end, plain = start + len(term), self._folded[term]
                observed = folded[start:end]
                if len(observed) < len(term) or observed == plain:
                    continue
                other = [(a, b) for a, b in zip(observed, plain, strict=True) if a != b]
                if not all(look_alike(a, b) for a, b in other):
                    continue
                rare = sum(is_rare(a) for a, _ in other)
                if rare / len(term) >= self._gates.lookalike[min(len(term), 3) - 2]:
                    yield Hit(term, start, end, "lookalike")


class _Index:
    """Patterns, each with the term that it stands for."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        found = list(dict.fromkeys(pairs))
        self._terms = [term for _, term in found]
        self._automaton = AhoCorasick([pattern for pattern, _ in found]) if found else None

    def __bool__(self) -> bool:
        return self._automaton is not None

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        if self._automaton is None:
            return
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            yield self._terms[index], start, end


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, term in pairs:
        groups[key].append(term)
    return groups


def _exact_layer(term: str, observed: str) -> Layer:
    if observed == term:
        return "literal"
    return "traditional" if simplify(observed) == simplify(term) else "width"


def _sound_layer(folded_term: str, pieces: list[str]) -> Layer | None:
    """Tell how a term was written by ear; None: it was not, it stands there as it is."""
    same = [piece == character for piece, character in zip(pieces, folded_term, strict=True)]
    letters = [piece.isascii() for piece in pieces]
    if all(same):
        return None
    if all(letters):
        return "pinyin"
    return "mixed" if any(letters) else "homophone"


def _among_chinese(folded: str, start: int, end: int) -> bool:
    """Tell whether Chinese stands near; in English `women` is no 我们."""
    around = folded[max(0, start - _NEAR) : start] + folded[end : end + _NEAR]
    return any(map(is_han, around))


def _broken(observed: str) -> bool:
    """Tell whether a sentence ends inside of what was observed."""
    return not _SENTENCE_ENDS.isdisjoint(observed)


def _tiles(run: str, initials: dict[str, list[str]], fewest: int) -> Iterator[tuple[str, int, int]]:
    """Return the terms whose initials, one after another, fill a whole run of letters."""
    reach = [True, *([False] * len(run))]
    pieces = []
    for end in range(1, len(run) + 1):
        for start in range(end - fewest + 1):
            if reach[start] and run[start:end] in initials:
                reach[end] = True
                pieces.append((start, end))
    if not reach[len(run)]:
        return
    back = {len(run)}
    for start, end in reversed(pieces):
        if end in back:
            back.add(start)
            for term in initials[run[start:end]]:
                yield term, start, end
