"""The same picture in several shops: after a resize it is the same, another product is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageDraw

from hengjian.errors import HengjianError
from hengjian.images.opening import Content, decode
from hengjian.images.reading import perceptual_hash
from hengjian.images.same import COLUMNS, COMMON_SHOPS, MOST_BITS, neighbours, same_pictures
from hengjian.records.kinds import KINDS
from tests.images.drawn import packed


def _good(seed: int) -> Image.Image:
    """Return a product on the background that all pictures of one shop have."""
    background = np.random.default_rng(0).integers(180, 255, size=(8, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(background).resize((800, 800), Image.Resampling.BICUBIC)
    draw, shape = ImageDraw.Draw(picture), np.random.default_rng(seed)
    for _ in range(12):
        left, top, wide, high = shape.integers(100, 450, size=4).tolist()
        color = tuple(shape.integers(0, 255, size=3).tolist())
        draw.ellipse((left, top, left + wide // 2, top + high // 2), fill=color)
    return picture


def _hash(data: bytes) -> str:
    return perceptual_hash(decode(Content(data, ""), "a.png"))[0]


def _picture(name: str, pdq: str | None, shop: str | None, quality: int = 90) -> dict[str, Any]:
    given = (name, "甲网", shop, f"I{name}", f"{name}.jpg", pdq, quality)
    return dict(zip(COLUMNS, given, strict=True))


def _table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(
        list(rows), schema=pa.schema([KINDS["picture"].schema.field(n) for n in COLUMNS])
    )


def _flipped(pdq: str, bits: range) -> str:
    return f"{int(pdq, 16) ^ sum(1 << bit for bit in bits):064x}"


BASE = "5a" * 32


def test_a_picture_made_smaller_and_packed_again_is_the_same() -> None:
    small = packed(_good(1).resize((360, 360)), "JPEG", quality=55)
    found = same_pictures(
        _table(_picture("1", _hash(packed(_good(1))), "S1"), _picture("2", _hash(small), "S2"))
    )

    [group] = found.rows
    assert [shop["shop_id"] for shop in group["shops"]] == ["S1", "S2"]
    assert group["note"] == "同一图片见于 2 家店铺"


def test_another_product_on_the_same_background_is_not() -> None:
    hashes = [_hash(packed(_good(seed))) for seed in range(1, 9)]

    found = same_pictures(_table(*(_picture(str(n), pdq, f"S{n}") for n, pdq in enumerate(hashes))))

    assert found.rows == []


def test_resemblance_is_not_passed_on() -> None:
    near, far = _flipped(BASE, range(25)), _flipped(BASE, range(50))

    found = same_pictures(
        _table(_picture("1", BASE, "S1"), _picture("2", near, "S2"), _picture("3", far, "S3"))
    )

    [group] = found.rows
    assert group["group_id"] == near
    assert max(each["distance"] for each in group["pictures"]) == 25


def test_what_very_many_shops_show_is_said_to_be_common() -> None:
    rows = [_picture(str(n), BASE, f"S{n}") for n in range(COMMON_SHOPS)]

    [group] = same_pictures(_table(*rows)).rows
    [fewer] = same_pictures(_table(*rows[1:])).rows

    assert group["common"]
    assert "不能说明" in group["note"]
    assert not fewer["common"]


def test_one_shop_may_show_its_picture_often() -> None:
    found = same_pictures(_table(_picture("1", BASE, "S1"), _picture("2", BASE, "S1")))

    assert found.rows == []


def test_what_cannot_be_compared_is_counted() -> None:
    found = same_pictures(
        _table(
            _picture("1", BASE, "S1"),
            _picture("2", BASE, "S2", quality=49),
            _picture("3", None, "S3"),
            _picture("4", BASE, None),
        )
    )

    assert (found.rows, found.compared, found.poor, found.shopless) == ([], 1, 2, 1)


@pytest.mark.parametrize("pdq", ["5a", "zz" * 32])
def test_what_is_no_hash_is_refused(pdq: str) -> None:
    with pytest.raises(HengjianError, match="64位"):
        same_pictures(_table(_picture("1", pdq, "S1")))


def test_the_pairs_are_those_that_comparing_all_with_all_finds() -> None:
    random = np.random.default_rng(3)
    bits = random.integers(0, 2, size=(300, 256), dtype=np.uint8)
    for row in range(0, 300, 3):
        places = random.choice(256, size=int(random.integers(20, 45)), replace=False)
        bits[row + 1] = bits[row]
        bits[row + 1, places] ^= 1
    words = np.packbits(bits, axis=1).view(">u8").astype(np.uint64)

    first, second, apart = neighbours(words)

    distances = (bits[:, None, :] != bits[None, :, :]).sum(axis=2)
    wanted = np.argwhere(np.triu(distances <= MOST_BITS, 1))
    found = sorted(zip(first.tolist(), second.tolist(), apart.tolist(), strict=True))
    assert len(wanted) > 30
    assert found == [(a, b, int(distances[a, b])) for a, b in wanted.tolist()]
