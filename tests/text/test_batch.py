"""Many texts at once give what each gives alone, and every hit is what its layer says it is."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT

from hengjian.text.arrays import codes_of
from hengjian.text.folds import HAN, HIDDEN, fold, kind_table, simplify
from hengjian.text.matcher import ALL, EXACT, PLAIN_DISGUISES, Hit, Layer, Matcher
from hengjian.text.shapes import UNLIKE, likeness, looks, split_forms
from hengjian.text.sounds import initials_of_term, syllables_of_term, toneless

TERMS = [
    "最佳",
    "国家级",
    "特供",
    "好评返现",
    "药妆",
    "独一无二",
    "第一",
    "一",
    "RDCT",
    "返现",
    "a货",
]
ALPHABET = (
    "最佳家级特供好评返现药妆独一无二第國級評現藥妝獨無毒贰特弟衣"  # terms, traditional, sounds
    "牜寺亻共牛圭彳止女子蒋瑂媚"  # parts and shapes
    "gongtexianpingdiyizuijiahpfxRDCTＲｄa货祸"
    " ，。·_-😀\u200b\ufe0f\u0336\n<b>&#26368;&nbsp;</i>"
)
TEXTS = st.text(alphabet=ALPHABET, max_size=60)
PIECES = st.lists(
    st.sampled_from(
        [
            "最",
            "佳",
            "國家",
            "级",
            "特",
            "gong",
            "te",
            "供",
            "好评",
            "返",
            "xian",
            "hpfx",
            "fx",
            "牜寺",
            "毒",
            "一无",
            "贰",
            "无一",
            "<b>",
            "</b>",
            "&nbsp;",
            "&#26368;",
            "😀",
            "。",
            "\u200b",
            "第",
            "弟一",
            "特巾共",
            "Ａ祸",
            "𠮷",
            "ＲDct",
        ]
    ),
    max_size=12,
).map("".join)
EVERYTHING = Matcher(TERMS, ALL)


@given(st.lists(TEXTS | PIECES | st.text(), max_size=8))
def test_many_texts_give_what_each_gives_alone(texts: list[str]) -> None:
    matches = EVERYTHING.find_batch(texts)
    found = matches.by_text()
    assert [found.get(number, []) for number in range(len(texts))] == [
        EVERYTHING.find(text) for text in texts
    ]
    assert len(matches) == sum(map(len, found.values()))


@given(st.lists(PIECES, max_size=8))
def test_matches_are_in_the_order_of_texts_and_places(texts: list[str]) -> None:
    matches = EVERYTHING.find_batch(texts)
    rows = [matches.text, matches.start, matches.end, matches.term]
    places = list(zip(*(row.tolist() for row in rows), strict=True))
    assert places == sorted(places)


def test_a_long_batch_is_searched_in_parts_and_nothing_is_lost() -> None:
    texts = ["全网最佳", "x" * 40_000, "", "特gong"] * 12
    found = Matcher(TERMS, ALL).find_batch(texts).by_text()
    assert sorted(found) == [n for n in range(len(texts)) if n % 4 in {0, 3}]


def test_nothing_matches_from_one_text_to_the_next() -> None:
    assert len(EVERYTHING.find_batch(["最", "佳", "特", "gong", "好评返x", "ian"])) == 0


def test_no_texts_give_no_matches() -> None:
    assert len(EVERYTHING.find_batch([])) == 0
    assert len(EVERYTHING.find_batch(["", ""])) == 0


def test_half_of_a_surrogate_pair_can_be_searched() -> None:
    assert [hit.start for hit in EVERYTHING.find("\ud800最佳")] == [1]


def test_layers_that_are_left_out_change_nothing_in_the_others() -> None:
    few = Matcher(TERMS, EXACT | PLAIN_DISGUISES)
    text = "國家级 特gong 牜寺供 最😀佳"
    wanted = [hit for hit in EVERYTHING.find(text) if hit.layer in EXACT | PLAIN_DISGUISES]
    assert few.find(text) == wanted


@given(TEXTS | PIECES)
@settings(max_examples=300)
def test_every_hit_is_what_its_layer_says(text: str) -> None:
    for hit in EVERYTHING.find(text):
        assert _holds(hit, text[hit.start : hit.end]), (hit, text[hit.start : hit.end])


def _holds(hit: Hit, written: str) -> bool:
    """Tell by each layer's own definition whether a stretch of text is the term."""
    term, seen = fold(hit.term), fold(_as_seen(written))
    kept = "".join(filter(_is_kept, seen))
    letters = {c.isascii() for c in kept}
    definitions: dict[Layer, Callable[[], bool]] = {
        "literal": lambda: written == hit.term,
        "traditional": lambda: simplify(written) == simplify(hit.term),
        "width": lambda: fold(written) == term,
        "html": lambda: seen == term != fold(written),
        "inserted": lambda: kept == term != seen,
        "split": lambda: seen in {form for form, _ in split_forms(term)},
        "pinyin": lambda: letters == {True} and _sounds_like(seen, _syllables(term)),
        "mixed": lambda: letters == {True, False} and _sounds_like(seen, _syllables(term)),
        "homophone": lambda: seen != term and _is_heard_as(seen, term),
        "swap": lambda: _is_swapped(seen, term),
        "initials": lambda: seen == initials_of_term(term),
        "lookalike": lambda: len(seen) == len(term) and _looks_like(seen, term),
    }
    return definitions[hit.layer]()


def _is_swapped(seen: str, term: str) -> bool:
    have, want = Counter(seen), Counter(term)
    return seen != term and not want - have and (have - want).total() <= 1


def _looks_like(seen: str, term: str) -> bool:
    rows = zip(looks(codes_of(seen)), looks(codes_of(term)), strict=True)
    return all(
        a == b or likeness(*row) != UNLIKE
        for (a, b), row in zip(zip(seen, term, strict=True), rows, strict=True)
    )


def _as_seen(written: str) -> str:
    return html.unescape(re.sub(r"<[^<>]*>", "", written))


def _is_kept(character: str) -> bool:
    return _is_chinese(character) or (character.isascii() and character.isalnum())


def _is_spoken(character: str) -> bool:
    return character.isalnum() and not kind_table()[ord(character)] & HIDDEN


def _syllables(term: str) -> tuple[str, ...]:
    found = syllables_of_term(term)
    assert found is not None
    return found


def _is_heard_as(seen: str, term: str) -> bool:
    syllables = iter(lazy_pinyin(term, errors="ignore"))
    sounds = [toneless(next(syllables)) if _is_chinese(c) else "" for c in term]
    return len(seen) == len(term) and all(
        a == b or (_is_chinese(b) and _sounds_like(a, (sound,)))
        for a, b, sound in zip(seen, term, sounds, strict=True)
    )


def _is_chinese(character: str) -> bool:
    return bool(kind_table()[ord(character)] & HAN)


def _sounds_like(seen: str, syllables: tuple[str, ...]) -> bool:
    if not seen:
        return not syllables
    if not _is_spoken(seen[0]):
        return _sounds_like(seen[1:], syllables)
    if not syllables:
        return False
    if seen[0].isascii():
        here = seen.startswith(syllables[0])
        return here and _sounds_like(seen[len(syllables[0]) :], syllables[1:])
    readings = {toneless(reading) for reading in PINYIN_DICT[ord(seen[0])].split(",")}
    return syllables[0] in readings and _sounds_like(seen[1:], syllables[1:])
