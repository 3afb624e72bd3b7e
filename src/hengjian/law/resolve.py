"""Which article applies: chosen by the day of the conduct, never assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from hengjian.law.library import Article, versions_of

SHANGHAI = ZoneInfo("Asia/Shanghai")

ASK_DATE = "行为发生日期未知，请先查明日期再确定适用的条文版本。"
ASK_CHANGE = (
    "行为跨越法律变更，请确定适用的版本（连续行为的终了时间；行政处罚法第三十七条从旧兼从轻）。"
)


class Citation(BaseModel):
    """An article as a rule cites it.

    Attributes:
        law: Short name of the statute.
        article: Its number, such as 第九条第三项.
        since: First day for which the rule cites it.
        until: Last day for which the rule cites it; None: open.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    law: str
    article: str
    since: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None


@dataclass(frozen=True)
class Provision:
    """An article in the version that may apply to a conduct.

    Attributes:
        effective_from: First day on which this version is in force.
        cited_from: First day for which it is cited: never before it is in force.
        cited_until: Last day for which it is in force and cited; None: open.
    """

    law: str
    article: str
    effective_from: dt.date
    cited_from: dt.date
    cited_until: dt.date | None
    quote: str

    def overlaps(self, first: dt.date, last: dt.date) -> bool:
        """Tell whether it applies on any day of a stretch."""
        return self.cited_from <= last and (self.cited_until is None or self.cited_until >= first)

    def covers(self, first: dt.date, last: dt.date) -> bool:
        """Tell whether it applies on every day of a stretch."""
        return self.cited_from <= first and (self.cited_until is None or self.cited_until >= last)


@dataclass(frozen=True)
class Resolution:
    """The provisions for one conduct.

    Attributes:
        provisions: All that may apply; empty: nothing cited was in force on the days of conduct.
        question: What a person must settle before one version is chosen; None: nothing.
    """

    provisions: tuple[Provision, ...]
    question: str | None


def resolve(
    basis: Sequence[Citation],
    conduct_from: dt.datetime | None,
    conduct_until: dt.datetime | None,
) -> Resolution:
    """Return the provisions in force over a conduct.

    Args:
        basis: What the rule cites.
        conduct_from: Start of the conduct; None: unknown.
        conduct_until: End of the conduct; None: unknown.

    Returns:
        With an unknown date, every version that the rule cites and the question for the date; with
        conduct over a change of law, the versions on both sides and the question which applies.

    Raises:
        HengjianError: The library does not hold a cited article.
    """
    candidates = [p for citation in basis for p in _provisions(citation)]
    first, last = _day(conduct_from or conduct_until), _day(conduct_until or conduct_from)
    if first is None or last is None:
        return Resolution(tuple(candidates), ASK_DATE)
    in_force = [p for p in candidates if p.overlaps(first, last)]
    changed = any(not p.covers(first, last) for p in in_force)
    return Resolution(tuple(in_force), ASK_CHANGE if changed else None)


def uncovered_days(citation: Citation) -> tuple[dt.date, dt.date | None] | None:
    """Return the first stretch of days that a citation claims and the library does not hold.

    Raises:
        HengjianError: The library does not hold the law or the article at all.
    """
    versions = versions_of(citation.law, citation.article)
    day = citation.since or versions[0].effective_from
    for version in versions:
        if citation.until is not None and citation.until < day:
            return None
        if day < version.effective_from:
            return day, version.effective_from - dt.timedelta(days=1)
        if version.effective_until is None:
            return None
        if version.effective_until >= day:
            day = version.effective_until + dt.timedelta(days=1)
    return None if citation.until is not None and citation.until < day else (day, citation.until)


def shanghai_day(moment: dt.datetime) -> dt.date:
    """Return the day of a moment as law and people count it."""
    return moment.astimezone(SHANGHAI).date()


def _day(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else shanghai_day(moment)


def _provisions(citation: Citation) -> list[Provision]:
    cut = [_cut(version, citation) for version in versions_of(citation.law, citation.article)]
    return [p for p in cut if p is not None]


def _cut(version: Article, citation: Citation) -> Provision | None:
    """Keep the part of a version's life for which the rule cites it."""
    start = max(version.effective_from, citation.since or version.effective_from)
    ends = [d for d in (version.effective_until, citation.until) if d is not None]
    end = min(ends, default=None)
    if end is not None and end < start:
        return None
    return Provision(
        law=citation.law,
        article=citation.article,
        effective_from=version.effective_from,
        cited_from=start,
        cited_until=end,
        quote=version.quote,
    )
