from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion

DETECTOR = load_rules()["reputation.malicious_order"].detector
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


UNPAID = [
    _order(
        n,
        user_id="bad",
        created_at=START + n * dt.timedelta(minutes=5),
        status="cancelled",
        cancel_reason="超时未付款",
        quantity=9,
    )
    for n in range(16)
]
RECORDS = {"order": [*UNPAID, *(_order(n, paid_at=START + n * DAY) for n in range(100, 160))]}


def test_the_buyer_is_told_with_shop_window_and_chance() -> None:
    (told,) = _said(RECORDS)
    assert (told.subject_kind, told.subject_id, told.shop_id) == ("account", "bad", "S1")
    assert list(told.rests_on["order"]) == list(range(16))
    assert told.members is not None
    assert told.members.p_value is not None
    assert told.members.p_value < 1e-6


def test_fourteen_unpaid_orders_are_too_few() -> None:
    assert _said({"order": RECORDS["order"][2:]}) == []


def test_where_most_buyers_leave_orders_unpaid_nobody_is_told() -> None:
    flash = [_order(n, status="cancelled", cancel_reason="支付超时") for n in range(1000, 1400)]
    assert _said({"order": [*RECORDS["order"], *flash]}) == []


def test_a_device_of_which_one_buyer_was_told_is_not_told_again() -> None:
    on_device = [{**order, "device_id": "d"} for order in UNPAID]
    (told,) = _said({"order": [*on_device, *RECORDS["order"][16:]]})
    assert told.subject_id == "bad"


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
