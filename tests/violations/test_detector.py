from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from hengjian.violations.detection import (
    DetectorResult,
    detect,
    finding_of,
    run_detector_examples,
)
from hengjian.violations.detector import Detector, DetectorExample, example_tables
from hengjian.violations.rule import Rule, load_rules, read_rule
from hengjian.violations.suspicion import Figure, Members, Quote, Suspicion

RULES = load_rules()
CUT = RULES["consumer.order_cancellation"]
RESULTS = [(rule, result) for rule in RULES.values() for result in run_detector_examples(rule)]
ORDER = {
    "record_id": "o{n}",
    "platform": "甲",
    "shop_id": "S",
    "item_id": "I",
    "user_id": "u{n}",
    "created_at": "2026-11-11T00:00:00+08:00",
    "status": "paid",
}


def _detector() -> Detector:
    assert CUT.detector is not None
    return CUT.detector


def _tables(*records: dict[str, Any]) -> dict[str, pa.Table]:
    example = DetectorExample(name="x", flag=[], records={"order": list(records)})
    return example_tables(_detector(), example)


@pytest.mark.parametrize(
    ("rule", "result"),
    RESULTS,
    ids=[f"{rule.id}:{result.example.name}" for rule, result in RESULTS],
)
def test_every_detector_does_what_its_examples_say(rule: Rule, result: DetectorResult) -> None:
    assert result.passed, (rule.id, result.flagged, result.unknown, result.failed)


def _flagged_examples() -> list[tuple[str, Detector, DetectorExample]]:
    """Return the first example of each detector that must be flagged."""
    return [
        (rule.id, rule.detector, next(e for e in rule.detector.examples if e.flag))
        for rule in RULES.values()
        if rule.detector
    ]


FLAGGED = _flagged_examples()
READ = [
    (*each, kind, name)
    for each in FLAGGED
    for kind, names in each[1].reads.items()
    for name in names
]
MAY_READ = [
    (*each, kind, name)
    for each in FLAGGED
    for kind, names in each[1].may_read.items()
    for name in names
    if name not in KINDS[kind].required
]


def _without(tables: dict[str, pa.Table], kind: str, name: str) -> dict[str, pa.Table]:
    table = tables[kind]
    place = table.column_names.index(name)
    unknown = pa.nulls(table.num_rows, table.schema.field(name).type)
    return {**tables, kind: table.set_column(place, name, unknown)}


@pytest.mark.parametrize(
    ("detector", "example", "kind", "name"),
    [case[1:] for case in READ],
    ids=[f"{case[0]}:{case[3]}.{case[4]}" for case in READ],
)
def test_without_a_field_that_it_reads_nothing_is_checked(
    detector: Detector, example: DetectorExample, kind: str, name: str
) -> None:
    found = detect(detector, _without(example_tables(detector, example), kind, name))
    assert found.suspicions == []
    assert found.undecided == found.rows > 0


@pytest.mark.parametrize(
    ("detector", "example", "kind", "name"),
    [case[1:] for case in MAY_READ],
    ids=[f"{case[0]}:{case[3]}.{case[4]}" for case in MAY_READ],
)
def test_without_a_field_that_it_may_read_a_detector_goes_on(
    detector: Detector, example: DetectorExample, kind: str, name: str
) -> None:
    tables = example_tables(detector, example)
    if kind in tables:
        assert detect(detector, _without(tables, kind, name)).failed is None


@pytest.mark.parametrize(
    ("detector", "example"), [case[1:] for case in FLAGGED], ids=[case[0] for case in FLAGGED]
)
def test_the_order_of_rows_changes_nothing(detector: Detector, example: DetectorExample) -> None:
    tables = example_tables(detector, example)
    turned = {
        kind: table.take(pa.array(range(table.num_rows)[::-1])) for kind, table in tables.items()
    }

    def told(given: dict[str, pa.Table]) -> list[Any]:
        return sorted(
            (s.subject_kind, s.subject_id, s.explanation, s.score, _ids(s, given))
            for s in detect(detector, given).suspicions
        )

    assert told(tables) == told(turned) != []


def _ids(suspicion: Suspicion, tables: dict[str, pa.Table]) -> list[Any]:
    return sorted(
        str(tables[kind].slice(place, 1).to_pylist())
        for kind, places in suspicion.rests_on.items()
        for place in places
    )


