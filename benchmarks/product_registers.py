"""How precise and complete are the detectors that hold listings against product registers?

Registers and a market are made at random (seeded): most listings are lawful, and many of those look
odd: numbers in other widths, with blanks, dashes and O for 0, several in a cell, in the text alone,
one digit mistyped; makers to order; names written in other ways; old stock; registers that lack
whole series, or end before the newest number. Planted beside them, for each type: what the type is
about, in each of its ways. A listing is found when the detector suspects that very listing.

    .venv/bin/python benchmarks/product_registers.py [ROWS] [SEED]
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from hengjian.identity.numbers import gtin_checks
from hengjian.records.kinds import KINDS
from hengjian.violations.detection import detect
from hengjian.violations.rule import read_rule, rules_folder

ROWS, SEED = 8_000, 7
PLANTED = 0.06
DAY = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)
CITIES = (
    *("杭州", "苏州", "广州", "深圳", "佛山", "汕头", "金华", "宁波"),
    *("青岛", "济南", "长沙", "武汉", "成都", "重庆", "合肥", "厦门"),
)
FIRST, SECOND = "青远新明康安瑞华嘉恒启丰润博云", "禾山月辉泰宁源美悦达森海川信泽"
THIRD = "福临东方天地金玉春秋松柏云帆"
PLAIN_GOODS = (
    *("棉麻衬衫", "保温杯", "手机壳", "数据线", "收纳箱"),
    *("羽毛球拍", "台式风铃", "纸巾", "拖鞋", "雨伞"),
)
WORDS = (
    *("家用", "新款", "轻便", "大容量", "升级款"),
    *("厂家直销", "包邮", "礼盒装", "便携", "正品"),
)


class Kind(NamedTuple):
    """One kind of number.

    Attributes:
        label: Under which pages show it.
        trade: In the names of its companies.
        goods: Names of its products.
        named: Its products have names of their own, brand and all.
        heads: Series, each the beginning of its numbers.
        digits: How many digits follow.
    """

    register: str
    label: str
    trade: str
    goods: tuple[str, ...]
    named: bool
    heads: tuple[str, ...]
    digits: int


def _heads(pattern: str, years: range) -> tuple[str, ...]:
    return tuple(pattern.format(year) for year in years)


_YEARS = range(2018, 2024)
KINDS_OF_NUMBER = {
    "ccc": Kind(
        "ccc", "3C证书编号", "童车",
        ("儿童推车", "毛绒玩具", "电动玩具车", "塑胶积木玩具", "儿童安全座椅", "遥控飞机玩具"),
        False, _heads("{}012222", _YEARS), 6,
    ),
    "drug": Kind(
        "drug", "批准文号", "药业",
        ("板蓝根颗粒", "阿莫西林胶囊", "布洛芬缓释胶囊", "维生素C片", "藿香正气口服液"),
        False, _heads("国药准字Z{}", _YEARS), 4,
    ),
    "device": Kind(
        "device", "注册证编号", "医疗器械",
        ("电子血压计", "医用雾化器", "红外体温计", "血糖仪", "制氧机"),
        False, _heads("苏械注准{}207", _YEARS), 4,
    ),
    "special": Kind(
        "cosmetic", "批准文号", "化妆品", ("淡斑霜", "防晒乳", "染发膏", "防脱洗发水"),
        True, _heads("国妆特字{}", _YEARS), 4,
    ),
    "filing": Kind(
        "cosmetic", "化妆品备案编号", "化妆品", ("玫瑰爽肤水", "洁面乳", "润肤身体乳", "卸妆油"),
        True, _heads("粤G妆网备字{}", _YEARS), 6,
    ),
    "health": Kind(
        "health_food", "批准文号", "生物科技",
        ("钙咀嚼片", "灵芝孢子粉胶囊", "鱼油软胶囊", "褪黑素片"),
        True, _heads("国食健注G{}", _YEARS), 4,
    ),
}  # fmt: skip


# How often each comes, of all lawful listings with a number.
LAWFUL_WAYS = {
    "相符": 40, "受托生产": 10, "抄错一位": 4, "写在详情里": 10, "登记库还没有的新号": 5,
    "登记库没有的系列": 3, "几个编号": 10, "见包装": 8, "注销前生产": 5, "采集后才暂停": 5,
}  # fmt: skip
FORGED_WAYS = ("伪造编号", "冒用别家编号", "套用别种产品编号")
ENDED_WAYS = ("已撤销", "注销", "过期")


@dataclass
class Market:
    """Records of one trial, and which listings are planted."""

    rng: random.Random
    listings: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    others: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    planted: dict[str, str] = field(default_factory=dict)
    lawful: dict[str, str] = field(default_factory=dict)

    def sell(self, way: str, *, bad: bool, title: str, labels: dict[str, str], **more: Any) -> str:
        """Add a listing of a lawful or planted way, and return its id."""
        item = f"i{len(self.listings)}"
        (self.planted if bad else self.lawful)[item] = way
        self.listings.append(
            {
                "record_id": f"r{len(self.listings)}",
                "platform": "甲网",
                "shop_id": f"s{self.rng.randrange(500)}",
                "item_id": item,
                "title": title,
                "captured_at": DAY,
                "attributes": list(labels.items()),
                **more,
            }
        )
        return item

    def plain(self) -> None:
        """Add a listing that has nothing to do with any register."""
        goods = self.rng.choice(PLAIN_GOODS)
        self.sell("无关商品", bad=False, title=self.title("", goods), labels={"品牌": "某牌"})

    def title(self, brand: str, goods: str) -> str:
        """Return a title as sellers write it."""
        words = self.rng.sample(WORDS, 2)
        return " ".join(filter(None, (brand, words[0], goods, words[1])))

    def enter(self, **entry: Any) -> dict[str, Any]:
        """Add a register entry."""
        self.entries.append(entry)
        return entry

    def happens(self, chance: float) -> bool:
        """Tell whether something of that chance happens."""
        return self.rng.random() < chance

    def brand(self) -> str:
        """Return an invented 字号."""
        return "".join(map(self.rng.choice, (FIRST, SECOND, THIRD)))

    def company(self, trade: str) -> tuple[str, str]:
        """Return an invented company and its 字号."""
        brand = self.brand()
        return f"{self.rng.choice(CITIES)}{brand}{trade}有限公司", brand


def noisy(rng: random.Random, number: str) -> str:
    """Return a number as careless pages write it."""
    wide = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x30, 0x3A)})
    head = next(n for n, character in enumerate(number) if character.isdigit())
    zero = number.find("0", head + 1)
    return rng.choice(
        (
            number,
            number,
            number.translate(wide),
            f"{number[:head]} {number[head:]}",
            f"{number[:-4]}-{number[-4:]}",
            number if zero < 0 else f"{number[:zero]}O{number[zero + 1 :]}",
            f"证号：{number}。",
            number.removeprefix("国药准字"),
        )
    )


def written(rng: random.Random, company: str) -> str:
    """Return a company's name in another writing of the same."""
    city, rest = company[:2], company[2:]
    liable = f"{company.removesuffix('有限公司')}有限责任公司"
    return rng.choice((company, company, f"{city}市{rest}", f" {company} ", liable))


