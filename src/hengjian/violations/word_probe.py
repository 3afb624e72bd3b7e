"""For which rows a test of words holds, told for all rows of a batch at once.

It says what `selection.evaluate` says of each row, without the evidence; a test compares both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hengjian.compiled import compiled
from hengjian.text.arrays import Bools, Counts, Ints, codes_of
from hengjian.text.matcher import Matches
from hengjian.violations.selection import CLAUSE_ENDS, SENTENCE_ENDS, Neighbours, WordTest

_WORDS, _INSIDE, _ANYWHERE = 1, 2, 4
_FIRST_NEIGHBOURS = 3
_AFTER, _BEFORE, _NEAR = range(3)
_SIDES = {None: 0, "before": 1, "after": 2}
_Masks = npt.NDArray[np.int64]


class Probe(NamedTuple):
    """A test of words by the numbers of the words.

    Attributes:
        words: The words that it looks for.
        known: All words that matter to it, in order.
        masks: What each of them is to it, as bits.
        neighbours: Of each list of words that must or must not be around: whether they excuse what
            comes after, what comes before, or must be near; how far; on which side; whether a
            comma parts them.
        fewest: How many different words must be found.
    """

    words: Ints
    known: Ints
    masks: _Masks
    neighbours: Ints
    fewest: int


class Places(NamedTuple):
    """Where words stand in the texts of a batch.

    Attributes:
        text: For each place its text, in order.
        word: Which word stands there.
        start: Where it begins, counted through all texts.
        end: Where it ends.
        of_text: Where the places of a text begin; those of the next begin where they end.
        of_word: Where those of a word begin in `by_word`.
        by_word: The places, those of one word after those of another.
        sentence_ends: How many sentences have ended before each character.
        clause_ends: How many clauses have.
    """

    text: Ints
    word: Ints
    start: Ints
    end: Ints
    of_text: Ints
    of_word: Ints
    by_word: Ints
    sentence_ends: Counts
    clause_ends: Counts

    def any_of(self, words: Ints) -> bool:
        """Tell whether any of some words stands anywhere."""
        return bool((self.of_word[words + 1] > self.of_word[words]).any())


def probe_of(test: WordTest, numbers: dict[str, int]) -> Probe:
    """Return a test by the numbers of its words."""
    guards = test.guards
    around = [
        *((_AFTER, neighbours) for neighbours in guards.after),
        *((_BEFORE, neighbours) for neighbours in guards.before),
        *((_NEAR, neighbours) for neighbours in guards.near),
    ]
    masks: dict[int, int] = {}
    lists = [test.words, guards.inside, guards.anywhere, *(n.words for _, n in around)]
    for bit, words in enumerate(lists):
        for word in words:
            masks[numbers[word]] = masks.get(numbers[word], 0) | 1 << bit
    known = sorted(masks)
    return Probe(
        words=np.array(sorted(numbers[word] for word in test.words), dtype=np.intp),
        known=np.array(known, dtype=np.intp),
        masks=np.array([masks[number] for number in known], dtype=np.int64),
        neighbours=np.array([_row(*one) for one in around], dtype=np.intp).reshape(-1, 4),
        fewest=guards.count,
    )


def _row(role: int, neighbours: Neighbours) -> tuple[int, int, int, int]:
    return role, neighbours.within, _SIDES[neighbours.side], int(neighbours.clause)


def places_of(texts: Sequence[str], matches: Matches) -> Places:
    """Return where words stand in texts, as a matcher found them."""
    codes = codes_of("\0".join([*texts, ""]))
    lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    offsets = np.concatenate([[0], np.cumsum(lengths + 1)]).astype(np.intp)
    of_word, by_word = _by_word(matches.term, len(matches.terms))
    return Places(
        text=matches.text,
        word=matches.term,
        start=matches.start + offsets[matches.text],
        end=matches.end + offsets[matches.text],
        of_text=np.searchsorted(matches.text, np.arange(len(texts) + 1)),
        of_word=of_word,
        by_word=by_word,
        sentence_ends=_ends(codes, SENTENCE_ENDS),
        clause_ends=_ends(codes, CLAUSE_ENDS),
    )


def _ends(codes: Ints, marks: str) -> Counts:
    return np.cumsum(np.isin(codes, codes_of(marks)), dtype=np.int32)


def texts_that_hold(probe: Probe, places: Places, allowed: Bools) -> Bools:
    """Return for which texts a test of words holds, among those that are allowed."""
    counts = np.zeros(len(allowed), dtype=np.int32)
    _count(probe, places, allowed, counts)
    found: Bools = counts >= probe.fewest
    return found


@compiled
def _by_word(words: Ints, count: int) -> tuple[Ints, Ints]:
    """Return where the places of each word begin, and the places, word after word."""
    begins = np.zeros(count + 1, dtype=np.intp)
    for word in words:
        begins[word + 1] += 1
    for word in range(count):
        begins[word + 1] += begins[word]
    following = begins[:-1].copy()
    ordered = np.empty(len(words), dtype=np.intp)
    for place in range(len(words)):
        ordered[following[words[place]]] = place
        following[words[place]] += 1
    return begins, ordered


@compiled
def _count(probe: Probe, places: Places, allowed: Bools, counts: Counts) -> int:
    """Count for each text the different words for which the test holds."""
    for word in probe.words:
        counted = -1
        for turn in range(places.of_word[word], places.of_word[word + 1]):
            place = places.by_word[turn]
            text = places.text[place]
            if allowed[text] and text != counted and _stands(probe, places, place, text):
                counts[text] += 1
                counted = text
    return 0


@compiled
def _stands(probe: Probe, places: Places, place: int, text: int) -> bool:
    """Tell whether nothing excuses a word at its place and all its company is there."""
    near = 0
    for other in range(places.of_text[text], places.of_text[text + 1]):
        at = np.searchsorted(probe.known, places.word[other])
        if at == len(probe.known) or probe.known[at] != places.word[other]:
            continue
        mask = probe.masks[at]
        if mask & _ANYWHERE:
            return False
        covers = (
            places.start[other] <= places.start[place] and places.end[place] <= places.end[other]
        )
        if mask & _INSIDE and covers:
            return False
        for number in range(len(probe.neighbours)):
            if mask >> (_FIRST_NEIGHBOURS + number) & 1:
                role = probe.neighbours[number, 0]
                if not _is_around(probe.neighbours[number], places, place, other):
                    continue
                if role != _NEAR:
                    return False
                near |= 1 << number
    for number in range(len(probe.neighbours)):
        if probe.neighbours[number, 0] == _NEAR and not near >> number & 1:
            return False
    return True


@compiled
def _is_around(neighbours: Ints, places: Places, place: int, other: int) -> bool:
    """Tell whether another word stands near enough to one, on the side where it counts."""
    role, within, side, by_clause = neighbours
    is_before = places.end[other] <= places.start[place]
    is_after = places.end[place] <= places.start[other]
    if not (is_before or is_after):
        return False
    if (role == _AFTER and not is_before) or (role == _BEFORE and not is_after):
        return False
    if (side == 1 and not is_before) or (side == 2 and is_before):  # noqa: PLR2004 - _SIDES
        return False
    first, last = (
        (places.end[other], places.start[place])
        if is_before
        else (places.end[place], places.start[other])
    )
    ends = places.clause_ends if role == _NEAR and by_clause else places.sentence_ends
    if last - first > within:
        return False
    return bool(first == last or ends[last - 1] == (ends[first - 1] if first > 0 else 0))
