"""The types of which the contracts of all kinds are made.

Values are checked strictly; the few liberties that sources need (a number as an id, a time without
zone) are told through the validation context, a list that gathers one Chinese note for each liberty
taken. Each type says in JSON Schema what it takes.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
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
    WithJsonSchema,
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
_DAY_OF_TIME = "时间，取其Asia/Shanghai的日期"


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


def _measure(value: object) -> float:
    number = _number(value)
    if number < 0:
        raise _fault("数值不能为负")
    return _finite(number)


def _degrees(value: object) -> float:
    return _finite(_number(value))


def _finite(number: Decimal) -> float:
    converted = float(number)
    if not math.isfinite(converted):
        raise _fault("数值超出范围")
    return converted


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


def _day(value: object, info: ValidationInfo) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        raise _fault("应为日期，如 2026-11-05")
    text = value.strip()
    if len(text) > _DATE_LENGTH:
        day = _time(text, info).astimezone(SHANGHAI).date()
        _note(info, _DAY_OF_TIME)
        return day
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _fault("没有这个日期") from None


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


_NUMBER_SCHEMA = {"type": ["number", "string"], "minimum": 0}
_COUNT_SCHEMA = {"type": ["integer", "string"], "minimum": 0}

# pydantic looks for half surrogate pairs, which no file can hold, only in constrained text.
Text = Annotated[str, StringConstraints(min_length=0)]
RequiredText = Annotated[str, StringConstraints(pattern=r"\S")]
Id = Annotated[Text, BeforeValidator(_id_text), WithJsonSchema({"type": ["string", "integer"]})]
RequiredId = Annotated[
    RequiredText,
    BeforeValidator(_id_text),
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"\S"}),
]
Money = Annotated[Decimal, PlainValidator(_money), WithJsonSchema(_NUMBER_SCHEMA)]
Count = Annotated[int, PlainValidator(_count), WithJsonSchema(_COUNT_SCHEMA)]
Measure = Annotated[float, PlainValidator(_measure), WithJsonSchema(_NUMBER_SCHEMA)]
Degrees = Annotated[float, PlainValidator(_degrees), WithJsonSchema({"type": ["number", "string"]})]
Rating = Annotated[
    float,
    PlainValidator(_rating),
    WithJsonSchema(
        {"type": ["number", "string"], "minimum": _LOWEST_RATING, "maximum": _HIGHEST_RATING}
    ),
]
Time = Annotated[
    datetime,
    PlainValidator(_time),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
# A null value is a label whose value is unknown; that differs from a label that isn't there.
Attributes = Annotated[
    dict[Text, Text | None],
    BeforeValidator(_attributes),
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}
    ),
]
Flags = dict[Text, bool | None]

# One wrong item is enough to reject a row, and a hostile list has millions.
Texts = Annotated[list[Text], Field(fail_fast=True)]
Ids = Annotated[list[Id], Field(fail_fast=True)]
NumberAsText = BeforeValidator(_id_text)


class Record(BaseModel):
    """What all kinds share: strict types, fields outside the contract left aside."""

    model_config = ConfigDict(strict=True, extra="ignore", validate_assignment=True)


def assumed_value(model: type[BaseModel], field: str, value: object) -> Any:
    """Check one value against one field of a model and return it as the model keeps it.

    Raises:
        pydantic.ValidationError: The contract doesn't allow it.
    """
    probe = model.model_construct()
    setattr(probe, field, value)
    return getattr(probe, field)
