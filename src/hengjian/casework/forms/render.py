"""From one document to Word and PDF, through shells that an office can replace.

An office's own `official_document.docx` or `.html` in HENGJIAN_HOME/forms takes the place of ours.
What records say is data in both: never markup, never a template, never an address to fetch.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape
from weasyprint import CSS, HTML
from weasyprint.logger import LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from hengjian.casework.forms.document import OfficialDocument
from hengjian.errors import HengjianError

_FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
# Braces as entities: docxtpl would otherwise read {_{ in a record as its own escape.
_WORD_ENTITIES = str.maketrans({"{": "&#123;", "}": "&#125;", "%": "&#37;"})
# Controls that XML cannot hold, or that docxtpl reads as breaks, are shown as their pictures.
_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\u2421",
    0xFFFE: "\ufffd",
    0xFFFF: "\ufffd",
}


def shell(name: str) -> Path:
    """Return a shell: the office's own where there is one, else ours."""
    own = Path(settings.HENGJIAN_HOME / "forms" / name)
    return own if own.exists() else Path(str(resources.files("hengjian.casework.forms") / name))


def _visible(content: dict[str, Any]) -> Any:
    return _translated(content, _PICTURES)


def _translated(value: Any, table: Mapping[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: _translated(item, table) for key, item in value.items()}
    return [_translated(item, table) for item in value]


def render_docx(document: OfficialDocument) -> bytes:
    """Return a document as a Word file; equal documents have equal bytes."""
    template = DocxTemplate(str(shell("official_document.docx")))
    environment = SandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, finalize=_word_text
    )
    template.render({"document": _visible(asdict(document))}, environment, autoescape=True)
    raw = io.BytesIO()
    template.save(raw)
    return _undated(raw)


def _word_text(value: Any) -> Markup:
    return Markup(str(escape(value)).translate(_WORD_ENTITIES))  # noqa: S704 - escaped just here


def _undated(archive: io.BytesIO) -> bytes:
    """Write an archive again without the time of day, so that equal content has equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as fixed:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _FIRST_DAY_OF_ZIP)
            fixed.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def render_pdf(document: OfficialDocument, issued_at: dt.datetime) -> bytes:
    """Return a document as a PDF file; equal documents have equal bytes.

    Args:
        document: What stands in it.
        issued_at: The date that the file carries in place of the time of rendering.

    Raises:
        HengjianError: The shell refers to something outside of itself.
    """
    content = _visible(asdict(document))
    created = issued_at.isoformat(timespec="seconds")
    pdf, missing = _drawn(_page(content, created, coded=False))
    if missing:
        # A second glyph that no font has would spoil the text of the whole file for searching.
        codes = {code: f"［U+{code:04X}］" for code in missing}
        pdf, _ = _drawn(_page(_translated(content, codes), created, coded=True))
    return pdf


def _page(content: dict[str, Any], created: str, *, coded: bool) -> str:
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(shell("official_document.html").read_text("utf-8"))
    return template.render(document=content, issued_at=created, coded=coded)


def _drawn(page: str) -> tuple[bytes, set[int]]:
    """Return a page as PDF, and the characters for which no font has a glyph."""
    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    fonts = FontConfiguration()
    style = CSS(
        string=shell("official_document.css").read_text("utf-8"),
        url_fetcher=nothing,
        font_config=fonts,
    )
    missing = _MissingGlyphs()
    LOGGER.addFilter(missing)
    try:
        html = HTML(string=page, url_fetcher=nothing)
        return bytes(html.write_pdf(stylesheets=[style], font_config=fonts)), missing.codes
    except FatalURLFetchingError as error:
        raise HengjianError(f"文书版式引用了外部内容：{error}") from None
    finally:
        LOGGER.removeFilter(missing)


class _MissingGlyphs(logging.Filter):
    """Hears from the renderer, which tells it nowhere else, what it could not draw."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: set[int] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.msg.startswith(".notdef glyph") or not isinstance(record.args, tuple):
            return True
        self.codes.add(int(str(record.args[1])))
        return False
