from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hengjian.scanning.coverage import KindCount, coverage
from hengjian.scanning.shard import Tally
from hengjian.violations.catalogue import catalogue
from tests.few_rules import few_rules

RULES = few_rules()
CLAIM = RULES["marketing.absolute_claim"]


def _kind(*rules: str, records: int = 10, undecided: int = 0) -> KindCount:
    tally = Tally(records, Counter(dict.fromkeys(rules, undecided)))
    return KindCount(frozenset(rules), records, tally=tally)


def _covered(**kinds: KindCount) -> dict[str, Any]:
    violations: dict[str, Any] = coverage(kinds, RULES.values(), {}, None, {})["violations"]
    return violations


def test_every_type_of_the_catalogue_is_listed() -> None:
    assert list(_covered(listing=_kind(CLAIM.id))) == list(catalogue().by_id())


def test_a_rule_that_ran_is_checked_kind_by_kind() -> None:
    row = _covered(listing=_kind(CLAIM.id, undecided=2), livestream=_kind(CLAIM.id, records=5))[
        CLAIM.id
    ]
    assert (row["status"], row["not_checked_reason"]) == ("checked", None)
    assert (row["checked"], row["not_checked"]) == (13, 2)
    assert row["by_kind"] == {
        "listing": {"checked": 8, "not_checked": 2},
        "livestream": {"checked": 5, "not_checked": 0},
    }


def test_a_rule_for_other_kinds_says_which() -> None:
    row = _covered(order=_kind())[CLAIM.id]
    assert (row["status"], row["checked"]) == ("no_records", 0)
    assert row["needs"] == list(CLAIM.applies_to)
    assert row["not_checked_reason"].startswith(
        "需要其中一种：商品信息（listing）、直播（livestream）"
    )


def test_a_kind_without_a_sound_record_counts_as_none() -> None:
    assert _covered(listing=_kind(CLAIM.id, records=0))[CLAIM.id]["status"] == "no_records"


def test_a_type_without_a_rule_says_what_data_it_needs() -> None:
    row = _covered(listing=_kind(CLAIM.id))["reputation.self_brushing"]
    assert row["status"] == "needs_data"
    assert row["needs"] == row["missing_kinds"] == ["order", "review"]
    assert row["not_checked_reason"] == "需要：订单（order）、评价（review）"
    assert row["rule_version"] is None


def test_a_type_whose_data_is_there_says_that_the_rule_is_not() -> None:
    row = _covered(order=_kind(), review=_kind())["reputation.self_brushing"]
    assert (row["status"], row["not_checked_reason"]) == ("no_rule", "尚无检测规则")
    assert row["missing_kinds"] == []


def test_a_draft_is_told_as_a_draft() -> None:
    rules = [replace(CLAIM, status="draft")]
    row = coverage({"listing": _kind()}, rules, {}, None, {})["violations"][CLAIM.id]
    assert (row["status"], row["not_checked_reason"]) == ("draft", "规则起草中")


def test_areas_that_were_not_asked_for_are_left_out() -> None:
    covered = coverage({"listing": _kind()}, RULES.values(), {}, frozenset({"minors"}), {})
    row = covered["violations"][CLAIM.id]
    assert (row["status"], row["not_checked_reason"]) == ("left_out", "本次未选这一领域")


def test_a_rule_beside_the_catalogue_is_listed_too() -> None:
    rules = [replace(CLAIM, id="marketing.novel")]
    covered = coverage(
        {"listing": _kind("marketing.novel")}, rules, {"marketing.novel": 3}, None, {}
    )
    row = covered["violations"]["marketing.novel"]
    assert (row["status"], row["findings"]) == ("checked", 3)


def test_absent_fields_of_several_kinds_are_told_apart() -> None:
    kinds = {"listing": _kind(CLAIM.id), "review": _kind()}
    kinds["listing"].absent["text"] = 4
    kinds["review"].absent["text"] = 1
    told = coverage(kinds, RULES.values(), {}, None, {})
    assert told["absent_fields"] == {"listing.text": 4, "review.text": 1}
    assert told["kind"] == "market"
