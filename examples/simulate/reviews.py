"""Who praises or slanders for pay, and the honest crowds that look like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.random import Generator

from . import texts
from .draw import (
    DAY,
    END,
    HOUR,
    START,
    between,
    by_weight,
    chance,
    ids_of,
    moment,
    pick,
    some,
    span,
)
from .market import Item, Market, Person, Row, Shop
from .texts import Script
from .trade import crew, items_of, join, judge, live, live_on, middling_shops, place, send_back

_PRAISE_TEMPTS = (
    "reputation.self_brushing",
    "reputation.organised_brushing",
    "reputation.reverse_brushing",
    "reputation.fabricated_reviews",
)
_SLANDER_TEMPTS = ("reputation.paid_negative_review", "reputation.extortion_by_review")


@dataclass(frozen=True)
class Campaign:
    """What hired people do.

    Attributes:
        density: Share of all pairs of member and item that are reviewed.
        first: When it begins.
        last: When it ends.
        script: What they write.
        stars: The ratings they choose from.
        haste: Days until the goods are received and reviewed, always alike; None: as usual.
    """

    density: float
    first: int
    last: int
    script: Script
    stars: Sequence[int]
    haste: float | None = None


def run(
    market: Market,
    rng: Generator,
    members: Sequence[Person],
    items: Sequence[Item],
    campaign: Campaign,
) -> list[Row]:
    """Let members buy and review items; return the orders and reviews."""
    rows = []
    for member in members:
        for item in items:
            if not chance(rng, campaign.density):
                continue
            at = max(moment(rng, campaign.first, campaign.last), member.created_at + HOUR)
            order = place(market, rng, member, item, at, status="received", wait=campaign.haste)
            rating = pick(rng, campaign.stars)
            text = campaign.script.line(rng, item.shop.category, rating)
            haste = None if campaign.haste is None else between(rng, 0, 0.05)
            rows += [
                order,
                judge(market, rng, member, order, item, rating=rating, text=text, wait=haste),
            ]
    return rows


def acted(members: Sequence[Person], rows: Sequence[Row]) -> list[str]:
    """Return the ids of the members of whom there is a row."""
    users = {row["user_id"] for row in rows}
    return [member.id for member in members if member.id in users]


def reviews_gang(market: Market, rng: Generator, level: int) -> None:
    """One shop's goods are praised by people it hired: in days, weeks or a drip of two months."""
    count = (5, 10, 30)[level]
    shop = market.take(rng, middling_shops(market, 3, count), 1)[0]
    items = some(rng, items_of(market, shop), count)
    first, last = span(rng, (4, 18, between(rng, 35, 60))[level])
    rows: list[Row] = []
    everybody: list[str] = []
    bands = (1, 2, 4)[level]
    for _ in range(bands):
        members = crew(
            market,
            rng,
            (40, 60, 130)[level] // bands,
            first,
            fresh=(0.9, 0.5, 0.15)[level],
            shared=(0.9, 0.6, 0.35)[level],
            devices=(5, 6, 5)[level],
            honest_orders=(0, 1, 3)[level],
        )
        script = Script(rng, level, good=True)
        density = (0.55, 0.14, between(rng, 0.02, 0.026))[level]
        stars = ((5,), (5, 5, 5, 4), (5, 5, 4))[level]
        haste = (1.0, None, None)[level]
        campaign = Campaign(density, first, last, script, stars, haste)
        done = run(market, rng, members, items, campaign)
        rows += done
        everybody += acted(members, done)
    market.plant(
        "reputation.self_brushing",
        "shop",
        [shop.id],
        accounts=everybody,
        shops=[shop.id],
        items=ids_of(items),
        rows=rows,
        also=["reputation.organised_brushing", "reputation.fabricated_reviews"],
    )


def brushing_ring(market: Market, rng: Generator, level: int) -> None:
    """Many shops buy praise from the same people."""
    shops = market.take(rng, middling_shops(market, 12, 3), (4, 8, 12)[level])
    begin, _ = span(rng, 60)
    members = crew(
        market,
        rng,
        (50, 70, 90)[level],
        begin,
        fresh=(0.8, 0.4, 0.1)[level],
        shared=(0.8, 0.5, 0.3)[level],
        devices=(6, 10, 14)[level],
        honest_orders=(0, 1, 3)[level],
    )
    rows: list[Row] = []
    items: list[Item] = []
    for shop in shops:
        goods = some(rng, items_of(market, shop), 2)
        hired = some(rng, members, round(len(members) * (0.8, 0.45, 0.25)[level]))
        first = begin + int(rng.integers(0, 45)) * DAY
        last = first + (3, 7, 15)[level] * DAY
        script = Script(rng, level, good=True)
        stars = (5,) if level == 0 else (5, 5, 4)
        rows += run(market, rng, hired, goods, Campaign(0.6, first, last, script, stars))
        items += goods
    accounts = acted(members, rows)
    market.plant(
        "reputation.organised_brushing",
        "group",
        accounts,
        accounts=accounts,
        shops=ids_of(shops),
        items=ids_of(items),
        rows=rows,
        also=["reputation.self_brushing", "reputation.fabricated_reviews"],
    )


