from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Suspicion, Undecided

DETECTOR = load_rules()["reputation.malicious_reporting"].detector
START = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
TEXT = "所售食品标签没有标注营养成分，不符合国家标准，要求赔偿一千元"


def _complaint(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "record_id": f"c{number:03}",
        "channel": "12315",
        "kind": "complaint",
        "complainant_id": "P1",
        "shop_id": f"S{number}",
        "platform": "甲",
        "created_at": START + number * 30 * HOUR,
        "text": TEXT,
        "demand_amount": 1000,
        "outcome": "withdrawn",
        **fields,
    }


def _said(
    complaints: list[dict[str, Any]], orders: list[dict[str, Any]] | None = None
) -> list[Suspicion]:
    assert DETECTOR is not None
    records = {"complaint": complaints, **({"order": orders} if orders else {})}
    tables = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema).select(DETECTOR.columns(kind))
        for kind, rows in records.items()
    }
    return [each for each in DETECTOR.suspect(tables) if isinstance(each, Suspicion)]


SERIAL = [_complaint(n) for n in range(14)]
OTHERS = [
    _complaint(
        100 + n,
        complainant_id=f"Q{n}",
        text=f"第{n}件货没有收到，客服不理我" + "好几天了" * (n % 3),
        demand_amount=60,
        outcome="upheld",
    )
    for n in range(60)
]


def test_the_complainant_is_told_with_shops_factors_and_what_to_verify() -> None:
    (told,) = _said([*SERIAL, *OTHERS])
    assert (told.subject_kind, told.subject_id) == ("complainant", "P1")
    assert told.members is not None
    assert len(told.members.shops) == 14
    assert "14 件使用雷同文本" in told.explanation
    assert "被投诉店铺自身有无违法仍应另行检查" in told.explanation
    assert told.rests_on == {"complaint": list(range(14))}


def test_the_article_is_cited_only_from_the_day_it_is_in_force() -> None:
    (after,) = _said([*SERIAL, *OTHERS])
    assert "第十七条第二项" in after.explanation
    earlier = [{**row, "created_at": row["created_at"] - 100 * 24 * HOUR} for row in SERIAL]
    (before,) = _said([*earlier, *OTHERS])
    assert "第十七条" not in before.explanation


@pytest.mark.parametrize("outcome", ["upheld", "mediated"])
def test_who_is_mostly_right_is_left_alone(outcome: str) -> None:
    right = [{**row, "outcome": outcome} if n % 2 else row for n, row in enumerate(SERIAL)]
    assert not _said([*right, *OTHERS])


def test_an_unknown_outcome_neither_frees_nor_burdens() -> None:
    unknown = [{**row, "outcome": None, "demand_amount": 600 + n} for n, row in enumerate(SERIAL)]
    assert not _said([*unknown, *OTHERS])
    shared = [
        {**row, "complainant_id": f"P{n % 4}", "contact_hash": "h"} for n, row in enumerate(unknown)
    ]
    (told,) = _said([*shared, *OTHERS])
    assert told.subject_kind == "group"


def test_who_asks_for_nothing_is_left_alone() -> None:
    assert not _said(
        [*({**row, "kind": "tip_off", "demand_amount": None} for row in SERIAL), *OTHERS]
    )


def test_to_want_the_price_back_is_no_gain() -> None:
    orders = [
        {
            "record_id": f"o{n}",
            "platform": "甲",
            "shop_id": f"S{n}",
            "item_id": f"I{n}",
            "user_id": "P1",
            "created_at": START,
            "status": "received",
            "paid_price": 1000,
        }
        for n in range(14)
    ]
    named = [{**row, "order_id": f"o{n}"} for n, row in enumerate(SERIAL)]
    assert not _said([*named, *OTHERS], orders)


def test_a_text_that_many_strangers_write_is_a_form() -> None:
    same_form = [{**row, "text": TEXT} for row in OTHERS]
    sums = [{**row, "demand_amount": 600 + n} for n, row in enumerate(SERIAL)]
    assert _said([*sums, *OTHERS])
    rejected = [{**row, "outcome": "pending"} for row in sums]
    assert not _said([*rejected, *same_form])


def test_a_family_that_shares_a_telephone_is_left_alone() -> None:
    family = [
        _complaint(
            n,
            complainant_id=f"P{n % 4}",
            contact_hash="h",
            outcome="pending",
            text=f"{['鞋子开胶', '水管漏水', '面包发霉', '手表停走'][n % 4]}，卖家推脱，第{n}次找他也没有用",
        )
        for n in range(9)
    ]
    assert not _said([*family, *OTHERS])


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(len(SERIAL) + len(OTHERS))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = [*SERIAL, *OTHERS]
    (told,) = _said([rows[place] for place in order])
    assert [order[place] for place in told.rests_on["complaint"]] == list(range(14))


def test_complaints_without_shop_are_told() -> None:
    assert DETECTOR is not None
    table = pa.Table.from_pylist(
        [*OTHERS, _complaint(1, shop_id=None)], schema=KINDS["complaint"].schema
    ).select(DETECTOR.columns("complaint"))
    said = list(DETECTOR.suspect({"complaint": table}))
    assert said == [Undecided("complaint.shop_id", 1)]