def numbers(rows: int, rng: random.Random, key: str, ways: Sequence[str]) -> Market:
    """Return a market of one kind of number, planted in some ways."""
    market, kind = Market(rng), KINDS_OF_NUMBER[key]
    numbers_of: dict[str, dict[str, Any]] = {}
    makers = [market.company(kind.trade) for _ in range(300)]
    for head in kind.heads:
        top = 300
        for running in sorted(rng.sample(range(1, top), 200)):
            holder, brand = rng.choice(makers)
            goods = rng.choice(kind.goods)
            name = f"{brand}{rng.choice(FIRST)}{rng.choice(SECOND)}{goods}" if kind.named else goods
            number = f"{head}{running:0{kind.digits}}"
            numbers_of[number] = market.enter(
                register=kind.register, number=number, name=name, holder=holder, status="有效",
                valid_until=dt.date(2028, 1, 1), _goods=goods, _brand=brand,
            )  # fmt: skip
    entries = [*market.entries]
    lacking = [
        f"{head}{running:0{kind.digits}}"
        for head in kind.heads
        for running in range(1, 280)
        if f"{head}{running:0{kind.digits}}" not in numbers_of
    ]
    for _ in range(rows):
        entry = rng.choice(entries)
        if market.happens(PLANTED):
            _plant(market, kind, entry, entries, lacking, ways)
        elif market.happens(0.5):
            market.plain()
        else:
            _lawful(market, kind, entry, numbers_of)
    return market


