from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hengjian.errors import HengjianError
from hengjian.ranking.decisions import read_decisions
from hengjian.ranking.model import Model
from hengjian.ranking.training import (
    ISOTONIC_FROM,
    LEAST_LEADS,
    LEAST_OF_EACH,
    Labels,
    auc,
    brier,
    labels_of,
    train,
)
from hengjian.scan_folder import read_findings
from tests.ranking.scans import decision, finding_row, scan_folder, write_lines

WEEKS = 8
OFTEN, SELDOM = "marketing.absolute_claim", "minors.no_label"
CHANCES = {OFTEN: 0.9, SELDOM: 0.1}

Row = dict[str, Any]


def _market(folder: Path, leads: int, seed: int = 1) -> tuple[list[Path], list[Row]]:
    """Scans a week apart; of one type nine in ten hold, of the other one, and scores say nothing."""
    random = np.random.default_rng(seed)
    scans, decisions = [], []
    for week in range(WEEKS):
        rows = []
        for number in range(week * leads // WEEKS, (week + 1) * leads // WEEKS):
            violation = OFTEN if random.random() < 0.5 else SELDOM
            rows.append(
                finding_row(number, violation=violation, score=round(random.uniform(0.5, 0.9), 2))
            )
            holds = random.random() < CHANCES[violation]
            day = 7 * week + int(random.integers(1, 6))
            decisions.append(decision(rows[-1]["finding_id"], day, holds))
        scans.append(scan_folder(folder / f"week{week}", 7 * week, rows))
    return scans, decisions


def _train(folder: Path, scans: Sequence[Path], decisions: Sequence[Row]) -> Model:
    return train(scans, read_decisions(write_lines(folder / "decisions.jsonl", decisions)))[0]


def _labels(folder: Path, scans: Sequence[Path], decisions: Sequence[Row]) -> Labels:
    read = read_decisions(write_lines(folder / "decisions.jsonl", decisions))
    return labels_of(scans, read.by_finding)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("trained")
    return _train(folder, *_market(folder, 600))


def test_it_learns_which_types_hold_where_scores_say_nothing(trained: Model) -> None:
    report = trained.report
    assert report.model.auc.low > 0.75
    assert report.score.auc.low < 0.5 < report.score.auc.high
    assert report.beside_score.high < 0
    weights = {each.name: each.weight for each in trained.line.features}
    assert (
        max(weights, key=lambda name: abs(weights[name])) in {"rule", "harm"}
        or weights["rule"] > 0.5
    )


def test_chances_are_what_comes_true(trained: Model) -> None:
    for tenth in trained.report.tenths:
        # Three standard errors of so many leads; both types are far from the middle.
        allowed = 3 * (0.25 / tenth.leads) ** 0.5
        assert tenth.confirmed / tenth.leads == pytest.approx(tenth.told, abs=allowed)
    assert sum(tenth.leads for tenth in trained.report.tenths) == trained.reporting.leads


def test_it_is_measured_on_days_after_those_it_was_fitted_on(trained: Model) -> None:
    assert trained.training.last < trained.calibrating.first
    assert trained.calibrating.last < trained.reporting.first
    parts = (trained.training, trained.calibrating, trained.reporting)
    assert sum(part.leads for part in parts) == 600


def test_the_past_it_keeps_holds_every_decided_lead_once(trained: Model) -> None:
    last = max(day for day, _, _ in trained.past["all"])
    assert last == trained.reporting.last
    assert sum(decided for _, _, decided in trained.past["all"]) == 600


def test_the_same_decisions_in_any_order_give_the_same_model(tmp_path: Path) -> None:
    scans, decisions = _market(tmp_path, 240)
    first = _train(tmp_path, scans, decisions)
    second = _train(tmp_path, scans[::-1], decisions[::-1])
    same = {"trained_at", "sha256", "decisions_sha256"}
    assert first.model_dump(exclude=same) == second.model_dump(exclude=same)


def test_decisions_added_later_leave_the_features_of_earlier_leads_alone(tmp_path: Path) -> None:
    scans, decisions = _market(tmp_path, 240)
    early = [row for row in decisions if row["decided_at"] < "2026-04-01"]
    some, more = _labels(tmp_path, scans, early), _labels(tmp_path, scans, decisions)
    assert len(some.leads) < len(more.leads)
    assert some.leads == more.leads[: len(some.leads)]


def test_leads_found_before_anything_was_decided_give_no_weights(tmp_path: Path) -> None:
    scans, decisions = _market(tmp_path, 480)
    first = list(read_findings(scans[0]))
    for row in first[::2]:
        row["record_ids"] = [f"L{number}" for number in range(50)]
    scans[0] = scan_folder(tmp_path / "first", 0, first)
    weights = {each.name: each.weight for each in _train(tmp_path, scans, decisions).line.features}
    assert weights["records"] == 0 < weights["rule"]


def test_a_single_scan_trains_on_what_the_findings_say_themselves(tmp_path: Path) -> None:
    scans, decisions = _market(tmp_path, 480)
    rows = [row for scan in scans for row in read_findings(scan)]
    only = scan_folder(tmp_path / "only", 0, rows)
    weights = {each.name: each.weight for each in _train(tmp_path, [only], decisions).line.features}
    assert weights["rule"] == weights["shop"] == 0 < abs(weights["score"])


def test_too_few_decisions_train_nothing_and_the_number_is_told(tmp_path: Path) -> None:
    scans, decisions = _market(tmp_path, LEAST_LEADS)
    with pytest.raises(HengjianError, match=f"{LEAST_LEADS - 1} 起，不足 {LEAST_LEADS} 起"):
        _train(tmp_path, scans, decisions[1:])


def test_decisions_of_one_kind_only_train_nothing(tmp_path: Path) -> None:
    scans, decisions = _market(tmp_path, 240)
    with pytest.raises(HengjianError, match=f"不成立 0 起，均须不少于 {LEAST_OF_EACH} 起"):
        _train(tmp_path, scans, [{**row, "confirmed": True} for row in decisions])


def test_decisions_of_one_day_cannot_be_parted_in_time(tmp_path: Path) -> None:
    scans, decisions = _market(tmp_path, 240)
    on_one_day = [{**row, "decided_at": decisions[-1]["decided_at"]} for row in decisions]
    with pytest.raises(HengjianError, match="校准段查实 0 起"):
        _train(tmp_path, scans, on_one_day)


def test_where_later_decisions_say_the_contrary_every_chance_is_the_base_rate(
    tmp_path: Path,
) -> None:
    scans, decisions = _market(tmp_path, 480)
    labels = _labels(tmp_path, scans, decisions)
    half = labels.leads[240].decision.at.isoformat()
    turned = [
        {**row, "confirmed": row["confirmed"] != (row["decided_at"] > half)} for row in decisions
    ]
    model = _train(tmp_path, scans, turned)
    [chance] = {chance for _, chance, _, _ in model.calibration.table}
    base = model.calibrating.confirmed / model.calibrating.leads
    assert chance == pytest.approx(base, abs=0.02)


def test_many_decisions_are_calibrated_by_steps(tmp_path: Path) -> None:
    model = _train(tmp_path, *_market(tmp_path, 6 * ISOTONIC_FROM))
    assert model.calibrating.leads >= ISOTONIC_FROM
    assert model.calibration.method == "isotonic"
    chances = [chance for _, chance, _, _ in model.calibration.table]
    assert 0 < min(chances) < 0.2
    assert 0.8 < max(chances) < 1


def test_a_lead_counts_once_however_many_findings_it_has(tmp_path: Path) -> None:
    same = {"subject_id": "I1", "shop_id": "S1"}
    rows = [finding_row(number, **same, score=0.5 + number / 100) for number in range(5)]
    scan = scan_folder(tmp_path / "scan", 0, rows)
    labels = _labels(tmp_path, [scan], [decision(row["finding_id"], 1, True) for row in rows])
    [lead] = labels.leads
    assert (labels.findings, lead.finding.score) == (5, 0.54)


def test_planted_records_and_decisions_of_other_scans_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [finding_row(1, seeded=True), finding_row(2)]
    scan = scan_folder(tmp_path / "scan", 0, rows)
    told = [decision(row["finding_id"], 1, True) for row in rows]
    labels = _labels(tmp_path, [scan], [*told, decision("elsewhere", 1, True)])
    assert (len(labels.leads), labels.seeded, labels.elsewhere) == (1, 1, 1)


def test_what_nobody_decided_is_no_label(tmp_path: Path) -> None:
    scan = scan_folder(tmp_path / "scan", 0, [finding_row(1), finding_row(2)])
    labels = _labels(tmp_path, [scan], [decision(finding_row(1)["finding_id"], 1, True)])
    assert [lead.finding.subject_id for lead in labels.leads] == ["I1"]


def test_a_finding_is_of_the_day_on_which_it_was_first_found(tmp_path: Path) -> None:
    row = finding_row(1)
    scans = [scan_folder(tmp_path / str(day), day, [row]) for day in (9, 2, 5)]
    [lead] = _labels(tmp_path, scans, [decision(row["finding_id"], 12, True)]).leads
    assert lead.day.day == 4  # two days after 2 March


def test_a_decision_made_before_the_scan_does_not_enter_its_own_features(tmp_path: Path) -> None:
    row = finding_row(1)
    scan = scan_folder(tmp_path / "scan", 9, [row])
    [lead] = _labels(tmp_path, [scan], [decision(row["finding_id"], 3, True)]).leads
    assert lead.day == lead.decision.day


def test_auc_counts_ties_as_half() -> None:
    told, confirmed = np.array([0.2, 0.5, 0.5, 0.9]), np.array([False, False, True, True])
    assert auc(told, confirmed) == pytest.approx(3.5 / 4)


def test_auc_of_one_kind_only_is_unknown() -> None:
    assert np.isnan(auc(np.array([0.2, 0.5]), np.array([True, True])))


def test_brier_is_the_mean_squared_distance() -> None:
    assert brier(np.array([0.5, 1.0]), np.array([True, False])) == pytest.approx((0.25 + 1) / 2)
