from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hengjian.cli.operators import operators_command
from hengjian.cli.trace import trace_command
from hengjian.errors import HengjianError

app = typer.Typer()
app.command("operators")(operators_command)
app.command("trace")(trace_command)

CODE = "91330100799655058B"
FACTORY = "汕头市澄海区小象玩具厂"


def market(folder: Path, **records: Sequence[Mapping[str, Any]]) -> str:
    for kind, rows in records.items():
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{kind}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return str(folder)


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def shops(tmp_path: Path) -> str:
    rows = [
        {"platform": "甲", "shop_id": "s1", "name": "杭州青松食品有限公司", "uscc": CODE},
        {"platform": "乙", "shop_id": "s2", "name": "青松食品", "uscc": CODE},
        {"platform": "乙", "shop_id": "s3", "name": "绿野商行"},
    ]
    folder = tmp_path / "in"
    folder.mkdir()
    return market(folder, operator=rows)


def test_operators_are_written_with_why(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run("operators", shops(tmp_path), "--out", str(out), "--why", "甲/s1", "乙/s2")
    assert "3 条登记，2 个经营者" in told
    assert "统一社会信用代码相同" in told
    assert [len(row["shops"]) for row in lines(out / "operators.jsonl")] == [2, 1]


def test_a_line_of_the_merges_given_back_undoes_the_merge(tmp_path: Path) -> None:
    out, records = tmp_path / "out", shops(tmp_path)
    run("operators", records, "--out", str(out))
    apart = tmp_path / "apart.jsonl"
    apart.write_bytes((out / "merges.jsonl").read_bytes())
    run("operators", records, "--out", str(out), "--apart", str(apart))
    assert [len(row["shops"]) for row in lines(out / "operators.jsonl")] == [1, 1, 1]
    [held] = lines(out / "held.jsonl")
    assert held["reason"] == "已由人工认定不是同一经营者"


def test_a_line_that_names_no_two_shops_is_told_with_its_number(tmp_path: Path) -> None:
    apart = tmp_path / "apart.jsonl"
    apart.write_text('\n{"shops": []}\n', encoding="utf-8")
    with pytest.raises(HengjianError, match="应写明两家店铺") as error:
        run("operators", shops(tmp_path), "--out", str(tmp_path / "o"), "--apart", str(apart))
    assert error.value.line == 2


def test_a_trace_is_printed_and_written(tmp_path: Path) -> None:
    rows = [
        {
            "platform": "甲",
            "shop_id": f"S{n}",
            "item_id": f"I{n}",
            "supplier": "义乌市绿野贸易有限公司",
            "producer": FACTORY,
        }
        for n in (1, 2)
    ]
    out = tmp_path / "trace.json"
    told = run("trace", market(tmp_path, supply=rows), "--item", "I2", "--out", str(out))
    assert "阻断方案" in told
    [found] = json.loads(out.read_text(encoding="utf-8"))
    assert [item["item_id"] for item in found["items"]] == ["I1", "I2"]
    assert [step["level"] for step in found["plan"]] == ["producer", "supplier", "shop", "shop"]


def test_a_trace_wants_a_producer_or_an_item(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="--producer 或 --item"):
        run("trace", str(tmp_path), "--out", str(tmp_path / "trace.json"))
