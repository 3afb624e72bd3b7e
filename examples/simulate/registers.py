"""Licences, kitchens, makers, operators and what platforms do; careless forms on all sides."""

# ruff: noqa: PLR2004 - a simulation is made of numbers
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from numpy.random import Generator

from . import codes, texts
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
    moments,
    money,
    pick,
    some,
)
from .market import LIVE, MALL, TAKEAWAY, Item, Market, Row, Shop
from .trade import enrol, items_of, list_item, place

Plant = Callable[[Market, Generator, int], None]

_KITCHENS, _MEALS, _REGULATED, _NOTICES = 60, 4_000, 160, 50
_LICENCE_TEMPTS = (
    "food_drug.catering_unlicensed",
    "food_drug.catering_forged_licence",
    "food_drug.food_licence_expired",
    "food_drug.ghost_kitchen",
)
_FIVE_YEARS = 5 * 365
_DEGREES = {"hot": (63.0, 4.0), "cold": (5.0, 1.6), "frozen": (-16.0, 2.5)}


def open_kitchens(market: Market) -> None:
    """Open the kitchens of a food platform, each with its licence."""
    rng = market.rng("kitchens")
    for _ in range(max(market.size(_KITCHENS), 40)):
        open_kitchen(market, rng)


def open_kitchen(
    market: Market, rng: Generator, region: str | None = None, where: str | None = None
) -> Shop:
    """Open one kitchen, licensed at its address."""
    region = region or pick(rng, list(codes.REGIONS))
    word, town = texts.firm_word(rng), codes.REGIONS[region][3:]
    shop = Shop(
        id=market.new_id(),
        name=f"{word}{pick(rng, ('小厨', '快餐', '食堂', '甜品', '饭庄'))}",
        platform=TAKEAWAY,
        category="餐饮",
        region=region,
        cancels=float(rng.beta(2, 60)),
        refunds=float(rng.beta(2, 60)),
        slowness=0.5,
    )
    market.kitchens.append(shop)
    holder = f"{town}{word}餐饮{pick(rng, ('有限公司', '店（个体工商户）', '管理有限公司'))}"
    where = where or codes.address(rng, region)
    code, number = codes.uscc(rng, region), codes.licence_no(rng, region)
    enrol(
        market,
        rng,
        shop,
        name=texts.noisy(rng, holder, 0.25),
        uscc=code,
        registered_address=where,
        business_address=texts.noisy(rng, where, 0.3),
        licence_nos=[texts.noisy(rng, number, 0.25)],
    )
    begins = START - int(rng.integers(30, _FIVE_YEARS - 200)) * DAY
    license_to(market, number, holder, where, (begins, begins + _FIVE_YEARS * DAY), code)
    for name, kind in some(rng, texts.DISHES, 3):
        dish = Item(market.new_id(), shop, name, kind, money(between(rng, 12, 45)), 4.4)
        market.dishes.append(dish)
        list_item(market, rng, dish, attributes=None)
    return shop


def license_to(
    market: Market, number: str, holder: str, where: str, days: tuple[int, int], code: str | None
) -> Row:
    """Enter a food licence in its register."""
    row = {
        "licence_no": number,
        "type": "food_operation",
        "holder": holder,
        "uscc": code,
        "address": where,
        "scope": "热食类食品制售；冷食类食品制售；糕点类食品制售",
        "valid_from": days[0],
        "valid_until": days[1],
        "status": "valid",
        "issuer": f"{where[:6]}市场监督管理局",
    }
    return market.add("licence", row)


def meals(market: Market) -> None:
    """Let people order meals, and riders bring them; kitchens are inspected now and then."""
    rng = market.rng("meals")
    count = round(market.size(_MEALS) * len(market.kitchens) / max(market.size(_KITCHENS), 40))
    people = by_weight(rng, market.activity, count).tolist()
    for index, at in zip(people, moments(rng, count, START, END), strict=True):
        person = market.people[index]
        dish = pick(rng, market.dishes)
        meal(market, rng, index, dish, max(at, person.created_at + HOUR))
    for shop in market.kitchens:
        if chance(rng, 0.7):
            bad = chance(rng, 0.08)
            note = pick(rng, ("地面积水", "门头与许可名称不一致", "检查时歇业")) if bad else ""
            inspect(market, rng, shop, "场所与许可一致", "fail" if bad else "pass", note)


