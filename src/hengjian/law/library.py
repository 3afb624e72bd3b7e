"""The library of law: articles that rules cite, each with the days it is in force."""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hengjian.errors import HengjianError
from hengjian.yamlfile import YamlFile, read_yaml, validation_errors


class Article(BaseModel):
    """One article (条款项) in one version.

    Attributes:
        article: Its number as officers cite it, such as 第九条第三项.
        effective_from: First day in force.
        effective_until: Last day in force; None: still in force.
        quote: A short verbatim quotation; …… marks what is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    article: str = Field(min_length=3)
    effective_from: dt.date = Field(alias="from")
    effective_until: dt.date | None = Field(default=None, alias="until")
    quote: str = Field(min_length=5)


class Statute(BaseModel):
    """A law, regulation or rule, with the articles that the project cites.

    Attributes:
        name: Short name by which rules cite it.
        full_name: Name in documents.
        issuer: Who made it.
        source: The text that the quotations were checked against.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    full_name: str
    issuer: str
    source: str
    articles: list[Article]


def read_statute(path: Path) -> Statute:
    """Read one statute file.

    Raises:
        HengjianError: The file breaks the form; the first fault is named with its line.
    """
    file: YamlFile = read_yaml(path)
    try:
        return Statute.model_validate(file.data)
    except ValidationError as error:
        raise validation_errors(error, file)[0] from None


@cache
def statutes() -> dict[str, Statute]:
    """Return the project's statutes by short name."""
    folder = Path(str(resources.files("hengjian.law") / "statutes"))
    return {s.name: s for s in map(read_statute, sorted(folder.glob("*.yml")))}


def versions_of(law: str, article: str) -> list[Article]:
    """Return an article's versions, oldest first.

    Raises:
        HengjianError: The library does not hold this law or this article.
    """
    statute = statutes().get(law)
    if statute is None:
        raise HengjianError(
            f"法规库没有《{law}》",
            hint=f"在 law/statutes 下新增该法规；现有：{'、'.join(statutes())}",
        )
    found = [a for a in statute.articles if a.article == article]
    if not found:
        raise HengjianError(
            f"法规库的《{law}》没有{article}", hint="在该法规文件中补上条文、施行日期与引文"
        )
    return sorted(found, key=lambda a: a.effective_from)
