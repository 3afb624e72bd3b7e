from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.graphs.acts import Acts, Given, make_acts
from hengjian.graphs.groups import Group, find_groups
from hengjian.graphs.signals import fisher, strongest
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


def test_members_who_share_no_device_are_found_by_the_days_they_were_made_in() -> None:
    members = [
        row._replace(device=f"own{number}" if number % 2 else row.device)
        for number, row in enumerate(gang(6, 20, batch=9.0))
    ]
    acts = acts_of(honest(6) + members)
    [group] = find_groups(acts)
    assert len(named(acts, group) & {f"g{number}" for number in range(30)}) >= 28


def test_a_couple_that_buys_where_a_gang_does_is_not_of_it() -> None:
    couples = [
        Row(f"p{number}", "s3", 21 + number / 9, 5, f"home{number // 2}", "n1", "很好", born)
        # One of each two happens to be as new as the gang.
        for number, born in ((n, 10.5 if n % 2 else -400.0 - n) for n in range(12))
    ]
    acts = acts_of(honest(7) + gang(7, 20) + couples)
    [group] = find_groups(acts)
    assert not named(acts, group) & {f"p{number}" for number in range(0, 12, 2)}


def test_who_works_for_several_shops_is_found_though_few_show_in_each() -> None:
    random = np.random.default_rng(8)
    ring = [
        row._replace(shop=shop, day=row.day + 15 * place)
        for place, shop in enumerate(["s3", "s9", "s17", "s25"])
        for row in gang(8, 4, devices=12, batch=10.0)
        if random.random() < 0.4
    ]
    acts = acts_of(honest(8) + ring)
    [group] = find_groups(acts)
    assert {acts.shop_ids[shop] for shop in group.shops} == {"s3", "s9", "s17", "s25"}
    assert len(named(acts, group)) >= 0.85 * len({row.user for row in ring})


def test_what_all_share_by_design_proves_nothing() -> None:
    # Each text is what is acted for: a slogan that goes round has one text, and no hand.
    slogan = crowd(60, ["s3"], 5, text="永远支持哥哥，哥哥代言的都买，一起把它送上榜首")
    acts = acts_of(honest(9) + slogan)
    assert find_groups(acts, frozenset({"template"})) == []


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


def test_the_score_of_the_most_certain_group_is_a_number() -> None:
    many = [
        row._replace(user=f"{row.user}-{turn}", network=f"n{turn}", device=f"x{turn}")
        for turn in range(12)
        for row in gang(turn, 2, batch=0.02)
    ]
    [group] = find_groups(acts_of(honest(10) + many))
    assert len(group.accounts) > 300
    assert 0.9 < group.score <= 1
    assert all(0 <= group.score_without(each.name) <= 1 for each in group.signals)


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


def test_two_strong_signals_stand_though_others_say_nothing() -> None:
    alone, silent = [-12.0, -15.0], [0.0] * 5
    assert strongest(alone + silent) < fisher(alone + silent) - 4
    assert strongest(alone + silent) > fisher(alone)


@given(st.lists(st.floats(-50, 0), max_size=7))
def test_the_strongest_never_make_more_of_it_than_they_are_corrected_for(logs: list[float]) -> None:
    found = strongest(logs)
    assert found <= 0
    assert found >= sum(logs) - 1e-9
    assert found == pytest.approx(strongest(logs[::-1]))


def test_chance_makes_the_strongest_no_rarer_than_they_say() -> None:
    random = np.random.default_rng(1)
    told = [strongest(np.log(random.random(5)).tolist()) for _ in range(4000)]
    for level in (0.1, 0.01):
        assert np.mean(np.array(told) <= math.log(level)) <= level


@pytest.mark.parametrize("logs", [[-1.0], [-2.0, -3.0], [-200.0, -500.0, -1.0]])
def test_fisher_is_what_the_chi_squared_tail_is(logs: list[float]) -> None:
    half = -sum(logs)
    terms = [place * math.log(half) - math.lgamma(place + 1) for place in range(len(logs))]
    assert fisher(logs) == pytest.approx(np.logaddexp.reduce(terms) - half)
    assert fisher([0.0, 0.0]) == 0.0
