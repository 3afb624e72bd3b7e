"""Opens pictures from strangers: what is no sound picture is told, never followed or swallowed."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hengjian.errors import HengjianError
from hengjian.images.extra import installed
from hengjian.records.reasons import os_reason

# Phones take pictures of 10 MB; nothing that a shop shows is larger than this.
MOST_BYTES = 30_000_000
# A detail page in one picture has 800 × 25,000; decoded, this takes 120 MB.
MOST_PIXELS = 40_000_000
# JPEG goes no further; a strip one pixel high of any length is no picture.
MOST_SIDE = 65_500
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_WHITE = (255, 255, 255)

Pixels = npt.NDArray[np.uint8]


class Content(NamedTuple):
    """The bytes of a picture's file, and their hash."""

    data: bytes
    sha256: str


def load(image: str, folder: Path, root: Path) -> Content:
    """Return the content of the file that a page names.

    Args:
        image: The path as the page gave it; of another machine, hence not to be trusted.
        folder: What it is relative to; where nothing is there, `root` is tried.
        root: The market's folder, which no path may leave, by `..` or by a link.

    Raises:
        HengjianError: There is no such file, it lies elsewhere, is none, or is too large.
    """
    if "://" in image:
        raise HengjianError("是网址，没有下载到本地", path=image)
    if not image.strip() or "\0" in image:
        raise HengjianError("不是文件路径", path=repr(image))
    if Path(image).is_absolute():
        raise HengjianError("是绝对路径，不读取", path=image)
    # Paths made on Windows.
    parts = image.replace("\\", "/")
    try:
        return _read(_found(parts, folder, root.resolve()), image)
    except OSError as error:
        raise HengjianError(f"无法读取：{os_reason(error)}", path=image) from None


def _found(image: str, folder: Path, root: Path) -> Path:
    places = [(start / image).resolve() for start in (folder, root)]
    for place in places:
        if not place.is_relative_to(root):
            raise HengjianError("指向所扫描的文件夹之外，不读取", path=image)
        if place.exists():
            return place
    raise HengjianError("没有这个文件", path=image)


def _read(path: Path, image: str) -> Content:
    # Opening a pipe would wait for a writer for ever.
    if not path.is_file():
        raise HengjianError("不是普通文件", path=image)
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise HengjianError(f"文件超过 {MOST_BYTES // 1_000_000} MB", path=image)
    if not data:
        raise HengjianError("文件是空的", path=image)
    return Content(data, hashlib.sha256(data).hexdigest())


def decode(content: Content, image: str) -> Pixels:
    """Return a picture as people see it: upright, in RGB, on white; of a film the first frame.

    Raises:
        HengjianError: It is of no known format, broken, or too large.
    """
    installed()
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - of the extra

    try:
        with warnings.catch_warnings(), _only_whole():
            # Pillow warns of what is large; the size is checked below, before anything is decoded.
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content.data), formats=FORMATS) as picture:
                _check_size(picture.size, image)
                upright = ImageOps.exif_transpose(picture)
                return np.asarray(_on_white(upright))
    except HengjianError:
        raise
    except Image.DecompressionBombError:
        raise HengjianError("图片过大", path=image) from None
    except UnidentifiedImageError:
        raise HengjianError(
            "不是能读的图片", path=image, hint=f"能读：{'、'.join(FORMATS)}"
        ) from None
    except Exception as error:  # noqa: BLE001 - a decoder may raise anything on a hostile file
        reason = f"{type(error).__name__}：{error}"
        raise HengjianError(f"图片已损坏（{reason[:100]}）", path=image) from None


@contextmanager
def _only_whole() -> Iterator[None]:
    """Let half a picture be a fault: WeasyPrint, on import, tells Pillow to fill it up in grey."""
    from PIL import ImageFile  # noqa: PLC0415 - of the extra

    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _check_size(size: tuple[int, int], image: str) -> None:
    width, height = size
    if width * height > MOST_PIXELS or max(size) > MOST_SIDE:
        raise HengjianError(f"图片过大：{width:,} × {height:,} 像素", path=image)


def _on_white(picture: Any) -> Any:
    from PIL import Image  # noqa: PLC0415 - of the extra

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    paper = Image.new("RGBA", picture.size, (*_WHITE, 255))
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")
