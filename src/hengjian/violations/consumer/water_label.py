"""Fixtures offered with a better water grade than was registered."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import overstated_grades
from hengjian.violations.suspicion import Said

_CONDUCT = (
    "涉嫌展示的水效标识与备案不符或者冒用水效标识，请在水效标识备案库核对型号、等级和生产者。"
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings that claim a better grade than any entry of their model has.

    Several entries of a model: the best counts, as a new standard may have lowered a grade.
    """
    yield from overstated_grades(
        tables,
        "water_label",
        "水效等级",
        r"[一1]级(?:水效|节水)|水效[一1]级",
        _CONDUCT,
    )
