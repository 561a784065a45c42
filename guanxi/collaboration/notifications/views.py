from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guanxi.collaboration.notifications.actions import (
    choose_kinds,
    follow_record,
    read_all,
    read_notification,
    unfollow_record,
)
from guanxi.collaboration.notifications.kinds import KINDS
from guanxi.collaboration.notifications.panels import follow_of
from guanxi.collaboration.notifications.queries import chosen_kinds, find_notification, notifications_of
from guanxi.collaboration.notifications.telling import tell
from guanxi.collaboration.readers import seen_by
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.pages.doors import object_door
from guanxi.web.pages import changed, redirect_or_fragment, render_page, toast


@require_GET
@member_required
def notifications(request: MemberRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    shown, older = notifications_of(request.actor, before=read_whole(before))
    context = {"days": tell(shown), "older": older, "first_page": not before}
    return render_page(request, "collaboration/notifications.html", context, title=_("Notifications"))


@require_GET
@member_required
def open_notification(request: MemberRequest, pk: int) -> HttpResponse:
    """To what it is about; from then on it is read. 404 for what is not the member's to see."""
    found = find_notification(pk, by=request.actor)
    if found is None:
        raise Http404
    read_notification(found)
    if found.kind == "imported":
        return HttpResponseRedirect(f"/import/{found.record_id}/")
    if found.kind == "import_stopped":
        return HttpResponseRedirect(f"/import/schedules/{found.record_id}/")
    if found.kind == "clash":
        return HttpResponseRedirect(f"/clashes/{found.record_id}/")
    if found.kind in ("asked", "answered"):
        return HttpResponseRedirect(f"/access/{found.record_id}/" if found.kind == "asked" else "/access/")
    if found.kind == "automation_run":
        runs = f"/automations/runs/{found.record_id}/"
        return HttpResponseRedirect(runs if request.actor.administers else "/notifications/")
    obj = registry.get(found.object) if registry.has(found.object) else None
    if obj is None:
        raise Http404
    if not found.record_id:
        return HttpResponseRedirect(list_url(obj, filter="owner = me", sort="-updated_at"))
    if not seen_by(request.actor.member_id or 0, [(obj.name, found.record_id)]):
        raise Http404
    return HttpResponseRedirect(record_url(obj, found.record_id))


@require_POST
@member_required
def reading(request: MemberRequest) -> HttpResponse:
    """All are read."""
    read_all(by=request.actor)
    shown, older = notifications_of(request.actor)
    response = redirect_or_fragment(
        request,
        "/notifications/",
        template="collaboration/notifications.html",
        context={"days": tell(shown), "older": older, "first_page": True},
        block="notifications",
    )
    return changed(response, "counts")


@member_required
def choices(request: MemberRequest) -> HttpResponse:
    """The member's switches."""
    if request.method == "POST":
        choose_kinds({name: name in request.POST for name in KINDS}, by=request.actor)
        return toast(redirect_or_fragment(request, "/settings/notifications/"), _("Saved"))
    context = {"kinds": KINDS.values(), "wanted": chosen_kinds(request.actor)}
    return render_page(request, "collaboration/notification_choices.html", context, title=_("Notifications"))


@object_door("POST")
def follow(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Follow a record, or with `stop` no longer."""
    if "stop" in request.POST:
        unfollow_record(obj, record_id, by=request.actor)
    else:
        follow_record(obj, record_id, by=request.actor)
    record = find_record(obj, record_id, by=request.actor)
    return redirect_or_fragment(
        request,
        record_url(obj, record_id),
        template="collaboration/follow.html",
        context=follow_of(record, request.actor) | {"tally": "stop" not in request.POST},
    )
