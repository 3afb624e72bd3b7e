from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.identity.operators import (
    Operators,
    explain,
    held_rows,
    merge_rows,
    operator_rows,
    resolve_operators,
)
from hengjian.records.kinds import KINDS

# Codes made for the tests, with a right check digit.
CODE, OTHER_CODE = "91330100799655058B", "91110000802100433B"
QINGSONG = "杭州青松食品有限公司"
ROOM = "杭州市西湖区文三路100号3幢501室"


def row(shop: str, name: str = QINGSONG, platform: str = "甲", **known: Any) -> dict[str, Any]:
    return {"platform": platform, "shop_id": shop, "name": name, **known}


def resolve(*rows: dict[str, Any], apart: Any = (), **others: list[dict[str, Any]]) -> Operators:
    tables = {"operator": list(rows), **others}
    made = {
        kind: pa.Table.from_pylist(given, schema=KINDS[kind].schema)
        for kind, given in tables.items()
    }
    return resolve_operators(made, apart)


def groups(found: Operators) -> list[list[str]]:
    return sorted(
        sorted(shop["shop_id"] for shop in operator["shops"]) for operator in operator_rows(found)
    )


def held_kinds(found: Operators) -> set[tuple[str, str]]:
    return {(held["kind"], held["link"]) for held in held_rows(found)}


def test_one_code_is_one_operator_on_all_platforms() -> None:
    found = resolve(
        row("s1", uscc=CODE), row("s2", "浙江省杭州市青松食品有限责任公司", "乙", uscc=CODE.lower())
    )
    assert groups(found) == [["s1", "s2"]]
    [operator] = operator_rows(found)
    assert (operator["operator_id"], operator["platforms"]) == (CODE, 2)


def test_two_codes_are_two_operators_whatever_else_they_share() -> None:
    known: dict[str, Any] = {
        "contact_hash": "c1",
        "business_address": ROOM,
        "licence_nos": ["JY13301000000017"],
    }
    found = resolve(row("s1", uscc=CODE, **known), row("s2", uscc=OTHER_CODE, **known))
    assert groups(found) == [["s1"], ["s2"]]


def test_a_code_whose_check_digit_fails_is_unknown() -> None:
    wrong = CODE[:-1] + "C"
    found = resolve(row("s1", "阿强小吃店", uscc=wrong), row("s2", "绿野商行", uscc=wrong))
    assert groups(found) == [["s1"], ["s2"]]
    assert found.ill_formed == 2


def test_one_code_under_the_names_of_two_companies_is_held_back() -> None:
    found = resolve(row("s1", uscc=CODE), row("s2", "杭州青杉食品有限公司", uscc=CODE))
    assert groups(found) == [["s1"], ["s2"]]
    assert held_kinds(found) == {("names", "uscc")}


def test_one_code_and_one_contact_under_a_new_name_is_a_renamed_company() -> None:
    found = resolve(
        row("s1", uscc=CODE, contact_hash="c1"),
        row("s2", "杭州绿野食品有限公司", uscc=CODE, contact_hash="c1"),
    )
    assert groups(found) == [["s1", "s2"]]
    assert "名称不同，但联系方式相同" in next(merge_rows(found))["reason"]


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("contact", {"contact_hash": "c1"}),
        ("licence", {"licence_nos": ["JY13301000000017"]}),
        ("address", {"business_address": ROOM}),
    ],
)
def test_one_name_and_something_shared_is_one_operator(kind: str, known: dict[str, Any]) -> None:
    name = "杭州市西湖区阿强小吃店"
    found = resolve(row("s1", name, **known), row("s2", f"{name}（个体工商户）", **known))
    assert groups(found) == [["s1", "s2"]]
    assert [merge["kind"] for merge in merge_rows(found)] == [kind]


def test_an_address_may_be_written_in_two_ways_and_stand_in_two_fields() -> None:
    found = resolve(
        row("s1", "阿强小吃店", registered_address=ROOM),
        row("s2", "阿强小吃店", business_address="浙江杭州西湖区文三路一百号3栋501"),
    )
    assert groups(found) == [["s1", "s2"]]


def test_a_small_shop_s_name_alone_is_not_enough() -> None:
    assert groups(resolve(row("s1", "阿强小吃店"), row("s2", "阿强小吃店"))) == [["s1"], ["s2"]]


def test_a_company_s_full_name_is_enough() -> None:
    found = resolve(row("s1"), row("s2", "浙江省杭州市青松食品有限公司"))
    assert groups(found) == [["s1", "s2"]]


def test_a_company_s_name_without_its_region_is_not_enough() -> None:
    found = resolve(row("s1", "青松食品有限公司"), row("s2", "青松食品有限公司"))
    assert groups(found) == [["s1"], ["s2"]]


def test_a_city_s_name_may_be_the_company_s_own() -> None:
    found = resolve(row("s1", "朝阳食品有限公司"), row("s2", "朝阳食品有限公司"))
    assert groups(found) == [["s1"], ["s2"]]


def test_a_full_name_that_two_codes_bear_tells_nothing() -> None:
    found = resolve(row("s1", uscc=CODE), row("s2", uscc=OTHER_CODE), row("s3"))
    assert groups(found) == [["s1"], ["s2"], ["s3"]]
    assert ("ambiguous", "name") in held_kinds(found)


