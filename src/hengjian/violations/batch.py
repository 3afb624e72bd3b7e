"""What is known of all rows of a batch at once: their texts, the words in them, their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.compiled import compiled
from hengjian.identity.numbers import FEWEST_DIGITS
from hengjian.records.kinds import Kind
from hengjian.records.labels import label_names
from hengjian.text.arrays import codes_of
from hengjian.text.folds import DIGIT, fold_table, kind_table
from hengjian.text.matcher import Matches
from hengjian.violations.row import ANY_FIELD, ATTRIBUTES
from hengjian.violations.selection import WordTest
from hengjian.violations.word_probe import Places, Probe, places_of, probe_of, texts_that_hold

Rows = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]
_LABEL = f"{ATTRIBUTES}."


@dataclass(frozen=True)
class BatchTexts:
    """The texts of a batch, one after another.

    Attributes:
        texts: The texts, those of one field after those of another.
        row: The row that each stands in.
        fields: Where the texts of a field begin and end; all attributes are one.
    """

    texts: list[str]
    row: Ints
    fields: dict[str, tuple[int, int]]


def texts_of(batch: pa.RecordBatch, fields: Iterable[str]) -> BatchTexts:
    """Return the texts of some fields of a batch, and all values of its attributes.

    Args:
        batch: Records with columns of the contract.
        fields: Fields of texts, lists of texts, or `segments[].text`; others hold no text.
    """
    texts: list[str] = []
    rows: list[Ints] = [np.zeros(0, dtype=np.intp)]
    of_field: dict[str, tuple[int, int]] = {}
    names = set(batch.schema.names)
    for name in sorted({*fields, ATTRIBUTES}):
        column, _, part = name.partition("[].")
        if column not in names or ("." in name and not part):
            continue
        for values, positions in _texts_in(batch.column(column), part):
            first = len(texts)
            texts += map(str, values.drop_null().to_pylist())
            rows.append(positions[np.asarray(values.is_valid())])
            of_field[name] = first, len(texts)
    return BatchTexts(texts, np.concatenate(rows), of_field)


def _texts_in(column: pa.Array[Any], part: str) -> Iterator[tuple[pa.Array[Any], Ints]]:
    if _is_text(column.type):
        yield column, np.arange(len(column))
    elif isinstance(column, pa.MapArray):
        yield _inner(column, column.items), _rows_of(column)
    elif isinstance(column, pa.ListArray | pa.LargeListArray):
        values = column.flatten()
        if part and isinstance(values, pa.StructArray):
            values = values.field(part)
        if _is_text(values.type):
            yield values, _rows_of(column)


def _inner(column: pa.MapArray[Any, Any], values: pa.Array[Any]) -> pa.Array[Any]:
    """Return the values that a map's offsets span; those of a slice may be but a part."""
    first, last = column.offsets[0].as_py(), column.offsets[-1].as_py()
    return values[first:last]


def _rows_of(column: Any) -> Ints:
    return np.repeat(np.arange(len(column)), np.diff(np.asarray(column.offsets)))


def _is_text(kind: pa.DataType) -> bool:
    # The data engine hands over large strings.
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


