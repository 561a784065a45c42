"""The tab of a record's files."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.attachments.queries import attachment_count, attachments_of, newest_of, removed_of
from guanxi.platform.i18n.numbers import format_size
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.files import held_words
from guanxi.platform.records.panels import Panel, register


def files_of(record: Any, actor: Actor) -> dict[str, Any]:
    """The files of a record as rows, each in its newest version; for who may add some, those removed, too."""
    obj = registry.get(record.object_name)
    found = newest_of(attachments_of(obj.name, record.pk))
    attaches = may_attach(record, actor)
    removed = removed_of(obj.name, record.pk) if attaches else []
    members = {one.created_by_id for one, _count in found} | {one.removed_by_id for one in removed}
    names = member_names({one for one in members if one})
    return {
        "files": [
            {
                "id": one.pk,
                "name": one.name,
                "versions": count,
                "size": format_size(one.file.size),
                "icon": icon_of(one),
                "picture": not one.file.is_held and (one.file.is_picture or one.file.preview_id is not None),
                "held": held_words(one.file),
                "by": str(names.get(one.created_by_id or 0, "")),
                "at": one.created_at,
            }
            for one, count in found
        ],
        "files_url": record_url(obj, record.pk, "files"),
        "attach_url": record_url(obj, record.pk, "attachments"),
        "removed": [
            {
                "id": one.pk,
                "name": one.name,
                "by": str(names.get(one.removed_by_id or 0, "")),
                "at": one.removed_at,
            }
            for one in removed
        ],
        "may_attach": attaches,
        "largest": format_size(settings.UPLOAD_MAX_BYTES),
    }


def may_attach(record: Any, actor: Actor) -> bool:
    """Whether the actor may change the record, and it is in use."""
    obj = registry.get(record.object_name)
    may = actor.may("change", obj.name) and reaches(obj, record, actor, access="edit")
    return may and record.archived_at is None


def icon_of(attachment: Attachment) -> str:
    kind = attachment.file.media_type.partition("/")[0]
    return {"image": "image", "video": "video", "text": "file-text"}.get(kind, "file")


register(
    Panel(
        name="files",
        label=_("Files"),
        place="tab",
        order=40,
        template="collaboration/files.html",
        drop="attachments",
        hears="file",
        context=files_of,
        tally=lambda record, actor: attachment_count(record.object_name, record.pk),
    )
)
