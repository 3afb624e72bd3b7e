"""How fast are dense blocks and lockstep, beside FRAUDAR as published, on the same edges?

The peers are a plain transcription of the paper's algorithm (plain_fraudar.py) and, where it can be
imported, the package UGFraud. Every one runs in a process of its own, so that its memory is its
own, and takes numbers of users and items; seconds are the processor's. The market is made at
random: users and items of very different activity, and a gang that rates a tenth of its items, each
within three days, and as much at random for camouflage.

With --commands the four commands of `hengjian graph` are measured instead, each from a Parquet file
with ids of text to its result, as a user runs them.

    .venv/bin/python benchmarks/graphs.py [MILLIONS ...] [--no-peers] [--commands]
"""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import plain_fraudar
from hengjian.graphs.blocks import densest_block, find_blocks, make_graph
from hengjian.graphs.edges import Edges, make_edges
from hengjian.graphs.lockstep import DAY, find_lockstep

DAYS, SEED = 180, 11
GANG_USERS, GANG_ITEMS, DENSITY, WINDOW = 300, 100, 0.1, 3
MILLIONS = (1.0, 5.0)
# Users, items, ratings, times and the ids of both sides.
COLUMNS = 6
COMMANDS = ("blocks", "lockstep", "spread", "raters")


T = TypeVar("T")


class Run(NamedTuple):
    """What one run took and gave: seconds, megabytes, nodes found, and a score."""

    seconds: float
    megabytes: float
    found: str
    score: float


def market(millions: float) -> Edges:
    """Return edges; the ids of the gang's users are negative."""
    random = np.random.default_rng(SEED)
    count = int(millions * 1e6)
    user_count, item_count = count // 7, count // 30
    busy, known = random.pareto(2.0, user_count) + 1, random.pareto(1.5, item_count) + 1
    users = random.choice(user_count, count, p=busy / busy.sum())
    items = random.choice(item_count, count, p=known / known.sum())
    times = random.uniform(0, DAYS, count)
    gang = -1 - np.arange(GANG_USERS)
    hits = [np.flatnonzero(random.random(GANG_USERS) < DENSITY) for _ in range(GANG_ITEMS)]
    chosen = random.choice(item_count, GANG_ITEMS, replace=False)
    planted = [np.concatenate([gang[hit] for hit in hits])]
    planted += [np.repeat(chosen, [len(hit) for hit in hits])]
    begins = np.repeat(random.uniform(0, DAYS - WINDOW, GANG_ITEMS), [len(hit) for hit in hits])
    moments = begins + random.uniform(0, WINDOW, len(begins))
    camouflage = random.choice(gang, len(begins)), random.choice(item_count, len(begins))
    return make_edges(
        np.concatenate([users, planted[0], camouflage[0]]),  # type: ignore[arg-type]
        np.concatenate([items, planted[1], camouflage[1]]),  # type: ignore[arg-type]
        None,
        np.concatenate([times, moments, random.uniform(0, DAYS, len(begins))]) * DAY,
    )


def digest(users: set[int], items: set[int]) -> str:
    """Return a short name of a block that no other has."""
    text = f"{sorted(users)}{sorted(items)}"
    return f"{len(users):,} × {len(items):,} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def compiled_block(edges: Edges) -> tuple[str, float]:
    """Find the densest block as the project does."""
    graph = make_graph(edges.users, edges.items, len(edges.user_ids), len(edges.item_ids))
    block = densest_block(graph)
    return digest(set(block.users.tolist()), set(block.items.tolist())), block.score


def plain_block(edges: Edges) -> tuple[str, float]:
    """Find the densest block as the paper says."""
    pairs = list(zip(edges.users.tolist(), edges.items.tolist(), strict=True))
    users, items, score = plain_fraudar.densest_block(
        pairs, len(edges.user_ids), len(edges.item_ids)
    )
    return digest(users, items), score


def ugfraud_block(edges: Edges) -> tuple[str, float]:
    """Find the densest block with the package UGFraud."""
    from UGFraud.Detector import Fraudar  # type: ignore[import-not-found]  # noqa: PLC0415

    matrix = Fraudar.listToSparseMatrix(edges.users, edges.items)
    (users, items), score = Fraudar.logWeightedAveDegree(matrix)
    return digest(set(map(int, users)), set(map(int, items))), float(score)


def five_blocks(edges: Edges) -> tuple[str, float]:
    """Find five blocks, and how well the groups match the gang."""
    found = find_blocks(edges)
    return f"{sum(b.is_group for b in found.blocks)} groups", match(edges, found.user_groups)


def lockstep(edges: Edges) -> tuple[str, float]:
    """Find lockstep, and how well the groups match the gang."""
    found = find_lockstep(edges)
    return f"{len(found.groups)} groups", match(edges, found.user_groups)


