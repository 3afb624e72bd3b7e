"""Make a market with planted conduct: `python examples/simulate --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from simulate.market import LEVELS
from simulate.table import BEHAVIOURS, LOOKALIKES, simulate


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the market."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, help="for OUT/market and OUT/truth")
    parser.add_argument("--difficulty", choices=LEVELS, default="medium")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--behaviour", nargs="+", choices=BEHAVIOURS, default=[])
    parser.add_argument("--lookalike", nargs="+", choices=LOOKALIKES, default=[])
    parser.add_argument("--null", action="store_true", help="all backgrounds, nothing planted")
    parser.add_argument("--all", action="store_true", help="everything in one market")
    told = parser.parse_args(arguments)
    names = [*told.behaviour, *told.lookalike]
    if told.all:
        names = [*BEHAVIOURS, *LOOKALIKES]
    if bool(names) == told.null:
        parser.error("give --behaviour, --lookalike or --all, or else --null")
    market = simulate(told.seed, names, LEVELS.index(told.difficulty), told.scale)
    market.write(told.out)
    records = sum(map(len, market.rows.values()))
    print(f"{records} records, {len(market.truth)} rows of truth: {told.out}")


if __name__ == "__main__":
    main()
