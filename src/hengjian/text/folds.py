"""Folds: each character becomes one character, so that offsets stay those of the original text."""

from __future__ import annotations

from functools import cache

import opencc

# Where Unicode keeps Chinese characters: extension A, the basic block, compatibility, extension B.
_HAN_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))


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


def simplify(text: str) -> str:
    """Fold traditional characters to simplified ones; the length never changes."""
    return text.translate(simplified_characters())
