from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hengjian.casework import services
from hengjian.casework.models import Lead
from hengjian.casework.quotations import CONTEXT, Segment, cut, quotations
from tests.casework.conftest import MakeScan, People
from tests.conftest import LISTING

TEXTS = st.text(max_size=40)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    text = draw(TEXTS)
    offset = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(offset, offset), max_size=5))
    return text, [(min(pair), max(pair)) for pair in pairs]


@given(_cases())
def test_nothing_of_the_text_is_lost_and_only_the_spans_are_marked(
    case: tuple[str, list[tuple[int, int]]],
) -> None:
    text, spans = case
    segments = cut(text, spans)
    assert "".join(segment.text for segment in segments) == text
    marks = "".join(("1" if s.marked else "0") * len(s.text) for s in segments)
    wanted = ["1" if any(a <= o < b for a, b in spans) else "0" for o in range(len(text))]
    assert marks == "".join(wanted)


def test_spans_that_overlap_are_marked_as_one() -> None:
    assert cut("全国第一品牌", [(0, 4), (2, 6)]) == [Segment("全国第一品牌", True)]


def test_a_lead_quotes_its_field_with_the_words(lead: Lead) -> None:
    [quotation] = quotations(lead.findings.get())
    assert (quotation.field, quotation.words, quotation.excerpt) == (
        "title",
        ["最佳"],
        "全网最佳空气炸锅",
    )


def test_a_long_text_is_cut_around_the_first_of_each_word(
    people: People, make_scan: MakeScan
) -> None:
    gap, side = "好" * (3 * CONTEXT), "好" * CONTEXT
    title = f"{gap}最佳{gap}顶级{gap}最佳{gap}"
    services.import_scan(people.officer, make_scan({**LISTING, "title": title}))
    [quotation] = quotations(Lead.objects.get().findings.get())
    assert quotation.excerpt == f"…{side}最佳{side}…{side}顶级{side}…"
