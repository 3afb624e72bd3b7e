"""Fits a ranking model to officers' decisions: on the past, calibrated later, measured last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from hengjian.errors import HengjianError
from hengjian.ranking.decisions import Decision, Decisions
from hengjian.ranking.features import (
    FEATURES,
    Finding,
    Found,
    features_of,
    findings_of,
    scan_day,
)
from hengjian.ranking.model import (
    FORMAT,
    Calibration,
    Estimate,
    Floats,
    Line,
    Measured,
    Model,
    Part,
    Report,
    Tenth,
    Weight,
)
from hengjian.ranking.past import ALL, Past, past_of

Bools = NDArray[np.bool_]

# Fifteen weights want about ten decided leads each (Peduzzi et al. 1996), in three fifths of all;
# a ridge penalty helps out.
LEAST_LEADS = 200
# Of confirmed and of unfounded leads in each part: with these, an AUC of .8 is known to ±.2 only
# (Hanley and McNeil 1982); with fewer the report would say nothing.
LEAST_OF_EACH = 10
_TRAINING, _CALIBRATING = 0.6, 0.8
# Steps overfit where fewer leads calibrate (Niculescu-Mizil and Caruana 2005); then two numbers do.
ISOTONIC_FROM = 1000
# A feature must earn its weight from tens of leads. The type's past share is spared: it is a chance
# by itself, and held back the model would do worse than that share alone.
_PENALTY = 10.0
_SPARED, _SPARING = "rule", 30.0
_SAME = 1e-9
_KNOTS = 41
_DRAWS = 400
_SEED = 20261124
_BOUNDS = (2.5, 97.5)


class Labelled(NamedTuple):
    """A decided lead, for which the finding of the highest score stands.

    Attributes:
        day: Only decisions before it count in its features: the day on which it was first found,
            or that of its decision, if that was earlier.
    """

    finding: Finding
    day: dt.date
    decision: Decision


class Labels(NamedTuple):
    """What decisions say of the findings of some scans.

    Attributes:
        leads: In order of decision.
        findings: How many decided findings stand behind them.
        seeded: Decided findings that rest on planted test records: left out.
        elsewhere: Decisions of findings that none of the scans holds.
    """

    leads: list[Labelled]
    findings: int
    seeded: int
    elsewhere: int
    scans: list[str]


def labels_of(scans: Iterable[Path], decided: Mapping[str, Decision]) -> Labels:
    """Find the decided findings.

    A lead is decided once, however many findings it has: of those decided alike at one time, one
    counts.

    Args:
        scans: Folders of scans, in any order.
        decided: By finding.

    Raises:
        HengjianError: A folder holds no scan, or a finding breaks the contract.
    """
    days = {folder: scan_day(folder) for folder in scans}
    first: dict[str, Labelled] = {}
    seeded: set[str] = set()
    for folder in sorted(days, key=lambda each: (days[each].day, days[each].scan_id)):
        for finding in findings_of(folder):
            if finding.finding_id not in decided:
                continue
            if finding.seeded:
                seeded.add(finding.finding_id)
                continue
            decision = decided[finding.finding_id]
            day = min(days[folder].day, decision.day)
            first.setdefault(finding.finding_id, Labelled(finding, day, decision))
    leads = sorted(_once_a_lead(first.values()), key=_by_decision)
    elsewhere = len(decided.keys() - first.keys() - seeded)
    scan_ids = sorted({each.scan_id for each in days.values()})
    return Labels(leads, len(first), len(seeded), elsewhere, scan_ids)


def _once_a_lead(labelled: Iterable[Labelled]) -> Iterable[Labelled]:
    kept: dict[tuple[str, Decision], Labelled] = {}
    for each in sorted(labelled, key=lambda x: (-x.finding.score, x.finding.finding_id)):
        key = each.finding.lead_key, each.decision
        held = kept.setdefault(key, each)
        kept[key] = held._replace(day=min(held.day, each.day))
    return kept.values()


def _by_decision(labelled: Labelled) -> tuple[dt.datetime, str]:
    return labelled.decision.at, labelled.finding.finding_id


def train(scans: Sequence[Path], decisions: Decisions) -> tuple[Model, Labels]:
    """Fit a model.

    The same scans and decisions give the same model, but for its date.

    Args:
        scans: Folders of the scans whose findings were decided.
        decisions: What was decided.

    Raises:
        HengjianError: There are too few decisions, a scan cannot be read, or a finding breaks the
            contract.
    """
    labels = labels_of(scans, decisions.by_finding)
    parts = _parts(labels.leads)
    past = past_of((x.decision.day, x.finding.about, x.decision.confirmed) for x in labels.leads)
    # Hundreds of small fits: threads cost thirty times what they help.
    with threadpool_limits(limits=1):
        line = _line(*_told(_with_past(parts[0], past), past))
        matrix, confirmed = _told(parts[1], past)
        calibration = _calibration(line.log_odds(matrix), confirmed)
    model = Model(
        format=FORMAT,
        trained_at=dt.datetime.now(dt.UTC),
        scans=labels.scans,
        decisions_sha256=decisions.sha256,
        training=_part(parts[0]),
        calibrating=_part(parts[1]),
        reporting=_part(parts[2]),
        line=line,
        calibration=calibration,
        report=_report(line, calibration, parts[2], past),
        past={key: list(days) for key, days in past.days.items()},
        sha256="",
    )
    return model.sealed(), labels


def _parts(leads: Sequence[Labelled]) -> list[list[Labelled]]:
    """Part decided leads by day: what is older fits, what is newer measures.

    Raises:
        HengjianError: There are too few, in all or in a part.
    """
    keep = "不训练，仍按规则得分排列"
    if len(leads) < LEAST_LEADS:
        raise HengjianError(f"已处理的线索 {len(leads)} 起，不足 {LEAST_LEADS} 起：{keep}")
    ends = [leads[int(share * len(leads)) - 1].decision.day for share in (_TRAINING, _CALIBRATING)]
    parts: list[list[Labelled]] = [[], [], []]
    for each in leads:
        parts[sum(each.decision.day > end for end in ends)].append(each)
    for name, part in zip(("训练", "校准", "检验"), parts, strict=True):
        confirmed = sum(each.decision.confirmed for each in part)
        unfounded = len(part) - confirmed
        if min(confirmed, unfounded) < LEAST_OF_EACH:
            raise HengjianError(
                f"按处理日期先后分为三段，{name}段查实 {confirmed} 起、不成立 {unfounded} 起，"
                f"均须不少于 {LEAST_OF_EACH} 起：{keep}"
            )
    return parts


def _with_past(leads: Sequence[Labelled], past: Past) -> Sequence[Labelled]:
    """Leave out leads found before anything was decided, unless too few remain.

    Of them no past tells anything, and other features would be given the weight that it deserves.
    """
    later = [each for each in leads if past.before(ALL, each.day).decided]
    confirmed = sum(each.decision.confirmed for each in later)
    enough = min(confirmed, len(later) - confirmed) >= LEAST_OF_EACH
    return later if enough else leads


def _told(part: Sequence[Labelled], past: Past) -> tuple[Floats, Bools]:
    rows = [features_of(Found(each.finding, past, each.day)) for each in part]
    return np.array(rows), np.array([each.decision.confirmed for each in part])


def _part(leads: Sequence[Labelled]) -> Part:
    days = [each.decision.day for each in leads]
    confirmed = sum(each.decision.confirmed for each in leads)
    return Part(first=min(days), last=max(days), leads=len(leads), confirmed=confirmed)


def _line(matrix: Floats, confirmed: Bools) -> Line:
    """Fit the weights; a feature that is never known, or always the same, gets none."""
    known = ~np.isnan(matrix)
    number = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, matrix, 0.0).sum(axis=0) / number
    apart = np.where(known, matrix - mean, 0.0)
    spread = np.sqrt((apart**2).sum(axis=0) / number)
    apart[:, spread <= _SAME] = 0.0
    spread = np.where(spread > _SAME, spread, 1.0)
    # A wider feature needs a smaller weight, which the penalty then hardly feels.
    wider = np.array([_SPARING if feature.name == _SPARED else 1.0 for feature in FEATURES])
    fitted = LogisticRegression(C=1 / _PENALTY, max_iter=1000)
    fitted.fit(apart / spread * wider, confirmed)
    columns = (mean.tolist(), spread.tolist(), (fitted.coef_[0] * wider).tolist())
    return Line(
        intercept=float(fitted.intercept_[0]),
        features=[
            Weight(name=feature.name, mean=at, spread=wide, weight=weight)
            for feature, at, wide, weight in zip(FEATURES, *columns, strict=True)
        ],
    )


def _calibration(log_odds: Floats, confirmed: Bools) -> Calibration:
    """Fit the chance by log-odds.

    The bounds come from leads drawn anew whose outcomes are drawn by the fitted chance: drawn as
    they were, some fifty leads that happen to be told apart would leave no doubt at all.
    """
    isotonic = len(confirmed) >= ISOTONIC_FROM
    fit = _isotonic if isotonic else _platt
    knots = np.unique(np.quantile(log_odds, np.linspace(0, 1, _KNOTS)))
    chance = fit(log_odds, confirmed, knots)
    own = np.interp(log_odds, knots, chance)
    random = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(_DRAWS):
        rows = random.integers(0, len(confirmed), len(confirmed))
        outcomes = random.random(len(rows)) < own[rows]
        drawn.append(fit(log_odds[rows], outcomes, knots))
    low, high = np.percentile(drawn, _BOUNDS, axis=0)
    bounded = (knots, chance, np.minimum(low, chance), np.maximum(high, chance))
    # Rounding must not undo the order of what is equal but for the last digit.
    columns = [np.maximum.accumulate(column).tolist() for column in bounded]
    method: Literal["isotonic", "platt"] = "isotonic" if isotonic else "platt"
    return Calibration(method=method, table=list(zip(*columns, strict=True)))


def _platt(log_odds: Floats, confirmed: Bools, knots: Floats) -> Floats:
    """Return the chance at the knots: a logistic curve, its targets held back (Platt 1999).

    Where the curve would fall, log-odds tell nothing, and the chance is the same everywhere.
    """
    sure, doubt = (confirmed.sum() + 1) / (confirmed.sum() + 2), 1 / ((~confirmed).sum() + 2)
    target = np.where(confirmed, sure, doubt)
    fitted = LogisticRegression(C=np.inf).fit(
        np.concatenate([log_odds, log_odds])[:, None],
        np.repeat([1, 0], len(log_odds)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    if fitted.coef_[0, 0] <= 0:
        return np.full(len(knots), target.mean())
    return np.asarray(fitted.predict_proba(knots[:, None])[:, 1])


def _isotonic(log_odds: Floats, confirmed: Bools, knots: Floats) -> Floats:
    """Return the chance at the knots: the best rising steps, never quite 0 or 1 (Laplace)."""
    least = 1 / (len(confirmed) + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    return np.asarray(fitted.fit(log_odds, confirmed.astype(np.float64)).predict(knots))


def _report(line: Line, calibration: Calibration, part: Sequence[Labelled], past: Past) -> Report:
    """Measure the chance on the last part, beside the score and the type's past share alone."""
    matrix, confirmed = _told(part, past)
    chance = calibration.chances(line.log_odds(matrix))[:, 0]
    score = np.array([each.finding.score for each in part])
    rule = np.array([past.rule_share(each.finding.about, each.day) for each in part])
    return Report(
        model=_measured(chance, confirmed),
        score=_measured(score, confirmed),
        rule=_measured(rule, confirmed),
        beside_score=_gain(chance, score, confirmed),
        beside_rule=_gain(chance, rule, confirmed),
        tenths=list(_tenths(chance, confirmed)),
    )


