"""For which rows a test of words holds, told for all rows of a batch at once.

It says what `selection.evaluate` says of each row, without the evidence; a test compares both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hengjian.compiled import compiled
from hengjian.text.arrays import Bools, Ints
from hengjian.text.matcher import Matches
from hengjian.violations.selection import CLAUSE_ENDS, SENTENCE_ENDS, Neighbours, WordTest

_WORDS, _INSIDE, _ANYWHERE = 1, 2, 4
_FIRST_NEIGHBOURS = 3
_AFTER, _BEFORE, _NEAR = range(3)
_SIDES = {None: 0, "before": 1, "after": 2}
_Masks = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.uint32]


class Probe(NamedTuple):
    """A test of words by the numbers of the words.

    Attributes:
        known: All words that matter to it, in order.
        masks: What each of them is to it, as bits.
        neighbours: Of each list of words that must or must not be around: whether they excuse what
            comes after, what comes before, or must be near; how far; on which side; whether a
            comma parts them.
        fewest: How many different words must be found.
    """

    known: Ints
    masks: _Masks
    neighbours: Ints
    fewest: int


class Places(NamedTuple):
    """Where words stand in the texts of a batch.

    Attributes:
        word: For each place which word stands there, text after text.
        start: Where it begins in its text.
        end: Where it ends.
        of_text: Where the places of a text begin; those of the next begin where they end.
        codes: The characters of all texts.
        offsets: Where each text begins in them.
        of_row: Where the texts of a row begin in `by_row`.
        by_row: The texts, those of one row after those of another.
    """

    word: Ints
    start: Ints
    end: Ints
    of_text: Ints
    codes: _Codes
    offsets: Ints
    of_row: Ints
    by_row: Ints


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
        known=np.array(known, dtype=np.intp),
        masks=np.array([masks[number] for number in known], dtype=np.int64),
        neighbours=np.array([_row(*one) for one in around], dtype=np.intp).reshape(-1, 4),
        fewest=guards.count,
    )


def _row(role: int, neighbours: Neighbours) -> tuple[int, int, int, int]:
    return role, neighbours.within, _SIDES[neighbours.side], int(neighbours.clause)


def places_of(texts: Sequence[str], rows: Ints, count: int, matches: Matches) -> Places:
    """Return where words stand in texts, as a matcher found them.

    Args:
        texts: The texts.
        rows: The row of each.
        count: How many rows there are.
        matches: What was found in the texts.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    by_row = np.argsort(rows, kind="stable")
    return Places(
        word=matches.term,
        start=matches.start,
        end=matches.end,
        of_text=np.searchsorted(matches.text, np.arange(len(texts) + 1)),
        codes=_codes("".join(texts)),
        offsets=np.cumsum(lengths) - lengths,
        of_row=np.searchsorted(rows[by_row], np.arange(count + 1)),
        by_row=by_row,
    )


def _codes(text: str) -> _Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


_CLAUSE_ENDS, _SENTENCE_ENDS = _codes(CLAUSE_ENDS), _codes(SENTENCE_ENDS)


def rows_that_hold(probe: Probe, places: Places, allowed: Bools, rows: Ints) -> Ints:
    """Return for which of some rows a test of words holds in a text that is allowed."""
    holding: Ints = rows[_hold(probe, places, allowed, rows)]
    return holding


def places_among(words: Ints, places: Places, rows: Ints, wanted: Bools) -> None:
    """Mark in `wanted` the places at which one of these words, in order, stands in some rows."""
    _want(words, places, rows, wanted)


@compiled
def _want(words: Ints, places: Places, rows: Ints, wanted: Bools) -> int:
    for row in rows:
        for turn in range(places.of_row[row], places.of_row[row + 1]):
            text = places.by_row[turn]
            for place in range(places.of_text[text], places.of_text[text + 1]):
                if not wanted[place]:
                    at = np.searchsorted(words, places.word[place])
                    wanted[place] = at < len(words) and words[at] == places.word[place]
    return 0


@compiled
def _hold(probe: Probe, places: Places, allowed: Bools, rows: Ints) -> Bools:
    found = np.zeros(len(rows), dtype=np.bool_)
    for number in range(len(rows)):
        for turn in range(places.of_row[rows[number]], places.of_row[rows[number] + 1]):
            text = places.by_row[turn]
            if allowed[text] and _holds(probe, places, text):
                found[number] = True
                break
    return found


@compiled
def _holds(probe: Probe, places: Places, text: int) -> bool:
    """Tell whether the test holds for enough different words of a text."""
    first, last = places.of_text[text], places.of_text[text + 1]
    mattering, masks = np.empty(last - first, np.intp), np.empty(last - first, np.int64)
    count = 0
    for place in range(first, last):
        at = np.searchsorted(probe.known, places.word[place])
        if at < len(probe.known) and probe.known[at] == places.word[place]:
            if probe.masks[at] & _ANYWHERE:
                return False
            mattering[count], masks[count] = place, probe.masks[at]
            count += 1
    different = np.empty(probe.fewest, np.intp)
    found = 0
    for turn in range(count):
        word = places.word[mattering[turn]]
        if not masks[turn] & _WORDS or np.any(different[:found] == word):
            continue
        if _stands(probe, places, text, mattering[turn], mattering[:count], masks[:count]):
            different[found] = word
            found += 1
            if found == probe.fewest:
                return True
    return False


@compiled
def _stands(
    probe: Probe, places: Places, text: int, place: int, mattering: Ints, masks: _Masks
) -> bool:
    """Tell whether nothing excuses a word at its place and all its company is there."""
    near = 0
    for turn in range(len(mattering)):
        other, mask = mattering[turn], masks[turn]
        covers = (
            places.start[other] <= places.start[place] and places.end[place] <= places.end[other]
        )
        if mask & _INSIDE and covers:
            return False
        for number in range(len(probe.neighbours)):
            if mask >> (_FIRST_NEIGHBOURS + number) & 1:
                role = probe.neighbours[number, 0]
                if not _is_around(probe.neighbours[number], places, text, place, other):
                    continue
                if role != _NEAR:
                    return False
                near |= 1 << number
    for number in range(len(probe.neighbours)):
        if probe.neighbours[number, 0] == _NEAR and not near >> number & 1:
            return False
    return True


@compiled
def _is_around(neighbours: Ints, places: Places, text: int, place: int, other: int) -> bool:
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
    if last - first > within:
        return False
    ends = _CLAUSE_ENDS if role == _NEAR and by_clause else _SENTENCE_ENDS
    begin = places.offsets[text]
    for code in places.codes[begin + first : begin + last]:
        for end in ends:
            if code == end:
                return False
    return True
