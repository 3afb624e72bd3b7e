"""The audit chain: who did what, when, to what; each entry holds the hash of the one before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone

from hengjian.casework.models import AuditEntry
from hengjian.errors import HengjianError

START = "0" * 64


@dataclass(frozen=True)
class Chain:
    """An unbroken chain.

    Attributes:
        entries: How many entries it has.
        head: Hash of the last one. Noted elsewhere, it shows later whether the end was cut off.
    """

    entries: int
    head: str


def record(
    actor: User | None, action: str, target: models.Model, detail: Mapping[str, Any]
) -> AuditEntry:
    """Append an entry, in the transaction of the act that it tells of.

    Args:
        actor: Who acted; None: the system.
        action: A key of labels.ACTIONS.
        target: What was acted on.
        detail: JSON values that say what changed.

    Raises:
        HengjianError: There is no transaction, so that act and entry could come apart.
    """
    if not transaction.get_connection().in_atomic_block:
        raise HengjianError("审计记录必须与所记的操作在同一事务中")
    last = AuditEntry.objects.select_for_update().order_by("-seq").first()
    entry = AuditEntry(
        seq=last.seq + 1 if last else 1,
        at=timezone.now(),
        actor=actor,
        action=action,
        object_kind=target._meta.model_name or "",
        object_id=str(target.pk),
        detail=dict(detail),
        previous_hash=last.entry_hash if last else START,
    )
    entry.entry_hash = hash_of(entry)
    entry.save(force_insert=True)
    return entry


def verify_chain() -> Chain:
    """Recompute every entry's hash and return the chain.

    Raises:
        HengjianError: An entry was changed, added or taken out; the message names the first.
    """
    head, count = START, 0
    for count, entry in enumerate(AuditEntry.objects.order_by("seq").iterator(), start=1):
        if entry.seq != count:
            raise HengjianError(f"审计链在第 {count} 条断开：缺少记录")
        if entry.previous_hash != head or entry.entry_hash != hash_of(entry):
            raise HengjianError(f"审计链在第 {count} 条断开：记录与其哈希不符")
        head = entry.entry_hash
    return Chain(count, head)


def hash_of(entry: AuditEntry) -> str:
    """Return the SHA-256 over an entry's canonical JSON, the previous entry's hash included."""
    content = {
        "seq": entry.seq,
        "at": entry.at.astimezone(dt.UTC).isoformat(),
        "actor": entry.actor_id,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "detail": entry.detail,
        "previous_hash": entry.previous_hash,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
