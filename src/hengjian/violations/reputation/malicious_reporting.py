"""恶意投诉举报牟利: who complains in numbers, in one text, for money, and seldom with reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.law.library import versions_of
from hengjian.law.parameter import parameters
from hengjian.law.resolve import SHANGHAI
from hengjian.stats.shares import excess_chance, false_discovery
from hengjian.violations.columns import (
    DAY,
    Bools,
    Floats,
    Ints,
    equals,
    floats,
    known,
    moment,
    seconds,
)
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.complaint_matters import (
    Ordered,
    alike,
    common_forms,
    matters,
    ordered,
    plain_texts,
)
from hengjian.violations.suspicion import Figure, Members, Quote, Said, Suspicion, Undecided
from hengjian.violations.units import (
    Windows,
    by_time,
    codes,
    densest_windows,
    group_id,
    many,
    pairs,
    shared,
    texts_at,
)

# A consumer has a handful of disputes a year, also after a 11.11; eight in a quarter are many.
_WINDOW_DAYS = 90
_LEAST_MATTERS = 8
_LEAST_SHOPS = 5
# Families and couples share a telephone.
_LEAST_SHARING = 3
_LEAST_FACTORS = 2
_LEAST_ASKING = 4
_MOST, _HALF = 0.6, 0.5
# One good bought in so many orders within a week is no household's habit.
_PURCHASES, _PURCHASE_DAYS = 5, 7
_LEAST_ORDERS_OF_OTHERS = 5
# Prices differ: the very same sum asked of so many shops was not reckoned from a purchase.
_LEAST_SAME, _SAME_SHARE = 12, 0.8
# Of so many decided matters half upheld or settled: who complains with reason is left alone.
_LEAST_DECIDED = 3
_LEAST_FAILED, _LARGEST_Q = 5, 0.01
# Commonly so many of all complaints are rejected or withdrawn, at least.
_LEAST_BASE = 0.2
# So many strangers who complain of the one shop at the same time: something did go wrong there.
_LEAST_STRANGERS = 5

_LAW = "市场监督管理投诉举报处理办法"
_ITEMS = {
    "purchases": "第一项",
    "template": "第二项",
    "unreal": "第三项",
    "contact": "第四项",
}


class _Facts(NamedTuple):
    """What is known of every complaint.

    Attributes:
        person: Complainant.
        shop: Shop; -1: unknown.
        time: Seconds.
        matter: First row of a matter.
        demand: Yuan; unknown: not-a-number.
        paid: What was paid for the order that it names, yuan; unknown: not-a-number.
        failed: Rejected or withdrawn.
        settled: Upheld or mediated.
        base: Share of failed among the decided complaints of its kind.
        form: Text that many strangers write alike.
        plain: Text without figures, marks, letters.
        unreal: Not for daily life, or of another's order.
        told_real: Whether either is known.
    """

    person: Ints
    shop: Ints
    time: Floats
    matter: Bools
    demand: Floats
    paid: Floats
    failed: Bools
    settled: Bools
    base: Floats
    form: Bools
    plain: pa.Table
    unreal: Bools
    told_real: Bools


class _Seen(NamedTuple):
    """What a complainant or group did within its densest stretch.

    Attributes:
        rows: Its complaints.
        persons: ids of the complainants.
        shops: How many shops.
        factors: Name of factor to what was seen, in Chinese.
        asking: How many matters ask at least for the least damages set by law.
        failed: How many were rejected or withdrawn.
        decided: Of how many.
        q: False discovery rate of so many failing; 1: too few to tell.
    """

    rows: Ints
    persons: list[str]
    shops: int
    factors: dict[str, str]
    asking: int
    failed: int
    decided: int
    q: float


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield complainants, and groups with one contact or address, who may complain for gain.

    Looked at is the densest stretch of 90 days of each: at least eight matters, most of which ask
    for no less than the least damages set by law. Two factors must be seen, those of article 17
    and alike: purchases beyond a household's habit; one text for many; no real purchase; one
    contact of several names; the same sum asked of many shops; far more matters rejected or
    withdrawn than is common (upper tail of the binomial distribution, false discovery rate at
    most 1 %). Texts alone don't suffice where one shop draws most of the complaints. Who had half
    of the decided matters upheld or settled is left alone.

    Complaints without shop, and those that tell neither demand nor outcome, are left out and told.
    """
    complaints = tables["complaint"]
    without_shop = ~known(complaints, "shop_id")
    gain = known(complaints, "demand_amount") | known(complaints, "outcome")
    gain |= equals(complaints, "kind", "tip_off")
    for name, lacking in (("shop_id", without_shop), ("demand_amount", ~without_shop & ~gain)):
        if lacking.any():
            yield Undecided(f"complaint.{name}", int(lacking.sum()))
    orders = ordered(tables)
    facts = _facts(complaints, orders)
    told: set[str] = set()
    for scope in ("contact_hash", "address_hash", "complainant_id"):
        yield from _striking(complaints, facts, orders, scope, told)


