"""The honest market: shops, items and people, and what they order, review, return and invoice.

Everything that is bought, honestly or not, goes through `place` and `judge`: planted records differ
from the others only in what is planted.
"""

# ruff: noqa: PLR2004 - a simulation is made of numbers
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from . import codes, texts
from .draw import (
    DAY,
    DAYS,
    END,
    HOUR,
    START,
    between,
    by_weight,
    chance,
    moment,
    moments,
    money,
    pick,
    some,
)
from .market import MALL, Item, Market, Person, Promo, Row, Shop

_ORDERS, _PEOPLE, _SHOPS, _ITEMS, _PROMOS = 24_000, 3_000, 60, 600, 30
_SMALL = 0.25  # of shops: run by natural persons
_MOST_SMALL = 40_000  # yuan that such a shop turns over at most
_DEVICE_LAG = 0.85  # how often one acts from the first of one's devices
_PARCEL_GRAMS = 12
_COMMON = ("不想要了", "尺寸不合适", "质量问题", "与描述不符", "少件", "拍错了", "发货慢")
_REASONS = (*_COMMON, *_COMMON, "拒收", "七天无理由")
_CANCELS = {
    "buyer": ("不想要了", "拍错了", "地址填错", "发现更便宜的"),
    "seller": ("缺货", "与买家协商一致", "物流不到"),
    "platform": ("超时未付款", "风险订单"),
}
_SLOW_SHOPS = 0.2


def open_market(market: Market) -> None:
    """Make the shops, their items and prices, promotions and people."""
    rng = market.rng("world")
    market.ips = [_ip(rng) for _ in range(market.size(500))]
    for _ in range(market.size(_PEOPLE)):
        market.people.append(join(market, rng, START - 1500 * DAY, START + int(DAY * DAYS * 0.8)))
    market.activity = np.clip(rng.pareto(1.4, len(market.people)) + 0.15, 0, 25)
    _open_shops(market, rng)
    _set_prices(market, rng)
    _register(market, rng)


def trade(market: Market) -> None:
    """Let people buy what they like when they like it."""
    rng = market.rng("trade")
    count = market.size(_ORDERS)
    buyers = by_weight(rng, market.activity, count)
    items = _chosen(market, rng, buyers)
    days = 1 + 0.15 * rng.random(DAYS)
    days[[40, 41, 74, 89, 90, 91, 110]] *= 1.5
    times = moments(rng, count, START, END, days)
    for buyer, item, at in zip(buyers.tolist(), items, times, strict=True):
        live(market, rng, market.people[buyer], market.items[item], at)
    for promo in market.promos:
        first, last = START + promo.first * DAY, START + promo.last * DAY
        number = int(rng.integers(8, 40))
        for at in moments(rng, number, first, last):
            buyer = int(by_weight(rng, market.activity, 1)[0])
            live(market, rng, market.people[buyer], promo.item, at)


def live(market: Market, rng: Generator, person: Person, item: Item, at: float) -> Row:
    """Let a person buy something, and perhaps review it, as honest people do; return the order."""
    order = place(market, rng, person, item, max(at, person.created_at + HOUR))
    if order["status"] == "received" and chance(rng, person.talk):
        review = judge(market, rng, person, order, item)
        if review["rating"] <= 2 and chance(rng, 0.2):
            asked = review["created_at"] + between(rng, 1, 72) * HOUR
            send_back(market, rng, order, requested_at=asked)
            order.update(status="refunded", status_at=asked + HOUR)
    return order


def live_on(market: Market, rng: Generator, person: Person, number: int) -> None:
    """Let a person go about some honest shopping."""
    for index in by_weight(rng, market.popularity, number).tolist():
        first = max(START, person.created_at)
        at = moment(rng, first, max(END, first + DAY))
        live(market, rng, person, market.items[index], min(at, END - HOUR))


