"""What a detector says: suspicions, verdicts, and how many rows it could not judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Figure(NamedTuple):
    """A number that speaks for a suspicion.

    Attributes:
        name: What it is, in Chinese, such as 付款后被商家取消的比例.
        unit: None: it has none.
        baseline: What it is held against, in the same unit; None: nothing.
        fieldname: The field of the first row that holds it as it stands; None: it was computed.
    """

    name: str
    value: float
    unit: str | None = None
    baseline: float | None = None
    fieldname: str | None = None


class Quote(NamedTuple):
    """Words in a text field of the first row, and where they begin."""

    fieldname: str
    start: int
    text: str


class Members(NamedTuple):
    """Who belongs to a group, when it acted, and how likely chance alone would bring it about.

    Attributes:
        p_value: Corrected for all that was tried; None: not computed.
    """

    accounts: Sequence[str] = ()
    shops: Sequence[str] = ()
    items: Sequence[str] = ()
    window_start: dt.datetime | None = None
    window_end: dt.datetime | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class Suspicion:
    """One subject that a detector suspects.

    Attributes:
        subject_kind: Such as shop, group, complainant, listing.
        subject_id: Its id on the platform; of a group, one made of its members.
        rests_on: Places of rows in their tables, by kind. The first row of the first kind is what
            quotes and figures stand in; all of them are kept as evidence.
        explanation: One sentence in Chinese that an officer can act on.
        score: 0–1, higher is more certain.
        conduct_from: When the conduct began; None: unknown.
        conduct_until: When it ended; None: unknown.
        conduct_known: How that is known.
        platform: None: unknown, or several.
        shop_id: None: that of the first row, where it has one; a group then has none.
        operator_id: USCC or other id of the operator; None: unknown.
    """

    subject_kind: str
    subject_id: str
    rests_on: Mapping[str, Sequence[int]]
    figures: Sequence[Figure]
    explanation: str
    score: float
    conduct_from: dt.datetime | None
    conduct_until: dt.datetime | None
    platform: str | None
    conduct_known: Literal["stated", "captured", "assumed", "unknown"] = "stated"
    shop_id: str | None = None
    operator_id: str | None = None
    quotes: Sequence[Quote] = field(default=())
    members: Members | None = None


class Verdict(NamedTuple):
    """A subject on which a detector can also say "no" or "can't tell".

    Attributes:
        effect: How large the difference is, in the detector's own unit; None: not computed.
        interval: Of the effect.
        q: False discovery rate at which it would be told; None: not computed.
    """

    subject_id: str
    verdict: Literal["violation", "clean", "insufficient"]
    effect: float | None = None
    interval: tuple[float, float] | None = None
    q: float | None = None


class Undecided(NamedTuple):
    """Rows of the detector's first kind that it left out, since it lacked a field.

    Attributes:
        fieldname: As `kind.field`.
    """

    fieldname: str
    rows: int


Said = Suspicion | Verdict | Undecided
