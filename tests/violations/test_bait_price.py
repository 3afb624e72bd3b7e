from __future__ import annotations

import datetime as dt
import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.violations.consumer.spans import in_spans
from hengjian.violations.detection import Detected, detect
from hengjian.violations.detector import DetectorExample, example_tables
from hengjian.violations.rule import load_rules

DETECTOR = load_rules()["consumer.bait_price"].detector


def _tables(front: float, payable: list[float], **listing: Any) -> dict[str, pa.Table]:
    """Return a page at ten o'clock and what was to be paid every two minutes from then on."""
    assert DETECTOR is not None
    page = {
        "record_id": "L",
        "platform": "甲",
        "shop_id": "S",
        "item_id": "I",
        "title": "空气炸锅",
        "captured_at": "2026-06-18T10:00:00+08:00",
        "price": front,
        "options": [],
        **listing,
    }
    looks = [
        {
            "record_id": f"o{number}",
            "platform": "甲",
            "item_id": "I",
            "account_id": f"a{number}",
            "persona": "new",
            "run_id": "r",
            "observed_at": f"2026-06-18T10:{2 * number:02d}:00+08:00",
            "payable_price": price,
        }
        for number, price in enumerate(payable)
    ]
    records = {"listing": [page], "price_observation": looks}
    return example_tables(DETECTOR, DetectorExample(name="x", flag=[], records=records))


def _told(tables: dict[str, pa.Table]) -> Detected:
    assert DETECTOR is not None
    found = detect(DETECTOR, tables)
    assert found.failed is None
    return found


def test_one_account_that_could_have_it_for_the_price_clears_the_item() -> None:
    assert len(_told(_tables(99, [199, 199, 199])).suspicions) == 1
    assert _told(_tables(99, [199, 99, 199])).suspicions == []


@pytest.mark.parametrize("carriage", [8, 15, 25])
def test_what_carriage_can_account_for_is_left_alone(carriage: float) -> None:
    assert _told(_tables(9.9, [9.9 + carriage] * 3)).suspicions == []


@pytest.mark.parametrize("word", ["券后价", "大件运费另付", "预售定金", "199元起售"])
def test_a_condition_on_the_page_clears_it(word: str) -> None:
    assert _told(_tables(99, [199] * 3, text=word)).suspicions == []


def test_insurance_of_carriage_is_no_condition() -> None:
    assert len(_told(_tables(99, [199] * 3, text="赠运费险")).suspicions) == 1


def test_without_the_options_of_the_page_nothing_is_said() -> None:
    found = _told(_tables(99, [199] * 3, options=None))
    assert found.suspicions == []
    assert dict(found.missing) == {"listing.options": 3}


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_observations_does_not_matter(shuffle: random.Random) -> None:
    tables = _tables(99, [199, 205, 202, 199, 210])
    order = list(range(5))
    shuffle.shuffle(order)
    mixed = {**tables, "price_observation": tables["price_observation"].take(order)}
    one, other = _told(tables).suspicions[0], _told(mixed).suspicions[0]
    assert [order[row] for row in other.rests_on["price_observation"]] == list(
        one.rests_on["price_observation"]
    )


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=12),
    st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 9), st.integers(0, 9)), max_size=6),
)
def test_spans_hold_what_lies_between_their_ends(
    things: list[tuple[int, int]], spans: list[tuple[int, int, int]]
) -> None:
    things = sorted(things)
    group, time = np.array(things, dtype=np.int64).reshape(-1, 2).T
    of, first, last = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    found = zip(*(each.tolist() for each in in_spans(group, time, of, first, last)), strict=True)
    assert sorted(found) == [
        (number, place)
        for number, (mine, low, high) in enumerate(spans)
        for place, (its, when) in enumerate(things)
        if mine == its and low <= when <= high
    ]


def test_a_span_whose_end_is_unknown_goes_on_and_one_whose_beginning_is_has_nothing() -> None:
    group, time = np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 3.0, 9.0])
    of, unknown = np.array([0, 0]), float("nan")
    first, last = np.array([2.0, unknown]), np.array([unknown, 3.0])
    spans, things = in_spans(group, time, of, first, last)
    assert (spans.tolist(), things.tolist()) == ([0, 0], [1, 2])


def _with_a_cheap_variant(days_dry: int, stock: int = 0) -> dict[str, pa.Table]:
    """Return a page whose price is that of one of two variants, looked at every two days."""
    assert DETECTOR is not None
    tables = _tables(99, [169, 169], options=[{"name": "白"}, {"name": "黑"}])
    [look] = tables["price_observation"].slice(0, 1).to_pylist()
    dear = [{**row, "sku": "黑"} for row in tables["price_observation"].to_pylist()]
    cheap = [
        {
            **look,
            "record_id": f"c{day}",
            "run_id": f"r{day}",
            "sku": "白",
            "payable_price": look["payable_price"] - 70,
            "stock": stock if day == 0 else 0,
            "observed_at": look["observed_at"] - dt.timedelta(days=day),
        }
        for day in range(0, days_dry + 1, 2)
    ]
    schema = tables["price_observation"].schema
    return {**tables, "price_observation": pa.Table.from_pylist([*dear, *cheap], schema=schema)}


def test_a_variant_that_was_never_in_stock_for_two_weeks_is_no_offer() -> None:
    (suspicion,) = _told(_with_a_cheap_variant(14)).suspicions
    assert "均无货" in suspicion.explanation
    assert len(suspicion.rests_on["price_observation"]) == 2 + 8


def test_a_variant_that_is_sold_out_for_some_days_is_an_offer() -> None:
    assert _told(_with_a_cheap_variant(12)).suspicions == []


def test_a_variant_that_came_into_stock_is_an_offer() -> None:
    assert _told(_with_a_cheap_variant(20, stock=3)).suspicions == []


@pytest.mark.parametrize(("real", "told"), [(250, 1), (150, 0)])
def test_a_deposit_is_no_price_of_the_item_where_it_costs_twice_as_much(
    real: float, told: int
) -> None:
    tables = _tables(99, [real, 99, real], options=[{"name": "定金"}, {"name": "白"}])
    looks = tables["price_observation"]
    at = looks.schema.get_field_index("sku")
    names = pa.array(["白", "定金", "白"], looks.schema.field("sku").type)
    tables["price_observation"] = looks.set_column(at, "sku", names)
    assert len(_told(tables).suspicions) == told


@pytest.mark.parametrize(
    ("day", "paid", "told"), [("18", 99, 0), ("18", 100.5, 0), ("18", 130, 1), ("25", 99, 1)]
)
def test_a_buyer_who_had_it_for_the_price_on_that_day_clears_the_item(
    day: str, paid: float, told: int
) -> None:
    assert DETECTOR is not None
    order = {
        "record_id": "d",
        "platform": "甲",
        "shop_id": "S",
        "item_id": "I",
        "user_id": "u",
        "created_at": f"2026-06-{day}T12:00:00+08:00",
        "status": "received",
        "paid_price": 2 * paid,
        "quantity": 2,
    }
    example = DetectorExample(name="x", flag=[], records={"order": [order]})
    tables = {**_tables(99, [199] * 3), **example_tables(DETECTOR, example)}
    assert len(_told(tables).suspicions) == told
