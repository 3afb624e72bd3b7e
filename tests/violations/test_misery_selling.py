from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.violations.detection import Detected, detect
from hengjian.violations.detector import DetectorExample, example_tables
from hengjian.violations.marketing.misery_selling import speech
from hengjian.violations.rule import load_rules

DETECTOR = load_rules()["marketing.misery_selling"].detector
TALE = (
    "我女儿今年六岁查出白血病，她爸爸跑车出了车祸没救回来，"
    "家里欠了三十万，我一个人守着这片果园，就指望这些橙子换点医药费"
)
OFFER = "小黄车一号链接，一箱五斤"


def account(account_id: str, operator: str | None = None, **known: Any) -> dict[str, Any]:
    named = {} if operator is None else {"operator_name": operator}
    return {"platform": "甲", "account_id": account_id, "kind": "host", **named, **known}


def stream(host: str, *said: str, **known: Any) -> dict[str, Any]:
    segments = [{"speaker": "host", "text": text} for text in said]
    at = "2026-03-01T20:00:00+08:00"
    return {
        **{"record_id": f"l-{host}", "platform": "甲", "host_id": host, "started_at": at},
        **{"segments": segments, **known},
    }


ACCOUNTS = [account("a", "惠民果品店"), account("b", "小满商行"), account("c", "孙家农场")]


def told(accounts: list[dict[str, Any]], streams: list[dict[str, Any]]) -> Detected:
    assert DETECTOR is not None
    records = {"account": accounts, "livestream": streams}
    tables = example_tables(DETECTOR, DetectorExample(name="x", flag=[], records=records))
    found = detect(DETECTOR, tables)
    assert found.failed is None
    return found


def members(found: Detected) -> list[list[str]]:
    return [sorted(each.members.accounts) for each in found.suspicions if each.members]


def test_one_tale_of_three_operators_hosts_is_suspected() -> None:
    found = told(ACCOUNTS, [stream(host, TALE, OFFER) for host in "abc"])
    assert members(found) == [["a", "b", "c"]]


def test_the_tale_is_found_within_other_talk_and_other_cuts() -> None:
    half = len(TALE) // 2
    streams = [
        stream("a", "晚上好，新来的朋友点个关注", TALE, OFFER),
        stream("b", TALE[:half], TALE[half:], OFFER),
        stream("c", "今天第一款是木耳，干净没有根，下一款我慢慢讲", TALE, "喜欢的拍一箱"),
    ]
    assert members(told(ACCOUNTS, streams)) == [["a", "b", "c"]]


def test_the_quote_stands_where_it_says() -> None:
    (suspicion,) = told(ACCOUNTS, [stream(h, "大家好", TALE, OFFER) for h in "abc"]).suspicions
    texts = {"segments[0].text": "大家好", "segments[1].text": TALE, "segments[2].text": OFFER}
    assert len(suspicion.quotes) > 1
    for quote in suspicion.quotes:
        text = texts[quote.fieldname]
        assert text[quote.start : quote.start + len(quote.text)] == quote.text


def test_what_the_audience_says_is_no_tale_of_the_host() -> None:
    heard = [{"speaker": "audience", "text": TALE}, {"speaker": "host", "text": OFFER}]
    assert members(told(ACCOUNTS, [stream(host, segments=heard) for host in "abc"])) == []


def test_a_tale_without_goods_is_a_lament() -> None:
    assert members(told(ACCOUNTS, [stream(host, TALE) for host in "abc"])) == []


def test_a_couple_may_tell_of_their_own_child() -> None:
    assert members(told(ACCOUNTS[:2], [stream(host, TALE, OFFER) for host in "ab"])) == []


