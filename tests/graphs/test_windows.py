from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hengjian.graphs.windows import clearest_windows

DAY = 86_400.0
WIDTHS = (1.0, 7.0)


def sorted_acts(acts: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    shops = np.array([shop for shop, _day in acts])
    times = np.array([day for _shop, day in acts]) * DAY
    order = np.lexsort((times, shops))
    return shops[order], times[order]


def steady(shop: int, each_day: int = 2, days: int = 100) -> list[tuple[int, float]]:
    return [(shop, day + part / each_day) for day in range(days) for part in range(each_day)]


def test_the_days_in_which_a_shop_has_far_more_than_ever_are_its_window() -> None:
    burst = [(1, 40 + part / 30) for part in range(90)]
    shops, times = sorted_acts([*steady(0), *steady(1), *steady(2), *burst])
    begins, ends, logs = clearest_windows(shops, times, WIDTHS)
    clear = np.flatnonzero(logs < math.log(0.001))
    assert [int(shops[begins[each]]) for each in clear] == [1]
    inside = times[begins[clear[0]] : ends[clear[0]]] / DAY
    assert inside.min() >= 33
    assert inside.max() <= 47
    assert len(inside) >= 90 + 2 * 7 - 2


def test_a_sale_of_the_whole_platform_is_no_burst_of_a_shop() -> None:
    sale = [(shop, 40 + part / 40) for shop in range(20) for part in range(40)]
    everyday = [act for shop in range(20) for act in steady(shop)]
    shops, times = sorted_acts([*everyday, *sale])
    logs = clearest_windows(shops, times, WIDTHS)[2]
    assert (logs > math.log(0.001)).all()


def test_a_few_acts_are_no_window() -> None:
    shops, times = sorted_acts([(0, 1.0), (0, 1.1), (0, 1.2), (1, 50.0)])
    assert len(clearest_windows(shops, times, WIDTHS)[0]) == 0
    nothing = np.zeros(0, dtype=np.int64)
    assert len(clearest_windows(nothing, np.zeros(0), WIDTHS)[0]) == 0


@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(0, 200)), min_size=1, max_size=80),
)
def test_a_window_lies_in_one_shop_and_in_one_width(acts: list[tuple[int, float]]) -> None:
    shops, times = sorted_acts(acts)
    begins, ends, logs = clearest_windows(shops, times, WIDTHS)
    assert len(np.unique(shops[begins])) == len(begins)
    for begin, end, log in zip(begins, ends, logs, strict=True):
        assert log <= 0
        assert (shops[begin:end] == shops[begin]).all()
        assert times[end - 1] - times[begin] <= max(WIDTHS) * DAY
