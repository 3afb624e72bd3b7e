"""Every change of state, one function each: role, jurisdiction, state, change, audit entry.

All of a function happens or none of it; what it refuses, it refuses with a HengjianError that says
what is needed. Files go to the evidence store first: an item there that nothing names does no harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone

from hengjian.casework.audit import record
from hengjian.casework.decisions import decided_findings
from hengjian.casework.forms.correction_order import FORM, correction_order
from hengjian.casework.forms.render import render_docx, render_pdf
from hengjian.casework.incoming import (
    Refusal,
    home_store,
    keep_scan_files,
    kept_scan,
    open_inbox,
)
from hengjian.casework.models import (
    Case,
    Document,
    Lead,
    LeadFinding,
    Membership,
    Office,
    Recheck,
    Scan,
    membership_of,
)
from hengjian.casework.regions import region_code
from hengjian.casework.rules import all_rules
from hengjian.errors import HengjianError
from hengjian.law.resolve import SHANGHAI, shanghai_day
from hengjian.leads import Lead as MergedLead
from hengjian.leads import merge
from hengjian.recheck import RecheckResult, recheck
from hengjian.scan_folder import read_scan
from hengjian.violations.finding import statement
from hengjian.violations.pictures import PICTURE

Role = Membership.Role
WORDS_IN_DRAFT = 8


@dataclass(frozen=True)
class ImportResult:
    """What an import did.

    Attributes:
        new: Findings taken in now.
        known: Findings that were there already.
        topics: Findings that are topics, which are no leads.
        new_leads: Leads that the new findings made; the others joined a lead.
        refused: Findings not taken in, each with its reason.
    """

    scan: Scan
    new: int
    known: int
    topics: int
    new_leads: int
    refused: list[Refusal]


def import_scan(actor: User, folder: Path) -> ImportResult:
    """Turn a scan's findings into leads; what was imported before changes nothing.

    A finding on a subject with an open case joins that case's lead. One whose conduct lies after a
    closed case's correction starts a new lead, with the earlier one as `previous`.

    Raises:
        HengjianError: The folder does not hold a whole scan, or its id was imported with other
            content; a single finding whose evidence is missing or altered is only refused.
    """
    _member(actor)
    inbox = open_inbox(folder)
    with transaction.atomic():
        scan = _scan(actor, folder, inbox.scan, inbox.files)
        by_id = {item.finding["finding_id"]: item for item in reversed(inbox.accepted)}
        known = _known(by_id)
        new = [item for finding_id, item in by_id.items() if finding_id not in known]
        rows = {item.finding["finding_id"]: item.row for item in new}
        new_leads = 0
        for group in merge(item.finding for item in new):
            for held, findings in _destinations(group):
                lead = held or _new_lead(group, findings, scan)
                _attach(actor, lead, findings, rows, scan)
                new_leads += held is None
        result = ImportResult(
            scan, len(new), len(inbox.accepted) - len(new), inbox.topics, new_leads, inbox.refused
        )
        record(
            actor,
            "import_scan",
            scan,
            {
                "scan_id": scan.scan_id,
                "files": inbox.files,
                "new": result.new,
                "known": result.known,
                "topics": result.topics,
                "new_leads": new_leads,
                "refused": [asdict(refusal) for refusal in inbox.refused],
            },
        )
    return result


def _scan(actor: User, folder: Path, summary: dict[str, Any], files: dict[str, str]) -> Scan:
    scan, _ = Scan.objects.get_or_create(
        scan_id=summary["scan_id"],
        defaults={
            "imported_at": timezone.now(),
            "imported_by": actor,
            "findings": summary["findings"],
            "folder": folder.resolve().name[:255],
            "summary": summary,
            "files": files,
        },
    )
    if scan.files != files:
        raise HengjianError("这次扫描已导入过，但内容与当时不同", path=folder)
    return scan


def _known(finding_ids: Iterable[str]) -> set[str]:
    ids, known = list(finding_ids), set[str]()
    for start in range(0, len(ids), 500):
        chunk = LeadFinding.objects.filter(finding_id__in=ids[start : start + 500])
        known.update(chunk.values_list("finding_id", flat=True))
    return known


def _destinations(group: MergedLead) -> list[tuple[Lead | None, list[dict[str, Any]]]]:
    """Return which lead each of a group's findings joins; None: a new one."""
    findings = [dict(finding) for finding in group.findings]
    earlier = Lead.objects.filter(
        violation=group.violation,
        platform=group.platform,
        subject_kind=group.subject_kind,
        subject_id=group.subject_id,
    ).order_by("-id")
    open_case = earlier.filter(case__isnull=False).exclude(case__status=Case.Status.CLOSED).first()
    if open_case is not None:
        return [(open_case, findings)]
    same = earlier.filter(lead_key__startswith=group.lead_key).select_related("case").first()
    if same is None:
        return [(None, findings)]
    back = [finding for finding in findings if _is_recurrence(finding, same)]
    rest = [finding for finding in findings if not _is_recurrence(finding, same)]
    return [(lead, part) for lead, part in ((same, rest), (None, back)) if part]


