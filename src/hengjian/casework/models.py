"""What casework keeps. State changes only through services.py.

Times are UTC; null is unknown. What stands under a hash or in the audit chain is never changed.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q

from hengjian.casework import regions
from hengjian.casework.rules import violations_of
from hengjian.errors import HengjianError


class Office(models.Model):
    """A regulator's office (机关).

    Attributes:
        region_code: GB/T 2260, six digits: its jurisdiction.
        department: As rules name it under `authority`, such as 市场监管.
        abbreviation: 机关代字, such as 洪市监: it starts every number the office gives.
    """

    name = models.CharField("名称", max_length=100, unique=True)
    region_code = models.CharField("行政区划代码", max_length=6)
    department = models.CharField("部门", max_length=20)
    abbreviation = models.CharField("机关代字", max_length=10, unique=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Whom a user works for, and as what."""

    class Role(models.TextChoices):
        """What a member may do."""

        OFFICER = "officer", "承办人"
        HEAD = "head", "负责人"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="membership"
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="members")
    role = models.CharField("角色", max_length=10, choices=Role.choices)
    password_is_one_time = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.user} · {self.office} · {self.get_role_display()}"


def membership_of(user: User | AnonymousUser) -> Membership | None:
    """Return a user's membership; None for strangers, superusers without office included."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.select_related("office").filter(user=user).first()


class Scan(models.Model):
    """A scan that was imported.

    Attributes:
        summary: The content of its scan.json.
        files: SHA-256 by name of the scan's files, as kept in the evidence store.
    """

    scan_id = models.CharField(max_length=64, unique=True)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    findings = models.PositiveIntegerField()
    folder = models.CharField(max_length=255)
    summary = models.JSONField()
    files = models.JSONField()

    def __str__(self) -> str:
        return self.scan_id


class LeadQuerySet(models.QuerySet["Lead"]):
    """Leads, and who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> LeadQuerySet:
        """Keep the leads in the user's region and department.

        A lead of unknown region is for the offices of provinces. One that the user's own office
        has taken stays with it, whatever region comes to light.
        """
        membership = membership_of(user)
        if membership is None:
            return self.none()
        office = membership.office
        mine = Q(officer__membership__office=office)
        mine |= Q(region_code__startswith=regions.prefix(office.region_code))
        if regions.is_provincial(office.region_code):
            mine |= Q(region_code="")
        return self.filter(mine, violation__in=violations_of(office.department))


class Lead(models.Model):
    """What is suspected of one subject (案件线索), until a person has verified it.

    Attributes:
        region: As the records give it; region_code is empty when it is no GB/T 2260 code.
        previous: An earlier lead on the same subject and violation whose case was closed.
        reasons: Why it ranks where it does.
        record_count: How many records show it.
    """

    class Status(models.TextChoices):
        """Where the verification stands."""

        NEW = "new", "新线索"
        VERIFYING = "verifying", "核查中"
        ESTABLISHED = "established", "查实"
        NOT_ESTABLISHED = "not_established", "不成立"

    lead_key = models.CharField(max_length=80, unique=True)
    violation = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=500)
    platform = models.CharField(max_length=200, null=True)
    shop_id = models.CharField(max_length=500, null=True)
    operator_id = models.CharField(max_length=500, null=True)
    region = models.CharField(max_length=100, null=True)
    region_code = models.CharField(max_length=6, blank=True)
    severity = models.CharField(max_length=20)
    score = models.FloatField()
    ladder = models.CharField(max_length=2)
    rank = models.FloatField()
    reasons = models.JSONField()
    record_count = models.PositiveIntegerField()
    conduct_from = models.DateTimeField(null=True)
    conduct_until = models.DateTimeField(null=True)
    seeded = models.BooleanField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    status_reason = models.TextField(blank=True)
    first_scan = models.ForeignKey(Scan, on_delete=models.PROTECT)
    previous = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="recurrences"
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        """Django's options."""

        ordering = ("-rank", "lead_key")
        indexes = (
            models.Index(fields=["violation", "subject_kind", "subject_id"]),
            models.Index(fields=["region_code", "-rank"]),
        )

    def __str__(self) -> str:
        return f"{self.violation} {self.subject_kind} {self.subject_id}"


