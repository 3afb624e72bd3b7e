from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from hengjian.casework.labels import SUBJECTS
from hengjian.pipeline import scan
from hengjian.records.kinds import KINDS
from hengjian.reports.scan_report import write_scan_report
from hengjian.violations.rule import load_rules
from tests.conftest import LISTING, WriteRows

RULES = load_rules()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(write_rows: WriteRows, tmp_path: Path, **changes: str) -> _Page:
    path = write_rows({**LISTING, **changes}, {"record_id": "L0"})
    scan(path, KINDS["listing"], tmp_path / "out", RULES.values())
    page = _Page()
    page.feed(write_scan_report(tmp_path / "out", RULES).read_text(encoding="utf-8"))
    return page


def test_the_report_tells_words_law_and_look_alikes(write_rows: WriteRows, tmp_path: Path) -> None:
    text = _page(write_rows, tmp_path).text
    for part in ("最佳", "《广告法》第九条第三项", "消费提示", "整改建议", "缺少必填字段"):
        assert part in text


def test_the_report_needs_nothing_from_outside(write_rows: WriteRows, tmp_path: Path) -> None:
    page = _page(write_rows, tmp_path)
    assert page.links == []
    assert "script" not in page.tags


def test_every_kind_of_record_has_a_name_for_people() -> None:
    assert all(SUBJECTS.get(name) for name in KINDS)


def test_what_a_seller_wrote_never_becomes_markup(write_rows: WriteRows, tmp_path: Path) -> None:
    shop = "<script>alert(1)</script>"
    page = _page(write_rows, tmp_path, item_id=shop)
    assert "script" not in page.tags
    assert shop in page.text
