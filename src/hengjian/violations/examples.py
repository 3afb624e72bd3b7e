"""The examples that stand in a rule: run through the same runner as a scan."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from hengjian.records.kinds import KINDS, Kind
from hengjian.violations.rule import Example, Rule
from hengjian.violations.runner import RuleRunner


@dataclass(frozen=True)
class ExampleResult:
    """What came of one example.

    Attributes:
        flagged: True or False; None: the rule could not decide, or failed.
        words: The words of the evidence, in order.
        reason: Why it could not decide.
    """

    example: Example
    flagged: bool | None
    words: list[str]
    reason: str

    @property
    def passed(self) -> bool:
        """Whether the rule did what the example asks."""
        right_words = self.example.words is None or self.words == self.example.words
        wanted = None if self.example.flag == "unknown" else self.example.flag
        undecided = self.reason.startswith("missing")
        return self.flagged is wanted and right_words and undecided is (wanted is None)


def run_examples(rule: Rule) -> list[ExampleResult]:
    """Run all examples of a rule."""
    return [_run(rule, example) for example in rule.examples]


def example_batch(
    kind: Kind, records: list[dict[str, object]], columns: list[str]
) -> pa.RecordBatch:
    """Return partial records as a batch; what an example leaves out is missing."""
    provenance = {"_row_sha256": "0" * 64, "_input_sha256": "0" * 64, "_assumed": None}
    schema = pa.schema(
        [
            *kind.schema,
            pa.field("_row_sha256", pa.string()),
            pa.field("_input_sha256", pa.string()),
            pa.field("_assumed", pa.list_(pa.string())),
        ]
    )
    named = {kind.id_fields[-1]: "example"}
    rows = [{**named, **record, **provenance} for record in records]
    return pa.RecordBatch.from_pylist(rows, schema=schema).select(columns)


def _run(rule: Rule, example: Example) -> ExampleResult:
    kind = KINDS[example.kind or rule.applies_to[0]]
    runner = RuleRunner(kind, [rule])
    columns = [*runner.columns, "_row_sha256", "_input_sha256", "_assumed"]
    outcome = runner(example_batch(kind, [example.record], columns))[0].as_py()
    reasons = "；".join(f"{u['reason']} {u['field']}" for u in outcome["unchecked"])
    if reasons:
        return ExampleResult(example, None, [], reasons)
    words = [item["text"] for finding in outcome["findings"] for item in finding["evidence"]]
    return ExampleResult(example, bool(outcome["findings"]), words, "")
