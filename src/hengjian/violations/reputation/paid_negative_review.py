"""组织恶意评价: a group of accounts that blames the same shops in concert."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.graphs.groups import Group
from hengjian.graphs.signals import PRAISE
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.gangs import (
    Source,
    blaming,
    plain,
    suspicion,
    trades,
    untold,
)
from hengjian.violations.suspicion import Said

# Of the members; so many praise the same other shop.
_LEAST_SHARE, _LEAST_MEMBERS = 0.3, 5


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups that blame in concert; a wave of blame for a defect has no common hand."""
    source = trades(tables)
    yield from untold(source, "review", tables["review"].num_rows, "rating")
    for group in blaming(source):
        shops = np.unique(source.acts.shops[group.rows])
        rival = _praised_by(source, group)
        praise = f"，其中不少账号又给店铺 {rival} 好评" if rival else ""
        yield suspicion(
            source,
            group,
            f"协同给 {len(shops)} 家店铺差评{praise}，涉嫌组织、指使他人恶意评价，"
            "请核查委托人、报酬和账号的实际使用人，并核对差评所述是否属实。",
            tables,
        )


def _praised_by(source: Source, group: Group) -> str | None:
    """Return the other shop that many members praise; None: there is none."""
    acts = source.acts
    member = np.zeros(len(acts.account_ids), dtype=np.bool_)
    member[group.accounts] = True
    praise = member[acts.accounts] & (acts.ratings >= PRAISE)
    praise &= ~np.isin(acts.shops, group.shops)
    pairs = np.unique(np.stack([acts.shops[praise], acts.accounts[praise]]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(acts.shop_ids))
    best = int(np.argmax(counts))
    least = max(_LEAST_MEMBERS, _LEAST_SHARE * len(group.accounts))
    return plain(acts.shop_ids[best]) if counts[best] >= least else None
