"""Prices that deceive or differ by person, tours below cost, and lawful prices that look so."""

# ruff: noqa: PLR2004 - a simulation is made of numbers
from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from . import codes
from .draw import DAY, DAYS, END, HOUR, START, between, chance, moment, money, pick, some
from .market import LIVE, MALL, Item, Market, Row
from .trade import promote

_AUDITED, _HISTORIES, _TOURS = 40, 140, 120
_PERSONAS = ("new", "old", "member")
_DISCOUNT_TEMPTS = ("consumer.false_discount",)
_Charge = Callable[[Generator, str, int], tuple[float, list[Row] | None]]


def audits(market: Market) -> None:
    """Add the price audits of ordinary items: prices drift and jitter, for all alike."""
    rng = market.rng("audits")
    done = {row["item_id"] for row in market.rows["price_observation"]}
    for item in some(rng, market.items, market.size(_AUDITED)):
        if item.id not in done:
            audit(market, rng, item)


def audit(
    market: Market,
    rng: Generator,
    item: Item,
    charge: _Charge | None = None,
    *,
    front: float = 1.0,
    never: str = "",
) -> list[Row]:
    """Ask an item's price from twin accounts of each persona, in some fifteen runs.

    All twins ask for the page's first option; one of them has a look at the others in each run. In
    one run the page itself is captured.

    Args:
        market: The market.
        rng: The generator.
        item: The item.
        charge: The factor on the price, and the discounts, by persona and run; None: none.
        front: What the page shows in front, as a share of its first option's price.
        never: The option that is never in stock.
    """
    rows, level = [], 1.0
    page = next(row for row in market.rows["listing"] if row["item_id"] == item.id)
    first, runs = page["options"][0], []
    twins = [(persona, market.new_id()) for persona in _PERSONAS for _ in range(2)]
    start = moment(rng, START, END - 30 * DAY)
    for run in range(int(rng.integers(14, 20))):
        level *= 1 + float(rng.normal(0, 0.006))
        at, run_id = start + run * DAY * 1.4 + int(rng.integers(0, 5 * HOUR)), market.new_id()
        asked = _promised(market, item, at) * level
        runs.append((at, asked))
        for position in rng.permutation(len(twins)).tolist():
            persona, account = twins[position]
            factor, discounts = charge(rng, persona, run) if charge else (1.0, None)
            jitter = 1 + float(rng.normal(0, 0.002)) * chance(rng, 0.5)
            price = asked * jitter * factor
            off = sum(discount["amount"] for discount in discounts or ())
            rows.append(
                market.add(
                    "price_observation",
                    {
                        "record_id": market.new_id(),
                        "platform": item.shop.platform,
                        "item_id": item.id,
                        "sku": first["name"],
                        "account_id": account,
                        "persona": persona,
                        "run_id": run_id,
                        "observed_at": at + position * 5 + int(rng.integers(5)),
                        "location": item.shop.region,
                        "list_price": money(item.price * 1.1),
                        "payable_price": money(price - off),
                        "discounts": discounts or [],
                        "stock": int(rng.integers(5, 200)),
                    },
                )
            )
    rows += _other_options(market, item, page, rows, never)
    _capture(market, item, page, runs, front)
    return rows


def _other_options(
    market: Market, item: Item, page: Row, asked: list[Row], never: str
) -> list[Row]:
    """Let the first account of each run look at the other options; some sell out for some days."""
    rng, rows = market.rng(f"options of {item.id}"), []
    looks = {row["run_id"]: row for row in reversed(asked)}
    first = page["options"][0]["price"]
    for option in page["options"][1:]:
        since = pick(rng, asked)["observed_at"] if chance(rng, 0.5) else END
        until = since + between(rng, 2, 9) * DAY
        for look in looks.values():
            gone = option["name"] == never or since <= look["observed_at"] < until
            price = (look["payable_price"] + _off(look)) * option["price"] / first - _off(look)
            stock = 0 if gone else int(rng.integers(5, 200))
            told = {"sku": option["name"], "payable_price": money(price), "stock": stock}
            seen = {"record_id": market.new_id(), "observed_at": look["observed_at"] + 40}
            rows.append(market.add("price_observation", {**look, **told, **seen}))
    return rows


def _promised(market: Market, item: Item, at: float) -> float:
    """Return what an item costs at a moment, which is less while it is promoted."""
    day = (at - START) // DAY
    promos = (promo for promo in market.promos if promo.item.id == item.id)
    return next((promo.price for promo in promos if promo.first <= day < promo.last), item.price)


def _off(look: Row) -> float:
    return float(sum(discount["amount"] for discount in look["discounts"]))


def _capture(
    market: Market, item: Item, page: Row, runs: list[tuple[float, float]], front: float
) -> None:
    """Capture the page in one of the runs, at the price of that run."""
    at, asked = pick(market.rng(f"page of {item.id}"), runs)
    first = page["options"][0]["price"]
    for option in page["options"]:
        option["price"] = money(option["price"] / first * asked)
    page["captured_at"] = int(at) + 70
    page["price"] = money(asked * front)


