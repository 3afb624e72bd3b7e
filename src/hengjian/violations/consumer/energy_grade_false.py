"""Appliances offered with a better energy grade than was registered."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import overstated_grades
from hengjian.violations.suspicion import Said

_CONDUCT = "涉嫌虚标能效等级或者利用能效标识作虚假宣传，请在能效标识备案库核对型号、等级和生产者。"


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings that claim a better grade than any entry of their model has.

    Several entries of a model: the best counts, as a new standard may have lowered a grade.
    """
    yield from overstated_grades(
        tables,
        "energy_label",
        "能效等级",
        r"(?:新|国家|国标)?[一1]级(?:能效|节能)|能效[一1]级|新[一1]级",
        _CONDUCT,
    )
