"""From one document to Word and PDF, through shells that an office can replace.

An office's own `official_document.docx` or `.html` in HENGJIAN_HOME/forms takes the place of ours.
What records say is data in both: never markup, never a template, never an address to fetch.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from hengjian.casework.forms.document import OfficialDocument

_FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
# Braces as entities: docxtpl would otherwise read {_{ in a record as its own escape.
_WORD_ENTITIES = str.maketrans({"{": "&#123;", "}": "&#125;", "%": "&#37;"})
# Controls that XML cannot hold, or that docxtpl reads as breaks, are shown as their pictures.
_PICTURES = str.maketrans(
    {code: chr(0x2400 + code) for code in range(0x20)}
    | {0x7F: "\u2421", 0xFFFE: None, 0xFFFF: None}
)


@dataclass(frozen=True)
class Rendered:
    """A document's bytes."""

    docx: bytes
    pdf: bytes


def render(document: OfficialDocument, issued_at: dt.datetime) -> Rendered:
    """Render a document as Word and as PDF; the same document gives the same words in both.

    Args:
        document: What stands in it.
        issued_at: The date that the files carry in place of the time of rendering.
    """
    content = _visible(asdict(document))
    return Rendered(docx=_docx(content), pdf=_pdf(content, issued_at))


def shell(name: str) -> Path:
    """Return a shell: the office's own where there is one, else ours."""
    own = Path(settings.HENGJIAN_HOME / "forms" / name)
    return own if own.exists() else Path(str(resources.files("hengjian.casework.forms") / name))


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_PICTURES)
    if isinstance(value, dict):
        return {key: _visible(item) for key, item in value.items()}
    return [_visible(item) for item in value]


def _docx(content: dict[str, Any]) -> bytes:
    template = DocxTemplate(str(shell("official_document.docx")))
    environment = SandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, finalize=_word_text
    )
    template.render({"document": content}, environment, autoescape=True)
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


def _pdf(content: dict[str, Any], issued_at: dt.datetime) -> bytes:
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(shell("official_document.html").read_text("utf-8"))
    page = template.render(document=content, issued_at=issued_at.isoformat(timespec="seconds"))
    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    fonts = FontConfiguration()
    style = CSS(
        string=shell("official_document.css").read_text("utf-8"),
        url_fetcher=nothing,
        font_config=fonts,
    )
    pdf = HTML(string=page, url_fetcher=nothing).write_pdf(stylesheets=[style], font_config=fonts)
    return bytes(pdf)
