"""Folds: each character becomes one character, so that offsets stay those of the original text."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

import opencc

# Where Unicode keeps Chinese characters: extension A, the basic block, compatibility, extension B.
_HAN_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))


_HAN = "".join(f"{chr(start)}-{chr(stop - 1)}" for start, stop in _HAN_BLOCKS)
_IS_HAN = re.compile(f"[{_HAN}]")
_MEANINGFUL = re.compile(f"[0-9A-Za-z{_HAN}]+")


def is_han(character: str) -> bool:
    """Tell whether a character is a Chinese one."""
    return _IS_HAN.match(character) is not None


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
    for code in range(0x80, sys.maxunicode + 1):
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


def squeeze(folded: str) -> tuple[str, list[int]]:
    """Drop what is neither a Chinese character nor a letter or digit of ASCII.

    Returns:
        The rest, and for each of its characters the offset at which it stood.
    """
    kept: list[str] = []
    offsets: list[int] = []
    for run in _MEANINGFUL.finditer(folded):
        kept.append(run[0])
        offsets.extend(range(*run.span()))
    return "".join(kept), offsets
