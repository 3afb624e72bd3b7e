"""Complaints as matters: what was complained of, whose order it was, and which texts are alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.violations.columns import Bools, Floats, Ints, floats, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.units import codes, distinct, firsts, pairs

# Texts as alike as one form filled in twice: the share of neighbouring characters in common.
_LEAST_ALIKE = 3
_ALIKE = 0.6
# Of a large group some texts stand for all.
_COMPARED = 150
# A short text (不发货) is written alike by many who never met.
_LEAST_CHARACTERS = 15
# So many strangers, and this share of all, who write the very same fill in a platform's form.
_FORM_USERS, _FORM_SHARE = 30, 0.001
# Of complaints that name the complainant's own order, so many must be, or ids of complainants and
# of users are of two kinds that cannot be held against each other.
_LEAST_OWN = 0.5


class Ordered(NamedTuple):
    """The orders that complaints name.

    Attributes:
        item: Item of the order; -1: unknown.
        buyer: Its user; None: unknown.
        paid: What was paid, yuan; unknown: not-a-number.
        bought: When it was ordered, seconds; unknown: not-a-number.
        of_another: It belongs to somebody else than the complainant.
        comparable: Whether ids of complainants are ids of users.
    """

    item: Ints
    buyer: list[str | None]
    paid: Floats
    bought: Floats
    of_another: Bools
    comparable: bool


def matters(complaints: pa.Table) -> Bools:
    """Return the first row of every matter; who asks again about an order makes no new one.

    A complaint that names no order is one matter a complainant and shop.
    """
    person, shop = codes(complaints, "complainant_id"), codes(complaints, "shop_id")
    both = np.where(shop < 0, -1, pairs(person, shop))
    return firsts(pairs(both, codes(complaints, "order_id")), seconds(complaints, "created_at"))


def plain_texts(complaints: pa.Table) -> pa.ChunkedArray[Any]:
    """Return the texts without what differs from case to case: digits, letters, marks, spaces."""
    column: Any = complaints.column("text")
    replaced: Any = pc.replace_substring_regex(column, r"[^\p{Han}]", "")
    return pa.chunked_array([replaced.combine_chunks()])


def common_forms(plain: pa.ChunkedArray[Any], groups: Ints) -> Bools:
    """Return the texts that so many strangers write alike that they must be a form.

    Args:
        plain: Texts as `plain_texts` gives them.
        groups: Who is behind each; those of one group are no strangers to each other.
    """
    texts = codes(pa.table({"text": plain}), "text")
    size = int(texts.max(initial=-1)) + 1
    users = distinct(texts, groups, size + 1)
    least = max(_FORM_USERS, _FORM_SHARE * len(np.unique(groups)))
    found: Bools = (users >= least)[texts] & (texts >= 0)
    return found


def alike(texts: Sequence[str]) -> int:
    """Return how many texts are like at least two others: who writes for many has a few texts."""
    told = [text for text in texts if len(text) >= _LEAST_CHARACTERS][:_COMPARED]
    if not told:
        return 0
    kinds = Counter(told)
    bigrams = {text: {text[i : i + 2] for i in range(len(text) - 1)} for text in kinds}
    like = {
        text: sum(n for other, n in kinds.items() if _likeness(bigrams[text], bigrams[other]))
        for text in kinds
    }
    count = sum(kinds[text] for text in kinds if like[text] >= _LEAST_ALIKE)
    return round(count * sum(len(text) >= _LEAST_CHARACTERS for text in texts) / len(told))


def _likeness(one: set[str], other: set[str]) -> bool:
    return len(one & other) >= _ALIKE * len(one | other)


def ordered(tables: Tables) -> Ordered | None:
    """Return the orders that the complaints name; None: no orders were read."""
    complaints, orders = tables["complaint"], tables.get("order")
    if orders is None:
        return None
    wanted = ["platform", "record_id", "user_id", "item_id", "paid_price", "created_at"]
    once = orders.select(wanted)
    ids = codes(once, "platform", "record_id")
    once = once.filter(pa.array(firsts(ids, np.arange(once.num_rows, dtype=np.float64))))
    joined = (
        complaints.select(["platform", "order_id", "complainant_id"])
        .append_column("_row", pa.array(np.arange(complaints.num_rows)))
        .join(
            once,
            keys=["platform", "order_id"],
            right_keys=["platform", "record_id"],
            join_type="left outer",
        )
        .sort_by("_row")
    )
    same: Any = pc.equal(joined.column("user_id"), joined.column("complainant_id"))
    own = np.asarray(same.fill_null(False))
    other = np.asarray(same.is_valid()) & ~own
    comparable = bool(own.sum() >= _LEAST_OWN * max(int((own | other).sum()), 1))
    return Ordered(
        item=codes(joined, "platform", "item_id"),
        buyer=joined.column("user_id").to_pylist(),
        paid=floats(joined, "paid_price"),
        bought=seconds(joined, "created_at"),
        of_another=other & comparable,
        comparable=comparable,
    )
