"""Place names of China that begin a company's name or an address, down to the county.

Provinces and prefectures are listed, because writers leave out their 省 and 市. Counties and
districts are told only by the 区, 县, 市 or 旗 they end in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from hengjian.yamlfile import read_yaml

WORDS = read_yaml(Path(__file__).with_name("words.yml")).data

_PROVINCES: list[str] = WORDS["provinces"]
_MUNICIPALITIES: list[str] = WORDS["municipalities"]
_PROVINCE_OF: dict[str, str] = {
    city: province for province, cities in WORDS["prefectures"].items() for city in cities
}
_PREFECTURES = list(_PROVINCE_OF)

# Words of trade that end in what would be the 市 or 区 of a place, and that begin with a 市.
_NO_CITY = r"(?<!超)(?<!城)(?<!都)(?<!门)(?<!夜)(?<!菜)(?<!集)(?<!股)(?<!闹)"
_NO_DISTRICT = (
    r"(?<!社)(?<!小)(?<!园)(?<!景)(?<!校)(?<!片)(?<!地)(?<!厂)(?<![库一二三四五六七八九十])"
)
_CITY_MARK = r"市(?!场|政|集|民卡|井|值|面|容)"
_HAN = r"[一-鿿]"
# A street or a county may bear the name of a city: 南京路, 河南县.
_NO_STREET = r"(?![县区路街]|道(?!路))"


def _any_of(names: list[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_PROVINCE = re.compile(
    rf"({_any_of(_PROVINCES)})(省|(?:{_HAN}{{1,4}}族|维吾尔)?自治区)?(?!{_CITY_MARK}){_NO_STREET}"
)
_CITY = re.compile(
    rf"({_any_of(_MUNICIPALITIES + _PREFECTURES)})"
    rf"((?:{_HAN}{{1,5}}族)?自治州|特别行政区|地区|{_CITY_MARK})?{_NO_STREET}"
)
_COUNTY = re.compile(
    rf"({_HAN}{{1,9}}?(?:自治县|自治旗|县(?!城|域)|(?<![红国锦战彩])旗)|"
    rf"{_HAN}{{2,8}}?{_NO_DISTRICT}区(?!块|域)|"
    rf"{_HAN}{{2,5}}?{_NO_CITY}{_CITY_MARK})"
)
# A city and its province of one name: only 省 and 市 tell them apart.
_SHARED = ["吉林"]
_SHARED_CITY = re.compile(rf"({_any_of(_SHARED)})(市)")
_LARGER = frozenset([*_PROVINCES, *_PREFECTURES])
_COUNTRY = "中华人民共和国"


class Place(NamedTuple):
    """Where something lies; an empty part was not said.

    Attributes:
        province: Without 省 or 自治区; empty where the city is a municipality.
        city: Prefecture or municipality, without 市.
        county: With its 区 or 县; a city of the county level without its 市.
    """

    province: str
    city: str
    county: str

    @property
    def finest(self) -> str:
        """The smallest part said, behind its city; a district of no city behind its province."""
        if self.city or self.county.endswith("区"):
            return (self.city or self.province) + self.county
        return self.county or self.province


def _stem(name: str, ending: str) -> str:
    return name + ending[:1] if name in _SHARED else name


def split_place(text: str, least_left: int = 1) -> tuple[Place, str]:
    """Split the place off that a text begins with.

    Args:
        text: Folded, without blanks.
        least_left: How many characters must be left behind a county that ends in 区, 县, 市.
    """
    rest = text.removeprefix(_COUNTRY)
    province = city = county = ""
    if found := _PROVINCE.match(rest):
        province, rest = _stem(found[1], found[2] or ""), rest[found.end() :]
    found = _CITY.match(rest) or _SHARED_CITY.match(rest)
    if found and _may_follow(found, province):
        city, rest = _stem(found[1], found[2] or ""), rest[found.end() :]
        if found[1] in _MUNICIPALITIES and rest.startswith(found[0]):
            rest = rest[found.end() :]
    if (found := _COUNTY.match(rest)) and len(rest) - found.end() >= least_left:
        county, rest = _without_city_mark(found[1]), rest[found.end() :]
    return Place(province, city, county), rest


def _may_follow(city: re.Match[str], province: str) -> bool:
    """Tell whether a city may stand behind a province: 广东安康 is no city but another name."""
    return bool(city[2]) or not province or province.startswith(_PROVINCE_OF.get(city[1], "-"))


def _without_city_mark(county: str) -> str:
    return county[:-1] if county.endswith("市") and county[:-1] not in _LARGER else county


def same_place(a: Place, b: Place) -> bool | None:
    """Tell whether two places are one; None where one says less than the other needs."""
    if a.finest == b.finest:
        return True
    for part in ("province", "city", "county"):
        ours, theirs = getattr(a, part), getattr(b, part)
        if ours and theirs and ours != theirs:
            return False
    return None
