"""hengjian hot: which topics emerge in complaints, reviews and listings."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.markup import escape
from rich.table import Table

from hengjian.casework.labels import field_name
from hengjian.cli.scan import KindName, MappingFiles, Paths, read_mappings
from hengjian.cli.terminal import console
from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS, kind_named
from hengjian.records.reader import read
from hengjian.reports.summary import UNKNOWN, region_name
from hengjian.scan_folder import SCAN_FILE, finding_line, write_findings
from hengjian.scanning.sources import Sources, find_sources
from hengjian.topics.findings import finding_of
from hengjian.topics.texts import COLUMNS, records_without_region
from hengjian.topics.topic import Topic, emerging_topics

_EVENT = "event"


def hot_command(
    paths: Paths,
    out: Annotated[Path, typer.Option(help="结果文件夹")],
    kind: KindName = None,
    mapping: MappingFiles = None,
) -> None:
    """Find emerging topics, print them, and write them as findings."""
    if (out / SCAN_FILE).exists():
        raise HengjianError("这里已有扫描结果", path=out, hint="请给出另一个文件夹")
    sources = find_sources(paths, kind_named(kind) if kind else None, read_mappings(mapping))
    tables, rejected = read_tables(sources)
    if not tables.keys() & COLUMNS.keys():
        names = "、".join(KINDS[name].title for name in COLUMNS)
        raise HengjianError(f"没有可看的记录：需要{names}")
    topics, skipped = emerging_topics(tables, keywords_of_events(tables.get(_EVENT)))
    out.mkdir(parents=True, exist_ok=True)
    _write(topics, out)
    _print(topics)
    _print_read(tables, topics)
    for fieldname, count in skipped:
        console.print(f"[dim]未看 {count:,} 条：缺少 {escape(field_name(fieldname))}[/]")
    if rejected:
        console.print(f"[yellow]被拒记录 {rejected:,} 条，未看[/]")


def read_tables(sources: Sources) -> tuple[dict[str, pa.Table], int]:
    """Return the tables by kind, and how many rows were rejected."""
    batches: dict[str, list[pa.RecordBatch]] = {}
    rejected = 0
    for source in sources.files:
        name = source.kind.name
        columns = ["name", "keywords"] if name == _EVENT else COLUMNS.get(name)
        if columns is None:
            continue
        for chunk in read(source.path, source.kind, root=source.root, mapping=source.mapping):
            batches.setdefault(name, []).append(chunk.batch.select(columns))
            rejected += len(chunk.rejects)
    return {name: pa.Table.from_batches(some) for name, some in batches.items()}, rejected


def keywords_of_events(events: pa.Table | None) -> list[str]:
    """Return the words of events that are known, which are no news."""
    rows = [] if events is None else events.to_pylist()
    return sorted({word for row in rows for word in (row["name"], *row["keywords"]) if word})


def _write(topics: Sequence[Topic], out: Path) -> None:
    found = sorted(
        (finding_of(topic, region_name) for topic in topics), key=lambda f: f["finding_id"]
    )
    with tempfile.TemporaryDirectory(dir=out) as folder:
        part = Path(folder, "topics.tsv")
        lines = (f"\t{finding['finding_id']}\t{finding_line(finding)}\n" for finding in found)
        part.write_text("".join(lines), encoding="utf-8")
        write_findings([part], out)


def _print(topics: Sequence[Topic]) -> None:
    table = Table(title=f"{len(topics):,} 个新话题")
    for name in ("首见", "识别", "记录", "词", "地区"):
        table.add_column(name)
    table.add_column("人数（往常）", justify="right")
    for topic in topics:
        places = [topic.region] if topic.region else [place for place, _ in topic.places[:3]]
        table.add_row(
            str(topic.first_day),
            str(topic.seen_day),
            KINDS[topic.kind].title,
            escape(" ".join(topic.words)),
            escape("、".join(map(region_name, places)) or UNKNOWN),
            f"{topic.people:,}（{topic.expected:.1f}）",
        )
    console.print(table)


def _print_read(tables: Mapping[str, pa.Table], topics: Sequence[Topic]) -> None:
    """Print what was read, and of how much the region is unknown, so that it can't be told from."""
    table = Table(title="看过的记录")
    table.add_column("记录")
    for name in ("条数", "地区不明（只计入全部地区）", "新话题"):
        table.add_column(name, justify="right")
    found = Counter(topic.kind for topic in topics)
    for kind, unknown in records_without_region(tables).items():
        read_rows = tables[kind].num_rows
        table.add_row(KINDS[kind].title, f"{read_rows:,}", f"{unknown:,}", f"{found[kind]:,}")
    console.print(table)
