"""Pairs that must not be merged, and keys of the form PLATFORM/ID, as users write them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import orjson

from hengjian.errors import HengjianError

Key = tuple[str, str]


class Merged(NamedTuple):
    """What is merged: shops, say.

    Attributes:
        field: The field of a merge that names the two.
        id_field: The field of their ids.
        what: In Chinese, one of them.
        two: In Chinese, two of them.
    """

    field: str
    id_field: str
    what: str
    two: str


def read_pairs(path: Path | None, merged: Merged) -> list[tuple[Key, Key]]:
    """Read pairs, each line as merges.jsonl has it; no file, no pairs.

    Raises:
        HengjianError: A line does not name two.
    """
    if path is None:
        return []
    pairs = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            ours, theirs = (
                (each["platform"], each[merged.id_field])
                for each in orjson.loads(line)[merged.field]
            )
        except (ValueError, KeyError, TypeError):
            example = f'{{"platform": "甲", "{merged.id_field}": "1"}}, '
            example += f'{{"platform": "乙", "{merged.id_field}": "2"}}'
            raise HengjianError(
                f"应写明{merged.two}",
                path=path,
                line=number,
                field=merged.field,
                hint=f'如 {{"{merged.field}": [{example}]}}',
            ) from None
        pairs.append((ours, theirs))
    return pairs


def parse_key(text: str, merged: Merged) -> Key:
    """Return platform and id of what `--why` names.

    Raises:
        HengjianError: There is no slash.
    """
    platform, slash, own = text.partition("/")
    if not slash:
        raise HengjianError(f"--why 应写作 平台/{merged.what}编号：{text}")
    return platform, own
