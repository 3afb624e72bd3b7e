"""Buyers who harm: false complaints, swapped returns, refunds for nothing, orders never paid."""

# ruff: noqa: PLR2004 - a simulation is made of numbers
from __future__ import annotations

import hashlib
from collections.abc import Sequence

from numpy.random import Generator

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
from .trade import crew, items_of, live_on, middling_shops, place, send_back

_GRIEVANCES = (
    "收到的{noun}有破损，商家拒绝退换",
    "{noun}用了几天就坏了，要求退款",
    "{noun}与描述不符，客服不处理",
    "下单{noun}后迟迟不发货",
    "{noun}少发一件，商家不补",
    "{noun}质量太差，希望退货退款",
    "退货后商家未按时退{noun}的款",
)
_OPENINGS = ("", "您好，", "本人", "我在网上", "消费者反映：", "上周")
_CLOSINGS = ("", "。", "，请尽快处理。", "，望协调。", "！", "，谢谢。")
_CLAIMS = (
    "该店商品页面使用绝对化用语，违反广告法，要求依法赔偿并查处",
    "商品标签不符合国家标准，欺诈消费者，要求退一赔三不足五百按五百",
    "销售的产品执行标准已作废，请求退货并赔偿一千元",
)
_CLAIM_PARTS = (
    "涉嫌虚假宣传",
    "标签瑕疵",
    "误导消费者",
    "执行标准有误",
    "要求赔偿",
    "请依法查处",
    "逾期将复议",
)
_COMPLAINT_TEMPTS = ("reputation.malicious_reporting", "reputation.impersonated_complaint")
_OUTCOMES = ("upheld", "mediated", "mediated", "rejected", "withdrawn", "pending")
_RETURN_TEMPTS = ("reputation.malicious_return", "reputation.swap_fraud")


def complain(
    market: Market, rng: Generator, who: str, shop: Shop, noun: str, at: float, **facts: object
) -> Row:
    """Complain as honest people do; `facts` replace what is drawn."""
    outcome = pick(rng, _OUTCOMES)
    text = pick(rng, _OPENINGS) + pick(rng, _GRIEVANCES).format(noun=noun) + pick(rng, _CLOSINGS)
    row: Row = {
        "record_id": market.new_id(),
        "channel": pick(rng, ("12315", "12315", "platform", "letter")),
        "kind": pick(rng, ("complaint", "complaint", "complaint", "tip_off", "mixed")),
        "complainant_id": who,
        "contact_hash": None,
        "shop_id": shop.id,
        "shop_name": shop.name,
        "platform": shop.platform,
        "created_at": at,
        "text": text,
        "for_daily_life": True,
        "demand_amount": float(round(between(rng, 10, 400))),
        "outcome": outcome,
        **facts,
    }
    if row["outcome"] != "pending" and "outcome_at" not in row:
        row["outcome_at"] = at + between(rng, 2, 40) * DAY
    return market.add("complaint", row)


def complaints(market: Market) -> None:
    """Add the ordinary complaints: most people complain once."""
    rng = market.rng("complaints")
    activity = market.activity**0.5
    for buyer in by_weight(rng, activity, market.size(1000)).tolist():
        person, item = (
            market.people[buyer],
            market.items[int(by_weight(rng, market.popularity, 1)[0])],
        )
        at = max(moment(rng, START, END), person.created_at + DAY)
        facts = {**_contact(person), "order_id": market.new_id() if chance(rng, 0.5) else None}
        complain(market, rng, person.id, item.shop, item.noun, at, **facts)


def _contact(person: Person) -> Row:
    return {
        "contact_hash": hash_of(person.id, "contact"),
        "address_hash": hash_of(person.ip + person.region, "address"),
    }


def hash_of(text: str, use: str) -> str:
    """Return what stands for a contact or an address."""
    return hashlib.blake2b(f"{use}:{text}".encode(), digest_size=8).hexdigest()


