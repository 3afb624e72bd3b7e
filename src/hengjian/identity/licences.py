"""Licences: how their numbers are written, and what a register of them holds and covers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hengjian.identity.numbers import mod_11_10

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

FOOD, DRUG, DEVICE = "food_operation", "drug_operation", "device_operation"
TRAVEL, CHEMICALS = "travel_agency", "hazardous_chemicals"
UNKNOWN = "other"

# What a register calls a type, beside the contract's own word for it.
_CALLED = {
    FOOD: "食品经营",
    DRUG: "药品经营|药品零售|药品批发",
    DEVICE: "医疗器械经营|医疗器械网络销售|械经营",
    TRAVEL: "旅行社",
    CHEMICALS: "危险化学品|危化品",
}
# The form of a number tells its type; the first that fits counts (浙杭药监械经营许 is a device's).
_FORMS = (
    (FOOD, r"^JY\d{14}$"),
    ("prepackaged_filing", r"^YB\d{14}$"),
    ("food_production", r"^SC\d{14}$"),
    ("business", r"^(?:[159Y][0-9A-Z]{17}|\d{15}|\d{13})$"),
    (DEVICE, r"械"),
    (DRUG, r"^[\p{Han}][A-D][A-D]\d{7,9}$|药"),
    (TRAVEL, r"^L[A-Z]{2,8}\d{2,6}$"),
    (CHEMICALS, r"危化|应急经|安经|安监|WH安|危险化学品"),
)
# The part of a number that names its issuer's region.
_REGIONS = {FOOD: r"^JY\d(?P<region>\d{6})", TRAVEL: r"^(?P<region>L[A-Z]{2})"}
_OTHER_REGION = r"^(?P<region>[^\d]*\d{0,3})"

# A register with fewer licences of a region, or with fewer of the numbers that others show there,
# may be an extract: that a number is missing from it tells nothing.
LEAST_REGISTERED = 20
LEAST_SHOWN = 5
LEAST_FOUND = 0.8
# That numbers end in a check digit was found on public ones, not read in a standard: a register
# must bear it out. So many numbers that all check would be chance once in 10^10.
LEAST_CHECKED, LEAST_CHECKING = 10, 0.95


def folded(texts: pa.Array[Any]) -> pa.Array[Any]:
    """Return texts in one width and in capitals."""
    compute: Any = pc
    capitals: pa.Array[Any] = compute.utf8_upper(
        compute.utf8_normalize(texts.cast(pa.string()), "NFKC")
    )
    return capitals


def normal_numbers(written: pa.Array[Any] | pa.ChunkedArray[Any]) -> pa.Array[Any]:
    """Return numbers without what writers do to them: blanks, signs, width, labels, O for 0.

    Args:
        written: As pages and registers write them; null: unknown.
    """
    if isinstance(written, pa.ChunkedArray):
        written = written.combine_chunks()
    bare: Any = folded(written)
    bare = pc.replace_substring_regex(bare, r"[^0-9A-Z\p{Han}]", "")
    bare = pc.replace_substring_regex(bare, r"^.*?(?:编号|证号|备案号|号码|许可证|备案凭证)", "")
    bare = pc.replace_substring_regex(bare, r"号$", "")
    found: Any = pc.extract_regex(bare, r"(?P<kind>JY|YB|SC)(?P<digits>[0-9OQIL]{14})(?:$|\D)")
    digits: Any = pc.struct_field(found, "digits")
    for letters, digit in (("[OQ]", "0"), ("[IL]", "1")):
        digits = pc.replace_substring_regex(digits, letters, digit)
    joined: Any = pc.binary_join_element_wise(pc.struct_field(found, "kind"), digits, "")
    whole: pa.Array[Any] = pc.if_else(found.is_valid(), joined, bare)
    return whole


def types_of(numbers: pa.Array[Any]) -> Texts:
    """Return the type that the form of each normal number tells, `other` where it tells none."""
    types = np.full(len(numbers), UNKNOWN, dtype=object)
    for name, form in reversed(_FORMS):
        types[_matches(numbers, form)] = name
    return types


def regions_of(numbers: pa.Array[Any], kind: str) -> pa.Array[Any]:
    """Return the part of each normal number that names the region of its issuer."""
    found: Any = pc.extract_regex(numbers, _REGIONS.get(kind, _OTHER_REGION))
    region: pa.Array[Any] = pc.struct_field(found, "region")
    return region


def bare_names(names: pa.Array[Any] | pa.ChunkedArray[Any]) -> pa.Array[Any]:
    """Return names without width, blanks, signs and the kind of trader, to find equal ones fast."""
    if isinstance(names, pa.ChunkedArray):
        names = names.combine_chunks()
    bare: Any = pc.replace_substring_regex(folded(names), r"[^0-9A-Z\p{Han}]", "")
    plain: pa.Array[Any] = pc.replace_substring_regex(bare, r"(?:个体工商户|个体户|个体)$", "")
    return plain


def short_names(bare: pa.Array[Any]) -> pa.Array[Any]:
    """Return bare names without the province, city and district that they may begin with."""
    placed = pc.replace_substring_regex(bare, r"^\p{Han}{2,10}?[区县旗](\p{Han}{3,})$", r"\1")
    short: pa.Array[Any] = pc.replace_substring_regex(
        placed, r"^(?:\p{Han}{2,3}省)?\p{Han}{2,3}市(\p{Han}{3,})$", r"\1"
    )
    return short


def bare_addresses(addresses: pa.Array[Any] | pa.ChunkedArray[Any]) -> pa.Array[Any]:
    """Return addresses without width, blanks, signs, province and floor, to find equal ones fast.

    What has equal ones lies in one building; what has not may do so, too.
    """
    bare: Any = bare_names(addresses)
    for part in (r"^\p{Han}{2,3}省", "市", r"[0-9一二三四五六七八九]+[层楼]$"):
        bare = pc.replace_substring_regex(bare, part, "")
    found: pa.Array[Any] = bare
    return found


class Register(NamedTuple):
    """The licences of one type; of several rows with one number the one that runs longest.

    Attributes:
        kind: The type.
        place: Where each stands in the licence table.
        number: Its normal number, each once.
        uscc: Of its holder, in capitals; null: unknown.
        holder: Its holder's bare name.
        until: Last day, as days since 1970-01-01; not-a-number: unknown.
        status: valid, revoked, cancelled, suspended; null: unknown.
        region: Of its issuer, as the number tells it.
        newest: The newest first day of all, as the day up to which it is kept; not-a-number:
            too few are dated to tell.
    """

    kind: str
    place: Ints
    number: pa.Array[Any]
    uscc: pa.Array[Any]
    holder: pa.Array[Any]
    until: Floats
    status: pa.Array[Any]
    region: pa.Array[Any]
    newest: float

    @property
    def in_force(self) -> Bools:
        """Where the licence is not said to be revoked, cancelled or suspended."""
        return ~_matches(self.status, "^(?:revoked|cancelled|suspended)$")

    def find(self, numbers: pa.Array[Any]) -> Ints:
        """Return which licence has each normal number; -1: none has."""
        found: Any = pc.index_in(numbers, self.number).fill_null(-1)
        return np.asarray(found).astype(np.int64)

    def latest_of(self, uscc: pa.Array[Any], name: pa.Array[Any], region: pa.Array[Any]) -> Floats:
        """Return the last day of the longest licence in force of each operator.

        A licence is an operator's by its code or bare name; or by its name without the region, if
        it was issued where the operator is, or nobody knows where that is.

        Args:
            uscc: Code of each operator; null: unknown.
            name: Bare name.
            region: As `region` of the register; null: unknown.

        Returns:
            Days since 1970-01-01; infinite: it may run for ever, as no last day is known; minus
            infinite: nobody of that code or name holds one.
        """
        last = np.where(np.isnan(self.until), np.inf, self.until)
        latest = np.full(len(name), -np.inf)
        for theirs, ours in zip(
            _keys(self.uscc, self.holder, self.region, placed=None),
            _keys(uscc, name, region, placed=np.asarray(region.is_valid())),
            strict=True,
        ):
            keys = theirs.filter(pa.array(self.in_force)).unique().drop_null()
            best = np.full(len(keys) + 1, -np.inf)
            held = np.where(self.in_force, _where(theirs, keys), -1)
            np.maximum.at(best, held, np.where(held < 0, -np.inf, last))
            latest = np.maximum(latest, best[_where(ours, keys)])
        return latest

    def held_by(
        self, uscc: pa.Array[Any], name: pa.Array[Any], region: pa.Array[Any]
    ) -> list[list[int]]:
        """Return which licences each operator holds, withdrawn ones too; see `latest_of`."""
        held: list[set[int]] = [set() for _ in range(len(name))]
        for theirs, ours in zip(
            _keys(self.uscc, self.holder, self.region, placed=None),
            _keys(uscc, name, region, placed=np.asarray(region.is_valid())),
            strict=True,
        ):
            keys = ours.unique().drop_null()
            at = _where(theirs, keys)
            licences: dict[int, list[int]] = {}
            for licence in np.flatnonzero(at >= 0).tolist():
                licences.setdefault(int(at[licence]), []).append(licence)
            for operator, key in enumerate(_where(ours, keys).tolist()):
                held[operator].update(licences.get(key, ()))
        return [sorted(each) for each in held]

    def covers(self, shops: Ints, numbers: pa.Array[Any]) -> Bools:
        """Return for which of the numbers that shops show the register must know them.

        It must if it holds enough licences of the region that the number names and knows nearly
        all numbers that other shops show there.

        Args:
            shops: Which shop shows each number.
            numbers: Normal numbers.
        """
        regions = regions_of(numbers, self.kind)
        keys = self.region.unique().drop_null()
        at = _where(regions, keys)
        size = len(keys) + 1
        registered = np.bincount(_where(self.region, keys) % size, minlength=size)
        found = self.find(numbers) >= 0
        shown = np.bincount(at % size, minlength=size)
        known = np.bincount(at[found] % size, minlength=size)
        pair = shops.astype(np.int64) * size + at % size
        _, inverse, own = np.unique(pair, return_inverse=True, return_counts=True)
        own_found = np.bincount(inverse, weights=found, minlength=len(own))
        others = shown[at] - own[inverse]
        others_known = known[at] - own_found[inverse]
        enough = (registered[at] >= LEAST_REGISTERED) & (others >= LEAST_SHOWN)
        known_there: Bools = (at >= 0) & enough & (others_known >= LEAST_FOUND * others)
        return known_there

    def disproves(self, numbers: pa.Array[Any]) -> Bools:
        """Return which numbers nobody can have issued: their check digit is another.

        A register that is an extract tells as much, for it is not asked whether it holds them. No
        number is disproved where the register's own do not check.

        Args:
            numbers: Normal numbers.
        """
        own = _checking(self.number) if self.kind == FOOD else np.zeros(0, np.bool_)
        if len(own) < LEAST_CHECKED or own.mean() < LEAST_CHECKING:
            return np.zeros(len(numbers), dtype=np.bool_)
        return _matches(numbers, _CHECKED) & ~_checking(numbers)

    def misprints(self, number: str, region: str) -> Ints:
        """Return the licences of a region whose numbers are one slip of the pen from a number.

        One place differs, or two neighbouring places are exchanged.
        """
        near = np.flatnonzero(np.asarray(_equal(self.region, region)))
        ours = _places([number])
        theirs = _places(list(map(str, self.number.take(near).to_pylist())))
        unlike = ours != theirs
        swapped = np.zeros(theirs.shape, dtype=np.bool_)
        swapped[:, :-1] = (ours[:, :-1] == theirs[:, 1:]) & (ours[:, 1:] == theirs[:, :-1])
        count = unlike.sum(axis=1)
        exchanged = (unlike[:, :-1] & unlike[:, 1:] & swapped[:, :-1]).any(axis=1)
        slip: Ints = near[(count == 1) | ((count == _EXCHANGED) & exchanged)]
        return slip


_CHECKED = r"^JY\d{14}$"
_EXCHANGED = 2
_LONGEST = 40


def _places(numbers: list[str]) -> NDArray[np.str_]:
    """Return the characters of numbers, one row each."""
    padded = [number[:_LONGEST].ljust(_LONGEST) for number in numbers]
    rows: NDArray[np.str_] = np.array(padded, dtype=f"U{_LONGEST}").view("U1")
    return rows.reshape(len(numbers), _LONGEST)


def _checking(numbers: pa.Array[Any]) -> Bools:
    """Return which numbers end in the check digit of the digits before."""
    written = (number or "" for number in numbers.to_pylist())
    digits = (number[2:] if number.startswith("JY") else "" for number in written)
    return np.array([each.isdecimal() and mod_11_10(each) for each in digits], dtype=np.bool_)


def _keys(
    uscc: pa.Array[Any], name: pa.Array[Any], region: pa.Array[Any], *, placed: Bools | None
) -> list[pa.Array[Any]]:
    """Return what tells whose a licence is: code, name, name in a region, name of no region.

    Args:
        uscc: Code.
        name: Bare name.
        region: Of licence or operator.
        placed: Whose region is known, so that the name alone tells nothing; None: it does.
    """
    short: Any = short_names(name)
    inside: Any = pc.binary_join_element_wise(region, short, pa.scalar("|"))
    if placed is not None:
        short = pc.if_else(pa.array(placed), pa.scalar(None, pa.string()), short)
    return [uscc, name, inside, short]


def register_of(licences: pa.Table, kind: str) -> Register:
    """Return what a table of licences holds of one type.

    Args:
        licences: With licence_no, type, holder, and uscc, valid_from, valid_until, status where
            they are known.
        kind: FOOD, DRUG, …
    """
    named: Any = licences.column("type").combine_chunks()
    rows = np.flatnonzero(_matches(named, f"^{kind}$|{_CALLED[kind]}"))
    table = licences.take(rows)
    number = normal_numbers(table.column("licence_no"))
    until, begun = days(table, "valid_until"), days(table, "valid_from")
    status: Any = table.column("status").combine_chunks()
    code: Any = number.dictionary_encode().indices
    last = np.where(np.isnan(until), np.inf, until)
    # By number, then the longest, then the one in force, then the newest.
    order = np.lexsort((np.nan_to_num(begun), _matches(status, "^valid$"), last, np.asarray(code)))
    ends = np.append(np.diff(np.asarray(code)[order]) != 0, [True] if len(order) else [])
    kept = np.sort(order[ends.astype(bool)])
    region = regions_of(number, kind)
    chosen = pa.array(kept)
    return Register(
        kind,
        rows[kept],
        number.take(chosen),
        _codes(table.column("uscc")).take(chosen),
        bare_names(table.column("holder")).take(chosen),
        until[kept],
        status.take(chosen),
        region.take(chosen),
        _newest(begun),
    )


def days(table: pa.Table, name: str) -> Floats:
    """Return days as days since 1970-01-01, null as not-a-number."""
    column: Any = table.column(name).cast(pa.int32())
    return np.asarray(column.cast(pa.float64()).fill_null(np.nan))


def codes_of(table: pa.Table, name: str) -> pa.Array[Any]:
    """Return unified social credit codes in capitals without blanks; null: unknown."""
    return _codes(table.column(name))


def _codes(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    bare = normal_numbers(column)
    empty = _equal(bare, "")
    cleaned: pa.Array[Any] = pc.if_else(empty, pa.scalar(None, pa.string()), bare)
    return cleaned


def _newest(begun: Floats) -> float:
    dated = begun[~np.isnan(begun)]
    return float(dated.max()) if len(dated) >= LEAST_REGISTERED else float("nan")


def _equal(values: pa.Array[Any], value: str) -> pa.Array[Any]:
    found: Any = pc.equal(values, pa.scalar(value))
    same: pa.Array[Any] = found.fill_null(False)
    return same


def _where(values: pa.Array[Any], keys: pa.Array[Any]) -> Ints:
    found: Any = pc.index_in(values, keys).fill_null(-1)
    return np.asarray(found).astype(np.int64)


def _matches(values: pa.Array[Any], form: str) -> Bools:
    found: Any = pc.match_substring_regex(values, form)
    return np.asarray(found.fill_null(False))
