"""How do the seconds and the memory of every detector grow with the rows that it is given?

Markets are laid side by side until there are so many rows of the kind that a detector counts. They
come from the simulator (examples/simulate), one in six with every conduct and look-alike planted,
the others with backgrounds only. Every copy gets ids, devices, networks, parcel numbers, names,
addresses, licences and social credit codes of its own, check digits and all, and other moments, so
that nothing is shared or repeated that was not in the simulated market. The texts that people
write get words of their own, since the simulator's vocabulary is small. Product numbers stay: more
shops sell the same goods. Detectors that hold goods against registers get copies of the market in
which product_registers.py tries them, all with one register. Rows stand in random order within
blocks of two million.

Other kinds that a detector reads grow with the counted one, up to four rows for each of its rows
(those that it points to first), so that orders do not run to 10^9 where notices are counted. Kinds
in LARGE go to 10^7 rows. The others stop at 10^6: no country has ten million tours, licences,
notices or price audits, and a scan of more listings goes in parts.

Each run has a process of its own, which first runs the detector on 10,000 rows (to compile).
Measured are the processor's seconds of the detector, without the reading of the tables, the most
memory of the process, tables included, and in the same run what pyarrow needs to group the same
rows by shop (or item, target, subject) and count them: `ratio` is the detector's time beside that.
An exponent of 1 between two sizes is linear.

    .venv/bin/python benchmarks/growth.py [--rows 1e5,1e6,1e7] [--only ID ...] [--out growth.json]

What --out already holds stays, so that the whole can be measured in parts.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import resource
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from behaviours import market as simulated_market
from graphs import apart
from hengjian.records.kinds import KINDS
from hengjian.violations.detection import detect
from hengjian.violations.detector import Detector
from hengjian.violations.rule import load_rules
from product_registers import TRIALS

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))
from simulate.table import BEHAVIOURS, LOOKALIKES

MARKETS, TRIAL_ROWS, SEED = 6, 20_000, 500
SIZES = (10**5, 10**6, 10**7)
WARM = 10_000
LARGE = ("order", "delivery", "review", "engagement", "price_history")
LARGEST_OTHERS = 10**6
MOST_BESIDE = 4
BLOCK = 2_000_000
# The kind whose growth is the question, where it is not the one that the detector counts.
GROWING = {"consumer.false_discount": "price_history"}
PEER_SECONDS = 0.2
ABOUT = ("shop_id", "target_id", "item_id", "account_id", "subject_id")
SLOW, STEEP, HUGE_MB = 60.0, 1.15, 8192.0

DAY = 86_400
SHIFTED_DAYS = 4
CODE = "青松杉绿野明月清风恒远嘉禾瑞丰盛泰和安康宁华美益达顺源海川云峰雅聚福禄"
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SIGN_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGAN_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGAN_CHECKS = "0123456789X"
# Prime to what they are taken modulo, so that neighbouring copies lie far apart.
STEP = 7919

compute: Any = pc

Tables = dict[str, pa.Table]
Remake = Callable[[Any, int], Any]


def code_of(number: int) -> str:
    """Return Chinese characters that stand for a number."""
    signs = [CODE[number // len(CODE) ** place % len(CODE)] for place in range(3)]
    return "".join(signs)


def suffixed(column: Any, tile: int) -> Any:
    """Give ids an end of their own."""
    return pc.binary_join_element_wise(column, f"{tile:x}", "-")


def renamed(column: Any, tile: int) -> Any:
    """Put a word into names and addresses, behind the city if one stands there."""
    return pc.replace_substring_regex(column, "^(.*?市)?", rf"\1{code_of(tile)}")


def posted(column: Any, tile: int) -> Any:
    """Count parcel numbers on: two letters and thirteen digits."""
    head, digits = pc.utf8_slice_codeunits(column, 0, 2), pc.utf8_slice_codeunits(column, 2)
    moved = pc.add(digits.cast(pa.int64()), tile * STEP * 10**5)
    tail = pc.utf8_slice_codeunits(pc.utf8_lpad(moved.cast(pa.string()), 13, "0"), -13)
    return pc.binary_join_element_wise(head, tail, "")


def agencies(column: Any, tile: int) -> Any:
    """Give travel agencies other provinces' letters and digits: L-JX09537."""
    digits = pc.add(pc.utf8_slice_codeunits(column, 4).cast(pa.int64()), tile * STEP)
    tail = pc.utf8_slice_codeunits(pc.utf8_lpad(digits.cast(pa.string()), 5, "0"), -5)
    letters = chr(ord("A") + tile % 26) + chr(ord("A") + tile // 26 % 26)
    return pc.binary_join_element_wise(f"L-{letters}", tail, "")


def _matrix(column: Any, length: int, fits: str) -> tuple[Any, Any, Any]:
    """Return a column in plain writing, where it has a form, and the signs of those that have."""
    plain = pc.replace_substring_regex(
        pc.utf8_upper(compute.utf8_normalize(column, form="NFKC")), "[^0-9A-Z]", ""
    )
    valid = pc.match_substring_regex(plain, fits).fill_null(False)
    text = "".join(plain.filter(valid).to_pylist()).encode()
    return plain, valid, np.frombuffer(text, dtype=np.uint8).reshape(-1, length)


def _put_back(plain: Any, valid: Any, signs: Any) -> Any:
    made = pa.array([row.tobytes().decode() for row in signs], pa.string())
    return pc.replace_with_mask(plain, valid, made)


def usccs(column: Any, tile: int) -> Any:
    """Give firms other social credit codes, with right check digits."""
    column, valid, signs = _matrix(column, 18, f"^[{SIGNS}]{{18}}$")
    alphabet = np.frombuffer(SIGNS.encode(), dtype=np.uint8)
    numbers = np.searchsorted(alphabet, signs).astype(np.int64)
    moved = np.array([tile // 31**place % 31 for place in range(4)])
    numbers[:, 12:16] = (numbers[:, 12:16] + moved) % 31
    made = alphabet[numbers]
    organ = np.array([int(sign, 36) for sign in SIGNS])[numbers[:, 8:16]]
    checks = np.frombuffer(ORGAN_CHECKS.encode(), dtype=np.uint8)
    made[:, 16] = checks[(11 - organ @ np.array(ORGAN_WEIGHTS) % 11) % 11]
    numbers = np.searchsorted(alphabet, made).astype(np.int64)
    made[:, 17] = alphabet[(31 - numbers[:, :17] @ np.array(SIGN_WEIGHTS) % 31) % 31]
    return _put_back(column, valid, made)


def licences(column: Any, tile: int) -> Any:
    """Give food licences other numbers, with right check digits, in counties of their own."""
    column, valid, signs = _matrix(column, 16, r"^(JY|SC)\d{14}$")
    digits = signs[:, 2:].astype(np.int64) - ord("0")
    county, serial = tile % 100, tile // 100 * STEP
    digits[:, 5:7] = county // 10, county % 10
    powers = 10 ** np.arange(5, -1, -1)
    serials = (digits[:, 7:13] @ powers + serial) % 10**6
    digits[:, 7:13] = serials[:, None] // powers % 10
    product = np.full(len(digits), 10)
    for place in range(13):
        rest = (product + digits[:, place]) % 10
        product = np.where(rest == 0, 10, rest) * 2 % 11
    digits[:, 13] = (11 - product) % 10
    made = signs.copy()
    made[:, 2:] = digits + ord("0")
    return _put_back(column, valid, made)


def gtins(column: Any, tile: int) -> Any:
    """Give goods other bar codes of thirteen digits, with right check digits."""
    column, valid, signs = _matrix(column, 13, r"^\d{13}$")
    digits = signs.astype(np.int64) - ord("0")
    powers = 10 ** np.arange(8, -1, -1)
    bodies = (digits[:, 3:12] @ powers + tile * STEP * 997) % 10**9
    digits[:, 3:12] = bodies[:, None] // powers % 10
    digits[:, 12] = -(digits[:, :12] @ np.tile([1, 3], 6)) % 10
    return _put_back(column, valid, (digits + ord("0")).astype(np.uint8))


def worded(column: Any, tile: int) -> Any:
    """Put two characters, chosen at random, behind each text."""
    rng = np.random.default_rng([SEED, tile])
    signs = pa.array(list(CODE))
    words = (signs.take(rng.integers(len(CODE), size=len(column))) for _ in range(2))
    return pc.binary_join_element_wise(column, *words, "")


REMADE: dict[Remake, tuple[str, ...]] = {
    suffixed: (
        *("record_id", "shop_id", "item_id", "user_id", "order_id", "account_id", "device_id"),
        *("device_ids", "ip_prefix", "target_id", "complainant_id", "contact_hash"),
        *("address_hash", "run_id", "promotion_id", "notice_id", "subject_id", "url", "batch"),
        *("rider_id", "host_id", "room_id", "products", "tagged_items", "shipped_serial"),
        *("returned_serial",),
    ),
    renamed: (
        *("shop_name", "holder", "supplier", "producer", "address", "registered_address"),
        *("business_address", "name"),
    ),
    posted: ("tracking_no",),
    agencies: ("agency_licence_no",),
    usccs: ("uscc", "operator_uscc", "supplier_uscc", "producer_uscc"),
    licences: ("licence_no", "licence_nos", "licences_shown"),
    gtins: ("gtin",),
    worded: ("text",),
}
REMAKE_OF = {name: remake for remake, names in REMADE.items() for name in names}
# Of these, the words are the page's or the register's.
KEPT = {"register_entry": ("name", "holder"), "listing": ("text",)}


def remade(table: pa.Table, kind: str, tile: int) -> pa.Table:
    """Return a copy of a table that has nothing in common with others but goods."""
    if kind == "register_entry":
        return table
    columns = [
        _column(table.column(name).combine_chunks(), kind, name, tile)
        for name in table.column_names
    ]
    return pa.table(columns, schema=table.schema)


def _column(column: Any, kind: str, name: str, tile: int) -> Any:
    days = tile * 5 % (2 * SHIFTED_DAYS + 1) - SHIFTED_DAYS
    if pa.types.is_timestamp(column.type):
        seconds = days * DAY + tile * STEP % 3600
        return pc.add(column.cast(pa.int64()), seconds * 10**6).cast(column.type)
    if pa.types.is_date32(column.type):
        return pc.add(column.cast(pa.int32()), pa.scalar(days, pa.int32())).cast(column.type)
    remake = REMAKE_OF.get(name)
    if remake is None or name in KEPT.get(kind, ()):
        return column
    if kind == "licence" and name == "licence_no":
        travels = pc.starts_with(column, "L-")
        food = licences(column.filter(pc.invert(travels)), tile)
        column = pc.replace_with_mask(column, pc.invert(travels), food)
        return pc.replace_with_mask(column, travels, agencies(column.filter(travels), tile))
    if pa.types.is_list(column.type):
        values = remake(column.values, tile)
        return pa.ListArray.from_arrays(column.offsets, values, mask=column.is_null())
    return remake(column, tile)


def simulated(number: int) -> Tables:
    """Return one market: the first with everything planted, the others with backgrounds."""
    tables, _truth = simulated_market(
        SEED + number, [*BEHAVIOURS, *LOOKALIKES] if number == 0 else [], 1
    )
    tables = {kind: table.select(KINDS[kind].schema.names) for kind, table in tables.items()}
    tables["livestream"] = _made("livestream", _streams(tables["listing"]))
    tables["shop_page"] = _made("shop_page", _pages(tables["operator"]))
    travels = _made("licence", _travel_licences(tables["tour"]))
    tables["licence"] = pa.concat_tables([tables["licence"], travels])
    return tables


def _made(kind: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=KINDS[kind].schema)


def _streams(listing: pa.Table) -> list[dict[str, Any]]:
    """Let every shop show its goods in a livestream."""
    goods: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in listing.select(["platform", "shop_id", "item_id", "captured_at"]).to_pylist():
        goods[row["platform"], row["shop_id"]].append(row)
    return [
        {
            "record_id": f"stream-{shop}",
            "platform": platform,
            "room_id": f"room-{shop}",
            "host_id": f"host-{shop}",
            "started_at": rows[0]["captured_at"],
            "segments": [],
            "products": [row["item_id"] for row in rows],
        }
        for (platform, shop), rows in goods.items()
    ]


def _pages(operator: pa.Table) -> list[dict[str, Any]]:
    """Let every shop show its licences."""
    columns = ["platform", "shop_id", "licence_nos", "verified_at"]
    return [
        {
            "record_id": f"page-{row['shop_id']}",
            "platform": row["platform"],
            "shop_id": row["shop_id"],
            "captured_at": row["verified_at"],
            "text": "证照信息",
            "licences_shown": row["licence_nos"],
        }
        for row in operator.select(columns).to_pylist()
    ]


def _travel_licences(tour: pa.Table) -> list[dict[str, Any]]:
    """License nine in ten of the agencies of tours."""
    told: list[Any] = tour.column("agency_licence_no").drop_null().unique().to_pylist()
    return [
        {"licence_no": number, "type": "travel_agency", "holder": f"{code_of(place)}旅行社有限公司"}
        for place, number in enumerate(sorted(told))
        if place % 10
    ]


def thinned(tables: Tables, counted: str) -> Tables:
    """Leave of each other kind so many rows for each counted one: those it points to first."""
    most = MOST_BESIDE * tables[counted].num_rows
    rng = np.random.default_rng(SEED)
    given: Tables = {}
    for kind, table in tables.items():
        if kind != counted and table.num_rows > most:
            name = KINDS[kind].id_fields[-1] if "record_id" not in table.column_names else ""
            ids = table.column(name or "record_id")
            pointed = f"{kind}_id"
            first = np.zeros(table.num_rows, dtype=bool)
            if pointed in tables[counted].column_names:
                wanted = tables[counted].column(pointed).combine_chunks()
                first = np.asarray(pc.is_in(ids, wanted))
            order = np.lexsort((rng.random(len(first)), ~first))
            table = table.take(np.sort(order[:most]))  # noqa: PLW2901 - less of it
        given[kind] = table
    return given


def simulate_all(folder: Path) -> None:
    """Simulate the markets that are laid side by side."""
    for number in range(MARKETS):
        (folder / str(number)).mkdir(parents=True)
        for kind, table in simulated(number).items():
            pq.write_table(table, folder / str(number) / f"{kind}.parquet")


def try_out(folder: Path, violation: str) -> None:
    """Make the market in which product_registers.py tries a detector."""
    made = TRIALS[violation](TRIAL_ROWS, random.Random(SEED))  # noqa: S311 - no secret
    (folder / "0").mkdir(parents=True)
    given = {"listing": made.listings, "register_entry": made.entries, **made.others}
    for kind in detectors()[violation].kinds:
        pq.write_table(_made(kind, given.get(kind, [])), folder / "0" / f"{kind}.parquet")


def _pieces(folder: Path) -> list[Tables]:
    """Read the markets that are laid side by side."""
    return [
        {path.stem: pq.read_table(path) for path in sorted(piece.iterdir())}
        for piece in sorted(folder.iterdir())
    ]


def lay(
    base: Path, folder: Path, counted: str, rows: int, wanted: Mapping[str, Sequence[str]]
) -> None:
    """Write a market of so many rows of a kind.

    Args:
        base: Where the markets are that are laid side by side.
        folder: Where one Parquet file for each kind goes.
        counted: The kind.
        rows: How many.
        wanted: Columns by kind.
    """
    folder.mkdir(parents=True)
    pieces = [thinned(tables, counted) for tables in _pieces(base)]
    sizes = [piece[counted].num_rows for piece in pieces]
    tiles, made = 0, 0
    while made < rows:
        made += sizes[tiles % len(sizes)]
        tiles += 1
    for kind, names in wanted.items():
        schema = pa.schema([KINDS[kind].schema.field(name) for name in names])
        with pq.ParquetWriter(folder / f"{kind}.parquet", schema, compression="zstd") as file:
            for block in _blocks(pieces, kind, names, tiles, rows if kind == counted else None):
                file.write_table(block)


def _blocks(
    pieces: Sequence[Tables], kind: str, names: Sequence[str], tiles: int, most: int | None
) -> Iterator[pa.Table]:
    """Yield the rows of a kind in shuffled blocks, at most so many."""
    rng = np.random.default_rng(SEED)
    held: list[pa.Table] = []
    # A register of goods is the same for all copies.
    tiles = min(tiles, len(pieces)) if kind == "register_entry" else tiles
    for tile in range(tiles):
        held.append(remade(pieces[tile % len(pieces)][kind].select(names), kind, tile))
        if tile == tiles - 1 or sum(each.num_rows for each in held) >= BLOCK:
            block = pa.concat_tables(held).combine_chunks()
            block = block.take(rng.permutation(block.num_rows))
            if most is not None:
                block = block.slice(0, most)
                most -= block.num_rows
            yield block
            held = []


def detectors() -> dict[str, Detector]:
    """Return all detectors by the id of their rule."""
    return {rule.id: rule.detector for rule in load_rules().values() if rule.detector}


def growing(violation: str, detector: Detector) -> str:
    """Return the kind whose growth is the question."""
    return GROWING.get(violation, detector.kind)


def loaded(folder: Path, detector: Detector) -> Tables:
    """Read what a detector wants of a market."""
    return {
        kind: pq.read_table(folder / f"{kind}.parquet", columns=detector.columns(kind))
        for kind in detector.kinds
    }


def peer_seconds(table: pa.Table) -> float:
    """Return what pyarrow needs to group rows by shop, or else by subject, and count."""
    names = table.column_names
    own = next(name for name in ABOUT if name in names)
    rounds, begun = 0, time.process_time()
    while rounds == 0 or time.process_time() - begun < PEER_SECONDS:
        table.group_by(["platform", own], use_threads=False).aggregate([([], "count_all")])
        rounds += 1
    return (time.process_time() - begun) / rounds


def run(violation: str, warm: Path, folder: Path) -> dict[str, Any]:
    """Run one detector in this process."""
    detector = detectors()[violation]
    kind = growing(violation, detector)
    detect(detector, loaded(warm, detector))
    tables = loaded(folder, detector)
    begun = time.process_time()
    found = detect(detector, tables)
    seconds = time.process_time() - begun
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peer = peer_seconds(tables[kind])
    return {
        "rule": violation,
        "kind": kind,
        "rows": tables[kind].num_rows,
        "all_rows": sum(table.num_rows for table in tables.values()),
        "seconds": round(seconds, 3),
        "megabytes": round(most),
        "table_megabytes": round(sum(table.nbytes for table in tables.values()) / 2**20),
        "peer_seconds": round(peer, 4),
        "ratio": round(seconds / peer, 1),
        "suspected": len(found.suspicions),
        "not_judged": found.undecided,
        "failed": found.failed,
    }


def measured(chosen: Mapping[str, Detector], sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield a row for each detector and size; those that count the same kind share a market."""
    groups: dict[tuple[str, str], dict[str, Detector]] = defaultdict(dict)
    for violation, detector in chosen.items():
        trial = violation if violation in TRIALS else ""
        groups[growing(violation, detector), trial][violation] = detector
    with TemporaryDirectory() as folder:
        simulated_in = Path(folder) / "simulated"
        if any(not trial for _counted, trial in groups):
            apart(simulate_all, simulated_in)
        for (counted, trial), several in groups.items():
            base = Path(folder) / trial if trial else simulated_in
            if trial:
                apart(try_out, base, trial)
            yield from _of_market(base, counted, several, sizes)


def _of_market(
    base: Path, counted: str, several: Mapping[str, Detector], sizes: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of detectors that count one kind of one market."""
    most = max(sizes) if counted in LARGE else LARGEST_OTHERS
    columns = _wanted(list(several.values()))
    with TemporaryDirectory() as folder:
        warm = Path(folder) / "warm"
        apart(lay, base, warm, counted, WARM, columns)
        for size in (each for each in sizes if each <= most):
            market = Path(folder) / str(size)
            apart(lay, base, market, counted, size, columns)
            for violation in several:
                yield apart(run, violation, warm, market)
            shutil.rmtree(market)


def _wanted(several: Sequence[Detector]) -> dict[str, list[str]]:
    """Return the columns that some detectors read, by kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for detector in several:
        for kind in detector.kinds:
            wanted[kind] |= set(detector.columns(kind))
    return {kind: sorted(names) for kind, names in wanted.items()}


def exponents(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[int, float]]:
    """Return by rule and size the exponent of growth since the size before."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    by_rule: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each["rows"]):
        by_rule[row["rule"]].append(row)
    for rule, several in by_rule.items():
        for one, other in pairwise(several):
            if one["seconds"] > 0 and other["seconds"] > 0:
                times = math.log(other["seconds"] / one["seconds"])
                found[rule][other["rows"]] = times / math.log(other["rows"] / one["rows"])
    return found


def shown(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return all rows as a table; what is slow, steep or huge stands out."""
    table = Table(title="how cost grows")
    for name in ("rule", "counted", "rows", "seconds", "exponent", "µs/row", "ratio", "MB"):
        table.add_column(name, justify="left" if name in ("rule", "counted") else "right")
    table.add_column("suspected", justify="right")
    grown = exponents(rows)
    for row in sorted(rows, key=lambda each: (each["rule"], each["rows"])):
        exponent = grown[row["rule"]].get(row["rows"])
        told = "" if exponent is None else _marked(f"{exponent:.2f}", exponent > STEEP)
        table.add_row(
            row["rule"],
            row["kind"],
            f"{row['rows']:,}",
            _marked(f"{row['seconds']:.2f}", row["seconds"] * 1e6 / row["rows"] > SLOW),
            told,
            f"{row['seconds'] * 1e6 / row['rows']:.2f}",
            f"{row['ratio']:,.0f}",
            _marked(f"{row['megabytes']:,}", row["megabytes"] > HUGE_MB),
            row["failed"] or f"{row['suspected']:,}",
        )
    return table


def _marked(text: str, stands_out: bool) -> str:
    return f"[bold red]{text}[/]" if stands_out else text


def kept(out: Path | None, rows: Mapping[tuple[str, int], dict[str, Any]]) -> None:
    """Write the rows, where wanted."""
    if out is not None:
        whole = [rows[key] for key in sorted(rows)]
        out.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default=",".join(map(str, SIZES)))
    parser.add_argument("--only", nargs="+", metavar="ID")
    parser.add_argument("--out", type=Path)
    told = parser.parse_args()
    sizes = sorted(int(float(text)) for text in told.rows.split(","))
    chosen = detectors()
    unknown = set(told.only or ()) - chosen.keys()
    if unknown:
        parser.error(f"no detector: {', '.join(sorted(unknown))}")
    chosen = {name: each for name, each in chosen.items() if name in (told.only or chosen)}
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    if told.out and told.out.exists():
        before = json.loads(told.out.read_text(encoding="utf-8"))
        rows = {(row["rule"], row["rows"]): row for row in before}
    console = Console()
    for row in measured(chosen, sizes):
        rows[row["rule"], row["rows"]] = row
        kept(told.out, rows)
        console.print(f"{row['rule']} {row['rows']:,}: {row['seconds']} s, {row['megabytes']:,} MB")
    console.print(shown([row for (rule, _rows), row in rows.items() if rule in chosen]))


if __name__ == "__main__":
    main()
