from __future__ import annotations

import re

import pyarrow as pa
import pytest

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS, Kind, column_of, kind_named

# The contract: every kind and its fields in order; * marks what a row must have.
CONTRACT = {
    "listing": (
        "record_id* platform* shop_id shop_name item_id url captured_at title* text"
        " category price list_price attributes attributes_complete images options"
        " sales_count region ships_from"
    ),
    "livestream": (
        "record_id* platform* room_id host_id shop_id started_at title segments* products"
        " viewers region"
    ),
    "shop_page": (
        "record_id* platform* shop_id* url captured_at title text* licences_shown region"
    ),
    "review": (
        "record_id* platform* shop_id* item_id* user_id* rating text created_at* order_id"
        " device_id ip_prefix"
    ),
    "order": (
        "record_id* platform* shop_id* item_id* user_id* created_at* paid_at paid_price"
        " list_price quantity promotion_id status* status_at cancelled_by cancel_reason"
        " tracking_no ships_from invoice_requested invoice_issued device_id ip_prefix"
    ),
    "promotion": (
        "promotion_id* platform* shop_id* item_id starts_at* ends_at* promised_price"
        " claimed_original_price terms"
    ),
    "price_observation": (
        "record_id* platform* item_id* sku account_id* persona* run_id* observed_at*"
        " location list_price payable_price* discounts stock"
    ),
    "price_history": ("platform* item_id* sku date* list_price deal_price* units"),
    "engagement": (
        "platform* account_id* target_id* target_kind action* at* amount device_id ip_prefix"
    ),
    "account": (
        "platform* account_id* name bio kind mcn operator_name operator_uscc created_at"
        " verified followers following device_ids region"
    ),
    "post": (
        "record_id* platform* account_id* created_at* title text* images links tagged_items"
        " likes shares comments region"
    ),
    "message": ("record_id* platform* from_account* to_account* sent_at* text*"),
    "site": (
        "record_id* domain* url captured_at title text icp_number icp_holder operator_name"
        " operator_uscc licences_shown hosted_in region"
    ),
    "app": (
        "record_id* store* package* name* version developer developer_uscc description"
        " permissions filing_number captured_at region"
    ),
    "complaint": (
        "record_id* channel* kind* complainant_id* contact_hash shop_id shop_name platform"
        " created_at* text order_id address_hash for_daily_life demand_amount outcome"
        " outcome_at"
    ),
    "return": (
        "record_id* platform* order_id* user_id* shop_id* requested_at* reason refund_only"
        " shipped_serial returned_serial shipped_weight_g returned_weight_g inspection_note"
    ),
    "delivery": (
        "record_id* platform* order_id* shop_id* picked_up_at delivered_at promised_at seal"
        " box_temperature_c food_class rider_id rider_health_certificate_until"
    ),
    "operator": (
        "platform* shop_id* name* uscc kind registered_address business_address"
        " contact_hash opened_at verified_at licence_nos mcn"
    ),
    "licence": (
        "licence_no* type* holder* uscc address scope valid_from valid_until status issuer"
    ),
    "register_entry": ("register* number* name holder model category values status valid_until"),
    "inspection": (
        "record_id* platform shop_id uscc address inspected_at* checklist item* result*"
        " note inspector_region"
    ),
    "packaging": (
        "record_id* platform shop_id item_id* category* net_content_g pieces outer_size_mm"
        " layers packaging_cost price materials other_goods"
    ),
    "tour": (
        "record_id* platform* shop_id* title price* days nights departs_from destinations"
        " transport hotel_grade shopping_stops paid_extras itinerary_text departs_at"
        " agency_licence_no"
    ),
    "supply": (
        "platform shop_id* item_id* supplier* supplier_uscc producer producer_uscc gtin"
        " batch supplied_at"
    ),
    "platform_rule": (
        "platform* rule_id* title text* kind effective_from option_defaults unpersonalised_option"
    ),
    "platform_action": (
        "platform* subject_kind* subject_id* notice_id notified_at* action acted_at reported_at"
    ),
    "invoice": (
        "record_id* platform order_id* shop_id* issued_at buyer_kind item_name amount status"
    ),
    "event": ("event_id* kind* name* keywords* region starts_at* ends_at"),
    # Our own: what `pictures read` writes.
    "picture": (
        "record_id* platform* shop_id shop_name item_id url captured_at title text category price"
        " list_price attributes attributes_complete images options sales_count region ships_from"
        " of_kind* of_record_id* account_id created_at links tagged_items image* sha256*"
        " picture_text other_pictures_text lines barcodes labels pdq pdq_quality"
    ),
}


def test_the_kinds_are_those_of_the_contract_in_its_order() -> None:
    assert [(name, kind.name) for name, kind in KINDS.items()] == [(n, n) for n in CONTRACT]


