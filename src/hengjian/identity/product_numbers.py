"""Numbers that pages show for a product, however written, and the series that they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hengjian.identity.numbers import FORMS
from hengjian.records.labels import label_names
from hengjian.text.folds import fold

Ints = NDArray[np.int64]
HAN = "一-龥"
_NFKC = pc.Utf8NormalizeOptions("NFKC")
_SEPARATORS = r"[\s\-—–_·.:：/]"
_NOT_IN_CODE = rf"[^0-9A-Z{HAN}]|第|号"
_IN_CODE = re.compile(rf"[0-9A-Z{HAN}](?<![第号])")
_ZERO = re.compile(r"(?<=\d)[O〇]|[O〇](?=\d)")
_ONE = re.compile(r"(?<=\d)[IL](?=\d|$)|(?<![A-Z])[IL](?=\d)")
_APPROVED = "国药准字"


class Numbering(NamedTuple):
    """Numbers of one kind: where pages show them and which register holds them.

    Attributes:
        title: Its Chinese name.
        register: As register_entry names it.
        form: A key of `identity.numbers.FORMS`.
        labels: The contract's names of the labels that show it.
        series: Splits a code into its series (year, issuer, class) and its running number; what
            stands between is neither.
        before: In a free text the number counts only behind this; None: it has signs of its own.
    """

    title: str
    register: str
    form: str
    labels: tuple[str, ...]
    series: re.Pattern[str]
    before: str | None = None


NUMBERINGS = {
    "ccc": Numbering(
        "3C证书编号",
        "ccc",
        "ccc",
        ("3C证书编号",),
        re.compile(r"(?P<series>(?P<year>\d{4})\d{4})\d\d(?P<running>\d{6})"),
        r"(?:3C|CCC|强制性?(?:产品)?认证)[^0-9]{0,20}",
    ),
    "drug": Numbering(
        "药品批准文号",
        "drug",
        "drug",
        ("批准文号",),
        re.compile(r"(?P<series>[A-Z]{1,2}(?P<year>\d{4}))(?P<running>\d{4})"),
    ),
    "device_registration": Numbering(
        "医疗器械注册证编号",
        "device",
        "device_registration",
        ("注册证编号",),
        re.compile(r"(?P<series>.*械注.(?P<year>\d{4})\d)\d\d(?P<running>\d{4})"),
    ),
    "device_filing": Numbering(
        "第一类医疗器械备案编号",
        "device",
        "device_filing",
        ("注册证编号", "备案编号"),
        re.compile(r"(?P<series>.*械备(?P<year>\d{4}))(?P<running>\d{4})"),
    ),
    "special_cosmetic": Numbering(
        "特殊化妆品注册证编号",
        "cosmetic",
        "special_cosmetic",
        ("批准文号", "注册证编号"),
        re.compile(r"(?P<series>国妆特.?字G?(?P<year>\d{4}))(?P<running>\d{4,5})"),
    ),
    "cosmetic_filing": Numbering(
        "普通化妆品备案编号",
        "cosmetic",
        "cosmetic_filing",
        ("批准文号", "备案编号"),
        re.compile(rf"(?P<series>.*字[{HAN}]?(?P<year>\d{{4}}))(?P<running>\d{{4,8}})"),
    ),
    "health_food": Numbering(
        "保健食品注册或备案编号",
        "health_food",
        "health_food",
        ("批准文号", "备案编号"),
        re.compile(
            r"(?P<series>食健备G(?P<year>\d{4})\d\d)(?P<running>\d{6})"
            r"|(?P<series2>\D+(?P<year2>\d{4}))(?P<running2>\d{4,6})"
        ),
    ),
}


def canonical(text: str) -> str:
    """Return a number as both sides of a comparison write it.

    Width, case, blanks, signs, brackets, 第 and 号 don't count, nor 国药准字 before a drug's;
    letters beside digits that look like 0 and 1 are taken for them.
    """
    code = re.sub(_NOT_IN_CODE, "", _repaired(text)).removeprefix(_APPROVED)
    return re.sub(r"^.(?=[京津沪渝]械备)", "", code)


def _repaired(text: str) -> str:
    """Return a text in capitals with 0 and 1 for what looks like them; its length stays."""
    upper = fold(text).upper()
    if len(upper) != len(text):
        upper = fold(text)
    for pattern, digit in ((_ZERO, "0"), (_ONE, "1")):
        upper = pattern.sub(digit, pattern.sub(digit, upper))
    return upper


@cache
def _patterns(form: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a number looks like in a text, and in a cell that is for such numbers."""
    whole = FORMS[form].whole.pattern
    bare = whole.replace(_APPROVED, f"(?:{_APPROVED})?", 1)
    edged = [re.compile(rf"(?<![0-9A-Z]){inner}(?![0-9])") for inner in (whole, bare)]
    return edged[0], edged[1]


def numbers_in(numbering: Numbering, text: str, *, labelled: bool) -> list[str]:
    """Return the well-formed numbers in a text, as canonical codes.

    Args:
        numbering: Of which kind.
        text: As the page shows it.
        labelled: The text is the value of a label for such numbers.
    """
    pattern = _patterns(numbering.form)[labelled]
    plain = (
        _repaired(text).replace("〔", "(").replace("〕", ")").replace("[", "(").replace("]", ")")
    )
    compact = re.sub(_SEPARATORS, "", plain)
    if numbering.before and not labelled:
        behind = re.compile(f"(?:{numbering.before})({pattern.pattern})")
        found = [match[1] for match in behind.finditer(plain)]
    else:
        found = [match[0] for match in pattern.finditer(plain)]
        found = found or [match[0] for match in pattern.finditer(compact)]
    if not found and labelled and numbering.form == "ccc":
        found = _chained(compact)
    return list(dict.fromkeys(map(canonical, found)))


