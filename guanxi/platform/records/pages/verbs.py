"""The verbs of a noun on the page of a record: a button, and a form for what the verb takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object, Verb
from guanxi.platform.records.access import NotFound, find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.controls import control_of, raw_of, read_sent
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.pages.showing import shown_fields
from guanxi.platform.records.titles import titles_of
from guanxi.web.pages import render_page, toast


@dataclass(frozen=True, slots=True)
class VerbLink:
    """A verb as a page offers it: a link where it asks for something, else a form that is sent at once."""

    label: str
    icon: str
    href: str = ""
    post: str = ""
    first: bool = False  # the one that takes the record further: its button stands in the bar


def verbs_for(obj: Object, record: Any, *, by: Actor, may_edit: bool) -> list[VerbLink]:
    """What can be done to this record by this actor beside what every record knows, in the noun's order."""
    if record.archived_at is not None:
        return []
    offered = [
        one
        for one in obj.verbs
        if (may_edit or one.access == "see") and by.may(one.name, obj.name) and one.fits(record, by)
    ]
    first = next((one for one in offered if one.leads), None)
    return [_link(one, obj, record, first) for one in offered]


def _link(one: Verb, obj: Object, record: Any, first: Verb | None) -> VerbLink:
    label = str(one.label)
    if one.page:
        return VerbLink(label, one.icon, href=record_url(obj, record.pk) + one.page, first=one is first)
    address = record_url(obj, record.pk, "do", one.noun)
    if one.takes:
        return VerbLink(f"{label}…", one.icon, href=address, first=one is first)
    return VerbLink(label, one.icon, post=address, first=one is first)


@object_door("GET", "POST")
def verb(request: MemberRequest, obj: Object, record_id: int, noun: str) -> HttpResponse:
    """GET what the verb asks for; POST does it, and goes to the record."""
    by = request.actor
    declared = next((one for one in obj.verbs if one.noun == noun), None)
    if declared is None:
        raise NotFound(noun)
    require(by, declared.name, obj)
    record = find_record(obj, record_id, by=by, access=declared.access)
    fields = [obj[name] for name in declared.takes if name in obj.fields_by_name]
    if request.method == "GET":
        raws = {one.name: raw_of(one, one.get(record)) for one in fields}
        return _draw(request, obj, record, declared, fields, raws)
    from guanxi.platform.records.pages.forms import read_form

    if "more" in request.POST:
        raws = {one.name: read_sent(one, request.POST) for one in fields}
        return _draw(request, obj, record, declared, fields, raws)
    values, raws, errors = read_form(fields, request.POST, by=by)
    if errors:
        return _draw(request, obj, record, declared, fields, raws, errors)
    try:
        done = declared.run(record, values, by=by)
    except InvalidValues as problem:
        if not fields:
            raise
        found = {name: [one.message for one in said] for name, said in problem.errors.items()}
        return _draw(request, obj, record, declared, fields, raws, found)
    to = local_address(request, request.POST.get("next"), record_url(obj, record.pk))
    undo = f"/undo/{done.last_fact_id}/" if getattr(done, "last_fact_id", None) else ""
    said = _("%(verb)s: %(name)s") % {"verb": declared.label, "name": record}
    return toast(HttpResponseRedirect(to), said, undo=undo)


def _draw(
    request: MemberRequest,
    obj: Object,
    record: Any,
    declared: Verb,
    fields: Sequence[Field],
    raws: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
) -> HttpResponse:
    by, errors = request.actor, errors or {}
    raws = {one.name: raws.get(one.name, "") for one in fields}
    fields, showing = shown_fields(obj, fields, raws, errors, record=record, by=by, whole=False)
    names = {one.name for one in fields}
    refs = titles_of({key for one in fields for key in keys_of(one, one.get(record))}, by=by)
    shown = [
        control_of(one, raws[one.name], by=by, refs=refs, errors=errors.get(one.name, ())) for one in fields
    ]
    context = {
        "obj": obj,
        "record": record,
        "verb": declared,
        "controls": shown,
        "showing": showing,
        "problems": [said for name, found in errors.items() if name not in names for said in found],
        "action": record_url(obj, record.pk, "do", declared.noun),
        "back": record_url(obj, record.pk),
    }
    title = f"{declared.label} · {record}"
    return render_page(request, "records/verb.html", context, title=title, status=422 if errors else 200)
