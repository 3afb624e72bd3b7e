"""低价引流: a price in front for which the item cannot be had once it is to be paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.violations.columns import (
    DAY,
    Bools,
    Floats,
    Ints,
    floats,
    grouped,
    known,
    moment,
    seconds,
)
from hengjian.violations.consumer.spans import in_spans
from hengjian.violations.detector import Tables
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

# A page and what was to be paid belong together within the hour: seen before and after, or at once.
_HOUR, _AT_ONCE = 3600.0, 600.0
_LEAST_OBSERVATIONS = 2
# What carriage can account for: up to thirty yuan, or twenty-five where the price doubles with it.
_CARRIAGE, _LEAST_RATIO = 30.0, 1.1
_CARRIAGE_OF_CHEAP, _DOUBLED = 25.0, 2.0
# Words that say for whom, with what, or up to how many the price in front holds.
_CONDITIONS = (
    *("券后", "到手", "领券", "满减", "凑单", "会员价", "会员专享", "新人", "新客", "首单"),
    *("拼团", "成团", "预售", "定金", "订金", "元起", "价起", "起售", "限量", "先到先得", "售完"),
    *("抢完", "抢光", "恢复原价", "前100", "名额", "随机", "运费", "邮费", "不包邮", "到付"),
    *("税费", "安装费", "押金", "以旧换新", "国补", "补贴", "分期", "每期", "第二件", "仅限"),
)
_NO_CONDITION = (
    *("运费险", "免运费", "免邮费", "包邮费"),
    *("无需领券", "无须领券", "不用领券", "无需凑单", "无需拼团"),
)
# Options that are not the item itself; a price that is theirs is no price of the item.
_NOT_THE_ITEM = (
    *("定金", "订金", "押金", "预约金", "补差", "差价", "邮费", "运费", "勿拍", "不发货"),
    *("咨询客服", "联系客服", "样品", "小样", "色卡", "赠品", "配件", "空盒", "说明书"),
)
_NAMED, _DRY = 1, 2
# An option that was never in stock all this while, however often one looked, is not for sale;
# for a few days anything may be sold out.
_DRY_DAYS, _DRY_LOOKS = 14, 5
# A buyer who paid no more than rounding above the price in front had the item for it.
_GOT_IT = 1.02
_ITEM = ["platform", "item_id"]


class _Fronts(NamedTuple):
    """Prices in front, of pages first and then of promotions.

    Attributes:
        promised: It is a promotion's.
        row: Place in its table.
        item: Number of the item.
        price: What it costs in front.
        first: From when observations count, in seconds.
        last: Until when.
        seen: When the page was captured; not-a-number: a promotion.
        options: How many options the item's page offers; -1: unknown.
    """

    promised: Bools
    row: Ints
    item: Ints
    price: Floats
    first: Floats
    last: Floats
    seen: Floats
    options: Ints


class _Payable(NamedTuple):
    """Observations of what was to be paid, by item and time.

    Attributes:
        row: Place in the table.
        item: Number of the item.
        second: When.
        price: What was to be paid.
        sku: Number of the variant; -1: unknown.
        visit: Number of the account and run.
        lure: Why the variant cannot be had: its name is of another thing, or it was never in
            stock; 0: it can, or that is unknown.
        gone: It was sold out at that time.
    """

    row: Ints
    item: Ints
    second: Floats
    price: Floats
    sku: Ints
    visit: Ints
    lure: Ints
    gone: Bools


class _Found(NamedTuple):
    """What was to be paid while each price stood in front.

    Attributes:
        lowest: The lowest of all; infinity: nothing was observed.
        real: The lowest of what could be had; infinity: of nothing that is known.
        lure: Why the cheapest could not be had; 0: it could, or that is unknown.
        visits: How many accounts and runs looked.
        skus: How many variants were observed.
        no_sku: Observations whose variant is unknown.
        at_the_time: Some were made at once, or before and after.
    """

    lowest: Floats
    real: Floats
    lure: Ints
    visits: Ints
    skus: Ints
    no_sku: Ints
    at_the_time: Bools


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the items that nobody could have for the price in front.

    In front stands the price of a page (`listing.price`) or a promotion (`promised_price`). Held
    against it is the lowest payable price that any account was asked for any variant, sold out or
    not, within the hour of the page or during the promotion. It must be dearer than carriage
    accounts for, and been seen by two accounts or runs at least. Pages and terms that tell a
    condition of the price are left alone, and so is an item that a buyer got for the price, on the
    day of the page or during the promotion.

    A variant that is not the item (a deposit, a spare part), or that was out of stock each of five
    times and more in two weeks and more, does not count as one that can be had; where only
    deposits or the like cost so little, the item itself must cost twice as much.

    As the variant in front may be one that nobody looked at, all options of the page must have been
    observed; observations are left out and told where that is unknown.
    """
    number = _item_numbers(tables)
    fronts = _fronts(tables, number)
    payable = _payable(tables["price_observation"], number["price_observation"])
    front, place = in_spans(payable.item, payable.second, fronts.item, fronts.first, fronts.last)
    found = _found(fronts, payable, front, place)
    dearer = _cannot_be_had(fronts, found) & found.at_the_time
    dearer &= found.visits >= _LEAST_OBSERVATIONS
    if "order" in tables:
        dearer &= ~_was_had(tables["order"], number["order"], fronts)
    dearer &= ~_conditional(tables, fronts, dearer, found.lure)
    without_options = dearer & (fronts.options < 0)
    several = dearer & (fronts.options > 1) & (found.skus < fronts.options)
    for name, where in (
        ("listing.options", without_options),
        ("price_observation.sku", several & (found.no_sku > 0)),
    ):
        left = np.unique(place[where[front]])
        if len(left):
            yield Undecided(name, len(left))
    struck = np.flatnonzero(dearer & ~without_options & ~several)
    told: set[int] = set()
    for each in struck[np.argsort(-(found.real / fronts.price)[struck], kind="stable")]:
        if int(fronts.item[each]) not in told:
            told.add(int(fronts.item[each]))
            begin, end = np.searchsorted(front, [each, each + 1])
            there = place[begin:end]
            yield _suspicion(tables, fronts, payable, found, there, int(each))


