from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.text.folds import fold
from hengjian.text.matcher import ALL, EXACT, Hit, Layer, Matcher

TERMS = ["最佳", "国家级", "特供", "好评返现", "药妆", "独一无二", "RDCT"]
EVERYTHING = Matcher(TERMS, ALL)
PLAIN = Matcher(TERMS, EXACT)
DISGUISED = st.text(
    alphabet="最佳國家级特gongte好评返xian现药妆独一无二 _·😀\u200bＲdctＣＤ亻圭寺牛zj<b/>&;",
    max_size=40,
)


def _found(
    text: str, terms: list[str], layers: frozenset[Layer] = ALL
) -> list[tuple[str, str, str]]:
    return [
        (hit.term, text[hit.start : hit.end], hit.layer)
        for hit in Matcher(terms, layers).find(text)
    ]


@pytest.mark.parametrize(
    ("text", "term", "observed", "layer"),
    [
        ("ｒdcT酒", "RDCT", "ｒdcT", "width"),
        ("全网最〇佳", "最佳", "最〇佳", "inserted"),
        ("最😀佳锅", "最佳", "最😀佳", "inserted"),
        ("国 家 级", "国家级", "国 家 级", "inserted"),
        ("特丨供茶", "特供", "特丨供", "inserted"),
        ("部队牜寺供", "特供", "牜寺供", "split"),
        ("内部特gong酒", "特供", "特gong", "mixed"),
        ("好評返xian两元", "好评返现", "好評返xian", "mixed"),
        ("内部te gong酒", "特供", "te gong", "pinyin"),
        ("毒一无贰的手感", "独一无二", "毒一无贰", "homophone"),
        ("全网绝怼正品", "绝对", "绝怼", "homophone"),
        ("加薇芯领券", "微信", "薇芯", "homophone"),
        ("加v芯看货", "v信", "v芯", "homophone"),
        ("产品减肫茶", "减肥", "减肫", "lookalike"),
        ("全国苐一名", "第一", "苐一", "lookalike"),
        ("独一旡二的酒", "独一无二", "独一旡二", "lookalike"),
        ("返评好现三元", "好评返现", "返评好现", "swap"),
        ("写hpfx给你", "好评返现", "hpfx", "initials"),
    ],
)
def test_a_disguise_is_found_with_the_layer_that_it_wears(
    text: str, term: str, observed: str, layer: str
) -> None:
    assert (term, observed, layer) in _found(text, [term])


@pytest.mark.parametrize(
    "unseen",
    [
        "\u200b",  # zero-width space
        "\u200d",  # joiner
        "\u2060\ufeff",
        "\u202e",  # written from right to left
        "\u2066\u2069",
        "\ufe0f",  # variation selectors
        "\U000e0101",
        "\u00ad",  # soft hyphen
        "\u0336",  # a combining stroke
        "\u3164",  # Hangul filler
    ],
)
def test_what_nobody_sees_between_characters_needs_no_further_sign_of_disguise(
    unseen: str,
) -> None:
    text = f"全国{unseen}家{unseen}级酒"
    assert _found(text, ["国家级"]) == [("国家级", text[1:-1], "inserted")]


def test_emoji_of_many_parts_count_as_few_signs() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    assert _found(f"最{family}佳", ["最佳"]) == [("最佳", f"最{family}佳", "inserted")]


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        ("全网最<b>佳</b>", "最<b>佳"),
        ("全网最<br/>佳", "最<br/>佳"),
        ('全网最<span style="color:red">佳', '最<span style="color:red">佳'),
        ("全网最</p>\n<!-- 好 -->佳", "最</p>\n<!-- 好 -->佳"),
        ("全网&#26368;佳", "&#26368;佳"),
        ("全网最&#x4f73;酒", "最&#x4f73;"),
    ],
)
def test_markup_does_not_break_a_hit(text: str, observed: str) -> None:
    [(term, found, layer)] = _found(text, ["最佳"])
    assert (term, found) == ("最佳", observed)
    assert layer == ("inserted" if "\n" in text else "html")


def test_a_space_written_as_an_entity_is_a_sign_like_any_other() -> None:
    text = "全网最&nbsp;佳酒"
    assert _found(text, ["最佳"]) == [("最佳", "最&nbsp;佳", "inserted")]


def test_an_entity_alone_is_a_term() -> None:
    assert _found("酒&#8482;", ["™"]) == [("™", "&#8482;", "html")]


@pytest.mark.parametrize(
    "text",
    [
        '最<img alt="佳">的',
        '<img title="最">佳的',
        "最&佳;的",
        "最 < b 好 > 佳",
    ],
)
def test_nothing_matches_across_the_inside_of_a_tag(text: str) -> None:
    assert _found(text, ["最佳"], EXACT) == []


def test_what_stands_in_an_attribute_as_it_is_is_found_there() -> None:
    text = '<img alt="全网最佳">'
    assert _found(text, ["最佳"]) == [("最佳", "最佳", "literal")]


def test_disguises_are_found_through_markup_and_told_as_written() -> None:
    text = "写<i>h</i>pfx给<b>特</b>gong"
    assert _found(text, ["好评返现", "特供"]) == [
        ("好评返现", "h</i>pfx", "initials"),
        ("特供", "特</b>gong", "mixed"),
    ]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("质量最。佳能相机", "最佳"),
        ("这事给我办好", "鸡窝"),
        ("呗，放这里", "北方"),
        ("men and women", "我们"),
        ("my life", "没用"),
        ("同意", "统一"),
        ("全场包邮", "炮友"),  # 包 is read pao in old books only
        ("昨天咳咳了两声", "黑黑"),  # one character twice is a noise
        ("一款胖MM能穿的裙子", "买卖"),  # one letter twice is a size
        ("真素悲壮的结局", "苏北"),  # half of 悲壮
        ("车厘子a或b都行", "a货"),
    ],
)
def test_what_only_resembles_a_term_is_left_alone(text: str, term: str) -> None:
    assert _found(text, [term]) == []


def test_only_the_layers_asked_for_are_searched() -> None:
    assert _found("特gong 特供", ["特供"], EXACT) == [("特供", "特供", "literal")]


def test_a_plain_hit_is_not_told_again_as_a_disguise() -> None:
    assert _found("特供酒", ["特供"]) == [("特供", "特供", "literal")]


def test_terms_that_are_not_chinese_are_searched_as_they_are() -> None:
    assert _found("R-D-C-T", ["RDCT"]) == []


@given(DISGUISED)
def test_every_span_lies_in_the_text_and_is_told_once(text: str) -> None:
    hits = EVERYTHING.find(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert len({(hit.term, hit.start, hit.end) for hit in hits}) == len(hits)


@given(st.text())
def test_any_text_at_all_can_be_searched(text: str) -> None:
    assert all(text[hit.start : hit.end] for hit in EVERYTHING.find(text))


@given(DISGUISED)
def test_more_layers_never_lose_an_exact_hit(text: str) -> None:
    exact = PLAIN.find(text)
    assert set(exact) <= set(EVERYTHING.find(text))


@given(DISGUISED, st.integers(0, 40))
def test_what_was_found_is_found_again_in_its_own_words(text: str, pick: int) -> None:
    hits = [h for h in EVERYTHING.find(text) if h.layer in {"inserted", "mixed", "pinyin"}]
    for hit in hits[pick : pick + 1]:
        again = [h.term for h in EVERYTHING.find(text[hit.start : hit.end])]
        assert hit.term in again


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_a_hit_is_a_plain_value() -> None:
    assert Matcher(["特供"], ALL).find("特供") == [Hit("特供", 0, 2, "literal")]
