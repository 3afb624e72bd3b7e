from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hengjian.cli import app
from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS


def test_the_kinds_are_listed_with_their_chinese_names() -> None:
    done = CliRunner().invoke(app, ["records", "kinds"], catch_exceptions=False)

    assert done.exit_code == 0
    for kind in KINDS.values():
        assert kind.name in done.stdout
        assert kind.title in done.stdout


def test_a_schema_is_printed_as_json() -> None:
    done = CliRunner().invoke(app, ["records", "schema", "livestream"], catch_exceptions=False)

    assert json.loads(done.stdout) == KINDS["livestream"].json_schema()


def test_the_schema_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(HengjianError, match="不认识的记录种类：dream"):
        CliRunner().invoke(app, ["records", "schema", "dream"], catch_exceptions=False)
