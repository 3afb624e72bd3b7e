"""The kinds of records that can be read; a further kind is one model and one line in KINDS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
from pydantic import BaseModel

from hengjian.errors import HengjianError
from hengjian.records.models import MONEY_DIGITS, MONEY_SCALE, Listing, Review

_ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    Decimal: pa.decimal128(MONEY_DIGITS, MONEY_SCALE),
    datetime: pa.timestamp("us", "UTC"),
}


@dataclass(frozen=True)
class Kind:
    """One kind of record.

    Attributes:
        name: As in the contract, such as "listing".
        model: What a row must satisfy.
        schema: Arrow schema of the contract's fields, in the contract's order. Money is yuan,
            times are UTC, null is unknown.
        text_fields: Fields that rules on free text search.
        observed_field: The field that says when the record was seen.
    """

    name: str
    model: type[BaseModel]
    schema: pa.Schema
    text_fields: tuple[str, ...]
    observed_field: str

    @property
    def required(self) -> frozenset[str]:
        """Fields that every row must have."""
        fields = self.model.model_fields.items()
        return frozenset(name for name, field in fields if field.is_required())


def kind_named(name: str) -> Kind:
    """Return the kind of that name.

    Raises:
        HengjianError: No such kind; the hint lists those there are.
    """
    if name not in KINDS:
        raise HengjianError(f"不认识的记录种类：{name}", hint=f"可用的种类：{'、'.join(KINDS)}")
    return KINDS[name]


def _kind(
    name: str, model: type[BaseModel], *, text_fields: tuple[str, ...], observed_field: str
) -> Kind:
    return Kind(name, model, pa.schema(_arrow_fields(model)), text_fields, observed_field)


def _arrow_fields(model: type[BaseModel]) -> list[pa.Field[Any]]:
    hints = get_type_hints(model)
    return [pa.field(name, _arrow_type(hints[name])) for name in model.model_fields]


def _arrow_type(annotation: Any) -> pa.DataType:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _arrow_type(parts[0])
    if origin in (Union, UnionType):
        [known] = [part for part in parts if part is not NoneType]
        return _arrow_type(known)
    if origin is list:
        return pa.list_(_arrow_type(parts[0]))
    if origin is dict:
        return pa.map_(_arrow_type(parts[0]), _arrow_type(parts[1]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(_arrow_fields(annotation))
    return _ARROW_TYPES[annotation]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("listing", Listing, text_fields=("title", "text"), observed_field="captured_at"),
        _kind("review", Review, text_fields=("text",), observed_field="created_at"),
    )
}
