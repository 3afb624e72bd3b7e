"""hengjian graph spread and raters: what each account and item shows by its own conduct."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.markup import escape
from rich.table import Table

from hengjian.cli.graph_files import (
    DIGITS,
    EdgesFile,
    OutFile,
    RejectsFile,
    read_graph,
    tell_out,
    write_rows,
    write_scores,
)
from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.graphs.edges import Edges, Floats, Ids
from hengjian.graphs.raters import score_raters
from hengjian.graphs.spread import priors_of, propagate

_SHOWN = 10
_SIGNALS = {
    "unfair": "偏离他人",
    "brief": "活跃期短",
    "hasty": "短期多评",
    "pressed": "间隔短",
}


def spread_command(
    edges: EdgesFile,
    out: OutFile,
    rejects: RejectsFile = None,
    reviews: Annotated[
        Path | None, typer.Option(help="另存每条评价的得分（JSON Lines）", dir_okay=False)
    ] = None,
) -> None:
    """Write how suspicious each node is after its own conduct and its neighbours'."""
    graph = _read(edges, rejects)
    priors = priors_of(graph)
    beliefs = propagate(graph, priors)
    write_scores(out, graph, beliefs.users, beliefs.items)
    if reviews is not None:
        write_rows(reviews, _review_rows(graph, beliefs.reviews))
    for title, ids, scores, own in (
        ("账号", graph.user_ids, beliefs.users, priors.users),
        ("对象", graph.item_ids, beliefs.items, priors.items),
    ):
        table = _table(title, ids)
        table.add_column("自身行为", justify="right")
        for node in _worst(scores):
            table.add_row(escape(str(ids[node])), f"{scores[node]:.3f}", f"{own[node]:+.2f}")
        console.print(table)
    console.print(
        f"[dim]自身行为：正数比多数可疑。第 {beliefs.rounds} 轮收敛。得分只表示先后，"
        "不是概率，不能单独作为认定依据[/]",
        soft_wrap=True,
    )
    tell_out(out)


def raters_command(edges: EdgesFile, out: OutFile, rejects: RejectsFile = None) -> None:
    """Write how unfair and hasty each rater is, and how unreliable each item's ratings are."""
    graph = _read(edges, rejects)
    if np.isnan(graph.ratings).all() and np.isnan(graph.times).all():
        raise HengjianError(
            "没有一行有评分或时间，看不出评价人的行为",
            path=edges,
            field="rating/time",
            hint="至少提供其中一项；只有账号与对象时可用 graph blocks",
        )
    scores = score_raters(graph)
    write_scores(out, graph, scores.users, scores.items)
    table = _table("账号", graph.user_ids)
    for title in _SIGNALS.values():
        table.add_column(title, justify="right")
    for node in _worst(scores.users):
        signals = (f"{scores.signals[name][node]:.2f}" for name in _SIGNALS)
        table.add_row(escape(str(graph.user_ids[node])), f"{scores.users[node]:.3f}", *signals)
    console.print(table)
    console.print(
        "[dim]各项为在全部账号中的位次，0至1，看不出的记0.50；"
        "得分只表示先后，不是概率，不能单独作为认定依据[/]",
        soft_wrap=True,
    )
    tell_out(out)


def _review_rows(graph: Edges, scores: Floats) -> Iterator[dict[str, Any]]:
    """Return the edges, the most suspicious first; what is unknown is null."""
    scores = np.round(scores, DIGITS)
    for edge in np.argsort(-scores, kind="stable").tolist():
        rating, time = float(graph.ratings[edge]), float(graph.times[edge])
        yield {
            graph.user_kind: graph.user_ids[graph.users[edge]],
            graph.item_kind: graph.item_ids[graph.items[edge]],
            "rating": None if np.isnan(rating) else rating,
            "time": None if np.isnan(time) else time,
            "score": float(scores[edge]),
        }


def _read(path: Path, rejects: Path | None) -> Edges:
    graph = read_graph(path, rejects)
    for values, name in ((graph.ratings, "rating"), (graph.times, "time")):
        unknown = int(np.isnan(values).sum())
        if unknown:
            errors.print(f"[yellow]{unknown:,} 行没有 {name}，与它有关的行为看不出[/]")
    return graph


def _table(title: str, ids: Ids) -> Table:
    table = Table(title=f"{title} {len(ids):,} 个，最可疑的 {min(_SHOWN, len(ids))} 个")
    table.add_column(title)
    table.add_column("得分", justify="right")
    return table


def _worst(scores: Floats) -> list[int]:
    return [int(node) for node in np.argsort(-scores, kind="stable")[:_SHOWN]]
