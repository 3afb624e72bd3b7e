"""What do the active rules flag on real listings and reviews, and at what speed?

Scans the evaluation data in `../shared/data` (never copied into the project), splits what was
flagged into a dev half, on which rules may be tuned, and a test half, on which they are only
reported, and prints both. The same texts are searched with bare pyahocorasick for the ratio. Into
copies of the files 100 violations are planted, written by somebody who had not seen the rules:
silence is no way to be right.

    .venv/bin/python benchmarks/real_data.py [--rows]     --rows prints every flagged row
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import ahocorasick
from rich.console import Console
from rich.table import Table

from hengjian.evidence.store import EvidenceStore
from hengjian.pipeline import scan
from hengjian.records.kinds import KINDS
from hengjian.records.mapping import load_mapping
from hengjian.scan_folder import read_findings
from hengjian.violations.rule import load_rules

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PLANTED = Path(__file__).resolve().parents[1] / "examples" / "benchmark" / "planted"

# The public sets lack fields that the contract requires. What is assumed here is marked as such in
# every finding; the day only picks a version of the law and is no claim about the sets.
MAPPINGS = {
    "listing": "rename: {shop: shop_id, units: sales_count}\n",
    "review": (
        "assume: {platform: public-set, shop_id: unknown, item_id: unknown, user_id: unknown,"
        ' created_at: "2026-11-05"}\n'
    ),
}
FOLDERS = {"listing": "listings", "review": "reviews"}


def half(record_id: str) -> str:
    """Return `dev` or `test`, by the record's id alone, so that the split never moves."""
    first = hashlib.sha256(record_id.encode()).hexdigest()[0]
    return "dev" if first in "01234567" else "test"


def plain_seconds(folder: Path) -> float:
    """Return how long json and a bare pyahocorasick of all words take over the same rows."""
    automaton = ahocorasick.Automaton()
    for rule in load_rules().values():
        for word in (*rule.sought(), *rule.excuses()):
            automaton.add_word(word, word)
    automaton.make_automaton()
    began = time.perf_counter()
    for path in sorted(folder.glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                list(automaton.iter(row.get("title") or row["text"]))
    return time.perf_counter() - began


def main() -> None:
    """Scan, count and print."""
    console = Console()
    rules = load_rules()
    for kind, folder in FOLDERS.items():
        with tempfile.TemporaryDirectory() as temporary:
            mapping = Path(temporary) / "mapping.yml"
            mapping.write_text(MAPPINGS[kind], encoding="utf-8")
            source, out = Path(temporary) / "in", Path(temporary) / "out"
            planted = plant(kind, DATA / folder, source)
            result = scan(source, KINDS[kind], out, rules.values(), mapping=load_mapping(mapping))
            found: dict[str, set[str]] = defaultdict(set)
            for finding in read_findings(out):
                found[finding["record_ids"][0]].add(finding["violation"])
            findings = [f for f in read_findings(out) if f["record_ids"][0] not in planted]
            plain = plain_seconds(DATA / folder)
            _print(console, kind, result.records, result.seconds / plain, findings)
            _print_planted(console, planted, found)
            if "--rows" in sys.argv:
                _print_rows(console, out, findings)


def plant(kind: str, folder: Path, target: Path) -> dict[str, dict[str, Any]]:
    """Copy the real files and put the planted rows beside them; return these by record id."""
    shutil.copytree(folder, target, copy_function=shutil.copyfile)
    lines = (PLANTED / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {f"planted-{number}": json.loads(line) for number, line in enumerate(lines)}
    with (target / "planted.jsonl").open("w", encoding="utf-8") as file:
        for record_id, row in rows.items():
            record = {"record_id": record_id, "platform": "planted", **row}
            del record["violation"]
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return rows


def _print_planted(
    console: Console, planted: dict[str, dict[str, Any]], found: dict[str, set[str]]
) -> None:
    right = [key for key, row in planted.items() if row["violation"] in found[key]]
    other = [key for key in planted if found[key] and key not in right]
    console.print(
        f"planted: {len(right)} of {len(planted)} found as what they are, {len(other)} as another"
    )
    for key, row in planted.items():
        if key not in right:
            console.print("missed", row, sorted(found[key]), highlight=False, markup=False)


def _print(
    console: Console, kind: str, records: int, ratio: float, findings: list[dict[str, Any]]
) -> None:
    counts = Counter((f["violation"], half(f["record_ids"][0])) for f in findings)
    table = Table(title=f"{kind}: {records:,} records; scan / plain = {ratio:.1f}")
    for name in ("violation", "dev", "test"):
        table.add_column(name, justify="left" if name == "violation" else "right")
    for violation in sorted({v for v, _ in counts}):
        table.add_row(violation, str(counts[violation, "dev"]), str(counts[violation, "test"]))
    console.print(table)


def _print_rows(console: Console, out: Path, findings: list[dict[str, Any]]) -> None:
    store = EvidenceStore(out / "evidence")
    for finding in findings:
        row = json.loads(store.get(finding["row_sha256"]))
        words = [item["text"] for item in finding["evidence"]]
        where = half(finding["record_ids"][0])
        text = row.get("title") or row["text"]
        console.print(where, finding["violation"], words, text, highlight=False, markup=False)


if __name__ == "__main__":
    main()