def paid_negative(market: Market, rng: Generator, level: int) -> None:
    """A shop hires its own praisers to slander a rival of the same category."""
    shops = middling_shops(market, 8, 4)
    victim = market.take(rng, shops, 1)[0]
    rivals = [shop for shop in shops if shop.category == victim.category and shop.id != victim.id]
    sponsor = pick(rng, rivals or [shop for shop in shops if shop.id != victim.id])
    first, last = span(rng, (2, 8, 25)[level])
    members = crew(
        market,
        rng,
        (30, 26, 22)[level],
        first,
        fresh=(0.8, 0.4, 0.1)[level],
        shared=(0.7, 0.4, 0.25)[level],
        devices=(4, 4, 4)[level],
        honest_orders=(0, 2, 4)[level],
    )
    targets = some(rng, items_of(market, victim), 4)
    script = Script(rng, level, good=False)
    stars = ((1,), (1, 1, 2), (1, 2, 2))[level]
    slander = Campaign((0.8, 0.5, 0.35)[level], first, last, script, stars)
    rows = run(market, rng, members, targets, slander)
    own = some(rng, items_of(market, sponsor), 3)
    praise = Campaign(
        (0.6, 0.4, 0.25)[level],
        max(first - 20 * DAY, START),
        last,
        Script(rng, level, good=True),
        (5,),
    )
    run(market, rng, members, own, praise)
    accounts = acted(members, rows)
    market.plant(
        "reputation.paid_negative_review",
        "group",
        accounts,
        accounts=accounts,
        shops=[victim.id],
        items=ids_of(targets),
        rows=rows,
        sponsor=sponsor.id,
    )


def reverse_brushing(market: Market, rng: Generator, level: int) -> None:
    """Somebody praises a rival until the platform punishes it."""
    victim = market.take(rng, middling_shops(market, 6, 4), 1)[0]
    first, last = span(rng, (3, 7, 14)[level])
    members = crew(
        market,
        rng,
        (60, 50, 40)[level],
        first,
        fresh=(1.0, 0.8, 0.6)[level],
        shared=(0.7, 0.4, 0.2)[level],
        devices=6,
        honest_orders=(0, 1, 1)[level],
    )
    items = some(rng, items_of(market, victim), 3)
    script = Script(rng, level, good=True)
    rows = run(market, rng, members, items, Campaign(0.7, first, last, script, (5,)))
    punished = last + int(rng.integers(1, 6)) * DAY
    act(market, rng, victim, punished, "warned")
    accounts = acted(members, rows)
    market.plant(
        "reputation.reverse_brushing",
        "group",
        accounts,
        accounts=accounts,
        shops=[victim.id],
        items=ids_of(items),
        rows=rows,
        also=["reputation.self_brushing", "reputation.organised_brushing"],
    )


def act(market: Market, rng: Generator, shop: Shop, at: float, action: str) -> Row:
    """Let the platform act on a shop soon after a notice."""
    return market.add(
        "platform_action",
        {
            "platform": shop.platform,
            "subject_kind": "shop",
            "subject_id": shop.id,
            "notice_id": market.new_id(),
            "notified_at": at,
            "action": action,
            "acted_at": at + between(rng, 1, 12) * HOUR,
        },
    )


