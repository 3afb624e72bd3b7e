from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion, Undecided

DETECTOR = load_rules()["consumer.false_invoice"].detector
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
    "order": [
        _order(n, list_price=100 if n else 400, quantity=1, paid_price=90) for n in range(20)
    ],
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
    (told,) = _said(RECORDS)
    assert list(told.rests_on["invoice"]) == [18, 16, 14, 12, 10, 8, 6, 4, 2, 0]
    assert (told.figures[0].value, told.figures[0].baseline) == (1018.0, 100.0)
    assert told.conduct_known == "unknown"


def test_one_buyer_with_many_such_invoices_is_one_case() -> None:
    of_one = [{**order, "user_id": "u"} for order in RECORDS["order"]]
    assert _said({**RECORDS, "order": of_one}) == []


def test_an_invoice_without_its_order_is_left_out_and_told() -> None:
    strange = [{**RECORDS["invoice"][0], "order_id": "x"}]
    assert _told({**RECORDS, "invoice": strange}) == [Undecided("order.record_id", 1)]


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
