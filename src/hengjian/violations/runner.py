"""Run text rules over batches of records; what comes out is an outcome for every record."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from hengjian.law.resolve import Resolution, resolve
from hengjian.records.kinds import Kind, column_of
from hengjian.text.arrays import Ints
from hengjian.text.matcher import EXACT, PLAIN_DISGUISES, Hit, Matcher
from hengjian.violations.batch import BatchFacts, WordNumbers, row_numbers, texts_of
from hengjian.violations.build import About, Conduct, build_finding
from hengjian.violations.condition import All, Condition, Truth, positive_names
from hengjian.violations.condition import evaluate as evaluate_condition
from hengjian.violations.finding import OUTCOME, Unchecked, outcome_array, statement
from hengjian.violations.pictures import (
    PAGE_KINDS,
    PICTURE,
    PICTURE_TEXT,
    PLACES,
    page_in_picture,
    place_of,
    rows_by_page,
)
from hengjian.violations.prefilter import Settled, settle
from hengjian.violations.row import Row, read_row
from hengjian.violations.rule import Rule
from hengjian.violations.selection import Answer, Evidence, of_kind
from hengjian.violations.selection import evaluate as evaluate_selection
from hengjian.violations.together import Span, are_together
from hengjian.violations.word_probe import places_among

Record = Mapping[str, Any]
LabelsInPictures = Mapping[tuple[str, str, str], frozenset[str]]


@lru_cache(maxsize=2)
def _matcher_of(sought: frozenset[str], excuses: frozenset[str]) -> Matcher:
    # A market has records of many kinds; building the matcher takes seconds.
    return Matcher(sorted(sought), EXACT | PLAIN_DISGUISES, plain=sorted(excuses))


# Where a record names whom a finding may speak of.
_SUBJECT_FIELDS = {
    "shop": ("shop_id",),
    "host": ("host_id",),
    "account": ("account_id", "from_account"),
    "complainant": ("complainant_id",),
    "platform": ("platform",),
    "operator": ("operator_uscc", "developer_uscc", "operator_name", "developer"),
}
# Times at which somebody looked; all others are told by the record itself.
_SEEN = frozenset({"captured_at", "observed_at"})


@dataclass(frozen=True)
class RuleRunner:
    """Runs the rules that apply to one kind of record.

    Args:
        kind: The kind.
        rules: The rules to run; those that do not apply to the kind are left out.
        seeded: ids of planted test records.
        in_pictures: Labels that the pictures of a page show, by its kind, platform and record_id.
        must_quote: A field of which a finding must quote something; None: none.
    """

    kind: Kind
    rules: Sequence[Rule]
    seeded: frozenset[str] = field(default_factory=frozenset)
    in_pictures: LabelsInPictures = field(default_factory=dict)
    must_quote: str | None = None

    @cached_property
    def applicable(self) -> tuple[Rule, ...]:
        """The rules that apply to the kind; to a picture, those of the pages that show pictures."""
        kinds = set(PAGE_KINDS) if self.kind.name == PICTURE else {self.kind.name}
        return tuple(rule for rule in self.rules if not kinds.isdisjoint(rule.applies_to))

    @cached_property
    def _of_kind(self) -> tuple[Rule, ...]:
        """The applicable rules, as far as they concern the kind."""
        return tuple(
            replace(
                rule,
                selections={
                    name: of_kind(selection, self.kind.name)
                    for name, selection in rule.selections.items()
                },
            )
            for rule in self.applicable
        )

    @cached_property
    def _by_page(self) -> dict[str, RuleRunner]:
        """What runs over the pictures of each kind of page."""
        return {
            name: replace(self, kind=page_in_picture(name), must_quote=PICTURE_TEXT)
            for name in PAGE_KINDS
        }

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The contract's columns that the rules and their findings need."""
        named = {name for rule in self.applicable for name in rule.fields()}
        if self.kind.name == PICTURE:
            needed = {name for runner in self._by_page.values() for name in runner.columns}
            return tuple(name for name in self.kind.schema.names if name in needed)
        about = {"record_id", "platform", "shop_id", "region", "attributes", "of_kind", *PLACES}
        subjects = {name for names in _SUBJECT_FIELDS.values() for name in names}
        texts = {column_of(name) for name in named.union(self.kind.text_fields)}
        wanted = about | subjects | texts | {*self.kind.id_fields, self.kind.observed_field}
        return tuple(name for name in self.kind.schema.names if name in wanted)

    @cached_property
    def _matcher(self) -> Matcher:
        sought = frozenset(word for rule in self.rules for word in rule.sought())
        excuses = frozenset(word for rule in self.rules for word in rule.excuses())
        return _matcher_of(sought, excuses - sought)

    @cached_property
    def _numbers(self) -> WordNumbers:
        return WordNumbers(self._matcher.terms)

    @cached_property
    def _words(self) -> dict[str, Ints]:
        """The numbers of the words of each rule."""
        of = self._numbers.of
        return {rule.id: of(frozenset([*rule.sought(), *rule.excuses()])) for rule in self._of_kind}

    @cached_property
    def _fields_read(self) -> frozenset[str]:
        return frozenset(self.kind.text_fields).union(*(rule.fields() for rule in self.applicable))

    def __call__(self, batch: pa.RecordBatch) -> pa.Array[Any]:
        """Return an OUTCOME for every record of a batch."""
        if self.kind.name == PICTURE:
            return self._over_pictures(batch)
        seconds = dict.fromkeys((rule.id for rule in self.applicable), 0.0)
        texts = texts_of(batch, self._fields_read)
        matches = self._matcher.find_batch(texts.texts)
        shown = self._labels_in_pictures(batch)
        facts = BatchFacts(batch, self.kind, texts, matches, self._numbers, frozenset(shown))
        unchecked: dict[Unchecked, list[int]] = defaultdict(list)
        undecided = self._settle(facts, unchecked, seconds)
        hits = self._hits(facts, undecided)
        findings: dict[int, list[dict[str, Any]]] = defaultdict(list)
        fields = [name for name, (begin, end) in texts.fields.items() if begin < end]
        for position, record in _records(batch, sorted(undecided)):
            row = read_row(self.kind, record, fields, lambda text: hits.get(text, ()))
            row.in_pictures = shown.get(position, frozenset())
            for rule, settled in undecided[position]:
                started = time.perf_counter()
                finding, reasons = self._judge(rule, row, record, settled.excluded(position))
                seconds[rule.id] += time.perf_counter() - started
                if finding is not None:
                    findings[position].append(finding)
                for reason in reasons:
                    unchecked[reason].append(position)
        return outcome_array(batch.num_rows, findings, unchecked, seconds)

    def _over_pictures(self, batch: pa.RecordBatch) -> pa.Array[Any]:
        of_page = {name: rows for name, rows in rows_by_page(batch).items() if rows}
        outcomes = [
            self._by_page[name](batch.take(pa.array(rows, pa.int64())))
            for name, rows in of_page.items()
        ]
        order = np.argsort(np.concatenate([np.zeros(0, np.intp), *of_page.values()]))
        whole: pa.Array[Any] = pa.concat_arrays(outcomes or [pa.array([], OUTCOME)])
        return whole.take(pa.array(order, pa.int64()))

    def _labels_in_pictures(self, batch: pa.RecordBatch) -> dict[int, frozenset[str]]:
        """Return the labels that the pictures of a batch's pages show, by the page's row."""
        if not self.in_pictures or self.kind.name not in PAGE_KINDS:
            return {}
        own = self.kind.id_fields[-1]
        ids = zip(*(batch.column(n).to_pylist() for n in ("platform", own)), strict=True)
        found = {row: self.in_pictures.get((self.kind.name, *page)) for row, page in enumerate(ids)}
        return {row: labels for row, labels in found.items() if labels}

    def _settle(
        self,
        facts: BatchFacts,
        unchecked: dict[Unchecked, list[int]],
        seconds: dict[str, float],
    ) -> dict[int, list[tuple[Rule, Settled]]]:
        """Return for every row the rules that are to be decided for it; most rows have none."""
        found: dict[int, list[tuple[Rule, Settled]]] = defaultdict(list)
        for rule in self._of_kind:
            started = time.perf_counter()
            try:
                settled = settle(rule, facts)
            except Exception as error:  # noqa: BLE001 - coverage shows it, the other rules go on
                unchecked[_failed(rule, error)] += range(facts.rows)
                continue
            for position in row_numbers(settled.undecided).tolist():
                found[position].append((rule, settled))
            for name, rows in settled.lacking:
                unchecked[Unchecked(rule.id, "missing", name)] += row_numbers(rows).tolist()
            seconds[rule.id] += time.perf_counter() - started
        return found

    def _hits(
        self, facts: BatchFacts, undecided: Mapping[int, Sequence[tuple[Rule, Settled]]]
    ) -> dict[str, Sequence[Hit]]:
        """Return where the words of the rules stand that are to be decided, by the text itself."""
        texts, matches = facts.texts, facts.matches
        rows: dict[str, list[int]] = defaultdict(list)
        for position, rules in undecided.items():
            for rule, _ in rules:
                rows[rule.id].append(position)
        wanted = np.zeros(len(matches), dtype=np.bool_)
        for rule_id, positions in rows.items():
            of_rule = np.array(positions, dtype=np.intp)
            places_among(self._words[rule_id], facts.places, of_rule, wanted)
        chosen = np.flatnonzero(wanted)
        numbers, begins = np.unique(matches.text[chosen], return_index=True)
        hits, bounds = matches.hits(chosen), [*begins.tolist(), len(chosen)]
        return {
            texts.texts[number]: hits[begin:end]
            for number, (begin, end) in zip(numbers.tolist(), pairwise(bounds), strict=True)
        }

    def _judge(
        self, rule: Rule, row: Row, record: Record, excluded: Container[str]
    ) -> tuple[dict[str, Any] | None, list[Unchecked]]:
        try:
            answer = decide(rule, row, excluded)
            if answer.truth is False:
                return None, []
            if answer.truth is None:
                missing = sorted(answer.missing)
                return None, [Unchecked(rule.id, "missing", name) for name in missing]
            quoted = {item.fieldname for item in answer.evidence}
            if self.must_quote is not None and self.must_quote not in quoted:
                return None, []
            conduct = _conduct(record, self.kind)
            law = resolve(rule.legal_basis, conduct.begin, conduct.end)
            if not law.provisions and law.question is None:
                return None, [Unchecked(rule.id, "not_in_force", self.kind.observed_field or "")]
            return self._finding(rule, row, record, answer.evidence, law, conduct), []
        except Exception as error:  # noqa: BLE001 - coverage shows it, the other rules go on
            return None, [_failed(rule, error)]

    def _subject(self, rule: Rule, record: Record) -> tuple[str, str]:
        """Return whom a finding speaks of; the record itself where the other is unknown."""
        kind = rule.subject.get(self.kind.name)
        named = (record.get(name) for name in _SUBJECT_FIELDS.get(kind or "", ()))
        found = next((str(value) for value in named if value is not None), None)
        if kind is None or found is None:
            return self.kind.name, self.kind.own_id(record)
        return kind, found

    def _finding(
        self,
        rule: Rule,
        row: Row,
        record: Record,
        evidence: Sequence[Evidence],
        law: Resolution,
        conduct: Conduct,
    ) -> dict[str, Any]:
        record_id = self.kind.record_id(record)
        subject_kind, subject_id = self._subject(rule, record)
        shown = [_as_row(item, row, record_id) for item in evidence]
        words = "”“".join(dict.fromkeys(map(statement, shown)))
        places = [[*item.place(), item.value] for item in evidence]
        return build_finding(
            rule,
            About(
                subject_kind,
                subject_id,
                platform=record.get("platform"),
                shop_id=record.get("shop_id"),
                operator_id=None,
                region=record.get("region"),
                record_ids=[record_id],
                input_sha256=record["_input_sha256"],
                row_sha256=record["_row_sha256"],
                seeded=not self.seeded.isdisjoint({record_id, record.get("of_record_id")}),
            ),
            conduct,
            law,
            evidence=shown,
            rests_on=[record["_row_sha256"], subject_id, places],
            explanation=rule.explanation.replace("{words}", words),
            score=rule.score,
        )


