from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.food_drug.rounds import held_against_others, seals, warm_boxes
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Suspicion, Undecided

DETECTOR = load_rules()["food_drug.delivery_violation"].detector
NOON = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)


def _delivery(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "record_id": f"d{number}",
        "platform": "甲",
        "order_id": f"o{number}",
        "shop_id": "S1",
        "delivered_at": NOON + dt.timedelta(hours=12 * number),
        "rider_id": f"r{number}",
        **fields,
    }


def _table(records: list[dict[str, Any]]) -> pa.Table:
    assert DETECTOR is not None
    schema = KINDS["delivery"].schema
    return pa.Table.from_pylist(records, schema=schema).select(DETECTOR.columns("delivery"))


def _said(records: list[dict[str, Any]]) -> list[Suspicion]:
    assert DETECTOR is not None
    said = DETECTOR.suspect({"delivery": _table(records)})
    return [each for each in said if isinstance(each, Suspicion)]


@pytest.mark.parametrize(
    ("food_class", "degrees", "warm"),
    [
        ("cold", 12.0, False),
        ("cold", 12.5, True),
        ("frozen", 0.5, True),
        ("hot", 30.0, False),
        ("ambient", 30.0, False),
        (None, 30.0, False),
        ("cold", 300.0, False),
    ],
)
def test_a_box_is_warm_only_for_food_that_must_be_kept_cold(
    food_class: str | None, degrees: float, *, warm: bool
) -> None:
    table = _table([_delivery(1, food_class=food_class, box_temperature_c=degrees)])
    assert warm_boxes(table).wrong.tolist() == [warm]


def test_an_unknown_seal_is_not_judged() -> None:
    found = seals(_table([_delivery(1), _delivery(2, seal="intact"), _delivery(3, seal="absent")]))
    assert found.judged.tolist() == [False, True, True]
    assert found.wrong.tolist() == [False, False, True]


def test_what_one_rider_brings_on_one_day_counts_once() -> None:
    day = [
        _delivery(n, seal="broken", rider_id="r", delivered_at=NOON + dt.timedelta(minutes=n))
        for n in range(9)
    ]
    table = _table(day)
    rounds = held_against_others(table, seals(table))
    assert (rounds.wrong.tolist(), rounds.total.tolist()) == ([1], [1])


def test_a_round_that_went_wrong_in_half_did_not_go_wrong() -> None:
    both = [
        _delivery(n, seal=seal, rider_id="r", delivered_at=NOON)
        for n, seal in enumerate(("broken", "intact"))
    ]
    table = _table(both)
    assert held_against_others(table, seals(table)).wrong.tolist() == [0]


def test_one_rider_alone_is_no_way_of_a_shop() -> None:
    careless = [_delivery(n, seal="broken", rider_id="r1") for n in range(30)]
    careful = [_delivery(n, seal="intact", rider_id=f"q{n}") for n in range(30, 60)]
    assert _said(careless + careful) == []


def test_a_shop_without_rider_ids_is_judged_by_its_days() -> None:
    told = _said([_delivery(n, seal="absent", rider_id=None) for n in range(30)])
    assert [each.subject_id for each in told] == ["S1"]


def test_a_suspicion_rests_on_the_wrong_deliveries_in_the_order_of_days() -> None:
    wrong = [_delivery(n, seal="absent") for n in range(20)]
    right = [_delivery(n, seal="intact") for n in range(20, 40)]
    (told,) = _said(right + wrong[::-1])
    assert list(told.rests_on["delivery"]) == list(range(39, 19, -1))


def test_deliveries_without_a_seal_are_told() -> None:
    assert DETECTOR is not None
    said = list(DETECTOR.suspect({"delivery": _table([_delivery(1), _delivery(2)])}))
    assert said == [Undecided("delivery.seal", 2)]


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random: Any) -> None:
    records = [_delivery(n, seal="absent" if n % 4 > 1 else "intact") for n in range(40)]
    mixed = random.sample(records, len(records))
    (first,), (second,) = _said(records), _said(mixed)
    assert first.explanation == second.explanation
    rows = [
        [each[n]["record_id"] for n in told.rests_on["delivery"]]
        for each, told in ((records, first), (mixed, second))
    ]
    assert rows[0] == rows[1]


def test_nothing_is_said_of_nothing() -> None:
    rounds = held_against_others(_table([]), seals(_table([])))
    assert np.asarray(rounds.total).size == 0