def _measured(told: Floats, confirmed: Bools) -> Measured:
    return Measured(auc=_estimate(auc, told, confirmed), brier=_estimate(brier, told, confirmed))


def _gain(told: Floats, other: Floats, confirmed: Bools) -> Estimate:
    def difference(rows: Floats, were: Bools) -> float:
        return brier(rows[:, 0], were) - brier(rows[:, 1], were)

    return _estimate(difference, np.column_stack([told, other]), confirmed)


def auc(told: Floats, confirmed: Bools) -> float:
    """Return how often a confirmed one is told higher than an unfounded one; ties count half.

    NaN where there are not both.
    """
    many, few = int(confirmed.sum()), int((~confirmed).sum())
    if not many or not few:
        return float("nan")
    ranks = stats.rankdata(told)[confirmed].sum()
    return float((ranks - many * (many + 1) / 2) / (many * few))


def brier(told: Floats, confirmed: Bools) -> float:
    """Return the mean squared distance of chances from what came of them (Brier 1950)."""
    return float(np.mean((told - confirmed) ** 2))


def _estimate(figure: Callable[[Floats, Bools], float], told: Floats, confirmed: Bools) -> Estimate:
    random = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(_DRAWS):
        rows = random.integers(0, len(confirmed), len(confirmed))
        drawn.append(figure(told[rows], confirmed[rows]))
    low, high = np.nanpercentile(drawn, _BOUNDS)
    return Estimate(value=figure(told, confirmed), low=float(low), high=float(high))


def _tenths(chance: Floats, confirmed: Bools) -> Iterator[Tenth]:
    place = np.minimum((chance * 10).astype(int), 9)
    for tenth in np.unique(place).tolist():
        rows = place == tenth
        yield Tenth(
            tenth=tenth,
            told=float(chance[rows].mean()),
            leads=int(rows.sum()),
            confirmed=int(confirmed[rows].sum()),
        )
