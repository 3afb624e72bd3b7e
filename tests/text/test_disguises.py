from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.text.folds import fold, squeeze
from hengjian.text.matcher import ALL, EXACT, Hit, Layer, Matcher
from hengjian.text.shapes import split_forms
from hengjian.text.sounds import initials_of_term, sounds_of_term, sounds_of_text
from hengjian.text.words import strangeness

TERMS = ["最佳", "国家级", "特供", "好评返现", "药妆", "独一无二", "RDCT"]
EVERYTHING = Matcher(TERMS, ALL)
PLAIN = Matcher(TERMS, EXACT)
DISGUISED = st.text(
    alphabet="最佳國家级特gongte好评返xian现药妆独一无二 _·😀\u200bＲdctＣＤ亻圭寺牛zj",
    max_size=40,
)


def _found(
    text: str, terms: list[str], layers: frozenset[Layer] = ALL
) -> list[tuple[str, str, str]]:
    return [
        (hit.term, text[hit.start : hit.end], hit.layer)
        for hit in Matcher(terms, layers).find(text)
    ]


@pytest.mark.parametrize(
    ("text", "term", "observed", "layer"),
    [
        ("ｒdcT酒", "RDCT", "ｒdcT", "width"),
        ("全网最〇佳", "最佳", "最〇佳", "inserted"),
        ("全网最\u200b佳", "最佳", "最\u200b佳", "inserted"),
        ("最😀佳锅", "最佳", "最😀佳", "inserted"),
        ("国 家 级", "国家级", "国 家 级", "inserted"),
        ("部队牜寺供", "特供", "牜寺供", "split"),
        ("内部特gong酒", "特供", "特gong", "mixed"),
        ("好評返xian两元", "好评返现", "好評返xian", "mixed"),
        ("内部te gong酒", "特供", "te gong", "pinyin"),
        ("毒一无贰的手感", "独一无二", "毒一无贰", "homophone"),
        ("返评好现三元", "好评返现", "返评好现", "swap"),
        ("写hpfx给你", "好评返现", "hpfx", "initials"),
    ],
)
def test_a_disguise_is_found_with_the_layer_that_it_wears(
    text: str, term: str, observed: str, layer: str
) -> None:
    assert (term, observed, layer) in _found(text, [term])


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("质量最。佳能相机", "最佳"),
        ("这事给我办好", "鸡窝"),
        ("呗，放这里", "北方"),
        ("men and women", "我们"),
        ("my life", "没用"),
        ("同意", "统一"),
    ],
)
def test_what_only_resembles_a_term_is_left_alone(text: str, term: str) -> None:
    assert _found(text, [term]) == []


def test_only_the_layers_asked_for_are_searched() -> None:
    assert _found("特gong 特供", ["特供"], EXACT) == [("特供", "特供", "literal")]


def test_a_plain_hit_is_not_told_again_as_a_disguise() -> None:
    assert _found("特供酒", ["特供"]) == [("特供", "特供", "literal")]


def test_terms_that_are_not_chinese_are_searched_as_they_are() -> None:
    assert _found("R-D-C-T", ["RDCT"]) == []


@given(DISGUISED)
def test_every_span_lies_in_the_text_and_is_told_once(text: str) -> None:
    hits = EVERYTHING.find(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert len({(hit.term, hit.start, hit.end) for hit in hits}) == len(hits)


@given(st.text())
def test_any_text_at_all_can_be_searched(text: str) -> None:
    assert all(text[hit.start : hit.end] for hit in EVERYTHING.find(text))


@given(DISGUISED)
def test_more_layers_never_lose_an_exact_hit(text: str) -> None:
    exact = PLAIN.find(text)
    assert set(exact) <= set(EVERYTHING.find(text))


@given(DISGUISED, st.integers(0, 40))
def test_what_was_found_is_found_again_in_its_own_words(text: str, pick: int) -> None:
    hits = [h for h in EVERYTHING.find(text) if h.layer in {"inserted", "mixed", "pinyin"}]
    for hit in hits[pick : pick + 1]:
        again = [h.term for h in EVERYTHING.find(text[hit.start : hit.end])]
        assert hit.term in again


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text())
def test_squeezing_keeps_characters_at_their_offsets(text: str) -> None:
    kept, offsets = squeeze(text)
    assert kept == "".join(text[offset] for offset in offsets)
    assert offsets == sorted(set(offsets))


@given(st.text())
def test_sounds_stand_at_places_in_order(text: str) -> None:
    sounds, places = sounds_of_text(fold(text))
    assert len(sounds) == len(places)
    assert all(start < end for start, end in places)
    assert all(a[1] <= b[0] for a, b in pairwise(places))


def test_characters_and_letters_that_sound_alike_are_one_sound() -> None:
    assert sounds_of_text("特gong")[0] == sounds_of_term("特供") == sounds_of_text("tegong")[0]


def test_letters_that_are_no_syllables_stay_a_mark() -> None:
    assert sounds_of_text("特xyz供")[0][1] == "?"


def test_initials() -> None:
    assert initials_of_term("好评返现") == "hpfx"
    assert initials_of_term("A级") is None


def test_a_character_is_written_in_its_parts() -> None:
    assert "牜寺供" in split_forms("特供")
    assert "特供" not in split_forms("特供")


def test_words_are_not_strange_and_rare_lone_characters_are() -> None:
    assert strangeness("国家级品质", 0, 2) == 0
    assert strangeness("毒贰", 0, 2) == 1


def test_a_hit_is_a_plain_value() -> None:
    assert Matcher(["特供"], ALL).find("特供") == [Hit("特供", 0, 2, "literal")]
