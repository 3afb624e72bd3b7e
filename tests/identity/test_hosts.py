from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.identity.hosts import (
    Hosts,
    explain,
    held_rows,
    host_rows,
    merge_rows,
    resolve_hosts,
)
from hengjian.identity.hosts_links import MOST_ACCOUNTS, MOST_OF_NAME, MOST_ON_DEVICE
from hengjian.records.kinds import KINDS

# Codes made for the tests, with a right check digit.
CODE, OTHER_CODE = "91330100799655058B", "91110000802100433B"


def account(account_id: str, platform: str = "甲", **known: Any) -> dict[str, Any]:
    return {"platform": platform, "account_id": account_id, "kind": "host", **known}


def stream(host: str | None, platform: str = "甲", **known: Any) -> dict[str, Any]:
    return {"record_id": "r", "platform": platform, "host_id": host, "segments": [], **known}


def resolve(*accounts: dict[str, Any], apart: Any = (), **others: list[dict[str, Any]]) -> Hosts:
    tables = {"account": list(accounts), **others}
    made = {
        kind: pa.Table.from_pylist(rows, schema=KINDS[kind].schema) for kind, rows in tables.items()
    }
    return resolve_hosts(made, apart)


def groups(found: Hosts) -> list[list[str]]:
    return sorted(
        sorted(each["account_id"] for each in host["accounts"]) for host in host_rows(found)
    )


def held_kinds(found: Hosts) -> set[str]:
    return {held["kind"] for held in held_rows(found)}


def test_accounts_of_one_registered_operator_are_one_hosts() -> None:
    found = resolve(
        account("a", operator_uscc=CODE), account("b", "乙", operator_uscc=CODE.lower())
    )
    [host] = host_rows(found)
    assert groups(found) == [["a", "b"]]
    assert (host["operator_uscc"], host["platforms"]) == (CODE, 2)
    assert host["rests_on"][0].startswith("登记的经营者统一社会信用代码相同")


def test_one_company_by_its_full_name_is_one_operator() -> None:
    company = "杭州青松食品有限公司"
    written = "浙江省杭州市青松食品有限责任公司"
    found = resolve(account("a", operator_name=company), account("b", operator_name=written))
    assert groups(found) == [["a", "b"]]


def test_namesakes_are_no_operator() -> None:
    found = resolve(account("a", operator_name="王芳"), account("b", operator_name="王芳"))
    assert groups(found) == [["a"], ["b"]]


def test_an_agency_is_not_its_hosts() -> None:
    found = resolve(account("a", mcn="星光传媒"), account("b", mcn="星光传媒"))
    assert groups(found) == [["a"], ["b"]]
    assert {tuple(host["mcns"]) for host in host_rows(found)} == {("星光传媒",)}


@pytest.mark.parametrize("agency", ["杭州星光传媒有限公司", "星光传媒"])
def test_accounts_registered_by_the_agency_are_not_joined(agency: str) -> None:
    known = {"mcn": agency, "operator_name": "杭州星光传媒有限公司", "operator_uscc": CODE}
    found = resolve(account("a", **known), account("b", **known))
    assert groups(found) == [["a"], ["b"]]
    assert held_kinds(found) == {"agency"}


def test_a_code_of_very_many_accounts_joins_nothing() -> None:
    names = [f"a{number}" for number in range(MOST_ACCOUNTS + 1)]
    found = resolve(*(account(name, operator_uscc=CODE) for name in names))
    assert len(groups(found)) == len(names)
    assert held_kinds(found) == {"many"}


def test_a_nickname_and_a_device_in_common_are_one_host() -> None:
    found = resolve(
        account("a", name="田园小鱼", device_ids=["d1"]),
        account("b", "乙", name="【田园小鱼】小号", device_ids=["d2", "d1"]),
    )
    assert groups(found) == [["a", "b"]]


