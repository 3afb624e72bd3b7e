"""Goods of a registered mark offered as authorised, or as genuine far below the usual price."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.identity.product_models import rows_of
from hengjian.identity.product_numbers import (
    labelled,
)
from hengjian.identity.product_pages import (
    Entry,
    Page,
    entry_at,
    model_keys,
    pages_at,
    same_operator,
)
from hengjian.text.folds import fold
from hengjian.violations.columns import Floats, floats, strings
from hengjian.violations.detector import Tables
from hengjian.violations.product_leads import Lead, suspicions
from hengjian.violations.suspicion import Figure, Quote, Said, Undecided

_AUTHORISED = ("授权销售者", "授权店铺", "授权经销商", "授权商家", "授权销售商", "被许可人")
_LEAST_MARK = 2
# Shops have many listings of one mark; so many comparisons take some 20 MB.
_REMEMBERED = 1 << 16
_ENDED = ("无效", "注销", "撤销", "过期", "失效", "驳回", "cancelled", "expired")
_OFFICIAL = re.compile(
    r"官方(?:旗舰|正品|授权|直营|店|直销)|旗舰店|(?:品牌|正规|厂家|正式|官方)授权|授权(?:店|经销|专卖|销售|代理|正品)"
    r"|品牌直营|专卖店|专柜直供"
)
_GENUINE = re.compile(r"正品|保真|专柜|假一[罚赔]|原装|真品")
_DENIED = re.compile(r"(?:非|不是|没有|无|未经?|并非|未获)\s*$")
# Used goods, goods that go with a brand's, and goods brought in past its sellers are lawful.
_USED = re.compile(r"二手|闲置|中古|回收|寄卖|旧货|\d成新|九成新|vintage|古着|翻新")
_IMPORTED = re.compile(r"海外|跨境|保税|平行进口|代购|直邮|免税|进口商品|香港|海淘")
_GOES_WITH = re.compile(
    r"适用|兼容|适配|通用|匹配|替换|替代|配件|保护壳|保护套|手机壳|贴膜|钢化膜|表带|鞋带|收纳"
    r"|防尘|转接|支架|清洁|护理|空盒|礼盒袋|包装袋|模型|贴纸|图案|同色|搭配|平替"
)
# Of goods of one model, and of one category, which differ among themselves.
_LOW_OF_MODEL, _LOW_OF_CATEGORY = 0.5, 0.3
_LEAST_OF_MODEL, _LEAST_OF_CATEGORY = 3, 5
# What goods the classes hold in which most marks are; of the Nice classification, by heart.
_CLASSES = {
    3: "化妆品 护肤 彩妆 香水 洗护 洗发 口红 面膜 精华 面霜 洁面",
    9: "手机 耳机 数码 电脑 相机 充电 电子 音箱 眼镜 墨镜",
    11: "灯 空调 冰箱 热水器 电器 吹风机",
    14: "手表 腕表 珠宝 首饰 项链 戒指 手链 钟表",
    18: "箱包 女包 男包 背包 钱包 皮具 手提包 双肩包 行李箱",
    25: "服装 鞋 运动鞋 跑鞋 衣 裤 裙 帽 袜 羽绒服 卫衣 皮带 外套",
    28: "玩具 积木 手办 公仔 盲盒 球拍 健身",
    30: "茶 咖啡 糖果 饼干 调味 食品",
    33: "白酒 葡萄酒 洋酒 黄酒 酒",
    34: "卷烟 香烟 烟具 烟",
}


class _Mark(NamedTuple):
    """A mark and who may speak for it.

    Attributes:
        sellers: Holder and authorised sellers.
        goods: Words of the goods that it is registered for.
    """

    name: str
    entry: Entry
    sellers: tuple[str, ...]
    goods: tuple[str, ...]


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield listings of a mark's goods by shops that the right holder did not authorise.

    Reselling genuine goods needs no leave. So a shop must call itself official or authorised, or
    call goods genuine at less than half the median price of authorised sellers for the same model
    (three of them at least), or 30 % for the same category (five).

    A mark without a list of authorised sellers says nothing; a shop whose operator is unknown can't
    be held against a list of companies, nor genuine goods without a price to compare.
    """
    listings = tables["listing"]
    marks = _marks(tables["register_entry"])
    mentioned = _mentioned(listings, marks)
    shops = _shops(listings, sorted(mentioned), _operators(tables))
    offers: dict[str, list[tuple[Page, bool | None]]] = defaultdict(list)
    for page in pages_at(listings, sorted(mentioned)):
        for name in mentioned[page.row]:
            if _is_of_mark(page, marks[name]):
                offers[name].append((page, _is_authorised(shops[page.row], marks[name])))
    prices = floats(listings, "price")
    leads: list[Lead] = []
    unknown = {"listing.shop_name": set[int](), "listing.price": set[int]()}
    for name, found in offers.items():
        usual = _usual_prices([page for page, allowed in found if allowed], prices)
        for page, allowed in found:
            if allowed or _is_lawful(page):
                continue
            low = _lowness(page, prices, usual)
            official, genuine = (_claimed(page, words) for words in (_OFFICIAL, _GENUINE))
            if allowed is None and (official or genuine):
                unknown["listing.shop_name"].add(page.row)
            elif official or (genuine and low and low.is_low):
                leads.append(_lead(page, marks[name], official or genuine, low))
            elif genuine and low is None:
                unknown["listing.price"].add(page.row)
    yield from (Undecided(field, len(rows)) for field, rows in unknown.items() if rows)
    yield from suspicions(listings, leads)


