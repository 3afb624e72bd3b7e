"""订单配送信息未留存: platforms whose delivery records lack the rider or the time of delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.errors import HengjianError
from hengjian.law.parameter import parameter
from hengjian.stats.shares import share_interval
from hengjian.violations.columns import (
    DAY,
    Bools,
    Floats,
    Ints,
    equals,
    grouped,
    known,
    moment,
    seconds,
    shanghai_days,
)
from hengjian.violations.detector import Tables
from hengjian.violations.matching import latest, row_of
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided
from hengjian.violations.units import by_time, codes, distinct

_FIELDS = {"送餐人员": "rider_id", "送达时间": "delivered_at"}
_KEEP = "网络订餐信息.保存期"
_MONTH_DAYS = 30
# A shop that never has the field brings its own food, or the field was not supplied for it.
_USUALLY = 0.5
_LEAST_OF_SHOP = 5
# One faulty shop or one bad day is no way of a platform.
_LEAST_MISSING, _LEAST_SHOPS, _LEAST_DAYS, _LEAST_SHARE = 50, 5, 5, 0.05
_SCORE = 0.35


class _Delivered(NamedTuple):
    """Deliveries of finished orders, one entry for every delivery.

    Attributes:
        finished: Of an order that was received, within the time for which records must be kept.
        ordered_at: When the order was placed, seconds.
    """

    finished: Bools
    ordered_at: Floats


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the platforms many of whose delivery records lack the rider or the time of delivery.

    Counted are deliveries of orders that were received, not older than records must be kept, at
    shops whose records usually have the field: where a shop never has it, it brings its own food,
    or the field was not supplied. At least fifty gaps at five shops on five days, and a share whose
    95 % lower bound is 5 %. The law wants every record complete, so there is no base to beat.

    Orders without any delivery record are not counted: they may have been picked up. Deliveries
    whose order is not at hand are left out and told.
    """
    deliveries = tables["delivery"]
    order = row_of(deliveries, ["platform", "order_id"], tables["order"], ["platform", "record_id"])
    if (order < 0).any():
        yield Undecided("order.record_id", int((order < 0).sum()))
    delivered = _delivered(deliveries, tables["order"], order)
    platforms, shop = grouped(deliveries, ["platform"]), codes(deliveries, "platform", "shop_id")
    judged, missing = _gaps(deliveries, delivered.finished, shop)
    any_missing = np.logical_or.reduce(list(missing.values()))
    day = shanghai_days(delivered.ordered_at)
    shops_of, days_of = (
        distinct(np.where(any_missing, platforms.number, -1), each, platforms.size)
        for each in (shop, day)
    )
    count, total = platforms.total(any_missing), platforms.total(judged)
    enough = (count >= _LEAST_MISSING) & (shops_of >= _LEAST_SHOPS) & (days_of >= _LEAST_DAYS)
    for platform in np.flatnonzero(enough).tolist():
        if share_interval(int(count[platform]), int(total[platform]))[0] >= _LEAST_SHARE:
            own = platforms.number == platform
            gaps = {name: mask & own for name, mask in missing.items()}
            yield _suspicion(
                deliveries,
                platforms.keys[platform][0],
                gaps,
                int(total[platform]),
                int(shops_of[platform]),
                delivered.ordered_at,
            )


def _delivered(deliveries: pa.Table, orders: pa.Table, order: Ints) -> _Delivered:
    place = np.maximum(order, 0)
    if not orders.num_rows:
        nothing = np.zeros(deliveries.num_rows)
        return _Delivered(nothing.astype(np.bool_), nothing)
    ordered_at = np.where(order >= 0, seconds(orders, "created_at")[place], np.nan)
    received = (order >= 0) & equals(orders, "status", "received")[place]
    platform = codes(deliveries, "platform")
    newest = latest(platform, ordered_at, int(platform.max(initial=-1)) + 1)
    kept = np.array([_kept_seconds(last) for last in newest.tolist()])
    recent = newest[platform] - ordered_at <= kept[platform]
    return _Delivered(received & recent, ordered_at)


def _kept_seconds(newest: float) -> float:
    """Return for how long records must be kept at a time; -1: it is unknown, or no law says so."""
    if np.isnan(newest):
        return -1.0
    try:
        return float(parameter(_KEEP, moment(newest).date()).value) * _MONTH_DAYS * DAY
    except HengjianError:
        return -1.0


def _gaps(deliveries: pa.Table, finished: Bools, shop: Ints) -> tuple[Bools, Mapping[str, Bools]]:
    """Return the deliveries that could be told, and those that lack each field."""
    size = int(shop.max(initial=-1)) + 1
    total = np.bincount(shop[finished], minlength=size)
    judged, missing = np.zeros(len(shop), dtype=np.bool_), {}
    for title, name in _FIELDS.items():
        has = known(deliveries, name)
        given = np.bincount(shop[finished & has], minlength=size)
        usual = (total >= _LEAST_OF_SHOP) & (given > _USUALLY * total)
        could = finished & usual[shop]
        judged |= could
        missing[title] = could & ~has
    return judged, missing


def _suspicion(
    deliveries: pa.Table,
    platform: str,
    gaps: Mapping[str, Bools],
    total: int,
    shops: int,
    ordered_at: Floats,
) -> Suspicion:
    rows = np.logical_or.reduce(list(gaps.values()))
    told = by_time(deliveries, ordered_at, np.flatnonzero(rows))
    count = len(told)
    low, high = share_interval(count, total)
    lacking = {name: int(mask.sum()) for name, mask in gaps.items() if mask.any()}
    return Suspicion(
        subject_kind="platform",
        subject_id=platform,
        rests_on={"delivery": told.tolist()},
        figures=[
            Figure("缺少送餐人员或者送达时间的配送记录", count, "条"),
            Figure("占可核对配送记录的比例", round(100 * count / total, 1), "%", 0.0),
            *(Figure(f"其中缺少{name}", number, "条") for name, number in lacking.items()),
            Figure("涉及的店铺", shops, "家"),
        ],
        explanation=(
            f"{total} 条已完成订单的配送记录中有 {count} 条缺少"
            f"{'、'.join(lacking)}（{count / total:.0%}，95%置信区间 {low:.0%}–{high:.0%}），"
            f"涉及 {shops} 家店铺，这些店铺的其他记录都有该项，涉嫌未如实记录、保存网络订餐信息，"
            "请向平台调取原始记录，先排除导出遗漏和商家自送。"
        ),
        score=_SCORE,
        conduct_from=moment(float(ordered_at[told[0]])),
        conduct_until=moment(float(ordered_at[told[-1]])),
        platform=platform,
    )
