"""How well are gangs of accounts found, and how often is an honest crowd taken for one?

The market is made at random: households that share a device, a network and a taste, users who
always give five stars, popular items, texts of common phrases. Look-alikes: flash sales, a host's
fans, a fan club with a slogan, a defect's one-star wave, an office, a class of students made on the
same days, the new customers of one campaign. Gangs of three strengths are planted, one a market.

    .venv/bin/python benchmarks/groups.py [MARKETS] [--million]
"""

# ruff: noqa: PLR2004 - the numbers describe one market, each of them once
from __future__ import annotations

import sys
import time
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from hengjian.graphs.acts import Acts, Given, make_acts
from hengjian.graphs.groups import find_groups

DAY, DAYS, YEARS = 86_400.0, 180, 4
USERS, SHOPS, ITEMS, RATINGS, TASTES = 20_000, 200, 1500, 100_000, 12
REGIONS, NETWORKS = 200, 8
HAN = [chr(0x4E00 + each) for each in range(2500)]
PHRASES = (
    *("物流很快第二天就到了", "包装很结实没有破损", "质量比想象中好", "客服态度很耐心"),
    *("价格实惠比实体店便宜", "颜色和图片一样", "家里人都说好", "用了一个星期感觉不错"),
    *("做工精细没有瑕疵", "已经回购第三次了", "味道有点大", "性价比很高", "朋友推荐来买的"),
    *("活动价入手很划算", "就是快递慢了两天", "尺寸刚刚好", "下次还会再来", "有一点小失望"),
)
SLOGAN = "为哥哥打call永远支持哥哥最棒的代言人"


class Strength(NamedTuple):
    """How a gang acts; shares are of its members."""

    users: int
    shops: int
    items: int
    density: float
    days: float
    on_device: float
    per_device: int
    in_batch: float
    batch_days: float
    with_template: float
    camouflage: float
    parts: int


STRENGTHS = {
    "easy": Strength(40, 1, 4, 0.5, 5, 0.8, 8, 0.9, 0.25, 0.8, 1, 1),
    "medium": Strength(40, 3, 12, 0.2, 20, 0.5, 4, 0.7, 2, 0.5, 3, 1),
    "hard: 8 % of many shops, 45 days": Strength(200, 20, 100, 0.08, 45, 0.3, 3, 0.4, 6, 0.3, 6, 4),
    "hard: 4 % of 8 shops, 45 days": Strength(60, 8, 40, 0.04, 45, 0.4, 3, 0.6, 5, 0.4, 5, 3),
    "hard: 12 % of one shop, 50 days": Strength(30, 1, 10, 0.12, 50, 0.4, 3, 0.6, 5, 0.4, 5, 2),
}


