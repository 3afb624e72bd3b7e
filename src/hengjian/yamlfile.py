"""YAML read strictly, with the line of every key, so that a fault can be shown where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from hengjian.errors import HengjianError

MAX_BYTES = 1_000_000

Location = tuple[str | int, ...]

_REASONS = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的键",
    "string_type": "应为文字",
    "string_too_short": "内容过短",
    "list_type": "应为列表",
    "dict_type": "应为映射",
    "model_type": "应为映射",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "date_from_datetime_parsing": "应为日期，如 2026-01-31",
    "date_type": "应为日期，如 2026-01-31",
    "too_short": "条目过少",
    "literal_error": "取值不在允许范围内",
}


@dataclass(frozen=True)
class YamlFile:
    """A parsed YAML file.

    Attributes:
        path: Where it was read.
        data: Its content as plain Python values.
        lines: Line (from 1) of every key and list item, by its location in `data`.
    """

    path: Path
    data: Any
    lines: dict[Location, int]

    def line(self, location: Location) -> int:
        """Return the line of a location, or of its nearest parent that the file holds."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)


def read_yaml(path: Path) -> YamlFile:
    """Read one YAML file.

    Raises:
        HengjianError: Unreadable, too large, not UTF-8, not YAML, a key twice, or an alias
            (an alias can blow a small file up to any size).
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HengjianError(f"无法读取：{error.strerror}", path=path) from None
    if len(content) > MAX_BYTES:
        raise HengjianError(f"文件超过 {MAX_BYTES:,} 字节", path=path)
    try:
        text = content.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else None
                raise HengjianError("不允许使用YAML别名", path=path, line=line)
        loader = yaml.CSafeLoader(text)
        root = loader.get_single_node()
        data = None if root is None else loader.construct_document(root)
    except UnicodeDecodeError as error:
        raise HengjianError(f"不是UTF-8编码（第 {error.start} 字节）", path=path) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise HengjianError(f"YAML语法错误：{error.problem}", path=path, line=line) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise HengjianError(f"YAML语法错误：{error}", path=path) from None
    lines = dict(_lines(root, (), path)) if root is not None else {}
    return YamlFile(path, data, lines)


def _lines(node: Node, location: Location, path: Path) -> Iterator[tuple[Location, int]]:
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise HengjianError("同一个键出现两次", path=path, line=line, field=str(key.value))
            seen.add(key.value)
            inner = (*location, str(key.value))
            yield inner, line
            yield from _lines(value, inner, path)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            inner = (*location, index)
            yield inner, item.start_mark.line + 1
            yield from _lines(item, inner, path)


def validation_errors(error: ValidationError, file: YamlFile) -> list[HengjianError]:
    """Turn pydantic's faults into located Chinese ones."""
    return [
        HengjianError(
            _reason(fault["type"], fault["msg"]),
            path=file.path,
            line=file.line(fault["loc"]),
            field=".".join(map(str, fault["loc"])) or None,
        )
        for fault in error.errors()
    ]


def _reason(kind: str, message: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return _REASONS.get(kind, message)
