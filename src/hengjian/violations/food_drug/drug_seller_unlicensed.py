"""Tells whether a page that shows its licences shows none for the trade in drugs."""

from __future__ import annotations

from collections.abc import Iterator

from hengjian.identity.licences import DRUG
from hengjian.identity.numbers import find_numbers
from hengjian.violations.detector import Tables
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence
from hengjian.violations.suspicion import Said
from hengjian.violations.unlicensed_sellers import Trade, unlicensed

_FIELD = "licences_shown"
# A medicine is told by its approval number; a category holds plasters, boxes and books as well.
TRADE = Trade(
    kind=DRUG,
    title="药品经营许可证",
    goods="药品",
    number=r"国药准字\s*[HZSBTFJ][CJ]?\d{8}",
    labels=("批准文号", "药品批准文号", "国药准字"),
    titles=r"国药准字\s*[HZSBTFJ][CJ]?\d{8}",
    other="兽用|宠物|图书|书籍|药盒|空盒|标签|模型|回收",
)


def judge(row: Row) -> Answer:
    """Return true if the licences shown are known and none is one for drugs.

    A page that has a number with wrong form has shown one: its form is another question.
    """
    licences = row.value(_FIELD)
    if licences is None:
        return Answer(None, missing=frozenset({_FIELD}))
    if any("药" in number or any(find_numbers("drug_operation", number)) for number in licences):
        return Answer(False)
    return Answer(True, (Evidence(_FIELD, None, None, "absent", "药品经营许可证编号"),))


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the shops that sell approved medicines and are known to have no licence for them.

    See `unlicensed`: shops whose licences are unknown are left out and told.
    """
    yield from unlicensed(tables, TRADE)
