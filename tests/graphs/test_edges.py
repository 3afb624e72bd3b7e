from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.graphs.edges import Edges, make_edges, read_edges

ROWS = [
    {"rater": "乙", "ratee": "店1", "rating": 5, "time": 1793844000},
    {"rater": "甲", "ratee": "店2", "rating": 1.5, "time": 1793844060},
    {"rater": "甲", "ratee": "店1", "rating": 4, "time": 1793844120},
]


def _written(path: Path, *rows: object) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _named(edges: Edges) -> list[tuple[object, ...]]:
    return [
        (edges.user_ids[user], edges.item_ids[item], rating, time)
        for user, item, rating, time in zip(
            edges.users, edges.items, edges.ratings, edges.times, strict=True
        )
    ]


def test_ids_are_numbered_in_their_order_and_edges_sorted(tmp_path: Path) -> None:
    edges, bad = read_edges(_written(tmp_path / "e.jsonl", *ROWS))
    assert not bad
    assert edges.user_ids == ["乙", "甲"]
    assert edges.users.tolist() == [0, 1, 1]
    assert [edges.item_ids[item] for item in edges.items] == ["店1", "店1", "店2"]
    assert edges.ratings.tolist() == [5, 4, 1.5]


def test_a_gzip_and_a_parquet_file_say_the_same(tmp_path: Path) -> None:
    plain, _ = read_edges(_written(tmp_path / "e.jsonl", *ROWS))
    packed = tmp_path / "e.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "e.jsonl").read_bytes()))
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "e.parquet")
    assert _named(read_edges(packed)[0]) == _named(plain)
    assert _named(read_edges(tmp_path / "e.parquet")[0]) == _named(plain)


def test_the_names_of_the_input_are_kept(tmp_path: Path) -> None:
    edges, _ = read_edges(_written(tmp_path / "e.jsonl", {"user": 7, "item": 9}))
    assert (edges.user_kind, edges.item_kind) == ("user", "item")
    assert (edges.user_ids, edges.item_ids) == ([7], [9])
    assert np.isnan(edges.times).all()


@pytest.mark.parametrize(
    "time",
    ["2026-11-05T02:00:00Z", "2026-11-05T10:00:00+08:00", "2026-11-05 10:00:00", 1793844000],
)
def test_times_are_seconds_or_iso_and_of_china_where_no_zone_stands(
    tmp_path: Path, time: object
) -> None:
    for count in (1, 2):
        rows = [{"user": n, "item": 1, "time": time} for n in range(count)]
        edges, _ = read_edges(_written(tmp_path / "e.jsonl", *rows))
        assert edges.times.tolist() == [1793844000.0] * count


def test_a_file_with_several_ways_to_write_a_time_is_read(tmp_path: Path) -> None:
    rows = [
        {"user": "a", "item": 1, "time": "2026-11-05"},
        {"user": "b", "item": 1, "time": 1793808000},
        {"user": "c", "item": 1, "time": None},
    ]
    edges, bad = read_edges(_written(tmp_path / "e.jsonl", *rows))
    assert not bad
    assert edges.times[:2].tolist() == [1793808000.0] * 2
    assert np.isnan(edges.times[2])


def test_bad_rows_are_told_with_line_and_field_and_the_others_stay(tmp_path: Path) -> None:
    rows = [ROWS[0], {"rater": "丙"}, "[1]", "{", "", {**ROWS[0], "rating": "五"}]
    rows += [{**ROWS[0], "time": "昨天"}, {**ROWS[0], "rater": ""}, {**ROWS[0], "ratee": 1.5}]
    edges, bad = read_edges(_written(tmp_path / "e.jsonl", *rows))
    assert len(edges.users) == 1
    assert [(row.line, row.field) for row in bad] == [
        (2, "ratee"),
        (3, None),
        (4, None),
        (6, "rating"),
        (7, "time"),
        (8, "rater"),
        (9, "ratee"),
    ]


def test_a_first_row_without_the_fields_is_a_bad_row_like_any_other(tmp_path: Path) -> None:
    good = {"user": "a", "item": "x"}
    edges, bad = read_edges(_written(tmp_path / "e.jsonl", {"user": "b"}, good))
    assert (edges.user_ids, edges.user_kind) == (["a"], "user")
    assert [(row.line, row.field) for row in bad] == [(1, "item")]


def test_bad_rows_of_a_parquet_file_are_told_by_number(tmp_path: Path) -> None:
    table = pa.table(
        {"user": ["a", None, "c", "d"], "item": [1, 2, 3, 4], "time": ["2026-11-05", None, "x", ""]}
    )
    pq.write_table(table, tmp_path / "e.parquet")
    edges, bad = read_edges(tmp_path / "e.parquet")
    assert edges.user_ids == ["a"]
    assert [(row.line, row.field) for row in bad] == [(2, "user"), (3, "time"), (4, "time")]


def test_a_file_without_the_fields_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(HengjianError) as caught:
        read_edges(_written(tmp_path / "e.jsonl", {"rater": "a", "shop": "b"}))
    assert (caught.value.line, caught.value.field) == (1, "ratee/item")
    assert caught.value.hint


@pytest.mark.parametrize("rows", [[], [""], ["坏"], [{"rater": "", "ratee": "b"}]])
def test_a_file_without_an_edge_is_refused(tmp_path: Path, rows: list[object]) -> None:
    with pytest.raises(HengjianError):
        read_edges(_written(tmp_path / "e.jsonl", *rows))


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e.parquet").write_text("not at all")
    with pytest.raises(HengjianError, match="Parquet"):
        read_edges(tmp_path / "e.parquet")


EDGE = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 5), st.integers(0, 9))


@given(st.lists(EDGE, min_size=1, max_size=30), st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, ...]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (make_edges(*(list(c) for c in zip(*r, strict=True))) for r in (rows, shuffled))
    for mine, its in zip(one, other, strict=True):
        assert np.array_equal(mine, its) if isinstance(mine, np.ndarray) else mine == its
