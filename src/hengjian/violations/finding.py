"""What a scan says of a record: findings (疑点) and what could not be checked, as Arrow types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")

LAW = pa.struct(
    [
        ("law", pa.string()),
        ("article", pa.string()),
        ("effective_from", pa.string()),
        ("quote", pa.string()),
    ]
)
EVIDENCE = pa.struct(
    [
        ("record_id", pa.string()),
        ("field", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("layer", pa.string()),
        ("name", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("baseline", pa.float64()),
        ("image", pa.string()),
        ("box", pa.list_(pa.int64())),
    ]
)
MEMBERS = pa.struct(
    [
        ("accounts", pa.list_(pa.string())),
        ("shops", pa.list_(pa.string())),
        ("items", pa.list_(pa.string())),
        ("window_start", _TIME),
        ("window_end", _TIME),
        ("p_value", pa.float64()),
    ]
)
FINDING = pa.struct(
    [
        ("finding_id", pa.string()),
        ("lead_key", pa.string()),
        ("input_sha256", pa.string()),
        ("row_sha256", pa.string()),
        ("seeded", pa.bool_()),
        ("violation", pa.string()),
        ("subject_kind", pa.string()),
        ("subject_id", pa.string()),
        ("record_ids", pa.list_(pa.string())),
        ("platform", pa.string()),
        ("shop_id", pa.string()),
        ("operator_id", pa.string()),
        ("region", pa.string()),
        ("severity", pa.string()),
        ("score", pa.float64()),
        ("conduct_from", _TIME),
        ("conduct_until", _TIME),
        ("conduct_known", pa.string()),
        ("legal_basis", pa.list_(LAW)),
        ("ladder", pa.string()),
        ("evidence", pa.list_(EVIDENCE)),
        ("explanation", pa.string()),
        ("members", MEMBERS),
        ("rule_version", pa.string()),
    ]
)
FINDING_SCHEMA = pa.schema(list(FINDING))

UNCHECKED = pa.struct([("violation", pa.string()), ("reason", pa.string()), ("field", pa.string())])
OUTCOME = pa.struct(
    [
        ("findings", pa.list_(FINDING)),
        ("unchecked", pa.list_(UNCHECKED)),
        ("seconds", pa.list_(pa.struct([("violation", pa.string()), ("value", pa.float64())]))),
    ]
)
"""One record's outcome.

`unchecked` holds the rules that could not decide: reason `missing` (with the field),
`not_in_force` (no cited article applied on the day) or `failed` (with the fault in `field`).
`seconds` is the time each rule took on a whole batch, told on the batch's first row.
"""


class Unchecked(NamedTuple):
    """Why a rule could not decide: one of OUTCOME's reasons, and the field or fault."""

    violation: str
    reason: str
    field: str


def outcome_array(
    rows: int,
    findings: Mapping[int, Sequence[Mapping[str, Any]]],
    unchecked: Mapping[Unchecked, Sequence[int]],
    seconds: Mapping[str, float],
) -> pa.Array[Any]:
    """Return the OUTCOME of every row of a batch; most rows have none and cost nothing.

    Args:
        rows: How many rows the batch has.
        findings: The findings by row, where there are any.
        unchecked: The rows that were not checked, by why.
        seconds: What each rule took on the batch.
    """
    spent = [{"violation": violation, "value": value} for violation, value in seconds.items()]
    lists = [
        _lists(rows, findings, FINDING),
        _unchecked_lists(rows, unchecked),
        _lists(rows, {0: spent} if rows else {}, OUTCOME.field("seconds").type.value_type),
    ]
    return pa.StructArray.from_arrays(lists, fields=list(OUTCOME))


def _lists(rows: int, by_row: Mapping[int, Sequence[Any]], of: pa.DataType) -> pa.Array[Any]:
    counts = np.zeros(rows, dtype=np.int32)
    for row, items in by_row.items():
        counts[row] = len(items)
    flat: pa.Array[Any] = pa.array([i for row in sorted(by_row) for i in by_row[row]], of)
    return _as_lists(counts, flat)


def _unchecked_lists(rows: int, unchecked: Mapping[Unchecked, Sequence[int]]) -> pa.Array[Any]:
    reasons = sorted(unchecked)
    row = np.concatenate([np.zeros(0, np.intp), *(unchecked[reason] for reason in reasons)])
    number = np.repeat(np.arange(len(reasons)), [len(unchecked[reason]) for reason in reasons])
    order = np.argsort(row, kind="stable")
    told: pa.Array[Any] = pa.array([reason._asdict() for reason in reasons], UNCHECKED)
    counts = np.bincount(row.astype(np.intp), minlength=rows)
    return _as_lists(counts, told.take(pa.array(number[order], pa.int64())))


def _as_lists(counts: npt.NDArray[Any], flat: pa.Array[Any]) -> pa.Array[Any]:
    offsets: Any = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, flat)


def evidence_item(**known: Any) -> dict[str, Any]:
    """Return an item of evidence as EVIDENCE has it; what is not said is null."""
    return {**dict.fromkeys(field.name for field in EVIDENCE), **known}


def statement(item: Mapping[str, Any]) -> str:
    """Return what an item of evidence says, in Chinese: its words, a number, a label not shown."""
    if item["layer"] == "absent":
        return f"未标明{item['name']}"
    if item["text"] is not None:
        return str(item["text"])
    if item["value"] is None:
        return str(item["name"])
    unit = item["unit"] or ""
    beside = "" if item["baseline"] is None else f"（对照 {item['baseline']:g}{unit}）"
    return f"{item['name']} {item['value']:g}{unit}{beside}"


def digest(parts: Iterable[Any]) -> str:
    """Return a stable id of 32 hex digits for a list of JSON values."""
    canonical = json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def lead_key(
    violation: str, platform: str | None, subject_kind: str, subject_id: str, window: str
) -> str:
    """Return the key under which findings become one lead, whatever version of the rule they have.

    Args:
        violation: Id of the violation.
        platform: Where the subject is; None: unknown.
        subject_kind: Kind of subject, such as listing.
        subject_id: Its id on the platform.
        window: The month of the conduct, such as 2026-11, or `unknown`.
    """
    return digest([violation, platform, subject_kind, subject_id, window])
