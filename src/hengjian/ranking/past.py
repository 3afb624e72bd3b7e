"""What decisions said of a type, a platform, a subject and a shop before a day."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from hengjian.violations.finding import digest

# As many decisions as the wider group's share counts for beside one's own: an office decides a few
# dozen findings of a type in a season, and two or three alike must not settle its share.
WEIGHT = 4.0
_EVEN = 0.5

Days = Sequence[tuple[dt.date, int, int]]
"""Day on which decisions were known, how many confirmed, how many in all; days rise."""


class About(NamedTuple):
    """What a decision was about.

    Attributes:
        violation: Id of its type, `area.name`.
        platform: None: unknown.
        subject_kind: Such as shop.
        subject_id: Its id on the platform.
        shop_id: None: unknown, or none.
    """

    violation: str
    platform: str | None
    subject_kind: str
    subject_id: str
    shop_id: str | None

    @property
    def area(self) -> str:
        """Key of the area of its type."""
        return f"area:{self.violation.partition('.')[0]}"

    @property
    def rule(self) -> str:
        """Key of its type."""
        return f"rule:{self.violation}"

    @property
    def on_platform(self) -> str | None:
        """Key of its platform; None: unknown."""
        return None if self.platform is None else f"platform:{self.platform}"

    @property
    def subject(self) -> str | None:
        """Key of its subject; None: on an unknown platform, where ids may mean anybody."""
        if self.platform is None:
            return None
        return f"subject:{digest([self.platform, self.subject_kind, self.subject_id])}"

    @property
    def shop(self) -> str | None:
        """Key of its shop; None: unknown."""
        if self.platform is None or self.shop_id is None:
            return None
        return f"shop:{digest([self.platform, self.shop_id])}"


ALL = "all"


class Count(NamedTuple):
    """How many were confirmed, of how many decided."""

    confirmed: int
    decided: int

    def share(self, wider: float) -> float:
        """Return the share, held back towards that of a wider group."""
        return (self.confirmed + WEIGHT * wider) / (self.decided + WEIGHT)


class Past:
    """Counts of decisions, day by day."""

    def __init__(self, days: Mapping[str, Days]) -> None:
        self.days = days
        self._known = {key: [day for day, _, _ in rows] for key, rows in days.items()}
        self._confirmed = {key: [0, *accumulate(c for _, c, _ in r)] for key, r in days.items()}
        self._decided = {key: [0, *accumulate(n for _, _, n in r)] for key, r in days.items()}

    def before(self, key: str, day: dt.date) -> Count:
        """Return what was known of a key before a day, that day's decisions not included."""
        if key not in self.days:
            return Count(0, 0)
        place = bisect_left(self._known[key], day)
        return Count(self._confirmed[key][place], self._decided[key][place])

    def overall(self, day: dt.date) -> float:
        """Return the share of all decisions before a day, held back towards one half."""
        return self.before(ALL, day).share(_EVEN)

    def rule_share(self, about: About, day: dt.date) -> float:
        """Return the share of a type, held back towards its area's, and that towards all."""
        area = self.before(about.area, day).share(self.overall(day))
        return self.before(about.rule, day).share(area)

    def share(self, key: str, day: dt.date) -> float:
        """Return the share of a key, held back towards that of all."""
        return self.before(key, day).share(self.overall(day))


def past_of(decided: Iterable[tuple[dt.date, About, bool]]) -> Past:
    """Count decisions.

    Args:
        decided: The day on which each was known, what it was about, whether it confirmed; in any
            order.
    """
    confirmed: dict[str, Counter[dt.date]] = defaultdict(Counter)
    total: dict[str, Counter[dt.date]] = defaultdict(Counter)
    for day, about, was in decided:
        keys = (ALL, about.area, about.rule, about.on_platform, about.subject, about.shop)
        for key in keys:
            if key is not None:
                confirmed[key][day] += was
                total[key][day] += 1
    return Past(
        {
            key: [(day, confirmed[key][day], days[day]) for day in sorted(days)]
            for key, days in sorted(total.items())
        }
    )
