"""Templates: texts of different accounts that are the same but for a few words.

Every text is cut into pairs of neighbouring characters (Chinese characters and letters only; signs,
figures and spaces disguise a copy and are left out). Texts that have most pairs in common are told
by their least hashes (MinHash, Broder 1997), without comparing all with all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hengjian.compiled import compiled
from hengjian.graphs.components import unite

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint32]

# Shorter praise (很好，物流快，下次还来) is the same by chance.
LEAST_CHARACTERS = 12
_BANDS, _ROWS = 12, 2
_HASHES = _BANDS * _ROWS
# Of the hashes; as many as texts of which about 55 % of the pairs are common.
_LEAST_AGREEING = 13
_SEED = 20_240_901
_FIRST_HAN, _LAST_HAN = 0x4E00, 0x9FFF
_UPPER_A, _UPPER_Z, _LOWER_A, _LOWER_Z = 65, 90, 97, 122
_TO_LOWER = np.uint64(32)


def template_numbers(texts: pa.Array[Any] | pa.ChunkedArray[Any]) -> Ints:
    """Return for each text the number of its template; -1: null or too short to tell.

    The numbers do not hang on the order of the rows.
    """
    whole = pa.chunked_array(texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts])
    coded: Any = whole.cast(pa.string()).combine_chunks().dictionary_encode()
    if not len(coded.dictionary):
        return np.full(len(whole), -1, dtype=np.int64)
    order = pc.sort_indices(coded.dictionary)
    sorted_texts = coded.dictionary.take(order)
    number_of = np.empty(len(order), dtype=np.int64)
    number_of[order.to_numpy()] = _numbers(sorted_texts)
    indices = coded.indices
    rows: Ints = np.where(
        np.asarray(indices.is_valid()), number_of[np.asarray(indices.fill_null(0))], -1
    )
    return rows


def _numbers(texts: Any) -> Ints:
    lengths = np.asarray(pc.utf8_length(texts)).astype(np.int64)
    ends = np.cumsum(lengths)
    joined = "".join(texts.to_pylist())
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    factors = np.random.default_rng(_SEED).integers(1, 2**62, (2, _HASHES), dtype=np.uint64) | 1
    sketches, kept = _sketches(codes, ends - lengths, ends, factors[0], factors[1])
    roots = np.arange(len(texts))
    told = np.flatnonzero(kept >= LEAST_CHARACTERS)
    for band in range(_BANDS):
        pair = sketches[told, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
        keys = (pair[:, 0] << np.uint64(32)) | pair[:, 1]
        order = np.argsort(keys, kind="stable")
        _join(keys[order], told[order], sketches, roots)
    return np.where(kept >= LEAST_CHARACTERS, _flat(roots), -1)


@compiled
def _sketches(
    codes: Hashes,
    begins: Ints,
    ends: Ints,
    factors: NDArray[np.uint64],
    offsets: NDArray[np.uint64],
) -> tuple[Hashes, Ints]:
    """Return the least hashes of each text's pairs, and how many characters it was told by."""
    sketches = np.full((len(begins), len(factors)), 0xFFFFFFFF, dtype=np.uint32)
    kept = np.zeros(len(begins), dtype=np.int64)
    for text in range(len(begins)):
        before = np.uint64(0)
        for place in range(begins[text], ends[text]):
            code = np.uint64(codes[place])
            if _UPPER_A <= code <= _UPPER_Z:
                code += _TO_LOWER
            if not (_FIRST_HAN <= code <= _LAST_HAN or _LOWER_A <= code <= _LOWER_Z):
                continue
            kept[text] += 1
            if before:
                pair = (before << np.uint64(21)) ^ code
                for number in range(len(factors)):
                    mixed = (pair * factors[number] + offsets[number]) >> np.uint64(32)
                    value = np.uint32(mixed)
                    sketches[text, number] = min(sketches[text, number], value)
            before = code
    return sketches, kept


@compiled
def _join(keys: NDArray[np.uint64], texts: Ints, sketches: Hashes, roots: Ints) -> None:
    """Join each text to the first one of the same key, if enough of their hashes agree."""
    head = 0
    for place in range(1, len(keys)):
        if keys[place] != keys[head]:
            head = place
            continue
        one, other = texts[head], texts[place]
        agreeing = 0
        for number in range(sketches.shape[1]):
            if sketches[one, number] == sketches[other, number]:
                agreeing += 1
        if agreeing < _LEAST_AGREEING:
            continue
        unite(roots, one, other)


@compiled
def _flat(roots: Ints) -> Ints:
    flat = roots.copy()
    for place in range(len(flat)):
        flat[place] = flat[flat[place]]
    return flat
