from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.violations.detection import Detected, detect
from hengjian.violations.detector import DetectorExample, example_tables
from hengjian.violations.rule import load_rules

DETECTOR = load_rules()["consumer.low_price_tour"].detector
TOUR: dict[str, Any] = {
    "platform": "甲",
    "title": "云南五日",
    "days": 5,
    "destinations": ["昆明", "大理"],
    "transport": "双飞",
    "hotel_grade": "四星",
}


def _tables(peers: int, **cheap: Any) -> dict[str, pa.Table]:
    """Return tours of other shops at 2,300 yuan and more, and a cheap one that stops at shops."""
    assert DETECTOR is not None
    others = {**TOUR, "record_id": "p{n}", "shop_id": "S{n}", "price": 2300, "times": peers}
    mine = {**TOUR, "record_id": "x", "shop_id": "X", "shopping_stops": 3, "price": 300, **cheap}
    records = {"tour": [{**others, "step": {"price": 20}}, mine]}
    return example_tables(DETECTOR, DetectorExample(name="x", flag=[], records=records))


def _told(tables: dict[str, pa.Table]) -> Detected:
    assert DETECTOR is not None
    found = detect(DETECTOR, tables)
    assert found.failed is None
    return found


def test_a_tour_for_a_fraction_of_what_others_ask_is_suspected() -> None:
    (suspicion,) = _told(_tables(12)).suspicions
    assert suspicion.subject_id == "x"
    assert suspicion.rests_on == {"tour": [12]}


@pytest.mark.parametrize(
    "unlike",
    [{"days": 4}, {"destinations": ["昆明"]}, {"transport": "大巴"}, {"hotel_grade": "经济"}],
)
def test_what_is_not_alike_is_not_compared(unlike: dict[str, Any]) -> None:
    assert _told(_tables(12, **unlike)).suspicions == []


def test_the_order_of_destinations_makes_no_other_tour() -> None:
    assert len(_told(_tables(12, destinations=["大理", "昆明"])).suspicions) == 1


def test_few_shops_are_no_market() -> None:
    assert _told(_tables(6)).suspicions == []


def test_stops_at_shops_strengthen() -> None:
    (with_stops,) = _told(_tables(12)).suspicions
    (unknown,) = _told(_tables(12, shopping_stops=None)).suspicions
    assert with_stops.score > unknown.score


def test_a_tour_for_nothing_is_compared_too() -> None:
    assert len(_told(_tables(12, price=0)).suspicions) == 1


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(shuffle: random.Random) -> None:
    tables = _tables(12)
    order = list(range(13))
    shuffle.shuffle(order)
    mixed = {"tour": tables["tour"].take(order)}
    one, other = _told(tables).suspicions[0], _told(mixed).suspicions[0]
    assert one.explanation == other.explanation
    assert [order[row] for row in other.rests_on["tour"]] == list(one.rests_on["tour"])
