from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.detection import Detected, detect, run_detector_examples
from hengjian.violations.detector import example_tables
from hengjian.violations.rule import Rule, read_rule, rules_folder

TYPES = (
    "minors.forged_ccc", "minors.suspended_ccc", "minors.forged_maker",
    "food_drug.drug_unapproved", "food_drug.device_unregistered",
    "food_drug.cosmetic_unregistered", "food_drug.cosmetic_unfiled",
    "food_drug.cosmetic_efficacy_unpublished", "food_drug.fake_health_food",
    "consumer.energy_grade_false", "consumer.water_label", "consumer.phased_out_product",
    "consumer.nev_exaggeration", "consumer.nev_configuration", "consumer.counterfeit",
    "marketing.host_unqualified_goods",
)  # fmt: skip


def _rule(violation: str) -> Rule:
    area, _, name = violation.partition(".")
    rule, faults = read_rule(rules_folder() / area / f"{name}.yml")
    assert rule is not None, faults
    assert rule.detector is not None
    return rule


def _together(rule: Rule) -> dict[str, pa.Table]:
    """All examples as one market; every example's items and numbers stay its own by platform."""
    assert rule.detector is not None
    tables: dict[str, list[pa.Table]] = {}
    for number, example in enumerate(rule.detector.examples):
        for kind, table in example_tables(rule.detector, example).items():
            if "platform" in table.column_names:
                names = pa.array([f"第{number}网"] * table.num_rows)
                place = table.column_names.index("platform")
                table = table.set_column(place, "platform", names)  # noqa: PLW2901
            tables.setdefault(kind, []).append(table)
    return {kind: pa.concat_tables(parts) for kind, parts in tables.items()}


def _detected(rule: Rule, tables: dict[str, pa.Table]) -> Detected:
    assert rule.detector is not None
    found = detect(rule.detector, tables)
    assert found.failed is None
    return found


@pytest.mark.parametrize("violation", TYPES)
def test_the_examples_of_a_type_pass(violation: str) -> None:
    rule = _rule(violation)
    assert [result for result in run_detector_examples(rule) if not result.passed] == []


@pytest.mark.parametrize("violation", TYPES)
def test_quotes_stand_in_the_first_row_that_a_suspicion_rests_on(violation: str) -> None:
    rule = _rule(violation)
    tables = _together(rule)
    for suspicion in _detected(rule, tables).suspicions:
        kind, rows = next(iter(suspicion.rests_on.items()))
        for quote in suspicion.quotes:
            column, _, label = quote.fieldname.partition(".")
            value: Any = tables[kind].column(column)[rows[0]].as_py()
            text = dict(value)[label] if label else value
            assert text[quote.start : quote.start + len(quote.text)] == quote.text


@pytest.mark.parametrize("violation", TYPES)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(violation: str, seed: int) -> None:
    rule = _rule(violation)
    tables = _together(rule)
    mixed = {}
    for kind, table in tables.items():
        order = np.random.default_rng(seed).permutation(table.num_rows)
        mixed[kind] = table.take(order)
    ids = [
        sorted((s.platform or "", s.subject_id) for s in _detected(rule, each).suspicions)
        for each in (tables, mixed)
    ]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("violation", [t for t in TYPES if t != "marketing.host_unqualified_goods"])
def test_a_suspicion_names_the_item_of_its_row(violation: str) -> None:
    rule = _rule(violation)
    tables = _together(rule)
    for suspicion in _detected(rule, tables).suspicions:
        row = suspicion.rests_on["listing"][0]
        assert tables["listing"].column("item_id")[row].as_py() == suspicion.subject_id
        assert tables["listing"].column("platform")[row].as_py() == suspicion.platform


def test_captures_of_one_item_are_one_suspicion() -> None:
    rule = _rule("minors.forged_ccc")
    assert rule.detector is not None
    tables = example_tables(rule.detector, rule.detector.examples[0])
    tables["listing"] = pa.concat_tables([tables["listing"]] * 2)
    [suspicion] = _detected(rule, tables).suspicions
    assert list(suspicion.rests_on["listing"]) == [0, 1]


@pytest.mark.parametrize("violation", TYPES)
def test_a_market_without_labels_is_undecided_never_suspected(violation: str) -> None:
    rule = _rule(violation)
    assert rule.detector is not None
    listing = {"record_id": "r1", "platform": "甲网", "item_id": "i1", "title": "杯子"}
    tables = {
        kind: pa.Table.from_pylist(
            [listing] if kind == "listing" else [], schema=KINDS[kind].schema
        ).select(rule.detector.columns(kind))
        for kind in rule.detector.kinds
    }
    assert _detected(rule, tables).suspicions == []
