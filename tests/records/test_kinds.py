from __future__ import annotations

import pyarrow as pa
import pytest

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS, kind_named

LISTING_FIELDS = (
    "record_id platform shop_id shop_name item_id url captured_at title text category price"
    " list_price attributes attributes_complete images options sales_count region ships_from"
)
REVIEW_FIELDS = (
    "record_id platform shop_id item_id user_id rating text created_at order_id device_id ip_prefix"
)


@pytest.mark.parametrize(
    ("kind", "fields"), [("listing", LISTING_FIELDS), ("review", REVIEW_FIELDS)]
)
def test_a_schema_holds_the_fields_of_the_contract_in_its_order(kind: str, fields: str) -> None:
    assert kind_named(kind).schema.names == fields.split()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("listing", {"record_id", "platform", "title"}),
        ("review", {"record_id", "platform", "shop_id", "item_id", "user_id", "created_at"}),
    ],
)
def test_a_kind_knows_its_required_fields(kind: str, fields: set[str]) -> None:
    assert kind_named(kind).required == fields


@pytest.mark.parametrize(
    ("field", "type_"),
    [
        ("title", pa.string()),
        ("captured_at", pa.timestamp("us", "UTC")),
        ("price", pa.decimal128(18, 4)),
        ("attributes", pa.map_(pa.string(), pa.string())),
        ("attributes_complete", pa.bool_()),
        ("images", pa.list_(pa.string())),
        ("sales_count", pa.int64()),
        (
            "options",
            pa.list_(
                pa.struct(
                    [
                        pa.field("name", pa.string()),
                        pa.field("price", pa.decimal128(18, 4)),
                        pa.field("preselected", pa.bool_()),
                        pa.field("required", pa.bool_()),
                    ]
                )
            ),
        ),
    ],
)
def test_a_type_of_the_contract_has_its_arrow_type(field: str, type_: pa.DataType) -> None:
    assert kind_named("listing").schema.field(field).type == type_


def test_a_rating_is_a_float() -> None:
    assert kind_named("review").schema.field("rating").type == pa.float64()


def test_a_kind_names_its_free_text_and_when_it_was_seen() -> None:
    listing, review = kind_named("listing"), kind_named("review")

    assert (listing.text_fields, listing.observed_field) == (("title", "text"), "captured_at")
    assert (review.text_fields, review.observed_field) == (("text",), "created_at")


def test_a_kind_is_known_by_its_name() -> None:
    assert [(name, kind.name) for name, kind in KINDS.items()] == [
        ("listing", "listing"),
        ("review", "review"),
    ]


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(HengjianError, match="livestock") as error:
        kind_named("livestock")

    assert error.value.hint == "可用的种类：listing、review"