def join(market: Market, rng: Generator, first: float, last: float) -> Person:
    """Let somebody register between two moments; the account's record is kept."""
    at = moment(rng, first, last)
    if market.people and chance(rng, 0.04):
        devices, ip = pick(rng, market.people).devices[:1], pick(rng, market.people).ip
    else:
        devices = tuple(market.new_id() for _ in range(1 + int(chance(rng, 0.25))))
        ip = market.ips[int(len(market.ips) * rng.random() ** 2)]
    person = Person(
        id=market.new_id(),
        devices=devices,
        ip=ip,
        region=pick(rng, list(codes.REGIONS)),
        created_at=at,
        bias=float(rng.normal(0, 0.35)),
        talk=float(rng.beta(3, 2)),
    )
    market.add(
        "account",
        {
            "platform": MALL,
            "account_id": person.id,
            "name": texts.nickname(rng),
            "bio": pick(rng, ("", "随便逛逛", "爱生活", "不懂就问", "好物分享")),
            "kind": "user",
            "created_at": at,
            "verified": chance(rng, 0.6),
            "followers": int(rng.pareto(1.2) * 5),
            "following": int(rng.pareto(1.1) * 15),
            "device_ids": list(person.devices),
            "region": person.region,
        },
    )
    return person


def place(
    market: Market,
    rng: Generator,
    person: Person,
    item: Item,
    at: float,
    *,
    status: str | None = None,
    price: float | None = None,
    wait: float | None = None,
    **facts: object,
) -> Row:
    """Place an order and let it take its course.

    Args:
        market: The market.
        rng: The generator.
        person: Who buys.
        item: What.
        at: When.
        status: How it ends; None: as chance and the shop will have it.
        price: What is paid; None: the day's price, less a coupon now and then.
        wait: Days until it ends so; None: as usual.
        facts: Further fields, instead of those drawn.
    """
    luck = rng.random(12).tolist()
    shop = item.shop
    status = status or _end(shop, at, luck)
    today = price_on(market, item, at)
    paid = price if price is not None else today - (round(3 * luck[3], 2) if luck[2] < 0.25 else 0)
    paid_at = None if status == "created" else at + 20 + 600 * luck[4] ** 4
    days = wait if wait is not None else (2 + 5 * luck[5] if status == "received" else 3 * luck[5])
    sent = status in {"shipped", "received", "refunded"}
    quantity = 1 + int(luck[6] > 0.85) + int(luck[6] > 0.97)
    wants = luck[7] < 0.07
    order: Row = {
        "record_id": market.new_id(),
        "platform": shop.platform,
        "shop_id": shop.id,
        "item_id": item.id,
        "user_id": person.id,
        "created_at": at,
        "paid_at": paid_at,
        "paid_price": None if paid_at is None else money(paid * quantity),
        "list_price": money(item.price * 1.1),
        "quantity": quantity,
        "promotion_id": _promotion(market, item, at),
        "status": status,
        "status_at": (paid_at or at) + days * DAY + HOUR * luck[8],
        "tracking_no": "YT" + market.digits(13) if sent else None,
        "ships_from": shop.region if sent else None,
        "invoice_requested": wants,
        "invoice_issued": wants and sent,
        "device_id": person.devices[0 if luck[9] < _DEVICE_LAG else -1],
        "ip_prefix": person.ip if luck[10] < _DEVICE_LAG else pick(rng, market.ips),
        **facts,
    }
    if status == "cancelled":
        who = "seller" if luck[0] < shop.cancels / 3 else "buyer" if luck[1] < 0.85 else "platform"
        order.setdefault("cancelled_by", who)
        order.setdefault("cancel_reason", pick(rng, _CANCELS[order["cancelled_by"]]))
    elif status == "refunded":
        send_back(market, rng, order)
    if order["invoice_requested"] and sent:
        bill(market, rng, order, item)
    return market.add("order", order)


def judge(
    market: Market,
    rng: Generator,
    person: Person,
    order: Row,
    item: Item,
    *,
    rating: int | None = None,
    text: str | None = None,
    wait: float | None = None,
) -> Row:
    """Review an order; the rating, the text and the days that pass are drawn where not given."""
    if rating is None:
        felt = item.quality + person.bias + float(rng.normal(0, 0.8))
        rating = 1 if chance(rng, 0.02) else int(min(max(round(felt), 1), 5))
    days = float(rng.exponential(2)) if wait is None else wait
    return market.add(
        "review",
        {
            "record_id": market.new_id(),
            "platform": item.shop.platform,
            "shop_id": item.shop.id,
            "item_id": item.id,
            "user_id": person.id,
            "rating": rating,
            "text": texts.review(rng, item.shop.category, rating) if text is None else text,
            "created_at": order["status_at"] + days * DAY + int(rng.integers(60, HOUR)),
            "order_id": order["record_id"],
            "device_id": order["device_id"],
            "ip_prefix": order["ip_prefix"],
        },
    )


