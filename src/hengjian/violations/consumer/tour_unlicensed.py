"""未经许可经营旅行社业务: tours under a licence number that nobody issued or that was withdrawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.identity.licences import TRAVEL, Register, normal_numbers, register_of
from hengjian.violations.columns import Bools, Floats, Ints, known, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.matching import key_parts
from hengjian.violations.sellers import Sellers, sellers_of, shop_keys
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

_WITHDRAWN = {"revoked": "吊销", "cancelled": "注销"}
# Two letters and four digits at least: what is shorter is no number but a remark.
_NUMBER = r"^L[A-Z]{2,8}\d{2,6}$"


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that sell tours under a number of no travel agency.

    Either the register holds the licences of the number's province and not this one, or it says
    that the licence was revoked or cancelled and the tour departs after its newest entry. That the
    licence is another's is no suspicion: agents may sell an agency's tours. Neither is a shop whose
    operator holds a licence of its own.

    Tours without a known number, or with one of a province that the register does not cover, are
    left out and told.
    """
    tours, register = tables["tour"], register_of(tables["licence"], TRAVEL)
    number = normal_numbers(tours.column("agency_licence_no"))
    formed = np.asarray(pc.match_substring_regex(number, _NUMBER).fill_null(False))
    silent = ~known(tours, "agency_licence_no")
    if silent.any():
        yield Undecided("tour.agency_licence_no", int(silent.sum()))
    found = register.find(number)
    shops = np.asarray(shop_keys(tours).dictionary_encode().indices).astype(np.int64)
    missing = formed & (found < 0)
    covered = register.covers(shops[formed], number.filter(pa.array(formed)))
    issued_there = np.zeros(tours.num_rows, dtype=np.bool_)
    issued_there[formed] = covered
    if (missing & ~issued_there).any():
        yield Undecided("licence.licence_no", int((missing & ~issued_there).sum()))
    bad = (missing & issued_there) | _withdrawn(tours, register, found)
    bad &= ~_licensed(tables, register)
    yield from _by_shop(tours, bad, found, register)


def _withdrawn(tours: pa.Table, register: Register, found: Ints) -> Bools:
    status = np.asarray(pc.is_in(register.status, pa.array([*_WITHDRAWN])))
    gone = np.append(status, False)[found]
    departs = seconds(tours, "departs_at") / 86_400
    newest: Bools = gone & (departs > register.newest)
    return newest


def _licensed(tables: Tables, register: Register) -> Bools:
    """Return of which tours the shop's operator holds a licence."""
    if "operator" not in tables:
        return np.zeros(tables["tour"].num_rows, dtype=np.bool_)
    sellers: Sellers = sellers_of(tables["operator"])
    nowhere = pa.nulls(sellers.size, pa.string())
    holds = np.append(register.latest_of(sellers.uscc, sellers.name, nowhere) > -np.inf, False)
    found: Bools = holds[sellers.of(tables["tour"])]
    return found


def _by_shop(tours: pa.Table, bad: Bools, found: Ints, register: Register) -> Iterator[Suspicion]:
    rows, departs = np.flatnonzero(bad), seconds(tours, "departs_at")
    keys = shop_keys(tours).take(rows).to_pylist()
    by_shop: dict[str, list[int]] = {}
    for key, row in zip(keys, rows.tolist(), strict=True):
        by_shop.setdefault(str(key), []).append(row)
    for key in sorted(by_shop):
        platform, shop = key_parts(key)
        of_shop = by_shop[key]
        status = None if found[of_shop[0]] < 0 else register.status[int(found[of_shop[0]])].as_py()
        yield _suspicion(tours, (platform, shop), of_shop, departs[of_shop], status)


def _suspicion(
    tours: pa.Table, shop: tuple[str, str], rows: list[int], departs: Floats, status: str | None
) -> Suspicion:
    written = tours.column("agency_licence_no")[rows[0]].as_py()
    title = tours.column("title")[rows[0]].as_py()
    what = (
        "在登记簿中查无，而登记簿载有该省的许可证"
        if status is None
        else (f"登记状态为{_WITHDRAWN[status]}")
    )
    departs = departs[~np.isnan(departs)]
    return Suspicion(
        subject_kind="shop",
        subject_id=shop[1],
        rests_on={"tour": rows},
        figures=[Figure("使用这类编号的线路", len(rows), "条", 0.0)],
        explanation=(
            f"{len(rows)} 条在售线路所示的旅行社业务经营许可证编号“{written}”{what}，"
            "涉嫌未经许可经营旅行社业务，请向发证的文化和旅游部门核实编号和签约的旅行社。"
        ),
        score=0.75,
        conduct_from=moment(float(departs.min())) if len(departs) else None,
        conduct_until=moment(float(departs.max())) if len(departs) else None,
        conduct_known="stated" if len(departs) else "unknown",
        platform=shop[0],
        shop_id=shop[1],
        quotes=[Quote("title", 0, title)] if title else [],
    )
