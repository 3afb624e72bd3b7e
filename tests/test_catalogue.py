from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from hengjian.violations.catalogue import area_title, catalogue, check_areas, read_catalogue
from hengjian.violations.rule import AREAS, load_rules
from hengjian.yamlfile import read_yaml

SOUND = """\
areas: {marketing: 营销}
types:
  - {id: marketing.a, title: 甲, data: [T], ladder: [R1, R3], authority: [市场监管], needs: [listing]}
"""


def test_the_catalogue_has_157_types_in_seven_areas() -> None:
    counts = Counter(each.area for each in catalogue().types)
    assert sum(counts.values()) == len(catalogue().by_id()) == 157
    assert list(counts) == list(catalogue().areas)


def test_its_areas_are_those_of_the_rules() -> None:
    assert set(catalogue().areas) == set(AREAS)


def test_every_rule_is_of_a_type_of_the_catalogue() -> None:
    assert load_rules().keys() - catalogue().by_id().keys() == set()


def test_brushing_needs_orders_and_reviews() -> None:
    assert catalogue().by_id()["reputation.self_brushing"].needs == ["order", "review"]


def test_every_type_needs_kinds_of_records_that_can_be_read() -> None:
    assert {kind for each in catalogue().types for kind in each.needs} <= KINDS.keys()


def test_it_says_what_the_shared_catalogue_says(shared: Path) -> None:
    theirs = read_yaml(shared / "domain" / "catalogue.yml").data
    ours = [(each.id, each.title, each.data, each.ladder) for each in catalogue().types]
    assert ours == [
        (row["id"], row["name"], row["data"].split(), row["ladder"].split("→")) for row in theirs
    ]


def test_an_area_has_its_chinese_name() -> None:
    assert area_title("prohibited.fireworks") == "禁限售"
    assert area_title("elsewhere.thing") == "elsewhere"


def test_an_unknown_area_is_refused_with_those_there_are() -> None:
    check_areas(frozenset({"minors"}))
    with pytest.raises(HengjianError, match="没有这个领域：toys（可用 marketing（无底线网络营销）"):
        check_areas(frozenset({"minors", "toys"}))


@pytest.mark.parametrize(
    ("was", "becomes", "line", "reason"),
    [
        ("needs: [listing]", "needs: [dream]", 3, "没有这种记录：dream"),
        ("id: marketing.a", "id: minors.a", 3, "areas 中没有 minors"),
        ("data: [T]", "data: [X]", 3, "取值不在允许范围内"),
        ("title: 甲, ", "", 3, "缺少必填项"),
        ("types:\n", "types:\n" + SOUND.splitlines()[2] + "\n", 3, "marketing.a 出现两次"),
    ],
)
def test_a_fault_is_told_with_its_line(
    tmp_path: Path, was: str, becomes: str, line: int, reason: str
) -> None:
    path = tmp_path / "catalogue.yml"
    path.write_text(SOUND.replace(was, becomes), encoding="utf-8")
    with pytest.raises(HengjianError) as caught:
        read_catalogue(path)
    assert caught.value.line == line
    assert reason in caught.value.message
