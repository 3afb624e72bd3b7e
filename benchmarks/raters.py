"""How fast, how lean and how right are rater fairness and the spread of suspicion?

Speed: edges made at random (popularity and zeal by a power law), beside the same formulas written
down in plain Python, in the same run; the plain form does a few rounds, and is counted for as many
as the compiled one needed. Every size runs in a process of its own, whose highest memory is told.
Ranking: `../shared/data/ratings`, with rows shuffled and ids exchanged, several times; labels are
used only to measure. `without` says what the figure is without one of the signals.

    .venv/bin/python benchmarks/raters.py [EDGES ...]
"""

from __future__ import annotations

import gzip
import json
import math
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from rich.console import Console
from rich.table import Table

from hengjian.graphs.edges import Edges, Floats, make_edges
from hengjian.graphs.raters import rater_fairness, score_raters, score_without
from hengjian.graphs.spread import priors_of, propagate

R = TypeVar("R")

RATINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "ratings"
SIZES = (100_000, 1_000_000)
PLAIN_ROUNDS, PLAIN_EDGES = 2, 100_000
SHUFFLES = 5
STARS = 5
DAYS = 365
EDGES_PER_USER, EDGES_PER_ITEM = 5, 50


class Timing(NamedTuple):
    """What was measured at one size: seconds, and the megabytes of the process."""

    edges: int
    fairness: float
    fairness_plain: float
    scores: float
    priors: float
    beliefs: float
    beliefs_plain: float
    memory: float


