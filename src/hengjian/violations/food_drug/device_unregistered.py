"""Devices under a number that the register lacks, ended, or gave to another device."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import number_leads
from hengjian.violations.suspicion import Said

_CONDUCT = (
    "涉嫌经营未依法注册或者备案的医疗器械，"
    "请在国家药监局数据库核对产品名称、注册人或备案人和状态，并核对生产日期。"
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings whose registration or filing number is forged, has ended or is another's.

    What the checks are, and what clears a page: `identity.products`.
    """
    yield from number_leads(tables, ("device_registration", "device_filing"), _CONDUCT)