def _is_recurrence(finding: dict[str, Any], lead: Lead) -> bool:
    """Tell whether the conduct is known to lie after the correction of a lead's closed case."""
    case: Case | None = getattr(lead, "case", None)
    if case is None or case.corrected_at is None or finding["conduct_from"] is None:
        return False
    return dt.datetime.fromisoformat(finding["conduct_from"]) > case.corrected_at


def _new_lead(group: MergedLead, findings: list[dict[str, Any]], scan: Scan) -> Lead:
    previous = Lead.objects.filter(
        violation=group.violation,
        platform=group.platform,
        subject_kind=group.subject_kind,
        subject_id=group.subject_id,
        case__status=Case.Status.CLOSED,
    )
    repeats = Lead.objects.filter(lead_key__startswith=group.lead_key).count()
    lead = Lead(
        # The same conduct in the same month after a closed case: the key alone would collide.
        lead_key=f"{group.lead_key}-{repeats + 1}" if repeats else group.lead_key,
        violation=group.violation,
        subject_kind=group.subject_kind,
        subject_id=group.subject_id,
        platform=group.platform,
        first_scan=scan,
        previous=previous.order_by("-id").first(),
    )
    _summarise(lead, findings)
    return lead


def _attach(
    actor: User,
    lead: Lead,
    findings: list[dict[str, Any]],
    rows: dict[str, dict[str, Any]],
    scan: Scan,
) -> None:
    created = lead.pk is None
    if not created:
        held = LeadFinding.objects.filter(lead=lead).values_list("payload", flat=True)
        _summarise(lead, [*held, *findings])
    lead.save()
    LeadFinding.objects.bulk_create(
        LeadFinding(
            finding_id=finding["finding_id"],
            lead=lead,
            scan=scan,
            payload=finding,
            row=rows[finding["finding_id"]],
        )
        for finding in findings
    )
    action = "new_lead" if created else "attach_findings"
    ids = [finding["finding_id"] for finding in findings]
    record(actor, action, lead, {"scan_id": scan.scan_id, "findings": ids, "region": lead.region})


def _summarise(lead: Lead, findings: Iterable[dict[str, Any]]) -> None:
    """Draw what is known of a lead from all its findings, whatever month each was of."""
    [merged] = merge({**finding, "lead_key": lead.lead_key} for finding in findings)
    lead.shop_id, lead.operator_id = merged.shop_id, merged.operator_id
    lead.region, lead.region_code = merged.region, region_code(merged.region)
    lead.severity, lead.score, lead.ladder = merged.severity, merged.score, merged.ladder
    lead.rank, lead.reasons = merged.rank, merged.reasons
    lead.record_count = len(merged.record_ids)
    lead.conduct_from, lead.conduct_until = _time(merged.conduct_from), _time(merged.conduct_until)
    lead.seeded = merged.seeded


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


