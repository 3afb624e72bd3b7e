"""Addresses: whether two writings are one place, or one lies within the other.

An address is region, street with house number or a named compound, and what lies inside: building,
unit, floor, room. What only one address says leaves the question open; only what both say and say
otherwise makes two places.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from hengjian.identity.places import Place, split_place
from hengjian.text.folds import simplify

Verdict = Literal["same", "within", "different", "unclear"]

_REMARK = re.compile(r"\([^()]*(?:申报|注册|托管|仅限|限办公|一照多址|一址多照)[^()]*\)")
_DASHES = re.compile(r"[‐-―−~～_]|--+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9a-z])\s+(?=[0-9])")
_NOISE = re.compile(r"[^\w-]")
_CITY_DISTRICT = re.compile(r"^(市辖区|县)(?=.{2,}[区县市旗镇])")

_NUMERAL = re.compile(
    r"(?<=之)[一二三四五六七八九十]+|[零〇一二两三四五六七八九十百千]+(?=号|弄|栋|幢|座|单元|层|楼|室|房|组|铺|档|间)"
)
_DIGITS = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_ROAD_DIGITS = re.compile(r"(?<=[一-鿿])\d{1,2}(?=[路街巷])")
_IN_CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")

_TOWN = re.compile(r"([一-鿿]{1,8}?)(街道(?!口)|镇(?![路街海江东西南北中])|乡(?!村)|苏木)")
_ROAD = r"(?P<road>[^\W\d_]{1,12}?(?:大道|大街|公路|路|街|巷|胡同|道|里(?=\d))(?!口|桥)"
_PARTS = re.compile(
    rf"{_ROAD}(?:[东西南北中一二三四]段)?|\d+(?:国道|省道|县道))"
    r"|(?P<room>[a-z]{0,2}\d+(?:-?[a-z\d]+)*"
    r"(?:号?(?:室|房(?!屋)|商?铺位?|店铺|档口?|摊位?|间|门面|车间|仓)))"
    r"|(?P<building>[a-z\d]+(?:-\d+)*(?:号楼|号?厂房|号?[栋幢座]|号库))"
    r"|(?P<unit>[a-z\d]+(?:单元|门))"
    r"|(?P<floor>(?:负|地下|b|-)?\d+(?:层|楼|f(?![a-z\d])))"
    r"|(?P<number>[甲乙丙丁临]?\d+(?:-\d+)*(?:弄(?:\d+号)?|号院?)(?:附\d+号?|之\d+)?)"
    r"|(?P<group>\d+组)"
    r"|(?P<bare>[a-z]{0,2}\d+(?:-?[a-z\d]+)*$)"
)
_VALUE = re.compile(r"[a-z\d]+(?:-[a-z\d]+)*")
_BELOW = re.compile(r"^(?:负|地下|b|-)")
_VAGUE = re.compile(r"附近|对面|斜对|旁边|旁$|交叉口|交汇")
_FILLER = re.compile(r"[内之第与和的]$|^[内之第与和的]")
_ZONE = re.compile(r"(?:新区|开发区|高新区|示范区|保税区)$")

_INSIDE = ("building", "unit", "floor", "room")
_STREET = ("road", "number")
_LEAST_NAME = 2
_ROOM_WITH_FLOOR = 3
_PART_NAMES = {
    "road": "道路",
    "number": "门牌号",
    "building": "楼栋",
    "unit": "单元",
    "floor": "楼层",
    "room": "房间号",
    "compound": "小区或楼宇",
    "town": "乡镇街道",
}


class AddressMatch(NamedTuple):
    """What two addresses are to each other.

    Attributes:
        verdict: `same`: one place; `within`: one lies in the other, which says less; `different`:
            they contradict each other; `unclear`: too little is said to tell.
        reason: In Chinese.
    """

    verdict: Verdict
    reason: str


class AddressParts(NamedTuple):
    """The parts of an address; an empty part was not said.

    Attributes:
        place: Province, city and county.
        town: Town or sub-district, without its ending.
        road: With its 路 or 街, digits in Chinese.
        number: House number, with the lane before it.
        compound: Whatever else is named: a village, an estate, a market.
        building: Number of the building.
        unit: Number of the entrance.
        floor: Below ground with a minus.
        room: Room, shop or stall.
        vague: It says 附近, 对面 or the like.
    """

    place: Place
    town: str
    road: str
    number: str
    compound: str
    building: str
    unit: str
    floor: str
    room: str
    vague: bool


def _numeral(found: re.Match[str]) -> str:
    text = found[0]
    if not set(text) & _TENS.keys():
        return "".join(str(_DIGITS[c]) for c in text)
    total = digit = 0
    for character in text:
        if character in _TENS:
            total += (digit or 1) * _TENS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return str(total + digit)


def _clean(address: str) -> str:
    text = simplify(unicodedata.normalize("NFKC", address)).casefold()
    text = _DASHES.sub("-", _REMARK.sub("", text)).replace("#", "号").replace("号号", "号")
    text = _NOISE.sub("", _BETWEEN_DIGITS.sub("-", text.strip()))
    text = _ROAD_DIGITS.sub(lambda found: found[0].translate(_IN_CHINESE), text)
    return _NUMERAL.sub(_numeral, text)


def _value(kind: str, text: str) -> str:
    if kind == "road":
        return text.translate(_IN_CHINESE)
    if kind == "number":
        return re.sub(r"[号院附之-]+", "-", text).strip("-")
    digits = _VALUE.findall(_BELOW.sub("", text) if kind == "floor" else text)
    return ("-" if kind == "floor" and _BELOW.match(text) else "") + "-".join(digits)


def _bare(text: str, said: dict[str, str]) -> dict[str, str]:
    """Read numbers without a word behind them, as 3-2-501, from the room backwards."""
    open_kinds = [kind for kind in ("room", "unit", "building") if not said.get(kind)]
    numbers = text.split("-")
    if len(numbers) == _LEAST_NAME and "building" in open_kinds:
        open_kinds = [kind for kind in open_kinds if kind != "unit"]
    return dict(zip(open_kinds, reversed(numbers), strict=False))


def _join(said: dict[str, str], kind: str, value: str) -> None:
    said[kind] = f"{said[kind]}-{value}" if said.get(kind) else value


def _scan(text: str) -> dict[str, str]:
    said: dict[str, str] = {}
    names, end = "", 0
    for found in _PARTS.finditer(text):
        kind = str(found.lastgroup)
        names += _FILLER.sub("", text[end : found.start()])
        end = found.end()
        if kind == "road":
            said[kind] = said.get(kind) or _value(kind, found[0])
        elif kind == "group":
            names += found[0]
        elif kind == "bare":
            said |= _bare(found[0], said)
        else:
            taken = kind == "number" and (said.get("number") or (names and not said.get("road")))
            _join(said, "building" if taken else kind, _value(kind, found[0]))
    names += _FILLER.sub("", text[end:])
    return said | {"compound": names if len(names) >= _LEAST_NAME else ""}


@lru_cache(maxsize=4096)
def address_parts(address: str) -> AddressParts:
    """Split an address into its parts."""
    text = _clean(address)
    place, rest = split_place(text, least_left=0)
    if found := _CITY_DISTRICT.match(rest):
        _, rest = split_place(rest[found.end() :], least_left=0)
    if place.county in {"市辖区", "县"}:
        inner, rest = split_place(rest, least_left=0)
        place = place._replace(county=inner.county)
    town = _TOWN.match(rest)
    said = _scan(rest[town.end() :] if town else rest)
    floor, room = said.get("floor", ""), said.get("room", "")
    if not floor and room.isdigit() and len(room) >= _ROOM_WITH_FLOOR:
        floor = room[:-2]
    return AddressParts(
        place=place,
        town=town[1] if town else "",
        road=said.get("road", ""),
        number=said.get("number", ""),
        compound=said["compound"],
        building=said.get("building", ""),
        unit=said.get("unit", ""),
        floor=floor,
        room=room,
        vague=bool(_VAGUE.search(rest)),
    )


def address_key(address: str) -> str:
    """Return street, number and what lies inside, without the region, to find candidates by.

    Most addresses of the verdict `same` have equal keys; equal keys alone prove nothing, as every
    city has its 人民路1号. Empty where
    neither street and number nor a named compound is said, and with 附近 and the like.
    """
    parts = address_parts(address)
    if parts.vague:
        return ""
    where = parts.road + "|" + parts.number if parts.road and parts.number else parts.compound
    return "|".join((where, parts.building, parts.unit, parts.room)) if where else ""


def compare_addresses(a: str, b: str) -> AddressMatch:
    """Compare two addresses, whichever comes first."""
    ours, theirs = sorted((address_parts(a), address_parts(b)))
    said = any(ours[1:]) and any(theirs[1:])
    if not said or ours.vague or theirs.vague:
        return AddressMatch("unclear", "有一方没有写明可比对的地址")
    if contradiction := _contradiction(ours, theirs):
        return AddressMatch("different", contradiction)
    if doubt := _doubt(ours, theirs):
        return AddressMatch("unclear", doubt)
    return _compare_inside(ours, theirs)


def _both(ours: AddressParts, theirs: AddressParts, kind: str) -> tuple[str, str] | None:
    first, second = getattr(ours, kind), getattr(theirs, kind)
    return (first, second) if first and second else None


def _contradiction(ours: AddressParts, theirs: AddressParts) -> str:
    for first, second in zip(ours.place, theirs.place, strict=True):
        if first and second and not _may_be_one_place(first, second):
            return f"行政区划不同：{first}、{second}"
    for kind in (*_STREET, *_INSIDE):
        pair = _both(ours, theirs, kind)
        if pair and not _may_be_one_part(kind, *pair):
            return f"{_PART_NAMES[kind]}不同：{pair[0]}、{pair[1]}"
    names = _both(ours, theirs, "compound")
    if names and not _one_name(*names) and not _one_street(ours, theirs):
        return f"{_PART_NAMES['compound']}不同：{names[0]}、{names[1]}"
    return ""


def _may_be_one_place(ours: str, theirs: str) -> bool:
    """A county turned into a district keeps its name; a zone lies across districts."""
    if _ZONE.search(ours) or _ZONE.search(theirs):
        return True
    short, long = sorted((ours.rstrip("区县市"), theirs.rstrip("区县市")), key=len)
    return long.startswith(short)


def _may_be_one_part(kind: str, ours: str, theirs: str) -> bool:
    if kind == "road":
        return _road_name(ours) == _road_name(theirs)
    if kind == "number":
        return ours.partition("-")[0] == theirs.partition("-")[0]
    return ours == theirs


def _road_name(road: str) -> str:
    return re.sub(r"(?:大道|大街|公路|路|街|道)$", "", road)


def _one_name(ours: str, theirs: str) -> bool:
    return ours in theirs or theirs in ours


def _one_street(ours: AddressParts, theirs: AddressParts) -> bool:
    return bool(ours.road and ours.number) and ours[2:4] == theirs[2:4]


def _doubt(ours: AddressParts, theirs: AddressParts) -> str:
    """Tell why two addresses without contradiction need not be one place."""
    for kind in _STREET:
        pair = _both(ours, theirs, kind)
        if pair and pair[0] != pair[1]:
            return f"{_PART_NAMES[kind]}写法不同：{pair[0]}、{pair[1]}"
    towns = _both(ours, theirs, "town")
    if towns and towns[0] != towns[1]:
        return f"乡镇街道不同：{towns[0]}、{towns[1]}"
    compounds = _both(ours, theirs, "compound")
    one_compound = compounds is not None and _one_name(*compounds)
    if compounds and not one_compound:
        return f"小区或楼宇名称不同：{compounds[0]}、{compounds[1]}"
    if not _one_street(ours, theirs) and not one_compound:
        return "有一方缺少道路、门牌号或楼宇名称"
    cities, counties = (
        (ours.place.city, theirs.place.city),
        (ours.place.county, theirs.place.county),
    )
    placed = all(cities) or all(counties) or ours.place == theirs.place
    if not placed and not (ours.room and theirs.room):
        return "有一方缺少行政区划，各地可能有同名道路"
    return ""


def _compare_inside(ours: AddressParts, theirs: AddressParts) -> AddressMatch:
    said = [{kind for kind in _INSIDE if getattr(parts, kind)} for parts in (ours, theirs)]
    if "room" in said[0] & said[1] and ours.room == theirs.room:
        told_by_room = {"floor"} if len(ours.room) >= _ROOM_WITH_FLOOR else set()
        said = [kinds - told_by_room for kinds in said]
    if said[0] == said[1]:
        return AddressMatch("same", "地址一致（不计书写格式）")
    missing = sorted(said[0] ^ said[1], key=_INSIDE.index)
    names = "、".join(_PART_NAMES[kind] for kind in missing)
    nested = said[0] < said[1] or said[1] < said[0]
    skipped = any(_INSIDE.index(missing[0]) < _INSIDE.index(k) for k in said[0] & said[1])
    if nested and not skipped:
        return AddressMatch("within", f"一方在另一方之内，另一方没有写明{names}")
    return AddressMatch("unclear", f"有一方没有写明{names}")
