"""The work folder beside a result: what was finished stays there until the scan is whole.

.NAME.work/
  lock
  UNIT/                    one large file or several small ones of a kind, named by its content
    staged.json            written last: all of it was read
    rejects.jsonl
    000000.parquet         records as read, until they are checked
    000000/                a shard that was checked: findings, rows, subjects, tally
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hengjian.errors import HengjianError
from hengjian.records.kinds import Kind
from hengjian.records.reader import fingerprint
from hengjian.scanning.sources import Source

_LOCK = "lock"
_UNIT_BYTES = 16 * 1024 * 1024
_UNIT_FILES = 500


@dataclass(frozen=True)
class Unit:
    """Files of one kind and mapping that are read and checked together: a large one stands alone.

    Attributes:
        sha256: Of each file; empty where the file cannot be read.
        folder: Where its work is kept.
    """

    sources: tuple[Source, ...]
    sha256: tuple[str, ...]
    folder: Path

    @property
    def kind(self) -> Kind:
        """The kind of all its records."""
        return self.sources[0].kind

    def shard(self, number: int) -> Path:
        """Return where the outcome of a checked shard lies."""
        return self.folder / f"{number:06d}"

    def staged(self, number: int) -> Path:
        """Return where a shard's records lie until they are checked."""
        return self.folder / f"{number:06d}.parquet"


def work_folder(out: Path) -> Path:
    """Return the work folder of a result."""
    return out.parent / f".{out.name}.work"


@contextmanager
def open_work(out: Path, *, resume: bool) -> Iterator[Path]:
    """Hold the work folder of a result: removed when the block ends well, or nothing was finished.

    Args:
        out: Folder of the result.
        resume: Keep what an earlier run finished; otherwise the work starts anew.

    Raises:
        HengjianError: Another scan holds it.
    """
    folder = work_folder(out)
    folder.mkdir(parents=True, exist_ok=True)
    # Staged records hold what personal data the input holds.
    folder.chmod(0o700)
    with (folder / _LOCK).open("w") as lock:
        _hold(lock.fileno(), out)
        if not resume:
            _empty(folder)
        try:
            yield folder
        except BaseException:
            if not has_finished(folder):
                shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)


def has_finished(folder: Path) -> bool:
    """Tell whether a work folder holds something that a further run can take over."""
    return any(folder.glob("*/staged.json"))


def _hold(descriptor: int, out: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HengjianError(
            "另一个扫描正在写入这里", path=out, hint="请等它结束，或换一个文件夹"
        ) from None


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def units_of(sources: Iterable[Source], work: Path, made_with: Mapping[str, Any]) -> Iterator[Unit]:
    """Group files into units, in their order.

    Args:
        sources: The files, those of one kind side by side.
        work: The work folder.
        made_with: All that shapes the outcome beside the files: rules, day, planted records.
    """
    group: list[Source] = []
    size = 0
    for source in sources:
        more = _size(source.path)
        apart = group and (source.kind != group[0].kind or source.mapping != group[0].mapping)
        if group and (apart or size + more > _UNIT_BYTES or len(group) >= _UNIT_FILES):
            yield _unit(group, work, made_with)
            group, size = [], 0
        group.append(source)
        size += more
    if group:
        yield _unit(group, work, made_with)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _unit(sources: Sequence[Source], work: Path, made_with: Mapping[str, Any]) -> Unit:
    hashes = tuple(map(_fingerprint, sources))
    mapping = sources[0].mapping
    content = {
        "hengjian": version("hengjian"),
        "kind": sources[0].kind.name,
        "files": [[s.name, sha256] for s, sha256 in zip(sources, hashes, strict=True)],
        "mapping": [mapping.rename, mapping.assume] if mapping else None,
        **made_with,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    key = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Unit(tuple(sources), hashes, work / key)


def _fingerprint(source: Source) -> str:
    try:
        return fingerprint(source.path)
    except HengjianError:
        # Reading it tells the fault again, beside those of other files.
        return ""