def _labels(market: Market, kind: Kind, entry: dict[str, Any], **more: str) -> dict[str, str]:
    rng = market.rng
    labels = {kind.label: noisy(rng, entry["number"])}
    if market.happens(0.8):
        labels["生产厂家"] = written(rng, entry["holder"])
    return {"品牌": entry["_brand"], **labels, **more}


def _lawful(
    market: Market, kind: Kind, entry: dict[str, Any], numbers_of: dict[str, dict[str, Any]]
) -> None:
    rng = market.rng
    title, labels = market.title(entry["_brand"], entry["_goods"]), _labels(market, kind, entry)
    text = None
    [way] = rng.choices([*LAWFUL_WAYS], [*LAWFUL_WAYS.values()])
    match way:
        case "受托生产":
            labels |= {"生产厂家": market.company(kind.trade)[0], "委托方": entry["holder"]}
        case "抄错一位":
            number = entry["number"]
            typed = number[:-1] + str((int(number[-1]) + rng.randrange(1, 10)) % 10)
            if typed not in numbers_of:
                labels |= {"生产厂家": entry["holder"], kind.label: typed}
        case "写在详情里":
            text = f"本品{kind.label}3C认证：{labels.pop(kind.label)}，请放心选购"
        case "登记库还没有的新号":
            labels[kind.label] = f"{kind.heads[-1]}{rng.randrange(400, 900):0{kind.digits}}"
        case "登记库没有的系列":
            head = kind.heads[0].replace("2018", "2008")
            labels[kind.label] = f"{head}{rng.randrange(1, 300):0{kind.digits}}"
        case "几个编号":
            own = [e for e in numbers_of.values() if e["holder"] == entry["holder"]]
            labels[kind.label] = f"{entry['number']}、{rng.choice(own)['number']}"
        case "见包装":
            labels[kind.label] = way
        case "注销前生产":
            _ended(market, kind, entry, "注销", made="2024-01-05", since="2025-01-01", bad=False)
            return
        case "采集后才暂停":
            _ended(market, kind, entry, "暂停", since="2026-06-01", bad=False)
            return
    market.sell(way, bad=False, title=title, labels=labels, text=text)


def _ended(
    market: Market, kind: Kind, like: dict[str, Any], status: str, *, bad: bool,
    since: str | None = None, made: str | None = None, until: dt.date | None = None,
) -> None:  # fmt: skip
    """Sell under a number that has ended; each has one of its own, in a series of its own."""
    serial = len(market.entries)
    number = kind.heads[0].replace("2018", "2016") + f"{serial % 10**kind.digits:0{kind.digits}}"
    entry = market.enter(
        **{**like, "number": number, "status": status, "valid_until": until},
        values=[("状态日期", since)] if since else None,
    )
    labels = _labels(market, kind, entry, **({"生产日期": made} if made else {}))
    title = market.title(entry["_brand"], entry["_goods"])
    market.sell(f"{status}{'' if bad else '以前'}", bad=bad, title=title, labels=labels)