@transaction.atomic
def start_verification(actor: User, lead: Lead) -> Lead:
    """Take a new lead and begin to verify it (核查); the officer becomes responsible for it.

    Raises:
        HengjianError: Not an officer, outside of the jurisdiction, or not a new lead.
    """
    _member(actor, Role.OFFICER)
    lead = _lead(actor, lead)
    _expect_lead(lead, Lead.Status.NEW)
    lead.officer = actor
    lead.status = Lead.Status.VERIFYING
    lead.save()
    record(actor, "start_verification", lead, {"status": lead.status})
    return lead


@transaction.atomic
def establish(actor: User, lead: Lead, note: str) -> Lead:
    """Record that the facts hold (查实).

    Args:
        actor: The officer who verifies it.
        lead: The lead.
        note: What was verified and how.

    Raises:
        HengjianError: Not this lead's officer, not being verified, or no note.
    """
    return _finish_verification(
        actor, lead, Lead.Status.ESTABLISHED, "establish", _text(note, "核查情况")
    )


@transaction.atomic
def not_establish(actor: User, lead: Lead, reason: str) -> Lead:
    """Record that the facts do not hold (不成立).

    Raises:
        HengjianError: Not this lead's officer, not being verified, or no reason.
    """
    return _finish_verification(
        actor, lead, Lead.Status.NOT_ESTABLISHED, "not_establish", _text(reason, "不成立的理由")
    )


def _finish_verification(
    actor: User, lead: Lead, status: Lead.Status, action: str, reason: str
) -> Lead:
    lead = _own_lead(actor, lead)
    _expect_lead(lead, Lead.Status.VERIFYING)
    lead.status, lead.status_reason = status, reason
    lead.save()
    record(actor, action, lead, {"status": status, "reason": reason})
    return lead


@transaction.atomic
def open_correction(
    actor: User, lead: Lead, correction: str, guidance: str, correct_by: dt.date
) -> Case:
    """Propose a correction (责令改正) on an established lead.

    Args:
        actor: The lead's officer.
        lead: The lead.
        correction: What must be put right; binding.
        guidance: Advice (行政指导); not binding.
        correct_by: Last day for it, in Shanghai.

    Raises:
        HengjianError: Not this lead's officer, not established, a case already, or a text or a day
            in the future is missing.
    """
    lead = _own_lead(actor, lead)
    _expect_lead(lead, Lead.Status.ESTABLISHED)
    if Case.objects.filter(lead=lead).exists():
        raise HengjianError("这条线索已有案件")
    now, office = timezone.now(), _member(actor, Role.OFFICER).office
    year = now.astimezone(SHANGHAI).year
    sequence = _next(Case.objects.filter(office=office, year=year))
    case = Case(
        number=f"{office.abbreviation}案〔{year}〕{sequence}号",
        office=office,
        year=year,
        sequence=sequence,
        lead=lead,
        officer=actor,
        proposed_at=now,
    )
    _propose(case, correction, guidance, correct_by)
    record(actor, "open_correction", case, _proposal(case))
    return case


@transaction.atomic
def return_case(actor: User, case: Case, reason: str) -> Case:
    """Send a proposal back to its officer.

    Raises:
        HengjianError: Not a head of the case's office, not pending, or no reason.
    """
    case = _case_of_head(actor, case)
    _expect_case(case, Case.Status.PENDING_APPROVAL)
    case.head, case.status = actor, Case.Status.RETURNED
    case.return_reason = _text(reason, "退回的理由")
    case.save()
    record(actor, "return_case", case, {"status": case.status, "reason": case.return_reason})
    return case


