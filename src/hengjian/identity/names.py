"""Names of operators: whether two writings are one company's name.

A registered name is region, 字号 (its own name), trade and form, as 杭州 青松 食品 有限公司. Names
are unique only as a whole: one other character, trade or region makes another company. So `same`
needs every part that tells companies apart; only what officials drop as well (brackets, 省, 市, a
province before its city, 责任) may differ.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from rapidfuzz.distance import OSA

from hengjian.identity.places import WORDS, Place, same_place, split_place
from hengjian.text.folds import simplify

Verdict = Literal["same", "branch", "abbreviation", "near", "different"]

_OPEN = re.compile(r"[\[{<〔【〈《「『﹝]")
_CLOSE = re.compile(r"[\]}>〕】〉》」』﹞]")
_NOISE = re.compile(r"[^\w()&+]|_")
_OTHER_NAME = re.compile(r"\((?:原|曾用名|原名|又名|简称)[^()]*\)")
_REGION_MARKS = re.compile(r"[省市区县]")
_BRACKETS = re.compile(r"[()]")

# A form, and how it is written. 责任, 农民 and a bracketed kind add nothing to a name.
_FORMS = {
    "股份有限公司": "股份有限公司|股份公司",
    "有限公司": "有限责任公司|有限公司",
    "有限合伙": r"(?:企业|中心|商行|店)?\(?有限合伙(?:企业)?\)?",
    "普通合伙": r"(?:企业|中心|商行|店)?\(?(?:特殊)?普通合伙(?:企业)?\)?",
    "合伙企业": "合伙企业",
    "专业合作社": "农民专业合作社|专业合作社|合作社",
    "公司": "公司",
}
_OWN_FORMS: list[str] = WORDS["shop_forms"]
_KIND = re.compile(r"\(?个体工商户\)?$|\(个体\)$|\(?个人独资(?:企业)?\)?$")
_FORM = re.compile(
    "(?:"
    + "|".join(f"(?P<f{n}>{writings})" for n, writings in enumerate(_FORMS.values()))
    + f"|(?P<own>{'|'.join(_OWN_FORMS)}))$"
)
_FORM_NAMES = [*_FORMS]
# What leaves open which form is meant.
_OPEN_FORMS = {"", "公司"}

_HEAD = r"(?P<head>.{2,}?(?:公司|合作社|合伙企业|\(有限合伙\)|\(普通合伙\)))"
_BRANCH_ENDING = r"(?:分公司|支公司|分店|店|营业部|分部|办事处|门市部|经营部|分厂|厂|服务部|中心)"
_BRANCH = re.compile(rf"{_HEAD}\(?(?P<branch>[^()]*?{_BRANCH_ENDING})\)?$")
_BRACKET_BRANCH = re.compile(
    r"(?P<head>.{2,}?)\((?P<branch>[^()]*(?:分公司|分店|店|门市|营业部|分部|办事处))\)$"
)
_ORDINAL = re.compile(r"第?([零〇一二两三四五六七八九十0-9]+)(?=分|店|营业|门市|支)")
_DIGITS = str.maketrans("零〇一二两三四五六七八九", "001223456789")

_TRADES: list[str] = WORDS["trades"]
_TRADE = re.compile(rf"(.{{2,}}?)((?:{'|'.join(sorted(_TRADES, key=len, reverse=True))})*)$")
_LEAST_SHORT = 2


class NameMatch(NamedTuple):
    """What two names are to each other.

    Attributes:
        verdict: `same`: one name; `branch`: one company's branches, or it and its branch;
            `abbreviation`: one may be short for the other; `near`: alike, but of two companies as
            far as the names say; `different`: nothing in common, or one is empty.
        reason: In Chinese.
    """

    verdict: Verdict
    reason: str


class NameParts(NamedTuple):
    """The parts of a name; an empty part was not said.

    Attributes:
        place: The region it begins with.
        core: 字号 and trade, with a region in brackets where it has one.
        brand: 字号.
        trade: What it deals in.
        form: Of company or shop.
        branch: Its branch.
    """

    place: Place
    core: str
    brand: str
    trade: str
    form: str
    branch: str

    @property
    def head(self) -> str:
        """The company without its branch, as a key."""
        return self.place.finest + self.core + self.form


def _clean(name: str) -> str:
    text = simplify(unicodedata.normalize("NFKC", name)).casefold()
    text = _CLOSE.sub(")", _OPEN.sub("(", text))
    return _OTHER_NAME.sub("", _NOISE.sub("", text))


def _arabic(found: re.Match[str]) -> str:
    digits = found[1]
    tens, ten, ones = digits.partition("十")
    if ten:
        return str(int(tens.translate(_DIGITS) or 1) * 10 + int(ones.translate(_DIGITS) or 0))
    return str(int(digits.translate(_DIGITS)))


def _branch(text: str) -> str:
    _, rest = split_place(text)
    place = text[: len(text) - len(rest)].rstrip("市")
    return _ORDINAL.sub(_arabic, place + rest) if text.count("十") < _LEAST_SHORT else text


def _split_branch(text: str) -> tuple[str, str]:
    found = _BRANCH.fullmatch(text) or _BRACKET_BRANCH.fullmatch(text)
    return (found["head"], _branch(found["branch"])) if found else (text, "")


def _split_form(text: str) -> tuple[str, str]:
    found = _FORM.search(text)
    if found is None or found.start() == 0:
        return text, ""
    own = found["own"]
    return text[: found.start()], own or _FORM_NAMES[int(str(found.lastgroup)[1:])]


@lru_cache(maxsize=4096)
def name_parts(name: str) -> NameParts:
    """Split a name into its parts."""
    text = _clean(name)
    head, branch = _split_branch(_KIND.sub("", text) or text)
    body, form = _split_form(head)
    body = _BRACKETS.sub("", body)
    place, core = split_place(body, least_left=2 if form else 3)
    if not core:
        place, core = Place("", "", ""), body
    found = _TRADE.fullmatch(core)
    brand, trade = (found[1], found[2]) if found else (core, "")
    return NameParts(place, core, brand, trade, form, branch)


def name_key(name: str) -> str:
    """Return what two writings of one name have in common: equal keys are the verdict `same`.

    A name without any letter or digit has an empty key, which equals nothing.
    """
    parts = name_parts(name)
    return parts.head + (f"|{parts.branch}" if parts.branch else "")


def compare_names(a: str, b: str) -> NameMatch:
    """Compare the names of two operators, whichever comes first."""
    ours, theirs = sorted((name_parts(a), name_parts(b)))
    if not ours.core or not theirs.core:
        return NameMatch("different", "有一方没有可比对的名称")
    if ours == theirs or (ours.head == theirs.head and ours.branch == theirs.branch):
        return NameMatch("same", "名称一致（不计书写格式）")
    if ours.head == theirs.head:
        return NameMatch("branch", _branch_reason(ours.branch, theirs.branch))
    return _compare_heads(ours, theirs)


def _branch_reason(ours: str, theirs: str) -> str:
    if ours and theirs:
        return f"同一主体的两个分支：{ours}、{theirs}"
    return f"其一是另一方的分支：{ours or theirs}"


def _compare_heads(ours: NameParts, theirs: NameParts) -> NameMatch:
    placed = same_place(ours.place, theirs.place)
    if ours.core == theirs.core:
        return _same_core(ours, theirs, placed)
    short, long = sorted((ours, theirs), key=lambda parts: (len(parts.core), parts))
    if placed is not False and _shortens(short, long):
        return NameMatch("abbreviation", f"“{short.core}”可能是“{long.core}”的简称")
    if placed is not False and ours.brand == theirs.brand:
        return NameMatch("near", f"字号同为“{ours.brand}”，行业不同")
    if _joined(ours) == _joined(theirs):
        return NameMatch("near", "行政区划的写法或位置不同，可能是两家企业")
    if _one_apart(ours.brand, theirs.brand) and _may_be_one_trade(ours, theirs):
        return NameMatch("near", f"字号仅一字之差：“{ours.brand}”与“{theirs.brand}”")
    return NameMatch("different", f"“{ours.head}”与“{theirs.head}”有两处以上不同")


def _same_core(ours: NameParts, theirs: NameParts, placed: bool | None) -> NameMatch:
    if placed is False:
        places = f"“{ours.place.finest}”与“{theirs.place.finest}”"
        return NameMatch("near", f"字号和行业相同，行政区划不同：{places}")
    forms = {ours.form, theirs.form}
    if len(forms) > 1 and not forms & _OPEN_FORMS:
        return NameMatch("near", f"组织形式不同：“{ours.form}”与“{theirs.form}”")
    missing = [] if placed else ["行政区划"]
    missing += ["组织形式"] if len(forms) > 1 else []
    return NameMatch("abbreviation", f"一方没有写全：{'、'.join(missing)}")


def _shortens(short: NameParts, long: NameParts) -> bool:
    whole = short.form not in _OPEN_FORMS
    return not whole and len(short.core) >= _LEAST_SHORT and long.core.startswith(short.core)


def _joined(parts: NameParts) -> str:
    """All characters but those that mark a region, wherever the region stands."""
    return "".join(sorted(_REGION_MARKS.sub("", parts.head)))


def _one_apart(ours: str, theirs: str) -> bool:
    return min(len(ours), len(theirs)) >= _LEAST_SHORT and OSA.distance(ours, theirs) == 1


def _may_be_one_trade(ours: NameParts, theirs: NameParts) -> bool:
    return ours.trade == theirs.trade or not ours.trade or not theirs.trade
