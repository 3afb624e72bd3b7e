"""Arrays of characters, and tables with which they are searched all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hengjian.compiled import compiled

Ints = NDArray[np.intp]
Counts = NDArray[np.int32]
Keys = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Behind the last character of Unicode stands one more: the mark between two texts.
SEPARATOR = 0x110000
CODES = SEPARATOR + 1

NONE: Ints = np.empty(0, dtype=np.intp)

_CODE_BITS = 24
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HASH_BITS = 64
_WORD_SHIFT, _IN_WORD, _ONE = np.uint64(6), np.uint64(63), np.uint64(1)
_PAIR = 2
_FIRST_EXCHANGED, _SECOND_EXCHANGED, _CHOICES = 1, 2, 3
_FIRST_ROOM = 1 << 16
_FEWEST_BITS, _MOST_BITS = 12, 22
# So many slots for each pair that few others fall into the slot of one.
_SPARE_BITS = 4


class Places(NamedTuple):
    """What was found: for each find whose it is, where it begins, and how long it is."""

    owners: Ints
    starts: Ints
    lengths: Ints


def codes_of(text: str) -> Ints:
    """Return the characters of a text as numbers."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.intp)


def counted_up(counts: Ints) -> Ints:
    """Return 0, 1, … for each of the counts, one after another: 2, 3 gives 0, 1, 0, 1, 2."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.intp) - np.repeat(ends - counts, counts)


@compiled
def pair_key(first: int, second: int) -> np.uint64:
    """Return the key of one pair, as `pair_keys` does of many."""
    return np.uint64((first << _CODE_BITS) | second) * _MIX


def pair_keys(first: Ints, second: Ints) -> Keys:
    """Return a number for each pair of codes, of which the high bits are as good as random."""
    keys = first.view(np.uint64) << np.uint64(_CODE_BITS)
    keys |= second.view(np.uint64)
    keys *= _MIX
    return keys


class PairTable(NamedTuple):
    """The numbers of pairs of codes, by slots of their keys.

    Attributes:
        shift: How far a key is shifted to be a slot.
        used: Which slots hold anything, a bit each: so small that it stays in the cache.
        begins: Where each slot begins; the next begins where it ends.
        keys: The keys, slot after slot.
        numbers: The number of each.
    """

    shift: np.uint64
    used: Keys
    begins: Counts
    keys: Keys
    numbers: Ints

    def find(self, keys: Keys) -> tuple[Ints, Ints]:
        """Return where the pairs stand, and their numbers."""
        slots = (keys >> self.shift).view(np.intp)
        where = np.flatnonzero(self.begins[slots + 1] > self.begins[slots])
        begins = self.begins[slots[where]]
        counts = self.begins[slots[where] + 1] - begins
        spread = np.repeat(np.arange(len(where)), counts)
        where, places = where[spread], begins[spread] + counted_up(counts)
        same = self.keys[places] == keys[where]
        return where[same], self.numbers[places[same]]


def pair_table(keys: Keys) -> PairTable:
    """Return a table of keys; each has its place as number, several may be the same."""
    different = len(np.unique(keys))
    bits = min(_MOST_BITS, max(_FEWEST_BITS, different.bit_length() + _SPARE_BITS))
    shift = np.uint64(_HASH_BITS - bits)
    slots = (keys >> shift).view(np.intp)
    numbers = np.argsort(slots, kind="stable")
    counts = np.bincount(slots, minlength=1 << bits)
    begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    used = np.packbits(counts > 0, bitorder="little").view(np.uint64)
    return PairTable(shift, used, begins, keys[numbers], numbers)


@compiled
def is_used(table: PairTable, slot: np.uint64) -> bool:
    """Tell whether a slot of a table holds anything."""
    return bool((table.used[slot >> _WORD_SHIFT] >> (slot & _IN_WORD)) & _ONE)


def grown(search: Callable[[Ints], int], rows: int) -> Ints:
    """Return what a search writes into an array of so many rows, however much it is.

    Args:
        search: Writes as much as there is room for, and returns how much there is.
        rows: How many numbers each find has.
    """
    room = _FIRST_ROOM
    while True:
        out = np.empty((rows, room), dtype=np.intp)
        count = search(out)
        if count <= room:
            return out[:, :count]
        room = count


class Sequences:
    """Texts as codes, one after another, by number.

    Attributes:
        codes: All of them.
        offsets: Where each text begins in it.
        lengths: How long each is.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.codes = codes_of("".join(texts))
        self.lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
        self.offsets = np.cumsum(self.lengths) - self.lengths
        self.longest = int(self.lengths.max(initial=0))

    def differences(
        self, codes: Ints, numbers: Ints, starts: Ints, table: Ints | None = None
    ) -> Ints:
        """Return how many codes at each place are other than those of the text of that number.

        Args:
            codes: What is compared.
            numbers: The number of a text for each place.
            starts: The places.
            table: What each code counts as; None: as itself.
        """
        count = np.zeros(len(numbers), dtype=np.intp)
        lengths, offsets = self.lengths[numbers], self.offsets[numbers]
        for step in range(int(lengths.max(initial=0))):
            inside = np.flatnonzero(lengths > step)
            observed = codes[starts[inside] + step]
            observed = observed if table is None else table[observed]
            count[inside] += observed != self.codes[offsets[inside] + step]
        return count