def review_extortion(market: Market, rng: Generator, level: int) -> None:
    """Professional slanderers review badly and are paid to take it back."""
    members = crew(market, rng, 4, START + 20 * DAY, fresh=(0.8, 0.3, 0.0)[level])
    rows: list[Row] = []
    for member in members:
        shops = some(rng, market.shops, (20, 16, 12)[level])
        first, last = START + 15 * DAY, START + (50, 80, 112)[level] * DAY
        for shop in shops:
            goods = items_of(market, shop)
            if not goods:
                continue
            item = min(some(rng, goods, 5), key=lambda good: good.price)
            at = moment(rng, first, last)
            bad = chance(rng, (1, 0.9, 0.82)[level])
            order = place(market, rng, member, item, at, status="received")
            rows.append(order)
            if not bad:
                judge(market, rng, member, order, item)
                continue
            rows.append(judge(market, rng, member, order, item, rating=1))
            rows += _blackmail(market, rng, order, rows[-1]["created_at"], level)
    shops_hit = {row["shop_id"] for row in rows if "shop_id" in row}
    market.plant(
        "reputation.extortion_by_review",
        "account",
        ids_of(members),
        accounts=ids_of(members),
        shops=shops_hit,
        rows=rows,
        also=["reputation.extortion"],
    )


def _blackmail(market: Market, rng: Generator, order: Row, at: float, level: int) -> list[Row]:
    rows = []
    if chance(rng, (0.95, 0.75, 0.6)[level]):
        paid = at + between(rng, 2, (24, 48, 70)[level]) * HOUR
        rows.append(
            send_back(market, rng, order, requested_at=paid, refund_only=True, returned_serial=None)
        )
        order.update(status="refunded", status_at=paid + HOUR)
    if chance(rng, (0.6, 0.3, 0.1)[level]):
        sum_asked = int(rng.integers(1, 10)) * 50
        text = pick(
            rng,
            (
                f"转我{sum_asked}就删掉差评，不然天天来",
                f"{sum_asked}元，收到马上改好评",
                f"差评影响你一个月，给{sum_asked}，我删评",
            ),
        )
        rows.append(talk(market, order["user_id"], order["shop_id"], at + HOUR, text))
    return rows


def talk(market: Market, sender: str, receiver: str, at: float, text: str) -> Row:
    """Keep a message that a party handed in."""
    row = {
        "record_id": market.new_id(),
        "platform": "示范商城",
        "from_account": sender,
        "to_account": receiver,
        "sent_at": at,
        "text": text,
    }
    return market.add("message", row)


def chatter(market: Market) -> None:
    """Add the messages that parties to ordinary complaints handed in."""
    rng = market.rng("chatter")
    said = (
        "什么时候发货？",
        "尺码偏大，想换一件",
        "少了一个配件，能补吗",
        "退款还没到账",
        "发票麻烦开一下",
    )
    answers = ("亲，今天安排发出", "可以换的，请寄回", "给您补发，抱歉", "财务在处理，请稍候")
    for _ in range(market.size(150)):
        person, shop, at = (
            pick(rng, market.people),
            pick(rng, market.shops),
            moment(rng, START, END),
        )
        talk(market, person.id, shop.id, at, pick(rng, said))
        talk(market, shop.id, person.id, at + between(rng, 60, HOUR), pick(rng, answers))


def _crowd(market: Market, rng: Generator, number: int) -> list[Person]:
    return [market.people[index] for index in by_weight(rng, market.activity, number).tolist()]


def flash_sale(market: Market, rng: Generator, level: int) -> None:
    """A deep and honest discount draws a crowd in two hours; not all of them are content."""
    item = market.take(rng, market.items, 1)[0]
    day, _ = span(rng, 1)
    rows = []
    for person in _crowd(market, rng, (120, 200, 300)[level]):
        at = day + 20 * HOUR + between(rng, 0, 2) ** 2 / 2 * HOUR
        low = round(item.price * 0.6, 1)
        order = place(market, rng, person, item, max(at, person.created_at + 60), price=low)
        rows.append(order)
        if order["status"] == "received" and chance(rng, person.talk):
            rows.append(judge(market, rng, person, order, item))
    _honest_crowd(market, rows, item.shop)


def livestream_surge(market: Market, rng: Generator, level: int) -> None:
    """A live show sells a few goods of one shop in an evening, to new accounts as well."""
    shop = market.take(rng, middling_shops(market, 6, 4), 1)[0]
    goods = some(rng, items_of(market, shop), 4)
    day, _ = span(rng, 1)
    crowd = _crowd(market, rng, (100, 160, 240)[level])
    crowd += [join(market, rng, day - 2 * DAY, day) for _ in range(40)]
    rows = []
    for person in crowd:
        for item in some(rng, goods, 1 + int(rng.integers(3))):
            at = day + 20 * HOUR + between(rng, 0, 3) * HOUR
            rows.append(live(market, rng, person, item, at))
    _honest_crowd(market, rows, shop)


