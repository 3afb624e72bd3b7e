from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.minors.production_source import suspect
from hengjian.violations.suspicion import Suspicion

FACTORY = "汕头市澄海区小象玩具厂"
Records = Mapping[str, list[dict[str, Any]]]


def supply(number: int, **known: Any) -> dict[str, Any]:
    return {
        "platform": "甲",
        "shop_id": f"S{number}",
        "item_id": f"10010{number}",
        "supplier": "义乌绿野贸易有限公司",
        "producer": FACTORY,
        **known,
    }


def inspection(number: int, **known: Any) -> dict[str, Any]:
    return {
        "record_id": f"j{number}",
        "platform": "甲",
        "shop_id": f"S{number}",
        "inspected_at": f"2026-05-{number:02d}T01:00:00+00:00",
        "item": "玩具小零件",
        "result": "fail",
        "note": f"商品10010{number}小零件脱落",
        **known,
    }


def suspicions(records: Records) -> list[Suspicion]:
    tables = {
        kind: pa.Table.from_pylist(
            [vars(KINDS[kind].model.model_validate(row, context=[])) for row in rows],
            schema=KINDS[kind].schema,
        )
        for kind, rows in records.items()
    }
    return [said for said in suspect(tables) if isinstance(said, Suspicion)]


UNSAFE = {
    "supply": [supply(n) for n in range(1, 5)],
    "inspection": [inspection(1), inspection(2)],
}


def test_it_tells_what_failed_where_and_who_sells_the_goods() -> None:
    [found] = suspicions(UNSAFE)
    assert (found.subject_kind, found.subject_id, found.platform) == ("producer", FACTORY, "甲")
    assert found.rests_on == {"inspection": [0, 1], "supply": [0, 1, 2, 3]}
    assert found.members is not None
    assert list(found.members.shops) == ["S1", "S2", "S3", "S4"]
    [quote] = found.quotes
    assert "商品100101小零件脱落"[quote.start :].startswith(quote.text)
    assert "4 家店铺" in found.explanation


def test_two_shops_are_not_several() -> None:
    assert not suspicions({**UNSAFE, "supply": [supply(1), supply(2)]})


def test_goods_of_another_bar_code_are_not_of_the_same_kind() -> None:
    failing = [supply(n, gtin="6901234567892") for n in (1, 2)]
    others = [supply(n, gtin="6912345678901") for n in (3, 4, 5)]
    assert not suspicions({**UNSAFE, "supply": [*failing, *others]})
    assert suspicions({**UNSAFE, "supply": [*failing, supply(3, gtin="6901234567892")]})


def test_a_text_that_does_not_name_the_goods_tells_nothing_of_them() -> None:
    notes = [inspection(n, note="抽样不合格") for n in (1, 2)]
    assert not suspicions({**UNSAFE, "inspection": notes})


def test_part_of_a_longer_number_is_no_name() -> None:
    notes = [inspection(n, note=f"商品910010{n}7小零件脱落") for n in (1, 2)]
    assert not suspicions({**UNSAFE, "inspection": notes})


def test_goods_that_fail_as_often_as_others_are_not_told() -> None:
    common = [
        supply(n, shop_id=f"T{n}", item_id=f"20010{n}", producer=f"某{n % 10}号玩具有限公司")
        for n in range(100)
    ]
    checks = [
        inspection(
            1,
            record_id=f"k{n}",
            shop_id=f"T{n}",
            note=f"商品20010{n}",
            result="fail" if n % 3 == 0 else "pass",
        )
        for n in range(100)
    ]
    market = {
        "supply": [*UNSAFE["supply"], *common],
        "inspection": [*UNSAFE["inspection"], *checks],
    }
    assert not suspicions(market)


def test_a_failure_at_the_producer_s_is_enough() -> None:
    code = "91330100799655058B"
    [found] = suspicions(
        {
            "supply": [supply(n, producer_uscc=code) for n in (1, 2, 3)],
            "inspection": [inspection(1, shop_id=None, uscc=code, note="儿童玩具增塑剂超标")],
        }
    )
    assert (found.subject_id, found.operator_id) == (code, code)
    assert "生产者处检查不合格" in found.explanation


@given(st.permutations(UNSAFE["supply"]), st.permutations(UNSAFE["inspection"]))
def test_the_order_of_rows_does_not_matter(
    rows: list[dict[str, Any]], checks: list[dict[str, Any]]
) -> None:
    [found] = suspicions({"supply": rows, "inspection": checks})
    [before] = suspicions(UNSAFE)
    assert found.explanation == before.explanation
    assert found.members == before.members
    assert {checks[row]["record_id"] for row in found.rests_on["inspection"]} == {"j1", "j2"}
