"""Whether the packaging costs a greater part of the price than GB 23350 allows."""

from __future__ import annotations

from hengjian.violations.prohibited.packaging import MOONCAKE, ZONGZI, Package, limit, package
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence


def judge(row: Row) -> Answer:
    """Return true if cost / price exceeds the limit for the goods' group and price."""
    found = package(row)
    if found.category is None or found.cost is None or found.price is None:
        return Answer(None, missing=found.lacking("category", "cost", "price"))
    most = _limit(found, row)
    if most is None:
        return Answer(None, missing=frozenset({"captured_at"}))
    share = found.cost / found.price
    if share <= most:
        return Answer(False)
    field = found.missing["cost"]
    number = Evidence(field, None, None, "derived", "包装成本占售价", round(share, 4), "", most)
    return Answer(True, (number,))


def _limit(found: Package, row: Row) -> float | None:
    dear = limit("高价月饼粽子售价", row)
    if found.category in (MOONCAKE, ZONGZI) and dear is not None and (found.price or 0) > dear:
        return limit("成本占售价上限.高价月饼粽子", row)
    return limit("成本占售价上限", row)
