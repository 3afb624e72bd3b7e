"""What a scan says of a record: findings (疑点) and what could not be checked, as Arrow types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
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


Outcome = tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, str]]]
"""Findings of a record, and what could not be checked."""


def outcome_array(
    rows: int, outcomes: Mapping[int, Outcome], seconds: Mapping[str, float]
) -> pa.Array[Any]:
    """Return the OUTCOME of every row of a batch; most rows have none and cost nothing.

    Args:
        rows: How many rows the batch has.
        outcomes: The outcome by row, where there is one.
        seconds: What each rule took on the batch.
    """
    spent = {0: [{"violation": v, "value": s} for v, s in seconds.items()]} if rows else {}
    columns: list[Mapping[int, Sequence[Any]]] = [
        {row: findings for row, (findings, _) in outcomes.items()},
        {row: unchecked for row, (_, unchecked) in outcomes.items()},
        spent,
    ]
    kinds = [field.type.value_type for field in OUTCOME]
    lists = [_lists(rows, *pair) for pair in zip(columns, kinds, strict=True)]
    return pa.StructArray.from_arrays(lists, fields=list(OUTCOME))


def _lists(rows: int, by_row: Mapping[int, Sequence[Any]], of: pa.DataType) -> pa.Array[Any]:
    counts = np.zeros(rows + 1, dtype=np.int32)
    for row, items in by_row.items():
        counts[row + 1] = len(items)
    flat: pa.Array[Any] = pa.array([i for row in sorted(by_row) for i in by_row[row]], of)
    offsets: Any = pa.array(np.cumsum(counts, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, flat)


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
