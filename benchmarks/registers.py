"""How right and how fast are the detectors that hold shops against a register of licences?

A market is made at random, always the same for one size: shops in some counties, each with its
licence, and a register that writes numbers, names and addresses otherwise than the platforms do
(width, blanks, labels, O for 0, short names, branches, missing codes, floors). Among the lawful
shops are those renewed, closed in time, in grace, moved with a new licence, newly opened, with a
misprint of their own number, branches of a chain, of unknown code, and of a county of which the
register is an extract. Planted, as a share of all, are shops whose licence ran out, is nobody's
(both unlicensed and forged), or is another's, caterers with none, and kitchens elsewhere.

    .venv/bin/python benchmarks/registers.py [SHOPS ...]
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from hengjian.records.kinds import KINDS
from hengjian.violations.detector import Tables
from hengjian.violations.suspicion import Suspicion

SEED = 7
SIZES = (20_000, 100_000)
SHARES = (0.0, 0.005, 0.02, 0.05)
TODAY = dt.date(2026, 9, 1)
COUNTIES = [f"33{city:02d}{county:02d}" for city in range(1, 6) for county in range(2, 12)]
UNCOVERED = "340104"
DISTRICTS = {code: f"{'甲乙丙丁戊己庚辛壬癸'[int(code[4:]) - 2]}湖区" for code in COUNTIES}
CITIES = dict(
    zip(("01", "02", "03", "04", "05"), ("杭州", "宁波", "温州", "嘉兴", "湖州"), strict=True)
)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "福兴旺顺发祥瑞丰盛昌隆和泰安康乐鲜香美味佳缘聚满堂春秋松柏竹梅兰菊荷莲"
SHOPS = ("小吃店", "餐饮店", "面馆", "饭店", "快餐店", "餐厅", "烧烤店")
ROADS = (
    *("文一路", "文二路", "中山路", "解放路", "人民路", "建国路"),
    *("学院路", "延安路", "庆春路", "凤起路", "体育场路", "天目山路"),
)
LOOK_ALIKES, IN_EXTRACT, CODE_SHOWN, CODE_REGISTERED, WITH_FLOOR = 0.2, 0.1, 0.8, 0.9, 0.3
# The first shops are lawful, so that there are licences to borrow.
SETTLED = 20
EXPIRED, UNISSUED, ANOTHERS, NONE, ELSEWHERE = (
    "expired",
    "unissued",
    "anothers",
    "none",
    "elsewhere",
)
PLANTED = (EXPIRED, UNISSUED, ANOTHERS, NONE, ELSEWHERE)
DETECTORS = {
    "food_licence_expired": (EXPIRED,),
    "catering_unlicensed": (NONE, UNISSUED),
    "catering_forged_licence": (UNISSUED, ANOTHERS),
    "ghost_kitchen": (ELSEWHERE,),
}


class Market(NamedTuple):
    """Records, and what each shop was planted for; those not in it are lawful."""

    tables: Tables
    planted: dict[str, str]


class Result(NamedTuple):
    """What came of one detector in one market."""

    name: str
    share: float
    planted: int
    found: int
    false: int
    seconds: float


def market(shops: int, share: float, seed: int = SEED) -> Market:
    """Return a market in which a share of the shops is planted, as many of each type."""
    random = np.random.default_rng(seed)
    operators: list[dict[str, Any]] = []
    licences: list[dict[str, Any]] = []
    orders: list[dict[str, Any]] = []
    planted: dict[str, str] = {}
    for number in range(shops):
        what = (
            PLANTED[number % len(PLANTED)] if number > SETTLED and random.random() < share else ""
        )
        _add_shop(random, number, what, operators, licences, orders)
        if what:
            planted[f"S{number}"] = what
    order = random.permutation(len(licences))
    tables = {
        "operator": operators,
        "licence": [licences[place] for place in order],
        "order": orders,
    }
    return Market({kind: _table(kind, rows) for kind, rows in tables.items()}, planted)


def _add_shop(  # noqa: PLR0912, PLR0915 - a line for each kind of shop
    random: np.random.Generator,
    number: int,
    what: str,
    operators: list[dict[str, Any]],
    licences: list[dict[str, Any]],
    orders: list[dict[str, Any]],
) -> None:
    lawful = "" if what else _lawful_kind(random)
    county = UNCOVERED if lawful == "uncovered" else COUNTIES[number % len(COUNTIES)]
    city = CITIES.get(county[2:4], "合肥")
    district = DISTRICTS.get(county, "蜀山区")
    own = _pick(random, SURNAMES) + _pick(random, GIVEN, 3)
    name = f"{city}市{district}{own}{_pick(random, SHOPS)}"
    uscc = f"92{county}MA{number:07d}X"
    licence = f"JY2{county}{number:07d}"
    address = _address(random, city, district)
    until = TODAY + dt.timedelta(int(random.integers(60, 1826)))
    opened = dt.date(2024, 1, 1)
    claimed, here = licence, address
    code: str | None = uscc
    listed = True
    if what == EXPIRED or lawful in {"renewed", "closed", "grace", "moved"}:
        until = TODAY - dt.timedelta(int(random.integers(40, 500)))
    if lawful == "grace":
        until = TODAY - dt.timedelta(int(random.integers(1, 12)))
    if lawful == "renewed":
        licences.append(_licence(random, licence, name, uscc, address, TODAY + dt.timedelta(900)))
    if lawful == "moved":
        here = _address(random, city, district)
        new = f"JY2{county}9{number:06d}"
        licences.append(_licence(random, new, name, uscc, here, TODAY + dt.timedelta(900)))
    if lawful == "new":
        opened, listed = TODAY - dt.timedelta(int(random.integers(0, 5))), False
    if lawful == "misprint":
        claimed = licence[:12] + str((int(licence[12]) + 1) % 10) + licence[13:]
    if lawful == "branch":
        name = f"{city}{_pick(random, GIVEN, 3)}餐饮管理有限公司"
    if lawful == "silent":
        code = None
    if what == UNISSUED:
        claimed, listed = f"JY2{county}8{number:06d}", False
    if what == NONE:
        listed = False
    if what == ELSEWHERE:
        here = _address(random, city, district, other=address)
    if what == ANOTHERS:
        listed = False
        claimed = _in_force(random, licences)
    if lawful == "uncovered":
        listed = random.random() < IN_EXTRACT
    if listed:
        licences.append(_licence(random, licence, name, uscc, address, until))
    shown = name + "西湖分公司" if lawful == "branch" else name
    if lawful == "branch":
        code = f"91{county}MB{number:07d}X"
    operators.append(
        {
            "platform": "甲",
            "shop_id": f"S{number}",
            "name": _name_written(random, shown),
            "uscc": code if random.random() < CODE_SHOWN else None,
            "business_address": _address_written(random, here, city),
            "licence_nos": [] if what == NONE else [_number_written(random, claimed)],
            "opened_at": dt.datetime.combine(opened, dt.time(), dt.UTC),
        }
    )
    last = until - dt.timedelta(1) if lawful == "closed" else TODAY
    for back in (0, 1):
        day = last - dt.timedelta(back)
        orders.append(
            {
                "record_id": f"o{number}-{back}",
                "platform": "甲",
                "shop_id": f"S{number}",
                "item_id": "I",
                "user_id": "u",
                "created_at": dt.datetime.combine(day, dt.time(4), dt.UTC),
                "status": "received",
            }
        )


def _in_force(random: np.random.Generator, licences: list[dict[str, Any]]) -> str:
    while True:
        licence = licences[int(random.integers(len(licences)))]
        if licence["valid_until"] >= TODAY:
            return str(licence["licence_no"])


def _lawful_kind(random: np.random.Generator) -> str:
    kinds = (
        "renewed",
        "closed",
        "grace",
        "moved",
        "new",
        "misprint",
        "branch",
        "silent",
        "uncovered",
    )
    return str(random.choice(kinds)) if random.random() < LOOK_ALIKES else ""


def _licence(
    random: np.random.Generator, number: str, name: str, uscc: str, address: str, until: dt.date
) -> dict[str, Any]:
    return {
        "licence_no": number,
        "type": "food_operation",
        "holder": name,
        "uscc": uscc if random.random() < CODE_REGISTERED else None,
        "address": address,
        "valid_from": until - dt.timedelta(1825),
        "valid_until": until,
        "status": "valid",
    }


def _pick(random: np.random.Generator, words: Any, count: int = 1) -> str:
    return "".join(words[int(place)] for place in random.integers(0, len(words), count))


def _address(random: np.random.Generator, city: str, district: str, other: str = "") -> str:
    while True:
        road, house = _pick(random, ROADS), int(random.integers(1, 900))
        found = f"浙江省{city}市{district}{road}{house}号"
        if found not in other:
            return (
                f"{found}{int(random.integers(1, 4))}层" if random.random() < WITH_FLOOR else found
            )


def _number_written(random: np.random.Generator, number: str) -> str:
    forms = (
        number,
        number.lower(),
        f"{number[:3]} {number[3:9]} {number[9:]}",
        f"{number[:3]}-{number[3:7]}-{number[7:]}",
        f"许可证编号：{number}",
        "".join(chr(ord(character) + 0xFEE0) for character in number),
        number[:2] + number[2:].replace("0", "O", 1),
        f" {number}\u3000",
    )
    return forms[int(random.integers(len(forms)))]


def _name_written(random: np.random.Generator, name: str) -> str:
    forms = (
        name,
        name,
        name,
        f"{name}（个体工商户）",
        name.replace("市", ""),
        name[name.index("区") + 1 :] if "区" in name else name,
    )
    return forms[int(random.integers(len(forms)))]


def _address_written(random: np.random.Generator, address: str, city: str) -> str:
    forms = (
        address,
        address.removeprefix("浙江省"),
        address.replace("号", " 号 "),
        address + "一楼" if address.endswith("号") else address,
        "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in address),
        f"{city}{address.split('市')[1]}",
    )
    return forms[int(random.integers(len(forms)))]


def _table(kind: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=KINDS[kind].schema)


def measure(name: str, made: Market, share: float) -> Result:
    """Return what a detector finds."""
    suspect = import_module(f"hengjian.violations.food_drug.{name}").suspect
    begun = time.perf_counter()
    said = {each.subject_id for each in suspect(made.tables) if isinstance(each, Suspicion)}
    seconds = time.perf_counter() - begun
    wanted = {shop for shop, what in made.planted.items() if what in DETECTORS[name]}
    return Result(name, share, len(wanted), len(said & wanted), len(said - wanted), seconds)


def main() -> None:
    """Print precision, recall and seconds of each detector, by size and share planted."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    table = Table(
        "shops", "planted", "detector", "found", "false", "precision", "recall", "seconds"
    )
    for size in sizes:
        for share in SHARES:
            made = market(size, share)
            for name in DETECTORS:
                result = measure(name, made, share)
                precision = result.found / max(result.found + result.false, 1)
                recall = result.found / max(result.planted, 1)
                table.add_row(
                    *(f"{size:,}", f"{share:.1%}", name),
                    *(f"{result.found}/{result.planted}", str(result.false)),
                    *(f"{precision:.4f}", f"{recall:.4f}", f"{result.seconds:.1f}"),
                )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