class KeptQuerySet(models.QuerySet[Any]):
    """Rows that are written once."""

    def update(self, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise _never_changed()

    def delete(self) -> NoReturn:
        """Refuse."""
        raise _never_changed()

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise _never_changed()


class Kept(models.Model):
    """A row that is written once: neither changed nor deleted."""

    objects: ClassVar[models.Manager[Any]] = KeptQuerySet.as_manager()

    class Meta:
        """Django's options."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new row; refuse to write one again."""
        if not self._state.adding:
            raise _never_changed()
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise _never_changed()


def _never_changed() -> HengjianError:
    return HengjianError("这类记录只能新增，不能修改或者删除")


class LeadFinding(Kept):
    """A finding as it was imported.

    Attributes:
        payload: The finding, as in findings.jsonl.
        row: Where the row it rests on came from and how to read it (SnapshotRow).
    """

    finding_id = models.CharField(max_length=64, unique=True)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="findings")
    scan = models.ForeignKey(Scan, on_delete=models.PROTECT)
    payload = models.JSONField()
    row = models.JSONField()

    class Meta:
        """Django's options."""

        ordering = ("id",)

    def __str__(self) -> str:
        return self.finding_id


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, and who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> CaseQuerySet:
        """Keep the cases whose lead the user may see."""
        return self.filter(lead__in=Lead.objects.visible_to(user))


class Case(models.Model):
    """A correction (责令改正) from proposal to closing.

    Attributes:
        finding_ids: The findings on which the proposal rests; later ones do not enter the order.
        ordered_at: When the order was approved and issued.
        corrected_at: When the subject was first seen free of it in the recheck that holds.
    """

    class Status(models.TextChoices):
        """Where the case stands."""

        PENDING_APPROVAL = "pending_approval", "待审批"
        RETURNED = "returned", "已退回"
        ORDERED = "ordered", "已责令改正"
        RECHECKED = "rechecked", "复核已消除"
        CLOSED = "closed", "已结案"

    number = models.CharField(max_length=60, unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT)
    year = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="case")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases_proposed"
    )
    head = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="cases_decided",
    )
    status = models.CharField(
        max_length=20, choices=Status.choices, default=Status.PENDING_APPROVAL
    )
    correction = models.TextField()
    guidance = models.TextField()
    correct_by = models.DateField()
    finding_ids = models.JSONField()
    return_reason = models.TextField(blank=True)
    closing_note = models.TextField(blank=True)
    proposed_at = models.DateTimeField()
    ordered_at = models.DateTimeField(null=True)
    corrected_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        """Django's options."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["office", "year", "sequence"], name="case_number_once_a_year"
            ),
        )

    def __str__(self) -> str:
        return self.number


class Document(Kept):
    """A document that was issued; its bytes lie in the evidence store.

    Attributes:
        context: Everything that stands in it, from which both files were rendered.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    form = models.CharField(max_length=60)
    number = models.CharField(max_length=60, unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT)
    year = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    context = models.JSONField()
    docx_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        """Django's options."""

        constraints = (
            models.UniqueConstraint(
                fields=["office", "form", "year", "sequence"], name="document_number_once_a_year"
            ),
        )

    def __str__(self) -> str:
        return f"{self.form} {self.number}"


class Recheck(Kept):
    """What a later scan says of a case's subject (复核).

    Attributes:
        outcome: gone, still_there, or not_seen, which proves nothing.
        observed_at: The earliest sighting after the order; null: not seen.
        files: SHA-256 by name of the scan's files, as kept in the evidence store.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rechecks")
    scan_id = models.CharField(max_length=64)
    outcome = models.CharField(max_length=20)
    observed_at = models.DateTimeField(null=True)
    finding_ids = models.JSONField()
    record_ids = models.JSONField()
    files = models.JSONField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        """Django's options."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["case", "scan_id"], name="recheck_once_a_scan"),
        )

    def __str__(self) -> str:
        return f"{self.scan_id} {self.outcome}"


class AuditQuerySet(KeptQuerySet):
    """Entries of the chain, which are made one at a time."""

    def bulk_create(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise _never_changed()


class AuditEntry(Kept):
    """One act, chained to the one before it.

    Attributes:
        seq: 1, 2, 3 … without gaps.
        actor: Who; null: the system, from the command line.
        entry_hash: SHA-256 over the entry's canonical JSON, previous_hash included.
    """

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    action = models.CharField(max_length=40)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    detail = models.JSONField()
    previous_hash = models.CharField(max_length=64)
    entry_hash = models.CharField(max_length=64, unique=True)

    objects: ClassVar[models.Manager[Any]] = AuditQuerySet.as_manager()

    class Meta:
        """Django's options."""

        ordering = ("seq",)
        indexes = (models.Index(fields=["object_kind", "object_id"]),)

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"
