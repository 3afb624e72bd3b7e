"""Sounds: syllables without tone as one character each, so that a text can be searched by ear."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby

from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT

from hengjian.text.folds import is_han

# Each syllable is written as one character of Unicode's private use area.
_FIRST_CODE = 0xE000
_LONGEST_SYLLABLE = 6


def _toneless(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(c for c in letters if c.isascii() and c.isalpha()).lower()


@cache
def _readings() -> dict[str, list[str]]:
    """Return each character's syllables, commonest first (pypinyin's order)."""
    return {
        chr(code): list(dict.fromkeys(filter(None, map(_toneless, readings.split(",")))))
        for code, readings in PINYIN_DICT.items()
    }


@cache
def _codes() -> dict[str, str]:
    syllables = sorted({s for readings in _readings().values() for s in readings})
    return {syllable: chr(_FIRST_CODE + n) for n, syllable in enumerate(syllables)}


@cache
def _table() -> dict[int, str]:
    codes = _codes()
    return {ord(c): codes[readings[0]] for c, readings in _readings().items() if readings}


def sounds_of_term(term: str) -> str | None:
    """Return a folded term by its sounds; None where a part of it has none."""
    syllables = [_toneless(s) for s in lazy_pinyin(term, errors="ignore")]
    codes = _codes()
    if len(syllables) != len(term) or any(s not in codes for s in syllables):
        return None
    return "".join(codes[s] for s in syllables)


def initials_of_term(term: str) -> str | None:
    """Return the first letters of a folded term's syllables; None where a part has none."""
    syllables = [_toneless(s) for s in lazy_pinyin(term, errors="ignore")]
    if len(syllables) != len(term) or not all(syllables):
        return None
    return "".join(s[0] for s in syllables)


Sounds = tuple[str, list[tuple[int, int]]]


def other_readings(folded: str, sounds: Sounds, reach: int) -> Iterator[Sounds]:
    """Return stretches of a text in which one character is read the second way.

    Args:
        folded: The text.
        sounds: Its sounds, as `sounds_of_text` gives them.
        reach: How many sounds to either side belong to a stretch.
    """
    codes, places = sounds
    second = _second_readings()
    for position, (start, end) in enumerate(places):
        other = second.get(folded[start]) if end == start + 1 else None
        if other is not None:
            first, last = max(0, position - reach), position + reach + 1
            stretch = codes[first:position] + other + codes[position + 1 : last]
            yield stretch, places[first:last]


@cache
def _second_readings() -> dict[str, str]:
    codes = _codes()
    return {c: codes[found[1]] for c, found in _readings().items() if len(found) > 1}


def sounds_of_text(folded: str) -> Sounds:
    """Return a text by its sounds, each character read as usual, and where each of them stands.

    Letters count as sounds where a whole run of them can be read as syllables; what can be read
    neither way stays as one mark, so that nothing matches across it. Signs and spaces are dropped.

    Args:
        folded: A text as `fold` gives it.
    """
    table = _table()
    sounds: list[str] = []
    places: list[tuple[int, int]] = []
    for is_letters, start, end in _runs(folded):
        if is_letters:
            found = _syllables(folded[start:end])
            for syllable, first, last in found or [("", 0, end - start)]:
                sounds.append(_codes().get(syllable, "?"))
                places.append((start + first, start + last))
            continue
        for offset in range(start, end):
            code = ord(folded[offset])
            if code in table:
                sounds.append(table[code])
                places.append((offset, offset + 1))
            elif folded[offset].isalnum():
                sounds.append("?")
                places.append((offset, offset + 1))
    return "".join(sounds), places


def _runs(text: str) -> Iterator[tuple[bool, int, int]]:
    start = 0
    for is_letters, run in groupby(text, key=lambda c: c.isascii() and c.isalpha()):
        end = start + sum(1 for _ in run)
        yield is_letters, start, end
        start = end


def _syllables(run: str) -> list[tuple[str, int, int]] | None:
    """Cut a run of letters into the fewest syllables; None where it can't be cut."""
    codes = _codes()
    best: list[list[tuple[str, int, int]] | None] = [[], *([None] * len(run))]
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, piece = best[start], run[start:end]
            if before is None or piece not in codes:
                continue
            current = best[end]
            if current is None or len(before) + 1 < len(current):
                best[end] = [*before, (piece, start, end)]
    return best[len(run)]


def letter_runs(folded: str) -> Iterator[tuple[str, int, int]]:
    """Return the runs of ASCII letters in a text, each with where it stands."""
    for is_letters, start, end in _runs(folded):
        if is_letters:
            yield folded[start:end], start, end


def is_chinese(text: str) -> bool:
    """Tell whether a text is of Chinese characters only."""
    return bool(text) and all(map(is_han, text))
