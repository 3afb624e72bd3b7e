"""Reading records: files in, Arrow batches and rejects out, in memory that doesn't grow."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from itertools import takewhile
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pyarrow as pa
from pydantic import ValidationError

from hengjian.errors import HengjianError
from hengjian.records.encodings import UTF_8, encoding_of
from hengjian.records.formats import FORMATS
from hengjian.records.kinds import Kind
from hengjian.records.mapping import Mapping
from hengjian.records.reasons import first_fault, os_reason, shown
from hengjian.records.rows import BadRow, Layout, Row, csv_header
from hengjian.records.seen import SeenIds

_PROVENANCE_FIELDS: list[pa.Field[Any]] = [
    pa.field("_source", pa.string()),
    pa.field("_line", pa.int64()),
    pa.field("_row_sha256", pa.string()),
    pa.field("_raw", pa.large_binary()),
    pa.field("_assumed", pa.list_(pa.string())),
]
PROVENANCE = pa.schema(_PROVENANCE_FIELDS)
"""Where a row comes from.

`_source`: path relative to the scanned root, or file name. `_line`: line, from 1, on which the row
starts; of Parquet and XLSX, the row's number. `_raw`: its bytes as read, without line terminator;
of Parquet, its JSON; of XLSX, the JSON of its cells' texts. `_row_sha256`: SHA-256 of `_raw`.
`_assumed`: fields filled by the mapping's `assume`; empty when the source said all.
No value is ever null.
"""

_BATCH_BYTES = 16 * 1024 * 1024
_NEVER_GZIPPED = (".parquet", ".xlsx")
# Begins the name of the file by which a spreadsheet program locks one that is open.
_LOCK = "~$"
_WILD = re.compile(r"[*?\[]")
_REPEATED = "record_id: 与前面的记录重复，仍予检查"
_NOT_COMPARED = "record_id: 记录过多，未比对是否重复"
_MAX_UNKNOWN_NAMES = 100
_MANY_UNKNOWN = f"其他未知字段（名称超过 {_MAX_UNKNOWN_NAMES} 种）"


@dataclass(frozen=True)
class Reject:
    """A row that breaks its contract.

    Attributes:
        file: As `_source` of the rows.
        line: Line, from 1, on which the row starts.
        field: Contract field at fault; None: the row as a whole.
        value: What stood there, cut to 200 characters; None: nothing, or not known.
        reason: In Chinese.
        row_sha256: SHA-256 of the row's bytes as kept.
        raw: The row as read, bytes that aren't of the file's encoding as backslash escapes. Of a
            row over the size limit only the beginning is kept.
    """

    file: str
    line: int
    field: str | None
    value: str | None
    reason: str
    row_sha256: str
    raw: str

    def to_json(self) -> dict[str, Any]:
        """Return it as a row of rejects.jsonl."""
        return asdict(self)


@dataclass(frozen=True)
class Chunk:
    """A part of a file.

    Attributes:
        batch: Fields of the kind's schema, then those of PROVENANCE; may have no row.
        rejects: Rows of the same part that break the contract.
        notes: How often a liberty was taken with accepted rows, by its Chinese description; a
            file's first chunk also tells an encoding other than UTF-8.
    """

    batch: pa.RecordBatch
    rejects: list[Reject]
    notes: Counter[str]


class Form(NamedTuple):
    """What a row of a file must be read with.

    Attributes:
        format: `jsonl`, `csv`, or `parquet` or `xlsx`, whose rows are kept as JSON.
        encoding: Python's name of it.
        columns: The header as it stands there; None: rows name their fields.
    """

    format: str
    encoding: str
    columns: list[str] | None


class _Accepted(NamedTuple):
    # The contract's values in its order: a batch of models would cost several times the memory.
    values: tuple[Any, ...]
    line: int
    raw: bytes
    sha256: str
    assumed: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Contract:
    source: str
    kind: Kind
    required: frozenset[str]
    known: frozenset[str]
    in_order: Callable[[dict[str, Any]], tuple[Any, ...]]
    assumed: dict[str, Any]
    encoding: str
    seen: SeenIds
    unknown_notes: dict[str, str] = field(default_factory=dict)


def discover(path: Path) -> list[Path]:
    """Return the readable files: the file itself, those in a folder and below, or those of a glob.

    A path that does not exist and holds `*`, `?` or `[]` is a glob, part by part; what it matches
    is a file to read, or a folder to read with all below. In folders and globs, hidden files and
    folders, locks of spreadsheets, links and files with other suffixes are left out: a link could
    lead anywhere, or give a file twice.

    Returns:
        The files, sorted.

    Raises:
        HengjianError: There is nothing to read, or the suffix of the file is unknown.
    """
    if path.is_dir():
        found = sorted(_below(path))
        if not found:
            raise HengjianError("文件夹中没有可读的记录文件", path=path, hint=_suffix_hint())
        return found
    if _is_glob(path):
        root = root_of(path)
        found = sorted(_matching(root, path.parts[len(root.parts) :]))
        if not found:
            raise HengjianError("没有与此匹配的记录文件", path=path, hint=_suffix_hint())
        return found
    if not path.exists():
        raise HengjianError("文件不存在", path=path)
    _format_suffix(path)
    return [path]


def root_of(path: Path) -> Path:
    """Return the path to which a scan's files are relative: of a glob, the folder above it."""
    if not _is_glob(path):
        return path
    fixed = takewhile(lambda part: not _WILD.search(part), path.parts)
    return Path(*fixed)


