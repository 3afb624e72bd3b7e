"""The prefilter looks at all rows of a batch at once; it may only save work, never a finding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.text.matcher import EXACT, PLAIN_DISGUISES, Matcher
from hengjian.violations.batch import facts_of, texts_of
from hengjian.violations.examples import example_batch
from hengjian.violations.prefilter import WordNumbers, may_hold
from hengjian.violations.row import read_row
from hengjian.violations.rule import load_rules
from hengjian.violations.runner import decide

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


def _let_through(kind: str, records: list[dict[str, Any]]) -> dict[str, set[int]]:
    """Return for each rule the rows that the prefilter leaves to be decided one by one."""
    rules = OF_KIND[kind]
    fields = {name for rule in rules for name in rule.fields()}.union(KINDS[kind].text_fields)
    batch = example_batch(KINDS[kind], records, list(KINDS[kind].schema.names))
    texts = texts_of(batch, fields)
    matcher = _matcher(kind)
    matches = matcher.find_batch(texts.texts)
    facts = facts_of(batch, texts, matches, KINDS[kind], WordNumbers(matcher.terms))
    return {rule.id: set(may_hold(rule, facts).nonzero()[0].tolist()) for rule in rules}


@cache
def _matcher(kind: str) -> Matcher:
    sought = [word for rule in OF_KIND[kind] for word in rule.sought()]
    excuses = {word for rule in OF_KIND[kind] for word in rule.excuses()}
    return Matcher(sought, EXACT | PLAIN_DISGUISES, plain=excuses - {*sought})


def _not_false(kind: str, records: list[dict[str, Any]]) -> dict[str, set[int]]:
    """Return for each rule the rows that come out true or unknown when each is decided alone."""
    rules = OF_KIND[kind]
    fields = {name for rule in rules for name in rule.fields()}
    batch = example_batch(KINDS[kind], records, list(KINDS[kind].schema.names))
    matcher = _matcher(kind)
    rows = [
        read_row(KINDS[kind], record, fields, matcher.find)
        for record in batch.to_pylist(maps_as_pydicts="strict")
    ]
    return {
        rule.id: {n for n, row in enumerate(rows) if decide(rule, row).truth is not False}
        for rule in rules
    }


@pytest.mark.parametrize("kind", OF_KIND)
def test_no_row_for_which_a_rule_holds_or_is_unknown_is_dropped(kind: str) -> None:
    records = [*_records(kind), {}]
    kept, wanted = _let_through(kind, records), _not_false(kind, records)
    assert {rule: rows - kept[rule] for rule, rows in wanted.items() if rows - kept[rule]} == {}


WORDS = st.sampled_from(
    ["最佳", "好评", "返现", "部队", "特供", "面膜", "消炎", "不退换", "不是", "。", "酒"]
)


# The first batch builds the matcher of all rules.
@settings(deadline=None)
@given(st.lists(st.lists(WORDS, max_size=6).map("".join), max_size=8), st.booleans())
def test_the_same_of_texts_made_of_the_rules_words(titles: list[str], complete: bool) -> None:
    records: list[dict[str, Any]] = [
        {"title": t, "attributes": {"功效": t}, "attributes_complete": complete} for t in titles
    ]
    kept, wanted = _let_through("listing", records), _not_false("listing", records)
    assert all(rows <= kept[rule] for rule, rows in wanted.items())


def test_most_rows_of_plain_text_are_settled_at_once() -> None:
    records = [{"title": f"棉袜 {n} 双", "category": "袜子", "text": "透气"} for n in range(50)]
    kept = _let_through("listing", records)
    by_words = ["marketing.absolute_claim", "prohibited.special_supply"]
    assert [kept[rule] for rule in by_words] == [set(), set()]