def meal(market: Market, rng: Generator, buyer: int, dish: Item, at: float, **facts: object) -> Row:
    """Order one meal and have it brought; return the delivery."""
    person = market.people[buyer]
    order = place(market, rng, person, dish, at, status="received", wait=0.03, ships_from=None)
    order["tracking_no"] = None
    middle, spread = _DEGREES[dish.noun]
    picked = at + between(rng, 12, 35) * 60
    rider = int(rng.integers(80))
    row: Row = {
        "record_id": market.new_id(),
        "platform": TAKEAWAY,
        "order_id": order["record_id"],
        "shop_id": dish.shop.id,
        "picked_up_at": picked,
        "delivered_at": picked + between(rng, 8, 35) * 60,
        "promised_at": at + 55 * 60,
        "seal": "intact" if chance(rng, 0.96) else pick(rng, ("broken", "absent")),
        "box_temperature_c": round(float(rng.normal(middle, spread)), 1),
        "food_class": dish.noun,
        "rider_id": f"{rider * 7919 % 100000:05d}",
        "rider_health_certificate_until": END + (rider * 37 % 300 + 5) * DAY,
    }
    return market.add("delivery", {**row, **facts})


def inspect(
    market: Market, rng: Generator, shop: Shop, item: str, result: str, note: str = ""
) -> Row:
    """Note one item of an inspection of a shop."""
    row: Row = {
        "record_id": market.new_id(),
        "platform": shop.platform,
        "shop_id": shop.id,
        "inspected_at": midday(moment(rng, START, END)),
        "checklist": "日常检查",
        "item": item,
        "result": result,
        "note": note or None,
        "inspector_region": codes.REGIONS[shop.region],
    }
    return market.add("inspection", row)


def midday(at: float) -> int:
    """Return a moment of the same day in office hours."""
    return int(at - at % DAY + 3 * HOUR + at % (4 * HOUR))


def _operator(market: Market, shop: Shop) -> Row:
    return next(row for row in market.rows["operator"] if row["shop_id"] == shop.id)


def _licence(market: Market, shop: Shop) -> Row:
    code = _operator(market, shop)["uscc"]
    return next(row for row in market.rows["licence"] if row["uscc"] == code)


def _plant_shops(
    market: Market, violation: str, shops: list[Shop], rows: list[Row], **facts: Any
) -> None:
    market.plant(violation, "shop", ids_of(shops), shops=ids_of(shops), rows=rows, **facts)


def forged_licence(market: Market, rng: Generator, level: int) -> None:
    """Kitchens show a number that is in no register; only in the easy case its digits are wrong."""
    shops, fakes = market.take(rng, market.kitchens, 4), []
    for shop in shops:
        market.rows["licence"].remove(_licence(market, shop))
        number = codes.licence_no(rng, shop.region)
        number = codes.altered(rng, number) if level == 0 else number
        fakes.append(number)
        _operator(market, shop)["licence_nos"] = [texts.noisy(rng, number, 0.3 * level)]
    also = ["food_drug.catering_forged_licence"]
    _plant_shops(market, _LICENCE_TEMPTS[0], shops, [], also=also, numbers=fakes)


def expired_licence(market: Market, rng: Generator, level: int) -> None:
    """Kitchens go on selling after their licences ended: a year, three months, two weeks ago."""
    shops = market.take(rng, market.kitchens, 4)
    for shop in shops:
        licence = _licence(market, shop)
        licence["valid_until"] = END - ((300, 500), (60, 100), (8, 20))[level][0] * DAY
        licence["valid_from"] = licence["valid_until"] - _FIVE_YEARS * DAY
    _plant_shops(market, _LICENCE_TEMPTS[2], shops, [], also=[_LICENCE_TEMPTS[0]])


def renewed_licence(market: Market, rng: Generator, level: int) -> None:
    """Kitchens renewed in time: the register holds the old term and the new one."""
    shops = market.take(rng, market.kitchens, (2, 4, 6)[level])
    for shop in shops:
        old = _licence(market, shop)
        ended = END - int(rng.integers(20, 100)) * DAY
        old["valid_from"], old["valid_until"] = ended - _FIVE_YEARS * DAY, ended
        new = {**old, "valid_from": ended + DAY, "valid_until": ended + _FIVE_YEARS * DAY}
        market.add("licence", new)
    market.honest(_LICENCE_TEMPTS, shops=ids_of(shops))


