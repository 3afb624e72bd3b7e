"""Pictures as sellers make them, drawn with the font that documents use."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

Pixels = npt.NDArray[np.uint8]
MARGIN = 60


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    asked = ["fc-match", "--format=%{file}\t%{index}", "Noto Sans CJK SC:lang=zh-cn"]
    file, index = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split(  # noqa: S603 - a fixed command
        "\t"
    )
    return ImageFont.truetype(file, size, index=int(index))


def drawn(
    lines: Sequence[str],
    *,
    size: tuple[int, int] = (640, 400),
    points: int = 36,
    paper: str = "white",
    ink: str = "black",
    turned: float = 0,
) -> Image.Image:
    """Return lines of text, one below the other."""
    picture = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((MARGIN, MARGIN + number * points * 1.5), line, ink, _font(points))
    return picture.rotate(turned, Image.Resampling.BICUBIC, fillcolor=paper)


def code(content: str, kind: zxingcpp.BarcodeFormat, scale: int = 3) -> Image.Image:
    """Return a bar code or a QR code."""
    made = zxingcpp.create_barcode(content, kind)
    return Image.fromarray(np.asarray(made.to_image(scale=scale))).convert("RGB")


def packed(picture: Image.Image, form: str = "PNG", **options: int) -> bytes:
    """Return a picture as the bytes of a file."""
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def pixels(picture: Image.Image) -> Pixels:
    """Return a picture as rows of RGB."""
    return np.asarray(picture.convert("RGB"))


def saved(picture: Image.Image, path: Path) -> Path:
    """Write a picture to a file and return where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path
