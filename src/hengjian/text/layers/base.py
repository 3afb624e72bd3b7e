"""What the layers have in common: their names, how sure they must be, terms and finds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from hengjian.text.arrays import Bools, Floats, Ints, Sequences
from hengjian.text.folds import fold, is_chinese, is_han
from hengjian.text.page import Page

Layer = Literal[
    "literal",
    "traditional",
    "width",
    "html",
    "inserted",
    "split",
    "pinyin",
    "mixed",
    "homophone",
    "swap",
    "initials",
    "lookalike",
]

# The plainest first: where one stretch of text is a term in several ways, the plainest is told.
LAYERS: tuple[Layer, ...] = get_args(Layer)
# What a reader sees is the term itself.
EXACT: frozenset[Layer] = frozenset({"literal", "traditional", "width", "html"})
DISGUISES: frozenset[Layer] = frozenset(LAYERS) - EXACT
ALL: frozenset[Layer] = frozenset(LAYERS)
# Sure enough to stand alone on the short words of rules: what was written shows the intent.
PLAIN_DISGUISES: frozenset[Layer] = frozenset({"inserted", "split", "mixed"})

SHORT = 2
# What is longer is a sentence; nobody disguises it character by character.
_LONGEST = 64


class Gates(NamedTuple):
    """How sure a disguise must be; measured by benchmarks/evasion.py.

    Attributes:
        homophone: How much must speak for a term that is only heard (layers/sound.py).
        swap: How strange swapped characters must be (words.strangeness), 0 to 1.
        parted: The same for two characters, and for more, with a foreign one among them.
        split: The same for characters in parts.
        lookalike: How rare the look-alikes must be together (words.rarity_table), for terms of two
            characters, three, and more.
        by_shape: The same where one of them is like the term's by its shape alone.
        lookalike_words: How strange the observed characters must be.
        inserted_words: The same for characters with signs between them.
        inserted: Most signs between two characters of a term.
        initials: Fewest letters that stand for a term, where no character stands on both sides.
    """

    homophone: float = 13.0
    swap: float = 0.32
    parted: tuple[float, float] = (0.5, 0.3)
    split: float = 0.3
    lookalike: tuple[float, float, float] = (2.8, 2.0, 2.0)
    by_shape: float = 3.0
    lookalike_words: float = 0.3
    inserted_words: float = 0.3
    inserted: int = 6
    initials: int = 3


class Found(NamedTuple):
    """What a layer found.

    Attributes:
        layer: The layer.
        terms: For each find the number of the term.
        starts: Where it begins in the page.
        ends: Where it ends.
        gates: How strange the observed characters must be (words.strangeness); 0: it is sure.
    """

    layer: Layer
    terms: Ints
    starts: Ints
    ends: Ints
    gates: Floats

    def where(self, kept: Bools | Ints) -> Found:
        """Return those of the finds that are kept."""
        return Found(
            self.layer, self.terms[kept], self.starts[kept], self.ends[kept], self.gates[kept]
        )


def found(layer: Layer, terms: Ints, starts: Ints, ends: Ints, gate: Floats | float = 0.0) -> Found:
    """Return finds with one gate or with one each."""
    gates = np.broadcast_to(np.asarray(gate, dtype=np.float32), terms.shape)
    return Found(layer, terms, starts, ends, gates)


@dataclass(frozen=True)
class Terms:
    """The terms that are looked for, by number.

    Attributes:
        given: As they were given.
        plain: Those that nobody would disguise, so that they are looked for as written only.
    """

    given: tuple[str, ...]
    plain: frozenset[str] = frozenset()

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The terms folded."""
        return tuple(map(fold, self.given))

    @cached_property
    def chinese(self) -> tuple[tuple[str, int], ...]:
        """The folded terms that can be disguised, each with its number."""
        return tuple(
            (term, number)
            for number, term in enumerate(self.folded)
            if SHORT <= len(term) <= _LONGEST
            and self.given[number] not in self.plain
            and is_chinese(term)
        )

    @cached_property
    def partly_chinese(self) -> tuple[tuple[str, int], ...]:
        """The folded terms that have Chinese to disguise, such as 装b, each with its number."""
        return tuple(
            (term, number)
            for number, term in enumerate(self.folded)
            if SHORT <= len(term) <= _LONGEST
            and self.given[number] not in self.plain
            and any(map(is_han, term))
        )

    @cached_property
    def codes(self) -> Sequences:
        """The folded terms as codes."""
        return Sequences(self.folded)


def by_length(gates: tuple[float, ...], lengths: Ints) -> Floats:
    """Return the gate for each term, by its length: the first is for two characters."""
    gate: Floats = np.array(gates, dtype=np.float32)[np.minimum(lengths - SHORT, len(gates) - 1)]
    return gate


def among_chinese(page: Page, hits: Found, near: int = 20) -> Bools:
    """Tell for each find whether Chinese stands near; in English `women` is no 我们."""
    wide = page.chinese(np.maximum(hits.starts - near, 0), hits.ends + near)
    kept: Bools = wide > page.chinese(hits.starts, hits.ends)
    return kept


def repeated(codes: Ints, starts: Ints, lengths: Ints) -> Bools:
    """Tell where two codes stand twice in a row, such as 哔哩哔哩: a name, or a noise."""
    two_before, before, one, two, behind, two_behind = (
        np.take(codes, starts + step, mode="clip") for step in range(-SHORT, 2 * SHORT)
    )
    twice = (two_before == one) & (before == two) | (behind == one) & (two_behind == two)
    twice_short: Bools = (lengths == SHORT) & twice
    return twice_short
