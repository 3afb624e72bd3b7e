"""A year of posts and complaints: what comes back with the seasons, and what is new."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from . import codes
from .buyers import complain
from .draw import DAY, END, between, by_weight, chance, moment, moments, pick
from .engagement import publish
from .market import Market, Row, iso

_YEAR = END - 365 * DAY
# Day of the year that ends with the market, width in days, what is said, the event it belongs to.
_SEASONS = (
    (10, 12, ("双十一预售尾款算不清", "双十一快递积压"), "双十一"),
    (80, 15, ("年货礼盒漏发", "春节前快递停运"), "春节"),
    (130, 10, ("开学书包掉色", "教辅缺页"), "春季开学"),
    (225, 12, ("六一八满减复杂", "空调安装排队"), "六一八"),
    (300, 12, ("开学军训鞋磨脚", "宿舍床帘尺寸不对"), "秋季开学"),
    (325, 9, ("月饼礼盒价格高", "月饼券兑换难"), "中秋"),
)
_EVERYDAY = (
    "快递放驿站没通知",
    "客服回复慢",
    "尺码不准",
    "退款到账慢",
    "包装简陋",
    "赠品没发",
    "优惠券用不了",
)
_NEW = (
    ("充电宝鼓包", ("充电宝鼓包发烫", "充电宝鼓包了谁负责", "又见充电宝鼓包")),
    ("注水虾仁", ("虾仁化冻一半是水，注水虾仁", "注水虾仁缩水严重", "买到注水虾仁")),
    ("防晒衣褪色", ("防晒衣褪色染了皮肤", "防晒衣褪色一洗就没", "防晒衣褪色过敏")),
    ("儿童手表偷录", ("儿童手表偷录音频", "发现儿童手表偷录", "儿童手表偷录家长担心")),
    ("预制菜发酸", ("预制菜发酸还在卖", "预制菜发酸拉肚子", "预制菜发酸没人管")),
)


def year(market: Market) -> None:
    """Add a year of what people say, with its seasons, and the seasons as events."""
    rng = market.rng("year")
    for when in moments(rng, market.size(2500), _YEAR, END):
        _say(market, rng, pick(rng, _EVERYDAY), when)
    for day, width, said, name in _SEASONS:
        middle = _YEAR + day * DAY
        market.add(
            "event",
            {
                "event_id": market.new_id(),
                "kind": "campaign" if "十" in name or "六" in name else "holiday",
                "name": name,
                "keywords": [name],
                "starts_at": middle - width * DAY,
                "ends_at": middle + width * DAY,
            },
        )
        for _ in range(market.size(140)):
            at = int(min(middle + float(rng.normal(0, width / 2)) * DAY, END - DAY))
            _say(market, rng, pick(rng, said), at - at % DAY + moment(rng, 0, DAY) % DAY)


def _say(market: Market, rng: Generator, text: str, at: float, region: str | None = None) -> Row:
    person = market.people[int(by_weight(rng, market.activity, 1)[0])]
    text = (
        pick(rng, ("", "", "吐槽一下，", "请问", "唉，")) + text + pick(rng, ("", "。", "！", "？"))
    )
    at = max(at, _YEAR)
    if chance(rng, 0.6):
        row = publish(market, rng, person, text, at)
        if region:
            row["region"] = codes.REGIONS[region]
        return row
    fit = [shop for shop in market.shops if region in (None, shop.region)]
    shop = pick(rng, fit or market.shops)
    return complain(market, rng, person.id, shop, "商品", at, text=text)


def hot_issue(market: Market, rng: Generator, level: int) -> None:
    """Something new is talked of: loudly at once, or growing slowly in one region."""
    words, said = pick(rng, _NEW)
    region = pick(rng, list(codes.REGIONS))
    first = END - int(rng.integers(40, 90)) * DAY
    length = (4, 12, 28)[level]
    rows = []
    for _ in range((120, 70, 45)[level]):
        share = float(np.sqrt(rng.random())) if level else rng.random()
        at = int(first + share * length * DAY)
        at = at - at % DAY + moment(rng, 0, DAY) % DAY
        rows.append(_say(market, rng, pick(rng, said), at, region))
    for _ in range((3, 6, 10)[level]):  # The word is not unheard of before and elsewhere.
        _say(market, rng, pick(rng, said), between(rng, _YEAR, first))
    begun = min(row["created_at"] for row in rows)
    market.plant(
        None,
        "topic",
        [words],
        rows=rows,
        region=codes.REGIONS[region],
        first_day=iso(begun)[:10],
    )
