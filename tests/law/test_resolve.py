from __future__ import annotations

import datetime as dt

import pytest

from hengjian.errors import HengjianError
from hengjian.law.library import Article, Statute, statutes
from hengjian.law.resolve import (
    ASK_CHANGE,
    ASK_DATE,
    ASK_LAPSED,
    ASK_LIGHTER,
    SHANGHAI,
    Citation,
    resolve,
    uncovered_days,
)

OLD = Citation(
    law="反不正当竞争法",
    article="第八条第一款",
    since=dt.date(2019, 4, 23),
    until=dt.date(2025, 10, 14),
)
NEW = Citation(law="反不正当竞争法", article="第九条第一款", since=dt.date(2025, 10, 15))


def _noon(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, 12, tzinfo=SHANGHAI)


def _articles(*days: dt.datetime) -> list[str]:
    return [p.article for p in resolve([OLD, NEW], days[0], days[-1]).provisions]


def test_conduct_on_the_last_day_of_the_old_law_falls_under_it() -> None:
    assert _articles(_noon(2025, 10, 14)) == ["第八条第一款"]


def test_conduct_on_the_first_day_of_the_new_law_falls_under_it() -> None:
    assert _articles(_noon(2025, 10, 15)) == ["第九条第一款"]


def test_the_day_is_counted_in_shanghai_not_in_utc() -> None:
    late_in_utc = dt.datetime(2025, 10, 14, 17, tzinfo=dt.UTC)
    assert _articles(late_in_utc) == ["第九条第一款"]


def test_conduct_over_the_change_gets_both_versions_and_the_question() -> None:
    found = resolve([OLD, NEW], _noon(2025, 10, 1), _noon(2025, 10, 20))
    assert [p.article for p in found.provisions] == ["第八条第一款", "第九条第一款"]
    assert found.question == ASK_CHANGE


def test_an_unknown_day_gets_every_version_and_is_asked_for() -> None:
    found = resolve([OLD, NEW], None, None)
    assert [p.article for p in found.provisions] == ["第八条第一款", "第九条第一款"]
    assert found.question == ASK_DATE


def test_a_known_start_serves_where_the_end_is_unknown() -> None:
    assert resolve([OLD, NEW], _noon(2026, 1, 1), None).question is None


def test_conduct_before_any_cited_law_gets_none() -> None:
    assert resolve([OLD, NEW], _noon(2018, 1, 1), _noon(2018, 1, 1)).provisions == ()


def test_a_citation_from_a_later_day_does_not_reach_back_to_the_statute() -> None:
    late = Citation(law="广告法", article="第九条第三项", since=dt.date(2024, 1, 1))
    assert resolve([late], _noon(2023, 6, 1), _noon(2023, 6, 1)).provisions == ()


def test_the_effective_day_told_is_that_of_the_law_not_of_the_citation() -> None:
    late = Citation(law="广告法", article="第九条第三项", since=dt.date(2024, 1, 1))
    [provision] = resolve([late], _noon(2025, 6, 1), None).provisions
    assert provision.effective_from == dt.date(2015, 9, 1)


def test_a_law_that_is_not_held_is_named() -> None:
    with pytest.raises(HengjianError, match="法规库没有《烟草专卖法》"):
        resolve([Citation(law="烟草专卖法", article="第一条")], None, None)


def test_claiming_an_article_before_it_took_force_is_a_gap() -> None:
    early = Citation(law="反不正当竞争法", article="第九条第一款", since=dt.date(2025, 1, 1))
    assert uncovered_days(early) == (dt.date(2025, 1, 1), dt.date(2025, 10, 14))


def test_claiming_an_article_after_it_lapsed_is_a_gap() -> None:
    stale = Citation(law="反不正当竞争法", article="第八条第一款", since=dt.date(2020, 1, 1))
    assert uncovered_days(stale) == (dt.date(2025, 10, 15), None)


@pytest.mark.parametrize("citation", [OLD, NEW])
def test_a_citation_within_the_life_of_its_article_has_no_gap(citation: Citation) -> None:
    assert uncovered_days(citation) is None