def misprinted_licence(market: Market, rng: Generator, level: int) -> None:
    """Kitchens wrote a wrong last digit; the register holds their licences."""
    shops = market.take(rng, market.kitchens, (2, 4, 6)[level])
    for shop in shops:
        wrong = codes.altered(rng, _licence(market, shop)["licence_no"])
        _operator(market, shop)["licence_nos"] = [texts.noisy(rng, wrong, 0.25)]
    market.honest(_LICENCE_TEMPTS, shops=ids_of(shops))


def borrowed_licence(market: Market, rng: Generator, level: int) -> None:
    """Kitchens show another's number: of another town, of a neighbour, of one with a like name."""
    pairs = market.take(rng, market.kitchens, 8)
    shops, lenders = pairs[:4], pairs[4:]
    for shop, lender in zip(shops, lenders, strict=True):
        own, other = _licence(market, shop), _licence(market, lender)
        market.rows["licence"].remove(own)
        operator = _operator(market, shop)
        operator["licence_nos"] = [texts.noisy(rng, other["licence_no"], 0.3 * level)]
        if level:
            where = other["address"].rpartition("号")[0] + f"{int(rng.integers(2, 9))}号"
            operator.update(registered_address=where, business_address=where)
        if level == 2:
            name = other["holder"]
            spot = next(i for i, sign in enumerate(name) if sign in texts.FIRM_WORDS)
            rest = [word for word in texts.FIRM_WORDS if word != name[spot]]
            operator["name"] = name[:spot] + pick(rng, rest) + name[spot + 1 :]
    _plant_shops(market, _LICENCE_TEMPTS[1], shops, [], lenders=ids_of(lenders))


def ghost_kitchens(market: Market, rng: Generator, level: int) -> None:
    """Brands that cook nowhere one may: in a flat, under no licence, or under one of elsewhere."""
    region = pick(rng, list(codes.REGIONS))
    flat = (
        codes.address(rng, region)
        + f"小区{int(rng.integers(1, 20))}栋{int(rng.integers(2, 30))}02室"
    )
    shops, rows = [], []
    for _ in range((5, 4, 3)[level]):
        shop = open_kitchen(market, rng, region, flat if level == 0 else None)
        market.reserve([shop])
        operator = _operator(market, shop)
        operator["business_address"] = texts.noisy(rng, flat, 0.4)
        if level == 0:
            market.rows["licence"].remove(_licence(market, shop))
            operator["licence_nos"] = []
        if level < 2 or chance(rng, 0.6):
            note = pick(rng, ("登记地址查无此店", "现场为住宅，未见经营场所", "该址无餐饮经营"))
            rows.append(inspect(market, rng, shop, "场所与许可一致", "fail", note))
        shops.append(shop)
    _plant_shops(market, _LICENCE_TEMPTS[3], shops, rows, also=list(_LICENCE_TEMPTS[:2]))


def food_court(market: Market, rng: Generator, level: int) -> None:
    """Many kitchens share an address, each with its stall and its licence."""
    region = pick(rng, list(codes.REGIONS))
    hall = codes.address(rng, region) + "美食城"
    shops = [
        open_kitchen(market, rng, region, f"{hall}{number + 1}号档口")
        for number in range((6, 10, 16)[level])
    ]
    market.honest(_LICENCE_TEMPTS, shops=ids_of(shops))


def cold_chain(market: Market, rng: Generator, level: int) -> None:
    """A kitchen's cold food travels warm, and its seals are missing."""
    cold = [dish for dish in market.dishes if dish.noun == "cold"]
    [shop] = market.take(rng, [dish.shop for dish in cold], 1)
    dish = next(dish for dish in cold if dish.shop.id == shop.id)
    rows = []
    for at in moments(rng, 50, START, END):
        buyer = int(by_weight(rng, market.activity, 1)[0])
        row = meal(market, rng, buyer, dish, max(at, market.people[buyer].created_at + HOUR))
        if chance(rng, (0.8, 0.5, 0.3)[level]):
            row["box_temperature_c"] = round(float(rng.normal((19, 14, 11)[level], 1.5)), 1)
            if chance(rng, (0.7, 0.4, 0.2)[level]):
                row["seal"] = "absent"
            rows.append(row)
    _plant_shops(market, "food_drug.delivery_violation", [dish.shop], rows)


