from __future__ import annotations

from typing import Any

import pytest

from hengjian.text.matcher import Matcher
from hengjian.violations.selection import Row, Span, evaluate, missing_fields, parse_selection
from hengjian.yamlfile import Location


def _faults(value: Any) -> list[tuple[Location, str]]:
    faults: list[tuple[Location, str]] = []
    parse_selection(value, ("s",), lambda location, message: faults.append((location, message)))
    return faults


def _found(value: Any, kind: str = "listing", **texts: str) -> tuple[bool | None, list[str]]:
    assert _faults(value) == []
    selection = parse_selection(value, (), lambda *_: None)
    matcher = Matcher(word for test in selection.tests() for word in test.vocabulary())
    hits = {name: matcher.find(text) for name, text in texts.items()}
    row = Row(kind=kind, searched=frozenset({"title", "text"}), texts=texts, hits=hits)
    truth, spans = evaluate(selection, row)
    return truth, [_word(span, texts) for span in spans]


def _word(span: Span, texts: dict[str, str]) -> str:
    return texts[span.fieldname][span.start : span.end]


CLAIM = {"any_field|contains": ["最佳"]}


def test_any_field_searches_every_text_that_the_record_has() -> None:
    assert _found(CLAIM, text="最佳") == (True, ["最佳"])


def test_without_any_text_the_answer_is_unknown() -> None:
    assert _found(CLAIM) == (None, [])


def test_a_named_field_that_is_missing_is_unknown() -> None:
    assert _found({"category|contains": ["酒"]}, title="酒") == (None, [])


def test_several_tests_in_one_group_must_all_hold() -> None:
    group = {"title|contains": ["酒"], "text|contains": ["茶"]}
    assert _found(group, title="酒", text="水")[0] is False
    assert _found(group, title="酒", text="茶") == (True, ["酒", "茶"])


def test_of_several_groups_one_is_enough() -> None:
    groups = [{"title|contains": ["酒"]}, {"title|contains": ["茶"]}]
    assert _found(groups, title="茶") == (True, ["茶"])


def test_a_test_of_the_kind() -> None:
    group = {"kind": "review", "any_field|contains": ["好"]}
    assert _found(group, title="好")[0] is False
    assert _found(group, kind="review", text="好")[0] is True
    several = {**group, "kind": ["review", "listing"]}
    assert _found(several, text="好")[0] is True


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("最佳食用期7天", False), ("最佳食用期7天，最佳牛奶", True), ("最佳食用", True)],
)
def test_unless_inside_excuses_only_the_hit_that_it_covers(text: str, flagged: bool) -> None:
    assert _found({**CLAIM, "unless": {"inside": ["最佳食用期"]}}, text=text)[0] is flagged


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("不是最佳", False),
        ("不是说它最佳", False),
        ("不是说它真的最佳", True),
        ("不是。最佳", True),
        ("最佳不是", True),
    ],
)
def test_unless_after_reaches_so_many_characters_and_not_over_a_sentence(
    text: str, flagged: bool
) -> None:
    guard = {"after": {"words": ["不是"], "within": 2}}
    assert _found({**CLAIM, "unless": guard}, text=text)[0] is flagged


@pytest.mark.parametrize(
    ("text", "flagged"), [("最佳温度", False), ("最佳的温度", True), ("温度最佳", True)]
)
def test_unless_before(text: str, flagged: bool) -> None:
    guard = {"before": {"words": ["温度"], "within": 0}}
    assert _found({**CLAIM, "unless": guard}, text=text)[0] is flagged


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("部队专供", ["部队", "专供"]),
        ("专供给部队", ["部队", "专供"]),
        ("部队某某专供", []),
        ("部队，专供", ["部队", "专供"]),
        ("部队！专供", []),
        ("专供", []),
    ],
)
def test_near_asks_for_company_in_the_same_sentence(text: str, words: list[str]) -> None:
    group = {"any_field|contains": ["部队"], "near": {"words": ["专供"], "within": 1}}
    assert _found(group, text=text) == (bool(words), words)


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("截图领红包给五星", True), ("截图给五星", False), ("五星。截图领红包", False)],
)
def test_a_list_of_near_asks_for_company_of_each(text: str, flagged: bool) -> None:
    company = [{"words": ["五星"], "within": 6}, {"words": ["红包"], "within": 6}]
    assert _found({"any_field|contains": ["截图"], "near": company}, text=text)[0] is flagged


def test_words_in_two_fields_are_not_near() -> None:
    group = {"any_field|contains": ["部队"], "near": {"words": ["专供"], "within": 9}}
    assert _found(group, title="部队", text="专供")[0] is False


def test_missing_fields_are_told() -> None:
    selection = parse_selection([{"category|contains": ["酒"]}, CLAIM], (), lambda *_: None)
    row = Row(kind="listing", searched=frozenset({"title", "text"}), texts={"title": "水"})
    assert missing_fields(selection, row) == {"category"}


@pytest.mark.parametrize(
    ("value", "location"),
    [
        ("最佳", ("s",)),
        ([], ("s",)),
        ({**CLAIM, "near": None}, ("s", "near")),
        ({**CLAIM, "unless": {"inside": []}}, ("s", "unless", "inside")),
        ({}, ("s",)),
        ({"unless": {"inside": ["最佳"]}}, ("s",)),
        ({**CLAIM, "unless": {"insde": ["最佳"]}}, ("s", "unless", "insde")),
        ({**CLAIM, "unless": ["最佳"]}, ("s", "unless")),
        ({**CLAIM, "near": {"words": ["a"]}}, ("s", "near")),
        ({**CLAIM, "near": {"words": ["a"], "within": -1}}, ("s", "near")),
        ({**CLAIM, "near": {"words": ["a"], "within": True}}, ("s", "near")),
        ({**CLAIM, "near": {"words": [], "within": 1}}, ("s", "near", "words")),
        ({"any_field|contains": [" "]}, ("s", "any_field|contains", 0)),
        ({"any_field|contains": []}, ("s", "any_field|contains")),
        ({"any_field": ["最佳"]}, ("s", "any_field")),
        ({"kind": []}, ("s", "kind")),
        ({"kind": [1]}, ("s", "kind")),
        ([CLAIM, {"any_field|contains": [7]}], ("s", 1, "any_field|contains", 0)),
    ],
)
def test_a_fault_is_told_where_it_stands(value: Any, location: Location) -> None:
    assert location in [where for where, _ in _faults(value)]
