from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from hengjian.casework.labels import SUBJECTS
from hengjian.pipeline import scan
from hengjian.records.kinds import KINDS
from hengjian.reports.scan_report import write_scan_report
from tests.conftest import LISTING, WriteRows
from tests.few_rules import few_rules

RULES = few_rules()


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
    assert [link for link in page.links if not link.startswith("#")] == []
    assert "script" not in page.tags


def test_every_kind_of_record_has_a_name_for_people() -> None:
    assert all(SUBJECTS.get(name) for name in KINDS)


def test_what_a_seller_wrote_never_becomes_markup(write_rows: WriteRows, tmp_path: Path) -> None:
    shop = "<script>alert(1)</script>"
    page = _page(write_rows, tmp_path, item_id=shop)
    assert "script" not in page.tags
    assert shop in page.text


def test_the_report_tells_totals_and_what_was_not_checked_and_why(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    text = _page(write_rows, tmp_path).text
    for part in ("按领域", "无底线网络营销", "按平台", "demo-mall", "按地区", "江西 360100"):
        assert part in text
    for part in ("没有检查的类型", "缺少所需的记录", "需要：订单（order）、评价（review）"):
        assert part in text


def test_planted_records_are_in_no_figure_of_the_report(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    path = write_rows(LISTING)
    scan(path, KINDS["listing"], tmp_path / "out", RULES.values(), seeded=frozenset({"L1"}))
    text = write_scan_report(tmp_path / "out", RULES).read_text(encoding="utf-8")
    assert "另有测试线索 1 条，不计入任何数字" in text
    assert "<b>0</b>疑点" in text


def test_a_finding_of_a_rule_that_is_no_more_is_still_shown(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    scan(write_rows(LISTING), KINDS["listing"], tmp_path / "out", RULES.values())
    assert "绝对化用语" in write_scan_report(tmp_path / "out", {}).read_text(encoding="utf-8")


def test_a_report_without_findings_says_so(write_rows: WriteRows, tmp_path: Path) -> None:
    assert "没有疑点。未能检查的记录见上表" in _page(write_rows, tmp_path, title="锅").text