def _between(basis: list[Citation], conduct: dt.datetime, decided_on: dt.date) -> list[list[str]]:
    found = resolve(basis, conduct, conduct, decided_on)
    return [[p.article for p in found.provisions], [p.article for p in found.alternatives]]


def test_law_changed_before_the_decision_lays_both_versions_before_the_officer() -> None:
    found = resolve([OLD, NEW], _noon(2025, 9, 1), _noon(2025, 9, 1), dt.date(2026, 3, 1))
    assert [p.article for p in found.provisions] == ["第八条第一款"]
    assert [(p.article, p.effective_from) for p in found.alternatives] == [
        ("第九条第一款", dt.date(2025, 10, 15))
    ]
    assert found.question == ASK_LIGHTER


def test_the_successor_need_not_be_cited_by_the_rule() -> None:
    assert _between([OLD], _noon(2025, 9, 1), dt.date(2026, 3, 1))[1] == ["第九条第一款"]


def test_a_decision_under_the_law_of_the_conduct_has_no_alternatives() -> None:
    found = resolve([OLD, NEW], _noon(2025, 9, 1), _noon(2025, 9, 1), dt.date(2025, 10, 14))
    assert (found.alternatives, found.question) == ((), None)


def test_without_a_day_of_decision_no_alternatives_are_looked_for() -> None:
    assert resolve([OLD], _noon(2025, 9, 1), None).alternatives == ()


def test_the_set_of_the_day_of_decision_keeps_what_did_not_change() -> None:
    unchanged = Citation(law="消费者权益保护法实施条例", article="第十九条")
    assert _between([OLD, unchanged], _noon(2025, 9, 1), dt.date(2026, 3, 1)) == [
        ["第八条第一款", "第十九条"],
        ["第九条第一款", "第十九条"],
    ]


def test_a_successor_may_stand_in_another_law() -> None:
    packaging = Citation(law="固体废物污染环境防治法", article="第一百零五条")
    found = resolve([packaging], _noon(2026, 8, 14), None, dt.date(2026, 11, 24))
    assert [(p.law, p.article) for p in found.alternatives] == [
        ("生态环境法典", "第一千二百二十四条")
    ]


def test_a_penalty_moved_to_another_number_is_followed() -> None:
    penalty = Citation(law="反不正当竞争法", article="第二十条第一款")
    assert _between([penalty], _noon(2025, 9, 1), dt.date(2026, 3, 1))[1] == ["第二十五条第一款"]


def test_conduct_over_the_change_does_not_ask_for_the_same_version_twice() -> None:
    found = resolve([OLD, NEW], _noon(2025, 10, 1), _noon(2025, 10, 20), dt.date(2026, 3, 1))
    assert (found.alternatives, found.question) == ((), ASK_CHANGE)


def test_an_unknown_day_of_conduct_is_asked_for_before_anything_is_compared() -> None:
    found = resolve([OLD, NEW], None, None, dt.date(2026, 3, 1))
    assert (found.alternatives, found.question) == ((), ASK_DATE)


def test_a_decision_before_the_conduct_is_refused() -> None:
    with pytest.raises(HengjianError, match="早于行为日期"):
        resolve([NEW], _noon(2026, 3, 2), None, dt.date(2026, 3, 1))


def test_a_lapsed_article_without_a_successor_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lapsed = Article.model_validate(
        {
            "article": "第一条",
            "from": "2020-01-01",
            "until": "2025-12-31",
            "quote": "已废止的规定。",
        }
    )
    old_law = Statute(
        name="旧规定", full_name="旧规定", issuer="某机关", source="文本", articles=[lapsed]
    )
    monkeypatch.setitem(statutes(), "旧规定", old_law)
    citation = Citation(law="旧规定", article="第一条")
    found = resolve([citation], _noon(2025, 6, 1), None, dt.date(2026, 3, 1))
    assert (found.alternatives, found.question) == ((), ASK_LAPSED)
