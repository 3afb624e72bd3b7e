"""Crews that send back to one shop: what each of them does is little."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.reputation.return_crews import returns_of
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion, Undecided

DETECTOR = load_rules()["reputation.malicious_return"].detector
START = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
CREW = [f"x{number}" for number in range(9)]


def _told(records: dict[str, list[dict[str, Any]]]) -> list[Said]:
    assert DETECTOR is not None
    tables = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema).select(DETECTOR.columns(kind))
        for kind, rows in records.items()
    }
    return list(DETECTOR.suspect(tables))


def _order(number: int, user: str, device: str | None, days: float = 0.0) -> dict[str, Any]:
    return {
        "record_id": f"o{number:04}",
        "platform": "甲",
        "shop_id": "S",
        "item_id": "I",
        "user_id": user,
        "created_at": START + dt.timedelta(days=days, minutes=number),
        "status": "received",
        "tracking_no": "YT1",
        "device_id": device,
    }


def _return(order: dict[str, Any], reason: str = "不想要了") -> dict[str, Any]:
    return {
        "record_id": f"r{order['record_id']}",
        "order_id": order["record_id"],
        **{name: order[name] for name in ("platform", "user_id", "shop_id")},
        "requested_at": order["created_at"] + dt.timedelta(days=4),
        "refund_only": False,
        "reason": reason,
    }


def _crew_orders(spread: float = 1.0, devices: int = 3, members: int = 9) -> list[dict[str, Any]]:
    """Return three orders of each member, from a few devices, so many days apart."""
    return [
        _order(3 * n + turn, CREW[n], f"d{n % devices}" if turn == 0 else None, spread * turn)
        for n in range(members)
        for turn in range(3)
    ]


OTHERS = [_order(n, f"u{n}", f"e{n}", n % 20) for n in range(100, 300)]
SOME = [_return(order, "七天无理由") for order in OTHERS[:12]]


def _market(orders: list[dict[str, Any]], reason: str = "不想要了") -> dict[str, Any]:
    returns = [_return(order, reason) for order in orders]
    return {"return": [*returns, *SOME], "order": [*orders, *OTHERS]}


def test_a_crew_of_which_each_returns_three_is_told_with_all_its_members() -> None:
    (told,) = _told(_market(_crew_orders()))
    assert isinstance(told, Suspicion)
    assert told.members is not None
    assert told.members.accounts == CREW
    assert {kind: sorted(rows) for kind, rows in told.rests_on.items()} == {
        "return": list(range(27)),
        "order": list(range(27)),
    }
    assert "依法退货是消费者的权利" in told.explanation


def test_strangers_who_return_as_much_are_left_alone() -> None:
    assert not _told(_market(_crew_orders(devices=9)))


def test_strangers_who_refuse_their_parcels_are_told() -> None:
    (told,) = _told(_market(_crew_orders(devices=9), "拒收"))
    assert isinstance(told, Suspicion)


@pytest.mark.parametrize("reason", ["质量问题", "尺码偏小", "与描述不符"])
def test_goods_that_are_faulty_or_do_not_fit_explain_it(reason: str) -> None:
    assert not _told(_market(_crew_orders(), reason))


def test_a_household_of_four_is_no_crew() -> None:
    assert not _told(_market(_crew_orders(members=4)))


def test_what_most_buyers_do_in_those_days_is_no_conspiracy() -> None:
    market = _market(_crew_orders())
    market["return"] += [_return(order, "七天无理由") for order in OTHERS[12:150]]
    assert not _told(market)


def test_returns_of_a_whole_season_are_not_taken_together() -> None:
    assert not _told(_market(_crew_orders(spread=40)))


def test_without_devices_it_is_not_known_whether_they_know_each_other() -> None:
    orders = [{**order, "device_id": None} for order in _crew_orders()]
    assert _told(_market(orders)) == [Undecided("order.device_id", 27)]


def test_a_change_of_mind_before_the_parcel_left_is_no_return() -> None:
    orders = [{**order, "tracking_no": None} for order in _crew_orders()]
    assert not _told(_market(orders))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    market = _market(_crew_orders())
    random = np.random.default_rng(seed)
    mixed = {kind: random.permutation(len(rows)).tolist() for kind, rows in market.items()}
    rows = {kind: [market[kind][place] for place in places] for kind, places in mixed.items()}
    (told,) = _told(rows)
    assert isinstance(told, Suspicion)
    for kind in ("return", "order"):
        assert sorted(mixed[kind][place] for place in told.rests_on[kind]) == list(range(27))


@given(st.lists(st.integers(-1, 6), max_size=15), st.sets(st.integers(0, 6), min_size=1))
def test_the_returns_of_orders_are_those_that_point_to_them(
    place: list[int], orders: set[int]
) -> None:
    found = returns_of(np.array(place, dtype=np.int64)).among(np.array(sorted(orders)))
    assert found.tolist() == [row for row, order in enumerate(place) if order in orders]
