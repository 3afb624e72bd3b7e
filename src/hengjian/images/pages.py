"""From listings and posts to records of kind `picture`: one for each picture that could be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hengjian.errors import HengjianError
from hengjian.images.cache import SeenPictures
from hengjian.images.elements import labels_shown
from hengjian.images.layout import put_together
from hengjian.images.opening import Content, decode, load
from hengjian.images.reading import Reader, Seen
from hengjian.records.kinds import KINDS

PAGE_KINDS = ("listing", "post")
# A detail page has some thirty; a list without end would hold up all other pages.
MOST_PICTURES = 200
_OWN = frozenset({"record_id", "images"})

Record = Mapping[str, Any]


class Page(NamedTuple):
    """A listing or a post, and where it was read.

    Attributes:
        kind: One of PAGE_KINDS.
        record: Its fields by the contract, with `_source` and `_line`.
        folder: The folder of the file that it was read from.
        root: The folder that pictures may not lie outside.
    """

    kind: str
    record: Record
    folder: Path
    root: Path

    @property
    def images(self) -> list[str]:
        """The pictures that it names, each once; an entry that is null names none."""
        return list(dict.fromkeys(name for name in self.record["images"] or () if name))


class Read(NamedTuple):
    """A picture that was read: its record, and whether its content was known already."""

    record: dict[str, Any]
    known: bool


class Fault(NamedTuple):
    """A picture that was not read, and where it is named.

    Attributes:
        file: As `_source` of the page.
        line: Of the page in that file.
    """

    of_kind: str
    of_record_id: str
    file: str
    line: int
    image: str
    reason: str


def read_pages(
    pages: Iterable[Page], reader: Reader, cache: SeenPictures
) -> Iterator[Read | Fault]:
    """Read the pictures of pages; what could not be read is told, and the rest goes on."""
    for page in pages:
        yield from _read_page(page, reader, cache)


def _read_page(page: Page, reader: Reader, cache: SeenPictures) -> Iterator[Read | Fault]:
    found: list[tuple[int, str, str, Seen, bool]] = []
    for number, image in enumerate(page.images[:MOST_PICTURES], start=1):
        try:
            content = load(image, page.folder, page.root)
            known = content.sha256 in cache
            seen = cache.get(content.sha256, _reading(reader, content, image))
        except HengjianError as error:
            yield _fault(page, image, error.message)
        else:
            found.append((number, image, content.sha256, seen, known))
    for image in page.images[MOST_PICTURES:]:
        yield _fault(page, image, f"一个页面至多读 {MOST_PICTURES} 张图片")
    texts = [put_together(seen.lines)[0] for *_, seen, _ in found]
    for place, (number, image, sha256, seen, known) in enumerate(found):
        others = "\n".join(filter(None, texts[:place] + texts[place + 1 :]))
        record = {**_of_page(page, number), "image": image, "sha256": sha256}
        yield Read({**record, **_of_picture(seen), "other_pictures_text": others}, known)


def _reading(reader: Reader, content: Content, image: str) -> Callable[[], Seen]:
    return lambda: reader.read(decode(content, image), image)


def _fault(page: Page, image: str, reason: str) -> Fault:
    record = page.record
    return Fault(page.kind, record["record_id"], record["_source"], record["_line"], image, reason)


def _of_page(page: Page, number: int) -> dict[str, Any]:
    """Return what a picture's record says of its page; what the page leaves open stays open."""
    carried = {
        name: value
        for name in KINDS["picture"].schema.names
        if name not in _OWN and (value := page.record.get(name)) is not None
    }
    own = page.record["record_id"]
    return {
        "record_id": f"{own}#{number}",
        **carried,
        "of_kind": page.kind,
        "of_record_id": own,
    }


def _of_picture(seen: Seen) -> dict[str, Any]:
    text, placed = put_together(seen.lines)
    return {
        "picture_text": text,
        "lines": [
            {"start": p.start, "end": p.end, **p.line.box._asdict(), "certainty": p.line.certainty}
            for p in placed
        ],
        "barcodes": seen.barcodes,
        "labels": labels_shown(text, seen.barcodes),
        "pdq": seen.pdq,
        "pdq_quality": seen.pdq_quality,
    }
