from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion, Undecided

DETECTOR = load_rules()["reputation.impersonated_complaint"].detector
START = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def _told(complaints: list[dict[str, Any]], orders: list[dict[str, Any]]) -> list[Said]:
    assert DETECTOR is not None
    tables = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema).select(DETECTOR.columns(kind))
        for kind, rows in (("complaint", complaints), ("order", orders))
    }
    return list(DETECTOR.suspect(tables))


def _complaint(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "record_id": f"c{number:03}",
        "channel": "platform",
        "kind": "complaint",
        "complainant_id": f"P{number}",
        "shop_id": f"S{number}",
        "platform": "甲",
        "created_at": START + number * dt.timedelta(hours=30),
        "order_id": f"o{number}",
        **fields,
    }


def _order(number: int, user: str) -> dict[str, Any]:
    return {
        "record_id": f"o{number}",
        "platform": "甲",
        "shop_id": f"S{number}",
        "item_id": "I1",
        "user_id": user,
        "created_at": START - dt.timedelta(days=9),
        "status": "received",
    }


ORDERS = [_order(n, f"P{n}") for n in range(40)]
FALSE = [_complaint(n, complainant_id="X") for n in range(7)]
HONEST = [_complaint(n) for n in range(10, 40)]


def test_orders_of_many_others_are_told_with_their_buyers() -> None:
    (told,) = _told([*FALSE, *HONEST], ORDERS)
    assert isinstance(told, Suspicion)
    assert (told.subject_kind, told.subject_id) == ("complainant", "X")
    assert "7 个订单中有 7 个属于另外 7 个用户" in told.explanation


def test_one_who_acts_for_four_relatives_is_left_alone() -> None:
    assert not _told([*FALSE[:4], *HONEST], ORDERS)


def test_one_who_says_that_he_was_charged_with_it_is_left_alone() -> None:
    assert not _told([*({**row, "text": "受委托代为投诉"} for row in FALSE), *HONEST], ORDERS)


def test_an_order_that_was_not_read_belongs_to_nobody_known() -> None:
    assert not _told(
        [*({**row, "order_id": f"z{n}"} for n, row in enumerate(FALSE)), *HONEST], ORDERS
    )


def test_ids_of_another_kind_cannot_be_compared() -> None:
    (told,) = _told([_complaint(n, complainant_id=f"K{n}") for n in range(20)], ORDERS)
    assert told == Undecided("complaint.complainant_id", 20)


def test_a_hotline_with_hundreds_of_names_is_no_disguise() -> None:
    text = "商家没有按约定时间发货，要求尽快处理并退还全部货款"
    line = [_complaint(n, contact_hash="line", order_id=None, text=text) for n in range(200)]
    assert not _told(line, ORDERS)
    few = [_complaint(n, contact_hash="few", order_id=None, text=text) for n in range(8)]
    (told,) = _told(few, ORDERS)
    assert isinstance(told, Suspicion)
    assert told.subject_kind == "group"


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(37)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = [*FALSE, *HONEST]
    (told,) = _told([rows[place] for place in order], ORDERS)
    assert isinstance(told, Suspicion)
    assert [order[place] for place in told.rests_on["complaint"]] == list(range(7))
