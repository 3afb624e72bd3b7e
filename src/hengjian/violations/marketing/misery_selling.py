"""卖惨: one tale of misfortune that several hosts tell as their own, and sell with.

Who lost his own child cannot be three people. So a tale is suspected where three and more accounts
of different operators tell it as their own, nearly word for word, and sell with it. What is told of
somebody else (an appeal, a report, help for one farmer) may be read by many and is not looked at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz

from hengjian.graphs.components import joined
from hengjian.identity.hosts import Hosts, resolve_hosts
from hengjian.identity.names import name_key
from hengjian.violations.columns import Bools, Floats, Ints, known, moment, places, seconds
from hengjian.violations.detector import Tables
from hengjian.violations.finding import digest
from hengjian.violations.matching import joined_key, key_parts
from hengjian.violations.suspicion import Figure, Members, Quote, Said, Suspicion, Undecided

# Two may be a couple who tell of their own child.
_LEAST_TELLERS = 3
# The catalogue's measure of one script on several accounts, in percent.
_LEAST_ALIKE = 85.0
# Characters; what two true tales share by chance (我妈妈得了癌症，等着手术费) is shorter.
_LEAST_LENGTH = 50
# Only tales that stand beside each other in so many runs of eight characters are compared.
_RUN, _LEAST_RUNS = 8, 4
# Around the words that tell of misfortune: what belongs to the tale, which mostly begins with them,
# and where goods or an excuse must stand. Two misfortunes farther apart are two tales.
_BEFORE, _BEHIND, _NEAR = 10, 50, 200
_LONGEST_TALE = 400
_ID_LENGTH = 12
_PAUSE = "，"

_KIN = (
    "父亲|母亲|爸爸?|妈妈?|爹|娘|爷爷|奶奶|外公|外婆|姥姥|姥爷|老公|丈夫|男人|妻子|老婆|媳妇|儿子|女儿|孩子|娃|闺女|弟弟?|妹妹?|哥哥?|姐姐?"
    "|老伴|婆婆|公公|父母|爸妈|爹妈|爹娘"
)
_BLOW = (
    "癌|白血病|尿毒症|肿瘤|绝症|怪病|重病|大病|瘫|卧病|病倒|病重|病危|植物人|脑梗|中风|脑出血|车祸|截肢|去世|过世|离世|病逝|走得早|走了|没了|改嫁"
    "|坐牢|化疗|透析|手术|重症|住院|残疾|失明|工伤|烧伤|抢救|辍学|上不起学|欠了"
)
_TALE = re.compile(
    rf"(?:我|俺|咱)(?:的|们|家|们家)?(?:那|那个|苦命的)?(?:{_KIN})[^。！？!?]{{0,16}}?(?:{_BLOW})"
    rf"|(?:我|俺)(?:自己|今年|去年|前年|刚)?[^。！？!?]{{0,8}}?(?:查出|患上|得了)[^。！？!?]{{0,6}}?(?:{_BLOW})"
)
_GOODS = re.compile(
    r"下单|小黄车|链接|橱窗|购物车|带走|拍一|拍下|买一|来买|购买|抢购|包邮|一单|一箱|库存|\d+(?:\.\d+)?\s*(?:元|块)"
)
# Who reads these words out tells no tale of his own.
_ANOTHERS = re.compile(
    "募捐|捐款|公益|慈善|基金会|红十字|水滴筹|轻松筹|备案|转发|扩散|寻人|报道|记者|新闻|新华社|央视|通报|警方|民政|小说|剧情|剧中|电影|电视剧|歌词"
    "|短剧|改编|虚构|投稿|来信|读者|朗读|朗诵|护理|纸尿裤|投保|保额"
)


class _Tale(NamedTuple):
    """A tale that one account told.

    Attributes:
        kind: The kind of record it stands in.
        place: Where in the table of that kind.
        account: Platform and account, joined.
        told_at: Seconds since 1970; not-a-number: unknown.
        start: Where in what was said in the record.
        text: The tale.
        around: The tale with what was said before and after it.
        sells: Whether goods are sold with it.
    """

    kind: str
    place: int
    account: str
    told_at: float
    start: int
    text: str
    around: str
    sells: bool


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the groups of accounts of different operators that tell one tale as their own.

    Looked at are posts and what hosts and guests (or unknown speakers) say in livestreams. Tales
    are one where the shorter stands in the other with a similarity of 85 % and more over at least
    50 characters. Accounts of one host, operator or, where the operator is unknown, agency (MCN)
    count once; organisations do not count. Accounts of which neither operator nor agency is known
    are left out and told, as are streams that tell a tale and name no host.
    """
    if not any(kind in tables for kind in ("livestream", "post")):
        yield Undecided("livestream.segments", tables["account"].num_rows)
        return
    tales: list[_Tale] = []
    if "livestream" in tables:
        streams = tables["livestream"]
        found, nameless = _told_by(streams, "livestream", "host_id", "started_at", speech(streams))
        tales += found
        if nameless:
            yield Undecided("livestream.host_id", nameless)
    if "post" in tables:
        posts = tables["post"]
        texts: Any = posts.column("text").combine_chunks()
        tales += _told_by(posts, "post", "account_id", "created_at", texts)[0]
    tales = [tale for tale in tales if tale.sells]
    hosts = _hosts(tables, {tale.account for tale in tales})
    unknown: set[str] = set()
    for group in _alike(tales):
        yield from _judged([tales[each] for each in group], hosts, unknown, tables)
    if unknown:
        yield Undecided("account.operator_name", len(unknown))


