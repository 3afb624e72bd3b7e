"""Split: characters written as the parts that they are made of, such as 女子 for 好."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.text.arrays import Pattern, Patterns
from hengjian.text.layers.base import Found, Gates, Terms, found
from hengjian.text.page import Page
from hengjian.text.shapes import split_forms


class Split:
    """Finds every way to write a term with characters in parts."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        self._patterns = Patterns(
            Pattern(form, number, (first,))
            for term, number in terms.chinese
            for form, first in split_forms(term)
        )
        self._gate = gates.split

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms."""
        terms, starts, lengths = self._patterns.find(page.codes)
        yield found("split", terms, starts, starts + lengths, self._gate)
