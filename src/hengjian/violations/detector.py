"""What a detector reads, and its examples: the `detector` block of a rule's file.

A detector sees whole kinds of records at once (orders, reviews, registers) where a rule sees one
record. It is a plain function `suspect(tables)` in the module beside the rule.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS, Kind
from hengjian.records.reasons import first_fault
from hengjian.violations.suspicion import Said

Tables = Mapping[str, pa.Table]

_ABOUT = ("record_id", "platform", "shop_id", "region")
_NUMBER = "{n}"


class DetectorExample(BaseModel):
    """Some records and whom the detector must suspect.

    Attributes:
        flag: ids of the suspected subjects, sorted; empty: nobody.
        unknown: Fields that rows lack so that they cannot be judged, as `kind.field`, or kinds
            that were not read, sorted.
        records: By kind. A record may say `times: 40`: it stands 40 times, `{n}` in its texts
            becomes 1 to 40; and `step: {created_at: 60}`: seconds, or what is added to a number,
            from each to the next.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    flag: list[str]
    unknown: list[str] = []
    records: dict[str, list[dict[str, Any]]]


class DetectorForm(BaseModel):
    """The `detector` block as its file writes it.

    Attributes:
        reads: Fields without which it cannot tell anything, by kind of record. The first kind is
            the one whose rows are counted as checked.
        may_read: Fields, and whole kinds, that it uses where they are known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reads: Annotated[dict[str, list[str]], Field(min_length=1)]
    may_read: dict[str, list[str]] = {}
    examples: list[DetectorExample]


@dataclass(frozen=True)
class Detector:
    """A detector that has been read and checked.

    Attributes:
        module: Where `suspect` is defined.
        reads: See DetectorForm.
        may_read: See DetectorForm.
    """

    module: str
    reads: Mapping[str, Sequence[str]]
    may_read: Mapping[str, Sequence[str]]
    examples: Sequence[DetectorExample]

    @property
    def kind(self) -> str:
        """The kind whose rows are counted as checked."""
        return next(iter(self.reads))

    @property
    def kinds(self) -> list[str]:
        """The kinds that it reads, those that it may do without last."""
        return list(dict.fromkeys([*self.reads, *self.may_read]))

    def columns(self, kind: str) -> list[str]:
        """Return the columns that its table of a kind has."""
        schema = KINDS[kind].schema
        wanted = {*_ABOUT, *KINDS[kind].id_fields, *self.reads.get(kind, ())}
        wanted.update(self.may_read.get(kind, ()))
        return [name for name in schema.names if name in wanted]

    def lacking(self, tables: Tables) -> list[str]:
        """Return the fields, as `kind.field`, that no row knows though nothing goes without."""
        return [
            f"{kind}.{name}"
            for kind, names in self.reads.items()
            for name in names
            if tables[kind].column(name).null_count == tables[kind].num_rows
        ]

    def suspect(self, tables: Tables) -> Iterator[Said]:
        """Yield what the detector says of some records.

        Args:
            tables: By kind, with `columns`; a kind that was not read is left out.
        """
        yield from importlib.import_module(self.module).suspect(tables)


def example_tables(detector: Detector, example: DetectorExample) -> dict[str, pa.Table]:
    """Return the records of an example as tables.

    Raises:
        HengjianError: A record breaks its contract.
    """
    return {
        kind: pa.Table.from_pylist(
            [_as_read(KINDS[kind], record) for record in expanded(records)],
            schema=KINDS[kind].schema,
        ).select(detector.columns(kind))
        for kind, records in example.records.items()
    }


def expanded(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the records of an example, each as often as its `times` says."""
    for record in records:
        plain = {name: value for name, value in record.items() if name not in {"times", "step"}}
        for number in range(record.get("times", 1)):
            yield {
                name: _moved(value, number, record.get("step", {}).get(name))
                for name, value in plain.items()
            }


def _moved(value: Any, number: int, step: float | None) -> Any:
    value = _numbered(value, number)
    if step is None:
        return value
    if isinstance(value, str):
        moment = dt.datetime.fromisoformat(value) + dt.timedelta(seconds=step * number)
        return moment.isoformat()
    if isinstance(value, dt.date):
        return value + dt.timedelta(seconds=step * number)
    return value + step * number


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, str):
        return value.replace(_NUMBER, str(number + 1))
    if isinstance(value, list):
        return [_numbered(each, number) for each in value]
    if isinstance(value, dict):
        return {name: _numbered(each, number) for name, each in value.items()}
    return value


def _as_read(kind: Kind, record: dict[str, Any]) -> dict[str, Any]:
    named = {name: f"example-{name}" for name in kind.id_fields[-1:] if name not in record}
    given = {name: _as_written(value) for name, value in {**named, **record}.items()}
    try:
        read = kind.model.model_validate(given, context=[])
    except ValidationError as error:
        name, value, reason = first_fault(error)
        raise HengjianError(f"示例记录不合约定：{reason}（{value}）", field=name) from None
    return {name: _plain(value) for name, value in vars(read).items()}


def _as_written(value: Any) -> Any:
    """Return what YAML read as a time or day as the record writes it."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [vars(item) if isinstance(item, BaseModel) else item for item in value]
    return value
