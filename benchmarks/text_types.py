"""How well do the rules tell suspected violations from hard look-alikes, type by type?

examples/benchmark holds twenty records a type, ten of each, written one by one by authors who had
not seen the rules, split once into dev and test; `more` are further sets for tuning, `lawful` are
ordinary lawful records, rich in the words that violations use. It guards against regressions; what
the rules do in the field it cannot tell.

    python benchmarks/text_types.py [dev|test|more|lawful] [--misses] [TYPE ...]
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from hengjian.records.kinds import KINDS
from hengjian.violations.examples import example_batch
from hengjian.violations.rule import Rule, load_rules
from hengjian.violations.runner import RuleRunner

FOLDER = Path(__file__).parent.parent / "examples" / "benchmark"
SETS = ("dev", "test", "more", "lawful")
EXTRA = ["_row_sha256", "_input_sha256", "_assumed"]


@dataclass(frozen=True)
class Score:
    """Hits and misses of one type.

    Attributes:
        hits: Suspected violations that its rule flagged.
        misses: Those that it did not flag.
        alarms: Look-alikes that it flagged.
        status: Of the rule; empty: there is none.
    """

    hits: int = 0
    misses: int = 0
    alarms: int = 0
    status: str = ""

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where nothing was found."""
        wrong = self.misses + self.alarms
        return 2 * self.hits / (2 * self.hits + wrong) if self.hits else 0.0


def load(half: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Return the rows of one half."""
    paths = sorted((folder / half).glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


def flagged(rows: Iterable[dict[str, Any]], rules: dict[str, Rule]) -> Iterator[set[str]]:
    """Return the types of which each row is suspected, draft rules too."""
    rows = list(rows)
    found: dict[str, set[str]] = defaultdict(set)
    for name, kind in KINDS.items():
        own = [row for row in rows if row["kind"] == name]
        if not own:
            continue
        runner = RuleRunner(kind, list(rules.values()))
        batch = example_batch(kind, [_typed(row) for row in own], [*runner.columns, *EXTRA])
        outcomes: Any = runner(batch).to_pylist()
        for row, outcome in zip(own, outcomes, strict=True):
            found[row["id"]] = {finding["violation"] for finding in outcome["findings"]}
    return (found[row["id"]] for row in rows)


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row's record as the contract types it; what it lacks is filled in where required."""
    model = KINDS[row["kind"]].model
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    stand_in = {name: STAND_INS.get(name, "x") for name in required}
    record: dict[str, Any] = vars(model.model_validate({**stand_in, **row["record"]}))
    return {name: _plain(value) for name, value in record.items()}


# What a row of the benchmark leaves out and its kind requires.
STAND_INS: dict[str, Any] = {
    "created_at": "2026-11-05T10:00:00+08:00",
    "sent_at": "2026-11-05T10:00:00+08:00",
    "inspected_at": "2026-11-05T10:00:00+08:00",
    "starts_at": "2026-11-05T10:00:00+08:00",
    "ends_at": "2026-11-06T10:00:00+08:00",
    "channel": "12315",
    "kind": "complaint",
}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [vars(item) if isinstance(item, BaseModel) else item for item in value]
    return value


def scores(rows: list[dict[str, Any]], rules: dict[str, Rule]) -> dict[str, Score]:
    """Return the score of every type in the rows."""
    found: dict[str, Score] = {}
    for row, types in zip(rows, flagged(rows, rules), strict=True):
        kind = row["violation"]
        rule = rules.get(kind)
        score = found.setdefault(kind, Score(status=rule.status if rule else ""))
        hit = kind in types
        found[kind] = replace(
            score,
            hits=score.hits + (hit and row["flag"]),
            misses=score.misses + (row["flag"] and not hit),
            alarms=score.alarms + (hit and not row["flag"]),
        )
    return found


def alarms(rows: list[dict[str, Any]], rules: dict[str, Rule]) -> list[tuple[str, set[str]]]:
    """Return the lawful records that rules flag, by id, with the types."""
    pairs = zip(rows, flagged(rows, rules), strict=True)
    return [(row["id"], types) for row, types in pairs if types]


def macro_f1(found: dict[str, Score]) -> float:
    """Return the mean F1 over the types, those without a rule counting as 0."""
    return sum(score.f1 for score in found.values()) / len(found)


def main(arguments: list[str]) -> None:
    """Print the score of every type, the worst first, and the mean."""
    half = next((a for a in arguments if a in SETS), "dev")
    wanted = [a for a in arguments if a not in SETS and not a.startswith("-")]
    rules, console = load_rules(), Console(width=120)
    if half == "lawful":
        rows = load(half)
        found_alarms = alarms(rows, rules)
        for one, types in found_alarms:
            console.print(one, *sorted(types))
        console.print(f"{len(found_alarms)} of {len(rows)} lawful records flagged")
        return
    rows = [r for r in load(half) if not wanted or r["violation"].startswith(tuple(wanted))]
    found = scores(rows, rules)
    table = Table("type", "F1", "found", "missed", "false alarms", "rule")
    for kind, score in sorted(found.items(), key=lambda pair: pair[1].f1):
        counts = map(str, (score.hits, score.misses, score.alarms))
        table.add_row(kind, f"{score.f1:.2f}", *counts, score.status or "none")
    console.print(table)
    if "--misses" in arguments:
        for row, types in zip(rows, flagged(rows, rules), strict=True):
            if (row["violation"] in types) is not row["flag"]:
                what = "missed" if row["flag"] else "false alarm"
                console.print(
                    what, row["id"], row["kind"], json.dumps(row["record"], ensure_ascii=False)
                )
    console.print(
        f"{half}: macro F1 {macro_f1(found):.3f} over {len(found)} types, {len(rows)} rows"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
