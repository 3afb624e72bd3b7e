"""What a scan reads: which files, of which kind, under which names of columns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS, Kind
from hengjian.records.mapping import Mapping as ColumnMapping
from hengjian.records.reader import discover, root_of, source_name

_NO_KIND = "名称不是记录种类"

ColumnMappings = Mapping[str | None, ColumnMapping]
"""Mappings by kind; None: for every kind without one of its own."""


@dataclass(frozen=True)
class Source:
    """One file of records.

    Attributes:
        root: What its name is relative to.
        mapping: Names of foreign columns.
    """

    path: Path
    root: Path
    kind: Kind
    mapping: ColumnMapping | None = None

    @property
    def name(self) -> str:
        """Its name in rejects, evidence and reports."""
        return source_name(self.path, self.root)

    @property
    def rename(self) -> dict[str, str]:
        """The contract's field by the source's own name, where they differ."""
        return dict(self.mapping.rename) if self.mapping else {}


@dataclass(frozen=True)
class Sources:
    """All files of a scan, kind by kind.

    Attributes:
        skipped: What was passed over, and why.
    """

    files: tuple[Source, ...]
    skipped: tuple[str, ...] = field(default=())

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Their kinds, each once."""
        return tuple(dict.fromkeys(source.kind for source in self.files))


def sources_of(path: Path, kind: Kind, mapping: ColumnMapping | None = None) -> Sources:
    """Return the files of a path that holds records of one kind.

    Raises:
        HengjianError: There is nothing to read, or the mapping does not fit the kind.
    """
    return find_sources([path], kind, {None: mapping} if mapping else {})


def find_sources(
    paths: Sequence[Path], kind: Kind | None = None, mappings: ColumnMappings | None = None
) -> Sources:
    """Return the files of a market.

    Without a kind, a file or a folder must be named after its kind (`review.jsonl.gz`, `order/`),
    and so must everything right within a folder that is not. What has another name is skipped and
    told, never guessed.

    Args:
        paths: Files, folders, or globs of them.
        kind: The kind of all records; None: their names tell it.
        mappings: Names of foreign columns.

    Raises:
        HengjianError: There is nothing to read, or a mapping does not fit.
    """
    skipped: list[str] = []
    if len(paths) > 1:
        paths = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - removes ..
    root = _root(paths)
    found: dict[Path, Source] = {}
    for path in paths:
        for file, its_kind in _files(path, kind, skipped):
            known = _mapping_for(its_kind, mappings or {})
            found.setdefault(file.resolve(), Source(file, root or root_of(path), its_kind, known))
    if not found:
        raise HengjianError(
            "没有以记录种类命名的文件",
            path=paths[0] if paths else None,
            hint="请用 --kind 指明种类，或以种类命名，如 review.jsonl.gz；"
            f"种类有 {'、'.join(KINDS)}",
        )
    order = list(KINDS)
    files = sorted(found.values(), key=lambda s: (order.index(s.kind.name), s.name))
    _check_mappings(files, mappings or {})
    return Sources(tuple(files), tuple(skipped))


def _root(paths: Sequence[Path]) -> Path | None:
    """Return the folder above several paths, so that no two files have one name."""
    if len(paths) < 2:  # noqa: PLR2004 - one path is its own root
        return None
    above = Path(os.path.commonpath([root_of(path) for path in paths]))
    return above if above.is_dir() else above.parent


def _files(path: Path, kind: Kind | None, skipped: list[str]) -> Iterator[tuple[Path, Kind]]:
    if kind is not None:
        yield from ((file, kind) for file in discover(path))
        return
    named = _kind_of(path)
    if named is not None:
        yield from ((file, named) for file in discover(path))
    elif path.is_dir():
        yield from _market(path, skipped)
    else:
        yield from _each(discover(path), skipped)


def _market(folder: Path, skipped: list[str]) -> Iterator[tuple[Path, Kind]]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise HengjianError(f"无法读取：{error.strerror}", path=folder) from None
    for path in inside:
        if path.name.startswith(".") or path.is_symlink():
            continue
        kind = _kind_of(path)
        if kind is None:
            skipped.append(f"{path.name}：{_NO_KIND}")
            continue
        try:
            files = discover(path)
        except HengjianError as error:
            skipped.append(f"{path.name}：{error.message}")
            continue
        yield from ((file, kind) for file in files)


def _each(files: Iterable[Path], skipped: list[str]) -> Iterator[tuple[Path, Kind]]:
    for file in files:
        kind = _kind_of(file) or _kind_of(file.parent)
        if kind is None:
            skipped.append(f"{file.name}：{_NO_KIND}")
        else:
            yield file, kind


def _kind_of(path: Path) -> Kind | None:
    """Return the kind that a file or folder is named after."""
    return KINDS.get(path.name if path.is_dir() else Path(path.name.removesuffix(".gz")).stem)


def _mapping_for(kind: Kind, mappings: ColumnMappings) -> ColumnMapping | None:
    return mappings.get(kind.name) or mappings.get(None)


def _check_mappings(files: Sequence[Source], mappings: ColumnMappings) -> None:
    kinds = {source.kind.name for source in files}
    for name, mapping in mappings.items():
        if name is not None and name not in kinds:
            raise HengjianError(f"没有 {name} 记录可用这份列名对照", path=mapping.file.path)
    for source in {source.kind.name: source for source in files}.values():
        if source.mapping is not None:
            source.mapping.assumed_for(source.kind)
