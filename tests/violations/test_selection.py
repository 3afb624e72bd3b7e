from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from hengjian.records.kinds import KINDS
from hengjian.text.matcher import Matcher
from hengjian.violations.row import Row, read_row
from hengjian.violations.selection import Answer, Evidence, evaluate, excuses, field_of, sought
from hengjian.violations.selection_parser import parse_selection
from hengjian.yamlfile import Location


def _faults(value: Any) -> list[tuple[Location, str]]:
    faults: list[tuple[Location, str]] = []
    parse_selection(value, ("s",), lambda location, message: faults.append((location, message)))
    return faults


def _found(value: Any, kind: str = "listing", **texts: str) -> tuple[bool | None, list[str]]:
    assert _faults(value) == []
    selection = parse_selection(value, (), lambda *_: None)
    matcher = Matcher(
        word for test in selection.tests() for word in chain(sought(test), excuses(test))
    )
    hits = {name: matcher.find(text) for name, text in texts.items()}
    row = Row(kind=kind, searched=frozenset({"title", "text"}), texts=texts, hits=hits)
    answer = evaluate(selection, row)
    return answer.truth, [_word(item, texts) for item in answer.evidence]


def _word(item: Evidence, texts: dict[str, str]) -> str:
    return texts[item.fieldname][item.start : item.end]


def _answer(value: Any, kind: str = "listing", **record: Any) -> Answer:
    """Ask a selection about a record of the contract, as a scan does."""
    assert _faults(value) == []
    selection = parse_selection(value, (), lambda *_: None)
    tests = list(selection.tests())
    matcher = Matcher(word for test in tests for word in chain(sought(test), excuses(test)))
    wanted = {name for test in tests if (name := field_of(test)) and name != "any_field"}
    return evaluate(selection, read_row(KINDS[kind], record, wanted, matcher.find))


def _told(answer: Answer) -> list[tuple[str, str | None, float | None]]:
    return [(item.layer, item.name, item.value) for item in answer.evidence]


CLAIM = {"any_field|contains": ["最佳"]}
BARE_TOY: dict[str, Any] = {
    "title": "玩具",
    "attributes": {"品牌": "某牌"},
    "attributes_complete": True,
}


def test_any_field_searches_every_text_that_the_record_has() -> None:
    assert _found(CLAIM, text="最佳") == (True, ["最佳"])


def test_without_any_text_the_answer_is_unknown() -> None:
    assert _found(CLAIM) == (None, [])


def test_a_named_field_that_is_missing_is_unknown() -> None:
    assert _found({"category|contains": ["酒"]}, title="酒") == (None, [])


def test_several_tests_in_one_group_must_all_hold() -> None:
    group = {"title|contains": ["酒"], "text|contains": ["茶"]}
    assert _found(group, title="酒", text="水")[0] is False
    assert _found(group, title="酒", text="茶") == (True, ["酒", "茶"])


def test_of_several_groups_one_is_enough() -> None:
    groups = [{"title|contains": ["酒"]}, {"title|contains": ["茶"]}]
    assert _found(groups, title="茶") == (True, ["茶"])


def test_a_test_of_the_kind() -> None:
    group = {"kind": "review", "any_field|contains": ["好"]}
    assert _found(group, title="好")[0] is False
    assert _found(group, kind="review", text="好")[0] is True
    several = {**group, "kind": ["review", "listing"]}
    assert _found(several, text="好")[0] is True


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("最佳食用期7天", False), ("最佳食用期7天，最佳牛奶", True), ("最佳食用", True)],
)
def test_unless_inside_excuses_only_the_hit_that_it_covers(text: str, flagged: bool) -> None:
    assert _found({**CLAIM, "unless": {"inside": ["最佳食用期"]}}, text=text)[0] is flagged


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("不是最佳", False),
        ("不是说它最佳", False),
        ("不是说它真的最佳", True),
        ("不是。最佳", True),
        ("最佳不是", True),
    ],
)
def test_unless_after_reaches_so_many_characters_and_not_over_a_sentence(
    text: str, flagged: bool
) -> None:
    guard = {"after": {"words": ["不是"], "within": 2}}
    assert _found({**CLAIM, "unless": guard}, text=text)[0] is flagged


