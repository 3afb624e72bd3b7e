"""不合理低价游: a tour that costs far less than it can be had for, or than others ask for it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy import stats

from hengjian.law.parameter import parameters
from hengjian.violations.columns import (
    Floats,
    Ints,
    floats,
    known,
    seconds,
    shanghai_days,
    strings,
)
from hengjian.violations.detector import Tables
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

_FLIGHT = ("飞", "航班", "机票")
_TRAIN = ("动车", "高铁", "火车", "卧", "专列")
# A walk of a day in the own town may cost next to nothing.
_LEAST_DAYS = 2
# As many shops must sell the like, and as many in a month for its season to be told.
_LEAST_SHOPS, _LEAST_SHOPS_OF_MONTH = 8, 5
# By chance alone, one tour in twenty whole scans.
_LARGEST_CHANCE = 0.05
# Logarithms of prices of like tours spread by a tenth even where few were seen.
_LEAST_SPREAD = 0.1
_MAD_TO_SPREAD = 1.4826
# Half of what others ask where shops or extras are visited; a third where that is not known.
_SHARE_WITH_SHOPS, _SHARE_UNKNOWN = 0.5, 0.35
# The price is not that of the tour, somebody else pays for it, or seats are sold off.
_NOT_THE_PRICE = (
    *("定金", "订金", "押金", "补差", "差价", "儿童", "婴儿", "单房差", "加床", "升级", "预约金"),
    *("门票", "签证", "接驳", "不含交通", "不含大交通", "不含机票", "不含住宿", "自由行", "地接"),
    *("公益", "资助", "补贴", "消费券", "工会", "踩线", "内部", "抽奖"),
    *("尾单", "甩位", "清位", "甩尾", "最后", "捡漏", "临期", "余位", "处理价"),
)
_GRADES = (("五", "5", "豪华"), ("四", "4", "高档"), ("三", "3", "舒适"))


def judge(row: Row) -> Answer:
    """Return whether a tour's price lies far below its least cost.

    Args:
        row: Any record; only a tour tells its price, days and carriage.
    """
    if row.kind != "tour":
        return Answer(False)
    price, days = row.value("price"), row.value("days")
    missing = {name for name, value in (("price", price), ("days", days)) if value is None}
    if missing:
        return Answer(None, missing=frozenset(missing))
    cost = _least_cost(days, row.value("nights"), row.value("transport"))
    if days < _LEAST_DAYS or float(price) >= cost * _proposed("明显低于成本的比例"):
        return Answer(False)
    title = f"每人价格（{days}天的最低成本估计）"
    return Answer(True, (Evidence("price", None, None, "number", title, float(price), "元", cost),))


def _proposed(name: str) -> float:
    """Return a proposal for the officer to weigh, not law: per person at the very least."""
    return float(parameters()[f"旅游成本.{name}"][-1].value)


def _least_cost(days: int, nights: int | None, transport: str | None) -> float:
    lodging = (days - 1 if nights is None else nights) * _proposed("每晚住宿")
    carriage = _carriage(transport or "")
    by_carriage = {"飞机": _proposed("往返机票"), "火车": _proposed("往返火车票")}
    return lodging + days * _proposed("每天餐饮和导游") + by_carriage.get(carriage, 0.0)


def _carriage(transport: str) -> str:
    if any(word in transport for word in _FLIGHT):
        return "飞机"
    return "火车" if any(word in transport for word in _TRAIN) else "其他"


class _Tours(NamedTuple):
    """What shops sell: all departures of one tour are one entry.

    Attributes:
        rows: Places in the table, the cheapest first.
        like: Number of the group of like tours.
        shop: Number of the shop.
        month: Month of departure; 0: unknown, or several.
        price: Median over its departures.
    """

    rows: list[list[int]]
    like: Ints
    shop: Ints
    month: Ints
    price: Floats


class _Beside(NamedTuple):
    """What shops ask for like tours.

    Attributes:
        shops: How many shops sell the like.
        median: Of the shops' prices in the season; not-a-number: too few shops.
        chance: Of so low a price if logarithms of prices spread as Student's t does.
    """

    shops: Ints
    median: Floats
    chance: Floats


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the tours that cost a fraction of what other shops ask for the like.

    Alike are tours to the same places, of the same days, means of carriage, hotel grade and place
    of departure; a shop has one vote, its median. Held against is the median of the month of
    departure, or of the cheapest month where the month is unknown. Suspected is a tour of two days
    or more that costs at most half of it and is sold with stops at shops or paid extras, or at most
    35 % where that is unknown, if so low a price is beyond how prices spread (Student's t on
    logarithms, median and median deviation; chance at most 5 % after Bonferroni over all tours
    compared). Cost floors are proposals: they raise the score and decide nothing.

    All departures of a tour are one: a single cheap one is taken for seats that were left.
    Tours without days, destinations or carriage are left out and told, as are those whose like too
    few shops sell. Across destinations prices are not compared: what is near is cheap, and what is
    cheaper than any tour can be the rule on single records tells.
    """
    table = tables["tour"]
    usable = np.ones(table.num_rows, dtype=np.bool_)
    for name in ("days", "destinations", "transport"):
        lacking = usable & ~known(table, name)
        if lacking.any():
            yield Undecided(f"tour.{name}", int(lacking.sum()))
        usable &= ~lacking
    usable &= floats(table, "days") >= _LEAST_DAYS
    tours = _tours(table, np.flatnonzero(usable))
    beside = _beside(tours)
    alone = int(sum(len(tours.rows[place]) for place in np.flatnonzero(np.isnan(beside.median))))
    if alone:
        yield Undecided("tour.price", alone)
    corrected = np.minimum(beside.chance * np.count_nonzero(~np.isnan(beside.median)), 1.0)
    share = tours.price / beside.median
    for place in np.flatnonzero((corrected <= _LARGEST_CHANCE) & (share <= _SHARE_WITH_SHOPS)):
        said = _suspicion(table, tours, beside, float(corrected[place]), int(place))
        if said is not None:
            yield said


