"""编造评价: accounts of one hand that write the same words about what they praise."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.reputation.gangs import praising, suspicion, trades, untold
from hengjian.violations.suspicion import Said

_LEAST_SHARE = 0.5


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups of accounts of one hand most of which praise in the same words."""
    source = trades(tables)
    yield from untold(source, "review", tables["review"].num_rows, "rating")
    for group in praising(source):
        words = group.signal("template")
        if words is None or words.share < _LEAST_SHARE:
            continue
        rows = group.rows[source.kind[group.rows] == 0]
        yield suspicion(
            source,
            group,
            "发表雷同的好评，涉嫌编造用户评价，请核对订单、签收时间和评价文字的来源。",
            tables,
            rows=rows,
        )
