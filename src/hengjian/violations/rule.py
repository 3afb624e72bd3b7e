"""A rule is one file: the violation, its law, how it is detected, its mend and its examples."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hengjian.errors import HengjianError
from hengjian.law.resolve import Citation, uncovered_days
from hengjian.records.kinds import KINDS
from hengjian.violations.condition import Any as AnyOf
from hengjian.violations.condition import (
    Condition,
    ConditionError,
    names,
    parse,
    positive_names,
)
from hengjian.violations.detector import Detector, DetectorForm
from hengjian.violations.row import ANY_FIELD, ATTRIBUTES
from hengjian.violations.selection import (
    ComputedTest,
    KindTest,
    LabelTest,
    MeasureTest,
    NumberTest,
    Selection,
    Test,
    WordTest,
    excuses,
    field_of,
    sought,
)
from hengjian.violations.selection_parser import (
    parse_selection,
    used_contexts,
    used_word_lists,
)
from hengjian.yamlfile import Location, YamlFile, read_yaml, validation_errors

AREAS = ("marketing", "food_drug", "minors", "consumer", "reputation", "prohibited", "platform")
MIN_ACTIVE_EXAMPLES = 4
_NEVER = AnyOf(())

Text = Annotated[str, Field(min_length=1)]
SubjectKind = Literal["shop", "host", "account", "complainant", "platform", "operator"]


class Example(BaseModel):
    """A record and whether the rule must flag it.

    Attributes:
        flag: `unknown`: the rule must say that it cannot tell.
        kind: The record's kind; absent: the first that the rule applies to.
        record: Fields of the contract; those left out are missing.
        words: What the evidence must quote, in order; absent: not checked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    flag: bool | Literal["unknown"]
    kind: str | None = None
    record: dict[str, Any]
    words: list[str] | None = None


class _RuleFile(BaseModel):
    """The form of a rule's file; `detect` is parsed on its own, with located faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    title: Text
    status: Literal["draft", "shadow", "active", "retired"]
    applies_to: list[str] = []
    subject: dict[str, SubjectKind] = {}
    legal_basis: Annotated[list[Citation], Field(min_length=1)]
    penalty: list[Citation] = []
    ladder: Literal["R1", "R2", "R3", "R4"]
    authority: Annotated[list[Text], Field(min_length=1)]
    severity: Literal["life_health", "minors", "property", "order"] = "order"
    score: Annotated[float, Field(gt=0, le=1)] = 0.5
    reads: list[str] = []
    detect: dict[str, Any] | None = None
    detector: DetectorForm | None = None
    explanation: Annotated[str, Field(pattern=r"\{words\}")] = "出现“{words}”，请核实。"
    mend: Text
    look_alikes: Annotated[list[Text], Field(min_length=1)]
    examples: list[Example] = []


@dataclass(frozen=True)
class Rule:
    """A rule that has been read and checked.

    Attributes:
        id: `area.name`, also its place below violations/.
        subject: Whom a finding speaks of, by kind of record: the record itself or its shop.
        score: How certain a hit is, 0–1; a judgement, not calibrated, until labels exist.
        reads: Fields that the module beside the rule reads.
        selections: The parsed `detect` block, by name; empty: only the detector decides.
        speaking: The selections whose hits are evidence: not those that exempt, nor those that
            only set the scene (a cosmetic).
        detector: What looks at whole kinds of records; None: the rule has none.
        version: Content hash of the rule, the shared contexts that it names and the module beside
            it; comments and layout of the YAML do not change it.
    """

    id: str
    title: str
    status: str
    applies_to: Sequence[str]
    subject: Mapping[str, str]
    legal_basis: Sequence[Citation]
    penalty: Sequence[Citation]
    ladder: str
    authority: Sequence[str]
    severity: str
    score: float
    reads: Sequence[str]
    selections: Mapping[str, Selection]
    condition: Condition
    speaking: frozenset[str]
    explanation: str
    mend: str
    look_alikes: Sequence[str]
    examples: Sequence[Example]
    detector: Detector | None
    version: str
    path: Path

    def tests(self) -> Iterator[Test]:
        """Return all tests of all selections."""
        return chain.from_iterable(selection.tests() for selection in self.selections.values())

    def sought(self) -> Iterable[str]:
        """Return the words that speak for a finding, plain or in disguise."""
        speaking = (s for name, s in self.selections.items() if name in self.speaking)
        tests = chain.from_iterable(selection.tests() for selection in speaking)
        return chain.from_iterable(map(sought, tests))

    def excuses(self) -> Iterable[str]:
        """Return the words that are looked for as written: what excuses, what sets the scene."""
        tests = list(self.tests())
        return chain(
            chain.from_iterable(map(excuses, tests)), chain.from_iterable(map(sought, tests))
        )

    def fields(self) -> set[str]:
        """Return the fields that the rule names, `any_field` left out."""
        named = {name for test in self.tests() if (name := field_of(test)) is not None}
        operands = {
            test.operand.fieldname
            for test in self.tests()
            if isinstance(test, NumberTest) and test.operand.fieldname is not None
        }
        labels = any(isinstance(test, LabelTest | ComputedTest) for test in self.tests())
        complete = {"attributes_complete"} if labels or self._names_labels(named) else set()
        return (named | operands | complete | set(self.reads)) - {ANY_FIELD}

    @staticmethod
    def _names_labels(named: Iterable[str]) -> bool:
        return any(name.startswith(f"{ATTRIBUTES}.") for name in named)


def rules_folder() -> Path:
    """Return the folder of the rules that come with Hengjian."""
    return Path(str(resources.files("hengjian.violations")))


def rule_files(folder: Path) -> list[Path]:
    """Return a folder's rule files, AREA/NAME.yml."""
    return sorted(path for area in AREAS for path in (folder / area).glob("*.yml"))


