"""What comes in from a scan's folder: nothing is believed before its evidence is at hand."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from django.conf import settings
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, model_validator

from hengjian.casework.rules import all_rules
from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import SnapshotRow, read_manifest
from hengjian.evidence.store import EvidenceStore
from hengjian.scan_folder import (
    COVERAGE_FILE,
    EVIDENCE_FOLDER,
    FINDINGS_FILE,
    SCAN_FILE,
    SUBJECTS_FILE,
    read_findings,
    read_scan,
)

KEPT_FILES = (SCAN_FILE, COVERAGE_FILE, FINDINGS_FILE, SUBJECTS_FILE)

_Name = Annotated[str, Field(min_length=1, max_length=500)]
_Maybe = Annotated[str | None, Field(max_length=500)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Evidence(BaseModel):
    """Words at their offsets; or else what has a name and no words, such as a number."""

    record_id: _Name
    field: _Name
    start: Annotated[int | None, Field(ge=0)]
    end: Annotated[int | None, Field(ge=0)]
    text: Annotated[str | None, Field(min_length=1, max_length=1000)]
    layer: _Name
    name: _Maybe
    value: float | None
    unit: _Maybe
    baseline: float | None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        placed = {self.start is None, self.end is None, self.text is None}
        if len(placed) > 1 or (self.text is None and self.name is None):
            raise ValueError("evidence has either words at their offsets or a name")
        return self


class _Law(BaseModel):
    law: _Name
    article: _Name
    effective_from: dt.date
    quote: Annotated[str, Field(min_length=1, max_length=5000)]


class _FindingForm(BaseModel):
    """What casework relies on in a finding about a subject; the contract holds the rest."""

    finding_id: Annotated[str, Field(min_length=1, max_length=64)]
    lead_key: Annotated[str, Field(min_length=1, max_length=64)]
    row_sha256: _Sha256
    seeded: bool
    violation: _Name
    subject_kind: Annotated[str, Field(min_length=1, max_length=20)]
    subject_id: _Name
    record_ids: Annotated[list[_Name], Field(min_length=1)]
    platform: Annotated[str | None, Field(max_length=200)]
    shop_id: _Maybe
    operator_id: _Maybe
    region: Annotated[str | None, Field(max_length=100)]
    severity: Literal["life_health", "minors", "property", "order"]
    score: Annotated[float, Field(ge=0, le=1)]
    conduct_from: AwareDatetime | None
    conduct_until: AwareDatetime | None
    conduct_known: Literal["stated", "captured", "assumed", "unknown"]
    legal_basis: Annotated[list[_Law], Field(min_length=1)]
    ladder: Literal["R1", "R2", "R3", "R4"]
    evidence: Annotated[list[_Evidence], Field(min_length=1)]
    explanation: Annotated[str, Field(max_length=5000)]


@dataclass(frozen=True)
class Incoming:
    """A finding whose evidence is in the store of HENGJIAN_HOME."""

    finding: dict[str, Any]
    row: dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """A finding that was not taken in, and why."""

    finding_id: str
    reason: str


@dataclass(frozen=True)
class Inbox:
    """A scan's findings, sorted out.

    Attributes:
        scan: What scan.json says.
        files: SHA-256 by name of the scan's files, now in the store.
        topics: How many findings are topics, which are tasks for an office and no leads.
    """

    scan: dict[str, Any]
    files: dict[str, str]
    accepted: list[Incoming]
    refused: list[Refusal]
    topics: int


def home_store() -> EvidenceStore:
    """Return the evidence store of HENGJIAN_HOME."""
    return EvidenceStore(settings.HENGJIAN_HOME / "evidence")


def keep_scan_files(folder: Path) -> dict[str, str]:
    """Keep a scan's files in the store and return their hashes by name.

    Raises:
        HengjianError: The folder does not hold a whole scan.
    """
    read_scan(folder)
    store, files = home_store(), {}
    for name in KEPT_FILES:
        try:
            files[name] = store.put((folder / name).read_bytes())
        except FileNotFoundError:
            raise HengjianError("扫描结果不完整", path=folder / name) from None
    return files


@contextmanager
def kept_scan(files: Mapping[str, str]) -> Iterator[Path]:
    """Lay a kept scan's files out in a folder for as long as the block runs.

    Raises:
        HengjianError: A file is missing from the store or was altered there.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in KEPT_FILES:
            (folder / name).write_bytes(home_store().get(files[name]))
        yield folder


def open_inbox(folder: Path) -> Inbox:
    """Read a scan's folder, check every finding against its evidence, and keep that evidence.

    Raises:
        HengjianError: The folder does not hold a whole scan that can be read.
    """
    files = keep_scan_files(folder)
    with kept_scan(files) as kept:
        scan, findings = read_scan(kept), list(read_findings(kept))
    if scan.get("findings") != len(findings):
        raise HengjianError(
            f"扫描说明写有 {scan.get('findings')} 条疑点，文件里有 {len(findings)} 条",
            path=folder / FINDINGS_FILE,
        )
    evidence = folder / EVIDENCE_FOLDER
    rows = {(row.row_sha256, row.record_id): row for row in read_manifest(evidence)}
    accepted, refused, topics = [], [], 0
    for finding in findings:
        if not finding["violation"]:
            topics += 1
            continue
        try:
            accepted.append(_take_in(finding, rows, EvidenceStore(evidence)))
        except HengjianError as error:
            refused.append(Refusal(str(finding["finding_id"]), error.message))
    return Inbox(scan, files, accepted, refused, topics)


def _take_in(
    finding: dict[str, Any], rows: Mapping[tuple[str, str], SnapshotRow], store: EvidenceStore
) -> Incoming:
    _check_form(finding)
    row = next(
        (
            rows[finding["row_sha256"], record_id]
            for record_id in finding["record_ids"]
            if (finding["row_sha256"], record_id) in rows
        ),
        None,
    )
    if row is None:
        raise HengjianError("证据快照的清单里没有它所依据的行")
    content = store.get(row.row_sha256)
    for item in finding["evidence"]:
        row.check(content, item)
    home_store().put(content)
    return Incoming(finding, asdict(row))


def _check_form(finding: dict[str, Any]) -> None:
    try:
        _FindingForm.model_validate(finding)
        json.dumps(finding, ensure_ascii=False).encode()
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise HengjianError(f"字段 {place} 不合约定") from None
    except UnicodeEncodeError:
        raise HengjianError("含有无法保存的字符") from None
    if finding["violation"] not in all_rules():
        raise HengjianError(f"没有这条规则：{finding['violation']}")
