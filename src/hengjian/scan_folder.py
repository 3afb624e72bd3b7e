"""What lies in a scan's folder: how it is written, and how it is read again."""

from __future__ import annotations

import datetime as dt
import heapq
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hengjian.errors import HengjianError
from hengjian.violations.finding import FINDING_SCHEMA, evidence_item

SCAN_FILE = "scan.json"
COVERAGE_FILE = "coverage.json"
FINDINGS_FILE = "findings.jsonl"
FINDINGS_TABLE = "findings.parquet"
REJECTS_FILE = "rejects.jsonl"
SUBJECTS_FILE = "subjects.parquet"
VERDICTS_FILE = "verdicts.jsonl"
EVIDENCE_FOLDER = "evidence"

_Entry = tuple[str, str, str]
_FINDINGS_AT_ONCE = 1000
_OPEN_FILES = 200

_SUBJECT_FIELDS: list[pa.Field[Any]] = [
    pa.field("record_id", pa.string()),
    pa.field("platform", pa.string()),
    pa.field("subject_kind", pa.string()),
    pa.field("subject_id", pa.string()),
    pa.field("shop_id", pa.string()),
    pa.field("observed_at", pa.timestamp("us", tz="UTC")),
    pa.field("unchecked", pa.list_(pa.string())),
]
SUBJECTS = pa.schema(_SUBJECT_FIELDS)
"""Who was looked at in a scan, one row a record, so that a recheck can tell "gone" from "not seen".

`unchecked` names the violations that could not be decided for the record; `observed_at` is null
where the record does not say when it was seen.
"""


def finding_line(finding: dict[str, Any]) -> str:
    """Return a finding as a line of JSON."""
    return json.dumps(finding, ensure_ascii=False, default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def write_findings(parts: Sequence[Path], target: Path) -> Counter[str]:
    """Merge findings into JSON Lines and Parquet, each once; return how many of each violation.

    Args:
        parts: Files of `violation TAB finding_id TAB finding`, each sorted. Of findings with one
            id, that of the first file is kept.
        target: Folder of the result.
    """
    counts: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(dir=target) as folder,
        (target / FINDINGS_FILE).open("w", encoding="utf-8") as file,
        pq.ParquetWriter(target / FINDINGS_TABLE, FINDING_SCHEMA, compression="zstd") as table,
    ):
        lines = _once(_merged(_few(parts, Path(folder))))
        for batch in iter(lambda: list(islice(lines, _FINDINGS_AT_ONCE)), []):
            counts.update(violation for violation, _, _ in batch)
            file.writelines(line for _, _, line in batch)
            rows = [_typed(json.loads(line)) for _, _, line in batch]
            table.write_batch(pa.RecordBatch.from_pylist(rows, schema=FINDING_SCHEMA))
    return counts


def _few(parts: Sequence[Path], folder: Path) -> list[Path]:
    """Merge files until few enough remain to be open at once."""
    left = list(parts)
    for number in count():
        if len(left) <= _OPEN_FILES:
            break
        merged = folder / f"{number}.tsv"
        with merged.open("w", encoding="utf-8") as file:
            file.writelines("\t".join(entry) for entry in _merged(left[:_OPEN_FILES]))
        left[:_OPEN_FILES] = [merged]
    return left


def _merged(parts: Sequence[Path]) -> Iterator[_Entry]:
    with ExitStack() as stack:
        files = [stack.enter_context(path.open(encoding="utf-8")) for path in parts]
        yield from heapq.merge(*map(_entries, files), key=itemgetter(0, 1))


def _entries(file: Iterable[str]) -> Iterator[_Entry]:
    for line in file:
        violation, finding_id, finding = line.split("\t", 2)
        yield violation, finding_id, finding


def _once(entries: Iterable[_Entry]) -> Iterator[_Entry]:
    for _, same in groupby(entries, key=itemgetter(0, 1)):
        yield next(same)


def _typed(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding as Parquet keeps it: with times for their text."""
    for name in ("conduct_from", "conduct_until"):
        finding[name] = _time(finding[name])
    if finding["members"]:
        for name in ("window_start", "window_end"):
            finding["members"][name] = _time(finding["members"][name])
    return finding


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def write_subjects(parts: Iterable[Path], target: Path) -> None:
    """Join lists of subjects, in order."""
    with pq.ParquetWriter(target / SUBJECTS_FILE, SUBJECTS, compression="zstd") as subjects:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches():
                subjects.write_batch(batch)


def write_lines_of(parts: Iterable[Path], target: Path) -> None:
    """Join files of lines, in order."""
    with target.open("wb") as joined:
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, joined)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write one JSON object, laid out for people."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def read_scan(folder: Path) -> dict[str, Any]:
    """Return what scan.json says of a scan.

    Raises:
        HengjianError: The folder does not hold a scan.
    """
    path = folder / SCAN_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HengjianError(
            "这里没有扫描结果", path=path, hint="请给出 scan 的输出文件夹"
        ) from None
    except ValueError:
        raise HengjianError("扫描说明无法读取", path=path) from None
    if not isinstance(content, dict) or not isinstance(content.get("scan_id"), str):
        raise HengjianError("扫描说明缺少 scan_id", path=path)
    return content


def read_coverage(folder: Path) -> dict[str, Any]:
    """Return what coverage.json says of a scan.

    Raises:
        HengjianError: It is missing or cannot be read.
    """
    path = folder / COVERAGE_FILE
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HengjianError("扫描结果不完整", path=path) from None
    except ValueError:
        raise HengjianError("检查范围无法读取", path=path) from None
    return content


def find_finding(folder: Path, prefix: str) -> dict[str, Any]:
    """Return the finding whose id begins with a prefix.

    Raises:
        HengjianError: There is none, or more than one.
    """
    found = [f for f in read_findings(folder) if f["finding_id"].startswith(prefix)]
    exact = [f for f in found if f["finding_id"] == prefix]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise HengjianError(f"没有这条疑点：{prefix}", path=folder / FINDINGS_FILE)
    some = "、".join(f["finding_id"] for f in found[:3])
    raise HengjianError(f"{len(found):,} 条疑点以 {prefix} 开头", hint=f"请写长一些，如 {some}")


def read_findings(folder: Path) -> Iterator[dict[str, Any]]:
    """Return a scan's findings; keys that an evidence item leaves out are None.

    Raises:
        HengjianError: The folder holds no findings, or a line of them cannot be read.
    """
    path = folder / FINDINGS_FILE
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        raise HengjianError("这里没有疑点文件", path=path) from None
    with file:
        for number, line in enumerate(file, start=1):
            try:
                finding = json.loads(line)
            except ValueError:
                raise HengjianError("疑点文件的这一行无法读取", path=path, line=number) from None
            missing = [n for n in FINDING_SCHEMA.names if n not in finding]
            if missing:
                raise HengjianError("疑点缺少字段", path=path, line=number, field=missing[0])
            finding["evidence"] = [evidence_item(**item) for item in finding["evidence"]]
            yield finding
