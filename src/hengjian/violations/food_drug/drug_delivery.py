"""药品配送: shops whose refrigerated medicines are brought in boxes that are far too warm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.stats.shares import share_interval
from hengjian.violations.columns import Bools, equals, known, moment
from hengjian.violations.detector import Tables
from hengjian.violations.food_drug.rounds import (
    CHILLED_ABOVE,
    Deliveries,
    Rounds,
    by_delivery,
    delivery_days,
    held_against_others,
    warm_boxes,
)
from hengjian.violations.matching import row_of
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided

# A category holds plasters, boxes and books as well; the approval number tells a medicine.
_APPROVAL = r"国药准字\s*[HZSBTFJ][CJ]?\d{8}"
_LABELS = ("批准文号", "药品批准文号", "国药准字")
_SCORE = 0.6


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops whose refrigerated medicines mostly go out in warm boxes.

    A delivery is one of medicines if the item of its order has an approval number on its page, and
    refrigerated if its class says cold or frozen. Rounds are counted and tested as for food (see
    `rounds`); what else was in the box the records do not show.

    Deliveries whose order or item is unknown, and refrigerated medicines without temperature or
    day, are left out and told.
    """
    deliveries, orders, listings = tables["delivery"], tables["order"], tables["listing"]
    order = row_of(deliveries, ["platform", "order_id"], orders, ["platform", "record_id"])
    item = row_of(orders, ["platform", "item_id"], listings, ["platform", "item_id"])
    page = np.where(order >= 0, item[np.maximum(order, 0)], -1) if len(item) else order
    medicine = (page >= 0) & _medicines(listings)[np.maximum(page, 0)]
    cold = equals(deliveries, "food_class", "cold", "frozen") & medicine
    dated = delivery_days(deliveries) >= 0
    for name, lacking in (
        ("order_id", page < 0),
        ("food_class", medicine & ~known(deliveries, "food_class")),
        ("box_temperature_c", cold & ~known(deliveries, "box_temperature_c")),
        ("delivered_at", cold & known(deliveries, "box_temperature_c") & ~dated),
    ):
        if lacking.any():
            yield Undecided(f"delivery.{name}", int(lacking.sum()))
    warm = warm_boxes(deliveries)
    fault = Deliveries(warm.judged & cold, warm.wrong & cold)
    rounds = held_against_others(deliveries, fault)
    for shop in np.flatnonzero(rounds.tested.stands_out).tolist():
        yield _suspicion(deliveries, rounds, shop, fault)


def _medicines(listings: pa.Table) -> Bools:
    """Return which pages show the approval number of a medicine; animals have their own."""
    maps: Any = listings.column("attributes").combine_chunks()
    texts = [pc.map_lookup(maps, pa.scalar(label), "first") for label in _LABELS]
    found = np.zeros(listings.num_rows, dtype=np.bool_)
    for text in (*texts, listings.column("title")):
        matched: Any = pc.match_substring_regex(text, _APPROVAL)
        found |= np.asarray(matched.fill_null(False))
    return found


def _suspicion(deliveries: pa.Table, rounds: Rounds, shop: int, fault: Deliveries) -> Suspicion:
    platform, shop_id = rounds.shops.keys[shop]
    wrong, total = int(rounds.wrong[shop]), int(rounds.total[shop])
    low, high = share_interval(wrong, total)
    base, days = float(rounds.tested.base[shop]), int(rounds.days[shop])
    rows = rounds.counted & fault.wrong & (rounds.shops.number == shop)
    told, when = by_delivery(deliveries, np.flatnonzero(rows))
    return Suspicion(
        subject_kind="shop",
        subject_id=shop_id,
        rests_on={"delivery": told.tolist()},
        figures=[
            Figure("冷藏药品箱温明显过高的配送批次", wrong, "批"),
            Figure("占配送批次的比例", round(100 * wrong / total, 1), "%", round(100 * base, 1)),
            Figure("涉及的骑手", int(rounds.riders[shop]), "人"),
            Figure("错误发现率q", float(rounds.tested.q[shop])),
        ],
        explanation=(
            f"{total} 个冷藏药品配送批次（同店同骑手同日）中有 {wrong} 个箱温明显过高（冷藏高于 "
            f"{CHILLED_ABOVE:.0f}℃，{wrong / total:.0%}，95%置信区间 {low:.0%}–{high:.0%}；"
            f"多数店铺不超过 {base:.0%}），分布在 {days} 天，涉嫌未按药品说明书的贮藏要求配送，"
            "请核对温度计检定、冷藏箱和药品说明书。"
        ),
        score=_SCORE,
        conduct_from=moment(float(when[0])),
        conduct_until=moment(float(when[-1])),
        platform=platform,
        shop_id=shop_id,
    )
