"""Sellers who don't keep their word on an order, and those whom events excuse."""

# ruff: noqa: PLR2004 - a simulation is made of numbers
from __future__ import annotations

from numpy.random import Generator

from .draw import DAY, END, HOUR, START, between, by_weight, chance, moment, pick, some, span
from .market import MALL, Item, Market, Person, Row
from .trade import bill, items_of, middling_shops, place, promote

_CANCELLATION = ("consumer.order_cancellation",)


def _buyer(market: Market, rng: Generator) -> Person:
    return market.people[int(by_weight(rng, market.activity, 1)[0])]


def order_cancellation(market: Market, rng: Generator, level: int) -> None:
    """A shop promises a low price, takes the money and cancels; then it sells dearer."""
    shop = market.take(rng, middling_shops(market, 6, 4), 1)[0]
    first, last = span(rng, 3)
    rows = []
    for item in some(rng, items_of(market, shop), (1, 2, 3)[level]):
        day = (first - START) // DAY
        promised = round(item.price * (0.5, 0.65, 0.8)[level], 1)
        rows.append(promote(market, rng, item, (day, day + 3), promised, item.price))
        for at in _times(rng, 60, first, last):
            who = _buyer(market, rng)
            if not chance(rng, (0.9, 0.6, 0.35)[level]):
                place(market, rng, who, item, at, price=promised)
                continue
            reason = pick(
                rng, (("缺货",), ("缺货", "价格标错"), ("与买家协商一致", "物流不到"))[level]
            )
            wait = between(rng, 0.1, 1.5)
            seller = "seller" if level < 2 or chance(rng, 0.8) else "buyer"
            facts: Row = {"cancelled_by": seller, "cancel_reason": reason, "price": promised}
            rows.append(place(market, rng, who, item, at, status="cancelled", wait=wait, **facts))
        for at in _times(rng, 25, last, last + 8 * DAY):
            dearer = item.price * (1.3, 1.15, 1.05)[level]
            place(market, rng, _buyer(market, rng), item, at, price=dearer)
    market.plant(
        _CANCELLATION[0],
        "shop",
        [shop.id],
        shops=[shop.id],
        items={row["item_id"] for row in rows},
        rows=rows,
    )


def _times(rng: Generator, number: int, first: float, last: float) -> list[int]:
    return [moment(rng, first, last) for _ in range(number)]


def flood_cancellations(market: Market, rng: Generator, level: int) -> None:
    """A flood closes the roads of a region: its shops cancel for a week and say why."""
    region = pick(rng, market.shops).region
    shops = [shop for shop in market.shops if shop.region == region and items_of(market, shop)]
    first, last = span(rng, 6)
    event: Row = {
        "event_id": market.new_id(),
        "kind": "disaster",
        "name": "暴雨洪涝",
        "keywords": ["暴雨", "洪水", "内涝"],
        "region": region,
        "starts_at": first - DAY,
        "ends_at": last + DAY,
    }
    market.add("event", event)
    rows = []
    for shop in shops:
        goods = items_of(market, shop)
        for at in _times(rng, (6, 10, 16)[level], first, last):
            reason = pick(rng, ("暴雨道路中断，无法发货", "洪水停运", "受灾，仓库被淹"))
            facts: Row = {"cancelled_by": "seller", "cancel_reason": reason}
            item = pick(rng, goods)
            wait = between(rng, 0.2, 2)
            row = place(
                market, rng, _buyer(market, rng), item, at, status="cancelled", wait=wait, **facts
            )
            rows.append(row)
    market.honest(_CANCELLATION, shops=[shop.id for shop in shops], rows=rows)


def parcels(market: Market) -> None:
    """Add when the parcels of the market were picked up, as carriers tell it."""
    rng = market.rng("parcels")
    told = {row["order_id"] for row in market.rows["delivery"]}
    for order in market.rows["order"]:
        if order["tracking_no"] and order["platform"] == MALL and order["record_id"] not in told:
            carry(market, rng, order)


def carry(market: Market, rng: Generator, order: Row, **facts: object) -> Row:
    """Carry a parcel from its shop to its buyer."""
    paid = order["paid_at"] or order["created_at"]
    picked = paid + min(rng.exponential(0.7) + 0.1, 2.6) * DAY
    arrived = order["status"] in {"received", "refunded"}
    row: Row = {
        "record_id": market.new_id(),
        "platform": order["platform"],
        "order_id": order["record_id"],
        "shop_id": order["shop_id"],
        "picked_up_at": picked,
        "delivered_at": max(order["status_at"] - between(rng, 1, 20) * HOUR, picked + 5 * HOUR)
        if arrived
        else None,
        "promised_at": paid + 3 * DAY,
    }
    return market.add("delivery", {**row, **facts})


