"""The trash: what is in it, putting a record there, taking it out, emptying it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.dates import format_date, format_datetime
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused, find_record, require
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.platform.records.trash.actions import (
    delete_record,
    empty_one,
    empty_trash,
    restore_deleted,
    trash_of,
)
from guanxi.platform.records.trash.belongings import files_on, hanging_on
from guanxi.web.pages import render_page, toast


@plain_door("GET", "POST")
def trash_page(request: MemberRequest) -> HttpResponse:
    """GET what is there. POST restores one, or, for administrators, deletes one or all for good."""
    by = request.actor
    if request.method == "POST":
        return _act(request)
    rows = [
        {
            "obj": one.obj,
            "id": one.record_id,
            "title": one.title,
            "who": one.who,
            "at": format_datetime(one.at),
            "until": format_date(one.empties_at.date()),
            "may_restore": by.may("delete", one.obj.name),
        }
        for one in trash_of(by=by)
    ]
    context = {"rows": rows, "may_empty": by.administers, "days": KEPT_FOR.days}
    return render_page(request, "records/trash.html", context, title=_("Trash"))


@object_door("GET", "POST")
def delete(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """What goes along with a record, and then the record into the trash."""
    by = request.actor
    require(by, "delete", obj)
    record = find_record(obj, record_id, by=by, access="delete")
    if request.method == "POST":
        delete_record(record, by=by)
        said = _("%(name)s is in the trash") % {"name": record}
        return toast(
            HttpResponseRedirect(list_url(obj)), said, undo=f"/trash/{obj.plural}/{record.pk}/restore/"
        )
    context: dict[str, Any] = {
        "obj": obj,
        "record": record,
        "address": record_url(obj, record.pk),
        "links": [(one.plural_label, count) for one, count in hanging_on(obj, record.pk) if one.group],
        "files": files_on(obj, record.pk),
        "days": KEPT_FOR.days,
    }
    title = _("Delete %(name)s?") % {"name": record}
    return render_page(request, "records/delete.html", context, title=title)


@object_door("POST")
def restore(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Out of the trash, and to the record."""
    record = restore_deleted(obj, record_id, by=request.actor)
    said = _("Restored %(name)s") % {"name": record}
    return toast(HttpResponseRedirect(record_url(obj, record.pk)), said)


def _act(request: MemberRequest) -> HttpResponse:
    by, to = request.actor, HttpResponseRedirect("/trash/")
    if "empty" in request.POST:
        if request.POST.get("sure") != "1":
            raise Refused(_("Confirm that it is to be emptied."))
        count = empty_trash(by=by)
        words = ngettext("%(count)d record is gone for good", "%(count)d records are gone for good", count)
        return toast(to, words % {"count": count})
    name, _colon, key = (request.POST.get("restore") or request.POST.get("forever") or "").partition(":")
    if not registry.has(name) or not key.isdecimal() or len(key) > 19:
        raise NotFound(name)
    obj = registry.get(name)
    if "restore" in request.POST:
        record = restore_deleted(obj, int(key), by=by)
        return toast(to, _("Restored %(name)s") % {"name": record})
    empty_one(obj, int(key), by=by)
    return toast(to, _("Gone for good"))
