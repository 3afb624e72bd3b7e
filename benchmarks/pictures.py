"""What is lost when a page's text stands in a picture?

Detail texts of examples/market are drawn as sellers do, four ways in turn, and read again. Told
are the share of characters that come back, seconds a picture, and what the rules find in pictures
of what they find in the same words as text, with what they find only in pictures.
Tesseract is read beside it where it is installed (apt: tesseract-ocr tesseract-ocr-chi-sim).
Layout's thresholds were chosen on other drawn pages, by eye, before this was run.

    .venv/bin/python benchmarks/pictures.py [PAGES]
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import LCSseq
from rich.console import Console
from rich.table import Table

from hengjian.images.cache import seen_pictures
from hengjian.images.pages import Fault, Page, read_pages
from hengjian.images.reading import Reader
from hengjian.pipeline import scan_market
from hengjian.scan_folder import read_findings
from hengjian.scanning.sources import find_sources
from hengjian.violations.rule import load_rules

MARKET = Path(__file__).resolve().parents[1] / "examples" / "market"
PAGES = 48
WIDTH, MARGIN = 750, 40
Found = set[tuple[str, str]]


class Style(NamedTuple):
    """How a page is drawn; JPEG quality 0: PNG."""

    name: str
    points: int
    paper: str
    ink: str
    turned: float
    quality: int


STYLES = (
    Style("clean print", 30, "white", "black", 0, 0),
    Style("small print", 18, "white", "#333333", 0, 85),
    Style("on colour, JPEG 60", 30, "#b41e28", "#ffe678", 0, 60),
    Style("turned by 2 degrees", 30, "#f4f0e6", "#222222", 2, 80),
)


@cache
def _font(points: int) -> ImageFont.FreeTypeFont:
    asked = ["fc-match", "--format=%{file}\t%{index}", "Noto Sans CJK SC:lang=zh-cn"]
    found = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603
    file, index = found.stdout.split("\t")
    return ImageFont.truetype(file, points, index=int(index))


def _lines(text: str, style: Style) -> Iterator[str]:
    """Break a text as a page does: where the line is full."""
    for paragraph in text.splitlines():
        line = ""
        for character in paragraph:
            if _font(style.points).getlength(line + character) > WIDTH - 2 * MARGIN:
                yield line
                line = ""
            line += character
        yield line


def _draw(text: str, style: Style) -> bytes:
    lines = list(_lines(text, style))
    high = int(style.points * 1.6)
    picture = Image.new("RGB", (WIDTH, 2 * MARGIN + high * len(lines)), style.paper)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((MARGIN, MARGIN + number * high), line, style.ink, _font(style.points))
    if style.turned:
        turned = partial(picture.rotate, style.turned, Image.Resampling.BICUBIC, expand=True)
        picture = turned(fillcolor=style.paper)
    file = BytesIO()
    if style.quality:
        picture.save(file, "JPEG", quality=style.quality)
    else:
        picture.save(file, "PNG")
    return file.getvalue()


def _bare(text: str) -> str:
    return "".join(text.split())


def _recall(wanted: str, read: str) -> float:
    return LCSseq.similarity(_bare(wanted), _bare(read)) / len(_bare(wanted))


def _rows(name: str) -> dict[str, dict[str, Any]]:
    lines = (MARKET / name).read_text(encoding="utf-8").splitlines()
    return {row["record_id"]: row for row in map(json.loads, lines)}


def _chosen(count: int) -> list[dict[str, Any]]:
    """Return listings with a text: half of them with words planted in it, half with none."""
    truth, listings = _rows("truth.jsonl"), _rows("listing.jsonl")
    planted, clean = [], []
    for key, row in listings.items():
        told = truth.get(key, {"violations": None})
        if row.get("text") and told["violations"] == []:
            clean.append(row)
        elif row.get("text") and told["violations"] and told.get("field") == "text":
            planted.append(row)
    return planted[: count // 2] + clean[: count - count // 2]


def _tesseract(data: bytes) -> str:
    asked = ["tesseract", "-", "-", "-l", "chi_sim", "--psm", "6"]
    return subprocess.run(asked, input=data, capture_output=True, check=True).stdout.decode()  # noqa: S603


def _cpu() -> float:
    """Return the seconds that this process and its children reckoned; others wait beside them."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _measure(
    console: Console,
    pages: list[dict[str, Any]],
    pictures: list[dict[str, Any]],
    spent: list[float],
) -> None:
    table = Table(title="Characters that come back, and CPU seconds a picture")
    for column in ("drawn", "reader", "pictures", "characters", "least", "s"):
        table.add_column(column)

    def add(style: Style, reader: str, shares: list[float], seconds: list[float]) -> None:
        table.add_row(
            *(style.name, reader, str(len(shares)), f"{np.mean(shares):.2%}"),
            *(f"{min(shares):.2%}", f"{np.mean(seconds):.2f}"),
        )

    for number, style in enumerate(STYLES):
        of_style = slice(number, None, len(STYLES))
        texts = [page["text"] for page in pages[of_style]]
        read = [picture["picture_text"] for picture in pictures[of_style]]
        add(style, "rapidocr", list(map(_recall, texts, read)), spent[of_style])
        if shutil.which("tesseract"):
            started = _cpu()
            read = [_tesseract(_draw(text, style)) for text in texts]
            seconds = (_cpu() - started) / len(texts)
            add(style, "tesseract", list(map(_recall, texts, read)), [seconds])
    if not shutil.which("tesseract"):
        console.print("tesseract is not installed: no peer")
    console.print(table)