def _tours(table: pa.Table, rows: Ints) -> _Tours:
    """Return the tours among some rows, in the order of platform, shop and title."""
    likes, shops = _likes(table), list(zip(*_columns(table, "platform", "shop_id"), strict=True))
    titles, ids = strings(table, "title"), strings(table, "record_id")
    prices = floats(table, "price").tolist()
    sold: dict[tuple[str, ...], list[int]] = {}
    for row in rows.tolist():
        # A tour without a title is not known to be the same as any other.
        name = titles[row] or f"\0{ids[row]}"
        sold.setdefault((*map(str, shops[row]), name, likes[row]), []).append(row)
    keys = sorted(sold)
    all_rows = [sorted(sold[key], key=lambda row: (prices[row], ids[row])) for key in keys]
    month = _months(table)
    months = [{month[row] for row in some} for some in all_rows]
    return _Tours(
        all_rows,
        _numbers([key[3] for key in keys]),
        _numbers([key[0] + "\0" + key[1] for key in keys]),
        np.array([each.pop() if len(each) == 1 else 0 for each in months], dtype=np.int64),
        np.array([statistics.median(prices[row] for row in some) for some in all_rows]),
    )


def _columns(table: pa.Table, *names: str) -> list[list[str | None]]:
    return [strings(table, name) for name in names]


def _numbers(values: list[str]) -> Ints:
    return np.unique(np.array(values, dtype=object), return_inverse=True)[1].astype(np.int64)


def _likes(table: pa.Table) -> list[str]:
    """Return what makes tours alike, as one text for each."""
    texts = _columns(table, "transport", "hotel_grade", "departs_from")
    days, places = table.column("days").to_pylist(), table.column("destinations").to_pylist()
    return [
        "|".join(
            ("、".join(sorted(set(where or ()))), f"{length}", _carriage(by or ""), _grade(grade))
        )
        + f"|{start}"
        for by, grade, start, length, where in zip(*texts, days, places, strict=True)
    ]


def _grade(hotel: str | None) -> str:
    if hotel is None:
        return "未知"
    for words in _GRADES:
        if any(word in hotel for word in words):
            return words[0]
    return "其他"


def _months(table: pa.Table) -> list[int]:
    """Return the month of departure; unknown: 0."""
    day = shanghai_days(seconds(table, "departs_at"))
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    months: list[int] = np.where(day < 0, 0, month).tolist()
    return months


