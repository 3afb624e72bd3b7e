from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion

DETECTOR = load_rules()["marketing.unregistered_business"].detector
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


RECORDS: dict[str, list[dict[str, Any]]] = {
    "operator": [{"platform": "甲", "shop_id": "S1", "name": "王某", "kind": "natural_person"}],
    "order": [_order(n, paid_price=1000) for n in range(120)],
}


def test_the_conduct_begins_with_the_order_that_passed_the_limit() -> None:
    (told,) = _said(RECORDS)
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
    assert _said({**RECORDS, "order": early}) == []


def test_the_day_of_shanghai_picks_the_year() -> None:
    eve = dt.datetime(2025, 12, 31, 15, 59, tzinfo=dt.UTC)
    orders = [
        _order(n, created_at=eve + n * dt.timedelta(seconds=60), paid_price=60_000)
        for n in range(2)
    ]
    assert _said({**RECORDS, "order": orders}) == []


def test_orders_without_a_price_add_nothing() -> None:
    orders = [*RECORDS["order"][:100], *(_order(n) for n in range(100, 200))]
    assert _said({**RECORDS, "order": orders}) == []


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
