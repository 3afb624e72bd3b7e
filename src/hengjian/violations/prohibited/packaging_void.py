"""Whether a package is emptier than GB 23350 allows, in both readings of net content a piece."""

from __future__ import annotations

from hengjian.violations.prohibited.packaging import MOONCAKE, TEA, ZONGZI, Package, limit, package
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

# Only for these is the necessary-space factor k at hand.
_WITH_FACTOR = (TEA, MOONCAKE, ZONGZI)
# Net content of one piece in grams, upper bound included, and the parameter for it.
_STEPS = (
    (1, "净含量不超过1"),
    (5, "净含量1至5"),
    (15, "净含量5至15"),
    (30, "净含量15至30"),
    (50, "净含量30至50"),
)
_ABOVE = "净含量50以上"


def judge(row: Row) -> Answer:
    """Return true if X = (Vn - k·V0) / Vn exceeds the limit, whichever net content Q is meant.

    Q may be that of one piece or of the whole box. Where the limit for the whole box, the stricter
    one, is kept, the pieces need not be known.
    """
    found = package(row)
    if found.category is not None and found.category not in _WITH_FACTOR:
        return Answer(None, missing=frozenset({f"过度包装.必要空间系数.{found.category}"}))
    lacking = found.lacking("category", "net_g", "size_mm")
    if lacking:
        return Answer(None, missing=lacking)
    share = void_ratio(found, limit(f"必要空间系数.{found.category}", row))
    whole = _highest(found.net_g, row)
    if share is None or whole is None:
        return Answer(None, missing=frozenset({"captured_at"}))
    if share <= whole:
        return Answer(False)
    return _by_piece(found, share, whole, row)


def _by_piece(found: Package, share: float, whole: float, row: Row) -> Answer:
    if found.pieces is None or found.net_g is None:
        return Answer(None, missing=found.lacking("pieces"))
    piece = _highest(found.net_g / found.pieces, row)
    highest = max(whole, piece or whole)
    if share <= highest:
        return Answer(False)
    field = found.missing["size_mm"]
    return Answer(
        True, (Evidence(field, None, None, "derived", "空隙率", round(share, 4), "", highest),)
    )


def _highest(net_g: float | None, row: Row) -> float | None:
    return None if net_g is None else limit(f"空隙率上限.{step(net_g)}", row)


def void_ratio(found: Package, factor: float | None) -> float | None:
    """Return the void ratio X of a package; None: a number that it needs is unknown."""
    volume, content = found.volume_mm3, found.content_mm3
    if factor is None or volume is None or content is None:
        return None
    return (volume - factor * content) / volume


def step(net_g: float) -> str:
    """Return the name of the step of the limit in which a net content lies."""
    return next((name for bound, name in _STEPS if net_g <= bound), _ABOVE)
