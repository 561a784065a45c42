"""Verbs for many records: those that are chosen, or all that a list shows. See records/batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.queries import member_names, working_members
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, require
from guanxi.platform.records.batches.running import change_chosen, change_matching
from guanxi.platform.records.listing import ListQuery, count_records
from guanxi.platform.records.models import Tag
from guanxi.platform.records.pages.asked import read_asked
from guanxi.platform.records.pages.controls import Control, control_of, found_link, read_sent
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.files import with_uploads
from guanxi.platform.records.pages.forms import typed_fields
from guanxi.platform.records.pages.outcomes import tell_outcome
from guanxi.platform.records.saved_views import views_of
from guanxi.web.components import Option
from guanxi.web.pages import changed, is_htmx, redirect_or_fragment, render_fragment, render_page

MOST_CHOSEN = 2_000
LISTS = ("tags", "choices", "links")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form of the bar names: records by their ids, or everything that a list shows.

    count   how many that are; sent   the same again, as names and values of a form
    """

    ids: list[int]
    query: ListQuery | None
    count: int
    sent: list[tuple[str, str]]


@object_door("GET", "POST")
def assign(request: MemberRequest, obj: Object) -> HttpResponse:
    """GET the menu of members; POST gives every chosen record to one, or asks to whom."""
    require(request.actor, "assign", obj)
    if not _given_id(request, "to"):
        options = [
            Option(str(one.id), one.name, href=f"{request.path}?to={one.id}") for one in working_members()
        ]
        return _choice(request, obj, options, title=_("Owner"))
    to = _given_id(request, "to")
    name = str(member_names([to]).get(to, ""))
    return _answer(request, obj, "assign", {"values": {"owner": to}}, note=name)


@object_door("GET", "POST")
def tag(request: MemberRequest, obj: Object) -> HttpResponse:
    """GET the menu of tags; POST puts one on every chosen record, or asks which."""
    require(request.actor, "change", obj)
    if not _given_id(request, "tag"):
        tags = Tag.objects.filter(archived_at=None).order_by("key")[:200]
        options = [Option(str(one.pk), one.name, href=f"{request.path}?tag={one.pk}") for one in tags]
        return _choice(
            request, obj, options, title=_("Tag"), empty=_("There are no tags yet: Settings, Tags.")
        )
    tag_id = _given_id(request, "tag")
    found = Tag.objects.filter(pk=tag_id, archived_at=None).first()
    if found is None:
        raise NotFound("tag")
    return _answer(request, obj, "tag", {"add": {"tags": [found.pk]}}, note=found.name)


@object_door("POST")
def edit(request: MemberRequest, obj: Object) -> HttpResponse:
    """A form that sets, empties, adds to and removes from any field of many records; `apply` does it."""
    by = request.actor
    require(by, "change", obj)
    chosen = _chosen(request, obj)
    if isinstance(chosen, HttpResponse):
        return chosen
    fields = [one for one in typed_fields(obj) if by.may("assign", obj.name) or one.name not in OWNERSHIP]
    set_ = [one for one in fields if request.POST.get(f"{one.name}-do") == "set"]
    sent, problems = with_uploads(request, obj, set_)
    errors = {name: " ".join(found) for name, found in problems.items()}
    if "apply" in request.POST:
        values = _read(fields, sent, by, errors)
        if not errors and not any(values.values()):
            errors[""] = _("Choose at least one field to change.")
        if not errors:
            try:
                return _answer(request, obj, "change", values, chosen=chosen)
            except InvalidValues as problem:
                for name, found in problem.errors.items():
                    errors[name] = " ".join(one.message for one in found)
    rows = [
        (
            one,
            _control(one, sent, by, errors.get(one.name, "")),
            sent.get(f"{one.name}-do", ""),
        )
        for one in fields
    ]
    context = {
        "obj": obj,
        "chosen": chosen,
        "rows": rows,
        "lists": LISTS,
        "problem": errors.get("", ""),
        "next": request.POST.get("next", ""),
    }
    title = _("Edit %(objects)s") % {"objects": obj.plural_label.within}
    return render_page(request, "records/bulk_edit.html", context, title=title, status=422 if errors else 200)


@object_door("POST")
def archive(request: MemberRequest, obj: Object) -> HttpResponse:
    require(request.actor, "archive", obj)
    return _answer(request, obj, "archive", {})


