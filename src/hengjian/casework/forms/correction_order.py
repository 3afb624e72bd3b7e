"""责令改正通知书: the wording. It states what was verified and asks; it punishes nothing."""

from __future__ import annotations

import datetime as dt

from hengjian.casework.forms.document import Annex, Exhibit, OfficialDocument, Section
from hengjian.casework.labels import (
    CONDUCT_KNOWN,
    SUBJECTS,
    field_name,
    long_date,
    moment,
)
from hengjian.casework.models import Case, Lead, LeadFinding
from hengjian.casework.quotations import quotations
from hengjian.casework.rules import all_rules
from hengjian.errors import HengjianError
from hengjian.law.library import versions_of
from hengjian.law.resolve import shanghai_day

FORM = "责令改正通知书"
MAX_EXHIBITS = 60

# 待确认: 行政复议法第二十条 and 行政诉讼法第四十六条 are not in the law library; the periods are
# from general knowledge and the sentence leaves room for other law.
REVIEW_PERIOD = "六十日"
LAWSUIT_PERIOD = "六个月"


def correction_order(
    case: Case, findings: list[LeadFinding], number: str, issued_at: dt.datetime
) -> OfficialDocument:
    """Return the order's text.

    Args:
        case: The case, with what is asked and until when.
        findings: The findings on which it rests.
        number: The document's number.
        issued_at: When it is issued; the law of procedure is quoted as of that day.

    Raises:
        HengjianError: Evidence is missing or altered, or the law library has a gap.
    """
    day = shanghai_day(issued_at)
    return OfficialDocument(
        banner="测试线索，仅供演练，不得送达" if case.lead.seeded else "",
        office=case.office.name,
        title=FORM,
        number=number,
        addressee=_addressee(case.lead),
        sections=[
            _facts(case.lead, findings),
            _law(findings),
            _order(case, day),
            _rights(),
        ],
        issued_on=long_date(day),
        annex=_annex(case),
    )


def _addressee(lead: Lead) -> str:
    where = f"{lead.platform or '平台待核实'}平台"
    if lead.shop_id:
        return f"{where}店铺 {lead.shop_id} 的经营者（主体名称待核实）"
    return f"待核实经营者（{where}{SUBJECTS[lead.subject_kind]} {lead.subject_id}）"


def _facts(lead: Lead, findings: list[LeadFinding]) -> Section:
    exhibits = [exhibit for finding in findings for exhibit in _exhibits(finding)]
    paragraphs = [
        f"经核查，你（单位）在{lead.platform or '待核实的'}平台的"
        f"{SUBJECTS[lead.subject_kind]}（{lead.subject_id}）存在下表所列内容，"
        f"涉及{all_rules()[lead.violation].title}。表中文字照录原始记录，"
        "行为时间按表中所列方式确定。"
    ]
    if len(exhibits) > MAX_EXHIBITS:
        paragraphs.append(
            f"下表列出 {MAX_EXHIBITS} 项，其余 {len(exhibits) - MAX_EXHIBITS} 项见案卷。"
        )
    return Section("一、查明的情况", paragraphs, exhibits[:MAX_EXHIBITS])


def _exhibits(finding: LeadFinding) -> list[Exhibit]:
    payload = finding.payload
    return [
        Exhibit(
            source=f"{payload['platform'] or '平台待核实'} 记录 {finding.row['record_id']}",
            place=field_name(quotation.field),
            excerpt=quotation.excerpt,
            words="、".join(f"“{words}”" for words in quotation.words),
            seen=_seen(payload["conduct_from"], payload["conduct_known"]),
            sha256=finding.row["row_sha256"],
        )
        for quotation in quotations(finding)
    ]


def _seen(conduct_from: str | None, known: str) -> str:
    if conduct_from is None:
        return "时间待核实"
    return f"{moment(dt.datetime.fromisoformat(conduct_from))}（{CONDUCT_KNOWN[known]}）"


def _law(findings: list[LeadFinding]) -> Section:
    cited = dict.fromkeys(
        (basis["law"], basis["article"], basis["effective_from"], basis["quote"])
        for finding in findings
        for basis in finding.payload["legal_basis"]
    )
    paragraphs = ["上述行为涉嫌违反下列规定："]
    paragraphs += [_provision(*provision) for provision in cited]
    if any(finding.payload["conduct_from"] is None for finding in findings):
        paragraphs.append(
            "部分行为的发生时间待核实，上列条文含各可能适用的版本，以核实后的行为时间确定。"
        )
    return Section("二、涉及的规定", paragraphs)


def _provision(law: str, article: str, effective_from: str, quote: str) -> str:
    since = long_date(dt.date.fromisoformat(effective_from))
    return f"《{law}》{article}（{since}起施行）：“{quote}”"


def _order(case: Case, day: dt.date) -> Section:
    return Section(
        "三、责令改正的内容和期限",
        [
            f"{_in_force('行政处罚法', '第二十八条第一款', day)}依据该规定，"
            f"现责令你（单位）于{long_date(case.correct_by)}前（含当日）改正：",
            *_lines(case.correction),
            "改正后，请将改正情况书面报告本机关。本机关将对改正情况进行复核；"
            "逾期未改正的，依法作进一步处理。",
        ],
    )


def _rights() -> Section:
    return Section(
        "四、你（单位）的权利",
        [
            "你（单位）可以向本机关陈述、申辩，并提交证明材料。",
            f"对本通知书不服的，可以自收到之日起{REVIEW_PERIOD}内依法申请行政复议，"
            f"或者自收到之日起{LAWSUIT_PERIOD}内依法向人民法院提起行政诉讼；"
            "法律另有规定的，从其规定。",
        ],
    )


def _annex(case: Case) -> Annex:
    return Annex(
        "附：行政指导建议",
        [
            "以下为建议，不具有强制性；是否采纳由你（单位）自行决定，不采纳不因此受到不利对待。",
            *_lines(case.guidance),
        ],
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _in_force(law: str, article: str, day: dt.date) -> str:
    for version in versions_of(law, article):
        last = version.effective_until
        if version.effective_from <= day and (last is None or day <= last):
            since = version.effective_from.isoformat()
            return _provision(law, article, since, version.quote)
    raise HengjianError(f"法规库没有{day.isoformat()}有效的《{law}》{article}")
