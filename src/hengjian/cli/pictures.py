"""hengjian pictures: text, codes and hashes of the pictures of a market; the same ones in shops."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import orjson
import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from hengjian.cli.graph_files import write_rows
from hengjian.cli.scan import KindName, MappingFiles, Paths, read_mappings
from hengjian.cli.tables import read_tables
from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.images.cache import cache_folder, seen_pictures
from hengjian.images.pages import PAGE_KINDS, Fault, Page, read_pages
from hengjian.images.reading import Reader
from hengjian.images.same import COLUMNS, LEAST_QUALITY, same_pictures
from hengjian.records.kinds import kind_named
from hengjian.records.reader import read
from hengjian.records.reasons import os_reason
from hengjian.scanning.sources import Source, Sources, find_sources

pictures_app = typer.Typer(help="图片：读出商品、帖子图片中的文字和条码，找出同一图片")

_FAULTS = "faults.jsonl"
_SHOWN = 20


@pictures_app.command("read", help="读出图片中的文字、条码，写成 picture 记录，供 scan 使用")
def read_command(
    paths: Paths,
    out: Annotated[Path, typer.Option(help="结果，如 市场/picture.jsonl.gz", dir_okay=False)],
    kind: KindName = None,
    mapping: MappingFiles = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="已读图片的存档文件夹（缺省在用户的缓存文件夹）", file_okay=False),
    ] = None,
) -> None:
    """Write a record for each picture that could be read, and tell of each that could not."""
    if not out.name.removesuffix(".gz").endswith(".jsonl"):
        raise HengjianError("结果应为 .jsonl 或 .jsonl.gz", path=out)
    reader = Reader()
    sources = find_sources(paths, kind_named(kind) if kind else None, read_mappings(mapping))
    counts: Counter[str] = Counter()
    faults: list[Fault] = []
    labels: Counter[str] = Counter()
    total = sum(len(page.images) for page in _pages(sources, paths, counts, tell=True))
    if not counts["pages"]:
        raise HengjianError("没有商品信息或帖子（listing、post）", path=paths[0])
    with (
        seen_pictures(cache or cache_folder(), reader.version) as seen,
        _written(out) as file,
        _bar(total) as advance,
    ):
        for each in read_pages(_pages(sources, paths, Counter()), reader, seen):
            if isinstance(each, Fault):
                faults.append(each)
            else:
                file.write(orjson.dumps(each.record, default=str) + b"\n")
                counts["read"] += 1
                counts["known"] += each.known
                counts["text"] += bool(each.record["picture_text"])
                counts["codes"] += bool(each.record["barcodes"])
                labels.update(each.record["labels"])
            advance(1)
    told = out.with_name(f"{out.name.removesuffix('.gz').removesuffix('.jsonl')}.{_FAULTS}")
    write_rows(told, (fault._asdict() for fault in faults))
    _tell(faults, told)
    console.print(_table(counts, len(faults), labels))
    console.print(f"结果：{escape(str(out))}", soft_wrap=True)
    if counts["broken off"]:
        raise typer.Exit(3)


def _pages(
    sources: Sources, paths: Sequence[Path], counts: Counter[str], *, tell: bool = False
) -> Iterator[Page]:
    """Yield the pages of a market; of a file that cannot be read to its end, those before."""
    for source in sources.files:
        if source.kind.name not in PAGE_KINDS:
            continue
        root = _market_of(source, paths)
        try:
            for chunk in read(source.path, source.kind, root=source.root, mapping=source.mapping):
                counts["rejected"] += len(chunk.rejects)
                for record in chunk.batch.drop_columns(["_raw"]).to_pylist(
                    maps_as_pydicts="strict"
                ):
                    counts["pages"] += 1
                    yield Page(source.kind.name, record, source.path.parent, root)
        except HengjianError as error:
            counts["broken off"] += 1
            if tell:
                errors.print(f"[red]未能读完：{escape(str(error))}[/]", soft_wrap=True)


def _market_of(source: Source, paths: Sequence[Path]) -> Path:
    """Return the folder that was given, in which a file lies: its pictures may lie nowhere else.

    What several paths have in common may be the whole disk.
    """
    file = source.path.resolve()
    folders = (path.resolve() for path in paths if path.is_dir())
    return next((f for f in folders if file.is_relative_to(f)), file.parent)


@contextmanager
def _written(out: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when it is whole."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as plain:
            if out.suffix == ".gz":
                # Without a time and a name, the same pictures give the same bytes.
                with gzip.GzipFile("", "wb", fileobj=plain, mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield plain
        partial.replace(out)
    except OSError as error:
        raise HengjianError(f"无法写入：{os_reason(error)}", path=out) from None
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _bar(total: int) -> Iterator[Any]:
    columns = (
        TextColumn("读取图片"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("张"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=errors, transient=True) as bars:
        task = bars.add_task("", total=total)
        yield lambda count: bars.advance(task, count)


def _tell(faults: list[Fault], path: Path) -> None:
    for fault in faults[:_SHOWN]:
        place = f"{fault.file} 第 {fault.line} 行，images：{fault.image}"
        errors.print(f"[yellow]未读 {escape(place)}：{escape(fault.reason)}[/]", soft_wrap=True)
    if faults:
        errors.print(
            f"[yellow]{len(faults):,} 张图片没有读[/]，全部见 {escape(str(path))}", soft_wrap=True
        )


def _table(counts: Counter[str], faults: int, labels: Counter[str]) -> Table:
    table = Table(title="读取图片")
    table.add_column("项目")
    table.add_column("数量", justify="right")
    rows: Iterable[tuple[str, int]] = (
        ("商品和帖子", counts["pages"]),
        ("不合约定、没有看的记录", counts["rejected"]),
        ("读出的图片", counts["read"]),
        ("其中以前读过、不必再读", counts["known"]),
        ("其中有文字", counts["text"]),
        ("其中有条码或二维码", counts["codes"]),
        ("没有读的图片", faults),
        *((f"图中写到“{label}”", count) for label, count in labels.most_common(_SHOWN)),
    )
    for name, count in rows:
        table.add_row(escape(name), f"{count:,}")
    return table


@pictures_app.command("same", help="找出在几家店铺出现的同一图片")
def same_command(
    paths: Paths,
    out: Annotated[Path, typer.Option(help="结果（JSON Lines）", dir_okay=False)],
) -> None:
    """Write the groups of pictures that are the same and stand in two shops or more."""
    pictures = read_tables(paths, {"picture": COLUMNS}, {}, "picture")["picture"]
    with errors.status("比对图片"):
        found = same_pictures(pictures)
    write_rows(out, found.rows)
    table = Table(title=f"{found.compared:,} 张图片，{len(found.rows):,} 组同一图片")
    table.add_column("图片")
    for name in ("店铺", "图片数", "最大差异（位）"):
        table.add_column(name, justify="right")
    table.add_column("说明")
    for group in found.rows[:_SHOWN]:
        numbers = len(group["shops"]), len(group["pictures"])
        apart = max(each["distance"] for each in group["pictures"])
        table.add_row(
            escape(group["pictures"][0]["image"]),
            *(f"{number:,}" for number in (*numbers, apart)),
            escape(group["note"]),
        )
    if found.rows:
        console.print(table)
    else:
        console.print(f"{found.compared:,} 张图片，没有见于两家店铺的同一图片")
    if len(found.rows) > _SHOWN:
        console.print(f"[dim]另有 {len(found.rows) - _SHOWN:,} 组，见结果文件[/]")
    if found.poor:
        console.print(f"[dim]未比对 {found.poor:,} 张：内容太少（质量低于 {LEAST_QUALITY}）[/]")
    if found.shopless:
        console.print(f"[dim]未比对 {found.shopless:,} 张：店铺未知[/]")
    console.print(f"结果：{escape(str(out))}", soft_wrap=True)
