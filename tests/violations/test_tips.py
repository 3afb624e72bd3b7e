from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from hengjian.records.kinds import KINDS
from hengjian.violations.detector import expanded
from hengjian.violations.reputation.tips import bought_tips
from hengjian.violations.suspicion import Suspicion

SCHEMA = KINDS["engagement"].schema
DAYS = ("2026-11-01", "2026-11-08")


def tip(payer: str, to: str, yuan: float, at: str, **known: Any) -> dict[str, Any]:
    return {
        **{"platform": "甲", "account_id": payer, "target_id": to, "target_kind": "room"},
        **{"action": "tip", "at": at, "amount": yuan, **known},
    }


def fans() -> Iterator[dict[str, Any]]:
    """Yield three tips each of 600 fans to 600 rooms, every sum another."""
    for hour in (10, 11, 12):
        step = {"at": 61, "amount": 0.25}
        at = f"2026-11-01T{hour}:00:00+08:00"
        yield from expanded([tip("f{n}", "O{n}", 40, at, times=600, step=step)])


def equal(payers: int, days: tuple[str, ...] = DAYS, shift: float = 5) -> Iterator[dict[str, Any]]:
    """Yield three tips each to room R that make 500 yuan; how they make it differs by `shift`."""
    for day in days:
        for minute, yuan, moved in ((10, 120, shift), (20, 180, -shift), (30, 200, 0)):
            step = {"at": 7, "amount": moved}
            at = f"{day}T20:{minute}:00+08:00"
            yield from expanded([tip("b{n}", "R", yuan, at, times=payers, step=step)])


def suspected(*tips: dict[str, Any], **others: list[dict[str, Any]]) -> list[Suspicion]:
    tables = {"engagement": pa.Table.from_pylist([_read(row) for row in tips], schema=SCHEMA)}
    for kind, rows in others.items():
        tables[kind] = pa.Table.from_pylist(rows, schema=KINDS[kind].schema)
    return list(bought_tips(tables))


def _read(row: dict[str, Any]) -> dict[str, Any]:
    read = KINDS["engagement"].model.model_validate(row, context=[])
    return {name: getattr(read, name) for name in SCHEMA.names if hasattr(read, name)}


def test_few_accounts_that_give_one_sum_day_by_day_are_suspected() -> None:
    (found,) = suspected(*fans(), *equal(6))
    assert (found.subject_kind, found.subject_id) == ("livestream", "R")
    assert found.members is not None
    assert sorted(found.members.accounts) == [f"b{n}" for n in range(1, 7)]
    assert found.rests_on["engagement"] == sorted(found.rests_on["engagement"])
    assert len(found.rests_on["engagement"]) == 36


def test_the_host_of_the_room_is_named_where_a_stream_tells() -> None:
    room = {"record_id": "l", "platform": "甲", "room_id": "R", "host_id": "h", "segments": []}
    (found,) = suspected(*fans(), *equal(6), livestream=[room])
    assert (found.subject_kind, found.subject_id) == ("host", "h")


@pytest.mark.parametrize(
    "tips",
    [
        pytest.param(list(equal(6, DAYS[:1])), id="one day is a birthday"),
        pytest.param(list(equal(6, shift=0)), id="a fan club gives the same gifts"),
        pytest.param(list(equal(4)), id="four may agree by chance"),
        pytest.param(
            [*equal(6), *(tip("v", "R", 9000, f"{day}T21:00:00+08:00") for day in DAYS)],
            id="it is less than half of what the host got",
        ),
    ],
)
def test_lawful_tips_of_one_sum_are_not_suspected(tips: list[dict[str, Any]]) -> None:
    assert suspected(*fans(), *tips) == []


def test_without_many_others_it_is_unknown_which_sums_are_common() -> None:
    assert suspected(*equal(6)) == []


def test_a_tip_of_unknown_sum_is_left_out() -> None:
    unknown = [tip("b1", "R", 1, f"{day}T22:00:00+08:00", amount=None) for day in DAYS]
    assert len(suspected(*fans(), *equal(6), *unknown)) == 1


def there_and_back(there: float, back: float, others: float) -> list[dict[str, Any]]:
    ways = [("h1", "h2", there), ("h2", "h1", back), ("v1", "h1", others), ("v2", "h2", others)]
    return [
        tip(payer, host, yuan, f"2026-11-0{day}T20:00:00+08:00", target_kind="host")
        for payer, host, yuan in ways
        for day in range(1, 7)
    ]


def test_two_hosts_whose_tips_come_back_are_suspected() -> None:
    (found,) = suspected(*there_and_back(1000, 990, 20))
    assert found.members is not None
    assert sorted(found.members.accounts) == ["h1", "h2"]
    assert [figure.value for figure in found.figures] == [6000, 5940, 12]


@pytest.mark.parametrize(
    ("there", "back", "others"),
    [
        pytest.param(1000, 990, 3000, id="most comes from the audience"),
        pytest.param(1000, 500, 20, id="half is kept"),
        pytest.param(50, 50, 1, id="small presents"),
    ],
)
def test_hosts_who_give_each_other_presents_are_not(
    there: float, back: float, others: float
) -> None:
    assert suspected(*there_and_back(there, back, others)) == []
