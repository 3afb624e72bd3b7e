"""Which ids were seen before, in memory of a fixed size."""

from __future__ import annotations

from array import array
from collections.abc import Hashable

_FIRST_SLOTS, _MOST_SLOTS = 2**12, 2**23
_MASK = 2**63 - 1


class SeenIds:
    """Remembers ids by their hash, up to some four million; two are taken for one almost never.

    Attributes:
        full: No further id was remembered; of later ones it isn't known whether they came before.
    """

    def __init__(self) -> None:
        self.full = False
        self._count = 0
        self._slots = array("q", bytes(8 * _FIRST_SLOTS))

    def add(self, name: Hashable) -> bool:
        """Remember an id; return whether it was seen before."""
        mark = hash(name) & _MASK or 1  # 0 is an empty slot
        slot = self._place(mark)
        if self._slots[slot] == mark:
            return True
        if self._count * 2 >= len(self._slots):
            self.full = len(self._slots) >= _MOST_SLOTS
            if self.full:
                return False
            self._grow()
            slot = self._place(mark)
        self._slots[slot] = mark
        self._count += 1
        return False

    def _place(self, mark: int) -> int:
        last = len(self._slots) - 1
        slot = mark & last
        while self._slots[slot] not in (0, mark):
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        marks = self._slots
        self._slots = array("q", bytes(16 * len(marks)))
        for mark in marks:
            if mark:
                self._slots[self._place(mark)] = mark
