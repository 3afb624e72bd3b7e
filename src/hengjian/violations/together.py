"""Whether words that must all be there stand close enough to speak of one thing.

Lists of words that must all occur mean something in a title or a message. In a detail page of two
thousand characters, or an hour of talk, each of them occurs somewhere; only those that stand within
a paragraph's reach of each other count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

REACH = 200
_SEGMENT = re.compile(r"(segments)\[\d+\]\.text")


class Span(NamedTuple):
    """Where something stands: what is read in one go, and the places in it."""

    text: str
    start: int
    end: int


def are_together(parts: Sequence[Iterable[Span]]) -> bool:
    """Tell whether one span of each part stands within reach of those of the others.

    Parts without spans, such as numbers and labels, stand nowhere and are with all. So is what
    stands in a text of its own, such as a title.
    """
    found = [frozenset(part) for part in parts]
    return all(
        _within_reach([part for part in found if {span.text for span in part} == {text}])
        for text in {span.text for part in found for span in part}
    )


def _within_reach(parts: Sequence[frozenset[Span]]) -> bool:
    """Tell whether a stretch of REACH characters has a whole span of each part."""
    spans = sorted((span.start, span.end, number) for number, p in enumerate(parts) for span in p)
    inside: Counter[int] = Counter()
    first = 0
    for _, end, number in spans:
        inside[number] += 1
        while end - spans[first][0] > REACH and first < len(spans):
            inside[spans[first][2]] -= 1
            first += 1
        if all(inside[wanted] > 0 for wanted in range(len(parts))):
            return True
    return not parts


def where_read(texts: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Return for each field what it is read as a part of, and where it begins in that.

    The segments of a livestream are read one after another.
    """
    found: dict[str, tuple[str, int]] = {}
    reached: Counter[str] = Counter()
    for name, text in texts.items():
        match = _SEGMENT.fullmatch(name)
        whole = match[1] if match else name
        found[name] = whole, reached[whole]
        reached[whole] += len(text) + 1
    return found
