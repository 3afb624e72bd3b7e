"""XLSX files: real ones, and ones put together by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = ["record_id", "platform", "title"]
# Styles of cells: 0 none, 1 a date with time, 2 the built-in date of China, 3 five digits.
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy/m/d\\ h:mm;@"/>'
    '<numFmt numFmtId="165" formatCode="00000"/></numFmts><cellStyleXfs><xf numFmtId="14"/>'
    '</cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="31"/>'
    '<xf numFmtId="165"/></cellXfs></styleSheet>'
)


def saved(folder: Path, *rows: list[Any], name: str = "records.xlsx") -> Path:
    """Write rows as a spreadsheet program would."""
    book = Workbook()
    assert book.active
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def cell(place: str, text: object, kind: str = "n", style: int = 0) -> str:
    return f'<c r="{place}" t="{kind}" s="{style}"><v>{text}</v></c>'


def text(place: str, content: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{content}</t></is></c>'


def head(*more: str) -> str:
    """The header row: the required fields of a listing and more."""
    names = [*HEADER, *more]
    return "".join(text(f"{'ABCDEFGH'[n]}1", name) for n, name in enumerate(names))


def listing(number: int, *more: str) -> str:
    """The cells of a sound listing in that row, and more cells of it."""
    values = zip("ABC", (f"L{number}", "demo-mall", "青花瓷茶杯"), strict=True)
    return "".join(text(f"{column}{number}", value) for column, value in values) + "".join(more)


def sheet(*rows: str) -> str:
    """A sheet of which the rows are given as their cells."""
    numbered = "".join(f'<row r="{n}">{cells}</row>' for n, cells in enumerate(rows, start=1))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{numbered}</sheetData></worksheet>'


def packed(
    folder: Path,
    *sheets: str,
    workbook: str = "<workbookPr/>",
    states: tuple[str, ...] = (),
    more: Mapping[str, str | bytes] | None = None,
    name: str = "records.xlsx",
) -> Path:
    """Put a workbook together of the XML of its sheets; `more` adds or replaces parts."""
    numbers = range(1, len(sheets) + 1)
    shown = [*states, *["visible"] * len(sheets)]
    entries = "".join(
        f'<sheet name="表{n}" sheetId="{n}" state="{shown[n - 1]}" r:id="rId{n}"/>' for n in numbers
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{TYPES}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    for what, target in (("styles", "styles"), ("sharedStrings", "sharedStrings")):
        relations += f'<Relationship Id="{what}" Type="{TYPES}/{what}" Target="{target}.xml"/>'
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{TYPES}/officeDocument" '
        'Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{TYPES}">{workbook}'
        f"<sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": "<sst><si><t>茶壶</t></si></sst>",
        **{f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets, strict=True)},
        **(more or {}),
    }
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return folder / name
