from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.violations.suspicion import Undecided
from tests.violations.orders import all_said, detector_of, order, suspicions

DETECTOR = detector_of("consumer.invoice_refusal")


# Forty requests: ten are answered, ten refused, and of twenty nothing is known.
RECORDS = {
    "order": [
        order(n, invoice_requested=True, invoice_issued=True if n < 10 else None) for n in range(40)
    ],
    "invoice": [
        {"record_id": f"v{n}", "order_id": f"o{n:04}", "shop_id": "S1", "status": "refused"}
        for n in range(10, 20)
    ],
}


def test_refusals_are_told_with_their_orders() -> None:
    (told,) = suspicions(DETECTOR, RECORDS)
    assert (told.subject_id, list(told.rests_on["order"])) == ("S1", list(range(10, 20)))
    assert told.score == 0.75


def test_a_refusal_that_an_invoice_followed_is_none() -> None:
    later = [
        {**row, "record_id": f"w{n}", "status": "issued"}
        for n, row in enumerate(RECORDS["invoice"])
    ]
    assert suspicions(DETECTOR, {**RECORDS, "invoice": [*RECORDS["invoice"], *later]}) == []


def test_who_is_not_known_to_have_asked_is_left_out_and_told() -> None:
    assert all_said(DETECTOR, {"order": [order(1, invoice_issued=False)]}) == [
        Undecided("order.invoice_requested", 1)
    ]


def test_where_all_shops_issue_late_none_stands_out() -> None:
    late = [
        order(n, shop_id=f"S{n % 20}", invoice_requested=True, invoice_issued=n % 5 > 1)
        for n in range(400)
    ]
    assert suspicions(DETECTOR, {"order": [{**order, "user_id": "u"} for order in late]}) == []


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