def _facts(complaints: pa.Table, orders: Ordered | None) -> _Facts:
    person = codes(complaints, "complainant_id")
    failed = equals(complaints, "outcome", "rejected", "withdrawn")
    settled = equals(complaints, "outcome", "upheld", "mediated")
    kind = codes(complaints, "kind")
    decided = np.bincount(kind[failed | settled], minlength=int(kind.max(initial=0)) + 1)
    lost = np.bincount(kind[failed], minlength=len(decided))
    plain = plain_texts(complaints)
    contact = codes(complaints, "contact_hash")
    # Names on one telephone are not strangers to each other.
    who = np.where(contact >= 0, contact, contact.max(initial=0) + 1 + person)
    unreal = equals(complaints, "for_daily_life", False)
    told_real = known(complaints, "for_daily_life")
    if orders is not None:
        unreal |= orders.of_another
        told_real |= np.array([buyer is not None for buyer in orders.buyer]) & orders.comparable
    return _Facts(
        person=person,
        shop=codes(complaints, "shop_id"),
        time=seconds(complaints, "created_at"),
        matter=matters(complaints),
        demand=floats(complaints, "demand_amount"),
        paid=np.full(complaints.num_rows, np.nan) if orders is None else orders.paid,
        failed=failed,
        settled=settled,
        base=np.maximum(lost / np.maximum(decided, 1), _LEAST_BASE)[kind],
        form=common_forms(plain, who),
        plain=pa.table({"text": plain}),
        unreal=unreal,
        told_real=told_real,
    )


def _striking(
    complaints: pa.Table, facts: _Facts, orders: Ordered | None, scope: str, told: set[str]
) -> Iterator[Suspicion]:
    """Yield one suspicion for every complainant or group of a scope that strikes.

    Args:
        complaints: All complaints.
        facts: What is known of them.
        orders: The orders that they name; None: not read.
        scope: The column whose values make a group.
        told: Complainants of whom it was told already; those of this scope are added.
    """
    unit = np.where(facts.matter, codes(complaints, scope), -1)
    if scope != "complainant_id":
        unit = shared(unit, facts.person, _LEAST_SHARING)
    if not (unit >= 0).any():
        return
    windows = densest_windows(unit, facts.time, _WINDOW_DAYS * DAY)
    counts = windows.end - windows.begin
    common = float(np.quantile(counts[counts > 0], 0.99))
    q = _failing(facts, windows)
    for number in np.flatnonzero(counts >= _LEAST_MATTERS):
        rows = by_time(complaints, facts.time, windows.of(int(number)))
        if not _for_gain(facts, rows) or _with_reason(facts, rows):
            continue
        seen = _look(complaints, facts, orders, scope, rows, float(q[number]))
        if set(seen.persons) <= told or not _strikes(facts, seen, scope):
            continue
        told.update(seen.persons)
        yield _suspicion(complaints, facts, seen, common)


def _failing(facts: _Facts, windows: Windows) -> Floats:
    """Return for each unit the false discovery rate of so many rejected or withdrawn matters."""
    decided = (facts.failed | facts.settled)[windows.rows].astype(np.int64)
    failed = facts.failed[windows.rows].astype(np.int64)
    expected = np.where(decided, facts.base[windows.rows], 0.0)
    sums = [np.concatenate([[0], np.cumsum(values)]) for values in (decided, failed, expected)]
    total, lost, mean = (values[windows.end] - values[windows.begin] for values in sums)
    q = np.ones(len(total))
    enough = total >= _LEAST_FAILED
    if enough.any():
        base = mean[enough] / total[enough]
        q[enough] = false_discovery(excess_chance(lost[enough], total[enough], base))
    return q


