"""What holds for every detector that compares sellers with registers, shown on its examples."""

from __future__ import annotations

from functools import cache
from importlib import import_module

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hengjian.violations.detection import detect
from hengjian.violations.detector import Detector, Tables, example_tables
from hengjian.violations.rule import read_rule, rules_folder
from hengjian.violations.suspicion import Suspicion, Undecided

TYPES = [
    "food_drug.food_licence_expired",
    "food_drug.catering_unlicensed",
    "food_drug.catering_forged_licence",
    "food_drug.ghost_kitchen",
    "food_drug.food_scope_exceeded",
    "food_drug.catering_premises",
    "food_drug.platform_licence_unchecked",
    "food_drug.drug_platform_unchecked",
    "food_drug.platform_inaction",
    "food_drug.drug_seller_unlicensed",
    "food_drug.device_seller_unlicensed",
    "platform.violation_unhandled",
    "platform.identity_unverified",
    "prohibited.hazardous_chemicals_unlicensed",
    "consumer.tour_unlicensed",
]


@cache
def detector_of(violation: str) -> Detector:
    rule, faults = read_rule(rules_folder() / f"{violation.replace('.', '/')}.yml")
    assert not faults
    assert rule is not None
    assert rule.detector is not None
    return rule.detector


@cache
def examples_of(violation: str) -> list[Tables]:
    detector = detector_of(violation)
    return [example_tables(detector, example) for example in detector.examples]


def said(violation: str, tables: Tables) -> list[tuple[object, ...]]:
    """What is said of whom, free of the places of rows."""
    found: list[tuple[object, ...]] = []
    for each in import_module(f"hengjian.violations.{violation}").suspect(tables):
        if isinstance(each, Suspicion):
            rests_on = sorted(
                (kind, str(tables[kind].slice(row, 1).to_pylist()))
                for kind, rows in each.rests_on.items()
                for row in rows
            )
            about = (each.platform, each.subject_id, each.score, tuple(each.figures))
            found.append((*about, each.conduct_from, each.conduct_until, tuple(rests_on)))
        elif isinstance(each, Undecided):
            found.append(("undecided", *each))
    return sorted(found, key=str)


@pytest.mark.parametrize("violation", TYPES)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(violation: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    for tables in examples_of(violation):
        shuffled = {
            kind: table.take(random.permutation(table.num_rows)) for kind, table in tables.items()
        }
        assert said(violation, shuffled) == said(violation, tables)


@pytest.mark.parametrize("violation", TYPES)
def test_a_suspicion_rests_on_rows_of_its_subject(violation: str) -> None:
    for tables in examples_of(violation):
        for each in detect(detector_of(violation), tables).suspicions:
            assert all(
                0 <= row < tables[kind].num_rows
                for kind, rows in each.rests_on.items()
                for row in rows
            )
            if each.subject_kind == "shop":
                shops = {
                    tables[kind].column("shop_id")[row].as_py()
                    for kind, rows in each.rests_on.items()
                    if "shop_id" in tables[kind].schema.names
                    for row in rows
                }
                assert shops - {None} <= {each.subject_id}


@pytest.mark.parametrize("violation", TYPES)
def test_quotes_stand_where_they_say(violation: str) -> None:
    for tables in examples_of(violation):
        for each in detect(detector_of(violation), tables).suspicions:
            kind, rows = next(iter(each.rests_on.items()))
            for quote in each.quotes:
                text = tables[kind].column(quote.fieldname)[rows[0]].as_py()
                assert text[quote.start :].startswith(quote.text)


@pytest.mark.parametrize("violation", TYPES)
def test_no_rows_are_no_suspicion(violation: str) -> None:
    for tables in examples_of(violation)[:1]:
        empty = {kind: table.slice(0, 0) for kind, table in tables.items()}
        assert said(violation, empty) == []
