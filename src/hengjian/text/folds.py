"""Folds: each character becomes one character, so that offsets stay those of the original text."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import opencc

from hengjian.text.arrays import CODES, Bytes, Ints

# Where Unicode keeps Chinese characters: extension A, the basic block, compatibility, extension B.
_HAN_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))
# Behind it Unicode has no character with a folded form, a category or a meaning of its own.
_LAST_ASSIGNED = 0x323B0
_TAGS = range(0xE0000, 0xE01F0)

# Kinds of characters, as bits.
HAN, LETTER, DIGIT, SENTENCE_END, HIDDEN, SPOKEN, BLOCK = (1 << bit for bit in range(7))
# Strokes that are typed between characters as if they were bars.
_BARS = "丨丶丿亅乚"
_SENTENCE_ENDS = "。！？!?；;\n"
# Unicode calls these letters or signs, but nothing of them is seen.
_BLANKS = "\u034f\u115f\u1160\u2800\u3164\uffa0"


def is_han(character: str) -> bool:
    """Tell whether a character is a Chinese one."""
    return any(start <= ord(character) < stop for start, stop in _HAN_BLOCKS)


def is_chinese(text: str) -> bool:
    """Tell whether a text is of Chinese characters only."""
    return bool(text) and all(map(is_han, text))


@cache
def simplified_characters() -> dict[int, str]:
    """Return the table from traditional to simplified characters, for `str.translate`.

    Source: OpenCC's `t2s`, asked one character at a time, so that its phrase tables, which may
    change the length, have no part in it.
    """
    characters = [chr(code) for start, stop in _HAN_BLOCKS for code in range(start, stop)]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {
        ord(traditional): simplified
        for traditional, simplified in zip(characters, converted, strict=True)
        if traditional != simplified and len(simplified) == 1
    }


@cache
def plain_characters() -> dict[int, str]:
    """Return the table that folds width, case and compatibility forms, for `str.translate`.

    Source: Unicode's NFKC and lower case, where they give one character for one.
    """
    table = {}
    for code in range(0x80, _LAST_ASSIGNED):
        character = chr(code)
        folded = unicodedata.normalize("NFKC", character).lower()
        if folded != character and len(folded) == 1:
            table[code] = folded
    return {**{code: chr(code).lower() for code in range(0x41, 0x5B)}, **table}


@cache
def _all_folds() -> dict[int, str]:
    simplified = simplified_characters()
    plain = {code: simplified.get(ord(c), c) for code, c in plain_characters().items()}
    return {**simplified, **plain}


def simplify(text: str) -> str:
    """Fold traditional characters to simplified ones; the length never changes."""
    return text.translate(simplified_characters())


def fold(text: str) -> str:
    """Fold traditional characters, width, case and compatibility forms; the length stays."""
    return text.translate(_all_folds())


def _as_table(folds: dict[int, str]) -> Ints:
    table = np.arange(CODES, dtype=np.intp)
    table[list(folds)] = [ord(character) for character in folds.values()]
    return table


@cache
def fold_table() -> Ints:
    """Return `fold` as an array from code to code."""
    return _as_table(_all_folds())


@cache
def simplify_table() -> Ints:
    """Return `simplify` as an array from code to code."""
    return _as_table(simplified_characters())


@cache
def kind_table() -> Bytes:
    """Return an array from code to the bits of its kind."""
    table = np.zeros(CODES, dtype=np.uint8)
    for code in (*range(_LAST_ASSIGNED), *_TAGS):
        category = unicodedata.category(chr(code))
        if category in {"Cf", "Mn", "Me"}:
            table[code] = HIDDEN
        elif category[0] in "LN":
            table[code] = SPOKEN
    for start, stop in _HAN_BLOCKS:
        table[start:stop] = HAN | SPOKEN
    table[[*map(ord, _BARS)]] = 0
    table[[*map(ord, _BLANKS)]] = HIDDEN
    table[ord("a") : ord("z") + 1] |= LETTER
    table[ord("0") : ord("9") + 1] |= DIGIT
    table[[*map(ord, _SENTENCE_ENDS)]] |= SENTENCE_END
    table[CODES - 1] = BLOCK
    return table
