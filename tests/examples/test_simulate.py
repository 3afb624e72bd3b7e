"""The simulator: its bytes follow the seed, its truth speaks of what is there, all can be read."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples.simulate.market import LEVELS, Market
from examples.simulate.table import BEHAVIOURS, LOOKALIKES, simulate

from hengjian.records.kinds import kind_named
from hengjian.records.reader import read
from hengjian.violations.catalogue import catalogue

Row = dict[str, Any]

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "simulate"
ALL = [*BEHAVIOURS, *LOOKALIKES]
SCALE = 0.2


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("simulated")
    simulate(3, ALL, 2, SCALE).write(out)
    return out


def _rows(path: Path) -> list[Row]:
    told = path.read_bytes()
    lines = (gzip.decompress(told) if path.suffix == ".gz" else told).splitlines()
    return [json.loads(line) for line in lines]


def _truth(out: Path) -> list[Row]:
    return _rows(out / "truth" / "truth.jsonl")


def _values(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    elif isinstance(value, str):
        yield value


def _files(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }


def _made(seed: int, names: list[str], out: Path) -> dict[str, bytes]:
    simulate(seed, names, 1, 0.1).write(out)
    return _files(out)


def test_the_same_seed_gives_the_same_bytes_and_another_other_ids(tmp_path: Path) -> None:
    names = ["reviews_gang", "ghost_kitchens", "family_device"]
    first, again, other = (
        _made(seed, names, tmp_path / str(turn)) for turn, seed in enumerate((7, 7, 8))
    )
    assert first == again
    ids = [
        {row["record_id"] for row in _rows(tmp_path / turn / "market" / "order.jsonl.gz")}
        for turn in ("0", "2")
    ]
    assert len(ids[0]) > 1000
    assert not ids[0] & ids[1]
    assert first.keys() == other.keys()


def test_its_bytes_do_not_hang_on_how_python_hashes_words(tmp_path: Path) -> None:
    for hash_seed in ("1", "2"):
        words = ["--all", "--seed", "7", "--scale", "0.1", "--out", str(tmp_path / hash_seed)]
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, str(FOLDER), *words],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
        )
    assert _files(tmp_path / "1") == _files(tmp_path / "2")


def test_no_record_is_rejected_and_no_liberty_is_taken_with_one(everything: Path) -> None:
    for path in sorted((everything / "market").iterdir()):
        for chunk in read(path, kind_named(path.name.removesuffix(".jsonl.gz"))):
            assert chunk.rejects == [], path.name
            assert chunk.notes == {}, path.name


def test_truth_lies_apart_and_names_only_what_is_there(everything: Path) -> None:
    said = {
        value
        for path in (everything / "market").iterdir()
        for row in _rows(path)
        for value in _values(row)
    }
    assert not list((everything / "market").glob("*truth*"))
    for row in _truth(everything):
        named = {*row["accounts"], *row["shops"], *row["items"], *row["record_ids"]}
        assert named <= said, row["difficulty"]
        if row["subject_kind"] == "producer":
            assert set(row["subject_ids"]) & said
        elif row["subject_kind"] != "topic":
            assert row["subject_ids"]
            assert set(row["subject_ids"]) <= said


def test_everything_is_planted_under_ids_of_the_catalogue(everything: Path) -> None:
    truth = _truth(everything)
    known = catalogue().by_id().keys()
    assert {row["behaviour"] for row in truth if "behaviour" in row} == BEHAVIOURS.keys()
    assert {row["lookalike"] for row in truth if "lookalike" in row} == LOOKALIKES.keys()
    for row in truth:
        violations = {row["violation"], *row.get("also", []), *row.get("tempts", [])} - {None}
        assert violations <= known
        assert (row["violation"] is None) == ("lookalike" in row or row["subject_kind"] == "topic")


def test_no_market_record_names_a_behaviour(everything: Path) -> None:
    names = re.compile("|".join((*ALL, *LEVELS)).encode())
    for path in (everything / "market").iterdir():
        with gzip.open(path) as file:
            assert not names.search(file.read()), path.name


def _planted(name: str, level: int) -> Market:
    return simulate(5, [name], level, 0.2)


@pytest.mark.parametrize("name", ["reviews_gang", "price_discrimination", "malicious_reporting"])
def test_difficulty_changes_what_is_planted(name: str) -> None:
    easy, hard = ([json.dumps(row) for row in _planted(name, level).truth] for level in (0, 2))
    assert easy != hard


def test_a_hard_gang_is_sparser_and_slower_than_an_easy_one() -> None:
    densities, spans = [], []
    for level in range(len(LEVELS)):
        market = simulate(5, ["reviews_gang"], level, 0.4)
        [truth] = market.truth
        records = set(truth["record_ids"])
        reviews = [row for row in market.rows["review"] if row["record_id"] in records]
        densities.append(len(reviews) / len(truth["accounts"]) / len(truth["items"]))
        times = [row["created_at"] for row in reviews]
        spans.append(max(times) - min(times))
    assert densities == sorted(densities, reverse=True)
    assert densities[-1] < densities[0] / 4
    assert spans == sorted(spans)


def test_planting_leaves_the_background_alone() -> None:
    def told(names: list[str]) -> set[tuple[Any, ...]]:
        rows = simulate(5, names, 1, 0.1).rows["order"]
        return {(row["created_at"], row["paid_price"], row["status"]) for row in rows}

    assert told(["reviews_gang"]) >= told(["swap_returns"]) & told(["malicious_orders"])


def test_the_command_writes_an_innocent_market(tmp_path: Path) -> None:
    words = ["--null", "--seed", "2", "--scale", "0.05", "--out", str(tmp_path)]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(FOLDER), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert _truth(tmp_path) == []
    assert len(list((tmp_path / "market").iterdir())) > 15


def test_a_page_tells_its_options_whether_honest_or_not() -> None:
    market = simulate(5, ["bait_price"], 2, 0.3)
    planted = set(market.truth[0]["record_ids"])
    shares = {True: [0, 0], False: [0, 0]}
    market._as_sources_give("listing")
    for page in market.rows["listing"]:
        counted = shares[page["record_id"] in planted]
        counted[0] += bool(page.get("options"))
        counted[1] += 1
    assert all(told / total > 0.6 for told, total in shares.values())


def test_audits_look_at_every_option_of_a_page_that_they_capture() -> None:
    market = simulate(5, ["random_coupons"], 1, 0.3)
    pages = {row["item_id"]: row for row in market.rows["listing"]}
    seen: dict[str, set[str]] = {}
    for row in market.rows["price_observation"]:
        if abs(row["observed_at"] - pages[row["item_id"]]["captured_at"]) < 600:
            seen.setdefault(row["item_id"], set()).add(row["sku"])
    assert seen
    for item, names in seen.items():
        assert names == {option["name"] for option in pages[item]["options"]}