def notices(market: Market) -> None:
    """Add what platforms did after ordinary notices: most acted within a day."""
    rng = market.rng("notices")
    for platform in (MALL, TAKEAWAY, LIVE):
        for _ in range(market.size(_NOTICES)):
            notice(market, rng, platform, float(min(rng.lognormal(1.9, 0.6), 23)))


def notice(market: Market, rng: Generator, platform: str, hours: float | None) -> Row:
    """Notify a platform; it acts after so many hours, or never."""
    at = moment(rng, START, END - 20 * DAY)
    acted = None if hours is None else at + hours * HOUR
    row = {
        "platform": platform,
        "subject_kind": pick(rng, ("listing", "listing", "shop")),
        "subject_id": market.new_id(),
        "notice_id": market.new_id(),
        "notified_at": at,
        "action": "none" if acted is None else pick(rng, ("removed", "blocked", "warned")),
        "acted_at": acted,
        "reported_at": None if acted is None else acted + between(rng, 0.2, 5) * HOUR,
    }
    return market.add("platform_action", row)


def platform_inaction(market: Market, rng: Generator, level: int) -> None:
    """A platform does nothing on notices, acts days late, or is a day late with some."""
    platform, rows = pick(rng, (MALL, TAKEAWAY, LIVE)), []
    for _ in range(market.size((40, 30, 20)[level])):
        hours = (None, between(rng, 60, 200), between(rng, 26, 50))[level]
        rows.append(notice(market, rng, platform, hours))
    market.plant(
        "food_drug.platform_inaction" if platform == TAKEAWAY else "platform.violation_unhandled",
        "platform",
        [platform],
        rows=rows,
        also=["platform.violation_unhandled", "food_drug.platform_inaction"],
    )


def hidden_operator(market: Market, rng: Generator, level: int) -> None:
    """One person trades as many natural persons, each small enough to need no registration."""
    me, contact = texts.person_name(rng), market.new_id()
    where = codes.address(rng, "360100")
    contacts = [market.new_id() for _ in range(8)]
    shops, rows = [], []
    for number in range((5, 6, 8)[level]):
        shop = _new_shop(market, rng)
        first = number % 2 == 0 or level < 2
        enrol(
            market,
            rng,
            shop,
            private=True,
            name=me if level == 0 else texts.person_name(rng),
            contact_hash=contact if first else contacts[number],
            business_address=texts.noisy(rng, where, 0.25 * level)
            if level < 2 or number % 3 < 2
            else codes.address(rng, "360100"),
        )
        rows += _turn_over(market, rng, shop, (45_000, 32_000, 20_000)[level])
        shops.append(shop)
    market.plant(
        "marketing.unregistered_business",
        "group",
        ids_of(shops),
        shops=ids_of(shops),
        rows=rows,
    )


def _new_shop(market: Market, rng: Generator, name: str | None = None) -> Shop:
    like = pick(rng, market.shops)
    name = name or texts.firm_word(rng) + pick(rng, ("小店", "优选", "生活馆"))
    shop = replace(like, id=market.new_id(), name=name)
    like_it = [item for item in market.items if item.shop.category == shop.category]
    for model in some(rng, like_it or market.items, 4):
        item = replace(model, id=market.new_id(), shop=shop, index=-1)
        market.extra.append(item)
        list_item(market, rng, item)
    return shop


def _turn_over(market: Market, rng: Generator, shop: Shop, amount: float) -> list[Row]:
    goods = [item for item in market.extra if item.shop.id == shop.id]
    rows, total = [], 0.0
    while total < amount:
        person = market.people[int(by_weight(rng, market.activity, 1)[0])]
        at = max(moment(rng, START, END - 9 * DAY), person.created_at + HOUR)
        quantity = int(rng.integers(1, 9))
        item = pick(rng, goods)
        order = place(market, rng, person, item, at, status="received", quantity=quantity)
        order["paid_price"] = money(item.price * quantity)
        total += order["paid_price"]
        rows.append(order)
    return rows


