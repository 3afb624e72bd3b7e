from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.records.reader import discover, fingerprint, root_of


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


@pytest.mark.parametrize("name", ["a.xls", "a.gz", "a.parquet.gz", "a.xlsx.gz", "jsonl"])
def test_a_file_of_an_unknown_format_is_refused(tmp_path: Path, name: str) -> None:
    _files(tmp_path, name)

    with pytest.raises(HengjianError, match="不支持的文件格式") as error:
        discover(tmp_path / name)

    assert error.value.hint == "可读的后缀：.jsonl、.ndjson、.csv（均可再加 .gz）、.parquet、.xlsx"


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


def _matched(root: Path, pattern: str) -> list[str]:
    return [path.relative_to(root).as_posix() for path in discover(root / pattern)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["a1.csv", "a2.csv", "b1.csv"]),
        ("a?.csv", ["a1.csv", "a2.csv"]),
        ("[ab]1.*", ["a1.csv", "a1.jsonl.gz", "b1.csv"]),
        ("2026-*/*.jsonl", ["2026-10/x.jsonl", "2026-11/x.jsonl"]),
        ("2026-*/x.jsonl", ["2026-10/x.jsonl", "2026-11/x.jsonl"]),
        ("2026-1[01]", ["2026-10/deep/y.csv", "2026-10/x.jsonl", "2026-11/x.jsonl"]),
    ],
)
def test_a_glob_gives_what_it_matches_sorted(
    tmp_path: Path, pattern: str, found: list[str]
) -> None:
    _files(
        tmp_path, "b1.csv", "a2.csv", "a1.csv", "a1.jsonl.gz", "a1.md", ".a1.csv",
        "2026-11/x.jsonl", "2026-10/x.jsonl", "2026-10/deep/y.csv",
    )  # fmt: skip

    assert _matched(tmp_path, pattern) == found


def test_a_glob_follows_no_links_and_leaves_its_folder_never(tmp_path: Path) -> None:
    _files(tmp_path, "outside/secret.jsonl", "in/own.jsonl")
    (tmp_path / "in/file.jsonl").symlink_to(tmp_path / "outside/secret.jsonl")
    (tmp_path / "in/folder").symlink_to(tmp_path / "outside")

    assert _matched(tmp_path, "in/*") == ["in/own.jsonl"]
    assert _matched(tmp_path, "in*/*") == ["in/own.jsonl"]
    for pattern in ("in/f*/*", "in/*/../*.jsonl", "none/*"):
        with pytest.raises(HengjianError, match="没有与此匹配的记录文件"):
            discover(tmp_path / pattern)


def test_a_name_with_brackets_is_taken_as_it_stands(tmp_path: Path) -> None:
    _files(tmp_path, "a[1].csv", "a1.csv")

    assert _matched(tmp_path, "a[1].csv") == ["a[1].csv"]


def test_files_of_a_glob_are_named_from_the_folder_above_it(tmp_path: Path) -> None:
    assert root_of(tmp_path / "2026-*" / "x*.csv") == tmp_path
    assert root_of(Path("*.csv")) == Path()
    assert root_of(tmp_path) == tmp_path
