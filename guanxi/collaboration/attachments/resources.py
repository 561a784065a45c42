"""/api/v1/attachments: the files of records, by the verbs and with the rights of the tab of files."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from guanxi.collaboration.attachments.actions import (
    attach_file,
    remove_file,
    rename_file,
    restore_version,
    return_file,
)
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.attachments.queries import (
    attachments_of,
    find_attachment,
    newest_of,
    removed_of,
    versions_of,
)
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.resources import (
    FILE,
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    WHOLE,
    YES,
    Call,
    Door,
    Resource,
    SentFile,
    ToldFile,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.pages.files import held_words

PER_PAGE = 50
_NAME = {"type": "string", "minLength": 1, "maxLength": 255}


def _list(call: Call) -> dict[str, Any]:
    obj, record_id = _record(call)
    if call.asked.get("removed") == "true":
        require(call.by, "change", obj)
        find_record(obj, record_id, by=call.by, access="edit")
        gone = removed_of(obj.name, record_id)
        return {"data": [_json(one, versions=0, newest=False) for one in gone], "next": None}
    find_record(obj, record_id, by=call.by)
    found = newest_of(attachments_of(obj.name, record_id))
    before = call.key("before") or 2**63
    rows = sorted((pair for pair in found if pair[0].pk < before), key=lambda pair: -pair[0].pk)
    shown = rows[:PER_PAGE]
    return {
        "data": [_json(one, versions=count, newest=True) for one, count in shown],
        "next": str(shown[-1][0].pk) if len(rows) > PER_PAGE else None,
    }


def _attach(call: Call) -> dict[str, Any]:
    obj, record_id = _record(call)
    file = _sent(call)
    name = call.asked.get("name") or file.name
    if not name:
        raise InvalidValues({"name": [FieldError("required", _("Say the name of the file."))]})
    return _told(attach_file(obj, record_id, file, name=name, by=call.by))


def _read(call: Call) -> dict[str, Any]:
    return _told(find_attachment(call.id, by=call.by))


def _content(call: Call) -> ToldFile:
    found = find_attachment(call.id, by=call.by)
    return ToldFile(found.file, found.name)


def _preview(call: Call) -> ToldFile:
    found = find_attachment(call.id, by=call.by)
    return ToldFile(found.file, found.name, picture=True)


def _rename(call: Call) -> dict[str, Any]:
    found = find_attachment(call.id, by=call.by)
    return _told(rename_file(found, name=call.sent["name"], by=call.by))


def _remove(call: Call) -> None:
    remove_file(find_attachment(call.id, by=call.by), by=call.by)


def _return(call: Call) -> dict[str, Any]:
    return _told(return_file(find_attachment(call.id, by=call.by, removed=True), by=call.by))


def _versions(call: Call) -> dict[str, Any]:
    found = versions_of(find_attachment(call.id, by=call.by))
    return {
        "data": [_json(one, versions=len(found), newest=one is found[0]) for one in found],
        "next": None,
    }


def _attach_version(call: Call) -> dict[str, Any]:
    found = find_attachment(call.id, by=call.by)
    obj = registry.get(found.object)
    return _told(attach_file(obj, found.record_id, _sent(call), name=found.name, by=call.by))


def _restore(call: Call) -> dict[str, Any]:
    return _told(restore_version(find_attachment(call.id, by=call.by), by=call.by))


def _record(call: Call) -> tuple[Object, int]:
    """Of which record it is asked; raises NotFound for no object."""
    name = call.asked["object"]
    if not registry.has(name):
        raise NotFound(name)
    return registry.get(name), call.key("record")


def _sent(call: Call) -> SentFile:
    if call.file is None:
        raise InvalidValues({"file": [FieldError("required", _("Send the file."))]})
    return call.file


def _told(one: Attachment) -> dict[str, Any]:
    versions = versions_of(one)
    return _json(one, versions=len(versions), newest=one.pk == versions[0].pk)


def _json(one: Attachment, *, versions: int, newest: bool) -> dict[str, Any]:
    file = one.file
    return {
        "id": str(one.pk),
        "object": one.object,
        "record": str(one.record_id),
        "name": one.name,
        "size": file.size,
        "type": file.media_type,
        "version": one.version,
        "versions": versions,
        "newest": newest,
        "held": held_words(file) or None,
        "preview": not file.is_held and (file.is_picture or file.preview_id is not None),
        "created_at": one.created_at.isoformat(),
        "created_by": str(one.created_by_id) if one.created_by_id else None,
        "removed_at": one.removed_at.isoformat() if one.removed_at else None,
    }


_ATTACHMENT = one_of(
    {
        "id": TEXT,
        "object": TEXT,
        "record": TEXT,
        "name": TEXT,
        "size": {**WHOLE, "description": "bytes"},
        "type": {**TEXT, "description": "media type, by the content"},
        "version": {**WHOLE, "description": "which file of this name it is at its record, from 1"},
        "versions": {**WHOLE, "description": "how many there are now"},
        "newest": YES,
        "held": {**MAYBE, "description": "why nobody gets the bytes"},
        "preview": {**YES, "description": "whether there is a picture of it"},
        "created_at": MOMENT,
        "created_by": {**MAYBE, "description": "a member"},
        "removed_at": MOMENT,
    }
)
_OF = {"object": TEXT, "record": KEY}

offer(
    Resource(
        "attachments",
        "files of records: sent, read, renamed, removed for 30 days, with all their versions",
        (
            Door(
                "GET", "", "list_attachments", "those of a record, each in its newest version", _list,
                many_of(_ATTACHMENT), asked={**_OF, "before": KEY, "removed": {"enum": ["true", "false"]}},
                needs=("object", "record"),
            ),
            Door(
                "POST", "", "attach_file", "send a file to a record; of a name it has, a newer version",
                _attach, _ATTACHMENT, asked={**_OF, "name": _NAME}, file=True, status=201,
                needs=("object", "record"),
            ),
            Door("GET", "{id}", "read_attachment", "one", _read, _ATTACHMENT),
            Door(
                "PATCH", "{id}", "rename_attachment", "another name for it and all its versions",
                _rename, _ATTACHMENT, takes={"name": _NAME}, needs=("name",),
            ),
            Door("DELETE", "{id}", "remove_attachment", "take it away with all its versions", _remove),
            Door("POST", "{id}/return", "return_attachment", "bring it back", _return, _ATTACHMENT),
            Door("GET", "{id}/content", "download_attachment", "the bytes", _content, FILE),
            Door("GET", "{id}/preview", "preview_attachment", "a small picture of it", _preview, FILE),
            Door(
                "GET", "{id}/versions", "list_attachment_versions", "the newest first", _versions,
                many_of(_ATTACHMENT),
            ),
            Door(
                "POST", "{id}/versions", "attach_version", "send a newer version", _attach_version,
                _ATTACHMENT, file=True, status=201,
            ),
            Door(
                "POST", "{id}/restoration", "restore_attachment_version", "make this version the newest",
                _restore, _ATTACHMENT,
            ),
        ),
    )
)  # fmt: skip