def _is_glob(path: Path) -> bool:
    return not path.exists() and any(map(_WILD.search, path.parts))


def _matching(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    if not folder.is_dir():
        return
    pattern, *deeper = patterns
    try:
        inside = list(folder.iterdir())
    except OSError as error:
        _unreadable(error)
    for path in inside:
        hidden = path.name.startswith((".", _LOCK)) or path.is_symlink()
        if hidden or not fnmatchcase(path.name, pattern):
            continue
        if deeper:
            yield from _matching(path, deeper)
        elif path.is_dir():
            yield from _below(path)
        elif path.is_file() and _suffix(path) in FORMATS:
            yield path


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if name.startswith((".", _LOCK)) or path.is_symlink() or not path.is_file():
                continue
            if _suffix(path) in FORMATS:
                yield path


def _unreadable(error: OSError) -> NoReturn:
    raise HengjianError(f"无法读取：{os_reason(error)}", path=error.filename) from None


def _suffix(path: Path) -> str:
    inner = Path(path.name.lower().removesuffix(".gz")).suffix
    return path.suffix.lower() if inner in _NEVER_GZIPPED else inner


def _format_suffix(path: Path) -> str:
    suffix = _suffix(path)
    if suffix not in FORMATS:
        raise HengjianError("不支持的文件格式", path=path, hint=_suffix_hint())
    return suffix


def _suffix_hint() -> str:
    packable = [suffix for suffix in FORMATS if suffix not in _NEVER_GZIPPED]
    return f"可读的后缀：{'、'.join(packable)}（均可再加 .gz）、{'、'.join(_NEVER_GZIPPED)}"


def form_of(path: Path) -> Form:
    """Return what must be known of a file to read a single row of it again.

    Raises:
        HengjianError: Unknown suffix, unreadable, or in an encoding that isn't supported.
    """
    suffix = _format_suffix(path)
    if suffix == ".csv":
        encoding = encoding_of(path)
        return Form("csv", encoding, csv_header(path, encoding))
    packed = suffix in _NEVER_GZIPPED
    return Form(suffix.removeprefix(".") if packed else "jsonl", UTF_8, None)


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as they lie on disk.

    Raises:
        HengjianError: The file can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise HengjianError(f"无法读取：{os_reason(error)}", path=path) from None


def read(
    path: Path,
    kind: Kind,
    *,
    root: Path | None = None,
    mapping: Mapping | None = None,
    form: Form | None = None,
    seen: SeenIds | None = None,
    batch_rows: int = 8192,
) -> Iterator[Chunk]:
    """Read one file as records of a kind.

    Args:
        path: The file; its suffix says the format.
        kind: What the rows are.
        root: The scanned folder, to which `_source` is relative.
        mapping: How the source's columns are named and what is assumed.
        form: What `form_of` says of the file, if that is known already.
        seen: Ids that were read before; None: only those of this file are compared. A record whose
            id came before is read all the same, and noted.
        batch_rows: Rows and rejects in one chunk at most; large rows make smaller chunks.

    Yields:
        Chunks in the order of the file; every data row is in exactly one, as a row or a reject.

    Raises:
        HengjianError: The file can't be read at all: unknown suffix, unreadable, a CSV header
            without a required column, a mapping that doesn't fit the kind.
    """
    rows = FORMATS[_format_suffix(path)]
    encoding = (form or form_of(path)).encoding
    assumed = mapping.assumed_for(kind) if mapping else {}
    required = kind.required
    layout = Layout(
        path=path,
        schema=kind.schema,
        needed=required - assumed.keys(),
        rename=mapping.rename if mapping else {},
        encoding=encoding,
    )
    contract = _Contract(
        source=source_name(path, root),
        kind=kind,
        required=required,
        known=frozenset(kind.schema.names),
        in_order=itemgetter(*kind.schema.names),
        assumed=assumed,
        encoding=encoding,
        seen=SeenIds() if seen is None else seen,
    )
    noted = Counter([f"编码 {encoding.upper()}"] if encoding != UTF_8 else [])
    outcomes = (_checked(row, contract) for row in rows(layout))
    for batch in _batched(outcomes, batch_rows):
        chunk = _chunk(batch, contract)
        chunk.notes.update(noted)
        noted.clear()
        yield chunk


def source_name(path: Path, root: Path | None = None) -> str:
    """Return a file's name as `_source` of its rows: relative to the scanned folder, if any.

    Raises:
        HengjianError: The file isn't in the folder.
    """
    inner = Path(path.name)
    if root is not None and root != path:
        if not path.is_relative_to(root):
            raise HengjianError("文件不在所扫描的文件夹中", path=path)
        inner = path.relative_to(root)
    # A file name may hold bytes that are no text.
    return os.fsencode(inner.as_posix()).decode(errors="backslashreplace")


def _checked(row: Row | BadRow, contract: _Contract) -> _Accepted | Reject:
    if isinstance(row, BadRow):
        return _reject(row, contract)
    values = {name: value for name, value in row.values.items() if value is not None}
    notes = list(row.notes)
    notes += [_unknown_note(name, contract) for name in values if name not in contract.known]
    assumed = _fill(values, contract)
    try:
        record = contract.kind.model.model_validate(values, context=notes)
    except ValidationError as error:
        name, value, reason = first_fault(error)
        return _reject(BadRow(row.line, row.raw, reason, name, value), contract)
    sha256 = hashlib.sha256(row.raw).hexdigest()
    kept = contract.in_order(vars(record))
    notes += _repeated(vars(record), contract.seen)
    return _Accepted(kept, row.line, row.raw, sha256, tuple(assumed), tuple(notes))


def _repeated(record: dict[str, Any], seen: SeenIds) -> Iterator[str]:
    if "record_id" not in record:
        return
    if seen.add((record.get("platform"), record["record_id"])):
        yield _REPEATED
    elif seen.full:
        yield _NOT_COMPARED


def _fill(values: dict[str, Any], contract: _Contract) -> list[str]:
    filled = []
    for name, value in contract.assumed.items():
        held = values.get(name)
        blank = name in contract.required and isinstance(held, str) and not held.strip()
        if held is None or blank:
            values[name] = value
            filled.append(name)
    return filled


def _unknown_note(name: str, contract: _Contract) -> str:
    # Names come from the source: without a limit they would pile up.
    notes = contract.unknown_notes
    if name not in notes:
        if len(notes) >= _MAX_UNKNOWN_NAMES:
            return _MANY_UNKNOWN
        notes[name] = f"未知字段 {shown(name if name.isprintable() else ascii(name))}"
    return notes[name]


def _reject(row: BadRow, contract: _Contract) -> Reject:
    return Reject(
        file=contract.source,
        line=row.line,
        field=shown(row.field),
        value=shown(row.value),
        reason=row.reason,
        row_sha256=hashlib.sha256(row.raw).hexdigest(),
        raw=row.raw.decode(contract.encoding, errors="backslashreplace"),
    )


def _batched(
    outcomes: Iterable[_Accepted | Reject], batch_rows: int
) -> Iterator[list[_Accepted | Reject]]:
    batch: list[_Accepted | Reject] = []
    size = 0
    for outcome in outcomes:
        batch.append(outcome)
        size += len(outcome.raw)
        if len(batch) >= batch_rows or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _chunk(batch: list[_Accepted | Reject], contract: _Contract) -> Chunk:
    accepted = [outcome for outcome in batch if isinstance(outcome, _Accepted)]
    return Chunk(
        batch=_record_batch(accepted, contract),
        rejects=[outcome for outcome in batch if isinstance(outcome, Reject)],
        notes=Counter(note for row in accepted for note in row.notes),
    )


def _record_batch(rows: list[_Accepted], contract: _Contract) -> pa.RecordBatch:
    schema = contract.kind.schema
    values = zip(*(row.values for row in rows), strict=True) if rows else [()] * len(schema)
    columns = [_column(*pair) for pair in zip(schema, values, strict=True)]
    columns += [
        pa.array([contract.source] * len(rows), pa.string()),
        pa.array([row.line for row in rows], pa.int64()),
        pa.array([row.sha256 for row in rows], pa.string()),
        pa.array([row.raw for row in rows], pa.large_binary()),
        pa.array([row.assumed for row in rows], pa.list_(pa.string())),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema([*schema, *PROVENANCE]))


def _column(field: pa.Field[Any], values: Sequence[Any]) -> pa.Array[Any]:
    if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
        values = [items and [vars(item) for item in items] for items in values]
    column: pa.Array[Any] = pa.array(values, field.type)
    return column
