"""hengjian law: the library of law, and full texts for reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.law.library import Article, Statute, statutes
from hengjian.law.texts import LawText, import_texts, stored_texts, texts_folder, texts_of

law_app = typer.Typer(help="法规：查阅条文、导入全文", no_args_is_help=True)


@law_app.command("list", help="列出法规库中的法规")
def law_list() -> None:
    """Print the library's statutes."""
    texts = stored_texts(texts_folder())
    table = Table(title=f"法规库：{len(statutes())} 部")
    for name in ("法规", "制定机关", "条文", "全文", "依据文本"):
        table.add_column(name, justify="right" if name == "条文" else "left", overflow="fold")
    for statute in statutes().values():
        table.add_row(
            escape(statute.name),
            escape(statute.issuer),
            str(len(statute.articles)),
            _text_state(texts_of(texts, statute.full_name)),
            escape(statute.source),
        )
    console.print(table)


@law_app.command("show", help="显示条文的各个版本、有效期间、来源与接续条文")
def law_show(
    law: Annotated[str, typer.Argument(help="法规简称或全称，如 广告法")],
    article: Annotated[str | None, typer.Argument(help="条号，如 第九条 或 第九条第三项")] = None,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", help="只看这一天有效的条文", formats=["%Y-%m-%d"], metavar="日期"),
    ] = None,
) -> None:
    """Print articles from the library, or from the imported texts where it has none."""
    statute = _statute(law)
    held = _articles(statute, article)
    if statute is not None and held:
        _print_statute(statute, held, on.date() if on else None)
    else:
        _print_texts(statute.full_name if statute else law, article, dated=on is not None)


@law_app.command("import", help="导入法规全文（*.md），供查阅")
def law_import(
    folder: Annotated[Path, typer.Argument(help="存放全文的文件夹", exists=True, file_okay=False)],
) -> None:
    """Store full texts; exit status 1 when a file could not be read."""
    texts, faults = import_texts(folder, texts_folder())
    for fault in faults:
        errors.print(f"[red]✗[/] {escape(str(fault))}", soft_wrap=True)
    extracts = sum(text.extract for text in texts)
    console.print(f"导入 {len(texts)} 部（其中节录 {extracts} 部），{len(faults)} 个文件未能导入")
    if faults:
        raise typer.Exit(1)


def _text_state(texts: Sequence[LawText]) -> str:
    if not texts:
        return "无"
    return "节录" if all(text.extract for text in texts) else "有"


def _statute(law: str) -> Statute | None:
    found = [s for s in statutes().values() if law in (s.name, s.full_name)]
    return found[0] if found else None


def _articles(statute: Statute | None, number: str | None) -> list[Article]:
    """Return the articles asked for: all, one, or one with its paragraphs and items."""
    if statute is None:
        return []
    return [a for a in statute.articles if number is None or a.article.startswith(number)]


def _print_statute(statute: Statute, articles: Sequence[Article], day: dt.date | None) -> None:
    shown = [a for a in articles if day is None or a.in_force(day)]
    if not shown:
        spans = "；".join(f"{a.article} {_span(a)}" for a in articles)
        raise HengjianError(f"所查条文在 {day} 无效", hint=f"有效期间：{spans}")
    console.print(f"[bold]{escape(statute.full_name)}[/]（{escape(statute.issuer)}）")
    extract = "（节录）" if statute.extract else ""
    console.print(f"[dim]依据文本{extract}：{escape(statute.source)}[/]", soft_wrap=True)
    for article in shown:
        console.print(f"\n[bold]{escape(article.article)}[/] [cyan]{_span(article)}[/]")
        console.print(f"  {escape(article.quote)}", soft_wrap=True)
        if article.succeeded_by is not None:
            law = article.succeeded_by.law or statute.name
            console.print(f"  [yellow]接续条文：《{escape(law)}》{article.succeeded_by.article}[/]")


def _span(article: Article) -> str:
    return f"{article.effective_from} 至{article.effective_until or '今'}"


def _print_texts(law: str, article: str | None, *, dated: bool) -> None:
    texts = texts_of(stored_texts(texts_folder()), law)
    found = [(text, lines) for text in texts if (lines := _lines(text, article))]
    if not found:
        raise HengjianError(
            f"法规库和已导入的全文中没有《{law}》{article or ''}",
            hint="hengjian law list 列出法规库；hengjian law import 导入全文",
        )
    console.print("[yellow]以下取自导入的全文，仅供查阅，规则不能据此引用。[/]")
    if dated:
        console.print("[yellow]全文不记各条的有效期间，未按日期筛选。[/]")
    for text, lines in found:
        extract = "（节录）" if text.extract else ""
        console.print(f"\n[bold]{escape(text.title)}[/]{extract} [bold]{escape(article or '')}[/]")
        console.print(f"[dim]{escape(text.source)}[/]", soft_wrap=True)
        for line in lines:
            console.print(f"  {escape(line)}", soft_wrap=True)


def _lines(text: LawText, article: str | None) -> list[str]:
    if article is not None:
        return text.lines(article)
    return [line for each in text.articles for line in (each.number, *each.lines())]
