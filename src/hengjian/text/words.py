"""Words: whether characters stand where known words would, or are a disguise that makes none."""

from __future__ import annotations

from functools import lru_cache

import rjieba

from hengjian.text.folds import is_han

# Characters that stand alone in ordinary text; alone they tell little of a disguise.
_COMMON_ALONE = frozenset(
    "的了啥算在是我有和就不人都一个上也很到说要去你会着没看好自这那他她它们把被给让跟对从向为与及或但而且又再才还更最太真"
    "多少大小来过得地里外前后中下吗呢吧啊呀嘛哦啦么什谁哪几每各该能可想用做吃买发找打开放拿送换穿问写读走跑坐站住"
    "以于之其所如若因由将已曾正只便却等并比按拍先快慢早晚新旧高低长短年月日时分秒元块件条只支双份套次号款种样点些"
    "二三四五六七八九十百千万两半第家店货单价钱图字词句话事物水火山石天地手头眼心口脚车路门书"
)
COMMON_WEIGHT = 0.3


@lru_cache(maxsize=64)
def _strangeness(folded: str) -> tuple[float, ...]:
    """Return for each character how strange it stands there: 0 within a word, 1 alone and rare."""
    strange: list[float] = []
    for token in rjieba.cut(folded, hmm=False):
        if len(token) > 1:
            strange.extend([0.0] * len(token))
        else:
            strange.append(COMMON_WEIGHT if token in _COMMON_ALONE else 1.0)
    return tuple(strange)


def strangeness(folded: str, start: int, end: int) -> float:
    """Return how little the Chinese characters of a stretch look like words, 0 to 1.

    Source: the dictionary of jieba, through rjieba, without its guesses at unknown words.
    """
    all_of_them = _strangeness(folded)
    told = [all_of_them[offset] for offset in range(start, end) if is_han(folded[offset])]
    return sum(told) / len(told) if told else 1.0
