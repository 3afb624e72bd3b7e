"""Tells whether a page that shows its licences shows none for the trade in medical devices."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.identity.licences import DEVICE
from hengjian.violations.detector import Tables
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence
from hengjian.violations.suspicion import Said
from hengjian.violations.unlicensed_sellers import Trade, unlicensed

_FIELD = "licences_shown"
_LABEL = "医疗器械经营许可或备案编号"
# Class III alone: of class II some goods need no filing, and the list of them changes.
TRADE = Trade(
    kind=DEVICE,
    title="医疗器械经营许可证",
    goods="第三类医疗器械",
    number=r"国械注[准进许]\s*(?:19|20)\d{2}3\d{6}",
    labels=("注册证编号", "医疗器械注册证编号", "医疗器械注册证号", "注册证号"),
    titles=r"国械注[准进许]\s*(?:19|20)\d{2}3\d{6}",
    other="兽用|宠物|图书|书籍|镜盒|收纳|模型|回收",
    permits="许",
)


def judge(row: Row) -> Answer:
    """Return true if the licences shown are known and none is one for devices.

    All their numbers name the device (械经营许, 械经营备, 械生产许).
    """
    licences = row.value(_FIELD)
    if licences is None:
        return Answer(None, missing=frozenset({_FIELD}))
    if any("械" in number for number in licences):
        return Answer(False)
    return Answer(True, (Evidence(_FIELD, None, None, "absent", _LABEL),))


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that sell devices of class III and are known to have no licence for them.

    A filing (械经营备) is for class II and not enough. See `unlicensed`.
    """
    yield from unlicensed(tables, TRADE)
