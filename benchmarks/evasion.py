"""How much of altered text does the matcher find, and how often does it hit clean text?

Runs every layer over the evaluation data in `../shared/data/evasion`: all entities of two
characters and more are the term list; only those count that were really altered; a clean sentence
counts when it holds no term. Half of the sentences (by a hash of their id) is for tuning, the other
only reported. Layers are measured together, at one setting.

    .venv/bin/python benchmarks/evasion.py [--curve]      --curve tries other gates on the dev half
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from pypinyin import lazy_pinyin
from rich.console import Console
from rich.table import Table

from hengjian.text.folds import fold
from hengjian.text.matcher import ALL, Gates, Matcher

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "evasion"
KINDS = (
    "traditional",
    "split",
    "homophone",
    "pinyin",
    "mixed",
    "lookalike",
    "swap",
    "initials",
    "emoji",
)
TARGETS = {
    "traditional": 0.98,
    "split": 0.92,
    "homophone": 0.88,
    "pinyin": 0.90,
    "mixed": 0.80,
    "lookalike": 0.65,
    "swap": 0.60,
    "initials": 0.50,
}


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of one set; `mixed` is made here from the sentences of another."""
    if name == "mixed":
        return [{**row, "perturbed": _half_spelt(row)} for row in rows("homophone")]
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _half_spelt(row: dict[str, Any]) -> str:
    """Write every second character of a row's entities in pinyin, beginning with the second."""
    text: str = row["original"]
    for entity in sorted(row["entities"], key=len, reverse=True):
        spelt = [lazy_pinyin(c)[0] if n % 2 else c for n, c in enumerate(entity)]
        text = text.replace(entity, "".join(spelt))
    return text


def is_dev(row: dict[str, Any]) -> bool:
    """Tell whether a sentence is for tuning."""
    digest = hashlib.sha256(str(row["sentence_id"]).encode()).hexdigest()
    return digest[0] in "01234567"


def altered(row: dict[str, Any]) -> list[str]:
    """Return a row's entities that are long enough and no longer stand there as they were."""
    entities = {entity for entity in row["entities"] if len(entity) > 1}
    return sorted(entity for entity in entities if entity not in row["perturbed"])


def measure(matcher: Matcher, dev: bool) -> dict[str, float]:
    """Return recall by kind of alteration, and the share of clean sentences that are hit."""
    result = {}
    for kind in KINDS:
        half = [row for row in rows(kind) if is_dev(row) == dev]
        found = matcher.find_batch([row["perturbed"] for row in half]).by_text()
        wanted = [set(altered(row)) for row in half]
        terms = [{hit.term for hit in found.get(number, ())} for number in range(len(half))]
        hits = sum(len(w & t) for w, t in zip(wanted, terms, strict=True))
        result[kind] = hits / sum(map(len, wanted))
    clean = [row["text"] for row in rows("clean") if is_dev(row) == dev]
    clean = [text for text in clean if not any(term in fold(text) for term in TERMS)]
    result["clean hit"] = len(matcher.find_batch(clean).by_text()) / len(clean)
    return result


TERMS = sorted({e for kind in KINDS for row in rows(kind) for e in row["entities"] if len(e) > 1})
HEARD = (9.0, 11.0, 12.0, 13.0, 14.0, 16.0)
SWAPPED = (0.0, 0.3, 0.32, 0.4, 0.55)
LOOKS = (1.3, 1.7, 2.2, 3.0, 4.0)


def main() -> None:
    """Measure and print."""
    console = Console()
    settings = {"": Gates()}
    if "--curve" in sys.argv:
        settings = {f"heard {g:.0f}": Gates(homophone=g) for g in HEARD}
        settings |= {f"swap {g:.2f}": Gates(swap=g) for g in SWAPPED}
        settings |= {f"look {g:.1f}": Gates(lookalike=(g, g, g)) for g in LOOKS}
    table = Table(title=f"{len(TERMS):,} terms; recall by kind, and clean sentences hit")
    table.add_column("gate, half")
    for kind in (*KINDS, "clean hit", "seconds"):
        table.add_column(kind, justify="right")
    for name, gates in settings.items():
        matcher = Matcher(TERMS, ALL, gates)
        for dev in (True,) if name else (True, False):
            began = time.perf_counter()
            result = measure(matcher, dev)
            cells = [f"{value:.3f}" for value in result.values()]
            table.add_row(
                f"{name} {'dev' if dev else 'test'}", *cells, f"{time.perf_counter() - began:.1f}"
            )
    table.add_row("target", *(f"{TARGETS.get(k, 0):.2f}" for k in KINDS), "0.010", "")
    console.print(table)


if __name__ == "__main__":
    main()
