"""Rounds of delivery: what one rider brought from one shop on one day, and how often it went wrong.

A rider's box has one sensor and one load; its readings of a day stand or fall together. So not
deliveries are counted but rounds, and one that went wrong only in part did not go wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from hengjian.stats.outstanding import Bar, Outstanding, Peers, outstanding
from hengjian.violations.columns import (
    Bools,
    Floats,
    Groups,
    Ints,
    equals,
    floats,
    grouped,
    seconds,
    shanghai_days,
)
from hengjian.violations.units import by_time, codes, distinct

# Proposals, not figures of the law: boxes are opened at every door and sensors err by a few
# degrees, so only what is far above any refrigeration counts.
CHILLED_ABOVE, FROZEN_ABOVE = 12.0, 0.0
# No food in a box is colder or hotter: such a reading is a fault of the sensor.
_LEAST_READING, _LARGEST_READING = -40.0, 60.0

BAR = Bar(cases=6, share=0.2)
# Seals tear on the road, but a box with ice stays far below these degrees at every door: of warm
# rounds a smaller share strikes, where it is of more rounds.
WARM_BAR = Bar(cases=10, share=0.1)
_PEERS = Peers(least_total=10, of_few=0.05, floor=0.02)
_LEAST_RIDERS, _LEAST_DAYS = 2, 3
# A rider for whom so many rounds at other shops went wrong brings the fault along.
_LEAST_ELSEWHERE, _WRONG_ELSEWHERE = 3, 0.3


class Deliveries(NamedTuple):
    """One kind of fault, one entry for every delivery.

    Attributes:
        judged: Of which it is known whether it has the fault.
        wrong: Which of them have it.
    """

    judged: Bools
    wrong: Bools


class Rounds(NamedTuple):
    """The shops, held against each other.

    Attributes:
        shops: The shop of every delivery.
        wrong: Rounds of each shop that went wrong.
        total: Of how many.
        riders: How many riders each shop's wrong rounds had; unknown riders are none.
        days: On how many days they were.
        counted: The deliveries of the rounds that count.
        tested: The test of each shop; `stands_out` also asks for several days, and for several
            riders where they are known, and that the shop stands out without its worst rider.
    """

    shops: Groups
    wrong: Ints
    total: Ints
    riders: Ints
    days: Ints
    counted: Bools
    tested: Outstanding


def seals(deliveries: pa.Table) -> Deliveries:
    """Return which seals were broken or absent; unknown ones are not judged."""
    wrong = equals(deliveries, "seal", "broken", "absent")
    return Deliveries(wrong | equals(deliveries, "seal", "intact"), wrong)


def warm_boxes(deliveries: pa.Table) -> Deliveries:
    """Return which boxes were far too warm for chilled or frozen food.

    Hot food is left out: a box does not heat it, and how it cools is no fault of cooling.
    """
    reading: Floats = floats(deliveries, "box_temperature_c")
    chilled = equals(deliveries, "food_class", "cold")
    frozen = equals(deliveries, "food_class", "frozen")
    with np.errstate(invalid="ignore"):
        sound = (reading >= _LEAST_READING) & (reading <= _LARGEST_READING)
        warm = (chilled & (reading > CHILLED_ABOVE)) | (frozen & (reading > FROZEN_ABOVE))
    judged = (chilled | frozen) & sound
    return Deliveries(judged, judged & warm)


def delivery_times(deliveries: pa.Table) -> Floats:
    """Return when each was delivered, or else picked up, seconds; not-a-number: unknown."""
    delivered = seconds(deliveries, "delivered_at")
    return np.where(np.isnan(delivered), seconds(deliveries, "picked_up_at"), delivered)


def by_delivery(deliveries: pa.Table, rows: Ints) -> tuple[Ints, Floats]:
    """Return some deliveries by their times, and those of one time by their ids; and the times."""
    own = deliveries.select(["record_id", "delivered_at", "picked_up_at"]).take(rows)
    when = delivery_times(own)
    order = by_time(own, when, np.arange(len(rows)))
    return rows[order], when[order]


def delivery_days(deliveries: pa.Table) -> Ints:
    """Return the day in Shanghai of each delivery; -1: unknown."""
    return shanghai_days(delivery_times(deliveries))


def held_against_others(deliveries: pa.Table, fault: Deliveries, bar: Bar = BAR) -> Rounds:
    """Return each shop's rounds and whether more of them went wrong than is common.

    A round went wrong if more than half of its judged deliveries did. Riders whose rounds at other
    shops go wrong as well are left out. Without a day nothing is counted.

    Args:
        deliveries: All of them.
        fault: What is counted.
        bar: What a shop's share must reach.
    """
    shops = grouped(deliveries, ["platform", "shop_id"])
    day, rider = delivery_days(deliveries), codes(deliveries, "platform", "rider_id")
    judged = fault.judged & (day >= 0)
    keys = np.stack([shops.number, rider, day])[:, judged]
    rounds, of_round = np.unique(keys, axis=1, return_inverse=True)
    of_round = of_round.reshape(-1)
    size = rounds.shape[1]
    wrong = 2 * np.bincount(of_round[fault.wrong[judged]], minlength=size) > np.bincount(
        of_round, minlength=size
    )
    counts = ~_brought_along(rounds[0], rounds[1], wrong)
    counted = judged.copy()
    counted[judged] = counts[of_round]
    bad = np.where(wrong & counts, rounds[0], -1)
    total = np.bincount(rounds[0][counts], minlength=shops.size)
    number = np.bincount(bad[bad >= 0], minlength=shops.size)
    tested = outstanding(number, total, bar, _PEERS)
    worst = _worst_rider(rounds[:, counts], wrong[counts], shops.size)
    without = outstanding(number - worst[0], total - worst[1], bar, _PEERS)
    tested = tested._replace(stands_out=tested.stands_out & without.stands_out)
    riders = distinct(bad, rounds[1], shops.size)
    days = distinct(bad, rounds[2], shops.size)
    spread = (days >= _LEAST_DAYS) & ((riders >= _LEAST_RIDERS) | (riders == 0))
    tested = tested._replace(stands_out=tested.stands_out & spread)
    return Rounds(shops, number, total, riders, days, counted, tested)


def _worst_rider(rounds: Ints, wrong: Bools, shops: int) -> Ints:
    """Return for each shop how many rounds of its worst rider went wrong, and of how many.

    Worst is who has the most; an unknown rider is nobody.
    """
    known = rounds[1] >= 0
    pair, place = np.unique(rounds[:2, known], axis=1, return_inverse=True)
    all_of = np.bincount(place.reshape(-1), minlength=pair.shape[1])
    bad = np.bincount(place.reshape(-1)[wrong[known]], minlength=pair.shape[1])
    found = np.zeros((2, shops), dtype=np.int64)
    order = np.lexsort((all_of, bad))
    # The last one written stays: the one with the most.
    found[:, pair[0][order]] = np.stack([bad, all_of])[:, order]
    return found


def _brought_along(shop: Ints, rider: Ints, wrong: Bools) -> Bools:
    """Return the rounds of riders whose rounds elsewhere go wrong as well."""
    size = int(rider.max(initial=-1)) + 1
    known = rider >= 0
    all_of, bad_of = (
        np.bincount(rider[known & mask], minlength=size)
        for mask in (np.ones(len(rider), dtype=np.bool_), wrong)
    )
    pair = np.unique(np.stack([shop, rider]), axis=1, return_inverse=True)[1].reshape(-1)
    here, bad_here = np.bincount(pair), np.bincount(pair, weights=wrong)
    place = np.maximum(rider, 0)
    if not size:
        return np.zeros(len(rider), dtype=np.bool_)
    elsewhere = all_of[place] - here[pair]
    bad_elsewhere = bad_of[place] - bad_here[pair]
    found: Bools = known & (elsewhere >= _LEAST_ELSEWHERE)
    return found & (bad_elsewhere >= _WRONG_ELSEWHERE * elsewhere)
