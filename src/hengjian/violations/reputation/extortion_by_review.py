"""职业差评师勒索: accounts that blame shop after shop and are paid back right after."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.stats.shares import excess_chance, false_discovery, share_interval
from hengjian.violations.columns import (
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
from hengjian.violations.reputation.gangs import matched, plain, scoped
from hengjian.violations.suspicion import Figure, Quote, Said, Suspicion, Undecided

_BLAME = 2.0
# A consumer has reason to complain of a shop now and then; not of most shops, and not of so many.
_LEAST_SHOPS, _LEAST_BLAME = 8, 0.8
_WITHIN_SECONDS = 72 * 3600.0
_LEAST_PAID, _LEAST_SHARE = 5, 0.5
_LEAST_BASE, _LARGEST_Q = 0.05, 0.01


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the accounts that blame nearly every one of many shops and are often refunded after.

    A refund counts if it came within 72 hours after the blame and had not been asked for before:
    who first asks for his money back and then complains is a consumer. Held against how often
    blame is followed by such a refund with all other accounts (binomial, false discovery rate).
    """
    reviews, orders = tables["review"], tables["order"]
    lacking = ~(known(reviews, "rating") & known(reviews, "order_id"))
    if lacking.any():
        yield Undecided("review.order_id", int(lacking.sum()))
    bought = scoped(reviews, "order_id")
    place = matched(bought, orders, "record_id")
    rating = floats(reviews, "rating")
    users = scoped(reviews, "user_id").dictionary_encode()
    user, names = np.asarray(users.indices).astype(np.int64), users.dictionary.to_pylist()
    bad = (rating <= _BLAME) & (place >= 0)
    paid = bad & _refunded_after(tables, place, seconds(reviews, "created_at"))
    size = len(names)
    shops = scoped(reviews, "shop_id").dictionary_encode().indices
    pairs = np.unique(np.stack([user[bad], np.asarray(shops).astype(np.int64)[bad]]), axis=1)
    of_shops = np.bincount(pairs[0], minlength=size)
    rated = np.bincount(user[~np.isnan(rating)], minlength=size)
    blamed, all_blamed = (
        np.bincount(user[each], minlength=size) for each in (bad, rating <= _BLAME)
    )
    back = np.bincount(user[paid], minlength=size)
    tried = np.flatnonzero(of_shops >= _LEAST_SHOPS)
    if not len(tried):
        return
    base = (back.sum() - back[tried]) / np.maximum(1, blamed.sum() - blamed[tried])
    base = np.maximum(base, _LEAST_BASE)
    q = false_discovery(excess_chance(back[tried], blamed[tried], base))
    for number in np.argsort(q, kind="stable"):
        account = tried[number]
        share = back[account] / blamed[account]
        told = q[number] <= _LARGEST_Q and back[account] >= _LEAST_PAID and share >= _LEAST_SHARE
        if told and all_blamed[account] / rated[account] >= _LEAST_BLAME:
            rows = np.flatnonzero(bad & (user == account))
            counts = int(of_shops[account]), int(back[account]), float(base[number])
            yield _suspicion(tables, names[account], rows, paid, place, counts)


def _refunded_after(tables: Tables, place: Ints, reviewed: Floats) -> Bools:
    orders = tables["order"]
    moneyback = seconds(orders, "status_at")
    asked = np.full(orders.num_rows, np.inf)
    if "return" in tables and tables["return"].num_rows:
        returns = tables["return"]
        of_order = matched(scoped(orders, "record_id"), returns, "order_id")
        asked = np.where(of_order >= 0, seconds(returns, "requested_at")[of_order], np.inf)
    later = moneyback[place] - reviewed
    within = (later > 0) & (later <= _WITHIN_SECONDS) & (asked[place] > reviewed)
    refunded: Bools = equals(orders, "status", "refunded")[place] & within & (place >= 0)
    return refunded


def _suspicion(
    tables: Tables,
    name: str,
    rows: Ints,
    paid: Bools,
    place: Ints,
    counts: tuple[int, int, float],
) -> Suspicion:
    reviews = tables["review"]
    shops, back, base = counts
    total = len(rows)
    low, high = share_interval(back, total)
    created = seconds(reviews, "created_at", rows)
    order = rows[np.lexsort((created, ~paid[rows]))]
    platform = reviews.column("platform")[int(order[0])].as_py()
    text = reviews.column("text")[int(order[0])].as_py()
    return Suspicion(
        subject_kind="account",
        subject_id=plain(name),
        rests_on={"review": order.tolist(), "order": place[order].tolist()},
        figures=[
            Figure("给出差评的店铺", shops, "家"),
            Figure("差评后72小时内获退款", back, "单"),
            Figure("占其差评的比例", round(100 * back / total, 1), "%", round(100 * base, 1)),
        ],
        explanation=(
            f"账号 {plain(name)} 先后给 {shops} 家店铺差评，"
            f"{total} 条中有 {back} 条在72小时内获得退款"
            f"（{back / total:.0%}，95%置信区间 {low:.0%}–{high:.0%}；其他差评者约 {base:.0%}），"
            "且退款均非评价前申请，涉嫌以差评索取财物，请核对聊天记录、转账和评价修改情况，"
            "区分正常售后。"
        ),
        score=0.75,
        conduct_from=moment(float(created.min())),
        conduct_until=moment(float(created.max())),
        platform=platform,
        quotes=[Quote("text", 0, text)] if text else [],
    )
