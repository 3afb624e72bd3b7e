"""Drugs under an approval number that the register lacks, ended, or gave to another drug."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import number_leads
from hengjian.violations.suspicion import Said

_CONDUCT = (
    "涉嫌伪造、冒用药品批准文号或者销售未取得有效批准证明文件的药品，"
    "请在国家药监局数据库核对品种、持有人和状态，并调取进货票据。"
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings whose drug number is forged, has ended or is another drug's.

    What the checks are, and what clears a page: `identity.products`.
    """
    yield from number_leads(tables, ("drug",), _CONDUCT)
