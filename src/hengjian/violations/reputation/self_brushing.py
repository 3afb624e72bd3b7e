"""刷单炒信: a group of accounts that buy from and praise one shop in concert."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.reputation.brushing import name_of, praised_shop, punished_after
from hengjian.violations.reputation.gangs import praising, suspicion, trades, untold
from hengjian.violations.suspicion import Said


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups that act in concert for one shop.

    A sudden wave of new accounts on which the platform's measure against the shop followed may be
    the work of a rival, and is left to 反向刷单.
    """
    source = trades(tables)
    yield from untold(source, "review", tables["review"].num_rows, "rating")
    for group in praising(source):
        shop = praised_shop(source, group)
        if shop is None or punished_after(source, group, shop, tables) is not None:
            continue
        rows = group.rows[source.acts.shops[group.rows] == shop]
        yield suspicion(
            source,
            group,
            f"协同为店铺 {name_of(source, shop)} 下单或者给好评，涉嫌刷单炒信，"
            "请核对付款来源、物流轨迹和账号的实际使用人，"
            "并排除门店设备代客下单、单位福利或者团购集中下单，以及他人反向刷单。",
            tables,
            rows=rows,
        )