class Market:
    """A market that grows by what is put into it."""

    def __init__(self, seed: int, times: int = 1) -> None:
        self.random = np.random.default_rng(seed)
        random = self.random
        self.users = USERS * times
        self.shop_of = random.integers(0, SHOPS * times, ITEMS * times)
        self.taste_of = random.integers(0, TASTES, SHOPS * times)[self.shop_of]
        self.popular = random.pareto(1.3, ITEMS * times) + 0.3
        self.quality = np.clip(random.normal(0.72, 0.12, ITEMS * times), 0.2, 0.97)
        self.created: dict[int, float] = {}
        self.device: dict[int, str] = {}
        self.network: dict[int, str] = {}
        self.rows: list[tuple[int, int, float, int, str | None]] = []
        self.gang: set[str] = set()
        self.put_in(np.arange(self.users), self._births(self.users))
        self._households()
        self._trade(RATINGS * times)

    def _births(self, count: int) -> NDArray[np.float64]:
        steady = self.random.uniform(-YEARS * 365, 0, count)
        campaign = self.random.choice([-130, -280, -430], count) + self.random.uniform(0, 2, count)
        return np.where(self.random.random(count) < 0.8, steady, campaign)

    def put_in(self, users: NDArray[np.int64], births: NDArray[np.float64]) -> None:
        """Add accounts, each with a device and a network of its own."""
        for user, born in zip(users.tolist(), births.tolist(), strict=True):
            self.created[user] = born
            self.device[user] = f"d{user}"
            place = self.random.integers(0, (REGIONS, NETWORKS))
            self.network[user] = f"n{place[0]}.{place[1]}"

    def _households(self) -> None:
        order, begin, number = self.random.permutation(self.users), 0, 0
        self.home = np.zeros(self.users, dtype=np.int64)
        while begin < self.users:
            size = int(self.random.choice([1, 2, 3, 4], p=[0.65, 0.2, 0.1, 0.05]))
            people = order[begin : begin + size]
            self.home[people] = number
            for user in people.tolist():
                self.network[user] = self.network[int(people[0])]
                if size > 1 and self.random.random() < 0.5:
                    self.device[user] = f"h{number}"
            begin, number = begin + size, number + 1

    def _trade(self, ratings: int) -> None:
        random = self.random
        busy = random.pareto(1.6, self.users) + 0.5
        users = random.choice(self.users, ratings, p=busy / busy.sum())
        likes = random.dirichlet(np.full(TASTES, 0.25), int(self.home.max()) + 1).cumsum(axis=1)
        taste = (random.random(ratings)[:, None] > likes[self.home[users]]).sum(axis=1)
        items = np.zeros(ratings, dtype=np.int64)
        for number in range(TASTES + 1):
            chosen = np.flatnonzero(taste == number)
            ours = np.flatnonzero(self.taste_of == min(number, TASTES - 1))
            weights = self.popular[ours] / self.popular[ours].sum()
            items[chosen] = random.choice(ours, len(chosen), p=weights)
        seasons = random.uniform(0, DAYS, self.users)
        self.buy(users, items, (seasons[users] + random.normal(0, 25, ratings)) % DAYS)

    def buy(
        self,
        users: NDArray[np.int64],
        items: NDArray[np.int64],
        days: NDArray[np.float64],
        stars: int | None = None,
        words: str | None = None,
    ) -> None:
        """Add reviews; their stars and words are what is usual where they are not given."""
        always = (users * 2654435761 % 100) < 40
        content = always | (self.random.random(len(users)) < self.quality[items])
        given = np.where(content, 5, self.random.integers(1, 5, len(users)))
        for place in range(len(users)):
            text = words if words and self.random.random() < 0.3 else self._words()
            rating = stars or int(given[place])
            self.rows.append((int(users[place]), int(items[place]), days[place], rating, text))

    def _words(self) -> str | None:
        kind = self.random.random()
        if kind < 0.4:
            return None if kind < 0.1 else "很好"
        some = self.random.choice(len(PHRASES), self.random.integers(1, 5), replace=False)
        own = "".join(HAN[each] for each in self.random.integers(0, 2500, self.random.integers(15)))
        return "，".join(PHRASES[each] for each in some) + own

    def add_look_alikes(self) -> None:
        """Put the honest crowds in."""
        random = self.random
        for _ in range(4):
            crowd = random.choice(self.users, 400, replace=False)
            item = np.full(400, random.integers(ITEMS))
            self.buy(crowd, item, random.uniform(0, DAYS) + random.uniform(0, 0.05, 400))
        for _ in range(2):
            fans = random.choice(self.users, 300, replace=False)
            for item in random.choice(ITEMS, 48):
                some = fans[random.random(300) < 0.2]
                days = random.uniform(0, DAYS) + random.gamma(2, 1.2, len(some))
                self.buy(some, np.full(len(some), item), days)
        club = random.choice(self.users, 150, replace=False)
        for item in random.choice(ITEMS, 20):
            some = club[random.random(150) < 0.7]
            days = random.uniform(0, DAYS) + random.exponential(0.3, len(some))
            self.buy(some, np.full(len(some), item), days, 5, SLOGAN)
        for _ in range(2):
            hurt = random.choice(self.users, 80, replace=False)
            days = random.uniform(10, DAYS - 20) + random.gamma(2, 1.5, 80)
            self.buy(hurt, np.full(80, random.integers(ITEMS)), days, 1, "漏电，要求退货退款")
        for number in range(3):
            office = random.choice(self.users, 15, replace=False)
            lunch = random.choice(ITEMS, 3)
            self.network |= dict.fromkeys(office.tolist(), f"office{number}")
            self.buy(np.repeat(office, 8), random.choice(lunch, 120), random.uniform(0, DAYS, 120))
            students = 10_000_000 + 100 * number + np.arange(40)
            self.put_in(students, random.uniform(-103, -100, 40))
            self.network |= dict.fromkeys(students.tolist(), f"school{number}")
            for book in random.choice(ITEMS, 5):
                self.buy(students, np.full(40, book), 40.0 + random.uniform(0, 4, 40))
            self.buy(np.repeat(students, 4), random.choice(60, 160), random.uniform(0, DAYS, 160))
        invited = 20_000_000 + np.arange(400)
        self.put_in(invited, 30 + random.uniform(0, 1, 400))
        self.buy(invited[:120], np.full(120, random.integers(ITEMS)), 30 + 5 * random.random(120))
        self.buy(np.repeat(invited, 2), random.choice(ITEMS, 800), random.uniform(30, DAYS, 800))

    def add_gang(self, strength: Strength, *, blame: bool) -> None:
        """Put a gang in."""
        random = self.random
        shops = random.choice(SHOPS, strength.shops, replace=False)
        items = random.permutation(np.flatnonzero(np.isin(self.shop_of, shops)))[: strength.items]
        start = random.uniform(5, DAYS - strength.days - 5)
        members = 30_000_000 + np.arange(strength.users)
        for number, part in enumerate(np.array_split(members, strength.parts)):
            born = start - random.uniform(3, 60) + random.uniform(0, strength.batch_days, len(part))
            old = random.random(len(part)) > strength.in_batch
            self.put_in(part, np.where(old, self._births(len(part)), born))
            using = part[random.random(len(part)) < strength.on_device]
            for place, user in enumerate(using.tolist()):
                self.device[user] = f"g{number}.{place // strength.per_device}"
            templates = ["".join(random.choice(HAN, 28)) + "强烈推荐大家购买" for _ in range(3)]
            for user in part.tolist():
                hits = items[random.random(len(items)) < strength.density]
                for item in hits if len(hits) else random.choice(items, 1):
                    extreme = random.random() < 0.95
                    rating = (1 if extreme else 2) if blame else (5 if extreme else 4)
                    words = self._words()
                    if random.random() < strength.with_template:
                        words = self._spun(str(random.choice(templates)))
                    day = start + random.uniform(0, strength.days)
                    self.rows.append((user, int(item), day, rating, words))
                others = random.poisson(strength.camouflage)
                shown = random.choice(ITEMS, others, p=self.popular / self.popular.sum())
                self.buy(np.full(others, user), shown, random.uniform(0, DAYS, others))
            self.gang.update(f"u{user}" for user in part.tolist())

    def _spun(self, text: str) -> str:
        place = int(self.random.integers(len(text)))
        return text[:place] + str(self.random.choice(HAN)) + text[place + 1 :] + "！"

    def acts(self) -> Acts:
        """Return the reviews in an order of chance."""
        order = self.random.permutation(len(self.rows))
        users, items, days, ratings, texts = zip(*(self.rows[each] for each in order), strict=True)
        return make_acts(
            Given(
                pa.array([f"u{user}" for user in users]),
                pa.array([f"s{self.shop_of[item]}" for item in items]),
                pa.array([f"i{item}" for item in items]),
                np.array(days) * DAY,
                np.array(ratings, dtype=np.float64),
                pa.array([self.device[user] for user in users]),
                pa.array([self.network[user] for user in users]),
                pa.array(texts, pa.string()),
                None,
                np.array([self.created[user] for user in users]) * DAY,
            )
        )


