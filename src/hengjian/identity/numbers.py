"""Numbers of licences and registers: what is well-formed, what only tries to be.

A bad form or check digit raises a suspicion and proves nothing: pages are mistyped, and of some
forms the standard itself was not at hand (`confirmed`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hengjian.text.folds import fold

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_MASKS = re.compile(r"[*＊×xX…]{2,}|\.{3,}")
_NOT_CODE = re.compile(r"[\s\-—_:：·.]+")
_LEAST_DIGITS = 6


def mod_11_10(digits: str) -> bool:
    """Tell whether the last digit checks the others; ISO 7064 hybrid MOD 11,10.

    Source: GB/T 17710; that SC and JY numbers use it was found on public numbers, not read in a
    standard.
    """
    product = 10
    for digit in digits[:-1]:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def uscc_checks(code: str) -> bool:
    """Tell whether the last character of a unified social credit code checks the others.

    Source: GB 32100, which leaves out the letters I, O, S, V, Z.
    """
    if any(character not in _USCC_ALPHABET for character in code):
        return False
    pairs = zip(code[:-1], _USCC_WEIGHTS, strict=True)
    total = sum(_USCC_ALPHABET.index(character) * weight for character, weight in pairs)
    return _USCC_ALPHABET[(31 - total % 31) % 31] == code[-1]


def gtin_checks(code: str) -> bool:
    """Tell whether the last digit of a GTIN of 8, 12, 13 or 14 digits checks the others."""
    weighted = (int(c) * (3 if n % 2 else 1) for n, c in enumerate(reversed(code)))
    return sum(weighted) % 10 == 0


@dataclass(frozen=True)
class Form:
    """The form of one kind of number.

    Attributes:
        title: Its Chinese name.
        whole: What a number looks like, in capitals and without blanks or signs.
        attempt: What somebody writes who means such a number, in a text that was folded.
        checks: Its check digit; None: it has none that is known.
        signs: One of these stands in every attempt at one; none: FEWEST_DIGITS do.
        confirmed: The form was checked against a text or on public numbers; False: from memory.
    """

    title: str
    whole: re.Pattern[str]
    attempt: re.Pattern[str]
    checks: Callable[[str], bool] | None = None
    confirmed: bool = True
    signs: tuple[str, ...] = ()


class Found(NamedTuple):
    """A number, or an attempt at one, by its offsets into the original text."""

    start: int
    end: int
    state: Literal["well_formed", "malformed"]


def _form(
    title: str,
    whole: str,
    attempt: str,
    checks: Callable[[str], bool] | None = None,
    *,
    confirmed: bool = True,
    signs: tuple[str, ...] = (),
) -> Form:
    return Form(title, re.compile(whole), re.compile(attempt), checks, confirmed, signs)


def _digits_after(letters: int) -> Callable[[str], bool]:
    return lambda code: mod_11_10(code[letters:])


_BLANK = r"[\s\-:]{0,2}"
_BRACKET = r"[\s(\[〔]{0,2}"
_CLOSE = r"[\s)\]〕]{0,2}"

# What has fewer digits and no sign of its own is no attempt at a number.
FEWEST_DIGITS = 6
_SOME_DIGITS = rf"(?=(?:\s*\d){{{FEWEST_DIGITS}}})"

FORMS: dict[str, Form] = {
    "uscc": _form(
        "统一社会信用代码",
        r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}",
        r"(?<![0-9a-z])(?=[0-9a-z]*\d{6})(?:1|5|9)[0-9a-z]{15,19}(?![0-9a-z])",
        uscc_checks,
    ),
    "food_operation": _form(
        "食品经营许可证编号",
        r"JY[1-3]\d{13}",
        rf"(?<![a-z])jy{_BLANK}\d[\d\s]{{4,20}}",
        _digits_after(2),
        signs=("JY",),
    ),
    "prepackaged_filing": _form(
        "仅销售预包装食品备案编号",
        r"YB[12]\d{13}",
        rf"(?<![a-z])yb{_BLANK}\d[\d\s]{{4,20}}",
        signs=("YB",),
    ),
    "food_production": _form(
        "食品生产许可证编号",
        r"SC\d{14}",
        rf"(?<![a-z])sc{_BLANK}\d[\d\s]{{4,20}}",
        _digits_after(2),
        signs=("SC",),
    ),
    "drug": _form(
        "药品批准文号",
        r"国药准字(?:[HZS][CJ]?\d{8}|[BFTJ]\d{8})",
        rf"国药准字{_BLANK}[a-z]{{0,2}}{_BLANK}\d[\d\s]{{3,12}}",
        signs=("国药准字",),
    ),
    "drug_operation": _form(
        "药品经营许可证编号",
        r"[一-龥][A-D][A-D]\d{7,9}",
        rf"(?<![a-z])[一-龥][a-d][a-d]{_BLANK}{_SOME_DIGITS}\d[\d\s]{{5,12}}(?!\d)",
        confirmed=False,
    ),
    "device_registration": _form(
        "医疗器械注册证编号",
        r"(?:国械注(?:准|进|许)(?:19|20)\d{2}[23]\d{6}|[一-龥]械注准(?:19|20)\d{2}2\d{6})",
        rf"[一-龥]?械注(?:准|进|许){_BLANK}\d[\d\s]{{4,14}}",
        signs=("械注",),
    ),
    "device_filing": _form(
        "第一类医疗器械备案编号",
        r"(?:国|[一-龥]{2}|[京津沪渝])械备(?:19|20)\d{2}\d{4}号?",
        rf"[一-龥]{{1,2}}械备{_BLANK}\d[\d\s]{{3,12}}号?",
        signs=("械备",),
    ),
    "cosmetic_filing": _form(
        "普通化妆品备案编号",
        r"(?:[一-龥]G妆网备字\d{8,12}|国妆网备(?:进|制)字\([一-龥]\)\d{8,12})",
        rf"(?:[一-龥]g|国){_BLANK}妆网备(?:进|制)?字{_BRACKET}[一-龥]?{_CLOSE}\d[\d\s]{{3,13}}",
        signs=("妆网备",),
    ),
    "special_cosmetic": _form(
        "特殊化妆品注册证编号",
        r"国妆特(?:进|制)?字G?\d{8,9}",
        rf"国妆特(?:进|制)?字{_BLANK}[a-z]?{_BLANK}\d[\d\s]{{3,12}}",
        signs=("国妆特",),
    ),
    "health_food": _form(
        "保健食品注册或备案编号",
        r"(?:国食健注[GJ]\d{8}|食健备G\d{12}|食健备J\d{4}00\d{6}|国食健字[GJ]\d{8}"
        r"|卫食健(?:进)?字\(\d{4}\)第?\d{4}号?)",
        rf"(?:国食健[注字备]|卫食健(?:进)?字|食健备){_BRACKET}[a-z]?{_BLANK}\d[\d\s)第]{{3,16}}号?",
        signs=("食健",),
    ),
    "ccc": _form(
        "3C证书编号",
        r"(?:19|20)\d{14}",
        rf"(?<!\d){_SOME_DIGITS}\d[\d\s]{{9,20}}\d(?!\d)",
        confirmed=False,
    ),
    "gtin": _form(
        "商品条码",
        r"(?:\d{8}|\d{12,14})",
        r"(?<![\d.])\d{8,14}(?![\d.])",
        gtin_checks,
    ),
    "travel_agency": _form(
        "旅行社业务经营许可证编号",
        r"L[A-Z]{2,8}\d{3,6}",
        r"(?<![a-z])l-[a-z]{2}-?[a-z]{0,4}-?\d{2,10}",
        confirmed=False,
        signs=("L-",),
    ),
    "medical_advertising": _form(
        "药品、医疗器械、保健食品广告批准文号",
        r"[一-龥]?(?:药|械|食健|特食)广审\((?:文|视|声)\)第\d{6}-?\d{5}号",
        rf"[一-龥]?(?:药|械|食健|特食)广审{_BRACKET}(?:文|视|声){_CLOSE}第?{_BLANK}\d[\d\s\-]{{4,14}}号?",
        confirmed=False,
        signs=("广审",),
    ),
}


def find_numbers(form: str, text: str) -> Iterator[Found]:
    """Return the numbers of a form that stand in a text, and the attempts at one.

    A number that the page hides in part (SC107****) is neither.

    Args:
        form: A key of FORMS.
        text: The original text; offsets point into it.
    """
    wanted = FORMS[form]
    for match in wanted.attempt.finditer(fold(text)):
        written = text[match.start() : match.end()]
        end = match.start() + len(written.rstrip())
        if _MASKS.search(written) or _MASKS.match(text[end : end + 3]):
            continue
        yield Found(match.start(), end, _state(wanted, written))


def value_state(form: str, value: str) -> Literal["well_formed", "malformed"] | None:
    """Return what a value is that should be a number of a form; None: it gives no number at all.

    See packaging (见包装), none (无) and hidden digits are no number.
    """
    found = {number.state for number in find_numbers(form, value)}
    if "well_formed" in found or _state(FORMS[form], value) == "well_formed":
        return "well_formed"
    if _MASKS.search(value):
        return None
    digits = sum(character.isdigit() for character in value)
    return "malformed" if found or digits >= _LEAST_DIGITS else None


def _state(form: Form, written: str) -> Literal["well_formed", "malformed"]:
    code = _NOT_CODE.sub("", fold(written)).upper().replace("〔", "(").replace("〕", ")")
    if form.whole.fullmatch(code) is None:
        return "malformed"
    return "well_formed" if form.checks is None or form.checks(code) else "malformed"
