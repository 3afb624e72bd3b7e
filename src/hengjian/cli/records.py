"""hengjian records: which records can be read, and what each must hold."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.cli.terminal import console
from hengjian.records.kinds import KINDS, kind_named

records_app = typer.Typer(help="记录：种类及其约定", no_args_is_help=True)


@records_app.command("kinds", help="列出可读的记录种类")
def records_kinds() -> None:
    """List the kinds of records."""
    table = Table(title=f"{len(KINDS)} 种记录")
    for name in ("种类", "名称", "必填字段", "按词检查的文字"):
        table.add_column(name, overflow="fold")
    for kind in KINDS.values():
        required = (name for name in kind.schema.names if name in kind.required)
        # A list's texts are written with brackets, which rich would take for markup.
        texts = escape(" ".join(kind.text_fields)) or "[dim]无[/]"
        table.add_row(kind.name, kind.title, " ".join(required), texts)
    console.print(table)


@records_app.command("schema", help="一种记录的约定，JSON Schema 2020-12")
def records_schema(kind: Annotated[str, typer.Argument(help="记录种类，如 listing")]) -> None:
    """Print the contract of a kind as JSON Schema."""
    typer.echo(json.dumps(kind_named(kind).json_schema(), ensure_ascii=False, indent=2))
