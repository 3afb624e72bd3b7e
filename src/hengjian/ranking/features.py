"""What a ranker sees of a finding: the finding itself, and decisions before the day it was found.

Every feature is one number; NaN is unknown or not applicable, and moves the chance neither way.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from hengjian.errors import HengjianError
from hengjian.law.resolve import SHANGHAI
from hengjian.leads import HARM, HARM_NAMES
from hengjian.ranking.past import About, Count, Past
from hengjian.scan_folder import FINDINGS_FILE, SCAN_FILE, read_findings, read_scan

# Scores of 0 and 1 have no log-odds, and no rule is that certain.
_SUREST = 0.98
# Below this a chance is as good as none, and its logarithm would outweigh everything else.
_LEAST_CHANCE = 1e-12
_DISGUISES = frozenset(
    [
        *("traditional", "width", "html", "inserted", "split", "pinyin"),
        *("mixed", "homophone", "swap", "initials", "lookalike"),
    ]
)
# How a group's figures call the score that is left without one of its signals.
_WITHOUT = ("不计“", "”时的得分")
_UNKNOWN = math.nan


class _Evidence(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)

    layer: str | None
    name: str | None
    value: float | None
    baseline: float | None


class _Members(BaseModel):
    accounts: list[str] | None
    p_value: Annotated[float | None, Field(ge=0, le=1)]


class Finding(BaseModel):
    """What ranking relies on in a finding; the contract holds the rest."""

    finding_id: Annotated[str, Field(min_length=1)]
    lead_key: Annotated[str, Field(min_length=1)]
    seeded: bool
    violation: Annotated[str, Field(min_length=1)]
    subject_kind: str
    subject_id: str
    platform: str | None
    shop_id: str | None
    severity: Literal["life_health", "minors", "property", "order"]
    score: Annotated[float, Field(ge=0, le=1)]
    record_ids: list[str]
    conduct_from: AwareDatetime | None
    conduct_until: AwareDatetime | None
    evidence: list[_Evidence]
    members: _Members | None

    @property
    def about(self) -> About:
        """What decisions of it are counted under."""
        return About(
            self.violation, self.platform, self.subject_kind, self.subject_id, self.shop_id
        )


class Found(NamedTuple):
    """A finding as the ranker sees it.

    Attributes:
        day: On which it was found, in Shanghai: only decisions before it count.
    """

    finding: Finding
    past: Past
    day: dt.date


class Feature(NamedTuple):
    """One number of a finding.

    Attributes:
        name: As models call it.
        title: In Chinese.
        value: NaN: unknown or not applicable.
        words: What is said of it, in Chinese; asked only where the value is known.
    """

    name: str
    title: str
    value: Callable[[Found], float]
    words: Callable[[Found], str]


def log_odds(chance: float) -> float:
    """Return the log-odds of a chance, 0 and 1 taken for nearly so."""
    held = min(max(chance, 1 - _SUREST), _SUREST)
    return math.log(held / (1 - held))


def _share_of(evidence: list[_Evidence], kind: Callable[[_Evidence], bool]) -> float:
    return sum(map(kind, evidence)) / len(evidence) if evidence else _UNKNOWN


def _disguised(found: Found) -> float:
    return _share_of(found.finding.evidence, lambda item: item.layer in _DISGUISES)


def _figures(found: Found) -> float:
    return _share_of(found.finding.evidence, lambda item: item.value is not None)


def _absent(found: Found) -> float:
    return _share_of(found.finding.evidence, lambda item: item.layer == "absent")


def _days(found: Found) -> float:
    begin, end = found.finding.conduct_from, found.finding.conduct_until
    if begin is None or end is None:
        return _UNKNOWN
    return max((end - begin) / dt.timedelta(days=1), 0.0)


def _accounts(found: Found) -> float:
    members = found.finding.members
    return _UNKNOWN if members is None else len(members.accounts or ())


def _improbability(found: Found) -> float:
    members = found.finding.members
    if members is None or members.p_value is None:
        return _UNKNOWN
    return -math.log10(max(members.p_value, _LEAST_CHANCE))


def _losses(found: Found) -> list[float]:
    """Return what a group's score loses without each of its signals."""
    begin, end = _WITHOUT
    return [
        item.baseline - item.value
        for item in found.finding.evidence
        if item.name is not None
        and item.name.startswith(begin)
        and item.name.endswith(end)
        and item.value is not None
        and item.baseline is not None
    ]


def _signals(found: Found) -> float:
    return len(_losses(found)) or _UNKNOWN


def _dependence(found: Found) -> float:
    return max(_losses(found), default=_UNKNOWN)


def _beside_all(found: Found, key: str | None) -> float:
    """Return how far the past of a key lies from that of all, in log-odds; 0: no past."""
    if key is None:
        return _UNKNOWN
    all_of_them = found.past.overall(found.day)
    return log_odds(found.past.share(key, found.day)) - log_odds(all_of_them)


