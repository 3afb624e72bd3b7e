from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.violations.orders import DAY, START, detector_of, order, suspicions

DETECTOR = detector_of("reputation.malicious_order")


UNPAID = [
    order(
        n,
        user_id="bad",
        created_at=START + n * dt.timedelta(minutes=5),
        status="cancelled",
        cancel_reason="超时未付款",
        quantity=9,
    )
    for n in range(16)
]
RECORDS = {"order": [*UNPAID, *(order(n, paid_at=START + n * DAY) for n in range(100, 160))]}


def test_the_buyer_is_told_with_shop_window_and_chance() -> None:
    (told,) = suspicions(DETECTOR, RECORDS)
    assert (told.subject_kind, told.subject_id, told.shop_id) == ("account", "bad", "S1")
    assert list(told.rests_on["order"]) == list(range(16))
    assert told.members is not None
    assert told.members.p_value is not None
    assert told.members.p_value < 1e-6


def test_fourteen_unpaid_orders_are_too_few() -> None:
    assert suspicions(DETECTOR, {"order": RECORDS["order"][2:]}) == []


def test_where_most_buyers_leave_orders_unpaid_nobody_is_told() -> None:
    flash = [order(n, status="cancelled", cancel_reason="支付超时") for n in range(1000, 1400)]
    assert suspicions(DETECTOR, {"order": [*RECORDS["order"], *flash]}) == []


def test_a_device_of_which_one_buyer_was_told_is_not_told_again() -> None:
    on_device = [{**order, "device_id": "d"} for order in UNPAID]
    (told,) = suspicions(DETECTOR, {"order": [*on_device, *RECORDS["order"][16:]]})
    assert told.subject_id == "bad"


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
