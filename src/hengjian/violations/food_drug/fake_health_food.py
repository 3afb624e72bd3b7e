"""Food under a health food's number that is forged, has ended or is another's."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import number_leads
from hengjian.violations.suspicion import Said

_CONDUCT = "涉嫌冒充保健食品，请在特殊食品信息查询平台核对产品名称、注册人或备案人和状态。"


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the listings whose health food number is forged, has ended or is another's.

    What the checks are, and what clears a page: `identity.products`.
    """
    yield from number_leads(tables, ("health_food",), _CONDUCT)
