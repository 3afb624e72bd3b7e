from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion, Undecided

DETECTOR = load_rules()["food_drug.delivery_records_missing"].detector
START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def _told(records: dict[str, list[dict[str, Any]]]) -> list[Said]:
    assert DETECTOR is not None
    tables = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema).select(DETECTOR.columns(kind))
        for kind, rows in records.items()
    }
    return list(DETECTOR.suspect(tables))


def _said(records: dict[str, list[dict[str, Any]]]) -> list[Suspicion]:
    return [each for each in _told(records) if isinstance(each, Suspicion)]


def _order(number: int, **fields: Any) -> dict[str, Any]:
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


RECORDS = {
    "delivery": [
        {
            "record_id": f"d{n:04}",
            "platform": "甲",
            "order_id": f"o{n:04}",
            "shop_id": f"S{n % 6}",
            "delivered_at": START + n * dt.timedelta(hours=6),
            "rider_id": f"r{n % 9}" if n % 5 else None,
        }
        for n in range(400)
    ],
    "order": [
        _order(n, shop_id=f"S{n % 6}", created_at=START + n * dt.timedelta(hours=6))
        for n in range(400)
    ],
}


def test_the_platform_is_told_with_the_records_that_lack_the_rider() -> None:
    (told,) = _said(RECORDS)
    assert (told.subject_kind, told.subject_id) == ("platform", "甲")
    assert list(told.rests_on["delivery"]) == list(range(0, 400, 5))


def test_what_is_older_than_must_be_kept_does_not_count() -> None:
    newest = _order(9999, created_at=START + 400 * DAY)
    late = {**RECORDS["delivery"][1], "record_id": "d9999", "order_id": "o9999"}
    orders, deliveries = [*RECORDS["order"], newest], [*RECORDS["delivery"], late]
    assert _said({"order": orders, "delivery": deliveries}) == []


def test_gaps_of_one_shop_are_no_way_of_a_platform() -> None:
    one = [{**row, "shop_id": "S1"} for row in RECORDS["delivery"]]
    assert _said({**RECORDS, "delivery": one}) == []


def test_a_delivery_without_its_order_is_left_out_and_told() -> None:
    assert Undecided("order.record_id", 400) in _told({**RECORDS, "order": RECORDS["order"][:0]})


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random: Any) -> None:
    mixed = {kind: random.sample(rows, len(rows)) for kind, rows in RECORDS.items()}
    (first,), (second,) = _said(RECORDS), _said(mixed)
    assert (first.subject_id, first.explanation) == (second.subject_id, second.explanation)
    (kind, rows), *_ = first.rests_on.items()
    assert [RECORDS[kind][row] for row in rows] == [
        mixed[kind][row] for row in second.rests_on[kind]
    ]
