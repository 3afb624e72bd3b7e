"""What was read in pictures, kept by the hash of their bytes: a repeated picture costs nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson

from hengjian.errors import HengjianError
from hengjian.images.layout import Box, Line
from hengjian.images.reading import Seen
from hengjian.records.reasons import os_reason

_FILE = "seen.sqlite"
_TABLE = """
create table if not exists seen (
    sha256 text, version text, content blob, primary key (sha256, version)
) without rowid
"""
_SECONDS_FOR_OTHERS = 30


def cache_folder() -> Path:
    """Return where it is kept: with the user, since a market could bring its own readings along."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "hengjian" / "pictures"


class SeenPictures:
    """What was read; each picture is on disk before the next is read.

    Args:
        store: An open store.
        version: Of the reader; what another version read is read anew.
    """

    def __init__(self, store: sqlite3.Connection, version: str) -> None:
        self._store = store
        self._version = version

    def __contains__(self, sha256: str) -> bool:
        return self._content(sha256) is not None

    def get(self, sha256: str, read: Callable[[], Seen]) -> Seen:
        """Return what is in a picture; it is read where that is not known yet."""
        content = self._content(sha256)
        if content is not None:
            return _seen(content)
        seen = read()
        row = (sha256, self._version, orjson.dumps(seen, default=tuple))
        self._store.execute("insert or replace into seen values (?, ?, ?)", row)
        return seen

    def _content(self, sha256: str) -> bytes | None:
        key = sha256, self._version
        asked = "select content from seen where sha256 = ? and version = ?"
        row = self._store.execute(asked, key).fetchone()
        return None if row is None else row[0]


def _seen(content: bytes) -> Seen:
    lines, *rest = orjson.loads(content)
    return Seen([Line(text, Box(*box), certainty) for text, box, certainty in lines], *rest)


@contextmanager
def seen_pictures(folder: Path, version: str) -> Iterator[SeenPictures]:
    """Open what was read before; several may read and write at once.

    Raises:
        HengjianError: The store cannot be opened, read or written.
    """
    path = folder / _FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(path, timeout=_SECONDS_FOR_OTHERS, isolation_level=None)
        with closing(store):
            store.execute(_TABLE)
            yield SeenPictures(store, version)
    except OSError as error:
        raise HengjianError(f"无法写入：{os_reason(error)}", path=folder) from None
    except sqlite3.Error as error:
        hint = "可换一个 --cache 文件夹，或删去该文件重新读取"
        raise HengjianError(f"已读图片的存档不能用：{error}", path=path, hint=hint) from None
