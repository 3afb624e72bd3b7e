from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.identity.names import compare_names, name_key, name_parts

PLACES = ["", "杭州", "浙江省宁波市", "昆山市", "上海市浦东新区", "内蒙古自治区呼和浩特市赛罕区"]
BRANDS = ["青松", "青杉", "好又多", "阿强", "绿野", "红旗", "北海"]
TRADES = ["", "食品", "餐饮管理", "小吃", "科技发展", "水果批发"]
FORMS = ["", "有限公司", "有限责任公司", "股份有限公司", "店", "厂", "经营部", "农民专业合作社"]
BRANCHES = ["", "滨江分公司", "(万达店)"]
PARTS = [st.sampled_from(parts) for parts in (PLACES, BRANDS, TRADES, FORMS, BRANCHES)]
NAMES = st.builds(lambda *parts: "".join(parts), *PARTS)
TEXTS = st.text(max_size=20) | NAMES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州青松食品有限公司", "杭州青松食品有限责任公司"),
        ("杭州青松食品有限公司", "浙江省杭州市青松食品有限公司"),
        ("阿里山（中国）网络技术有限公司", "阿里山(中国)网络技术有限公司"),
        ("杭州青松食品有限公司", "杭州 青松食品 有限公司 "),
        ("江苏省昆山市好又多超市", "昆山好又多超市"),
        ("杭州市西湖区阿强小吃店", "杭州市西湖区阿强小吃店（个体工商户）"),
        ("广西壮族自治区南宁市绿野农民专业合作社", "南宁绿野专业合作社"),
        ("杭州青松食品集团有限公司", "杭州青松食品（集团）有限公司"),
        ("杭州青松食品有限公司第一分公司", "杭州青松食品有限公司一分公司"),
        ("ＴＯＰ食品有限公司", "top食品有限公司"),
        ("廣州綠野貿易有限公司", "广州绿野贸易有限公司"),
        ("杭州青松食品有限公司（原：杭州老松食品有限公司）", "杭州青松食品有限公司"),
    ],
)
def test_writings_of_one_name(one: str, other: str) -> None:
    assert compare_names(one, other).verdict == "same"
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("杭州青松食品有限公司", "杭州青杉食品有限公司", "字号仅一字之差"),
        ("杭州青松食品有限公司", "宁波青松食品有限公司", "行政区划不同"),
        ("杭州青松食品有限公司", "杭州青松贸易有限公司", "行业不同"),
        ("杭州青松食品有限公司", "杭州青松食品厂", "组织形式不同"),
        ("杭州青松食品有限公司", "杭州青松食品股份有限公司", "组织形式不同"),
        ("杭州青松科技有限公司", "杭州青松科技发展有限公司", "行业不同"),
        ("杭州青松食品集团有限公司", "杭州青松食品有限公司", "行业不同"),
        ("杭州市西湖区阿强小吃店", "杭州市拱墅区阿强小吃店", "行政区划不同"),
        ("苏州青松电子有限公司", "青松电子(苏州)有限公司", "行政区划"),
        ("杭州永和食品有限公司", "杭州和永食品有限公司", "可能是两家企业"),
    ],
)
def test_names_alike_of_two_companies(one: str, other: str, why: str) -> None:
    match = compare_names(one, other)
    assert match.verdict == "near"
    assert why in match.reason
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州青松食品有限公司", "杭州青松食品有限公司滨江分公司"),
        ("杭州青松食品有限公司（万达店）", "杭州青松食品有限公司"),
        ("杭州青松食品有限公司滨江分公司", "浙江杭州青松食品有限责任公司西湖分公司"),
        ("青松小吃（人民路店）", "青松小吃（解放路店）"),
    ],
)
def test_branches_of_one_company(one: str, other: str) -> None:
    assert compare_names(one, other).verdict == "branch"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("青松食品", "杭州青松食品有限公司"),
        ("青松", "杭州青松食品有限公司"),
        ("青松食品有限公司", "杭州青松食品有限公司"),
        ("青松公司", "杭州青松食品有限公司"),
        ("西湖区阿强小吃店", "杭州市西湖区阿强小吃店"),
        ("吉林省青松食品有限公司", "吉林市青松食品有限公司"),
    ],
)
def test_a_name_that_says_less_may_be_short_for_the_other(one: str, other: str) -> None:
    assert compare_names(one, other).verdict == "abbreviation"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州青松食品有限公司", "上海绿野科技有限公司"),
        ("杭州青松食品有限公司", "宁波青杉贸易有限公司"),
        ("杭州青松食品有限公司", ""),
        # 安康 and 北京 are cities, but not of 广东.
        ("广东省安康食品有限公司", "陕西省安康食品有限公司"),
        ("广东北京青松食品有限公司", "北京青松食品有限公司"),
        ("（）", "杭州青松食品有限公司"),
    ],
)
def test_names_with_nothing_in_common(one: str, other: str) -> None:
    assert compare_names(one, other).verdict == "different"


@pytest.mark.parametrize(
    ("name", "place", "brand", "trade", "form"),
    [
        ("大连市中山区李记面馆", "大连中山区", "李记", "面", "馆"),
        ("河南省市政工程有限公司", "河南", "市政", "工程", "有限公司"),
        ("好又多超市", "", "好又多", "", "超市"),
        ("成都红旗连锁股份有限公司", "成都", "红旗连锁", "", "股份有限公司"),
        ("恩施土家族苗族自治州绿野茶业有限公司", "恩施", "绿野", "茶业", "有限公司"),
    ],
)
def test_the_parts_of_a_name(name: str, place: str, brand: str, trade: str, form: str) -> None:
    parts = name_parts(name)
    assert (parts.place.finest, parts.brand, parts.trade, parts.form) == (place, brand, trade, form)


@given(TEXTS, TEXTS)
def test_it_does_not_matter_which_name_comes_first(one: str, other: str) -> None:
    assert compare_names(one, other) == compare_names(other, one)


@given(TEXTS)
def test_a_name_is_the_same_as_itself_unless_it_says_nothing(name: str) -> None:
    assert compare_names(name, name).verdict == ("same" if name_key(name) else "different")


@given(TEXTS, TEXTS)
def test_equal_keys_are_the_verdict_same(one: str, other: str) -> None:
    same = compare_names(one, other).verdict == "same"
    assert same == (name_key(one) == name_key(other) != "")


@given(NAMES, NAMES, st.integers(0, 30))
def test_blanks_width_and_brackets_change_nothing(one: str, other: str, at: int) -> None:
    wide = one.translate({ord("("): "（", ord(")"): "）"})
    noisy = f" {wide[:at]} {wide[at:]}　"
    assert compare_names(noisy, other) == compare_names(one, other)
