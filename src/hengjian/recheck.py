"""The recheck (复核): is what was found gone, still there, or simply not seen?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hengjian.errors import HengjianError
from hengjian.scan_folder import SUBJECTS_FILE, read_findings, read_scan


@dataclass(frozen=True)
class RecheckResult:
    """What a later scan says of a subject.

    Attributes:
        outcome: `gone`: seen, checked and without a finding; `still_there`: seen with one;
            `not_seen`: not in the scan, or not checked for this violation, which proves nothing.
        observed_at: The earliest time at which it was seen; None: unknown.
        finding_ids: The findings, when still there.
        record_ids: The records in which it was seen.
    """

    outcome: Literal["gone", "still_there", "not_seen"]
    observed_at: dt.datetime | None
    finding_ids: list[str]
    record_ids: list[str]


def recheck(
    scan_dir: Path,
    *,
    violation: str,
    platform: str | None,
    subject_kind: str,
    subject_id: str,
    since: dt.datetime | None = None,
    seen_in: Collection[str] = (),
) -> RecheckResult:
    """Look for a subject in a later scan (复核).

    Args:
        scan_dir: The later scan's folder.
        violation: What it was suspected of.
        platform: Its platform.
        subject_kind: listing, review or shop.
        subject_id: Its id.
        since: Records seen before this moment, or at an unknown time, are passed over.
        seen_in: Kinds of records in which it was found; a scan that read none of one of them, such
            as no pictures, cannot tell that it is gone.

    Raises:
        HengjianError: The folder does not hold a scan.
    """
    scan = read_scan(scan_dir)
    kinds = _kinds_checked(scan, violation)
    seen = [
        record
        for record in _records_of(scan_dir, platform, subject_kind, subject_id, since)
        if record["subject_kind"] in kinds
    ]
    record_ids = [record["record_id"] for record in seen]
    finding_ids = [
        finding["finding_id"]
        for finding in read_findings(scan_dir)
        if finding["violation"] == violation
        and set(finding["record_ids"]) & set(record_ids)
        and finding["platform"] == platform
    ]
    times = [record["observed_at"] for record in seen]
    earliest = None if None in times else min(times, default=None)
    if finding_ids:
        return RecheckResult("still_there", earliest, finding_ids, record_ids)
    decided = [record for record in seen if violation not in record["unchecked"]]
    looked = {each.get("kind", scan.get("kind")) for each in scan.get("inputs", ())}
    whole = len(decided) == len(seen) and looked.issuperset(seen_in)
    outcome: Literal["gone", "not_seen"] = "gone" if seen and whole else "not_seen"
    return RecheckResult(outcome, earliest, [], record_ids)


def _kinds_checked(scan: dict[str, Any], violation: str) -> list[str]:
    """Return the kinds of records that a scan checked for a violation."""
    ran = violation in scan.get("rules", {})
    # A scan made before markets were read at once names its one kind only.
    kinds: list[str] = scan.get("rule_kinds", {}).get(violation, [scan.get("kind")])
    return kinds if ran else []


def _records_of(
    scan_dir: Path,
    platform: str | None,
    subject_kind: str,
    subject_id: str,
    since: dt.datetime | None,
) -> list[dict[str, Any]]:
    path = scan_dir / SUBJECTS_FILE
    if not path.exists():
        raise HengjianError("扫描结果缺少对象清单", path=path)
    own = "shop_id" if subject_kind == "shop" else "subject_id"
    try:
        rows = pq.read_table(path, filters=pc.field(own) == subject_id).to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise HengjianError(f"对象清单无法读取：{error}", path=path) from None
    return [
        row
        for row in rows
        if row["platform"] == platform
        and subject_kind in ("shop", row["subject_kind"])
        and (since is None or (row["observed_at"] is not None and row["observed_at"] >= since))
    ]
