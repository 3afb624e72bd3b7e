"""hengjian explain and report: what a scan found, shown to a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from hengjian.casework.labels import LADDER, conduct, extent, subject_name
from hengjian.cli.terminal import RulesFolder, console
from hengjian.leads import HARM_NAMES, Finding
from hengjian.reports.evidence import Basis, EvidenceFolder, Shown
from hengjian.reports.scan_report import title_of, write_scan_report
from hengjian.reports.summary import region_name
from hengjian.scan_folder import EVIDENCE_FOLDER, find_finding
from hengjian.violations.rule import Rule, load_rules


def explain_command(
    finding_id: Annotated[str, typer.Argument(help="疑点编号；写出能够区分的开头几位即可")],
    out: Annotated[Path, typer.Option(help="scan 的结果文件夹", exists=True, file_okay=False)],
    rules: RulesFolder = None,
) -> None:
    """Print one finding with its words, its reason and its law."""
    finding = find_finding(out, finding_id)
    loaded = load_rules(rules)
    basis = EvidenceFolder(out / EVIDENCE_FOLDER, [finding]).of(finding)
    _print_head(finding, title_of(finding["violation"], loaded))
    _print_basis(basis)
    _print_law(finding)
    _print_rule(finding, loaded.get(finding["violation"]))
    _print_hashes(finding, basis)


def report_command(
    folder: Annotated[Path, typer.Argument(help="scan 的结果文件夹", exists=True, file_okay=False)],
    rules: RulesFolder = None,
) -> None:
    """Write the report of a scan anew."""
    path = write_scan_report(folder, load_rules(rules))
    line("报告：", str(path))


def line(label: str, *parts: str | Text) -> None:
    """Print a line whose parts stand as they are: neither markup nor commands to the terminal."""
    text = Text(label, style="bold")
    for part in parts:
        text.append_text(part if isinstance(part, Text) else Text(visible(part), style="not bold"))
    console.print(text, soft_wrap=True)


def visible(text: str) -> str:
    """Return a text in which what a terminal would obey or hide shows as ·."""
    return "".join(char if char.isprintable() else "·" for char in " ".join(text.split("\n")))


def evidence_text(shown: Shown) -> Text:
    """Return a line of evidence with its words highlighted."""
    text = Text(f"{shown.label}（{shown.how}） ", style="not bold dim")
    for piece in shown.pieces:
        style = "bold black on yellow" if piece.marked else "not bold not dim"
        text.append(visible(piece.text), style=style)
    return text


def _print_head(finding: Finding, title: str) -> None:
    seeded = "（测试线索）" if finding["seeded"] else ""
    line(f"{title}{seeded} ", finding["violation"])
    subject = subject_name(finding["subject_kind"], finding["subject_id"])
    line("对象：", f"{finding['platform'] or '平台未知'} · {subject}")
    line("地区：", region_name(finding["region"]))
    line("行为时间：", conduct(finding))
    for name, told in extent(finding):
        line(f"{name}：", told)
    harm, score = HARM_NAMES[finding["severity"]], finding["score"]
    line("危害：", f"{harm}；确定程度 {score:.2f}；建议从{LADDER[finding['ladder']]}开始")
    line("理由：", finding["explanation"])


def _print_basis(basis: Basis) -> None:
    if basis.title:
        line("标题：", basis.title)
    line("证据：")
    for shown in basis.shown:
        line("  ", evidence_text(shown))


def _print_law(finding: Finding) -> None:
    line("依据：")
    for law in finding["legal_basis"]:
        article = f"《{law['law']}》{law['article']}（{law['effective_from']} 起施行）"
        line("  ", f"{article}：{law['quote']}")


def _print_rule(finding: Finding, rule: Rule | None) -> None:
    if rule is None:
        line("规则：", "现有规则中已没有这一条")
        return
    line("可能合法的情形：", "；".join(rule.look_alikes))
    line("整改建议：", rule.mend)
    if rule.version != finding["rule_version"]:
        line("规则：", "扫描之后已经修改，以上两项取自现行规则")


def _print_hashes(finding: Finding, basis: Basis) -> None:
    line("出自：", f"{basis.row.source} 第 {basis.row.line} 行")
    line("原始行 SHA-256：", f"{finding['row_sha256']}（已与保存的内容核对）")
    line("文件 SHA-256：", finding["input_sha256"])
    line("疑点编号：", finding["finding_id"])
