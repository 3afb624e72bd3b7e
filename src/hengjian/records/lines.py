"""Lines of a file, plain or gzip, read in bounded memory whatever the file holds."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from hengjian.errors import HengjianError
from hengjian.records.reasons import os_reason

MAX_ROW_BYTES = 8 * 1024 * 1024
TOO_LONG = f"一行超过 {MAX_ROW_BYTES // 1024 // 1024} MiB，只保留开头"
# Of a row over the limit only the beginning is kept: a small gzip bomb must not fill the disk.
KEPT_BYTES = 64 * 1024

_BLOCK_BYTES = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line.

    Attributes:
        number: Counted from 1.
        data: Its bytes with the terminator, without a BOM.
        fault: Why it can't be read (too long, gzip broke off here), in Chinese; None: it can.
    """

    number: int
    data: bytes
    fault: str | None = None


class _CorruptGzipError(Exception):
    pass


def read_lines(path: Path) -> Iterator[Line]:
    """Yield a file's lines, unpacking gzip where the suffix or the first bytes say so.

    A gzip that is corrupt or breaks off ends with a faulty line that holds what was left of it.

    Raises:
        HengjianError: The file can't be opened or read.
    """
    try:
        with path.open("rb") as file:
            yield from _split(_blocks(file, zipped=path.suffix.lower() == ".gz"))
    except OSError as error:
        raise HengjianError(f"无法读取：{os_reason(error)}", path=path) from None


def _blocks(file: BinaryIO, *, zipped: bool) -> Iterator[bytes]:
    zipped = zipped or file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    file.seek(0)
    if zipped:
        yield from _gunzip(file)
        return
    while block := file.read(_BLOCK_BYTES):
        yield block


def _gunzip(file: BinaryIO) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP_WINDOW)
    packed = file.read(_BLOCK_BYTES)
    while packed:
        before = member.copy()
        try:
            block = member.decompress(packed, _BLOCK_BYTES)
        except zlib.error as error:
            yield from _up_to_fault(before, packed)
            raise _CorruptGzipError(f"gzip 数据损坏：{error}") from None
        yield block
        if not member.eof:
            packed = member.unconsumed_tail or file.read(_BLOCK_BYTES)
            continue
        packed = _skip_padding(member.unused_data, file)
        if not packed:
            return
        member = zlib.decompressobj(_GZIP_WINDOW)
    yield member.flush()
    raise _CorruptGzipError("gzip 数据不完整，文件提前结束")


def _skip_padding(packed: bytes, file: BinaryIO) -> bytes:
    while not (packed := packed.lstrip(b"\0")):
        if not (packed := file.read(_BLOCK_BYTES)):
            break
    return packed


def _up_to_fault(member: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    # zlib drops what it unpacked in the call that fails, so that call is made again in bytes.
    for start in range(len(packed)):
        try:
            yield member.decompress(packed[start : start + 1])
        except zlib.error:
            return


def _split(blocks: Iterator[bytes]) -> Iterator[Line]:
    number, held = 1, b""
    try:
        for block in blocks:
            *ended, rest = block.split(b"\n")
            for piece in ended:
                yield _line(number, held + piece + b"\n")
                number, held = number + 1, b""
            if len(held) <= MAX_ROW_BYTES:
                held += rest
    except _CorruptGzipError as fault:
        yield _line(number, held, str(fault))
        return
    if held:
        yield _line(number, held)


def _line(number: int, data: bytes, fault: str | None = None) -> Line:
    if number == 1:
        data = data.removeprefix(_BOM)
    if len(data) > MAX_ROW_BYTES:
        return Line(number, data[:KEPT_BYTES], fault or TOO_LONG)
    return Line(number, data, fault)