def _plant(
    market: Market, kind: Kind, entry: dict[str, Any], entries: list[dict[str, Any]],
    lacking: list[str], ways: Sequence[str],
) -> None:  # fmt: skip
    rng = market.rng
    maker, brand = market.company(kind.trade)
    number = entry["number"]
    match way := rng.choice(ways):
        case "已撤销":
            _ended(market, kind, entry, way, since="2025-05-01", bad=True)
            return
        case "注销":
            _ended(market, kind, entry, way, since="2025-05-01", made="2025-08-01", bad=True)
            return
        case "过期":
            _ended(market, kind, entry, way, until=dt.date(2025, 1, 1), made="2025-08-01", bad=True)
            return
        case "伪造编号":
            number = rng.choice(lacking)
        case "套用别种产品编号":
            number = rng.choice([e for e in entries if e["_goods"] != entry["_goods"]])["number"]
    labels = {"品牌": brand, kind.label: noisy(rng, number), "生产厂家": maker}
    market.sell(way, bad=True, title=market.title(brand, entry["_goods"]), labels=labels)


def grades(rows: int, rng: random.Random, register: str, label: str) -> Market:
    """Return a market of graded appliances."""
    market = Market(rng)
    models: list[tuple[str, str, str, int]] = []
    for number in range(2_000):
        holder, brand = market.company("电器")
        model, grade = f"{rng.choice('ABCXK')}{rng.choice('FQR')}-{1000 + number}W", 1 + number % 3
        models.append((model, holder, brand, grade))
        for registered in {grade, min(3, grade + rng.randrange(2))}:
            market.enter(
                register=register, number=f"EL{number}-{registered}", model=model, holder=holder,
                name="产品", values=[(label, rng.choice((f"{registered}级", str(registered))))],
            )  # fmt: skip
    signs = {1: ("一级", "1级", "1", "１级"), 2: ("二级", "2级", "2"), 3: ("三级", "3级", "3")}
    for _ in range(rows):
        if market.happens(0.5):
            market.plain()
            continue
        model, holder, brand, grade = rng.choice(models)
        shown = rng.choice((model, model.replace("-", " "), model.lower(), model + " "))
        labels = {"型号": shown, "品牌": brand, "生产厂家": written(rng, holder)}
        title = market.title(brand, "空调")
        bad = market.happens(PLANTED) and grade > 1
        claim = rng.randrange(1, grade) if bad else rng.randrange(grade, 4)
        if bad and claim == 1 and market.happens(0.5):
            market.sell("标题虚标", bad=True, title=f"{title} 一级{label[:2]}", labels=labels)
        elif not bad and market.happens(0.1):
            other = {**labels, "品牌": "别牌", "生产厂家": "天津某某实业有限公司", label: "一级"}
            market.sell("别家同名型号", bad=False, title="空调", labels=other)
        else:
            told = {**labels, label: rng.choice(signs[claim])}
            market.sell("参数虚标" if bad else "相符", bad=bad, title=title, labels=told)
    return market


def phased_out(rows: int, rng: random.Random) -> Market:
    """Return a market of appliances of which some may no longer be sold."""
    market = grades(rows, rng, "energy_label", "能效等级")
    market.planted.clear()
    for number in range(400):
        way = rng.choice(("已淘汰", "尚未停售", "有效", "二手"))
        holder, brand = market.company("电器")
        model = f"PO-{number}Z"
        since = [("淘汰日期", "2026-09-01" if way == "尚未停售" else "2025-01-01")]
        status = "有效" if way == "有效" else "淘汰"
        market.enter(
            register="energy_label", number=model, model=model, holder=holder, status=status,
            values=since,
        )  # fmt: skip
        title = ("二手 " if way == "二手" else "") + market.title(brand, "空调")
        labels = {"型号": model, "品牌": brand}
        market.sell(way, bad=way == "已淘汰", title=title, labels=labels)
    return market


