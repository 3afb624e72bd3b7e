"""The violation catalogue: every type that Hengjian can raise, and what a detector of it needs."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from hengjian.yamlfile import Location, YamlFile, read_yaml, validation_errors

Text = Annotated[str, Field(min_length=1)]
Rung = Literal["R1", "R2", "R3", "R4"]


class ViolationType(BaseModel):
    """One type of violation.

    Attributes:
        id: `area.name`, also the id of its rule.
        title: Its Chinese name.
        data: What shows it: T text, I image, P prices, O orders, G graph, L registers,
            D delivery, C complaints, K platform terms, F invoices.
        ladder: The first rung and, where it differs, the last.
        authority: Who enforces it.
        needs: Kinds of records without which a detector has nothing to go by.
        undetected: Why no rule can show it from the records of the contract; None: one may.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    title: Text
    data: Annotated[
        list[Literal["T", "I", "P", "O", "G", "L", "D", "C", "K", "F"]], Field(min_length=1)
    ]
    ladder: Annotated[list[Rung], Field(min_length=1, max_length=2)]
    authority: Annotated[list[Text], Field(min_length=1)]
    needs: Annotated[list[Text], Field(min_length=1)]
    undetected: Text | None = None

    @property
    def area(self) -> str:
        """The area that the id begins with."""
        return self.id.partition(".")[0]


class Catalogue(BaseModel):
    """All types, area by area.

    Attributes:
        areas: Chinese name by area, in the order in which people see them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    areas: Annotated[dict[str, Text], Field(min_length=1)]
    types: list[ViolationType]

    def by_id(self) -> dict[str, ViolationType]:
        """Return the types by id, in the catalogue's order."""
        return {each.id: each for each in self.types}


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that comes with Hengjian.

    Raises:
        HengjianError: Its file has a fault; the first is raised with its line.
    """
    return read_catalogue(Path(str(resources.files("hengjian.violations") / "catalogue.yml")))


def area_title(violation: str) -> str:
    """Return the Chinese name of the area of a violation's id; an unknown one as it stands."""
    area = violation.partition(".")[0]
    return catalogue().areas.get(area, area)


def check_areas(areas: frozenset[str]) -> None:
    """Refuse areas that the catalogue does not have.

    Raises:
        HengjianError: One of them is unknown; the hint lists those there are.
    """
    known = catalogue().areas
    unknown = sorted(areas - known.keys())
    if unknown:
        names = "、".join(f"{area}（{title}）" for area, title in known.items())
        raise HengjianError(f"没有这个领域：{'、'.join(unknown)}", hint=f"可用 {names}")


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue file.

    Raises:
        HengjianError: The file breaks the form, names a kind or an area that does not exist, or
            names a type twice.
    """
    file = read_yaml(path)
    try:
        read = Catalogue.model_validate(file.data)
    except ValidationError as error:
        raise validation_errors(error, file)[0] from None
    _check_types(read, file)
    return read


def _check_types(read: Catalogue, file: YamlFile) -> None:
    counts = Counter(each.id for each in read.types)
    for index, each in enumerate(read.types):
        if each.area not in read.areas:
            raise _fault(file, ("types", index, "id"), f"areas 中没有 {each.area}")
        if counts[each.id] > 1:
            raise _fault(file, ("types", index, "id"), f"{each.id} 出现两次")
        unknown = sorted(set(each.needs) - KINDS.keys())
        if unknown:
            raise _fault(file, ("types", index, "needs"), f"没有这种记录：{'、'.join(unknown)}")


def _fault(file: YamlFile, location: Location, message: str) -> HengjianError:
    return HengjianError(
        message,
        path=file.path,
        line=file.line(location),
        field=".".join(map(str, location)),
    )
