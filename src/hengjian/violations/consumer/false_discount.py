"""先涨后降、虚构原价: what a promotion claims, held against what the item was sold at before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.errors import HengjianError
from hengjian.law.parameter import parameter
from hengjian.violations.columns import (
    Bools,
    Floats,
    Ints,
    equals,
    floats,
    grouped,
    known,
    seconds,
    shanghai_days,
)
from hengjian.violations.consumer.spans import in_spans
from hengjian.violations.detector import Tables
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

_EPOCH = dt.date(1970, 1, 1)
# A coupon of one buyer or rounding makes a deal cheaper by a few per cent; and one cheap day may be
# a single odd order, so two days and more than a third of those with deals must have been below.
_LEAST_EXCESS = 1.1
_LEAST_DAYS_BELOW, _DAYS_A_DAY_BELOW = 2, 3
# A "discount" that is dearer than most of the week before, by more than rounding.
_DEARER = 1.02
_ANOTHER_VARIANT = 1.5
_USUAL_DAYS, _LEAST_USUAL_DAYS = 60, 14
# Waves of one campaign that claim the same original price compare with the price before the first.
_WAVES_GAP_DAYS, _LONGEST_CAMPAIGN_DAYS = 1, 30
# The compared price is explained: then it need not be the lowest deal of the week before.
_EXPLAINED = (
    *("建议零售价", "指导价", "吊牌价", "专柜", "门店价", "线下", "官网价", "市场价", "首发价"),
    *("上市价", "原价指", "原价为", "原价系", "划线价指", "划线价为", "划线价系", "参考价"),
    *("被比较价格", "日常价", "非会员价"),
)
# The price is for another quantity than what was sold before.
_OTHER_UNITS = (
    *("两件", "2件", "三件", "3件", "第二件", "套装", "组合", "整箱", "合计", "总价值"),
    *("买一送一", "拼团", "定金", "订金", "预售"),
)
_AT_ONCE = 50_000


class _Raise(NamedTuple):
    """How long before a campaign a steady price was raised at most, and by what factor at least."""

    days: int
    least: float


# 先涨后降: raised within the fifteen days before, by a fifth, after two weeks or more at a steady
# price. What was raised earlier may have become the price; unless it crept up through the thirty
# days of the catalogue, so that the claimed price is above deals of the last week even then.
_SUDDEN, _CREEPING = _Raise(15, 1.2), _Raise(30, 1.1)


class _Campaigns(NamedTuple):
    """Promotions of known items with prices that can be held against earlier deals.

    Attributes:
        row: Place in the table.
        item: Number of the item, as in the deals.
        day: First day of the campaign, as days since 1970-01-01.
        lookback: How many days before it count; 0: the article was not yet in force.
        claimed: Original price as claimed; not-a-number: none is known.
        promised: Promised price; not-a-number: unknown.
    """

    row: Ints
    item: Ints
    day: Ints
    lookback: Ints
    claimed: Floats
    promised: Floats

    def at(self, chosen: Ints | Bools) -> _Campaigns:
        """Return some of the promotions."""
        columns: Any = [column[chosen] for column in self]
        return _Campaigns(*columns)


class _Deals(NamedTuple):
    """The lowest deal of a variant on a day, by item and day.

    Attributes:
        row: Place in the table.
        item: Number of the item.
        sku: Number of the variant; -1: unknown.
        day: Days since 1970-01-01.
        price: The lowest deal price.
        mixed: The variant is unknown, and there were several prices.
    """

    row: Ints
    item: Ints
    sku: Ints
    day: Ints
    price: Floats
    mixed: Bools


class _Before(NamedTuple):
    """Deals before each campaign, of the variant that speaks best for the shop.

    Attributes:
        sku: The variant.
        lowest: Lowest deal price within the days that the law names; not-a-number: no deal.
        days: On how many of these days a deal is known.
        below: On how many of them a deal was at least a tenth below the claimed price.
        under: On how many of them a deal was below the claimed price by more than rounding.
        cheaper: On how many of them a deal was below the promised price.
        mixed: Deals of several variants are not told apart.
    """

    sku: Ints
    lowest: Floats
    days: Ints
    below: Ints
    under: Ints
    cheaper: Ints
    mixed: Bools


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the items whose promotion claims a saving that earlier deals speak against.

    Compared with is the lowest deal price of the days before the campaign that article 16(2) of
    明码标价和禁止价格欺诈规定 names, of the variant for which it is highest, as a promotion does
    not tell its variant. Suspected are: an original price at least a tenth above it where more than
    a third of the days with deals, and two at least, sold so cheap, unless the terms explain the
    compared price; a promised price above what most days of that week sold at; and a price raised
    by a fifth within fifteen days, or by a tenth in steps through thirty, where the promised price
    is no lower than what was usual.

    Promotions without an item or prices, without a deal in those days, or with deals of several
    variants that are not told apart, are left out and told. Earlier law: nothing is said.
    """
    promotions, history = tables["promotion"], tables["price_history"]
    with_item = known(promotions, "item_id")
    priced = known(promotions, "claimed_original_price") | known(promotions, "promised_price")
    yield from _left_out("promotion.item_id", ~with_item)
    yield from _left_out("promotion.claimed_original_price", with_item & ~priced)
    campaigns, deals = _numbered(promotions, history, with_item & priced)
    before = _before(campaigns, deals)
    without = np.isnan(before.lowest)
    yield from _left_out("price_history.deal_price", without)
    yield from _left_out("price_history.sku", before.mixed & ~without)
    judged = ~without & ~before.mixed
    usual = _usual(campaigns, deals, before, judged)
    told: set[tuple[int, int]] = set()
    for place in np.flatnonzero(judged & _strikes(campaigns, before, usual)):
        # The waves of a campaign are one conduct.
        campaign = int(campaigns.item[place]), int(campaigns.day[place])
        if campaign in told:
            continue
        said = _suspicion(promotions, campaigns, deals, before, usual, int(place))
        if said is not None:
            told.add(campaign)
            yield said