def _chained(digits: str) -> list[str]:
    """Return certificates' numbers that stand side by side."""
    runs = re.findall(r"(?<!\d)(?:(?:19|20)\d{14})+(?!\d)", digits)
    return [run[start : start + 16] for run in runs for start in range(0, len(run), 16)]


@dataclass(frozen=True)
class Cells:
    """Values of labels, one entry each: the row, the label as the page writes it, the value."""

    row: Ints
    name: pa.Array[Any]
    value: pa.Array[Any]


def map_cells(table: pa.Table, column: str, names: Iterable[str]) -> Cells:
    """Return the values that a column of maps has under some names."""
    wanted = pa.array(sorted(set(names)))
    rows, keys, values, first = [], [], [], 0
    chunk: Any
    for chunk in table.column(column).chunks:
        offsets = np.asarray(chunk.offsets)
        lengths = np.where(np.asarray(chunk.is_valid()), np.diff(offsets), 0)
        inner = np.repeat(np.arange(len(chunk)), np.diff(offsets))
        key = chunk.keys.slice(offsets[0], offsets[-1] - offsets[0])
        item = chunk.items.slice(offsets[0], offsets[-1] - offsets[0])
        chosen: Any = pc.and_(pc.is_in(key, wanted), item.is_valid())
        kept = np.asarray(chosen) & (lengths[inner] > 0)
        rows.append(first + inner[kept])
        keys.append(key.filter(pa.array(kept)))
        values.append(item.filter(pa.array(kept)))
        first += len(chunk)
    if not rows:
        return Cells(np.zeros(0, np.int64), pa.array([], pa.string()), pa.array([], pa.string()))
    return Cells(np.concatenate(rows), pa.concat_arrays(keys), pa.concat_arrays(values))


def labelled(listings: pa.Table, labels: Iterable[str]) -> Cells:
    """Return the values of labels on pages, under all names that sellers give them."""
    return map_cells(
        listings, "attributes", [name for label in labels for name in label_names(label)]
    )


class Shown(NamedTuple):
    """A number on a page.

    Attributes:
        row: Of the listing.
        fieldname: Where it stands, such as `title` or `attributes.批准文号`.
        code: Canonical.
    """

    row: int
    fieldname: str
    code: str


def shown_numbers(listings: pa.Table, numbering: Numbering) -> list[Shown]:
    """Return the well-formed numbers of a kind that listings show, each row's in order."""
    found = list(_in_labels(labelled(listings, numbering.labels), numbering))
    for name in ("title", "text"):
        if name in listings.column_names:
            found.extend(_in_texts(listings, name, numbering))
    unique = {(shown.row, shown.code): shown for shown in reversed(found)}
    return sorted(unique.values())


def _in_labels(cells: Cells, numbering: Numbering) -> Iterator[Shown]:
    """Yield numbers of cells; most are plain, and no Python function looks at those."""
    bare = _patterns(numbering.form)[True].pattern.removeprefix("(?<![0-9A-Z])")
    whole = f"^(?:{bare.removesuffix('(?![0-9])')})$"
    normal: Any = pc.call_function("utf8_normalize", [cells.value], _NFKC)
    capitals = pc.utf8_upper(normal)
    compact = pc.replace_substring_regex(capitals, _SEPARATORS, "")
    plain = np.asarray(pc.match_substring_regex(compact, whole))
    codes = pc.replace_substring_regex(compact, rf"{_NOT_IN_CODE}|^{_APPROVED}", "")
    names: list[Any] = cells.name.to_pylist()
    values: list[Any] = cells.value.to_pylist()
    parsed: dict[str, list[str]] = {}
    for place, code in enumerate(codes.to_pylist()):
        row, name = int(cells.row[place]), f"attributes.{names[place]}"
        if plain[place]:
            yield Shown(row, name, code)
            continue
        value = values[place]
        if value not in parsed:
            parsed[value] = numbers_in(numbering, value, labelled=True)
        for inner in parsed[value]:
            yield Shown(row, name, inner)


def _in_texts(listings: pa.Table, name: str, numbering: Numbering) -> Iterator[Shown]:
    signs = FORMS[numbering.form].signs or ("3C", "CCC", "强制", "ｃ", "Ｃ")
    pattern = "(?i)" + "|".join(map(re.escape, signs))
    if numbering.form == "drug":
        pattern = "国药|國藥"
    has: Any = pc.match_substring_regex(listings.column(name), pattern)
    for row in np.flatnonzero(np.asarray(has.fill_null(False))).tolist():
        text = listings.column(name)[row].as_py()
        for code in numbers_in(numbering, text, labelled=False):
            yield Shown(row, name, code)


def place_of(code: str, text: str) -> tuple[int, str] | None:
    """Return where a code stands in a text, and how it is written there; None: it doesn't."""
    kept = [(place, sign) for place, sign in enumerate(_repaired(text)) if _IN_CODE.match(sign)]
    first = "".join(sign for _, sign in kept).find(code)
    if first < 0:
        return None
    start, end = kept[first][0], kept[first + len(code) - 1][0] + 1
    return start, text[start:end]


def series_of(numbering: Numbering, code: str) -> tuple[str, str, int] | None:
    """Return the series of a code, its year and its running number."""
    match = numbering.series.fullmatch(code)
    if match is None:
        return None
    groups = {name.rstrip("2"): value for name, value in match.groupdict().items() if value}
    return groups["series"], groups["year"], int(groups["running"])
