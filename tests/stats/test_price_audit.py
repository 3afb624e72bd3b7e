from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.stats.price_audit import (
    LEAST_BLOCKS,
    Comparison,
    Observations,
    compare,
    differences,
    differs,
    false_discoveries,
    is_same,
    time_blocks,
    twins_limit,
    twins_of,
    twins_share,
)


def _audit(prices: list[list[float]], items: int = 1) -> Observations:
    """Return blocks of prices of accounts 0 and 1 (persona 0) and 2 and 3 (persona 1)."""
    blocks = len(prices)
    shape = (items, blocks, 4)
    item, block, account = (each.ravel() for each in np.indices(shape))
    price = np.log(np.broadcast_to(np.array(prices), shape).ravel())
    return Observations(
        item=item,
        alike=item,
        block=item * blocks + block,
        session=block * 4 + account,
        account=account,
        persona=account // 2,
        price=price,
    )


def _dearer(blocks: int) -> Observations:
    return _audit([[100.0, 100.0, 105.0, 105.0]] * blocks)


def test_a_block_is_what_lies_within_a_minute_of_its_first() -> None:
    seconds = np.array([0.0, 59.0, 61.0, 119.0, 0.0])
    block = time_blocks(np.array([0, 0, 0, 0, 1]), seconds, 60.0)
    assert block.tolist() == [0, 0, 1, 1, 2]


def test_the_effect_is_how_much_more_the_first_was_asked() -> None:
    compared = compare(_dearer(20), 1, 0, tests=1)
    assert np.expm1(compared.effect) == pytest.approx([0.05])
    assert compared.blocks.tolist() == [20]


def test_prices_that_drift_from_block_to_block_are_no_difference() -> None:
    rising = _audit([[100.0 + n] * 4 for n in range(20)])
    compared = compare(rising, 0, 1, tests=1)
    assert compared.effect == pytest.approx([0.0])
    assert is_same(compared).all()


def test_a_steady_difference_has_a_small_chance() -> None:
    assert compare(_dearer(20), 0, 1, tests=1).chance[0] < 0.001


def test_no_difference_has_a_chance_of_one() -> None:
    assert compare(_audit([[100.0] * 4] * 20), 0, 1, tests=1).chance.tolist() == [1.0]


def test_too_few_blocks_have_no_q() -> None:
    compared = compare(_dearer(LEAST_BLOCKS - 1), 0, 1, tests=1)
    assert compared.chance.tolist() == [1.0]
    assert np.isnan(false_discoveries(compared)).all()
    assert not is_same(compared).any()


def test_one_persona_alone_in_a_block_is_not_compared() -> None:
    seen = _dearer(20)
    assert len(compare(seen.at(seen.persona == 0), 0, 1, tests=1).item) == 0


def test_what_is_not_alike_is_not_compared() -> None:
    seen = _dearer(20)
    assert len(compare(seen._replace(alike=seen.persona), 0, 1, tests=1).item) == 0


def test_an_account_that_looks_ten_times_counts_once() -> None:
    seen = _dearer(20)
    often = np.concatenate([np.arange(80), *[np.arange(0, 80, 4)] * 9])
    repeated = seen.at(often)
    assert compare(repeated, 0, 1, tests=1).effect == pytest.approx(
        compare(seen, 0, 1, tests=1).effect
    )


def test_twins_tell_how_far_accounts_of_a_persona_differ() -> None:
    seen = _audit([[100.0, 103.0, 100.0, 100.0]] * 20)
    twins, neighbours = twins_of(seen)
    assert dict(zip(twins.persona.tolist(), np.expm1(twins.widest), strict=True)) == {
        0: pytest.approx(0.03),
        1: pytest.approx(0.0),
    }
    assert np.expm1(twins_limit(neighbours)) == pytest.approx(0.03)


def test_without_twins_the_limit_is_unknown() -> None:
    assert np.isinf(twins_limit(np.empty(0)))
    compared = compare(_dearer(20), 0, 1, tests=1)
    assert not differs(compared, false_discoveries(compared), np.array([np.inf])).any()


def test_a_difference_counts_only_beyond_that_of_twins() -> None:
    compared = compare(_dearer(20), 0, 1, tests=1)
    q = false_discoveries(compared)
    assert differs(compared, q, np.array([np.log(1.04)])).all()
    assert not differs(compared, q, np.array([np.log(1.06)])).any()


def test_a_difference_below_one_per_cent_is_the_same() -> None:
    compared = compare(_audit([[100.0, 100.0, 100.5, 100.5]] * 20), 0, 1, tests=1)
    assert is_same(compared).all()
    assert not differs(compared, false_discoveries(compared), np.zeros(1)).any()


def test_offers_that_fall_on_accounts_explain_what_twins_show_as_often() -> None:
    nothing = np.zeros(100)
    strikes = Comparison(
        np.arange(100), nothing.astype(int) + 20, nothing + 0.03, nothing + 0.03, nothing, nothing
    )
    unlike = np.arange(100) < 2
    assert (twins_share(strikes, unlike, np.array([0.03] * 5 + [0.0] * 95))[:2] == 2.5).all()
    assert (twins_share(strikes, unlike, np.zeros(100))[:2] == 0).all()


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_observations_does_not_matter(seed: int) -> None:
    random = np.random.default_rng(7)
    seen = _audit(random.uniform(90, 110, (10, 4)).tolist(), items=2)
    order = np.random.default_rng(seed).permutation(len(seen.item))
    one, other = compare(seen, 0, 1, tests=2), compare(seen.at(order), 0, 1, tests=2)
    for mine, yours in zip(one, other, strict=True):
        assert mine == pytest.approx(yours)


@given(st.integers(0, 1000))
def test_exchanging_the_personas_turns_the_effect_round(seed: int) -> None:
    random = np.random.default_rng(seed)
    seen = _audit(random.uniform(90, 110, (10, 4)).tolist())
    one, other = compare(seen, 0, 1, tests=1), compare(seen, 1, 0, tests=1)
    assert one.effect == pytest.approx(-other.effect)
    assert one.low == pytest.approx(-other.high)
    assert differences(seen, 0, 1)[1] == pytest.approx(one.effect)


def test_chances_are_no_smaller_than_they_may_be_where_labels_make_no_difference() -> None:
    random = np.random.default_rng(11)
    items, blocks = 500, 12
    seen = _audit([[1.0] * 4] * blocks, items)
    noisy = seen._replace(price=random.normal(0, 0.02, len(seen.price)))
    chance = compare(noisy, 0, 1, tests=items).chance
    assert (chance <= 0.05).mean() == pytest.approx(0.05, abs=0.03)
    assert (chance <= 0.5).mean() == pytest.approx(0.5, abs=0.07)
