"""Run text rules over batches of records; what comes out is an outcome for every record."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from hengjian.law.resolve import SHANGHAI, Resolution, resolve
from hengjian.records.kinds import Kind, column_of
from hengjian.text.matcher import EXACT, PLAIN_DISGUISES, Matcher
from hengjian.violations.condition import Truth
from hengjian.violations.condition import evaluate as evaluate_condition
from hengjian.violations.finding import OUTCOME, digest, lead_key
from hengjian.violations.rule import Rule
from hengjian.violations.selection import Row, Span, missing_fields
from hengjian.violations.selection import evaluate as evaluate_selection

Record = Mapping[str, Any]
_Decision = tuple[Truth, list[Span], list[str]]
# Times at which somebody looked; all others are told by the record itself.
_SEEN = frozenset({"captured_at", "observed_at"})


@dataclass(frozen=True)
class RuleRunner:
    """Runs the rules that apply to one kind of record.

    Args:
        kind: The kind.
        rules: The rules to run; those that do not apply to the kind are left out.
        seeded: ids of planted test records.
    """

    kind: Kind
    rules: Sequence[Rule]
    seeded: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def applicable(self) -> tuple[Rule, ...]:
        """The rules that apply to the kind."""
        return tuple(rule for rule in self.rules if self.kind.name in rule.applies_to)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The contract's columns that the rules and their findings need."""
        named = {name for rule in self.applicable for name in rule.fields()}
        about = {"record_id", "platform", "shop_id", "region", "attributes"}
        texts = {column_of(name) for name in named.union(self.kind.text_fields)}
        wanted = about | texts | {*self.kind.id_fields, self.kind.observed_field}
        return tuple(name for name in self.kind.schema.names if name in wanted)

    @cached_property
    def _matcher(self) -> Matcher:
        words = (word for rule in self.applicable for word in rule.vocabulary())
        return Matcher(words, EXACT | PLAIN_DISGUISES)

    @cached_property
    def _without_words(self) -> dict[tuple[str, frozenset[str]], _Decision]:
        return {}

    @cached_property
    def _texts_read(self) -> frozenset[str]:
        return frozenset(self.kind.text_fields).union(*(rule.fields() for rule in self.applicable))

    def __call__(self, batch: pa.RecordBatch) -> pa.Array[Any]:
        """Return an OUTCOME for every record of a batch."""
        seconds = dict.fromkeys((rule.id for rule in self.applicable), 0.0)
        outcomes = [
            self._outcome(record, seconds) for record in batch.to_pylist(maps_as_pydicts="strict")
        ]
        if outcomes:
            outcomes[0]["seconds"] = [{"violation": v, "value": s} for v, s in seconds.items()]
        return pa.array(outcomes, type=OUTCOME)

    def _outcome(self, record: Record, seconds: dict[str, float]) -> dict[str, Any]:
        row = self._row(record)
        findings: list[dict[str, Any]] = []
        unchecked: list[dict[str, str]] = []
        for rule in self.applicable:
            started = time.perf_counter()
            finding, reason = self._judge(rule, row, record)
            seconds[rule.id] += time.perf_counter() - started
            if finding is not None:
                findings.append(finding)
            unchecked.extend({"violation": rule.id, **what} for what in reason)
        return {"findings": findings, "unchecked": unchecked, "seconds": []}

    def _row(self, record: Record) -> Row:
        texts = _texts(record, self._texts_read)
        searched = {name for name in texts if "." in name}
        return Row(
            kind=self.kind.name,
            searched=frozenset(searched.union(self.kind.text_fields)),
            texts=texts,
            hits={name: hits for name, text in texts.items() if (hits := self._matcher.find(text))},
        )

    def _judge(
        self, rule: Rule, row: Row, record: Record
    ) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
        try:
            truth, spans, missing = self._decided(rule, row)
            if truth is False:
                return None, []
            if truth is None:
                return None, [{"reason": "missing", "field": name} for name in missing]
            conduct, known = _conduct(record, self.kind)
            law = resolve(rule.legal_basis, conduct, conduct)
            if not law.provisions:
                return None, [{"reason": "not_in_force", "field": self.kind.observed_field or ""}]
            return self._finding(rule, row, record, spans, law, conduct, known), []
        except Exception as error:  # noqa: BLE001 - coverage shows it, the other rules go on
            return None, [{"reason": "failed", "field": f"{type(error).__name__}: {error}"}]

    def _decided(self, rule: Rule, row: Row) -> _Decision:
        """Decide a rule; most rows hold none of its words, so that only their fields matter."""
        if not row.terms.isdisjoint(rule.key_words):
            return _decide(rule, row)
        # Sellers invent attribute names; that there is one is all that can matter here.
        read = self._texts_read
        key = rule.id, frozenset(name if name in read else "attributes" for name in row.texts)
        if key not in self._without_words:
            self._without_words[key] = _decide(rule, row)
        return self._without_words[key]

    def _finding(
        self,
        rule: Rule,
        row: Row,
        record: Record,
        spans: Sequence[Span],
        law: Resolution,
        conduct: dt.datetime | None,
        known: str,
    ) -> dict[str, Any]:
        record_id, platform = self.kind.record_id(record), record.get("platform")
        subject_kind = rule.subject.get(self.kind.name, self.kind.name)
        subject_id = record.get("shop_id") if subject_kind == "shop" else None
        if subject_id is None:
            subject_kind, subject_id = self.kind.name, self.kind.own_id(record)
        window = f"{conduct.astimezone(SHANGHAI):%Y-%m}" if conduct else "unknown"
        texts = [row.texts[span.fieldname][span.start : span.end] for span in spans]
        words = "”“".join(dict.fromkeys(texts))
        explanation = rule.explanation.replace("{words}", words)
        return {
            "finding_id": digest(
                [
                    rule.id,
                    rule.version,
                    record["_row_sha256"],
                    subject_id,
                    [[s.fieldname, s.start, s.end, s.layer] for s in spans],
                ]
            ),
            "lead_key": lead_key(rule.id, platform, subject_kind, subject_id, window),
            "input_sha256": record["_input_sha256"],
            "row_sha256": record["_row_sha256"],
            "seeded": record_id in self.seeded,
            "violation": rule.id,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "record_ids": [record_id],
            "platform": platform,
            "shop_id": record.get("shop_id"),
            "operator_id": None,
            "region": record.get("region"),
            "severity": rule.severity,
            "score": rule.score,
            "conduct_from": conduct,
            "conduct_until": conduct,
            "conduct_known": known,
            "legal_basis": [
                {
                    "law": p.law,
                    "article": p.article,
                    "effective_from": p.effective_from.isoformat(),
                    "quote": p.quote,
                }
                for p in law.provisions
            ],
            "ladder": rule.ladder,
            "evidence": [
                {
                    "record_id": record_id,
                    "field": span.fieldname,
                    "start": span.start,
                    "end": span.end,
                    "text": text,
                    "layer": span.layer,
                }
                for span, text in zip(spans, texts, strict=True)
            ],
            "explanation": explanation + (law.question or ""),
            "members": None,
            "rule_version": rule.version,
        }


