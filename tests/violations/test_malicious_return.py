from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion

DETECTOR = load_rules()["reputation.malicious_return"].detector
START = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def _told(records: dict[str, list[dict[str, Any]]]) -> list[Said]:
    assert DETECTOR is not None
    tables = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema).select(DETECTOR.columns(kind))
        for kind, rows in records.items()
    }
    return list(DETECTOR.suspect(tables))


def _order(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "record_id": f"o{number:04}",
        "platform": "甲",
        "shop_id": f"S{number % 20}",
        "item_id": "I1",
        "user_id": f"u{number}",
        "created_at": START + number * dt.timedelta(hours=9),
        "status": "received",
        **fields,
    }


def _return(order: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "record_id": f"r{order['record_id']}",
        "order_id": order["record_id"],
        **{name: order[name] for name in ("platform", "user_id", "shop_id")},
        "requested_at": order["created_at"] + dt.timedelta(days=4),
        "refund_only": True,
        "reason": "有异味",
        **fields,
    }


MINE = [_order(n, user_id="X") for n in range(14)]
ORDERS = [*MINE, *(_order(n) for n in range(100, 400))]
KEPT = [_return(order) for order in MINE[:12]]
SOME = [_return(order) for order in ORDERS[20:24]]


def test_goods_kept_at_many_shops_are_told_with_returns_and_orders() -> None:
    (told,) = _told({"return": [*KEPT, *SOME], "order": ORDERS})
    assert isinstance(told, Suspicion)
    assert (told.subject_kind, told.subject_id) == ("account", "X")
    assert told.rests_on == {"return": list(range(12)), "order": list(range(12))}
    assert "依法退货是消费者的权利" in told.explanation


def test_goods_sent_back_to_many_shops_are_a_right() -> None:
    back = [{**row, "refund_only": False, "reason": "七天无理由"} for row in KEPT]
    assert not _told({"return": [*back, *SOME], "order": ORDERS})


def test_seven_are_too_few() -> None:
    assert not _told({"return": [*KEPT[:7], *SOME], "order": ORDERS})


def test_one_bad_shop_explains_its_buyers() -> None:
    one = [{**order, "shop_id": "S1"} for order in MINE]
    assert not _told({"return": [_return(order) for order in one], "order": [*one, *ORDERS[14:]]})


def test_goods_that_were_never_sent_are_not_kept() -> None:
    unsent = [{**row, "reason": "卖家未发货"} for row in KEPT]
    assert not _told({"return": [*unsent, *SOME], "order": ORDERS})


def test_users_of_one_device_are_one_group() -> None:
    orders = [{**order, "user_id": f"x{n % 3}", "device_id": "D"} for n, order in enumerate(MINE)]
    rows = [_return(order) for order in orders[:12]]
    (told,) = _told({"return": [*rows, *SOME], "order": [*orders, *ORDERS[14:]]})
    assert isinstance(told, Suspicion)
    assert told.subject_kind == "group"
    assert told.members is not None
    assert told.members.accounts == ["x0", "x1", "x2"]


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(len(ORDERS))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    (told,) = _told({"return": [*KEPT, *SOME], "order": [ORDERS[place] for place in order]})
    assert isinstance(told, Suspicion)
    assert [order[place] for place in told.rests_on["order"]] == list(range(12))
