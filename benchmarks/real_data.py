"""What do the active rules flag on real listings and reviews, and at what speed?

Scans the evaluation data in `../shared/data` (never copied into the project), splits what was
flagged into a dev half, on which rules may be tuned, and a test half, on which they are only
reported, and prints both. The same texts are searched with plain `re` for the speed ratio.

    .venv/bin/python benchmarks/real_data.py [--rows]     --rows prints every flagged row
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hengjian.evidence.store import EvidenceStore
from hengjian.pipeline import scan
from hengjian.records.kinds import KINDS
from hengjian.records.mapping import load_mapping
from hengjian.scan_folder import read_findings
from hengjian.violations.rule import load_rules

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# The public sets lack fields that the contract requires. What is assumed here is marked as such in
# every finding; the day only picks a version of the law and is no claim about the sets.
MAPPINGS = {
    "listing": "rename: {shop: shop_id, units: sales_count}\n",
    "review": (
        "assume: {platform: public-set, shop_id: unknown, item_id: unknown, user_id: unknown,"
        ' created_at: "2025-01-01"}\n'
    ),
}
FOLDERS = {"listing": "listings", "review": "reviews"}


def half(record_id: str) -> str:
    """Return `dev` or `test`, by the record's id alone, so that the split never moves."""
    first = hashlib.sha256(record_id.encode()).hexdigest()[0]
    return "dev" if first in "01234567" else "test"


def plain_seconds(folder: Path) -> float:
    """Return how long json and one `re` alternation of all words take over the same rows."""
    words = sorted(
        {w for rule in load_rules().values() for w in (*rule.sought(), *rule.excuses())}, key=len
    )
    pattern = re.compile("|".join(map(re.escape, reversed(words))))
    began = time.perf_counter()
    for path in sorted(folder.glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                pattern.findall(row.get("title") or row["text"])
    return time.perf_counter() - began


def main() -> None:
    """Scan, count and print."""
    console = Console()
    rules = load_rules()
    for kind, folder in FOLDERS.items():
        with tempfile.TemporaryDirectory() as temporary:
            mapping = Path(temporary) / "mapping.yml"
            mapping.write_text(MAPPINGS[kind], encoding="utf-8")
            out = Path(temporary) / "out"
            result = scan(
                DATA / folder, KINDS[kind], out, rules.values(), mapping=load_mapping(mapping)
            )
            findings = list(read_findings(out))
            plain = plain_seconds(DATA / folder)
            _print(console, kind, result.records, result.seconds / plain, findings)
            if "--rows" in sys.argv:
                _print_rows(console, out, findings)


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
