"""The market in the making: its people, shops and records, the truth, and how it is written."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson
from numpy.random import Generator

from .draw import Floats, some

Row = dict[str, Any]

LEVELS = ("easy", "medium", "hard")
MALL, TAKEAWAY, LIVE = "示范商城", "示范外卖", "示范直播"

_ZONE = timezone(timedelta(hours=8))
_DAY_FIELDS = {"date", "valid_from", "valid_until", "rider_health_certificate_until"}
_OWN_IDS = ("record_id", "notice_id", "promotion_id")
# How often a source leaves a field out, whoever the row speaks of.
_MISSING = {
    "order": {
        "device_id": 0.12,
        "ip_prefix": 0.15,
        "ships_from": 0.3,
        "list_price": 0.1,
        "quantity": 0.05,
        "invoice_issued": 0.05,
        "status_at": 0.03,
        "cancel_reason": 0.15,
    },
    "review": {"device_id": 0.25, "ip_prefix": 0.25, "order_id": 0.15, "text": 0.05},
    "engagement": {"device_id": 0.2, "ip_prefix": 0.2},
    "account": {"bio": 0.4, "region": 0.3, "created_at": 0.08, "device_ids": 0.3, "verified": 0.2},
    "complaint": {
        "contact_hash": 0.1,
        "address_hash": 0.25,
        "demand_amount": 0.15,
        "for_daily_life": 0.3,
        "outcome_at": 0.1,
        "shop_name": 0.2,
    },
    "return": {"reason": 0.1, "inspection_note": 0.1, "returned_weight_g": 0.1},
    "delivery": {"box_temperature_c": 0.12, "seal": 0.08, "promised_at": 0.1},
    "operator": {"contact_hash": 0.1, "business_address": 0.1, "verified_at": 0.2},
    "licence": {"issuer": 0.3, "scope": 0.2},
    "listing": {
        "list_price": 0.2,
        "ships_from": 0.3,
        "sales_count": 0.1,
        "region": 0.3,
        "options": 0.1,
    },
    "post": {"region": 0.15, "likes": 0.1, "shares": 0.2},
    "price_history": {"units": 0.1},
    "price_observation": {"stock": 0.1},
    "supply": {"supplier_uscc": 0.2, "producer_uscc": 0.2, "batch": 0.3, "supplied_at": 0.2},
    "invoice": {"buyer_kind": 0.3, "item_name": 0.1},
    "platform_action": {"reported_at": 0.3},
    "tour": {"departs_at": 0.1, "hotel_grade": 0.1},
}


@dataclass(frozen=True)
class Shop:
    """A shop; its rates are those of its honest days."""

    id: str
    name: str
    platform: str
    category: str
    region: str
    cancels: float
    refunds: float
    slowness: float


@dataclass(frozen=True)
class Item:
    """An item; `index` is its row in the market's prices, -1 where one price holds always."""

    id: str
    shop: Shop
    title: str
    noun: str
    price: float
    quality: float
    index: int = -1


@dataclass(frozen=True)
class Person:
    """An account, with what it acts from and how it judges."""

    id: str
    devices: tuple[str, ...]
    ip: str
    region: str
    created_at: int
    bias: float
    talk: float


@dataclass(frozen=True)
class Promo:
    """A promotion of one item, on days counted from the market's first."""

    id: str
    item: Item
    first: int
    last: int
    price: float


Named = TypeVar("Named", Shop, Item, Person)


