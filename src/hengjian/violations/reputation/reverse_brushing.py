"""反向刷单: new accounts praise a shop all at once, and the platform punishes the shop for it."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.reputation.brushing import name_of, praised_shop, punished_after
from hengjian.violations.reputation.gangs import praising, suspicion, trades, untold
from hengjian.violations.suspicion import Said


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups of new accounts whose sudden praise brought a measure upon the shop."""
    source = trades(tables)
    yield from untold(source, "review", tables["review"].num_rows, "rating")
    for group in praising(source):
        shop = praised_shop(source, group)
        if shop is None or punished_after(source, group, shop, tables) is None:
            continue
        yield suspicion(
            source,
            group,
            f"短期内协同为店铺 {name_of(source, shop)} 下单或者给好评，随后该店受到平台处置，"
            "涉嫌他人反向刷单，该店可能是受害者，请查明账号的控制人、资金来源和与同业竞争者的关系。",
            tables,
            rows=group.rows[source.acts.shops[group.rows] == shop],
        )