def match(edges: Edges, groups: NDArray[np.int32]) -> float:
    """Return the F1 of the users in groups; the gang is marked by its ids, which are negative."""
    gang = np.asarray(edges.user_ids) < 0
    return 2 * float(np.sum((groups >= 0) & gang)) / max(1, int(np.sum(groups >= 0) + gang.sum()))


WORK: dict[str, Callable[[Edges], tuple[str, float]]] = {
    "densest block": compiled_block,
    "the paper in Python": plain_block,
    "UGFraud": ugfraud_block,
    "five blocks, F1": five_blocks,
    "lockstep, F1": lockstep,
}
PEERS = ("the paper in Python", "UGFraud")


def run(name: str, small: Path, large: Path) -> Run:
    """Run one of the works in this process, on a small market to compile it and on a large one."""
    WORK[name](loaded(small))
    edges = loaded(large)
    began = time.process_time()
    found, score = WORK[name](edges)
    seconds = time.process_time() - began
    return Run(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found, score)


def saved(folder: Path, millions: float) -> Path:
    """Write a market as arrays, so that making it is no part of what is measured."""
    path = folder / f"{millions}.npy"
    edges = market(millions)
    with path.open("wb") as file:
        for column in edges[:COLUMNS]:
            np.save(file, np.asarray(column))
    return path


def loaded(path: Path) -> Edges:
    """Read a market."""
    with path.open("rb") as file:
        users, items, ratings, times, user_ids, item_ids = (np.load(file) for _ in range(COLUMNS))
    return Edges(users, items, ratings, times, user_ids.tolist(), item_ids.tolist())


def written(folder: Path, millions: float) -> Path:
    """Write a market as a file of edges whose ids are texts."""
    path = folder / f"{millions}.parquet"
    edges = market(millions)
    columns = {
        kind: pc.binary_join_element_wise(
            kind, pa.array(np.asarray(ids)[numbers]).cast(pa.string()), "-"
        )
        for kind, ids, numbers in (
            ("user", edges.user_ids, edges.users),
            ("item", edges.item_ids, edges.items),
        )
    }
    ratings = np.random.default_rng(SEED).integers(1, 6, len(edges.users)).astype(np.int8)
    columns["rating"], columns["time"] = pa.array(ratings), pa.array(edges.times)
    table = pa.table(columns)
    pq.write_table(table.take(np.random.default_rng(SEED).permutation(len(ratings))), path)
    return path


def run_command(name: str, path: Path) -> Run:
    """Run one command on a file of edges; found is how many nodes it tells of."""
    out = path.with_suffix(".jsonl")
    hengjian = Path(sys.executable).with_name("hengjian")
    done = subprocess.run(  # noqa: S603 - our own command
        [hengjian, "graph", name, path, "--out", out], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with out.open("rb") as file:
        nodes = sum(1 for _line in file)
    seconds = used.ru_utime + used.ru_stime
    return Run(seconds, used.ru_maxrss / 1024, f"{nodes:,} nodes", math.nan)


def apart(function: Callable[..., T], *arguments: object) -> T:
    """Call a function in a process of its own.

    A process begins with the most memory of the one that starts it: here nothing large is made.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def print_commands(sizes: Sequence[float], console: Console) -> None:
    """Measure and print the commands."""
    for millions in sizes:
        table = Table("graph", "seconds", "MB", "found", title=f"{millions:g} million edges")
        with TemporaryDirectory() as folder:
            path = apart(written, Path(folder), millions)
            for name in COMMANDS:
                seconds, megabytes, found, _score = apart(run_command, name, path)
                table.add_row(name, f"{seconds:.1f}", f"{megabytes:,.0f}", found)
        console.print(table)


def main() -> None:
    """Measure and print."""
    sizes = [float(each) for each in sys.argv[1:] if not each.startswith("-")] or MILLIONS
    names = [name for name in WORK if name != "UGFraud" or find_spec("UGFraud")]
    if "--no-peers" in sys.argv:
        names = [name for name in names if name not in PEERS]
    console = Console()
    if "--commands" in sys.argv:
        print_commands(sizes, console)
        return
    with TemporaryDirectory() as folder:
        small = apart(saved, Path(folder), 0.01)
        for millions in sizes:
            large = apart(saved, Path(folder), millions)
            runs = {name: apart(run, name, small, large) for name in names}
            table = Table(title=f"{millions:g} million edges")
            for name in ("", "seconds", "times faster", "MB", "score", "found"):
                table.add_column(name, justify="right" if name else "left")
            for name, (seconds, megabytes, found, score) in runs.items():
                faster = f"{seconds / runs['densest block'].seconds:.0f}" if name in PEERS else ""
                table.add_row(
                    name, f"{seconds:.2f}", faster, f"{megabytes:.0f}", f"{score:.6f}", found
                )
            console.print(table)


if __name__ == "__main__":
    main()
