"""hengjian rules: check, test and start rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from hengjian.cli.terminal import RulesFolder, console, errors
from hengjian.violations.examples import run_examples
from hengjian.violations.rule import Rule, check_rules, load_rules, read_rule, rules_folder
from hengjian.violations.template import new_rule

rules_app = typer.Typer(help="规则：检查、测试、新建", no_args_is_help=True)


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
    passed = failed = 0
    for rule in _chosen(files, rules):
        for result in run_examples(rule):
            passed += result.passed
            failed += not result.passed
            if not result.passed:
                wanted = "应标记" if result.example.flag else "不应标记"
                seen = {True: "标记了", False: "未标记", None: f"无法判断（{result.reason}）"}
                errors.print(
                    f"[red]✗[/] {escape(rule.id)} “{escape(result.example.name)}”：{wanted}，"
                    f"{escape(seen[result.flagged])} {escape(str(result.words))}",
                    soft_wrap=True,
                )
    console.print(f"示例：{passed} 个通过，{failed} 个失败")
    if failed:
        raise typer.Exit(1)


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
