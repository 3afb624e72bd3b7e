"""One record as the tests of a rule see it: its texts, the words found in them, its values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hengjian.law.resolve import shanghai_day
from hengjian.records.kinds import KINDS, Kind
from hengjian.records.labels import label_names
from hengjian.text.matcher import Hit
from hengjian.violations.together import where_read

ANY_FIELD = "any_field"
ATTRIBUTES = "attributes"
_PREFIX = f"{ATTRIBUTES}."
_SPEAKING = frozenset({"host", "guest"})

# Who speaks in a record of each kind; in a livestream every segment says it itself.
ROLES: dict[str, str] = {
    "listing": "seller",
    "shop_page": "seller",
    "promotion": "seller",
    "packaging": "seller",
    "tour": "seller",
    "site": "seller",
    "app": "seller",
    "account": "author",
    "post": "author",
    "review": "buyer",
    "complaint": "complainant",
    "message": "party",
    "platform_rule": "platform",
}
SPEAKERS = frozenset({"host", "guest", "audience"})


@dataclass
class Row:
    """One record.

    Attributes:
        kind: Its kind.
        searched: The fields that `any_field` stands for.
        texts: The texts that it has, by field: `title`, `attributes.NAME`, `segments[0].text`,
            `licences_shown[0]`.
        hits: Where the rules' words stand in them.
        record: Its values as the contract types them; a field that is not there is unknown.
        speakers: Who says a segment of a livestream, by the segment's field.
        conduct_on: Day of the conduct in Shanghai; None: unknown.
        in_pictures: Labels that the pictures of a page show.
    """

    kind: str
    searched: frozenset[str]
    texts: Mapping[str, str]
    hits: Mapping[str, Sequence[Hit]] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    speakers: Mapping[str, str] = field(default_factory=dict)
    conduct_on: dt.date | None = None
    in_pictures: frozenset[str] = frozenset()
    _places: dict[tuple[str, frozenset[str]], list[str]] = field(default_factory=dict)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The words that were found, wherever they stand."""
        return frozenset(hit.term for hits in self.hits.values() for hit in hits)

    @cached_property
    def read_as(self) -> Mapping[str, tuple[str, int]]:
        """What each text is read as a part of, and where it begins in that."""
        return where_read(self.texts)

    @cached_property
    def _labels(self) -> Mapping[str, Any]:
        return self.record.get(ATTRIBUTES) or {}

    def places(self, fieldname: str, roles: Collection[str] = ()) -> list[str]:
        """Return the fields of the record's texts that a rule means by a field's name.

        Args:
            fieldname: `any_field`, a field, a list of texts or of entries (`segments[].text`), or
                `attributes.NAME`, which also stands for the other names of that label.
            roles: Who must speak in a livestream; empty: the host and guests, since what the
                audience says is no claim of the one who sells there.
        """
        speaking = frozenset(roles) & SPEAKERS or _SPEAKING
        if (fieldname, speaking) not in self._places:
            found = [name for name in self._named(fieldname) if name in self.texts]
            heard = [n for n in found if self.speakers.get(n, "host") in speaking]
            self._places[fieldname, speaking] = heard
        return self._places[fieldname, speaking]

    def _named(self, fieldname: str) -> Iterable[str]:
        if fieldname == ANY_FIELD:
            return [name for name in self.texts if name in self.searched]
        if fieldname.startswith(_PREFIX):
            label = fieldname.removeprefix(_PREFIX)
            return [_PREFIX + name for name in self._labels if name in label_names(label)]
        column, entries, part = fieldname.partition("[].")
        if not entries and fieldname in self.texts:
            return [fieldname]
        ending = f"].{part}" if entries else "]"
        return [n for n in self.texts if n.startswith(f"{column}[") and n.endswith(ending)]

    def known_absent(self, fieldname: str) -> bool:
        """Tell whether a text is known not to be there, rather than unknown."""
        if fieldname.startswith(_PREFIX):
            return self.record.get("attributes_complete") is True
        value = self.value(fieldname.partition("[")[0])
        return isinstance(value, list) and not value

    def value(self, fieldname: str) -> Any:
        """Return a value of the record, such as `price` or `options[2].price`; None: unknown."""
        column, index, part = fieldname.partition("[")
        found = self.record.get(column)
        if not index:
            return found
        position, _, part = part.partition("].")
        entry = found[int(position)] if found else None
        return (entry or {}).get(part)

    def label(self, label: str) -> tuple[str, str | None] | None:
        """Return a label's field and value as the page shows it; None: it does not."""
        for name, value in self._labels.items():
            if name in label_names(label):
                return _PREFIX + name, value
        return None


def read_row(
    kind: Kind,
    record: Mapping[str, Any],
    wanted: Iterable[str],
    find: Callable[[str], Sequence[Hit]],
) -> Row:
    """Return a record as rules see it.

    Args:
        kind: Its kind.
        record: Its values by field of the contract.
        wanted: The fields that rules name, beside the kind's own text fields.
        find: Finds the rules' words in a text.
    """
    texts: dict[str, str] = {}
    speakers: dict[str, str] = {}
    for name, text, speaker in _texts(record, sorted({*kind.text_fields, *wanted})):
        texts[name] = text
        if speaker is not None:
            speakers[name] = speaker
    free = {column.partition("[].")[0] for column in kind.text_fields}
    conduct = record.get(kind.observed_field) if kind.observed_field else None
    return Row(
        kind=kind.name,
        searched=frozenset(n for n in texts if _top(n) in free or n.startswith(_PREFIX)),
        texts=texts,
        hits={name: hits for name, text in texts.items() if (hits := find(text))},
        record=record,
        speakers=speakers,
        conduct_on=shanghai_day(conduct) if isinstance(conduct, dt.datetime) else None,
    )


def _top(fieldname: str) -> str:
    return fieldname.partition("[")[0]


def _texts(
    record: Mapping[str, Any], wanted: Iterable[str]
) -> Iterator[tuple[str, str, str | None]]:
    for name, value in (record.get(ATTRIBUTES) or {}).items():
        if value is not None:
            yield _PREFIX + name, value, None
    for name in wanted:
        column, entries, part = name.partition("[].")
        value = record.get(column)
        if entries:
            yield from _entries(column, part, value or ())
        elif isinstance(value, str):
            yield name, value, None
        elif isinstance(value, list):
            texts = ((f"{name}[{n}]", v) for n, v in enumerate(value) if isinstance(v, str))
            yield from ((place, text, None) for place, text in texts)


def _entries(
    column: str, part: str, entries: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str, str, str | None]]:
    for index, entry in enumerate(entries):
        if isinstance(entry[part], str):
            yield f"{column}[{index}].{part}", entry[part], entry.get("speaker")


def field_title(kind: str, fieldname: str) -> str:
    """Return what a field is called in Chinese; of a map its label."""
    if fieldname.startswith(_PREFIX):
        return fieldname.removeprefix(_PREFIX)
    described = KINDS[kind].model.model_fields[_top(fieldname).partition(".")[0]].description
    return (described or fieldname).partition("，")[0].partition("；")[0]
