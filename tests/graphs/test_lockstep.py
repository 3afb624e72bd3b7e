from __future__ import annotations

import math
import random

import numpy as np
import pytest

from hengjian.graphs.edges import Edges, make_edges
from hengjian.graphs.lockstep import Lockstep, find_lockstep
from tests.graphs.markets import DAY, ITEMS, Ratings, flash_sale, gang, honest


def _members(edges: Edges, found: Lockstep) -> list[int | str]:
    return [edges.user_ids[user] for user in np.flatnonzero(found.user_groups >= 0)]


@pytest.mark.parametrize("seed", range(3))
def test_a_gang_is_found_with_its_items_and_window(seed: int) -> None:
    edges = (honest(seed) + gang(seed, 30, 20, 0.6, 2)).edges()
    found = find_lockstep(edges)
    [group] = found.groups
    assert [edges.user_ids[user] for user in group.users] == list(range(30))
    assert {edges.item_ids[item] for item in group.items} <= set(range(ITEMS - 20, ITEMS))
    assert len(group.items) >= 18
    assert 0 < group.window <= 3 * DAY
    assert group.edges > 5 * group.expected
    assert group.chance < 0.01
    member = found.user_groups >= 0
    assert found.user_scores[member].min() > 0.5 >= found.user_scores[~member].max()


def test_a_gang_that_rates_a_twelfth_of_its_items_is_found_too() -> None:
    edges = (honest(2) + gang(2, 200, 100, 0.08, 2)).edges()
    members = set(_members(edges, find_lockstep(edges)))
    assert len(members & set(range(200))) > 170
    assert len(members - set(range(200))) < 20


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("tail", [1.3, 3.0])
def test_where_nobody_acts_together_there_is_no_group(seed: int, tail: float) -> None:
    found = find_lockstep(honest(seed, tail).edges())
    assert not found.groups
    assert found.user_scores.max() <= 0.5
    assert found.item_scores.max() <= 0.5


@pytest.mark.parametrize("sales", [1, 6])
def test_flash_sales_are_no_gang(sales: int) -> None:
    market = honest(3)
    for seed in range(sales):
        market += flash_sale(seed, 400)
    assert not find_lockstep(market.edges()).groups


def test_a_gang_among_flash_sales_is_found_alone() -> None:
    market = honest(3) + gang(3, 30, 20, 0.6, 2)
    for seed in range(4):
        market += flash_sale(seed, 400)
    edges = market.edges()
    assert _members(edges, find_lockstep(edges)) == list(range(30))


def test_two_gangs_are_two_groups() -> None:
    second = gang(5, 25, 20, 0.6, 2)
    second = second._replace(
        users=[user + 100 for user in second.users], items=[item - 50 for item in second.items]
    )
    edges = (honest(2) + gang(2, 25, 20, 0.6, 2) + second).edges()
    groups = [[edges.user_ids[user] for user in g.users] for g in find_lockstep(edges).groups]
    assert sorted(groups) == [list(range(25)), list(range(100, 125))]


def test_the_same_ratings_at_other_times_are_no_lockstep() -> None:
    together = gang(4, 30, 20, 0.6, 2)
    apart = random.Random(4).choices(range(120), k=len(together.days))  # noqa: S311
    spread = together._replace(days=[float(day) for day in apart])
    assert not find_lockstep((honest(4) + spread).edges()).groups


def test_the_order_of_rows_and_the_names_change_nothing_but_names() -> None:
    market = honest(6) + gang(6, 30, 20, 0.6, 2)
    rows = list(zip(*market, strict=True))
    random.Random(1).shuffle(rows)  # noqa: S311
    shuffled = Ratings(*(list(column) for column in zip(*rows, strict=True))).edges()
    renamed = market._replace(users=[_other_name(user) for user in market.users]).edges()
    plain = market.edges()
    one, same, other = map(find_lockstep, (plain, shuffled, renamed))
    assert one.user_scores.tolist() == same.user_scores.tolist()
    members = {_other_name(int(user)) for user in _members(plain, one)}
    assert members == set(_members(renamed, other))
    assert [g.log_chance for g in other.groups] == pytest.approx([g.log_chance for g in one.groups])


def _other_name(user: int) -> int:
    return 7919 * user % 100_003


def test_edges_without_a_time_are_counted_and_say_nothing() -> None:
    edges = (honest(1) + gang(1, 30, 20, 0.6, 2)).edges()
    times = edges.times.copy()
    times[edges.users < 30] = math.nan
    found = find_lockstep(edges._replace(times=times))
    assert found.untimed == np.count_nonzero(edges.users < 30)
    assert not found.groups
    assert not find_lockstep(edges._replace(times=np.full(len(times), math.nan))).groups


def test_one_edge_is_no_group() -> None:
    assert not find_lockstep(make_edges([1], [1], None, [0.0])).groups
