from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.law.resolve import ASK_DATE
from hengjian.records.kinds import KINDS
from hengjian.violations.examples import example_batch
from hengjian.violations.rule import Rule, load_rules, read_rule
from hengjian.violations.runner import RuleRunner
from tests.violations.test_rule import SOUND, _write

RULES = load_rules()
CAPTURED = dt.datetime(2026, 11, 5, 2, tzinfo=dt.UTC)
ABSOLUTE = RULES["marketing.absolute_claim"]
PRAISE = RULES["reputation.brushing_solicitation"]
EXTRA = ["_row_sha256", "_input_sha256", "_assumed"]


def _outcome(
    *records: dict[str, Any], kind: str = "listing", rules: list[Rule] | None = None, **more: Any
) -> list[dict[str, Any]]:
    runner = RuleRunner(KINDS[kind], rules or [ABSOLUTE], **more)
    batch = example_batch(KINDS[kind], list(records), [*runner.columns, *EXTRA])
    return _outcomes(runner, batch)


def _outcomes(runner: RuleRunner, batch: pa.RecordBatch) -> list[dict[str, Any]]:
    outcomes: Any = runner(batch).to_pylist()
    return list(outcomes)


def _finding(record: dict[str, Any], **more: Any) -> dict[str, Any]:
    [outcome] = _outcome(record, **more)
    [finding] = outcome["findings"]
    found: dict[str, Any] = finding
    return found


def _unchecked(record: dict[str, Any], rule: Rule) -> list[tuple[str, str]]:
    [outcome] = _outcome(record, rules=[rule])
    return [(u["reason"], u["field"]) for u in outcome["unchecked"]]


def _rule(tmp_path: Path, old: str, new: str) -> Rule:
    boast = "  claim:  {any_field|contains: [榜首]}\n  boast: {any_field|contains: [登顶]}"
    text = SOUND.replace("  claim:  {any_field|contains: [榜首, 登顶]}", boast)
    rule, faults = read_rule(
        _write(tmp_path, (text if "boast" in new else SOUND).replace(old, new))
    )
    assert rule is not None, faults
    return rule


@given(
    before=st.text(alphabet="牛奶酒茶 ,a😀\u200b醬", max_size=30),
    after=st.text(alphabet="牛奶酒茶 ,a😀\u200b醬", max_size=30),
)
def test_evidence_quotes_the_words_at_its_offsets_in_the_original(before: str, after: str) -> None:
    title = f"{before}國家級{after}"
    [item] = _finding({"title": title}, rules=[ABSOLUTE])["evidence"]
    assert title[item["start"] : item["end"]] == item["text"] == "國家級"
    assert item["layer"] == "traditional"


def test_a_finding_names_its_law_on_the_day_it_was_captured() -> None:
    finding = _finding({"title": "好评返现 袜子", "captured_at": CAPTURED}, rules=[PRAISE])
    assert [(b["law"], b["article"]) for b in finding["legal_basis"]] == [
        ("网络反不正当竞争暂行规定", "第九条第五项"),
        ("反不正当竞争法", "第九条第一款"),
    ]
    assert (finding["conduct_from"], finding["conduct_known"]) == (CAPTURED, "captured")


def test_conduct_before_the_revision_cites_the_old_article() -> None:
    captured = dt.datetime(2025, 10, 14, 2, tzinfo=dt.UTC)
    finding = _finding({"title": "好评返现 袜子", "captured_at": captured}, rules=[PRAISE])
    assert ("反不正当竞争法", "第八条第一款") in [
        (b["law"], b["article"]) for b in finding["legal_basis"]
    ]


def test_an_unknown_day_stays_unknown_and_is_asked_for() -> None:
    finding = _finding({"title": "全网最佳空气炸锅"})
    assert (finding["conduct_from"], finding["conduct_known"]) == (None, "unknown")
    assert finding["explanation"].endswith(ASK_DATE)


def test_conduct_before_any_cited_law_is_no_finding_and_shows_in_coverage() -> None:
    captured = dt.datetime(2014, 1, 1, tzinfo=dt.UTC)
    record = {"title": "全网最佳空气炸锅", "captured_at": captured}
    assert _outcome(record)[0]["findings"] == []
    assert _unchecked(record, RULES["marketing.absolute_claim"]) == [
        ("not_in_force", "captured_at")
    ]


def test_a_review_speaks_of_its_shop() -> None:
    finding = _finding(
        {"text": "卡片上写好评返红包2元", "shop_id": "S7"}, kind="review", rules=[PRAISE]
    )
    assert (finding["subject_kind"], finding["subject_id"]) == ("shop", "S7")


def test_a_review_without_a_known_shop_speaks_of_itself() -> None:
    finding = _finding({"text": "卡片上写好评返红包2元"}, kind="review", rules=[PRAISE])
    assert (finding["subject_kind"], finding["subject_id"]) == ("review", "example")


def test_a_listing_is_the_same_subject_when_captured_again() -> None:
    first = _finding(
        {"record_id": "a", "item_id": "I9", "title": "全网最佳锅", "captured_at": CAPTURED}
    )
    again = _finding(
        {"record_id": "b", "item_id": "I9", "title": "全网最佳锅", "captured_at": CAPTURED}
    )
    assert first["lead_key"] == again["lead_key"]
    assert first["record_ids"] != again["record_ids"]


