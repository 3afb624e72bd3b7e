"""The benchmark of texts guards against regressions: no type may fall silent, no half sink."""

from __future__ import annotations

from collections import Counter

import pytest

import text_types
from hengjian.records.kinds import KINDS
from hengjian.violations.catalogue import catalogue
from hengjian.violations.rule import load_rules

# A bit below what was measured (docs/quality.md).
LEAST = {"dev": 0.97, "test": 0.8, "more": 0.96}
MOST_ALARMS = 10


@pytest.mark.parametrize("half", ["dev", "test"])
def test_each_half_holds_as_many_violations_as_look_alikes_of_every_type(half: str) -> None:
    rows = text_types.load(half)
    counts = Counter((row["violation"], row["flag"]) for row in rows)
    assert set(counts.values()) == {5}
    assert {row["violation"] for row in rows} <= catalogue().by_id().keys()
    assert {row["kind"] for row in rows} <= KINDS.keys()


def test_no_row_stands_in_both_halves() -> None:
    dev, test = ({row["id"] for row in text_types.load(half)} for half in ("dev", "test"))
    assert dev & test == set()


@pytest.mark.parametrize("half", LEAST)
def test_the_rules_tell_violations_from_look_alikes(half: str) -> None:
    found = text_types.scores(text_types.load(half), load_rules())
    assert text_types.macro_f1(found) >= LEAST[half]


def test_ordinary_lawful_records_are_left_in_peace() -> None:
    rows = text_types.load("lawful")
    assert len(rows) > 30 * MOST_ALARMS
    assert len(text_types.alarms(rows, load_rules())) <= MOST_ALARMS