class Found(NamedTuple):
    """What was found in a market."""

    f1: float
    false_groups: int
    seconds: float


def found_in(market: Market) -> Found:
    """Find the groups of a market, and hold them against the gang."""
    acts = market.acts()
    began = time.perf_counter()
    groups = [{acts.account_ids[each] for each in group.accounts} for group in find_groups(acts)]
    seconds = time.perf_counter() - began
    members = set[str]().union(*groups)
    f1 = 2 * len(members & market.gang) / max(1, len(members) + len(market.gang))
    false_groups = sum(len(group & market.gang) < len(group) / 2 for group in groups)
    return Found(f1, false_groups, seconds)


def main() -> None:
    """Measure and print."""
    counts = [int(each) for each in sys.argv[1:] if not each.startswith("-")] or [5]
    table = Table(title=f"{counts[0]} markets a row, {RATINGS:,} reviews and look-alikes in each")
    for name in ("gang", "F1", "least F1", "false groups", "seconds"):
        table.add_column(name, justify="left" if name == "gang" else "right")
    for name, strength in {"none": None, **STRENGTHS}.items():
        results = []
        for seed in range(counts[0]):
            market = Market(seed)
            market.add_look_alikes()
            if strength:
                market.add_gang(strength, blame=seed % 3 == 2)
            results.append(found_in(market))
        f1 = [each.f1 for each in results]
        figures = (f"{np.mean(f1):.2f}", f"{min(f1):.2f}") if strength else ("", "")
        false_groups = str(sum(each.false_groups for each in results))
        seconds = f"{np.mean([each.seconds for each in results]):.2f}"
        table.add_row(name, *figures, false_groups, seconds)
    Console().print(table)
    if "--million" in sys.argv:
        market = Market(0, times=10)
        began = time.perf_counter()
        acts = market.acts()
        made = time.perf_counter() - began
        began = time.perf_counter()
        find_groups(acts)
        Console().print(
            f"{len(acts.times):,} reviews: {made:.1f} s to number, "
            f"{time.perf_counter() - began:.1f} s to find groups"
        )


if __name__ == "__main__":
    main()
