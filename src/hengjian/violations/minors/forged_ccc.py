"""A 3C certificate's number names the class of its product; a toy's is 22."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hengjian.identity.product_pages import (
    Page,
)
from hengjian.identity.products import (
    Check,
)
from hengjian.text.folds import fold
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import number_leads
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence
from hengjian.violations.suspicion import Said
from hengjian.violations.vocabulary import word_lists

_LABEL = "3C证书编号"
# Year, body, class of the product, its number; 待确认 against the rules of the certifying bodies.
_NUMBER = re.compile(r"(?<!\d)(?:19|20)\d{4}(?P<area>\d{2})\d{8}(?!\d)")
# Toys and vehicles of children; seats for cars are of class 22 too.
_CHILDRENS = "22"
_AREA = slice(6, 8)
_CONDUCT = "涉嫌伪造、冒用3C认证，请在认证信息数据库核对证书的持有人、生产企业、产品和状态。"


def judge(row: Row) -> Answer:
    """Tell whether children's goods of the 3C catalogue bear a number of another class.

    Source: rulebook, appendix 1 (ID-CCC): digits 7 to 10 are the class, 22xx toys and vehicles of
    children; not read in the standard.

    Args:
        row: A listing.
    """
    shown = row.label(_LABEL)
    if shown is None or shown[1] is None:
        return Answer(None, missing=frozenset({f"attributes.{_LABEL}"}))
    title = fold(row.texts.get("title", "") + row.texts.get("category", ""))
    listed = any(word in title for word in word_lists()["三C儿童用品"] + word_lists()["玩具"])
    number = _NUMBER.search(fold(shown[1]))
    if not listed or number is None or number["area"] == _CHILDRENS:
        return Answer(False)
    return Answer(True, (Evidence(shown[0], number.start(), number.end(), "form"),))


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield children's goods whose certificate the register lacks, or gave to another product.

    What the checks are, and what clears a page: `identity.products`.
    """
    yield from number_leads(
        tables,
        ("ccc",),
        _CONDUCT,
        flaws=("absent", "other_maker", "other_product"),
        in_scope=is_for_children,
    )


def is_for_children(page: Page, check: Check) -> bool:
    """Tell whether a page offers children's goods, by its words, the certificate or its number."""
    lists = word_lists()
    words = (*lists["三C儿童用品"], *lists["玩具"], *lists["儿童用品"], "母婴", "婴", "童")
    told = page.words + "".join(entry.category + entry.name for entry in check.entries)
    return any(word in told for word in words) or check.shown.code[_AREA] == _CHILDRENS