@pytest.mark.parametrize(
    ("text", "flagged"), [("最佳温度", False), ("最佳的温度", True), ("温度最佳", True)]
)
def test_unless_before(text: str, flagged: bool) -> None:
    guard = {"before": {"words": ["温度"], "within": 0}}
    assert _found({**CLAIM, "unless": guard}, text=text)[0] is flagged


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("部队专供", ["部队", "专供"]),
        ("专供给部队", ["部队", "专供"]),
        ("部队某某专供", []),
        ("部队，专供", ["部队", "专供"]),
        ("部队！专供", []),
        ("专供", []),
    ],
)
def test_near_asks_for_company_in_the_same_sentence(text: str, words: list[str]) -> None:
    group = {"any_field|contains": ["部队"], "near": {"words": ["专供"], "within": 1}}
    assert _found(group, text=text) == (bool(words), words)


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("截图领红包给五星", True), ("截图给五星", False), ("五星。截图领红包", False)],
)
def test_a_list_of_near_asks_for_company_of_each(text: str, flagged: bool) -> None:
    company = [{"words": ["五星"], "within": 6}, {"words": ["红包"], "within": 6}]
    assert _found({"any_field|contains": ["截图"], "near": company}, text=text)[0] is flagged


@pytest.mark.parametrize(("text", "flagged"), [("无厂名厂址", True), ("无异味，厂名齐全", False)])
def test_a_comma_parts_company_where_the_clause_is_asked_for(text: str, flagged: bool) -> None:
    near = {"words": ["厂名"], "within": 6, "clause": True}
    assert _found({"any_field|contains": ["无"], "near": near}, text=text)[0] is flagged


def test_words_in_two_fields_are_not_near() -> None:
    group = {"any_field|contains": ["部队"], "near": {"words": ["专供"], "within": 9}}
    assert _found(group, title="部队", text="专供")[0] is False


def test_missing_fields_are_told() -> None:
    selection = parse_selection([{"category|contains": ["酒"]}, CLAIM], (), lambda *_: None)
    row = Row(kind="listing", searched=frozenset({"title", "text"}), texts={"title": "水"})
    assert evaluate(selection, row).missing == {"category"}


def test_unless_anywhere_excuses_the_whole_field_and_no_other() -> None:
    group = {**CLAIM, "unless": {"anywhere": ["警方提醒"]}}
    assert _found(group, text="警方提醒：所谓最佳都是假的")[0] is False
    assert _found(group, title="最佳", text="警方提醒")[0] is True


@pytest.mark.parametrize(
    ("text", "flagged"), [("并非最佳", False), ("不是最佳", False), ("非常好，最佳", True)]
)
def test_a_shared_context_excuses_as_if_it_stood_in_the_rule(text: str, flagged: bool) -> None:
    assert _found({**CLAIM, "unless": {"context": ["denial"]}}, text=text)[0] is flagged


def test_count_asks_for_different_words() -> None:
    group = {"any_field|contains": ["甲醛", "苯", "铅"], "count": 2}
    assert _found(group, text="苯、苯、苯")[0] is False
    assert _found(group, text="苯和铅") == (True, ["苯", "铅"])


def test_who_speaks_in_a_livestream_is_told_by_its_segments() -> None:
    said = [{"speaker": "host", "text": "最佳"}, {"speaker": "audience", "text": "假货"}]
    assert _answer(CLAIM, "livestream", segments=said).truth is True
    fake = {"any_field|contains": ["假货"]}
    assert _answer(fake, "livestream", segments=said).truth is False
    assert _answer({**fake, "role": "audience"}, "livestream", segments=said).truth is True
    assert _answer({**fake, "role": "host"}, "livestream", segments=said).truth is False


