"""The tests of a rule: words, measures, numbers, labels, values; each true, false or unknown."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from itertools import chain
from typing import Any

from hengjian.identity.numbers import FORMS, find_numbers, value_state
from hengjian.law.parameter import parameter
from hengjian.records.kinds import KINDS, column_of
from hengjian.records.labels import label_names
from hengjian.text.folds import fold
from hengjian.text.matcher import Hit
from hengjian.text.measures import Measure, measures
from hengjian.violations.condition import Truth, all_of, any_of
from hengjian.violations.row import ANY_FIELD, ATTRIBUTES, ROLES, SPEAKERS, Row, field_title
from hengjian.violations.vocabulary import word_lists

SENTENCE_ENDS = "。！？!?；;\n"
CLAUSE_ENDS = SENTENCE_ENDS + "，,"
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
}
_UNIT_NAMES = {
    "yuan": "元",
    "percent": "%",
    "day": "天",
    "age": "岁",
    "times": "倍",
    "piece": "件",
}


@dataclass(frozen=True)
class Evidence:
    """What speaks for a finding.

    Attributes:
        fieldname: Where it stands.
        start: Offset into the original text; None: it is no stretch of a text.
        end: Offset behind its last character.
        layer: How a text matched; `measure`, `form` (of a number), `number`, `derived`, `value`,
            `absent` (a label that must be shown).
        name: What is counted, or the label.
        value: The number found.
        unit: Its unit.
        baseline: The number that it was held against.
    """

    fieldname: str
    start: int | None
    end: int | None
    layer: str
    name: str | None = None
    value: float | None = None
    unit: str | None = None
    baseline: float | None = None

    def place(self) -> tuple[str, int, int, str, str]:
        """Return what puts evidence in order."""
        return self.fieldname, self.start or 0, self.end or 0, self.layer, self.name or ""


@dataclass(frozen=True)
class Answer:
    """What a test or selection says of a row.

    Attributes:
        truth: None: unknown.
        evidence: What speaks for it, if true.
        missing: The fields that left it unknown.
    """

    truth: Truth
    evidence: tuple[Evidence, ...] = ()
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Neighbours:
    """Words that stand near a hit, in the same sentence.

    Attributes:
        words: The words, any of them.
        within: How many characters may lie between.
        side: Of the hit: `before`, `after`; None: either.
        clause: Whether a comma parts them as the end of a sentence does.
    """

    words: frozenset[str] = frozenset()
    within: int = 0
    side: str | None = None
    clause: bool = False


@dataclass(frozen=True)
class Guards:
    """What a hit needs, and what excuses it.

    Attributes:
        inside: Longer words that excuse a hit which lies wholly inside one of them.
        after: Words that excuse a hit which comes after one of them.
        before: Words that excuse a hit which comes before one of them.
        anywhere: Words that excuse all hits of the field in which one of them stands.
        near: Company that a hit needs: of each, one word must stand near.
        roles: Who must speak, where a livestream has several speakers.
        count: How many different words must be found.
    """

    inside: frozenset[str] = frozenset()
    after: tuple[Neighbours, ...] = ()
    before: tuple[Neighbours, ...] = ()
    anywhere: frozenset[str] = frozenset()
    near: tuple[Neighbours, ...] = ()
    roles: frozenset[str] = frozenset()
    count: int = 1

    def sought(self) -> Iterable[str]:
        """Return the words that speak for a finding."""
        return chain.from_iterable(neighbours.words for neighbours in self.near)

    @cached_property
    def excusing(self) -> frozenset[str]:
        """The words that excuse; nobody disguises what speaks for him."""
        around = chain(self.after, self.before)
        return self.inside.union(self.anywhere, *(neighbours.words for neighbours in around))


@dataclass(frozen=True)
class WordTest:
    """A field holds one of these words."""

    fieldname: str
    words: frozenset[str]
    guards: Guards = Guards()


@dataclass(frozen=True)
class MeasureTest:
    """A field holds a number with this unit, for which the comparisons hold."""

    fieldname: str
    unit: str
    comparisons: tuple[tuple[str, float], ...]
    guards: Guards = Guards()


@dataclass(frozen=True)
class FormTest:
    """A field holds a number of this form, or only attempts at one.

    `state` is `well_formed` or `malformed`.
    """

    fieldname: str
    form: str
    state: str


@dataclass(frozen=True)
class LabelTest:
    """The page shows labels.

    `has`: all of them; `lacks`: at least one is not shown; `lacks_all`: none is.
    """

    labels: tuple[str, ...]
    mode: str


@dataclass(frozen=True)
class Operand:
    """What a number is held against: a constant, another field, or a number that the law sets."""

    constant: float = 0.0
    fieldname: str | None = None
    parameter: str | None = None
    times: float = 1.0


@dataclass(frozen=True)
class NumberTest:
    """A field's number compares so to an operand."""

    fieldname: str
    comparison: str
    operand: Operand


