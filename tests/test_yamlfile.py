from __future__ import annotations

from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.yamlfile import MAX_BYTES, read_yaml


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rule.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_and_item_has_its_line(tmp_path: Path) -> None:
    file = read_yaml(_file(tmp_path, "a: 1\nb:\n  - x\n  - y\n"))
    assert file.line(("a",)) == 1
    assert file.line(("b", 1)) == 4


def test_a_missing_key_is_shown_at_its_parent(tmp_path: Path) -> None:
    file = read_yaml(_file(tmp_path, "a: 1\nb:\n  c: 2\n"))
    assert file.line(("b", "nothing")) == 2


def test_a_key_twice_is_refused_where_it_stands_again(tmp_path: Path) -> None:
    with pytest.raises(HengjianError) as caught:
        read_yaml(_file(tmp_path, "a: 1\nb: 2\na: 3\n"))
    assert (caught.value.line, caught.value.field) == (3, "a")


def test_an_alias_is_refused_since_it_can_blow_up(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="别名"):
        read_yaml(_file(tmp_path, "a: &x [1]\nb: *x\n"))


def test_a_tag_that_would_build_an_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="YAML语法错误"):
        read_yaml(_file(tmp_path, "a: !!python/object/apply:os.getcwd []\n"))


def test_broken_yaml_is_shown_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(HengjianError) as caught:
        read_yaml(_file(tmp_path, "a: [1\nb: 2\n"))
    assert caught.value.line == 2


def test_a_file_over_the_limit_is_not_parsed(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="超过"):
        read_yaml(_file(tmp_path, "#" * (MAX_BYTES + 1)))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: \x00", b"a: 2026-13-45"])
def test_bytes_that_are_no_text_give_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rule.yml"
    path.write_bytes(content)
    with pytest.raises(HengjianError) as caught:
        read_yaml(path)
    assert caught.value.path == path