def false_shipment(market: Market, rng: Generator, level: int) -> None:
    """A shop reports parcels that nobody picked up: tracking numbers shared, or of old parcels."""
    shop = market.take(rng, middling_shops(market, 6, 3), 1)[0]
    goods = items_of(market, shop)
    used: list[str] = []
    rows = []
    for at in _times(rng, 60, START + 5 * DAY, START + (25, 60, 105)[level] * DAY):
        item, who = pick(rng, goods), _buyer(market, rng)
        false = chance(rng, (0.9, 0.6, 0.35)[level])
        status = pick(rng, ("shipped", "shipped", "received")) if false else "received"
        when, wait = max(at, who.created_at + HOUR), 1.0 if false else None
        order = place(market, rng, who, item, when, status=status, wait=wait)
        if not false:
            continue
        if used and chance(rng, (0.9, 0.6, 0.4)[level]):
            order["tracking_no"] = pick(rng, used[-(2, 4, 8)[level] :])
        else:
            used.append(order["tracking_no"])
        rows.append(order)
        carry(market, rng, order, picked_up_at=None, delivered_at=None)
    market.plant("consumer.false_shipment", "shop", [shop.id], shops=[shop.id], rows=rows)


def pooled_shipments(market: Market, rng: Generator, level: int) -> None:
    """Orders of one buyer, and of neighbours who buy together, travel in one parcel."""
    shop = market.take(rng, middling_shops(market, 6, 3), 1)[0]
    goods = items_of(market, shop)
    rows = []
    for _ in range((15, 25, 40)[level]):
        who = _buyer(market, rng)
        at = max(moment(rng, START, END - 12 * DAY), who.created_at + HOUR)
        number = "YT" + market.digits(13)
        picked, arrived = at + between(rng, 0.3, 1.5) * DAY, at + between(rng, 2, 4) * DAY
        for _ in range(int(rng.integers(2, 5))):
            later = at + int(rng.integers(0, HOUR))
            order = place(market, rng, who, pick(rng, goods), later, status="received", wait=4.2)
            order["tracking_no"] = number
            carry(market, rng, order, picked_up_at=picked, delivered_at=arrived)
            rows.append(order)
    market.honest(["consumer.false_shipment"], shops=[shop.id], rows=rows)


def invoice_refusal(market: Market, rng: Generator, level: int) -> None:
    """A shop refuses invoices, asks a surcharge for them or never gets round to them."""
    shop = market.take(rng, middling_shops(market, 6, 3), 1)[0]
    goods = items_of(market, shop)
    rows = []
    for at in _times(rng, 40, START, END - 35 * DAY):
        refused = chance(rng, (0.9, 0.6, 0.4)[level])
        order = _billed_order(market, rng, pick(rng, goods), at)
        if not refused:
            bill(market, rng, order, goods[0])
            continue
        order["invoice_issued"] = False
        rows.append(order)
        told = pick(
            rng, (("refused",), ("refused", "surcharge_asked"), ("surcharge_asked", ""))[level]
        )
        if told:
            rows.append(bill(market, rng, order, goods[0], issued_at=None, status=told))
    market.plant("consumer.invoice_refusal", "shop", [shop.id], shops=[shop.id], rows=rows)


def _billed_order(market: Market, rng: Generator, item: Item, at: float) -> Row:
    who = _buyer(market, rng)
    at = max(at, who.created_at + HOUR)
    order = place(market, rng, who, item, at, status="received", invoice_requested=False)
    order["invoice_requested"] = True
    return order


def late_invoices(market: Market, rng: Generator, level: int) -> None:
    """A shop bills once a month: its invoices come late, but they come."""
    shop = market.take(rng, middling_shops(market, 6, 3), 1)[0]
    goods = items_of(market, shop)
    rows = []
    for at in _times(rng, (20, 30, 45)[level], START, END - 45 * DAY):
        order = _billed_order(market, rng, pick(rng, goods), at)
        issued = order["status_at"] + between(rng, 12, 30) * DAY
        rows += [order, bill(market, rng, order, goods[0], issued_at=issued, status="issued")]
    market.honest(["consumer.invoice_refusal"], shops=[shop.id], rows=rows)
