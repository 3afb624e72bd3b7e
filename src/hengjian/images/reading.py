"""Reads one picture: its text with boxes, its codes, its hash."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from hengjian.errors import HengjianError
from hengjian.images.extra import installed
from hengjian.images.layout import Box, Line, in_reading_order
from hengjian.images.opening import Pixels

# The recogniser shrinks what is longer than 2,000 pixels, and small print with it.
STRIP, OVERLAP = 1600, 160
# A row that the recogniser is less sure of is more often wrong than right, on drawn pages.
LEAST_CERTAINTY = 0.6
# One picture may not hold up the others; a strip takes 1–3 s on one core.
MOST_SECONDS = 120.0
# Fewer pixels hold no readable character.
_LEAST_SIDE = 12
_MOST_CODE = 500
# Counts up whenever the same bytes are read otherwise, so that what was kept is not taken over.
_FORM = 1


class Seen(NamedTuple):
    """What is in a picture.

    Attributes:
        lines: Its text, in reading order; boxes in pixels of the picture as people see it.
        barcodes: Contents of its bar codes and QR codes, each once.
        pdq: Its perceptual hash, 64 hex digits.
        pdq_quality: 0–100; below 50 it has too little in it to be told from others.
    """

    lines: list[Line]
    barcodes: list[str]
    pdq: str
    pdq_quality: int


class Reader:
    """Reads pictures; loading its models takes a second, so that one reads many.

    Raises:
        HengjianError: The libraries are missing.
    """

    def __init__(self) -> None:
        installed()

    @cached_property
    def version(self) -> str:
        """What the outcome depends on beside the picture."""
        parts = (f"{name} {version(name)}" for name in ("rapidocr", "zxing-cpp", "pdqhash"))
        return f"{_FORM}; {'; '.join(parts)}"

    @cached_property
    def _engine(self) -> Any:
        from rapidocr import RapidOCR  # noqa: PLC0415 - of the extra, and slow to load

        return RapidOCR(params={"Global.log_level": "error", "Global.text_score": LEAST_CERTAINTY})

    def read(self, pixels: Pixels, image: str) -> Seen:
        """Read a picture.

        Args:
            pixels: Rows of RGB.
            image: Its path, to tell which one it was.

        Raises:
            HengjianError: It took too long, or the recogniser failed.
        """
        try:
            return Seen(self._lines(pixels, image), _barcodes(pixels), *perceptual_hash(pixels))
        except HengjianError:
            raise
        except Exception as error:  # noqa: BLE001 - one picture may not stop the others
            reason = f"{type(error).__name__}：{error}"
            raise HengjianError(f"识别出错（{reason[:100]}）", path=image) from None

    def _lines(self, pixels: Pixels, image: str) -> list[Line]:
        if min(pixels.shape[:2]) < _LEAST_SIDE:
            return []
        started = time.monotonic()
        lines: list[Line] = []
        for first, last, inner in _strips(pixels.shape[0]):
            if time.monotonic() - started > MOST_SECONDS:
                raise HengjianError(f"识别超过 {MOST_SECONDS:.0f} 秒，已放弃", path=image)
            found = self._recognise(pixels[first:last], first)
            lines += [line for line in found if _middle(line.box) in inner]
        return in_reading_order(lines)

    def _recognise(self, pixels: Pixels, above: int) -> list[Line]:
        # The recogniser was trained on pictures in BGR.
        seen = self._engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        if seen.txts is None:
            return []
        return [
            Line(text, _box(corners, pixels, above), round(float(score), 4))
            for text, corners, score in zip(seen.txts, seen.boxes, seen.scores, strict=True)
            if text.strip()
        ]


def _strips(height: int) -> Iterator[tuple[int, int, range]]:
    """Yield strips of a tall picture, and which middles of lines are theirs.

    Strips overlap, so that each line is whole in the strip in whose part its middle lies.
    """
    if height <= STRIP:
        yield 0, height, range(height + 1)
        return
    starts = range(0, height - OVERLAP, STRIP - OVERLAP)
    for number, start in enumerate(starts):
        end = min(height, start + STRIP)
        begin = start + OVERLAP // 2 if number else 0
        until = end - OVERLAP // 2 if number + 1 < len(starts) else height + 1
        yield start, end, range(begin, until)


def _middle(box: Box) -> int:
    return box.top + box.height // 2


def _box(corners: Any, pixels: Pixels, above: int) -> Box:
    height, width = pixels.shape[:2]
    points = np.asarray(corners).round().astype(int)
    left, right = np.clip([points[:, 0].min(), points[:, 0].max()], 0, width).tolist()
    top, bottom = np.clip([points[:, 1].min(), points[:, 1].max()], 0, height).tolist()
    return Box(left, top + above, right - left, bottom - top)


def _barcodes(pixels: Pixels) -> list[str]:
    import zxingcpp  # noqa: PLC0415 - of the extra

    # Of the others, many have no check digit, so that stripes of any kind are read as codes.
    kinds = zxingcpp.BarcodeFormat
    formats = zxingcpp.BarcodeFormats([kinds.EANUPC, kinds.QRCode, kinds.DataMatrix, kinds.Code128])
    found = zxingcpp.read_barcodes(np.ascontiguousarray(pixels), formats=formats)
    return list(dict.fromkeys(code.text[:_MOST_CODE] for code in found if code.text))


def perceptual_hash(pixels: Pixels) -> tuple[str, int]:
    """Return a picture's PDQ hash, 64 hex digits, and its quality, 0–100."""
    import pdqhash  # noqa: PLC0415 - of the extra

    bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return np.packbits(np.asarray(bits, dtype=np.uint8)).tobytes().hex(), int(quality)
