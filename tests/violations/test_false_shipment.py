from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Suspicion

DETECTOR = load_rules()["consumer.false_shipment"].detector
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def _order(number: int, **fields: Any) -> dict[str, Any]:
    """Return an order of the honest shop S2, received four days later."""
    created = START + number * DAY
    return {
        "record_id": f"o{number}",
        "platform": "甲",
        "shop_id": "S2",
        "item_id": "I",
        "user_id": f"u{number}",
        "created_at": created,
        "paid_at": created,
        "status": "received",
        "status_at": created + 4 * DAY,
        "tracking_no": f"YT8800{number:08}",
        **fields,
    }


HONEST = [_order(number) for number in range(90)]


def _said(records: list[dict[str, Any]]) -> list[Suspicion]:
    assert DETECTOR is not None
    schema = KINDS["order"].schema
    table = pa.Table.from_pylist(records, schema=schema).select(DETECTOR.columns("order"))
    return [each for each in DETECTOR.suspect({"order": table}) if isinstance(each, Suspicion)]


def _reused(gap: dt.timedelta, **fields: Any) -> list[dict[str, Any]]:
    return [
        _order(
            1000 + n,
            shop_id="S1",
            created_at=START + n * gap,
            paid_at=START + n * gap,
            status_at=START + n * gap + dt.timedelta(hours=2),
            tracking_no="SF1234567890123",
            **fields,
        )
        for n in range(12)
    ]


def test_a_number_whose_parcel_had_left_is_told_with_its_rows() -> None:
    (told,) = _said([*HONEST, *_reused(2 * DAY)])
    assert (told.subject_kind, told.subject_id) == ("shop", "S1")
    # The first two were placed before the parcel can have been gone for two days.
    assert list(told.rests_on["order"]) == list(range(92, 102))
    assert told.quotes[0].text == "SF1234567890123"


@pytest.mark.parametrize(
    "lawful",
    [
        _reused(dt.timedelta(minutes=5)),
        _reused(2 * DAY, user_id="u"),
        _reused(200 * DAY),
    ],
    ids=["pooled on one day", "added by the same buyer", "used again by the carrier"],
)
def test_a_number_that_orders_share_lawfully_is_not_told(lawful: list[dict[str, Any]]) -> None:
    assert _said([*HONEST, *lawful]) == []


def test_a_warehouse_that_marks_at_once_and_delivers_is_not_told() -> None:
    at_once = [
        _order(2000 + n, shop_id="S1", created_at=START, paid_at=START, status="received")
        for n in range(95)
    ]
    unconfirmed = [
        _order(
            3000 + n,
            shop_id="S1",
            created_at=START,
            paid_at=START,
            status="shipped",
            status_at=START + dt.timedelta(seconds=30),
        )
        for n in range(5)
    ]
    assert _said([*HONEST, *at_once, *unconfirmed]) == []


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random: Any) -> None:
    records = [*HONEST, *_reused(2 * DAY)]
    mixed = random.sample(records, len(records))
    (first,), (second,) = _said(records), _said(mixed)
    assert first.explanation == second.explanation
    assert [records[n]["record_id"] for n in first.rests_on["order"]] == [
        mixed[n]["record_id"] for n in second.rests_on["order"]
    ]
