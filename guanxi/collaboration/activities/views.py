from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

from guanxi.collaboration.activities.actions import finish_activity, reopen_activity
from guanxi.collaboration.activities.composing import Composed, compose
from guanxi.collaboration.activities.letters import letter_from
from guanxi.collaboration.activities.mentions import mentionable as find_mentionable
from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.collaboration.activities.panels import composer_of, upcoming_of
from guanxi.collaboration.activities.promises import find_promise
from guanxi.collaboration.activities.queries import upcoming_about
from guanxi.collaboration.attachments.views import attach_all, has_files
from guanxi.collaboration.timeline.panels import timeline_of
from guanxi.collaboration.timeline.projecting import project_after_commit
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.platform.records.questions import ask
from guanxi.web.pages import changed, is_htmx, redirect_or_fragment, render_fragment, render_page, toast

_LONGEST = 20_000


@object_door("POST")
def write(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """What the composer sends: the timeline with it on top, or the form again with what is wrong."""
    record = find_record(obj, record_id, by=request.actor)
    given = {name: str(value)[:_LONGEST] for name, value in request.POST.items()}
    try:
        done = compose(given, (obj.name, record_id), by=request.actor)
    except InvalidValues as problem:
        return _again(request, obj, record, given, problem)
    project_after_commit([done.activity.pk])
    not_kept, _kept = attach_all(request, obj, record_id) if has_files(request) else ("", [])
    response = redirect_or_fragment(
        request,
        record_url(obj, record_id),
        template="collaboration/timeline_list.html",
        context={"obj": obj, "record": record, **timeline_of(record, request.actor, fresh=done.activity)},
    )
    toast(
        response,
        not_kept or _said(done),
        undo=f"/undo/{done.activity.last_fact_id}/",
        tone="gamboge" if done.not_told or not_kept else "",
    )
    return changed(response, "activity", obj.name)


@object_door("GET")
@vary_on_headers("HX-Request")
def promise(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """The offer of a reminder for a date in the text so far; nothing where there is none."""
    zone = ZoneInfo(request.actor.timezone)
    found = find_promise(request.GET.get("body", "")[:_LONGEST], datetime.now(zone))
    context = {"promise": found, "when": format_datetime(found.at) if found else ""}
    return render_fragment(request, "collaboration/promise.html", context)


@object_door("GET")
@vary_on_headers("HX-Request")
def letter(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """The composer with an email that a template begins, and what was typed beside it."""
    record = find_record(obj, record_id, by=request.actor)
    given = {name: str(value)[:_LONGEST] for name, value in request.GET.items()} | {"kind": "email"}
    if template := read_whole(request.GET.get("template", "")):
        given |= letter_from(template, (obj.name, record_id), by=request.actor)
    context = {"obj": obj, "record": record, **composer_of(record, request.actor, given=given)}
    if is_htmx(request):
        return render_fragment(request, "collaboration/composer.html", context)
    return render_page(request, "collaboration/composer_page.html", context, title=_("Email"))


@object_door("GET")
def mentionable(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Members for the list behind an @."""
    context = {"members": find_mentionable(request.GET.get("q", "")[:40])}
    return render_fragment(request, "collaboration/mentionable.html", context)


@object_door("GET")
def upcoming(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """The panel anew, after something changed."""
    record = find_record(obj, record_id, by=request.actor)
    (found,) = ask(upcoming_about(obj.name, record.pk, by=request.actor))
    context = {"obj": obj, "record": record, **upcoming_of(record, request.actor, found)}
    return render_fragment(request, "collaboration/upcoming.html", context)


@plain_door("POST")
def complete(request: MemberRequest, pk: int) -> HttpResponse:
    """Done, from wherever it was ticked off."""
    done = finish_activity(find_record(ACTIVITY, pk, by=request.actor), by=request.actor)
    return _ticked(request, done, _("Done: %(name)s") % {"name": done})


@plain_door("POST")
def reopen(request: MemberRequest, pk: int) -> HttpResponse:
    """To be done again."""
    again = reopen_activity(find_record(ACTIVITY, pk, by=request.actor), by=request.actor)
    return _ticked(request, again, _("To be done again: %(name)s") % {"name": again})


def _ticked(request: MemberRequest, activity: Activity, said: str) -> HttpResponse:
    project_after_commit([activity.pk])
    came_from = urlsplit(request.headers.get("Referer", "")).path
    back = local_address(request, came_from, otherwise=record_url(ACTIVITY, activity.pk))
    undo = f"/undo/{activity.last_fact_id}/" if activity.last_fact_id else ""
    return changed(toast(redirect_or_fragment(request, back), said, undo=undo), "activity")


def _again(
    request: MemberRequest, obj: Object, record: object, given: dict[str, str], problem: InvalidValues
) -> HttpResponse:
    """The composer with what was typed and what is wrong with it; a page of its own without JavaScript."""
    context = {
        "obj": obj,
        "record": record,
        **composer_of(record, request.actor, given=given, problem=problem),
    }
    if is_htmx(request):
        response = render_fragment(request, "collaboration/composer.html", context, status=422)
        response["HX-Retarget"], response["HX-Reswap"] = "#composer", "outerHTML"
        return response
    return render_page(request, "collaboration/composer_page.html", context, title=_("Not saved"), status=422)


def _said(done: Composed) -> str:
    """One sentence for the toast."""
    if done.not_told:
        names = _(", ").join(member.name for member in done.not_told)
        return _("Saved. Not told, because they can't see this record: %(names)s") % {"names": names}
    if done.reminder is not None and done.reminder.remind_at:
        return _("Saved. You will be reminded on %(when)s") % {
            "when": format_datetime(done.reminder.remind_at)
        }
    if done.activity.kind == "email":
        return _("Sent, and noted here")
    return _("Saved") if done.activity.done_at else _("Planned")