def speech(streams: pa.Table) -> pa.Array[Any]:
    """Return what host and guests said in each livestream as one text; null: nothing is known."""
    lists: Any = streams.column("segments").combine_chunks()
    rows = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    entries = pc.list_flatten(lists)
    speakers: Any = pc.struct_field(entries, "speaker")
    texts: Any = pc.struct_field(entries, "text")
    audience = np.asarray(pc.is_in(speakers, pa.array(["audience"])))
    kept = ~audience & np.asarray(texts.is_valid())
    counts = np.bincount(rows[kept], minlength=streams.num_rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    spoken = pa.ListArray.from_arrays(offsets, texts.filter(pa.array(kept)))
    said: Any = pc.binary_join(spoken, _PAUSE)
    found: pa.Array[Any] = said
    return found


def _told_by(
    table: pa.Table, kind: str, account: str, at: str, texts: Any
) -> tuple[list[_Tale], int]:
    """Return the tales in some records, and how many such records name nobody who tells them."""
    hits = np.asarray(pc.match_substring_regex(texts, _TALE.pattern).fill_null(False))
    named = known(table, account)
    rows = places(hits & named)
    index = pa.array(rows, pa.int64())
    chosen, taken = table.take(index), texts.take(index)
    keys: list[Any] = joined_key(chosen, ("platform", account)).to_pylist()
    said: list[str] = taken.to_pylist()
    moments, tagged = seconds(chosen, at), _with_goods(chosen, kind)
    tales = [
        _Tale(kind, place, key, second, start, tale, around, goods or bool(_GOODS.search(around)))
        for place, key, second, goods, text in zip(
            rows, keys, moments.tolist(), tagged.tolist(), said, strict=True
        )
        for start, tale, around in _tales(text)
    ]
    return tales, int(np.count_nonzero(hits & ~named))


def _with_goods(table: pa.Table, kind: str) -> Bools:
    """Return which records are known to offer items."""
    lists: Any = table.column("products" if kind == "livestream" else "tagged_items")
    return np.asarray(pc.greater(pc.list_value_length(lists), pa.scalar(0)).fill_null(False))


def _tales(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the tales of misfortune in a text: where, the tale, and the same with what is near."""
    begin = end = -1
    spans: list[tuple[int, int]] = []
    for match in _TALE.finditer(text):
        if begin >= 0 and match.start() - end <= _NEAR and match.end() - begin <= _LONGEST_TALE:
            end = match.end()
            continue
        if begin >= 0:
            spans.append((begin, end))
        begin, end = match.span()
    if begin >= 0:
        spans.append((begin, end))
    for begin, end in spans:
        around = text[max(0, begin - _NEAR) : end + _NEAR]
        start = max(0, begin - _BEFORE)
        tale = text[start : end + _BEHIND]
        if len(tale) >= _LEAST_LENGTH and not _ANOTHERS.search(around):
            yield start, tale, around


def _hosts(tables: Tables, accounts: set[str]) -> Hosts:
    """Return who stands behind the accounts that tell a tale."""
    told: dict[str, pa.Table] = {}
    wanted = pa.array(sorted(accounts), pa.string())
    for kind, name in (("account", "account_id"), ("livestream", "host_id")):
        if kind in tables:
            table = tables[kind]
            told[kind] = table.filter(pc.is_in(joined_key(table, ("platform", name)), wanted))
    return resolve_hosts(told)


def _alike(tales: Sequence[_Tale]) -> Iterator[list[int]]:
    """Yield the groups of tales that are one, each of three and more accounts.

    All tales of a group are like the one that most are like, which stands first: no long chain of
    small changes makes a group.
    """
    like: dict[int, set[int]] = defaultdict(set)
    for one, other in _sharing_runs([tale.text for tale in tales]):
        if _likeness(tales[one], tales[other]) >= _LEAST_ALIKE:
            like[one].add(other)
            like[other].add(one)
    for linked in _hanging_together(like, len(tales)):
        left = list(linked)
        while len({tales[each].account for each in left}) >= _LEAST_TELLERS:
            middle = max(left, key=lambda each: (len(like[each]), -each))
            group = [middle] + [
                each
                for each in left
                if each != middle and _likeness(tales[middle], tales[each]) >= _LEAST_ALIKE
            ]
            if len({tales[each].account for each in group}) >= _LEAST_TELLERS:
                yield group
            taken = set(group)
            left = [each for each in left if each not in taken]


def _hanging_together(like: Mapping[int, set[int]], count: int) -> Iterator[list[int]]:
    pairs = [(one, other) for one, others in like.items() for other in others if one < other]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    roots = joined(ends[:, 0].copy(), ends[:, 1].copy(), count)
    order = np.argsort(roots, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(roots[order])) + 1):
        if len(group) >= _LEAST_TELLERS:
            yield group.tolist()


def _sharing_runs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of texts with many runs of eight characters in common.

    Each text is held against the first one that has a run and the one before it, not against all:
    copies stand beside each other in the runs that are theirs alone.
    """
    owners, runs = _runs(texts)
    if not len(owners):
        return
    order = np.lexsort((owners, runs))
    repeated = np.concatenate([[False], np.diff(runs[order]) == 0])
    firsts = np.flatnonzero(~repeated)[np.cumsum(~repeated) - 1]
    before = np.arange(len(order)) - 1
    others = np.flatnonzero(repeated)
    later = others[before[others] != firsts[others]]
    ours = owners[order[np.concatenate([firsts[others], before[later]])]]
    theirs = owners[order[np.concatenate([others, later])]]
    pairs, shared = np.unique(ours * len(texts) + theirs, return_counts=True)
    for pair in pairs[shared >= _LEAST_RUNS].tolist():
        yield divmod(pair, len(texts))


def _runs(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """Return the different runs of eight characters of each text as numbers, and whose they are."""
    plain = [re.sub(r"\W+", "", text) for text in texts]
    lengths = np.array([len(text) for text in plain], dtype=np.int64)
    codes = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(texts)), lengths)
    count = max(len(codes) - _RUN + 1, 0)
    mixed = np.zeros(count, dtype=np.uint64)
    for step in range(_RUN):
        mixed = mixed * np.uint64(1_000_003) + codes[step : step + count]
    whole = owner[:count] == owner[len(codes) - count :]
    found = np.unique(np.stack([owner[:count][whole], mixed[whole].view(np.int64)], axis=1), axis=0)
    return found[:, 0], found[:, 1]


def _likeness(ours: _Tale, theirs: _Tale) -> float:
    """Return how alike the shorter tale is to its best place in the other one, in percent."""
    shorter, longer = sorted((ours, theirs), key=lambda tale: len(tale.text))
    return fuzz.partial_ratio(shorter.text, longer.around)


def _judged(
    tales: list[_Tale], hosts: Hosts, unknown: set[str], tables: Tables
) -> Iterator[Suspicion]:
    """Yield the suspicion against those who tell one tale, if enough of them are apart on paper.

    Args:
        tales: The tales; all are like the first one.
        hosts: Who stands behind their accounts.
        unknown: Takes up the accounts that are nobody's on paper, where they would decide.
        tables: The tables.
    """
    tellers, nobodys = _tellers(hosts, sorted({tale.account for tale in tales}))
    if len(set(tellers.values())) >= _LEAST_TELLERS:
        counted = [tale for tale in tales if tale.account in tellers]
        alike = min(_likeness(tales[0], tale) for tale in counted)
        yield _suspicion(counted, alike, tellers, tables)
    elif len(set(tellers.values())) + len(nobodys) >= _LEAST_TELLERS:
        unknown.update(nobodys)


def _tellers(hosts: Hosts, accounts: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Return a number for each account that is somebody's on paper, and those that are nobody's.

    Equal numbers are one host, one operator, or one agency where an operator is unknown.
    """
    facts = hosts.known
    told, nobodys, agencies_alone = {}, [], set()
    for account in accounts:
        place = hosts.place((key_parts(account)[0], key_parts(account)[-1]))
        if place is None:
            nobodys.append(account)
            continue
        if not facts.persons[place]:
            continue
        declared = facts.usccs[place] >= 0 or facts.operators[place] is not None
        agency = int(facts.agencies[place])
        if declared or agency >= 0:
            told[account] = place
        else:
            nobodys.append(account)
        if not declared and agency >= 0:
            agencies_alone.add(agency)
    members = list(told.items())
    return _numbered_by_signs(hosts, members, agencies_alone), nobodys


def _numbered_by_signs(
    hosts: Hosts, members: Sequence[tuple[str, int]], agencies_alone: set[int]
) -> dict[str, int]:
    facts = hosts.known
    holders: dict[tuple[str, Any], list[int]] = defaultdict(list)
    for number, (_account, place) in enumerate(members):
        operator, agency = facts.operators[place], int(facts.agencies[place])
        holders["host", int(hosts.numbers[place])].append(number)
        if facts.usccs[place] >= 0:
            holders["uscc", int(facts.usccs[place])].append(number)
        if operator is not None:
            holders["operator", name_key(operator) or operator].append(number)
        if agency in agencies_alone:
            holders["agency", agency].append(number)
    pairs = [(group[0], other) for group in holders.values() for other in group[1:]]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    roots = joined(ends[:, 0].copy(), ends[:, 1].copy(), len(members))
    return {account: int(root) for (account, _), root in zip(members, roots, strict=True)}


def _suspicion(
    tales: list[_Tale], alike: float, tellers: Mapping[str, int], tables: Tables
) -> Suspicion:
    tales = sorted(tales, key=lambda tale: (np.nan_to_num(tale.told_at, nan=np.inf), tale.account))
    first = tales[0]
    accounts = sorted({tale.account for tale in tales})
    apart = len({tellers[account] for account in accounts})
    platforms = {key_parts(account)[0] for account in accounts}
    begin, end = _window(np.array([tale.told_at for tale in tales]))
    return Suspicion(
        subject_kind="group",
        subject_id=digest(accounts)[:_ID_LENGTH],
        rests_on=_rests_on(tales),
        figures=[
            Figure("讲述同一身世的账号", len(accounts), "个"),
            Figure("登记的经营者（或机构）互不相同", apart, "个"),
            Figure("与其中最有代表性的一份相似度，最低", round(alike, 1), "%", _LEAST_ALIKE),
        ],
        explanation=(
            f"{len(accounts)} 个账号分属 {apart} 个经营者或机构，却以第一人称讲述几乎相同的不幸"
            f"（相似度不低于 {alike:.0f}%）并推销商品，同一遭遇不会是几个人各自的，"
            "涉嫌统一脚本、虚构身世卖惨，请核查讲述人的身份和遭遇是否属实、脚本由谁提供、账号由谁控制。"
        ),
        score=0.75,
        conduct_from=begin,
        conduct_until=end,
        conduct_known="stated" if begin else "unknown",
        platform=platforms.pop() if len(platforms) == 1 else None,
        quotes=list(_quotes(first, tables)),
        members=Members(
            [key_parts(account)[-1] for account in accounts],
            _shops(tales, tables),
            window_start=begin,
            window_end=end,
        ),
    )


def _window(moments: Floats) -> tuple[Any, Any]:
    told = moments[~np.isnan(moments)]
    return (moment(told.min()), moment(told.max())) if len(told) else (None, None)


def _rests_on(tales: Iterable[_Tale]) -> dict[str, list[int]]:
    found: dict[str, dict[int, None]] = {}
    for tale in tales:
        found.setdefault(tale.kind, {})[tale.place] = None
    return {kind: list(rows) for kind, rows in found.items()}


def _shops(tales: Iterable[_Tale], tables: Tables) -> list[str]:
    rows = [tale.place for tale in tales if tale.kind == "livestream"]
    if not rows:
        return []
    shops: list[str | None] = tables["livestream"].column("shop_id").take(rows).to_pylist()
    return sorted({shop for shop in shops if shop is not None})


def _quotes(tale: _Tale, tables: Tables) -> Iterator[Quote]:
    """Yield the words of a tale, each piece in the field where it stands."""
    if tale.kind == "post":
        yield Quote("text", tale.start, tale.text)
        return
    behind = 0
    end = tale.start + len(tale.text)
    segments = tables["livestream"].column("segments")[tale.place].as_py()
    for number, segment in enumerate(segments):
        text = segment["text"]
        if text is None or segment["speaker"] == "audience":
            continue
        low, high = max(tale.start - behind, 0), min(end - behind, len(text))
        if low < high:
            yield Quote(f"segments[{number}].text", low, text[low:high])
        behind += len(text) + len(_PAUSE)
