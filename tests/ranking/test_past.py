from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.ranking.features import Found, features_of
from hengjian.ranking.past import ALL, WEIGHT, About, Past, past_of
from tests.ranking.scans import DAY, finding

SHOP = About("marketing.absolute_claim", "demo-mall", "listing", "I1", "S1")
OTHER_TYPE = SHOP._replace(violation="marketing.fake_rank", subject_id="I2")

abouts = st.builds(
    About,
    st.sampled_from(["marketing.absolute_claim", "marketing.fake_rank", "minors.no_label"]),
    st.sampled_from(["demo-mall", "live", None]),
    st.just("listing"),
    st.sampled_from(["I1", "I2"]),
    st.sampled_from(["S1", "S2", None]),
)
decided_from = st.tuples(st.integers(0, 40), abouts, st.booleans())


def _day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


def _past(*decided: tuple[int, About, bool]) -> Past:
    return past_of((_day(number), about, confirmed) for number, about, confirmed in decided)


def test_where_nothing_was_decided_every_share_is_a_half() -> None:
    past = _past()
    assert past.overall(DAY) == past.rule_share(SHOP, DAY) == past.share("platform:x", DAY) == 0.5


def test_what_was_decided_on_a_day_counts_from_the_next_day_on() -> None:
    past = _past((3, SHOP, True))
    assert past.before(SHOP.rule, _day(3)) == (0, 0)
    assert past.before(SHOP.rule, _day(4)) == (1, 1)


def test_a_types_share_is_held_back_towards_its_areas_and_that_towards_all() -> None:
    past = _past((0, SHOP, True), (0, OTHER_TYPE, False))
    overall = (1 + WEIGHT * 0.5) / (2 + WEIGHT)
    area = (1 + WEIGHT * overall) / (2 + WEIGHT)
    assert past.rule_share(SHOP, _day(1)) == pytest.approx((1 + WEIGHT * area) / (1 + WEIGHT))


def test_of_an_unknown_platform_neither_subject_nor_shop_is_counted() -> None:
    unknown = SHOP._replace(platform=None)
    assert (unknown.on_platform, unknown.subject, unknown.shop) == (None, None, None)
    assert _past((0, unknown, True)).before(ALL, _day(1)) == (1, 1)


def test_subjects_are_kept_under_a_hash() -> None:
    keys = _past((0, SHOP, True)).days
    assert not any("I1" in key or "S1" in key for key in keys)


@given(st.lists(decided_from), st.lists(decided_from), st.integers(0, 40))
def test_later_decisions_never_change_an_earlier_findings_features(
    decided: list[tuple[int, About, bool]], later: list[tuple[int, About, bool]], own: int
) -> None:
    from_then_on = [(own + number, about, confirmed) for number, about, confirmed in later]
    for platform in ("demo-mall", None):
        seen = finding(platform=platform)
        before = features_of(Found(seen, _past(*decided), _day(own)))
        after = features_of(Found(seen, _past(*decided, *from_then_on), _day(own)))
        assert before == pytest.approx(after, abs=0, rel=0, nan_ok=True)


@given(st.lists(decided_from), st.randoms(use_true_random=False))
def test_the_order_of_decisions_is_irrelevant(
    decided: list[tuple[int, About, bool]], random: object
) -> None:
    shuffled = list(decided)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _past(*decided).days == _past(*shuffled).days