def _texts(record: Record, wanted: Iterable[str]) -> dict[str, str]:
    """Return the texts of a record by field.

    A map's entries stand as `attributes.NAME`, those of a list as `segments[0].text`.
    """
    texts = {
        name: record[name]
        for name in sorted(wanted)
        if "." not in name and record.get(name) is not None
    }
    for name, value in (record.get("attributes") or {}).items():
        if value is not None:
            texts[f"attributes.{name}"] = value
    for name in sorted(wanted):
        column, entries, part = name.partition("[].")
        if entries:
            texts.update(_entries(record, column, part))
    return texts


def _entries(record: Record, column: str, part: str) -> Iterator[tuple[str, str]]:
    for index, entry in enumerate(record.get(column) or ()):
        # What the audience of a live show says is no claim of the one who sells there.
        if entry[part] is not None and entry.get("speaker") != "audience":
            yield f"{column}[{index}].{part}", entry[part]


def _decide(rule: Rule, row: Row) -> _Decision:
    """Return whether a rule holds, the spans that speak for it, and the fields that it lacked."""
    results = {name: evaluate_selection(s, row) for name, s in rule.selections.items()}
    truth = evaluate_condition(rule.condition, {name: t for name, (t, _) in results.items()})
    speaking = [found for name, (t, found) in results.items() if t and name in rule.speaking]
    spans = set().union(*speaking)
    whole = sorted(s for s in spans if not any(_inside(s, other) for other in spans))
    lacking = [rule.selections[name] for name, (t, _) in results.items() if t is None]
    return truth, whole, sorted(set().union(*(missing_fields(s, row) for s in lacking)))


def _inside(span: Span, other: Span) -> bool:
    """Tell whether a span is but a part of another."""
    return (
        span.fieldname == other.fieldname
        and other.start <= span.start
        and span.end <= other.end
        and (other.start, other.end) != (span.start, span.end)
    )


def _conduct(record: Record, kind: Kind) -> tuple[dt.datetime | None, str]:
    """Return when the conduct took place, and how that is known."""
    field = kind.observed_field
    when = record[field] if field else None
    if when is None:
        return None, "unknown"
    if field in (record["_assumed"] or ()):
        return when, "assumed"
    return when, "captured" if field in _SEEN else "stated"