def _scan(folder: Path, out: Path) -> Found:
    """Return what is found, by violation and page."""
    scan_market(find_sources([folder]), out, load_rules().values())
    return {
        (finding["violation"], record.partition("#")[0])
        for finding in read_findings(out)
        for record in finding["record_ids"]
    }


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    path.write_text("\n".join(lines), encoding="utf-8")


def _in_pictures(
    pages: list[dict[str, Any]], folder: Path
) -> tuple[list[dict[str, Any]], list[float]]:
    """Draw the pages' texts into a market and read them: the pictures' records, and CPU seconds."""
    drawn = []
    for number, page in enumerate(pages):
        image = folder / "img" / f"{number}.img"
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(_draw(page["text"], STYLES[number % len(STYLES)]))
        record = {**page, "images": [f"img/{number}.img"], "text": None}
        drawn.append(Page("listing", {**record, "_source": "", "_line": 1}, folder, folder))
    found, spent = [], []
    reader = Reader()
    # The models are loaded once.
    reader.read(np.full((64, 64, 3), 255, np.uint8), "")
    with seen_pictures(folder, reader.version) as cache:
        started = _cpu()
        for each in read_pages(drawn, reader, cache):
            if isinstance(each, Fault):
                raise RuntimeError(each.reason)
            found.append(each.record)
            spent.append(_cpu() - started)
            started = _cpu()
    return found, spent


def _compare(console: Console, pages: list[dict[str, Any]], folder: Path) -> None:
    pictures, spent = _in_pictures(pages, folder / "drawn")
    _measure(console, pages, pictures, spent)
    _write(folder / "text" / "listing.jsonl", pages)
    bare = [{name: value for name, value in page.items() if name != "text"} for page in pages]
    _write(folder / "bare" / "listing.jsonl", bare)
    _write(folder / "picture" / "listing.jsonl", bare)
    _write(folder / "picture" / "picture.jsonl", pictures)
    found = {
        name: _scan(folder / name, folder / f"{name}-out") for name in ("text", "picture", "bare")
    }
    _print(console, found, _rows("truth.jsonl"), {page["record_id"] for page in pages})


def _print(
    console: Console,
    found: Mapping[str, Found],
    truth: Mapping[str, dict[str, Any]],
    pages: set[str],
) -> None:
    planted = {(v, page) for page in pages for v in truth[page]["violations"]}
    clean = {page for page in pages if not truth[page]["violations"]}
    by_words = found["text"] - found["bare"]
    table = Table(title="What the rules find of it")
    for column in ("", "in text", "in pictures"):
        table.add_column(column)
    rows: list[tuple[str, Callable[[Found], int]]] = [
        (f"planted violations ({len(planted)})", lambda f: len(f & planted)),
        (f"found by the detail text ({len(by_words)})", lambda f: len(f & by_words)),
        (
            f"flagged on the {len(clean)} clean pages",
            lambda f: len([p for p in f if p[1] in clean]),
        ),
        ("found there only", lambda f: len(f - (found["text"] & found["picture"]))),
    ]
    for name, count in rows:
        table.add_row(name, str(count(found["text"])), str(count(found["picture"])))
    console.print(table)
    for name, other in (("text", "picture"), ("picture", "text")):
        for violation, page in sorted(found[name] - found[other]):
            mark = "planted" if (violation, page) in planted else ""
            console.print(f"only in {name}: {violation} {page} {mark}")


def main() -> None:
    """Print both tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    console, pages = Console(width=110), _chosen(count)
    with tempfile.TemporaryDirectory() as folder:
        _compare(console, pages, Path(folder))


if __name__ == "__main__":
    main()