def malicious_reporting(market: Market, rng: Generator, level: int) -> None:
    """Some people live on reports: many shops, template texts, withdrawn once they are paid."""
    members = crew(market, rng, (5, 7, 9)[level], START, fresh=0.3)
    contacts = [market.new_id() for _ in range((2, 4, 9)[level])]
    addresses = [market.new_id() for _ in range((2, 3, 4)[level])]
    rows = []
    for index, member in enumerate(members):
        for _ in range(int(rng.integers((28, 14, 9)[level], (42, 22, 14)[level]))):
            shop = pick(rng, market.shops)
            at = moment(rng, START + 5 * DAY, START + (45, 90, 115)[level] * DAY)
            paid = chance(rng, (0.8, 0.65, 0.5)[level])
            rows.append(
                complain(
                    market,
                    rng,
                    member.id,
                    shop,
                    "商品",
                    max(at, member.created_at + HOUR),
                    kind=pick(rng, ("tip_off", "mixed", "complaint")),
                    contact_hash=contacts[index % len(contacts)],
                    address_hash=pick(rng, addresses),
                    text=_claim(rng, level),
                    for_daily_life=(False, None, True)[level],
                    demand_amount=float(pick(rng, (500, 1000, 1000, 800))),
                    outcome="withdrawn" if paid else pick(rng, ("rejected", "pending", "mediated")),
                    outcome_at=at + between(rng, 1, (5, 9, 20)[level]) * DAY,
                )
            )
    market.plant(
        "reputation.malicious_reporting",
        "complainant",
        ids_of(members),
        accounts=ids_of(members),
        shops={row["shop_id"] for row in rows},
        rows=rows,
        also=["reputation.impersonated_complaint"],
    )


def _claim(rng: Generator, level: int) -> str:
    if level == 0:
        return _CLAIMS[0] + pick(rng, ("", "。", "！"))
    if level == 1:
        return pick(rng, _CLAIMS) + pick(rng, _CLOSINGS)
    parts = rng.permutation(_CLAIM_PARTS)[: int(rng.integers(3, 5))]
    return pick(rng, _OPENINGS) + "，".join(map(str, parts)) + pick(rng, _CLOSINGS)


def swap_returns(market: Market, rng: Generator, level: int) -> None:
    """Some send back another thing than they got."""
    members = crew(market, rng, (4, 5, 6)[level], START, fresh=0.2)
    rows = []
    for member in members:
        live_on(market, rng, member, (1, 4, 8)[level])
        for _ in range((8, 7, 5)[level]):
            item = pick(rng, sorted(market.items, key=lambda good: -good.price)[:200])
            at = max(moment(rng, START, END - 12 * DAY), member.created_at + HOUR)
            order = place(market, rng, member, item, at, status="received")
            order["status"] = "refunded"
            note = ("与发出商品不符", "外观有差异", "验货无异常")[level]
            back = send_back(market, rng, order, refund_only=False, inspection_note=note)
            lighter = (between(rng, 0.2, 0.6), between(rng, 0.6, 0.8), between(rng, 0.85, 0.97))
            back["returned_weight_g"] = round(back["shipped_weight_g"] * lighter[level])
            if chance(rng, (1, 0.9, 0.75)[level]):
                back["returned_serial"] = market.digits(12)
            rows += [order, back]
    market.plant(
        "reputation.swap_fraud",
        "account",
        ids_of(members),
        accounts=ids_of(members),
        shops={row["shop_id"] for row in rows},
        rows=rows,
        also=["reputation.malicious_return"],
    )


