"""hengjian rank: a chance for each finding, learnt from officers' decisions."""

# ruff: noqa: PLC0415 - neither Django nor scikit-learn is loaded by commands that need neither

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hengjian.cli.casework import Actor, user_named, with_database
from hengjian.cli.graph_files import tell_out, write_rows
from hengjian.cli.terminal import console, errors
from hengjian.errors import HengjianError
from hengjian.ranking.decisions import read_decisions
from hengjian.ranking.features import FEATURES
from hengjian.ranking.model import (
    Estimate,
    Model,
    Part,
    Ranked,
    load_model,
    rank_scan,
    save_model,
    trained_later,
)
from hengjian.stats.shares import share_interval

if TYPE_CHECKING:
    from hengjian.ranking.training import Labels

_SHOWN = 20
_FAULTS_SHOWN = 5
_METHODS = {"isotonic": "保序回归", "platt": "逻辑斯蒂曲线（Platt）"}

rank_app = typer.Typer(help="排序：由以往处理结果估计疑点查实的可能", no_args_is_help=True)

ScanFolder = Annotated[Path, typer.Argument(help="scan 的结果文件夹", exists=True, file_okay=False)]


@rank_app.command("decisions", help="导出办案系统中线索的处理结果（查实、不成立）")
@with_database
def decisions_command(
    actor: Actor,
    purpose: Annotated[str, typer.Option(help="用途，记入审计记录")],
    out: Annotated[Path, typer.Option(help="处理结果（JSON Lines）", dir_okay=False)],
) -> None:
    """Write what officers decided on the leads that a user may see, one finding a line."""
    from hengjian.casework.services import export_decisions

    rows = export_decisions(user_named(actor), purpose)
    write_rows(out, rows)
    confirmed = sum(row["confirmed"] for row in rows)
    console.print(
        f"已处理疑点 {len(rows):,} 条：查实 {confirmed:,}，不成立 {len(rows) - confirmed:,}"
    )
    tell_out(out)


@rank_app.command("train", help="由处理结果训练排序模型")
def train_command(
    scans: Annotated[
        list[Path],
        typer.Argument(help="scan 的结果文件夹，可给多个", exists=True, file_okay=False),
    ],
    decisions: Annotated[
        Path,
        typer.Option(
            help="处理结果（JSON Lines）：finding_id、decided_at、confirmed、reason",
            exists=True,
            dir_okay=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="模型文件（JSON）", dir_okay=False)],
) -> None:
    """Fit a model and print what it is worth."""
    from hengjian.ranking.training import train

    _outside(out, scans)
    decided = read_decisions(decisions)
    _tell_faults(decided.faults)
    with errors.status("训练"):
        model, labels = train(scans, decided)
    save_model(model, out)
    _print_labels(labels)
    _print_model(model)
    tell_out(out)


