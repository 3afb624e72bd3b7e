"""Platforms that let in shops without a licence: how many, beyond what noise explains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hengjian.stats.shares import excess_chance, share_interval
from hengjian.violations.columns import Bools, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import Sellers
from hengjian.violations.suspicion import Figure, Members, Suspicion

# Registers lag and pages are mistyped; up to this share a platform may still have checked.
_TOLERATED = 0.05
_LEAST_SHOPS, _LEAST_BAD = 50, 5
_LARGEST_P = 0.01
_SHOWN = 200


class Checked(NamedTuple):
    """Sellers by what is known of their licences, one entry each.

    Attributes:
        judged: It is known whether they have the licence.
        bad: It is known that they have none that is theirs and in force.
    """

    judged: Bools
    bad: Bools


def unchecked(
    tables: Tables, sellers: Sellers, checked: Checked, goods: str
) -> Iterator[Suspicion]:
    """Yield the platforms of whose shops too many lack the licence.

    The null is that a shop lacks it with a chance of 5 % (upper tail of the binomial distribution,
    p at most 1 % over all platforms, after Bonferroni); at least 50 shops must be judged.

    Args:
        tables: All tables.
        sellers: All sellers.
        checked: What is known of them.
        goods: What they sell, in Chinese.
    """
    platform = tables["operator"].column("platform").take(sellers.place).to_numpy()
    names = sorted(set(platform.tolist()))
    tested = [name for name in names if (checked.judged & (platform == name)).sum() >= _LEAST_SHOPS]
    for name in tested:
        here = platform == name
        bad, total = here & checked.bad, int((here & checked.judged).sum())
        chance = float(excess_chance(int(bad.sum()), total, _TOLERATED)) * len(tested)
        if bad.sum() >= _LEAST_BAD and chance <= _LARGEST_P:
            yield _suspicion(tables, sellers, name, bad, total, min(chance, 1.0), goods)


def _suspicion(
    tables: Tables,
    sellers: Sellers,
    platform: str,
    bad: Bools,
    total: int,
    chance: float,
    goods: str,
) -> Suspicion:
    count, shops = int(bad.sum()), np.flatnonzero(bad)
    keys = sellers.key.take(shops).to_numpy(zero_copy_only=False).astype(str)
    shops = shops[np.argsort(keys, kind="stable")]
    low, high = share_interval(count, total)
    times = seconds(tables["operator"], "verified_at", sellers.place[shops])
    times = times[~np.isnan(times)]
    return Suspicion(
        subject_kind="platform",
        subject_id=platform,
        rests_on={"operator": sellers.place[shops[:_SHOWN]].tolist()},
        figures=[
            Figure("许可证缺失、过期或者属于他人的店铺", count, "家"),
            Figure("占能够核对的店铺", round(100 * count / total, 1), "%", 100 * _TOLERATED),
            Figure("比例的95%置信下限", round(100 * low, 1), "%"),
        ],
        explanation=(
            f"平台 {total} 家能够核对许可的{goods}店铺中，{count} 家的许可证缺失、过期或者属于他人"
            f"（{count / total:.1%}，95%置信区间 {low:.1%}–{high:.1%}，容许 {_TOLERATED:.0%}），"
            "涉嫌未审查入网经营者的许可，请抽查这些店铺并调取平台的审查记录。"
        ),
        score=0.7,
        conduct_from=moment(float(times.min())) if len(times) else None,
        conduct_until=moment(float(times.max())) if len(times) else None,
        conduct_known="captured" if len(times) else "unknown",
        platform=platform,
        members=Members(
            shops=[sellers.id_of(int(shop))[1] for shop in shops[:_SHOWN]], p_value=chance
        ),
    )


def among(sellers: Sellers, keys: set[tuple[str | None, str]]) -> Bools:
    """Return which sellers are among some platforms and shop ids."""
    return np.array([sellers.id_of(seller) in keys for seller in range(sellers.size)], dtype=bool)
