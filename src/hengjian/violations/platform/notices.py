"""Notices to platforms: which of them were left without an answer, and which were answered late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.stats.shares import share_interval
from hengjian.violations.columns import Bools, Floats, equals, known, moment, seconds
from hengjian.violations.matching import joined_key
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided

_HOUR = 3600
# Single late answers happen; so many of so large a share are a habit.
_LEAST_LATE, _LEAST_LATE_SHARE = 3, 0.05


class Terms(NamedTuple):
    """What is asked of a platform, and how it is told.

    Attributes:
        hours: How long it may take; a proposal, as the law says without delay (及时).
        subject: What the notices are about, in Chinese.
        doing: What it may be, and what to verify, in Chinese.
    """

    hours: int
    subject: str
    doing: str


class Answers(NamedTuple):
    """What became of notices, one entry each.

    Attributes:
        open: It is known that nothing was done in time, and nothing until the day of the extract.
        late: It was acted upon, after the time.
        timely: It was acted upon or reported in time.
    """

    open: Bools
    late: Bools
    timely: Bools


def answers_to(notices: pa.Table, hours: int, extract: float) -> Answers:
    """Return what became of notices.

    A later action on the same subject, whatever its notice, answers the earlier ones; so does a
    report to the authority in time, which may say that nothing was wrong.

    Args:
        notices: `platform_action`.
        hours: How long a platform may take.
        extract: Day of the extract, as seconds since 1970.
    """
    notified, acted = seconds(notices, "notified_at"), seconds(notices, "acted_at")
    reported = seconds(notices, "reported_at")
    due = notified + hours * _HOUR
    none = equals(notices, "action", "none")
    taken = known(notices, "action") & ~none
    last = _last_action(notices, np.where(taken, acted, np.nan))
    undated = taken & np.isnan(acted)
    in_time = (reported <= due) | (taken & (acted <= due))
    still = none & (extract > due) & ~(last >= notified) & ~in_time
    still &= ~_any_of_subject(notices, undated)
    return Answers(still, taken & (acted > due) & ~in_time, in_time)


def _subjects(notices: pa.Table) -> pa.Array[Any]:
    return joined_key(notices, ("platform", "subject_kind", "subject_id"))


def _last_action(notices: pa.Table, acted: Floats) -> Floats:
    code = np.asarray(_subjects(notices).dictionary_encode().indices)
    last = np.full(len(code), -np.inf)
    np.maximum.at(last, code, np.nan_to_num(acted, nan=-np.inf))
    found: Floats = last[code]
    return found


def _any_of_subject(notices: pa.Table, chosen: Bools) -> Bools:
    code = np.asarray(_subjects(notices).dictionary_encode().indices)
    some = np.zeros(len(code), dtype=np.bool_)
    some[code[chosen]] = True
    found: Bools = some[code]
    return found


def unanswered(notices: pa.Table, judged: Bools, extract: float, terms: Terms) -> Iterator[Said]:
    """Yield the platforms that left notices without an answer, or commonly answer late.

    Args:
        notices: `platform_action`.
        judged: Which of them the detector is about.
        extract: Day of the extract, as seconds since 1970.
        terms: What is asked of a platform.
    """
    silent = judged & ~known(notices, "action") & ~known(notices, "acted_at")
    undated = judged & known(notices, "action") & ~known(notices, "acted_at")
    undated &= ~equals(notices, "action", "none")
    for name, lacking in (("action", silent), ("acted_at", undated)):
        if lacking.any():
            yield Undecided(f"platform_action.{name}", int(lacking.sum()))
    answers = answers_to(notices, terms.hours, extract)
    for platform in sorted(set(map(str, notices.column("platform").unique().to_pylist()))):
        here = judged & equals(notices, "platform", platform)
        still, late = here & answers.open, here & answers.late
        total = int((here & (answers.open | answers.late | answers.timely)).sum())
        habit = int(late.sum()) >= _LEAST_LATE and (
            share_interval(int(late.sum()), total)[0] > _LEAST_LATE_SHARE
        )
        if still.any() or habit:
            yield _suspicion(notices, platform, (still, late), total, extract, terms)


def _suspicion(
    notices: pa.Table,
    platform: str,
    found: tuple[Bools, Bools],
    total: int,
    extract: float,
    terms: Terms,
) -> Suspicion:
    still, late = found
    rows = np.flatnonzero(still | late)
    notified, acted = (seconds(notices, name, rows) for name in ("notified_at", "acted_at"))
    taken = np.where(still[rows], extract, acted) - notified
    order = np.lexsort((-taken, ~still[rows]))
    open_count, count = int(still.sum()), len(rows)
    low, high = share_interval(count, total)
    longest = float(taken[order[0]]) / _HOUR
    due = notified + terms.hours * _HOUR
    ends = [extract] if open_count else acted
    return Suspicion(
        subject_kind="platform",
        subject_id=platform,
        rests_on={"platform_action": rows[order].tolist()},
        figures=[
            Figure("逾时未处置的通知", open_count, "件", 0.0),
            Figure("逾时才处置的通知", count - open_count, "件", 0.0),
            Figure("逾时的比例", round(100 * count / total, 1), "%"),
            Figure("最长用时", round(longest, 1), "小时", float(terms.hours)),
        ],
        explanation=(
            f"就{terms.subject}通知平台 {total} 件，至数据截止时仍未处置 {open_count} 件，超过"
            f"{terms.hours}小时才处置 {count - open_count} 件（逾时比例 {count / total:.0%}，"
            f"95%置信区间 {low:.0%}–{high:.0%}），最长 {longest:.0f} 小时，{terms.doing}"
        ),
        score=0.7 if open_count else 0.6,
        conduct_from=moment(float(due.min())),
        conduct_until=moment(float(np.max(ends))),
        platform=platform,
    )
