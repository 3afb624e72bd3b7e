"""The words with which officers see values, and times as people read them in China."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hengjian.law.resolve import SHANGHAI
from hengjian.records.kinds import KINDS, column_of

_END_OF_NAME = re.compile("[，；：]")
# What the contract calls a field, up to its first stop; a kind may call it a little otherwise.
# A picture repeats fields of its page, which the other kinds name for all.
FIELDS = {
    **{
        name: _END_OF_NAME.split(field.description or name)[0]
        for kind in sorted(KINDS.values(), key=lambda kind: kind.name != "picture")
        for name, field in kind.model.model_fields.items()
    },
    "title": "标题",
    "text": "正文",
    "attributes": "属性",
    "any_field": "文字",
}
# A listing is a 商品 to the people whom a document addresses.
SUBJECTS = {
    **{kind.name: kind.title for kind in KINDS.values()},
    "listing": "商品",
    "shop": "店铺",
    "host": "主播",
    "account": "账号",
    "complainant": "投诉举报人",
    "platform": "平台",
    "operator": "经营者",
    "producer": "生产者",
    "group": "团伙",
    "topic": "话题",
}
MEMBERS = {"accounts": "账号", "shops": "店铺", "items": "商品"}
_SHOWN = 8
LAYERS = {
    "literal": "原文",
    "traditional": "繁体",
    "width": "全角或大小写",
    "html": "夹入网页标记",
    "inserted": "夹入符号",
    "split": "拆字",
    "pinyin": "拼音",
    "mixed": "汉字拼音混写",
    "homophone": "谐音",
    "swap": "颠倒次序",
    "initials": "拼音首字母",
    "lookalike": "形近字",
    "measure": "数量",
    "form": "编号格式",
    "number": "数值",
    "derived": "计算得出",
    "value": "取值",
    "absent": "未标明",
}
LADDER = {"R1": "行政指导", "R2": "约谈提醒", "R3": "行政处罚", "R4": "刑事移送"}
CONDUCT_KNOWN = {
    "stated": "平台载明",
    "captured": "采集时间",
    "assumed": "扫描时设定",
    "unknown": "未知，须查明",
}
OUTCOMES = {"gone": "已消除", "still_there": "仍存在", "not_seen": "未见到，不能证明"}
ACTIONS = {
    "create_office": "设立机关",
    "create_user": "开设账号",
    "change_password": "修改密码",
    "import_scan": "导入扫描",
    "new_lead": "形成线索",
    "attach_findings": "并入疑点",
    "start_verification": "开始核查",
    "establish": "查实",
    "not_establish": "不成立",
    "open_correction": "提出责令改正",
    "return_case": "退回修改",
    "resubmit": "重新提交",
    "approve": "批准",
    "issue_document": "制发文书",
    "record_recheck": "复核",
    "close_case": "结案",
    "view": "查看",
    "download": "下载文书",
    "export_decisions": "导出处理结果",
}


def field_name(name: str) -> str:
    """Return a record's field, or a kind of records, as officers know it."""
    top = column_of(name)
    part = name[len(top) :].lstrip(".")
    if top in KINDS:
        part = FIELDS.get(part, part)
    known = FIELDS.get(top) or SUBJECTS.get(top, top)
    return f"{known}·{part}" if part else known


def subject_name(kind: str, identifier: str) -> str:
    """Return a subject with its kind, such as 商品 I1."""
    return f"{SUBJECTS.get(kind, kind)} {identifier}"


def conduct(finding: Mapping[str, Any]) -> str:
    """Return when the conduct of a finding took place, and how that is known."""
    begin, end = finding["conduct_from"], finding["conduct_until"]
    span = dict.fromkeys(moment(dt.datetime.fromisoformat(each)) for each in (begin, end) if each)
    return f"{' 至 '.join(span) or '待核实'}（{CONDUCT_KNOWN[finding['conduct_known']]}）"


def extent(finding: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how far a finding reaches, as names and texts: its records, and who is in a group."""
    told = [("涉及记录", _some(finding["record_ids"], "条"))] if finding["record_ids"][1:] else []
    members = finding["members"] or {}
    for name, title in MEMBERS.items():
        if members.get(name):
            told.append((title, _some(members[name], "个")))
    if members.get("p_value") is not None:
        told.append(("偶然出现的可能（p值）", f"{members['p_value']:.1g}"))
    return told


def _some(ids: Sequence[str], measure: str) -> str:
    more = f" 等 {len(ids):,} {measure}" if len(ids) > _SHOWN else f"，共 {len(ids)} {measure}"
    return "、".join(ids[:_SHOWN]) + more


def moment(when: dt.datetime) -> str:
    """Return a time in Shanghai, to the minute."""
    return f"{when.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def long_date(day: dt.date) -> str:
    """Return a day as official documents write it, such as 2026年11月5日."""
    return f"{day.year}年{day.month}月{day.day}日"
