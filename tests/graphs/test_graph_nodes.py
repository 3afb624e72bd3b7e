from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hengjian.cli import app
from hengjian.errors import HengjianError

COMMANDS = ("spread", "raters")
EDGES = [
    {"user": f"u{n}", "item": f"i{n % 5}", "rating": 4 + n % 2, "time": 86_400 * n}
    for n in range(40)
] + [{"user": "odd", "item": f"i{n}", "rating": 1, "time": 900_000 + n} for n in range(5)]


def _run(*arguments: object) -> Result:
    done = CliRunner().invoke(app, ["graph", *map(str, arguments)])
    if isinstance(done.exception, HengjianError):
        raise done.exception
    return done


def _write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_row_for_each_node_the_most_suspicious_first(command: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = _run(command, _write(tmp_path / "edges.jsonl", EDGES), "--out", out)
    assert done.exit_code == 0, done.output
    rows = _rows(out)
    assert len(rows) == 41 + 5
    assert all(list(row) == ["kind", "id", "score", "group"] for row in rows)
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert next(row["id"] for row in rows if row["kind"] == "user") == "odd"
    assert {row["kind"] for row in rows} == {"user", "item"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_order_and_packing_of_the_input_change_no_byte(command: str, tmp_path: Path) -> None:
    plain = _write(tmp_path / "edges.jsonl", EDGES)
    packed = tmp_path / "edges.jsonl.gz"
    packed.write_bytes(gzip.compress(b"\n".join(reversed(plain.read_bytes().splitlines()))))
    outs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for edges, out in zip((plain, packed), outs, strict=True):
        assert _run(command, edges, "--out", out).exit_code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize("command", COMMANDS)
def test_rows_that_are_no_edges_are_told_and_kept_and_the_rest_goes_on(
    command: str, tmp_path: Path
) -> None:
    edges = _write(tmp_path / "edges.jsonl", [*EDGES, {"user": "u1"}, {**EDGES[0], "time": "昨天"}])
    out, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl"
    done = _run(command, edges, "--out", out, "--rejects", rejects)
    assert "2 行不可用" in done.stderr
    assert [(row["line"], row["field"]) for row in _rows(rejects)] == [(46, "item"), (47, "time")]
    assert len(_rows(out)) == 41 + 5


def test_every_review_has_a_score_of_its_own_where_wanted(tmp_path: Path) -> None:
    edges = _write(tmp_path / "edges.jsonl", [*EDGES, {"user": "u1", "item": "i0"}])
    reviews = tmp_path / "reviews.jsonl"
    _run("spread", edges, "--out", tmp_path / "out.jsonl", "--reviews", reviews)
    rows = _rows(reviews)
    assert len(rows) == 46
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert rows[0]["user"] == "odd"
    unrated = next(row for row in rows if row["rating"] is None)
    assert (unrated["user"], unrated["item"], unrated["time"]) == ("u1", "i0", None)


def test_who_rates_without_rating_or_time_shows_nothing(tmp_path: Path) -> None:
    edges = _write(tmp_path / "edges.jsonl", [{"rater": "a", "ratee": "b"}])
    with pytest.raises(HengjianError, match="没有一行有评分或时间"):
        _run("raters", edges, "--out", tmp_path / "out.jsonl")


def test_what_could_not_be_seen_is_said(tmp_path: Path) -> None:
    rows = [{key: row[key] for key in ("user", "item", "rating")} for row in EDGES]
    done = _run("raters", _write(tmp_path / "e.jsonl", rows), "--out", tmp_path / "out.jsonl")
    assert "45 行没有 time" in done.stderr


def test_a_result_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    edges = _write(tmp_path / "edges.jsonl", EDGES)
    with pytest.raises(HengjianError, match="无法写入"):
        _run("raters", edges, "--out", tmp_path / "nowhere" / "out.jsonl")
