from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.text.folds import simplify
from hengjian.text.matcher import Hit, Matcher

TERMS = ["最佳", "国家级", "专供", "好评返现", "药妆"]
MIXED = st.text(alphabet="最佳国家級级專专供好評评返現现藥药妝妆a1 😀\u200b國")


def test_offsets_count_characters_of_the_original_also_behind_emoji() -> None:
    text = "😀𠮷全网最佳"
    [hit] = Matcher(["最佳"]).find(text)
    assert text[hit.start : hit.end] == "最佳"


def test_traditional_characters_match_and_say_so() -> None:
    assert Matcher(["专供"]).find("中南海專供茶") == [Hit("专供", 3, 5, "traditional")]


def test_one_traditional_character_is_enough_for_the_layer() -> None:
    assert Matcher(["国家级"]).find("国家級")[0].layer == "traditional"


def test_a_literal_match_says_so() -> None:
    assert Matcher(["专供"]).find("专供")[0].layer == "literal"


def test_overlapping_terms_are_all_found() -> None:
    found = Matcher(["最佳", "最佳赏味期"]).find("最佳赏味期")
    assert [(hit.term, hit.start, hit.end) for hit in found] == [
        ("最佳", 0, 2),
        ("最佳赏味期", 0, 5),
    ]


def test_a_term_given_in_traditional_finds_simplified_text() -> None:
    assert [hit.term for hit in Matcher(["藥妝"]).find("药妆")] == ["藥妝"]


def test_an_empty_term_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Matcher(["好", ""])


@given(st.text())
def test_folding_never_changes_the_length(text: str) -> None:
    assert len(simplify(text)) == len(text)


@given(MIXED)
def test_every_span_folds_to_its_term(text: str) -> None:
    for hit in Matcher(TERMS).find(text):
        assert simplify(text[hit.start : hit.end]) == hit.term


@given(MIXED)
def test_every_occurrence_is_found(text: str) -> None:
    folded = simplify(text)
    expected = {
        (term, start)
        for term in TERMS
        for start in range(len(folded))
        if folded.startswith(term, start)
    }
    assert {(hit.term, hit.start) for hit in Matcher(TERMS).find(text)} == expected
