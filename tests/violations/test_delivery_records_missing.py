from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.violations.suspicion import Undecided
from tests.violations.orders import DAY, START, all_said, detector_of, order, suspicions

DETECTOR = detector_of("food_drug.delivery_records_missing")


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
        order(n, shop_id=f"S{n % 6}", created_at=START + n * dt.timedelta(hours=6))
        for n in range(400)
    ],
}


def test_the_platform_is_told_with_the_records_that_lack_the_rider() -> None:
    (told,) = suspicions(DETECTOR, RECORDS)
    assert (told.subject_kind, told.subject_id) == ("platform", "甲")
    assert list(told.rests_on["delivery"]) == list(range(0, 400, 5))


def test_what_is_older_than_must_be_kept_does_not_count() -> None:
    newest = order(9999, created_at=START + 400 * DAY)
    late = {**RECORDS["delivery"][1], "record_id": "d9999", "order_id": "o9999"}
    orders, deliveries = [*RECORDS["order"], newest], [*RECORDS["delivery"], late]
    assert suspicions(DETECTOR, {"order": orders, "delivery": deliveries}) == []


def test_gaps_of_one_shop_are_no_way_of_a_platform() -> None:
    one = [{**row, "shop_id": "S1"} for row in RECORDS["delivery"]]
    assert suspicions(DETECTOR, {**RECORDS, "delivery": one}) == []


def test_a_delivery_without_its_order_is_left_out_and_told() -> None:
    assert Undecided("order.record_id", 400) in all_said(
        DETECTOR, {**RECORDS, "order": RECORDS["order"][:0]}
    )


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random: Any) -> None:
    mixed = {kind: random.sample(rows, len(rows)) for kind, rows in RECORDS.items()}
    (first,), (second,) = suspicions(DETECTOR, RECORDS), suspicions(DETECTOR, mixed)
    assert (first.subject_id, first.explanation) == (second.subject_id, second.explanation)
    (kind, rows), *_ = first.rests_on.items()
    assert [RECORDS[kind][row] for row in rows] == [
        mixed[kind][row] for row in second.rests_on[kind]
    ]