def company_branches(market: Market, rng: Generator, level: int) -> None:
    """A company's branches run shops of their own, under abbreviations and one contact."""
    word, contact = texts.firm_word(rng), market.new_id()
    shops, rows = [], []
    for number in range((3, 5, 8)[level]):
        region = pick(rng, list(codes.REGIONS))
        town = codes.REGIONS[region][3:].removesuffix("市")
        shop = _new_shop(market, rng, f"{word}{town}店")
        name = f"江西{word}商贸有限公司" + (f"{town}分公司" if number else "")
        enrol(market, rng, shop, name=texts.noisy(rng, name), contact_hash=contact)
        rows += _turn_over(market, rng, shop, 30_000)
        shops.append(shop)
    market.honest(["marketing.unregistered_business"], shops=ids_of(shops), rows=rows)


def supplies(market: Market) -> None:
    """Add who supplied and made ordinary goods: a few large makers and many small ones."""
    rng = market.rng("supplies")
    makers = [_maker(rng) for _ in range(market.size(120))]
    for item in market.items:
        supply(market, rng, item, makers[int(len(makers) * rng.random() ** 2)])
    for shop in market.shops:
        if chance(rng, 0.4) and (goods := items_of(market, shop)):
            bad = chance(rng, 0.06)
            note = pick(rng, ("标签字号偏小", "合格证缺失，当场补正", "厂址不全")) if bad else ""
            inspect_goods(market, rng, pick(rng, goods), note)


def inspect_goods(market: Market, rng: Generator, item: Item, fault: str) -> Row:
    """Note what an inspection of an item found of its marking; an empty fault: nothing."""
    note = f"商品{item.id}（{item.noun}）{fault or '标识齐全'}"
    result = "fail" if fault else "pass"
    return inspect(market, rng, item.shop, "产品标识与合格证", result, note)


def _maker(rng: Generator) -> tuple[str, str, str]:
    region = pick(rng, list(codes.REGIONS))
    town = codes.REGIONS[region][3:]
    name = f"{town}{texts.firm_word(rng)}{pick(rng, ('制造', '日用品', '食品', '玩具'))}有限公司"
    return name, codes.uscc(rng, region), f"69{int(rng.integers(0, 10))}{codes.digits(rng, 5)}"


def supply(
    market: Market, rng: Generator, item: Item, maker: tuple[str, str, str], **facts: object
) -> Row:
    """Note who made and supplied an item."""
    supplier = f"{texts.firm_word(rng)}{pick(rng, ('供应链', '批发', '贸易'))}有限公司"
    row: Row = {
        "platform": item.shop.platform,
        "shop_id": item.shop.id,
        "item_id": item.id,
        "supplier": supplier,
        "supplier_uscc": codes.uscc(rng, item.shop.region),
        "producer": texts.noisy(rng, maker[0], 0.25),
        "producer_uscc": maker[1],
        "gtin": codes.gtin(rng, maker[2]),
        "batch": codes.digits(rng, 8),
        "supplied_at": midday(moment(rng, START - 30 * DAY, END - 20 * DAY)),
    }
    return market.add("supply", {**row, **facts})


def one_producer(market: Market, rng: Generator, level: int) -> None:
    """A workshop stands behind one unmarked toy of many shops; its name is written many ways."""
    maker, noun = _maker(rng), pick(rng, ("积木玩具", "奶瓶", "爬行垫"))
    code = codes.gtin(rng, maker[2])
    shops, rows, goods = some(rng, market.shops, 40), [], []
    for shop in [shop for shop in shops if items_of(market, shop)][: (10, 7, 5)[level]]:
        like = pick(rng, items_of(market, shop))
        seller = replace(shop, category="母婴")
        item = replace(like, id=market.new_id(), shop=seller, noun=noun, title=noun, index=-1)
        goods.append(item)
        rows.append(list_item(market, rng, item, attributes={"品类": item.noun}))
        given = supply(market, rng, item, maker, gtin=code)
        if level:
            short = maker[0].removesuffix("有限公司")
            given["producer"] = pick(rng, (maker[0], short, short[3:] + "厂"))
            given["producer_uscc"] = given["producer_uscc"] if chance(rng, 0.4) else None
        if level == 2 and chance(rng, 0.4):
            given["producer"] = None
        rows.append(given)
        if chance(rng, (1, 0.7, 0.4)[level]):
            rows.append(inspect_goods(market, rng, item, "无合格证，未标明厂名厂址"))
    market.plant(
        "minors.production_source",
        "producer",
        [maker[1], maker[0]],
        shops={item.shop.id for item in goods},
        items=ids_of(goods),
        rows=rows,
    )


