from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hengjian.violations.together import REACH, Span, are_together, where_read


def _at(start: int, text: str = "text") -> Span:
    return Span(text, start, start + 2)


def test_words_of_one_paragraph_are_together() -> None:
    assert are_together([[_at(0)], [_at(REACH - 2)]])


def test_words_at_the_ends_of_a_long_page_are_not() -> None:
    assert not are_together([[_at(0)], [_at(5 * REACH)]])


def test_one_place_near_enough_is_enough() -> None:
    assert are_together([[_at(0), _at(5 * REACH)], [_at(5 * REACH + 20)]])


def test_what_stands_in_the_title_is_with_all() -> None:
    assert are_together([[_at(0, "title")], [_at(5 * REACH)]])


def test_what_stands_nowhere_is_with_all() -> None:
    assert are_together([[], [_at(5 * REACH)], []])


def test_segments_of_a_livestream_are_read_one_after_another() -> None:
    texts = {"title": "专场", "segments[0].text": "大家好", "segments[1].text": "上链接"}
    assert where_read(texts) == {
        "title": ("title", 0),
        "segments[0].text": ("segments", 0),
        "segments[1].text": ("segments", 4),
    }


@given(st.lists(st.lists(st.integers(0, 900).map(_at), min_size=1, max_size=4), max_size=4))
def test_parts_are_together_if_and_only_if_some_choice_of_spans_is(parts: list[list[Span]]) -> None:
    def choices(rest: list[list[Span]]) -> Any:
        return [[s, *more] for s in rest[0] for more in choices(rest[1:])] if rest else [[]]

    near = any(
        not chosen or max(s.end for s in chosen) - min(s.start for s in chosen) <= REACH
        for chosen in choices(parts)
    )
    assert are_together(parts) is near
