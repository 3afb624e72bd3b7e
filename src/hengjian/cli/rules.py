"""hengjian rules: check, test, start, list and show rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.casework.labels import LADDER
from hengjian.cli.terminal import RulesFolder, console, errors
from hengjian.errors import HengjianError
from hengjian.law.resolve import SHANGHAI, Citation
from hengjian.leads import HARM_NAMES
from hengjian.reports.rule_docs import (
    STATUSES,
    by_catalogue,
    checked_records,
    detection,
    kind_names,
    law_lines,
    write_rule_docs,
)
from hengjian.violations.catalogue import area_title, catalogue
from hengjian.violations.detection import DetectorResult, run_detector_examples
from hengjian.violations.examples import ExampleResult, run_examples
from hengjian.violations.rule import Rule, check_rules, load_rules, read_rule, rules_folder
from hengjian.violations.template import new_rule

rules_app = typer.Typer(help="规则：检查、测试、新建、查看", no_args_is_help=True)


@rules_app.command("check", help="检查规则文件，列出每一处错误及其行号")
def rules_check(rules: RulesFolder = None) -> None:
    """Check all rules of a folder; exit status 1 when one has a fault."""
    sound, faults = check_rules(rules or rules_folder())
    for fault in faults:
        errors.print(f"[red]✗[/] {escape(str(fault))}", soft_wrap=True)
    console.print(f"{len(sound)} 条规则通过检查，{len(faults)} 处错误")
    if faults:
        raise typer.Exit(1)


@rules_app.command("test", help="运行规则中的示例")
def rules_test(
    files: Annotated[list[Path] | None, typer.Argument(help="规则文件（缺省为全部）")] = None,
    rules: RulesFolder = None,
) -> None:
    """Run the examples in the rules; exit status 1 when one does not come out as it says."""
    passed, faults = 0, []
    for rule in _chosen(files, rules):
        results: Iterator[ExampleResult | DetectorResult]
        results = chain(run_examples(rule), run_detector_examples(rule))
        for result in results:
            passed += result.passed
            if not result.passed:
                faults.append((rule, result.example.name, _outcome(result)))
    for rule, name, outcome in faults:
        errors.print(
            f"[red]✗[/] {escape(rule.id)} “{escape(name)}”：{escape(outcome)}", soft_wrap=True
        )
    console.print(f"示例：{passed} 个通过，{len(faults)} 个失败")
    if faults:
        raise typer.Exit(1)


def _outcome(result: ExampleResult | DetectorResult) -> str:
    """Return what an example wants and what came of it."""
    if isinstance(result, DetectorResult):
        wanted = f"应标记 {result.example.flag}、缺 {result.example.unknown}"
        return f"{wanted}，标记了 {result.flagged}、缺 {result.unknown} {result.failed or ''}"
    wanted = "应标记" if result.example.flag else "不应标记"
    seen = {True: "标记了", False: "未标记", None: f"无法判断（{result.reason}）"}
    return f"{wanted}，{seen[result.flagged]} {result.words}"


def _chosen(files: list[Path] | None, folder: Path | None) -> Iterator[Rule]:
    if not files:
        yield from load_rules(folder).values()
        return
    for file in files:
        rule, faults = read_rule(file)
        if rule is None:
            raise faults[0]
        yield rule


@rules_app.command("new", help="新建一条规则的草稿")
def rules_new(
    rule_id: Annotated[str, typer.Argument(help="领域.名称，如 marketing.fake_origin")],
    rules: RulesFolder = None,
) -> None:
    """Write the draft of a rule."""
    path = new_rule(rule_id, rules or rules_folder())
    console.print(
        f"已新建草稿 {path}；改好后运行 hengjian rules check 与 hengjian rules test", soft_wrap=True
    )


@rules_app.command("list", help="按领域列出规则")
def rules_list(
    missing: Annotated[
        bool, typer.Option("--missing", help="只列出没有启用规则的类型，及其原因")
    ] = False,
    rules: RulesFolder = None,
) -> None:
    """List the rules, area by area, or the types that no active rule produces."""
    loaded = by_catalogue(load_rules(rules).values())
    if missing:
        _print_missing({rule.id: rule for rule in loaded})
        return
    table = Table()
    table.add_column("规则", overflow="fold", min_width=38)
    for name in ("状态", "记录", "起始措施"):
        table.add_column(name, overflow="fold")
    table.add_column("示例", justify="right")
    for area, title in catalogue().areas.items():
        of_area = [rule for rule in loaded if rule.id.partition(".")[0] == area]
        types = sum(each.area == area for each in catalogue().types)
        table.add_section()
        table.add_row(f"[bold cyan]{title}[/]（{len(of_area)} / {types}）")
        for rule in of_area:
            table.add_row(*_cells(rule))
    console.print(table)
    ready = sum(rule.status == "active" for rule in loaded)
    console.print(f"目录共 {len(catalogue().types)} 类，规则 {len(loaded)} 条，其中启用 {ready} 条")


def _print_missing(rules: Mapping[str, Rule]) -> None:
    """Print the types that no active rule produces, and why."""
    gaps = [
        (each, STATUSES[rules[each.id].status] if each.id in rules else "尚无规则")
        for each in catalogue().types
        if each.id not in rules or rules[each.id].status != "active"
    ]
    for each, status in gaps:
        rule = rules.get(each.id)
        doubtful = rule is not None and not any(c.confirmed for c in rule.legal_basis)
        why = each.undetected or f"需要{kind_names(each.needs)}"
        if doubtful:
            why = "法律依据均待确认"
        console.print(
            f"[yellow]{status}[/] {escape(each.title)} [dim]{each.id}[/]：{why}", soft_wrap=True
        )
    produced = len(catalogue().types) - len(gaps)
    console.print(f"目录共 {len(catalogue().types)} 类，{produced} 类有启用的规则")


def _cells(rule: Rule) -> tuple[str, ...]:
    status = STATUSES[rule.status]
    return (
        f"{escape(rule.title)}\n[dim]{rule.id}[/]",
        status if rule.status == "active" else f"[yellow]{status}[/]",
        " ".join([*rule.applies_to, *_joined_kinds(rule)]),
        LADDER[rule.ladder],
        str(len(rule.examples) + (len(rule.detector.examples) if rule.detector else 0)),
    )


def _joined_kinds(rule: Rule) -> list[str]:
    """Return the kinds that the detector of a rule wants together."""
    return ["+".join(rule.detector.reads)] if rule.detector else []


@rules_app.command("show", help="显示一条规则的全部内容")
def rules_show(
    rule_id: Annotated[str, typer.Argument(help="规则编号，如 marketing.absolute_claim")],
    rules: RulesFolder = None,
) -> None:
    """Print all of a rule, with its law as it stands today."""
    loaded = load_rules(rules)
    if rule_id not in loaded:
        raise HengjianError(f"没有这条规则：{rule_id}", hint="hengjian rules list 列出全部")
    rule = loaded[rule_id]
    _print_facts(rule)
    _print_citations("依据", rule.legal_basis)
    _print_citations("处罚", rule.penalty)
    _print_list("可能合法的情形", rule.look_alikes)
    console.print(f"[bold]怎样改正[/] {escape(rule.mend)}", soft_wrap=True)
    console.print(f"[bold]怎样判断[/]\n{escape(detection(rule))}", soft_wrap=True)
    told = [(each.flag, each.name) for each in rule.examples]
    if rule.detector:
        told += [(bool(each.flag), each.name) for each in rule.detector.examples]
    outcomes = (f"{'标记　' if flag else '不标记'} {name}" for flag, name in told)
    _print_list("示例", list(outcomes))


def _print_facts(rule: Rule) -> None:
    facts = {
        "领域": area_title(rule.id),
        "状态": STATUSES[rule.status],
        "检查": checked_records(rule),
        "危害": HARM_NAMES[rule.severity],
        "起始措施": LADDER[rule.ladder],
        "管辖": "、".join(rule.authority),
        "确定程度": f"{rule.score:.2f}",
        "版本": rule.version,
        "提示语": rule.explanation,
    }
    console.print(f"[bold]{escape(rule.title)}[/] {rule.id}", soft_wrap=True)
    for name, value in facts.items():
        console.print(f"[bold]{name}[/] {escape(value)}", soft_wrap=True)


def _print_citations(title: str, citations: Sequence[Citation]) -> None:
    today = dt.datetime.now(SHANGHAI).date()
    if citations:
        _print_list(f"{title}（{today} 有效的版本）", law_lines(citations, today))


def _print_list(title: str, lines: Sequence[str]) -> None:
    console.print(f"[bold]{title}[/]")
    for text in lines:
        console.print(f"  • {escape(text)}", soft_wrap=True)


@rules_app.command("docs", help="由规则生成说明文档（Markdown），每个领域一份")
def rules_docs(
    out: Annotated[Path, typer.Option(help="写到哪个文件夹")] = Path("rule-docs"),
    rules: RulesFolder = None,
) -> None:
    """Write the rules as Markdown, one file an area."""
    today = dt.datetime.now(SHANGHAI).date()
    written = write_rule_docs(load_rules(rules), out, today)
    console.print(f"已写 {len(written)} 份说明文档：{escape(str(out))}", soft_wrap=True)