def big_brand(market: Market, rng: Generator, level: int) -> None:
    """A large maker's goods are in many shops, marked as they should be."""
    maker, rows = _maker(rng), []
    for shop in some(rng, market.shops, (8, 14, 20)[level]):
        goods = items_of(market, shop)
        if goods:
            item = pick(rng, goods)
            rows.append(supply(market, rng, item, maker))
            rows.append(inspect_goods(market, rng, item, ""))
    market.honest(
        ["minors.production_source"],
        shops={row["shop_id"] for row in rows},
        rows=rows,
        subject_kind="producer",
        subject_ids=[maker[1], maker[0]],
    )


# Register: label on the page, violation when the number is in no register, or of another's goods.
_REGISTERS = {
    "health_food": ("批准文号", "food_drug.fake_health_food", "保健食品", "维生素C片"),
    "drug": ("批准文号", "food_drug.drug_unapproved", "药品", "感冒灵颗粒"),
    "device": ("注册证编号", "food_drug.device_unregistered", "医疗器械", "电子血压计"),
    "ccc": ("3C证书编号", "minors.forged_ccc", "童车玩具", "儿童平衡车"),
}


def _number(rng: Generator, register: str) -> str:
    year, rest = str(int(rng.integers(2021, 2026))), codes.digits(rng, 4)
    if register == "health_food":
        return f"国食健注G{year}{rest}"
    if register == "drug":
        return f"国药准字Z{year}{rest}"
    if register == "device":
        return f"赣械注准{year}207{rest}"
    return f"{year}0122{codes.digits(rng, 2)}{codes.digits(rng, 6)}"


def regulated(market: Market) -> None:
    """Add goods that need a number in a register, and their entries there."""
    rng = market.rng("regulated")
    for _ in range(market.size(_REGULATED)):
        sell_regulated(market, rng, pick(rng, list(_REGISTERS)), 0.25)


def sell_regulated(
    market: Market, rng: Generator, register: str, noise: float, *, until: int | None = None
) -> tuple[Row, Row]:
    """Offer one such good; return its page and its entry."""
    label, _, category, noun = _REGISTERS[register]
    maker, number = _maker(rng)[0], _number(rng, register)
    shop, model = pick(rng, market.shops), f"{texts.firm_word(rng)}{codes.digits(rng, 2)}"
    item = Item(market.new_id(), replace(shop, category=category), noun, noun, 99.0, 4.5)
    attributes = {label: texts.noisy(rng, number, noise), "生产厂家": maker, "型号": model}
    page = list_item(market, rng, item, attributes=attributes)
    entry = market.add(
        "register_entry",
        {
            "register": register,
            "number": number,
            "name": noun,
            "holder": maker,
            "model": model,
            "category": category,
            "status": "有效",
            "valid_until": until or END + int(rng.integers(40, 1500)) * DAY,
        },
    )
    return page, entry


def product_number(register: str) -> Plant:
    """Return what plants goods whose number is invented, out of date, or another maker's."""

    def plant(market: Market, rng: Generator, level: int) -> None:
        label, violation, *_ = _REGISTERS[register]
        pages, ways = [], []
        for number in range(6):
            page, entry = sell_regulated(market, rng, register, 0.25 * level)
            way = ("forged", "expired", "borrowed")[number % 3]
            if way == "forged":
                market.rows["register_entry"].remove(entry)
                if level == 0:
                    page["attributes"][label] = page["attributes"][label][:-3]
            elif way == "expired":
                entry["valid_until"] = END - (400, 90, 15)[level] * DAY
                entry["status"] = ("注销", "有效", "有效")[level]
            else:
                page["attributes"]["生产厂家"] = _maker(rng)[0]
                if level < 2:
                    page["attributes"]["型号"] = codes.digits(rng, 4)
            pages.append(page)
            ways.append({"record_id": page["record_id"], "way": way})
        market.plant(
            violation,
            "listing",
            [page["record_id"] for page in pages],
            shops=[page["shop_id"] for page in pages],
            items=[page["item_id"] for page in pages],
            rows=pages,
            ways=ways,
            also=["minors.suspended_ccc", "minors.no_ccc"] if register == "ccc" else [],
        )

    return plant