def fan_club(market: Market, rng: Generator, level: int) -> None:
    """Fans buy all that one shop brings out, praise it warmly, and live elsewhere too."""
    shop = market.take(rng, middling_shops(market, 6, 6), 1)[0]
    goods = some(rng, items_of(market, shop), 8)
    rows = []
    for fan in _crowd(market, rng, (25, 40, 60)[level]):
        for item in goods:
            if not chance(rng, 0.4):
                continue
            at = max(moment(rng, START, END - 8 * DAY), fan.created_at + HOUR)
            order = place(market, rng, fan, item, at, status="received")
            rating = 5 if chance(rng, 0.85) else 4
            rows += [order, judge(market, rng, fan, order, item, rating=rating)]
        live_on(market, rng, fan, 3)
    _honest_crowd(market, rows, shop)


def class_order(market: Market, rng: Generator, level: int) -> None:
    """A class orders the same book in one day from the school's addresses."""
    books = [item for item in market.items if item.shop.category == "图书"] or market.items
    book = pick(rng, books)
    day, _ = span(rng, 1)
    ips = some(rng, market.ips, 2)
    rows = []
    for _ in range((30, 45, 60)[level]):
        student = join(market, rng, START - 400 * DAY, day)
        at = day + int(rng.integers(12, 22)) * HOUR + int(rng.integers(HOUR))
        order = place(market, rng, student, book, at, status="received", ip_prefix=pick(rng, ips))
        rows.append(order)
        if chance(rng, 0.3):
            rows.append(judge(market, rng, student, order, book))
        live_on(market, rng, student, int(rng.poisson(2)))
    _honest_crowd(market, rows, book.shop)


def family_device(market: Market, rng: Generator, level: int) -> None:
    """Families share a tablet and buy what each of them likes."""
    accounts = []
    for _ in range((4, 8, 12)[level]):
        device, ip = market.new_id(), pick(rng, market.ips)
        for _ in range(int(rng.integers(3, 6))):
            at_home = join(market, rng, START - 900 * DAY, START)
            accounts.append(at_home.id)
            for index in by_weight(rng, market.popularity, 8).tolist():
                order = live(
                    market, rng, at_home, market.items[index], moment(rng, START, END - DAY)
                )
                order.update(device_id=device, ip_prefix=ip)
    market.honest(_PRAISE_TEMPTS, accounts=accounts)


def office_ip(market: Market, rng: Generator, level: int) -> None:
    """Colleagues order at work, behind one address, some of them the same snacks."""
    snacks = some(rng, [it for it in market.items if it.shop.category == "零食"] or market.items, 6)
    ip = pick(rng, market.ips)
    people = _crowd(market, rng, (40, 60, 90)[level])
    rows = []
    for person in people:
        for _ in range(3):
            item = pick(rng, snacks if chance(rng, 0.5) else market.items)
            order = live(market, rng, person, item, moment(rng, START, END - DAY))
            order["ip_prefix"] = ip
            rows.append(order)
    market.honest(_PRAISE_TEMPTS, accounts=ids_of(people), rows=rows)


def defect_wave(market: Market, rng: Generator, level: int) -> None:
    """A bad batch: whoever bought in those weeks is angry, in his own words."""
    item = market.take(rng, market.items, 1)[0]
    first, _ = span(rng, 25)
    blame = texts.CATEGORIES[item.shop.category][3]
    fault = pick(rng, blame)
    rows = []
    for person in _crowd(market, rng, (40, 60, 90)[level]):
        at = max(moment(rng, first, first + 14 * DAY), person.created_at + HOUR)
        order = place(market, rng, person, item, at, status="received")
        bad = chance(rng, 0.75)
        before, after = ("", "才两天就", "打开就", "又是"), ("", "，要求退货", "！", "，气人")
        text = pick(rng, before) + fault + pick(rng, after)
        review = judge(
            market,
            rng,
            person,
            order,
            item,
            rating=pick(rng, (1, 1, 2)) if bad else None,
            text=text if bad and chance(rng, 0.8) else None,
        )
        rows += [order, review]
        if bad and chance(rng, 0.3):
            rows.append(send_back(market, rng, order, reason="质量问题"))
            order["status"] = "refunded"
    _honest_crowd(market, rows, item.shop, (*_SLANDER_TEMPTS, "reputation.malicious_return"))


def _honest_crowd(
    market: Market, rows: Sequence[Row], shop: Shop, tempts: Sequence[str] = _PRAISE_TEMPTS
) -> None:
    market.honest(
        tempts,
        accounts={row["user_id"] for row in rows},
        shops=[shop.id],
        items={row["item_id"] for row in rows if "item_id" in row},
        rows=rows,
    )
