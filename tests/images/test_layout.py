"""Lines become one text: words broken over two lines are whole, other lines stay apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hengjian.images.layout import Box, Line, in_reading_order, put_together

HIGH = 40


def _line(text: str, *, top: int = 0, left: int = 60, height: int = HIGH) -> Line:
    return Line(text, Box(left, top, len(text) * height, height), 0.99)


def _text(*lines: Line) -> str:
    return put_together(lines)[0]


def test_a_word_broken_for_want_of_room_is_whole() -> None:
    assert _text(_line("本店销量全国"), _line("第一", top=50)) == "本店销量全国第一"


def test_a_heading_and_its_small_print_stay_apart() -> None:
    assert _text(_line("国家"), _line("级别二", top=50, height=24)) == "国家\n级别二"


def test_a_line_with_room_left_was_not_broken() -> None:
    assert _text(_line("名单：国家"), _line("级别相同的单位共有三十", top=50)) == (
        "名单：国家\n级别相同的单位共有三十"
    )


def test_columns_and_paragraphs_stay_apart() -> None:
    assert _text(_line("销量全国"), _line("第一", left=400)) == "销量全国\n第一"
    assert _text(_line("销量全国"), _line("第一", top=150)) == "销量全国\n第一"


def test_the_end_of_a_sentence_and_the_items_of_a_list_stay_apart() -> None:
    assert _text(_line("销量全国。"), _line("第一", top=50)) == "销量全国。\n第一"
    assert _text(_line("材质纯棉全国"), _line("产地：苏州", top=50)) == "材质纯棉全国\n产地：苏州"
    assert _text(_line("1、销量全国"), _line("2、第一", top=50)) == "1、销量全国\n2、第一"


BOXES = st.builds(
    Box, st.integers(0, 900), st.integers(0, 900), st.integers(1, 900), st.integers(1, 90)
)
LINES = st.lists(st.builds(Line, st.text(min_size=1), BOXES, st.just(0.9)), max_size=8)


@given(LINES)
def test_every_line_stands_in_the_text_where_it_is_said_to(lines: list[Line]) -> None:
    text, placed = put_together(lines)

    assert [text[p.start : p.end] for p in placed] == [line.text for line in lines]


@given(LINES)
def test_reading_order_loses_no_line(lines: list[Line]) -> None:
    assert sorted(in_reading_order(lines)) == sorted(lines)


def test_lines_side_by_side_are_read_from_left_to_right() -> None:
    left, right, below = _line("左", top=12), _line("右", top=10, left=400), _line("下", top=80)

    assert in_reading_order([below, right, left]) == [left, right, below]