@pytest.mark.parametrize(
    "other", ["杭州青杉食品有限公司", "宁波青松食品有限公司", "杭州青松贸易有限公司"]
)
def test_companies_of_nearly_one_name_stay_two(other: str) -> None:
    known: dict[str, Any] = {
        "contact_hash": "c1",
        "business_address": ROOM,
        "licence_nos": ["JY13301000000017"],
    }
    assert groups(resolve(row("s1", **known), row("s2", other, **known))) == [["s1"], ["s2"]]


def test_a_short_name_with_the_same_contact_is_the_company() -> None:
    found = resolve(row("s1", contact_hash="c1"), row("s2", "青松食品", contact_hash="c1"))
    assert groups(found) == [["s1", "s2"]]


def test_a_short_name_that_fits_two_companies_joins_neither() -> None:
    found = resolve(
        row("s1", contact_hash="c1"),
        row("s2", "宁波青松食品有限公司", contact_hash="c1"),
        row("s3", "青松食品", contact_hash="c1"),
    )
    assert groups(found) == [["s1"], ["s2"], ["s3"]]
    assert held_kinds(found) == {("ambiguous", "contact")}


def test_a_contact_that_very_many_share_joins_nobody() -> None:
    names = [f"阿{character}小吃店" for character in "强明华勇军平辉"]
    rows = [row(f"s{n}", name, contact_hash="agent") for n, name in enumerate(names)]
    found = resolve(*rows, row("s9", names[0], contact_hash="agent"))
    assert len(groups(found)) == len(rows) + 1
    [held] = held_rows(found)
    assert (held["kind"], held["value"], held["count"]) == ("many", "agent", 7)


def test_a_licence_gives_its_code_to_the_shop_that_shows_it_under_its_holder_s_name() -> None:
    licence = {"licence_no": "JY13301000000017", "type": "food_operation"}
    found = resolve(
        row("s1", "阿强小吃店", licence_nos=["JY1 3301000000017"]),
        row("s2", "绿野小吃店", licence_nos=["JY13301000000017"]),
        row("s3", "阿强小吃店", uscc=CODE),
        licence=[{**licence, "holder": "阿强小吃店", "uscc": CODE}],
    )
    assert groups(found) == [["s1", "s3"], ["s2"]]


def test_a_licence_that_the_shop_page_shows_counts_too() -> None:
    found = resolve(
        row("s1", "阿强小吃店", licence_nos=["JY13301000000017"]),
        row("s2", "阿强小吃店", "乙"),
        shop_page=[
            {
                "record_id": "p",
                "platform": "乙",
                "shop_id": "s2",
                "text": "资质",
                "licences_shown": ["JY13301000000017"],
            }
        ],
    )
    assert groups(found) == [["s1", "s2"]]


def test_a_refused_pair_stays_apart_and_others_choose() -> None:
    rows = [row(f"s{n}", uscc=CODE) for n in (1, 2, 3)]
    found = resolve(*rows, apart=[(("甲", "s2"), ("甲", "s1"))])
    assert groups(found) == [["s1", "s3"], ["s2"]]
    assert ("apart", "uscc") in held_kinds(found)


def test_every_join_can_be_explained() -> None:
    found = resolve(
        row("s1", uscc=CODE),
        row("s2", uscc=CODE, contact_hash="c1"),
        row("s3", "青松食品", contact_hash="c1"),
        row("s4", "绿野商行"),
    )
    way = explain(found, ("甲", "s1"), ("甲", "s3"))
    assert [(link.kind, link.value) for link in way] == [("uscc", CODE), ("contact", "c1")]
    assert explain(found, ("甲", "s1"), ("甲", "s4")) == []


NAMES = st.sampled_from(
    [QINGSONG, "杭州青松食品有限责任公司", "青松食品", "杭州青杉食品有限公司", "阿强小吃店"]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "platform": st.sampled_from("甲乙"),
            "shop_id": st.sampled_from(["s1", "s2", "s3", "s4", "s5"]),
            "name": NAMES,
            "uscc": st.sampled_from([None, None, CODE, OTHER_CODE]),
            "contact_hash": st.sampled_from([None, "c1", "c2"]),
            "business_address": st.sampled_from([None, ROOM, "杭州市解放路8号"]),
        }
    ),
    max_size=10,
)


def told(found: Operators) -> list[tuple[Any, ...]]:
    return [
        (number, shop, title, code)
        for number, shop, title, code in zip(
            found.numbers.tolist(), found.shops, found.titles, found.usccs, strict=True
        )
    ]


@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert told(resolve(*shuffled)) == told(resolve(*rows))
    assert list(merge_rows(resolve(*shuffled))) == list(merge_rows(resolve(*rows)))


@given(ROWS, st.sampled_from([("甲", "s1"), ("乙", "s2")]), st.sampled_from([("甲", "s3")]))
def test_no_operator_has_two_codes_or_a_refused_pair(
    rows: list[dict[str, Any]], ours: tuple[str, str], theirs: tuple[str, str]
) -> None:
    found = resolve(*rows, apart=[(ours, theirs)])
    for operator in set(found.numbers.tolist()):
        here = [n for n, number in enumerate(found.numbers) if number == operator]
        assert len({found.usccs[n] for n in here} - {None}) < 2
        assert not {ours, theirs} <= {found.shops[n] for n in here}
