"""Reads the selections of a rule; every fault is reported with its place and its mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from hengjian.identity.numbers import FORMS
from hengjian.law.parameter import parameters
from hengjian.text.measures import UNITS
from hengjian.violations.row import ATTRIBUTES, ROLES, SPEAKERS
from hengjian.violations.selection import (
    COMPARISONS,
    ComputedTest,
    EmptyTest,
    EntryTest,
    FormTest,
    Guards,
    KindTest,
    LabelTest,
    MeasureTest,
    Neighbours,
    NumberTest,
    Operand,
    RoleTest,
    Selection,
    Test,
    ValueTest,
    WordTest,
)
from hengjian.violations.vocabulary import contexts, word_lists
from hengjian.yamlfile import Location

Report = Callable[[Location, str], None]

_GUARDS = ("unless", "near", "role", "count")
_UNLESS = ("inside", "after", "before", "anywhere", "context")
_ROLES = frozenset(ROLES.values()) | SPEAKERS
# Before the name of a shared list of words.
_LIST = "$"


def parse_selection(
    value: Any, location: Location, report: Report, module: str | None = None
) -> Selection:
    """Read a selection from a rule: a mapping, or a list of mappings of which one must hold.

    Faults go to `report` with their location; what could be read is returned.

    Args:
        value: What the file holds.
        location: Where.
        report: Takes the faults.
        module: The module beside the rule, for `computed`; None: it has none.
    """
    groups = value if isinstance(value, list) else [value]
    if not groups:
        report(location, "选择项为空")
    located = [
        (group, (*location, index) if isinstance(value, list) else location)
        for index, group in enumerate(groups)
    ]
    return Selection(tuple(_group(group, where, report, module) for group, where in located))


def _group(
    group: Any, location: Location, report: Report, module: str | None, entry: str = ""
) -> tuple[Test, ...]:
    if not isinstance(group, dict) or not group:
        report(location, "选择项应为映射，如 {any_field|contains: [词]}")
        return ()
    guards, roles = _guards(group, location, report)
    tests: list[Test] = [RoleTest(roles)] if roles else []
    for key, value in group.items():
        if key in _GUARDS:
            continue
        test = _test(str(key), value, (*location, str(key)), guards, report, module, entry)
        tests += [] if test is None else [test]
    if not tests:
        report(location, "选择项没有任何检验")
    return tuple(tests)


def _guards(
    group: Mapping[Any, Any], location: Location, report: Report
) -> tuple[Guards, frozenset[str]]:
    excuses = _unless(group.get("unless", {}), (*location, "unless"), report)
    named = excuses.pop("context")
    for name in _names(named, (*location, "unless", "context"), report) if named else ():
        if name not in contexts():
            known = "、".join(contexts())
            report((*location, "unless", "context"), f"没有语境 {name}，可用：{known}")
            continue
        _merge(excuses, _unless(contexts()[name], (*location, "unless", "context"), report))
    near = (*location, "near")
    roles = _names(group["role"], (*location, "role"), report) if "role" in group else set()
    for role in sorted(roles - _ROLES):
        report((*location, "role"), f"没有角色 {role}，可用：{'、'.join(sorted(_ROLES))}")
    return Guards(
        **{name: excuses[name] for name in ("inside", "after", "before", "anywhere")},
        near=_around(group["near"], near, report) if "near" in group else (),
        roles=frozenset(roles),
        count=_whole(group.get("count", 1), (*location, "count"), report, least=1),
    ), frozenset(roles)


def _unless(value: Any, location: Location, report: Report) -> dict[str, Any]:
    found = _mapping(value, location, report)
    for key in found.keys() - set(_UNLESS):
        report((*location, str(key)), f"不认识的键，可用 {'、'.join(_UNLESS)}")
    read: dict[str, Any] = {"context": found.get("context", [])}
    for name in ("inside", "anywhere"):
        place = (*location, name)
        read[name] = _words(found[name], place, report) if name in found else frozenset()
    for name in ("after", "before"):
        place = (*location, name)
        read[name] = _around(found[name], place, report) if name in found else ()
    return read


def _merge(excuses: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name in ("inside", "anywhere"):
        excuses[name] |= more[name]
    for name in ("after", "before"):
        excuses[name] += more[name]


def _test(
    key: str,
    value: Any,
    location: Location,
    guards: Guards,
    report: Report,
    module: str | None,
    entry: str,
) -> Test | None:
    if key == "kind":
        return KindTest(frozenset(_names(value, location, report)))
    if key == "computed":
        return _computed(value, location, report, module)
    fieldname, _, modifier = key.partition("|")
    place = f"{entry}[].{fieldname}" if entry else fieldname
    reader = _READERS.get(modifier)
    if modifier == "any" and not entry:
        tests = _group(value, location, report, module, entry=fieldname)
        return EntryTest(fieldname, tests)
    if reader is None:
        known = "、".join((*_READERS, "any"))
        report(location, f"不认识的检验，应写作 字段|检验，检验可用 {known}")
        return None
    return reader(place, value, location, guards, report)


def _computed(value: Any, location: Location, report: Report, module: str | None) -> Test | None:
    labels: tuple[str, ...] = ()
    if isinstance(value, dict) and [*value] == ["labels"]:
        labels = tuple(_names(value["labels"], location, report))
    elif value is not True:
        module = None
    if module is None:
        report(
            location,
            "computed 应为 true 或 {labels: [标签]}，规则旁应有同名的 .py，其中定义 judge(row)",
        )
        return None
    return ComputedTest(module, labels)


def _contains(
    name: str, value: Any, location: Location, guards: Guards, report: Report
) -> Test | None:
    return WordTest(name, _words(value, location, report), guards)


def _measure(
    name: str, value: Any, location: Location, guards: Guards, report: Report
) -> Test | None:
    found = _mapping(value, location, report)
    unit = found.pop("unit", None)
    if unit not in UNITS:
        report(location, f"unit 应为以下之一：{'、'.join(UNITS)}")
        return None
    bounds = []
    for sign, bound in found.items():
        if sign not in COMPARISONS or not _is_number(bound):
            report(
                (*location, str(sign)), f"应为比较与数，如 gt: 100；可用 {'、'.join(COMPARISONS)}"
            )
            continue
        bounds.append((sign, float(bound)))
    return MeasureTest(name, unit, tuple(bounds), guards)


def _form(
    state: str, name: str, value: Any, location: Location, _guards: Guards, report: Report
) -> Test | None:
    if value not in FORMS:
        report(location, f"没有这种编号，可用：{'、'.join(FORMS)}")
        return None
    return FormTest(name, value, state)


def _labels(
    mode: str, name: str, value: Any, location: Location, _guards: Guards, report: Report
) -> Test | None:
    if name != ATTRIBUTES:
        report(location, f"{mode} 只用于 {ATTRIBUTES}，如 attributes|{mode}: [厂址]")
        return None
    # In the order of the file: that of the evidence.
    words = _words(value, location, report)
    items = value if isinstance(value, list) else [value]
    return LabelTest(tuple(item for item in items if item in words), mode)


def _number(
    sign: str, name: str, value: Any, location: Location, _guards: Guards, report: Report
) -> Test | None:
    if _is_number(value):
        return NumberTest(name, sign, Operand(constant=float(value)))
    found = dict(value) if isinstance(value, dict) else {}
    field, known, times = (
        found.pop("field", None),
        found.pop("parameter", None),
        found.pop("times", 1),
    )
    if found or not _is_number(times) or (field is None) is (known is None):
        report(location, "应为数，或 {field: 字段, times: 倍数}，或 {parameter: 参数, times: 倍数}")
        return None
    if known is not None and known not in parameters():
        report(location, f"没有参数“{known}”，参数在 law/parameters 下定义")
        return None
    return NumberTest(name, sign, Operand(fieldname=field, parameter=known, times=float(times)))


def _equals(
    name: str, value: Any, location: Location, _guards: Guards, report: Report
) -> Test | None:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, str | bool | int | float) for item in items):
        report(location, "应为值或值的列表")
        return None
    return ValueTest(name, frozenset(items))


def _empty(
    name: str, value: Any, location: Location, _guards: Guards, report: Report
) -> Test | None:
    if not isinstance(value, bool):
        report(location, "应为 true 或 false")
        return None
    return EmptyTest(name, value)


_READERS: Mapping[str, Callable[[str, Any, Location, Guards, Report], Test | None]] = {
    "contains": _contains,
    "measure": _measure,
    "equals": _equals,
    "empty": _empty,
    **{state: partial(_form, state) for state in ("well_formed", "malformed")},
    **{mode: partial(_labels, mode) for mode in ("has", "lacks", "lacks_all")},
    **{sign: partial(_number, sign) for sign in COMPARISONS},
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _names(value: Any, location: Location, report: Report) -> set[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(i, str) for i in items):
        report(location, "应为名称或其列表")
        return set()
    return set(items)


def _words(value: Any, location: Location, report: Report) -> frozenset[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        report(location, "应为词或词的列表")
        return frozenset()
    if not items:
        report(location, "词表为空")
    for index, item in enumerate(items):
        if not isinstance(item, str) or not item.strip():
            report((*location, index), "应为非空的词（数字与是/否请加引号）")
        elif item.startswith(_LIST) and item.removeprefix(_LIST) not in word_lists():
            known = "、".join(word_lists())
            report((*location, index), f"没有词表 {item.removeprefix(_LIST)}，可用：{known}")
    words = (item for item in items if isinstance(item, str) and item.strip())
    return frozenset(chain.from_iterable(map(_spelt_out, words)))


def _spelt_out(word: str) -> Sequence[str]:
    """Return the words that a shared list stands for, or the word itself."""
    words: Sequence[str] = word_lists().get(word.removeprefix(_LIST), ())
    return words if word.startswith(_LIST) else (word,)


def _around(value: Any, location: Location, report: Report) -> tuple[Neighbours, ...]:
    if isinstance(value, list):
        return tuple(_neighbours(v, (*location, i), report) for i, v in enumerate(value))
    return (_neighbours(value, location, report),)


def _neighbours(value: Any, location: Location, report: Report) -> Neighbours:
    fields = _mapping(value, location, report)
    for key in fields.keys() - {"words", "within", "side", "clause"}:
        report((*location, str(key)), "不认识的键，可用 words、within、side、clause")
    within = _whole(fields.get("within"), (*location, "within"), report, least=0)
    side = fields.get("side")
    if side not in {None, "before", "after"}:
        report((*location, "side"), "side 应为 before 或 after")
    clause = fields.get("clause", False)
    if not isinstance(clause, bool):
        report((*location, "clause"), "clause 应为 true 或 false")
    words = _words(fields.get("words"), (*location, "words"), report)
    return Neighbours(words, within, side, clause)


def _whole(value: Any, location: Location, report: Report, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        report(location, f"应为不小于 {least} 的整数")
        return least
    return value


def _mapping(value: Any, location: Location, report: Report) -> dict[str, Any]:
    if not isinstance(value, dict):
        report(location, "应为映射")
        return {}
    return dict(value)


def used_contexts(detect: Any) -> dict[str, Any]:
    """Return the shared contexts that a rule's `detect` names: they are part of what it does."""
    if isinstance(detect, Mapping):
        named = detect.get("context", []) if "condition" not in detect else []
        own = [named] if isinstance(named, str) else named
        found = {name: contexts()[name] for name in own if name in contexts()}
        for value in detect.values():
            found |= used_contexts(value)
        return found
    if isinstance(detect, Sequence) and not isinstance(detect, str):
        merged: dict[str, Any] = {}
        for value in detect:
            merged |= used_contexts(value)
        return merged
    return {}


def used_word_lists(detect: Any) -> dict[str, Any]:
    """Return the shared lists of words that a rule's `detect` names, by name with their sign."""
    if isinstance(detect, str):
        name = detect.removeprefix(_LIST)
        return {detect: word_lists()[name]} if detect != name and name in word_lists() else {}
    if not isinstance(detect, Mapping | Sequence):
        return {}
    values = detect.values() if isinstance(detect, Mapping) else detect
    return {name: words for value in values for name, words in used_word_lists(value).items()}
