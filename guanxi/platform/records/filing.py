"""Files in fields: who may take one into a record, who may read it, and the versions that stood there before.

A file comes as an upload that is its member's alone. With the record it becomes that record's: from then on
its rights are those of record and field, and a later one is its next version. Where a value goes into another
record (a merge), that one gets a row of its own for the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.files.models import FieldFile
from guanxi.platform.files.naming import clean_name
from guanxi.platform.files.storage import Upload, forget_unused, keep
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field, File
from guanxi.platform.metadata.fields.file import told_file
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, SEE, right_of
from guanxi.platform.records.access import NotFound, find_record, reaches
from guanxi.platform.records.walking import locked


def upload_file(obj: Object, field: Field, upload: Upload, *, name: str, by: Actor) -> FieldFile:
    """An upload for a field, which its member alone may use and see until a record takes it.

    Raises TooLarge and StorageFull, FieldError for content that the field does not take.
    """
    stored = keep(upload)
    made = FieldFile(
        object=obj.name, field=field.name, file=stored, name=clean_name(name), created_by_id=by.member_id
    )
    if isinstance(field, File):
        field.check_type(stored.media_type)
    made.save(force_insert=True)
    return made


def holds_file(value: Any, upload: Upload) -> bool:
    """Whether the file that a field holds has just these bytes."""
    key = int(value["id"]) if value else 0
    sha256 = FieldFile.objects.filter(pk=key).values_list("file__sha256", flat=True).first() if key else None
    if sha256 is None:
        return False
    hashed = hashlib.sha256()
    for chunk in upload.chunks():
        hashed.update(chunk)
    return bool(hashed.hexdigest() == sha256)


def forget_version(obj: Object, record_id: int, field: Field, value: Any) -> None:
    """Let go of a file that stood in a field and stands there no more, with its bytes."""
    key = int(value["id"]) if value else 0
    row = FieldFile.objects.filter(pk=key, object=obj.name, record_id=record_id, field=field.name).first()
    if row is not None:
        row.delete()
        forget_unused([row.file_id])


def find_field_file(key: int, *, by: Actor) -> FieldFile:
    """A file of a record and field that the actor sees as they are, or an own upload. Raises NotFound."""
    row: FieldFile | None = FieldFile.objects.select_related("file__preview").filter(pk=key).first()
    if row is None or not _may_read(row, by):
        raise NotFound(f"file {key}")
    return row


def versions_of(row: FieldFile) -> list[FieldFile]:
    """All files that stood where this one does, the newest first."""
    if row.record_id is None:
        return [row]
    there = FieldFile.objects.select_related("file").filter(
        object=row.object, record_id=row.record_id, field=row.field
    )
    return list(there.order_by("-version", "-pk"))


def may_restore(row: FieldFile, *, by: Actor) -> bool:
    """Whether the actor may put an older version back: change this field of this record, which is in use."""
    obj = registry.get(row.object)
    if row.record_id is None or not by.may("change", obj.name) or right_of(obj, row.field, by) != EDIT:
        return False
    record = find_record(obj, row.record_id, by=by)
    return record.archived_at is None and reaches(obj, record, by, access="edit")


def unseen_files(obj: Object, values: dict[str, Any], by: Actor) -> Iterable[str]:
    """Fields whose file is none that the actor may put into a record."""
    for name, value in values.items():
        if isinstance(obj[name], File) and value:
            row = FieldFile.objects.filter(pk=int(value["id"])).first()
            if row is None or not _may_read(row, by):
                yield name


def take_files(obj: Object, record: Any, values: dict[str, Any], *, by: Actor) -> None:
    """Make the files among these values the record's own; `values` and record get what is kept of them."""
    for name, value in values.items():
        if not isinstance(obj[name], File) or not value:
            continue
        row = locked(FieldFile.objects.select_related("file")).get(pk=int(value["id"]))
        place = {"object": obj.name, "record_id": record.pk, "field": name}
        if all(getattr(row, part) == one for part, one in place.items()):
            continue
        if not _may_read(row, by):
            words = _("%(field)s: this file was not uploaded.") % {"field": obj[name].label}
            raise InvalidValues({name: [FieldError("file", words)]})
        if row.record_id is not None:
            row = FieldFile(file=row.file, name=row.name, created_by_id=by.member_id)
        for part, one in place.items():
            setattr(row, part, one)
        row.version = FieldFile.objects.filter(**place).count() + 1
        row.save()
        values[name] = told_file(row)
        obj[name].put(record, values[name])


def _may_read(row: FieldFile, by: Actor) -> bool:
    if row.record_id is None:
        product = by.member_id is None and by.administers
        return row.created_by_id == by.member_id and (by.member_id is not None or product)
    if not registry.has(row.object) or not by.may("see", row.object):
        return False
    obj = registry.get(row.object)
    if row.field not in obj.fields_by_name or right_of(obj, row.field, by) not in (EDIT, SEE):
        return False
    try:
        find_record(obj, row.record_id, by=by)
    except NotFound:
        return False
    return True
