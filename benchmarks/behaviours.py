"""What the detectors find of a simulated market: each conduct at three levels, and of nothing.

Usage: python benchmarks/behaviours.py planted|lookalikes|crowds|null [--seeds 1000-1004] [--only]

`planted` puts all conducts and all look-alikes into one market for each seed and level;
`lookalikes` (each alone), `crowds` (all in one market) and `null` count what is flagged where
nothing is planted. Seeds below 1000 are for development; docs/quality.md tells of seeds that nobody
developed on.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from hengjian.records.kinds import KINDS
from hengjian.records.reader import read
from hengjian.violations.detection import detect
from hengjian.violations.rule import Rule, load_rules
from hengjian.violations.suspicion import Suspicion

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))
from simulate.table import BEHAVIOURS, LOOKALIKES, simulate

LEVELS = ("easy", "medium", "hard")
console = Console(width=150)

Truth = Mapping[str, Any]


class Told(NamedTuple):
    """A suspicion with the ids of its records."""

    violation: str
    suspicion: Suspicion
    record_ids: frozenset[str]


def detectors(only: str | None) -> list[Rule]:
    """Return the active rules that have a detector."""
    rules = load_rules().values()
    return [r for r in rules if r.detector and r.status == "active" and only in (None, r.id)]


def market(seed: int, names: list[str], level: int) -> tuple[dict[str, pa.Table], list[Truth]]:
    """Return a simulated market, read as any other, and its truth."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(seed, names, level).write(Path(folder))
        lines = (Path(folder) / "truth" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
        tables = {
            path.name.partition(".")[0]: _table(path)
            for path in sorted((Path(folder) / "market").iterdir())
        }
    return tables, [json.loads(line) for line in lines]


def _table(path: Path) -> pa.Table:
    kind = KINDS[path.name.partition(".")[0]]
    chunks = list(read(path, kind))
    if any(chunk.rejects for chunk in chunks):
        sys.exit(f"the simulator breaks the contract: {path.name}")
    return pa.Table.from_batches([chunk.batch for chunk in chunks])


def run(
    rules: Sequence[Rule], tables: Mapping[str, pa.Table], spent: Counter[str]
) -> Iterator[Told]:
    """Yield what the detectors suspect."""
    for rule in rules:
        if rule.detector is None or not tables.keys() >= rule.detector.reads.keys():
            continue
        kinds = [kind for kind in rule.detector.kinds if kind in tables]
        given = {kind: tables[kind].select(rule.detector.columns(kind)) for kind in kinds}
        started = time.process_time()
        found = detect(rule.detector, given)
        spent.update({rule.id: time.process_time() - started})
        if found.failed:
            console.print(f"[red]{rule.id}: {found.failed}[/]")
        for suspicion in found.suspicions:
            yield Told(rule.id, suspicion, _record_ids(suspicion, tables))


def _record_ids(suspicion: Suspicion, tables: Mapping[str, pa.Table]) -> frozenset[str]:
    found: set[str] = set()
    for kind, places in suspicion.rests_on.items():
        rows = tables[kind].take(pa.array(list(places), pa.int64()))
        name = next(n for n in ("record_id", *KINDS[kind].id_fields) if n in rows.column_names)
        found.update(map(str, rows.column(name).to_pylist()))
    return frozenset(found)


def concerns(told: Told, truth: Truth) -> bool:
    """Tell whether a suspicion is about the conduct or the look-alike of a row of truth."""
    suspicion = told.suspicion
    members = set(suspicion.members.accounts) if suspicion.members else set()
    shared = told.record_ids & set(truth["record_ids"])
    return (
        suspicion.subject_id in truth["subject_ids"]
        or 2 * len(shared) >= len(told.record_ids)
        or 2 * len(members & set(truth["accounts"])) >= max(len(members), 1)
    )


def is_right(told: Told, truth: Truth) -> bool:
    """Tell whether a suspicion names a planted conduct as what it is, or may be."""
    return told.violation in {truth["violation"], *truth.get("also", ())} and concerns(told, truth)


def member_f1(told: Sequence[Told], truth: Truth) -> float | None:
    """Return the F1 of the accounts of a group; None: the truth has no accounts."""
    wanted = set(truth["accounts"])
    named = set().union(*(t.suspicion.members.accounts for t in told if t.suspicion.members))
    if not wanted or not any(t.suspicion.members for t in told):
        return None
    return 2 * len(wanted & named) / (len(wanted) + len(named))


def planted(seeds: Sequence[int], rules: Sequence[Rule]) -> None:
    """Print what is found of each conduct at each level, and what is flagged beside it."""
    found: dict[str, dict[int, list[bool]]] = defaultdict(lambda: defaultdict(list))
    scores: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    beside: Counter[str] = Counter()
    fooled: Counter[tuple[str, str]] = Counter()
    known = {rule.id for rule in rules}
    spent: Counter[str] = Counter()
    for seed in seeds:
        for level in range(len(LEVELS)):
            tables, truth = market(seed, [*BEHAVIOURS, *LOOKALIKES], level)
            told = list(run(rules, tables, spent))
            for row in truth:
                name = row.get("behaviour")
                if name and row["violation"] in known:
                    right = [t for t in told if is_right(t, row)]
                    found[f"{name} {row['violation']}"][level].append(bool(right))
                    score = member_f1(right, row)
                    if right and score is not None:
                        scores[f"{name} {row['violation']}"][level].append(score)
            for each in told:
                _count_beside(each, truth, beside, fooled)
    _print_planted(found, scores)
    _print_beside(beside, fooled)
    _print_spent(spent)


def _count_beside(
    told: Told,
    truth: Sequence[Truth],
    beside: Counter[str],
    fooled: Counter[tuple[str, str]],
) -> None:
    if any(row["violation"] and is_right(told, row) for row in truth):
        return
    beside[told.violation] += 1
    for row in truth:
        if "lookalike" in row and concerns(told, row):
            fooled[told.violation, row["lookalike"]] += 1


def _print_planted(
    found: Mapping[str, Mapping[int, Sequence[bool]]],
    scores: Mapping[str, Mapping[int, Sequence[float]]],
) -> None:
    table = Table("conduct", *(f"{name} found" for name in LEVELS), *(f"F1 {n}" for n in LEVELS))
    for name, by_level in found.items():
        shares = [f"{sum(by_level[level])}/{len(by_level[level])}" for level in range(3)]
        means = [scores[name][level] for level in range(3)]
        table.add_row(name, *shares, *(f"{sum(m) / len(m):.2f}" if m else "" for m in means))
    console.print(table)


def _print_beside(beside: Counter[str], fooled: Counter[tuple[str, str]]) -> None:
    table = Table("flagged beside the truth", "how many", "of them of a look-alike")
    for violation, count in beside.most_common():
        names = [f"{name} {n}" for (v, name), n in fooled.most_common() if v == violation]
        table.add_row(violation, str(count), ", ".join(names))
    console.print(table)


def _print_spent(spent: Counter[str]) -> None:
    slow = ", ".join(f"{violation} {seconds:.1f}" for violation, seconds in spent.most_common(8))
    console.print(f"processor seconds: {slow}")


def quiet(seeds: Sequence[int], rules: Sequence[Rule], crowds: Mapping[str, list[str]]) -> None:
    """Print what is flagged where nothing is planted, in each market of some look-alikes."""
    table = Table("market", "flagged", "violations")
    spent: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name, lookalikes in crowds.items():
        told = [t for seed in seeds for t in run(rules, market(seed, lookalikes, 1)[0], spent)]
        counts = Counter(t.violation for t in told)
        total.update(counts)
        table.add_row(
            name,
            str(len(told)),
            ", ".join(f"{v} {n}" for v, n in counts.most_common()),
        )
    console.print(table)
    console.print(f"{total.total()} flagged in {len(seeds) * len(crowds)} markets: {dict(total)}")
    _print_spent(spent)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["planted", "lookalikes", "crowds", "null"])
    parser.add_argument("--seeds", default="1000-1002")
    parser.add_argument("--only")
    told = parser.parse_args()
    first, _, last = told.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    rules = detectors(told.only)
    if told.what == "planted":
        planted(seeds, rules)
        return
    crowds: dict[str, dict[str, list[str]]] = {
        "lookalikes": {name: [name] for name in LOOKALIKES},
        "crowds": {"all look-alikes": [*LOOKALIKES]},
        "null": {"nothing": []},
    }
    quiet(seeds, rules, crowds[told.what])


if __name__ == "__main__":
    main()
