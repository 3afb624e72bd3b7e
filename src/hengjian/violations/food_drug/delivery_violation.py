"""配送温控、封签: shops whose deliveries go out unsealed, warm or with uncertified riders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.stats.outstanding import Bar, Peers, outstanding
from hengjian.stats.shares import share_interval
from hengjian.violations.columns import (
    Bools,
    Ints,
    equals,
    grouped,
    known,
    moment,
)
from hengjian.violations.detector import Tables
from hengjian.violations.food_drug.rounds import (
    BAR,
    WARM_BAR,
    Deliveries,
    Rounds,
    by_delivery,
    delivery_days,
    held_against_others,
    seals,
    warm_boxes,
)
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided
from hengjian.violations.units import codes

# A renewed certificate reaches the records some days after it was issued.
_RENEWAL_REACHES_RECORDS = 30
_LEAST_UNCERTIFIED_DELIVERIES = 2
_RIDERS_BAR = Bar(cases=3, share=0.2)
_RIDERS_PEERS = Peers(least_total=5, of_few=0.1, floor=0.05)


class _Fault(NamedTuple):
    """What is said of a kind of fault.

    Attributes:
        name: Of the figure.
        seen: What was seen, before the numbers.
        check: What to verify.
        score: Of the suspicion; a broken seal may be the rider's doing or that of the road.
    """

    name: str
    seen: str
    check: str
    score: float


_SEALS = _Fault(
    "封签破损或者没有封签的配送批次",
    "封签破损或者没有封签",
    "请核对出餐、取餐照片，查明封签由谁使用、在哪一环节破损，是否以其他方式密封",
    0.55,
)
_WARM = _Fault(
    "冷藏、冷冻食品箱温明显过高的配送批次",
    "冷藏、冷冻食品的箱温明显过高",
    "请核对温度计的检定和装箱、取餐时间，查明冰袋、保温箱是否使用",
    0.65,
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops whose deliveries go wrong far more often than is common.

    Counted are rounds (what one rider brought from a shop on one day): those mostly without an
    intact seal, and those mostly in boxes above 12 °C (chilled) or 0 °C (frozen food). At least
    six unsealed or ten warm rounds on three days by two riders; riders whose rounds at other shops
    go wrong as well are left out, as are readings that no sound sensor gives. Apart from that, the
    riders of a shop whose certificate of health had lapsed a month before they delivered. Each
    share is tested against the share that three in four other shops stay below.

    Deliveries without seal, temperature of cold food, or day are left out and told.
    """
    deliveries = tables["delivery"]
    cold = equals(deliveries, "food_class", "cold", "frozen")
    dated = delivery_days(deliveries) >= 0
    for name, lacking in (
        ("seal", ~known(deliveries, "seal")),
        ("box_temperature_c", known(deliveries, "seal") & cold),
        ("delivered_at", known(deliveries, "seal") & ~cold & ~dated),
    ):
        missing = lacking & ~known(deliveries, name)
        if missing.any():
            yield Undecided(f"delivery.{name}", int(missing.sum()))
    for fault, bar, said in (
        (seals(deliveries), BAR, _SEALS),
        (warm_boxes(deliveries), WARM_BAR, _WARM),
    ):
        rounds = held_against_others(deliveries, fault, bar)
        for shop in np.flatnonzero(rounds.tested.stands_out).tolist():
            yield _suspicion(deliveries, rounds, shop, fault, said)
    yield from _uncertified(deliveries)


