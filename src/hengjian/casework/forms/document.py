"""What every official document is made of, whatever its form and its output."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exhibit:
    """A row of the table of evidence.

    Attributes:
        source: Record and where it was seen.
        place: The field in which the words stand.
        excerpt: The words in their surroundings, exactly as they stand in the record.
        words: The words themselves.
        seen: When, and how that is known.
        sha256: Hash of the record as it was read.
    """

    source: str
    place: str
    excerpt: str
    words: str
    seen: str
    sha256: str


@dataclass(frozen=True)
class Section:
    """A heading with its paragraphs, and the evidence that belongs below them."""

    heading: str
    paragraphs: list[str]
    exhibits: list[Exhibit] = field(default_factory=list)


@dataclass(frozen=True)
class Annex:
    """What is attached and is no part of the order."""

    title: str
    paragraphs: list[str]


@dataclass(frozen=True)
class OfficialDocument:
    """A document, ready for any shell.

    Attributes:
        banner: A warning above everything, such as that it is an exercise; empty: none.
        issued_on: As written in the document.
    """

    banner: str
    office: str
    title: str
    number: str
    addressee: str
    sections: list[Section]
    issued_on: str
    annex: Annex
