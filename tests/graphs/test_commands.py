from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hengjian.cli import app
from hengjian.errors import HengjianError
from tests.graphs.markets import gang, honest

Rows = list[dict[str, Any]]


def _run(command: str, edges: Path, *more: str) -> Result:
    out = edges.with_name("out.jsonl")
    done = CliRunner().invoke(app, ["graph", command, str(edges), "--out", str(out), *more])
    if isinstance(done.exception, HengjianError):
        raise done.exception
    return done


def _rows(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An honest market with a gang of thirty, as a file."""
    edges = (honest(1, tail=5.0) + gang(1, 30, 20, 0.8, 2)).edges()
    path = tmp_path_factory.mktemp("market") / "edges.jsonl"
    columns = edges.users.tolist(), edges.items.tolist(), edges.times.tolist()
    lines = [
        json.dumps({"user": f"u{user:04}", "item": f"i{item:03}", "time": time})
        for user, item, time in zip(*columns, strict=True)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["blocks", "lockstep"])
def test_every_node_has_one_row_and_the_most_suspicious_come_first(
    market: Path, command: str
) -> None:
    done = _run(command, market)
    assert done.exit_code == 0, done.output
    rows = _rows(market.with_name("out.jsonl"))
    nodes = {(row["kind"], row["id"]) for row in rows}
    edges = _rows(market)
    assert nodes == {(kind, row[kind]) for row in edges for kind in ("user", "item")}
    assert len(nodes) == len(rows)
    assert rows == sorted(rows, key=lambda row: (-row["score"], row["kind"], row["id"]))
    found = {row["id"] for row in rows if row["kind"] == "user" and row["group"] is not None}
    assert found == {f"u{number:04}" for number in range(30)}
    assert all((row["score"] > 0.5) == (row["group"] is not None) for row in rows)


def test_the_order_of_rows_does_not_change_a_byte(market: Path, tmp_path: Path) -> None:
    other = tmp_path / "edges.jsonl"
    other.write_text("\n".join(reversed(market.read_text().splitlines())), encoding="utf-8")
    for command in ("blocks", "lockstep"):
        _run(command, market)
        _run(command, other)
        out = (path.with_name("out.jsonl").read_bytes() for path in (market, other))
        assert len(set(out)) == 1


def test_bad_rows_are_told_and_kept_apart(tmp_path: Path) -> None:
    edges = tmp_path / "edges.jsonl"
    edges.write_text('{"rater": "a", "ratee": "b"}\n{"rater": "a"}\n', encoding="utf-8")
    rejects = tmp_path / "rejects.jsonl"
    done = _run("blocks", edges, "--rejects", str(rejects))
    assert done.exit_code == 0
    assert "1 行不可用" in done.stderr
    assert f"{edges}:2：字段 ratee：缺少必填字段" in done.stderr
    [row] = _rows(rejects)
    assert (row["line"], row["field"]) == (2, "ratee")
    assert {row["id"] for row in _rows(tmp_path / "out.jsonl")} == {"a", "b"}


def test_lockstep_needs_times(tmp_path: Path) -> None:
    edges = tmp_path / "edges.jsonl"
    edges.write_text('{"rater": "a", "ratee": "b"}\n', encoding="utf-8")
    with pytest.raises(HengjianError) as caught:
        _run("lockstep", edges)
    assert caught.value.field == "time"


def test_a_window_must_be_longer_than_nothing(market: Path) -> None:
    with pytest.raises(HengjianError, match="时段"):
        _run("lockstep", market, "--days", "0")
