"""Taking a whole import back: what it made is archived, what it changed is changed back, field by field.

What people have done with a record since is theirs: such a record is kept as it is, and named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.metadata.fields import File
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused, find_record
from guanxi.platform.records.filing import forget_version
from guanxi.platform.records.importing.attaching import detach
from guanxi.platform.records.importing.memberships import MEMBER, importable
from guanxi.platform.records.importing.models import Import, ImportFile, ImportRow
from guanxi.platform.records.writing import archive_record, change_record, told
from guanxi.platform.tenancy.transactions import reading

CHUNK = 200
Outcome = ImportRow.Outcome


def undo_import(job: Import, *, by: Actor) -> None:
    """Undo every row, the last one first. Safe to call again after a crash, or after it was cancelled."""
    with reading():
        files = list(job.files.order_by("-position"))
    total = sum(file.created + file.updated for file in files)
    done = sum(file.undone + file.kept for file in files)
    for file in files:
        obj = importable(file.file_plan.object)
        while rows := _next_rows(file):
            with transaction.atomic():
                held = ImportFile.objects.select_for_update().get(pk=file.pk)
                for row in rows:
                    _undo(held, row, obj, by)
                held.save(update_fields=["undone", "kept"])
            done += len(rows)
            report_progress(done, total, file.name)


def _next_rows(file: ImportFile) -> Sequence[ImportRow]:
    with transaction.atomic():
        rows = ImportRow.objects.filter(file=file, outcome__in=[Outcome.CREATED, Outcome.UPDATED])
        return list(rows.order_by("-number")[:CHUNK])


def _undo(file: ImportFile, row: ImportRow, obj: Object, by: Actor) -> None:
    reason = _kept(obj) or (
        _remove(file, row, obj, by) if row.outcome == Outcome.CREATED else _change_back(file, row, obj, by)
    )
    if reason:
        file.kept += 1
        row.outcome, row.reasons = Outcome.KEPT, [reason]
    else:
        file.undone += 1
        row.outcome = Outcome.UNDONE
    row.save(update_fields=["outcome", "reasons"])


def _kept(obj: Object) -> str:
    return _("Members stay: records and history name them.") if obj.name == MEMBER.name else ""


def _remove(file: ImportFile, row: ImportRow, obj: Object, by: Actor) -> str:
    """Why the record was kept, or "" when it went."""
    record = _found(row, obj, by, access="delete")
    if isinstance(record, str):
        return record
    # An import may update a row that it has made; anything else is somebody's work.
    ours = {str(file.of_import_id)}
    later = Fact.objects.filter(object=obj.name, record_id=record.pk, version__gt=1)
    if any(fact.data.get("import") not in ours and not fact.data.get("undoes") for fact in later):
        return _("Somebody changed it after the import.")
    archive_record(record, by=by)
    return ""


def _change_back(file: ImportFile, row: ImportRow, obj: Object, by: Actor) -> str:
    record = _found(row, obj, by)
    if isinstance(record, str):
        return record
    detach(obj, record.pk, by=by, data={"import": str(file.of_import_id)})
    fact = Fact.objects.filter(pk=row.fact_id).first() if row.fact_id else None
    if fact is None:
        return ""  # the row said what was there already
    now = told(obj, record)
    back = {
        name: pair[0]
        for name, pair in fact.changes.items()
        if name in now and not obj[name].readonly and now[name] == pair[1]
    }
    theirs = [name for name, pair in fact.changes.items() if name in now and now[name] != pair[1]]
    if back:
        values: dict[str, Any] = {name: obj[name].from_json(value) for name, value in back.items()}
        change_record(record, values, by=by, data={"undoes": str(fact.pk)}, kept=True)
        for name in (one for one in back if isinstance(obj[one], File)):
            forget_version(obj, record.pk, obj[name], fact.changes[name][1])
    if theirs:
        names = comma_list(str(obj[name].label) for name in theirs)
        return _("Changed after the import, and kept: %(fields)s") % {"fields": names}
    return ""


def _found(row: ImportRow, obj: Object, by: Actor, *, access: str = "edit") -> Any:
    try:
        record = find_record(obj, row.record_id or 0, by=by, access=access, lock=True)
    except NotFound:
        return _("It is not there any more.")
    except Refused:
        return _("You may not change this record.")
    return _("It is in the archive already.") if record.archived_at else record


def mark_undone(job: Import) -> None:
    with transaction.atomic():
        job.state = Import.State.UNDONE
        job.undone_at = timezone.now()
        job.save(update_fields=["state", "undone_at"])
