"""The contract of each kind of record: one pydantic model a kind.

Whatever is absent is unknown (None), never "no". Values are checked strictly; the few liberties
that sources need (a number as an id, a time without zone) are told through the validation context,
a list that gathers one Chinese note for each liberty taken.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONEY_DIGITS, MONEY_SCALE = 18, 4
# The type of our own faults, whose message is the Chinese reason.
CONTRACT_FAULT: Final = "contract"

_MONEY_STEP = Decimal(1).scaleb(-MONEY_SCALE)
_MAX_COUNT = 2**63 - 1
_LOWEST_RATING, _HIGHEST_RATING = 1, 5
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,4})?", re.ASCII)
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = re.compile(rf"{_DATE}([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)
_DATE_LENGTH = len("2026-11-05")
_NO_ZONE = "无时区，按Asia/Shanghai读取"
_DATE_ONLY = "只有日期，按Asia/Shanghai当日00:00读取"


def _fault(reason: str) -> PydanticCustomError:
    return PydanticCustomError(CONTRACT_FAULT, "{reason}", {"reason": reason})


def _note(info: ValidationInfo, liberty: str) -> None:
    if info.context is not None:
        info.context.append(f"{info.field_name}: {liberty}")


def _id_text(value: object, info: ValidationInfo) -> object:
    if type(value) is int:
        _note(info, "数字，按文字读取")
        return str(value)
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    elif isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    else:
        raise _fault("应为数字")
    if not number.is_finite():
        raise _fault("应为有限的数字")
    return number


def _money(value: object) -> Decimal:
    amount = _number(value)
    if amount < 0:
        raise _fault("金额不能为负")
    if amount.adjusted() >= MONEY_DIGITS - MONEY_SCALE:
        raise _fault("金额超出范围")
    rounded = amount.quantize(_MONEY_STEP)
    if rounded != amount:
        raise _fault(f"金额最多 {MONEY_SCALE} 位小数")
    return abs(rounded)


def _count(value: object) -> int:
    number = _number(value)
    if number < 0:
        raise _fault("数量不能为负")
    if number > _MAX_COUNT:
        raise _fault("数量超出范围")
    if number != number.to_integral_value():
        raise _fault("应为整数")
    return int(number)


def _rating(value: object) -> float:
    rating = _number(value)
    if not _LOWEST_RATING <= rating <= _HIGHEST_RATING:
        raise _fault(f"评分应在 {_LOWEST_RATING} 至 {_HIGHEST_RATING} 之间")
    return float(rating)


def _time(value: object, info: ValidationInfo) -> datetime:
    if isinstance(value, datetime) and value.tzinfo:
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        raise _fault("应为ISO 8601时间，如 2026-11-05T10:00:00+08:00")
    text = value.strip()
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            dated = len(text) == _DATE_LENGTH
            _note(info, _DATE_ONLY if dated else _NO_ZONE)
            moment = moment.replace(tzinfo=SHANGHAI)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _fault("没有这个时间") from None


def _attributes(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {_attribute_text(name): _attribute_text(item) for name, item in value.items()}


def _attribute_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    raise _fault("属性的值应为文字或数字")


# pydantic looks for half surrogate pairs, which no file can hold, only in constrained text.
Text = Annotated[str, StringConstraints(min_length=0)]
RequiredText = Annotated[str, StringConstraints(pattern=r"\S")]
Id = Annotated[Text, BeforeValidator(_id_text)]
RequiredId = Annotated[RequiredText, BeforeValidator(_id_text)]
Money = Annotated[Decimal, PlainValidator(_money)]
Count = Annotated[int, PlainValidator(_count)]
Rating = Annotated[float, PlainValidator(_rating)]
Time = Annotated[datetime, PlainValidator(_time)]
# A null value is a label whose value is unknown; that differs from a label that isn't there.
Attributes = Annotated[dict[Text, Text | None], BeforeValidator(_attributes)]


class Record(BaseModel):
    """What all kinds share: strict types, fields outside the contract left aside."""

    model_config = ConfigDict(strict=True, extra="ignore", validate_assignment=True)


class Option(Record):
    """One choice that a listing's page offers.

    Attributes:
        name: As shown; None: unknown.
        price: Yuan; None: unknown.
        preselected: Ticked before the buyer did anything; None: unknown.
        required: The buyer can't order without it; None: unknown.
    """

    name: Text | None = None
    price: Money | None = None
    preselected: bool | None = None
    required: bool | None = None


# One wrong item is enough to reject a row, and a hostile list has millions.
Texts = Annotated[list[Text], Field(fail_fast=True)]
Options = Annotated[list[Option], Field(fail_fast=True)]


class Listing(Record):
    """商品信息: one item as a platform showed it.

    Attributes:
        captured_at: When the page was seen, UTC.
        price: What is asked, yuan.
        list_price: The struck-out or reference price, yuan.
        attributes: Labels on the page by name, such as 执行标准.
        attributes_complete: True: `attributes` holds all that the page shows.
        images: Paths of pictures.
        sales_count: Units sold as the page claims.
        region: GB/T 2260 code or Chinese name, as given.
    """

    record_id: RequiredId
    platform: RequiredText
    shop_id: Id | None = None
    shop_name: Text | None = None
    item_id: Id | None = None
    url: Text | None = None
    captured_at: Time | None = None
    title: RequiredText
    text: Text | None = None
    category: Text | None = None
    price: Money | None = None
    list_price: Money | None = None
    attributes: Attributes | None = None
    attributes_complete: bool | None = None
    images: Texts | None = None
    options: Options | None = None
    sales_count: Count | None = None
    region: Text | None = None
    ships_from: Text | None = None


class Review(Record):
    """评价: what one user wrote about one item.

    Attributes:
        rating: 1 (worst) to 5.
        created_at: When it was posted, UTC.
        device_id: Read for groups only.
        ip_prefix: Read for groups only.
    """

    record_id: RequiredId
    platform: RequiredText
    shop_id: RequiredId
    item_id: RequiredId
    user_id: RequiredId
    rating: Rating | None = None
    text: Text | None = None
    created_at: Time
    order_id: Id | None = None
    device_id: Text | None = None
    ip_prefix: Text | None = None


def assumed_value(model: type[BaseModel], field: str, value: object) -> Any:
    """Check one value against one field of a model and return it as the model keeps it.

    Raises:
        pydantic.ValidationError: The contract doesn't allow it.
    """
    probe = model.model_construct()
    setattr(probe, field, value)
    return getattr(probe, field)
