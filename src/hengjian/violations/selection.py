"""The selections of a rule: which words, in which fields, next to what, and what excuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from hengjian.text.matcher import Hit
from hengjian.violations.condition import Truth, all_of, any_of
from hengjian.yamlfile import Location

ANY_FIELD = "any_field"
_SENTENCE_ENDS = "。！？!?；;\n"

Report = Callable[[Location, str], None]


@dataclass(frozen=True)
class Neighbours:
    """Words that stand near a hit, in the same sentence.

    Attributes:
        words: The words, any of them.
        within: How many characters may lie between.
    """

    words: frozenset[str] = frozenset()
    within: int = 0


@dataclass(frozen=True)
class WordTest:
    """One test of a field for words.

    Attributes:
        fieldname: A field of the contract, `attributes.NAME`, or `any_field`.
        words: The words, any of them.
        inside: Longer words that excuse a hit which lies wholly inside one of them.
        after: Words that excuse a hit which comes after one of them.
        before: Words that excuse a hit which comes before one of them.
        near: Company that a hit needs: of each, one word must stand near.
    """

    fieldname: str
    words: frozenset[str]
    inside: frozenset[str] = frozenset()
    after: tuple[Neighbours, ...] = ()
    before: tuple[Neighbours, ...] = ()
    near: tuple[Neighbours, ...] = ()

    def vocabulary(self) -> Iterable[str]:
        """Return every word that the matcher must look for."""
        around = chain(self.after, self.before, self.near)
        return chain(self.words, self.inside, *(neighbours.words for neighbours in around))


@dataclass(frozen=True)
class KindTest:
    """A test of the record's kind: one of these."""

    kinds: frozenset[str]

    def vocabulary(self) -> Iterable[str]:
        """Return every word that the matcher must look for: none."""
        return ()


Test = WordTest | KindTest


@dataclass(frozen=True)
class Selection:
    """Alternatives, each a group of tests that must all hold."""

    alternatives: tuple[tuple[Test, ...], ...]

    def tests(self) -> Iterable[Test]:
        """Return all tests of all alternatives."""
        return chain.from_iterable(self.alternatives)


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of a field that speaks for a finding, by offsets into the original text."""

    fieldname: str
    start: int
    end: int
    layer: str


@dataclass
class Row:
    """One record as the tests see it.

    Attributes:
        kind: Its kind.
        searched: The fields that `any_field` stands for.
        texts: The text fields that the record has.
        hits: Where the rules' words stand in them.
    """

    kind: str
    searched: frozenset[str]
    texts: Mapping[str, str]
    hits: Mapping[str, Sequence[Hit]] = field(default_factory=dict)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The words that were found, wherever they stand."""
        return frozenset(hit.term for hits in self.hits.values() for hit in hits)


def evaluate(selection: Selection, row: Row) -> tuple[Truth, list[Span]]:
    """Return whether a selection holds for a row, unknown if a field is missing, and where."""
    truths: list[Truth] = []
    spans: list[Span] = []
    for group in selection.alternatives:
        results = [_test(test, row) for test in group]
        truth = all_of(truth for truth, _ in results)
        truths.append(truth)
        if truth:
            spans.extend(span for _, found in results for span in found)
    return any_of(truths), spans


def _test(test: Test, row: Row) -> tuple[Truth, list[Span]]:
    if isinstance(test, KindTest):
        return row.kind in test.kinds, []
    names = row.searched if test.fieldname == ANY_FIELD else {test.fieldname}
    present = [name for name in row.texts if name in names]
    if not present:
        return None, []
    spans = [span for name in present for span in _spans(test, name, row)]
    return bool(spans), spans


def missing_fields(selection: Selection, row: Row) -> set[str]:
    """Return the fields that a selection looks at and the row does not have."""
    tests = [test for test in selection.tests() if isinstance(test, WordTest)]
    if any(test.fieldname == ANY_FIELD for test in tests) and not row.searched & row.texts.keys():
        return set(row.searched)
    named = {test.fieldname for test in tests if test.fieldname != ANY_FIELD}
    return named - row.texts.keys()


def _spans(test: WordTest, name: str, row: Row) -> Iterable[Span]:
    text, hits = row.texts[name], row.hits.get(name, ())
    for hit in hits:
        if hit.term not in test.words or _excused(test, hit, hits, text):
            continue
        company = [_company(hit, neighbours, hits, text) for neighbours in test.near]
        if all(company):
            yield _span(name, hit)
            yield from (_span(name, neighbour) for neighbour in chain.from_iterable(company))


def _company(hit: Hit, neighbours: Neighbours, hits: Sequence[Hit], text: str) -> list[Hit]:
    return [
        other
        for other in hits
        if other.term in neighbours.words
        and _apart(hit, other)
        and _gap(hit, other, text) <= neighbours.within
    ]


