"""Rules over pictures: each is read as a part of the page that shows it.

A rule on listings or posts looks at the picture's text beside all that its page says, so that the
page's category sets the scene and its words excuse; what it finds must be quoted from the picture,
since the page is looked at itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pyarrow as pa

from hengjian.records.kinds import KINDS, Kind

PICTURE = "picture"
PAGE_KINDS = ("listing", "post")
PICTURE_TEXT = "picture_text"
PLACES = ("image", "lines")
"""What tells where in a picture its text stands."""
_TEXTS = (PICTURE_TEXT, "other_pictures_text")
_PAGE_ID = "of_record_id"
# A letter of Latin or a digit is about half as wide as a Chinese character.
_NARROW = 0x2E80


class Place(NamedTuple):
    """Where a stretch of text stands in a picture.

    Attributes:
        image: The picture's path, as its page gave it.
        box: Left, top, width and height in pixels; None: its line is not known.
    """

    image: str
    box: list[int] | None


def page_in_picture(name: str) -> Kind:
    """Return the kind of a page as its pictures' records hold it, with their texts."""
    page = KINDS[name]
    ids = tuple(_PAGE_ID if each == "record_id" else each for each in page.id_fields)
    texts = (*page.text_fields, *_TEXTS)
    return replace(page, schema=KINDS[PICTURE].schema, id_fields=ids, text_fields=texts)


def rows_by_page(batch: pa.RecordBatch) -> dict[str, list[int]]:
    """Return which pictures of a batch stand on a page of which kind."""
    rows: dict[str, list[int]] = {name: [] for name in PAGE_KINDS}
    for row, name in enumerate(batch.column("of_kind").to_pylist()):
        rows[str(name)].append(row)
    return rows


def place_of(record: Mapping[str, Any], fieldname: str, start: int, end: int) -> Place | None:
    """Return where a stretch of a picture's text stands; None: it is no text of the picture.

    The box is of the stretch, not of its line: each character of a line has its share of it.
    """
    if fieldname != PICTURE_TEXT:
        return None
    boxes = [
        _part(line, max(start, line["start"]), min(end, line["end"]), record[PICTURE_TEXT])
        for line in record["lines"] or ()
        if line["start"] < end and start < line["end"]
    ]
    if not boxes:
        return Place(record["image"], None)
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return Place(record["image"], [left, top, right - left, bottom - top])


def _part(line: Mapping[str, Any], start: int, end: int, text: str) -> tuple[int, int, int, int]:
    """Return the edges of a part of a line: left, top, right, bottom."""
    whole = _width(text[line["start"] : line["end"]])
    before = _width(text[line["start"] : start]) / whole
    until = _width(text[line["start"] : end]) / whole
    left, top, width, height = (line[name] for name in ("left", "top", "width", "height"))
    # What is written downwards.
    if height > width and line["end"] - line["start"] > 1:
        return left, top + int(before * height), left + width, top + round(until * height)
    return left + int(before * width), top, left + round(until * width), top + height


def _width(text: str) -> float:
    return sum(0.5 if ord(character) < _NARROW else 1.0 for character in text)
