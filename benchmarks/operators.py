"""How well and how fast are operators found again across platforms?

Registers are simulated: operators of one to six shops on three platforms, each row written in its
own way (brackets, 省 and 市, 有限责任公司, blanks) and with some of code, contact, address and
licence unknown. Among them are companies of nearly one name (one character, another region, another
trade), agents and incubators whose contact or address hundreds share, and natural persons of one
name. Counted are pairs of shops: precision, recall, and pairs of companies of nearly one name that
were merged, which must be none.

    .venv/bin/python benchmarks/operators.py [ROWS ...]
"""

from __future__ import annotations

import sys
import time
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from hengjian.identity.operators import Operators, resolve_operators
from hengjian.records.kinds import KINDS

SEED = 20261111
SIZES = (100_000, 1_000_000)
LEAST_PRECISION, LEAST_RECALL = 0.98, 0.95
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
CITIES = [
    ("浙江省", "杭州市", "西湖区"),
    ("浙江省", "宁波市", "鄞州区"),
    ("广东省", "深圳市", "南山区"),
    ("江苏省", "南京市", "玄武区"),
    ("四川省", "成都市", "武侯区"),
    ("湖北省", "武汉市", "洪山区"),
    ("陕西省", "西安市", "雁塔区"),
    ("福建省", "厦门市", "思明区"),
]
CHARACTERS = list("青松杉绿野明月清风恒远嘉禾瑞丰盛泰和安康宁华美益达通顺鑫源海川云峰雅聚福禄")
SURNAMES = list("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨")
TRADES = ["食品", "贸易", "科技", "餐饮管理", "服饰", "母婴用品", "家居", "水果批发", "文化传媒"]
SHOP_TRADES = ["小吃店", "水果店", "服装店", "面馆", "百货商店", "玩具经营部", "化妆品商行"]
ROADS = ["文三路", "人民东路", "解放路", "中山大道", "学院路", "青年街", "长江路", "和平巷"]
DIGITS = "零一二三四五六七八九"


class Made(NamedTuple):
    """A simulated register: its tables, and by row the operator and its family of alike names."""

    operator: pa.Table
    owner: np.ndarray[tuple[int], np.dtype[np.int64]]
    family: np.ndarray[tuple[int], np.dtype[np.int64]]


class One(NamedTuple):
    """One operator as it is registered."""

    name: str
    uscc: str
    kind: str
    address: str
    contact: str
    licence: str
    family: int


def make_uscc(random: np.random.Generator) -> str:
    """Return a code with a right check digit."""
    body = "91" + "".join(random.choice(list("0123456789"), 15))
    total = sum(ALPHABET.index(c) * w for c, w in zip(body, WEIGHTS, strict=True))
    return body + ALPHABET[(31 - total % 31) % 31]


