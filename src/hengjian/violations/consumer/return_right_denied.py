"""Whether a page's own label says that nothing may be returned without a reason."""

from __future__ import annotations

from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

_LABELS = (
    "七天无理由",
    "七日无理由",
    "7天无理由",
    "七天无理由退货",
    "7天无理由退货",
    "无理由退货",
    "退换货",
)
_NO = ("不支持", "不适用", "不参加", "不享受", "不接受", "不退")


def judge(row: Row) -> Answer:
    """Return whether a label about returns is answered with no.

    Args:
        row: Any record; a page that has no such label says nothing.
    """
    for label in _LABELS:
        found = row.label(label)
        value = (found[1] if found else None) or ""
        if found and (value.strip() in {"否", "无"} or any(word in value for word in _NO)):
            return Answer(True, (Evidence(found[0], 0, len(value), "value", label),))
    return Answer(False)
