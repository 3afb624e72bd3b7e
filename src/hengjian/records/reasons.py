"""Why a row breaks its contract, in words for an officer."""

from __future__ import annotations

import errno
import json
import re
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from hengjian.records.fields import CONTRACT_FAULT

MAX_VALUE_CHARACTERS = 200
_MAX_FAULTS = 5
_QUOTED = re.compile("'([^']*)'")

_SYSTEM_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOENT: "文件不存在",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ELOOP: "链接循环",
    errno.EIO: "磁盘读写出错",
    errno.ENAMETOOLONG: "文件名过长",
}
_REASONS = {
    "missing": "缺少必填字段",
    "string_pattern_mismatch": "必填字段为空",
    "string_type": "应为文字",
    "string_unicode": "含无法编码的字符",
    "bool_type": "应为 true 或 false（CSV 也可写 1、0、是、否）",
    "list_type": "应为列表",
    "dict_type": "应为“名称: 值”的映射",
    "model_type": "应为“名称: 值”的映射",
    "too_short": "列表的项数不符",
    "too_long": "列表的项数不符",
}


def first_fault(error: ValidationError) -> tuple[str, object, str]:
    """Return field, value and reason of the first fault; the reason names the further ones."""
    faults = error.errors(include_url=False)
    field, reason = _field(faults[0]), reason_of(faults[0])
    for fault in faults[1:_MAX_FAULTS]:
        reason += f"；{_field(fault)}：{reason_of(fault)}"
    if len(faults) > _MAX_FAULTS:
        reason += f"；共 {len(faults)} 处"
    # pydantic's input of a missing field is the whole row.
    value = None if faults[0]["type"] == "missing" else faults[0]["input"]
    return field, value, reason


def reason_of(fault: Any) -> str:
    """Return the Chinese reason of one pydantic fault; an unforeseen one keeps its own words."""
    if fault["type"] == CONTRACT_FAULT:
        return str(fault["msg"])
    if fault["type"] == "literal_error":
        return f"应为以下之一：{'、'.join(_QUOTED.findall(fault['ctx']['expected']))}"
    return _REASONS.get(fault["type"], f"不合要求：{fault['msg']}")


def os_reason(error: OSError) -> str:
    """Return the Chinese reason of a system fault; an unforeseen one keeps its own words."""
    return _SYSTEM_REASONS.get(error.errno or 0, error.strerror or str(error))


def _field(fault: Any) -> str:
    return ".".join(map(str, fault["loc"]))


def shown(value: object) -> str | None:
    """Return a value as short text that any file can hold; None stays None."""
    if value is None:
        return None
    if isinstance(value, str | Decimal):
        text = str(value)
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
        except RecursionError:
            text = "（嵌套过深）"
    return text[:MAX_VALUE_CHARACTERS].encode(errors="backslashreplace").decode()
