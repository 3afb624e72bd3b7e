"""Cosmetics under a filing that the register lacks, ended, or holds of another product."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import number_leads
from hengjian.violations.suspicion import Said

_CONDUCT = "涉嫌经营未备案的普通化妆品，请在国家药监局数据库核对产品名称、备案人和状态。"


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings whose cosmetic's filing number is forged, has ended or is another's.

    What the checks are, and what clears a page: `identity.products`.
    """
    yield from number_leads(tables, ("cosmetic_filing",), _CONDUCT)