def _failed(rule: Rule, error: Exception) -> Unchecked:
    return Unchecked(rule.id, "failed", f"{type(error).__name__}: {error}")


def _records(batch: pa.RecordBatch, positions: list[int]) -> Iterator[tuple[int, Record]]:
    chosen = batch.take(pa.array(positions, pa.int64()))
    yield from zip(positions, chosen.to_pylist(maps_as_pydicts="strict"), strict=True)


def decide(rule: Rule, row: Row, excluded: Container[str] = ()) -> Answer:
    """Return whether a rule holds for a row, what speaks for it, and the fields that it lacked.

    Args:
        rule: The rule.
        row: The row.
        excluded: The selections that are known to be false.
    """
    answers: dict[str, Answer] = {}

    def truth_of(name: str) -> Truth:
        if name not in answers:
            selection = rule.selections[name]
            answers[name] = (
                Answer(False) if name in excluded else evaluate_selection(selection, row)
            )
        return answers[name].truth

    def spans(part: Condition) -> Iterator[Span]:
        for name in positive_names(part):
            if truth_of(name):
                for item in answers[name].evidence:
                    if item.start is not None and item.end is not None:
                        text, begin = row.read_as[item.fieldname]
                        yield Span(text, begin + item.start, begin + item.end)

    def together(whole: All) -> bool:
        return are_together([list(spans(part)) for part in whole.parts])

    truth, unknown = evaluate_condition(rule.condition, truth_of, together)
    if truth is False:
        return Answer(False)
    # What holds may hold for several reasons, and all of them are evidence.
    speaking = [name for name in rule.speaking if truth and truth_of(name)]
    found = set().union(*(answers[name].evidence for name in speaking))
    whole = [item for item in found if not any(_inside(item, other) for other in found)]
    lacking = frozenset().union(*(answers[name].missing for name in unknown))
    # One number may be held against several bounds at the same place.
    ordered = sorted(whole, key=lambda e: (*e.place(), e.value or 0.0, e.baseline or 0.0))
    return Answer(truth, tuple(ordered), lacking)


