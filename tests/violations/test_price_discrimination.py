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

DETECTOR = load_rules()["consumer.price_discrimination"].detector
LOOK: dict[str, Any] = {"platform": "甲", "sku": "大号", "location": "杭州", "discounts": []}


def _looks(item: str, old: float, blocks: int = 20) -> list[dict[str, Any]]:
    """Return what two new and two old accounts are asked, every hour at the same time."""
    return [
        {
            **LOOK,
            "record_id": f"{item}-{account}-{{n}}",
            "item_id": item,
            "account_id": account,
            "persona": persona,
            "run_id": "r{n}",
            "observed_at": f"2026-05-01T00:00:0{second}+08:00",
            "payable_price": price,
            "times": blocks,
            "step": {"observed_at": 3600},
        }
        for second, (account, persona, price) in enumerate(
            [("n1", "new", 100), ("o1", "old", old), ("n2", "new", 100), ("o2", "old", old)]
        )
    ]


def _tables(*records: dict[str, Any]) -> dict[str, pa.Table]:
    assert DETECTOR is not None
    example = DetectorExample(name="x", flag=[], records={"price_observation": list(records)})
    return example_tables(DETECTOR, example)


def _told(tables: dict[str, pa.Table]) -> Detected:
    assert DETECTOR is not None
    found = detect(DETECTOR, tables)
    assert found.failed is None
    return found


def test_every_item_and_pair_of_personas_gets_a_verdict() -> None:
    looks = [*_looks("dear", 105), *_looks("same", 100), *_looks("short", 105, blocks=3)]
    verdicts = {each.subject_id: each.verdict for each in _told(_tables(*looks)).verdicts}
    assert verdicts == {
        "dear:new/old": "violation",
        "same:new/old": "clean",
        "short:new/old": "insufficient",
    }


def test_a_verdict_tells_effect_interval_and_q() -> None:
    verdict = _told(_tables(*_looks("dear", 105))).verdicts[0]
    assert verdict.effect is not None
    assert verdict.interval is not None
    assert verdict.q is not None
    assert round(verdict.effect, 1) == round(100 * (100 / 105 - 1), 1)
    assert verdict.interval[0] <= verdict.effect <= verdict.interval[1]
    assert verdict.q < 0.05


def test_the_first_row_is_one_for_which_more_was_asked() -> None:
    tables = _tables(*_looks("dear", 105))
    suspicion = _told(tables).suspicions[0]
    rows = suspicion.rests_on["price_observation"]
    assert tables["price_observation"].column("persona")[rows[0]].as_py() == "old"
    assert sorted(rows) == list(range(80))


def test_personas_that_never_looked_at_the_same_time_are_insufficient() -> None:
    looks = _looks("dear", 105)
    for look in looks[1::2]:
        look["observed_at"] = "2026-06-01T00:00:00+08:00"
    assert [each.verdict for each in _told(_tables(*looks)).verdicts] == ["insufficient"]


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(shuffle: random.Random) -> None:
    tables = _tables(*_looks("dear", 105), *_looks("same", 100))
    order = list(range(160))
    shuffle.shuffle(order)
    mixed = {"price_observation": tables["price_observation"].take(order)}
    ids = [
        sorted(
            table["price_observation"].column("record_id")[row].as_py()
            for suspicion in _told(table).suspicions
            for row in suspicion.rests_on["price_observation"]
        )
        for table in (tables, mixed)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 80


@pytest.mark.parametrize(
    ("shops", "told"),
    [(["S1", "S1"], "S1"), (["S1", "S2"], None), ([None], None), (["S1", None], "S1"), ([], None)],
)
def test_the_shop_is_the_one_that_all_pages_of_the_item_name(
    shops: list[str | None], told: str | None
) -> None:
    page = {"platform": "甲", "item_id": "dear", "title": "行李箱"}
    pages = [
        {**page, "record_id": f"L{number}", "shop_id": shop} for number, shop in enumerate(shops)
    ]
    elsewhere = {**page, "record_id": "L9", "platform": "乙", "shop_id": "S9"}
    assert DETECTOR is not None
    example = DetectorExample(
        name="x",
        flag=[],
        records={"price_observation": _looks("dear", 105), "listing": [*pages, elsewhere]},
    )
    [suspicion] = _told(example_tables(DETECTOR, example)).suspicions
    assert suspicion.shop_id == told
