"""What the layers rest on: sounds, shapes, words, and tables of pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hengjian.text.arrays import Pattern, Patterns, codes_of, counted_up
from hengjian.text.folds import is_chinese
from hengjian.text.page import Page, batch_of
from hengjian.text.shapes import split_forms
from hengjian.text.sounds import cut_into_syllables, initials_of_term, sound_table, sounds_of_term
from hengjian.text.words import strangeness

LETTERS = st.text(alphabet="tegonxiazhv", min_size=1, max_size=12)


def _strangeness(text: str, start: int, end: int) -> float:
    batch = batch_of([text])
    begin = batch.begins[:1]
    return float(strangeness(batch.seen, begin + start, begin + end)[0])


def _cut(run: str) -> list[tuple[str, int]]:
    start, end = np.array([0]), np.array([len(run)])
    sounds, starts, ends = cut_into_syllables(codes_of(run), start, end)
    pieces = zip(starts.tolist(), ends.tolist(), sounds.tolist(), strict=True)
    return sorted((run[a:b], sound) for a, b, sound in pieces)


def test_characters_and_letters_that_sound_alike_are_one_sound() -> None:
    by_character = [int(sound_table(0)[ord(character)]) for character in "特供"]
    assert sorted(sound for _, sound in _cut("tegong")) == sorted(by_character)
    assert sounds_of_term("特供") == "".join(map(chr, by_character))


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