def _for_gain(facts: _Facts, rows: Ints) -> bool:
    """Tell whether most matters of which the demand is known ask for damages."""
    asked, asking = int((~np.isnan(facts.demand[rows])).sum()), int(_asking(facts, rows).sum())
    return asking >= _LEAST_ASKING and asking >= _HALF * asked


def _asking(facts: _Facts, rows: Ints) -> Bools:
    """Return the matters that ask for no less than the law's least damages, and not the price."""
    day = moment(facts.time[rows[-1]]).astimezone(SHANGHAI).date()
    least = [value.value for value in parameters()["欺诈赔偿.最低额"] if value.holds_on(day)]
    if not least:
        return np.zeros(len(rows), dtype=np.bool_)
    beyond_price = ~(facts.demand[rows] <= facts.paid[rows])
    found: Bools = (facts.demand[rows] >= float(least[0])) & beyond_price
    return found


def _with_reason(facts: _Facts, rows: Ints) -> bool:
    settled, failed = int(facts.settled[rows].sum()), int(facts.failed[rows].sum())
    return settled + failed >= _LEAST_DECIDED and settled >= _HALF * (settled + failed)


def _look(
    complaints: pa.Table,
    facts: _Facts,
    orders: Ordered | None,
    scope: str,
    rows: Ints,
    q: float,
) -> _Seen:
    """Return what a complainant or group did, with the factors that were seen."""
    persons = many(complaints, "complainant_id", rows)
    failed, settled = int(facts.failed[rows].sum()), int(facts.settled[rows].sum())
    factors = {
        "purchases": _purchases(facts, orders, rows),
        "template": _template(facts, rows),
        "unreal": _unreal(facts, rows),
        "sum": _same_sum(facts, rows),
        "contact": _sharing(scope, len(persons)),
        "failed": _lost(failed, failed + settled, q),
    }
    return _Seen(
        rows=rows,
        persons=persons,
        shops=len(np.unique(facts.shop[rows])),
        factors={name: seen for name, seen in factors.items() if seen},
        asking=int(_asking(facts, rows).sum()),
        failed=failed,
        decided=failed + settled,
        q=q,
    )


def _purchases(facts: _Facts, orders: Ordered | None, rows: Ints) -> str:
    if orders is None:
        return ""
    known_item = rows[(orders.item[rows] >= 0) & ~orders.of_another[rows]]
    if not len(known_item):
        return ""
    unit = pairs(facts.person[known_item], orders.item[known_item])
    windows = densest_windows(unit, orders.bought[known_item], _PURCHASE_DAYS * DAY)
    most = int((windows.end - windows.begin).max())
    if most < _PURCHASES:
        return ""
    return f"对 {_PURCHASE_DAYS} 日内购买同一商品的 {most} 个订单分别投诉"


def _template(facts: _Facts, rows: Ints) -> str:
    own = rows[~facts.form[rows]]
    if not len(own):
        return ""
    count = alike(texts_at(facts.plain, "text", own))
    if count < max(_LEAST_SHOPS, _MOST * len(rows)):
        return ""
    return f"其中 {count} 件使用雷同文本"


def _unreal(facts: _Facts, rows: Ints) -> str:
    count, told = int(facts.unreal[rows].sum()), int(facts.told_real[rows].sum())
    if count < _LEAST_ORDERS_OF_OTHERS or count < _HALF * told:
        return ""
    return f"{count} 件不是为生活消费需要或者所附订单属于他人"


def _same_sum(facts: _Facts, rows: Ints) -> str:
    sums = facts.demand[rows][_asking(facts, rows)]
    if not len(sums):
        return ""
    values, counts = np.unique(sums, return_counts=True)
    shops = len(np.unique(facts.shop[rows[facts.demand[rows] == values[counts.argmax()]]]))
    if shops < _LEAST_SAME or counts.max() < _SAME_SHARE * len(rows):
        return ""
    return f"向 {shops} 家店铺索要同样的 {values[counts.argmax()]:g} 元"


def _sharing(scope: str, persons: int) -> str:
    if scope == "complainant_id" or persons < _LEAST_SHARING:
        return ""
    return f"{persons} 个投诉人使用同一{'联系方式' if scope == 'contact_hash' else '通讯地址'}"


def _lost(failed: int, decided: int, q: float) -> str:
    if q > _LARGEST_Q or failed < _LEAST_FAILED or failed < _MOST * decided:
        return ""
    return f"已办结的 {decided} 件中有 {failed} 件被驳回或者撤回"


