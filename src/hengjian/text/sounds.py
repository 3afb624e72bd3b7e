"""Sounds: syllables without tone as one code each, so that a text can be searched by ear."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from functools import cache

import numpy as np
from pypinyin import lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from hengjian.compiled import compiled
from hengjian.text.arrays import CODES, Ints
from hengjian.text.folds import is_han

# Code 0 is no sound at all; each syllable is a character of a plane without meanings of its own, so
# that what has no sound can stand beside it as itself.
_FIRST_CODE = 0xF0000
# A further reading is one in ten at least of a character's readings in phrases, once more for each
# than they have it: 差 is no jie, and of what phrases seldom hold nothing is known against it.
# With all readings .007 more were found by ear on the dev half of benchmarks/evasion.py, and twice
# as many ordinary reviews and titles were hit.
_LEAST_SHARE = 0.1
_LONGEST_SYLLABLE = 6
_LONGEST_RUN = 64
_BASE, _BEFORE_A = 27, ord("a") - 1


def toneless(syllable: str) -> str:
    """Return a syllable in plain letters, ü as v."""
    letters = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(c for c in letters if c.isascii() and c.isalpha()).lower()


@cache
def _readings() -> dict[str, list[str]]:
    """Return each character's syllables, commonest first (pypinyin's order), without rare ones.

    Source: pypinyin's readings of characters, weighed by its readings of phrases.
    """
    plain = cache(toneless)
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, syllables in PHRASES_DICT.items():
        for character, (syllable, *_) in zip(phrase, syllables, strict=False):
            heard[character][plain(syllable)] += 1
    found = {}
    for code, written in PINYIN_DICT.items():
        readings = list(dict.fromkeys(filter(None, map(plain, written.split(",")))))
        counts = heard[chr(code)]
        least = _LEAST_SHARE * (counts.total() + len(readings))
        found[chr(code)] = readings[:1] + [r for r in readings[1:] if counts[r] + 1 >= least]
    return found


def readings(character: str) -> list[str]:
    """Return a character's syllables, commonest first; none for what has no sound."""
    return _readings().get(character, [])


@cache
def _codes() -> dict[str, int]:
    syllables = sorted({s for readings in _readings().values() for s in readings})
    return {syllable: _FIRST_CODE + n for n, syllable in enumerate(syllables)}


@cache
def sound_table(choice: int) -> Ints:
    """Return an array from a character's code to its sound, 0 for none.

    Args:
        choice: Which reading: 0 for the usual one, 1 for the second.
    """
    table = np.zeros(CODES, dtype=np.intp)
    for character, readings in _readings().items():
        if len(readings) > choice:
            table[ord(character)] = _codes()[readings[choice]]
    return table


@cache
def ear_table(choice: int) -> Ints:
    """Return `sound_table`, where what has no sound stands as itself for the usual reading."""
    table = sound_table(choice)
    if choice == 0:
        codes = np.arange(CODES, dtype=np.intp)
        table = np.where((table == 0) & (codes < _FIRST_CODE), codes, table)
    return table


@cache
def syllables_of_term(term: str) -> tuple[str, ...] | None:
    """Return the syllables of a term as it is read; None where a part of it has none."""
    syllables = [toneless(s) for s in lazy_pinyin(term, errors="ignore")]
    if len(syllables) != len(term) or not all(map(is_han, term)) or not all(syllables):
        return None
    return tuple(syllables)


def sounds_of_term(term: str) -> str | None:
    """Return a folded term by its sounds; None where a part of it has none."""
    syllables = syllables_of_term(term)
    if syllables is None or any(s not in _codes() for s in syllables):
        return None
    return "".join(chr(_codes()[s]) for s in syllables)


def ear_of_term(term: str) -> str | None:
    """Return a folded term by its sounds, and what is no Chinese in it as itself.

    None where a Chinese character has no sound, or where nothing is Chinese.
    """
    # pypinyin takes a function that cuts what it cannot read, though its types say text only.
    heard = lazy_pinyin(term, errors=list)  # type: ignore[arg-type]
    if len(heard) != len(term) or not any(map(is_han, term)):
        return None
    sounds = [
        _codes().get(toneless(s), 0) if is_han(c) else ord(c)
        for c, s in zip(term, heard, strict=True)
    ]
    return "".join(map(chr, sounds)) if all(sounds) else None


def initials_of_term(term: str) -> str | None:
    """Return the first letters of a folded term's syllables; None where a part has none."""
    syllables = syllables_of_term(term)
    return None if syllables is None else "".join(s[0] for s in syllables)


@cache
def _spellings() -> tuple[Ints, Ints]:
    """Return the syllables as numbers of base 27, in order, and their sounds."""
    found = sorted((_number(s), code) for s, code in _codes().items() if s.isascii())
    numbers, codes = np.array(found, dtype=np.intp).T
    return numbers.copy(), codes.copy()


def _number(syllable: str) -> int:
    number = 0
    for letter in syllable:
        number = number * _BASE + ord(letter) - _BEFORE_A
    return number


def cut_into_syllables(codes: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """Cut runs of letters into the fewest syllables.

    Args:
        codes: The text.
        starts: Where each run begins.
        ends: Where it ends.

    Returns:
        For each piece its sound, where it begins and where it ends. A run that cannot be cut is one
        piece without a sound.
    """
    numbers, sounds = _spellings()
    room = int((ends - starts).sum())
    out = np.empty((3, room), dtype=np.intp)
    count = _cut(codes, starts, ends, numbers, sounds, out)
    return out[0, :count], out[1, :count], out[2, :count]


@compiled
def _cut(codes: Ints, starts: Ints, ends: Ints, numbers: Ints, sounds: Ints, out: Ints) -> int:
    fewest = np.zeros(_LONGEST_RUN + 1, dtype=np.intp)
    begins = np.zeros(_LONGEST_RUN + 1, dtype=np.intp)
    heard = np.zeros(_LONGEST_RUN + 1, dtype=np.intp)
    count = 0
    for run in range(len(starts)):
        start, length = starts[run], ends[run] - starts[run]
        fewest[1:] = 0
        for end in range(1, length + 1 if length <= _LONGEST_RUN else 0):
            number, scale = 0, 1
            for begin in range(end - 1, max(0, end - _LONGEST_SYLLABLE) - 1, -1):
                number += scale * (codes[start + begin] - _BEFORE_A)
                scale *= _BASE
                if begin > 0 and fewest[begin] == 0:
                    continue
                pieces = fewest[begin] + 1
                # Of cuts into equally many pieces the last has the longest end.
                if 0 < fewest[end] < pieces:
                    continue
                place = np.searchsorted(numbers, number)
                if place < len(numbers) and numbers[place] == number:
                    fewest[end], begins[end], heard[end] = pieces, begin, sounds[place]
        if length > _LONGEST_RUN or fewest[length] == 0:
            out[0, count], out[1, count], out[2, count] = 0, start, start + length
            count += 1
            continue
        end = length
        while end > 0:
            out[0, count], out[1, count] = heard[end], start + begins[end]
            out[2, count] = start + end
            count += 1
            end = begins[end]
    return count
