from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.ranking.features import FEATURES
from hengjian.ranking.model import (
    FORMAT,
    Calibration,
    Estimate,
    Line,
    Measured,
    Model,
    Part,
    Report,
    Weight,
    load_model,
    rank_scan,
    save_model,
    trained_later,
)
from hengjian.ranking.past import About, past_of
from tests.ranking.scans import DAY, finding_row, scan_folder

LAST = DAY + dt.timedelta(days=20)
_PART = Part(first=DAY, last=LAST, leads=100, confirmed=50)
_FIGURE = Estimate(value=0.8, low=0.7, high=0.9)
_MEASURED = Measured(auc=_FIGURE, brier=_FIGURE)
CONFIRMED = About("marketing.absolute_claim", "demo-mall", "listing", "I1", "S1")


def _model(**weights: float) -> Model:
    """A model of those weights, trained on one confirmed lead of shop S1."""
    line = Line(
        intercept=0.0,
        features=[
            Weight(name=each.name, mean=0.0, spread=1.0, weight=weights.get(each.name, 0.0))
            for each in FEATURES
        ],
    )
    table = [(-3.0, 0.1, 0.05, 0.2), (0.0, 0.4, 0.3, 0.5), (3.0, 0.9, 0.8, 0.95)]
    return Model(
        format=FORMAT,
        trained_at=dt.datetime(2026, 3, 30, tzinfo=dt.UTC),
        scans=["a"],
        decisions_sha256="0" * 64,
        training=_PART,
        calibrating=_PART,
        reporting=_PART,
        line=line,
        calibration=Calibration(method="platt", table=table),
        report=Report(
            model=_MEASURED,
            score=_MEASURED,
            rule=_MEASURED,
            beside_score=_FIGURE,
            beside_rule=_FIGURE,
            tenths=[],
        ),
        past={key: list(days) for key, days in past_of([(LAST, CONFIRMED, True)]).days.items()},
        sha256="",
    ).sealed()


MODEL = _model(score=1.0, shop=2.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_model(MODEL, tmp_path / "model.json")
    return tmp_path / "model.json"


def test_a_model_is_read_as_it_was_written(file: Path) -> None:
    assert load_model(file) == MODEL


@given(st.data())
def test_a_file_with_a_byte_changed_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(MODEL.content())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("changed") / "model.json"
    path.write_bytes(content)
    with pytest.raises(HengjianError):
        load_model(path)


def test_a_file_that_says_the_same_in_other_bytes_is_refused(file: Path) -> None:
    file.write_text(json.dumps(json.loads(file.read_bytes())), encoding="utf-8")
    with pytest.raises(HengjianError, match="与其哈希不符"):
        load_model(file)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "hengjian-ranking/2"},
        {"more": 1},
        {"trained_at": "2026-03-30T00:00:00"},
        {"line": {"intercept": 0.0, "features": []}},
        {"calibration": {"method": "platt", "table": [[0.0, 0.5, 0.4, 0.6], [1.0, 0.4, 0.3, 0.6]]}},
        {"calibration": {"method": "platt", "table": [[0.0, 0.9, 0.4, 0.6]]}},
        {"calibration": {"method": "pickle", "table": [[0.0, 0.5, 0.4, 0.6]]}},
        {"past": {"all": [["2026-03-02", 2, 1]]}},
        {"past": {"all": [["2026-03-02", 1, 1], ["2026-03-02", 1, 1]]}},
    ],
)
def test_what_a_model_may_not_say_is_refused(file: Path, change: dict[str, object]) -> None:
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **change}), encoding="utf-8")
    with pytest.raises(HengjianError, match="不是本版本认得的排序模型"):
        load_model(file)


@pytest.mark.parametrize("content", [b"", b"[]", b"\x80\x04K\x01.", b"[" * 100_000, b'{"a": NaN}'])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(HengjianError, match="不是本版本认得的排序模型"):
        load_model(path)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_chances_and_their_bounds_never_fall_as_the_log_odds_rise(log_odds: list[float]) -> None:
    chances = MODEL.calibration.chances(np.sort(log_odds))
    assert (np.diff(chances, axis=0) >= 0).all()
    assert (chances[:, 1] <= chances[:, 0]).all()
    assert (chances[:, 0] <= chances[:, 2]).all()


def test_what_is_unknown_moves_nothing() -> None:
    unknown = np.full((1, len(FEATURES)), np.nan)
    assert MODEL.line.moves(unknown).tolist() == [[0.0] * len(FEATURES)]


def test_findings_are_ranked_by_chance_with_the_reasons_that_moved_it(tmp_path: Path) -> None:
    rows = [finding_row(2, score=0.6), finding_row(3, score=0.5, shop_id="S1")]
    first, second = rank_scan(scan_folder(tmp_path / "scan", 30, rows), MODEL)
    assert (first.rank, first.finding_id) == (1, rows[1]["finding_id"])
    assert first.chance is not None
    assert second.chance is not None
    assert first.chance > second.chance
    assert first.interval is not None
    assert first.interval[0] <= first.chance <= first.interval[1]
    assert first.reasons == ["该店铺以往查实 1/1 起，可能性提高"]
    assert second.reasons == ["规则得分 0.60，可能性提高"]


def test_decisions_of_the_scans_day_or_later_are_not_used(tmp_path: Path) -> None:
    rows = [finding_row(3, score=0.5, shop_id="S1")]
    on_that_day = scan_folder(tmp_path / "scan", 20, rows)
    [ranked] = rank_scan(on_that_day, MODEL)
    assert (ranked.chance, ranked.reasons) == (0.4, [])
    assert trained_later(on_that_day, MODEL)
    assert not trained_later(scan_folder(tmp_path / "later", 21, rows), MODEL)


def test_without_a_model_scores_order_the_findings_and_no_chance_is_told(tmp_path: Path) -> None:
    rows = [finding_row(1, score=0.5), finding_row(2, score=0.9)]
    first, second = rank_scan(scan_folder(tmp_path / "scan", 0, rows), None)
    assert (first.score, second.score) == (0.9, 0.5)
    assert (first.chance, first.interval, first.reasons) == (None, None, ())


def test_the_order_of_findings_is_irrelevant(tmp_path: Path) -> None:
    rows = [finding_row(number, score=0.5 + number % 3 / 10) for number in range(20)]
    straight = rank_scan(scan_folder(tmp_path / "a", 30, rows), MODEL)
    assert straight == rank_scan(scan_folder(tmp_path / "b", 30, rows[::-1]), MODEL)


def test_a_scan_without_findings_has_no_ranks(tmp_path: Path) -> None:
    assert rank_scan(scan_folder(tmp_path / "scan", 30, []), MODEL) == []
