"""What a record says of a package, and the limits of GB 23350 on its day (待确认)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hengjian.law.parameter import parameters
from hengjian.text.folds import fold
from hengjian.text.measures import measures
from hengjian.violations.row import Row

TEA, MOONCAKE, ZONGZI, GRAIN, OTHER = "茶叶", "月饼", "粽子", "粮食及其加工品", "其他"

_CATEGORIES = {
    MOONCAKE: ("mooncake", "moon_cake", "月饼"),
    ZONGZI: ("zongzi", "rice_dumpling", "粽"),
    TEA: ("tea", "茶"),
    GRAIN: (
        "grain",
        "rice",
        "flour",
        "noodle",
        "cereal",
        "粮",
        "大米",
        "面粉",
        "面条",
        "杂粮",
        "挂面",
    ),
    # The standard is one for food and cosmetics: of other goods it says nothing.
    OTHER: (
        *("wine", "liquor", "alcohol", "baijiu", "beverage", "drink", "juice", "coffee", "candy"),
        *("chocolate", "biscuit", "cookie", "cake", "pastry", "snack", "nut", "dairy", "milk"),
        *("meat", "fruit", "honey", "health_food", "supplement", "cosmetic", "skincare"),
        *("perfume", "food", "seasoning", "oil", "酒", "饮料", "咖啡", "糖果", "巧克力", "饼干"),
        *(
            "糕点",
            "零食",
            "坚果",
            "乳制品",
            "肉制品",
            "蜂蜜",
            "保健食品",
            "化妆品",
            "护肤",
            "香水",
            "食品",
        ),
    ),
}
_IN_TITLES = {
    MOONCAKE: ("月饼",),
    ZONGZI: ("粽子", "粽礼", "肉粽", "蜜枣粽", "豆沙粽"),
    TEA: (
        "茶叶",
        "绿茶",
        "红茶",
        "白茶",
        "乌龙茶",
        "普洱",
        "铁观音",
        "龙井",
        "大红袍",
        "岩茶",
        "碧螺春",
    ),
}
# Goods for or around mooncakes, zongzi and tea.
_AROUND = re.compile(
    "包装盒|礼盒空|空盒|空礼盒|手提袋|模具|月饼盒|粽子盒|茶叶盒|茶叶罐|茶具|粽叶|粽绳|贴纸|玩具|模型|机器|馅料|茶杯|茶壶"
)
_SIDE = r"(\d+(?:\.\d+)?)\s*(mm|毫米|cm|厘米)?"
_SIZE = re.compile(
    rf"(?:[长宽高:：\s]*){_SIDE}\s*(?:[x*×]\s*宽?|[,，、]?宽)约?{_SIDE}"
    rf"\s*(?:[x*×]\s*[高厚]?|[,，、]?[高厚])约?{_SIDE}"
)
# A box that is only for the post is none of the goods' packaging.
_POSTED = re.compile("快递|外箱|纸箱|运输|物流")
_SAID_NET = re.compile(
    r"(?:净含量|净重|总重|总共|一共|共计|合计|共)[^\d。;；]{0,4}?(\d+(?:\.\d+)?)\s*(?:g|克)"
)
_SAID_EACH = re.compile(r"每[块枚只个粒][^\d。;；]{0,6}?(\d+(?:\.\d+)?)\s*(?:g|克)")
_SAID_PIECES = re.compile(r"(?<![\d每])(\d+|[一二两三四五六七八九十])\s*[块枚只个粒罐泡]")
_FIGURES = dict(zip("一二三四五六七八九十", range(1, 11), strict=True)) | {"两": 2}
_MILLIMETRES = {"mm": 1.0, "毫米": 1.0, "cm": 10.0, "厘米": 10.0}
_EACH = re.compile(r"(\d+(?:\.\d+)?)\s*(?:g|克)\s*(?:/[枚个粒只袋])?\s*[x*×]\s*(\d+)")
_OF_EACH = re.compile(r"(\d+)\s*[枚个粒只袋]?\s*[x*×]\s*(\d+(?:\.\d+)?)\s*(?:g|克)")
_INTEGER = re.compile(r"\d+")
_PER_GRAM_MM3 = 1000.0


@dataclass(frozen=True)
class Package:
    """A package as a record of either kind tells it; None: unknown.

    Attributes:
        category: One of the standard's groups.
        net_g: Net content in grams.
        pieces: How many pieces are inside.
        size_mm: Length, width and height of the outer box.
        layers: Layers of packaging.
        cost: Cost of the packaging other than what touches the goods, in yuan.
        price: Sale price in yuan.
        missing: The fields for what is unknown, by attribute.
    """

    category: str | None
    net_g: float | None
    pieces: int | None
    size_mm: tuple[float, float, float] | None
    layers: int | None
    cost: float | None
    price: float | None
    missing: dict[str, str]

    def lacking(self, *names: str) -> frozenset[str]:
        """Return the record's fields for those of these attributes that are unknown."""
        return frozenset(self.missing[name] for name in names if getattr(self, name) is None)

    @property
    def volume_mm3(self) -> float | None:
        """Volume of the outer box; None: unknown."""
        if self.size_mm is None:
            return None
        length, width, height = self.size_mm
        return length * width * height

    @property
    def content_mm3(self) -> float | None:
        """Volume of the content, of which 1 g counts as 1000 mm³; None: unknown."""
        return None if self.net_g is None else self.net_g * _PER_GRAM_MM3


