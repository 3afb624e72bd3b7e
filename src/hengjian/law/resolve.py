"""Which article applies: chosen by the day of the conduct, never assumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from hengjian.errors import HengjianError
from hengjian.law.library import Article, version_on, versions_of

SHANGHAI = ZoneInfo("Asia/Shanghai")

ASK_DATE = "行为发生日期未知，请先查明日期再确定适用的条文版本。"
ASK_LAW = "法律依据待确认，请先查明所依据的规定。"
ASK_CHANGE = (
    "行为跨越法律变更，请确定适用的版本（连续行为的终了时间；行政处罚法第三十七条从旧兼从轻）。"
)
ASK_LIGHTER = (
    "行为之后法律有变更：行政处罚适用行为发生时的规定，但作出决定时的规定处罚较轻或者不认为是违法的，"
    "适用作出决定时的规定（行政处罚法第三十七条）。请比较两个版本后确定。"
)
ASK_LAPSED = (
    "所引条文在作出决定时已失效，法规库没有接续的条文，请查明现行规定"
    "（行政处罚法第三十七条从旧兼从轻）。"
)


class Citation(BaseModel):
    """An article as a rule cites it.

    Attributes:
        law: Short name of the statute.
        article: Its number, such as 第九条第三项.
        since: First day for which the rule cites it.
        until: Last day for which the rule cites it; None: open.
        confirmed: Checked against a text of the law; False: to be confirmed (待确认), so that it
            need not stand in the library and is not cited in findings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    law: str
    article: str
    since: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None
    confirmed: bool = True


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

    def key(self) -> tuple[str, str, dt.date]:
        """Return what tells this version of this article from all others."""
        return self.law, self.article, self.effective_from

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
        alternatives: Where the law changed between conduct and decision, what stands in the
            provisions' place on the day of decision; empty: no such change, or no day of decision.
    """

    provisions: tuple[Provision, ...]
    question: str | None
    alternatives: tuple[Provision, ...] = ()


def resolve(
    basis: Sequence[Citation],
    conduct_from: dt.datetime | None,
    conduct_until: dt.datetime | None,
    decided_on: dt.date | None = None,
) -> Resolution:
    """Return the provisions in force over a conduct, and those that took their place since.

    Args:
        basis: What the rule cites.
        conduct_from: Start of the conduct; None: unknown.
        conduct_until: End of the conduct; None: unknown.
        decided_on: Day of the decision; None: not asked, so no alternatives.

    Returns:
        With an unknown date, every version that the rule cites and the question for the date; with
        conduct over a change of law, the versions on both sides and the question which applies;
        with a change between conduct and decision, both and the question which is lighter; with a
        basis that is wholly to be confirmed, nothing and that question.

    Raises:
        HengjianError: The library does not hold a cited article or its successor, or the decision
            comes before the end of the conduct.
    """
    confirmed = [citation for citation in basis if citation.confirmed]
    if not confirmed:
        return Resolution((), ASK_LAW)
    candidates = [p for citation in confirmed for p in _provisions(citation)]
    first, last = _day(conduct_from or conduct_until), _day(conduct_until or conduct_from)
    if first is None or last is None:
        return Resolution(tuple(candidates), ASK_DATE)
    if decided_on is not None and decided_on < last:
        raise HengjianError(f"决定日期 {decided_on} 早于行为日期 {last}")
    in_force = [p for p in candidates if p.overlaps(first, last)]
    questions = [ASK_CHANGE] if any(not p.covers(first, last) for p in in_force) else []
    alternatives: tuple[Provision, ...] = ()
    if decided_on is not None:
        alternatives, asked = _since(in_force, decided_on)
        questions += asked
    return Resolution(tuple(in_force), "".join(questions) or None, alternatives)


def _since(
    provisions: Sequence[Provision], decided_on: dt.date
) -> tuple[tuple[Provision, ...], list[str]]:
    """Return what stands in the provisions' place on the day of decision, and what to ask."""
    now = {p.key(): _standing_for(p, decided_on) for p in provisions}
    standing = {p.key(): p for p in now.values() if p is not None}
    questions = [] if all(now.values()) else [ASK_LAPSED]
    if standing.keys() <= now.keys():
        return (), questions
    return tuple(standing.values()), [*questions, ASK_LIGHTER]


def _standing_for(provision: Provision, day: dt.date) -> Provision | None:
    [version] = [
        v
        for v in versions_of(provision.law, provision.article)
        if v.effective_from == provision.effective_from
    ]
    found = version_on(provision.law, version, day)
    if found is None:
        return None
    law, standing = found
    return provision if standing is version else _provision(law, standing)


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
    return replace(_provision(citation.law, version), cited_from=start, cited_until=end)


def _provision(law: str, version: Article) -> Provision:
    """Return a version as cited for all of its life."""
    return Provision(
        law=law,
        article=version.article,
        effective_from=version.effective_from,
        cited_from=version.effective_from,
        cited_until=version.effective_until,
        quote=version.quote,
    )
