"""Copies of the workspace for administrators: asked for, made by a worker, fetched, forgotten."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.jobs.running import cancel
from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.records.transfer.models import Copy
from guanxi.platform.records.transfer.packing import Packed, pack_workspace
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

KEPT = timedelta(days=7)
MOST = 3  # copies on the disk at once
State = Copy.State


@transaction.atomic
def ask_copy(*, by: Actor) -> Copy:
    """Let a worker write a copy. Raises Refused for who does not administer, and while one is made."""
    require_copies(by)
    if Copy.objects.filter(state=State.WAITING).exists():
        raise Refused(_("A copy is being made already."))
    from guanxi.platform.records.transfer.jobs import make_copy

    copy = Copy(member_id=by.member_id, asked_at=datetime.now(UTC))
    copy.save(force_insert=True)
    copy.job_id = str(make_copy.enqueue(copy_id=copy.pk).id)
    copy.save(update_fields=["job_id"])
    state_fact("copy", "asked", copy.pk, by=by, title=_("Copy of the workspace"))
    return copy


def write_copy(copy_id: int, told: Callable[[int, int], None]) -> None:
    """Write the file of a copy that waits; `told` hears how far it is. A worker that died begins anew."""
    with reading():
        copy = Copy.objects.filter(pk=copy_id, state=State.WAITING).first()
        workspace = Workspace.objects.get(pk=require_workspace_id())
    if copy is None:
        return
    target = path_of(copy)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    packed = pack_workspace(workspace, target, told=told)
    finish_copy(copy_id, State.DONE, packed, target.stat().st_size)


@transaction.atomic
def finish_copy(copy_id: int, state: str, packed: Packed | None = None, size: int = 0) -> None:
    """Note how it ended; older copies than the last few go."""
    copy = Copy.objects.get(pk=copy_id)
    if copy.state != State.WAITING:
        return
    copy.state, copy.done_at, copy.bytes = state, datetime.now(UTC), size
    if packed is not None:
        copy.rows, copy.files = sum(packed.rows.values()), packed.files
        copy.missing, copy.digest = len(packed.missing_files), packed.digest
    copy.save()
    for old in Copy.objects.filter(state=State.DONE).order_by("-asked_at")[MOST:]:
        forget_copy(old)


def cancel_copy(copy: Copy, *, by: Actor) -> None:
    """No copy after all; nothing where it is done already. Raises Refused."""
    require_copies(by)
    if copy.state == State.WAITING and copy.job_id.isdecimal():
        from guanxi.platform.records.transfer.jobs import settle_copy

        with transaction.atomic():
            cancel(int(copy.job_id))
            settle_copy(copy)


def find_copy(copy_id: int, *, by: Actor) -> Copy:
    """One that can be fetched; raises Refused and NotFound."""
    require_copies(by)
    copy: Copy | None = Copy.objects.filter(pk=copy_id, state=State.DONE).first()
    if copy is None or not path_of(copy).is_file():
        raise NotFound(f"copy {copy_id}")
    return copy


@transaction.atomic
def note_fetched(copy: Copy, *, by: Actor) -> None:
    """Who takes everything along stands in the history."""
    state_fact("copy", "fetched", copy.pk, by=by, title=_("Copy of the workspace"))


def forget_copy(copy: Copy) -> None:
    """The file and the row."""
    shutil.rmtree(path_of(copy).parent, ignore_errors=True)
    copy.delete()


def path_of(copy: Copy) -> Path:
    """Where its file is, in the folder of all data."""
    return Path(settings.DATA_DIR) / "copies" / str(require_workspace_id()) / str(copy.pk) / "workspace.zip"


def require_copies(by: Actor) -> None:
    """Administrators; of their tokens those that reach everything. Raises Refused."""
    if not by.administers or (by.scopes is not None and "*:write" not in by.scopes):
        raise Refused("workspace.export")
