from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.identity.chains import is_gtin, parties_of, read_chains, region_of
from hengjian.identity.tracing import Trace, producers_of_item, read_trace, trace
from hengjian.records.kinds import KINDS

CODE, OTHER_CODE = "91330100799655058B", "91110000802100433B"
FACTORY = "汕头市澄海区小象玩具厂"
BAR_CODE = "6901234567892"


def supply(shop: str, item: str, producer: str | None = FACTORY, **known: Any) -> dict[str, Any]:
    return {
        "platform": "甲",
        "shop_id": shop,
        "item_id": item,
        "supplier": "义乌市绿野贸易有限公司",
        "producer": producer,
        **known,
    }


def order(shop: str, item: str, day: int = 1, **known: Any) -> dict[str, Any]:
    return {
        "record_id": f"{shop}{item}{day}",
        "platform": "甲",
        "shop_id": shop,
        "item_id": item,
        "user_id": "u",
        "created_at": f"2026-06-{day:02d}T04:00:00+00:00",
        "status": "received",
        **known,
    }


def tables(*rows: dict[str, Any], **others: list[dict[str, Any]]) -> dict[str, pa.Table]:
    given_rows = {"supply": list(rows), **others}
    return {
        kind: pa.Table.from_pylist([_typed(kind, row) for row in its], schema=KINDS[kind].schema)
        for kind, its in given_rows.items()
    }