@object_door("POST")
def restore(request: MemberRequest, obj: Object) -> HttpResponse:
    require(request.actor, "archive", obj)
    return _answer(request, obj, "restore", {})


@object_door("POST")
def delete(request: MemberRequest, obj: Object) -> HttpResponse:
    """Into the trash."""
    require(request.actor, "delete", obj)
    return _answer(request, obj, "delete", {})


def _chosen(request: MemberRequest, obj: Object) -> Chosen | HttpResponse:
    """What the form names; an answer of its own where that makes no sense."""
    if request.POST.get("all") and "list" in request.POST:
        text = request.POST["list"]
        asked = read_asked(
            obj, views_of(obj, by=request.actor), QueryDict(text), path=f"/{obj.plural}/", by=request.actor
        )
        if asked.error:
            return HttpResponseBadRequest(asked.error)
        query = asked.query()
        count = count_records(query, by=request.actor)
        return Chosen([], query, count, [("all", "1"), ("list", text)])
    ids = [int(one) for one in request.POST.getlist("id") if one.isdecimal() and len(one) < 20]
    if not ids or len(ids) > MOST_CHOSEN:
        return HttpResponseBadRequest(_("Choose 1 to %(most)d.") % {"most": MOST_CHOSEN})
    ids = list(dict.fromkeys(ids))  # grouped by tags a record is shown more than once
    return Chosen(ids, None, len(ids), [("id", str(one)) for one in ids])


def _choice(
    request: MemberRequest, obj: Object, options: list[Option], *, title: str, empty: str = ""
) -> HttpResponse:
    """The menu of a verb; where no script opens it, a page of buttons that send the chosen records along."""
    chosen = Chosen([], None, 0, []) if request.method == "GET" else _chosen(request, obj)
    if isinstance(chosen, HttpResponse):
        return chosen
    context = {
        "options": options,
        "empty": empty,
        "obj": obj,
        "sent": chosen.sent,
        "count": chosen.count,
        "next": request.POST.get("next", ""),
    }
    if request.method == "GET":
        return render_fragment(request, "records/bulk_menu.html", context)
    return render_page(request, "records/bulk_page.html", context, title=title)


def _answer(
    request: MemberRequest,
    obj: Object,
    kind: str,
    values: Mapping[str, Any],
    *,
    note: str = "",
    chosen: Chosen | None = None,
) -> HttpResponse:
    """Do it. Up to 50 are done when the answer comes; more have a page that tells how far they are."""
    found = chosen or _chosen(request, obj)
    if isinstance(found, HttpResponse):
        return found
    by = request.actor
    if found.query is None:
        batch = change_chosen(obj, found.ids, kind=kind, values=values, note=note, by=by)
    else:
        asked = {"list": request.POST["list"]}
        batch = change_matching(found.query, asked=asked, kind=kind, values=values, note=note, by=by)
    if not batch.is_over:
        address = f"/changes/batches/{batch.pk}/"
        if is_htmx(request):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)
    to = local_address(request, request.POST.get("next"), f"/{obj.plural}/")
    response = changed(redirect_or_fragment(request, to), obj.name)
    return tell_outcome(response, batch, obj, by=by)


def _read(
    fields: list[Field], sent: QueryDict, by: Actor, errors: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """{"values", "add", "remove"}: field → as typed, for the fields with which something is to be done."""
    found: dict[str, dict[str, Any]] = {"values": {}, "add": {}, "remove": {}}
    for one in fields:
        do = {"set": "values", "empty": "values", "add": "add", "remove": "remove"}.get(
            sent.get(f"{one.name}-do", "")
        )
        if do is None or (do != "values" and one.type not in LISTS):
            continue
        raw = [] if one.multiple else ""
        if sent[f"{one.name}-do"] != "empty":
            raw = read_sent(one, sent)
            try:
                raw = found_link(one, raw, by=by) if isinstance(one, Link) else raw
            except FieldError as problem:
                errors[one.name] = problem.message
        found[do][one.name] = raw
    return found


def _control(one: Field, sent: QueryDict, by: Actor, error: str) -> Control:
    raw = read_sent(one, sent) if f"{one.name}-do" in sent else ([] if one.multiple else "")
    return control_of(one, raw, by=by, refs={}, errors=[error] if error else [])


OWNERSHIP = ("owner", "team")


def _given_id(request: MemberRequest, name: str) -> int:
    text = request.POST.get(name) or request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 20 else 0