def _cannot_be_had(fronts: _Fronts, found: _Found) -> Bools:
    plainly = _is_dearer(fronts.price, found.lowest)
    dry = (found.lure == _DRY) & _is_dearer(fronts.price, found.real)
    more = found.real - fronts.price > _CARRIAGE_OF_CHEAP
    named = (found.lure == _NAMED) & more & (found.real >= fronts.price * _DOUBLED)
    dearer: Bools = (plainly | dry | named) & (fronts.price > 0) & np.isfinite(found.real)
    return dearer


def _was_had(orders: pa.Table, item: Ints, fronts: _Fronts) -> Bools:
    """Return where a buyer paid the price in front, on the day of the page or in the promotion."""
    price, count = floats(orders, "paid_price"), floats(orders, "quantity")
    unit = price / np.where(count > 0, count, 1.0)
    second = seconds(orders, "created_at")
    paid = np.flatnonzero((item >= 0) & ~np.isnan(unit))
    paid = paid[np.lexsort((second[paid], item[paid]))]
    first = np.where(fronts.promised, fronts.first, fronts.seen - DAY)
    last = np.where(fronts.promised, fronts.last, fronts.seen + DAY)
    dated = np.where(np.isnan(first), -1, fronts.item)
    front, place = in_spans(item[paid], second[paid], dated, first, last)
    got = unit[paid][place] <= fronts.price[front] * _GOT_IT
    had: Bools = np.bincount(front[got], minlength=len(fronts.row)) > 0
    return had


def _is_dearer(front: Floats, lowest: Floats) -> Bools:
    more = np.round(lowest - front, 2)
    much = (more > _CARRIAGE) & (lowest >= front * _LEAST_RATIO)
    found: Bools = much | ((more > _CARRIAGE_OF_CHEAP) & (lowest >= front * _DOUBLED))
    return found


def _item_numbers(tables: Tables) -> dict[str, Ints]:
    """Return for each kind the numbers of the items of its rows, common to all; unknown: -1."""
    parts = pa.concat_tables([table.select(_ITEM) for table in tables.values()])
    ends = np.cumsum([table.num_rows for table in tables.values()])[:-1]
    return dict(zip(tables, np.split(grouped(parts, _ITEM).number, ends), strict=True))


def _fronts(tables: Tables, number: dict[str, Ints]) -> _Fronts:
    nothing, none = np.empty(0), np.empty(0, dtype=np.int64)
    parts = [_Fronts(nothing > 0, none, none, nothing, nothing, nothing, nothing, none)]
    options: dict[int, int] = {}
    if "listing" in tables:
        pages = _of_pages(tables["listing"], number["listing"])
        parts.append(pages)
        for item, count in zip(pages.item.tolist(), pages.options.tolist(), strict=True):
            options[item] = max(count, options.get(item, -1))
    if "promotion" in tables:
        parts.append(_of_promotions(tables["promotion"], number["promotion"], options))
    columns: Any = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return _Fronts(*columns)


