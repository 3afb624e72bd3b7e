"""Full texts of laws, imported for reading; what rules cite stands in the library.

They live in HENGJIAN_HOME/law, one JSON file a text, and are no part of the repository. An
imported text says which article reads how, but not reliably from which day: it is for display.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from hengjian.errors import HengjianError

MAX_BYTES = 2_000_000
# A line of a few bytes costs some fifty in JSON.
MAX_STORED_BYTES = 50 * MAX_BYTES
MAX_FILES = 500

_NUMBER = "[一二三四五六七八九十百千零〇]+"
_ARTICLE = re.compile(rf"(第{_NUMBER}条(?:之{_NUMBER})?)(?:第({_NUMBER})款)?[\s\u3000]+(\S.*)")
_ITEM = re.compile(rf"[（(]({_NUMBER})[）)]")
_INLINE_ITEM = re.compile(rf"(?<=[：；:;])(?=[（(]{_NUMBER}[）)])")
_CITED = re.compile(rf"(第{_NUMBER}条(?:之{_NUMBER})?)(?:第({_NUMBER})款)?(?:第({_NUMBER})项)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NAME = re.compile(r"\w[\w（）()·-]{0,99}")
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph (款) of an article.

    Attributes:
        number: Which paragraph it is, from 1.
        text: Its words before the items, or all of them.
        items: Its items (项) as they stand, each with its label, such as （一）….
    """

    number: int
    text: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class TextArticle:
    """An article of a full text; `number` is 第九条, without paragraph and item."""

    number: str
    paragraphs: tuple[Paragraph, ...]

    def lines(self, paragraph: int | None = None, item: int | None = None) -> list[str]:
        """Return the words of the article, or of one paragraph or item; empty: not held."""
        found: list[str] = []
        for each in self.paragraphs:
            if paragraph is not None and each.number != paragraph:
                continue
            items = [i for i in each.items if item is None or _label(i) == item]
            if item is None or items:
                found += [each.text, *items]
        return found


@dataclass(frozen=True)
class LawText:
    """A law as imported.

    Attributes:
        name: Name of the file that it came from, without its ending.
        title: Its full name.
        source: Version and origin, as the text's header tells them.
        extract: Only some articles were taken over into the text.
    """

    name: str
    title: str
    source: str
    extract: bool
    articles: tuple[TextArticle, ...]

    def lines(self, cited: str) -> list[str]:
        """Return the words of 第九条 or 第九条第一款第三项; empty: not held."""
        match = _CITED.fullmatch(cited)
        if match is None:
            return []
        number, paragraph, item = match.groups()
        wanted = _value(paragraph), _value(item)
        return [
            line
            for article in self.articles
            if article.number == number
            for line in article.lines(*wanted)
        ]


_STORED = TypeAdapter(LawText)


def texts_folder() -> Path:
    """Return the folder of the imported texts, below HENGJIAN_HOME (default ./var)."""
    return Path(os.environ.get("HENGJIAN_HOME", "var")) / "law"


def import_texts(source: Path, target: Path) -> tuple[list[LawText], list[HengjianError]]:
    """Read all *.md files of a folder and store those that are sound; return them and the faults.

    Raises:
        HengjianError: The folder holds no such file, or too many.
    """
    paths = sorted(source.glob("*.md"))
    if not paths:
        raise HengjianError("文件夹中没有 .md 文件", path=source)
    if len(paths) > MAX_FILES:
        raise HengjianError(f"文件超过 {MAX_FILES} 个", path=source)
    target.mkdir(parents=True, exist_ok=True)
    texts: list[LawText] = []
    faults: list[HengjianError] = []
    for path in paths:
        try:
            text = read_text(path)
        except HengjianError as fault:
            faults.append(fault)
            continue
        _write(target / f"{text.name}.json", text)
        texts.append(text)
    return texts, faults


def stored_texts(folder: Path) -> list[LawText]:
    """Return the texts imported so far.

    Raises:
        HengjianError: A stored text was damaged.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(_STORED.validate_json(_content(path, MAX_STORED_BYTES)))
        except ValidationError:
            raise HengjianError(
                "存储的法规全文已损坏", path=path, hint="请重新运行 hengjian law import"
            ) from None
    return found


def texts_of(texts: Iterable[LawText], law: str) -> list[LawText]:
    """Return the texts of a law, by its full name or the name of its file."""
    return [text for text in texts if law in (text.title, text.name)]


def read_text(path: Path) -> LawText:
    """Read one law in Markdown: `# title`, `> source`, articles that begin with 第…条.

    Raises:
        HengjianError: A link, too large, not UTF-8, control characters, or no title or articles.
    """
    if _NAME.fullmatch(path.stem) is None:
        raise HengjianError("文件名含有不允许的字符", path=path)
    try:
        text = _content(path, MAX_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise HengjianError(f"不是UTF-8编码（第 {error.start} 字节）", path=path) from None
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if _CONTROL.search(line):
            raise HengjianError("含有控制字符", path=path, line=number)
    title = lines[0].removeprefix("# ").strip() if lines[0].startswith("# ") else ""
    if not title:
        raise HengjianError("第一行应为“# 法规全称”", path=path, line=1)
    source = next((line[1:].strip() for line in lines if line.startswith(">")), "")
    if not source:
        raise HengjianError("缺少以“>”开头、写明版本与来源的一行", path=path)
    articles = tuple(_articles(lines))
    if not articles:
        raise HengjianError("没有找到条文（以“第…条”开头、其后空格的行）", path=path)
    return LawText(path.stem, title, source, "EXTRACT" in source, articles)


def _content(path: Path, limit: int) -> bytes:
    """Read a regular file within the limit; never follow a link."""
    if path.is_symlink() or not path.is_file():
        raise HengjianError("不是普通文件", path=path)
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise HengjianError(f"文件超过 {limit:,} 字节", path=path)
    return content


def _write(path: Path, text: LawText) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(text), ensure_ascii=False), encoding="utf-8")
    partial.replace(path)


def _articles(lines: Sequence[str]) -> Iterator[TextArticle]:
    number, first, body = "", 1, list[str]()
    for line in map(_plain, lines):
        if not line or line.startswith(("#", ">", "<!--")):
            continue
        match = _ARTICLE.match(line)
        if match is not None:
            if body:
                yield TextArticle(number, _paragraphs(body, first))
            number, first, body = match[1], _value(match[2]) or 1, [match[3]]
        elif body:
            body.append(line)
    if body:
        yield TextArticle(number, _paragraphs(body, first))


def _plain(line: str) -> str:
    return line.replace("[[", "").replace("]]", "").strip()


def _paragraphs(body: Iterable[str], first: int) -> tuple[Paragraph, ...]:
    found: list[tuple[str, list[str]]] = []
    for line in body:
        head, *items = _INLINE_ITEM.split(line)
        if _ITEM.match(head) and found:
            found[-1][1].extend([head, *items])
        else:
            found.append((head, items))
    return tuple(
        Paragraph(number, text, tuple(items))
        for number, (text, items) in enumerate(found, start=first)
    )


def _label(item: str) -> int | None:
    match = _ITEM.match(item)
    return None if match is None else _value(match[1])


def _value(numeral: str | None) -> int | None:
    """Return the value of a Chinese numeral below ten thousand."""
    if numeral is None:
        return None
    total = digit = 0
    for sign in numeral:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
    return total + digit