def refund_only_abuse(market: Market, rng: Generator, level: int) -> None:
    """Some have the price back and keep the goods, in shop after shop."""
    members = crew(market, rng, (6, 6, 8)[level], START, fresh=(0.5, 0.2, 0)[level])
    rows = []
    for member in members:
        live_on(market, rng, member, (1, 5, 10)[level])
        for _ in range((26, 22, 20)[level]):
            item = pick(rng, market.items)
            at = max(moment(rng, START, END - 12 * DAY), member.created_at + HOUR)
            if not chance(rng, (0.97, 0.9, 0.8)[level]):
                rows.append(place(market, rng, member, item, at, status="received"))
                continue
            order = place(market, rng, member, item, at, status="received")
            order["status"] = "refunded"
            back = send_back(
                market,
                rng,
                order,
                refund_only=chance(rng, (1, 0.95, 0.85)[level]),
                reason=pick(rng, ("质量问题", "少件", "与描述不符")),
            )
            rows += [order, back]
    market.plant(
        "reputation.malicious_return",
        "account",
        ids_of(members),
        accounts=ids_of(members),
        rows=rows,
    )


def malicious_returns(market: Market, rng: Generator, level: int) -> None:
    """A gang buys from one shop and sends nearly all of it back, or refuses it."""
    shop = market.take(rng, middling_shops(market, 6, 4), 1)[0]
    first, last = span(rng, (4, 12, 30)[level])
    members = crew(
        market,
        rng,
        (15, 18, 22)[level],
        first,
        fresh=(0.9, 0.5, 0.2)[level],
        shared=(0.8, 0.5, 0.3)[level],
        devices=4,
        honest_orders=(0, 2, 4)[level],
    )
    rows = []
    for member in members:
        for item in some(rng, items_of(market, shop), (4, 3, 3)[level]):
            at = max(moment(rng, first, last), member.created_at + HOUR)
            order = place(market, rng, member, item, at, status="received")
            rows.append(order)
            if chance(rng, (0.98, 0.9, 0.84)[level]):
                order["status"] = "refunded"
                rows.append(send_back(market, rng, order, reason=pick(rng, ("拒收", "不想要了"))))
    market.plant(
        "reputation.malicious_return",
        "group",
        ids_of(members),
        accounts=ids_of(members),
        shops=[shop.id],
        rows=rows,
    )


def malicious_orders(market: Market, rng: Generator, level: int) -> None:
    """A gang orders a shop's stock and never pays."""
    shop = market.take(rng, middling_shops(market, 6, 3), 1)[0]
    items = some(rng, items_of(market, shop), (1, 2, 3)[level])
    first, last = span(rng, (1, 3, 9)[level])
    members = crew(
        market,
        rng,
        (15, 20, 25)[level],
        first,
        fresh=(0.9, 0.5, 0.2)[level],
        shared=(0.8, 0.5, 0.3)[level],
        devices=4,
        honest_orders=(0, 1, 3)[level],
    )
    rows = []
    for member in members:
        for _ in range((8, 6, 5)[level]):
            at = max(moment(rng, first, last), member.created_at + HOUR)
            paid = not chance(rng, 0.98)
            status = "paid" if paid else pick(rng, ("created", "created", "cancelled"))
            facts: Row = {"quantity": int(rng.integers(2, 12))} if level < 2 else {}
            if status == "cancelled":
                facts |= {"cancelled_by": "platform", "cancel_reason": "超时未付款"}
                facts |= {"paid_at": None, "paid_price": None}
            order = place(market, rng, member, pick(rng, items), at, status=status, **facts)
            rows.append(order)
    market.plant(
        "reputation.malicious_order",
        "group",
        ids_of(members),
        accounts=ids_of(members),
        shops=[shop.id],
        items=ids_of(items),
        rows=rows,
    )