def _marks(entries: pa.Table) -> dict[str, _Mark]:
    found: dict[str, _Mark] = {}
    for row in rows_of(entries, "trademark"):
        entry = entry_at(entries, row)
        listed = [entry.values[name] for name in _AUTHORISED if name in entry.values]
        name = fold(entry.name).strip()
        if not listed or len(name) < _LEAST_MARK or any(word in entry.status for word in _ENDED):
            continue
        told = [part.strip() for value in listed for part in re.split(r"[;；、，,|\n]", value)]
        earlier = found.get(name)
        sellers = (*entry.names, *filter(None, told), *(earlier.sellers if earlier else ()))
        goods = (*_goods(entry.category), *(earlier.goods if earlier else ()))
        found[name] = _Mark(name, entry, sellers, goods)
    return found


def _goods(category: str) -> list[str]:
    folded = fold(category)
    classes = [int(number) for number in re.findall(r"\d{1,2}", folded)]
    words = [word for number in classes for word in _CLASSES.get(number, "").split()]
    written = re.split(r"[^一-龥]+|第|类|及|和|、", folded)
    return [*words, *(word for word in written if word)]


def _mentioned(listings: pa.Table, marks: Mapping[str, _Mark]) -> dict[int, list[str]]:
    """Return the rows whose title or labels may name a mark, and which."""
    found: dict[int, list[str]] = defaultdict(list)
    if not marks:
        return found
    lower = pc.utf8_lower(listings.column("title"))
    brands = dict(zip(*_brands(listings), strict=True))
    pattern = "|".join(map(re.escape, sorted(marks, key=len, reverse=True)))
    hit: Any = pc.match_substring_regex(lower, pattern)
    rows = {*np.flatnonzero(np.asarray(hit.fill_null(False))).tolist()}
    rows.update(row for row, brand in brands.items() if re.search(pattern, brand))
    places = sorted(rows)
    starts: dict[str, list[str]] = defaultdict(list)
    for name in marks:
        starts[name[:_LEAST_MARK]].append(name)
    order = {name: place for place, name in enumerate(marks)}
    titles: list[Any] = listings.column("title").take(pa.array(places, pa.int64())).to_pylist()
    for row, title in zip(places, titles, strict=True):
        told = fold(title) + " " + brands.get(row, "")
        heads = {told[at : at + _LEAST_MARK] for at in range(len(told))} & starts.keys()
        named = {name for head in heads for name in starts[head] if name in told}
        found[row] = sorted(named, key=order.__getitem__)
    return found


def _brands(listings: pa.Table) -> tuple[list[int], list[str]]:
    cells = labelled(listings, ("品牌",))
    values: list[Any] = cells.value.to_pylist()
    return cells.row.tolist(), [fold(value) for value in values]


def _is_of_mark(page: Page, mark: _Mark) -> bool:
    """Tell whether a page offers goods of the mark, in a class for which it is registered."""
    parts = re.split(r"[/()·\s|]+", page.brand)
    if page.brand and mark.name not in parts and mark.name != page.brand:
        return False
    return bool(mark.goods) and any(word in page.words for word in mark.goods)


