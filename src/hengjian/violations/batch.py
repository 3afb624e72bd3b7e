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
from hengjian.text.arrays import Bools, Bytes, Ints, codes_of
from hengjian.text.folds import DIGIT, fold_table, kind_table
from hengjian.text.matcher import Matches
from hengjian.text.measures import Measure
from hengjian.violations.row import ANY_FIELD, ATTRIBUTES
from hengjian.violations.selection import WordTest
from hengjian.violations.word_probe import Places, Probe, places_of, probe_of, rows_that_hold

# A set of rows is a whole number with a bit for each; `~` is all other rows. What two sets have in
# common is found ten times as fast as of arrays, and an empty set is known at once.
Rows = int
_LABEL = f"{ATTRIBUTES}."


def rows_where(marked: Bools) -> Rows:
    """Return the set of the rows that are marked."""
    return int.from_bytes(np.packbits(marked, bitorder="little").tobytes(), "little")


def row_numbers(rows: Rows) -> Ints:
    """Return the numbers of the rows of a set, in order."""
    held = np.frombuffer(rows.to_bytes((rows.bit_length() + 7) // 8, "little"), dtype=np.uint8)
    return np.flatnonzero(np.unpackbits(held, bitorder="little").view(np.bool_))


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
        unknown: The rows for which it is.
        may_be_unknown: Those for which it may be.
    """

    unknown: Rows
    may_be_unknown: Rows


class WordRows(NamedTuple):
    """In which rows each word stands in a field.

    Attributes:
        of_word: Where the rows of a word begin; those of the next begin where they end.
        rows: The rows, one for each place of the word.
    """

    of_word: Ints
    rows: Ints


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
    _allowed: dict[str, Bools] = field(default_factory=dict)
    _word_rows: dict[str, WordRows] = field(default_factory=dict)
    _having: dict[tuple[frozenset[str], str], Rows] = field(default_factory=dict)
    _values: dict[str, Sequence[Any]] = field(default_factory=dict)
    _numbers: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    _without: dict[str, Without] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows the batch has."""
        return self.batch.num_rows

    @cached_property
    def everything(self) -> Rows:
        """Every row."""
        return (1 << self.rows) - 1

    def having(self, words: frozenset[str], fieldname: str = ANY_FIELD) -> Rows:
        """Return which rows hold at least one of these words in a field."""
        if (words, fieldname) not in self._having:
            self._having[words, fieldname] = self._find(words, fieldname)
        return self._having[words, fieldname]

    def _find(self, words: frozenset[str], fieldname: str) -> Rows:
        marked = np.zeros((self.rows + 7) // 8, dtype=np.uint8)
        some = _mark(self.numbers_of.of(words), self._rows_of_words(fieldname), marked)
        return int.from_bytes(marked.tobytes(), "little") if some else 0

    def _rows_of_words(self, fieldname: str) -> WordRows:
        if fieldname not in self._word_rows:
            self._word_rows[fieldname] = WordRows(
                *_by_word(
                    self.matches.term,
                    self.matches.text,
                    self.texts.row,
                    self._texts_of(fieldname),
                    len(self.matches.terms),
                )
            )
        return self._word_rows[fieldname]

    def holds(self, test: WordTest, among: Rows) -> Rows:
        """Return for which of some rows a test of words holds, whoever speaks."""
        guards = test.guards
        if not guards.excusing and not guards.near and guards.count == 1:
            return self.having(test.words, test.fieldname) & among
        allowed, probe = self._texts_of(test.fieldname), self.numbers_of.probe(test)
        found = rows_that_hold(probe, self.places, allowed, row_numbers(among))
        return self._set_of(found)

    @cached_property
    def places(self) -> Places:
        """Where words stand in the texts."""
        return places_of(self.texts.texts, self.texts.row, self.rows, self.matches)

    def _set_of(self, numbers: Ints | Sequence[int]) -> Rows:
        marked = np.zeros(self.rows, dtype=np.bool_)
        marked[numbers] = True
        return rows_where(marked)

    def _texts_of(self, fieldname: str) -> Bools:
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
        return self._set_of(self.texts.row[counts >= FEWEST_DIGITS])

    def present(self, column: str) -> Rows:
        """Return which rows have a value in a column."""
        if column not in self.batch.schema.names:
            return 0
        return rows_where(np.asarray(self.batch.column(column).is_valid()))

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

    @cached_property
    def complete(self) -> Rows:
        """Which rows are known to show all attributes of their page."""
        column = "attributes_complete"
        if column not in self.batch.schema.names:
            return 0
        return rows_where(np.asarray(self.batch.column(column).fill_null(False)))

    @cached_property
    def labelled_in_pictures(self) -> Rows:
        """Which rows' pages show labels in their pictures, whichever they are."""
        return self._set_of(sorted(self.pictured))

    def labelled(self, names: frozenset[str]) -> Rows:
        """Return which rows' pages show a label under one of these names."""
        if ATTRIBUTES not in self.batch.schema.names:
            return 0
        column: Any = self.batch.column(ATTRIBUTES)
        keys = _inner(column, column.keys)
        wanted = pc.is_in(keys, value_set=pa.array(sorted(names), keys.type))
        return self._set_of(_rows_of(column)[np.asarray(wanted)])

    def where(self, fieldname: str, among: Rows, holds: Callable[[str], bool]) -> Rows:
        """Return those of some rows that have a text in a field of which something holds."""
        texts, allowed = self.texts.texts, self._texts_of(fieldname)
        return self._set_of(
            [
                row
                for row in row_numbers(among).tolist()
                if any(holds(texts[text]) for text in self._texts_in(row) if allowed[text])
            ]
        )

    def where_found(
        self, fieldname: str, among: Rows, find: Callable[[str], Iterable[Measure]]
    ) -> Rows:
        """Return those of some rows that have a text in a field in which something is found.

        What is looked for must not have the mark NUL in it: all texts are searched as one.
        """
        wanted = np.zeros(self.rows, dtype=np.bool_)
        wanted[row_numbers(among)] = True
        chosen = np.flatnonzero(self._texts_of(fieldname) & wanted[self.texts.row])
        texts = [self.texts.texts[number] for number in chosen.tolist()]
        ends = np.cumsum([len(text) + 1 for text in texts])
        starts = [measure.start for measure in find("\0".join(texts))]
        return self._set_of(self.texts.row[chosen[np.searchsorted(ends, starts, side="right")]])

    def _texts_in(self, row: int) -> Ints:
        places = self.places
        texts: Ints = places.by_row[places.of_row[row] : places.of_row[row + 1]]
        return texts

    def without_text(self, fieldname: str) -> Without:
        """Return for which rows a test of a text is unknown, and for which it may be."""
        if fieldname not in self._without:
            self._without[fieldname] = self._find_without(fieldname)
        return self._without[fieldname]

    def _find_without(self, fieldname: str) -> Without:
        if fieldname == ANY_FIELD:
            # In a livestream it matters who speaks.
            if self.kind.name == "livestream":
                return Without(0, self.everything)
            without = self._without_any(ANY_FIELD)
            return Without(without, without)
        if fieldname.startswith(_LABEL):
            return self._without_label(fieldname.removeprefix(_LABEL))
        column, entries, _ = fieldname.partition("[].")
        if entries:
            return Without(0, self.everything)
        without = self._without_any(fieldname) & ~self._empty_list(column)
        return Without(without, without)

    def _without_any(self, fieldname: str) -> Rows:
        return self.everything ^ self._set_of(self.texts.row[self._texts_of(fieldname)])

    def _without_label(self, label: str) -> Without:
        # What is shown with no value is shown and yet no text.
        shown = self.labelled(label_names(label))
        unknown = self.everything & ~(shown | self.complete)
        return Without(unknown, unknown | shown)

    def _empty_list(self, fieldname: str) -> Rows:
        column = self.batch.column(fieldname) if fieldname in self.batch.schema.names else None
        if not isinstance(column, pa.ListArray | pa.LargeListArray):
            return 0
        return rows_where(np.asarray(pc.list_value_length(column).fill_null(1)) == 0)


@compiled
def _by_word(words: Ints, texts: Ints, rows: Ints, allowed: Bools, count: int) -> tuple[Ints, Ints]:
    """Return where the rows of each word begin, and the rows, word after word.

    Args:
        words: The words found, in the order of the texts.
        texts: The text of each.
        rows: The row of each text.
        allowed: Which texts count.
        count: How many words there are.
    """
    begins = np.zeros(count + 1, dtype=np.intp)
    for place in range(len(words)):
        if allowed[texts[place]]:
            begins[words[place] + 1] += 1
    for word in range(count):
        begins[word + 1] += begins[word]
    following = begins[:-1].copy()
    found = np.empty(begins[-1], dtype=np.intp)
    for place in range(len(words)):
        if allowed[texts[place]]:
            found[following[words[place]]] = rows[texts[place]]
            following[words[place]] += 1
    return begins, found


@compiled
def _mark(words: Ints, places: WordRows, marked: Bytes) -> bool:
    """Set the bits of the rows that hold one of some words; tell whether any does."""
    some = False
    for word in words:
        for turn in range(places.of_word[word], places.of_word[word + 1]):
            row = places.rows[turn]
            marked[row >> 3] |= 1 << (row & 7)
            some = True
    return some
