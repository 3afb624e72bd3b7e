from __future__ import annotations

import datetime as dt
from pathlib import Path

from hengjian.law.resolve import Citation
from hengjian.reports.rule_docs import area_markdown, by_catalogue, law_lines, write_rule_docs
from tests.few_rules import few_rules

RULES = few_rules()
DAY = dt.date(2026, 11, 1)


def test_the_docs_of_a_rule_tell_all_that_people_ask() -> None:
    text = area_markdown("无底线网络营销", [RULES["marketing.absolute_claim"]], DAY)
    for part in (
        "# 无底线网络营销",
        "## 绝对化用语",
        "《广告法》第九条第三项（2015-09-01 起施行）：广告不得有下列情形",
        "- 消费提示，如最佳赏味期",
        "**怎样改正** 删去绝对化用语",
        "any_field|contains:",
        "- 标记：直接宣称，命中“最佳”",
        "- 不标记：消费提示",
    ):
        assert part in text


def test_there_is_a_file_for_every_area_that_has_rules(tmp_path: Path) -> None:
    written = write_rule_docs(RULES, tmp_path / "docs", DAY)
    assert {path.stem for path in written} == {rule_id.partition(".")[0] for rule_id in RULES}
    assert all(path.read_text(encoding="utf-8").startswith("# ") for path in written)


BASIS = [
    Citation.model_validate(
        {"law": "反不正当竞争法", "article": article, "from": since, "until": until}
    )
    for article, since, until in (
        ("第八条第一款", "2019-04-23", "2025-10-14"),
        ("第九条第一款", "2025-10-15", None),
    )
]


def test_the_law_is_that_of_the_day() -> None:
    [before] = law_lines(BASIS, dt.date(2025, 10, 14))
    [after] = law_lines(BASIS, dt.date(2025, 10, 15))
    assert before.startswith("《反不正当竞争法》第八条第一款（2019-04-23 起施行）：")
    assert after.startswith("《反不正当竞争法》第九条第一款（2025-10-15 起施行）：")


def test_law_that_does_not_stand_on_the_day_or_is_not_confirmed_is_told() -> None:
    doubtful = Citation.model_validate({"law": "某条例", "article": "第一条", "confirmed": False})
    assert law_lines([BASIS[0], doubtful], DAY) == [
        "《反不正当竞争法》第八条第一款（2026-11-01 没有有效的版本）",
        "《某条例》第一条（条文待确认）",
    ]


def test_rules_stand_in_the_order_of_the_catalogue() -> None:
    ids = [rule.id for rule in by_catalogue(RULES.values())]
    assert ids[0].startswith("marketing.")
    assert ids[-1].partition(".")[0] in {"prohibited", "platform"}