def _left_out(fieldname: str, where: Bools) -> Iterator[Undecided]:
    if where.any():
        yield Undecided(fieldname, int(where.sum()))


def _numbered(promotions: pa.Table, history: pa.Table, usable: Bools) -> tuple[_Campaigns, _Deals]:
    """Return promotions and deals with common numbers of items."""
    keys = ["platform", "item_id"]
    items = grouped(pa.concat_tables([promotions.select(keys), history.select(keys)]), keys).number
    of_promotions, of_history = items[: promotions.num_rows], items[promotions.num_rows :]
    return _campaigns(promotions, of_promotions, usable), _deals(history, of_history)


def _campaigns(promotions: pa.Table, item: Ints, usable: Bools) -> _Campaigns:
    begins, ends = seconds(promotions, "starts_at"), seconds(promotions, "ends_at")
    promised = floats(promotions, "promised_price")
    row = np.flatnonzero(usable)
    row = row[np.lexsort((promised[row], ends[row], begins[row]))]
    claimed = floats(promotions, "claimed_original_price")[row]
    start, end = shanghai_days(begins)[row], shanghai_days(ends)[row]
    first = _first_wave(item[row], claimed, start, end)
    found = _Campaigns(row, item[row], first, _lookbacks(start), claimed, promised[row])
    return found.at(found.lookback > 0)


