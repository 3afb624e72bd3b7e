"""A finding's words in the original text of its record, found again by their offsets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from hengjian.casework.incoming import home_store
from hengjian.casework.models import LeadFinding
from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import SnapshotRow
from hengjian.violations.finding import statement

CONTEXT = 40


@dataclass(frozen=True)
class Segment:
    """A stretch of text, marked where it is evidence."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Quotation:
    """One field of a record with the words that the finding points to.

    Attributes:
        field: Field of the contract, or `attributes.NAME`; of what is no text, what is said of it.
        words: The words, each once, in order.
        segments: The whole text of the field, cut where the words start and end.
        excerpt: Where each of the words stands first, with a little of what is around it.
    """

    field: str
    words: list[str]
    segments: list[Segment]
    excerpt: str


def cut(text: str, spans: Iterable[tuple[int, int]]) -> list[Segment]:
    """Cut a text at its spans; spans that overlap are marked as one.

    Args:
        text: The original text.
        spans: (start, end) offsets into it, in any order.
    """
    inside = {offset for start, end in spans for offset in range(start, end)}
    pieces = groupby(range(len(text)), key=lambda offset: offset in inside)
    return [Segment("".join(text[o] for o in offsets), marked) for marked, offsets in pieces]


def quotations(finding: LeadFinding) -> list[Quotation]:
    """Return what a finding quotes, by field.

    Raises:
        HengjianError: The row is missing from the store, was altered, or does not hold the words.
    """
    row = SnapshotRow(**finding.row)
    content = home_store().get(row.row_sha256)
    by_field: dict[str, list[tuple[int, int]]] = {}
    facts: list[Quotation] = []
    for item in finding.payload["evidence"]:
        if item["text"] is None:
            facts.append(_fact(item["field"], statement(item)))
        else:
            by_field.setdefault(item["field"], []).append((item["start"], item["end"]))
    quoted = [_quotation(name, row.text(content, name), spans) for name, spans in by_field.items()]
    return quoted + facts


def _fact(name: str, told: str) -> Quotation:
    """Return what a finding rests on that is no stretch of a text: a number, a missing label."""
    return Quotation(field=name, words=[told], segments=[Segment(told, False)], excerpt=told)


def _quotation(name: str, text: str | None, spans: list[tuple[int, int]]) -> Quotation:
    if text is None:
        raise HengjianError("原始记录中没有证据所指的字段", field=name)
    words: dict[str, tuple[int, int]] = {}
    for start, end in sorted(spans):
        words.setdefault(text[start:end], (start, end))
    return Quotation(
        field=name,
        words=list(words),
        segments=cut(text, spans),
        excerpt=_excerpt(text, words.values()),
    )


def _excerpt(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the spans, in order, with what stands around them; … marks what is left out."""
    pieces, upto = list[str](), 0
    for start, end in spans:
        first = max(upto, start - CONTEXT)
        pieces.append(("…" if first > upto else "") + text[first : end + CONTEXT])
        upto = max(upto, end + CONTEXT)
    return "".join(pieces) + ("…" if upto < len(text) else "")