def cars(rows: int, rng: random.Random, *, parts: bool) -> Market:
    """Return a market of cars: ranges and batteries, or other parts."""
    market = Market(rng)
    versions = []
    for number in range(300):
        brand = market.brand() + rng.choice("NXSE") + str(number)
        for rank, version in enumerate(("标准版", "长续航版")):
            values = {
                "续航里程km": str(420 + 10 * (number % 20) + 100 * rank),
                "电池容量kWh": str(55 + number % 10 + 15 * rank),
                "电机功率kW": str(150 + number % 9 + 60 * rank),
                "电池类型": ("磷酸铁锂", "三元锂")[rank],
            }
            market.enter(
                register="vehicle", number=f"QC70{number:03}BEV{rank}", name=f"{brand} {version}",
                model=f"QC70{number:03}BEV{rank}", holder=f"{brand}汽车有限公司",
                values=list(values.items()),
            )  # fmt: skip
            versions.append((f"{brand} {version}", f"QC70{number:03}BEV{rank}", brand, values))
    for _ in range(rows):
        if market.happens(0.5):
            market.plain()
            continue
        name, model, brand, values = rng.choice(versions)
        bad = market.happens(PLANTED)
        lift = rng.choice((1.05, 1.15, 1.4)) if bad else rng.choice((1.0, 1.0, 0.9))
        labels = {"公告型号": model} if market.happens(0.5) else {}
        title = f"{name} 纯电轿车 新车"
        km, kwh, kw = (float(values[key]) for key in ("续航里程km", "电池容量kWh", "电机功率kW"))
        text = None
        if parts and market.happens(0.5):
            wrong = {"三元锂": "磷酸铁锂", "磷酸铁锂": "三元锂"}[values["电池类型"]]
            labels["电池类型"] = (wrong if bad else values["电池类型"]) + "电池"
        elif parts:
            labels["电机功率"] = f"{round(kw * lift)}kW"
        elif market.happens(0.3):
            labels["电池容量"] = f"{kwh * lift:.1f}kWh"
        elif market.happens(0.5):
            labels["续航里程"] = f"CLTC {round(km * lift)}公里"
        else:
            text = f"整车轻量化，CLTC续航可达{round(km * lift)}km，综合续航1400公里"
        if not bad and market.happens(0.1):
            title, text = f"{name} 合金车模玩具", "续航里程900公里"
        market.sell("夸大" if bad else "相符", bad=bad, title=title, labels=labels, text=text)
    return market


def marks(rows: int, rng: random.Random) -> Market:
    """Return a market of marked shoes: authorised, resold, used, imported, copied."""
    market = Market(rng)
    brands = sorted({market.brand() for _ in range(60)})
    for number, brand in enumerate(brands):
        sellers = f"{brand}官方旗舰店；{brand}{CITIES[number % 16]}专卖店"
        market.enter(
            register="trademark", number=str(number), name=brand, category="第25类 服装鞋帽",
            holder=f"{CITIES[number % 16]}{brand}鞋业有限公司", values=[("授权销售者", sellers)],
        )  # fmt: skip
    for _ in range(rows):
        brand, model = rng.choice(brands), f"M{rng.randrange(3)}"
        labels, price = {"品牌": brand, "型号": model}, 500 + rng.randrange(60)
        more = {
            "category": "运动鞋",
            "price": Decimal(price),
            "shop_name": f"小{rng.choice(FIRST)}鞋铺",
        }
        if market.happens(PLANTED):
            way = rng.randrange(2)
            claim = ("品牌授权店", "专柜正品")[way]
            more["price"] = Decimal(price if way == 0 else rng.choice((60, 120, 200)))
            title = f"{brand}跑鞋 {claim}"
            market.sell(claim, bad=True, title=title, labels=labels, **more)
            continue
        title, change = rng.choice(
            (
                (f"{brand}跑鞋 官方授权 正品", {"shop_name": f"{brand}官方旗舰店"}),
                (f"{brand}跑鞋 官方授权 正品", {"shop_name": f"{brand}官方旗舰店"}),
                (f"{brand}跑鞋 正品 假一赔十", {}),
                (f"{brand}跑鞋 二手正品 九成新", {"price": Decimal(90)}),
                (f"{brand}跑鞋 海外直邮 正品", {"price": Decimal(210)}),
                (f"适用{brand}跑鞋 鞋带 正品", {"price": Decimal(9)}),
                (f"{brand}跑鞋 透气", {"price": Decimal(300)}),
                (f"{brand}大米 官方正品", {"category": "粮油"}),
                (f"{brand}跑鞋 非官方授权 个人转卖", {}),
            )
        )
        market.sell("合法", bad=False, title=title, labels=labels, **{**more, **change})
    return market


