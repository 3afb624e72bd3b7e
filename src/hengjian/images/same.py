"""The same picture in several shops, by its perceptual hash (PDQ)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hengjian.compiled import compiled
from hengjian.errors import HengjianError

# Two hashes that differ in so many of 256 bits or fewer are of one picture; those who made PDQ
# say 31, and hashes of different pictures differ in 128 on average.
MOST_BITS = 31
# Those who made PDQ leave out what is below: pictures with little in them resemble each other.
LEAST_QUALITY = 50
# Makers hand out pictures to all who sell their goods, and stock pictures are anybody's: what so
# many shops show says nothing of who is behind them.
COMMON_SHOPS = 10
COLUMNS = ("record_id", "platform", "shop_id", "item_id", "image", "pdq", "pdq_quality")
# By the pigeonhole: of 16 bands, one has at most a single bit wrong where at most 31 are.
_BANDS, _BAND_BITS = 16, 16

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


class Groups(NamedTuple):
    """Pictures that are the same, and what could not be compared.

    Attributes:
        rows: A row for each group, as `same_pictures` says.
        compared: How many pictures were.
        poor: Those whose hash is missing or has too low a quality.
        shopless: Those whose shop is unknown.
    """

    rows: list[dict[str, Any]]
    compared: int
    poor: int
    shopless: int


def same_pictures(pictures: pa.Table) -> Groups:
    """Return the groups of pictures that are the same and stand in two shops or more.

    All pictures of a group are within MOST_BITS of its first: resemblance is not passed on, so
    that no chain joins what does not look alike.

    Args:
        pictures: Records of kind `picture` with COLUMNS.

    Returns:
        A row a group: group_id (the hash of its first), shops (platform, shop_id), pictures
        (record_id, image, item_id, distance in bits), common (shown by so many shops that it says
        nothing of who is behind them), note in Chinese. The largest come first.

    Raises:
        HengjianError: A hash is none.
    """
    rows = pictures.select(list(COLUMNS)).to_pylist()
    good = [row for row in rows if row["pdq"] and (row["pdq_quality"] or 0) >= LEAST_QUALITY]
    usable = [row for row in good if row["shop_id"] is not None]
    by_hash: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in usable:
        by_hash[row["pdq"].lower()].append(row)
    names = sorted(by_hash)
    found = [
        group
        for centre, members in _around(names, _bits(names), by_hash)
        if (group := _group(centre, members, by_hash)) is not None
    ]
    found.sort(key=lambda group: (-len(group["shops"]), group["group_id"]))
    return Groups(found, len(usable), len(rows) - len(good), len(good) - len(usable))


def _bits(names: list[str]) -> Hashes:
    """Return hashes as four words of 64 bits each.

    Raises:
        HengjianError: One is no hash.
    """
    try:
        joined = b"".join(bytes.fromhex(name) for name in names)
        if any(len(name) != 64 for name in names):  # noqa: PLR2004 - 256 bits
            raise ValueError
    except ValueError:
        raise HengjianError("感知散列应为64位十六进制", field="pdq") from None
    return np.frombuffer(joined, dtype=">u8").reshape(-1, 4).astype(np.uint64)


def _around(
    names: list[str], hashes: Hashes, by_hash: dict[str, list[dict[str, Any]]]
) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Yield the first of each group and its members with their distances from it.

    The one with the most pictures around it comes first; each hash is in one group.
    """
    first, second, apart = neighbours(hashes)
    near: dict[int, list[tuple[int, int]]] = {n: [(n, 0)] for n in range(len(names))}
    for one, other, bits in zip(first.tolist(), second.tolist(), apart.tolist(), strict=True):
        near[one].append((other, bits))
        near[other].append((one, bits))
    count = [len(by_hash[name]) for name in names]
    order = sorted(near, key=lambda n: (-sum(count[m] for m, _ in near[n]), names[n]))
    taken: set[int] = set()
    for centre in order:
        if centre not in taken:
            members = [(n, bits) for n, bits in near[centre] if n not in taken]
            taken.update(n for n, _ in members)
            yield names[centre], [(names[n], bits) for n, bits in members]


