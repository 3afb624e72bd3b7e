"""What is read in a picture: text with boxes, codes, the hash."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from hengjian.errors import HengjianError
from hengjian.images import extra, reading
from hengjian.images.extra import installed
from hengjian.images.layout import put_together
from hengjian.images.opening import Content, decode
from hengjian.images.reading import Reader, Seen
from tests.images.drawn import MARGIN, code, drawn, packed, pixels

LINES = ["国家级品质保证", "适合3岁以上儿童"]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def _texts(seen: Seen) -> list[str]:
    return [line.text for line in seen.lines]


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(lambda: drawn(LINES), id="clean"),
        pytest.param(lambda: drawn(LINES, points=15), id="small"),
        pytest.param(lambda: drawn(LINES, turned=3), id="turned"),
        pytest.param(lambda: drawn(LINES, paper="#b41e28", ink="#ffe678"), id="on colour"),
    ],
)
def test_print_is_read(reader: Reader, picture: Callable[[], Image.Image]) -> None:
    assert _texts(reader.read(pixels(picture()), "a.png")) == LINES


def test_print_is_read_after_jpeg_at_60(reader: Reader) -> None:
    data = packed(drawn(LINES), "JPEG", quality=60)

    assert _texts(reader.read(decode(Content(data, ""), "a.jpg"), "a.jpg")) == LINES


def test_a_line_knows_its_box_and_how_sure_it_is(reader: Reader) -> None:
    [line] = reader.read(pixels(drawn(LINES[:1])), "a.png").lines

    assert line.box.left == pytest.approx(MARGIN, abs=8)
    assert line.box.width == pytest.approx(7 * 36, abs=16)
    assert line.box.top == pytest.approx(MARGIN + 8, abs=12)
    assert 0.9 < line.certainty <= 1


def test_a_tall_page_is_read_in_strips_and_no_line_twice(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "STRIP", 330)
    monkeypatch.setattr(reading, "OVERLAP", 120)
    lines = [f"第{number}行文字说明" for number in "一二三四五六七八"]

    seen = reader.read(pixels(drawn(lines, size=(400, 560))), "a.png")

    assert _texts(seen) == lines
    tops = [line.box.top for line in seen.lines]
    assert np.diff(tops) == pytest.approx(54, abs=5)


def test_bar_codes_and_qr_codes_are_read(reader: Reader) -> None:
    page = Image.new("RGB", (700, 420), "white")
    page.paste(code("6901234567892", zxingcpp.BarcodeFormat.EAN13), (30, 30))
    page.paste(code("https://www.energylabel.com.cn/1", zxingcpp.BarcodeFormat.QRCode), (420, 30))

    seen = reader.read(pixels(page), "a.png")

    assert set(seen.barcodes) == {"6901234567892", "https://www.energylabel.com.cn/1"}


@pytest.mark.parametrize("size", [(1, 1), (11, 300), (300, 300)])
def test_a_picture_without_text_has_none(reader: Reader, size: tuple[int, int]) -> None:
    seen = reader.read(pixels(Image.new("RGB", size, "white")), "a.png")

    assert (put_together(seen.lines)[0], seen.barcodes, seen.pdq_quality) == ("", [], 0)


def test_a_picture_that_takes_too_long_is_given_up(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_SECONDS", -1.0)

    with pytest.raises(HengjianError, match="已放弃") as error:
        reader.read(pixels(drawn(LINES)), "a.png")
    assert error.value.path == "a.png"


def test_without_the_libraries_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "LIBRARIES", (*extra.LIBRARIES, "not_there_at_all"))

    with pytest.raises(HengjianError, match="not_there_at_all") as error:
        installed()
    assert error.value.hint is not None
    assert "hengjian[images]" in error.value.hint