def _first_wave(item: Ints, claimed: Floats, start: Ints, end: Ints) -> Ints:
    """Return the day on which the campaign began that a promotion continues; else its own."""
    order = np.lexsort((start, np.nan_to_num(claimed, nan=-1.0), item))
    item, claimed, start, end = item[order], claimed[order], start[order], end[order]
    begins = np.ones(len(order), dtype=np.bool_)
    follows = (item[1:] == item[:-1]) & (claimed[1:] == claimed[:-1])
    begins[1:] = ~(follows & (start[1:] - end[:-1] <= _WAVES_GAP_DAYS))
    first = start[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
    day = np.empty(len(order), dtype=np.int64)
    day[order] = np.where(start - first <= _LONGEST_CAMPAIGN_DAYS, first, start)
    return day


def _lookbacks(day: Ints) -> Ints:
    """Return how many days before each count by the law of that day."""
    days, number = np.unique(day, return_inverse=True)
    return np.array([_lookback(int(each)) for each in days], dtype=np.int64)[number]


def _lookback(day: int) -> int:
    try:
        return int(parameter("被比较价格.回看期", _EPOCH + dt.timedelta(days=day)).value)
    except HengjianError:
        return 0


def _deals(history: pa.Table, item: Ints) -> _Deals:
    price = floats(history, "deal_price")
    row = np.flatnonzero((price > 0) & ~equals(history, "units", 0))
    sku = grouped(history, ["platform", "item_id", "sku"]).number
    day: Any = history.column("date").cast(pa.int32())
    of_day = np.asarray(day).astype(np.int64)
    row = row[np.lexsort((row, price[row], sku[row], of_day[row], item[row]))]
    item, sku, of_day, price = item[row], sku[row], of_day[row], price[row]
    head = np.ones(len(row), dtype=np.bool_)
    same = (item[1:] == item[:-1]) & (of_day[1:] == of_day[:-1]) & (sku[1:] == sku[:-1])
    head[1:] = ~same
    start = np.flatnonzero(head)
    highest = np.maximum.reduceat(price, start) if len(start) else price
    mixed = (sku[start] < 0) & (highest > price[start])
    return _Deals(row[start], item[start], sku[start], of_day[start], price[start], mixed)


def _deals_within(
    campaigns: _Campaigns, deals: _Deals, most: Ints | int, least: int
) -> tuple[Ints, Ints]:
    """Return campaigns and deals, a pair for each deal so many days before the campaign."""
    first, last = campaigns.day - most, campaigns.day - least
    return in_spans(deals.item, deals.day, campaigns.item, first, last)


def _before(campaigns: _Campaigns, deals: _Deals) -> _Before:
    total = len(campaigns.row)
    campaign, deal = _deals_within(campaigns, deals, campaigns.lookback, 1)
    kinds = int(deals.sku.max(initial=-1)) + 2
    variant, number = np.unique(campaign * kinds + deals.sku[deal] + 1, return_inverse=True)
    price = deals.price[deal]
    lowest = np.full(len(variant), np.inf)
    np.minimum.at(lowest, number, price)
    of = variant // kinds
    best = np.lexsort((lowest, of))
    best = best[np.append(of[best][1:] != of[best][:-1], True)] if len(best) else best
    where = of[best]

    def counted(marked: Bools) -> Ints:
        counts = np.zeros(total, dtype=np.int64)
        counts[where] = np.bincount(number[marked], minlength=len(variant))[best]
        return counts

    sku, least = np.full(total, -1, dtype=np.int64), np.full(total, np.nan)
    sku[where], least[where] = variant[best] % kinds - 1, lowest[best]
    return _Before(
        sku,
        least,
        days=counted(np.ones(len(deal), dtype=np.bool_)),
        below=counted(price * _LEAST_EXCESS <= campaigns.claimed[campaign]),
        under=counted(price * _DEARER <= campaigns.claimed[campaign]),
        cheaper=counted(price * _DEARER <= campaigns.promised[campaign]),
        mixed=np.bincount(campaign[deals.mixed[deal]], minlength=total) > 0,
    )


def _usual(campaigns: _Campaigns, deals: _Deals, before: _Before, judged: Bools) -> Floats:
    """Return the steady price from which a promoted one was raised; not-a-number: it was not."""
    saving = campaigns.claimed >= campaigns.promised * _LEAST_EXCESS
    sudden = _raised_from(campaigns, deals, before, judged & saving, _SUDDEN)
    untrue = saving & (before.under >= _LEAST_DAYS_BELOW)
    creeping = _raised_from(campaigns, deals, before, judged & untrue, _CREEPING)
    return np.where(np.isnan(sudden), creeping, sudden)


def _raised_from(
    campaigns: _Campaigns, deals: _Deals, before: _Before, asked: Bools, raise_: _Raise
) -> Floats:
    """Return the median deal price before a raise, where it was steady and most deals are dearer.

    Promotions that promise less than it are no pretended discount: not-a-number.
    """
    usual = np.full(len(campaigns.row), np.nan)
    places_ = np.flatnonzero(asked)
    for start in range(0, len(places_), _AT_ONCE):
        chosen = places_[start : start + _AT_ONCE]
        part, sku = campaigns.at(chosen), before.sku[chosen]
        campaign, price = _of_variant(part, deals, sku, _USUAL_DAYS, raise_.days + 1)
        order = np.lexsort((price, campaign))
        campaign, price = campaign[order], price[order]
        some, first, count = np.unique(campaign, return_index=True, return_counts=True)
        median, highest = price[first + count // 2], price[first + count - 1]
        steady = (count >= _LEAST_USUAL_DAYS) & (highest <= median * _LEAST_EXCESS)
        found = np.full(len(chosen), np.nan)
        found[some[steady]] = median[steady]
        campaign, price = _of_variant(part, deals, sku, part.lookback, 1)
        dearer = price >= found[campaign] * raise_.least
        raised = np.bincount(campaign[dearer], minlength=len(chosen))
        most = (raised * 2 > before.days[chosen]) & (raised >= _LEAST_DAYS_BELOW)
        usual[chosen] = np.where(most & (part.promised >= found), found, np.nan)
    return usual


def _of_variant(
    campaigns: _Campaigns, deals: _Deals, sku: Ints, most: Ints | int, least: int
) -> tuple[Ints, Floats]:
    """Return campaigns and prices of the deals of one variant of each before it."""
    campaign, deal = _deals_within(campaigns, deals, most, least)
    same = deals.sku[deal] == sku[campaign]
    return campaign[same], deals.price[deal[same]]


def _invented(campaigns: _Campaigns, before: _Before) -> Bools:
    too_high = campaigns.claimed >= before.lowest * _LEAST_EXCESS
    often = before.below * _DAYS_A_DAY_BELOW > before.days
    return too_high & often & (before.below >= _LEAST_DAYS_BELOW)


def _dearer(campaigns: _Campaigns, before: _Before) -> Bools:
    most = (before.cheaper * 2 > before.days) & (before.cheaper >= _LEAST_DAYS_BELOW)
    # Without a claim, so much more is likelier to be the price of a larger variant.
    as_much = campaigns.promised < before.lowest * _ANOTHER_VARIANT
    claims = campaigns.claimed > campaigns.promised
    return most & (claims | (np.isnan(campaigns.claimed) & as_much))


def _strikes(campaigns: _Campaigns, before: _Before, usual: Floats) -> Bools:
    invented, dearer = _invented(campaigns, before), _dearer(campaigns, before)
    return invented | dearer | ~np.isnan(usual)


def _suspicion(
    promotions: pa.Table,
    campaigns: _Campaigns,
    deals: _Deals,
    before: _Before,
    usual: Floats,
    place: int,
) -> Suspicion | None:
    """Return what is said of one promotion; None: its terms explain the price."""
    row = int(campaigns.row[place])
    terms = promotions.column("terms")[row].as_py()
    if terms and any(word in terms for word in _OTHER_UNITS):
        return None
    explained = terms is not None and any(word in terms for word in _EXPLAINED)
    invented = bool(_invented(campaigns, before)[place]) and not explained
    dearer = bool(_dearer(campaigns, before)[place])
    raised = not np.isnan(usual[place])
    if not (invented or dearer or raised):
        return None
    lookback, lowest = int(campaigns.lookback[place]), round(float(before.lowest[place]), 2)
    # A figure that stands in a record is told as it stands there.
    claimed, promised = (
        float(promotions.column(name)[row].as_py() or "nan")
        for name in ("claimed_original_price", "promised_price")
    )
    figures, said = [Figure(f"促销前{lookback}日内最低成交价", lowest, "元")], []
    if invented:
        figures.append(Figure("所称原价", claimed, "元", lowest, "claimed_original_price"))
        said.append(f"所称原价 {claimed:g} 元，其中 {before.below[place]} 日成交价低一成以上")
    if dearer:
        figures.append(Figure("促销价", promised, "元", lowest, "promised_price"))
        said.append(
            f"促销价 {promised:g} 元，{before.days[place]} 个有成交的日子里"
            f"有 {before.cheaper[place]} 日比促销价便宜"
        )
    if raised:
        figures.append(Figure("提价前的通常成交价", round(float(usual[place]), 2), "元"))
        said.append(
            f"活动前{_CREEPING.days}日内由 {usual[place]:g} 元提价，所称原价 {claimed:g} 元，"
            f"促销价 {promised:g} 元不低于提价前"
        )
    start, end = (promotions.column(name)[row].as_py() for name in ("starts_at", "ends_at"))
    item = promotions.column("item_id")[row].as_py()
    one = campaigns.at(np.array([place]))
    far = _USUAL_DAYS if raised else lookback
    _, near = _deals_within(one, deals, far, 1)
    near = near[deals.sku[near] == before.sku[place]]
    near = near[np.lexsort((deals.day[near], deals.price[near]))]
    return Suspicion(
        subject_kind="listing",
        subject_id=item,
        rests_on={"promotion": [row], "price_history": deals.row[near].tolist()},
        figures=figures,
        explanation=(
            f"促销前{lookback}日内最低成交价为 {lowest:g} 元，{'；'.join(said)}，"
            f"涉嫌{'先提价后打折、' if raised else ''}虚构原价或者虚假折价，"
            "请调取促销前的成交和调价记录，核实是否标明被比较价格的含义。"
        ),
        # Terms that are not known may hold the explanation.
        score=(0.6 if terms is None else 0.75) - (0 if invented or dearer else 0.1),
        conduct_from=start,
        conduct_until=end,
        platform=promotions.column("platform")[row].as_py(),
        shop_id=promotions.column("shop_id")[row].as_py(),
        quotes=[Quote("terms", 0, terms)] if terms else [],
    )