@dataclass(frozen=True)
class ValueTest:
    """A field has one of these values."""

    fieldname: str
    values: frozenset[Any]


@dataclass(frozen=True)
class EmptyTest:
    """A list is known to be empty, or not to be."""

    fieldname: str
    empty: bool


@dataclass(frozen=True)
class EntryTest:
    """One entry of a list satisfies all of these tests at once."""

    column: str
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class KindTest:
    """The record is of one of these kinds."""

    kinds: frozenset[str]


@dataclass(frozen=True)
class RoleTest:
    """One of these roles speaks in the record, such as seller or buyer."""

    roles: frozenset[str]


@dataclass(frozen=True)
class ComputedTest:
    """The module beside the rule decides: its `judge(row)` returns an Answer.

    Attributes:
        module: Its name.
        labels: Without these on the page it cannot tell, and is not asked.
    """

    module: str
    labels: tuple[str, ...] = ()


Test = (
    WordTest
    | MeasureTest
    | FormTest
    | LabelTest
    | NumberTest
    | ValueTest
    | EmptyTest
    | EntryTest
    | KindTest
    | RoleTest
    | ComputedTest
)


@dataclass(frozen=True)
class Selection:
    """Alternatives, each a group of tests that must all hold."""

    alternatives: tuple[tuple[Test, ...], ...]

    def tests(self) -> Iterator[Test]:
        """Return all tests of all alternatives, those of entries too."""
        for test in chain.from_iterable(self.alternatives):
            yield test
            if isinstance(test, EntryTest):
                yield from test.tests


def sought(test: Test) -> Iterable[str]:
    """Return the words that a test looks for, plain or in disguise."""
    if isinstance(test, WordTest):
        return chain(test.words, test.guards.sought())
    return test.guards.sought() if isinstance(test, MeasureTest) else ()


def excuses(test: Test) -> Iterable[str]:
    """Return the words that a test needs to know of as written, such as those that excuse."""
    if isinstance(test, FormTest):
        return FORMS[test.form].signs
    if isinstance(test, LabelTest | ComputedTest):
        return chain.from_iterable(map(label_names, test.labels))
    return test.guards.excusing if isinstance(test, WordTest | MeasureTest) else ()


def field_of(test: Test) -> str | None:
    """Return the field that a test looks at; None: none of its own."""
    match test:
        case LabelTest():
            return ATTRIBUTES
        case EntryTest(column):
            return column
        case KindTest() | RoleTest() | ComputedTest():
            return None
        case _:
            return test.fieldname


def evaluate(selection: Selection, row: Row) -> Answer:
    """Return whether a selection holds for a row, what speaks for it, and what it lacks."""
    groups = [_group(group, row) for group in selection.alternatives]
    return Answer(
        any_of(answer.truth for answer in groups),
        tuple(e for answer in groups if answer.truth for e in answer.evidence),
        frozenset().union(*(answer.missing for answer in groups if answer.truth is None)),
    )


def _group(tests: Sequence[Test], row: Row) -> Answer:
    answers = []
    for test in tests:
        answer = ask(test, row)
        if answer.truth is False:
            return answer
        answers.append(answer)
    return Answer(
        all_of(answer.truth for answer in answers),
        tuple(e for answer in answers for e in answer.evidence),
        frozenset().union(*(answer.missing for answer in answers if answer.truth is None)),
    )


