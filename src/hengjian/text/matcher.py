"""Find many terms at once in a text, whatever the script it is written in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ahocorasick_rs import AhoCorasick

from hengjian.text.folds import simplify

Layer = Literal["literal", "traditional"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One occurrence of a term.

    Attributes:
        term: The term as it was given to the matcher.
        start: Offset of its first character in the original text.
        end: Offset behind its last character.
        layer: How it matched: letter for letter, or only after folding to simplified characters.
    """

    term: str
    start: int
    end: int
    layer: Layer


class Matcher:
    """Finds every occurrence of every term, overlapping ones too.

    Args:
        terms: The terms; an empty one would match everywhere and is refused.

    Raises:
        ValueError: A term is empty.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = list(dict.fromkeys(terms))
        if "" in self._terms:
            raise ValueError("a term must not be empty")
        self._automaton = AhoCorasick([simplify(term) for term in self._terms])

    def find(self, text: str) -> list[Hit]:
        """Return the hits in a text, by start, then end."""
        found = self._automaton.find_matches_as_indexes(simplify(text), overlapping=True)
        return [
            Hit(term, start, end, "literal" if text[start:end] == term else "traditional")
            for term, start, end in sorted(
                ((self._terms[index], start, end) for index, start, end in found),
                key=lambda hit: (hit[1], hit[2], hit[0]),
            )
        ]