@transaction.atomic
def resubmit(actor: User, case: Case, correction: str, guidance: str, correct_by: dt.date) -> Case:
    """Propose a returned case again; findings that came in meanwhile enter it.

    Raises:
        HengjianError: Not this case's officer, not returned, or a text or a day is missing.
    """
    _member(actor, Role.OFFICER)
    case = _case(actor, case)
    if case.officer != actor:
        raise HengjianError(f"须由本案承办人 {case.officer} 办理")
    _expect_case(case, Case.Status.RETURNED)
    case.status = Case.Status.PENDING_APPROVAL
    _propose(case, correction, guidance, correct_by)
    record(actor, "resubmit", case, _proposal(case))
    return case


@transaction.atomic
def approve(actor: User, case: Case) -> Document:
    """Approve a correction and issue its document, as Word and PDF.

    Raises:
        HengjianError: Not a head of the case's office, the proposer himself, not pending, the day
            for correction has passed, or evidence is missing or was altered.
    """
    case = _case_of_head(actor, case)
    if case.officer == actor:
        raise HengjianError("提出人不能审批自己提出的案件，须由另一名负责人审批")
    _expect_case(case, Case.Status.PENDING_APPROVAL)
    _check_correct_by(case.correct_by)
    case.head, case.status, case.ordered_at = actor, Case.Status.ORDERED, timezone.now()
    case.save()
    record(actor, "approve", case, {"status": case.status, "findings": case.finding_ids})
    return _issue(actor, case, case.ordered_at)


def _issue(actor: User, case: Case, at: dt.datetime) -> Document:
    year = at.astimezone(SHANGHAI).year
    sequence = _next(Document.objects.filter(office=case.office, form=FORM, year=year))
    number = f"{case.office.abbreviation}责改〔{year}〕{sequence}号"
    findings = list(LeadFinding.objects.filter(finding_id__in=case.finding_ids))
    content = correction_order(case, findings, number, at)
    document = Document(
        case=case,
        form=FORM,
        number=number,
        office=case.office,
        year=year,
        sequence=sequence,
        context=asdict(content),
        docx_sha256=home_store().put(render_docx(content)),
        pdf_sha256=home_store().put(render_pdf(content, at)),
        created_at=at,
    )
    document.save()
    record(
        actor,
        "issue_document",
        case,
        {"number": number, "docx": document.docx_sha256, "pdf": document.pdf_sha256},
    )
    return document


@transaction.atomic
def record_recheck(actor: User, case: Case, folder: Path) -> Recheck:
    """Record what a later scan says of the case's subject (复核).

    Only sightings after the order count. The sighting that is latest decides: gone makes the case
    rechecked, still there leaves it ordered or brings it back; not seen changes nothing.

    Args:
        actor: An officer or a head of the case's office.
        case: A case with an order.
        folder: The later scan's folder; it need not have been imported.

    Raises:
        HengjianError: Not of the case's office, no order, the scan was recorded already, or it saw
            the subject only before the order, at an unknown time, or in the future.
    """
    case = _case_of_office(actor, case)
    _expect_case(case, Case.Status.ORDERED, Case.Status.RECHECKED)
    files = keep_scan_files(folder)
    with kept_scan(files) as kept:
        scan_id = read_scan(kept)["scan_id"]
        if case.rechecks.filter(scan_id=scan_id).exists():
            raise HengjianError("这次扫描已记录过复核")
        found = _look_again(case, kept)
    outcome = Recheck(
        case=case,
        scan_id=scan_id,
        outcome=found.outcome,
        observed_at=found.observed_at,
        finding_ids=found.finding_ids,
        record_ids=found.record_ids,
        files=files,
        recorded_by=actor,
        at=timezone.now(),
    )
    outcome.save()
    _let_latest_decide(case)
    record(
        actor,
        "record_recheck",
        case,
        {
            "scan_id": scan_id,
            "outcome": outcome.outcome,
            "observed_at": found.observed_at.isoformat() if found.observed_at else None,
            "findings": outcome.finding_ids,
            "files": files,
            "status": case.status,
        },
    )
    return outcome