@rank_app.command("apply", help="给一次扫描的疑点排序，不改动扫描结果")
def apply_command(
    scan: ScanFolder,
    out: Annotated[Path, typer.Option(help="排序结果（JSON Lines）", dir_okay=False)],
    model: Annotated[
        Path | None,
        typer.Option(help="rank train 的模型；不给则按规则得分排列", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Write rank, chance, interval and reasons of each finding; the scan stays as it is."""
    _outside(out, [scan])
    loaded = None if model is None else load_model(model)
    ranked = rank_scan(scan, loaded)
    write_rows(out, (each._asdict() for each in ranked))
    if loaded is None:
        console.print("没有给模型：按规则得分排列，可能性未知")
    elif trained_later(scan, loaded):
        console.print(
            "[yellow]模型用到了扫描当日或以后的处理结果：可以用来排序，不能用来检验模型[/]"
        )
    _print_ranked(ranked)
    tell_out(out)


def _outside(out: Path, scans: Iterable[Path]) -> None:
    """Refuse to write into a scan's folder.

    Raises:
        HengjianError: The file would lie there.
    """
    for scan in scans:
        if out.resolve().is_relative_to(scan.resolve()):
            raise HengjianError("不能写入扫描结果文件夹", path=out, hint="请写到别处")


def _tell_faults(faults: Sequence[HengjianError]) -> None:
    if faults:
        errors.print(f"[yellow]{len(faults):,} 行处理结果不可用，没有计入[/]")
    for fault in faults[:_FAULTS_SHOWN]:
        errors.print(f"[yellow]{escape(str(fault))}[/]", soft_wrap=True)
    if len(faults) > _FAULTS_SHOWN:
        errors.print("[yellow]……[/]")


def _print_labels(labels: Labels) -> None:
    console.print(
        f"已处理疑点 {labels.findings:,} 条，属于 {len(labels.leads):,} 起线索；"
        "同一线索只计一次，未处理的疑点不计"
    )
    if labels.seeded:
        console.print(f"[dim]测试记录的疑点 {labels.seeded:,} 条，不计[/]")
    if labels.elsewhere:
        console.print(f"[yellow]{labels.elsewhere:,} 条处理结果的疑点不在所给的扫描中，不计[/]")


def _print_model(model: Model) -> None:
    parts = Table(title="按处理日期先后分为三段")
    for name in ("", "日期", "线索", "查实", "查实率（95%区间）"):
        parts.add_column(name, justify="left" if name in {"", "日期"} else "right")
    named = {"训练": model.training, "校准": model.calibrating, "检验": model.reporting}
    for name, part in named.items():
        parts.add_row(name, *_part_cells(part))
    console.print(parts)
    console.print(_measured_table(model))
    for name, gain in _gains(model).items():
        better = gain.high < 0
        verdict = "更准" if better else "[yellow]不能认定更准[/]"
        console.print(f"与{name}相比，Brier 相差 {_estimate(gain, signed=True)}：{verdict}")
    console.print(_tenths_table(model))
    console.print(_weights_table(model))


def _part_cells(part: Part) -> tuple[str, ...]:
    share = _share(part.confirmed, part.leads)
    return f"{part.first} 至 {part.last}", f"{part.leads:,}", f"{part.confirmed:,}", share


def _share(count: int, total: int) -> str:
    low, high = share_interval(count, total)
    return f"{count / total:.0%}（{low:.0%}–{high:.0%}）"


def _estimate(estimate: Estimate, *, signed: bool = False) -> str:
    form = "+.3f" if signed else ".3f"
    return f"{estimate.value:{form}}（{estimate.low:{form}} 至 {estimate.high:{form}}）"


def _measured_table(model: Model) -> Table:
    table = Table(title="检验段：区分与误差（95%区间）")
    table.add_column("依据")
    for name in ("AUC", "Brier（越小越准）"):
        table.add_column(name, justify="right")
    ways = {
        f"模型（{_METHODS[model.calibration.method]}校准）": model.report.model,
        "规则得分": model.report.score,
        "该类型以往查实率": model.report.rule,
    }
    for name, measured in ways.items():
        table.add_row(name, _estimate(measured.auc), _estimate(measured.brier))
    return table


def _gains(model: Model) -> dict[str, Estimate]:
    return {
        "规则得分": model.report.beside_score,
        "只看该类型以往查实率": model.report.beside_rule,
    }


def _tenths_table(model: Model) -> Table:
    table = Table(title="检验段：估计与实际")
    for name in ("估计", "线索", "平均估计", "实际查实率（95%区间）"):
        table.add_column(name, justify="right")
    for row in model.report.tenths:
        span = f"{row.tenth / 10:.0%}–{(row.tenth + 1) / 10:.0%}"
        table.add_row(span, f"{row.leads:,}", f"{row.told:.0%}", _share(row.confirmed, row.leads))
    return table


def _weights_table(model: Model) -> Table:
    counting = [each for each in model.line.features if each.weight]
    table = Table(title=f"起作用的特征（{len(FEATURES)} 项中的 {len(counting)} 项）")
    table.add_column("特征")
    table.add_column("每高一个标准差，对数几率增减", justify="right")
    titles = {feature.name: feature.title for feature in FEATURES}
    for each in sorted(counting, key=lambda one: -abs(one.weight)):
        table.add_row(titles[each.name], f"{each.weight:+.2f}")
    return table


def _print_ranked(ranked: Sequence[Ranked]) -> None:
    table = Table(title=f"疑点 {len(ranked):,} 条，显示前 {min(_SHOWN, len(ranked))} 条")
    for name in ("名次", "疑点", "可能性（95%区间）", "规则得分", "理由"):
        table.add_column(name, justify="left" if name in {"疑点", "理由"} else "right")
    for each in ranked[:_SHOWN]:
        table.add_row(
            str(each.rank),
            escape(each.finding_id[:8]),
            _chance(each),
            f"{each.score:.2f}",
            escape("；".join(each.reasons)),
        )
    console.print(table)


def _chance(ranked: Ranked) -> str:
    if ranked.chance is None or ranked.interval is None:
        return "未知"
    low, high = ranked.interval
    return f"{ranked.chance:.0%}（{low:.0%}–{high:.0%}）"