def _typed(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    return vars(KINDS[kind].model.model_validate(row, context=[]))


def sold_items(found: Trace) -> list[str]:
    return [item.key[2] for item in found.items]


def test_all_writings_of_a_producer_are_one() -> None:
    found = read_trace(
        tables(
            supply("S1", "I1"),
            supply("S2", "I2", "广东省汕头市澄海区小象玩具厂"),
            supply("S2", "I3", "汕头澄海区小象玩具厂（个体工商户）", producer_uscc=CODE),
        ),
        FACTORY,
    )
    assert sold_items(found) == ["I1", "I2", "I3"]
    assert found.producer.uscc == CODE
    assert found.rows == [0, 1, 2]


def test_a_producer_of_nearly_the_same_name_is_another_and_told() -> None:
    found = read_trace(
        tables(supply("S1", "I1"), supply("S2", "I2", "汕头市澄海区小熊玩具厂")), FACTORY
    )
    assert sold_items(found) == ["I1"]
    assert any("汕头市澄海区小熊玩具厂" in gap and "未并入" in gap for gap in found.gaps)


def test_a_bar_code_tells_the_producer_where_all_records_of_it_agree() -> None:
    rows = [supply("S1", "I1", gtin=BAR_CODE), supply("S2", "I2", None, gtin="0" + BAR_CODE)]
    found = read_trace(tables(*rows), FACTORY)
    assert [item.bases for item in found.items] == [("name",), ("gtin",)]
    assert any("只由商品条码推断" in gap for gap in found.gaps)
    disputed = supply("S3", "I3", "杭州大象玩具有限公司", gtin=BAR_CODE)
    assert sold_items(read_trace(tables(*rows, disputed), FACTORY)) == ["I1"]


def test_a_code_may_be_given_for_the_name() -> None:
    found = read_trace(tables(supply("S1", "I1", producer_uscc=CODE)), CODE.lower())
    assert (found.producer.name, found.producer.region) == (FACTORY, "330100")


def test_a_name_that_two_codes_bear_is_neither() -> None:
    parties = parties_of([FACTORY, FACTORY, FACTORY], [CODE, OTHER_CODE, None])
    assert len(set(parties.number.tolist())) == 3


def test_an_unknown_producer_is_told_with_those_alike() -> None:
    with pytest.raises(HengjianError) as error:
        read_trace(tables(supply("S1", "I1")), "汕头市澄海区小熊玩具厂")
    assert FACTORY in str(error.value)


def test_an_item_without_known_producer_names_its_supplier() -> None:
    market = tables(supply("S1", "I1", None), supply("S2", "I2"))
    chains = read_chains(market["supply"])
    with pytest.raises(HengjianError, match="义乌市绿野贸易有限公司"):
        producers_of_item(market, chains, "I1")
    [number] = producers_of_item(market, chains, "I2")
    assert trace(market, chains, number).producer.name == FACTORY


def test_flows_count_what_was_paid_and_not_undone() -> None:
    orders = [
        order("S1", "I1", 1, quantity=2, paid_price="19.90"),
        order("S1", "I1", 2, paid_price="9.95"),
        order("S1", "I1", 3, quantity=9, paid_price="90", status="refunded"),
        order("S9", "I1", 4, quantity=9),
    ]
    found = read_trace(tables(supply("S1", "I1"), order=orders), FACTORY)
    flow = found.items[0].flow
    assert flow is not None
    assert (flow.orders, flow.units, flow.yuan) == (2, 3, Decimal("29.85"))
    assert any("没有数量" in gap for gap in found.gaps)


def test_without_orders_flows_are_unknown_and_the_plan_counts_items() -> None:
    found = read_trace(tables(supply("S1", "I1")), FACTORY)
    assert found.items[0].flow is None
    assert found.unit == "款商品"
    assert any("没有订单记录" in gap for gap in found.gaps)


def test_the_plan_orders_producer_suppliers_and_shops_and_says_what_still_sells() -> None:
    market = tables(
        supply("S1", "I1"),
        supply("S2", "I2"),
        supply("S2", "I2", supplier="杭州青松贸易有限公司"),
        order=[order("S1", "I1", quantity=3), order("S2", "I2", quantity=5)],
        operator=[
            {
                "platform": "甲",
                "shop_id": "S2",
                "name": "阿强玩具店",
                "business_address": "浙江省杭州市西湖区文三路1号",
            }
        ],
    )
    steps = read_trace(market, FACTORY).steps
    assert [(s.level, s.region, s.items, s.supplied, s.on_sale) for s in steps] == [
        ("producer", "汕头澄海区", 2, 8, 8),
        ("supplier", "义乌", 2, 5, 8),
        ("supplier", "杭州", 1, 0, 8),
        ("shop", "杭州西湖区", 1, 0, 3),
        ("shop", "", 1, 0, 0),
    ]


def test_an_item_that_another_producer_makes_too_is_marked() -> None:
    market = tables(supply("S1", "I1"), supply("S1", "I1", "杭州大象玩具有限公司"))
    assert read_trace(market, FACTORY).items[0].mixed


@pytest.mark.parametrize(
    ("uscc", "name", "region"),
    [(CODE, FACTORY, "330100"), (None, FACTORY, "汕头澄海区"), (None, "小象玩具厂", "")],
)
def test_the_region_of_a_party(uscc: str | None, name: str, region: str) -> None:
    assert region_of(uscc, name) == region


@pytest.mark.parametrize(
    ("code", "good"),
    [
        (BAR_CODE, True),
        (BAR_CODE[:-1] + "3", False),
        ("690", False),
        ("６９０１２３４５６７８９２", False),
    ],
)
def test_a_bar_code_s_form(code: str, good: bool) -> None:
    assert is_gtin(code) is good


ROWS = st.lists(
    st.builds(
        supply,
        st.sampled_from(["S1", "S2", "S3"]),
        st.sampled_from(["I1", "I2"]),
        st.sampled_from([FACTORY, "汕头澄海区小象玩具厂", "汕头市澄海区小熊玩具厂", None]),
        gtin=st.sampled_from([None, BAR_CODE]),
        producer_uscc=st.sampled_from([None, None, CODE]),
    ),
    max_size=8,
)


@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    rows = [supply("S0", "I0"), *rows]
    shuffled = list(rows)
    random.shuffle(shuffled)
    ours, theirs = (read_trace(tables(*its), FACTORY) for its in (rows, shuffled))
    assert ours.producer == theirs.producer
    assert [item._replace(rows=()) for item in ours.items] == [
        item._replace(rows=()) for item in theirs.items
    ]
    assert (ours.gaps, ours.steps) == (theirs.gaps, theirs.steps)
    assert sorted(map(str, (rows[row] for row in ours.rows))) == sorted(
        map(str, (shuffled[row] for row in theirs.rows))
    )