def _suspicion(
    deliveries: pa.Table, rounds: Rounds, shop: int, fault: Deliveries, said: _Fault
) -> Suspicion:
    own = rounds.counted & (rounds.shops.number == shop)
    wrong, total = int(rounds.wrong[shop]), int(rounds.total[shop])
    low, high = share_interval(wrong, total)
    base, days = float(rounds.tested.base[shop]), int(rounds.days[shop])
    figures = [
        Figure(said.name, wrong, "批"),
        Figure("占配送批次的比例", round(100 * wrong / total, 1), "%", round(100 * base, 1)),
        Figure("涉及的骑手", int(rounds.riders[shop]), "人"),
        Figure("错误发现率q", float(rounds.tested.q[shop])),
    ]
    seen = (
        f"{total} 个配送批次（同店同骑手同日）中有 {wrong} 个{said.seen}（{wrong / total:.0%}，"
        f"95%置信区间 {low:.0%}–{high:.0%}；多数店铺不超过 {base:.0%}），分布在 {days} 天，"
        f"涉嫌配送措施不能保证食品安全，{said.check}。"
    )
    return _of_shop(
        deliveries, rounds.shops.keys[shop], own & fault.wrong, figures, (seen, said.score)
    )


def _uncertified(deliveries: pa.Table) -> Iterator[Suspicion]:
    """Yield the shops many of whose riders had no valid certificate of health."""
    day = delivery_days(deliveries)
    until = _certified_until(deliveries)
    rider = codes(deliveries, "platform", "rider_id")
    judged = (until >= 0) & (day >= 0) & (rider >= 0)
    lapsed = judged & (day - until > _RENEWAL_REACHES_RECORDS)
    shops = grouped(deliveries, ["platform", "shop_id"])
    pairs, pair = np.unique(np.stack([shops.number, rider])[:, judged], axis=1, return_inverse=True)
    pair = pair.reshape(-1)
    without = np.bincount(pair[lapsed[judged]], minlength=pairs.shape[1])
    bad = without >= _LEAST_UNCERTIFIED_DELIVERIES
    count = np.bincount(pairs[0][bad], minlength=shops.size)
    total = np.bincount(pairs[0], minlength=shops.size)
    tested = outstanding(count, total, _RIDERS_BAR, _RIDERS_PEERS)
    for shop in np.flatnonzero(tested.stands_out).tolist():
        riders, of_all, base = int(count[shop]), int(total[shop]), float(tested.base[shop])
        low, high = share_interval(riders, of_all)
        rows = lapsed & (shops.number == shop)
        figures = [
            Figure("健康证明过期仍送餐的骑手", riders, "人"),
            Figure("占骑手的比例", round(100 * riders / of_all, 1), "%", round(100 * base, 1)),
            Figure("过期后的配送", int(rows.sum()), "单"),
            Figure("错误发现率q", float(tested.q[shop])),
        ]
        seen = (
            f"{of_all} 名骑手中有 {riders} 名在健康证明过期一个月以后仍为该店送餐"
            f"（{riders / of_all:.0%}，95%置信区间 {low:.0%}–{high:.0%}；多数店铺不超过 "
            f"{base:.0%}），涉嫌配送措施不能保证食品安全，请核实骑手是店铺自有还是平台、配送单位的，"
            "健康证明是否已经换发；食品安全法第四十五条第二款是否适用于这些骑手待确认。"
        )
        yield _of_shop(deliveries, shops.keys[shop], rows, figures, (seen, 0.45))


def _certified_until(deliveries: pa.Table) -> Ints:
    """Return the last day of the rider's certificate, as days since 1970-01-01; unknown: -1."""
    column: Any = deliveries.column("rider_health_certificate_until").cast(pa.int32())
    return np.asarray(column.fill_null(-1)).astype(np.int64)


def _of_shop(
    deliveries: pa.Table,
    shop: tuple[str, str],
    rows: Bools,
    figures: list[Figure],
    said: tuple[str, float],
) -> Suspicion:
    told, when = by_delivery(deliveries, np.flatnonzero(rows))
    return Suspicion(
        subject_kind="shop",
        subject_id=shop[1],
        rests_on={"delivery": told.tolist()},
        figures=figures,
        explanation=said[0],
        score=said[1],
        conduct_from=moment(float(when[0])),
        conduct_until=moment(float(when[-1])),
        platform=shop[0],
        shop_id=shop[1],
    )
