from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from docx import Document as WordDocument
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pypdf import PdfReader

from hengjian.casework import services
from hengjian.casework.forms.document import Annex, Exhibit, OfficialDocument, Section
from hengjian.casework.forms.render import render_docx, render_pdf
from hengjian.casework.incoming import home_store
from hengjian.casework.models import Case, Document, Lead
from hengjian.errors import HengjianError
from tests.casework.conftest import CORRECTION, GUIDANCE, MakeScan, People, in_days
from tests.conftest import LISTING

AT = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)


def _pdf_text(content: bytes) -> str:
    reader = PdfReader(io.BytesIO(content))
    return "".join("".join(page.extract_text().split()) for page in reader.pages)


def _docx_text(content: bytes) -> str:
    word = WordDocument(io.BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "".join("".join([p.text for p in word.paragraphs] + cells).split())


def _texts(document: Document) -> list[str]:
    pdf, docx = home_store().get(document.pdf_sha256), home_store().get(document.docx_sha256)
    return [_pdf_text(pdf), _docx_text(docx)]


def _order(
    people: People, make_scan: MakeScan, *records: dict[str, Any], **options: Any
) -> Document:
    services.import_scan(people.officer, make_scan(*records, **options))
    lead = Lead.objects.get()
    services.start_verification(people.officer, lead)
    services.establish(people.officer, lead, "属实")
    case = services.open_correction(people.officer, lead, CORRECTION, GUIDANCE, in_days(15))
    return services.approve(people.head, case)


@pytest.mark.django_db
def test_the_order_states_facts_law_correction_and_rights(ordered: Case) -> None:
    document = ordered.documents.get()
    day = in_days(15)
    for text in _texts(document):
        for part in (
            "南昌市市场监督管理局",
            "责令改正通知书",
            document.number,
            "demo-mall平台店铺S1的经营者（主体名称待核实）",
            "全网最佳空气炸锅",
            "“最佳”",
            "2026-11-0510:00（采集时间）",
            "《广告法》第九条第三项（2015年9月1日起施行）",
            "《行政处罚法》第二十八条第一款（2021年7月15日起施行）",
            CORRECTION,
            f"{day.year}年{day.month}月{day.day}日前（含当日）",
            "陈述、申辩",
            "行政复议",
            "行政诉讼",
            "不具有强制性",
            GUIDANCE,
        ):
            assert part in text, part


@pytest.mark.django_db
def test_an_unknown_time_is_said_to_be_unknown(people: People, make_scan: MakeScan) -> None:
    undated = {key: value for key, value in LISTING.items() if key != "captured_at"}
    for text in _texts(_order(people, make_scan, undated)):
        assert "时间待核实" in text
        assert "各可能适用的版本" in text


@pytest.mark.django_db
def test_an_unknown_shop_is_said_to_be_unknown(people: People, make_scan: MakeScan) -> None:
    nameless = {key: value for key, value in LISTING.items() if key != "shop_id"}
    for text in _texts(_order(people, make_scan, nameless)):
        assert "待核实经营者（demo-mall平台商品I1）" in text


@pytest.mark.django_db
def test_a_planted_record_never_looks_like_a_real_order(
    people: People, make_scan: MakeScan
) -> None:
    document = _order(people, make_scan, LISTING, seeded=frozenset({"L1"}))
    for text in _texts(document):
        assert text.startswith("测试线索，仅供演练，不得送达")


HOSTILE = [
    "<script>alert(1)</script>最佳",
    "最佳</w:t></w:r><w:r><w:t>",
    "{{ 7 * 7 }}最佳{% for x in y %}",
    "{_{最佳}_}{_%%_}",
    "{{document.office}}最佳",
    "&lt;最佳&amp;]]>",
    '<img src="file:///etc/passwd">最佳',
    "<style>*{display:none}</style>最佳",
]


@pytest.mark.django_db
@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_words_come_out_as_they_are(
    people: People, make_scan: MakeScan, title: str
) -> None:
    document = _order(people, make_scan, {**LISTING, "title": title})
    wanted = "".join(title.split())
    for text in _texts(document):
        assert wanted in text.replace("…", "")


def _document(excerpt: str) -> OfficialDocument:
    exhibit = Exhibit("demo-mall 记录 L1", "标题", excerpt, "“最佳”", "时间待核实", "0" * 64)
    return OfficialDocument(
        banner="",
        office="南昌市市场监督管理局",
        title="责令改正通知书",
        number="洪市监责改〔2026〕1号",
        addressee="待核实经营者",
        sections=[Section("一、查明的情况", ["经核查："], [exhibit])],
        issued_on="2026年11月24日",
        annex=Annex("附：行政指导建议", ["以下为建议。"]),
    )


@examples(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1))
def test_word_holds_any_text_exactly(excerpt: str) -> None:
    cell = WordDocument(io.BytesIO(render_docx(_document(excerpt)))).tables[0].cell(1, 2)
    assert cell.paragraphs[0].text.replace("\ufffd", "") == excerpt.translate(
        {0xFFFE: None, 0xFFFF: None, 0xFFFD: None}
    )


def test_controls_are_shown_and_break_nothing() -> None:
    document = _document("最\x00\x07\x0c\n佳")
    assert "最␀␇␌␊佳" in _docx_text(render_docx(document))


def test_what_no_font_has_is_shown_by_its_number_and_spoils_nothing() -> None:
    text = _pdf_text(render_pdf(_document("\U000e0100爆款\U0010fffd最佳\U0010fffe"), AT))
    assert "爆款［U+10FFFD］最佳［U+10FFFE］" in text
    assert "是字体中没有的字符" in text
    assert "待核实经营者" in text


def test_the_same_document_has_the_same_bytes() -> None:
    assert render_docx(_document("最佳")) == render_docx(_document("最佳"))
    assert render_pdf(_document("最佳"), AT) == render_pdf(_document("最佳"), AT)


def test_a_shell_cannot_fetch_anything(home: Path) -> None:
    (home / "forms").mkdir(parents=True)
    secret = home / "secret.txt"
    secret.write_text("a{color:red}")
    shell = f'<link rel="stylesheet" href="{secret.as_uri()}"><img src="{secret.as_uri()}">最佳'
    (home / "forms" / "official_document.html").write_text(shell, encoding="utf-8")
    with pytest.raises(HengjianError, match="引用了外部内容"):
        render_pdf(_document("最佳"), AT)


def test_an_office_can_bring_its_own_shell(home: Path) -> None:
    (home / "forms").mkdir(parents=True)
    shell = "<p>本机关的版式 {{ document.number }}</p>"
    (home / "forms" / "official_document.html").write_text(shell, encoding="utf-8")
    text = _pdf_text(render_pdf(_document("最佳"), AT))
    assert text.startswith("本机关的版式")


def test_word_knows_the_chinese_fonts_and_numbers_the_pages() -> None:
    archive = zipfile.ZipFile(io.BytesIO(render_docx(_document("最佳"))))
    styles = archive.read("word/styles.xml").decode()
    assert 'w:eastAsia="仿宋"' in styles
    assert "PAGE" in archive.read("word/footer1.xml").decode()


@pytest.mark.django_db
def test_an_order_carries_the_day_of_its_issue(ordered: Case) -> None:
    day = timezone.localdate()
    for text in _texts(ordered.documents.get()):
        assert f"{day.year}年{day.month}月{day.day}日" in text