def _of_pages(listings: pa.Table, item: Ints) -> _Fronts:
    """Return the prices of pages; those without price or time of capture say options only."""
    seen, price = seconds(listings, "captured_at"), floats(listings, "price")
    length = pc.list_value_length(listings.column("options"))
    options = np.asarray(length.cast(pa.int64()).fill_null(-1))
    # A page that is not dated, or has no price, is held against nothing.
    usable = ~np.isnan(seen) & ~np.isnan(price)
    return _Fronts(
        np.zeros(len(item), dtype=np.bool_),
        np.arange(len(item)),
        item,
        price,
        np.where(usable, seen - _HOUR, np.inf),
        np.where(usable, seen + _HOUR, -np.inf),
        seen,
        options,
    )


def _of_promotions(promotions: pa.Table, item: Ints, options: dict[int, int]) -> _Fronts:
    row = np.flatnonzero((item >= 0) & known(promotions, "promised_price"))
    item = item[row]
    return _Fronts(
        np.ones(len(row), dtype=np.bool_),
        row,
        item,
        floats(promotions, "promised_price")[row],
        # Clocks differ, and prices change over at the beginning and the end.
        seconds(promotions, "starts_at")[row] + _AT_ONCE,
        seconds(promotions, "ends_at")[row] - _AT_ONCE,
        np.full(len(row), np.nan),
        np.array([options.get(each, -1) for each in item.tolist()], dtype=np.int64),
    )


def _payable(observed: pa.Table, item: Ints) -> _Payable:
    second = seconds(observed, "observed_at")
    order = np.lexsort((np.arange(len(item)), second, item))
    stock = floats(observed, "stock")
    sku = grouped(observed, [*_ITEM, "sku"]).number
    return _Payable(
        order,
        item[order],
        second[order],
        floats(observed, "payable_price")[order],
        sku[order],
        grouped(observed, ["platform", "account_id", "run_id"]).number[order],
        np.where(_is_named(observed), _NAMED, np.where(_is_dry(sku, stock, second), _DRY, 0))[
            order
        ],
        (stock == 0)[order],
    )


def _is_named(observed: pa.Table) -> Bools:
    """Return where the name of the variant is that of another thing than the item."""
    names: Any = observed.column("sku").combine_chunks()
    found: Any = pc.match_substring_regex(names, "|".join(_NOT_THE_ITEM))
    return np.asarray(found.fill_null(False))


def _is_dry(sku: Ints, stock: Floats, second: Floats) -> Bools:
    """Return where the variant was never in stock, for as long and as often as counts."""
    looks = np.flatnonzero((sku >= 0) & ~np.isnan(stock))
    size = int(sku.max(initial=-1)) + 1
    most, first, last = np.zeros(size), np.full(size, np.inf), np.full(size, -np.inf)
    np.maximum.at(most, sku[looks], stock[looks])
    np.minimum.at(first, sku[looks], second[looks])
    np.maximum.at(last, sku[looks], second[looks])
    dry = (most == 0) & (np.bincount(sku[looks], minlength=size) >= _DRY_LOOKS)
    dry &= last - first >= _DRY_DAYS * DAY
    found: Bools = (sku >= 0) & np.append(dry, False)[sku]
    return found


def _found(fronts: _Fronts, payable: _Payable, front: Ints, place: Ints) -> _Found:
    total = len(fronts.row)
    price, why = payable.price[place], payable.lure[place]
    lowest, real = np.full((2, total), np.inf)
    np.minimum.at(lowest, front, price)
    to_be_had = (why == 0) & ~payable.gone[place]
    np.minimum.at(real, front[to_be_had], price[to_be_had])
    cheaper = price < real[front]
    dry, named, sold_out = (
        np.bincount(front[cheaper & (why == reason)], minlength=total) > 0
        for reason in (_DRY, _NAMED, 0)
    )
    lure = np.where(named, _NAMED, np.where(dry, _DRY, 0))
    lure[sold_out | np.isinf(real)] = 0
    real = np.where(lure > 0, real, lowest)
    apart = payable.second[place] - fronts.seen[front]
    before = np.bincount(front[apart <= 0], minlength=total) > 0
    after = np.bincount(front[apart >= 0], minlength=total) > 0
    at_once = np.bincount(front[np.abs(apart) <= _AT_ONCE], minlength=total) > 0
    sku = payable.sku[place]
    return _Found(
        lowest,
        real,
        lure,
        _distinct(front, payable.visit[place], total),
        _distinct(front[sku >= 0], sku[sku >= 0], total),
        np.bincount(front[sku < 0], minlength=total),
        fronts.promised | at_once | (before & after),
    )