def test_a_role_outside_of_streams_is_that_of_the_kind() -> None:
    seller = {**CLAIM, "role": "seller"}
    assert _answer(seller, "listing", title="最佳").truth is True
    assert _answer(seller, "review", text="最佳").truth is False
    assert _answer({**CLAIM, "role": ["seller", "buyer"]}, "review", text="最佳").truth is True


@pytest.mark.parametrize(
    ("title", "truth"),
    [("续航900公里", True), ("续航六百公里", False), ("时速900公里/小时", False), ("九百", False)],
)
def test_a_measure_is_a_number_with_its_unit(title: str, truth: bool) -> None:
    assert _answer({"title|measure": {"unit": "km", "gt": 700}}, title=title).truth is truth


def test_a_measure_tells_its_value_and_what_it_was_held_against() -> None:
    [item] = _answer({"title|measure": {"unit": "km", "gt": 700}}, title="续航900公里").evidence
    assert (item.value, item.unit, item.baseline) == (900, "km", 700)


@pytest.mark.parametrize(
    ("price", "truth"), [(Decimal("29.9"), True), (Decimal(300), False), (None, None)]
)
def test_a_number_is_held_against_another_field(price: Decimal | None, truth: bool | None) -> None:
    group = {"price|lt": {"field": "list_price", "times": 0.3}}
    assert _answer(group, title="表", price=price, list_price=Decimal(1000)).truth is truth


def test_a_number_of_the_law_is_that_of_the_day() -> None:
    group = {"price|gt": {"parameter": "有奖销售.最高奖上限"}}
    on = dt.datetime(2026, 11, 5, 2, tzinfo=dt.UTC)
    answer = _answer(group, title="抽奖", price=Decimal(60000), captured_at=on)
    assert _told(answer) == [("number", "售价", 60000)]
    assert answer.evidence[0].baseline == 50000
    unknown = _answer(group, title="抽奖", price=Decimal(60000))
    assert unknown.truth is None
    assert unknown.missing == {"conduct_on"}


@pytest.mark.parametrize(
    ("shown", "truth"),
    [(["SC10741018302532"], True), (["SC10741018302531"], False), ([], False), (None, None)],
)
def test_a_malformed_number_is_an_attempt_at_one(shown: list[str] | None, truth: object) -> None:
    group = {"licences_shown|malformed": "food_production"}
    assert _answer(group, "shop_page", text="店", licences_shown=shown).truth is truth


def test_one_number_given_right_makes_up_for_another() -> None:
    shown = ["SC10741018302532", "SC10741018302531"]
    group = {"licences_shown|malformed": "food_production"}
    assert _answer(group, "shop_page", text="店", licences_shown=shown).truth is False


@pytest.mark.parametrize(
    ("attributes", "complete", "truth"),
    [
        ({"品牌": "某牌"}, True, True),
        ({"品牌": "某牌"}, None, None),
        ({"厂名": "无", "生产地址": "某地"}, None, True),
        ({"厂名": "某厂", "生产地址": "某地"}, None, False),
        ({"厂名": "见包装", "生产地址": "某地"}, True, None),
    ],
)
def test_a_label_is_lacking_only_where_the_page_is_known_to_show_all(
    attributes: dict[str, str], complete: bool | None, truth: bool | None
) -> None:
    group = {"attributes|lacks": ["生产厂家", "厂址"]}
    record: dict[str, Any] = {
        "title": "玩具",
        "attributes": attributes,
        "attributes_complete": complete,
    }
    assert _answer(group, **record).truth is truth


def test_a_label_named_in_the_text_is_shown() -> None:
    group = {"attributes|lacks": ["生产厂家"]}
    assert _answer(group, **BARE_TOY, text="生产企业：某某玩具厂").truth is False


