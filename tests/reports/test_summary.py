from __future__ import annotations

from typing import Any

import pytest

from hengjian.reports.summary import region_name, summarise


def _finding(**changes: Any) -> dict[str, Any]:
    return {
        "violation": "marketing.absolute_claim",
        "platform": "demo-mall",
        "region": "360100",
        "seeded": False,
        **changes,
    }


def test_findings_are_counted_by_area_platform_and_region() -> None:
    summary = summarise([_finding(), _finding(platform=None, region=None)], 5)
    assert summary.areas == {"无底线网络营销": 2}
    assert summary.platforms == {"demo-mall": 1, "未知": 1}
    assert summary.regions == {"江西 360100": 1, "未知": 1}


def test_planted_records_are_in_no_figure_but_among_the_examples() -> None:
    summary = summarise([_finding(seeded=True)], 5)
    assert (summary.findings, summary.seeded, summary.violations) == (0, 1, {})
    assert len(summary.examples["marketing.absolute_claim"]) == 1


def test_a_few_examples_of_every_violation_are_kept() -> None:
    other = _finding(violation="minors.no_ccc")
    summary = summarise([_finding()] * 9 + [other], 3)
    assert {v: len(found) for v, found in summary.examples.items()} == {
        "marketing.absolute_claim": 3,
        "minors.no_ccc": 1,
    }


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("360000", "江西"),
        ("360102", "江西 360102"),
        ("南昌市", "南昌市"),
        ("990000", "990000"),
        (None, "未知"),
        ("", "未知"),
    ],
)
def test_a_region_has_its_province_s_name(region: str | None, name: str) -> None:
    assert region_name(region) == name
