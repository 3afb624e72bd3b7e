"""How soon are new topics found, and how often does a season alone raise one?

Seeded data of fifteen months: complaints and reviews of shops in eight regions, with weekdays,
promotions, holidays and goods of the season; the first three months are only past. Into one of two
copies five topics are planted, some in one region, some with a word that no dictionary has.
Then markets of examples/simulate, which another author made: a topic in each, years without any,
and markets in which a second source of complaints begins. The detector was tuned on seeds below
1000; report others.

    .venv/bin/python benchmarks/hot.py [SEEDS [FIRST_SEED]]
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from hengjian.cli.hot import keywords_of_events, read_tables
from hengjian.records.kinds import KINDS
from hengjian.scanning.sources import find_sources
from hengjian.topics.texts import COLUMNS
from hengjian.topics.topic import Topic, emerging_topics

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))
from simulate import trade
from simulate.market import LEVELS, Market
from simulate.table import BACKGROUNDS, simulate

START, DAYS, PAST = dt.date(2025, 8, 1), 455, 90
REGIONS = ("杭州市", "宁波市", "温州市", "嘉兴市", "湖州市", "绍兴市", "金华市", "台州市")
SHOPS, PER_DAY, SOON_DAYS = 400, 60, 3
RANDOM = np.random.Generator

_GRIEVANCES = (
    *(
        "一直不发货客服没有人回复",
        "收到的衣服尺码偏小想换货",
        "快递破损包装漏液要求退款",
        "手机用了两天就死机",
    ),
    *(
        "商家说好的赠品没有给",
        "水果坏了一半以上",
        "沙发有味道睡不着觉",
        "客服态度很差不解决问题",
        "鞋子开胶穿了一周",
    ),
    *(
        "保修期内不给修理",
        "退货退款一直不到账",
        "颜色和图片不一样色差大",
        "说是正品怀疑是假货",
        "生产日期不新鲜快过期",
    ),
    *(
        "预约安装没有人上门",
        "发票申请了一个月不开",
        "自动续费没有提醒就扣钱",
        "充值的会员不能用",
        "外卖送来已经凉了",
    ),
)
_PRAISE = (
    *(
        "质量很好物流也快",
        "穿上很合身家里人都喜欢",
        "味道不错下次还会买",
        "包装严实没有磕碰",
        "性价比高推荐购买",
    ),
    *(
        "客服耐心解答很满意",
        "做工精细没有线头",
        "孩子很喜欢玩",
        "老人用着方便",
        "和描述一致值得信赖",
    ),
)
_FILLER = (
    "今天昨天晚上早上家里公司朋友同事妈妈一共花了买的时候看到主页觉得还是真的有点"
    "比较特别因为所以但是而且其实已经后来"
)


class Season(NamedTuple):
    """Words that come with the year: a day of the year, days around it, and how many a day."""

    text: str
    day: int
    spread: float
    peak: float


class Planted(NamedTuple):
    """A topic: kind, text, first day, days, people a day at first, region (None: everywhere)."""

    kind: str
    text: str
    begin: int
    days: int
    people: int
    region: str | None


SEASONS = (
    *(Season("月饼礼盒漏油发霉", 265, 12, 9), Season("粽子馅料和标的不一样", 165, 10, 9)),
    *(Season("羽绒服跑绒厉害", 340, 25, 8), Season("空调安装乱收费", 190, 25, 10)),
    *(Season("年货坚果受潮", 30, 12, 9), Season("大闸蟹死了一半缺重", 285, 14, 9)),
    *(Season("开学文具异味", 243, 8, 7), Season("电热毯不热", 345, 20, 5)),
    *(Season("防晒衣起球", 160, 25, 6), Season("旅游团强制购物行程缩水", 277, 6, 8)),
    *(Season("春运车票抢票加速包不退", 35, 8, 7), Season("高考志愿填报机构不退费", 175, 8, 6)),
)
TOPICS = (
    Planted("complaint", "直播间买的荧光兔灯儿童电池爆炸冒烟烫伤手指", 150, 20, 6, None),
    Planted("complaint", "小区门口水果店鬼秤少了三两八", 205, 15, 5, "温州市"),
    Planted("review", "面霜用后脸上激素脸红肿停用反弹", 260, 20, 6, None),
    Planted("complaint", "悦动健身会所关门跑路余额退不了", 310, 12, 8, "杭州市"),
    Planted("review", "奶茶里喝出薯条味塑料糊状物", 380, 15, 6, "台州市"),
)


def _volume(day: int) -> float:
    """Return how busy a day is: weekends, promotions, holidays."""
    date = START + dt.timedelta(days=day)
    busy = 1.15 if date.weekday() in {0, 6} else 1.0
    key = (date.month, date.day)
    if (11, 10) <= key <= (11, 25) or (6, 15) <= key <= (6, 28):
        busy *= 2.5
    if (2, 14) <= key <= (2, 22) or (10, 1) <= key <= (10, 7):
        busy *= 0.5
    return busy


def _lines(random: RANDOM, kind: str, day: int) -> Iterator[str]:
    """Yield the texts of a day without any topic."""
    base = _GRIEVANCES if kind == "complaint" else _PRAISE
    for _ in range(random.poisson(PER_DAY * _volume(day) * random.lognormal(0, 0.12))):
        at = random.integers(0, len(_FILLER) - 8, 2)
        yield f"{_FILLER[at[0] : at[0] + 6]}，{random.choice(base)}，{_FILLER[at[1] : at[1] + 4]}"
    date = START + dt.timedelta(days=day)
    of_year = date.timetuple().tm_yday
    for season in SEASONS:
        apart = min(abs(of_year - season.day), 365 - abs(of_year - season.day))
        share = season.peak * np.exp(-0.5 * (apart / season.spread) ** 2)
        for _ in range(random.poisson(share * (1 if kind == "complaint" else 0.7))):
            yield season.text
    sale = (date.month, date.day) in {(11, d) for d in range(9, 15)} | {
        (6, d) for d in range(16, 22)
    }
    for _ in range(random.poisson(15) if sale else 0):
        yield str(
            random.choice(["双十一保价失败不退差价", "定金不退尾款付不了", "大促价格先涨后降"])
        )


def _rows(random: RANDOM, kind: str, *, planted: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def add(day: int, text: str, region: int | None = None) -> None:
        shop = int(random.integers(SHOPS // len(REGIONS))) * len(REGIONS)
        shop += int(random.integers(len(REGIONS))) if region is None else region
        moment = dt.datetime.combine(START, dt.time(1), dt.UTC)
        moment += dt.timedelta(days=day, seconds=int(random.integers(40_000)))
        who = {
            "complainant_id": f"P{random.integers(10**6)}",
            "user_id": f"U{random.integers(10**6)}",
        }
        rows.append(
            {
                "record_id": f"{kind}{len(rows)}",
                "platform": "甲",
                "shop_id": f"S{shop}",
                "created_at": moment,
                "text": text,
                **who,
            }
        )

    for day in range(DAYS):
        for line in _lines(random, kind, day):
            add(day, line)
    for topic in TOPICS if planted else ():
        for day in range(topic.begin, topic.begin + topic.days) if topic.kind == kind else ():
            place = None if topic.region is None else REGIONS.index(topic.region)
            for _ in range(random.poisson(topic.people * (1 + 0.3 * (day - topic.begin)))):
                add(day, topic.text, place)
    return rows


def market(seed: int, *, planted: bool) -> dict[str, pa.Table]:
    """Return the tables of a market, always the same for a seed."""
    random = np.random.default_rng(seed)
    tables = {}
    for kind in ("complaint", "review"):
        schema = pa.schema([KINDS[kind].schema.field(name) for name in COLUMNS[kind]])
        rows = [
            {name: row.get(name) for name in schema.names}
            for row in _rows(random, kind, planted=planted)
        ]
        tables[kind] = pa.Table.from_pylist(rows, schema=schema)
    shops = [
        {
            "record_id": f"L{shop}",
            "platform": "甲",
            "shop_id": f"S{shop}",
            "title": "商品",
            "region": REGIONS[shop % len(REGIONS)],
        }
        for shop in range(SHOPS)
    ]
    schema = pa.schema([KINDS["listing"].schema.field(name) for name in COLUMNS["listing"]])
    tables["listing"] = pa.Table.from_pylist(shops, schema=schema)
    return tables


def _found(topic: Planted, told: list[Topic]) -> Topic | None:
    begin = START + dt.timedelta(days=topic.begin)
    for each in told:
        fits = topic.kind == each.kind and sum(word in topic.text for word in each.words) >= 1
        if fits and 0 <= (each.seen_day - begin).days < topic.days:
            return each
    return None


def _own(seeds: int) -> Table:
    """Return what was found of this module's own topics, and raised for nothing."""
    table = _table(
        f"Own simulator: 5 topics; {(DAYS - PAST) / 365:.0f} year of season without any",
        "seed",
        "records",
        "found within 3 days",
        "days",
        "right region",
        "false alarms",
        "seconds",
    )
    for seed in range(seeds):
        tables = market(seed, planted=True)
        told, seconds = _timed(tables)
        hits = [(topic, _found(topic, told)) for topic in TOPICS]
        delays = [
            (hit.seen_day - START).days - topic.begin + 1 for topic, hit in hits if hit is not None
        ]
        places = sum(hit is not None and hit.region == topic.region for topic, hit in hits)
        alarms, _ = emerging_topics(market(seed + 1000, planted=False))
        false = [topic for topic in alarms if (topic.seen_day - START).days >= PAST]
        table.add_row(
            str(seed),
            f"{sum(each.num_rows for each in tables.values()):,}",
            f"{sum(delay <= SOON_DAYS for delay in delays)} of {len(TOPICS)}",
            " ".join(map(str, delays)),
            f"{places} of {len(TOPICS)}",
            _named(false),
            f"{seconds:.0f}",
        )
    return table


