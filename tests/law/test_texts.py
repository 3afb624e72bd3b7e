from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.errors import HengjianError
from hengjian.law import texts
from hengjian.law.texts import LawText, import_texts, read_text, stored_texts, texts_of

LAW = """# 中华人民共和国甲法
> 版本/施行: 2020-01-01施行; source: 某处

2019年1月1日 通过

## 第一章 总则

第一条 为了甲，制定本法。

第二条 甲不得有下列情形：

（一）乙；

（二）丙。

违反前款规定的，依照本法第九条处理。

第十条之一　丁。
"""


def _write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _read(folder: Path, content: str | bytes) -> LawText:
    return read_text(_write(folder, "甲法.md", content))


def test_articles_begin_where_a_line_begins_with_their_number(tmp_path: Path) -> None:
    law = _read(tmp_path, LAW)
    assert [a.number for a in law.articles] == ["第一条", "第二条", "第十条之一"]
    assert (law.title, law.source) == (
        "中华人民共和国甲法",
        "版本/施行: 2020-01-01施行; source: 某处",
    )


def test_items_belong_to_the_paragraph_before_them(tmp_path: Path) -> None:
    law = _read(tmp_path, LAW)
    assert law.lines("第二条第一款") == ["甲不得有下列情形：", "（一）乙；", "（二）丙。"]
    assert law.lines("第二条第二款") == ["违反前款规定的，依照本法第九条处理。"]


def test_an_item_is_shown_with_the_head_of_its_paragraph(tmp_path: Path) -> None:
    assert _read(tmp_path, LAW).lines("第二条第二项") == ["甲不得有下列情形：", "（二）丙。"]


@pytest.mark.parametrize("cited", ["第三条", "第二条第三款", "第二条第三项", "二", ""])
def test_what_is_not_held_gives_no_words(cited: str, tmp_path: Path) -> None:
    assert _read(tmp_path, LAW).lines(cited) == []


def test_items_within_one_line_are_told_apart(tmp_path: Path) -> None:
    law = _read(tmp_path, "# 甲办法\n> 某处\n第十八条 应当符合下列要求：（四）乙；（五）丙。\n")
    assert law.lines("第十八条第五项") == ["应当符合下列要求：", "（五）丙。"]


def test_an_extract_may_begin_with_a_later_paragraph(tmp_path: Path) -> None:
    law = _read(tmp_path, "# 甲办法\n> 某处; **EXTRACT**\n第八条第三款 乙。\n")
    assert law.extract
    assert law.lines("第八条第三款") == ["乙。"]
    assert law.lines("第八条第一款") == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# \xff\xfe", "不是UTF-8"),
        ("甲法\n> 某处\n第一条 乙。\n", "第一行应为"),
        ("# 甲法\n第一条 乙。\n", "缺少以“>”开头"),
        ("# 甲法\n> 某处\n没有条文。\n", "没有找到条文"),
        ("# 甲法\n> 某处\n第一条 \x1b[2J乙。\n", "控制字符"),
        ("# 甲法\n> 某处\n第一条 \u202e乙。\n", "控制字符"),
    ],
)
def test_what_is_no_text_of_a_law_is_refused(
    content: str | bytes, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(HengjianError, match=reason):
        _read(tmp_path, content)


def test_a_file_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MAX_BYTES", 100)
    with pytest.raises(HengjianError, match="超过 100 字节"):
        _read(tmp_path, LAW)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = _write(tmp_path, "outside.txt", LAW)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "甲法.md").symlink_to(outside)
    imported, faults = import_texts(folder, tmp_path / "law")
    assert imported == []
    assert [fault.message for fault in faults] == ["不是普通文件"]


def test_a_file_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    _write(tmp_path, "..甲.md", LAW)
    _, faults = import_texts(tmp_path, tmp_path / "law")
    assert [fault.message for fault in faults] == ["文件名含有不允许的字符"]


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_FILES", 1)
    for name in ("甲.md", "乙.md"):
        _write(tmp_path, name, LAW)
    with pytest.raises(HengjianError, match="超过 1 个"):
        import_texts(tmp_path, tmp_path / "law")


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match=r"没有 \.md 文件"):
        import_texts(tmp_path, tmp_path / "law")


def test_sound_texts_are_stored_and_the_others_named(tmp_path: Path) -> None:
    _write(tmp_path, "甲法.md", LAW)
    _write(tmp_path, "乙.md", "没有标题")
    imported, faults = import_texts(tmp_path, tmp_path / "law")
    assert stored_texts(tmp_path / "law") == imported
    assert [(text.name, text.title) for text in imported] == [("甲法", "中华人民共和国甲法")]
    assert [fault.path for fault in faults] == [tmp_path / "乙.md"]


def test_two_versions_of_one_law_are_both_kept(tmp_path: Path) -> None:
    for name in ("甲法.md", "甲法_2012.md"):
        _write(tmp_path, name, LAW)
    import_texts(tmp_path, tmp_path / "law")
    held = texts_of(stored_texts(tmp_path / "law"), "中华人民共和国甲法")
    assert {text.name for text in held} == {"甲法", "甲法_2012"}


def test_a_damaged_stored_text_is_told(tmp_path: Path) -> None:
    _write(tmp_path, "甲法.json", "{")
    with pytest.raises(HengjianError, match="已损坏"):
        stored_texts(tmp_path)


def test_before_any_import_nothing_is_stored(tmp_path: Path) -> None:
    assert stored_texts(tmp_path / "none") == []


@given(st.lists(st.text("甲乙，。；：（一）二三 第条款", min_size=1), max_size=8))
def test_no_word_of_an_article_is_lost(lines: list[str]) -> None:
    body = [f"甲{line}" for line in lines]
    articles = list(texts._articles(["第一条 首句。", *body]))
    words = "".join(line for article in articles for line in article.lines())
    assert words == "首句。" + "".join(line.strip() for line in body)
