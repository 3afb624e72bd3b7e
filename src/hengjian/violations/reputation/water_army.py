"""网络水军: accounts of one hand that publish the same words as if they were many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.graphs.acts import Given, make_acts
from hengjian.graphs.groups import find_groups
from hengjian.graphs.templates import template_numbers
from hengjian.violations.columns import seconds
from hengjian.violations.detector import Tables
from hengjian.violations.reputation.gangs import Source, of_accounts, scoped, suspicion
from hengjian.violations.suspicion import Said, Undecided


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups of accounts of one hand that publish the same words.

    The same words alone are no sign: fans, lotteries and agencies' news are copied by thousands.
    """
    source = _source(tables)
    accounts = source.acts
    if np.isnan(accounts.created).all() and (accounts.devices < 0).all() and len(source.places):
        yield Undecided("account.created_at", len(source.places))
    for group in find_groups(source.acts, frozenset({"template"})):
        if group.signal("template") is None:
            continue
        told = suspicion(
            source,
            group,
            "协同发布雷同内容，涉嫌有偿发帖的网络水军，"
            "请核查委托人、报酬和账号的实际控制人，并区分自发转发和标明的推广。",
            tables,
        )
        # What they have in common is words, no shop and no item.
        yield replace(told, members=told.members and told.members._replace(shops=[], items=[]))


def _source(tables: Tables) -> Source:
    numbers = template_numbers(tables["post"].column("text"))
    rows = np.flatnonzero(numbers >= 0)
    posts = tables["post"].take(rows)
    texts = posts.column("text").combine_chunks()
    accounts = scoped(posts, "account_id")
    created, devices = of_accounts(accounts, pa.nulls(posts.num_rows, pa.string()), tables)
    # What all say is what they act for.
    said = pc.cast(pa.array(numbers[rows]), pa.string())
    given = Given(
        accounts,
        said,
        said,
        seconds(posts, "created_at"),
        devices=devices,
        texts=texts,
        created=created,
    )
    return Source(make_acts(given), ["post"], np.zeros_like(rows), rows)
