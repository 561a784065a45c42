"""Reads of attachments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from guanxi.collaboration.attachments.models import Attachment
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.questions import Question, number_question
from guanxi.platform.tenancy.context import require_workspace_id

NEWEST = ("-created_at", "-pk")  # first; as `restore_version` has it


def attachments_of(object: str, record_id: int) -> list[Attachment]:
    """The files of a record, the newest first; the caller has found the record through the access rule."""
    here = Attachment.objects.filter(object=object, record_id=record_id, removed_at=None)
    return list(here.select_related("file__preview").order_by(*NEWEST))


def newest_of(found: Sequence[Attachment]) -> list[tuple[Attachment, int]]:
    """The newest of each name, and how many versions it has; `found` begins with the newest."""
    versions = Counter(one.name for one in found)
    newest: dict[str, Attachment] = {}
    for one in found:
        newest.setdefault(one.name, one)
    return [(one, versions[name]) for name, one in newest.items()]


def removed_of(object: str, record_id: int) -> list[Attachment]:
    """Files that were removed and can be brought back, each in its newest version, the last removed first."""
    gone = Attachment.objects.filter(object=object, record_id=record_id).exclude(removed_at=None)
    newest: dict[Any, Attachment] = {}
    for one in gone.select_related("file").order_by(*NEWEST):
        newest.setdefault((one.name, one.removed_at), one)
    return sorted(newest.values(), key=lambda one: (one.removed_at, one.pk), reverse=True)


def attachment_count(object: str, record_id: int) -> Question[int]:
    """How many files a record has; versions of one are one."""
    return number_question(
        "SELECT count(DISTINCT name) FROM collaboration_attachment"
        " WHERE workspace_id = %s AND object = %s AND record_id = %s AND removed_at IS NULL",
        (require_workspace_id(), object, record_id),
    )


def names_of_files(obj: Object, ids: Sequence[int]) -> Mapping[int, str]:
    """The names of the files of records, by which search finds these; record → one name a line."""
    here = Attachment.objects.filter(object=obj.name, record_id__in=ids, removed_at=None)
    found: dict[int, dict[str, None]] = {}
    for key, name in here.order_by("pk").values_list("record_id", "name"):
        found.setdefault(key, {})[name] = None
    return {key: "\n".join(names) for key, names in found.items()}


def find_attachment(pk: int, *, by: Actor, removed: bool = False) -> Attachment:
    """An attachment of a record that the actor may see now. Raises NotFound; `removed` finds those too."""
    found: Attachment | None = Attachment.objects.select_related("file__preview").filter(pk=pk).first()
    if found is None or not registry.has(found.object) or (found.removed_at and not removed):
        raise NotFound(f"attachment {pk}")
    find_record(registry.get(found.object), found.record_id, by=by)
    return found


def versions_of(found: Attachment) -> list[Attachment]:
    """The files of this name at its record, the newest first."""
    there = Attachment.objects.filter(
        object=found.object, record_id=found.record_id, name=found.name, removed_at=None
    )
    return list(there.select_related("file").order_by(*NEWEST))