@dataclass
class Market:
    """All that is made from one seed.

    Attributes:
        seed: Of everything.
        scale: 1 for some 3,000 accounts.
        rows: Records by kind.
        truth: What was planted, a row a behaviour and subject.
        prices: What each item costs on each day.
        extra: Items of shops that open for one purpose.
        popularity: How often each item is bought.
        activity: How often each of the people buys.
    """

    seed: int
    scale: float = 1.0
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    truth: list[Row] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    shops: list[Shop] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    extra: list[Item] = field(default_factory=list)
    kitchens: list[Shop] = field(default_factory=list)
    dishes: list[Item] = field(default_factory=list)
    promos: list[Promo] = field(default_factory=list)
    ips: list[str] = field(default_factory=list)
    prices: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    popularity: Floats = field(default_factory=lambda: np.zeros(0))
    activity: Floats = field(default_factory=lambda: np.zeros(0))
    _made: int = 0
    _taken: set[str] = field(default_factory=set)

    def rng(self, name: str) -> Generator:
        """Return a generator of its own for each purpose: planting leaves the background alone."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def new_id(self) -> str:
        """Return an id that says nothing of what it names or of when it was made."""
        self._made += 1
        text = f"{self.seed}:{self._made}".encode()
        return hashlib.blake2b(text, digest_size=8).hexdigest()

    def digits(self, number: int) -> str:
        """Return so many digits, as of a tracking number."""
        return str(int(self.new_id(), 16)).zfill(20)[-number:]

    def size(self, number: float) -> int:
        """Return a number of the default market in this one."""
        return max(round(number * self.scale), 1)

    def take(self, rng: Generator, things: Sequence[Named], number: int) -> list[Named]:
        """Return so many that nothing else was planted on, and keep them from what comes later."""
        free = [thing for thing in things if thing.id not in self._taken]
        chosen = some(rng, free if len(free) >= number else things, number)
        self.reserve(chosen)
        return chosen

    def reserve(self, things: Iterable[Named]) -> None:
        """Keep things from what is planted later."""
        self._taken.update(thing.id for thing in things)

    def add(self, kind: str, row: Row) -> Row:
        """Keep a record and return it."""
        self.rows[kind].append(row)
        return row

    def shop(self, shop_id: str) -> Shop:
        """Return the shop of that id."""
        return next(shop for shop in (*self.shops, *self.kitchens) if shop.id == shop_id)

    def plant(
        self,
        violation: str | None,
        subject_kind: str,
        subject_ids: Iterable[str],
        *,
        accounts: Iterable[str] = (),
        shops: Iterable[str] = (),
        items: Iterable[str] = (),
        rows: Sequence[Row] = (),
        **more: Any,
    ) -> None:
        """Keep a row of truth.

        Args:
            violation: Id of the catalogue; None: an honest look-alike or a topic.
            subject_kind: As of a finding.
            subject_ids: Whom a finding should name.
            accounts: Members.
            shops: Shops concerned, whether they gain or suffer.
            items: Items concerned.
            rows: The records that make it up.
            more: Further facts, as `also`: other violations that would be right as well, or
                `tempts`: those that a look-alike resembles.
        """
        named = (next((row[name] for name in _OWN_IDS if name in row), None) for row in rows)
        records = {own for own in named if own is not None}
        self.truth.append(
            {
                "violation": violation,
                "subject_kind": subject_kind,
                "subject_ids": sorted(set(subject_ids)),
                "accounts": sorted(set(accounts)),
                "shops": sorted(set(shops)),
                "items": sorted(set(items)),
                "record_ids": sorted(records),
                **more,
            }
        )

    def honest(self, tempts: Sequence[str], **facts: Any) -> None:
        """Keep a look-alike's row of truth: what must not be flagged, and what it resembles."""
        facts.setdefault("subject_kind", "shop" if facts.get("shops") else "account")
        facts.setdefault("subject_ids", facts.get("shops") or facts.get("accounts") or ())
        self.plant(None, tempts=list(tempts), **facts)

    def write(self, out: Path, kinds: Iterable[str] | None = None) -> None:
        """Write `out`/market and, apart from it, `out`/truth/truth.jsonl.

        Args:
            out: A folder; made where it is missing.
            kinds: The kinds to write; None: all.
        """
        (out / "market").mkdir(parents=True, exist_ok=True)
        (out / "truth").mkdir(parents=True, exist_ok=True)
        for kind in sorted(self.rows if kinds is None else set(kinds) & self.rows.keys()):
            rows = self._as_sources_give(kind)
            packed = gzip.compress(b"\n".join(map(_line, rows)) + b"\n", 3, mtime=0)
            (out / "market" / f"{kind}.jsonl.gz").write_bytes(packed)
        lines = [orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n" for row in self.truth]
        (out / "truth" / "truth.jsonl").write_bytes(b"".join(lines))

    def _as_sources_give(self, kind: str) -> list[Row]:
        rng = self.rng(f"sources of {kind}")
        rows = [self.rows[kind][index] for index in rng.permutation(len(self.rows[kind])).tolist()]
        for name, share in _MISSING.get(kind, {}).items():
            for index in np.flatnonzero(rng.random(len(rows)) < share).tolist():
                rows[index].pop(name, None)
        return rows


def iso(at: float) -> str:
    """Return a moment in ISO 8601, Shanghai time, to the second."""
    return datetime.fromtimestamp(int(at), _ZONE).isoformat()


def _line(row: Row) -> bytes:
    told: Row = {}
    for name, value in row.items():
        if value is None:
            continue
        if name == "at" or name.endswith("_at"):
            told[name] = iso(value)
        elif name in _DAY_FIELDS:
            told[name] = iso(value)[:10]
        else:
            told[name] = value
    return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)
