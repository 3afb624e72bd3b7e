"""Bought follows, likes, views, tips and votes, hired posts, and ordinary audiences."""

# ruff: noqa: PLR2004 - a simulation is made of numbers
from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from numpy.random import Generator

from . import codes, texts
from .draw import (
    DAY,
    END,
    HOUR,
    START,
    between,
    by_weight,
    chance,
    ids_of,
    moment,
    moments,
    pick,
    some,
    span,
)
from .market import MALL, Market, Person, Row
from .trade import crew

Plant = Callable[[Market, Generator, int], None]

_ACTS, _TARGETS, _POSTS = 15_000, 24, 1_500
_KINDS = ("room", "host", "post", "item", "shop")
_HABITS = (("view", 0.5), ("click", 0.17), ("like", 0.18), ("follow", 0.08), ("share", 0.04))
_SUBJECTS = (
    "周末爬山",
    "家常菜",
    "带娃日记",
    "租房改造",
    "跑步打卡",
    "读书笔记",
    "旧物整理",
    "通勤穿搭",
)
_SAID = (
    "记录一下",
    "今天试了试",
    "分享一点心得",
    "有人一起吗",
    "比想的简单",
    "下次换个办法",
    "推荐给新手",
)
_TASK = (
    "这家{0}真心推荐",
    "{0}用了就离不开",
    "身边人都在买{0}",
    "{0}良心好物",
    "{0}闭眼入",
    "{0}值得信赖",
)


def audience(market: Market) -> None:
    """Add what ordinary people do around hosts, rooms, posts, items and shops."""
    rng = market.rng("audience")
    targets = {kind: _targets(market, kind) for kind in _KINDS}
    names = [name for name, _ in _HABITS] + ["tip", "vote"]
    shares = [share for _, share in _HABITS] + [0.015, 0.015]
    actions = rng.choice(names, market.size(_ACTS), p=shares)
    people = by_weight(rng, market.activity**0.8, len(actions)).tolist()
    times = moments(rng, len(actions), START, END)
    ranks = (rng.random(len(actions)) ** 3).tolist()
    for action, index, at, rank in zip(actions.tolist(), people, times, ranks, strict=True):
        kinds = {
            "view": ("room", "post"),
            "tip": ("room",),
            "vote": ("host",),
            "follow": ("host", "shop"),
        }
        kind = pick(rng, kinds.get(action, _KINDS[1:]))
        target = targets[kind][int(rank * len(targets[kind]))]
        person = market.people[index]
        engage(market, rng, person, (kind, target), action, max(at, person.created_at + 60))


def _targets(market: Market, kind: str) -> list[str]:
    rng = market.rng(f"targets {kind}")
    if kind in {"item", "shop"}:
        things = [thing.id for thing in (market.items if kind == "item" else market.shops)]
        return some(rng, things, _TARGETS)
    return [
        blake2b(f"{market.seed}:{kind}:{number}".encode(), digest_size=8).hexdigest()
        for number in range(market.size(_TARGETS) + 8)
    ]


def engage(
    market: Market, rng: Generator, person: Person, target: tuple[str, str], action: str, at: float
) -> Row:
    """Let a person act on a target."""
    amount = round(float(rng.lognormal(2, 1)), 1) if action == "tip" else None
    row: Row = {
        "platform": MALL,
        "account_id": person.id,
        "target_id": target[1],
        "target_kind": target[0],
        "action": action,
        "at": at,
        "amount": None if amount is None else max(amount, 0.1),
        "device_id": pick(rng, person.devices),
        "ip_prefix": person.ip if chance(rng, 0.85) else pick(rng, market.ips),
    }
    return market.add("engagement", row)


def fake(action: str, kind: str) -> Plant:
    """Return what plants bought acts of one kind on a target of one kind."""

    def plant(market: Market, rng: Generator, level: int) -> None:
        target = pick(rng, _targets(market, kind))
        first, last = span(rng, (1, 5, 25)[level])
        members = crew(
            market,
            rng,
            (150, 110, 80)[level],
            first,
            fresh=(0.95, 0.6, 0.3)[level],
            shared=(0.9, 0.6, 0.35)[level],
            devices=(8, 10, 10)[level],
        )
        if level:
            _camouflage(market, rng, members, level)
        step = between(rng, 20, 90)
        for number, member in enumerate(members):
            repeats = (2, 4)[level == 2] if action in {"view", "tip", "like"} else 1
            for _ in range(repeats):
                at = first + 20 * HOUR + number * step if level == 0 else moment(rng, first, last)
                at = max(at, member.created_at + 60)
                row = engage(market, rng, member, (kind, target), action, at)
                if action == "tip" and level < 2:
                    row["amount"] = (66.0, pick(rng, (66.0, 88.0, 99.0)))[level]
        market.plant(
            "reputation.fake_engagement",
            kind,
            [target],
            accounts=ids_of(members),
            action=action,
            window=[int(first), int(last)],
        )

    return plant


