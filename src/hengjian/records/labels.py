"""Names that sellers give a label: 厂址 is also called 生产地址."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from hengjian.errors import HengjianError
from hengjian.yamlfile import read_yaml


@cache
def label_names(label: str) -> frozenset[str]:
    """Return all names under which sellers show a label, such as 厂址 and 生产地址."""
    return frozenset([label, *_labels().get(label, ())])


def labels_named(text: str) -> frozenset[str]:
    """Return the labels that a text names, under whichever of their names."""
    return frozenset(
        label for label in _labels() if any(name in text for name in label_names(label))
    )


@cache
def _labels() -> Mapping[str, Any]:
    path = Path(str(resources.files("hengjian.records") / "labels.yml"))
    data = read_yaml(path).data
    if not isinstance(data, dict):
        raise HengjianError("应为映射", path=path)
    return data