class Pattern(NamedTuple):
    """A short sequence of codes that is searched for.

    Attributes:
        text: The codes as text.
        owner: The number of whom it belongs to.
        anchors: By which of its pairs of codes, named by where they begin, it is looked up.
    """

    text: str
    owner: int
    anchors: tuple[int, ...] = (0,)


class Patterns:
    """Short sequences of codes that are all searched for at once."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        found = list(dict.fromkeys(patterns))
        sequences = Sequences([pattern.text for pattern in found])
        self._codes, self._lengths = sequences.codes, sequences.lengths
        self._offsets, self.longest = sequences.offsets, sequences.longest
        self._owners = np.array([pattern.owner for pattern in found], dtype=np.intp)
        anchors = [
            (number, anchor)
            for number, pattern in enumerate(found)
            if len(pattern.text) >= _PAIR
            for anchor in pattern.anchors
        ]
        numbers, inside = np.array(anchors, dtype=np.intp).reshape(-1, 2).T
        offsets, lengths = self._offsets[numbers], self._lengths[numbers]
        keys = pair_keys(self._codes[offsets + inside], self._codes[offsets + inside + 1])
        # One more code, behind the pair or before it, tells most chance finds at once.
        beside = np.where(inside + _PAIR < lengths, inside + _PAIR, inside - 1)
        beside = np.where(lengths > _PAIR, beside, inside)
        table = pair_table(keys)
        entries = np.stack([numbers, inside, beside - inside, self._codes[offsets + beside]])
        self._entries = entries[:, table.numbers].T.astype(np.int32)
        self._table = table
        self._single = np.flatnonzero(self._lengths == 1)
        singles = self._codes[self._offsets[self._single]]
        self._single_table = pair_table(pair_keys(singles, singles))

    def __bool__(self) -> bool:
        return len(self._owners) > 0

    def find(self, codes: Ints, at: Ints | None = None, other: Ints | None = None) -> Places:
        """Return every place of every pattern, overlapping ones too, in no order.

        Args:
            codes: What is searched.
            at: Pairs of codes of which one at least must be in a find; None: any.
            other: What else may stand for each code, 0 for nothing; once in a find.
        """
        numbers, starts = grown(
            lambda out: _search(
                codes,
                NONE if other is None else other,
                at is None,
                NONE if at is None else at,
                (self._table, self._entries),
                (self._codes, self._offsets, self._lengths),
                out,
            ),
            rows=2,
        )
        if len(self._single):
            places, alone = self._alone(codes, at)
            numbers, starts = np.concatenate([numbers, alone]), np.concatenate([starts, places])
        return Places(self._owners[numbers], starts, self._lengths[numbers])

    def _alone(self, codes: Ints, at: Ints | None) -> tuple[Ints, Ints]:
        """Find the patterns of one code: where they stand, and their numbers."""
        looked_at = codes if at is None else codes[at]
        where, found = self._single_table.find(pair_keys(looked_at, looked_at))
        return where if at is None else at[where], self._single[found]


@compiled
def _search(
    codes: Ints,
    other: Ints,
    everywhere: bool,
    at: Ints,
    lookup: tuple[PairTable, Counts],
    patterns: tuple[Ints, Ints, Ints],
    out: Ints,
) -> int:
    """Look up every pair of codes, and compare the patterns that have it."""
    table, entries = lookup
    count = 0
    for turn in range(len(codes) - 1 if everywhere else len(at)):
        place = turn if everywhere else at[turn]
        for choice in range(1 if len(other) == 0 else _CHOICES):
            first, second = codes[place], codes[place + 1]
            if choice == _FIRST_EXCHANGED:
                first = other[place]
            if choice == _SECOND_EXCHANGED:
                second = other[place + 1]
            if first == 0 or second == 0:
                continue
            key = pair_key(first, second)
            slot = key >> table.shift
            if not is_used(table, slot):
                continue
            for entry in range(table.begins[slot], table.begins[slot + 1]):
                if table.keys[entry] != key:
                    continue
                number, inside, beside, wanted = entries[entry]
                if beside != 0:
                    near = place + beside
                    if codes[near] != wanted and (len(other) == 0 or other[near] != wanted):
                        continue
                    if not _stands(codes, other, place - inside, number, patterns):
                        continue
                if count < out.shape[1]:
                    out[0, count], out[1, count] = number, place - inside
                count += 1
    return count


@compiled
def _stands(
    codes: Ints, other: Ints, start: int, number: int, patterns: tuple[Ints, Ints, Ints]
) -> bool:
    """Tell whether a pattern stands at a place, with one code at most exchanged."""
    wanted, offsets, lengths = patterns
    if start < 0 or start + lengths[number] > len(codes):
        return False
    spent = len(other) == 0
    for step in range(lengths[number]):
        code = wanted[offsets[number] + step]
        if codes[start + step] == code:
            continue
        if spent or other[start + step] != code:
            return False
        spent = True
    return True
