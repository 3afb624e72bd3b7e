from __future__ import annotations

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