def test_a_changed_rule_gives_new_findings_under_the_same_lead_key(tmp_path: Path) -> None:
    record = {"title": "热卖榜首", "item_id": "I9", "captured_at": CAPTURED}
    old = _finding(record, rules=[_rule(tmp_path, "登顶]", "登顶]")])
    new = _finding(record, rules=[_rule(tmp_path, "登顶]", "登顶, 夺冠]")])
    assert old["rule_version"] != new["rule_version"]
    assert old["finding_id"] != new["finding_id"]
    assert old["lead_key"] == new["lead_key"]


@pytest.mark.parametrize(
    "other",
    [
        {"item_id": "I10"},
        {"platform": "demo-live"},
        {"captured_at": dt.datetime(2026, 12, 5, tzinfo=dt.UTC)},
    ],
)
def test_another_subject_platform_or_month_is_another_lead(other: dict[str, Any]) -> None:
    record = {
        "title": "全网最佳锅",
        "item_id": "I9",
        "platform": "demo-mall",
        "captured_at": CAPTURED,
    }
    assert _finding(record)["lead_key"] != _finding({**record, **other})["lead_key"]


def test_the_month_of_a_lead_is_counted_in_shanghai() -> None:
    record = {"title": "全网最佳锅", "item_id": "I9"}
    last_utc_hours_of_october = dt.datetime(2026, 10, 31, 17, tzinfo=dt.UTC)
    november = dt.datetime(2026, 11, 1, 17, tzinfo=dt.UTC)
    assert (
        _finding({**record, "captured_at": last_utc_hours_of_october})["lead_key"]
        == _finding({**record, "captured_at": november})["lead_key"]
    )


def test_planted_records_are_marked() -> None:
    assert _finding({"title": "全网最佳锅"}, seeded=frozenset({"example"}))["seeded"] is True
    assert _finding({"title": "全网最佳锅"})["seeded"] is False


def test_a_record_without_any_text_is_not_checked_rather_than_clean() -> None:
    assert _unchecked({}, RULES["marketing.absolute_claim"]) == [
        ("missing", "text"),
        ("missing", "title"),
    ]


def test_only_the_field_that_left_a_rule_undecided_is_named() -> None:
    record = {"title": "草本小绿膏 湿疹专用"}
    assert _unchecked(record, RULES["food_drug.cosmetic_medical_claim"]) == [
        ("missing", "category")
    ]


def test_a_missing_field_that_changes_nothing_leaves_the_record_checked() -> None:
    record = {"title": "普通棉袜"}
    assert _unchecked(record, RULES["food_drug.cosmetic_medical_claim"]) == []


def test_a_rule_that_fails_is_told_and_the_others_go_on() -> None:
    broken = replace(RULES["prohibited.special_supply"], selections={})
    [outcome] = _outcome({"title": "全网最佳锅"}, rules=[broken, RULES["marketing.absolute_claim"]])
    assert [f["violation"] for f in outcome["findings"]] == ["marketing.absolute_claim"]
    assert [(u["violation"], u["reason"]) for u in outcome["unchecked"]] == [
        ("prohibited.special_supply", "failed")
    ]


def test_words_that_exempt_are_not_evidence() -> None:
    record = {"title": "鲜牛奶", "text": "最佳赏味期7天。全网最佳牛奶。"}
    [item] = _finding(record)["evidence"]
    assert (item["field"], item["start"]) == ("text", 10)


def test_an_assumed_day_is_told_as_assumed() -> None:
    runner = RuleRunner(KINDS["listing"], list(RULES.values()))
    record = {"title": "全网最佳锅", "captured_at": CAPTURED}
    batch = example_batch(KINDS["listing"], [record], [*runner.columns, *EXTRA])
    assumed = pa.array([["captured_at"]], pa.list_(pa.string()))
    batch = batch.set_column(batch.schema.get_field_index("_assumed"), "_assumed", assumed)
    [outcome] = _outcomes(runner, batch)
    [finding] = outcome["findings"]
    assert finding["conduct_known"] == "assumed"


def test_a_hostile_explanation_template_has_no_power(tmp_path: Path) -> None:
    rule = _rule(tmp_path, "mend:", 'explanation: "{words}{0.__class__}{{words}}"\nmend:')
    assert _finding({"title": "榜首"}, rules=[rule])["explanation"].startswith(
        "榜首{0.__class__}{榜首}"
    )


@pytest.mark.parametrize(("apart", "flagged"), [(3, True), (30, False)])
def test_words_that_must_all_be_there_count_within_a_paragraph(
    tmp_path: Path, apart: int, flagged: bool
) -> None:
    rule = _rule(tmp_path, "claim and not exempt", "claim and boast and not exempt")
    text = "热卖榜首。" + "面料柔软，洗涤请翻面。" * apart + "销量登顶。"
    [outcome] = _outcome({"title": "毛巾", "text": text}, rules=[rule])
    assert bool(outcome["findings"]) is flagged


def test_what_exempts_may_stand_anywhere(tmp_path: Path) -> None:
    rule = _rule(tmp_path, "claim and not exempt", "claim and not (exempt and boast)")
    text = "热卖榜首。" + "面料柔软，洗涤请翻面。" * 30 + "登顶峰用的毛巾，登顶。"
    [outcome] = _outcome({"title": "毛巾", "text": text}, rules=[rule])
    assert outcome["findings"] == []
