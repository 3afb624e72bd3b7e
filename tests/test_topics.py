from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hengjian.cli.hot import hot_command
from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from hengjian.reports.summary import region_name
from hengjian.scan_folder import read_findings
from hengjian.topics.findings import finding_of
from hengjian.topics.texts import COLUMNS, Skipped, records_without_region
from hengjian.topics.topic import Topic, emerging_topics

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


def _tables(
    complaints: list[dict[str, Any]], reviews: list[dict[str, Any]] | None = None
) -> dict[str, pa.Table]:
    rows = {"complaint": complaints, "listing": SHOPS, "review": reviews or []}
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


def test_goods_of_a_season_that_come_to_harm_in_one_city_are_a_topic() -> None:
    hurt = [
        {**row, "text": "防晒衣染了皮肤红肿" if n % 2 else "防晒衣褪色"}
        for n, row in enumerate(BURST)
    ]
    fade = [{**row, "text": "防晒衣褪色"} for row in BURST]
    assert len(_topics([*USUALLY, *hurt])) == 1
    assert not _topics([*USUALLY, *fade])


FEW = [_complaint(n, n // 4, USUAL[n % 5], n % 4) for n in range(1200)]


def test_of_four_complaints_a_day_five_people_in_one_city_make_a_topic() -> None:
    five = [_complaint(2000 + n, 150 + 2 * n, NEWS, 1) for n in range(7)]
    (topic,) = _topics([*FEW, *five])
    assert topic.region == "宁波市"
    assert topic.first_day == dt.date(2026, 1, 29)
    assert (topic.seen_day - topic.first_day).days <= 12


def test_what_rises_in_all_cities_at_once_is_told_only_if_it_breaks_out() -> None:
    slow = [_complaint(2000 + n, 150 + 2 * n, NEWS, n % 4) for n in range(7)]
    sudden = [_complaint(2000 + n, 150 + n // 8, NEWS, n % 4) for n in range(24)]
    assert not _topics([*FEW, *slow])
    (topic,) = _topics([*FEW, *sudden])
    assert topic.region is None


LONG = "商家在页面上写国家级最佳第一品牌违反广告法请依法立案查处并责令赔偿三倍"


def test_a_long_text_that_many_copy_is_no_topic() -> None:
    copies = [{**row, "text": f"{LONG}{'！' * (n % 3)}"} for n, row in enumerate(BURST)]
    assert not _topics([*USUALLY, *copies])


def test_one_who_complains_of_it_day_after_day_counts_once() -> None:
    again = [{**row, "complainant_id": f"P{n % 3}"} for n, row in enumerate(BURST)]
    assert not _topics([*USUALLY, *again])


def test_a_record_that_is_sent_twice_counts_once() -> None:
    assert _topics([*USUALLY, *BURST, *BURST]) == _topics([*USUALLY, *BURST])


def test_a_platform_that_joins_is_no_topic() -> None:
    joins = [
        {**_complaint(5000 + n, 45 + n // 20, "拼单群里发错口味", n % 4), "platform": "乙"}
        for n in range(200)
    ]
    assert not _topics([*USUALLY, *joins])


GOODS = ("连衣裙", "充电器", "牛肉干", "奶瓶", "地毯", "跑鞋", "坚果", "湿巾", "台灯", "雨伞")
CLAIMS = (
    "反映{}少发一件望协调",
    "本人购买{}后迟迟无人配送",
    "反映{}与描述不符请尽快处理",
    "反映{}破损对方拒绝退换",
    "您好订购{}未按时退款谢谢",
    "上周下单{}质量太差希望赔付",
)


def _source(
    begin: int, days: int, *, shops: int = 4, a_day: int = 7, seed: int = 0
) -> list[dict[str, Any]]:
    """Return what another office passes on, in words of its own; each of the shops has its goods.

    A single shop's customers share no formula: if half did, that would be told.
    """
    random = np.random.default_rng(seed)
    count = a_day * days
    drawn = zip(
        random.integers(len(CLAIMS), size=count).tolist(),
        random.integers(len(GOODS), size=count).tolist(),
        strict=True,
    )
    return [
        _complaint(
            7000 + n,
            begin + n // a_day,
            CLAIMS[claim].format(GOODS[good]).removeprefix("反映" if shops == 1 else ""),
            good % shops,
        )
        for n, (claim, good) in enumerate(drawn)
    ]


def _at(begin: int, rows: list[dict[str, Any]] = BURST) -> list[dict[str, Any]]:
    return [{**row, "created_at": row["created_at"] + (begin - 50) * DAY} for row in rows]


def test_a_second_source_of_complaints_on_a_platform_is_seldom_a_topic_and_only_at_first() -> None:
    told = [_topics([*FEW, *_source(150, 30, seed=seed)]) for seed in range(12)]
    # Without regard to sources there are 95, in each of the twelve.
    assert sum(map(bool, told)) <= 4
    seen = [topic.seen_day for topics in told for topic in topics]
    assert all(day <= dt.date(2026, 1, 29) + dt.timedelta(days=4) for day in seen)


def test_a_source_that_begins_in_one_city_is_no_topic() -> None:
    assert not _topics([*FEW, *_source(150, 60, shops=1, a_day=14)])


@pytest.mark.parametrize("begin", [150, 155, 160, 171])
def test_a_new_source_does_not_hide_a_topic_of_one_city_for_a_day(begin: int) -> None:
    told = _topics([*FEW, *_source(150, 60), *_at(begin)])
    (topic,) = [topic for topic in told if {"爆炸", "烫伤"} & set(topic.words)]
    assert topic.region == "宁波市"
    assert topic.first_day == (START + begin * DAY).date()
    assert (topic.seen_day - topic.first_day).days <= 1


def test_a_source_that_begins_on_one_platform_hides_no_topic_of_another() -> None:
    joins = [{**row, "platform": "乙"} for row in _source(150, 60)]
    (topic,) = _topics([*FEW, *joins, *_at(153)])
    assert "爆炸" in topic.words


def test_two_topics_at_once_in_two_cities_are_no_new_source() -> None:
    other = [
        {**row, "record_id": f"d{n}", "complainant_id": f"D{n}", "shop_id": "S2"}
        for n, row in enumerate(_at(151))
    ]
    other = [{**row, "text": "健身会所关门跑路余额不退"} for row in other]
    assert {topic.region for topic in _topics([*FEW, *_at(150), *other])} == {"宁波市", "温州市"}


def test_a_feed_that_doubles_is_no_topic_and_hides_none() -> None:
    again = [
        {**row, "record_id": f"x{n}", "complainant_id": f"X{n}"}
        for n, row in enumerate(FEW)
        if row["created_at"] >= START + 150 * DAY
    ]
    assert not _topics([*FEW, *again])
    assert len(_topics([*FEW, *again, *_at(160)])) == 1


def test_a_gap_of_days_is_no_topic_and_hides_none() -> None:
    gap = [row for row in FEW if not 150 <= (row["created_at"] - START).days < 160]
    late = [
        {**row, "created_at": START + 160 * DAY}
        for row in FEW
        if 150 <= (row["created_at"] - START).days < 160
    ]
    for complaints in (gap, [*gap, *late]):
        assert not _topics(complaints)
        assert len(_topics([*complaints, *_at(163)])) == 1


def _review(number: int, day: int, text: str, rating: float) -> dict[str, Any]:
    row = _complaint(number, day, text, 1)
    names = ("record_id", "platform", "shop_id", "created_at", "text")
    return {
        **{name: row[name] for name in names},
        "record_id": f"r{number}",
        "user_id": f"U{number}",
        "rating": rating,
    }


def test_reviews_and_complaints_of_one_thing_are_one_topic() -> None:
    usual = [_review(n, n // 20, "穿着合身", 5.0) for n in range(1200)]
    news = [_review(3000 + n, 50 + n // 8, NEWS, 1.0) for n in range(24)]
    (topic,) = emerging_topics(_tables([*USUALLY, *BURST], [*usual, *news]))[0]
    assert topic.region == "宁波市"
    assert topic.kinds == ("complaint", "review")
    assert "投诉、评价中自 2025-10-21 起" in finding_of(topic, region_name)["explanation"]


def test_praise_that_swells_is_no_topic_but_complaint_is() -> None:
    usual = [_review(n, n // 20, "穿着合身", 5.0) for n in range(1200)]
    for rating, told in ((5.0, 0), (1.0, 1)):
        swell = [_review(3000 + n, 50 + n // 8, "神速到货老板和气", rating) for n in range(24)]
        assert len(emerging_topics(_tables(USUALLY, [*usual, *swell]))[0]) == told


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
    finding = finding_of(topic, region_name)
    assert (finding["subject_kind"], finding["violation"]) == ("topic", "")
    assert finding["region"] == "宁波市"
    assert not finding["legal_basis"]
    assert finding["shop_id"] is None
    assert "2025-10-21" in finding["explanation"]


def test_a_finding_tells_the_province_of_a_code_and_keeps_the_code_as_its_region() -> None:
    (topic,) = _topics([*USUALLY, *BURST])
    finding = finding_of(dataclasses.replace(topic, region="360100"), region_name)
    assert "集中在江西 360100" in finding["explanation"]
    assert finding["region"] == "360100"


def test_of_a_record_whose_shop_has_no_listing_the_region_is_unknown() -> None:
    elsewhere = [_complaint(9000 + n, 20, USUAL[0], 77) for n in range(3)]
    counted = records_without_region(_tables([*USUALLY, *elsewhere]))
    assert counted == {"complaint": 3, "review": 0, "listing": 0}


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
