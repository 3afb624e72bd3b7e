"""The rules as Markdown, one file an area, for those who want to know what is flagged and why."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from hengjian.casework.labels import LADDER, SUBJECTS
from hengjian.law.resolve import SHANGHAI, Citation, resolve
from hengjian.leads import HARM_NAMES
from hengjian.violations.catalogue import catalogue
from hengjian.violations.rule import Example, Rule
from hengjian.yamlfile import read_yaml

STATUSES = {"draft": "起草", "shadow": "试运行", "active": "启用", "retired": "停用"}


def law_lines(citations: Sequence[Citation], day: dt.date) -> list[str]:
    """Return what is cited, as it stands on a day, each article with its words."""
    noon = dt.datetime.combine(day, dt.time(12), SHANGHAI)
    standing = [
        f"《{p.law}》{p.article}（{p.effective_from} 起施行）：{p.quote}"
        for p in resolve(citations, noon, noon).provisions
    ]
    doubtful = [f"《{c.law}》{c.article}（条文待确认）" for c in citations if not c.confirmed]
    lapsed = [f"《{c.law}》{c.article}（{day} 没有有效的版本）" for c in citations if c.confirmed]
    return (standing or lapsed) + doubtful


def detection(rule: Rule) -> str:
    """Return how a rule detects, as its file and the docstring of its detector say it."""
    content = read_yaml(rule.path).data
    parts = [_yaml(content["detect"])] if "detect" in content else []
    if rule.detector:
        reads = {name: content["detector"].get(name, {}) for name in ("reads", "may_read")}
        told = importlib.import_module(rule.detector.module).suspect.__doc__ or ""
        parts.append(_yaml({"detector": reads}) + "\n" + inspect.cleandoc(told))
    return "\n".join(parts)


def _yaml(content: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(
        content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100
    )
    return text.rstrip()


def checked_records(rule: Rule) -> str:
    """Return the kinds of records that a rule looks at one by one, and those it wants together."""
    together = kind_names(rule.detector.reads) if rule.detector else ""
    return "；".join(part for part in (kind_names(rule.applies_to), together) if part)


def kind_names(kinds: Iterable[str]) -> str:
    """Return kinds of records as people know them."""
    return "、".join(SUBJECTS[kind] for kind in kinds)


def write_rule_docs(rules: Mapping[str, Rule], folder: Path, day: dt.date) -> list[Path]:
    """Write one Markdown file for every area that has a rule, and return them.

    Args:
        rules: By id.
        folder: Where to write; made if it is missing.
        day: The day whose law is quoted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for area, title in catalogue().areas.items():
        of_area = [rule for rule in by_catalogue(rules.values()) if _area(rule) == area]
        if of_area:
            path = folder / f"{area}.md"
            path.write_text(area_markdown(title, of_area, day), encoding="utf-8")
            written.append(path)
    return written


def by_catalogue(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules in the order of the catalogue; those that it does not have come last."""
    order = {violation: place for place, violation in enumerate(catalogue().by_id())}
    return sorted(rules, key=lambda rule: (order.get(rule.id, len(order)), rule.id))


def _area(rule: Rule) -> str:
    return rule.id.partition(".")[0]


def area_markdown(title: str, rules: Sequence[Rule], day: dt.date) -> str:
    """Return the Markdown of an area's rules, with the law as it stands on a day."""
    head = [
        f"# {title}",
        f"由 `hengjian rules docs` 从规则文件生成，条文为 {day} 有效的版本。"
        "命中只是疑点，须由执法人员核查后决定。",
    ]
    return "\n\n".join([*head, *(rule_markdown(rule, day) for rule in rules)]) + "\n"


def rule_markdown(rule: Rule, day: dt.date) -> str:
    """Return the Markdown of one rule."""
    subject = [
        f"编号 `{rule.id}`",
        f"状态 {STATUSES[rule.status]}",
        f"检查 {checked_records(rule)}",
        f"危害 {HARM_NAMES[rule.severity]}",
        f"建议从{LADDER[rule.ladder]}开始",
        f"管辖 {'、'.join(rule.authority)}",
    ]
    parts = [
        f"## {rule.title}",
        "；".join(subject) + "。",
        f"**提示语** {rule.explanation}",
        f"**依据**\n\n{_list(law_lines(rule.legal_basis, day))}",
        f"**处罚**\n\n{_list(law_lines(rule.penalty, day))}" if rule.penalty else "",
        f"**可能合法的情形**\n\n{_list(rule.look_alikes)}",
        f"**怎样改正** {rule.mend}",
        f"**怎样判断**\n\n```yaml\n{detection(rule)}\n```",
        f"**示例**\n\n{_list(_examples(rule))}",
    ]
    return "\n\n".join(part for part in parts if part)


def _list(lines: Iterable[str]) -> str:
    return "\n".join("- " + line.replace("\n", " ") for line in lines)


def _examples(rule: Rule) -> Iterator[str]:
    yield from map(_example, rule.examples)
    for example in rule.detector.examples if rule.detector else ():
        outcome = f"标记 {'、'.join(example.flag)}" if example.flag else "不标记"
        yield f"{outcome}：{example.name}"


def _example(example: Example) -> str:
    outcome = "标记" if example.flag else "不标记"
    words = f"，命中“{'”“'.join(example.words)}”" if example.words else ""
    return f"{outcome}：{example.name}{words}"