def _inside(item: Evidence, other: Evidence) -> bool:
    """Tell whether a stretch of text is but a part of another."""
    if None in {item.start, item.end, other.start, other.end} or item.name is not None:
        return False
    here, there = (item.start, item.end), (other.start, other.end)
    within = _covers(there, here) and here != there
    return item.fieldname == other.fieldname and within


def _covers(outer: tuple[Any, Any], inner: tuple[Any, Any]) -> bool:
    return bool(outer[0] <= inner[0] and inner[1] <= outer[1])


def _as_row(item: Evidence, row: Row, record_id: str) -> dict[str, Any]:
    quoted = item.start is not None and item.layer != "absent"
    place = None
    if item.start is not None and item.end is not None:
        place = place_of(row.record, item.fieldname, item.start, item.end)
    return {
        "record_id": record_id,
        "field": item.fieldname,
        "start": item.start if quoted else None,
        "end": item.end if quoted else None,
        "text": row.texts[item.fieldname][item.start : item.end] if quoted else None,
        "layer": item.layer,
        "name": item.name,
        "value": item.value,
        "unit": item.unit,
        "baseline": item.baseline,
        "image": place.image if place else None,
        "box": place.box if place else None,
    }


def _conduct(record: Record, kind: Kind) -> Conduct:
    """Return when the conduct took place, and how that is known."""
    field = kind.observed_field
    when = record[field] if field else None
    if when is None:
        return Conduct(None, None, "unknown")
    if field in (record["_assumed"] or ()):
        return Conduct(when, when, "assumed")
    return Conduct(when, when, "captured" if field in _SEEN else "stated")
