from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hengjian.leads import merge


def _finding(number: int, key: str = "k", **changes: Any) -> dict[str, Any]:
    return {
        "finding_id": f"f{number}",
        "lead_key": key,
        "violation": "marketing.absolute_claim",
        "subject_kind": "listing",
        "subject_id": "I1",
        "record_ids": [f"r{number}"],
        "platform": "demo-mall",
        "shop_id": "S1",
        "operator_id": None,
        "region": "360100",
        "severity": "order",
        "score": 0.6,
        "ladder": "R1",
        "conduct_from": None,
        "conduct_until": None,
        "seeded": False,
        **changes,
    }


def test_findings_with_one_key_become_one_lead() -> None:
    [lead] = merge([_finding(1), _finding(2, score=0.8)])
    assert lead.record_ids == ["r1", "r2"]
    assert lead.score == 0.8


def test_a_finding_that_comes_twice_counts_once() -> None:
    [lead] = merge([_finding(1), _finding(1)])
    assert len(lead.findings) == 1


def test_known_days_of_conduct_span_the_lead() -> None:
    [lead] = merge(
        [
            _finding(
                1,
                conduct_from="2026-11-05T02:00:00+00:00",
                conduct_until="2026-11-05T02:00:00+00:00",
            ),
            _finding(2),
            _finding(
                3,
                conduct_from="2026-11-02T02:00:00+00:00",
                conduct_until="2026-11-03T02:00:00+00:00",
            ),
        ]
    )
    assert (lead.conduct_from, lead.conduct_until) == (
        "2026-11-02T02:00:00+00:00",
        "2026-11-05T02:00:00+00:00",
    )


def test_a_lead_is_seeded_only_when_all_its_findings_are() -> None:
    assert merge([_finding(1, seeded=True)])[0].seeded
    assert not merge([_finding(1, seeded=True), _finding(2)])[0].seeded


def test_harm_to_life_ranks_before_certainty() -> None:
    sure = _finding(1, "a", score=1.0)
    grave = _finding(2, "b", score=0.1, severity="life_health")
    assert [lead.lead_key for lead in merge([sure, grave])] == ["b", "a"]


def test_the_reasons_for_the_rank_are_told() -> None:
    [lead] = merge([_finding(1)])
    assert lead.reasons == ["危害：市场秩序", "确定程度：0.60", "涉及记录：1 条"]


def test_a_topic_is_no_lead() -> None:
    assert merge([_finding(1, violation="", subject_kind="topic")]) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc")), max_size=20), st.randoms())
def test_the_order_of_the_findings_makes_no_difference(
    picks: list[tuple[int, str]], rng: random.Random
) -> None:
    findings = [_finding(number * 3 + "abc".index(key), key) for number, key in picks]
    shuffled = rng.sample(findings, len(findings))
    summary = [(lead.lead_key, sorted(lead.record_ids), lead.rank) for lead in merge(findings)]
    assert summary == [
        (lead.lead_key, sorted(lead.record_ids), lead.rank) for lead in merge(shuffled)
    ]
