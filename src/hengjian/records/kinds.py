"""The kinds of records that can be read; a further kind is one model and one entry in KINDS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from hengjian.errors import HengjianError
from hengjian.records.fields import MONEY_DIGITS, MONEY_SCALE
from hengjian.records.models import offers, people, pictures, registers, trade

_ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    Decimal: pa.decimal128(MONEY_DIGITS, MONEY_SCALE),
    datetime: pa.timestamp("us", "UTC"),
    date: pa.date32(),
}
_RECORD_ID = "record_id"


@dataclass(frozen=True)
class Kind:
    """One kind of record.

    Attributes:
        name: As in the contract, such as "listing".
        model: What a row must satisfy.
        schema: Arrow schema of the contract's fields, in the contract's order. Money is yuan,
            times are UTC, null is unknown.
        id_fields: Fields that name what a record speaks of, and stay the same when it is captured
            again; the first that is known counts, and one of them always is.
        text_fields: Free text that rules search; `NAME[].PART` stands for that part of every entry
            of a list. Empty: the kind has none, so that rules on words don't apply to it.
        observed_field: The time at which the record was seen or its conduct took place; None: the
            kind has none.
    """

    name: str
    model: type[BaseModel]
    schema: pa.Schema
    id_fields: tuple[str, ...]
    text_fields: tuple[str, ...]
    observed_field: str | None

    @property
    def required(self) -> frozenset[str]:
        """Fields that every row must have."""
        fields = self.model.model_fields.items()
        return frozenset(name for name, field in fields if field.is_required())

    @property
    def title(self) -> str:
        """The kind's Chinese name."""
        return _chinese_name(self.model)

    def own_id(self, record: Mapping[str, Any]) -> str:
        """Return the id of what a record speaks of: the first of `id_fields` that is known.

        Raises:
            HengjianError: None is known; the contract rules that out, an example of a rule may not.
        """
        for name in self.id_fields:
            if record[name]:
                return str(record[name])
        raise HengjianError("记录没有编号", field=self.id_fields[-1])

    def record_id(self, record: Mapping[str, Any]) -> str:
        """Return a record's id; a kind without record_id goes by what it speaks of."""
        return str(record[_RECORD_ID]) if _RECORD_ID in self.schema.names else self.own_id(record)

    def json_schema(self) -> dict[str, Any]:
        """Return the contract as JSON Schema, draft 2020-12, with a title and descriptions."""
        schema = self.model.model_json_schema(schema_generator=_RecordSchema)
        return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": self.name}


def column_of(fieldname: str) -> str:
    """Return the column in which a field stands: `attributes.品牌` → attributes."""
    return fieldname.partition(".")[0].partition("[")[0]


class _RecordSchema(GenerateJsonSchema):
    """JSON Schema without pydantic's English titles and docstrings."""

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        json_schema = super().model_schema(schema)
        return {**json_schema, "description": _chinese_name(schema["cls"])}


def _chinese_name(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").partition(":")[0]


def kind_named(name: str) -> Kind:
    """Return the kind of that name.

    Raises:
        HengjianError: No such kind; the hint lists those there are.
    """
    if name not in KINDS:
        raise HengjianError(f"不认识的记录种类：{name}", hint=f"可用的种类：{'、'.join(KINDS)}")
    return KINDS[name]


def _kind(
    name: str,
    model: type[BaseModel],
    *,
    ids: str = _RECORD_ID,
    texts: str = "",
    observed: str | None = None,
) -> Kind:
    schema = pa.schema(_arrow_fields(model))
    return Kind(name, model, schema, tuple(ids.split()), tuple(texts.split()), observed)


def _arrow_fields(model: type[BaseModel]) -> list[pa.Field[Any]]:
    hints = get_type_hints(model)
    return [pa.field(name, _arrow_type(hints[name])) for name in model.model_fields]


def _arrow_type(annotation: Any) -> pa.DataType:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is not None:
        return _composed_type(origin, parts)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(_arrow_fields(annotation))
    return _ARROW_TYPES[annotation]


def _composed_type(origin: Any, parts: tuple[Any, ...]) -> pa.DataType:
    if origin is Literal:
        return pa.string()
    if origin is dict:
        return pa.map_(_arrow_type(parts[0]), _arrow_type(parts[1]))
    if origin in (Union, UnionType):
        [known] = [part for part in parts if part is not NoneType]
        return _arrow_type(known)
    inner = _arrow_type(parts[0])
    return pa.list_(inner) if origin is list else inner


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind(
            "listing",
            offers.Listing,
            ids="item_id url record_id",
            texts="title text",
            observed="captured_at",
        ),
        _kind(
            "livestream",
            offers.Livestream,
            ids="room_id record_id",
            texts="title segments[].text",
            observed="started_at",
        ),
        _kind(
            "shop_page",
            offers.ShopPage,
            ids="url record_id",
            texts="title text",
            observed="captured_at",
        ),
        _kind("review", people.Review, texts="text", observed="created_at"),
        _kind("order", trade.Order, texts="cancel_reason", observed="created_at"),
        _kind(
            "promotion", offers.Promotion, ids="promotion_id", texts="terms", observed="starts_at"
        ),
        _kind("price_observation", offers.PriceObservation, observed="observed_at"),
        _kind("price_history", offers.PriceHistory, ids="item_id"),
        _kind("engagement", people.Engagement, ids="target_id", observed="at"),
        _kind("account", people.Account, ids="account_id", texts="name bio"),
        _kind("post", people.Post, texts="title text", observed="created_at"),
        _kind("message", people.Message, texts="text", observed="sent_at"),
        _kind(
            "site",
            registers.Site,
            ids="url domain",
            texts="title text",
            observed="captured_at",
        ),
        _kind(
            "app",
            registers.App,
            ids="package",
            texts="name description",
            observed="captured_at",
        ),
        _kind("complaint", people.Complaint, texts="text", observed="created_at"),
        _kind("return", trade.Return, texts="reason inspection_note", observed="requested_at"),
        _kind("delivery", trade.Delivery, observed="delivered_at"),
        _kind("operator", registers.Operator, ids="shop_id"),
        _kind("licence", registers.Licence, ids="licence_no"),
        _kind("register_entry", registers.RegisterEntry, ids="number"),
        _kind("inspection", trade.Inspection, texts="note", observed="inspected_at"),
        _kind("packaging", offers.Packaging, ids="item_id"),
        _kind("tour", offers.Tour, texts="title itinerary_text"),
        _kind("supply", trade.Supply, ids="item_id", observed="supplied_at"),
        _kind("platform_rule", registers.PlatformRule, ids="rule_id", texts="title text"),
        _kind(
            "platform_action",
            registers.PlatformAction,
            ids="notice_id subject_id",
            observed="notified_at",
        ),
        _kind("invoice", trade.Invoice, observed="issued_at"),
        _kind("event", registers.Event, ids="event_id", observed="starts_at"),
        _kind(
            "picture",
            pictures.Picture,
            ids="item_id url of_record_id",
            texts="picture_text",
            observed="captured_at",
        ),
    )
}
