"""Verbs of attachments. Each is a fact of the record: it was attached to, it lost a file.

The files of a record in the archive stay as they are; every verb here says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from guanxi.collaboration.attachments.models import Attachment
from guanxi.platform.events.facts import state_fact
from guanxi.platform.events.models import Fact
from guanxi.platform.files.naming import clean_name, said_name
from guanxi.platform.files.storage import Upload, forget_unused, keep
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.tenancy.transactions import reading


@transaction.atomic
def attach_file(
    obj: Object,
    record_id: int,
    upload: Upload,
    *,
    name: str,
    by: Actor,
    data: Mapping[str, Any] | None = None,
) -> Attachment:
    """Attach an uploaded file to a record that the actor may change; `data` goes into the fact.

    A name that the record has already is a newer version beside the older ones. Raises NotFound, Refused,
    TooLarge and StorageFull.
    """
    record = _record_in_use(obj, record_id, by=by)
    name = clean_name(name)
    attachment = Attachment(
        object=obj.name,
        record_id=record_id,
        file=keep(upload),
        name=name,
        created_at=datetime.now(UTC),
        created_by_id=by.member_id,
    )
    attachment.version = _next_version(_versions(attachment))
    attachment.save(force_insert=True)
    _state(obj, record, attachment, "attached", by, data)
    return attachment


def attach_missing(
    obj: Object, record_id: int, upload: Upload, *, name: str, by: Actor, data: Mapping[str, Any]
) -> None:
    """Attach a file unless the record has just these bytes: what an import brings again stands there once."""
    hashed = hashlib.sha256()
    for chunk in upload.chunks():
        hashed.update(chunk)
    there = Attachment.objects.filter(object=obj.name, record_id=record_id, removed_at=None)
    if not there.filter(file__sha256=hashed.hexdigest()).exists():
        attach_file(obj, record_id, upload, name=name, by=by, data=data)


@transaction.atomic
def restore_version(attachment: Attachment, *, by: Actor) -> Attachment:
    """Make an older version of a file its newest again; those between stay. Raises NotFound and Refused."""
    obj = registry.get(attachment.object)
    record = _record_in_use(obj, attachment.record_id, by=by)
    versions = list(_versions(attachment).select_for_update())
    here = (one for one in versions if not one.removed_at)
    newest: Attachment = max(here, key=lambda one: (one.created_at, one.pk))
    if newest.file_id == attachment.file_id:
        return newest
    restored = Attachment(
        object=obj.name,
        record_id=attachment.record_id,
        file_id=attachment.file_id,
        name=attachment.name,
        version=_next_version(versions),
        created_at=datetime.now(UTC),
        created_by_id=by.member_id,
    )
    restored.save(force_insert=True)
    _state(obj, record, restored, "attached", by, {"restored": attachment.version})
    return restored


@transaction.atomic
def rename_file(attachment: Attachment, *, name: str, by: Actor) -> Attachment:
    """Another name for a file with all its versions, those of what was removed under that name aside.

    Raises NotFound, Refused, and InvalidValues without a name, and where the record has a file of that name.
    """
    obj = registry.get(attachment.object)
    record = _record_in_use(obj, attachment.record_id, by=by)
    name, was = said_name(name), attachment.name
    if not name:
        raise InvalidValues({"name": [FieldError("required", _("Say the name of the file."))]})
    if name == was:
        return attachment
    named = Attachment.objects.filter(object=obj.name, record_id=attachment.record_id, name=name)
    if named.filter(removed_at=None).exists():
        said = _(
            "There is a file “%(name)s” already. Send this one as a version of it, or choose another name."
        )
        raise InvalidValues({"name": [FieldError("taken", said % {"name": name})]})
    after = _next_version(named) - 1
    _versions(attachment).filter(removed_at=None).update(name=name, version=F("version") + after)
    attachment.refresh_from_db()
    _state(obj, record, attachment, "renamed", by, {"was": was})
    return attachment


@transaction.atomic
def remove_file(attachment: Attachment, *, by: Actor) -> Attachment:
    """Take a file with all its versions from its record; `return_file` undoes it for 30 days.

    Raises NotFound and Refused.
    """
    here = _versions(attachment).filter(removed_at=None)
    removed = _set_removed(attachment, datetime.now(UTC), "detached", by)
    here.update(removed_at=removed.removed_at, removed_by_id=removed.removed_by_id)
    return removed


@transaction.atomic
def return_file(attachment: Attachment, *, by: Actor) -> Attachment:
    """Bring a removed file back, with the versions that went with it. Raises NotFound and Refused."""
    with_it = _versions(attachment).filter(removed_at=attachment.removed_at)
    returned = _set_removed(attachment, None, "reattached", by)
    with_it.update(removed_at=None, removed_by_id=None)
    return returned


@transaction.atomic
def remove_attachment(attachment: Attachment, *, by: Actor) -> Attachment:
    """Take one version of a file from its record. Raises NotFound and Refused."""
    return _set_removed(attachment, datetime.now(UTC), "detached", by)


@transaction.atomic
def detach_files(obj: Object, record_id: int, *, by: Actor, data: Mapping[str, Any]) -> None:
    """Take away what was attached to a record with `data`, as an import does when it is taken back."""
    attached = Fact.objects.filter(object=obj.name, record_id=record_id, verb="attached")
    keys = [
        int(fact.data["attachment"])
        for fact in attached
        if all(fact.data.get(name) == value for name, value in data.items())
    ]
    for attachment in Attachment.objects.filter(pk__in=keys, removed_at=None):
        remove_attachment(attachment, by=by)


def forget_removed(now: datetime) -> int:
    """Delete what was removed long ago, bytes included where no other record has them; returns how many."""
    with reading():
        removed = list(Attachment.objects.filter(removed_at__lt=now - KEPT_FOR).values_list("pk", "file_id"))
    for pk, file_id in removed:
        with transaction.atomic():
            Attachment.objects.filter(pk=pk).delete()
            forget_unused([file_id])
    return len(removed)


def _record_in_use(obj: Object, record_id: int, *, by: Actor) -> Any:
    """The record whose files are to change: one in the archive keeps those that it has.

    Raises NotFound and Refused.
    """
    require(by, "change", obj)
    record = find_record(obj, record_id, by=by, access="edit")
    if record.archived_at is not None:
        raise Refused(_("This is in the archive. Restore it first."))
    return record


def _versions(attachment: Attachment) -> Any:
    """The rows of the file of this name at its record."""
    return Attachment.objects.filter(
        object=attachment.object, record_id=attachment.record_id, name=attachment.name
    )


def _next_version(versions: Iterable[Attachment]) -> int:
    """One more than the highest: removed ones are deleted after a while, so they can't be counted."""
    return max((one.version for one in versions), default=0) + 1


def _set_removed(attachment: Attachment, removed_at: datetime | None, verb: str, by: Actor) -> Attachment:
    obj = registry.get(attachment.object)
    record = _record_in_use(obj, attachment.record_id, by=by)
    held: Attachment = Attachment.objects.select_for_update().get(pk=attachment.pk)
    if bool(held.removed_at) != bool(removed_at):
        held.removed_at, held.removed_by_id = removed_at, by.member_id if removed_at else None
        held.save()
        _state(obj, record, held, verb, by)
    return held


def _state(
    obj: Object,
    record: Any,
    attachment: Attachment,
    verb: str,
    by: Actor,
    data: Mapping[str, Any] | None = None,
) -> None:
    state_fact(
        obj.name,
        verb,
        record.pk,
        by=by,
        title=str(record),
        data={
            **(data or {}),
            "attachment": str(attachment.pk),
            "name": attachment.name,
            "version": attachment.version,
        },
        about=record.concerns(),
        version=record.version,
    )
