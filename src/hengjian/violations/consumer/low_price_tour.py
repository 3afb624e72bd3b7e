"""Whether a tour costs less than what it can be had for: nights, meals, guide, carriage."""

from __future__ import annotations

from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

# Proposals for the officer to weigh, not law: what an organiser pays per person at the very least.
_NIGHT_YUAN = 60.0
_DAY_YUAN = 50.0
_FLIGHT_YUAN = 500.0
_TRAIN_YUAN = 150.0
_SHARE = 0.7
_FLIGHT = ("飞", "航班", "机票")
_TRAIN = ("动车", "高铁", "火车", "卧", "专列")
# A walk of a day in the own town may cost next to nothing.
_LEAST_DAYS = 2


def judge(row: Row) -> Answer:
    """Return whether a tour's price lies below seven tenths of its least cost.

    Args:
        row: Any record; only a tour tells its price, days and carriage.
    """
    if row.kind != "tour":
        return Answer(False)
    price, days = row.value("price"), row.value("days")
    missing = {name for name, value in (("price", price), ("days", days)) if value is None}
    if missing:
        return Answer(None, missing=frozenset(missing))
    cost = _least_cost(row, days)
    if days < _LEAST_DAYS or float(price) >= cost * _SHARE:
        return Answer(False)
    title = f"每人价格（{days}天的最低成本估计）"
    return Answer(True, (Evidence("price", None, None, "number", title, float(price), "元", cost),))


def _least_cost(row: Row, days: int) -> float:
    nights = row.value("nights")
    lodging = (days - 1 if nights is None else nights) * _NIGHT_YUAN
    return lodging + days * _DAY_YUAN + _carriage(row.value("transport") or "")


def _carriage(transport: str) -> float:
    if any(word in transport for word in _FLIGHT):
        return _FLIGHT_YUAN
    return _TRAIN_YUAN if any(word in transport for word in _TRAIN) else 0.0
