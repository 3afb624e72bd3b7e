"""Groups that praise: for one shop, for several, or to bring a shop down by praise."""

from __future__ import annotations

import numpy as np

from hengjian.graphs.groups import Group
from hengjian.violations.columns import DAY, equals, known, places, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.gangs import (
    Source,
    plain,
    scoped,
    shops_by_share,
)

# Who works for one shop buys little elsewhere; members of a brushing ring go from shop to shop.
_ONE_SHOP = 0.75
_SUDDEN_DAYS, _PUNISHED_WITHIN_DAYS = 7, 30
_PUNISHMENTS = ("removed", "blocked", "closed", "warned")


def praised_shop(source: Source, group: Group) -> int | None:
    """Return the one shop that a group praises; None: there are several."""
    shop, share = shops_by_share(source, group)[0]
    return shop if share >= _ONE_SHOP else None


def name_of(source: Source, shop: int) -> str:
    """Return the id of a shop."""
    return plain(source.acts.shop_ids[shop])


def punished_after(source: Source, group: Group, shop: int, tables: Tables) -> int | None:
    """Return the platform's measure against a shop that followed on a sudden wave of new accounts.

    Returns:
        Its place; None: there was none, or the praise was neither sudden nor of new accounts.
    """
    if "platform_action" not in tables or group.signal("birth") is None:
        return None
    rows = group.rows[source.acts.shops[group.rows] == shop]
    times = source.acts.times[rows]
    if times.max() - times.min() > _SUDDEN_DAYS * DAY:
        return None
    actions = tables["platform_action"]
    place = np.asarray(scoped(actions, "subject_id")) == source.acts.shop_ids[shop]
    acted = np.where(
        known(actions, "acted_at"), seconds(actions, "acted_at"), seconds(actions, "notified_at")
    )
    kinds = equals(actions, "subject_kind", "shop")
    measures = equals(actions, "action", *_PUNISHMENTS)
    after = (acted >= times.min()) & (acted <= times.max() + _PUNISHED_WITHIN_DAYS * DAY)
    found = places(place & kinds & measures & after)
    return found[0] if found else None
