"""XML parts of a zip archive, such as XLSX is made of, parsed in bounded memory."""

from __future__ import annotations

import errno
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from xml.parsers import expat

from hengjian.errors import HengjianError
from hengjian.records.lines import MAX_ROW_BYTES
from hengjian.records.reasons import os_reason

# Deflate packs a thousand to one; a sheet that repeats one row stays well below this.
MAX_RATIO = 200
MAX_PART_BYTES = 2 * 1024**3

_MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
_BLOCK_BYTES = 64 * 1024
_MAX_TAG_BYTES = 1024 * 1024
_MAX_DEPTH = 64
_MAX_NAMES = 4096
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
)


class PartError(Exception):
    """Why the archive or one of its parts can't be read, in Chinese."""


class Handler:
    """Takes what it needs from a part; this one takes nothing. Names are without prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def data(self, text: str) -> None:
        """Take text, in pieces of any length."""


class Archive:
    """A zip archive whose parts are XML."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def __contains__(self, part: str) -> bool:
        return part in self._archive.NameToInfo

    def parse(self, part: str, handler: Handler) -> Iterator[None]:
        """Parse a part, pausing after each block so that what the handler took can be passed on.

        Raises:
            PartError: It is missing, broken, names entities, or unpacks to far more than it holds.
        """
        parser = _parser(handler)
        fed = 0
        for block in chain(self._blocks(part), (b"",)):
            fed += len(block)
            fault = _fed(parser, block)
            # A tag is held whole until it ends.
            if fed - max(parser.CurrentByteIndex, 0) > _MAX_TAG_BYTES:
                fault = fault or "含过长的XML标记"
            yield
            if fault:
                raise PartError(f"{part} {fault}")

    def _blocks(self, part: str) -> Iterator[bytes]:
        try:
            info = self._archive.getinfo(part)
        except KeyError:
            raise PartError(f"缺少 {part}") from None
        if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
            raise PartError(f"{part} 加了密，或用了不支持的压缩方法")
        most = min(MAX_PART_BYTES, max(MAX_ROW_BYTES, MAX_RATIO * info.compress_size))
        if info.file_size > most:
            raise PartError(f"{part} 展开后过大（{info.file_size} 字节）")
        size = 0
        try:
            with self._archive.open(info) as file:
                while block := file.read(_BLOCK_BYTES):
                    size += len(block)
                    if size > most:
                        raise PartError(f"{part} 展开后过大")
                    yield block
        except _ZIP_FAULTS as error:
            raise PartError(f"{part} 的压缩数据损坏（{error}）") from None


def _fed(parser: expat.XMLParserType, block: bytes) -> str | None:
    """Parse a block, the empty one being the last, and return what is wrong with it."""
    try:
        parser.Parse(block, not block)
    except expat.ExpatError as error:
        return f"的XML损坏（{error}）"
    except PartError as error:
        return str(error)
    return None


def _parser(handler: Handler) -> expat.XMLParserType:
    depth = 0
    plain: dict[str, str] = {}
    attribute_names: set[str] = set()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if name not in plain:
            plain[name] = name.rpartition(":")[2]
        attribute_names.update(attributes)
        # The parser keeps every name and every open element.
        if depth > _MAX_DEPTH or len(plain) + len(attribute_names) > _MAX_NAMES:
            raise PartError("嵌套过深，或名称过多")
        handler.start(plain[name], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(plain[name])

    def refuse(*_declaration: object) -> None:
        raise PartError("含文档类型声明（DTD），可能引用外部文件")

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = refuse
    return parser


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive of XML parts.

    Raises:
        HengjianError: It can't be read; also where a PartError is left uncaught inside.
    """
    try:
        with _BoundedFile(path) as file:
            if file.read(len(_OLE_MAGIC)) == _OLE_MAGIC:
                raise PartError("文件加了密码，或是旧版 .xls")
            yield Archive(_zip_of(file))
    except OSError as error:
        if error.errno == errno.ENOSPC:  # of what was unpacked; not this file's fault
            raise
        raise HengjianError(f"无法读取：{os_reason(error)}", path=path) from None
    except PartError as error:
        raise HengjianError(
            f"不是可读的XLSX文件：{error}", path=path, hint="请去掉密码，另存为新的 .xlsx 或CSV"
        ) from None


def _zip_of(file: io.FileIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _ZIP_FAULTS as error:
        raise PartError(f"压缩包损坏（{error}）") from None


class _BoundedFile(io.FileIO):
    """A file that gives no large piece at once: zipfile would read any directory as a whole."""

    def read(self, size: int | None = -1, /) -> bytes:
        most = _MAX_DIRECTORY_BYTES + 1
        data = super().read(most if size is None or size < 0 else min(size, most))
        if len(data) == most:
            raise PartError("压缩包的目录过大")
        return data


def related(archive: Archive, part: str, kind: str) -> dict[str, str]:
    """Return the parts inside the archive to which a part refers, by relation id.

    Args:
        archive: The archive.
        part: The part that refers; empty: the archive itself.
        kind: How the type of the relation ends, such as `/styles`.

    Raises:
        PartError: The list of relations is broken.
    """
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    relations = _Relations()
    if path in archive:
        for _ in archive.parse(path, relations):
            pass
    return {
        relation: posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        for relation, (what, target) in relations.found.items()
        if what.endswith(kind)
    }


class _Relations(Handler):
    def __init__(self) -> None:
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        # A target outside the archive is a link to another file; it is never followed.
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            what, target = attributes.get("Type", ""), attributes.get("Target", "")
            self.found[attributes.get("Id", "")] = what, target
