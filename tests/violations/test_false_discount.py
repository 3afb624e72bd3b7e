from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.violations.detection import Detected, detect
from hengjian.violations.detector import DetectorExample, example_tables
from hengjian.violations.rule import load_rules

DETECTOR = load_rules()["consumer.false_discount"].detector


def _tables(claimed: float, promised: float, deals: list[float], **promotion: Any) -> Any:
    """Return a promotion on 18 June, and what was sold at on each of the days before."""
    assert DETECTOR is not None
    record = {
        "promotion_id": "P",
        "platform": "甲",
        "shop_id": "S",
        "item_id": "I",
        "starts_at": "2026-06-18T00:00:00+08:00",
        "ends_at": "2026-06-20T00:00:00+08:00",
        "promised_price": promised,
        "claimed_original_price": claimed,
        **promotion,
    }
    history = [
        {
            "platform": "甲",
            "item_id": "I",
            "sku": "s",
            "date": f"2026-06-{18 - len(deals) + day:02d}",
            "deal_price": price,
        }
        for day, price in enumerate(deals)
    ]
    records = {"promotion": [record], "price_history": history}
    return example_tables(DETECTOR, DetectorExample(name="x", flag=[], records=records))


def _told(tables: dict[str, pa.Table]) -> Detected:
    assert DETECTOR is not None
    found = detect(DETECTOR, tables)
    assert found.failed is None
    return found


def test_the_seven_days_before_count_and_the_eighth_does_not() -> None:
    assert _told(_tables(100, 80, [50, 50, 50, *[100] * 7])).suspicions == []
    assert len(_told(_tables(100, 80, [*[100] * 4, *[50] * 3])).suspicions) == 1


def test_an_original_price_of_the_lowest_deal_is_true() -> None:
    assert _told(_tables(100, 80, [100] * 7)).suspicions == []


def test_a_promised_price_above_most_of_the_week_is_no_saving() -> None:
    (suspicion,) = _told(_tables(130, 119, [99] * 7, terms="划线价为专柜价")).suspicions
    assert [figure.fieldname for figure in suspicion.figures] == [None, "promised_price"]


def test_terms_that_are_unknown_weaken_the_suspicion() -> None:
    (unknown,) = _told(_tables(300, 80, [99] * 7)).suspicions
    (said,) = _told(_tables(300, 80, [99] * 7, terms="限时")).suspicions
    assert unknown.score < said.score


def test_a_price_that_nobody_paid_is_no_deal() -> None:
    tables = _tables(300, 80, [99] * 7)
    history = tables["price_history"]
    nobody = pa.array([0] * 7, history.schema.field("units").type)
    at = history.schema.get_field_index("units")
    tables["price_history"] = history.set_column(at, "units", nobody)
    assert dict(_told(tables).missing) == {"price_history.deal_price": 1}


def test_the_waves_of_a_campaign_are_told_once() -> None:
    tables = _tables(300, 80, [99] * 7)
    second = tables["promotion"].to_pylist()[0]
    later = {name: second[name] + dt.timedelta(days=2) for name in ("starts_at", "ends_at")}
    wave = pa.Table.from_pylist(
        [{**second, **later, "promotion_id": "P2"}], schema=tables["promotion"].schema
    )
    for order in ([tables["promotion"], wave], [wave, tables["promotion"]]):
        both = {**tables, "promotion": pa.concat_tables(order)}
        (suspicion,) = _told(both).suspicions
        assert suspicion.conduct_from == second["starts_at"]


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_of_deals_does_not_matter(shuffle: random.Random) -> None:
    tables = _tables(300, 80, [99, 98, 97, 99, 95, 96, 99])
    order = list(range(7))
    shuffle.shuffle(order)
    mixed = {**tables, "price_history": tables["price_history"].take(order)}
    one, other = _told(tables).suspicions[0], _told(mixed).suspicions[0]
    assert one.explanation == other.explanation
    assert [order[row] for row in other.rests_on["price_history"]] == list(
        one.rests_on["price_history"]
    )


def _history(prices: list[float]) -> list[dict[str, Any]]:
    """Return a deal on each of the days before 18 June."""
    first = dt.date(2026, 6, 18) - dt.timedelta(days=len(prices))
    days = ((first + dt.timedelta(days=n)).isoformat() for n in range(len(prices)))
    row = {"platform": "甲", "item_id": "I", "sku": "s"}
    return [{**row, "date": d, "deal_price": p} for d, p in zip(days, prices, strict=True)]


@pytest.mark.parametrize(
    ("raised_for", "told"), [(2, 0), (4, 1), (6, 1), (12, 1), (15, 1), (20, 0)]
)
def test_a_price_raised_within_fifteen_days_and_cut_to_what_it_was(
    raised_for: int, told: int
) -> None:
    assert DETECTOR is not None
    tables = _tables(130, 104, [])
    prices = [100.0] * (60 - raised_for) + [130.0] * raised_for
    records = {"price_history": _history(prices)}
    history = example_tables(DETECTOR, DetectorExample(name="x", flag=[], records=records))
    found = _told({**tables, **history}).suspicions
    assert sum("提价" in suspicion.explanation for suspicion in found) == told


@pytest.mark.parametrize(("promised", "claimed", "told"), [(102, 115, 1), (99, 115, 0)])
def test_a_price_that_crept_up_through_a_month(promised: float, claimed: float, told: int) -> None:
    assert DETECTOR is not None
    prices = [100.0] * 36 + [round(103 + 0.5 * day, 1) for day in range(24)]
    records = {"price_history": _history(prices)}
    history = example_tables(DETECTOR, DetectorExample(name="x", flag=[], records=records))
    found = _told({**_tables(claimed, promised, []), **history}).suspicions
    assert len(found) == told