def ask(test: Test, row: Row) -> Answer:
    """Return what one test says of a row.

    A field that the row's kind does not have cannot hold anything; one that only the row lacks is
    unknown.
    """
    if not is_of_kind(test, row.kind):
        return Answer(False)
    return _ASK[type(test)](test, row)


def is_of_kind(test: Test, kind: str) -> bool:
    """Tell whether records of a kind can have the field that a test looks at."""
    name = field_of(test)
    return name is None or _has_field(kind, name)


@cache
def _has_field(kind: str, name: str) -> bool:
    if name == ANY_FIELD:
        return bool(KINDS[kind].text_fields) or _has_field(kind, ATTRIBUTES)
    return column_of(name) in KINDS[kind].schema.names


def of_kind(selection: Selection, kind: str) -> Selection:
    """Return a selection without the alternatives that no record of a kind can satisfy."""
    return Selection(
        tuple(g for g in selection.alternatives if all(_may_hold_of(test, kind) for test in g))
    )


def _may_hold_of(test: Test, kind: str) -> bool:
    return is_of_kind(test, kind) and (not isinstance(test, KindTest) or kind in test.kinds)


def _role(test: RoleTest, row: Row) -> Answer:
    in_stream = row.kind == "livestream" and bool(test.roles & SPEAKERS)
    return Answer(in_stream or ROLES.get(row.kind) in test.roles)


def _computed(test: ComputedTest, row: Row) -> Answer:
    shown = _labels(LabelTest(test.labels, "has"), row)
    if not shown.truth:
        return shown
    answer: Answer = importlib.import_module(test.module).judge(row)
    return answer


def _texts(test: Any, row: Row, find: Callable[[Any, str, Row], list[Evidence]]) -> Answer:
    places = row.places(test.fieldname, test.guards.roles)
    if not places:
        return _nowhere(test.fieldname, test.guards, row)
    found = [evidence for name in places for evidence in find(test, name, row)]
    return Answer(bool(found), tuple(found))


def _nowhere(fieldname: str, guards: Guards, row: Row) -> Answer:
    # Where others speak than those who are asked, nobody of them said anything.
    others = guards.roles and row.places(fieldname, SPEAKERS)
    if others or row.known_absent(fieldname):
        return Answer(False)
    lacking = KINDS[row.kind].text_fields if fieldname == ANY_FIELD else [fieldname]
    return Answer(None, missing=frozenset(lacking))


def _words(test: WordTest, name: str, row: Row) -> list[Evidence]:
    if row.terms.isdisjoint(test.words):
        return []
    text, hits = row.texts[name], row.hits.get(name, ())
    found: list[Evidence] = []
    terms: set[str] = set()
    for hit in hits:
        if hit.term not in test.words or _excused(test.guards, hit, hits, text):
            continue
        company = [_company(hit, near, hits, text) for near in test.guards.near]
        if all(company):
            terms.add(hit.term)
            found += map(_quoted(name), [hit, *chain.from_iterable(company)])
    return found if len(terms) >= test.guards.count else []


def _measured(test: MeasureTest, name: str, row: Row) -> list[Evidence]:
    text, hits = row.texts[name], row.hits.get(name, ())
    found: list[Evidence] = []
    for start, end, value in measured(test, fold(text)):
        hit = Hit(test.unit, start, end, "literal")
        if _excused(test.guards, hit, hits, text):
            continue
        company = [_company(hit, near, hits, text) for near in test.guards.near]
        if all(company):
            unit = _UNIT_NAMES.get(test.unit, test.unit)
            baseline = test.comparisons[0][1] if test.comparisons else None
            found.append(
                Evidence(name, start, end, "measure", text[start:end], value, unit, baseline)
            )
            found += map(_quoted(name), chain.from_iterable(company))
    return found


def measured(test: MeasureTest, folded: str) -> Iterator[Measure]:
    """Return the numbers in a folded text that compare as a test asks, whatever stands around."""
    for measure in measures(folded, test.unit):
        if all(COMPARISONS[sign](measure.value, bound) for sign, bound in test.comparisons):
            yield measure


