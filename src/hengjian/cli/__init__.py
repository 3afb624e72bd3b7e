"""The command `hengjian`: Chinese for officers, with colours, tables and progress bars."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from hengjian.cli.rules import rules_app
from hengjian.cli.scan import scan_command
from hengjian.cli.terminal import errors
from hengjian.errors import HengjianError

app = typer.Typer(help="衡鉴：网络市场监管平台", no_args_is_help=True, add_completion=False)
app.command("scan", help="扫描记录，找出疑点")(scan_command)
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Run the command; a fault that the user can mend is told in one line, with exit status 2."""
    try:
        app()
    except HengjianError as error:
        errors.print(f"[bold red]错误[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)