def _operators(tables: Tables) -> dict[tuple[str, str], str]:
    operators = tables.get("operator")
    if operators is None:
        return {}
    ids = zip(strings(operators, "platform"), strings(operators, "shop_id"), strict=True)
    names = strings(operators, "name")
    return {(p, s): name for (p, s), name in zip(ids, names, strict=True) if p and s and name}


def _shops(
    listings: pa.Table, rows: list[int], operators: Mapping[tuple[str, str], str]
) -> dict[int, tuple[str | None, str | None]]:
    """Return the operator of the shop of some rows, and the shop's name."""
    taken = listings.select(["platform", "shop_id", "shop_name"]).take(pa.array(rows, pa.int64()))
    return {
        row: (operators.get((shop["platform"], shop["shop_id"])), shop["shop_name"])
        for row, shop in zip(rows, taken.to_pylist(), strict=True)
    }


def _is_authorised(shop: tuple[str | None, str | None], mark: _Mark) -> bool | None:
    """Tell whether the shop is the holder's or on the list; None: nothing tells who it is."""
    operator, shop_name = shop
    for name in filter(None, shop):
        if any(_is_seller(name, seller) for seller in mark.sellers):
            return True
    listed_companies = any("公司" in seller for seller in mark.sellers[1:])
    if operator is None and (shop_name is None or listed_companies):
        return None
    return False


@lru_cache(_REMEMBERED)
def _is_seller(name: str, seller: str) -> bool:
    one, other = (re.sub(r"\W", "", fold(text)) for text in (name, seller))
    return one == other or other in one or same_operator(name, seller)


def _is_lawful(page: Page) -> bool:
    return any(words.search(page.everything) for words in (_USED, _IMPORTED)) or bool(
        _GOES_WITH.search(page.words)
    )


def _claimed(page: Page, words: re.Pattern[str]) -> Quote | None:
    for fieldname, text in (("title", page.title), ("text", page.text)):
        folded = fold(text)
        for match in words.finditer(folded):
            if not _DENIED.search(folded[: match.start()]):
                return Quote(fieldname, match.start(), text[match.start() : match.end()])
    return None


class _Low(NamedTuple):
    price: float
    usual: float
    is_low: bool


def _keys(page: Page) -> Iterator[tuple[str, float, int]]:
    """Yield what a page is compared by, the share that is low, and how many prices it takes."""
    for model in page.models:
        yield from ((f"m{key}", _LOW_OF_MODEL, _LEAST_OF_MODEL) for key in model_keys(model))
    category = page.words.rpartition(" ")[2]
    yield f"c{category}", _LOW_OF_CATEGORY, _LEAST_OF_CATEGORY


def _usual_prices(pages: Sequence[Page], prices: Floats) -> dict[str, tuple[float, int]]:
    """Return the median price of each key, and of how many pages."""
    found = defaultdict(list)
    for page in pages:
        if not np.isnan(prices[page.row]):
            for key, _, _ in _keys(page):
                found[key].append(float(prices[page.row]))
    return {key: (float(np.median(known)), len(known)) for key, known in found.items()}


def _lowness(page: Page, prices: Floats, usual: Mapping[str, tuple[float, int]]) -> _Low | None:
    price = float(prices[page.row])
    for key, share, least in _keys(page):
        median, count = usual.get(key, (0.0, 0))
        if count >= least and not np.isnan(price):
            return _Low(price, median, price < share * median)
    return None


def _lead(page: Page, mark: _Mark, claim: Quote | None, low: _Low | None) -> Lead:
    figures = [Figure("商标登记中的授权销售者", len(mark.sellers) - 1, "家")]
    cheap = ""
    if low:
        figures.append(Figure("售价", low.price, "元", low.usual, "price"))
        if low.is_low:
            share = low.price / low.usual
            cheap = f"，售价 {low.price:g} 元，为授权销售者中位价 {low.usual:g} 元的 {share:.0%}"
    said = claim.text if claim else ""
    return Lead(
        page.row,
        [mark.entry.row],
        claim,
        figures,
        f"页面以“{said}”销售“{mark.entry.name}”商品，而店铺不是权利人，"
        f"也不在其 {len(mark.sellers) - 1}"
        f" 家授权销售者之列{cheap}，涉嫌销售假冒注册商标的商品或者冒称授权，"
        "请调取授权书和进货凭证，并请权利人辨认。",
        0.75 if low and low.is_low else 0.55,
    )
