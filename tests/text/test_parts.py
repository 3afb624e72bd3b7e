"""What the layers rest on: sounds, shapes, words, and tables of pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.text.arrays import Pattern, Patterns, Sequences, codes_of, counted_up
from hengjian.text.folds import is_chinese
from hengjian.text.page import Page, batch_of
from hengjian.text.shapes import (
    BY_SHAPE,
    BY_SHAPE_AND_SOUND,
    UNLIKE,
    likeness,
    looks,
    signs,
    split_forms,
)
from hengjian.text.sounds import (
    cut_into_syllables,
    ear_of_term,
    initials_of_term,
    readings,
    sound_table,
    sounds_of_term,
)
from hengjian.text.words import likelihoods, strangeness, strangeness_and_gain

LETTERS = st.text(alphabet="tegonxiazhv", min_size=1, max_size=12)


def _strangeness(text: str, start: int, end: int) -> float:
    batch = batch_of([text])
    begin = batch.begins[:1]
    return float(strangeness(batch.seen, begin + start, begin + end)[0])


def _gain(text: str, start: int, term: str) -> tuple[float, float]:
    batch = batch_of([text])
    starts = batch.begins[:1] + start
    likely = likelihoods(Sequences([term]))
    strange, gain = strangeness_and_gain(batch.seen, starts, starts + len(term), likely)
    return float(strange[0]), float(gain[0])


def _likeness(one: str, other: str) -> int:
    return likeness(*looks(codes_of(one + other)))


def _cut(run: str) -> list[tuple[str, int]]:
    start, end = np.array([0]), np.array([len(run)])
    sounds, starts, ends = cut_into_syllables(codes_of(run), start, end)
    pieces = zip(starts.tolist(), ends.tolist(), sounds.tolist(), strict=True)
    return sorted((run[a:b], sound) for a, b, sound in pieces)


def test_characters_and_letters_that_sound_alike_are_one_sound() -> None:
    by_character = [int(sound_table(0)[ord(character)]) for character in "特供"]
    assert sorted(sound for _, sound in _cut("tegong")) == sorted(by_character)
    assert sounds_of_term("特供") == "".join(map(chr, by_character))


def test_a_reading_of_old_books_is_none() -> None:
    assert readings("包") == ["bao"]
    assert readings("行") == ["xing", "hang"]


def test_a_further_reading_that_phrases_know_little_of_is_kept() -> None:
    assert readings("嗨") == ["hai", "hei"]


def test_what_is_no_chinese_is_heard_as_itself() -> None:
    assert ear_of_term("v信") == "v" + (sounds_of_term("信") or "")
    assert ear_of_term("vx") is None


def test_letters_are_cut_into_the_fewest_syllables() -> None:
    assert [piece for piece, _ in _cut("xian")] == ["xian"]


@given(LETTERS)
def test_what_is_cut_is_the_whole_run(run: str) -> None:
    pieces = _cut(run)
    assert sum(len(piece) for piece, _ in pieces) == len(run)
    assert all(sound > 0 for _, sound in pieces) or pieces == [(run, 0)]


def test_letters_that_are_no_syllables_have_no_sound() -> None:
    assert _cut("xyz") == [("xyz", 0)]


def test_initials() -> None:
    assert initials_of_term("好评返现") == "hpfx"
    assert initials_of_term("A级") is None


def test_a_character_is_written_in_its_parts() -> None:
    forms = [form for form, _ in split_forms("特供")]
    assert "牜寺供" in forms
    assert "特供" not in forms


def test_words_are_not_strange_and_rare_lone_characters_are() -> None:
    assert _strangeness("国家级品质", 0, 2) == 0
    assert _strangeness("毒贰", 0, 2) == 1


def test_what_is_no_chinese_makes_no_words() -> None:
    assert _strangeness("abc", 0, 2) == 1


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("绝", "决", BY_SHAPE_AND_SOUND),  # the same sound
        ("恶", "恩", BY_SHAPE_AND_SOUND),  # 心 in both, and both begin with e
        ("待", "特", BY_SHAPE),  # 寺 in both
        ("恶", "想", UNLIKE),  # 心 tells nothing by itself
        ("特", "持", BY_SHAPE),
        ("好", "家", UNLIKE),
        ("a", "b", UNLIKE),
    ],
)
def test_how_characters_are_alike(one: str, other: str, alike: int) -> None:
    assert _likeness(one, other) == _likeness(other, one) == alike


CHARACTERS = st.characters(min_codepoint=0x3400, max_codepoint=0x2FFFF)


@given(CHARACTERS | st.sampled_from("恶恩女汝特待好a1😀"), CHARACTERS | st.sampled_from("恶恩a"))
def test_characters_without_a_common_sign_are_not_alike(one: str, other: str) -> None:
    first, second = signs(codes_of(one + other)).tolist()
    if not first & second:
        assert one != other
        assert _likeness(one, other) == UNLIKE


def test_a_frequent_word_in_the_place_of_lone_characters_is_a_gain() -> None:
    strange, gain = _gain("全网绝怼正品", 2, "绝对")
    assert (strange, gain > 2) == (1, True)


def test_a_word_that_is_cut_in_two_is_not_strange() -> None:
    assert _gain("真素悲壮的结局", 1, "苏北")[0] == 0


def test_a_word_gives_no_gain() -> None:
    assert _gain("两人同意了", 2, "统一") == (0, 0)


def test_the_likelier_cut_decides_which_characters_are_alone() -> None:
    assert _strangeness("研究生命起源", 2, 4) == 0


def test_counting_up() -> None:
    assert counted_up(np.array([2, 0, 3])).tolist() == [0, 1, 0, 1, 2]


@given(
    st.lists(st.text(alphabet="甲乙丙", min_size=1, max_size=4), min_size=1, max_size=6),
    st.text(alphabet="甲乙丙丁", max_size=30),
)
def test_every_place_of_every_pattern_is_found(patterns: list[str], text: str) -> None:
    found = Patterns(Pattern(pattern, number) for number, pattern in enumerate(patterns))
    owners, starts, lengths = found.find(codes_of(text))
    expected = [
        (number, start)
        for number, pattern in enumerate(patterns)
        for start in range(len(text))
        if text.startswith(pattern, start)
    ]
    assert sorted(zip(owners.tolist(), starts.tolist(), strict=True)) == expected
    assert lengths.tolist() == [len(patterns[owner]) for owner in owners]


def test_a_page_tells_where_runs_of_letters_are() -> None:
    page = batch_of(["abc好d"]).seen
    starts, ends = page.letters
    assert (ends - starts).tolist() == [3, 1]


def test_a_page_without_letters_has_no_runs() -> None:
    page = Page(codes_of("好好"))
    assert [len(column) for column in page.letters] == [0, 0]


def test_chinese_is_chinese_only() -> None:
    assert is_chinese("最佳")
    assert not is_chinese("最a")
    assert not is_chinese("")