def limit(name: str, row: Row) -> float | None:
    """Return a number of the standard on the record's day; None: it had none that day.

    A record without a day has the number if there has only been one.
    """
    values = parameters()[f"过度包装.{name}"]
    day = row.conduct_on
    if day is None:
        return float(values[0].value) if len(values) == 1 else None
    return next((float(value.value) for value in values if value.holds_on(day)), None)


def package(row: Row) -> Package:
    """Return what a record of kind packaging or listing says of its package."""
    return _of_packaging(row) if row.kind == "packaging" else _of_listing(row)


def _of_packaging(row: Row) -> Package:
    names = {
        "category": "category",
        "net_g": "net_content_g",
        "pieces": "pieces",
        "size_mm": "outer_size_mm",
        "layers": "layers",
        "cost": "packaging_cost",
        "price": "price",
    }
    sides = row.value("outer_size_mm")
    return Package(
        category=category_named(row.value("category") or ""),
        net_g=_positive(row.value("net_content_g")),
        pieces=row.value("pieces") or None,
        size_mm=None if sides is None or not all(sides) else (sides[0], sides[1], sides[2]),
        layers=row.value("layers"),
        cost=_number(row.value("packaging_cost")),
        price=_positive(row.value("price")),
        missing=names,
    )


def category_named(name: str) -> str | None:
    """Return the standard's group for a category's name; None: it names none."""
    folded = name.lower().replace(" ", "_")
    words = {word.removesuffix("s") for word in [folded, *re.split(r"[^a-z]+", folded)]}
    for category, marks in _CATEGORIES.items():
        if any(mark in words if mark.isascii() else mark in folded for mark in marks):
            return category
    return None


def _of_listing(row: Row) -> Package:
    each = _pieces_of(row) or _said_pieces(row)
    net, pieces = each if each is not None else (_net_g(row) or _said_net(row), _said_count(row))
    return Package(
        category=_category_of_listing(row),
        net_g=net,
        pieces=pieces or _integer(row, "内装件数"),
        size_mm=_size(row) or _said_size(row),
        layers=_integer(row, "包装层数"),
        cost=_yuan(row, "包装成本"),
        price=_positive(row.value("price")) if row.kind == "listing" else None,
        missing={
            "category": "category",
            "net_g": "attributes.净含量",
            "pieces": "attributes.内装件数",
            "size_mm": "attributes.外包装尺寸",
            "layers": "attributes.包装层数",
            "cost": "attributes.包装成本",
            "price": "price",
        },
    )


def _category_of_listing(row: Row) -> str | None:
    title = row.texts.get("title", "") if row.kind == "listing" else row.texts.get("text", "")
    title = fold(title)
    if row.kind == "listing" and _AROUND.search(title):
        return None
    for category, words in _IN_TITLES.items():
        if any(word in title for word in words):
            return category
    return category_named(row.texts.get("category", ""))


def _shown(row: Row, *labels: str) -> Iterator[str]:
    for label in labels:
        found = row.label(label)
        if found is not None and found[1]:
            yield fold(found[1])


def _pieces_of(row: Row) -> tuple[float, int] | None:
    """Return net content and pieces, where they are told as in 50g*8."""
    for text in [*_shown(row, "净含量"), fold(row.texts.get("title", ""))]:
        if found := _EACH.search(text):
            return float(found[1]) * int(found[2]), int(found[2])
        if found := _OF_EACH.search(text):
            return float(found[2]) * int(found[1]), int(found[1])
    return None


def _net_g(row: Row) -> float | None:
    for text in [*_shown(row, "净含量"), fold(row.texts.get("title", ""))]:
        found = {measure.value for measure in measures(text, "g")}
        if len(found) == 1:
            return _positive(found.pop())
    return None


def _size(row: Row) -> tuple[float, float, float] | None:
    for text in _shown(row, "外包装尺寸"):
        if size := _size_in(text, _SIZE.search(text)):
            return size
    return None


def _said_size(row: Row) -> tuple[float, float, float] | None:
    """Return the sides of the goods' own box, where the text gives them."""
    text = fold(row.texts.get("text", ""))
    own = (
        m
        for m in _SIZE.finditer(text)
        if not _POSTED.search(text[max(0, m.start() - 8) : m.start()])
    )
    return _size_in(text, next(own, None))


def _size_in(text: str, found: re.Match[str] | None) -> tuple[float, float, float] | None:
    if found:
        units = [found[n] for n in (2, 4, 6) if found[n]]
        unit = units[-1] if units else next((u for u in _MILLIMETRES if u in text), "")
        if unit:
            factor = _MILLIMETRES[unit]
            return float(found[1]) * factor, float(found[3]) * factor, float(found[5]) * factor
    return None


def _said_pieces(row: Row) -> tuple[float, int] | None:
    """Return net content and pieces, where the text gives the weight of each and their number."""
    each = _SAID_EACH.search(fold(row.texts.get("text", "")))
    pieces = _said_count(row)
    return (float(each[1]) * pieces, pieces) if each and pieces else None


def _said_net(row: Row) -> float | None:
    found = _SAID_NET.search(fold(row.texts.get("text", "")))
    return _positive(float(found[1])) if found else None


def _said_count(row: Row) -> int | None:
    found = _SAID_PIECES.search(fold(row.texts.get("text", "")))
    return (_FIGURES.get(found[1]) or int(found[1]) or None) if found else None


def _integer(row: Row, label: str) -> int | None:
    for text in _shown(row, label):
        found = _INTEGER.findall(text)
        if len(found) == 1:
            return int(found[0])
    return None


def _yuan(row: Row, label: str) -> float | None:
    for text in _shown(row, label):
        found = [measure.value for measure in measures(text, "yuan")]
        if len(found) == 1:
            return found[0]
    return None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number and number > 0 else None
