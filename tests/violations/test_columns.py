from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hengjian.violations.columns import (
    equals,
    floats,
    grouped,
    moment,
    seconds,
    shanghai_days,
)

NOON = dt.datetime(2026, 11, 11, 12, tzinfo=dt.UTC)


def test_an_unknown_number_is_not_a_number() -> None:
    prices = pa.table({"price": pa.array([Decimal("9.90"), None], pa.decimal128(18, 2))})
    assert floats(prices, "price").tolist()[0] == 9.9
    assert np.isnan(floats(prices, "price")[1])


def test_money_is_the_number_that_is_written() -> None:
    prices = pa.table({"price": pa.array([Decimal("57.40")], pa.decimal128(18, 4))})
    assert floats(prices, "price").tolist() == [57.4]


def test_an_unknown_value_equals_nothing() -> None:
    assert equals(pa.table({"by": ["seller", None, "buyer"]}), "by", "seller").tolist() == [
        True,
        False,
        False,
    ]


def test_times_come_back_as_they_were() -> None:
    table = pa.table({"at": pa.array([NOON, None], pa.timestamp("us", "UTC"))})
    assert moment(seconds(table, "at")[0]) == NOON
    assert np.isnan(seconds(table, "at")[1])


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    late = dt.datetime(2026, 11, 10, 15, 59, tzinfo=dt.UTC).timestamp()
    early = dt.datetime(2026, 11, 10, 16, 0, tzinfo=dt.UTC).timestamp()
    assert np.diff(shanghai_days(np.array([late, early]))).tolist() == [1]
    assert shanghai_days(np.array([np.nan])).tolist() == [-1]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", None])), max_size=20))
def test_rows_are_grouped_by_what_they_share(rows: list[tuple[str, str | None]]) -> None:
    table = pa.table(
        {
            "shop": pa.array([shop for shop, _ in rows], pa.string()),
            "item": pa.array([item for _, item in rows], pa.string()),
        }
    )
    groups = grouped(table, ["shop", "item"])
    assert groups.keys == sorted({row for row in rows if row[1] is not None})
    assert [groups.keys[n] if n >= 0 else None for n in groups.number] == [
        row if row[1] is not None else None for row in rows
    ]


def test_some_rows_have_the_times_and_prices_that_they_have_among_all() -> None:
    table = pa.table(
        {"at": pa.array([NOON, None, NOON + dt.timedelta(days=1)]), "price": [1, 2, 3]}
    )
    rows = [2, 0, 1]
    assert np.array_equal(seconds(table, "at", rows), seconds(table, "at")[rows], equal_nan=True)
    assert floats(table, "price", rows).tolist() == [3.0, 1.0, 2.0]
