"""hengjian office, user, lead, case, serve: what officers do in the pages, by command.

Django is set up only when one of these runs, so that a scan needs neither database nor settings;
that is why its modules are imported inside the functions.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.casework.labels import subject_name
from hengjian.cli.terminal import console
from hengjian.errors import HengjianError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from hengjian.casework.models import Case, Lead, LeadQuerySet

P = ParamSpec("P")
R = TypeVar("R")

office_app = typer.Typer(help="机关：设立", no_args_is_help=True)
user_app = typer.Typer(help="人员：开设账号", no_args_is_help=True)
lead_app = typer.Typer(help="案件线索：导入、核查", no_args_is_help=True)
case_app = typer.Typer(help="案件：责令改正、审批、复核、结案", no_args_is_help=True)

Actor = Annotated[str, typer.Option("--as", help="办理人的用户名，记入审计记录")]
LeadId = Annotated[int, typer.Argument(help="线索编号")]
CaseId = Annotated[int, typer.Argument(help="案件编号")]
ScanFolder = Annotated[Path, typer.Argument(help="scan 的结果文件夹", exists=True, file_okay=False)]


def with_database(command: Callable[P, R]) -> Callable[P, R]:
    """Set Django up, and the database with it, before a command runs."""

    @wraps(command)
    def prepared(*args: P.args, **kwargs: P.kwargs) -> R:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengjian.workbench.settings")
        import django

        django.setup()
        from hengjian.casework.setup import prepare_database

        prepare_database()
        return command(*args, **kwargs)

    return prepared


@office_app.command("add", help="设立机关")
@with_database
def office_add(
    name: Annotated[str, typer.Argument(help="全称，写入文书")],
    region: Annotated[str, typer.Option(help="行政区划代码，六位；省级以0000结尾")],
    department: Annotated[str, typer.Option(help="部门，如 市场监管")],
    abbreviation: Annotated[str, typer.Option(help="机关代字，如 洪市监")],
) -> None:
    """Set up an office."""
    from hengjian.casework.setup import create_office

    office = create_office(name, region, department, abbreviation)
    console.print(f"已设立 {escape(office.name)}")


@user_app.command("add", help="开设账号，显示一次性密码")
@with_database
def user_add(
    username: Annotated[str, typer.Argument(help="用户名")],
    office: Annotated[str, typer.Option(help="机关全称")],
    role: Annotated[str, typer.Option(help="officer 承办人，head 负责人")],
) -> None:
    """Open an account; the password is shown once and stored nowhere."""
    from hengjian.casework.models import Office
    from hengjian.casework.setup import create_user

    found = Office.objects.filter(name=office).first()
    if found is None:
        raise HengjianError(f"没有这个机关：{office}")
    password = create_user(username, found, role)
    console.print(f"已开设 {escape(username)}，一次性密码：[bold]{escape(password)}[/]")


@lead_app.command("import", help="把扫描结果导入为线索；重复导入不会重复")
@with_database
def lead_import(folder: ScanFolder, actor: Actor) -> None:
    """Import a scan's findings."""
    from hengjian.casework import services

    result = services.import_scan(user_named(actor), folder)
    console.print(
        f"导入 {result.new} 条疑点（已有 {result.known} 条），新线索 {result.new_leads} 条"
    )
    for refusal in result.refused:
        console.print(
            f"[red]未导入 {escape(refusal.finding_id)}：{escape(refusal.reason)}[/]", soft_wrap=True
        )
    if result.refused:
        raise typer.Exit(1)


@lead_app.command("list", help="列出本机关可见的线索，按轻重排列")
@with_database
def lead_list(
    actor: Actor,
    limit: Annotated[int, typer.Option(help="表中最多几条", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="全部，每行一个JSON对象")] = False,
) -> None:
    """List the leads that a user may see."""
    from hengjian.casework.models import Lead

    leads = Lead.objects.visible_to(user_named(actor))
    if as_json:
        names = ("id", "lead_key", "violation", "platform", "subject_kind", "subject_id", "status")
        for row in leads.values(*names):
            typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        console.print(_lead_table(leads, limit))


def _lead_table(leads: LeadQuerySet, limit: int) -> Table:
    from hengjian.casework.rules import all_rules

    table = Table(title=f"线索 {leads.count()} 条，显示前 {limit} 条")
    for name in ("编号", "违法类型", "对象", "地区", "确定程度", "记录", "状态"):
        table.add_column(name)
    for lead in leads[:limit]:
        table.add_row(
            str(lead.pk),
            all_rules()[lead.violation].title,
            escape(f"{lead.platform or '?'} {subject_name(lead.subject_kind, lead.subject_id)}"),
            escape(lead.region or "未知"),
            f"{lead.score:.2f}",
            str(lead.record_count),
            lead.get_status_display() + ("（测试）" if lead.seeded else ""),
        )
    return table


@lead_app.command("verify", help="开始核查")
@with_database
def lead_verify(lead: LeadId, actor: Actor) -> None:
    """Take a lead and begin to verify it."""
    from hengjian.casework import services

    services.start_verification(user_named(actor), _lead(lead))
    console.print(f"线索 {lead}：核查中")


@lead_app.command("establish", help="查实")
@with_database
def lead_establish(
    lead: LeadId, actor: Actor, note: Annotated[str, typer.Option(help="核查情况")]
) -> None:
    """Record that the facts hold."""
    from hengjian.casework import services

    services.establish(user_named(actor), _lead(lead), note)
    console.print(f"线索 {lead}：查实")