def test_what_is_lacking_is_named_in_the_order_of_the_rule() -> None:
    answer = _answer({"attributes|lacks": ["厂址", "生产厂家"]}, **BARE_TOY)
    assert _told(answer) == [("absent", "厂址", None), ("absent", "生产厂家", None)]


def test_an_entry_must_satisfy_all_tests_at_once() -> None:
    ticked = {"options|any": {"preselected|equals": True, "price|gt": 0}}
    dear = {"name": "保险", "price": Decimal(30), "preselected": False}
    free = {"name": "贺卡", "price": Decimal(0), "preselected": True}
    assert _answer(ticked, title="机票", options=[dear, free]).truth is False
    assert _answer(ticked, title="机票", options=[{**dear, "preselected": True}]).truth is True
    assert _answer(ticked, title="机票", options=[{**dear, "preselected": None}]).truth is None
    assert _answer(ticked, title="机票").truth is None


@pytest.mark.parametrize(("shown", "truth"), [([], True), (["X"], False), (None, None)])
def test_an_empty_list_is_known_and_an_absent_one_is_not(
    shown: list[str] | None, truth: bool | None
) -> None:
    group = {"licences_shown|empty": True}
    assert _answer(group, "shop_page", text="店", licences_shown=shown).truth is truth


@pytest.mark.parametrize(
    ("value", "location"),
    [
        ("最佳", ("s",)),
        ({**CLAIM, "unless": {"context": ["dream"]}}, ("s", "unless", "context")),
        ({**CLAIM, "role": "poet"}, ("s", "role")),
        ({**CLAIM, "count": 0}, ("s", "count")),
        ({"title|measure": {"unit": "光年"}}, ("s", "title|measure")),
        ({"title|measure": {"unit": "km", "gt": "远"}}, ("s", "title|measure", "gt")),
        ({"price|gt": "贵"}, ("s", "price|gt")),
        ({"price|gt": {"parameter": "没有"}}, ("s", "price|gt")),
        ({"title|malformed": "isbn"}, ("s", "title|malformed")),
        ({"title|lacks": ["厂址"]}, ("s", "title|lacks")),
        ({"options|any": []}, ("s", "options|any")),
        ({"computed": True}, ("s", "computed")),
        ({"licences_shown|empty": 1}, ("s", "licences_shown|empty")),
        ([], ("s",)),
        ({**CLAIM, "near": None}, ("s", "near")),
        ({**CLAIM, "unless": {"inside": []}}, ("s", "unless", "inside")),
        ({}, ("s",)),
        ({"unless": {"inside": ["最佳"]}}, ("s",)),
        ({**CLAIM, "unless": {"insde": ["最佳"]}}, ("s", "unless", "insde")),
        ({**CLAIM, "unless": ["最佳"]}, ("s", "unless")),
        ({**CLAIM, "near": {"words": ["a"]}}, ("s", "near", "within")),
        ({**CLAIM, "near": {"words": ["a"], "within": -1}}, ("s", "near", "within")),
        ({**CLAIM, "near": {"words": ["a"], "within": True}}, ("s", "near", "within")),
        ({**CLAIM, "near": {"words": [], "within": 1}}, ("s", "near", "words")),
        ({**CLAIM, "near": {"words": ["a"], "within": 1, "clause": 1}}, ("s", "near", "clause")),
        ({"any_field|contains": [" "]}, ("s", "any_field|contains", 0)),
        ({"any_field|contains": []}, ("s", "any_field|contains")),
        ({"any_field": ["最佳"]}, ("s", "any_field")),
        ({"kind": []}, ("s", "kind")),
        ({"kind": [1]}, ("s", "kind")),
        ([CLAIM, {"any_field|contains": [7]}], ("s", 1, "any_field|contains", 0)),
    ],
)
def test_a_fault_is_told_where_it_stands(value: Any, location: Location) -> None:
    assert location in [where for where, _ in _faults(value)]
