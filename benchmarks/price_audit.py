"""Does the price audit stay silent where nothing is wrong, and speak where something is?

Real: `../shared/data/prices`, an audit of hotels by eight kinds of visitors, two runs each. As it
is, twins (the same account and system) met in one block only, and the audit can say nothing but
"insufficient". So runs are put in blocks of two, twins or neighbours in time, and personas drawn at
random within each: whatever is told is a false alarm (limits set by twins are not even asked).
Counted are only items with enough blocks. A planted difference shows whether anything could have
been told; eight blocks of two give chances of 0.8 % at the least, so that few wronged items among
many cannot pass the false discovery rate. A plain paired test takes drift for a difference.
Simulated: prices that drift, random reductions that nobody discloses, offers that fall on accounts
at random; then an uplift on one item in ten.

    .venv/bin/python benchmarks/price_audit.py
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import stats

from hengjian.stats.price_audit import (
    LARGEST_Q,
    LEAST_BLOCKS,
    LEAST_EFFECT,
    Bools,
    Comparison,
    Observations,
    compare,
    differs,
    false_discoveries,
    time_blocks,
    twins_limit,
    twins_of,
    twins_share,
)

PRICES = Path(__file__).resolve().parents[2] / "shared/data/prices/hotel_audit_milan.jsonl.gz"
SHUFFLES = 100
# A zero says something only where a planted difference would have been seen.
PLANTED, PLANTED_ON = 0.05, (0.1, 0.5)
ITEMS, BLOCKS = 1_000, 20
ACCOUNTS = 4
REDUCED, REDUCTION = 0.1, 0.95
DRIFT = 0.02
UPLIFTED = 0.1
UPLIFTS = (0.02, 0.03, 0.05)
MOST_FALSE, LEAST_POWER, UPLIFT_ASKED = 0.05, 0.8, 0.03
BUCKET = 0.97

Ints = NDArray[np.int64]


class Market(NamedTuple):
    """An audit that was made up, and the items on which one persona pays more."""

    seen: Observations
    wronged: Bools


def market(uplift: float, of_accounts: float, seed: int, reduced: float = REDUCED) -> Market:
    """Return a made-up audit of two personas with two accounts each.

    Args:
        uplift: How much more the second persona pays on some items.
        of_accounts: Share of items with an offer that falls on accounts at random.
        seed: Of the random numbers.
        reduced: Share of prices that are reduced at random.
    """
    random = np.random.default_rng(seed)
    shape = (ITEMS, BLOCKS, ACCOUNTS)
    price = random.normal(4.5, 1, (ITEMS, 1, 1))
    price = price + np.cumsum(random.normal(0, DRIFT, (ITEMS, BLOCKS, 1)), axis=1)
    price = price + np.where(random.random(shape) < reduced, np.log(REDUCTION), 0)
    offered = random.random((ITEMS, 1, 1)) < of_accounts
    lucky = random.random((ITEMS, 1, ACCOUNTS)) < 1 / 2
    price = price + np.where(offered & lucky, np.log(BUCKET), 0)
    wronged = random.random(ITEMS) < (UPLIFTED if uplift else 0)
    item, block, account = (each.ravel() for each in np.indices(shape))
    persona = account // 2
    paid = np.log(np.round(np.exp(price.ravel()), 2))
    paid += np.where(wronged[item] & (persona == 1), np.log1p(uplift), 0)
    session = block * ACCOUNTS + account
    seen = Observations(item, item, item * BLOCKS + block, session, account, persona, paid)
    return Market(seen, wronged)


def judged(seen: Observations, *, with_twins: bool) -> tuple[Comparison, Bools]:
    """Return how personas 0 and 1 compare, and where they differ, as the detector has it."""
    compared = compare(seen, 0, 1, len(np.unique(seen.item)))
    q = false_discoveries(compared)
    if not with_twins:
        return compared, differs(compared, q, np.zeros(len(q)))
    twins, differences = twins_of(seen)
    limit = np.full(len(q), twins_limit(differences))
    widest = np.zeros(int(seen.item.max()) + 1)
    np.maximum.at(widest, twins.item, twins.widest)
    unlike = differs(compared, q, np.maximum(limit, widest[compared.item]))
    return compared, unlike & (twins_share(compared, unlike, differences) <= LARGEST_Q)


def twins_as_personas(seen: Observations) -> Observations:
    """Return the accounts of the first persona as if they were of two personas."""
    first = seen.at(seen.persona == 0)
    return first._replace(persona=first.account)


def real() -> Observations | None:
    """Return the real audit, a run an account; None: it is not here.

    The persona is the number of the account with its system, the block that of the item.
    """
    if not PRICES.exists():
        return None
    with gzip.open(PRICES, "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    item = _numbers([row["item"] for row in rows])
    alike = _numbers([f"{row['item']}\0{row['sku']}" for row in rows])
    persona = _numbers([f"{row['os']}\0{row['account']}" for row in rows])
    second = np.array([_second(row["observed_at"]) for row in rows])
    run = np.unique(second, return_inverse=True)[1].astype(np.int64)
    block = time_blocks(item, second, 60.0)
    price = np.log(np.array([row["price"] for row in rows], dtype=np.float64))
    return Observations(item, alike, block, run, persona, persona, price)


def _numbers(values: list[str]) -> Ints:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _second(text: str) -> float:
    return dt.datetime.strptime(text, "%m-%d-%Y---%H:%M").replace(tzinfo=dt.UTC).timestamp()


def plain_paired(seen: Observations) -> tuple[int, int]:
    """Return for how many personas a paired test tells its two runs apart, and of how many."""
    told, tried = 0, 0
    for persona in np.unique(seen.persona):
        mine = seen.at(seen.persona == persona)
        first, second = (mine.at(mine.session == run) for run in np.unique(mine.session))
        _, a, b = np.intersect1d(first.alike, second.alike, return_indices=True)
        chance: Any = stats.ttest_rel(first.price[a], second.price[b]).pvalue
        told, tried = told + (chance < LARGEST_Q), tried + 1
    return told, tried


class Relabelled(NamedTuple):
    """What came of drawing personas at random for the two runs of each block.

    Attributes:
        compared: Comparisons in all draws.
        judgeable: Those with enough blocks; the others can never alarm.
        striking: Of these, chance at most 5 % and the interval beyond 1 %, before any correction.
        alarms: Of these, what is told.
        planted: Of these, those on which the one persona was made to pay more.
        found: Of these, what is told.
    """

    compared: int
    judgeable: int
    striking: int
    alarms: int
    planted: int
    found: int


def relabelled(seen: Observations, pair: Ints, planted: float) -> Relabelled:
    """Return what is told where personas are drawn at random for the runs of each pair.

    Args:
        seen: The real audit.
        pair: For each run, the block of two runs that it belongs to.
        planted: Share of items on which the one persona is then made to pay `PLANTED` more.
    """
    random = np.random.default_rng(1)
    number = np.arange(len(pair))
    is_second = np.array([run > number[pair == pair[run]].min() for run in number])
    sums = np.zeros(6, dtype=np.int64)
    for _ in range(SHUFFLES):
        flips = random.integers(0, 2, int(pair.max()) + 1)
        persona = (flips[pair] ^ is_second)[seen.session].astype(np.int64)
        dear = random.random(int(seen.item.max()) + 1) < planted
        price = seen.price + np.where(dear[seen.item] & (persona == 0), np.log1p(PLANTED), 0)
        block = seen.item * len(pair) + pair[seen.session]
        drawn = seen._replace(persona=persona, block=block, price=price)
        compared, unlike = judged(drawn, with_twins=False)
        enough, wrong = compared.blocks >= LEAST_BLOCKS, dear[compared.item]
        beyond = np.maximum(compared.low, -compared.high) >= LEAST_EFFECT
        striking = enough & beyond & (compared.chance <= LARGEST_Q)
        marks = (np.ones_like(enough), enough, striking & ~wrong, unlike & ~wrong, enough & wrong)
        sums += np.array([int(mark.sum()) for mark in (*marks, unlike & wrong)])
    return Relabelled(*sums.tolist())


def pairs_of_runs(seen: Observations) -> dict[str, Ints]:
    """Return blocks of two runs: twins, however far apart, and neighbours in time."""
    runs, first = np.unique(seen.session, return_index=True)
    return {"twins": seen.persona[first], "neighbouring runs": runs // 2}


def main() -> None:
    """Print the false alarms and the power."""
    console = Console(width=120)
    table = Table("what", "figure", "of", "share", title="price audit")
    seen = real()
    if seen is None:
        console.print(f"no real audit at {PRICES}: skipped")
    else:
        told, personas = plain_paired(seen)
        _row(table, "real twins, plain paired test: called different", told, personas)
        for name, pair in pairs_of_runs(seen).items():
            _rows_of_real(table, f"real {name}", seen, pair)
    for share in (0.0, 0.08, 1.0):
        null = market(0.0, share, seed=2).seen
        compared, unlike = judged(null, with_twins=True)
        title = f"simulated, offers by account on {share:.0%} of items"
        _row(table, f"{title}: false alarms", int(unlike.sum()), len(compared.item))
    compared, unlike = judged(twins_as_personas(market(0.0, 0.0, seed=3).seen), with_twins=False)
    _row(table, "simulated twins held against each other", int(unlike.sum()), len(compared.item))
    for uplift in UPLIFTS:
        _rows_of_power(table, f"uplift {uplift:.0%}", market(uplift, 0.0, seed=4))
    # Where power ends: accounts that differ by themselves, and prices that are seldom quiet.
    harder = market(UPLIFT_ASKED, 0.04, seed=4)
    _rows_of_power(table, f"uplift {UPLIFT_ASKED:.0%}, offers by account on 4%", harder)
    louder = market(UPLIFT_ASKED, 0.0, seed=4, reduced=0.5)
    _rows_of_power(table, f"uplift {UPLIFT_ASKED:.0%}, half of all prices reduced", louder)
    console.print(table)
    console.print(f"asked: false alarms at most {MOST_FALSE:.0%}, power at {UPLIFT_ASKED:.0%} at")
    console.print(f"least {LEAST_POWER:.0%}")


def _rows_of_power(table: Table, title: str, audit: Market) -> None:
    """Add how many wronged items are found, and how many others are."""
    start = time.perf_counter()
    compared, unlike = judged(audit.seen, with_twins=True)
    taken, wronged = time.perf_counter() - start, audit.wronged[compared.item]
    what = f"{title} ({taken:.2f} s): found"
    _row(table, what, int((unlike & wronged).sum()), int(wronged.sum()))
    _row(table, "  false alarms", int((unlike & ~wronged).sum()), int((~wronged).sum()))


def _rows_of_real(table: Table, title: str, seen: Observations, pair: Ints) -> None:
    """Add the false alarms, and beside them whether anything could have been told at all."""
    null = relabelled(seen, pair, planted=0.0)
    _row(table, f"{title}, random personas: can be judged", null.judgeable, null.compared)
    _row(table, "  strike before correction", null.striking, null.judgeable)
    _row(table, "  false alarms", null.alarms, null.judgeable)
    for share in PLANTED_ON:
        control = relabelled(seen, pair, planted=share)
        what = f"  planted {PLANTED:.0%} on {share:.0%} of items: found"
        _row(table, what, control.found, control.planted)


def _row(table: Table, what: str, figure: int, of: int) -> None:
    table.add_row(what, f"{figure:,}", f"{of:,}", f"{figure / max(of, 1):.2%}")


if __name__ == "__main__":
    main()
