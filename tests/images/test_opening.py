"""Pictures come from strangers: each kind of hostile file is told, none is followed or crashes."""

from __future__ import annotations

import os
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hengjian.errors import HengjianError
from hengjian.images import opening
from hengjian.images.opening import Content, decode, load
from tests.images.drawn import drawn, packed, saved


def _decoded(data: bytes) -> opening.Pixels:
    return decode(Content(data, ""), "a.png")


@pytest.fixture
def market(tmp_path: Path) -> Path:
    folder = tmp_path / "market"
    saved(drawn(["青岚"]), folder / "listing" / "a.png")
    saved(drawn(["店招"]), folder / "b.png")
    saved(drawn(["别处"]), tmp_path / "secret.png")
    return folder


def test_a_path_is_relative_to_the_file_that_names_it_or_else_to_the_market(market: Path) -> None:
    beside = load("a.png", market / "listing", market)
    above = load("b.png", market / "listing", market)

    assert beside.data == (market / "listing" / "a.png").read_bytes()
    assert above.data == (market / "b.png").read_bytes()


def test_a_path_made_on_windows_is_found(market: Path) -> None:
    assert load(r"listing\a.png", market, market).data


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("../secret.png", "之外"),
        ("listing/../../secret.png", "之外"),
        ("/etc/hostname", "绝对路径"),
        ("https://mall.example/a.png", "网址"),
        ("file:///etc/hostname", "网址"),
        ("none.png", "没有这个文件"),
        ("a\0.png", "不是文件路径"),
        (" ", "不是文件路径"),
        ("listing", "不是普通文件"),
        ("listing/", "不是普通文件"),
        ("x" * 5000, "无法读取"),
    ],
)
def test_what_is_no_file_of_the_market_is_not_read(market: Path, image: str, reason: str) -> None:
    with pytest.raises(HengjianError, match=reason):
        load(image, market, market)


def test_a_link_out_of_the_market_is_not_followed(market: Path) -> None:
    (market / "link.png").symlink_to(market.parent / "secret.png")

    with pytest.raises(HengjianError, match="之外"):
        load("link.png", market, market)


def test_a_pipe_is_not_waited_for(market: Path) -> None:
    os.mkfifo(market / "pipe.png")

    with pytest.raises(HengjianError, match="不是普通文件"):
        load("pipe.png", market, market)


def test_an_empty_and_an_enormous_file_are_told(
    market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (market / "empty.png").touch()
    (market / "large.png").write_bytes(b"x" * 1001)
    monkeypatch.setattr(opening, "MOST_BYTES", 1000)

    with pytest.raises(HengjianError, match="空的"):
        load("empty.png", market, market)
    with pytest.raises(HengjianError, match="文件超过"):
        load("large.png", market, market)


def _png_of(width: int, height: int) -> bytes:
    """Return a small file that says it is a picture of so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(50_000, 50_000), (1, 100_000)])
def test_a_picture_that_would_fill_the_memory_is_not_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(HengjianError, match="图片过大"):
        _decoded(_png_of(*size))


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"PK\x03\x04",
        b"\xff\xd8\xff",
        b"GIF89a",
        packed(drawn(["青岚"]), "TIFF"),
    ],
)
def test_what_is_no_picture_of_a_known_format_is_told(data: bytes) -> None:
    with pytest.raises(HengjianError, match=r"不是能读的图片|已损坏"):
        _decoded(data)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("filled_up", [False, True], ids=["", "where others fill it up"])
def test_half_a_picture_is_told(
    form: str, filled_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", filled_up)
    whole = packed(drawn(["青岚茶杯"]), form)

    with pytest.raises(HengjianError):
        _decoded(whole[: len(whole) // 2])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_a_damaged_picture_is_read_or_told(form: str, damage: list[tuple[int, int]]) -> None:
    data = bytearray(packed(drawn(["茶"], size=(80, 60), points=20), form))
    for place, value in damage:
        data[place % len(data)] = value

    try:
        found = _decoded(bytes(data))
    except HengjianError as error:
        assert error.path == "a.png"
    else:
        assert found.ndim == 3


def test_a_picture_is_upright_as_its_camera_says() -> None:
    picture = drawn(["茶"], size=(40, 20), points=10)
    turned = Image.Exif()
    turned[0x0112] = 6
    file = BytesIO()
    picture.save(file, "JPEG", exif=turned)

    assert _decoded(file.getvalue()).shape == (40, 20, 3)


def test_what_is_transparent_is_white_as_on_a_page() -> None:
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))

    assert np.all(_decoded(packed(clear)) == 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_pictures_of_all_modes_become_rgb(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"

    assert _decoded(packed(Image.new(mode, (5, 7)), form)).shape == (7, 5, 3)
