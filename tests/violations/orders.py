"""Orders as detectors see them, and what a detector says of records."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from hengjian.records.kinds import KINDS
from hengjian.violations.detector import Detector
from hengjian.violations.rule import read_rule, rules_folder
from hengjian.violations.suspicion import Said, Suspicion

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

Records = dict[str, list[dict[str, Any]]]


def detector_of(rule_id: str) -> Detector:
    """Return the detector of a rule that comes with Hengjian."""
    area, _, name = rule_id.partition(".")
    rule, faults = read_rule(rules_folder() / area / f"{name}.yml")
    assert rule is not None, faults
    assert rule.detector is not None
    return rule.detector


def all_said(detector: Detector, records: Records) -> list[Said]:
    """Return all that a detector says of records, given as the table holds them."""
    tables = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema).select(detector.columns(kind))
        for kind, rows in records.items()
    }
    return list(detector.suspect(tables))


def suspicions(detector: Detector, records: Records) -> list[Suspicion]:
    """Return whom a detector suspects."""
    return [said for said in all_said(detector, records) if isinstance(said, Suspicion)]


def order(number: int, **fields: Any) -> dict[str, Any]:
    """Return an order of one shop that was received, a day after the one before."""
    return {
        "record_id": f"o{number:04}",
        "platform": "甲",
        "shop_id": "S1",
        "item_id": "I",
        "user_id": f"u{number}",
        "created_at": START + number * DAY,
        "status": "received",
        **fields,
    }
