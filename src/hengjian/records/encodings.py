"""Which encoding a text file is in: UTF-8, or GB18030 as Chinese spreadsheets write it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from hengjian.errors import HengjianError
from hengjian.records.lines import read_lines

UTF_8 = "utf-8"
GB18030 = "gb18030"

_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file.

    A file that isn't UTF-8 throughout is in whichever encoding reads more of its lines: one broken
    row doesn't turn a UTF-8 file into GB18030, nor does it spoil one that is GB18030.

    Raises:
        HengjianError: The file can't be read, or is UTF-16.
    """
    for line in islice(read_lines(path), 1):
        if line.data.startswith(_UTF_16_BOMS):
            raise HengjianError(
                "文件是UTF-16编码，无法读取",
                path=path,
                line=1,
                hint="请另存为UTF-8或GB18030编码的CSV",
            )
    if all(_reads(line.data, UTF_8) for line in read_lines(path)):
        return UTF_8
    votes = 0
    for line in read_lines(path):
        if not line.fault and not line.data.isascii():
            votes += _reads(line.data, GB18030) - _reads(line.data, UTF_8)
    return GB18030 if votes > 0 else UTF_8


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
