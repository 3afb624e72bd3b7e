"""Groups of accounts found in reviews, orders or other acts, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.graphs.acts import Acts, Given, make_acts
from hengjian.graphs.groups import Group, find_groups
from hengjian.graphs.members import LEAST_MEMBERS
from hengjian.graphs.signals import is_blame
from hengjian.violations.columns import Bools, Floats, Ints, equals, floats, known, moment, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.finding import digest
from hengjian.violations.matching import joined_key, key_parts
from hengjian.violations.sharing import once
from hengjian.violations.suspicion import Figure, Members, Quote, Suspicion, Undecided

_ID_LENGTH = 12
# Where nearly all that was sent has its parcel number, one without was not sent.
_NUMBERED = 0.8
_MAIN_SHARE = 0.1
# Of a group's accounts; fewer that do otherwise than the others are no side of it.
_LEAST_SIDE = 0.25
_NAMES = {
    "device": "与其他成员共用设备的账号",
    "template": "与其他成员文字雷同的账号",
    "birth": "与其他成员同批注册的账号",
    "unsent": "没有真实发货或收货的账号",
    "rating": "一律给出极端评分的账号",
    "timing": "间隔时长一致的行为",
}


class Source(NamedTuple):
    """Acts and the rows that they were made of.

    Attributes:
        acts: The acts.
        kinds: The kind of record of each act.
        places: Its place in the table of that kind.
    """

    acts: Acts
    kinds: list[str]
    kind: Ints
    places: Ints

    def rows(self, chosen: Ints) -> dict[str, list[int]]:
        """Return places by kind, in the order given; the kind of the first one first."""
        found: dict[str, list[int]] = {}
        for act in chosen:
            found.setdefault(self.kinds[self.kind[act]], []).append(int(self.places[act]))
        return found


def scoped(table: pa.Table, name: str) -> Any:
    """Return ids that are different on different platforms."""
    return joined_key(table, ("platform", name))


def plain(key: str) -> str:
    """Return the id within its platform."""
    return key_parts(key)[-1]


def matched(keys: Any, table: pa.Table, name: str) -> Ints:
    """Return the first row of a table that has each of the keys; -1: none, or the key is null."""
    found: Any = pc.index_in(keys, value_set=scoped(table, name), skip_nulls=True)
    return np.asarray(found.fill_null(-1)).astype(np.int64)


def of_accounts(keys: Any, devices: Any, tables: Tables) -> tuple[Floats | None, Any]:
    """Return when accounts were made, and their devices: those of the register if none is given."""
    if "account" not in tables:
        return None, devices
    accounts = tables["account"]
    place = matched(keys, accounts, "account_id")
    created = np.where(place >= 0, seconds(accounts, "created_at")[place], np.nan)
    if "device_ids" not in accounts.column_names or not accounts.num_rows:
        return created, devices
    first = [each[0] if each else None for each in accounts.column("device_ids").to_pylist()]
    where: Any = pa.array(place, mask=place < 0)
    registered = pa.array(first, pa.string()).take(where)
    return created, pc.coalesce(devices, registered)


def trades(tables: Tables) -> Source:
    """Return reviews with a rating, and orders that nobody reviewed, as acts."""
    return once(_trades, tables, [tables.get(kind) for kind in ("review", "order", "account")])


def _trades(tables: Tables) -> Source:
    rated = np.flatnonzero(known(tables["review"], "rating"))
    reviews = tables["review"].take(rated)
    users = [scoped(reviews, "user_id")]
    shops, items = [scoped(reviews, "shop_id")], [scoped(reviews, "item_id")]
    devices = [reviews.column("device_id").combine_chunks()]
    networks = [reviews.column("ip_prefix").combine_chunks()]
    texts = [reviews.column("text").combine_chunks()]
    times, ratings = [seconds(reviews, "created_at")], [floats(reviews, "rating")]
    unsent = [np.full(reviews.num_rows, np.nan)]
    kind = [np.zeros(reviews.num_rows, dtype=np.int64)]
    places = [rated]
    if "order" in tables and tables["order"].num_rows:
        orders = tables["order"]
        not_sent = _unsent(orders)
        bought = scoped(reviews, "order_id")
        place = matched(bought, orders, "record_id")
        order_of: Any = pa.array(place, mask=place < 0)
        devices[0] = _or_else(devices[0], orders, "device_id", order_of)
        networks[0] = _or_else(networks[0], orders, "ip_prefix", order_of)
        unsent[0] = np.where(place >= 0, not_sent[place], np.nan)
        early = seconds(orders, "status_at")[place] > times[0]
        early &= equals(orders, "status", "received")[place] & (place >= 0)
        unsent[0] = np.where(early, 1.0, unsent[0])
        reviewed = np.zeros(orders.num_rows, dtype=np.bool_)
        reviewed[place[place >= 0]] = True
        # Who sends everything back does the shop no service.
        undone = equals(orders, "status", "created", "cancelled", "refunded")
        rest = np.flatnonzero(~reviewed & ~undone)
        left = orders.take(rest)
        users.append(scoped(left, "user_id"))
        shops.append(scoped(left, "shop_id"))
        items.append(scoped(left, "item_id"))
        devices.append(left.column("device_id").combine_chunks())
        networks.append(left.column("ip_prefix").combine_chunks())
        texts.append(pa.nulls(len(rest), pa.string()))
        times.append(seconds(left, "created_at"))
        ratings.append(np.full(len(rest), np.nan))
        unsent.append(not_sent[rest])
        kind.append(np.ones(len(rest), dtype=np.int64))
        places.append(rest)
    accounts = pa.concat_arrays(users)
    created, device = of_accounts(accounts, pa.concat_arrays(devices), tables)
    acts = make_acts(
        Given(
            accounts,
            pa.concat_arrays(shops),
            pa.concat_arrays(items),
            np.concatenate(times),
            np.concatenate(ratings),
            device,
            pa.concat_arrays(networks),
            pa.concat_arrays(texts),
            np.concatenate(unsent),
            created,
        )
    )
    return Source(acts, ["review", "order"], np.concatenate(kind), np.concatenate(places))


def _or_else(given: Any, orders: pa.Table, name: str, order_of: Any) -> Any:
    """Return what a review says, or else its order."""
    return pc.coalesce(given, orders.column(name).combine_chunks().take(order_of))


def _unsent(orders: pa.Table) -> Floats:
    """Tell which orders said to be sent were not; not a number where that can't be told.

    One parcel number for several buyers of a shop is one parcel at most; no number says something
    only where nearly every order that was sent has one.
    """
    sent = equals(orders, "status", "shipped", "received")
    numbered = known(orders, "tracking_no")
    number = orders.column("tracking_no").combine_chunks().dictionary_encode().indices
    users = scoped(orders, "user_id").dictionary_encode().indices
    code = np.asarray(number.fill_null(-1)).astype(np.int64)
    buyers = np.asarray(users).astype(np.int64)
    width = int(buyers.max(initial=0)) + 1
    pairs = np.unique(code[code >= 0] * width + buyers[code >= 0]) // width
    several = np.bincount(pairs, minlength=int(code.max(initial=-1)) + 2) > 1
    result = np.full(orders.num_rows, np.nan)
    result[sent & numbered] = several[code[sent & numbered]]
    if sent.any() and np.mean(numbered[sent]) >= _NUMBERED:
        result[sent & ~numbered] = 1.0
    return result


def praising(source: Source) -> list[Group]:
    """Return the groups among acts, with what they did where they do not blame."""
    return [each for group in found(source) if (each := _sides(source, group)[0]) is not None]


def blaming(source: Source) -> list[Group]:
    """Return the groups among acts, with what they did where they blame."""
    return [each for group in found(source) if (each := _sides(source, group)[1]) is not None]


def _sides(source: Source, group: Group) -> tuple[Group | None, Group | None]:
    """Return what a group did for shops, and what against others; None: hardly anything.

    Who is paid to blame a shop may be paid by its rival, whom the same accounts praise.
    """
    acts, rows = source.acts, group.rows
    blamed = [
        shop for shop in group.shops if is_blame(acts.ratings[rows[acts.shops[rows] == shop]])
    ]
    against = np.isin(acts.shops[rows], blamed)
    sides = [np.unique(acts.accounts[rows[side]]) for side in (~against, against)]
    least = max(LEAST_MEMBERS, _LEAST_SIDE * len(group.accounts))
    is_side = [len(accounts) >= least for accounts in sides]
    if all(is_side):
        return _part(source, group, rows[~against]), _part(source, group, rows[against])
    return (None, group) if is_side[1] else (group, None)


def _part(source: Source, group: Group, rows: Ints) -> Group:
    """Return a group with some of its acts only; what ties its members is the same."""
    acts = source.acts
    return group._replace(
        accounts=np.unique(acts.accounts[rows]),
        shops=np.array([shop for shop, _count in _by_count(acts.shops[rows])]),
        items=np.unique(acts.items[rows]),
        begin=float(acts.times[rows].min()),
        end=float(acts.times[rows].max()),
        rows=rows,
    )


def shops_by_share(source: Source, group: Group) -> list[tuple[int, float]]:
    """Return the shops of a group that have a good share of its acts, the most first."""
    shops, counts = np.unique(source.acts.shops[group.rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    shares = [(int(shops[each]), float(counts[each] / counts.sum())) for each in order]
    return [each for each in shares if each[1] >= _MAIN_SHARE] or shares[:1]


def untold(source: Source, kind: str, rows: int, needed: str | None = None) -> Iterator[Undecided]:
    """Yield how many rows cannot be judged.

    Args:
        source: The acts.
        kind: The kind of record that is counted as checked.
        rows: How many there are.
        needed: A field without which a row was left out; None: no row was.
    """
    acts = source.acts
    if needed is not None and (left := rows - int(np.count_nonzero(source.kind == 0))):
        yield Undecided(f"{kind}.{needed}", left)
    by_hand = (acts.devices >= 0).any() or (~np.isnan(acts.unsent)).any()
    if not by_hand and np.isnan(acts.created).all() and len(acts.accounts):
        yield Undecided(f"{kind}.device_id", int(np.count_nonzero(source.kind == 0)))


def found(source: Source) -> list[Group]:
    """Return the groups among acts."""
    return once(find_groups, source.acts, [source.acts])


def suspicion(
    source: Source,
    group: Group,
    conduct: str,
    tables: Tables,
    *,
    rows: Ints | None = None,
    more: Sequence[Figure] = (),
    key: str = "",
) -> Suspicion:
    """Return what is said of a group.

    Args:
        source: Where it was found.
        group: The group.
        conduct: In Chinese, what they did, which conduct it may be and what to verify.
        tables: The tables, for the quote.
        rows: Of its acts those that matter; None: all.
        more: Figures beside those of the signals.
        key: What tells suspicions against the same accounts apart.
    """
    acts = source.acts
    chosen = group.rows if rows is None else rows
    accounts = sorted({acts.account_ids[each] for each in np.unique(acts.accounts[chosen])})
    shops = [acts.shop_ids[each] for each, _count in _by_count(acts.shops[chosen])]
    items = sorted({plain(acts.item_ids[each]) for each in np.unique(acts.items[chosen])})
    told = _telling_first(source, group, chosen)
    by_kind = source.rows(told)
    platforms = {key_parts(each)[0] for each in accounts}
    begin, end = float(acts.times[chosen].min()), float(acts.times[chosen].max())
    return Suspicion(
        subject_kind="group",
        subject_id=digest([*accounts, key])[:_ID_LENGTH],
        rests_on=by_kind,
        figures=[
            Figure("成员账号", len(accounts), "个"),
            Figure("所涉行为", len(chosen), "次"),
            *more,
            *_figures(group),
        ],
        explanation=f"{len(accounts)} 个账号{conduct}{_marks(group)}",
        score=round(group.score, 3),
        conduct_from=moment(begin),
        conduct_until=moment(end),
        platform=platforms.pop() if len(platforms) == 1 else None,
        quotes=list(_quotes(by_kind, tables)),
        members=Members(
            [plain(each) for each in accounts],
            [plain(each) for each in shops],
            items,
            moment(begin),
            moment(end),
            group.chance,
        ),
    )


def _by_count(values: Ints) -> Iterator[tuple[int, int]]:
    numbers, counts = np.unique(values, return_counts=True)
    for place in np.argsort(-counts, kind="stable"):
        yield int(numbers[place]), int(counts[place])


def _telling_first(source: Source, group: Group, rows: Ints) -> Ints:
    """Return rows with the words that most members share first, then by time."""
    templates = source.acts.templates[rows]
    common = next((each for each, _count in _by_count(templates[templates >= 0])), -1)
    shared: Bools = (templates == common) & (common >= 0)
    if group.signal("template") is None:
        shared[:] = False
    return rows[np.lexsort((source.acts.times[rows], ~shared))]


def _figures(group: Group) -> Iterator[Figure]:
    for signal in group.signals:
        if signal.name in _NAMES:
            name = _NAMES[signal.name]
            yield Figure(name, round(100 * signal.share, 1), "%", round(100 * signal.base, 1))
            without = round(group.score_without(signal.name), 3)
            yield Figure(f"不计“{name}”时的得分", without, None, round(group.score, 3))


def _marks(group: Group) -> str:
    marks = "；".join(
        f"{_NAMES[each.name]}占 {each.share:.0%}（一般约 {each.base:.0%}）"
        for each in group.signals
        if each.name in _NAMES
    )
    return f"依据：{marks}（校正后偶然出现的概率不超过 {max(group.chance, 1e-6):.1g}）。"


def _quotes(by_kind: dict[str, list[int]], tables: Tables) -> Iterator[Quote]:
    kind, places = next(iter(by_kind.items()))
    if "text" in tables[kind].column_names:
        text = tables[kind].column("text")[places[0]].as_py()
        if text:
            yield Quote("text", 0, text)
