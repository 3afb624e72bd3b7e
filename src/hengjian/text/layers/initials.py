"""Initials: the first letters of a term's syllables, such as hpfx for 好评返现."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from hengjian.text.folds import HAN
from hengjian.text.layers.base import SHORT, Found, Gates, Terms, found
from hengjian.text.page import Page
from hengjian.text.sounds import initials_of_term

_Tile = tuple[int, int, int]


class Initials:
    """Finds runs of letters that are the initials of terms, one after another."""

    def __init__(self, terms: Terms, gates: Gates) -> None:
        groups: dict[bytes, list[int]] = defaultdict(list)
        for term, number in terms.chinese:
            if letters := initials_of_term(term):
                groups[letters.encode()].append(number)
        self._groups = dict(groups)
        self._fewest = gates.initials
        self._tiles = lru_cache(maxsize=65536)(self._tiles_of)

    def find(self, page: Page) -> Iterator[Found]:
        """Find terms; two letters are enough where Chinese stands on both sides."""
        starts, ends = page.letters
        between = page.kinds[starts - 1] & page.kinds[ends] & HAN
        letters = page.codes.astype(np.uint8).tobytes() if len(starts) else b""
        tiles: list[_Tile] = []
        rows = zip(starts.tolist(), ends.tolist(), between.tolist(), strict=True)
        for start, end, is_between in rows:
            # One letter twice is a size or a noise, such as XX.
            is_doubled = letters[start] == letters[end - 1]
            fewest = SHORT if is_between and not is_doubled else self._fewest
            for number, first, last in self._tiles(letters[start:end], fewest):
                tiles.append((number, start + first, start + last))
        if tiles:
            terms, starts, ends = np.array(tiles, dtype=np.intp).T
            yield found("initials", terms, starts, ends)

    def _tiles_of(self, run: bytes, fewest: int) -> tuple[_Tile, ...]:
        """Return the terms whose initials fill a whole run of letters."""
        reach = {0}
        pieces = []
        for end in range(fewest, len(run) + 1):
            for start in range(end - fewest + 1):
                if start in reach and run[start:end] in self._groups:
                    reach.add(end)
                    pieces.append((start, end))
        if len(run) not in reach:
            return ()
        back = {len(run)}
        tiles = []
        for start, end in reversed(pieces):
            if end in back:
                back.add(start)
                tiles += [(number, start, end) for number in self._groups[run[start:end]]]
        return tuple(tiles)
