"""hengjian text match: the matcher alone, on any list of terms, without rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.casework.labels import LAYERS
from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.records.lines import read_lines
from hengjian.text.matcher import ALL, Hit, Layer, Matcher

# So many lines are searched at once.
_BATCH = 20_000

text_app = typer.Typer(help="文字：在任意文本中找词", no_args_is_help=True)


@text_app.callback()
def _text() -> None:
    """Keep `match` a command of its own name."""


@text_app.command("match", help="在JSON Lines的一个字段中找词，含变形写法")
def match(
    path: Annotated[Path, typer.Argument(help="JSON Lines 文件，可为 .gz", exists=True)],
    terms: Annotated[Path, typer.Option(help="词表，每行一个", exists=True)],
    field: Annotated[str, typer.Option(help="要找的字段")],
    out: Annotated[Path, typer.Option(help="结果（JSON Lines）")],
    layers: Annotated[str, typer.Option(help="匹配方式，逗号分隔；缺省为全部")] = ",".join(
        sorted(ALL)
    ),
) -> None:
    """Write a row for every hit: line (from 0), term, start, end, text, layer."""
    matcher = Matcher(_terms(terms), _layers(layers))
    counts: Counter[str] = Counter()
    faults = 0
    lines = _texts(path, field)
    with out.open("w", encoding="utf-8") as file:
        while batch := list(islice(lines, _BATCH)):
            readable = []
            for number, text, fault in batch:
                if fault:
                    faults += 1
                    errors.print(f"[red]{escape(str(path))}:{number + 1}：{escape(fault)}[/]")
                else:
                    readable.append((number, text))
            for index, hit in matcher.find_batch([text for _, text in readable]):
                counts[hit.layer] += 1
                file.write(json.dumps(_row(*readable[index], hit), ensure_ascii=False) + "\n")
    table = Table(title=f"共 {counts.total():,} 处")
    table.add_column("匹配方式")
    table.add_column("处数", justify="right")
    for layer, count in counts.most_common():
        table.add_row(LAYERS[layer], f"{count:,}")
    console.print(table)
    if faults:
        raise typer.Exit(1)


def _row(number: int, text: str, hit: Hit) -> dict[str, Any]:
    return {
        "line": number,
        "term": hit.term,
        "start": hit.start,
        "end": hit.end,
        "text": text[hit.start : hit.end],
        "layer": hit.layer,
    }


def _terms(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise HengjianError(f"不是UTF-8编码（第 {error.start + 1} 字节）", path=path) from None
    terms = [line.strip() for line in lines if line.strip()]
    if not terms:
        raise HengjianError("词表是空的", path=path)
    return terms


def _layers(names: str) -> frozenset[Layer]:
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    unknown = sorted(wanted - ALL)
    if unknown or not wanted:
        raise HengjianError(
            f"没有这种匹配方式：{'、'.join(unknown)}", hint=f"可用 {'、'.join(sorted(ALL))}"
        )
    return frozenset(layer for layer in ALL if layer in wanted)


def _texts(path: Path, field: str) -> Iterator[tuple[int, str, str]]:
    """Return each line's number from 0, its text, and why it has none."""
    for line in read_lines(path):
        number = line.number - 1
        if line.fault:
            yield number, "", line.fault
            continue
        if not line.data.strip():
            continue
        try:
            row = json.loads(line.data)
        except (ValueError, RecursionError):
            yield number, "", "不是有效的JSON"
            continue
        value = row.get(field) if isinstance(row, dict) else None
        if isinstance(value, str):
            yield number, value, "" if _is_text(value) else "含无法编码的字符"
        elif not isinstance(row, dict) or value is not None:
            yield number, "", f"字段 {field} 应为文字"


def _is_text(value: str) -> bool:
    """Tell whether a string can be written down: JSON can escape half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
