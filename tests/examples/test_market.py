"""The demo market says what its truth says it says, and a scan finds what it found before."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from opencc import OpenCC

from hengjian.pipeline import scan_market
from hengjian.records.kinds import kind_named
from hengjian.records.reader import read
from hengjian.scan_folder import read_findings
from hengjian.scanning.sources import find_sources
from hengjian.violations.catalogue import catalogue
from hengjian.violations.rule import load_rules

MARKET = Path(__file__).resolve().parents[2] / "examples" / "market"
README = (MARKET / "README.md").read_text(encoding="utf-8")
KIND_ROW = re.compile(r"^\| `([a-z_]+)\.\S+.*? \|((?: \d+ \|){4})$", re.MULTILINE)
AREA_ROW = re.compile(r"^\| `([a-z_]+)` \|((?: \d+ \|){3})$", re.MULTILINE)

Row = dict[str, Any]
Pair = tuple[str, str]

# A bit below (found) and above (beside) what the rules reach: a change for the worse is told.
FOUND_OF_AREA = {
    "marketing": 27,
    "food_drug": 48,
    "minors": 11,
    "consumer": 38,
    "reputation": 25,
    "prohibited": 32,
    "platform": 2,
}
FOUND_DISGUISED = 21
BESIDE = 32


def _raw_rows(path: Path) -> list[Row]:
    """Return the rows of a file as it writes them; of a workbook, as they are read."""
    if path.suffix == ".xlsx":
        chunks = read(path, kind_named("listing"))
        return [row for chunk in chunks for row in chunk.batch.to_pylist()]
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    if path.suffix == ".csv":
        return list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    return [json.loads(line) for line in text.splitlines()]


def _id_of(row: Row) -> str:
    return str(row.get("record_id") or row["rule_id"])


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


SOURCES = find_sources([MARKET])
ROWS: dict[str, list[Row]] = {kind.name: [] for kind in SOURCES.kinds}
for _source in SOURCES.files:
    ROWS[_source.kind.name] += _raw_rows(_source.path)
TRUTH = _raw_rows(MARKET / "truth.jsonl")

LISTINGS, REVIEWS = ROWS["listing"], ROWS["review"]
RECORDS: dict[str, Row] = {_id_of(row): row for row in chain.from_iterable(ROWS.values())}
TRUTH_OF: dict[str, Row] = {row["record_id"]: row for row in TRUTH}
VIOLATING = [row for row in TRUTH if row["violations"]]
LAWFUL = [row for row in TRUTH if not row["violations"]]
PLANTED: set[Pair] = {(v, row["record_id"]) for row in TRUTH for v in row["violations"]}
HARD: set[Pair] = {pair for pair in PLANTED if "hard" in TRUTH_OF[pair[1]]}


def _area(pair: Pair) -> str:
    return pair[0].partition(".")[0]


def test_the_market_is_read_as_500_records_of_twelve_kinds() -> None:
    assert {name: len(rows) for name, rows in ROWS.items()} == {
        "listing": 299,
        "livestream": 21,
        "shop_page": 18,
        "review": 60,
        "post": 21,
        "message": 13,
        "site": 7,
        "app": 6,
        "complaint": 20,
        "packaging": 12,
        "tour": 7,
        "platform_rule": 16,
    }


def test_the_truth_the_broken_rows_and_the_readme_are_no_part_of_the_market() -> None:
    skipped = {name.partition("：")[0] for name in SOURCES.skipped}
    assert skipped == {"README.md", "truth.jsonl", "broken"}


def test_the_market_shows_plain_files_packed_ones_and_a_workbook() -> None:
    suffixes = {source.path.suffix for source in SOURCES.files}
    assert suffixes == {".jsonl", ".csv", ".gz", ".xlsx"}


def test_no_record_id_is_used_twice() -> None:
    assert len(RECORDS) == sum(map(len, ROWS.values()))


def test_every_record_has_one_row_of_truth() -> None:
    assert sorted(row["record_id"] for row in TRUTH) == sorted(RECORDS)


@pytest.mark.parametrize("truth", VIOLATING, ids=lambda row: row["record_id"])
def test_the_words_stand_in_the_named_field(truth: Row) -> None:
    content = _shown(RECORDS[truth["record_id"]][truth["field"]])
    assert truth["words"]
    assert [word for word in truth["words"] if word not in content] == []


def test_a_lawful_record_shows_no_words_and_is_never_hard() -> None:
    assert [row for row in LAWFUL if row["words"] or "field" in row or "hard" in row] == []


def test_only_lawful_records_look_alike_and_each_names_the_type_that_it_resembles() -> None:
    look_alikes = [row for row in TRUTH if "look_alike" in row]
    resembled = {row["look_alike"].split("：")[0] for row in look_alikes}
    assert resembled <= {violation.title for violation in catalogue().types}
    assert [row for row in look_alikes if row["violations"]] == []


def test_the_truth_has_no_other_fields() -> None:
    fields = {"record_id", "violations", "words", "field", "look_alike", "hard"}
    assert set(chain.from_iterable(TRUTH)) == fields


def test_all_types_are_planted_but_those_that_show_only_over_many_records() -> None:
    known = {violation.id for violation in catalogue().types}
    absent = known - {violation for violation, _ in PLANTED}
    assert absent == {"food_drug.delivery_records_missing", "minors.production_source"}


@pytest.mark.parametrize(("kind", "cells"), KIND_ROW.findall(README))
def test_the_readme_counts_each_kind_right(kind: str, cells: str) -> None:
    truth = [TRUTH_OF[_id_of(row)] for row in ROWS[kind]]
    counted = [sum(bool(row.get(name)) for row in truth) for name in ("violations", "hard")]
    counted.append(sum("look_alike" in row for row in truth))
    assert [int(cell) for cell in re.findall(r"\d+", cells)] == [len(truth), *counted]


@pytest.mark.parametrize(("area", "cells"), AREA_ROW.findall(README))
def test_the_readme_counts_each_area_right(area: str, cells: str) -> None:
    pairs = {pair for pair in PLANTED if _area(pair) == area}
    counted = [len(pairs), len(pairs & HARD), len({violation for violation, _ in pairs})]
    assert [int(cell) for cell in re.findall(r"\d+", cells)] == counted


def test_the_readme_names_every_kind_and_every_area() -> None:
    assert {kind for kind, _ in KIND_ROW.findall(README)} == set(ROWS)
    assert [area for area, _ in AREA_ROW.findall(README)] == list(catalogue().areas)


def test_some_records_show_it_in_traditional_characters() -> None:
    simplified = OpenCC("t2s").convert
    traditional = Counter(
        row["record_id"][:3]
        for row in VIOLATING
        if any(simplified(word) != word for word in row["words"])
    )
    assert traditional >= Counter({"lst": 7, "rev": 1})


def test_some_records_are_older_than_the_law_of_today() -> None:
    times = ("captured_at", "created_at", "started_at", "sent_at")
    days = [str(row[name])[:10] for row in RECORDS.values() for name in times if row.get(name)]
    assert sum(day < "2025-10-15" for day in days) == 3
    assert sum("2025-10-15" <= day < "2026-08-15" for day in days) == 5


def test_no_two_listings_share_a_title_or_an_item() -> None:
    assert len({row["title"] for row in LISTINGS}) == len(LISTINGS)
    assert len({row["item_id"] for row in LISTINGS}) == len(LISTINGS)


def test_no_two_records_share_a_sentence() -> None:
    texts = [row["text"] for row in RECORDS.values() if row.get("text")]
    sentences = Counter(chain.from_iterable(set(re.split(r"[。！？!?\n]", text)) for text in texts))
    assert [text for text, times in sentences.items() if text and times > 1] == []


def test_every_review_is_about_a_listed_item_of_its_shop() -> None:
    listed = {(row["platform"], row["shop_id"], row["item_id"]) for row in LISTINGS}
    reviewed = {(row["platform"], row["shop_id"], row["item_id"]) for row in REVIEWS}
    assert reviewed - listed == set()


def test_a_shop_has_one_name_one_platform_and_one_region() -> None:
    shops = {
        (row["shop_id"], row["shop_name"], row["platform"], row.get("region")) for row in LISTINGS
    }
    assert len(shops) == len({row["shop_id"] for row in LISTINGS})


def test_every_address_is_one_that_cannot_exist() -> None:
    wanted = [f"https://{row['platform']}.example/item/{row['item_id']}" for row in LISTINGS]
    assert [row["url"] for row in LISTINGS] == wanted
    hosts = {str(row["url"]).split("/")[2] for row in RECORDS.values() if row.get("url")}
    assert [host for host in hosts if not host.endswith(".example")] == []


def test_reviews_include_a_line_break_and_a_quotation_mark_inside_a_cell() -> None:
    assert any("\n" in row["text"] for row in REVIEWS)
    assert any('"' in row["text"] and "," in row["text"] for row in REVIEWS)


@pytest.mark.parametrize("source", SOURCES.files, ids=lambda source: source.name)
def test_the_reader_takes_every_file_whole(source: Any) -> None:
    chunks = list(read(source.path, source.kind))
    assert [reject for chunk in chunks for reject in chunk.rejects] == []
    assert sum(chunk.batch.num_rows for chunk in chunks) == len(_raw_rows(source.path))


def test_each_broken_row_is_rejected_and_broken_in_its_own_way() -> None:
    chunks = list(read(MARKET / "broken" / "broken.jsonl", kind_named("listing")))
    reasons = [(reject.field, reject.reason) for chunk in chunks for reject in chunk.rejects]
    assert sum(chunk.batch.num_rows for chunk in chunks) == 0
    assert len(reasons) == len(set(reasons)) == 6


@pytest.fixture(scope="module")
def flagged(tmp_path_factory: pytest.TempPathFactory) -> set[Pair]:
    """What a scan of the market raises, by violation and record."""
    out = tmp_path_factory.mktemp("market") / "out"
    scan_market(SOURCES, out, load_rules().values())
    return {(row["violation"], one) for row in read_findings(out) for one in row["record_ids"]}


def test_a_scan_finds_in_every_area_what_it_found_before(flagged: set[Pair]) -> None:
    found = Counter(_area(pair) for pair in PLANTED & flagged)
    assert {area: found[area] for area, least in FOUND_OF_AREA.items() if found[area] < least} == {}


def test_a_scan_finds_the_disguised_ones_that_it_found_before(flagged: set[Pair]) -> None:
    assert len(HARD & flagged) >= FOUND_DISGUISED


def test_a_scan_raises_few_suspicions_beside_the_truth(flagged: set[Pair]) -> None:
    assert len(flagged - PLANTED) <= BESIDE