def price_discrimination(market: Market, rng: Generator, level: int) -> None:
    """Old customers pay 5, 3 or 2 % more; in the hard case not from the first run on."""
    items = market.take(rng, market.items, 6)
    uplift, begins = (0.05, 0.03, 0.02)[level], (0, 0, 3)[level]
    rows: list[Row] = []

    def dearer(_rng: Generator, persona: str, run: int) -> tuple[float, list[Row] | None]:
        return (1 + uplift if persona == "old" and run >= begins else 1.0), None

    for item in items:
        rows += audit(market, rng, item, dearer)
    market.plant(
        "consumer.price_discrimination",
        "item",
        [item.id for item in items],
        shops=[item.shop.id for item in items],
        items=[item.id for item in items],
        rows=rows,
        effect=uplift,
        persona="old",
    )


def newcomer_discount(market: Market, rng: Generator, level: int) -> None:
    """New customers get a discount that the page tells."""
    share = (0.04, 0.08, 0.12)[level]
    _lawful_audit(
        market, rng, lambda item, _rng, persona: share * item.price if persona == "new" else 0
    )


def random_coupons(market: Market, rng: Generator, level: int) -> None:
    """Anybody may draw a coupon; who gets one is chance."""
    share = (0.03, 0.05, 0.1)[level]
    _lawful_audit(
        market, rng, lambda item, own, _persona: item.price * share * float(own.integers(0, 4)) / 3
    )


def _lawful_audit(
    market: Market, rng: Generator, cut: Callable[[Item, Generator, str], float]
) -> None:
    rows: list[Row] = []
    items = market.take(rng, market.items, 5)
    for item in items:

        def charge(
            own: Generator, persona: str, _run: int, item: Item = item
        ) -> tuple[float, list[Row] | None]:
            amount = money(cut(item, own, persona))
            known = {"name": "优惠券", "amount": amount, "disclosed": True}
            return 1.0, [known] if amount > 0.01 else []

        rows += audit(market, rng, item, charge)
    market.honest(
        ["consumer.price_discrimination"],
        subject_kind="item",
        subject_ids=[item.id for item in items],
        items=[item.id for item in items],
        rows=rows,
    )


def histories(market: Market) -> None:
    """Add what ordinary items sold at day by day, those with promotions first."""
    rng = market.rng("histories")
    done = {row["item_id"] for row in market.rows["price_history"]}
    promoted = [promo.item for promo in market.promos if promo.item.index >= 0]
    for item in (*promoted, *some(rng, market.items, market.size(_HISTORIES))):
        if item.id not in done:
            done.add(item.id)
            tell_history(market, rng, item)


def tell_history(market: Market, rng: Generator, item: Item) -> None:
    """Keep an item's days as the market's prices have them."""
    pace = between(rng, 0.5, 8)
    for day in range(DAYS):
        units = int(rng.poisson(pace))
        if units:
            market.add(
                "price_history",
                {
                    "platform": item.shop.platform,
                    "item_id": item.id,
                    "sku": "1",
                    "date": START + day * DAY,
                    "list_price": money(item.price * 1.1),
                    "deal_price": money(market.prices[item.index, day]),
                    "units": units,
                },
            )


def _unpromoted(market: Market, rng: Generator, number: int) -> list[Item]:
    taken = {promo.item.id for promo in market.promos}
    return market.take(rng, [item for item in market.items if item.id not in taken], number)


def _discounted(market: Market, rng: Generator, items: list[Item], rows: list[Row]) -> None:
    for item in items:
        tell_history(market, rng, item)
    market.plant(
        "consumer.false_discount",
        "item",
        [item.id for item in items],
        shops=[item.shop.id for item in items],
        items=[item.id for item in items],
        rows=rows,
    )


def raised_then_cut(market: Market, rng: Generator, level: int) -> None:
    """A price is raised some weeks before it is cut to what it was."""
    items, rows = _unpromoted(market, rng, 6), []
    for item in items:
        first = int(rng.integers(45, DAYS - 12))
        last = first + int(rng.integers(3, 7))
        usual = float(np.median(market.prices[item.index, first - 40 : first - 30]))
        raised = round(usual * (1.5, 1.3, 1.15)[level], 1)
        rise = first - (6, 12, 24)[level]
        steps = np.linspace(usual * 1.03, raised, first - rise) if level == 2 else raised
        market.prices[item.index, rise:first] = np.round(steps, 1)
        price = round(usual * between(rng, 1.0, (1.1, 1.06, 1.03)[level]), 1)
        market.prices[item.index, first:last] = price
        market.prices[item.index, last:] = round(usual, 1)
        rows.append(promote(market, rng, item, (first, last), price, raised))
    _discounted(market, rng, items, rows)


def invented_original(market: Market, rng: Generator, level: int) -> None:
    """A promotion is compared with a price at which nobody bought in the seven days before."""
    items, rows = _unpromoted(market, rng, 6), []
    for item in items:
        first = int(rng.integers(15, DAYS - 12))
        last = first + int(rng.integers(3, 7))
        lowest = float(market.prices[item.index, first - 7 : first].min())
        price = round(lowest * 0.9, 1)
        claimed = round(lowest * (2.2, 1.4, 1.12)[level], 1)
        market.prices[item.index, first:last] = price
        rows.append(promote(market, rng, item, (first, last), price, claimed))
    _discounted(market, rng, items, rows)