@pytest.mark.parametrize(("kind", "fields"), CONTRACT.items())
def test_a_schema_holds_the_fields_of_the_contract_in_its_order(kind: str, fields: str) -> None:
    assert kind_named(kind).schema.names == fields.replace("*", "").split()


@pytest.mark.parametrize(("kind", "fields"), CONTRACT.items())
def test_a_kind_knows_its_required_fields(kind: str, fields: str) -> None:
    required = {name.removesuffix("*") for name in fields.split() if name.endswith("*")}

    assert kind_named(kind).required == required


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


@pytest.mark.parametrize(
    ("kind", "field", "type_"),
    [
        ("review", "rating", pa.float64()),
        ("price_history", "date", pa.date32()),
        ("engagement", "action", pa.string()),
        ("platform_rule", "option_defaults", pa.map_(pa.string(), pa.bool_())),
        ("packaging", "outer_size_mm", pa.list_(pa.float64())),
        (
            "livestream",
            "segments",
            pa.list_(
                pa.struct(
                    [
                        pa.field("start_s", pa.float64()),
                        pa.field("end_s", pa.float64()),
                        pa.field("speaker", pa.string()),
                        pa.field("text", pa.string()),
                    ]
                )
            ),
        ),
    ],
)
def test_further_types_have_their_arrow_types(kind: str, field: str, type_: pa.DataType) -> None:
    assert kind_named(kind).schema.field(field).type == type_


@pytest.mark.parametrize(
    ("kind", "ids", "texts", "observed"),
    [
        ("listing", ("item_id", "url", "record_id"), ("title", "text"), "captured_at"),
        ("review", ("record_id",), ("text",), "created_at"),
        ("livestream", ("room_id", "record_id"), ("title", "segments[].text"), "started_at"),
        ("account", ("account_id",), ("name", "bio"), None),
        ("promotion", ("promotion_id",), ("terms",), "starts_at"),
        ("operator", ("shop_id",), (), None),
    ],
)
def test_a_kind_knows_what_names_it_its_free_text_and_when_it_was_seen(
    kind: str, ids: tuple[str, ...], texts: tuple[str, ...], observed: str | None
) -> None:
    found = kind_named(kind)

    assert (found.id_fields, found.text_fields, found.observed_field) == (ids, texts, observed)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_has_an_id_that_is_never_unknown(kind: Kind) -> None:
    assert kind.id_fields[-1] in kind.required


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_a_kind_names_is_a_field_of_the_right_type(kind: Kind) -> None:
    for name in kind.id_fields:
        assert kind.schema.field(name).type == pa.string()
    for name in kind.text_fields:
        assert kind.schema.field(column_of(name)).type in (pa.string(), SEGMENTS)
    if kind.observed_field:
        assert kind.schema.field(kind.observed_field).type == pa.timestamp("us", "UTC")


SEGMENTS = kind_named("livestream").schema.field("segments").type


def test_a_record_speaks_of_the_first_id_that_is_known() -> None:
    listing = kind_named("listing")

    assert listing.own_id({"item_id": "I1", "url": "u", "record_id": "L1"}) == "I1"
    assert listing.own_id({"item_id": None, "url": "", "record_id": "L1"}) == "L1"


def test_a_record_of_which_no_id_is_known_is_refused() -> None:
    with pytest.raises(HengjianError, match="记录没有编号") as error:
        kind_named("account").own_id({"account_id": None})

    assert error.value.field == "account_id"


def test_a_record_without_a_record_id_goes_by_its_own_id() -> None:
    assert kind_named("listing").record_id({"item_id": "I1", "record_id": "L1"}) == "L1"
    assert kind_named("account").record_id({"account_id": "A1"}) == "A1"


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(HengjianError, match="livestock") as error:
        kind_named("livestock")

    assert error.value.hint == f"可用的种类：{'、'.join(CONTRACT)}"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_and_field_is_described_in_chinese(kind: Kind) -> None:
    schema = kind.json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(schema["properties"]) == kind.schema.names
    assert set(schema["required"]) == kind.required
    for part in parts:
        for described in (part, *part["properties"].values()):
            assert re.search("[一-鿿]", described["description"])


def test_a_schema_tells_units_and_choices() -> None:
    properties = kind_named("delivery").json_schema()["properties"]

    assert properties["box_temperature_c"]["description"] == "配送箱温度，摄氏度"
    assert properties["seal"]["anyOf"][0]["enum"] == ["intact", "broken", "absent"]
    assert properties["rider_health_certificate_until"]["anyOf"][0]["format"] == "date"


MONEY = re.compile("price|amount|cost")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_amount_of_money_says_yuan(kind: Kind) -> None:
    schema = kind.json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, field in part["properties"].items():
            if MONEY.search(name):
                assert "元" in field["description"]
