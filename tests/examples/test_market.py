"""The demo market says what its truth says it says."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from opencc import OpenCC

from hengjian.records.kinds import kind_named
from hengjian.records.reader import read

MARKET = Path(__file__).resolve().parents[2] / "examples" / "market"
README = (MARKET / "README.md").read_text(encoding="utf-8")
README_ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| (\S+) \|((?: \d+ \|){6})$", re.MULTILINE)

Row = dict[str, Any]


def _json_lines(name: str) -> list[Row]:
    lines = (MARKET / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _reviews() -> list[Row]:
    with (MARKET / "reviews.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


LISTINGS, REVIEWS, TRUTH = _json_lines("listings.jsonl"), _reviews(), _json_lines("truth.jsonl")
RECORDS: dict[str, Row] = {row["record_id"]: row for row in LISTINGS + REVIEWS}
TRUTH_OF: dict[str, Row] = {row["record_id"]: row for row in TRUTH}
VIOLATING = [row for row in TRUTH if row["violations"]]
LAWFUL = [row for row in TRUTH if not row["violations"]]
TITLES = {violation: title for violation, title, _ in README_ROW.findall(README)}


def _truth_about(rows: list[Row]) -> list[Row]:
    return [TRUTH_OF[row["record_id"]] for row in rows]


def _planted(violation: str, rows: list[Row]) -> list[int]:
    """Count the violating, the hard and the look-alike records of one violation."""
    truth = _truth_about(rows)
    violating = [row for row in truth if violation in row["violations"]]
    hard = [row for row in violating if "hard" in row]
    alike = [row for row in truth if row.get("look_alike", "").startswith(f"{TITLES[violation]}：")]
    return [len(violating), len(hard), len(alike)]


def test_the_market_has_140_listings_and_60_reviews() -> None:
    assert (len(LISTINGS), len(REVIEWS)) == (140, 60)


def test_no_record_id_is_used_twice() -> None:
    assert len(RECORDS) == len(LISTINGS) + len(REVIEWS)


def test_every_record_has_one_row_of_truth() -> None:
    assert sorted(row["record_id"] for row in TRUTH) == sorted(RECORDS)


@pytest.mark.parametrize("truth", VIOLATING, ids=lambda row: row["record_id"])
def test_the_words_stand_in_the_named_field(truth: Row) -> None:
    content = RECORDS[truth["record_id"]][truth["field"]]
    assert truth["words"]
    assert [word for word in truth["words"] if word not in content] == []


def test_a_lawful_record_shows_no_words_and_is_never_hard() -> None:
    assert [row for row in LAWFUL if row["words"] or "field" in row or "hard" in row] == []


def test_only_lawful_records_look_alike_and_each_names_what_it_resembles() -> None:
    look_alikes = [row for row in TRUTH if "look_alike" in row]
    resembled = {row["look_alike"].split("：")[0] for row in look_alikes}
    assert resembled == set(TITLES.values())
    assert [row for row in look_alikes if row["violations"]] == []


def test_the_truth_has_no_other_fields_or_violations() -> None:
    fields = {"record_id", "violations", "words", "field", "look_alike", "hard"}
    assert set(chain.from_iterable(TRUTH)) == fields
    assert set(chain.from_iterable(row["violations"] for row in TRUTH)) == set(TITLES)


@pytest.mark.parametrize(("violation", "title", "cells"), README_ROW.findall(README))
def test_the_readme_counts_each_violation_right(violation: str, title: str, cells: str) -> None:
    told = [int(cell) for cell in re.findall(r"\d+", cells)]
    assert told == _planted(violation, LISTINGS) + _planted(violation, REVIEWS), title


def test_the_readme_counts_the_records_right() -> None:
    told = re.search(
        r"Of the listings (\d+) violate and (\d+) only look.*?of the reviews (\d+) point.*?and (\d+) look",
        README,
        re.DOTALL,
    )
    assert told is not None
    counted = [
        sum(bool(row.get(field)) for row in _truth_about(rows))
        for rows in (LISTINGS, REVIEWS)
        for field in ("violations", "look_alike")
    ]
    assert [int(number) for number in told.groups()] == counted


def test_six_listings_and_one_review_show_it_in_traditional_characters() -> None:
    simplified = OpenCC("t2s").convert
    traditional = [
        row["record_id"][:3]
        for row in VIOLATING
        if any(simplified(word) != word for word in row["words"])
    ]
    assert Counter(traditional) == {"lst": 6, "rev": 1}


def test_four_listings_violate_twice() -> None:
    assert Counter(len(row["violations"]) for row in VIOLATING) == {1: 47, 2: 4}


def test_no_two_listings_share_a_title_or_an_item() -> None:
    assert len({row["title"] for row in LISTINGS}) == len(LISTINGS)
    assert len({row["item_id"] for row in LISTINGS}) == len(LISTINGS)


def test_no_two_records_share_a_sentence() -> None:
    texts = [row["text"] for row in LISTINGS + REVIEWS if "text" in row]
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


def test_reviews_include_a_line_break_and_a_quotation_mark_inside_a_cell() -> None:
    assert any("\n" in row["text"] for row in REVIEWS)
    assert any('"' in row["text"] and "," in row["text"] for row in REVIEWS)


@pytest.mark.parametrize(
    ("name", "kind", "rows", "rejects"),
    [
        ("listings.jsonl", "listing", 140, 0),
        ("reviews.csv", "review", 60, 0),
        ("broken/broken.jsonl", "listing", 0, 6),
    ],
)
def test_the_reader_takes_the_market_whole_and_rejects_every_broken_row(
    name: str, kind: str, rows: int, rejects: int
) -> None:
    chunks = list(read(MARKET / name, kind_named(kind)))
    assert sum(chunk.batch.num_rows for chunk in chunks) == rows
    assert sum(len(chunk.rejects) for chunk in chunks) == rejects


def test_each_broken_row_is_broken_in_its_own_way() -> None:
    chunks = read(MARKET / "broken" / "broken.jsonl", kind_named("listing"))
    reasons = [(reject.field, reject.reason) for chunk in chunks for reject in chunk.rejects]
    assert len(set(reasons)) == len(reasons)
