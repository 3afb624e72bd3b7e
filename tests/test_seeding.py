from __future__ import annotations

import json
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.pipeline import scan_market
from hengjian.scan_folder import read_findings, read_scan
from hengjian.scanning.sources import find_sources
from hengjian.seeding import Seeded, check_seeded, seed_market
from hengjian.violations.rule import load_rules
from tests.conftest import LISTING, WriteRows
from tests.few_rules import few_rules
from tests.scanning.test_market import ORDER, REVIEW

RULES = [*few_rules().values(), load_rules()["consumer.order_cancellation"]]


@pytest.fixture
def market(write_rows: WriteRows, tmp_path: Path) -> Path:
    """Three kinds, one plain record each."""
    (tmp_path / "market").mkdir()
    write_rows({**LISTING, "title": "毛巾"}, name="market/listing.jsonl")
    write_rows({**REVIEW, "text": "不错"}, name="market/review.jsonl")
    write_rows(ORDER, name="market/order.jsonl")
    return tmp_path / "market"


def _seed(market: Path, name: str = "copy", count: int = 8, seed: int = 1) -> Seeded:
    return seed_market(find_sources([market]), RULES, market.parent / name, count=count, seed=seed)


def test_what_is_planted_is_found_and_marked(market: Path, tmp_path: Path) -> None:
    seeded = _seed(market)
    ids = frozenset(seeded.ids.read_text(encoding="utf-8").split())
    scan_market(find_sources([tmp_path / "copy"]), tmp_path / "out", RULES, seeded=ids)
    findings = list(read_findings(tmp_path / "out"))
    assert findings
    assert all(finding["seeded"] for finding in findings)
    assert all(check.found for check in check_seeded(tmp_path / "out", seeded.key))


def test_no_planted_record_breaks_the_contract(market: Path, tmp_path: Path) -> None:
    _seed(market, count=30)
    scan_market(find_sources([tmp_path / "copy"]), tmp_path / "out", RULES)
    assert read_scan(tmp_path / "out")["rejected"] == 0


def test_no_real_shop_or_person_stands_in_a_planted_record(market: Path) -> None:
    seeded = _seed(market, count=30)
    planted = [row for plant in seeded.plants for rows in plant.records.values() for row in rows]
    real = {LISTING["shop_id"], LISTING["item_id"], REVIEW["user_id"], ORDER["user_id"]}
    assert not real & {value for row in planted for value in row.values() if type(value) is str}


def test_every_type_is_planted_before_any_comes_again(market: Path) -> None:
    violations = [plant.violation for plant in _seed(market, count=5).plants]
    assert len(set(violations)) == len(violations)


def test_the_copy_does_not_tell_what_was_planted(market: Path, tmp_path: Path) -> None:
    _seed(market)
    text = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "copy").rglob("*.jsonl"))
    assert "seed" not in text
    assert not [path for path in (tmp_path / "copy").rglob("*") if "seed" in path.name]


def test_the_original_stays_as_it_is(market: Path) -> None:
    before = {path: path.read_bytes() for path in market.rglob("*.jsonl")}
    _seed(market)
    assert {path: path.read_bytes() for path in market.rglob("*.jsonl")} == before


def test_the_same_seed_plants_the_same_records(market: Path) -> None:
    assert _seed(market, "a").plants == _seed(market, "b").plants
    assert _seed(market, "c", seed=2).plants != _seed(market, "d").plants


def test_a_folder_that_exists_is_refused(market: Path) -> None:
    with pytest.raises(HengjianError, match="已存在"):
        _seed(market, "market")


def test_a_broken_key_is_told_with_its_line(market: Path, tmp_path: Path) -> None:
    seeded = _seed(market)
    scan_market(find_sources([tmp_path / "copy"]), tmp_path / "out", RULES)
    lines = seeded.key.read_text(encoding="utf-8").splitlines()
    seeded.key.write_text("\n".join([lines[0], json.dumps({"violation": "x"})]), encoding="utf-8")
    with pytest.raises(HengjianError) as caught:
        check_seeded(tmp_path / "out", seeded.key)
    assert caught.value.line == 2
