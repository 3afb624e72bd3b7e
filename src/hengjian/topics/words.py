"""Which text uses which word, and which words are of the season or of harm."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import jieba
import numpy as np

from hengjian.stats.bursts import Ints
from hengjian.topics.texts import HAN, Texts

# One who goes on writing of a thing is one; after so many days without it he counts anew.
_SAME_AUTHOR = 14

# Words that come with the season every year are no news.
_SEASONAL = re.compile(
    "双十一|双11|双12|双十二|六一八|618|大促|促销|秒杀|保价|预售|定金|尾款|满减|凑单|红包|"
    "年货|春节|过年|除夕|元宵|汤圆|春运|抢票|"
    "清明|青团|五一|端午|粽|中秋|月饼|国庆|重阳|圣诞|元旦|七夕|情人节|母亲节|父亲节|儿童节|"
    "开学|教辅|宿舍|军训|校服|书包|高考|教师节|大闸蟹|羽绒|棉服|空调|风扇|凉席|防晒|驱蚊|电热毯|暖宝宝|春联|杨梅|荔枝|小龙虾|西瓜"
)
# … but harm to people is, in whatever season.
_HARM = re.compile(
    "中毒|腹泻|呕吐|住院|医院|过敏|爆炸|起火|着火|冒烟|自燃|触电|漏电|窒息|烫伤|受伤|死亡|"
    "皮肤|红肿|灼伤|溃烂"
)


class Uses(NamedTuple):
    """Which record uses which word, each once, by word.

    Attributes:
        words: The words.
        word: Number of the word.
        record: Number of the record.
    """

    words: list[str]
    word: Ints
    record: Ints


def uses_of(texts: Sequence[str]) -> Uses:
    """Return which text uses which word: those of the segmenter, and pairs of characters.

    A new word is not in the dictionary; its pairs of characters tell it.

    Args:
        texts: By number of the record.
    """
    numbers: dict[str, int] = {}
    by_text: dict[str, list[int]] = {}
    words: list[int] = []
    records: list[int] = []
    for record, text in enumerate(texts):
        if text not in by_text:
            by_text[text] = [numbers.setdefault(w, len(numbers)) for w in sorted(_words_of(text))]
        words += by_text[text]
        records += [record] * len(by_text[text])
    of_word, of_record = np.array(words, dtype=np.int64), np.array(records, dtype=np.int64)
    order = np.argsort(of_word, kind="stable")
    return Uses(list(numbers), of_word[order], of_record[order])


def people_of(uses: Uses, texts: Texts, seasonal: frozenset[str]) -> Uses:
    """Return the uses by which people are counted: one who goes on writing is one.

    Args:
        uses: All uses.
        texts: The records.
        seasonal: Further words that are expected; they and those of the season are left out.
    """
    no_news = np.array([_is_seasonal(word, seasonal) for word in uses.words], dtype=np.bool_)
    kept = np.flatnonzero(~no_news[uses.word])
    word, record = uses.word[kept], uses.record[kept]
    author, day = texts.author[record], texts.day[record]
    order = np.lexsort((record, day, author, word))
    word, record, author, day = word[order], record[order], author[order], day[order]
    again = np.zeros(len(word), dtype=np.bool_)
    again[1:] = (np.diff(word) == 0) & (np.diff(author) == 0) & (np.diff(day) < _SAME_AUTHOR)
    return Uses(uses.words, word[~again], record[~again])


def _words_of(text: str) -> set[str]:
    runs = HAN.findall(text)
    pairs = {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
    return pairs.union(segmented(text))


def segmented(text: str) -> Iterator[str]:
    """Return the words of a text as the segmenter cuts them, without single characters."""
    words = (word for run in HAN.findall(text) for word in _segmenter().cut(run))
    return (word for word in words if len(word) > 1)


@cache
def _segmenter() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()


def _is_seasonal(word: str, seasonal: frozenset[str]) -> bool:
    return bool(_SEASONAL.search(word)) or any(word in known or known in word for known in seasonal)


def speaks_of_harm(text: str) -> bool:
    """Tell whether a text speaks of harm to people."""
    return bool(_HARM.search(text))


def speaks_of_season(text: str, seasonal: frozenset[str]) -> bool:
    """Tell whether a text speaks of what comes every year, or has one of some further words."""
    return bool(_SEASONAL.search(text)) or any(word in text for word in seasonal)