def test_a_family_that_shares_a_phone_stays_apart() -> None:
    found = resolve(
        account("a", name="田园小鱼", device_ids=["d1"]),
        account("b", name="老李修车", device_ids=["d1"]),
    )
    assert groups(found) == [["a"], ["b"]]
    assert held_kinds(found) == {"device"}


def test_a_device_of_a_whole_studio_backs_no_nickname() -> None:
    crowd = [account(f"c{n}", name=f"主播{n}号", device_ids=["d"]) for n in range(MOST_ON_DEVICE)]
    known: dict[str, Any] = {"name": "田园小鱼", "device_ids": ["d"]}
    found = resolve(account("a", **known), account("b", **known), *crowd)
    assert ["a"] in groups(found)


def test_a_nickname_alone_may_be_imitated() -> None:
    found = resolve(account("a", name="田园小鱼"), account("b", "乙", name="田园小鱼"))
    assert groups(found) == [["a"], ["b"]]
    assert held_kinds(found) == {"name"}


def test_a_nickname_on_two_platforms_of_one_agency_is_one_host() -> None:
    known = {"name": "田园小鱼", "mcn": "星光传媒"}
    assert groups(resolve(account("a", **known), account("b", "乙", **known))) == [["a", "b"]]


def test_a_common_nickname_joins_with_no_agency() -> None:
    crowd = [account(f"c{n}", name="快乐每一天") for n in range(MOST_OF_NAME)]
    known = {"name": "快乐每一天", "mcn": "星光传媒"}
    found = resolve(account("a", **known), account("b", "乙", **known), *crowd)
    assert ["a", "b"] not in groups(found)


def test_two_namesakes_of_an_agency_on_one_platform_are_ambiguous() -> None:
    known = {"name": "田园小鱼", "mcn": "星光传媒"}
    found = resolve(account("a", **known), account("b", **known), account("c", "乙", **known))
    assert groups(found) == [["a"], ["b"], ["c"]]
    assert "ambiguous" in held_kinds(found)


def test_a_nickname_that_sells_for_one_operators_shops_is_one_host() -> None:
    shops = [
        {"platform": platform, "shop_id": shop, "name": "杭州青松食品有限公司", "uscc": CODE}
        for platform, shop in (("甲", "s1"), ("乙", "s2"))
    ]
    found = resolve(
        account("a", name="青松零食"),
        account("b", "乙", name="青松零食"),
        livestream=[stream("a", shop_id="s1"), stream("b", "乙", shop_id="s2")],
        operator=shops,
    )
    [host] = host_rows(found)
    assert {shop["operator_id"] for shop in host["shops"]} == {CODE}
    assert [shop["own"] for shop in host["shops"]] == [None, None]


def test_hosts_who_sell_for_one_shop_in_shifts_stay_apart() -> None:
    found = resolve(
        account("a", name="小芸"),
        account("b", name="阿杰"),
        livestream=[
            stream("a", room_id="R", shop_id="s1"),
            stream("b", room_id="R", shop_id="s1"),
        ],
    )
    assert groups(found) == [["a"], ["b"]]
    assert held_kinds(found) == {"room"}
    assert [len(host["shared_rooms"]) for host in host_rows(found)] == [1, 1]


def test_one_host_is_told_with_all_rooms() -> None:
    found = resolve(
        account("a"), livestream=[stream("a", room_id=room) for room in ("R1", "R2", "R1")]
    )
    [host] = host_rows(found)
    assert [room["room_id"] for room in host["rooms"]] == ["R1", "R2"]
    assert host["unknown"] == ["MCN机构", "经营者", "店铺"]


def test_a_room_without_a_named_host_is_told_as_unknown() -> None:
    found = resolve(account("a"), livestream=[stream(None, room_id="R9")])
    unnamed = [host for host in host_rows(found) if not host["accounts"]]
    assert [host["rooms"] for host in unnamed] == [[{"platform": "甲", "room_id": "R9"}]]
    assert "主播" in unnamed[0]["unknown"]