def _look_again(case: Case, folder: Path) -> RecheckResult:
    lead = case.lead
    look = partial(
        recheck,
        folder,
        violation=lead.violation,
        platform=lead.platform,
        subject_kind=lead.subject_kind,
        subject_id=lead.subject_id,
        # Words in a picture are not seen again by who reads no pictures.
        seen_in={PICTURE} & {finding.row["kind"] for finding in lead.findings.all()},
    )
    found = look(since=case.ordered_at)
    if not found.record_ids and look().record_ids:
        raise HengjianError(
            "这次扫描只在责令改正之前或者时间不明时见到该对象，不能用来复核",
            hint="请采集责令改正以后的记录，带上采集时间，再扫描",
        )
    if found.observed_at is not None and found.observed_at > timezone.now():
        raise HengjianError("记录的采集时间在将来，不能用来复核", hint="请核对采集时间")
    return found


def _let_latest_decide(case: Case) -> None:
    decisive = case.rechecks.exclude(outcome="not_seen")
    # At the same moment "still_there" outweighs "gone": it sorts after it.
    latest = decisive.order_by("observed_at", "outcome").last()
    if latest is None:
        return
    gone = latest.outcome == "gone"
    case.status = Case.Status.RECHECKED if gone else Case.Status.ORDERED
    case.corrected_at = latest.observed_at if gone else None
    case.save()


@transaction.atomic
def close_case(actor: User, case: Case, note: str) -> Case:
    """Close a case (结案) after a recheck found the subject free of it.

    Raises:
        HengjianError: Not a head of the case's office, no such recheck, or no note.
    """
    case = _case_of_head(actor, case)
    _expect_case(case, Case.Status.RECHECKED)
    case.closing_note = _text(note, "结案说明")
    case.status, case.closed_at = Case.Status.CLOSED, timezone.now()
    case.save()
    record(actor, "close_case", case, {"status": case.status, "note": case.closing_note})
    return case


@transaction.atomic
def note_view(actor: User, target: Lead | Case) -> None:
    """Record that someone looked at a lead or a case: they may hold ids of private persons."""
    _member(actor)
    record(actor, "view", target, {})


@transaction.atomic
def note_download(actor: User, document: Document, file_format: str) -> None:
    """Record that someone took a document out."""
    _member(actor)
    record(actor, "download", document.case, {"number": document.number, "format": file_format})


@transaction.atomic
def export_decisions(actor: User, purpose: str) -> list[dict[str, Any]]:
    """Return what was decided on the findings of the leads that the actor may see, and record it.

    Raises:
        HengjianError: No purpose is given, or the audit chain is broken.
    """
    office = _member(actor).office
    purpose = _text(purpose, "用途")
    leads = Lead.objects.visible_to(actor).values_list("pk", flat=True)
    rows = list(decided_findings(set(leads)))
    record(actor, "export_decisions", office, {"purpose": purpose, "findings": len(rows)})
    return rows


@transaction.atomic
def note_password_change(actor: User) -> None:
    """Record that a user chose a password of his own, so that the one-time password is spent."""
    membership = _member(actor)
    membership.password_is_one_time = False
    membership.save()
    record(actor, "change_password", membership, {})


def suggested_correction(lead: Lead) -> str:
    """Return a draft of what must be put right; the officer edits it and decides."""
    rule = all_rules()[lead.violation]
    payloads = list(LeadFinding.objects.filter(lead=lead).values_list("payload", flat=True))
    items = [item for p in payloads for item in p["evidence"]]
    words = dict.fromkeys(f"“{statement(item)}”" for item in items)
    laws = dict.fromkeys(
        f"《{b['law']}》{b['article']}" for p in payloads for b in p["legal_basis"]
    )
    shown = "".join(list(words)[:WORDS_IN_DRAFT]) + ("等" if len(words) > WORDS_IN_DRAFT else "")
    written = any(item["text"] is not None for item in items)
    what = f"停止发布含有{shown}的内容" if written else f"改正{shown}的情形"
    return (
        f"1. {what}（{rule.title}，涉及{'、'.join(laws)}）。\n"
        f"2. {rule.mend}\n"
        "3. 自查其他商品和页面，有同类内容的一并改正。"
    )