def send_back(market: Market, rng: Generator, order: Row, **facts: object) -> Row:
    """Return an order, or have its price back without."""
    only = bool(facts.get("refund_only", chance(rng, 0.2)))
    serial = market.digits(12)
    grams = round(between(rng, 10, 100) ** 1.5 * _PARCEL_GRAMS / 10)
    slip = chance(rng, 0.01)
    row: Row = {
        "record_id": market.new_id(),
        "platform": order["platform"],
        "order_id": order["record_id"],
        "user_id": order["user_id"],
        "shop_id": order["shop_id"],
        "requested_at": order["status_at"] - between(rng, 0.1, 1.5) * DAY,
        "reason": pick(rng, _REASONS),
        "refund_only": only,
        "shipped_serial": serial,
        "returned_serial": None if only else market.digits(12) if slip else serial,
        "shipped_weight_g": grams,
        "returned_weight_g": None if only else round(grams * between(rng, 0.94, 1.02)),
        "inspection_note": None if only else "验货无异常",
    }
    row["requested_at"] = max(row["requested_at"], order["created_at"] + HOUR)
    return market.add("return", {**row, **facts})


def bill(market: Market, rng: Generator, order: Row, item: Item, **facts: object) -> Row:
    """Issue an invoice, late in slow shops; once in a while it is refused."""
    refused = chance(rng, 0.01)
    row: Row = {
        "record_id": market.new_id(),
        "platform": order["platform"],
        "order_id": order["record_id"],
        "shop_id": order["shop_id"],
        "issued_at": None
        if refused
        else order["status_at"] + rng.exponential(item.shop.slowness) * DAY,
        "buyer_kind": pick(rng, ("个人", "企业")),
        "item_name": item.noun,
        "amount": order["paid_price"],
        "status": "refused" if refused else "issued",
    }
    row.update(facts)
    order["invoice_issued"] = row["status"] == "issued"
    return market.add("invoice", row)


