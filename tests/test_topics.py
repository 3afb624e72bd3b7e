from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hengjian.cli.hot import hot_command
from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from hengjian.scan_folder import read_findings
from hengjian.topics import COLUMNS, Skipped, Topic, emerging_topics, finding_of

START = dt.datetime(2025, 9, 1, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
USUAL = ("一直没有发货客服不理", "水果坏了一半", "衣服尺码偏小", "退款没有到账", "空调不制冷")
NEWS = "孩子玩的荧光兔灯电池爆炸烫伤手指"


def _complaint(number: int, day: int, text: str, shop: int) -> dict[str, Any]:
    return {
        "record_id": f"c{number}",
        "channel": "12315",
        "kind": "complaint",
        "platform": "甲",
        "shop_id": f"S{shop}",
        "complainant_id": f"P{number}",
        "created_at": START + day * DAY,
        "text": text,
    }


USUALLY = [_complaint(n, n // 20, USUAL[n % 5], n % 4) for n in range(1200)]
BURST = [_complaint(2000 + n, 50 + n // 8, NEWS, 1) for n in range(24)]
SHOPS = [
    {"record_id": f"L{n}", "platform": "甲", "shop_id": f"S{n}", "title": "商品", "region": place}
    for n, place in enumerate(("杭州市", "宁波市", "温州市", "台州市"))
]


def _tables(complaints: list[dict[str, Any]]) -> dict[str, pa.Table]:
    rows = {"complaint": complaints, "listing": SHOPS}
    return {
        kind: pa.Table.from_pylist(some, schema=KINDS[kind].schema).select(COLUMNS[kind])
        for kind, some in rows.items()
    }


def _topics(complaints: list[dict[str, Any]]) -> list[Topic]:
    return emerging_topics(_tables(complaints))[0]


def test_a_topic_has_words_place_first_day_and_examples() -> None:
    (topic,) = _topics([*USUALLY, *BURST])
    assert {"爆炸", "烫伤"} <= set(topic.words)
    assert topic.region == "宁波市"
    assert topic.first_day == dt.date(2025, 10, 21)
    assert (topic.seen_day - topic.first_day).days <= 2
    record, fieldname, start, word = topic.examples[0]
    assert record.startswith("c20")
    assert fieldname == "text"
    assert NEWS[start : start + len(word)] == word


def test_one_who_writes_again_and_again_makes_no_topic() -> None:
    assert not _topics([*USUALLY, *({**row, "complainant_id": "P1"} for row in BURST)])


def test_a_word_of_the_season_is_no_topic_unless_somebody_is_hurt() -> None:
    late = [{**row, "text": "月饼礼盒分量不足"} for row in BURST]
    ill = [{**row, "text": "吃了月饼礼盒全家腹泻"} for row in BURST]
    assert not _topics([*USUALLY, *late])
    assert len(_topics([*USUALLY, *ill])) == 1


def test_a_known_event_is_no_topic() -> None:
    strike = [{**row, "text": "台风停运包裹滞留"} for row in BURST]
    assert _topics([*USUALLY, *strike])
    assert not emerging_topics(_tables([*USUALLY, *strike]), ["台风"])[0]


def test_two_topics_at_once_stay_two() -> None:
    other = [
        {**row, "record_id": f"d{n}", "complainant_id": f"D{n}", "text": "健身会所关门跑路"}
        for n, row in enumerate(BURST)
    ]
    assert len(_topics([*USUALLY, *BURST, *other])) == 2


def test_what_cannot_be_looked_at_is_told() -> None:
    tables = _tables([*USUALLY, {**USUALLY[0], "text": None}])
    assert emerging_topics(tables)[1] == [
        Skipped("complaint.text", 1),
        Skipped("listing.captured_at", 4),
    ]


def test_a_finding_of_a_topic_names_no_violation_and_no_operator() -> None:
    (topic,) = _topics([*USUALLY, *BURST])
    finding = finding_of(topic)
    assert (finding["subject_kind"], finding["violation"]) == ("topic", "")
    assert finding["region"] == "宁波市"
    assert not finding["legal_basis"]
    assert finding["shop_id"] is None
    assert "2025-10-21" in finding["explanation"]


def _folder(at: Path) -> Path:
    at.mkdir()
    rows = [*USUALLY, *BURST]
    for name, some in (("complaint", rows), ("listing", SHOPS)):
        lines = (json.dumps(row, ensure_ascii=False, default=str) for row in some)
        (at / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return at


def test_the_command_writes_findings_that_can_be_read_again(tmp_path: Path) -> None:
    hot_command([_folder(tmp_path / "in")], tmp_path / "out")
    (finding,) = read_findings(tmp_path / "out")
    assert finding["subject_kind"] == "topic"


def test_the_command_does_not_write_over_a_scan(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scan.json").write_text("{}")
    with pytest.raises(HengjianError, match="已有扫描结果"):
        hot_command([_folder(tmp_path / "in")], tmp_path / "out")
