from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hengjian.cli.hosts import hosts_command
from hengjian.errors import HengjianError

app = typer.Typer()
app.command("hosts")(hosts_command)


@app.command("other")
def other() -> None:
    """Keep `hosts` a command of its own name."""


ACCOUNTS = [
    {"platform": "甲", "account_id": "a", "kind": "host", "name": "田园小鱼", "mcn": "星光传媒"},
    {"platform": "乙", "account_id": "b", "kind": "host", "name": "田园小鱼", "mcn": "星光传媒"},
    {"platform": "乙", "account_id": "c", "kind": "host", "name": "老李修车"},
]
STREAMS = [
    {"record_id": "l1", "platform": "甲", "room_id": "R1", "host_id": "a", "segments": []},
    {"record_id": "l2", "platform": "乙", "room_id": "R2", "host_id": "b", "segments": []},
]


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def market(tmp_path: Path) -> str:
    folder = tmp_path / "in"
    folder.mkdir()
    for kind, rows in (("account", ACCOUNTS), ("livestream", STREAMS)):
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{kind}.jsonl").write_text(text, encoding="utf-8")
    return str(folder)


def test_hosts_are_written_with_rooms_and_why(market: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run("hosts", market, "--out", str(out), "--why", "甲/a", "乙/b")
    assert "3 个账号，2 个主播" in told
    assert "昵称相同，且在不同平台属于同一MCN机构" in told
    host = lines(out / "hosts.jsonl")[0]
    assert [room["room_id"] for room in host["rooms"]] == ["R2", "R1"]


def test_a_line_of_the_merges_given_back_undoes_the_merge(market: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("hosts", market, "--out", str(out))
    apart = tmp_path / "apart.jsonl"
    apart.write_bytes((out / "merges.jsonl").read_bytes())
    told = run("hosts", market, "--out", str(out), "--apart", str(apart))
    assert "3 个账号，没有哪个主播有多个账号或者直播间" in told
    assert [held["reason"] for held in lines(out / "held.jsonl")] == ["已由人工认定不是同一主播"]


def test_a_line_that_names_no_two_accounts_is_told_with_its_number(
    market: str, tmp_path: Path
) -> None:
    apart = tmp_path / "apart.jsonl"
    apart.write_text('\n{"accounts": [1]}\n', encoding="utf-8")
    with pytest.raises(HengjianError, match="应写明两个账号") as error:
        run("hosts", market, "--out", str(tmp_path / "o"), "--apart", str(apart))
    assert error.value.line == 2


def test_an_account_that_is_not_there_is_told(market: str, tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="没有这个账号：甲/z"):
        run("hosts", market, "--out", str(tmp_path / "o"), "--why", "甲/a", "甲/z")