def _strikes(facts: _Facts, seen: _Seen, scope: str) -> bool:
    """Tell whether enough factors were seen for the number of shops."""
    if len(seen.factors) < _LEAST_FACTORS:
        return False
    per_shop = np.bincount(facts.shop[seen.rows])
    concentrated = seen.shops < _LEAST_SHOPS or per_shop.max() >= _HALF * len(seen.rows)
    if concentrated and _mass_incident(facts, seen, int(per_shop.argmax())):
        return False
    beyond = bool(seen.factors.keys() & {"purchases", "unreal", "failed"})
    if scope == "address_hash":
        # Neighbours and colleagues live at one address, and may be turned away together.
        return beyond and "template" in seen.factors and not concentrated
    # Victims of one shop write alike, and one of them may write for all.
    return beyond or not concentrated


def _mass_incident(facts: _Facts, seen: _Seen, shop: int) -> bool:
    """Tell whether as many strangers complain of the shop in the same stretch."""
    times = facts.time[seen.rows]
    others = (facts.shop == shop) & (facts.time >= times[0]) & (facts.time <= times[-1])
    others &= ~np.isin(facts.person, facts.person[seen.rows])
    strangers = len(np.unique(facts.person[others]))
    return strangers >= max(_LEAST_STRANGERS, 2 * len(seen.persons))


def _suspicion(complaints: pa.Table, facts: _Facts, seen: _Seen, common: float) -> Suspicion:
    first, last = (moment(facts.time[seen.rows[place]]) for place in (0, -1))
    one = len(seen.persons) == 1
    whom = f"投诉人 {seen.persons[0]} " if one else f"{len(seen.persons)} 个投诉人"
    days = (last - first).days + 1
    telling = _most_telling(facts, seen.rows)
    seen_factors = "；".join(seen.factors.values())
    figures = [
        Figure("集中投诉举报", len(seen.rows), "件", common),
        Figure("被投诉店铺", seen.shops, "家"),
        Figure("请求金额不低于法定最低赔偿额", seen.asking, "件"),
    ]
    if seen.decided:
        base = round(100 * float(facts.base[seen.rows].mean()), 1)
        share = round(100 * seen.failed / seen.decided, 1)
        figures.append(Figure("被驳回或者撤回的比例", share, "%", base))
    return Suspicion(
        subject_kind="complainant" if one else "group",
        subject_id=seen.persons[0] if one else group_id(seen.persons),
        rests_on={"complaint": [telling, *(row for row in seen.rows.tolist() if row != telling)]},
        figures=figures,
        explanation=(
            f"{whom}在 {days} 日内对 {seen.shops} 家店铺提出 {len(seen.rows)} 件投诉举报，"
            f"{seen.asking} 件索赔不低于法定最低赔偿额，{seen_factors}，"
            f"涉嫌利用投诉举报牟取不正当利益{_cited(seen, last.astimezone(SHANGHAI).date())}，"
            "请核验身份、消费凭证和收款情况；此标记不影响投诉举报的办理，"
            "被投诉店铺自身有无违法仍应另行检查。"
        ),
        score=min(0.45 + 0.1 * len(seen.factors), 0.85),
        conduct_from=first,
        conduct_until=last,
        platform=None,
        quotes=_quotes(complaints, telling),
        members=Members(
            accounts=seen.persons,
            shops=many(complaints, "shop_id", seen.rows),
            window_start=first,
            window_end=last,
            p_value=seen.q if "failed" in seen.factors else None,
        ),
    )


def _most_telling(facts: _Facts, rows: Ints) -> int:
    """Return the first row of those with the most frequent text."""
    texts = texts_at(facts.plain, "text", rows)
    return int(rows[texts.index(max(texts, key=texts.count))])


def _cited(seen: _Seen, day: dt.date) -> str:
    """Return the factors of the article that were seen, once it is in force."""
    items = "、".join(_ITEMS[name] for name in _ITEMS if name in seen.factors)
    if not items or day < versions_of(_LAW, "第十七条第一项")[0].effective_from:
        return ""
    return f"（投诉举报处理办法第十七条{items}的因素）"


def _quotes(complaints: pa.Table, row: int) -> list[Quote]:
    text = complaints.column("text")[row].as_py()
    return [Quote("text", 0, text[:60])] if text else []