def test_two_registered_operators_stay_apart_whatever_else_they_share() -> None:
    known: dict[str, Any] = {"name": "田园小鱼", "device_ids": ["d1"]}
    found = resolve(
        account("a", operator_uscc=CODE, **known), account("b", operator_uscc=OTHER_CODE, **known)
    )
    assert groups(found) == [["a"], ["b"]]
    [held] = held_rows(found)
    assert "请核查实际由谁控制" in held["reason"]


def test_an_account_of_two_codes_is_joined_by_neither() -> None:
    found = resolve(
        account("a", operator_uscc=CODE),
        account("a", operator_uscc=OTHER_CODE),
        account("b", operator_uscc=CODE),
    )
    assert groups(found) == [["a"], ["b"]]
    told = {host["accounts"][0]["account_id"]: host["unknown"] for host in host_rows(found)}
    assert any("不一致" in each for each in told["a"])


def test_an_organisations_account_is_joined_by_its_code_only() -> None:
    known: dict[str, Any] = {"name": "平台客服", "device_ids": ["d1"], "kind": "organisation"}
    found = resolve(account("a", **known), account("b", **known))
    assert groups(found) == [["a"], ["b"]]


def test_users_are_no_hosts_unless_they_stream() -> None:
    found = resolve(account("a", kind="user"), account("b", kind="user"), livestream=[stream("b")])
    assert groups(found) == [["b"]]


def test_an_ill_formed_code_is_unknown_and_told() -> None:
    found = resolve(account("a", operator_uscc="91330100799655058X"))
    assert found.ill_formed == 1
    [host] = host_rows(found)
    assert host["operator_uscc"] is None


def test_a_refused_pair_stays_apart() -> None:
    pair = (("甲", "a"), ("乙", "b"))
    found = resolve(
        account("a", operator_uscc=CODE), account("b", "乙", operator_uscc=CODE), apart=[pair]
    )
    assert groups(found) == [["a"], ["b"]]
    assert held_kinds(found) == {"apart"}


def test_why_is_a_chain_of_links() -> None:
    found = resolve(
        account("a", operator_uscc=CODE, name="田园小鱼", mcn="星光传媒"),
        account("b", "乙", name="田园小鱼", mcn="星光传媒"),
        account("c", operator_uscc=CODE),
        account("d"),
    )
    b, c, d = (found.place(each) for each in (("乙", "b"), ("甲", "c"), ("甲", "d")))
    assert b is not None and c is not None and d is not None
    assert [link.kind for link in explain(found, c, b)] == ["uscc", "name_agency"]
    assert explain(found, c, d) == []


def test_a_host_who_is_in_no_register_of_accounts_is_still_listed() -> None:
    found = resolve(account("a"), livestream=[stream("z", room_id="R")])
    assert groups(found) == [["a"], ["z"]]


known_accounts = st.builds(
    account,
    st.sampled_from("abcdefgh"),
    st.sampled_from(["甲", "乙"]),
    name=st.sampled_from([None, "田园小鱼", "老李修车"]),
    mcn=st.sampled_from([None, "星光传媒"]),
    operator_uscc=st.sampled_from([None, CODE, OTHER_CODE]),
    device_ids=st.sampled_from([None, [], ["d1"], ["d1", "d2"]]),
)


@given(st.lists(known_accounts, min_size=1, max_size=12), st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    mixed = rows[:]
    random.shuffle(mixed)
    ours, theirs = resolve(*rows), resolve(*mixed)
    assert list(host_rows(ours)) == list(host_rows(theirs))
    assert list(merge_rows(ours)) == list(merge_rows(theirs))
    assert list(held_rows(ours)) == list(held_rows(theirs))


@given(st.lists(known_accounts, min_size=1, max_size=12))
def test_no_host_has_two_registered_operators(rows: list[dict[str, Any]]) -> None:
    found = resolve(*rows)
    for host in range(int(found.numbers.max()) + 1):
        codes = set(found.known.usccs[found.numbers == host].tolist()) - {-1}
        assert len(codes) <= 1