def suggested_guidance(lead: Lead) -> str:
    """Return a draft of the advice that goes with a correction."""
    title = all_rules()[lead.violation].title.replace("“", "‘").replace("”", "’")
    return (
        f"1. 发布宣传内容前，对照“{title}”的有关规定进行内部审核，并留存审核记录。\n"
        "2. 保存商品信息的修改记录，以备复核。\n"
        "3. 对规定的理解有疑问的，可以向本机关咨询。"
    )


def _member(actor: User, role: Membership.Role | None = None) -> Membership:
    membership = membership_of(actor)
    if membership is None:
        raise HengjianError("该账号不属于任何机关，不能办理", hint="请由管理员设定机关和角色")
    if role is not None and membership.role != role:
        raise HengjianError(f"须由{role.label}办理；当前账号是{membership.get_role_display()}")
    return membership


def _lead(actor: User, lead: Lead) -> Lead:
    found = Lead.objects.visible_to(actor).filter(pk=lead.pk)
    locked = Lead.objects.select_for_update().filter(pk__in=found.values("pk")).first()
    if locked is None:
        raise HengjianError("线索不存在，或者不在本机关管辖范围内")
    return locked


def _own_lead(actor: User, lead: Lead) -> Lead:
    _member(actor, Role.OFFICER)
    lead = _lead(actor, lead)
    if lead.officer is not None and lead.officer != actor:
        raise HengjianError(f"须由本线索承办人 {lead.officer} 办理")
    return lead


def _case(actor: User, case: Case) -> Case:
    found = Case.objects.visible_to(actor).filter(pk=case.pk)
    locked = Case.objects.select_for_update().filter(pk__in=found.values("pk")).first()
    if locked is None:
        raise HengjianError("案件不存在，或者不在本机关管辖范围内")
    return locked


def _case_of_office(actor: User, case: Case) -> Case:
    office: Office = _member(actor).office
    case = _case(actor, case)
    if case.office != office:
        raise HengjianError(f"本案由{case.office}办理，须由该机关的人员办理")
    return case


def _case_of_head(actor: User, case: Case) -> Case:
    _member(actor, Role.HEAD)
    return _case_of_office(actor, case)


def _expect_lead(lead: Lead, status: Lead.Status) -> None:
    if lead.status != status:
        raise HengjianError(
            f"线索须为“{status.label}”才能这样办理；当前为“{lead.get_status_display()}”"
        )


def _expect_case(case: Case, *statuses: Case.Status) -> None:
    if case.status not in statuses:
        wanted = "或者".join(f"“{status.label}”" for status in statuses)
        raise HengjianError(f"案件须为{wanted}才能这样办理；当前为“{case.get_status_display()}”")


def _propose(case: Case, correction: str, guidance: str, correct_by: dt.date) -> None:
    case.correction = _text(correction, "责令改正的内容")
    case.guidance = _text(guidance, "行政指导建议")
    _check_correct_by(correct_by)
    case.correct_by = correct_by
    held = LeadFinding.objects.filter(lead=case.lead)
    case.finding_ids = list(held.values_list("finding_id", flat=True))
    case.save()


def _proposal(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "status": case.status,
        "correction": case.correction,
        "guidance": case.guidance,
        "correct_by": case.correct_by.isoformat(),
        "findings": case.finding_ids,
    }


def _check_correct_by(day: dt.date) -> None:
    today = shanghai_day(timezone.now())
    if day <= today:
        raise HengjianError(f"改正期限须晚于今天（{today.isoformat()}）", field="改正期限")


def _text(text: str, name: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise HengjianError(f"须填写{name}")
    return stripped


def _next(numbered: models.QuerySet[Any]) -> int:
    return (numbered.aggregate(last=Max("sequence"))["last"] or 0) + 1
