"""Livestreams that sell products whose licences and certificates don't stand up to the register."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.identity.product_numbers import (
    NUMBERINGS,
)
from hengjian.identity.products import (
    Check,
    check_numbers,
)
from hengjian.violations.columns import Bools, known
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import quote_of
from hengjian.violations.suspicion import Figure, Said, Suspicion, Undecided


class _Stream(NamedTuple):
    """A stream, the rows of the listings that it sold, and the checks that these failed."""

    row: int
    given: dict[str, Any]
    failed: list[tuple[Check, str]]


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the hosts in whose streams products were sold under numbers that no register bears out.

    The streams' products are looked up among the listings of the same platform; what is checked of
    their numbers, and what clears them: `identity.products`. Streams of which the products are
    unknown, or none was captured, are left out and told.
    """
    streams, listings = tables["livestream"], tables["listing"]
    with_products: Bools = known(streams, "products")
    if not with_products.all():
        yield Undecided("livestream.products", int((~with_products).sum()))
    rows_of_item = _rows_of_items(listings, streams)
    failed = _failed(listings, tables["register_entry"], rows_of_item)
    by_host: dict[tuple[str, str, str], list[_Stream]] = defaultdict(list)
    unseen = 0
    for row in np.flatnonzero(with_products).tolist():
        [given] = streams.slice(row, 1).to_pylist()
        keys = [(given["platform"], item) for item in given["products"]]
        sold = [at for key in keys for at in rows_of_item.get(key, ())]
        unseen += bool(keys) and not sold
        bad = [failed[at] for at in sold if at in failed]
        if bad:
            kind = "host" if given.get("host_id") else "livestream"
            own_id = given.get("host_id") or given.get("room_id") or given["record_id"]
            by_host[given["platform"], kind, own_id].append(_Stream(row, given, bad))
    if unseen:
        yield Undecided("listing.item_id", unseen)
    for (platform, kind, own_id), found in by_host.items():
        yield _suspicion(listings, platform, kind, own_id, found)


def _rows_of_items(listings: pa.Table, streams: pa.Table) -> dict[tuple[str, str], list[int]]:
    """Return the rows of the listings that some stream sells."""
    items: list[Any] = listings.column("item_id").to_pylist()
    platforms: list[Any] = listings.column("platform").to_pylist()
    products: list[Any] = streams.column("products").to_pylist()
    sold = {
        (platform, item)
        for platform, given in zip(streams.column("platform").to_pylist(), products, strict=True)
        for item in given or ()
    }
    found = defaultdict(list)
    for row, key in enumerate(zip(platforms, items, strict=True)):
        if key in sold:
            found[key].append(row)
    return found


def _failed(
    listings: pa.Table, entries: pa.Table, rows_of_item: dict[tuple[str, str], list[int]]
) -> dict[int, tuple[Check, str]]:
    """Return what is wrong with the listings that streams sell, and the number's title."""
    sold = {row for rows in rows_of_item.values() for row in rows}
    return {
        said.shown.row: (said, numbering.title)
        for numbering in NUMBERINGS.values()
        for said in check_numbers(listings, entries, numbering, sold)
        if isinstance(said, Check)
    }


def _suspicion(
    listings: pa.Table, platform: str, kind: str, own_id: str, found: list[_Stream]
) -> Suspicion:
    failed = {check.shown.row: (check, title) for each in found for check, title in each.failed}
    check, title = max(failed.values(), key=lambda each: each[0].certain)
    quote = quote_of(listings, check.shown.row, check.shown.fieldname, check.shown.code)
    entries = [entry.row for each, _ in failed.values() for entry in each.entries]
    begun = [each.given.get("started_at") for each in found]
    times: list[dt.datetime] = [at for at in begun if at is not None]
    sold = sum(len(each.given["products"]) for each in found)
    rests_on = {"livestream": [each.row for each in found], "listing": sorted(failed)}
    if entries:
        rests_on["register_entry"] = list(dict.fromkeys(entries))
    written = quote.text if quote else check.shown.code
    return Suspicion(
        subject_kind=kind,
        subject_id=own_id,
        rests_on=rests_on,
        figures=[Figure("证号与登记不符的商品", len(failed), "件"), Figure("直播商品", sold, "件")],
        explanation=(
            f"{len(found)} 场直播所售 {sold} 件商品中有 {len(failed)} 件证号与登记不符，"
            f"如“{check.page.title}”"
            f"的{title}“{written}”{check.told}，涉嫌未核验所售商品的许可、认证信息，"
            "请调取选品核验记录并查验证号。"
        ),
        score=check.certain - 0.1,
        conduct_from=min(times, default=None),
        conduct_until=max(times, default=None),
        conduct_known="stated" if times else "unknown",
        platform=platform,
    )
