from __future__ import annotations

import gzip
import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.graphs.edges import Edges, make_edges
from hengjian.graphs.raters import RaterScores, rater_fairness, score_raters, score_without
from tests.graphs.plain_raters import plain_fairness
from tests.graphs.rated_market import market, ranks

Row = tuple[str, str, float, float]

rows = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from("ABCDE"),
        st.integers(1, 5).map(float),
        st.integers(0, 40).map(lambda hours: hours * 3600.0),
    ),
    min_size=1,
    max_size=30,
)


def _edges(rows: list[Row]) -> Edges:
    return make_edges(*map(list, zip(*rows, strict=True)))


@given(rows)
def test_fairness_is_what_the_formulas_written_down_plainly_give(rows: list[Row]) -> None:
    edges = _edges(rows)
    if len(set(edges.ratings)) == 1:
        return
    found = rater_fairness(edges)
    raters, ratings = plain_fairness(edges)
    assert found.raters == pytest.approx(raters, abs=1e-7)
    assert found.ratings == pytest.approx(ratings, abs=1e-7)


@given(rows)
def test_fairness_settles_and_stays_between_0_and_1(rows: list[Row]) -> None:
    found = rater_fairness(_edges(rows))
    assert found.rounds < 200
    known = found.raters[~np.isnan(found.raters)]
    assert ((known >= 0) & (known <= 1)).all()


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: list[Row], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = score_raters(_edges(rows)), score_raters(_edges(shuffled))
    assert (first.users == second.users).all()
    assert (first.items == second.items).all()


@given(rows)
def test_other_names_change_nothing_but_the_names(rows: list[Row]) -> None:
    other = {name: f"{ord('z') - ord(name)}{name}" for name in "abcdefghABCDE"}
    edges = _edges(rows)
    renamed = _edges([(other[user], other[item], *rest) for user, item, *rest in rows])  # type: ignore[misc]
    first, second = score_raters(edges), score_raters(renamed)
    for before, ids, after, new in (
        (first.users, edges.user_ids, second.users, renamed.user_ids),
        (first.items, edges.item_ids, second.items, renamed.item_ids),
    ):
        found = dict(zip(new, after, strict=True))
        assert before == pytest.approx([found[other[str(name)]] for name in ids])


def test_who_gives_one_star_where_all_others_are_content_is_the_least_fair() -> None:
    honest = [(f"u{n}", f"i{n % 3}", 5.0, n * 1e5) for n in range(30)]
    spiteful = [("x", f"i{n}", 1.0, n * 1e6) for n in range(3)]
    edges = _edges(honest + spiteful)
    assert edges.user_ids[int(np.argmin(rater_fairness(edges).raters))] == "x"


def test_a_single_odd_rating_makes_nobody_as_unfair_as_many_do() -> None:
    honest = [(f"u{n}", f"i{n % 8}", 5.0, n * 1e5) for n in range(80)]
    odd = [("once", "i0", 1.0, 0.0), *(("often", f"i{n}", 1.0, n * 1e6) for n in range(1, 8))]
    edges = _edges(honest + odd)
    fair = dict(zip(edges.user_ids, rater_fairness(edges).raters, strict=True))
    assert fair["often"] < fair["once"] < fair["u1"]


def test_only_what_a_rater_did_counts_not_what_is_said_of_them() -> None:
    rows = [(f"u{n}", f"i{n % 4}", 4.0 + n % 2, n * 1e5) for n in range(40)]
    hated = [(f"u{n}", "u0", 4.0 + n % 2, n * 1e5) for n in range(1, 20)]
    loved = [(f"u{n}", "u0 of another name", 4.0 + n % 2, n * 1e5) for n in range(1, 20)]
    scores = [score_raters(_edges(rows + others)).users for others in (hated, loved)]
    assert (scores[0] == scores[1]).all()


@pytest.mark.parametrize("gang_days", [6.0, 200.0])
def test_accounts_paid_for_bad_reviews_stand_at_the_top(gang_days: float) -> None:
    for seed in range(3):
        made = market(seed, gang_days=gang_days)
        places = ranks(made.edges, score_raters(made.edges).users, made.gang)
        assert places.mean() > 0.95


def test_honest_crowds_do_not_stand_at_the_top() -> None:
    for seed in range(3):
        made = market(seed)
        scores = score_raters(made.edges).users
        assert ranks(made.edges, scores, made.crowd).mean() < 0.7
        worst = np.argsort(-scores)[: len(made.gang)]
        assert sum(made.edges.user_ids[n] in made.crowd for n in worst) <= 1


def test_what_the_score_is_without_a_signal() -> None:
    made = market(0)
    scores = score_raters(made.edges)
    assert set(scores.signals) == {"unfair", "brief", "hasty", "pressed"}
    fair_enough = score_without(scores, "unfair")
    places = (ranks(made.edges, each, made.gang).mean() for each in (scores.users, fair_enough))
    assert next(places) > next(places)


def test_without_ratings_haste_remains_and_without_times_unfairness() -> None:
    edges = market(0).edges
    unknown = np.full(len(edges.ratings), np.nan)
    untimed = score_raters(edges._replace(times=unknown))
    assert _is_silent(untimed, "hasty") and not _is_silent(untimed, "unfair")
    unrated = score_raters(edges._replace(ratings=unknown))
    assert _is_silent(unrated, "unfair") and not _is_silent(unrated, "hasty")
    assert not np.isnan(unrated.items).any()


def _is_silent(scores: RaterScores, signal: str) -> bool:
    return bool((scores.signals[signal] == 0.5).all())


def test_on_a_real_trust_network_raters_known_for_fraud_stand_above_the_others(
    shared: Path,
) -> None:
    folder = shared / "data" / "ratings"
    with gzip.open(folder / "bitcoin_otc_edges.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    with gzip.open(folder / "bitcoin_otc_labels.jsonl.gz", "rt") as file:
        fraud = {row["user"]: row["fraud"] for row in map(json.loads, file)}
    random = np.random.default_rng(5)
    users = sorted({row["rater"] for row in rows})
    names = dict(zip(users, map(str, random.permutation(len(users))), strict=True))
    edges = make_edges(
        [names[row["rater"]] for row in rows],
        [row["ratee"] for row in rows],
        [row["rating"] for row in rows],
        [row["time"] for row in rows],
    )
    scores = dict(zip(edges.user_ids, score_raters(edges).users, strict=True))
    known = [(scores[names[user]], known) for user, known in fraud.items() if user in names]
    bad, good = (
        np.array([score for score, known in known if known is is_bad]) for is_bad in (True, False)
    )
    above = (bad[:, None] > good).mean() + (bad[:, None] == good).mean() / 2
    assert above > 0.85
