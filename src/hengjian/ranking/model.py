"""A ranking model: its file, what is checked of it, and the chance it gives a finding.

The file is JSON with a hash of its content. The hash tells damage and careless edits, not forgery:
whoever can write the file can write a hash too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from hengjian.errors import HengjianError
from hengjian.ranking.features import (
    FEATURES,
    Found,
    features_of,
    findings_of,
    scan_day,
)
from hengjian.ranking.past import Past
from hengjian.records.reasons import os_reason

Floats = NDArray[np.float64]

Format = Literal["hengjian-ranking/1"]
FORMAT: Format = "hengjian-ranking/1"
REASONS = 3
# A hundred thousand decisions make some 40 MB.
_MOST_BYTES = 256 * 1024 * 1024
# A part of the log-odds that moves the chance by less than a point is no reason.
_LEAST_MOVE = 0.04

_Chance = Annotated[float, Field(ge=0, le=1)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Weight(_Checked):
    """How one feature counts: `weight` log-odds for each `spread` above the `mean`."""

    name: str
    mean: float
    spread: Annotated[float, Field(gt=0)]
    weight: float


class Line(_Checked):
    """The log-odds of a finding: an intercept, and what each feature adds to it."""

    intercept: float
    features: list[Weight]

    @model_validator(mode="after")
    def _knows_these_features(self) -> Self:
        if [each.name for each in self.features] != [each.name for each in FEATURES]:
            raise ValueError("other features than this version computes")
        return self

    def moves(self, matrix: Floats) -> Floats:
        """Return how far each feature moves the log-odds; what is unknown moves nothing.

        Args:
            matrix: A row a finding, a column a feature, as features_of gives it.
        """
        mean, spread, weight = np.array([(f.mean, f.spread, f.weight) for f in self.features]).T
        return np.asarray(np.nan_to_num((matrix - mean) / spread, nan=0.0) * weight)

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the model's score of each row, before calibration."""
        return np.asarray(self.intercept + self.moves(matrix).sum(axis=1))


class Calibration(_Checked):
    """The chance by the log-odds of the line.

    Attributes:
        table: Log-odds, chance, low and high bound (95 %: how the chance would have come out with
            as many other leads to calibrate on; the weights are taken as they are); between its
            rows straight lines, beyond its ends level.
    """

    method: Literal["isotonic", "platt"]
    table: Annotated[list[tuple[float, _Chance, _Chance, _Chance]], Field(min_length=1)]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        for row, following in pairwise(self.table):
            if row[0] >= following[0] or any(a > b for a, b in zip(row, following, strict=True)):
                raise ValueError("the table must rise")
        if any(not low <= chance <= high for _, chance, low, high in self.table):
            raise ValueError("a chance lies outside of its interval")
        return self

    def chances(self, log_odds: Floats) -> Floats:
        """Return chance, low and high bound of each score, a row each; none of the three falls."""
        at, *columns = np.array(self.table).T
        return np.column_stack([np.interp(log_odds, at, column) for column in columns])


class Part(_Checked):
    """The decided leads of one stretch of time; days in Shanghai, both inclusive."""

    first: dt.date
    last: dt.date
    leads: _Count
    confirmed: _Count


class Estimate(_Checked):
    """A figure with its bounds (95 %: leads drawn anew)."""

    value: float
    low: float
    high: float


class Measured(_Checked):
    """How well one way of telling does on the report part."""

    auc: Estimate
    brier: Estimate


class Tenth(_Checked):
    """Leads whose chance lies in one tenth of 0–1."""

    tenth: Annotated[int, Field(ge=0, le=9)]
    told: _Chance
    leads: Annotated[int, Field(ge=1)]
    confirmed: _Count


class Report(_Checked):
    """What was measured on the last part, on which nothing was fitted.

    Attributes:
        model: The calibrated chance.
        score: The rule's own score.
        rule: The type's past share alone.
        beside_score: Brier score of the chance less that of the score; below 0 is better.
        beside_rule: The same beside the type's past share.
    """

    model: Measured
    score: Measured
    rule: Measured
    beside_score: Estimate
    beside_rule: Estimate
    tenths: list[Tenth]


