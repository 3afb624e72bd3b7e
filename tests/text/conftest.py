"""The loops are compiled once, before hypothesis begins to count time."""

from __future__ import annotations

import pytest

from hengjian.text.matcher import ALL, Matcher


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    Matcher(["最佳", "国家级"], ALL).find("最a佳zui<b>佳</b>圡佳")
