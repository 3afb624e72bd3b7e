"""The prefilter looks at all rows of a batch at once; it may only save work, never a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.text.matcher import EXACT, PLAIN_DISGUISES, Matcher
from hengjian.violations.batch import BatchFacts, WordNumbers, texts_of
from hengjian.violations.examples import example_batch
from hengjian.violations.prefilter import Settled, settle
from hengjian.violations.row import Row, read_row
from hengjian.violations.rule import load_rules
from hengjian.violations.runner import decide
from hengjian.violations.selection import Answer

RULES = load_rules()
OF_KIND = {
    kind: [rule for rule in RULES.values() if kind in rule.applies_to]
    for kind in KINDS
    if any(kind in rule.applies_to for rule in RULES.values())
}


def _records(kind: str) -> Iterator[dict[str, Any]]:
    for rule in RULES.values():
        for example in rule.examples:
            if (example.kind or rule.applies_to[0]) == kind:
                yield example.record


# Of a row: what it lacks if it is unknown; empty if it is false; nothing if it is still open.
Told = dict[int, frozenset[str]]


def _settled(kind: str, records: list[dict[str, Any]]) -> dict[str, Told]:
    """Return for each rule what is told of the rows that need not be decided one by one."""
    settled = _settlements(kind, records)
    return {rule: _told(each, len(records)) for rule, each in settled.items()}


def _settlements(kind: str, records: list[dict[str, Any]]) -> dict[str, Settled]:
    rules = OF_KIND[kind]
    fields = {name for rule in rules for name in rule.fields()}.union(KINDS[kind].text_fields)
    batch = example_batch(KINDS[kind], records, list(KINDS[kind].schema.names))
    texts = texts_of(batch, fields)
    matcher = _matcher(kind)
    matches = matcher.find_batch(texts.texts)
    facts = BatchFacts(batch, KINDS[kind], texts, matches, WordNumbers(matcher.terms))
    return {rule.id: settle(rule, facts) for rule in rules}


def _told(settled: Settled, rows: int) -> Told:
    return {
        row: frozenset(name for name, lacking in settled.lacking if lacking >> row & 1)
        for row in range(rows)
        if not settled.undecided >> row & 1
    }


@cache
def _matcher(kind: str) -> Matcher:
    sought = [word for rule in OF_KIND[kind] for word in rule.sought()]
    excuses = {word for rule in OF_KIND[kind] for word in rule.excuses()}
    return Matcher(sought, EXACT | PLAIN_DISGUISES, plain=excuses - {*sought})


def _decided(kind: str, records: list[dict[str, Any]]) -> dict[str, list[Answer]]:
    """Return for each rule what comes out when each row is decided alone."""
    rows = _rows(kind, records)
    return {rule.id: [decide(rule, row) for row in rows] for rule in OF_KIND[kind]}


def _rows(kind: str, records: list[dict[str, Any]]) -> list[Row]:
    fields = {name for rule in OF_KIND[kind] for name in rule.fields()}
    batch = example_batch(KINDS[kind], records, list(KINDS[kind].schema.names))
    matcher = _matcher(kind)
    return [
        read_row(KINDS[kind], record, fields, matcher.find)
        for record in batch.to_pylist(maps_as_pydicts="strict")
    ]


def _wrong(kind: str, records: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Return the rules and records of which something else is told than is decided."""
    decided = _decided(kind, records)
    return [
        (rule, records[row])
        for rule, told in _settled(kind, records).items()
        for row, lacking in told.items()
        if decided[rule][row].truth is not (None if lacking else False)
        or decided[rule][row].missing != lacking
    ]


@pytest.mark.parametrize("kind", OF_KIND)
def test_what_is_told_of_an_example_is_what_deciding_it_says(kind: str) -> None:
    assert _wrong(kind, [*_records(kind), {}]) == []


@pytest.mark.parametrize("kind", OF_KIND)
def test_leaving_out_what_is_known_to_be_false_changes_no_decision(kind: str) -> None:
    records = [*_records(kind)]
    rows, settled = _rows(kind, records), _settlements(kind, records)
    for rule in OF_KIND[kind]:
        for place, row in enumerate(rows):
            if settled[rule.id].undecided >> place & 1:
                excluded = settled[rule.id].excluded(place)
                assert decide(rule, row, excluded) == decide(rule, row), (rule.id, records[place])


WORDS = st.sampled_from(
    (
        *("最佳", "好评", "返现", "部队", "特供", "面膜", "消炎", "不退换", "不是", "。", "酒"),
        *("玩具", "儿童", "生产日期", "进口", "月饼", "3C", "99", "药"),
    )
)
TEXTS = st.none() | st.lists(WORDS, max_size=6).map("".join)
LISTINGS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "text": TEXTS,
        "category": TEXTS,
        "price": st.none() | st.integers(0, 2000).map(Decimal),
        "list_price": st.none() | st.integers(0, 2000).map(Decimal),
        "attributes": st.none() | st.dictionaries(WORDS, TEXTS, max_size=3),
        "attributes_complete": st.none() | st.booleans(),
        "captured_at": st.none() | st.just(dt.datetime(2026, 11, 5, tzinfo=dt.UTC)),
    }
)


# The first batch builds the matcher of all rules.
@settings(deadline=None)
@given(st.lists(LISTINGS, max_size=6))
def test_the_same_of_listings_made_of_the_rules_words(records: list[dict[str, Any]]) -> None:
    assert _wrong("listing", records) == []


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "title": TEXTS,
                "text": TEXTS,
                "licences_shown": st.none() | st.lists(WORDS, max_size=2),
            }
        ),
        max_size=4,
    )
)
def test_the_same_of_shop_pages(records: list[dict[str, Any]]) -> None:
    assert _wrong("shop_page", records) == []


def test_most_rows_of_plain_text_are_settled_at_once() -> None:
    records = [{"title": f"棉袜 {n} 双", "category": "袜子", "text": "透气"} for n in range(50)]
    told = _settled("listing", records)
    assert sum(50 - len(rows) for rows in told.values()) == 0


def test_a_row_that_lacks_what_a_rule_reads_is_told_as_such_at_once() -> None:
    told = _settled("listing", [{"title": "棉袜"}])
    missing = {"attributes.生产许可证编号", "attributes_complete", "category"}
    assert told["food_drug.food_production_licence"] == {0: missing}
