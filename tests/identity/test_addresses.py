from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.identity.addresses import address_key, compare_addresses

REGIONS = ["浙江省杭州市西湖区", "杭州西湖区", "上海市浦东新区", "江苏省昆山市", "成都市武侯区"]
STREETS = [
    "文三路100号",
    "人民东路8号",
    "张杨路500弄3号",
    "青松路12-2号",
    "廿三里街道青松村3组15号",
]
INSIDE = ["", "3栋501室", "5层", "青松大厦B座1203室", "负一层B101铺", "2单元"]
ADDRESSES = st.builds("".join, st.tuples(*map(st.sampled_from, (REGIONS, STREETS, INSIDE))))
TEXTS = st.text(max_size=20) | ADDRESSES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("浙江省杭州市西湖区文三路100号3栋501室", "杭州西湖区文三路一百号3幢501"),
        ("杭州市西湖区文三路100号5楼501室", "杭州市西湖区文三路100号501"),
        ("杭州市西湖区青松小区3-2-501", "杭州市西湖区青松小区三幢二单元501室"),
        ("杭州市西湖区文3路100#", "杭州市西湖区文三路100号"),
        ("杭州市西湖区文三路100号", "杭州市文三路100号"),
        ("文三路100号501室", "杭州市文三路100号501室"),
        ("上海市浦东新区张杨路500弄3号501室", "上海浦东新区张杨路500弄3号楼501"),
        ("北京市市辖区朝阳区建国路88号院3号楼A座12层1203", "北京市朝阳区建国路88号3号楼a座1203室"),
        ("深圳市南山区青松大厦501（仅限办公）", "深圳市南山区科技园路1号青松大厦501室"),
        ("义乌市国际商贸城二区3楼12345号摊位", "义乌国际商贸城二区三楼12345摊位"),
        ("杭州市余杭市青松路1号", "杭州市余杭区青松路1号"),
        ("杭州市西湖区文三路100号之二", "杭州市西湖区文三路100-2号"),
        ("杭州市西湖区文三路100号负一层B101铺", "杭州市西湖区文三路100号B1层B101号铺"),
    ],
)
def test_writings_of_one_address(one: str, other: str) -> None:
    assert compare_addresses(one, other).verdict == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州市西湖区文三路100号", "杭州市西湖区文三路100号5楼501室"),
        ("杭州市西湖区文三路100号3栋", "杭州市西湖区文三路100号3栋2单元501室"),
        ("西湖区文三路100号", "杭州市西湖区文三路100号5层"),
    ],
)
def test_a_room_lies_within_its_house(one: str, other: str) -> None:
    assert compare_addresses(one, other).verdict == "within"


@pytest.mark.parametrize(
    ("one", "other", "part"),
    [
        ("杭州市文三路100号501室", "杭州市文三路100号502室", "房间号"),
        ("杭州市文三路100号501室", "杭州市文三路100号601室", "楼层"),
        ("杭州市文三路100号", "杭州市文三路102号", "门牌号"),
        ("杭州市文三路100号", "杭州市文二路100号", "道路"),
        ("杭州市文三路100号", "宁波市文三路100号", "行政区划"),
        ("杭州市西湖区人民路1号", "杭州市拱墅区人民路1号", "行政区划"),
        ("杭州市青松小区3栋501室", "杭州市青松小区4栋501室", "楼栋"),
        ("杭州市青松小区3栋501室", "杭州市绿野花园3栋501室", "小区或楼宇"),
        ("上海市张杨路500弄3号", "上海市张杨路500弄4号", "门牌号"),
    ],
)
def test_a_part_that_both_say_otherwise_makes_two_places(one: str, other: str, part: str) -> None:
    match = compare_addresses(one, other)
    assert match.verdict == "different"
    assert part in match.reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州市文三路", "杭州市文三路100号"),
        ("文三路100号", "杭州市文三路100号"),
        ("杭州市文三路100号501室", "杭州市文三路100号3栋501室"),
        ("杭州市文三路100号501室", "杭州市文三街100号501室"),
        ("杭州市文三路100号", "杭州市文三路100-102号"),
        ("青松镇人民路1号", "青竹镇人民路1号"),
        ("杭州市文三路100号附近", "杭州市文三路100号附近"),
        ("杭州市", "杭州市"),
        ("", ""),
    ],
)
def test_what_is_not_said_leaves_it_unclear(one: str, other: str) -> None:
    assert compare_addresses(one, other).verdict == "unclear"


def test_the_key_leaves_the_region_out() -> None:
    assert address_key("浙江省杭州市西湖区文三路100号3栋501室") == address_key("文三路100号3幢501")
    assert address_key("杭州市西湖区") == address_key("杭州市文三路100号附近") == ""


@given(TEXTS, TEXTS)
def test_it_does_not_matter_which_address_comes_first(one: str, other: str) -> None:
    assert compare_addresses(one, other) == compare_addresses(other, one)


@given(ADDRESSES)
def test_an_address_is_the_same_as_itself(address: str) -> None:
    assert compare_addresses(address, address).verdict == "same"


@given(TEXTS)
def test_a_text_never_contradicts_itself(text: str) -> None:
    assert compare_addresses(text, text).verdict in {"same", "unclear"}


@given(ADDRESSES, ADDRESSES)
def test_blanks_width_and_words_for_a_building_change_nothing(one: str, other: str) -> None:
    noisy = one.replace("号", "號 ").replace("栋", "幢").replace("室", " 室，").replace("3", "３")
    assert compare_addresses(noisy, other) == compare_addresses(one, other)
