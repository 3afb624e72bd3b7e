from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hengjian.graphs.acts import Acts, Given, index_of, make_acts
from hengjian.graphs.batches import Batch, births_of, clearest_batch

DAY = 86_400.0


def market(made: list[float], acted: list[float]) -> Acts:
    """One act each, by accounts of which we know on which day they were made."""
    names = pa.array([f"{number:05}" for number in range(len(made))])
    one = pa.array(["s"] * len(made))
    created = np.array(made) * DAY
    return make_acts(Given(names, one, one, np.array(acted) * DAY, created=created))


def batch(acts: Acts, accounts: list[int]) -> Batch | None:
    lookup = index_of(acts)
    chosen = np.array(accounts)
    return clearest_batch(acts, lookup, births_of(acts), chosen, lookup.of_accounts(chosen))


def others(count: int, seed: int = 1) -> tuple[list[float], list[float]]:
    random = np.random.default_rng(seed)
    return random.uniform(-900, 0, count).tolist(), random.uniform(0, 100, count).tolist()


def test_accounts_made_in_some_days_are_a_batch() -> None:
    made, acted = others(1000)
    acts = market([*[-30 + n / 10 for n in range(20)], *made], [50.0] * 20 + acted)
    found = batch(acts, [*range(20), *range(500, 510)])
    assert found is not None
    assert found.hits in (20, 21)
    assert found.known == 30
    assert found.base < 0.02
    assert found.log_chance < math.log(1e-10)
    assert -30 * DAY <= found.begin < found.end <= -16 * DAY


def test_accounts_made_at_any_time_are_none() -> None:
    made, acted = others(1000)
    found = batch(market(made, acted), list(range(30)))
    assert found is not None
    assert found.log_chance > math.log(0.01)


def test_new_customers_of_a_busy_time_are_held_against_the_others_of_that_time() -> None:
    made, acted = others(2000)
    # All who buy on day 50 registered for it, whoever they are.
    rush = [49 + n / 500 for n in range(400)]
    acts = market([*rush, *made], [50.0] * 400 + acted)
    found = batch(acts, list(range(0, 400, 20)))
    assert found is not None
    assert found.base > 0.5
    assert found.log_chance > math.log(0.01)


def test_where_hardly_anybody_else_is_known_nothing_can_be_told() -> None:
    made, acted = others(20)
    assert batch(market([-1.0] * 20 + made, [5.0] * 20 + acted), list(range(25))) is None
    assert batch(market([-1.0, -1.0, *made], [5.0, 5.0, *acted]), [0, 1]) is None


@given(st.lists(st.floats(-400, 0), min_size=8, max_size=60), st.integers(0, 10**6))
def test_a_batch_counts_accounts_between_its_ends(made: list[float], seed: int) -> None:
    random = np.random.default_rng(seed)
    acts = market(made, random.uniform(0, 50, len(made)).tolist())
    chosen = list(range(len(made) // 2))
    found = batch(acts, chosen)
    if found is None:
        return
    created = acts.created[chosen]
    inside = (created >= found.begin) & (created <= found.end)
    assert found.hits == inside.sum()
    assert 0 < found.base < 1
    assert found.log_chance <= 0
