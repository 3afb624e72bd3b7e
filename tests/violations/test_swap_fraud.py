from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.rule import load_rules
from hengjian.violations.suspicion import Said, Suspicion, Undecided

DETECTOR = load_rules()["reputation.swap_fraud"].detector
START = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def _told(returns: list[dict[str, Any]]) -> list[Said]:
    assert DETECTOR is not None
    table = pa.Table.from_pylist(returns, schema=KINDS["return"].schema)
    return list(DETECTOR.suspect({"return": table.select(DETECTOR.columns("return"))}))


def _return(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "record_id": f"r{number:03}",
        "platform": "甲",
        "order_id": f"o{number}",
        "user_id": f"u{number}",
        "shop_id": "S1",
        "requested_at": START + number * dt.timedelta(days=9),
        "shipped_serial": f"NEW{number:03}881",
        "returned_serial": f"NEW{number:03}881",
        **fields,
    }


SWAPS = [_return(n, user_id="X", returned_serial=f"OLD77{n:03}5") for n in range(4)]
HONEST = [_return(n) for n in range(100, 160)]


def test_the_user_is_told_with_the_serial_as_it_stands() -> None:
    (told,) = _told([*SWAPS, *HONEST])
    assert isinstance(told, Suspicion)
    assert (told.subject_kind, told.subject_id) == ("account", "X")
    assert [quote.text for quote in told.quotes] == ["OLD770005"]
    assert "4 次可比对退货中有 4 次" in told.explanation


def test_two_mismatches_are_slips() -> None:
    assert not _told([*SWAPS[:2], *HONEST])


def test_one_wrong_character_or_a_missing_beginning_is_a_slip_of_the_pen() -> None:
    misread = [{**row, "returned_serial": f"NEW{n:03}88I"} for n, row in enumerate(SWAPS)]
    cut = [{**row, "returned_serial": f"{n:03}881"} for n, row in enumerate(SWAPS)]
    assert not _told([*misread, *HONEST])
    assert not _told([*cut, *HONEST])


def test_three_returns_of_one_day_are_one_occasion() -> None:
    assert not _told([*({**row, "requested_at": START} for row in SWAPS), *HONEST])


def test_a_heavier_parcel_is_no_swap() -> None:
    heavy = [
        _return(
            n,
            user_id="X",
            shipped_serial=None,
            returned_serial=None,
            shipped_weight_g=500,
            returned_weight_g=1900,
        )
        for n in range(5)
    ]
    assert not _told([*heavy, *HONEST])


def test_a_refund_without_return_has_nothing_to_compare() -> None:
    kept = _return(1, returned_serial=None, refund_only=True)
    unknown = _return(2, returned_serial=None)
    assert _told([*HONEST, kept, unknown]) == [Undecided("return.returned_serial", 1)]


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(64)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = [*SWAPS, *HONEST]
    (told,) = _told([rows[place] for place in order])
    assert isinstance(told, Suspicion)
    assert [order[place] for place in told.rests_on["return"]] == list(range(4))
