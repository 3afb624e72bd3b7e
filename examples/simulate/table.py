"""The table of all that can be planted, and the backgrounds that each needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

from . import buyers, engagement, prices, registers, reviews, sellers, topics, trade
from .market import Market

Plant = Callable[[Market, Generator, int], None]

# In the order in which they are laid; each is laid after all that is planted.
BACKGROUNDS: dict[str, Callable[[Market], None]] = {
    "trade": trade.trade,
    "meals": registers.meals,
    "parcels": sellers.parcels,
    "messages": reviews.chatter,
    "complaints": buyers.complaints,
    "audience": engagement.audience,
    "posts": engagement.posts,
    "audits": prices.audits,
    "histories": prices.histories,
    "tours": prices.tours,
    "notices": registers.notices,
    "supplies": registers.supplies,
    "regulated": registers.regulated,
    "year": topics.year,
}


@dataclass(frozen=True)
class Entry:
    """One thing to plant.

    Attributes:
        plant: Plants it at a level of difficulty.
        needs: The backgrounds before which it stands.
    """

    plant: Plant
    needs: tuple[str, ...]


def _entries(needs: str, *plants: Plant) -> dict[str, Entry]:
    return {plant.__name__: Entry(plant, tuple(needs.split())) for plant in plants}


BEHAVIOURS: dict[str, Entry] = {
    **_entries("trade", reviews.reviews_gang, reviews.brushing_ring, reviews.paid_negative),
    **_entries("trade notices", reviews.reverse_brushing),
    **_entries("trade messages", reviews.review_extortion),
    "fake_follows": Entry(engagement.fake("follow", "host"), ("audience",)),
    "fake_likes": Entry(engagement.fake("like", "post"), ("audience",)),
    "fake_views": Entry(engagement.fake("view", "room"), ("audience",)),
    "fake_tips": Entry(engagement.fake("tip", "room"), ("audience",)),
    "fake_votes": Entry(engagement.fake("vote", "host"), ("audience",)),
    **_entries("posts", engagement.water_army),
    **_entries("trade complaints", buyers.malicious_reporting),
    **_entries("trade", buyers.swap_returns, buyers.refund_only_abuse, buyers.malicious_returns),
    **_entries("trade", buyers.malicious_orders, sellers.order_cancellation),
    **_entries("trade parcels", sellers.false_shipment),
    **_entries("trade", sellers.invoice_refusal),
    **_entries("audits", prices.price_discrimination),
    **_entries("trade histories", prices.raised_then_cut, prices.invented_original),
    **_entries("trade audits", prices.bait_price),
    **_entries("tours", prices.low_price_tour),
    **_entries("meals", registers.forged_licence, registers.expired_licence),
    **_entries("meals", registers.borrowed_licence, registers.ghost_kitchens),
    **_entries("meals", registers.cold_chain),
    **{
        f"number_{register}": Entry(registers.product_number(register), ("regulated",))
        for register in ("health_food", "drug", "device", "ccc")
    },
    **_entries("notices", registers.platform_inaction),
    **_entries("trade", registers.hidden_operator),
    **_entries("supplies", registers.one_producer),
    **_entries("year", topics.hot_issue),
}
LOOKALIKES: dict[str, Entry] = {
    **_entries("trade", reviews.flash_sale, reviews.livestream_surge, reviews.fan_club),
    **_entries("trade", reviews.class_order, reviews.family_device, reviews.office_ip),
    **_entries("trade", reviews.defect_wave),
    **_entries("audience", engagement.audience_surge),
    **_entries("posts", engagement.shared_trend),
    **_entries("trade complaints", buyers.justified_complaints, buyers.mass_incident),
    **_entries("trade", buyers.fashion_returns, buyers.warehouse_mixup),
    **_entries("trade", sellers.flood_cancellations),
    **_entries("trade parcels", sellers.pooled_shipments),
    **_entries("trade", sellers.late_invoices),
    **_entries("audits", prices.newcomer_discount, prices.random_coupons),
    **_entries("trade histories", prices.clearance_sale),
    **_entries("tours", prices.off_season_tour),
    **_entries("meals", registers.renewed_licence, registers.food_court),
    **_entries("trade", registers.company_branches),
    **_entries("supplies", registers.big_brand),
    **_entries("meals", registers.misprinted_licence),
}


def simulate(seed: int, names: list[str], level: int, scale: float = 1.0) -> Market:
    """Return a market with those behaviours and look-alikes; without names, with all backgrounds.

    Args:
        seed: The same seed gives the same market.
        names: Of BEHAVIOURS or LOOKALIKES.
        level: 0 easy, 1 medium, 2 hard; of a look-alike, its size.
        scale: 1 for some 3,000 accounts.
    """
    entries = {name: (BEHAVIOURS | LOOKALIKES)[name] for name in names}
    needs = {need for entry in entries.values() for need in entry.needs} or set(BACKGROUNDS)
    market = Market(seed, scale)
    trade.open_market(market)
    if "meals" in needs:
        registers.open_kitchens(market)
    for name, entry in entries.items():
        before = len(market.truth)
        entry.plant(market, market.rng(name), level)
        for index, row in enumerate(market.truth[before:], before):
            honest = name in LOOKALIKES
            kind = {"lookalike": name} if honest else {"behaviour": name}
            market.truth[index] = {**kind, "difficulty": ("easy", "medium", "hard")[level], **row}
    for need, lay in BACKGROUNDS.items():
        if need in needs:
            lay(market)
    return market
