"""What all commands share: the consoles and the option for another folder of rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

console = Console()
errors = Console(stderr=True)

RulesFolder = Annotated[
    Path | None,
    typer.Option("--rules", help="规则文件夹（缺省为自带规则）", exists=True, file_okay=False),
]
