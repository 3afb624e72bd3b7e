"""Reads what officers decided: JSON Lines of finding_id, decided_at, confirmed, reason."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from hengjian.errors import HengjianError
from hengjian.law.resolve import SHANGHAI
from hengjian.records.reasons import os_reason

_REASONS = {
    "missing": "缺少必填字段",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文字",
    "string_too_short": "必填字段为空",
    "timezone_aware": "时间应带时区，如 2026-11-05T10:00:00+08:00",
    "json_invalid": "不是 JSON",
    "model_type": "应为 JSON 对象",
}


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)

    finding_id: Annotated[str, Field(min_length=1)]
    decided_at: AwareDatetime
    confirmed: bool
    reason: str | None = None


class Decision(NamedTuple):
    """What an officer decided of a finding.

    Attributes:
        at: When it was known.
        confirmed: True: the facts hold (查实); False: they do not (不成立).
    """

    at: dt.datetime
    confirmed: bool

    @property
    def day(self) -> dt.date:
        """The day in Shanghai."""
        return self.at.astimezone(SHANGHAI).date()


class Decisions(NamedTuple):
    """What a file of decisions holds.

    Attributes:
        by_finding: The earliest decision of each finding.
        faults: Lines that are not used, with place and reason.
        sha256: Of the file.
    """

    by_finding: dict[str, Decision]
    faults: list[HengjianError]
    sha256: str


def read_decisions(path: Path) -> Decisions:
    """Read decisions; a line that cannot be used is told and the rest goes on.

    A finding is decided once. Of several lines the earliest stands, so that a line added later
    changes nothing that came before; one that contradicts it is a fault.

    Args:
        path: JSON Lines: `finding_id` (text), `decided_at` (ISO 8601 with an offset), `confirmed`
            (true, false), `reason` (text, may be absent; not used).

    Raises:
        HengjianError: The file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HengjianError(f"无法读取：{os_reason(error)}", path=path) from None
    rows: list[tuple[Decision, str, int]] = []
    faults: list[HengjianError] = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = _Row.model_validate_json(line)
        except ValidationError as error:
            faults.append(_fault(error, path, number))
            continue
        rows.append((Decision(row.decided_at, row.confirmed), row.finding_id, number))
    by_finding: dict[str, Decision] = {}
    for decision, finding_id, number in sorted(rows):
        held = by_finding.setdefault(finding_id, decision)
        if held.confirmed != decision.confirmed:
            reason = f"疑点 {finding_id} 已有更早而相反的处理结果，本行未用"
            faults.append(HengjianError(reason, path=path, line=number, field="confirmed"))
    return Decisions(by_finding, faults, hashlib.sha256(content).hexdigest())


def _fault(error: ValidationError, path: Path, line: int) -> HengjianError:
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"])) or None
    reason = _REASONS.get(first["type"], f"不合要求：{first['msg']}")
    return HengjianError(reason, path=path, line=line, field=field)