def _camouflage(market: Market, rng: Generator, members: list[Person], level: int) -> None:
    targets = {kind: _targets(market, kind) for kind in _KINDS}
    for member in members:
        for _ in range(int(rng.poisson(2 * level))):
            kind = pick(rng, ("room", "post"))
            at = max(moment(rng, START, END), member.created_at + 60)
            engage(market, rng, member, (kind, pick(rng, targets[kind])), "view", at)


def audience_surge(market: Market, rng: Generator, level: int) -> None:
    """A host has a great evening: thousands look in, many follow, some tip what they like."""
    room, host = pick(rng, _targets(market, "room")), pick(rng, _targets(market, "host"))
    day, _ = span(rng, 1)
    people = [
        market.people[index]
        for index in by_weight(rng, market.activity, (150, 300, 500)[level]).tolist()
    ]
    for person in people:
        at = day + 20 * HOUR + between(rng, 0, 3) * HOUR
        engage(market, rng, person, ("room", room), "view", max(at, person.created_at + 60))
        for action, share, target in (
            ("follow", 0.3, ("host", host)),
            ("like", 0.4, ("room", room)),
            ("tip", 0.08, ("room", room)),
        ):
            if chance(rng, share):
                engage(market, rng, person, target, action, max(at, person.created_at) + 300)
    market.honest(
        ["reputation.fake_engagement"],
        accounts=ids_of(people),
        subject_kind="room",
        subject_ids=[room, host],
    )


def posts(market: Market) -> None:
    """Add what ordinary people publish."""
    rng = market.rng("posts")
    for index in by_weight(rng, market.activity, market.size(_POSTS)).tolist():
        person = market.people[index]
        _ordinary(market, rng, person)


def _ordinary(market: Market, rng: Generator, person: Person) -> Row:
    words = rng.permutation(_SAID)[: int(rng.integers(1, 4))]
    text = f"{pick(rng, _SUBJECTS)}，{'，'.join(map(str, words))}{pick(rng, ('。', '！', '~', ''))}"
    if chance(rng, 0.25):
        item = pick(rng, market.items)
        text = f"入手了{item.noun}，{pick(rng, texts.CATEGORIES[item.shop.category][2])}。"
    return publish(market, rng, person, text, max(moment(rng, START, END), person.created_at + 60))


def publish(market: Market, rng: Generator, person: Person, text: str, at: float) -> Row:
    """Publish a text."""
    row: Row = {
        "record_id": market.new_id(),
        "platform": MALL,
        "account_id": person.id,
        "created_at": at,
        "text": text,
        "likes": int(rng.pareto(1) * 6),
        "shares": int(rng.pareto(1.2) * 2),
        "comments": int(rng.pareto(1.2) * 3),
        "region": codes.REGIONS[person.region],
    }
    return market.add("post", row)


def water_army(market: Market, rng: Generator, level: int) -> None:
    """Hired accounts post the same tasks in step, in ever more words of their own."""
    members = crew(
        market, rng, (40, 34, 28)[level], START + 30 * DAY, fresh=(0.9, 0.5, 0.15)[level]
    )
    items = some(rng, market.items, (3, 4, 6)[level])
    rows = []
    for item in items:
        first, last = span(rng, (0.3, 3, 8)[level], margin=35)
        fixed = "，".join(str(part).format(item.noun) for part in rng.permutation(_TASK)[:3])
        for member in some(rng, members, round(len(members) * (0.95, 0.7, 0.5)[level])):
            words = rng.permutation(_TASK)[: int(rng.integers(1, 3))]
            said = "，".join(str(part).format(item.noun) for part in words)
            text = fixed if level == 0 or (level == 1 and chance(rng, 0.5)) else said
            text = (
                pick(rng, ("", "", "真的，", "亲测，")) + text + pick(rng, ("", "！", "。", "👍"))
            )
            at = first + between(rng, 0, last - first)
            rows.append(publish(market, rng, member, text, max(at, member.created_at + 60)))
            rows[-1]["tagged_items"] = [item.id]
    for member in members:
        for _ in range((0, 2, 5)[level]):
            _ordinary(market, rng, member)
    market.plant(
        "reputation.water_army",
        "group",
        ids_of(members),
        accounts=ids_of(members),
        items=ids_of(items),
        rows=rows,
    )


def shared_trend(market: Market, rng: Generator, level: int) -> None:
    """A catchphrase goes round: people who share nothing else repeat it for some days."""
    first, last = span(rng, 5)
    text = pick(rng, ("今天也要好好吃饭", "秋天的第一杯奶茶", "我的同桌是只猫"))
    people = market.take(rng, market.people, (40, 60, 90)[level])
    rows = [
        publish(
            market,
            rng,
            person,
            text + pick(rng, ("", "！", "~", "哈哈")),
            max(moment(rng, first, last), person.created_at + 60),
        )
        for person in people
    ]
    market.honest(["reputation.water_army"], accounts=ids_of(people), rows=rows)
