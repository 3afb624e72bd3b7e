"""What speaks for a finding, as people read it: words in their surroundings, numbers, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from hengjian.casework.labels import LAYERS, field_name
from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import SnapshotRow, read_manifest
from hengjian.evidence.store import EvidenceStore
from hengjian.leads import Finding

CONTEXT = 30

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """A stretch of text, marked where it is evidence."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Shown:
    """One line of evidence.

    Attributes:
        label: The field, as officers know it.
        how: How it was seen, such as 原文 or 拆字.
    """

    label: str
    how: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole line, marked or not."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Basis:
    """The record on which a finding rests.

    Attributes:
        row: Where it was read.
        title: Its title, where it has one.
        shown: What in it speaks for the finding.
    """

    row: SnapshotRow
    title: str | None
    shown: list[Shown]


class EvidenceFolder:
    """Finds what findings rest on in the rows as they were read.

    Args:
        folder: The evidence snapshot of a scan.
        findings: Those that will be asked about; only their rows are looked up.
    """

    def __init__(self, folder: Path, findings: Iterable[Finding]) -> None:
        wanted = {finding["row_sha256"] for finding in findings}
        self._store = EvidenceStore(folder)
        self._rows = {
            (row.row_sha256, row.record_id): row
            for row in read_manifest(folder)
            if row.row_sha256 in wanted
        }

    def of(self, finding: Finding) -> Basis:
        """Return what a finding rests on.

        Raises:
            HengjianError: The row is missing, was altered, or does not hold the words.
        """
        keys = ((finding["row_sha256"], record_id) for record_id in finding["record_ids"])
        row = next((self._rows[key] for key in keys if key in self._rows), None)
        if row is None:
            raise HengjianError("证据快照的清单里没有疑点所依据的行", path=self._store.root)
        content = self._store.get(row.row_sha256)
        return Basis(row, row.text(content, "title"), shown(finding["evidence"], row, content))


def shown(evidence: Sequence[Item], row: SnapshotRow, content: bytes) -> list[Shown]:
    """Return the lines of evidence of a finding: the words by field, then numbers and gaps.

    Raises:
        HengjianError: The row does not hold the words where they should stand.
    """
    quoted: dict[str, list[Item]] = {}
    others = []
    for item in evidence:
        row.check(content, item)
        if item["text"] is not None:
            quoted.setdefault(item["field"], []).append(item)
        if item["text"] is None or item["value"] is not None:
            others.append(item)
    lines = [_quotation(items, row, content) for items in quoted.values()]
    return lines + [_statement(item) for item in others]


def _quotation(items: Sequence[Item], row: SnapshotRow, content: bytes) -> Shown:
    original = row.original_of(content, items[0])
    names: dict[str, str] = {item["layer"]: item["layer"] for item in items}
    layers = [LAYERS.get(name, name) for name in names]
    spans = [(item["start"], item["end"]) for item in items]
    how = "；".join(filter(None, ["、".join(layers), _in_picture(items)]))
    return Shown(field_name(items[0]["field"]), how, excerpt(original, spans))


def _in_picture(items: Sequence[Item]) -> str:
    """Return where words stand in a picture, in Chinese; empty: they stand in none."""
    if items[0].get("image") is None:
        return ""
    boxes = dict.fromkeys(tuple(item["box"]) for item in items if item["box"])
    places = "、".join(f"左 {x} 上 {y} 宽 {wide} 高 {high}" for x, y, wide, high in boxes)
    return f"图片 {items[0]['image']}" + (f"（{places}，像素）" if places else "")


def excerpt(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Return a text's spans, marked, with a little of what stands around them.

    Args:
        text: The original.
        spans: (start, end) offsets into it, in any order.
    """
    marked = {place for start, end in spans for place in range(start, end)}
    near = sorted(
        {
            place
            for start, end in spans
            for place in range(max(0, start - CONTEXT), min(len(text), end + CONTEXT))
        }
    )
    pieces: list[Piece] = []
    last = -1
    for (mark, _), run in groupby(
        enumerate(near), key=lambda each: (each[1] in marked, each[1] - each[0])
    ):
        places = [place for _, place in run]
        if places[0] != last + 1:
            pieces.append(Piece("…", False))
        pieces.append(Piece(text[places[0] : places[-1] + 1], mark))
        last = places[-1]
    if last + 1 < len(text):
        pieces.append(Piece("…", False))
    return tuple(pieces)


def _statement(item: Item) -> Shown:
    """Return an item that quotes no words: a number, a label that is missing, or a fact."""
    name = item["name"] or field_name(item["field"]).rpartition("·")[2]
    if item["layer"] == "absent":
        return Shown("标签", "缺失", (Piece("页面未标明：", False), Piece(name, True)))
    if item["value"] is None:
        return Shown(field_name(item["field"]), "字段", (Piece(name, True),))
    unit = item["unit"]
    pieces = [Piece(f"{name} ", False), Piece(_measure(item["value"], unit), True)]
    if item["baseline"] is not None:
        pieces.append(Piece(f"，基准 {_measure(item['baseline'], unit)}", False))
    return Shown("数值", "计算", tuple(pieces))


def _measure(value: float, unit: str | None) -> str:
    number = f"{value:,.10g}"
    return f"{number} {unit}" if unit else number
