from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.ranking.decisions import read_decisions
from tests.ranking.scans import DAY, decision, noon, write_lines


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        ("{", None, "不是 JSON"),
        ("[]", None, "应为 JSON 对象"),
        ('{"finding_id": "a", "confirmed": true}', "decided_at", "缺少必填字段"),
        ('{"finding_id": "a", "decided_at": "2026-03-02T10:00:00", "confirmed": true}', "decided_at", "带时区"),
        (f'{{"finding_id": "a", "decided_at": "{noon(0)}", "confirmed": "yes"}}', "confirmed", "true 或 false"),
        (f'{{"finding_id": "a", "decided_at": "{noon(0)}", "confirmed": null}}', "confirmed", "true 或 false"),
        (f'{{"finding_id": "", "decided_at": "{noon(0)}", "confirmed": true}}', "finding_id", "为空"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_told_and_the_rest_goes_on(
    tmp_path: Path, line: str, field: str | None, reason: str
) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(f"{line}\n\n{json.dumps(decision('b', 1, True))}\n", encoding="utf-8")
    read = read_decisions(path)
    assert list(read.by_finding) == ["b"]
    [fault] = read.faults
    assert (fault.path, fault.line, fault.field) == (path, 1, field)
    assert reason in fault.message


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_bytes(json.dumps(decision("b", 1, True)).encode() + b'\n{"finding_id": "\xff"}\n')
    assert [fault.line for fault in read_decisions(path).faults] == [2]


def test_the_day_of_a_decision_is_that_of_shanghai(tmp_path: Path) -> None:
    row = {**decision("a", 0, True), "decided_at": "2026-03-01T16:30:00Z"}
    assert read_decisions(write_lines(tmp_path / "d", [row])).by_finding["a"].day == DAY


def test_of_two_decisions_the_earlier_stands_and_the_contradiction_is_told(tmp_path: Path) -> None:
    rows = [decision("a", 5, False), decision("a", 1, True), decision("a", 9, True)]
    read = read_decisions(write_lines(tmp_path / "d", rows))
    assert read.by_finding["a"].confirmed
    assert [fault.line for fault in read.faults] == [1]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="文件不存在"):
        read_decisions(tmp_path / "none.jsonl")


rows = st.lists(
    st.builds(decision, st.sampled_from("abc"), st.integers(0, 9), st.booleans()), max_size=12
)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_lines_is_irrelevant(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], random: object
) -> None:
    folder = tmp_path_factory.mktemp("order")
    straight = read_decisions(write_lines(folder / "a", rows))
    random.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = read_decisions(write_lines(folder / "b", rows))
    assert straight.by_finding == shuffled.by_finding
    assert len(straight.faults) == len(shuffled.faults)
