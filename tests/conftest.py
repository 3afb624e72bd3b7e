"""What the tests share: records of our own, written as files, and the shared data where it lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"

LISTING: dict[str, Any] = {
    "record_id": "L1",
    "platform": "demo-mall",
    "shop_id": "S1",
    "item_id": "I1",
    "captured_at": "2026-11-05T10:00:00+08:00",
    "title": "全网最佳空气炸锅",
    "region": "360100",
}

WriteRows = Callable[..., Path]


@pytest.fixture
def write_rows(tmp_path: Path) -> WriteRows:
    """Write records as JSON Lines and return the file."""

    def write(*records: dict[str, Any], name: str = "listings.jsonl") -> Path:
        path = tmp_path / name
        lines = (json.dumps(record, ensure_ascii=False) for record in records)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def shared() -> Path:
    """The folder beside the project with the texts of law and the data for evaluation."""
    if not SHARED.is_dir():
        pytest.skip("the shared folder is not beside the project")
    return SHARED
