"""Small draws from a seeded generator: chances, choices, and moments with a daily rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

T = TypeVar("T")
Floats = NDArray[np.float64]

DAY, HOUR = 86400, 3600
DAYS = 120
START = 1783094400  # 2026-07-04 00:00 in Shanghai
END = START + DAYS * DAY

_HOURS = np.array([3, 1, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 7, 6, 6, 6, 6, 7, 9, 11, 12, 10, 6])
_WEEK = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 1.3, 1.25])
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


def chance(rng: Generator, probability: float) -> bool:
    """Return True that often."""
    return bool(rng.random() < probability)


def pick(rng: Generator, options: Sequence[T]) -> T:
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]


def some(rng: Generator, options: Sequence[T], number: int) -> list[T]:
    """Return so many different options, or all where there are fewer."""
    chosen = rng.choice(len(options), min(number, len(options)), replace=False)
    return [options[index] for index in chosen.tolist()]


def between(rng: Generator, low: float, high: float) -> float:
    """Return a number between two others."""
    return float(rng.uniform(low, high))


def money(amount: float) -> float:
    """Return an amount in yuan and fen, never nothing."""
    return max(round(float(amount), 2), 0.01)


def by_weight(rng: Generator, weights: Floats, number: int) -> NDArray[np.int64]:
    """Return so many positions, drawn by weight."""
    sums = np.cumsum(weights)
    found = np.searchsorted(sums, rng.random(number) * sums[-1], side="right")
    positions: NDArray[np.int64] = np.minimum(found, len(weights) - 1).astype(np.int64)
    return positions


def midnight(at: float) -> int:
    """Return when the day of a moment began in Shanghai."""
    return int((at + 8 * HOUR) // DAY * DAY - 8 * HOUR)


def moments(
    rng: Generator, number: int, first: float, last: float, weights: Floats | None = None
) -> list[int]:
    """Return moments from the day of `first` up to that of `last`, busy by hour and weekday.

    Args:
        rng: The generator.
        number: How many.
        first: Some moment of the first day.
        last: Some moment after the last day.
        weights: How busy each day is beside its weekday; None: all alike.
    """
    begin = midnight(first)
    days = max(round((last - begin) / DAY), 1)
    weekdays = (np.arange(days) + (begin + 8 * HOUR) // DAY + _EPOCH_WEEKDAY) % len(_WEEK)
    busy = _WEEK[weekdays] if weights is None else _WEEK[weekdays] * weights
    seconds = by_weight(rng, _HOURS.astype(float), number) * HOUR + rng.integers(0, HOUR, number)
    found: list[int] = (begin + by_weight(rng, busy, number) * DAY + seconds).tolist()
    return found


def moment(rng: Generator, first: float, last: float) -> int:
    """Return one such moment."""
    return moments(rng, 1, first, last)[0]


def span(rng: Generator, days: float, margin: int = 12) -> tuple[int, int]:
    """Return a window of so many days inside the market's time, away from its ends."""
    first = START + int(rng.integers(margin, max(DAYS - margin - int(days), margin + 1))) * DAY
    return first, first + int(days * DAY)


def ids_of(things: Sequence[Any]) -> list[str]:
    """Return the ids of shops, items or people, sorted, each once."""
    return sorted({thing.id for thing in things})
