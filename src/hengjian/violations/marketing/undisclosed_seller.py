"""Tells whether a page that shows no licence names nobody who runs it either."""

from __future__ import annotations

import re

from hengjian.identity.numbers import find_numbers
from hengjian.text.folds import fold
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_LICENCES = "licences_shown"
_OPERATOR = ("operator_name", "operator_uscc", "icp_holder")
_NAME = re.compile(
    "有限公司|有限责任|股份公司|公司|集团|商行|经营部|商店|超市|工作室|合作社|个体工商户|旗舰店|专卖店|药房|药店|书店|厂|酒庄|农场"
    "|经营者|经营主体|营业执照|证照信息|信用代码|备案号|icp备|地址[:：]"
)


def judge(row: Row) -> Answer:
    """Return true if the licences shown are known to be none and no name stands anywhere."""
    licences = row.value(_LICENCES)
    if licences is None:
        return Answer(None, missing=frozenset({_LICENCES}))
    if licences or any(row.value(name) for name in _OPERATOR if name in row.record):
        return Answer(False)
    texts = [text for name, text in row.texts.items() if name in row.searched]
    if any(_NAME.search(fold(text)) or any(find_numbers("uscc", text)) for text in texts):
        return Answer(False)
    return Answer(True, (Evidence(_LICENCES, None, None, "absent", "经营者名称"),))
