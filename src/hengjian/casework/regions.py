"""Regions by GB/T 2260 code: two digits a level, 00 where a level is open."""

from __future__ import annotations

import re

_CODE = re.compile(r"[0-9]{6}")


def region_code(region: str | None) -> str:
    """Return the six-digit code; an empty string when the region is unknown or only a name."""
    return region if region is not None and _CODE.fullmatch(region) else ""


def prefix(code: str) -> str:
    """Return what the codes within a region start with: 360000 gives 36, 361000 gives 3610."""
    pairs = [code[0:2], code[2:4], code[4:6]]
    while pairs and pairs[-1] == "00":
        pairs.pop()
    return "".join(pairs)


def is_provincial(code: str) -> bool:
    """Tell whether an office is of a province or of the whole country."""
    return code.endswith("0000")
