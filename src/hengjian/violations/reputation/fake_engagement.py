"""虚构流量: accounts of one hand that view, follow, like, tip, share or vote in concert."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.graphs.acts import Given, make_acts
from hengjian.violations.columns import equals, places, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.gangs import (
    Source,
    found,
    of_accounts,
    scoped,
    shops_by_share,
    suspicion,
    untold,
)
from hengjian.violations.suspicion import Figure, Said

_ACTIONS = {
    "view": ("观看", "观看量"),
    "click": ("点击", "点击量"),
    "follow": ("关注", "关注量（用户数）"),
    "like": ("点赞", "点赞量"),
    "tip": ("打赏", "打赏"),
    "share": ("转发", "转发量"),
    "vote": ("投票", "投票量"),
}


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups that act in concert on the same targets, for each kind of act apart."""
    told = tables["engagement"]
    yield from untold(_source(tables, list(range(told.num_rows))), "engagement", told.num_rows)
    for action, (verb, counted) in _ACTIONS.items():
        chosen = places(equals(told, "action", action))
        if not chosen:
            continue
        source = _source(tables, chosen)
        for group in found(source):
            targets = len(shops_by_share(source, group))
            yield suspicion(
                source,
                group,
                f"协同{verb}相同的对象，涉嫌虚构{counted}，"
                "请核查流量的委托人、账号的控制人，打赏的还须核查资金是否回流。",
                tables,
                more=[Figure(f"虚假{verb}涉及的主要对象", targets, "个")],
                key=action,
            )


def _source(tables: Tables, chosen: list[int]) -> Source:
    acts = tables["engagement"].take(chosen)
    accounts, targets = scoped(acts, "account_id"), scoped(acts, "target_id")
    created, devices = of_accounts(accounts, acts.column("device_id").combine_chunks(), tables)
    given = Given(
        accounts,
        targets,
        targets,
        seconds(acts, "at"),
        devices=devices,
        networks=acts.column("ip_prefix").combine_chunks(),
        created=created,
    )
    kind = np.zeros(len(chosen), dtype=np.int64)
    return Source(make_acts(given), ["engagement"], kind, np.asarray(chosen, dtype=np.int64))