def test_a_record_of_an_example_stands_as_often_as_it_says() -> None:
    orders = _tables({**ORDER, "times": 3, "step": {"created_at": 60}})["order"]
    assert orders.column("record_id").to_pylist() == ["o1", "o2", "o3"]
    first, _, last = orders.column("created_at").to_pylist()
    assert first is not None
    assert last is not None
    assert last - first == dt.timedelta(minutes=2)


def test_an_example_that_breaks_the_contract_is_told() -> None:
    with pytest.raises(HengjianError, match="status"):
        _tables({**ORDER, "status": "lost"})


def test_a_field_that_no_row_knows_leaves_all_of_them_unchecked() -> None:
    found = detect(_detector(), _tables({**ORDER, "times": 4}))
    assert (found.rows, found.undecided, dict(found.missing)) == (4, 4, {"order.paid_at": 4})


def test_a_detector_that_fails_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_tables: object) -> Any:
        yield Suspicion("shop", "S", {"order": [0]}, [], "x", 0.5, None, None, "甲")
        raise ZeroDivisionError("no orders")

    module = "hengjian.violations.consumer.order_cancellation"
    monkeypatch.setattr(f"{module}.suspect", broken)
    paid = {**ORDER, "paid_at": ORDER["created_at"], "cancelled_by": "seller"}
    found = detect(_detector(), _tables(paid))
    assert (found.failed, found.suspicions) == ("ZeroDivisionError: no orders", [])
    assert found.undecided == found.rows == 1


def _row(kind: str, place: int) -> dict[str, Any]:
    return {
        "record_id": f"{kind}{place}",
        "shop_id": "S",
        "region": "示范市",
        "_row_sha256": f"{kind}-{place}",
        "_input_sha256": "f" * 64,
    }


def _finding(day: dt.datetime | None, **more: Any) -> dict[str, Any] | None:
    suspicion = Suspicion(
        "group",
        "G",
        {"order": [7, 2], "review": [5]},
        [Figure("被取消的比例", 40, "%", 2)],
        "请核实。",
        0.7,
        day,
        day,
        "甲",
        **more,
    )
    return finding_of(
        CUT, suspicion, lambda kind, places: [_row(kind, p) for p in places], frozenset({"order7"})
    )


DAY = dt.datetime(2026, 11, 11, tzinfo=dt.UTC)


def test_a_finding_stands_in_its_first_row_and_rests_on_all() -> None:
    finding = _finding(DAY, quotes=[Quote("cancel_reason", 2, "没货")])
    assert finding is not None
    assert finding["record_ids"] == ["order7", "order2", "review5"]
    assert (finding["row_sha256"], finding["region"]) == ("order-7", "示范市")
    quote, figure = finding["evidence"]
    assert (quote["record_id"], quote["start"], quote["end"]) == ("order7", 2, 4)
    assert (figure["layer"], figure["value"], figure["baseline"]) == ("derived", 40, 2)


def test_the_order_of_rows_does_not_change_the_finding() -> None:
    def ids(places: list[int]) -> Any:
        suspicion = Suspicion("shop", "S", {"order": places}, [], "x", 0.5, DAY, DAY, "甲")
        found = finding_of(CUT, suspicion, lambda k, p: [_row(k, n) for n in p], frozenset())
        assert found is not None
        return found["finding_id"]

    assert ids([1, 2, 3]) == ids([3, 1, 2]) != ids([1, 2])


def test_a_finding_is_seeded_only_where_all_of_it_is() -> None:
    finding = _finding(DAY)
    assert finding is not None
    assert not finding["seeded"]


def test_conduct_before_the_law_gives_no_finding() -> None:
    assert _finding(dt.datetime(2001, 1, 1, tzinfo=dt.UTC)) is None


def test_members_of_a_group_are_told() -> None:
    finding = _finding(DAY, members=Members(accounts=["a", "b"], p_value=1e-6))
    assert finding is not None
    assert finding["members"]["accounts"] == ["a", "b"]
    assert finding["members"]["p_value"] == 1e-6


def _faults(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "consumer" / "order_cancellation.yml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return [fault.message for fault in read_rule(path)[1]]


def test_code_runs_only_from_the_project_itself(tmp_path: Path) -> None:
    text = CUT.path.read_text(encoding="utf-8")
    assert _faults(tmp_path, text) == ["规则旁应有同名的 .py，其中定义 suspect(tables)"]


def test_a_rule_needs_a_condition_or_a_detector(tmp_path: Path) -> None:
    text = CUT.path.read_text(encoding="utf-8")
    head = text[: text.index("detect:")] + text[text.index("explanation:") :]
    assert "缺少检测条件（detect）或检测器（detector）" in _faults(tmp_path, head)
