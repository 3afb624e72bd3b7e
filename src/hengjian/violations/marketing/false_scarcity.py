"""Tells whether a host counts down what is left, only to start the count again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from hengjian.text.folds import fold
from hengjian.violations.row import SPEAKERS, Row
from hengjian.violations.selection import Answer, Evidence

# A count that never rises is what remains of one stock; so is a count after new goods.
_LEAST_COUNTS = 3
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_LEFT = re.compile(
    r"(?:最后|仅剩|只剩|就剩|还剩|只有|剩下)(?:下)?(?:的)?(?P<number>\d{1,4}|[一二两三四五六七八九十]{1,3})"
    r"(?:单|件|套|份|组|台|箱|盒|瓶|条|双|包|袋|个名额|个库存)"
)
_OTHER_GOODS = re.compile(
    r"下一[款个样件品]|下个品|下款|换一?[款个品]|新品|接下来|再来看|[0-9一二两三四五六七八九十]+号链接|链接上新|第[0-9一二三四五六七八九十]+[款个]|加货|补货到了|新到一批"
)


class _Count(NamedTuple):
    """How many are said to be left, and where that is said."""

    number: int
    evidence: Evidence


def judge(row: Row) -> Answer:
    """Return true if of one item at least three counts were named, and the count rose again.

    Once the host turns to other goods, or says that more came in, the count begins anew.
    """
    if not row.places("segments[].text", SPEAKERS):
        return Answer(None, missing=frozenset({"segments"}))
    for counts in _by_item(row):
        rose = any(later.number > earlier.number for earlier, later in pairwise(counts))
        if rose and len(counts) >= _LEAST_COUNTS:
            return Answer(True, tuple(count.evidence for count in counts))
    return Answer(False)


def _by_item(row: Row) -> Iterator[list[_Count]]:
    counts: list[_Count] = []
    for name in sorted(row.places("segments[].text"), key=_position):
        text = fold(row.texts[name])
        if _OTHER_GOODS.search(text):
            yield counts
            counts = []
        counts += [_count(name, match) for match in _LEFT.finditer(text)]
    yield counts


def _position(name: str) -> int:
    return int(name.partition("[")[2].partition("]")[0])


def _count(name: str, match: re.Match[str]) -> _Count:
    return _Count(_number(match["number"]), Evidence(name, match.start(), match.end(), "literal"))


def _number(written: str) -> int:
    if written.isdigit():
        return int(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return _DIGITS[written[-1]]
    return (_DIGITS[tens[-1]] if tens else 1) * 10 + (_DIGITS[ones[-1]] if ones else 0)
