"""组织刷单: one group of accounts that buys from and praises several shops in concert."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.violations.detector import Tables
from hengjian.violations.reputation.brushing import praised_shop
from hengjian.violations.reputation.gangs import praising, suspicion, trades, untold
from hengjian.violations.suspicion import Figure, Said


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups that act in concert for several shops, one after another."""
    source = trades(tables)
    yield from untold(source, "review", tables["review"].num_rows, "rating")
    for group in praising(source):
        if praised_shop(source, group) is not None:
            continue
        shops = len(np.unique(source.acts.shops[group.rows]))
        yield suspicion(
            source,
            group,
            f"协同为 {shops} 家店铺下单或者给好评，涉嫌组织虚假交易、虚假评价，"
            "请核查派单人、佣金往来和委托的店铺；单个店铺是否知情须另行查明，"
            "并排除单位福利、团购集中下单。",
            tables,
            more=[Figure("涉及店铺", shops, "家")],
        )