def _excused(test: WordTest, hit: Hit, hits: Sequence[Hit], text: str) -> bool:
    return any(
        (other.term in test.inside and other.start <= hit.start and hit.end <= other.end)
        or any(other.term in n.words and _leads(other, hit, text, n.within) for n in test.after)
        or any(other.term in n.words and _leads(hit, other, text, n.within) for n in test.before)
        for other in hits
    )


def _leads(first: Hit, second: Hit, text: str, within: int) -> bool:
    return first.end <= second.start and _gap(first, second, text) <= within


def _apart(one: Hit, other: Hit) -> bool:
    return one.end <= other.start or other.end <= one.start


def _gap(one: Hit, other: Hit, text: str) -> float:
    """Return the characters between two hits; infinite across the end of a sentence."""
    first, second = sorted((one, other), key=lambda hit: hit.start)
    between = text[first.end : second.start]
    return float("inf") if any(mark in between for mark in _SENTENCE_ENDS) else len(between)


def _span(name: str, hit: Hit) -> Span:
    return Span(name, hit.start, hit.end, hit.layer)


def parse_selection(value: Any, location: Location, report: Report) -> Selection:
    """Read a selection from a rule: a mapping, or a list of mappings of which one must hold.

    Faults go to `report` with their location; what could be read is returned.
    """
    groups = value if isinstance(value, list) else [value]
    if not groups:
        report(location, "选择项为空")
    located = [
        (group, (*location, index) if isinstance(value, list) else location)
        for index, group in enumerate(groups)
    ]
    return Selection(tuple(_parse_group(group, where, report) for group, where in located))


def _parse_group(group: Any, location: Location, report: Report) -> tuple[Test, ...]:
    if not isinstance(group, dict) or not group:
        report(location, "选择项应为映射，如 {any_field|contains: [词]}")
        return ()
    unless = _mapping(group.get("unless", {}), (*location, "unless"), report)
    readers: dict[str, Callable[[Any, Location, Report], Any]] = {
        "inside": _words,
        "after": _around,
        "before": _around,
    }
    guards: dict[str, Any] = {
        name: reader(unless.pop(name), (*location, "unless", name), report)
        for name, reader in readers.items()
        if name in unless
    }
    if "near" in group:
        guards["near"] = _around(group["near"], (*location, "near"), report)
    for key in unless:
        report((*location, "unless", key), "不认识的键，可用 inside、after、before")
    tests = [
        _parse_test(key, value, (*location, key), guards, report)
        for key, value in group.items()
        if key not in {"unless", "near"}
    ]
    if not tests:
        report(location, "选择项没有任何检验")
    return tuple(test for test in tests if test is not None)


def _parse_test(
    key: Any, value: Any, location: Location, guards: Mapping[str, Any], report: Report
) -> Test | None:
    if key == "kind":
        kinds = [value] if isinstance(value, str) else value
        if isinstance(kinds, list) and kinds and all(isinstance(kind, str) for kind in kinds):
            return KindTest(frozenset(kinds))
        report(location, "kind 应为记录种类的名称或其列表")
        return None
    name, _, modifier = str(key).partition("|")
    if modifier != "contains":
        report(location, "不认识的检验，应写作 字段|contains")
        return None
    return WordTest(name, _words(value, location, report), **guards)


def _words(value: Any, location: Location, report: Report) -> frozenset[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        report(location, "应为词或词的列表")
        return frozenset()
    if not items:
        report(location, "词表为空")
    for index, item in enumerate(items):
        if not isinstance(item, str) or not item.strip():
            report((*location, index), "应为非空的词（数字与是/否请加引号）")
    return frozenset(item for item in items if isinstance(item, str) and item.strip())


def _around(value: Any, location: Location, report: Report) -> tuple[Neighbours, ...]:
    if isinstance(value, list):
        return tuple(_neighbours(v, (*location, i), report) for i, v in enumerate(value))
    return (_neighbours(value, location, report),)


def _neighbours(value: Any, location: Location, report: Report) -> Neighbours:
    fields = _mapping(value, location, report)
    within = fields.get("within")
    if not isinstance(within, int) or isinstance(within, bool) or within < 0:
        report(location, "within 应为不小于0的整数（相隔的字数）")
        within = 0
    for key in fields.keys() - {"words", "within"}:
        report((*location, key), "不认识的键，可用 words、within")
    return Neighbours(_words(fields.get("words"), (*location, "words"), report), within)


def _mapping(value: Any, location: Location, report: Report) -> dict[str, Any]:
    if not isinstance(value, dict):
        report(location, "应为映射")
        return {}
    return dict(value)
