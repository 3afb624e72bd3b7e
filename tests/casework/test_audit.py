from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from hengjian.casework.audit import START, Chain, hash_of, record, verify_chain
from hengjian.casework.models import AuditEntry, Case, Document, LeadFinding
from hengjian.errors import HengjianError
from tests.casework.conftest import People

pytestmark = pytest.mark.django_db


def _tamper(statement: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def test_the_chain_holds_after_a_whole_case(ordered: Case) -> None:
    chain = verify_chain()
    last = AuditEntry.objects.latest("seq")
    assert (chain.entries, chain.head) == (last.seq, last.entry_hash)


def test_an_empty_chain_starts_at_zero(db: None) -> None:
    assert verify_chain() == Chain(0, START)


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE casework_auditentry SET detail = \'{"status": "closed"}\' WHERE seq = 3',
        "UPDATE casework_auditentry SET action = 'view' WHERE seq = 3",
        "UPDATE casework_auditentry SET actor_id = 1 WHERE seq = 3",
        "UPDATE casework_auditentry SET at = '2020-01-01 00:00:00' WHERE seq = 3",
        "UPDATE casework_auditentry SET object_id = '99' WHERE seq = 3",
        "DELETE FROM casework_auditentry WHERE seq = 3",
    ],
)
def test_an_entry_that_was_tampered_with_is_named(people: People, statement: str) -> None:
    _tamper(statement)
    with pytest.raises(HengjianError, match="第 3 条断开"):
        verify_chain()


def test_an_entry_that_was_hashed_anew_breaks_the_next(people: People) -> None:
    entry = AuditEntry.objects.get(seq=3)
    entry.action = "view"
    _tamper(
        "UPDATE casework_auditentry SET action = 'view', entry_hash = %s WHERE seq = 3",
        hash_of(entry),
    )
    with pytest.raises(HengjianError, match="第 4 条断开"):
        verify_chain()


def test_entries_are_neither_changed_nor_deleted(people: People) -> None:
    entry = AuditEntry.objects.latest("seq")
    for act in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(action="view"),
        lambda: AuditEntry.objects.bulk_update([entry], ["action"]),
        lambda: AuditEntry.objects.bulk_create([entry]),
    ):
        with pytest.raises(HengjianError, match="只能新增"):
            act()
    assert verify_chain().entries == AuditEntry.objects.count()


def test_findings_and_documents_are_neither_changed_nor_deleted(ordered: Case) -> None:
    for kept in (LeadFinding.objects.get(), Document.objects.get()):
        with pytest.raises(HengjianError, match="只能新增"):
            kept.save()
        with pytest.raises(HengjianError, match="只能新增"):
            kept.delete()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(HengjianError, match="同一事务"):
        record(None, "view", AuditEntry(pk=1), {})


def test_times_are_utc(people: People) -> None:
    assert AuditEntry.objects.latest("seq").at.utcoffset() == dt.timedelta(0)
