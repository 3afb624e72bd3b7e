"""What all graph commands share: reading a list of edges, writing scores, and what they say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import orjson
import typer
from rich.markup import escape

from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.graphs.edges import BadEdge, Edges, Floats, Numbers, read_edges
from hengjian.records.reasons import os_reason

_BAD_ROWS_SHOWN = 5
# Scores that differ only behind these digits are the same: sums depend on their order.
DIGITS = 9

EdgesFile = Annotated[
    Path,
    typer.Argument(
        help="边的列表：JSON Lines（可为 .gz）或 Parquet；每行 rater 与 ratee（或 user 与 item），"
        "可另有 rating、time",
        exists=True,
        dir_okay=False,
    ),
]
OutFile = Annotated[Path, typer.Option(help="结果（JSON Lines），得分高者可疑", dir_okay=False)]
RejectsFile = Annotated[
    Path | None, typer.Option(help="另存不可用的行（JSON Lines）", dir_okay=False)
]


def read_graph(path: Path, rejects: Path | None) -> Edges:
    """Read a list of edges; tell on stderr which rows are none, and write them where wanted."""
    edges, bad = read_edges(path)
    if rejects is not None:
        write_rows(rejects, (row._asdict() for row in bad))
    if bad:
        _tell(path, bad)
    return edges


def _tell(path: Path, bad: list[BadEdge]) -> None:
    errors.print(f"[yellow]{len(bad):,} 行不可用，没有计入[/]")
    for row in bad[:_BAD_ROWS_SHOWN]:
        fault = HengjianError(row.reason, path=path, line=row.line, field=row.field)
        value = "" if row.value is None else f"（{row.value}）"
        errors.print(f"[yellow]{escape(f'{fault}{value}')}[/]", soft_wrap=True)
    if len(bad) > _BAD_ROWS_SHOWN:
        errors.print("[yellow]……其余用 --rejects 另存[/]")


def write_scores(
    out: Path,
    edges: Edges,
    users: Floats,
    items: Floats,
    user_groups: Numbers | None = None,
    item_groups: Numbers | None = None,
) -> None:
    """Write a row for each node: the most suspicious first, then by kind and id.

    Args:
        out: The file.
        edges: Whose nodes they are.
        users: The score of each user.
        items: The score of each item.
        user_groups: The group of each user, below 0 for none; None: there are no groups.
        item_groups: The same of each item.
    """
    nodes = [
        (edges.user_kind, edges.user_ids, users, user_groups),
        (edges.item_kind, edges.item_ids, items, item_groups),
    ]
    nodes.sort(key=lambda node: node[0])
    kinds = np.repeat([0, 1], [len(ids) for _, ids, _, _ in nodes])
    scores = np.round(np.concatenate([scores for _, _, scores, _ in nodes]), DIGITS)
    groups = np.concatenate(
        [np.full(len(ids), -1) if group is None else group for _, ids, _, group in nodes]
    )
    names: list[str | int] = [name for _, ids, _, _ in nodes for name in ids]
    # The order is stable, and the ids of a kind are sorted already.
    order = np.argsort(-scores, kind="stable").tolist()
    write_rows(
        out,
        (
            {"kind": nodes[kind][0], "id": names[row], "score": score, "group": group}
            for row, kind, score, group in (
                (row, int(kinds[row]), float(scores[row]), _group(groups[row])) for row in order
            )
        ),
    )


def tell_out(out: Path) -> None:
    """Tell where the result lies."""
    console.print(f"结果：{escape(str(out))}", soft_wrap=True)


def _group(number: Any) -> int | None:
    return None if number < 0 else int(number)


def write_rows(out: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write JSON Lines."""
    try:
        with out.open("wb") as file:
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    except OSError as error:
        raise HengjianError(f"无法写入：{os_reason(error)}", path=out) from None