class Model(_Checked):
    """A ranking model.

    Attributes:
        scans: ids of the scans whose findings were decided.
        decisions_sha256: Of the file of decisions.
        past: Decisions by what they were about (past.Past.days).
        sha256: Of everything else in the file; empty until it is sealed.
    """

    format: Format
    trained_at: AwareDatetime
    scans: list[str]
    decisions_sha256: _Sha256
    training: Part
    calibrating: Part
    reporting: Part
    line: Line
    calibration: Calibration
    report: Report
    past: dict[str, list[tuple[dt.date, _Count, _Count]]]
    sha256: _Sha256 | Literal[""]

    @model_validator(mode="after")
    def _counts_hold(self) -> Self:
        for days in self.past.values():
            if any(confirmed > decided for _, confirmed, decided in days):
                raise ValueError("more confirmed than decided")
            if any(a[0] >= b[0] for a, b in pairwise(days)):
                raise ValueError("the days must rise")
        return self

    def content(self) -> bytes:
        """Return the bytes of the file."""
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(self.model_dump(mode="json"), option=options)

    def hash_of_content(self) -> str:
        """Return the SHA-256 of everything but itself."""
        return hashlib.sha256(self.model_copy(update={"sha256": ""}).content()).hexdigest()

    def sealed(self) -> Model:
        """Return it with its hash."""
        return self.model_copy(update={"sha256": self.hash_of_content()})


def save_model(model: Model, path: Path) -> None:
    """Write a model.

    Raises:
        HengjianError: It cannot be written.
    """
    try:
        path.write_bytes(model.content())
    except OSError as error:
        raise HengjianError(f"无法写入：{os_reason(error)}", path=path) from None


def load_model(path: Path) -> Model:
    """Read a model and check all of it.

    Raises:
        HengjianError: It cannot be read, is no model of this version, or was altered.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise HengjianError("模型文件过大", path=path)
        content = path.read_bytes()
    except OSError as error:
        raise HengjianError(f"无法读取：{os_reason(error)}", path=path) from None
    try:
        model = Model.model_validate_json(content)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or None
        hint = "请用本版本的 hengjian rank train 重新训练"
        raise HengjianError("不是本版本认得的排序模型", path=path, field=field, hint=hint) from None
    if model.sha256 != model.hash_of_content() or model.content() != content:
        raise HengjianError("模型文件与其哈希不符，内容被改动过", path=path, field="sha256")
    return model


class Ranked(NamedTuple):
    """Where a finding stands.

    Attributes:
        rank: 1 is first.
        score: As its rule gave it.
        chance: That an officer would confirm it; None: there is no model.
        interval: Of the chance.
        reasons: What moved it most, in Chinese.
    """

    rank: int
    finding_id: str
    score: float
    chance: float | None
    interval: tuple[float, float] | None
    reasons: Sequence[str]


def rank_scan(folder: Path, model: Model | None) -> list[Ranked]:
    """Rank a scan's findings; topics are left out, and nothing in the folder changes.

    Args:
        folder: A scan's folder.
        model: None: the scores stand as they are.

    Raises:
        HengjianError: The folder holds no scan, or a finding breaks the contract.
    """
    findings = list(findings_of(folder))
    if model is None:
        findings.sort(key=lambda each: (-each.score, each.finding_id))
        return [
            Ranked(rank, each.finding_id, each.score, None, None, ())
            for rank, each in enumerate(findings, start=1)
        ]
    past, day = Past(model.past), scan_day(folder).day
    return list(_ranked([Found(each, past, day) for each in findings], model))


def _ranked(found: Sequence[Found], model: Model) -> Iterator[Ranked]:
    matrix = np.array([features_of(each) for each in found]).reshape(-1, len(FEATURES))
    moves, log_odds = model.line.moves(matrix), model.line.log_odds(matrix)
    chances = model.calibration.chances(log_odds)
    ids = [each.finding.finding_id for each in found]
    order = sorted(range(len(found)), key=lambda row: (-chances[row, 0], -log_odds[row], ids[row]))
    for rank, row in enumerate(order, start=1):
        chance, low, high = np.round(chances[row], 4).tolist()
        reasons = _reasons(found[row], moves[row])
        score = found[row].finding.score
        yield Ranked(rank, ids[row], score, chance, (low, high), reasons)


def _reasons(found: Found, moves: Floats) -> list[str]:
    most = np.argsort(-np.abs(moves), kind="stable")[:REASONS]
    return [
        f"{FEATURES[place].words(found)}，可能性{'提高' if moves[place] > 0 else '降低'}"
        for place in most.tolist()
        if abs(moves[place]) >= _LEAST_MOVE
    ]


def trained_later(folder: Path, model: Model) -> bool:
    """Tell whether a model saw decisions of a scan's day or later."""
    return model.reporting.last >= scan_day(folder).day
