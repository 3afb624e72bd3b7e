"""Records of some kinds as tables, for commands that need no scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from rich.markup import escape

from hengjian.cli.terminal import errors
from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from hengjian.records.mapping import Mapping as ColumnMapping
from hengjian.records.reader import read
from hengjian.scanning.sources import find_sources

_REJECTS_SHOWN = 5


def read_tables(
    paths: Sequence[Path],
    wanted: Mapping[str, Sequence[str]],
    mappings: Mapping[str | None, ColumnMapping],
    needed: str,
) -> dict[str, pa.Table]:
    """Read records; tell on stderr which files were passed over and how many rows are none.

    Args:
        paths: Files and folders, named after their kinds.
        wanted: Columns by kind; other kinds are passed over.
        mappings: Names of foreign columns by kind.
        needed: The kind without which there is nothing to do.

    Raises:
        HengjianError: There is no record of the needed kind, or a file cannot be read.
    """
    sources = find_sources(paths, None, mappings)
    for skipped in sources.skipped:
        errors.print(f"[dim]跳过 {escape(skipped)}[/]", soft_wrap=True)
    batches: dict[str, list[pa.RecordBatch]] = defaultdict(list)
    rejected: list[str] = []
    with errors.status("读取记录"):
        for source in sources.files:
            kind = source.kind.name
            if kind not in wanted:
                continue
            for chunk in read(source.path, source.kind, root=source.root, mapping=source.mapping):
                batches[kind].append(chunk.batch.select(list(wanted[kind])))
                rejected += [f"{r.file} 第 {r.line} 行：{r.reason}" for r in chunk.rejects]
    _tell(rejected)
    tables = {kind: pa.Table.from_batches(read_in) for kind, read_in in batches.items()}
    if needed not in tables or not tables[needed].num_rows:
        raise HengjianError(f"没有{KINDS[needed].title}记录（{needed}）", path=paths[0])
    return tables


def _tell(rejected: list[str]) -> None:
    if not rejected:
        return
    errors.print(f"[yellow]{len(rejected):,} 行不合约定，没有计入[/]")
    for line in rejected[:_REJECTS_SHOWN]:
        errors.print(f"[yellow]{escape(line)}[/]", soft_wrap=True)
