from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from hengjian.graphs.acts import Acts, Given, make_acts
from hengjian.graphs.groups import Group, find_groups
from hengjian.graphs.signals import fisher
from hengjian.graphs.templates import template_numbers

DAY = 86_400.0
USERS, SHOPS, ROWS = 2000, 60, 8000
WORDS = (
    "收到货当晚就拆开用了，做工比想的扎实，家里老人也夸，下回还来这家",
    "等了两天就送到楼下，细节比照片更好看，同事都来问链接，已经推荐给朋友",
    "客服讲得特别仔细，连着用了一周没有毛病，这个价位很难得，放心入手",
)


class Row(NamedTuple):
    user: str
    shop: str
    day: float
    rating: int
    device: str
    network: str
    text: str | None
    born: float


def honest(seed: int) -> list[Row]:
    """Users of many shops; every tenth shares a device with the next one."""
    random = np.random.default_rng(seed)
    born = random.uniform(-1000, 0, USERS)
    popular = random.pareto(1.5, SHOPS) + 0.5
    users = random.integers(0, USERS, ROWS)
    shops = random.choice(SHOPS, ROWS, p=popular / popular.sum())
    days, ratings = random.uniform(0, 120, ROWS), random.choice([5, 5, 5, 5, 4, 3, 2, 1], ROWS)
    return [
        Row(
            f"u{user}",
            f"s{shop}",
            day,
            int(rating),
            f"d{user - (user % 10 == 1)}",
            f"n{user % 97}",
            "很好",
            born[user],
        )
        for user, shop, day, rating in zip(users, shops, days, ratings, strict=True)
    ]


def gang(
    seed: int, days: float, rating: int = 5, *, devices: int = 5, batch: float = 1.0
) -> list[Row]:
    """Thirty accounts that praise shop s3, on so many devices, made within so many days."""
    random = np.random.default_rng(seed + 1000)
    return [
        Row(
            f"g{number}",
            "s3",
            20 + random.uniform(0, days),
            rating,
            f"x{number % devices}",
            f"n{number}",
            WORDS[number % 3] + "！" * (number % 4),
            10 + random.uniform(0, batch),
        )
        for number in range(30)
    ]


def crowd(count: int, shops: list[str], rating: int, **same: object) -> list[Row]:
    """Accounts that do the same, each with a device of its own."""
    random = np.random.default_rng(count)
    return [
        Row(
            f"c{number}",
            shop,
            40 + random.uniform(0, 1),
            rating,
            f"dc{number}",
            f"nc{number}",
            None,
            random.uniform(-1000, 0),
        )._replace(**same)  # type: ignore[arg-type]
        for number in range(count)
        for shop in shops
    ]


def acts_of(rows: list[Row]) -> Acts:
    users, shops, days, ratings, devices, networks, texts, born = zip(*rows, strict=True)
    return make_acts(
        Given(
            pa.array(users),
            pa.array(shops),
            pa.array(shops),
            np.array(days) * DAY,
            np.array(ratings, dtype=np.float64),
            pa.array(devices, pa.string()),
            pa.array(networks, pa.string()),
            pa.array(texts, pa.string()),
            None,
            np.array(born) * DAY,
        )
    )


def named(acts: Acts, group: Group) -> set[str]:
    return {acts.account_ids[each] for each in group.accounts}


@pytest.mark.parametrize("days", [3, 60], ids=["in three days", "in two months"])
@pytest.mark.parametrize("rating", [5, 1], ids=["praise", "blame"])
def test_a_gang_is_found_whether_it_hurries_or_drips(days: float, rating: int) -> None:
    acts = acts_of(honest(1) + gang(1, days, rating))
    [group] = find_groups(acts)
    members = {f"g{number}" for number in range(30)}
    assert len(named(acts, group) & members) >= 28
    assert len(named(acts, group) - members) <= 2
    assert [acts.shop_ids[shop] for shop in group.shops] == ["s3"]
    assert group.chance < 0.01
    assert 20 * DAY <= group.begin <= group.end <= (20 + days) * DAY


