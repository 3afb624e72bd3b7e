from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.violations.orders import DAY, START, detector_of, order, suspicions

DETECTOR = detector_of("marketing.unregistered_business")


RECORDS: dict[str, list[dict[str, Any]]] = {
    "operator": [{"platform": "甲", "shop_id": "S1", "name": "王某", "kind": "natural_person"}],
    "order": [order(n, paid_price=1000) for n in range(120)],
}


def test_the_conduct_begins_with_the_order_that_passed_the_limit() -> None:
    (told,) = suspicions(DETECTOR, RECORDS)
    assert told.conduct_from == START + 100 * DAY
    assert (told.figures[0].value, told.figures[0].baseline) == (120_000.0, 100_000.0)
    assert {kind: len(rows) for kind, rows in told.rests_on.items()} == {
        "operator": 1,
        "order": 120,
    }


def test_before_the_limit_was_law_nothing_is_said() -> None:
    early = [
        {**order, "created_at": order["created_at"].replace(year=2020)}
        for order in RECORDS["order"]
    ]
    assert suspicions(DETECTOR, {**RECORDS, "order": early}) == []


def test_the_day_of_shanghai_picks_the_year() -> None:
    eve = dt.datetime(2025, 12, 31, 15, 59, tzinfo=dt.UTC)
    orders = [
        order(n, created_at=eve + n * dt.timedelta(seconds=60), paid_price=60_000) for n in range(2)
    ]
    assert suspicions(DETECTOR, {**RECORDS, "order": orders}) == []


def test_orders_without_a_price_add_nothing() -> None:
    orders = [*RECORDS["order"][:100], *(order(n) for n in range(100, 200))]
    assert suspicions(DETECTOR, {**RECORDS, "order": orders}) == []


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
