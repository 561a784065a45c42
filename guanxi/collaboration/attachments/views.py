from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.collaboration.attachments.actions import (
    attach_file,
    remove_file,
    rename_file,
    restore_version,
    return_file,
)
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.attachments.panels import may_attach
from guanxi.collaboration.attachments.queries import find_attachment, versions_of
from guanxi.platform.files.serving import send, send_picture
from guanxi.platform.files.storage import StorageFull, TooLarge
from guanxi.platform.i18n.numbers import format_size
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import Refused, find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.platform.records.pages.files import look_of
from guanxi.web.pages import changed, is_htmx, redirect_or_fragment, render_page, toast


@object_door("POST")
def attach(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Attach what was uploaded; for a script 422 with words about what was not kept."""
    try:
        error, kept = attach_all(request, obj, record_id)
    except Refused as problem:
        if not is_htmx(request):
            raise
        error, kept = problem.words, []
    record = find_record(obj, record_id, by=request.actor)
    if not error:
        return _listed(request, obj, record, _said(kept))
    if is_htmx(request):
        return HttpResponse(error, status=422, content_type="text/plain; charset=utf-8")
    return toast(redirect_or_fragment(request, record_url(obj, record.pk, "files")), error, tone="cinnabar")


@plain_door("GET", "HEAD")
def download(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The file, for those who may see its record at this moment."""
    found = find_attachment(pk, by=request.actor)
    return send(request, found.file, name=found.name)


@plain_door("GET", "HEAD")
def preview(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A picture in the page: the file's own (?whole) or a small one; anything else is a download here too."""
    found = find_attachment(pk, by=request.actor)
    picture = send_picture(request, found.file, name=found.name, whole="whole" in request.GET)
    return picture or send(request, found.file, name=found.name)


@plain_door("GET")
def look(request: MemberRequest, pk: int) -> HttpResponse:
    """A page of the file: what is in it, and the files of the same name that were there before."""
    found = find_attachment(pk, by=request.actor)
    obj = registry.get(found.object)
    record = find_record(obj, found.record_id, by=request.actor)
    versions = versions_of(found)
    names = member_names({one.created_by_id for one in versions if one.created_by_id})
    context = {
        "name": found.name,
        "look": look_of(found.file, f"/files/{pk}/preview/?whole", name=found.name),
        "download": f"/files/{pk}/",
        "back": record_url(obj, record.pk, "files"),
        "record": record,
        "restores": may_attach(record, request.actor),
        "rename": f"/files/{pk}/renaming/" if may_attach(record, request.actor) else "",
        "versions": [
            {
                "number": one.version, "name": one.name, "size": format_size(one.file.size),
                "by": str(names.get(one.created_by_id or 0, "")), "at": one.created_at,
                "href": f"/files/{one.pk}/look/", "here": one.pk == pk, "current": one is versions[0],
                "restore": f"/files/{one.pk}/restoration/",
            }
            for one in versions
        ],
    }  # fmt: skip
    return render_page(request, "records/file.html", context, title=found.name)


@plain_door("POST")
def restore(request: MemberRequest, pk: int) -> HttpResponse:
    """Make an older version the newest, and look at it."""
    found = restore_version(find_attachment(pk, by=request.actor), by=request.actor)
    said = _("Restored as version %(number)d") % {"number": found.version}
    return toast(redirect_or_fragment(request, f"/files/{found.pk}/look/"), said)


@plain_door("POST")
def rename(request: MemberRequest, pk: int) -> HttpResponse:
    """Another name, and the page of the file again; where it is taken, with words about it."""
    found = find_attachment(pk, by=request.actor)
    answer = redirect_or_fragment(request, f"/files/{pk}/look/")
    try:
        named = rename_file(found, name=request.POST.get("name", ""), by=request.actor)
    except InvalidValues as wrong:
        return toast(answer, wrong.errors["name"][0].message, tone="cinnabar")
    return toast(answer, _("Renamed to %(name)s") % {"name": named.name})


@plain_door("POST")
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    found = remove_file(find_attachment(pk, by=request.actor), by=request.actor)
    obj = registry.get(found.object)
    record = find_record(obj, found.record_id, by=request.actor)
    said = _("Removed %(name)s") % {"name": found.name}
    return _listed(request, obj, record, said, undo=f"/files/{pk}/return/")


@plain_door("POST")
def put_back(request: MemberRequest, pk: int) -> HttpResponse:
    """Undo of `remove`."""
    found = return_file(find_attachment(pk, by=request.actor, removed=True), by=request.actor)
    obj = registry.get(found.object)
    record = find_record(obj, found.record_id, by=request.actor)
    return _listed(request, obj, record, _("%(name)s is back") % {"name": found.name})


def attach_all(request: MemberRequest, obj: Object, record_id: int) -> tuple[str, list[Attachment]]:
    """Attach what can be of a request; returns what went wrong, in words or "", and what was kept."""
    uploads = request.FILES.getlist("files")
    too_large = getattr(request, "too_large", "")
    kept = []
    for upload in uploads:
        name = str(upload.name or "")
        try:
            kept.append(attach_file(obj, record_id, upload, name=name, by=request.actor))
        except TooLarge:
            too_large = name
        except StorageFull:
            return _("The server's disk is full. %(name)s was not kept; tell an administrator.") % {
                "name": name
            }, kept
    return _too_large(too_large) if too_large else "", kept


def has_files(request: MemberRequest) -> bool:
    """Whether anything was uploaded, also what was thrown away for its size."""
    return bool(request.FILES.getlist("files")) or hasattr(request, "too_large")


def _too_large(name: str) -> str:
    return _("%(name)s is larger than %(size)s and was not kept.") % {
        "name": name,
        "size": format_size(settings.UPLOAD_MAX_BYTES),
    }


def _said(kept: list[Attachment]) -> str:
    if len(kept) == 1:
        return _("Attached %(name)s") % {"name": kept[0].name}
    return ngettext("%(count)d file attached", "%(count)d files attached", len(kept)) % {"count": len(kept)}


def _listed(request: MemberRequest, obj: Object, record: Any, said: str, undo: str = "") -> HttpResponse:
    response = redirect_or_fragment(request, record_url(obj, record.pk, "files"))
    return changed(toast(response, said, undo=undo), "file")