def _distinct(group: Ints, value: Ints, total: int) -> Ints:
    """Return how many different values each group has."""
    width = int(value.max(initial=0)) + 1
    return np.bincount(np.unique(group * width + value) // width, minlength=total)


def _conditional(tables: Tables, fronts: _Fronts, asked: Bools, lure: Ints) -> Bools:
    """Tell which of the prices in front that are asked about hold on a condition."""
    found = np.zeros(len(fronts.row), dtype=np.bool_)
    for place in np.flatnonzero(asked):
        words = _words(tables, bool(fronts.promised[place]), int(fronts.row[place]))
        text = "\n".join(word for word in words if word)
        for innocent in _NO_CONDITION:
            text = text.replace(innocent, "")
        told = (*_CONDITIONS, *_NOT_THE_ITEM) if lure[place] == _NAMED else _CONDITIONS
        found[place] = any(word in text for word in told)
    return found


def _words(tables: Tables, promised: bool, row: int) -> list[str | None]:
    if promised:
        return [tables["promotion"].column("terms")[row].as_py()]
    return [tables["listing"].column(name)[row].as_py() for name in ("title", "text")]


def _suspicion(
    tables: Tables, fronts: _Fronts, payable: _Payable, found: _Found, there: Ints, place: int
) -> Suspicion:
    promised, row = bool(fronts.promised[place]), int(fronts.row[place])
    kind, fieldname = ("promotion", "promised_price") if promised else ("listing", "price")
    table = tables[kind]
    words = _words(tables, promised, row)
    # A figure that stands in a record is told as it stands there.
    front = float(table.column(fieldname)[row].as_py())
    real = round(float(found.real[place]), 2)
    order = there[np.lexsort((payable.second[there], payable.price[there]))]
    where = "活动承诺价" if promised else "页面标示价"
    text_field, text = ("terms", words[0]) if promised else ("title", words[0])
    looks, seen = _seen(tables, fronts, payable, found, there, place)
    # Words that are not known may tell a condition; that a variant can't be had is an inference.
    score = 0.7 if all(word is not None for word in words) else 0.55
    return Suspicion(
        subject_kind="listing",
        subject_id=table.column("item_id")[row].as_py(),
        rests_on={
            kind: [row],
            "price_observation": list(dict.fromkeys(payable.row[[*order, *looks]].tolist())),
        },
        figures=[
            Figure(where, front, "元", None, fieldname),
            Figure("同期各账号、各规格的最低应付价格", real, "元", front),
            Figure("高出", round(100 * (real / front - 1), 1), "%"),
            Figure("同期观测次数", len(there), "次"),
        ],
        explanation=(
            f"{where} {front:g} 元，{seen} {real:g} 元（高出 {real / front - 1:.0%}），"
            "没有一次能按该价购得，涉嫌以低价诱骗、高价结算或者首页价格低于详情页价格，"
            "请核实运费、附加费用和规格价格、供货情况。"
        ),
        score=score - 0.1 * bool(found.lure[place]),
        conduct_from=moment(payable.second[there].min()),
        conduct_until=moment(payable.second[there].max()),
        platform=table.column("platform")[row].as_py(),
        conduct_known="captured",
        shop_id=table.column("shop_id")[row].as_py(),
        quotes=[Quote(text_field, 0, text)] if text else [],
    )


def _seen(
    tables: Tables, fronts: _Fronts, payable: _Payable, found: _Found, there: Ints, place: int
) -> tuple[Ints, str]:
    """Return the looks at variants that can't be had, and what was seen, in Chinese."""
    visits, skus = len(np.unique(payable.visit[there])), max(int(fronts.options[place]), 1)
    looked = f"同期 {visits} 次查看、全部 {skus} 个规格"
    if not found.lure[place]:
        return there[:0], f"{looked}的最低应付价格为"
    lures = there[(payable.lure[there] > 0) & (payable.price[there] < found.real[place])]
    begin, end = np.searchsorted(payable.item, fronts.item[place] + np.array([0, 1]))
    looks = begin + np.flatnonzero(np.isin(payable.sku[begin:end], payable.sku[lures]))
    column = tables["price_observation"].column("sku")
    names = "、".join(sorted({column[int(row)].as_py() for row in payable.row[lures]}))
    if found.lure[place] == _NAMED:
        return lures, f"{looked}中低价的只有“{names}”，商品本身的最低应付价格为"
    times = payable.second[looks]
    days = (times.max() - times.min()) / DAY
    dry = f"低价的“{names}”在 {days:.0f} 日内 {len(looks)} 次查看均无货"
    return looks, f"{looked}中{dry}，有货的最低应付价格为"
