from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.law.library import Article, Statute, read_statute, statutes, versions_of

ALL = [(statute, article) for statute in statutes().values() for article in statute.articles]


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("statute", "article"),
    ALL,
    ids=lambda v: v.name if isinstance(v, Statute) else v.article,
)
def test_every_quotation_stands_in_the_text_of_the_law(
    statute: Statute, article: Article, shared: Path
) -> None:
    files = (shared / "domain" / "law").glob(f"{statute.name}*.md")
    texts = [_plain(file.read_text(encoding="utf-8")) for file in files]
    parts = [_plain(part) for part in article.quote.split("……") if part]
    assert any(all(part in text for part in parts) for text in texts)


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
