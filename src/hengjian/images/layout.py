"""Lines of text in a picture become one text, and know where in it they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Printed lines that go on in the next one are as high, begin below each other and stand close.
# In shares of the line's height; measured on drawn pages, a heading and its text differ by more.
_HEIGHTS_ALIKE, _EDGES_ALIKE, _GAP = 0.25, 0.6, 0.9
# A line that ends earlier than the next one was not broken for want of room.
_ROOM = 0.6
_ENDS = "。！？!?；;：:"
# What begins an item of a list, or a label with its value.
_NEW_ITEM = re.compile(r"[0-9①-⑳]{1,2}[.、）)]|[①-⑳●•·✓√★☆◆■▶\-—*]|[^：:]{1,8}[：:]")


class Box(NamedTuple):
    """A rectangle in a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.top + self.height


class Line(NamedTuple):
    """One line of text as it was seen.

    Attributes:
        text: What it says.
        box: Where it stands.
        certainty: 0–1, as the recogniser gives it.
    """

    text: str
    box: Box
    certainty: float


class Placed(NamedTuple):
    """A line, and where it stands in the whole text."""

    line: Line
    start: int
    end: int


def put_together(lines: Iterable[Line]) -> tuple[str, list[Placed]]:
    """Return the text of some lines in their order, and where each stands in it.

    A line that goes on in the next one is followed by it at once, so that a word broken over two
    lines is whole; else a line break, which no sentence spans, stands between.
    """
    text = ""
    placed: list[Placed] = []
    for line in lines:
        if placed:
            text += "" if _goes_on(placed[-1].line, line) else "\n"
        placed.append(Placed(line, len(text), len(text) + len(line.text)))
        text += line.text
    return text, placed


def _goes_on(one: Line, other: Line) -> bool:
    first, second = one.box, other.box
    size = min(first.height, second.height)
    return (
        not one.text.endswith(tuple(_ENDS))
        and not _NEW_ITEM.match(other.text)
        and abs(first.height - second.height) <= _HEIGHTS_ALIKE * size
        and abs(first.left - second.left) <= _EDGES_ALIKE * size
        and -size / 2 <= second.top - first.bottom <= _GAP * size
        and second.right <= first.right + _ROOM * size
    )


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return lines from top to bottom; those that stand side by side from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box.top + line.box.height / 2, line.box.left)):
        middle = line.box.top + line.box.height / 2
        last = rows[-1][0].box if rows else None
        if (
            last is not None
            and abs(middle - last.top - last.height / 2) < min(last.height, line.box.height) / 2
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]