def _quoted(name: str) -> Callable[[Hit], Evidence]:
    return lambda hit: Evidence(name, hit.start, hit.end, hit.layer)


def _company(hit: Hit, near: Neighbours, hits: Sequence[Hit], text: str) -> list[Hit]:
    return [
        other
        for other in hits
        if other.term in near.words
        and _apart(hit, other)
        and near.side in {None, "before" if other.end <= hit.start else "after"}
        and _gap(hit, other, text, CLAUSE_ENDS if near.clause else SENTENCE_ENDS) <= near.within
    ]


def _excused(guards: Guards, hit: Hit, hits: Sequence[Hit], text: str) -> bool:
    if not guards.excusing:
        return False
    return any(
        other.term in guards.anywhere
        or (other.term in guards.inside and other.start <= hit.start and hit.end <= other.end)
        or any(other.term in n.words and _leads(other, hit, text, n.within) for n in guards.after)
        or any(other.term in n.words and _leads(hit, other, text, n.within) for n in guards.before)
        for other in hits
        if other.term in guards.excusing
    )


def _leads(first: Hit, second: Hit, text: str, within: int) -> bool:
    return first.end <= second.start and _gap(first, second, text) <= within


def _apart(one: Hit, other: Hit) -> bool:
    return one.end <= other.start or other.end <= one.start


def _gap(one: Hit, other: Hit, text: str, ends: str = SENTENCE_ENDS) -> float:
    """Return the characters between two hits; infinite across the end of a sentence or clause."""
    first, second = sorted((one, other), key=lambda hit: hit.start)
    between = text[first.end : second.start]
    return float("inf") if any(mark in between for mark in ends) else len(between)


def _forms(test: FormTest, row: Row) -> Answer:
    places = row.places(test.fieldname)
    if not places:
        if row.known_absent(test.fieldname):
            return Answer(False)
        return Answer(None, missing=frozenset({test.fieldname}))
    found = [evidence for name in places for evidence in _numbers_in(test, name, row)]
    by_state = {
        state: [e for e in found if e.name == state] for state in ("well_formed", "malformed")
    }
    wanted = by_state[test.state]
    # A page that gives one number right and another wrong has given the number.
    truth = bool(wanted) and (test.state == "well_formed" or not by_state["well_formed"])
    return Answer(truth, tuple(replace(e, name=None) for e in wanted))


def _numbers_in(test: FormTest, name: str, row: Row) -> Iterator[Evidence]:
    text = row.texts[name]
    in_free_text = name in row.searched and not name.startswith(f"{ATTRIBUTES}.")
    # The entries of a list are numbers of several forms: one of another form is no attempt.
    in_list = name.endswith("]")
    if test.fieldname != ANY_FIELD and not in_free_text and not in_list:
        state = value_state(test.form, text)
        if state is not None:
            yield Evidence(name, 0, len(text), "form", state)
        return
    for number in find_numbers(test.form, text):
        yield Evidence(name, number.start, number.end, "form", number.state)


def _labels(test: LabelTest, row: Row) -> Answer:
    shown = {label: _shown(label, row) for label in test.labels}
    if test.mode == "has":
        truth = all_of(shown.values())
    elif test.mode == "lacks":
        truth = any_of(None if s is None else not s for s in shown.values())
    else:
        truth = all_of(None if s is None else not s for s in shown.values())
    if truth is None:
        return Answer(None, missing=frozenset({"attributes_complete"}))
    if not truth:
        return Answer(False)
    lacks = test.mode != "has"
    told = [label for label, is_shown in shown.items() if is_shown is not lacks]
    known = [label for label in told if shown[label] is not None]
    return Answer(True, tuple(_of_label(label, row, lacks=lacks) for label in known))


def _of_label(label: str, row: Row, *, lacks: bool) -> Evidence:
    found = row.label(label)
    if found is None or not found[1]:
        return Evidence(f"{ATTRIBUTES}.{label}", None, None, "absent", label)
    name, value = found
    return Evidence(name, 0, len(value or ""), "absent" if lacks else "value", label)


