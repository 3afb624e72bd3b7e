from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.violations.suspicion import Undecided
from tests.violations.orders import all_said, detector_of, order, suspicions

DETECTOR = detector_of("consumer.false_invoice")


RECORDS = {
    "order": [order(n, list_price=100 if n else 400, quantity=1, paid_price=90) for n in range(20)],
    "invoice": [
        {
            "record_id": f"v{n:02}",
            "platform": "甲",
            "order_id": f"o{n:04}",
            "shop_id": "S1",
            "status": "issued",
            "amount": 90 if n % 2 else 1000 + n,
            "item_name": "办公用品",
        }
        for n in range(20)
    ],
}


def test_the_invoices_above_what_was_ordered_are_told_the_largest_excess_first() -> None:
    (told,) = suspicions(DETECTOR, RECORDS)
    assert list(told.rests_on["invoice"]) == [18, 16, 14, 12, 10, 8, 6, 4, 2, 0]
    assert (told.figures[0].value, told.figures[0].baseline) == (1018.0, 100.0)
    assert told.conduct_known == "unknown"


def test_one_buyer_with_many_such_invoices_is_one_case() -> None:
    of_one = [{**order, "user_id": "u"} for order in RECORDS["order"]]
    assert suspicions(DETECTOR, {**RECORDS, "order": of_one}) == []


def test_an_invoice_without_its_order_is_left_out_and_told() -> None:
    strange = [{**RECORDS["invoice"][0], "order_id": "x"}]
    assert all_said(DETECTOR, {**RECORDS, "invoice": strange}) == [Undecided("order.record_id", 1)]


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