def justified_complaints(market: Market, rng: Generator, level: int) -> None:
    """One consumer has several good reasons to complain, each with an order and an outcome."""
    people = market.take(rng, market.people, (1, 2, 4)[level])
    rows = []
    for person in people:
        for item in some(rng, market.items, int(rng.integers(5, 9))):
            at = max(moment(rng, START, END - 20 * DAY), person.created_at + HOUR)
            order = place(market, rng, person, item, at, status="received")
            facts = {
                **_contact(person),
                "order_id": order["record_id"],
                "outcome": pick(rng, ("upheld", "upheld", "mediated")),
                "demand_amount": order["paid_price"],
            }
            late = order["status_at"] + 2 * DAY
            rows.append(complain(market, rng, person.id, item.shop, item.noun, late, **facts))
    market.honest(_COMPLAINT_TEMPTS, accounts=ids_of(people), rows=rows, subject_kind="complainant")


def mass_incident(market: Market, rng: Generator, level: int) -> None:
    """A shop fails a hundred buyers at once: they complain in the same days of the same thing."""
    item = market.take(rng, market.items, 1)[0]
    day, _ = span(rng, 8)
    rows = []
    for person in market.take(rng, market.people, (50, 80, 120)[level]):
        order = place(market, rng, person, item, day - between(rng, 1, 9) * DAY, status="paid")
        at = day + between(rng, 0, 1) ** 2 * 4 * DAY
        rows.append(
            complain(
                market,
                rng,
                person.id,
                item.shop,
                item.noun,
                at,
                **_contact(person),
                order_id=order["record_id"],
                text=_unshipped(rng, item),
                outcome=pick(rng, ("upheld", "mediated", "withdrawn", "pending")),
                demand_amount=order["paid_price"],
            )
        )
    market.honest(
        _COMPLAINT_TEMPTS,
        accounts={row["complainant_id"] for row in rows},
        shops=[item.shop.id],
        rows=rows,
        subject_kind="complainant",
        subject_ids={row["complainant_id"] for row in rows},
    )


def _unshipped(rng: Generator, item: Item) -> str:
    said = ("付款后不发货", "一直显示未发货", "下单一周没动静", "商家失联不发货")
    return pick(rng, _OPENINGS) + f"买的{item.noun}" + pick(rng, said) + pick(rng, _CLOSINGS)


def fashion_returns(market: Market, rng: Generator, level: int) -> None:
    """People try clothes on and send most of them back, as they may, from many shops."""
    clothes = [item for item in market.items if item.shop.category == "女装"] or market.items
    people = market.take(rng, market.people, (4, 8, 12)[level])
    rows: list[Row] = []
    for person in people:
        for _ in range(int(rng.integers(22, 32))):
            at = max(moment(rng, START, END - 12 * DAY), person.created_at + HOUR)
            order = place(market, rng, person, pick(rng, clothes), at, status="received")
            if chance(rng, 0.75):
                order["status"] = "refunded"
                reason = pick(rng, ("尺寸不合适", "不想要了", "颜色不适合"))
                rows.append(send_back(market, rng, order, reason=reason, refund_only=False))
    market.honest(_RETURN_TEMPTS, accounts=ids_of(people), rows=rows)


def warehouse_mixup(market: Market, rng: Generator, level: int) -> None:
    """A warehouse notes wrong serial numbers for weeks: every buyer's return looks swapped."""
    shop = market.take(rng, middling_shops(market, 6, 3), 1)[0]
    goods = items_of(market, shop)
    first, last = span(rng, 14)
    rows: list[Row] = []
    for person in market.take(rng, market.people, (20, 30, 45)[level]):
        at = max(moment(rng, first, last), person.created_at + HOUR)
        order = place(market, rng, person, pick(rng, goods), at, status="received")
        order["status"] = "refunded"
        facts: Row = {"refund_only": False, "returned_serial": market.digits(12)}
        rows.append(send_back(market, rng, order, **facts))
    _honest_of(market, rows, shop)


def _honest_of(market: Market, rows: Sequence[Row], shop: Shop) -> None:
    accounts = {row["user_id"] for row in rows}
    market.honest(
        _RETURN_TEMPTS,
        accounts=accounts,
        shops=[shop.id],
        rows=rows,
        subject_kind="account",
        subject_ids=accounts,
    )
