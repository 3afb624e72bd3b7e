"""Tells whether a page that shows its licences shows none for dangerous chemicals."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.identity.licences import CHEMICALS
from hengjian.violations.detector import Tables
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence
from hengjian.violations.suspicion import Said
from hengjian.violations.unlicensed_sellers import Trade, unlicensed

_FIELD = "licences_shown"
# What the numbers of such licences hold, such as 赣应急经字〔2025〕001号, (苏)WH安许证字.
_MARKS = ("危化", "应急", "安经", "安监", "WH安", "危险化学品")
# Names that mean the substance itself, and beside them a measure that it is sold by.
_SUBSTANCES = (
    "工业甲醇|工业酒精|无水乙醇|工业丙酮|丙酮溶剂|二甲苯|甲苯溶剂|天那水|香蕉水|浓硫酸|工业硫酸|工业盐酸"
    "|浓盐酸|工业硝酸|浓硝酸|9[258]号汽油|\\d{1,2}号柴油|打火机专用油"
)
_MEASURE = r"\d\s*(?:L|l|升|kg|KG|千克|公斤|斤|吨|ml|ML|毫升|桶)"
TRADE = Trade(
    kind=CHEMICALS,
    title="危险化学品经营许可证",
    goods="危险化学品",
    number=None,
    labels=(),
    titles=rf"(?:{_SUBSTANCES}).*{_MEASURE}|{_MEASURE}.*(?:{_SUBSTANCES})",
    other=(
        "不含|无需|替代|代替|空桶|空瓶|油桶|油壶|试纸|检测|手套|面具|口罩|标签|标识|滤芯|滤清|添加剂|宝"
        "|仿真|模型|柜|泵|油枪|水性|防腐|耐|图书"
    ),
)


def judge(row: Row) -> Answer:
    """Return true if the licences shown are known and none is one for dangerous chemicals."""
    licences = row.value(_FIELD)
    if licences is None:
        return Answer(None, missing=frozenset({_FIELD}))
    if any(mark in number for number in licences for mark in _MARKS):
        return Answer(False)
    return Answer(True, (Evidence(_FIELD, None, None, "absent", "危险化学品经营许可证编号"),))


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that sell dangerous chemicals and are known to have no licence for them.

    See `unlicensed`: shops whose licences are unknown are left out and told.
    """
    yield from unlicensed(tables, TRADE)