class WordNumbers:
    """The numbers of the words that are looked for, and what was found out of them, once.

    Args:
        words: The words by number.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._numbers = {word: number for number, word in enumerate(words)}
        self._of_sets: dict[frozenset[str], Ints] = {}
        self._probes: dict[int, tuple[WordTest, Probe]] = {}

    def of(self, words: frozenset[str]) -> Ints:
        """Return the numbers of these words."""
        if words not in self._of_sets:
            self._of_sets[words] = np.array(
                sorted(self._numbers[word] for word in words), dtype=np.intp
            )
        return self._of_sets[words]

    def probe(self, test: WordTest) -> Probe:
        """Return a test of words by their numbers."""
        # By identity: a test with thousands of words takes long to compare.
        if id(test) not in self._probes:
            self._probes[id(test)] = test, probe_of(test, self._numbers)
        return self._probes[id(test)][1]


class Without(NamedTuple):
    """For which rows a test of a text is unknown, since there is none.

    Attributes:
        known: The rows for which it is not.
        unknown: Those for which it is.
        may_be_unknown: Those for which it may be.
    """

    known: Rows
    unknown: Rows
    may_be_unknown: Rows


@dataclass
class BatchFacts:
    """What is known of all rows of a batch at once.

    Attributes:
        batch: The records.
        kind: Their kind.
        texts: Their texts.
        matches: Where words stand in the texts.
        numbers_of: The numbers of the words.
        pictured: The rows of pages whose pictures show labels.
    """

    batch: pa.RecordBatch
    kind: Kind
    texts: BatchTexts
    matches: Matches
    numbers_of: WordNumbers
    pictured: frozenset[int] = frozenset()
    _constants: dict[int, npt.NDArray[np.int8]] = field(default_factory=dict)
    _allowed: dict[str, Rows] = field(default_factory=dict)
    _having: dict[tuple[frozenset[str], str], Rows] = field(default_factory=dict)
    _values: dict[str, Sequence[Any]] = field(default_factory=dict)
    _numbers: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    _without: dict[str, Without] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows the batch has."""
        return self.batch.num_rows

    def constant(self, level: int) -> npt.NDArray[np.int8]:
        """Return the same number for every row."""
        if level not in self._constants:
            self._constants[level] = np.full(self.rows, level, dtype=np.int8)
        return self._constants[level]

    @cached_property
    def nothing(self) -> Rows:
        """No row: the very same array where nothing was found."""
        return np.zeros(self.rows, dtype=np.bool_)

    @cached_property
    def everything(self) -> Rows:
        """Every row."""
        return np.ones(self.rows, dtype=np.bool_)

    def having(self, words: frozenset[str], fieldname: str = ANY_FIELD) -> Rows:
        """Return which rows hold at least one of these words in a field."""
        if (words, fieldname) not in self._having:
            self._having[words, fieldname] = self._find(words, fieldname)
        return self._having[words, fieldname]

    def _find(self, words: frozenset[str], fieldname: str) -> Rows:
        numbers, places = self.numbers_of.of(words), self._places
        if not places.any_of(numbers):
            return self.nothing
        found = np.zeros(self.rows, dtype=np.bool_)
        _mark(found, numbers, places, self._texts_of(fieldname), self.texts.row)
        return found

    def holds(self, test: WordTest, among: Rows) -> Rows:
        """Return for which of some rows a test of words holds, whoever speaks."""
        probe = self.numbers_of.probe(test)
        if not self._places.any_of(probe.words):
            return self.nothing
        allowed = self._texts_of(test.fieldname) & among[self.texts.row]
        return self._rows(texts_that_hold(probe, self._places, allowed))

    @cached_property
    def _places(self) -> Places:
        return places_of(self.texts.texts, self.matches)

    def _rows(self, texts: Rows) -> Rows:
        found = np.zeros(self.rows, dtype=np.bool_)
        found[self.texts.row[texts]] = True
        return found

    def _texts_of(self, fieldname: str) -> Rows:
        """Return which texts are of a field; of `attributes.LABEL`, all attributes."""
        name = ATTRIBUTES if fieldname.startswith(_LABEL) else fieldname
        if name not in self._allowed:
            names = [*self.kind.text_fields, ATTRIBUTES] if name == ANY_FIELD else [name]
            allowed = np.zeros(len(self.texts.texts), dtype=np.bool_)
            for one in names:
                allowed[slice(*self.texts.fields.get(one, (0, 0)))] = True
            self._allowed[name] = allowed
        return self._allowed[name]

    @cached_property
    def with_number(self) -> Rows:
        """Which rows have digits enough in a text for a number of a form that has no sign."""
        joined = codes_of("\0".join([*self.texts.texts, ""]))
        digits = np.cumsum(kind_table()[fold_table()[joined]] & DIGIT > 0)
        counts = np.diff(digits[joined == 0], prepend=0)
        found = np.zeros(self.rows, dtype=np.bool_)
        found[self.texts.row[counts >= FEWEST_DIGITS]] = True
        return found

    def present(self, column: str) -> Rows:
        """Return which rows have a value in a column."""
        if column not in self.batch.schema.names:
            return self.nothing
        return np.asarray(self.batch.column(column).is_valid())

    def values(self, column: str) -> Sequence[Any]:
        """Return the values of a column; None: unknown."""
        if column not in self._values:
            known = column in self.batch.schema.names
            values = self.batch.column(column).to_pylist() if known else [None] * self.rows
            self._values[column] = values
        return self._values[column]

    def numbers(self, column: str) -> npt.NDArray[np.float64]:
        """Return the values of a column as numbers; not a number: unknown."""
        if column not in self._numbers:
            values = (np.nan if v is None else float(v) for v in self.values(column))
            self._numbers[column] = np.fromiter(values, dtype=np.float64, count=self.rows)
        return self._numbers[column]

    @property
    def complete(self) -> Rows:
        """Which rows are known to show all attributes of their page."""
        column = "attributes_complete"
        if column not in self.batch.schema.names:
            return self.nothing
        return np.asarray(self.batch.column(column).fill_null(False))

    @cached_property
    def labelled_in_pictures(self) -> Rows:
        """Which rows' pages show labels in their pictures, whichever they are."""
        found = np.zeros(self.rows, dtype=np.bool_)
        found[sorted(self.pictured)] = True
        return found

    def labelled(self, names: frozenset[str]) -> Rows:
        """Return which rows' pages show a label under one of these names."""
        found = np.zeros(self.rows, dtype=np.bool_)
        if ATTRIBUTES in self.batch.schema.names:
            column: Any = self.batch.column(ATTRIBUTES)
            keys = _inner(column, column.keys)
            wanted = pc.is_in(keys, value_set=pa.array(sorted(names), keys.type))
            found[_rows_of(column)[np.asarray(wanted)]] = True
        return found

    def where(self, fieldname: str, among: Rows, holds: Callable[[str], bool]) -> Rows:
        """Return those of some rows that have a text in a field of which something holds."""
        texts = self.texts.texts
        looked_at = np.flatnonzero(self._texts_of(fieldname) & among[self.texts.row])
        found = [number for number in looked_at.tolist() if holds(texts[number])]
        rows = np.zeros(self.rows, dtype=np.bool_)
        rows[self.texts.row[found]] = True
        return rows

    def without_text(self, fieldname: str) -> Without:
        """Return for which rows a test of a text is unknown, and for which it may be."""
        if fieldname not in self._without:
            unknown, may_be_unknown = self._find_without(fieldname)
            self._without[fieldname] = Without(~unknown, unknown, may_be_unknown)
        return self._without[fieldname]

    def _find_without(self, fieldname: str) -> tuple[Rows, Rows]:
        if fieldname == ANY_FIELD:
            # In a livestream it matters who speaks.
            without = ~self._rows(self._texts_of(ANY_FIELD))
            is_stream = self.kind.name == "livestream"
            return (self.nothing, self.everything) if is_stream else (without, without)
        if fieldname.startswith(_LABEL):
            return self._without_label(fieldname.removeprefix(_LABEL))
        column, entries, _ = fieldname.partition("[].")
        if entries:
            return self.nothing, self.everything
        without = ~self._rows(self._texts_of(fieldname)) & ~self._empty_list(column)
        return without, without

    def _without_label(self, label: str) -> tuple[Rows, Rows]:
        # What is shown with no value is shown and yet no text.
        shown = self.labelled(label_names(label))
        unknown = ~shown & ~self.complete
        return unknown, unknown | shown

    def _empty_list(self, fieldname: str) -> Rows:
        column = self.batch.column(fieldname) if fieldname in self.batch.schema.names else None
        if not isinstance(column, pa.ListArray | pa.LargeListArray):
            return self.nothing
        empty: Rows = np.asarray(pc.list_value_length(column).fill_null(1)) == 0
        return empty


@compiled
def _mark(found: Rows, words: Ints, places: Places, allowed: Rows, rows: Ints) -> int:
    for word in words:
        for turn in range(places.of_word[word], places.of_word[word + 1]):
            text = places.text[places.by_word[turn]]
            if allowed[text]:
                found[rows[text]] = True
    return 0
