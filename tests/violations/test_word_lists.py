from __future__ import annotations

from itertools import chain
from typing import Any

import pytest

from hengjian.identity.numbers import value_state
from hengjian.records.kinds import KINDS
from hengjian.text.matcher import Matcher
from hengjian.violations.condition import Truth
from hengjian.violations.marketing import false_origin
from hengjian.violations.row import read_row
from hengjian.violations.selection import evaluate, excuses, sought
from hengjian.violations.selection_parser import parse_selection, used_word_lists
from hengjian.violations.vocabulary import word_lists

DRUG = {"title|contains": ["$处方药", "药膏"]}


def _truth(value: Any, title: str) -> Truth:
    selection = parse_selection(value, (), lambda *fault: pytest.fail(str(fault)))
    matcher = Matcher(
        word for test in selection.tests() for word in chain(sought(test), excuses(test))
    )
    return evaluate(selection, read_row(KINDS["listing"], {"title": title}, (), matcher.find)).truth


@pytest.mark.parametrize(
    ("title", "truth"), [("阿莫西林胶囊", True), ("紫草药膏", True), ("$处方药", False)]
)
def test_a_list_stands_for_its_words(title: str, truth: bool) -> None:
    assert _truth(DRUG, title) is truth


def test_a_list_that_does_not_exist_is_a_fault() -> None:
    faults: list[tuple[Any, str]] = []
    parse_selection({"title|contains": ["$梦"]}, ("s",), lambda *fault: faults.append(fault))
    [(location, message)] = faults
    assert location == ("s", "title|contains", 0)
    assert message.startswith("没有词表 梦")


def test_the_lists_that_a_rule_names_are_part_of_it() -> None:
    assert used_word_lists({"drug": DRUG, "condition": "drug"}) == {
        "$处方药": word_lists()["处方药"]
    }


def test_no_list_holds_a_word_twice() -> None:
    for name, words in word_lists().items():
        assert len(set(words)) == len(words), name


@pytest.mark.parametrize(
    ("side", "title", "truth"),
    [
        ("before", "赠送阿莫西林", True),
        ("before", "阿莫西林赠送口罩", False),
        ("after", "阿莫西林赠送口罩", True),
    ],
)
def test_company_may_be_asked_for_on_one_side(side: str, title: str, truth: bool) -> None:
    near = {"words": ["赠送"], "within": 2, "side": side}
    assert _truth({**DRUG, "near": near}, title) is truth


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ("粤DA7550123", "well_formed"),
        ("川DB5110227", "well_formed"),
        ("粤DA7550123456", "malformed"),
    ],
)
def test_the_number_of_a_licence_for_drugs(number: str, state: str) -> None:
    assert value_state("drug_operation", number) == state


def test_every_place_that_an_origin_is_compared_by_is_a_word_that_is_looked_for() -> None:
    assert set(false_origin._PROVINCES) == set(word_lists()["产地名"])
