"""Numbers that the law sets, each with the days on which it holds and its source."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hengjian.errors import HengjianError
from hengjian.yamlfile import YamlFile, read_yaml, validation_errors

Text = Annotated[str, Field(min_length=1)]


class ParameterValue(BaseModel):
    """A number as it holds over some days.

    Attributes:
        value: The number.
        unit: 元, 年, 日, …; 倍货值金额 and the like are multiples of what follows 倍.
        effective_from: First day on which it holds.
        effective_until: Last day on which it holds; None: still.
        source: The article that sets it, law and number, or the document it was taken from.
        confirmed: Checked against the text of the source; False: to be confirmed (待确认), so it
            may rank and explain but not decide.
    """

    model_config = ConfigDict(frozen=True)

    value: Decimal
    unit: str
    effective_from: dt.date
    effective_until: dt.date | None
    source: str
    confirmed: bool

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether it holds on a day."""
        return self.effective_from <= day and (
            self.effective_until is None or day <= self.effective_until
        )


class _Dated(BaseModel):
    """One value of a parameter as its file writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Annotated[Decimal, Field(ge=0)]
    effective_from: dt.date = Field(alias="from")
    effective_until: dt.date | None = Field(default=None, alias="until")
    source: Text
    confirmed: bool = True


class _Parameter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    unit: Text
    values: Annotated[list[_Dated], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_value_a_day(self) -> Self:
        for value in self.values:
            if value.effective_until is not None and value.effective_until < value.effective_from:
                raise ValueError("失效日期（until）早于施行日期（from）")
        for older, newer in pairwise(self.values):
            if older.effective_until is None or older.effective_until >= newer.effective_from:
                raise ValueError("同一参数的各个值应按日期先后排列，且日期不重叠")
        return self

    def dated(self) -> tuple[ParameterValue, ...]:
        return tuple(ParameterValue(unit=self.unit, **dict(value)) for value in self.values)


class _ParameterFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    parameters: Annotated[list[_Parameter], Field(min_length=1)]


def parameter(name: str, on: dt.date | None) -> ParameterValue:
    """Return a parameter as it holds on a day.

    Args:
        name: Its name, such as 有奖销售.最高奖上限.
        on: The day; None: unknown.

    Raises:
        HengjianError: No such parameter, the day is unknown, or it has no value on that day.
    """
    values = parameters().get(name)
    if values is None:
        raise HengjianError(f"没有参数“{name}”", hint="参数在 law/parameters 下定义")
    if on is None:
        raise HengjianError(f"日期未知，无法确定参数“{name}”的值", hint="请先查明行为发生的日期")
    for value in values:
        if value.holds_on(on):
            return value
    spans = "、".join(f"{v.effective_from} 至{v.effective_until or '今'}" for v in values)
    raise HengjianError(f"参数“{name}”在 {on} 没有值", hint=f"有值的日期：{spans}")


@cache
def parameters() -> dict[str, tuple[ParameterValue, ...]]:
    """Return all parameters by name, the values of each from the oldest on."""
    folder = Path(str(resources.files("hengjian.law") / "parameters"))
    return load_parameters(sorted(folder.glob("*.yml")))


def load_parameters(paths: list[Path]) -> dict[str, tuple[ParameterValue, ...]]:
    """Read parameter files.

    Raises:
        HengjianError: A file breaks the form, or a name stands twice.
    """
    found: dict[str, tuple[ParameterValue, ...]] = {}
    for path in paths:
        file = read_yaml(path)
        for index, each in enumerate(_parse(file).parameters):
            if each.name in found:
                line = file.line(("parameters", index, "name"))
                raise HengjianError(f"参数“{each.name}”重复", path=path, line=line, field="name")
            found[each.name] = each.dated()
    return found


def _parse(file: YamlFile) -> _ParameterFile:
    try:
        return _ParameterFile.model_validate(file.data)
    except ValidationError as error:
        raise validation_errors(error, file)[0] from None