def load_rules(folder: Path | None = None) -> dict[str, Rule]:
    """Return all rules of a folder by id.

    Raises:
        HengjianError: A rule has a fault; the first is raised, `check_rules` lists them all.
    """
    rules, faults = check_rules(folder or rules_folder())
    if faults:
        raise faults[0]
    return rules


def check_rules(folder: Path) -> tuple[dict[str, Rule], list[HengjianError]]:
    """Read every rule of a folder; return the sound ones and every fault of the others."""
    rules: dict[str, Rule] = {}
    faults: list[HengjianError] = []
    for path in rule_files(folder):
        rule, found = read_rule(path)
        faults.extend(found)
        if rule is not None:
            rules[rule.id] = rule
    return rules, faults


def read_rule(path: Path) -> tuple[Rule | None, list[HengjianError]]:
    """Read one rule file; return the rule, or None and every fault with its line."""
    try:
        file = read_yaml(path)
    except HengjianError as error:
        return None, [error]
    try:
        form = _RuleFile.model_validate(file.data)
    except ValidationError as error:
        return None, validation_errors(error, file)
    checker = _Checker(file, form)
    rule = checker.rule()
    return (None, checker.faults) if checker.faults else (rule, [])


def content_hash(data: Any) -> str:
    """Return the hash of a rule's content, 16 hex digits."""
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@dataclass
class _Checker:
    """Checks what the form alone cannot see: law, fields, conditions, examples."""

    file: YamlFile
    form: _RuleFile
    faults: list[HengjianError] = field(default_factory=list)

    def rule(self) -> Rule | None:
        """Return the rule, if no fault was found."""
        self._check_place()
        self._check_kinds()
        for key in ("legal_basis", "penalty"):
            for index, citation in enumerate(getattr(self.form, key)):
                self._check_citation(citation, (key, index))
        selections = {
            name: parse_selection(value, ("detect", name), self._report, self._module())
            for name, value in self._detect.items()
            if name not in {"condition", "context"}
        }
        condition = self._condition(selections) if self.form.detect is not None else _NEVER
        context = self._context(selections)
        self._check_fields(selections)
        self._check_parts()
        self._check_status()
        if condition is None:
            return None
        speaking = frozenset(positive_names(condition) - context)
        if selections and not speaking:
            self._report(("detect", "condition"), "没有任何选择项可以作为证据")
        values = {
            name: getattr(self.form, name)
            for name in type(self.form).model_fields
            if name not in {"detect", "detector"}
        }
        return Rule(
            **values,
            selections=selections,
            condition=condition,
            speaking=speaking,
            detector=self._detector(),
            version=content_hash(self._content()),
            path=self.file.path,
        )

    @property
    def _detect(self) -> dict[str, Any]:
        return self.form.detect or {}

    def _check_parts(self) -> None:
        if self.form.detect is None and self.form.detector is None:
            self._report(("detect",), "缺少检测条件（detect）或检测器（detector）")
        if self.form.detect is not None:
            if not self.form.applies_to:
                self._report(("applies_to",), "应列出检查哪些记录")
            self._check_examples()
        elif self.form.applies_to:
            self._report(("applies_to",), "没有检测条件（detect），不应列出记录")

    def _detector(self) -> Detector | None:
        form, module = self.form.detector, self._module()
        if form is None:
            return None
        if module is None:
            self._report(("detector",), "规则旁应有同名的 .py，其中定义 suspect(tables)")
            return None
        for part in ("reads", "may_read"):
            for kind, columns in getattr(form, part).items():
                self._check_columns(kind, columns, ("detector", part, kind))
        self._check_detector_examples(form)
        return Detector(module, form.reads, form.may_read, form.examples)

    def _check_columns(self, kind: str, columns: Iterable[str], location: Location) -> None:
        if kind not in KINDS:
            self._report(location, f"没有这种记录；现有：{'、'.join(KINDS)}")
            return
        for name in columns:
            if name not in KINDS[kind].schema.names:
                self._report(location, f"{kind} 没有字段 {name}")

    def _check_detector_examples(self, form: DetectorForm) -> None:
        place = ("detector", "examples")
        flagged = [bool(example.flag) for example in form.examples]
        if set(flagged) < {True, False}:
            self._report(place, "示例应既有应标记的，也有不应标记的")
        if self.form.status == "active" and len(flagged) < MIN_ACTIVE_EXAMPLES:
            self._report(place, f"启用的规则至少要有 {MIN_ACTIVE_EXAMPLES} 个示例")
        for index, example in enumerate(form.examples):
            for kind in example.records.keys() - {*form.reads, *form.may_read}:
                self._report((*place, index, "records", kind), "reads 与 may_read 中没有这种记录")

    def _module(self) -> str | None:
        """Return the module beside the rule; only those that come with Hengjian are code to run."""
        beside = self.file.path.with_suffix(".py")
        shipped = beside.is_file() and beside.resolve().is_relative_to(rules_folder().resolve())
        return f"hengjian.violations.{self.form.id}" if shipped else None

    def _content(self) -> list[Any]:
        beside = self.file.path.with_suffix(".py")
        code = beside.read_text(encoding="utf-8") if self._module() else ""
        shared = used_contexts(self._detect) | used_word_lists(self._detect)
        return [self.file.data, shared, code]

    def _report(self, location: Location, message: str) -> None:
        self.faults.append(
            HengjianError(
                message,
                path=self.file.path,
                line=self.file.line(location),
                field=".".join(map(str, location)),
            )
        )

    def _check_place(self) -> None:
        place = f"{self.file.path.parent.name}.{self.file.path.stem}"
        if self.form.id != place:
            self._report(("id",), f"编号应与文件位置一致：{place}")

    def _check_kinds(self) -> None:
        for index, kind in enumerate(self.form.applies_to):
            if kind not in KINDS:
                self._report(("applies_to", index), f"没有这种记录；现有：{'、'.join(KINDS)}")
        for kind in self.form.subject:
            if kind not in self.form.applies_to:
                self._report(("subject", kind), "applies_to 中没有这种记录")

    def _check_citation(self, citation: Citation, location: Location) -> None:
        if not citation.confirmed:
            return
        try:
            gap = uncovered_days(citation)
        except HengjianError as error:
            self._report(location, f"{error.message}；{error.hint}")
            return
        if gap is not None:
            until = gap[1] or "今"
            self._report(
                location,
                f"法规库中《{citation.law}》{citation.article}在 {gap[0]} 至{until} 没有有效条文",
            )

    def _condition(self, selections: Mapping[str, Selection]) -> Condition | None:
        text = self._detect.get("condition")
        if not isinstance(text, str):
            self._report(("detect", "condition"), "缺少条件（condition）")
            return None
        try:
            condition = parse(text)
        except ConditionError as error:
            self._report(("detect", "condition"), str(error))
            return None
        used = names(condition)
        for name in sorted(used - selections.keys()):
            self._report(("detect", "condition"), f"条件用到未定义的选择项 {name}")
        for name in sorted(selections.keys() - used):
            self._report(("detect", name), "选择项没有在条件中使用")
        return condition

    def _context(self, selections: Mapping[str, Selection]) -> frozenset[str]:
        named = self._detect.get("context", [])
        if not isinstance(named, list) or not all(name in selections for name in named):
            self._report(("detect", "context"), "context 应列出已定义的选择项")
            return frozenset()
        return frozenset(named)

    def _check_fields(self, selections: Mapping[str, Selection]) -> None:
        for name, selection in selections.items():
            for test in selection.tests():
                self._check_test(test, ("detect", name))
        for name in self.form.reads:
            if not self._column(name):
                self._report(("reads",), f"记录没有字段 {name}")

    def _check_test(self, test: Test, location: Location) -> None:
        if isinstance(test, KindTest):
            for kind in sorted(test.kinds - set(self.form.applies_to)):
                self._report(location, f"applies_to 中没有 {kind}")
            return
        name = field_of(test)
        if name in {None, ANY_FIELD} or name is None:
            return
        column = self._column(name)
        if not column:
            self._report(location, f"记录没有字段 {name}")
        elif isinstance(test, WordTest | MeasureTest) and not any(map(_holds_text, column)):
            self._report(location, f"记录没有文字字段 {name}")

    def _column(self, name: str) -> list[pa.DataType]:
        """Return the types that a field has in the rule's kinds; empty: none has it."""
        top, _, part = name.partition(".")
        top = top.removesuffix("[]")
        types = [
            KINDS[kind].schema.field(top).type
            for kind in self.form.applies_to
            if kind in KINDS and top in KINDS[kind].schema.names
        ]
        return [inner for outer in types if (inner := _part_type(outer, part)) is not None]

    def _check_status(self) -> None:
        confirmed = any(citation.confirmed for citation in self.form.legal_basis)
        if self.form.status in {"active", "shadow"} and not confirmed:
            self._report(("status",), "依据均待确认的规则只能是 draft")

    def _check_examples(self) -> None:
        flags = {example.flag for example in self.form.examples}
        if not flags >= {True, False}:
            self._report(("examples",), "示例应既有应标记的，也有不应标记的")
        if self.form.status == "active" and len(self.form.examples) < MIN_ACTIVE_EXAMPLES:
            self._report(("examples",), f"启用的规则至少要有 {MIN_ACTIVE_EXAMPLES} 个示例")
        for index, example in enumerate(self.form.examples):
            kind = example.kind or self.form.applies_to[0]
            if kind not in self.form.applies_to:
                self._report(("examples", index), f"applies_to 中没有 {kind}")
            elif kind in KINDS:
                for name in example.record.keys() - set(KINDS[kind].schema.names):
                    self._report(("examples", index, "record", name), f"{kind} 没有这个字段")


def _part_type(outer: pa.DataType, part: str) -> pa.DataType | None:
    if not part:
        return outer
    if isinstance(outer, pa.MapType):
        item: pa.DataType = outer.item_type
        return item
    if isinstance(outer, pa.ListType) and isinstance(outer.value_type, pa.StructType):
        names: dict[str, pa.DataType] = {field.name: field.type for field in outer.value_type}
        return names.get(part)
    return None


def _holds_text(column: pa.DataType) -> bool:
    inner = column.value_type if isinstance(column, pa.ListType) else column
    return pa.types.is_string(inner)
