"""The draft from which a new rule starts."""

from __future__ import annotations

from pathlib import Path

from hengjian.errors import HengjianError
from hengjian.violations.rule import AREAS

_TEMPLATE = """\
id: {id}
title: 请写违法类型的名称
status: draft                   # draft 起草, shadow 试运行, active 启用, retired 停用
applies_to: [listing]
legal_basis:
  - {{law: 广告法, article: 第九条第三项, from: 2015-09-01}}
ladder: R1                      # R1 行政指导, R2 约谈提醒, R3 行政处罚, R4 刑事移送
authority: [市场监管]
severity: order                 # life_health, minors, property, order
score: 0.5
detect:
  claim:
    any_field|contains: [请写要找的词]
    unless:
      inside: [写明合法的更长的词]
  condition: claim
explanation: 出现“{{words}}”，请核实。
mend: 请写如何改正。
look_alikes:
  - 请先写合法而相像的情形
examples:
  - {{name: 应标记, flag: true, record: {{title: 请写要找的词}}, words: [请写要找的词]}}
  - {{name: 不应标记, flag: false, record: {{title: 普通商品}}}}
"""


def new_rule(rule_id: str, folder: Path) -> Path:
    """Write the draft of a rule and return its file.

    Args:
        rule_id: `area.name`.
        folder: Folder of the areas.

    Raises:
        HengjianError: The id has no known area, is not plain, or the rule exists.
    """
    area, _, name = rule_id.partition(".")
    if area not in AREAS or not name.isascii() or not name.isidentifier():
        raise HengjianError(
            f"规则编号应为 领域.名称：{rule_id}",
            hint=f"领域可用 {'、'.join(AREAS)}；名称用小写英文与下划线",
        )
    path = folder / area / f"{name}.yml"
    if path.exists():
        raise HengjianError("规则已存在", path=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEMPLATE.format(id=rule_id), encoding="utf-8")
    return path