def _timed(tables: dict[str, pa.Table]) -> tuple[list[Topic], float]:
    started = time.perf_counter()
    told, _ = emerging_topics(tables, keywords_of_events(tables.get("event")))
    return told, time.perf_counter() - started


def _named(false: list[Topic]) -> str:
    return str(len(false)) + "".join(f" {' '.join(topic.words[:2])}" for topic in false[:3])


def _other_markets(made: Iterable[Market]) -> dict[str, pa.Table]:
    """Return markets of the other simulator as one, read as a user's files are."""
    parts: dict[str, list[pa.Table]] = {}
    for each in made:
        with tempfile.TemporaryDirectory() as folder:
            each.write(Path(folder), [*COLUMNS, "event"])
            tables, _ = read_tables(find_sources([Path(folder, "market")], None, {}))
        for kind, table in tables.items():
            parts.setdefault(kind, []).append(table)
    return {kind: pa.concat_tables(some) for kind, some in parts.items()}


def _year_without(seed: int) -> Market:
    """Return the other simulator's year of complaints with nothing planted."""
    made = Market(seed, 1.0)
    trade.open_market(made)
    BACKGROUNDS["year"](made)
    return made


def _other(first: int, seeds: int) -> Table:
    """Return what was found of the other author's topics: one a market of 1,340 complaints."""
    table = _table(
        "Other author's simulator: one topic in each market of some 1,340 complaints a year",
        "difficulty",
        "found within 3 days",
        "found at all",
        "days",
        "other alarms",
        "seconds",
    )
    for level, name in enumerate(LEVELS):
        delays, false, spent = [], [], 0.0
        for seed in range(first, first + seeds):
            made = simulate(seed, ["hot_issue"], level)
            told, seconds = _timed(_other_markets([made]))
            spent += seconds
            (truth,) = (row for row in made.truth if row["subject_kind"] == "topic")
            planted = set(truth["record_ids"])
            hits = [each for each in told if planted & {record for record, *_ in each.examples}]
            begin = dt.date.fromisoformat(truth["first_day"])
            delays += [min((hit.seen_day - begin).days + 1 for hit in hits)] if hits else []
            false += [each for each in told if each not in hits]
        table.add_row(
            name,
            f"{sum(delay <= SOON_DAYS for delay in delays)} of {seeds}",
            f"{len(delays)} of {seeds}",
            " ".join(map(str, sorted(delays))),
            _named(false),
            f"{spent / seeds:.1f}",
        )
    return table


