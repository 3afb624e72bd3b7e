"""Runs a detector over tables of records and makes findings of what it suspects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hengjian.errors import HengjianError
from hengjian.law.resolve import resolve
from hengjian.violations.build import About, Conduct, build_finding
from hengjian.violations.detector import Detector, DetectorExample, Tables, example_tables
from hengjian.violations.finding import evidence_item
from hengjian.violations.rule import Rule
from hengjian.violations.suspicion import Figure, Quote, Suspicion, Undecided, Verdict

Row = Mapping[str, Any]
Rows = Callable[[str, Sequence[int]], Sequence[Row]]
"""Returns rows of a kind by their places, with record_id, shop_id, region and their hashes."""


@dataclass
class Detected:
    """What came of a detector.

    Attributes:
        rows: How many rows of its kind it was given.
        missing: How many of them lacked which field, as `kind.field`.
        failed: The fault that ended it; None: none did.
    """

    rows: int = 0
    suspicions: list[Suspicion] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)
    failed: str | None = None

    @property
    def undecided(self) -> int:
        """How many rows could not be judged."""
        return self.rows if self.failed else min(self.rows, self.missing.total())


def detect(detector: Detector, tables: Tables) -> Detected:
    """Run a detector; a fault in it is told, and what it had said until then is not believed.

    Args:
        detector: The detector.
        tables: By kind, as `Detector.suspect` wants them; every kind of `reads` is there.
    """
    rows = tables[detector.kind].num_rows
    lacking = detector.lacking(tables)
    if lacking:
        return Detected(rows, missing=Counter({lacking[0]: rows}))
    found = Detected(rows)
    try:
        for said in detector.suspect(tables):
            match said:
                case Suspicion():
                    found.suspicions.append(said)
                case Verdict():
                    found.verdicts.append(said)
                case Undecided(fieldname, count):
                    found.missing[fieldname] += count
    except Exception as error:  # noqa: BLE001 - coverage shows it, the other detectors go on
        return Detected(rows, failed=f"{type(error).__name__}: {error}")
    return found


def finding_of(
    rule: Rule, suspicion: Suspicion, rows: Rows, seeded: frozenset[str]
) -> dict[str, Any] | None:
    """Return a finding as FINDING has it; None: nothing cited was in force on its days.

    Args:
        rule: The rule that the detector belongs to.
        suspicion: What it said.
        rows: Where it rests on.
        seeded: ids of planted test records.
    """
    law = resolve(rule.legal_basis, suspicion.conduct_from, suspicion.conduct_until)
    if not law.provisions and law.question is None:
        return None
    told = [row for kind, places in suspicion.rests_on.items() for row in rows(kind, places)]
    first, kind = told[0], next(iter(suspicion.rests_on))
    record_id = first["record_id"]
    quotes = [_quoted(quote, record_id) for quote in suspicion.quotes]
    figures = [_figure(figure, record_id, kind) for figure in suspicion.figures]
    members = suspicion.members
    about = About(
        suspicion.subject_kind,
        suspicion.subject_id,
        platform=suspicion.platform,
        shop_id=suspicion.shop_id or _shop_of(suspicion, first),
        operator_id=suspicion.operator_id,
        region=first.get("region"),
        record_ids=list(dict.fromkeys(row["record_id"] for row in told)),
        input_sha256=first["_input_sha256"],
        row_sha256=first["_row_sha256"],
        seeded=all(row["record_id"] in seeded for row in told),
    )
    hashes = sorted({row["_row_sha256"] for row in told})
    return build_finding(
        rule,
        about,
        Conduct(suspicion.conduct_from, suspicion.conduct_until, suspicion.conduct_known),
        law,
        evidence=[*quotes, *figures],
        rests_on=[about.subject_kind, about.subject_id, hashes],
        explanation=suspicion.explanation,
        score=suspicion.score,
        members=members and members._asdict(),
    )


def _shop_of(suspicion: Suspicion, first: Row) -> str | None:
    """Return the shop of the first row; a group's may be that of its victim."""
    return None if suspicion.subject_kind == "group" else first.get("shop_id")


def _quoted(quote: Quote, record_id: str) -> dict[str, Any]:
    return evidence_item(
        record_id=record_id,
        field=quote.fieldname,
        start=quote.start,
        end=quote.start + len(quote.text),
        text=quote.text,
        layer="literal",
    )


def _figure(figure: Figure, record_id: str, kind: str) -> dict[str, Any]:
    return evidence_item(
        record_id=record_id,
        field=figure.fieldname or kind,
        layer="number" if figure.fieldname else "derived",
        name=figure.name,
        value=float(figure.value),
        unit=figure.unit,
        baseline=figure.baseline,
    )


@dataclass(frozen=True)
class DetectorResult:
    """What came of one example of a detector.

    Attributes:
        flagged: ids of the suspected subjects, sorted.
        unknown: Fields that rows lacked, sorted, or kinds that were not read.
        failed: The detector's fault; None: none.
    """

    example: DetectorExample
    flagged: list[str]
    unknown: list[str]
    failed: str | None

    @property
    def passed(self) -> bool:
        """Whether the detector did what the example asks."""
        wanted = self.example.flag, self.example.unknown
        return (self.flagged, self.unknown) == wanted and self.failed is None


def run_detector_examples(rule: Rule) -> Iterator[DetectorResult]:
    """Run all examples of a rule's detector.

    Raises:
        HengjianError: A record of an example breaks its contract.
    """
    if rule.detector is None:
        return
    for example in rule.detector.examples:
        try:
            tables = example_tables(rule.detector, example)
        except HengjianError as error:
            raise HengjianError(
                f"{rule.id} 的示例“{example.name}”：{error.message}", path=rule.path
            ) from None
        without = [kind for kind in rule.detector.reads if kind not in tables]
        if without:
            yield DetectorResult(example, [], without, None)
            continue
        found = detect(rule.detector, tables)
        flagged = sorted({suspicion.subject_id for suspicion in found.suspicions})
        yield DetectorResult(example, flagged, sorted(found.missing), found.failed)