def _gtin(number: int) -> str:
    body = f"693{number:09}"
    return next(body + str(n) for n in range(10) if gtin_checks(body + str(n)))


def makers(rows: int, rng: random.Random) -> Market:
    """Return a market of toys with barcodes, and who delivered them."""
    market, supply = Market(rng), []
    owners = [(_gtin(n * 7919 + 12_345), market.company("玩具")[0]) for n in range(1_500)]
    for number, (code, owner) in enumerate(owners):
        if number % 2:
            market.enter(
                register="ccc", number=f"202301222256{number:04}", name="儿童玩具", holder=owner,
                values=[("商品条码", code)],
            )  # fmt: skip
        else:
            supply += [
                {"platform": "甲网", "shop_id": shop, "item_id": f"{shop}-{number}", "gtin": code,
                 "supplier": "义乌某某商贸有限公司", "producer": written(rng, owner)}
                for shop in ("x1", "x2")
            ]  # fmt: skip
    for _ in range(rows):
        code, owner = rng.choice(owners)
        shown = rng.choice((code, f"0{code}", f"{code[:7]} {code[7:]}"))
        title, (alien, _) = market.title("", "儿童积木"), market.company("塑胶")
        labels = {"商品条码": shown, "生产厂家": written(rng, owner)}
        if market.happens(PLANTED):
            market.sell("冒用", bad=True, title=title, labels={**labels, "生产厂家": alien})
        elif market.happens(0.2):
            told = {**labels, "生产厂家": alien, "委托方": owner}
            market.sell("受托生产", bad=False, title=title, labels=told)
        else:
            market.sell("相符", bad=False, title=title, labels=labels)
    market.others["supply"] = supply
    return market


def summaries(rows: int, rng: random.Random) -> Market:
    """Return a market of cosmetics, of which some published no grounds for their efficacy."""
    market = numbers(rows, rng, "filing", FORGED_WAYS)
    market.planted.clear()
    told = {entry["number"]: rng.choice(("已公布", "未公布", None)) for entry in market.entries}
    for entry in market.entries:
        entry["values"] = [("功效宣称依据的摘要", told[entry["number"]])]
    for entry in rng.sample(market.entries, 800):
        claims = market.happens(0.5)
        title = f"{entry['name']} {'抗皱紧致' if claims else '50g'}"
        labels = {"化妆品备案编号": noisy(rng, entry["number"]), "生产厂家": entry["holder"]}
        bad = claims and told[entry["number"]] == "未公布"
        market.sell("未公布" if bad else "其他", bad=bad, title=title, labels=labels)
    return market