def test_a_group_says_what_each_signal_adds() -> None:
    [group] = find_groups(acts_of(honest(2) + gang(2, 30)))
    names = {each.name for each in group.signals}
    assert {"device", "template", "birth"} <= names
    for name in names - {"lockstep", "links", "network"}:
        assert group.score_without(name) < group.score
    device = group.signal("device")
    assert device is not None
    assert device.share > 0.9
    assert device.base < 0.2


def test_its_rows_are_acts_of_its_members_by_time() -> None:
    acts = acts_of(honest(3) + gang(3, 30))
    [group] = find_groups(acts)
    assert set(acts.accounts[group.rows]) == set(group.accounts)
    assert (np.diff(acts.times[group.rows]) >= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_where_nobody_acts_in_concert_there_is_no_group(seed: int) -> None:
    assert find_groups(acts_of(honest(seed))) == []


LOOK_ALIKES = {
    "flash sale": crowd(200, ["s3"], 5),
    "fans of a star, who praise whatever it sells, in one slogan": crowd(
        100, ["s3", "s4", "s5", "s6"], 5, text="永远支持哥哥，哥哥代言的都买，一起把它送上榜首"
    ),
    "one-star wave for a defect": crowd(100, ["s3"], 1, text="漏电，差点出事，要求退货退款赔偿"),
    "a class, made in one week, in one network": [
        row._replace(born=-50 + number / 20, network="school")
        for number, row in enumerate(crowd(40, ["s3", "s4"], 5))
    ],
    "families, each at one device": [
        row._replace(device=f"home{number // 3}", network=f"home{number // 3}")
        for number, row in enumerate(crowd(30, ["s3"], 1))
    ],
    "an office behind one address": crowd(30, ["s3"], 5, network="office"),
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
@pytest.mark.parametrize("seed", range(2))
def test_honest_crowds_are_no_gang(name: str, seed: int) -> None:
    assert find_groups(acts_of(honest(seed) + LOOK_ALIKES[name])) == []


def test_the_order_of_rows_changes_nothing() -> None:
    rows = honest(4) + gang(4, 30)
    order = np.random.default_rng(0).permutation(len(rows))
    one, other = acts_of(rows), acts_of([rows[place] for place in order])
    [before], [after] = find_groups(one), find_groups(other)
    assert named(one, before) == named(other, after)
    assert before.log_chance == pytest.approx(after.log_chance)


def test_without_devices_births_and_words_there_is_nothing_to_go_by() -> None:
    acts = acts_of(honest(5) + gang(5, 30))
    nothing = np.full(len(acts.devices), -1)
    blind = acts._replace(
        devices=nothing, templates=nothing, created=np.full(len(acts.created), math.nan)
    )
    assert find_groups(blind) == []


def test_no_rows_no_groups() -> None:
    empty = pa.array([], pa.string())
    assert find_groups(make_acts(Given(empty, empty, empty, np.zeros(0)))) == []


def test_texts_that_differ_in_signs_and_a_word_are_one_template() -> None:
    near = WORDS[0].replace("老人", "孩子") + "！！"
    found = template_numbers(pa.array([WORDS[0], near, WORDS[1], "很好", None]))
    assert found[0] == found[1] >= 0
    assert found[2] not in (found[0], -1)
    assert found[3] == found[4] == -1


@pytest.mark.parametrize("logs", [[-1.0], [-2.0, -3.0], [-200.0, -500.0, -1.0]])
def test_fisher_is_what_the_chi_squared_tail_is(logs: list[float]) -> None:
    half = -sum(logs)
    terms = [place * math.log(half) - math.lgamma(place + 1) for place in range(len(logs))]
    assert fisher(logs) == pytest.approx(np.logaddexp.reduce(terms) - half)
    assert fisher([0.0, 0.0]) == 0.0
