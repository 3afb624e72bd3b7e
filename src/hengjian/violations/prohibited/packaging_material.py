"""Whether mooncakes or zongzi come in precious metal or rosewood, or with goods they may not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hengjian.violations.condition import any_of
from hengjian.violations.prohibited.packaging import MOONCAKE, ZONGZI, category_named
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_PRECIOUS = re.compile(
    "贵金属|黄金|纯金|足金|真金|千足|金箔|镀金|鎏金|金币|金条|纯银|足银|白银|银箔|镀银|银币|银质|铂金|红木|紫檀|黄花梨|花梨|酸枝"
    "|鸡翅木|乌木|^[金银铂]$|^(?:gold|silver|platinum|rosewood|gold leaf|redwood|sandalwood)$"
)
_IMITATED = re.compile("仿|纹|色|烫金|烫银|印金|贴纸|卡纸|人造|塑|金属色")
# What keeps mooncakes fresh may lie beside them.
_KEEPS = re.compile(
    "脱氧剂|干燥剂|冰袋|保鲜|吸氧剂|说明书|desiccant|deoxidi|ice pack", re.IGNORECASE
)


def judge(row: Row) -> Answer:
    """Return true if the materials or the other goods of such a package are not allowed."""
    category = category_named(row.value("category") or "")
    if category is not None and category not in (MOONCAKE, ZONGZI):
        return Answer(False)
    if category is None:
        return Answer(None, missing=frozenset({"category"}))
    answers = [_material(row), _mixed(row, category)]
    return Answer(
        any_of(answer.truth for answer in answers),
        tuple(e for answer in answers for e in answer.evidence),
        frozenset().union(*(answer.missing for answer in answers if answer.truth is None)),
    )


def _material(row: Row) -> Answer:
    materials: Sequence[str] | None = row.value("materials")
    if materials is None:
        return Answer(None, missing=frozenset({"materials"}))
    found = [
        Evidence(f"materials[{n}]", 0, len(text), "value", "包装材料")
        for n, text in enumerate(materials)
        if _PRECIOUS.search(text.strip().lower()) and not _IMITATED.search(text)
    ]
    return Answer(bool(found), tuple(found))


def _mixed(row: Row, category: str) -> Answer:
    others: Sequence[Mapping[str, Any]] | None = row.value("other_goods")
    if others is None:
        return Answer(None, missing=frozenset({"other_goods"}))
    goods = [each for each in others if not _KEEPS.search(each["name"] or "")]
    if not goods:
        return Answer(False)
    if category == MOONCAKE:
        names = "、".join(each["name"] or "其他商品" for each in goods)
        return Answer(True, (Evidence("other_goods", None, None, "value", f"混装{names}"),))
    return _dearer_than_zongzi(row, goods)


def _dearer_than_zongzi(row: Row, goods: Sequence[Mapping[str, Any]]) -> Answer:
    """Return true if the goods beside zongzi cost more than is left of the price for the zongzi."""
    price = row.value("price")
    prices = [each["price"] for each in goods]
    if price is None or any(each is None for each in prices):
        missing = "price" if price is None else "other_goods"
        return Answer(None, missing=frozenset({missing}))
    beside = float(sum(prices))
    own = float(price) - beside
    if beside <= own:
        return Answer(False)
    number = Evidence("other_goods", None, None, "derived", "混装商品价格", beside, "元", own)
    return Answer(True, (number,))
