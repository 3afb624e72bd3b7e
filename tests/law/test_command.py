from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hengjian.cli import app
from hengjian.errors import HengjianError

TEXT = "# 中华人民共和国价格法\n> 1998-05-01施行\n第十四条 经营者不得有下列行为：\n（一）串通；\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HENGJIAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["law", *arguments])


def _import(tmp_path: Path, content: str, name: str = "价格法.md") -> Result:
    folder = tmp_path / "texts"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    return _run("import", str(folder))


def test_the_list_names_every_statute() -> None:
    output = _run("list").output
    assert "广告法" in output
    assert "生态环境法典" in output


def test_without_a_day_all_versions_are_shown_with_their_successors() -> None:
    output = _run("show", "反不正当竞争法").output
    assert "第八条第一款 2019-04-23 至2025-10-14" in output
    assert "接续条文：《反不正当竞争法》第九条第一款" in output
    assert "第九条第一款 2025-10-15 至今" in output


def test_a_successor_in_another_law_is_named() -> None:
    output = _run("show", "固体废物污染环境防治法", "第一百零五条").output
    assert "接续条文：《生态环境法典》第一千二百二十四条" in output


def test_with_a_day_only_what_is_in_force_is_shown() -> None:
    output = _run("show", "反不正当竞争法", "--on", "2025-10-14").output
    assert "第八条第一款" in output
    assert "2025-10-15 至今" not in output


def test_an_article_is_shown_with_its_paragraphs_and_items() -> None:
    output = _run("show", "广告法", "第九条").output
    assert "第九条第三项" in output
    assert "第十七条" not in output


def test_a_day_on_which_the_article_was_not_in_force_is_told_with_its_days() -> None:
    result = _run("show", "直播电商监督管理办法", "第二十七条", "--on", "2026-01-31")
    assert isinstance(result.exception, HengjianError)
    assert "2026-02-01 至今" in str(result.exception)


def test_what_the_library_lacks_is_shown_from_the_imported_text_for_reading_only(
    tmp_path: Path,
) -> None:
    assert _import(tmp_path, TEXT).exit_code == 0
    output = _run("show", "中华人民共和国价格法", "第十四条").output
    assert "仅供查阅" in output
    assert "（一）串通；" in output


def test_a_day_cannot_be_applied_to_an_imported_text(tmp_path: Path) -> None:
    _import(tmp_path, TEXT)
    assert "未按日期筛选" in _run("show", "价格法", "--on", "2026-01-01").output


def test_markup_in_an_imported_text_is_not_obeyed(tmp_path: Path) -> None:
    _import(tmp_path, TEXT + "第十五条 [red]乙[/red]。\n")
    assert "[red]乙[/red]。" in _run("show", "价格法", "第十五条").output


def test_a_law_held_nowhere_is_told_with_what_to_do() -> None:
    result = _run("show", "烟草专卖法")
    assert isinstance(result.exception, HengjianError)
    assert "hengjian law import" in str(result.exception)


def test_an_import_with_a_fault_names_it_and_ends_with_status_one(tmp_path: Path) -> None:
    result = _import(tmp_path, "没有标题")
    assert result.exit_code == 1
    assert "导入 0 部" in result.output