def _told(found: Found, key: str | None) -> str:
    count = Count(0, 0) if key is None else found.past.before(key, found.day)
    return f"{count.confirmed}/{count.decided} 起" if count.decided else "尚无处理结果"


FEATURES = (
    Feature(
        "score",
        "规则得分",
        lambda f: log_odds(f.finding.score),
        lambda f: f"规则得分 {f.finding.score:.2f}",
    ),
    Feature(
        "harm",
        "危害程度",
        lambda f: HARM[f.finding.severity],
        lambda f: f"危害：{HARM_NAMES[f.finding.severity]}",
    ),
    Feature(
        "disguised",
        "证据中的伪装文字",
        _disguised,
        lambda f: f"证据中伪装文字占 {_disguised(f):.0%}",
    ),
    Feature("figures", "证据中的数值", _figures, lambda f: f"证据中数值占 {_figures(f):.0%}"),
    Feature("absent", "证据中的未标明", _absent, lambda f: f"证据中未标明事项占 {_absent(f):.0%}"),
    Feature(
        "records",
        "涉及记录",
        lambda f: math.log1p(len(f.finding.record_ids)),
        lambda f: f"涉及记录 {len(f.finding.record_ids):,} 条",
    ),
    Feature(
        "days",
        "持续天数",
        lambda f: math.log1p(_days(f)),
        lambda f: f"行为持续 {_days(f):,.0f} 天",
    ),
    Feature(
        "accounts",
        "成员账号",
        lambda f: math.log1p(_accounts(f)),
        lambda f: f"成员账号 {_accounts(f):,.0f} 个",
    ),
    Feature(
        "improbability",
        "偶然出现的可能",
        _improbability,
        lambda f: f"偶然出现的可能约为 10 的负 {_improbability(f):.0f} 次方",
    ),
    Feature("signals", "团伙的迹象", _signals, lambda f: f"团伙的迹象 {_signals(f):.0f} 项"),
    Feature(
        "dependence",
        "倚重单项迹象",
        _dependence,
        lambda f: f"不计最重的一项迹象，得分少 {_dependence(f):.2f}",
    ),
    Feature(
        "rule",
        "该类型以往查实",
        lambda f: log_odds(f.past.rule_share(f.finding.about, f.day)),
        lambda f: (
            f"该类型以往查实 {_told(f, f.finding.about.rule)}"
            f"（参照领域和总体，按 {f.past.rule_share(f.finding.about, f.day):.0%} 计）"
        ),
    ),
    Feature(
        "platform",
        "该平台以往查实",
        lambda f: _beside_all(f, f.finding.about.on_platform),
        lambda f: f"该平台以往查实 {_told(f, f.finding.about.on_platform)}",
    ),
    Feature(
        "subject",
        "该对象以往查实",
        lambda f: _beside_all(f, f.finding.about.subject),
        lambda f: f"该对象以往查实 {_told(f, f.finding.about.subject)}",
    ),
    Feature(
        "shop",
        "该店铺以往查实",
        lambda f: _beside_all(f, f.finding.about.shop),
        lambda f: f"该店铺以往查实 {_told(f, f.finding.about.shop)}",
    ),
)


def features_of(found: Found) -> list[float]:
    """Return the features of a finding, in the order of FEATURES; NaN: unknown."""
    return [feature.value(found) for feature in FEATURES]


def findings_of(folder: Path) -> Iterator[Finding]:
    """Yield a scan's findings without its topics, which are tasks for an office.

    Raises:
        HengjianError: The folder holds no findings, or one of them breaks the contract.
    """
    for number, row in enumerate(read_findings(folder), start=1):
        if row["violation"]:
            yield _checked(row, folder / FINDINGS_FILE, number)


def _checked(row: dict[str, Any], path: Path, line: int) -> Finding:
    try:
        return Finding.model_validate(row)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise HengjianError("疑点不合约定", path=path, line=line, field=field) from None


class ScanDay(NamedTuple):
    """Which scan it was, and on which day in Shanghai."""

    scan_id: str
    day: dt.date


def scan_day(folder: Path) -> ScanDay:
    """Return the day of a scan.

    Raises:
        HengjianError: The folder holds no scan, or scan.json does not say when it was made.
    """
    scan = read_scan(folder)
    try:
        started = dt.datetime.fromisoformat(scan["started_at"])
    except (KeyError, TypeError, ValueError):
        started = None
    if started is None or started.tzinfo is None:
        raise HengjianError(
            "扫描说明没有写明带时区的时间", path=folder / SCAN_FILE, field="started_at"
        )
    return ScanDay(scan["scan_id"], started.astimezone(SHANGHAI).date())