def _silent(first: int, seeds: int) -> Table:
    """Return the alarms of years without topic, of more and more complaints.

    A larger year is several markets of the same dates in one.
    """
    table = _table(
        "Other author's simulator: years without topic", "complaints", "years", "alarms", "seconds"
    )
    for markets, years in ((1, seeds), (10, max(seeds // 3, 1)), (100, 1)):
        false, spent, size = [], 0.0, 0
        for year in range(years):
            begin = first + year * markets
            tables = _other_markets(map(_year_without, range(begin, begin + markets)))
            told, seconds = _timed(tables)
            false += told
            spent += seconds
            size = tables["complaint"].num_rows
        table.add_row(f"{size:,}", str(years), _named(false), f"{spent / years:.1f}")
    return table


def _silent_when_a_source_begins(first: int, seeds: int) -> Table:
    """Return the alarms of markets of all backgrounds, where other complaints begin in July."""
    table = _table(
        "Other author's simulator: markets of all backgrounds, nothing planted",
        "complaints",
        "markets",
        "alarms",
        "markets with any",
        "seconds",
    )
    false, markets, spent, size = [], 0, 0.0, 0
    for seed in range(first, first + seeds):
        tables = _other_markets([simulate(seed, [], 0)])
        told, seconds = _timed(tables)
        false += told
        markets += bool(told)
        spent += seconds
        size = tables["complaint"].num_rows
    table.add_row(f"{size:,}", str(seeds), _named(false), str(markets), f"{spent / seeds:.1f}")
    return table


def _table(title: str, *names: str) -> Table:
    table = Table(title=title)
    for name in names:
        table.add_column(name, justify="right")
    return table


def main() -> None:
    """Print what was found and what was raised for nothing."""
    seeds, first = (*map(int, sys.argv[1:]), *(3, 0)[len(sys.argv) - 1 :])
    console = Console(width=140)
    console.print(_own(min(seeds, 3)))
    console.print(_other(first, seeds))
    console.print(_silent(first, seeds))
    console.print(_silent_when_a_source_begins(first, seeds))


if __name__ == "__main__":
    main()
