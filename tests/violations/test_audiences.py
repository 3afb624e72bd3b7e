from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hengjian.records.kinds import KINDS
from hengjian.violations.reputation.audiences import shown_without_acting
from hengjian.violations.suspicion import Suspicion

START = dt.datetime(2026, 11, 1, 19, tzinfo=dt.timezone(dt.timedelta(hours=8)))
DAY = dt.timedelta(days=1)
PEERS, ACTIVE, VIEWERS = 70, 40, 5000


def stream(room: str, day: int, viewers: int | None, **known: Any) -> dict[str, Any]:
    return {
        **{"record_id": f"{room}-{day}", "platform": "甲", "room_id": room, "segments": []},
        **{"started_at": START + day * DAY, "viewers": viewers, **known},
    }


def likes(room: str, day: int, count: int, after: float = 60) -> list[dict[str, Any]]:
    at = START + day * DAY + dt.timedelta(seconds=after)
    return [
        {
            **{"platform": "甲", "account_id": f"{room}{day}u{n}", "target_id": room},
            **{"target_kind": "room", "action": "like", "at": at},
        }
        for n in range(count)
    ]


def market() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return streams on two days of 70 rooms with 5,000 viewers of whom about 40 act."""
    spread = np.random.default_rng(1).normal(1, 0.2, (PEERS, 2))
    streams = [stream(f"p{n}", day, VIEWERS + n) for n in range(PEERS) for day in (0, 1)]
    acts = [
        like
        for n in range(PEERS)
        for day in (0, 1)
        for like in likes(f"p{n}", day, max(int(ACTIVE * spread[n, day]), 10))
    ]
    return streams, acts


STREAMS, ACTS = market()


def suspected(
    streams: list[dict[str, Any]], acts: list[dict[str, Any]], **others: list[dict[str, Any]]
) -> list[Suspicion]:
    records = {"livestream": STREAMS + streams, "engagement": ACTS + acts, **others}
    tables = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema)
        for kind, rows in records.items()
    }
    return list(shown_without_acting(tables))


def both_days(viewers: int | None, **known: Any) -> list[dict[str, Any]]:
    return [stream("X", day, viewers, **known) for day in (0, 1)]


def acting(first: int, second: int | None = None) -> list[dict[str, Any]]:
    return likes("X", 0, first) + likes("X", 1, first if second is None else second)


def test_viewers_of_whom_hardly_any_act_day_by_day_are_suspected() -> None:
    (found,) = suspected(both_days(20_000), acting(6))
    assert (found.subject_kind, found.subject_id) == ("livestream", "X")
    assert found.rests_on == {"livestream": [2 * PEERS, 2 * PEERS + 1]}
    assert found.figures[0].value == 20_000


def test_the_host_is_named_where_known() -> None:
    (found,) = suspected(both_days(20_000, host_id="h"), acting(6))
    assert (found.subject_kind, found.subject_id) == ("host", "h")


@pytest.mark.parametrize(
    ("streams", "acts"),
    [
        pytest.param(both_days(20_000)[:1], likes("X", 0, 6), id="one show of a celebrity"),
        pytest.param(both_days(20_000), acting(6, 160), id="pushed to the front page on one day"),
        pytest.param(both_days(20_000), acting(60), id="a quiet audience"),
        pytest.param(both_days(900), acting(6), id="a small room"),
        pytest.param(both_days(None), acting(6), id="nobody knows how many viewed"),
        pytest.param(both_days(20_000), acting(0), id="a log that was not kept"),
        pytest.param(both_days(900_000), acting(200), id="no room is nearly as large"),
    ],
)
def test_what_has_another_reason_is_not_suspected(
    streams: list[dict[str, Any]], acts: list[dict[str, Any]]
) -> None:
    assert suspected(streams, acts) == []


def test_who_buys_meanwhile_is_active() -> None:
    orders = [
        {
            **{"record_id": f"o{day}-{n}", "platform": "甲", "shop_id": "S", "item_id": "i"},
            **{"user_id": f"b{n}", "status": "paid"},
            "created_at": START + day * DAY + dt.timedelta(minutes=5),
        }
        for day in (0, 1)
        for n in range(120)
    ]
    assert suspected(both_days(20_000, shop_id="S"), acting(6), order=orders) == []


def test_acts_half_a_day_later_belong_to_no_stream() -> None:
    late = [like for day in (0, 1) for like in likes("X", day, 160, after=13 * 3600)]
    assert len(suspected(both_days(20_000), acting(6) + late)) == 1


def test_a_market_as_it_is_has_no_suspicion() -> None:
    assert suspected([], []) == []