def price_on(market: Market, item: Item, at: float) -> float:
    """Return what an item costs on the day of a moment."""
    if item.index < 0:
        return item.price
    day = min(max(int((at - START) // DAY), 0), DAYS - 1)
    return float(market.prices[item.index, day])


def items_of(market: Market, shop: Shop) -> list[Item]:
    """Return a shop's items."""
    return [item for item in (*market.items, *market.dishes) if item.shop.id == shop.id]


def middling_shops(market: Market, number: int, least_items: int = 1) -> list[Shop]:
    """Return the shops from which subjects are drawn: neither the largest nor the empty ones."""
    held = {shop.id: 0 for shop in market.shops}
    for item in market.items:
        held[item.shop.id] += 1
    fit = [shop for shop in market.shops if held[shop.id] >= least_items]
    if not fit:
        fit = sorted(market.shops, key=lambda shop: -held[shop.id])[:3]
    return sorted(fit, key=lambda shop: held[shop.id])[: max(number, len(fit) * 3 // 4)]


def crew(
    market: Market,
    rng: Generator,
    size: int,
    at: float,
    *,
    fresh: float = 0.0,
    shared: float = 0.0,
    devices: int = 1,
    honest_orders: int = 0,
) -> list[Person]:
    """Gather people who act together.

    Args:
        market: The market.
        rng: The generator.
        size: How many.
        at: When they set out.
        fresh: Share that registers shortly before; the others live in the market already.
        shared: Share that acts from a few common devices and places.
        devices: How many of these there are.
        honest_orders: Honest orders of each, besides those of a life that is lived already.
    """
    common = [(market.new_id(), pick(rng, market.ips)) for _ in range(devices)]
    aged = [person for person in market.people if person.created_at < START]
    known = market.take(rng, aged, size)
    members = []
    for person in known:
        member = person
        if chance(rng, fresh):
            member = join(market, rng, at - 12 * DAY, at - DAY)
        if honest_orders:
            live_on(market, rng, member, int(rng.poisson(honest_orders)))
        if chance(rng, shared):
            device, ip = pick(rng, common)
            member = replace(member, devices=(device,), ip=ip)
        members.append(member)
    return members


def _end(shop: Shop, at: float, luck: Sequence[float]) -> str:
    if luck[0] < shop.cancels:
        return "cancelled"
    if luck[1] < 0.04:
        return "created"
    if luck[11] < shop.refunds:
        return "refunded"
    if at > END - 5 * DAY:
        return "shipped" if at < END - DAY else "paid"
    return "received"


def _promotion(market: Market, item: Item, at: float) -> str | None:
    day = (at - START) // DAY
    for promo in market.promos:
        if promo.item.id == item.id and promo.first <= day < promo.last:
            return promo.id
    return None


def _ip(rng: Generator) -> str:
    return ".".join(str(part) for part in rng.integers(11, 220, 3).tolist())


def _open_shops(market: Market, rng: Generator) -> None:
    shops, categories = market.size(_SHOPS), list(texts.CATEGORIES)
    for _ in range(max(shops, 10)):
        shop = Shop(
            id=market.new_id(),
            name=texts.firm_word(rng) + pick(rng, ("旗舰店", "专营店", "小店", "优选", "生活馆")),
            platform=MALL,
            category=pick(rng, categories),
            region=pick(rng, list(codes.REGIONS)),
            cancels=float(rng.beta(2, 50)),
            refunds=float(rng.beta(2, 22)),
            slowness=float(rng.gamma(4, 1))
            if chance(rng, _SLOW_SHOPS)
            else float(rng.gamma(2, 0.5)),
        )
        market.shops.append(shop)
    weights = np.maximum(rng.pareto(1.3, len(market.shops)), 0.25)
    count = max(market.size(_ITEMS), 60)
    owners = list(range(len(market.shops))) * 3
    owners += by_weight(rng, weights, count - len(owners)).tolist()
    for index, owner in enumerate(owners):
        shop = market.shops[owner]
        nouns, middle = texts.CATEGORIES[shop.category][:2]
        noun = pick(rng, nouns)
        size = pick(rng, ("标准款", "升级款", "两件装", "家庭装", "经典款", "简约款"))
        market.items.append(
            Item(
                id=market.new_id(),
                shop=shop,
                title=f"{noun} {size} {pick(rng, texts.FIRM_WORDS)}系列",
                noun=noun,
                price=money(round(middle * float(rng.lognormal(0, 0.5)), 1)),
                quality=float(rng.normal(4.5, 0.4)),
                index=index,
            )
        )
    market.popularity = np.minimum(rng.pareto(1.2, count) + 0.1, 30)


def _set_prices(market: Market, rng: Generator) -> None:
    count = len(market.items)
    base = np.array([item.price for item in market.items])
    weeks = -(-DAYS // 7)
    cuts = rng.choice([0, 0, 0, 0.02, 0.03, 0.05], (count, weeks))
    drift = np.cumprod(1 + rng.choice([0, 0, 0, 0.01, -0.01], (count, weeks)), axis=1)
    weekly = base[:, None] * drift * (1 - cuts)
    market.prices = np.round(np.repeat(weekly, 7, axis=1)[:, :DAYS], 1)
    for item in some(rng, market.items, market.size(_PROMOS)):
        first = int(rng.integers(10, DAYS - 10))
        last = first + int(rng.integers(2, 8))
        lowest = float(market.prices[item.index, first - 7 : first].min())
        price = money(round(lowest * between(rng, 0.7, 0.92), 1))
        promote(market, rng, item, (first, last), price, lowest)
        market.prices[item.index, first:last] = price


def promote(
    market: Market, rng: Generator, item: Item, days: tuple[int, int], price: float, claimed: float
) -> Row:
    """Announce a promotion on some days of the market."""
    promo = Promo(market.new_id(), item, *days, price)
    market.promos.append(promo)
    terms = pick(
        rng, ("活动期间限购2件。", "数量有限，售完为止。", "不与其他优惠同享。", "直降，无需领券。")
    )
    return market.add(
        "promotion",
        {
            "promotion_id": promo.id,
            "platform": item.shop.platform,
            "shop_id": item.shop.id,
            "item_id": item.id,
            "starts_at": START + days[0] * DAY,
            "ends_at": START + days[1] * DAY,
            "promised_price": money(price),
            "claimed_original_price": money(claimed),
            "terms": terms,
        },
    )


def _register(market: Market, rng: Generator) -> None:
    weights = market.popularity / market.popularity.sum() * market.size(_ORDERS)
    turnover = dict.fromkeys((shop.id for shop in market.shops), 0.0)
    for item, orders in zip(market.items, weights.tolist(), strict=True):
        turnover[item.shop.id] += orders * item.price * 1.5
        list_item(market, rng, item)
    small = sorted(market.shops, key=lambda shop: turnover[shop.id])
    private = {
        shop.id for shop in small[: int(len(small) * _SMALL)] if turnover[shop.id] < _MOST_SMALL
    }
    for shop in market.shops:
        enrol(market, rng, shop, private=shop.id in private)


def list_item(market: Market, rng: Generator, item: Item, **facts: object) -> Row:
    """Show an item on its page."""
    now = price_on(market, item, END - HOUR)
    row: Row = {
        "record_id": market.new_id(),
        "platform": item.shop.platform,
        "shop_id": item.shop.id,
        "shop_name": item.shop.name,
        "item_id": item.id,
        "url": f"https://item.example.com/{item.id}",
        "captured_at": END - int(rng.integers(HOUR, DAY)),
        "title": item.title,
        "category": item.shop.category,
        "price": money(now),
        "list_price": money(item.price * 1.1),
        "attributes": {"品类": item.noun, "产地": pick(rng, ("江西", "浙江", "广东", "福建"))},
        "sales_count": int(rng.pareto(1.2) * 60),
        "region": item.shop.region,
        "ships_from": item.shop.region,
    }
    steps = (1.0, 1.15, 1.4)[: int(rng.integers(2, 4)) if chance(rng, 0.4) else 1]
    row["options"] = [
        {"name": name, "price": money(now * step)}
        for name, step in zip(("单件", "两种口味", "礼盒"), steps, strict=False)
    ]
    return market.add("listing", {**row, **facts})


def enrol(
    market: Market, rng: Generator, shop: Shop, *, private: bool = False, **facts: object
) -> Row:
    """Enrol who stands behind a shop: a firm, or a natural person who needs no registration."""
    town = codes.REGIONS[shop.region][3:]
    person = texts.person_name(rng)
    firm = f"{town}{texts.firm_word(rng)}{pick(rng, ('商贸', '电子商务', '贸易'))}有限公司"
    place_of = codes.address(rng, shop.region)
    opened = START - int(rng.integers(60, 1500)) * DAY
    row: Row = {
        "platform": shop.platform,
        "shop_id": shop.id,
        "name": person if private else texts.noisy(rng, firm, 0.1),
        "uscc": None if private else codes.uscc(rng, shop.region),
        "kind": "natural_person" if private else "enterprise",
        "registered_address": None if private else place_of,
        "business_address": texts.noisy(rng, place_of, 0.2),
        "contact_hash": market.new_id(),
        "opened_at": opened,
        "verified_at": max(opened, END - 180 * DAY) + int(rng.integers(1, 50)) * DAY,
    }
    return market.add("operator", {**row, **facts})


def _chosen(market: Market, rng: Generator, buyers: np.typing.NDArray[np.int64]) -> list[int]:
    """Choose an item for each buyer: a category to his taste, an item by its popularity."""
    categories = list(texts.CATEGORIES)
    tastes = np.cumsum(rng.dirichlet(np.full(len(categories), 0.35), len(market.people)), axis=1)
    wanted = (rng.random(len(buyers))[:, None] > tastes[buyers]).sum(axis=1)
    chosen = np.zeros(len(buyers), dtype=np.int64)
    held = np.array([categories.index(item.shop.category) for item in market.items])
    for index in range(len(categories) + 1):
        rows, goods = np.flatnonzero(wanted == index), np.flatnonzero(held == index)
        if not len(goods):
            goods = np.arange(len(market.items))
        chosen[rows] = goods[by_weight(rng, market.popularity[goods], len(rows))]
    found: list[int] = chosen.tolist()
    return found