def _group(
    centre: str, members: list[tuple[str, int]], by_hash: dict[str, list[dict[str, Any]]]
) -> dict[str, Any] | None:
    pictures = [(row, bits) for name, bits in members for row in by_hash[name]]
    shops = sorted({(row["platform"], row["shop_id"]) for row, _ in pictures})
    if len(shops) < 2:  # noqa: PLR2004 - one shop may show its picture as often as it likes
        return None
    common = len(shops) >= COMMON_SHOPS
    told = "，店铺众多，可能是厂家或图库的图片，不能说明店铺之间有联系" if common else ""
    return {
        "group_id": centre,
        "shops": [{"platform": platform, "shop_id": shop} for platform, shop in shops],
        "pictures": [
            {
                "record_id": row["record_id"],
                "image": row["image"],
                "item_id": row["item_id"],
                "distance": bits,
            }
            for row, bits in sorted(pictures, key=lambda pair: (pair[1], pair[0]["record_id"]))
        ],
        "common": common,
        "note": f"同一图片见于 {len(shops)} 家店铺{told}",
    }


def neighbours(hashes: Hashes) -> tuple[Ints, Ints, Ints]:
    """Return all pairs of hashes that differ in at most MOST_BITS bits, and in how many.

    Args:
        hashes: A row of four 64-bit words each.
    """
    pairs: list[tuple[Ints, Ints, Ints]] = []
    for band in range(_BANDS):
        shift = np.uint64((band % 4) * _BAND_BITS)
        values = ((hashes[:, band // 4] >> shift) & np.uint64(0xFFFF)).astype(np.int64)
        order = np.argsort(values, kind="stable").astype(np.int64)
        begins = np.searchsorted(values[order], np.arange((1 << _BAND_BITS) + 1)).astype(np.int64)
        size = _pairs_in_band(hashes, values, order, begins, band, np.empty((0, 3), np.int64))
        found = np.empty((size, 3), np.int64)
        _pairs_in_band(hashes, values, order, begins, band, found)
        pairs.append((found[:, 0], found[:, 1], found[:, 2]))
    first, second, apart = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return first, second, apart


@compiled
def _pairs_in_band(
    hashes: Hashes, values: Ints, order: Ints, begins: Ints, band: int, found: Ints
) -> int:
    """Fill in the pairs whose first band with at most one wrong bit is this; return how many."""
    count = 0
    for one in range(len(hashes)):
        for turn in range(17):
            key = values[one] ^ ((1 << turn) >> 1)
            for place in range(begins[key], begins[key + 1]):
                other = order[place]
                if other <= one:
                    continue
                apart = _distance(hashes, one, other)
                if apart > MOST_BITS or _earlier_band(hashes, one, other, band):
                    continue
                if count < len(found):
                    found[count, 0], found[count, 1], found[count, 2] = one, other, apart
                count += 1
    return count


@compiled
def _distance(hashes: Hashes, one: int, other: int) -> int:
    total = 0
    for word in range(4):
        total += _ones(hashes[one, word] ^ hashes[other, word])
    return total


@compiled
def _earlier_band(hashes: Hashes, one: int, other: int, band: int) -> bool:
    """Tell whether an earlier band finds the pair too, so that it is counted once."""
    for earlier in range(band):
        shift = np.uint64((earlier % 4) * 16)
        wrong = (hashes[one, earlier // 4] ^ hashes[other, earlier // 4]) >> shift
        if _ones(wrong & np.uint64(0xFFFF)) <= 1:
            return True
    return False


@compiled
def _ones(word: np.uint64) -> int:
    """Count the bits that are set."""
    count = 0
    while word:
        word &= word - np.uint64(1)
        count += 1
    return count