@lead_app.command("reject", help="不成立")
@with_database
def lead_reject(
    lead: LeadId, actor: Actor, reason: Annotated[str, typer.Option(help="理由")]
) -> None:
    """Record that the facts do not hold."""
    from hengjian.casework import services

    services.not_establish(user_named(actor), _lead(lead), reason)
    console.print(f"线索 {lead}：不成立")


@case_app.command("open", help="对查实的线索提出责令改正；文字缺省时用草稿")
@with_database
def case_open(
    lead: LeadId,
    actor: Actor,
    by: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="改正期限（含当日）")],
    correction: Annotated[str | None, typer.Option(help="责令改正的内容")] = None,
    guidance: Annotated[str | None, typer.Option(help="行政指导建议")] = None,
) -> None:
    """Propose a correction; without a text of one's own the draft is taken."""
    from hengjian.casework import services

    found = _lead(lead)
    case = services.open_correction(
        user_named(actor),
        found,
        correction or services.suggested_correction(found),
        guidance or services.suggested_guidance(found),
        by.date(),
    )
    console.print(f"案件 {case.pk}（{case.number}）：{case.get_status_display()}")


@case_app.command("return", help="退回承办人")
@with_database
def case_return(
    case: CaseId, actor: Actor, reason: Annotated[str, typer.Option(help="理由")]
) -> None:
    """Send a proposal back."""
    from hengjian.casework import services

    found = services.return_case(user_named(actor), _case(case), reason)
    console.print(f"案件 {case}：{found.get_status_display()}")


@case_app.command("approve", help="审批并制发文书")
@with_database
def case_approve(case: CaseId, actor: Actor) -> None:
    """Approve a correction and issue its document."""
    from hengjian.casework import services

    document = services.approve(user_named(actor), _case(case))
    console.print(f"案件 {case}：已制发 {document.form} {document.number}")


@case_app.command("recheck", help="用后来的扫描复核")
@with_database
def case_recheck(case: CaseId, folder: ScanFolder, actor: Actor) -> None:
    """Record what a later scan says of the subject."""
    from hengjian.casework import services
    from hengjian.casework.labels import OUTCOMES

    outcome = services.record_recheck(user_named(actor), _case(case), folder)
    console.print(f"案件 {case}：复核结果 {OUTCOMES[outcome.outcome]}")


@case_app.command("close", help="结案")
@with_database
def case_close(
    case: CaseId, actor: Actor, note: Annotated[str, typer.Option(help="结案说明")]
) -> None:
    """Close a case after its recheck."""
    from hengjian.casework import services

    found = services.close_case(user_named(actor), _case(case), note)
    console.print(f"案件 {case}（{found.number}）：{found.get_status_display()}")


@case_app.command("documents", help="取出案件的文书")
@with_database
def case_documents(
    case: CaseId,
    actor: Actor,
    out: Annotated[Path, typer.Option(help="放到哪个文件夹", file_okay=False)],
) -> None:
    """Write a case's documents to a folder; who took them out is recorded."""
    from hengjian.casework import services
    from hengjian.casework.incoming import home_store

    user = user_named(actor)
    out.mkdir(parents=True, exist_ok=True)
    for document in _visible_case(user, case).documents.all():
        for suffix, sha256 in (("docx", document.docx_sha256), ("pdf", document.pdf_sha256)):
            path = out / f"{document.number}.{suffix}"
            path.write_bytes(home_store().get(sha256))
            services.note_download(user, document, suffix)
            console.print(str(path), soft_wrap=True)


@with_database
def audit_command() -> None:
    """Verify the audit chain."""
    from hengjian.casework.audit import verify_chain

    chain = verify_chain()
    console.print(f"审计链完整：{chain.entries} 条，末条哈希 {chain.head}", soft_wrap=True)


@with_database
def serve_command(
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口")] = 8000,
) -> None:
    """Serve the pages with gunicorn until stopped."""
    console.print(f"工作台：http://{host}:{port}/ （Ctrl-C 停止）")
    sys.stdout.flush()
    os.execvp(  # noqa: S606 - a fixed program of our own environment
        sys.executable,
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"{host}:{port}",
            "--no-control-socket",
            "--workers",
            "2",
            "hengjian.workbench.wsgi",
        ],
    )


def user_named(username: str) -> User:
    """Return the user of a name.

    Raises:
        HengjianError: There is none.
    """
    from django.contrib.auth.models import User

    user = User.objects.filter(username=username).first()
    if user is None:
        raise HengjianError(f"没有这个用户：{username}")
    return user


def _lead(pk: int) -> Lead:
    from hengjian.casework.models import Lead

    lead = Lead.objects.filter(pk=pk).first()
    if lead is None:
        raise HengjianError(f"没有这条线索：{pk}")
    return lead


def _case(pk: int) -> Case:
    from hengjian.casework.models import Case

    case = Case.objects.filter(pk=pk).first()
    if case is None:
        raise HengjianError(f"没有这个案件：{pk}")
    return case


def _visible_case(user: User, pk: int) -> Case:
    from hengjian.casework.models import Case

    case = Case.objects.visible_to(user).filter(pk=pk).first()
    if case is None:
        raise HengjianError(f"案件不存在，或者不在本机关管辖范围内：{pk}")
    return case
