from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
from itertools import pairwise
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.law.library import Article, Statute, read_statute, statutes, version_on, versions_of
from hengjian.law.texts import LawText, read_text, texts_of

ALL = [(statute, article) for statute in statutes().values() for article in statute.articles]


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)


@functools.cache
def _texts(folder: Path) -> list[LawText]:
    found = []
    for path in folder.glob("*.md"):
        with contextlib.suppress(HengjianError):  # amendments have no articles
            found.append(read_text(path))
    return found


@pytest.mark.parametrize(
    ("statute", "article"),
    ALL,
    ids=lambda v: v.name if isinstance(v, Statute) else v.article,
)
def test_every_quotation_stands_in_the_article_that_it_is_of(
    statute: Statute, article: Article, shared: Path
) -> None:
    # An extract runs paragraphs together, so there the article as a whole must do.
    cited = article.article.split("条")[0] + "条" if statute.extract else article.article
    parts = [_plain(part) for part in article.quote.split("……") if part]
    held = texts_of(_texts(shared / "domain" / "law"), statute.full_name)
    versions = [_plain("".join(t.lines(cited))) for t in held]
    assert any(all(part in version for part in parts) for version in versions)


def test_versions_of_one_article_do_not_overlap() -> None:
    for statute in statutes().values():
        for number in {a.article for a in statute.articles}:
            for older, newer in pairwise(versions_of(statute.name, number)):
                assert older.effective_until is not None
                assert older.effective_until < newer.effective_from


def test_an_article_that_is_not_held_is_named() -> None:
    with pytest.raises(HengjianError, match="没有第一百条"):
        versions_of("广告法", "第一百条")


def test_a_statute_without_its_source_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "某法.yml"
    path.write_text("name: 某法\nfull_name: 某法\nissuer: 某机关\narticles: []\n", encoding="utf-8")
    with pytest.raises(HengjianError) as caught:
        read_statute(path)
    assert (caught.value.field, caught.value.path) == ("source", path)


def test_every_successor_is_held_from_the_day_after_its_predecessor_lapsed() -> None:
    for statute, article in ALL:
        if article.succeeded_by is not None:
            assert article.effective_until is not None
            day_after = article.effective_until + dt.timedelta(days=1)
            found = version_on(statute.name, article, day_after)
            assert found is not None, f"{statute.name}{article.article}"
            assert found[1].effective_from == day_after


def test_no_two_articles_have_the_same_successor() -> None:
    successors = [
        (a.succeeded_by.law or s.name, a.succeeded_by.article) for s, a in ALL if a.succeeded_by
    ]
    assert len(successors) == len(set(successors))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("succeeded_by: 第二条", "应写明失效日期"),
        ("until: 2019-12-31", "早于施行日期"),
    ],
)
def test_an_article_whose_days_do_not_fit_is_refused(
    lines: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "某法.yml"
    path.write_text(
        "name: 某法\nfull_name: 某法\nissuer: 某机关\nsource: 文本\narticles:\n"
        f"  - article: 第一条\n    from: 2020-01-01\n    {lines}\n    quote: 某法第一条的引文\n",
        encoding="utf-8",
    )
    with pytest.raises(HengjianError, match=reason) as caught:
        read_statute(path)
    assert caught.value.line == 6
