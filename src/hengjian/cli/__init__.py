"""The command `hengjian`: Chinese for officers, with colours, tables and progress bars."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from hengjian.cli.casework import (
    audit_command,
    case_app,
    lead_app,
    office_app,
    serve_command,
    user_app,
)
from hengjian.cli.findings import explain_command, report_command
from hengjian.cli.graph import graph_app
from hengjian.cli.hosts import hosts_command
from hengjian.cli.hot import hot_command
from hengjian.cli.law import law_app
from hengjian.cli.operators import operators_command
from hengjian.cli.pictures import pictures_app
from hengjian.cli.rank import rank_app
from hengjian.cli.records import records_app
from hengjian.cli.rules import rules_app
from hengjian.cli.scan import scan_command
from hengjian.cli.seed import seed_app
from hengjian.cli.selfcheck import selfcheck_command
from hengjian.cli.terminal import errors
from hengjian.cli.text import text_app
from hengjian.cli.trace import trace_command
from hengjian.errors import HengjianError

app = typer.Typer(help="衡鉴：网络市场监管平台", no_args_is_help=True, add_completion=False)
app.command("scan", help="扫描记录，找出疑点")(scan_command)
app.command("explain", help="显示一条疑点：文字、理由、条文、改正办法")(explain_command)
app.command("report", help="由扫描结果重写报告")(report_command)
app.command("selfcheck", help="自查：经营者查自己的记录，不上传不留存")(selfcheck_command)
app.command("hot", help="热点：投诉、评价、商品中新起的话题")(hot_command)
app.command("operators", help="经营者：认出各平台上的同一经营者，说明理由")(operators_command)
app.command("hosts", help="主播：认出各账号、直播间背后的同一主播，说明理由")(hosts_command)
app.command("trace", help="溯源：由商品查到生产者，及其全部销售店铺")(trace_command)
app.add_typer(records_app, name="records")
app.add_typer(pictures_app, name="pictures")
app.add_typer(rules_app, name="rules")
app.add_typer(law_app, name="law")
app.add_typer(text_app, name="text")
app.add_typer(graph_app, name="graph")
app.add_typer(rank_app, name="rank")
app.add_typer(seed_app, name="seed")
app.add_typer(office_app, name="office")
app.add_typer(user_app, name="user")
app.add_typer(lead_app, name="lead")
app.add_typer(case_app, name="case")
app.command("audit", help="核对审计链")(audit_command)
app.command("serve", help="启动工作台网页")(serve_command)


def main() -> None:
    """Run the command; a fault that the user can mend is told in one line, with exit status 2."""
    try:
        app()
    except HengjianError as error:
        errors.print(f"[bold red]错误[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)
