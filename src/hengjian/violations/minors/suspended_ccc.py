"""Children's goods sold under a 3C certificate that is suspended, revoked or has ended."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.minors.forged_ccc import is_for_children
from hengjian.violations.product_leads import number_leads
from hengjian.violations.suspicion import Said

_CONDUCT = (
    "涉嫌在3C证书暂停、撤销、注销或者失效后继续销售，"
    "请在认证信息数据库核对证书状态和起止日期，并核对商品生产日期。"
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield children's goods whose certificate the register tells to be no longer good.

    What was made before the certificate was cancelled or suspended may still be sold; so may what
    was made before it ended.
    """
    yield from number_leads(
        tables, ("ccc",), _CONDUCT, flaws=("lapsed", "expired"), in_scope=is_for_children
    )
