"""Where words stand in a picture."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.violations.pictures import place_of


def _picture(*lines: tuple[str, int, int, int, int]) -> dict[str, Any]:
    """Return a picture of lines: text, left, top, width, height."""
    text, placed = "", []
    for said, *box in lines:
        sides = dict(zip(("left", "top", "width", "height"), box, strict=True))
        placed.append({"start": len(text), "end": len(text) + len(said), **sides})
        text += said
    return {"image": "a.jpg", "picture_text": text, "lines": placed}


def _box(record: dict[str, Any], word: str) -> list[int] | None:
    start = record["picture_text"].index(word)
    place = place_of(record, "picture_text", start, start + len(word))
    assert place is not None
    return place.box


def test_a_word_has_its_share_of_its_line() -> None:
    assert _box(_picture(("本店国家级品质", 100, 10, 280, 40)), "国家级") == [180, 10, 120, 40]


def test_letters_and_digits_are_half_as_wide() -> None:
    assert _box(_picture(("3C证书", 0, 0, 120, 40)), "证书") == [40, 0, 80, 40]


def test_what_is_written_downwards_has_its_share_of_the_height() -> None:
    assert _box(_picture(("国家级品质", 10, 100, 40, 200)), "级品") == [10, 180, 40, 80]


def test_a_word_over_two_lines_has_the_box_around_both() -> None:
    record = _picture(("销量全国", 0, 0, 160, 40), ("第一品牌", 0, 50, 160, 40))

    assert _box(record, "全国第一") == [0, 0, 160, 90]


def test_where_the_lines_are_unknown_there_is_no_box() -> None:
    assert _box({"image": "a.jpg", "picture_text": "国家级", "lines": None}, "国家级") is None


@pytest.mark.parametrize("fieldname", ["text", "title", "other_pictures_text", "attributes.品牌"])
def test_what_the_page_says_stands_in_no_picture(fieldname: str) -> None:
    assert place_of(_picture(("国家级", 0, 0, 90, 30)), fieldname, 0, 3) is None


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.tuples(*(st.integers(1, 2000) for _ in range(4))),
    st.data(),
)
def test_a_box_lies_within_its_line(
    text: str, box: tuple[int, int, int, int], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    place = place_of(_picture((text, *box)), "picture_text", start, end)

    assert place is not None
    assert place.box is not None
    left, top, width, height = place.box
    assert box[0] <= left <= left + width <= box[0] + box[2]
    assert box[1] <= top <= top + height <= box[1] + box[3]
