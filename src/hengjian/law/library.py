"""The library of law: articles that rules cite, each with the days it is in force."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from hengjian.errors import HengjianError
from hengjian.yamlfile import YamlFile, read_yaml, validation_errors

_NUMBER = "[一二三四五六七八九十百千零]+"
ARTICLE_NUMBER = f"第{_NUMBER}条(之{_NUMBER})?(第{_NUMBER}款)?(第{_NUMBER}项)?"


def _article_number(text: str) -> str:
    if re.fullmatch(ARTICLE_NUMBER, text) is None:
        raise ValueError("条号应写作“第九条”或“第九条第一款第三项”")
    return text


ArticleNumber = Annotated[str, AfterValidator(_article_number)]


class Successor(BaseModel):
    """The article that took another's place when numbers or laws changed.

    Attributes:
        law: Short name of its statute; None: the same statute.
        article: Its number, such as 第九条第一款.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    law: str | None = None
    article: ArticleNumber


class Article(BaseModel):
    """One article (条款项) in one version.

    Attributes:
        article: Its number as officers cite it, such as 第九条第三项.
        effective_from: First day in force.
        effective_until: Last day in force; None: still in force.
        quote: A short verbatim quotation; …… marks what is left out.
        succeeded_by: What took its place under another number or in another law; in the file a
            bare number, or `law` and `article`. None: the next version of the same number, if any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    article: ArticleNumber
    effective_from: dt.date = Field(alias="from")
    effective_until: dt.date | None = Field(default=None, alias="until")
    quote: str = Field(min_length=5)
    succeeded_by: Successor | None = None

    @field_validator("succeeded_by", mode="before")
    @classmethod
    def _number_alone(cls, value: Any) -> Any:
        return {"article": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _days_run_forward(self) -> Self:
        if self.effective_until is None:
            if self.succeeded_by is not None:
                raise ValueError("有接续条文（succeeded_by）的条文应写明失效日期（until）")
        elif self.effective_until < self.effective_from:
            raise ValueError("失效日期（until）早于施行日期（from）")
        return self

    def in_force(self, day: dt.date) -> bool:
        """Tell whether this version is in force on a day."""
        return self.effective_from <= day and not self.lapsed(day)

    def lapsed(self, day: dt.date) -> bool:
        """Tell whether this version is no longer in force on a day."""
        return self.effective_until is not None and self.effective_until < day


class Statute(BaseModel):
    """A law, regulation or rule, with the articles that the project cites.

    Attributes:
        name: Short name by which rules cite it.
        full_name: Name in documents.
        issuer: Who made it.
        source: The text that the quotations were checked against.
        extract: That text holds only some of the statute's articles.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    full_name: str
    issuer: str
    source: str
    extract: bool = False
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


def version_on(law: str, version: Article, day: dt.date) -> tuple[str, Article] | None:
    """Return the law and the article that stand in a version's place on a later day.

    Returns:
        The version itself while it is in force; else what took its place, over any number of
        changes; None: the library holds nothing that did.

    Raises:
        HengjianError: The library does not hold an article that another names as its successor.
    """
    while version.lapsed(day):
        following = _following(law, version)
        if following is None:
            return None
        law, version = following
    return (law, version) if version.in_force(day) else None


def _following(law: str, version: Article) -> tuple[str, Article] | None:
    """Return the version that comes next after one that lapsed."""
    named = version.succeeded_by
    law, number = (law, version.article) if named is None else (named.law or law, named.article)
    later = [v for v in versions_of(law, number) if v.effective_from > version.effective_from]
    return (law, later[0]) if later else None