def clearance_sale(market: Market, rng: Generator, level: int) -> None:
    """Stock is sold off ever cheaper; each claim is the true lowest price of the week before."""
    items, rows = _unpromoted(market, rng, (4, 6, 8)[level]), []
    for item in items:
        first = int(rng.integers(40, DAYS - 40))
        for step in range(3):
            day = first + step * 9
            lowest = float(market.prices[item.index, day - 7 : day].min())
            price = max(round(lowest * 0.7, 1), 0.1)
            market.prices[item.index, day:] = price
            rows.append(promote(market, rng, item, (day, day + 9), price, lowest))
        tell_history(market, rng, item)
    market.honest(
        _DISCOUNT_TEMPTS,
        subject_kind="item",
        subject_ids=[item.id for item in items],
        items=[item.id for item in items],
        rows=rows,
    )


def bait_price(market: Market, rng: Generator, level: int) -> None:
    """A list shows a price at which nothing can be bought: no such option, or never any stock."""
    items, rows = _unpromoted(market, rng, 6), []
    pages = {row["item_id"]: row for row in market.rows["listing"]}
    lure, front = ("", "定金", "单件（补货中）")[level], (0.1, 0.4, 0.75)[level]
    for item in items:
        page = pages[item.id]
        steps = [("标准装", 1.0), ("家庭装", 1.4), (lure, front)][: 3 if lure else 2]
        page["options"] = [
            {"name": name, "price": money(item.price * step)} for name, step in steps
        ]
        never = lure if level == 2 else ""
        rows += [page, *audit(market, rng, item, front=front, never=never)]
    market.plant(
        "consumer.bait_price",
        "listing",
        [row["record_id"] for row in rows if "title" in row],
        shops=[item.shop.id for item in items],
        items=[item.id for item in items],
        rows=rows,
    )


def tours(market: Market) -> None:
    """Add ordinary tours, priced a little above what they cost."""
    rng = market.rng("tours")
    for _ in range(market.size(_TOURS)):
        offer(
            market, rng, between(rng, 1.05, 1.5), int(rng.integers(0, 2)) if chance(rng, 0.3) else 0
        )


def offer(market: Market, rng: Generator, margin: float, stops: int, said: str = "") -> Row:
    """Offer a tour at a multiple of its cost, with so many stops at shops."""
    days = int(rng.integers(2, 8))
    way, fare = pick(rng, (("飞机", 900), ("高铁", 500), ("大巴", 150)))
    grade, night = pick(rng, (("经济型", 120), ("三星", 200), ("四星", 320)))
    cost = fare + (days - 1) * night + days * 100
    towns = some(rng, ("庐山", "婺源", "三清山", "景德镇", "桂林", "张家界", "厦门"), 2)
    text = f"第1天抵达{towns[0]}，第{days}天返程。含{way}、{grade}住宿、景点首道门票。{said}"
    return market.add(
        "tour",
        {
            "record_id": market.new_id(),
            "platform": pick(rng, (MALL, LIVE)),
            "shop_id": pick(rng, market.shops).id,
            "title": f"{'、'.join(towns)}{days}日游",
            "price": money(round(cost * margin)),
            "days": days,
            "nights": days - 1,
            "departs_from": pick(rng, list(codes.REGIONS.values())),
            "destinations": towns,
            "transport": way,
            "hotel_grade": grade,
            "shopping_stops": stops,
            "itinerary_text": text,
            "departs_at": moment(rng, START, END),
            "agency_licence_no": f"L-JX{codes.digits(rng, 5)}",
        },
    )


def low_price_tour(market: Market, rng: Generator, level: int) -> None:
    """Tours cost far less than they can, and live on shops; the hard ones don't count the stops."""
    rows = []
    for _ in range(6):
        low, high = ((0.03, 0.15), (0.25, 0.45), (0.5, 0.62))[level]
        said = ("全程5个购物店。", "途经特产中心、玉石馆。", "赠送土特产展馆参观体验。")[level]
        rows.append(offer(market, rng, between(rng, low, high), (5, 3, 0)[level], said))
    market.plant(
        "consumer.low_price_tour",
        "tour",
        [row["record_id"] for row in rows],
        shops=[row["shop_id"] for row in rows],
        rows=rows,
        also=["consumer.tour_forced_shopping"],
    )


def off_season_tour(market: Market, rng: Generator, level: int) -> None:
    """Tours are cheap out of season: near their cost, without shops."""
    low = (0.95, 0.85, 0.78)[level]
    rows = [
        offer(market, rng, between(rng, low, low + 0.1), 0, "淡季特惠，无购物，无自费。")
        for _ in range(6)
    ]
    market.honest(
        ["consumer.low_price_tour"],
        subject_kind="tour",
        subject_ids=[row["record_id"] for row in rows],
        rows=rows,
    )