def streams(rows: int, rng: random.Random) -> Market:
    """Return a market that hosts sell from."""
    market = numbers(rows, rng, "ccc", FORGED_WAYS)
    bad, lawful = market.planted, market.lawful
    market.planted, market.lawful = {}, {}
    made = []
    for number in range(rows // 20):
        sold = rng.sample([*lawful], 6)
        if market.happens(0.1):
            sold[0] = rng.choice([*bad])
            market.planted[f"h{number}"] = "直播"
        made.append(
            {"record_id": f"v{number}", "platform": "甲网", "host_id": f"h{number}", "segments": [],
             "started_at": DAY, "products": sold}
        )  # fmt: skip
    market.others["livestream"] = made
    return market


TRIALS: dict[str, Callable[[int, random.Random], Market]] = {
    "minors.forged_ccc": lambda n, r: numbers(n, r, "ccc", FORGED_WAYS),
    "minors.suspended_ccc": lambda n, r: numbers(n, r, "ccc", ENDED_WAYS),
    "minors.forged_maker": makers,
    "food_drug.drug_unapproved": lambda n, r: numbers(n, r, "drug", FORGED_WAYS + ENDED_WAYS),
    "food_drug.device_unregistered": lambda n, r: numbers(n, r, "device", FORGED_WAYS + ENDED_WAYS),
    "food_drug.cosmetic_unregistered": lambda n, r: numbers(
        n, r, "special", FORGED_WAYS + ENDED_WAYS
    ),
    "food_drug.cosmetic_unfiled": lambda n, r: numbers(n, r, "filing", FORGED_WAYS + ENDED_WAYS),
    "food_drug.cosmetic_efficacy_unpublished": summaries,
    "food_drug.fake_health_food": lambda n, r: numbers(n, r, "health", FORGED_WAYS + ENDED_WAYS),
    "consumer.energy_grade_false": lambda n, r: grades(n, r, "energy_label", "能效等级"),
    "consumer.water_label": lambda n, r: grades(n, r, "water_label", "水效等级"),
    "consumer.phased_out_product": phased_out,
    "consumer.nev_exaggeration": lambda n, r: cars(n, r, parts=False),
    "consumer.nev_configuration": lambda n, r: cars(n, r, parts=True),
    "consumer.counterfeit": marks,
    "marketing.host_unqualified_goods": streams,
}


def main() -> None:
    """Run all trials and print precision and recall of each."""
    given = [int(argument) for argument in sys.argv[1:]]
    rows, seed = given[0] if given else ROWS, given[1] if len(given) > 1 else SEED
    table = Table("类型", "商品", "植入", "找到", "误报", "精确率", "召回率", "秒", "漏报与误报")
    for violation, trial in TRIALS.items():
        market = trial(rows, random.Random(f"{seed} {violation}"))  # noqa: S311 - no secret
        table.add_row(*_measured(violation, market))
    Console(width=150).print(table)


def _measured(violation: str, market: Market) -> list[str]:
    area, _, name = violation.partition(".")
    rule, faults = read_rule(rules_folder() / area / f"{name}.yml")
    if rule is None or rule.detector is None:
        raise SystemExit(faults)
    detector = rule.detector
    records = {"listing": market.listings, "register_entry": market.entries, **market.others}
    tables = {
        kind: pa.Table.from_pylist(records.get(kind, []), schema=KINDS[kind].schema).select(
            detector.columns(kind)
        )
        for kind in detector.kinds
        if kind in records
    }
    begun = time.perf_counter()
    found = detect(detector, tables)
    seconds = time.perf_counter() - begun
    if found.failed:
        raise SystemExit(found.failed)
    flagged = {suspicion.subject_id for suspicion in found.suspicions}
    right, wrong = flagged & market.planted.keys(), flagged - market.planted.keys()
    missed = market.planted.keys() - flagged
    told = sorted({f"漏 {market.planted[item]}" for item in missed})
    told += sorted({f"误 {market.lawful.get(item, '')}" for item in wrong})
    return [
        violation,
        str(len(market.listings)),
        str(len(market.planted)),
        str(len(right)),
        str(len(wrong)),
        f"{len(right) / max(1, len(flagged)):.3f}",
        f"{len(right) / max(1, len(market.planted)):.3f}",
        f"{seconds:.1f}",
        "；".join(told),
    ]


if __name__ == "__main__":
    main()
