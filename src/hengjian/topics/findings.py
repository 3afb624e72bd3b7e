"""Topics as findings, which scans, reports and officers know how to read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from hengjian.law.resolve import SHANGHAI
from hengjian.topics.topic import Topic
from hengjian.violations.finding import FINDING_SCHEMA, digest, evidence_item, lead_key


def finding_of(topic: Topic, place_name: Callable[[str], str]) -> dict[str, Any]:
    """Return a topic as a finding: without violation, law or rung.

    Args:
        topic: The topic.
        place_name: Tells how officers call a region that may be a code.
    """
    subject = "、".join(topic.words[:3])
    begin = dt.datetime.combine(topic.first_day, dt.time(), SHANGHAI)
    end = dt.datetime.combine(topic.seen_day, dt.time(), SHANGHAI)
    nothing = dict.fromkeys(field.name for field in FINDING_SCHEMA)
    return {
        **nothing,
        "finding_id": digest(["topic", topic.kind, *topic.words, str(topic.first_day)]),
        "lead_key": lead_key("", topic.platform, "topic", subject, f"{topic.first_day:%Y-%m}"),
        "seeded": False,
        "violation": "",
        "subject_kind": "topic",
        "subject_id": subject,
        "record_ids": [record for record, _, _, _ in topic.examples],
        "platform": topic.platform,
        "region": topic.region,
        "severity": "order",
        "score": 1 - topic.chance,
        "conduct_from": begin,
        "conduct_until": end,
        "conduct_known": "stated",
        "legal_basis": [],
        "evidence": _evidence(topic, place_name),
        "explanation": _explanation(topic, place_name),
        "rule_version": "",
    }


def _evidence(topic: Topic, place_name: Callable[[str], str]) -> list[dict[str, Any]]:
    quoted = [
        evidence_item(
            record_id=record,
            field=name,
            start=start,
            end=start + len(word),
            text=word,
            layer="literal",
        )
        for record, name, start, word in topic.examples
    ]
    day = f"首见 {topic.first_day}，识别 {topic.seen_day}"
    counted = evidence_item(
        layer="derived",
        name=f"提到“{topic.words[0]}”（{day}）",
        value=float(topic.people),
        unit="人",
        baseline=round(topic.expected, 2),
    )
    places = [
        evidence_item(
            layer="derived", name=f"地区 {place_name(place)}", value=float(count), unit="条"
        )
        for place, count in topic.places
    ]
    return [*quoted, counted, *places]


def _explanation(topic: Topic, place_name: Callable[[str], str]) -> str:
    names = {"complaint": "投诉", "review": "评价", "listing": "商品信息"}
    source = "、".join(names[kind] for kind in topic.kinds)
    where = f"，集中在{place_name(topic.region)}" if topic.region else ""
    days = (topic.seen_day - topic.first_day).days + 1
    return (
        f"{source}中自 {topic.first_day} 起 {days} 日内有 {topic.people} 人提到"
        f"“{'”“'.join(topic.words)}”，按往常约 {topic.expected:.1f} 人{where}，"
        "可能是新出现的问题，请派员了解情况；这是线索，不针对任何经营者。"
    )
