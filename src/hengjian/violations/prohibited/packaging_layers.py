"""Whether a package has more layers than GB 23350 allows."""

from __future__ import annotations

from hengjian.violations.prohibited.packaging import GRAIN, MOONCAKE, ZONGZI, limit, package
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_STRICT = {MOONCAKE: "月饼粽子", ZONGZI: "月饼粽子", GRAIN: GRAIN}


def judge(row: Row) -> Answer:
    """Return true if the layers stated exceed the limit of the goods' group."""
    found = package(row)
    if found.category is None or found.layers is None:
        return Answer(None, missing=found.lacking("category", "layers"))
    most = limit(f"层数上限.{_STRICT.get(found.category, '其他')}", row)
    if most is None:
        return Answer(None, missing=frozenset({"captured_at"}))
    if found.layers <= most:
        return Answer(False)
    field = found.missing["layers"]
    return Answer(
        True, (Evidence(field, None, None, "derived", "包装层数", found.layers, "层", most),)
    )
