"""HTML files that stand alone: one template each, one style for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hengjian.casework.labels import field_name

_ENVIRONMENT = Environment(
    loader=PackageLoader("hengjian.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["field_name"] = field_name


def write_page(path: Path, template: str, **content: Any) -> None:
    """Write a page from a template of this package.

    Args:
        path: The file to write.
        template: Its name.
        content: What it shows; all texts are escaped.
    """
    page = _ENVIRONMENT.get_template(template).render(**content)
    # A seller's text may hold half of a surrogate pair, which no encoding can write.
    path.write_text(page, encoding="utf-8", errors="replace")
