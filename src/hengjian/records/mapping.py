"""The column mapping: how a source names its columns, and what the person who scans adds to them.

rename: {shop: shop_id, 标题: title}      # source column: contract field
assume: {platform: taobao}                # used where a row has none, and marked as assumed
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hengjian.errors import HengjianError
from hengjian.records.fields import assumed_value
from hengjian.records.kinds import KINDS, Kind
from hengjian.records.reasons import first_fault
from hengjian.yamlfile import YamlFile, read_yaml

_PARTS = ("rename", "assume")


@dataclass(frozen=True)
class Mapping:
    """A column mapping as its file says it.

    Attributes:
        file: Where it stands, so that a fault found later can be shown there.
        rename: Contract field by source column.
        assume: Value by contract field, for rows that have none.
    """

    file: YamlFile
    rename: dict[str, str]
    assume: dict[str, Any]

    def assumed_for(self, kind: Kind) -> dict[str, Any]:
        """Return the assumed values as the kind's model keeps them.

        Raises:
            HengjianError: A field that the kind lacks, or a value that its contract forbids.
        """
        _check_fields(self, set(kind.schema.names), f"{kind.name} 的字段")
        return {
            field: _checked(self.file, kind, field, value) for field, value in self.assume.items()
        }


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file (YAML).

    Raises:
        HengjianError: Not YAML, not a mapping, an unknown key, a target that no kind of record
            has, or two source columns for one field; with the line.
    """
    file = read_yaml(path)
    if not isinstance(file.data, dict):
        raise HengjianError("列映射文件应为YAML映射", path=path, line=1, hint=_hint())
    for key in file.data:
        if key not in _PARTS:
            line = file.line((str(key),))
            raise HengjianError("不认识的键", path=path, line=line, field=str(key), hint=_hint())
    rename, assume = (_part(file, name) for name in _PARTS)
    mapping = Mapping(file, rename, {field: _plain(value) for field, value in assume.items()})
    _check_targets(mapping)
    _check_fields(mapping, {name for kind in KINDS.values() for name in kind.schema.names}, "字段")
    return mapping


def _hint() -> str:
    return f"可用的键：{'、'.join(_PARTS)}"


def _part(file: YamlFile, name: str) -> dict[str, Any]:
    part = file.data.get(name, {})
    if not isinstance(part, dict):
        raise HengjianError("应为映射", path=file.path, line=file.line((name,)), field=name)
    for key in part:
        if not isinstance(key, str):
            line = file.line((name, str(key)))
            raise HengjianError(
                "键应为文字", path=file.path, line=line, field=str(key), hint="请加引号"
            )
    return part


def _plain(value: object) -> object:
    # YAML reads an unquoted date as a date; the contract's times are text.
    return value.isoformat() if isinstance(value, date) else value


def _check_targets(mapping: Mapping) -> None:
    sources: dict[str, str] = {}
    for source, field in mapping.rename.items():
        place = mapping.file.line(("rename", source))
        if not isinstance(field, str):
            raise HengjianError("应为字段名", path=mapping.file.path, line=place, field=source)
        if field in sources:
            raise HengjianError(
                f"“{sources[field]}”和“{source}”都对应这一字段",
                path=mapping.file.path,
                line=place,
                field=field,
            )
        sources[field] = source


def _check_fields(mapping: Mapping, known: set[str], what: str) -> None:
    targets = [*(("rename", *pair) for pair in mapping.rename.items())]
    targets += [("assume", field, field) for field in mapping.assume]
    for part, key, field in targets:
        if field not in known:
            raise HengjianError(
                f"没有这个{what}",
                path=mapping.file.path,
                line=mapping.file.line((part, key)),
                field=field,
                hint=f"可用的字段：{'、'.join(sorted(known))}",
            )


def _checked(file: YamlFile, kind: Kind, field: str, value: object) -> Any:
    line = file.line(("assume", field))
    if value is None:
        raise HengjianError("没有给出值", path=file.path, line=line, field=field)
    try:
        return assumed_value(kind.model, field, value)
    except ValidationError as error:
        _, _, reason = first_fault(error)
        raise HengjianError(reason, path=file.path, line=line, field=field) from None
