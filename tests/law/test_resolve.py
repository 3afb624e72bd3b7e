from __future__ import annotations

import datetime as dt

import pytest

from hengjian.errors import HengjianError
from hengjian.law.resolve import ASK_CHANGE, ASK_DATE, SHANGHAI, Citation, resolve, uncovered_days

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
