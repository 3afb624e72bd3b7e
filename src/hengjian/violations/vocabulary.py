"""What rules share: contexts that excuse words, and lists of words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from hengjian.errors import HengjianError
from hengjian.yamlfile import read_yaml


def _path(name: str) -> Path:
    return Path(str(resources.files("hengjian.violations") / name))


def _data(name: str) -> Mapping[str, Any]:
    path = _path(name)
    data = read_yaml(path).data
    if not isinstance(data, dict):
        raise HengjianError("应为映射", path=path)
    return data


@cache
def contexts() -> Mapping[str, Any]:
    """Return the contexts by name, each in the form of a rule's `unless`."""
    return _data("contexts.yml")


@cache
def word_lists() -> Mapping[str, Any]:
    """Return the shared lists of words by name; a rule names one among its words as `$NAME`."""
    lists = _data("words.yml")
    for name, words in lists.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise HengjianError(
                "词表应为文字的列表（数字请加引号）", path=_path("words.yml"), field=name
            )
    return lists
