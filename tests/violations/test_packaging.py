from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.records.kinds import KINDS
from hengjian.violations.prohibited import packaging_void
from hengjian.violations.prohibited.packaging import category_named, package
from hengjian.violations.row import read_row
from hengjian.violations.selection import Answer


def _void(**record: Any) -> Answer:
    return packaging_void.judge(read_row(KINDS["packaging"], record, (), lambda _: ()))


def test_a_mooncake_box_of_twice_the_size_allowed_is_too_empty() -> None:
    answer = _void(
        category="mooncake", net_content_g=400, pieces=8, outer_size_mm=[300.0, 250.0, 80.0]
    )
    assert answer.truth is True
    assert answer.evidence[0].value == pytest.approx(1 - 7 * 400 / 6000, abs=1e-4)
    assert answer.evidence[0].baseline == 0.4


def test_both_readings_of_net_content_must_exceed() -> None:
    answer = _void(category="tea", net_content_g=100, pieces=20, outer_size_mm=[220.0, 180.0, 60.0])
    assert answer.truth is False


@pytest.mark.parametrize("lacking", ["net_content_g", "outer_size_mm", "pieces"])
def test_what_is_missing_leaves_it_unknown(lacking: str) -> None:
    record: dict[str, Any] = {"net_content_g": 100, "pieces": 20, "outer_size_mm": [350, 300, 120]}
    answer = _void(category="tea", **{**record, lacking: None})
    assert (answer.truth, answer.missing) == (None, frozenset({lacking}))


def test_a_category_without_its_factor_cannot_be_judged() -> None:
    answer = _void(category="wine", net_content_g=500, pieces=1, outer_size_mm=[400, 400, 400])
    assert answer.truth is None


@given(
    net=st.integers(1, 5000), pieces=st.integers(1, 50), side=st.integers(50, 600),
    more=st.integers(0, 200),
)  # fmt: skip
def test_a_greater_box_is_never_less_empty(net: int, pieces: int, side: int, more: int) -> None:
    small, great = (
        _void(category="tea", net_content_g=net, pieces=pieces, outer_size_mm=[s, s, s])
        for s in (side, side + more)
    )
    assert not small.truth or great.truth


@pytest.mark.parametrize(
    ("shown", "net_g", "pieces"),
    [("50g*8", 400, 8), ("8枚×50克", 400, 8), ("5克×20", 100, 20), ("500克", 500, None)],
)
def test_net_content_and_pieces_are_read_from_a_page(
    shown: str, net_g: float, pieces: int | None
) -> None:
    record = {"title": "中秋月饼礼盒", "attributes": {"净含量": shown}}
    found = package(read_row(KINDS["listing"], record, (), lambda _: ()))
    assert (found.category, found.net_g, found.pieces) == ("月饼", net_g, pieces)


@pytest.mark.parametrize(
    ("name", "category"),
    [("mooncake", "月饼"), ("粽子", "粽子"), ("cosmetics", "其他"), ("steam iron", None)],
)
def test_a_category_is_known_by_its_chinese_or_english_name(
    name: str, category: str | None
) -> None:
    assert category_named(name) == category
