from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.records.reader import discover, fingerprint


def _files(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def _found(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in discover(root)]


def test_a_folder_gives_its_readable_files_sorted_and_below(tmp_path: Path) -> None:
    _files(tmp_path, "b.csv", "a.jsonl.gz", "readme.md", "c/d/e.ndjson", "c/f.CSV.GZ", "g.gz")

    assert _found(tmp_path) == ["a.jsonl.gz", "b.csv", "c/d/e.ndjson", "c/f.CSV.GZ"]


def test_hidden_files_and_folders_are_skipped(tmp_path: Path) -> None:
    _files(tmp_path, ".a.jsonl", ".git/b.jsonl", "c.jsonl")

    assert _found(tmp_path) == ["c.jsonl"]


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    _files(tmp_path, "outside/secret.jsonl", "in/own.jsonl")
    (tmp_path / "in/file.jsonl").symlink_to(tmp_path / "outside/secret.jsonl")
    (tmp_path / "in/folder").symlink_to(tmp_path / "outside")

    assert _found(tmp_path / "in") == ["own.jsonl"]


def test_what_only_looks_like_a_file_is_skipped(tmp_path: Path) -> None:
    _files(tmp_path, "folder.jsonl/own.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")

    assert _found(tmp_path) == ["folder.jsonl/own.jsonl"]


def test_a_file_gives_itself(tmp_path: Path) -> None:
    _files(tmp_path, "a.csv.gz")

    assert discover(tmp_path / "a.csv.gz") == [tmp_path / "a.csv.gz"]


@pytest.mark.parametrize("name", ["a.xlsx", "a.gz", "jsonl"])
def test_a_file_of_an_unknown_format_is_refused(tmp_path: Path, name: str) -> None:
    _files(tmp_path, name)

    with pytest.raises(HengjianError, match="不支持的文件格式") as error:
        discover(tmp_path / name)

    assert error.value.hint == "可读的后缀：.jsonl、.ndjson、.csv，均可再加 .gz"


def test_a_folder_without_a_readable_file_is_refused(tmp_path: Path) -> None:
    _files(tmp_path, "readme.md")

    with pytest.raises(HengjianError, match="没有可读的记录文件"):
        discover(tmp_path)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="文件不存在"):
        discover(tmp_path / "a.jsonl")


def test_a_fingerprint_is_of_the_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"\x1f\x8b not really")

    assert fingerprint(path) == hashlib.sha256(b"\x1f\x8b not really").hexdigest()


def test_a_fingerprint_of_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="无法读取"):
        fingerprint(tmp_path / "a.jsonl")
