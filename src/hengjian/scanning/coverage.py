"""coverage.json: for every violation type, what was checked, what was not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hengjian.records.kinds import KINDS
from hengjian.scanning.shard import Tally
from hengjian.scanning.staging import Staged
from hengjian.violations.catalogue import catalogue
from hengjian.violations.rule import Rule

# What would be checked, or could be one day, if there were other records.
_FOR_DATA = ("needs_data", "no_records")
_RESTING = {"draft": "规则起草中", "shadow": "规则试运行中", "retired": "规则已停用"}


@dataclass
class KindCount:
    """What came of the records of one kind.

    Attributes:
        rules: ids of the rules that were run over it.
    """

    rules: frozenset[str]
    records: int = 0
    rejected: int = 0
    absent: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)

    def add(self, staged: Staged) -> None:
        """Add what was noticed on reading."""
        self.records += staged.records
        self.rejected += staged.rejected
        self.absent.update(staged.absent)


def coverage(
    kinds: Mapping[str, KindCount],
    rules: Iterable[Rule],
    findings: Mapping[str, int],
    areas: frozenset[str] | None,
    detected: Mapping[str, Tally],
) -> dict[str, Any]:
    """Return the content of coverage.json.

    Args:
        kinds: What came of every kind that was read.
        rules: All rules, of whatever status.
        findings: How many there are, by violation.
        areas: The areas that were asked for; None: all.
        detected: What came of each detector that had something to read, by violation.
    """
    by_id = {rule.id: rule for rule in rules}
    ids = dict.fromkeys([*catalogue().by_id(), *by_id])
    return {
        "kind": next(iter(kinds)) if len(kinds) == 1 else "market",
        "records": sum(each.records for each in kinds.values()),
        "rejected": sum(each.rejected for each in kinds.values()),
        "absent_fields": _absent(kinds),
        "kinds": {
            name: {
                "records": each.records,
                "rejected": each.rejected,
                "rules": len(each.rules | _reading(name, by_id, detected)),
            }
            for name, each in kinds.items()
        },
        "violations": {
            violation: {
                **_standing(violation, by_id.get(violation), kinds, areas, detected),
                **_counts(violation, kinds, detected),
                "findings": findings.get(violation, 0),
            }
            for violation in ids
        },
    }


def _reading(kind: str, rules: Mapping[str, Rule], detected: Iterable[str]) -> set[str]:
    """Return the rules whose detector read a kind."""
    ran = (rules[violation] for violation in detected)
    return {rule.id for rule in ran if rule.detector and kind in rule.detector.kinds}


def _absent(kinds: Mapping[str, KindCount]) -> dict[str, int]:
    several = len(kinds) > 1
    return {
        f"{kind}.{name}" if several else name: count
        for kind, each in kinds.items()
        for name, count in sorted(each.absent.items())
    }


def _standing(
    violation: str,
    rule: Rule | None,
    kinds: Mapping[str, KindCount],
    areas: frozenset[str] | None,
    detected: Mapping[str, Tally],
) -> dict[str, Any]:
    """Return what a type is called, whether it was checked, and if not, what it needs."""
    known = catalogue().by_id().get(violation)
    status, needs, reason = _status(violation, rule, kinds, areas, detected)
    return {
        "title": rule.title if rule else known.title if known else violation,
        "area": violation.partition(".")[0],
        "status": status,
        "not_checked_reason": reason,
        "needs": needs,
        "missing_kinds": [k for k in needs if k not in kinds] if status in _FOR_DATA else [],
        "behaviour": _behaviour(rule, kinds, detected) if status == "checked" else None,
        "rule_version": rule.version if rule else None,
    }


def _behaviour(
    rule: Rule | None, kinds: Mapping[str, KindCount], detected: Mapping[str, Tally]
) -> dict[str, Any] | None:
    """Return what came of a rule's detector; None: it has none.

    A type may be checked by its words alone, for want of the records that show the conduct.
    """
    if rule is None or rule.detector is None:
        return None
    if rule.id in detected:
        return {"checked": True, "missing_kinds": []}
    missing = [kind for kind in rule.detector.reads if not _has_records(kind, kinds)]
    return {"checked": False, "missing_kinds": missing}


def _has_records(kind: str, kinds: Mapping[str, KindCount]) -> bool:
    return kind in kinds and kinds[kind].records > 0


def _status(
    violation: str,
    rule: Rule | None,
    kinds: Mapping[str, KindCount],
    areas: frozenset[str] | None,
    detected: Mapping[str, Tally],
) -> tuple[str, list[str], str | None]:
    known = catalogue().by_id().get(violation)
    needs = list(known.needs) if known else []
    if areas is not None and violation.partition(".")[0] not in areas:
        return "left_out", needs, "本次未选这一领域"
    if rule is None:
        if all(kind in kinds for kind in needs):
            return "no_rule", needs, (known and known.undetected) or "尚无检测规则"
        return "needs_data", needs, f"需要：{_names(needs)}"
    if rule.status != "active":
        return "draft", needs, _RESTING[rule.status]
    by_words = any(violation in each.rules and each.records for each in kinds.values())
    if by_words or violation in detected:
        return "checked", needs, None
    return "no_records", *_wanted(rule)


def _wanted(rule: Rule) -> tuple[list[str], str]:
    """Return the kinds of records that a rule could go by, and how that is said."""
    applies, reads = list(rule.applies_to), list(rule.detector.reads if rule.detector else ())
    ways = [f"{'其中一种：' if len(applies) > 1 else '：'}{_names(applies)}"] if applies else []
    ways += [f"{'同时有：' if len(reads) > 1 else '：'}{_names(reads)}"] if reads else []
    return list(dict.fromkeys([*applies, *reads])), f"需要{'；或'.join(ways)}"


def _names(kinds: Iterable[str]) -> str:
    return "、".join(f"{KINDS[kind].title}（{kind}）" for kind in kinds)


def _counts(
    violation: str, kinds: Mapping[str, KindCount], detected: Mapping[str, Tally]
) -> dict[str, Any]:
    ran = {name: each.tally for name, each in kinds.items() if violation in each.rules}
    if violation in detected:
        ran["detector"] = detected[violation]
    total = Tally()
    for tally in ran.values():
        total.add(tally)
    return {
        "checked": total.records - total.undecided[violation],
        "not_checked": total.undecided[violation],
        "by_kind": {
            name: {
                "checked": tally.records - tally.undecided[violation],
                "not_checked": tally.undecided[violation],
            }
            for name, tally in ran.items()
        },
        **_reasons(total.unchecked.get(violation, Counter())),
        "seconds": round(total.seconds[violation], 6),
    }


def _reasons(unchecked: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    reasons: dict[str, dict[str, int]] = {"missing": {}, "not_in_force": {}, "failed": {}}
    for (reason, what), count in sorted(unchecked.items()):
        reasons[reason][what] = count
    return reasons
