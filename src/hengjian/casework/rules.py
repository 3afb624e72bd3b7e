"""The rules as casework needs them: titles, mends, look-alikes, authorities."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hengjian.violations.rule import Rule, load_rules


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return the rules by id; they are read once for the life of the process."""
    return load_rules()


def violations_of(department: str) -> list[str]:
    """Return the violations on which a department may act."""
    return [rule.id for rule in all_rules().values() if department in rule.authority]