@pytest.mark.parametrize(
    "one",
    [
        {"operator_name": "惠民果品店"},
        {"operator_uscc": "91330100799655058B"},
        {"mcn": "星光传媒"},
        {"mcn": "星光传媒", "name": "果园阿芳", "device_ids": ["d1"]},
    ],
)
def test_accounts_of_one_hand_count_once(one: dict[str, Any]) -> None:
    accounts = [account(name, **one) for name in "abc"]
    assert members(told(accounts, [stream(host, TALE, OFFER) for host in "abc"])) == []


def test_hosts_of_one_agency_count_apart_where_their_operators_are_known() -> None:
    accounts = [{**each, "mcn": "星光传媒"} for each in ACCOUNTS]
    found = told(accounts, [stream(host, TALE, OFFER) for host in "abc"])
    assert members(found) == [["a", "b", "c"]]


def test_nobodys_accounts_are_told_as_unknown() -> None:
    accounts = [ACCOUNTS[0], account("b"), account("c")]
    found = told(accounts, [stream(host, TALE, OFFER) for host in "abc"])
    assert members(found) == []
    assert found.missing == {"account.operator_name": 2}


def test_an_account_that_no_register_knows_is_unknown_too() -> None:
    found = told(ACCOUNTS[:2], [stream(host, TALE, OFFER) for host in "abc"])
    assert found.missing == {"account.operator_name": 1}


def test_an_organisation_tells_no_tale_of_its_own() -> None:
    accounts = [*ACCOUNTS[:2], {**ACCOUNTS[2], "kind": "organisation"}]
    assert members(told(accounts, [stream(host, TALE, OFFER) for host in "abc"])) == []


@pytest.mark.parametrize(
    "excuse", ["以上由慈善会公开募捐", "来自读者来信", "据记者报道", "本剧情纯属虚构"]
)
def test_who_reads_out_anothers_words_is_not_suspected(excuse: str) -> None:
    assert members(told(ACCOUNTS, [stream(h, TALE, excuse, OFFER) for h in "abc"])) == []


def test_tales_that_only_begin_alike_are_several() -> None:
    begin = TALE[:13]
    ends = (
        "医生让我们去省城复查，我白天看店晚上陪床，这批木耳是我姐姐寄来的，大家看着拍",
        "全村人凑了头一笔钱，后来她慢慢好转能上学了，我学着卖茶叶，先把欠大家的还上再说",
        "如今每个月回医院一次，我跟表哥合伙养蜂，春天收的洋槐蜜刚灌好瓶，想尝的自己挑一挑",
    )
    streams = [stream(host, begin + end, OFFER) for host, end in zip("abc", ends, strict=True)]
    assert members(told(ACCOUNTS, streams)) == []


@pytest.mark.parametrize("missing", ["livestream", "post"])
def test_without_any_speech_nothing_is_judged(missing: str) -> None:
    assert DETECTOR is not None
    records: dict[str, Any] = {"account": ACCOUNTS}
    tables = example_tables(DETECTOR, DetectorExample(name=missing, flag=[], records=records))
    assert detect(DETECTOR, tables).missing == {"livestream.segments": 3}


def test_speech_joins_what_hosts_and_guests_say_and_leaves_gaps_out() -> None:
    segments = [
        {"start_s": None, "end_s": None, "speaker": speaker, "text": text}
        for speaker, text in (("host", "一"), ("audience", "二"), ("guest", None), (None, "三"))
    ]
    table = pa.table({"segments": [segments, []]})
    assert speech(table).to_pylist() == ["一，三", ""]


@settings(max_examples=15, deadline=None)
@given(st.randoms())
def test_the_order_of_rows_does_not_matter(source: random.Random) -> None:
    streams = [stream(host, TALE, OFFER) for host in "abc"]
    accounts = ACCOUNTS[:]
    source.shuffle(streams)
    source.shuffle(accounts)
    (suspicion,) = told(accounts, streams).suspicions
    hosts = [streams[place]["host_id"] for place in suspicion.rests_on["livestream"]]
    assert hosts == ["a", "b", "c"]
    assert suspicion.subject_id == told(ACCOUNTS, streams).suspicions[0].subject_id
