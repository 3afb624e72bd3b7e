"""未按期核验更新: shops whose identity their platform has not verified for over six months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.law.parameter import parameter
from hengjian.stats.shares import share_interval
from hengjian.violations.columns import (
    DAY,
    Bools,
    Floats,
    Ints,
    known,
    moment,
    seconds,
    shanghai_days,
)
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import (
    Sellers,
    chinese_day,
    dealings_of,
    newest_time,
    sellers_of,
)
from hengjian.violations.suspicion import Figure, Members, Said, Suspicion, Undecided

# A file that was renewed on time may be extracted some days before that is written down.
_GRACE_DAYS = 7
_SHOWN = 200


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the platforms that let files on their shops grow older than the law allows.

    A file is too old if the shop was last verified more than six calendar months, and a week,
    before the newest time in the tables, which stands for the day of the extract. Where sales,
    deliveries or pages of a platform's shops were read, shops without any in the six months before
    that day are taken for closed and left aside.

    Shops without a known time of verification are left out and told.
    """
    extract = newest_time(tables)
    operators, sellers = tables["operator"], sellers_of(tables["operator"])
    dated = known(operators, "verified_at")[sellers.place]
    if not dated.all():
        yield Undecided("operator.verified_at", int((~dated).sum()))
    if not dated.any():
        return
    today = int(shanghai_days(np.array([extract]))[0])
    months = int(parameter("平台核验.更新周期", dt.date(1970, 1, 1) + dt.timedelta(today)).value)
    verified = shanghai_days(seconds(operators, "verified_at"))[sellers.place]
    due = months_later(verified, months)
    old = dated & (today > due + _GRACE_DAYS) & ~_closed(tables, sellers, extract)
    platform = operators.column("platform").take(sellers.place)
    for name in sorted(map(str, platform.unique().to_pylist())):
        here = np.asarray(pc.equal(platform, pa.scalar(name)))
        if (old & here).any():
            yield _suspicion(sellers, name, (old & here, dated & here), (verified, due), extract)


def months_later(days: Ints, months: int) -> Ints:
    """Return the same day some months later, or the last of a shorter month."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    into = dates - month.astype("datetime64[D]")
    later = month + np.timedelta64(months, "M")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved: Ints = np.minimum(later.astype("datetime64[D]") + into, last).astype(np.int64)
    return moved


def _closed(tables: Tables, sellers: Sellers, extract: float) -> Bools:
    """Return which shops of platforms whose trade was read did not trade for half a year."""
    dealings = dealings_of(tables, sellers)
    last = dealings.last_day(sellers.size)
    platform = tables["operator"].column("platform").take(sellers.place).to_numpy()
    read = np.isin(platform, np.unique(platform[dealings.seller].astype(str)))
    closed: Bools = read & (last < shanghai_days(np.array([extract - 183 * DAY]))[0])
    return closed


def _suspicion(
    sellers: Sellers,
    platform: str,
    shops: tuple[Bools, Bools],
    days: tuple[Ints, Ints],
    extract: float,
) -> Suspicion:
    old, dated = shops
    verified, due = days
    count, total = int(old.sum()), int(dated.sum())
    low, high = share_interval(count, total)
    oldest = np.flatnonzero(old)
    oldest = oldest[np.lexsort((sellers.key.take(oldest).to_numpy(False).astype(str), due[oldest]))]
    late: Floats = shanghai_days(np.array([extract]))[0] - due[oldest].astype(np.float64)
    return Suspicion(
        subject_kind="platform",
        subject_id=platform,
        rests_on={"operator": sellers.place[oldest[:_SHOWN]].tolist()},
        figures=[
            Figure("逾期未核验更新的店铺", count, "家", 0.0),
            Figure("占有核验时间的店铺", round(100 * count / total, 1), "%"),
            Figure("最长逾期", float(late[0]), "日", 0.0),
        ],
        explanation=(
            f"平台 {total} 家有核验时间的店铺中，{count} 家距上次核验已超过六个月"
            f"（{count / total:.1%}，95%置信区间 {low:.1%}–{high:.1%}），最早的一家上次核验为"
            f"{chinese_day(verified[oldest[0]])}，"
            "涉嫌未按规定至少每六个月核验更新登记档案，请调取这些店铺的核验记录。"
        ),
        score=0.7,
        conduct_from=moment(float(due[oldest[0]] + 1) * DAY - 8 * 3600),
        conduct_until=moment(extract),
        platform=platform,
        members=Members(shops=[sellers.id_of(int(shop))[1] for shop in oldest[:_SHOWN]]),
    )
