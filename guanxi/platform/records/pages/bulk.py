"""One verb for many records: each in a transaction of its own, so one refusal does not undo the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.queries import member_names, working_members
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused, find_record, require
from guanxi.platform.records.models import Tag
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import StaleRecord, archive_record, change_record, restore_record
from guanxi.platform.tenancy.keys import new_key
from guanxi.web.components import Option
from guanxi.web.pages import changed, redirect_or_fragment, render_fragment, render_page, toast

MOST_AT_ONCE = 200
BATCH_SPAN = 10 * 60 * 1000 << 21  # keys made within ten minutes after the batch's (tenancy/keys.py)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of many: how many were changed, and how many may not be, or could not be."""

    done: int
    refused: int
    failed: int
    batch: int


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
    return _answer(
        request,
        obj,
        lambda record, data: change_record(record, {"owner": to}, by=request.actor, data=data),
        said=lambda count: (
            ngettext(
                "Moved %(count)d %(objects)s to %(name)s", "Moved %(count)d %(objects)s to %(name)s", count
            )
            % {"count": count, "objects": obj.plural_label.within, "name": name}
        ),
    )


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
    return _answer(
        request,
        obj,
        lambda record, data: change_record(
            record, {"tags": list(dict.fromkeys([*record.tags, found.pk]))}, by=request.actor, data=data
        ),
        said=lambda count: (
            ngettext(
                "Tagged %(count)d %(objects)s “%(name)s”", "Tagged %(count)d %(objects)s “%(name)s”", count
            )
            % {"count": count, "objects": obj.plural_label.within, "name": found.name}
        ),
    )


@object_door("POST")
def archive(request: MemberRequest, obj: Object) -> HttpResponse:
    require(request.actor, "archive", obj)
    return _answer(
        request,
        obj,
        access="delete",
        verb=lambda record, data: archive_record(record, by=request.actor, data=data),
        said=lambda count: (
            ngettext("Archived %(count)d %(objects)s", "Archived %(count)d %(objects)s", count)
            % {"count": count, "objects": obj.plural_label.within}
        ),
    )


@object_door("POST")
def restore(request: MemberRequest, obj: Object) -> HttpResponse:
    require(request.actor, "archive", obj)
    return _answer(
        request,
        obj,
        access="delete",
        verb=lambda record, data: restore_record(record, by=request.actor, data=data),
        said=lambda count: (
            ngettext("Restored %(count)d %(objects)s", "Restored %(count)d %(objects)s", count)
            % {"count": count, "objects": obj.plural_label.within}
        ),
    )


def undo_batch(batch: int, *, by: Actor) -> Outcome:
    """Take back everything that this actor did to many at once; raises NotFound when there is nothing."""
    facts = Fact.objects.filter(pk__gt=batch, pk__lt=batch + BATCH_SPAN, actor_id=by.member_id)
    ids = [fact.pk for fact in facts.order_by("pk") if fact.data.get("batch") == str(batch)]
    if by.member_id is None or not ids:
        raise NotFound(f"batch {batch}")
    return _each(ids, lambda fact_id, data: undo_fact(fact_id, by=by))


def _choice(
    request: MemberRequest, obj: Object, options: list[Option], *, title: str, empty: str = ""
) -> HttpResponse:
    """The menu of a verb; where no script opens it, a page of buttons that send the chosen records along."""
    context = {
        "options": options,
        "empty": empty,
        "obj": obj,
        "ids": request.POST.getlist("id"),
        "next": request.POST.get("next", ""),
    }
    if request.method == "GET":
        return render_fragment(request, "records/bulk_menu.html", context)
    return render_page(request, "records/bulk_page.html", context, title=title)


def _answer(
    request: MemberRequest,
    obj: Object,
    verb: Callable[[Any, dict[str, Any]], Any],
    *,
    said: Callable[[int], str],
    access: str = "edit",
) -> HttpResponse:
    ids = [int(one) for one in request.POST.getlist("id") if one.isdecimal() and len(one) < 20]
    if not ids or len(ids) > MOST_AT_ONCE:
        return HttpResponseBadRequest(_("Choose 1 to %(most)d.") % {"most": MOST_AT_ONCE})
    by = request.actor
    outcome = _each(ids, lambda one, data: verb(find_record(obj, one, by=by, access=access), data))
    to = local_address(request, request.POST.get("next"), f"/{obj.plural}/")
    response = changed(redirect_or_fragment(request, to), obj.name)
    undo = f"/undo/batch/{outcome.batch}/" if outcome.done else ""
    return toast(response, _report(outcome, said), undo=undo, tone="" if outcome.done else "cinnabar")


def _each(ids: list[int], verb: Callable[[int, dict[str, Any]], Any]) -> Outcome:
    """Do it to one after the other. The batch's key is older than the facts, which name it."""
    batch = new_key()
    done = refused = failed = 0
    for one in dict.fromkeys(ids):
        try:
            with transaction.atomic():
                verb(one, {"batch": str(batch)})
            done += 1
        except (NotFound, Refused):
            refused += 1
        except (InvalidValues, StaleRecord):
            failed += 1
    return Outcome(done, refused, failed, batch)


def _report(outcome: Outcome, said: Callable[[int], str]) -> str:
    parts = [said(outcome.done)] if outcome.done else []
    if outcome.refused:
        words = ngettext(
            "%(count)d is not yours to change", "%(count)d are not yours to change", outcome.refused
        )
        parts.append(words % {"count": outcome.refused})
    if outcome.failed:
        words = ngettext("%(count)d could not be changed", "%(count)d could not be changed", outcome.failed)
        parts.append(words % {"count": outcome.failed})
    return " · ".join(parts)


def _given_id(request: MemberRequest, name: str) -> int:
    text = request.POST.get(name) or request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 20 else 0
