"""虚构流量: accounts of one hand that view, follow, like, tip, share or vote in concert."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.graphs.acts import Given, make_acts
from hengjian.graphs.members import LEAST_MEMBERS
from hengjian.violations.columns import equals, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.matching import joined_key
from hengjian.violations.reputation.audiences import shown_without_acting
from hengjian.violations.reputation.gangs import (
    Source,
    found,
    of_accounts,
    scoped,
    suspicion,
    untold,
)
from hengjian.violations.reputation.tips import bought_tips
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
    """Yield groups that act in concert on the same targets, for each kind of act apart.

    Then the tips that were paid for, and the livestreams whose viewers do nothing.
    """
    told = tables["engagement"]
    source = _source(tables)
    yield from untold(source, "engagement", told.num_rows)
    done = {action: equals(told, "action", action) for action in _ACTIONS}
    for group in found(source):
        for action, (verb, counted) in _ACTIONS.items():
            rows = group.rows[done[action][source.places[group.rows]]]
            if len(np.unique(source.acts.accounts[rows])) < LEAST_MEMBERS:
                continue
            targets = len(np.unique(source.acts.shops[rows]))
            yield suspicion(
                source,
                group,
                f"协同{verb}相同的对象，涉嫌虚构{counted}，"
                "请核查流量的委托人、账号的控制人，打赏的还须核查资金是否回流。",
                tables,
                rows=rows,
                more=[Figure(f"虚假{verb}涉及的对象", targets, "个")],
                key=action,
            )
    yield from bought_tips(tables)
    yield from shown_without_acting(tables)


def _source(tables: Tables) -> Source:
    """Return acts on targets, each kind of act on one apart: who is liked need not be followed."""
    acts = tables["engagement"]
    accounts = scoped(acts, "account_id")
    targets = joined_key(acts, ("platform", "action", "target_id"))
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
    rows = acts.num_rows
    return Source(make_acts(given), ["engagement"], np.zeros(rows, np.int64), np.arange(rows))