def _shown(label: str, row: Row) -> Truth:
    """Tell whether a page shows a label: among its attributes, by its name in text or pictures."""
    found = row.label(label)
    if found is not None and found[1] is not None:
        value = found[1].strip()
        if any(mark in value for mark in word_lists()["见实物"]):
            return None
        bare = value.strip("（）()【】")
        return bool(bare) and bare not in word_lists()["没有标明"]
    names = label_names(label)
    if not names.isdisjoint(row.in_pictures):
        return True
    if any(name in text for f, text in row.texts.items() if f in row.searched for name in names):
        return True
    return False if row.record.get("attributes_complete") is True else None


def _number(test: NumberTest, row: Row) -> Answer:
    value = row.value(test.fieldname)
    bound, missing = _operand(test.operand, row)
    if value is None:
        missing = missing | {test.fieldname}
    if value is None or bound is None:
        return Answer(None, missing=missing)
    if not COMPARISONS[test.comparison](float(value), bound):
        return Answer(False)
    unit = "元" if isinstance(value, Decimal) else None
    title = field_title(row.kind, test.fieldname)
    return Answer(
        True,
        (Evidence(test.fieldname, None, None, "number", title, float(value), unit, bound),),
    )


def _operand(operand: Operand, row: Row) -> tuple[float | None, frozenset[str]]:
    if operand.fieldname is not None:
        value = row.value(operand.fieldname)
        if value is None:
            return None, frozenset({operand.fieldname})
        return float(value) * operand.times, frozenset()
    if operand.parameter is not None:
        if row.conduct_on is None:
            return None, frozenset({"conduct_on"})
        held = parameter(operand.parameter, row.conduct_on)
        return float(held.value) * operand.times, frozenset()
    return operand.constant, frozenset()


def _value(test: ValueTest, row: Row) -> Answer:
    fieldname = test.fieldname
    value = row.value(fieldname)
    if value is None:
        return Answer(None, missing=frozenset({fieldname}))
    if value not in test.values:
        return Answer(False)
    if isinstance(value, str):
        return Answer(True, (Evidence(fieldname, 0, len(value), "value"),))
    return Answer(
        True, (Evidence(fieldname, None, None, "value", field_title(row.kind, fieldname)),)
    )


def _empty(test: EmptyTest, row: Row) -> Answer:
    fieldname, empty = test.fieldname, test.empty
    value = row.value(fieldname)
    if value is None:
        return Answer(None, missing=frozenset({fieldname}))
    if (not value) is not empty:
        return Answer(False)
    layer = "absent" if empty else "value"
    return Answer(True, (Evidence(fieldname, None, None, layer, field_title(row.kind, fieldname)),))


def _entries(test: EntryTest, row: Row) -> Answer:
    entries = row.value(test.column)
    if entries is None:
        return Answer(None, missing=frozenset({test.column}))
    answers = [
        _group([_at(inner, test.column, index) for inner in test.tests], row)
        for index in range(len(entries))
    ]
    return Answer(
        any_of(answer.truth for answer in answers),
        tuple(e for answer in answers if answer.truth for e in answer.evidence),
        frozenset().union(*(answer.missing for answer in answers if answer.truth is None)),
    )


def _at(test: Test, column: str, index: int) -> Test:
    """Return a test on `options[].price` as one on `options[2].price`."""
    here = f"{column}[{index}]."
    match test:
        case WordTest() | MeasureTest() | NumberTest() | ValueTest():
            return replace(test, fieldname=test.fieldname.replace(f"{column}[].", here))
        case _:
            return test


_ASK: Mapping[type[Any], Callable[[Any, Row], Answer]] = {
    WordTest: lambda test, row: _texts(test, row, _words),
    MeasureTest: lambda test, row: _texts(test, row, _measured),
    FormTest: _forms,
    LabelTest: _labels,
    NumberTest: _number,
    ValueTest: _value,
    EmptyTest: _empty,
    EntryTest: _entries,
    KindTest: lambda test, row: Answer(row.kind in test.kinds),
    RoleTest: _role,
    ComputedTest: _computed,
}