class Simulator:
    """Makes operators and writes their rows."""

    def __init__(self, rows: int) -> None:
        self.random = np.random.default_rng(SEED)
        self.rows = rows
        self.agents = [f"agent-{n}" for n in range(max(2, rows // 5000))]
        self.incubators = [self._address() for _ in range(max(2, rows // 5000))]
        self.seen: set[str] = set()

    def _pick(self, options: list[str]) -> str:
        return options[int(self.random.integers(len(options)))]

    def _chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def _address(self) -> str:
        place = "".join(CITIES[int(self.random.integers(len(CITIES)))])
        number, block, room = self.random.integers(1, [900, 20, 30])
        return f"{place}{self._pick(ROADS)}{number}号{block}幢{room}0{room % 9 + 1}室"

    def _brand(self) -> str:
        return "".join(self.random.choice(CHARACTERS, int(self.random.integers(2, 5))))

    def company(self, family: int, like: str | None = None) -> One | None:
        """Return a company, where wanted of nearly the name of another."""
        province, city, _ = CITIES[int(self.random.integers(len(CITIES)))]
        brand, trade = self._brand(), self._pick(TRADES)
        if like is not None:
            place, brand, trade = like.split("|")
            province, city = place.split("/")
            turn = int(self.random.integers(3))
            if turn == 0:
                at = int(self.random.integers(len(brand)))
                brand = brand[:at] + self._pick(CHARACTERS) + brand[at + 1 :]
            elif turn == 1:
                province, city, _ = CITIES[int(self.random.integers(len(CITIES)))]
            else:
                trade = self._pick(TRADES)
        return self._registered(f"{province}/{city}|{brand}|{trade}", "enterprise", family)

    def business(self, family: int) -> One | None:
        """Return a business of one owner."""
        province, city, county = CITIES[int(self.random.integers(len(CITIES)))]
        name = self._pick(SURNAMES) + self._brand()[:2]
        return self._registered(
            f"{province}/{city}{county}|{name}|{self._pick(SHOP_TRADES)}",
            "individual_business",
            family,
        )

    def person(self, family: int) -> One | None:
        """Return a natural person; many share a name."""
        name = self._pick(SURNAMES) + "".join(self.random.choice(CHARACTERS[:12], 2))
        contact = f"c{self.random.integers(1 << 60):x}"
        return One(name, "", "natural_person", self._address(), contact, "", family)

    def _registered(self, name: str, kind: str, family: int) -> One | None:
        if name in self.seen:
            return None
        self.seen.add(name)
        contact = f"c{self.random.integers(1 << 60):x}"
        if self._chance(0.15):
            contact = self._pick(self.agents)
        address = self._address()
        if self._chance(0.1):
            address = self._pick(self.incubators)
        licence = f"JY1{self.random.integers(10**12, 10**13)}"
        if self._chance(0.5):
            licence = ""
        return One(name, make_uscc(self.random), kind, address, contact, licence, family)

    def write_name(self, one: One) -> str:
        """Return the name as one platform writes it."""
        if one.kind == "natural_person":
            return one.name
        place, brand, trade = one.name.split("|")
        province, city = place.split("/")
        province = "" if self._chance(0.5) else province
        if one.kind == "individual_business":
            end = self._pick(["", "（个体工商户）", "(个体工商户)"])
            return f"{province}{city}{brand}{trade}{end}"
        if self._chance(0.6):
            province, city = province.removesuffix("省"), city.removesuffix("市")
        form = "有限公司" if self._chance(0.7) else "有限责任公司"
        name = f"{province}{city}{brand}{trade}{form}"
        if self._chance(0.1):
            at = int(self.random.integers(len(name)))
            name = f"{name[:at]} {name[at:]}"
        return f" {name}　" if self._chance(0.05) else name

    def write_address(self, address: str) -> str:
        """Return the address as one platform writes it."""
        if self._chance(0.4):
            address = address.replace("省", "", 1).replace("市", "", 1)
        if self._chance(0.4):
            address = address.replace("幢", self._pick(["栋", "号楼", "座"]))
        if self._chance(0.3):
            address = address.removesuffix("室")
        if self._chance(0.2):
            address = address.replace("号", " 号 ", 1)
        return address.replace("1", "１") if self._chance(0.1) else address

    def row(self, one: One, number: int) -> dict[str, object]:
        """Return the row of one shop."""
        uscc = one.uscc if one.uscc and self._chance(0.8) else None
        return {
            "platform": f"平台{number % 3}",
            "shop_id": f"s{number}",
            "name": self.write_name(one),
            "uscc": uscc and (uscc if self._chance(0.9) else uscc.lower()),
            "kind": one.kind,
            "registered_address": self.write_address(one.address) if self._chance(0.7) else None,
            "contact_hash": one.contact if self._chance(0.8) else None,
            "licence_nos": [one.licence] if one.licence and self._chance(0.7) else None,
        }

    def _operator(self, number: int, companies: list[tuple[str, int]]) -> One | None:
        """Return one more operator; None: its name is taken."""
        if companies and self._chance(0.1):
            like, family = companies[int(self.random.integers(len(companies)))]
            return self.company(family, like)
        if self._chance(0.45):
            return self.company(number)
        return self.business(number) if self._chance(0.7) else self.person(number)

    def make(self) -> Made:
        """Return a register in random order."""
        rows: list[dict[str, object]] = []
        owners: list[int] = []
        families: list[int] = []
        companies: list[tuple[str, int]] = []
        operators = 0
        while len(rows) < self.rows:
            one = self._operator(operators, companies)
            if one is None:
                continue
            if one.kind == "enterprise":
                companies.append((one.name, one.family))
            for _ in range(int(self.random.choice([1, 2, 3, 6], p=[0.5, 0.3, 0.15, 0.05]))):
                rows.append(self.row(one, len(rows)))
                owners.append(operators)
                families.append(one.family)
            operators += 1
        order = self.random.permutation(len(rows))
        table = pa.Table.from_pylist(rows, schema=KINDS["operator"].schema).take(order)
        return Made(table, np.array(owners)[order], np.array(families)[order])


def pairs(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """Return how many pairs of rows have one number."""
    counts = np.unique(numbers, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def measure(made: Made, found: Operators) -> tuple[float, float, int]:
    """Return precision and recall by pairs, and how many alike companies were merged."""
    place = {shop: row for row, shop in enumerate(found.shops)}
    shop_ids: list[Any] = made.operator.column("shop_id").to_pylist()
    platforms: list[Any] = made.operator.column("platform").to_pylist()
    number = found.numbers[[place[shop] for shop in zip(platforms, shop_ids, strict=True)]]
    width = int(made.owner.max()) + 1
    right = pairs(number * width + made.owner)
    alike = pairs(number * width + made.family) - right
    return right / max(1, pairs(number)), right / max(1, pairs(made.owner)), alike


def main() -> int:
    """Print the figures of each size; the exit status is 1 where one is missed."""
    table = Table(title="经营者归并")
    for name in ("行", "经营者", "归并", "查准率", "查全率", "近似名称误并", "秒", "毫秒/千行"):
        table.add_column(name, justify="right")
    missed = False
    for size in [int(text) for text in sys.argv[1:]] or SIZES:
        made = Simulator(size).make()
        begun = time.perf_counter()
        found = resolve_operators({"operator": made.operator})
        seconds = time.perf_counter() - begun
        precision, recall, alike = measure(made, found)
        missed |= precision < LEAST_PRECISION or recall < LEAST_RECALL or alike > 0
        rows = made.operator.num_rows
        cells = (f"{rows:,}", f"{int(found.numbers.max()) + 1:,}", f"{len(found.merges):,}")
        rates = (f"{precision:.4f}", f"{recall:.4f}", f"{alike:,}")
        table.add_row(*cells, *rates, f"{seconds:.1f}", f"{seconds * 1e6 / rows:.1f}")
    Console().print(table)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
