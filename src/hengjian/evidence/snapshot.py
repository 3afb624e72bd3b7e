"""The snapshot of a scan: the rows that findings rest on, as they were read, under their hashes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hengjian.errors import HengjianError
from hengjian.evidence.store import EvidenceStore
from hengjian.records.fields import assumed_value
from hengjian.records.kinds import KINDS

MANIFEST = "manifest.jsonl"

_BOM = "\ufeff"
_PLACE = re.compile(
    r"(?P<column>[^.\[]+)(\[(?P<index>[0-9]{1,9})\])?(\.(?P<key>.*))?", re.DOTALL | re.ASCII
)


@dataclass(frozen=True)
class SnapshotRow:
    """Where a row in the snapshot came from.

    Attributes:
        row_sha256: SHA-256 of the row's bytes, its name in the store.
        record_id: The record's id.
        kind: The record's kind.
        source: File it was read from, relative to what was scanned.
        line: Line on which it starts, from 1.
        input_sha256: SHA-256 of the file.
        format: `jsonl`, `csv`, or `parquet` or `xlsx`, of which the row is kept as JSON.
        columns: The CSV header, without which the row cannot be read; None: the row is JSON.
        rename: The contract's field by the source's own name, where they differ.
        encoding: Of the row's bytes, by Python's name.
    """

    row_sha256: str
    record_id: str
    kind: str
    source: str
    line: int
    input_sha256: str
    format: str
    columns: list[str] | None
    rename: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"

    def text(self, content: bytes, fieldname: str) -> str | None:
        """Return the original text of a field, into which a finding's offsets point.

        Args:
            content: The row's bytes, from the store.
            fieldname: A field of the contract, `attributes.NAME` or `segments[0].text`.
        """
        place = _PLACE.fullmatch(fieldname)
        if place is None:
            return None
        column, index, key = place.group("column", "index", "key")
        value = self._values(content.decode(self.encoding).removeprefix(_BOM)).get(column)
        if isinstance(value, str) and (index is not None or key is not None):
            value = json.loads(value)
        if index is not None:
            value = _entry(value, int(index))
        if key is not None:
            value = value.get(key) if isinstance(value, dict) else None
        return None if value is None else str(value)

    def original_of(self, content: bytes, evidence: Mapping[str, Any]) -> str:
        """Return the original text in which an item of evidence stands.

        Args:
            content: The row's bytes, from the store.
            evidence: The item: record_id, field, start, end, text.

        Raises:
            HengjianError: The row cannot be read, or does not hold these words at this place.
        """
        try:
            original = self.text(content, evidence["field"])
        except (ValueError, AttributeError):
            raise HengjianError("它所依据的行无法读取") from None
        if evidence["record_id"] != self.record_id or original is None:
            raise HengjianError(f"证据所指的字段 {evidence['field']} 不在原始记录中")
        if original[evidence["start"] : evidence["end"]] != evidence["text"]:
            raise HengjianError("证据文字与原始记录的位置不符")
        return original

    def check(self, content: bytes, evidence: Mapping[str, Any]) -> None:
        """Check that the row bears an item of evidence out.

        Words must stand at their offsets and a field's number must be the same when it is read
        again; that a label is absent can only be seen by a person.

        Args:
            content: The row's bytes, from the store.
            evidence: The item, as a finding holds it.

        Raises:
            HengjianError: The row cannot be read, or says something else.
        """
        if evidence["text"] is not None:
            self.original_of(content, evidence)
            return
        if evidence["record_id"] != self.record_id:
            raise HengjianError("证据所指的记录不是这一行")
        fieldname = evidence["field"]
        if evidence["layer"] == "number" and "[" not in fieldname:
            try:
                written = self.text(content, fieldname)
                value = assumed_value(KINDS[self.kind].model, fieldname, written)
            except ValueError:
                raise HengjianError("它所依据的行无法读取") from None
            if float(value) != evidence["value"]:
                raise HengjianError("证据中的数值与原始记录不符")

    def _values(self, row: str) -> dict[str, Any]:
        if self.columns is None:
            values = json.loads(row)
        else:
            [cells] = csv.reader(io.StringIO(row, newline=""))
            values = dict(zip((name.strip() for name in self.columns), cells, strict=True))
        return {self.rename.get(name, name): value for name, value in values.items()}


def _entry(entries: Any, index: int) -> Any:
    return entries[index] if isinstance(entries, list) and index < len(entries) else None


def keep_rows(folder: Path, rows: Iterable[tuple[SnapshotRow, bytes]]) -> int:
    """Keep rows and their manifest in a folder; return how many rows the manifest names.

    Raises:
        HengjianError: A row's bytes do not match the hash it came with.
    """
    store = EvidenceStore(folder)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (folder / MANIFEST).open("w", encoding="utf-8") as manifest:
        for row, content in rows:
            if store.put(content, durable=False) != row.row_sha256:
                raise HengjianError(
                    "行内容与读取时的哈希不符", path=row.source, line=row.line, field="row_sha256"
                )
            manifest.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            count += 1
    # One sync for all rows: a wait for the disk at each would take longer than the whole scan.
    os.sync()
    return count


def read_manifest(folder: Path) -> Iterator[SnapshotRow]:
    """Return the rows that a snapshot's manifest names.

    Raises:
        HengjianError: The manifest is missing or a line of it cannot be read.
    """
    path = folder / MANIFEST
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        raise HengjianError("证据快照缺少清单", path=path) from None
    with file:
        for number, line in enumerate(file, start=1):
            try:
                yield SnapshotRow(**json.loads(line))
            except (ValueError, TypeError):
                raise HengjianError("证据清单的这一行无法读取", path=path, line=number) from None