def random_edges(count: int) -> Edges:
    """Return edges made at random, always the same."""
    random = np.random.default_rng(1)

    def nodes(number: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        weights = random.pareto(1.5, number) + 1
        return random.choice(number, count, p=weights / weights.sum())

    users, items = nodes(count // EDGES_PER_USER), nodes(count // EDGES_PER_ITEM)
    stars = random.integers(1, STARS, count, endpoint=True)
    times = random.uniform(0, DAYS * 86_400, count)
    return make_edges(users.tolist(), items.tolist(), stars.astype(float), times)


def plain_fairness_rounds(edges: Edges, rounds: int) -> None:
    """Do some rounds of rater fairness in plain Python."""
    rows = list(
        zip(edges.users.tolist(), edges.items.tolist(), (edges.ratings - 3).tolist(), strict=True)
    )
    usual = sum(score for _, _, score in rows) / len(rows)
    fair = [1.0] * len(edges.user_ids)
    reliable = [1.0] * len(rows)
    for _ in range(rounds):
        sums, weights = [0.0] * len(edges.item_ids), [0.0] * len(edges.item_ids)
        for trust, (_, item, score) in zip(reliable, rows, strict=True):
            sums[item] += trust * score
            weights[item] += trust
        given, numbers = [0.0] * len(fair), [0] * len(fair)
        for edge, (user, item, score) in enumerate(rows):
            own = reliable[edge]
            opinion = (sums[item] - own * score + usual) / (weights[item] - own + 1)
            reliable[edge] = (fair[user] + 1 - abs(score - opinion) / 4) / 2
            given[user] += reliable[edge]
            numbers[user] += 1
        mean = sum(reliable) / len(rows)
        fair = [(own + 2 * mean) / (n + 2) for own, n in zip(given, numbers, strict=True)]


def plain_belief_rounds(edges: Edges, rounds: int) -> None:
    """Do some rounds of belief propagation in plain Python."""
    rows = list(zip(edges.users.tolist(), edges.items.tolist(), strict=True))
    priors = priors_of(edges)
    users, items, reviews = (prior.tolist() for prior in priors)
    user_edges, item_edges = [0] * len(users), [0] * len(items)
    for user, item in rows:
        user_edges[user] += 1
        item_edges[item] += 1
    to_user, to_item = [0.0] * len(rows), [0.0] * len(rows)
    believed_users, believed_items = list(users), list(items)
    for _ in range(rounds):
        next_users, next_items = list(users), list(items)
        for edge, (user, item) in enumerate(rows):
            from_user = believed_users[user] - to_user[edge] / user_edges[user]
            from_item = believed_items[item] - to_item[edge] / item_edges[item]
            to_item[edge] = _along(reviews[edge] + _along(from_user, 0.1), 0.2)
            to_user[edge] = _along(reviews[edge] + _along(from_item, 0.2), 0.1)
            next_users[user] += to_user[edge] / user_edges[user]
            next_items[item] += to_item[edge] / item_edges[item]
        believed_users, believed_items = next_users, next_items


def _along(log_odds: float, slip: float) -> float:
    odds = math.exp(log_odds)
    return math.log(((1 - slip) * odds + slip) / (slip * odds + 1 - slip))


def measure(count: int, answer: Connection) -> None:
    """Measure one size, and send what came out."""
    small = random_edges(1000)
    score_raters(small)
    propagate(small, priors_of(small))
    edges = random_edges(count)
    fairness, fair = _seconds(lambda: rater_fairness(edges))
    scores, _ = _seconds(lambda: score_raters(edges))
    prior_seconds, priors = _seconds(lambda: priors_of(edges))
    beliefs, found = _seconds(lambda: propagate(edges, priors))
    memory = _highest_memory()
    few = edges if count <= PLAIN_EDGES else random_edges(PLAIN_EDGES)
    larger = count / len(few.users) / PLAIN_ROUNDS
    plain_fairness, _ = _seconds(lambda: plain_fairness_rounds(few, PLAIN_ROUNDS))
    plain_beliefs, _ = _seconds(lambda: plain_belief_rounds(few, PLAIN_ROUNDS))
    answer.send(
        Timing(
            count,
            fairness,
            plain_fairness * larger * fair.rounds,
            scores,
            prior_seconds,
            beliefs,
            plain_beliefs * larger * found.rounds,
            memory,
        )
    )


def _seconds(work: Callable[[], R]) -> tuple[float, R]:
    begin = time.process_time()
    done = work()
    return time.process_time() - begin, done


def _highest_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timings(sizes: list[int]) -> Table:
    """Measure each size in a process of its own."""
    table = Table(title="seconds of one core; plain: the same formulas in Python")
    for name in ("edges", "fairness", "plain", "raters", "priors", "beliefs", "plain", "MB"):
        table.add_column(name, justify="right")
    for size in sizes:
        here, there = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(size, there))
        process.start()
        found: Timing = here.recv()
        process.join()
        table.add_row(
            f"{found.edges / 1e6:g} M",
            f"{found.fairness:.2f}",
            f"{found.fairness_plain:.0f} ({found.fairness_plain / found.fairness:.0f}×)",
            f"{found.scores:.2f}",
            f"{found.priors:.2f}",
            f"{found.beliefs:.2f}",
            f"{found.beliefs_plain:.0f} ({found.beliefs_plain / found.beliefs:.0f}×)",
            f"{found.memory:.0f}",
        )
    return table


def ranking() -> Table:
    """Return how often a rater known for fraud stands above one known to be honest."""
    table = Table(title=f"Bitcoin OTC: AUC over {SHUFFLES} shuffles, lowest to highest")
    table.add_column("score")
    table.add_column("AUC", justify="right")
    found: dict[str, list[float]] = {}
    for seed in range(SHUFFLES):
        edges, fraud = labelled(seed)
        for name, scores in _rankings(edges).items():
            found.setdefault(name, []).append(auc(scores, fraud))
    for name, values in found.items():
        table.add_row(name, f"{min(values):.3f}–{max(values):.3f}")
    return table


def _rankings(edges: Edges) -> dict[str, Floats]:
    scores = score_raters(edges)
    priors = priors_of(edges)
    return {
        "raters": scores.users,
        "fairness alone": -scores.fairness.raters,
        **{f"raters without {name}": score_without(scores, name) for name in scores.signals},
        "spread": propagate(edges, priors).users,
        "spread, priors alone": priors.users,
    }


def labelled(seed: int) -> tuple[Edges, Floats]:
    """Return the network in another order under other ids, and each rater's label or NaN."""
    rows, labels = (_rows(f"bitcoin_otc_{name}.jsonl.gz") for name in ("edges", "labels"))
    random = np.random.default_rng(seed)
    random.shuffle(rows)
    sides = [sorted({row[side] for row in rows}) for side in ("rater", "ratee")]
    raters, ratees = (
        dict(zip(ids, random.permutation(len(ids)).tolist(), strict=True)) for ids in sides
    )
    edges = make_edges(
        [raters[row["rater"]] for row in rows],
        [ratees[row["ratee"]] for row in rows],
        [row["rating"] for row in rows],
        [row["time"] for row in rows],
    )
    fraud = np.full(len(raters), np.nan)
    for row in labels:
        if row["user"] in raters:
            fraud[raters[row["user"]]] = row["fraud"]
    return edges, fraud


def _rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(RATINGS / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def auc(scores: Floats, fraud: Floats) -> float:
    """Return how often a fraud stands above an honest rater; equal scores count half."""
    bad, good = scores[fraud == 1][:, None], scores[fraud == 0]
    return float((bad > good).mean() + (bad == good).mean() / 2)


def main() -> None:
    """Print both tables."""
    console = Console()
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    console.print(timings(sizes))
    if RATINGS.is_dir():
        console.print(ranking())
    else:
        console.print("no ranking: the shared folder is not beside the project")


if __name__ == "__main__":
    main()