def _beside(tours: _Tours) -> _Beside:
    total = len(tours.price)
    shops, median = np.zeros(total, dtype=np.int64), np.full(total, np.nan)
    chance = np.ones(total)
    order = np.argsort(tours.like, kind="stable")
    ends = np.flatnonzero(np.diff(tours.like[order])) + 1
    for group in np.split(order, ends) if total else []:
        votes = _votes(tours, group)
        if len(votes) < _LEAST_SHOPS:
            continue
        season = _seasons(tours, group, float(np.median(votes)))
        below = season - _logarithm(tours.price[group])
        spread = _MAD_TO_SPREAD * float(np.median(np.abs(below - np.median(below))))
        apart = below / max(spread, _LEAST_SPREAD)
        shops[group], median[group] = len(votes), np.exp(season)
        chance[group] = stats.t.sf(apart, len(votes) - 1)
    return _Beside(shops, median, chance)


def _votes(tours: _Tours, group: Ints) -> Floats:
    """Return the median of the logarithms of each shop's prices."""
    price = _logarithm(tours.price[group])
    order = np.lexsort((price, tours.shop[group]))
    first = np.flatnonzero(np.append(True, np.diff(tours.shop[group][order]) != 0))
    count = np.diff(np.append(first, len(order)))
    votes: Floats = price[order][first + count // 2]
    return votes


def _logarithm(price: Floats) -> Floats:
    """Return the logarithm, of a tour for nothing that of a fen."""
    found: Floats = np.log(np.maximum(price, 0.01))
    return found


def _seasons(tours: _Tours, group: Ints, whole: float) -> Floats:
    """Return for each tour the logarithm of what is asked in its month, or the cheapest month."""
    month = tours.month[group]
    medians = {}
    for each in range(1, 13):
        if np.count_nonzero(month == each) < _LEAST_SHOPS_OF_MONTH:
            continue
        votes = _votes(tours, group[month == each])
        if len(votes) >= _LEAST_SHOPS_OF_MONTH:
            medians[each] = float(np.median(votes))
    cheapest = min([whole, *medians.values()])
    return np.array([medians.get(each, cheapest) for each in month.tolist()])


def _suspicion(
    table: pa.Table, tours: _Tours, beside: _Beside, chance: float, place: int
) -> Suspicion | None:
    """Return what is said of a tour; None: it is sold without shops, or the price is another's."""
    rows = tours.rows[place]
    first = table.slice(rows[0], 1).to_pylist()[0]
    stops, extras = first["shopping_stops"], first["paid_extras"]
    share, median = tours.price[place] / beside.median[place], float(beside.median[place])
    with_shops = bool(stops) or bool(extras)
    is_unknown = stops is None or extras is None
    if not with_shops and not (is_unknown and share <= _SHARE_UNKNOWN):
        return None
    text = (first["title"] or "") + (first["itinerary_text"] or "")
    if any(word in text for word in _NOT_THE_PRICE):
        return None
    cost = _least_cost(first["days"], first["nights"], first["transport"])
    below_cost = tours.price[place] < cost * _proposed("明显低于成本的比例")
    figures = [
        Figure("每人价格", float(first["price"]), "元", round(median, 2), "price"),
        Figure("占同类线路中位价的比例", round(100 * share, 1), "%"),
        Figure("同类线路的店铺数", int(beside.shops[place]), "家"),
        Figure("偶然低到这一程度的概率（已按比较次数校正）", chance, None, _LARGEST_CHANCE),
        Figure("最低成本估计（建议值，待确认）", cost, "元"),
    ]
    if stops:
        figures.append(Figure("购物次数", float(stops), "次"))
    shops = f"，行程安排购物 {stops} 次" if stops else ""
    paid = f"，另有自费项目{'、'.join(extras)}" if extras else ""
    title = first["title"]
    return Suspicion(
        subject_kind="tour",
        subject_id=first["record_id"],
        rests_on={"tour": rows},
        figures=figures,
        explanation=(
            f"{first['days']}天线路每人 {tours.price[place]:g} 元，"
            f"只有 {beside.shops[place]} 家店铺同目的地、同天数、同交通和住宿标准线路"
            f"中位价 {median:.0f} 元的 {share:.0%}{shops}{paid}，涉嫌以不合理低价组织旅游，"
            "请核实成本、合同和购物、自费安排（成本估计为建议值，不是法定标准）。"
        ),
        score=0.5 + 0.2 * with_shops + 0.1 * bool(below_cost),
        conduct_from=None,
        conduct_until=None,
        platform=first["platform"],
        conduct_known="unknown",
        shop_id=first["shop_id"],
        quotes=[Quote("title", 0, title)] if title else [],
    )
