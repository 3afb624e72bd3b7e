from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest

from hengjian.errors import HengjianError
from hengjian.ranking.features import FEATURES, Found, features_of, findings_of, scan_day
from hengjian.ranking.past import past_of
from hengjian.scan_folder import SCAN_FILE, write_json
from hengjian.violations.detection import detect
from hengjian.violations.detector import example_tables
from hengjian.violations.finding import evidence_item
from hengjian.violations.rule import read_rule, rules_folder
from tests.ranking.scans import DAY, finding, finding_row, noon, scan_folder

WORDS = evidence_item(record_id="L1", field="title", start=0, end=2, text="最佳", layer="literal")
PAST = past_of([])


def _features(**changes: Any) -> dict[str, float]:
    values = features_of(Found(finding(**changes), PAST, DAY))
    return dict(zip((feature.name for feature in FEATURES), values, strict=True))


def test_a_surer_rule_and_a_graver_harm_have_higher_features() -> None:
    low = _features(score=0.5, severity="order")
    high = _features(score=0.9, severity="life_health")
    assert (low["score"], low["harm"]) == (0, 1)
    assert high["score"] == pytest.approx(math.log(9))
    assert high["harm"] == 4


def test_the_mix_of_evidence_is_told_in_shares() -> None:
    items = [
        WORDS,
        {**WORDS, "layer": "split"},
        evidence_item(record_id="L1", field="", layer="absent", name="净含量"),
        evidence_item(record_id="L1", field="price", layer="number", name="价格", value=3.0),
    ]
    mix = _features(evidence=items)
    assert (mix["disguised"], mix["absent"], mix["figures"]) == (0.25, 0.25, 0.25)


def test_a_time_that_is_not_known_is_no_time_of_zero_days() -> None:
    assert _features(conduct_until=noon(10))["days"] == pytest.approx(math.log(11))
    assert math.isnan(_features(conduct_from=None)["days"])


def test_what_only_groups_have_is_unknown_of_others() -> None:
    alone = _features()
    names = ("accounts", "improbability", "signals", "dependence")
    assert all(math.isnan(alone[name]) for name in names)


def test_a_groups_members_and_its_corrected_chance_count() -> None:
    group = _features(members={"accounts": ["a", "b", "c"], "p_value": 1e-4})
    assert group["accounts"] == pytest.approx(math.log(4))
    assert group["improbability"] == pytest.approx(4)


def test_the_signals_of_a_group_are_read_from_its_own_figures() -> None:
    rule, faults = read_rule(rules_folder() / "reputation" / "fabricated_reviews.yml")
    assert rule is not None, faults
    assert rule.detector is not None
    example = next(each for each in rule.detector.examples if each.flag)
    [suspicion] = detect(rule.detector, example_tables(rule.detector, example)).suspicions
    figures = [figure._asdict() for figure in suspicion.figures]
    items = [evidence_item(layer="derived", **{k: f[k] for k in ("name", "value", "unit", "baseline")}) for f in figures]  # fmt: skip
    group = _features(evidence=items, score=suspicion.score)
    without = [f["value"] for f in figures if f["name"].startswith("不计")]
    assert group["signals"] == len(without) > 0
    assert group["dependence"] == pytest.approx(suspicion.score - min(without))


def test_region_and_names_are_no_features(tmp_path: Path) -> None:
    rows = [finding_row(1), finding_row(1, region="110000", operator_id="91330100799655058B")]
    seen = findings_of(scan_folder(tmp_path / "scan", 0, rows))
    here, there = (features_of(Found(each, PAST, DAY)) for each in seen)
    assert here == pytest.approx(there, nan_ok=True)


def test_what_was_decided_of_a_shop_moves_its_later_findings() -> None:
    earlier = finding(1)
    past = past_of([(DAY, earlier.about, True), (DAY, finding(2).about, False)])
    place = [feature.name for feature in FEATURES].index("shop")
    later = finding(3, shop_id="S1")
    assert features_of(Found(later, past, DAY + dt.timedelta(days=1)))[place] > 0
    assert features_of(Found(later, past, DAY))[place] == 0


def test_topics_are_left_out(tmp_path: Path) -> None:
    topic = finding_row(2, violation="", subject_kind="topic")
    folder = scan_folder(tmp_path / "scan", 0, [finding_row(1), topic])
    assert [each.subject_id for each in findings_of(folder)] == ["I1"]


def test_a_finding_that_breaks_the_contract_is_told_with_line_and_field(tmp_path: Path) -> None:
    folder = scan_folder(tmp_path / "scan", 0, [finding_row(1), finding_row(2, score=7)])
    with pytest.raises(HengjianError, match="不合约定") as error:
        list(findings_of(folder))
    assert (error.value.line, error.value.field) == (2, "score")


def test_the_day_of_a_scan_is_that_of_shanghai(tmp_path: Path) -> None:
    folder = scan_folder(tmp_path / "scan", 0, [])
    write_json(folder / SCAN_FILE, {"scan_id": "a", "started_at": "2026-03-01T16:30:00+00:00"})
    assert scan_day(folder).day == dt.date(2026, 3, 2)


@pytest.mark.parametrize("told", [{}, {"started_at": "2026-03-01T16:30:00"}, {"started_at": 7}])
def test_a_scan_that_does_not_say_when_is_refused(tmp_path: Path, told: dict[str, Any]) -> None:
    folder = scan_folder(tmp_path / "scan", 0, [])
    write_json(folder / SCAN_FILE, {"scan_id": "a", **told})
    with pytest.raises(HengjianError, match="时间") as error:
        scan_day(folder)
    assert error.value.field == "started_at"
