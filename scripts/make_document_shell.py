"""Make the Word shell of official documents: src/hengjian/casework/forms/official_document.docx.

Run it after changing the layout; an office may also edit the file in Word and keep its own copy in
HENGJIAN_HOME/forms.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

TARGET = (
    Path(__file__).parents[1] / "src" / "hengjian" / "casework" / "forms" / "official_document.docx"
)
BODY, SONG, HEADING, TITLE = "仿宋", "宋体", "黑体", "方正小标宋简体"
TABLE_MM = (13, 34, 76, 33)


def main() -> None:
    """Write the shell."""
    document = Document()
    _page(document)
    _styles(document)
    _front(document)
    _sections(document)
    _end(document)
    _page_number(document)
    properties = document.core_properties
    properties.title, properties.author = "{{ document.title }}", "{{ document.office }}"
    properties.comments = ""
    properties.created = properties.modified = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    document.save(str(TARGET))


def _page(document: DocumentType) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)


def _styles(document: DocumentType) -> None:
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)  # noqa: S101 - tells the type checker
    _font(normal, BODY, 16)
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    normal.paragraph_format.line_spacing = Pt(28)
    normal.paragraph_format.space_after = Pt(0)
    for name, font, size in (
        ("Office", TITLE, 22),
        ("Form", TITLE, 26),
        ("Part", HEADING, 16),
        ("Cell", SONG, 11),
        ("Banner", HEADING, 16),
    ):
        style = document.styles.add_style(name, 1)
        assert isinstance(style, ParagraphStyle)  # noqa: S101
        style.base_style = normal
        _font(style, font, size)
    document.styles["Office"].paragraph_format.line_spacing = Pt(36)
    document.styles["Form"].paragraph_format.line_spacing = Pt(44)
    document.styles["Cell"].paragraph_format.line_spacing = Pt(17)
    document.styles["Part"].paragraph_format.keep_with_next = True
    document.styles["Banner"].font.color.rgb = RGBColor(0xB3, 0x26, 0x1E)


def _font(style: ParagraphStyle, name: str, size: float) -> None:
    """Name a font for Chinese too: Word keeps the two apart."""
    style.font.name, style.font.size = name, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(script), name)


def _front(document: DocumentType) -> None:
    _line(document, "{%p if document.banner %}")
    _centred(document, "{{ document.banner }}", "Banner")
    _line(document, "{%p endif %}")
    _centred(document, "{{ document.office }}", "Office")
    _centred(document, "{{ document.title }}", "Form")
    _centred(document, "{{ document.number }}", "Normal").paragraph_format.space_after = Pt(24)
    _line(document, "{{ document.addressee }}：")


def _sections(document: DocumentType) -> None:
    _line(document, "{%p for section in document.sections %}")
    _indented(document, "{{ section.heading }}", "Part")
    _line(document, "{%p for paragraph in section.paragraphs %}")
    # So that neither an opening line nor the signature is left alone on a page.
    _line(document, "{%p if loop.last or paragraph.endswith('：') %}")
    _indented(document, "{{ paragraph }}", "Normal").paragraph_format.keep_with_next = True
    _line(document, "{%p else %}")
    _indented(document, "{{ paragraph }}", "Normal")
    _line(document, "{%p endif %}")
    _line(document, "{%p endfor %}")
    _line(document, "{%p if section.exhibits %}")
    _exhibits(document)
    _line(document, "{%p endif %}")
    _line(document, "{%p endfor %}")


def _exhibits(document: DocumentType) -> None:
    table = document.add_table(rows=4, cols=4)
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, TABLE_MM, strict=True):
        column.width = Mm(width)
    contents = (
        ("序号", "来源", "原文", "时间"),
        ("{%tr for exhibit in section.exhibits %}", "", "", ""),
        (
            "{{ loop.index }}",
            "{{ exhibit.source }}\n{{ exhibit.place }}",
            "{{ exhibit.excerpt }}\n所涉文字：{{ exhibit.words }}\n"
            "原始记录 SHA-256 {{ exhibit.sha256 }}",
            "{{ exhibit.seen }}",
        ),
        ("{%tr endfor %}", "", "", ""),
    )
    for row, texts in zip(table.rows, contents, strict=True):
        for cell, text, width in zip(row.cells, texts, TABLE_MM, strict=True):
            cell.width = Mm(width)
            first, *more = text.split("\n")
            cell.paragraphs[0].style = "Cell"
            cell.paragraphs[0].text = first
            for line in more:
                cell.add_paragraph(line, style="Cell")
    _repeat_header(table.rows[0]._tr)


def _repeat_header(row: OxmlElement) -> None:
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    row.get_or_add_trPr().append(header)


def _end(document: DocumentType) -> None:
    for text in ("{{ document.office }}（印章）", "{{ document.issued_on }}"):
        paragraph = _line(document, text)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(32)
        paragraph.paragraph_format.keep_with_next = text.startswith("{{ document.office")
        if paragraph.paragraph_format.keep_with_next:
            paragraph.paragraph_format.space_before = Pt(36)
    annex = _line(document, "{{ document.annex.title }}", "Part")
    annex.paragraph_format.page_break_before = True
    _line(document, "{%p for paragraph in document.annex.paragraphs %}")
    _indented(document, "{{ paragraph }}", "Normal")
    _line(document, "{%p endfor %}")


def _page_number(document: DocumentType) -> None:
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _sized(paragraph.add_run("— "))
    run = _sized(paragraph.add_run())
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    _sized(paragraph.add_run(" —"))


def _sized(run: Run) -> Run:
    run.font.size = Pt(14)
    return run


def _line(document: DocumentType, text: str, style: str = "Normal") -> Paragraph:
    return document.add_paragraph(text, style=style)


def _centred(document: DocumentType, text: str, style: str) -> Paragraph:
    paragraph = _line(document, text, style)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _indented(document: DocumentType, text: str, style: str) -> Paragraph:
    paragraph = _line(document, text, style)
    paragraph.paragraph_format.first_line_indent = Pt(32)
    return paragraph


if __name__ == "__main__":
    main()
