from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from guanxi.collaboration.reminders.actions import remind_of
from guanxi.collaboration.reminders.panels import choices
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import object_door
from guanxi.web.pages import changed, is_htmx, redirect_or_fragment, render_fragment, render_page, toast


@object_door("POST")
def remind(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Be reminded of a record, at one of the offered times or in words."""
    record = find_record(obj, record_id, by=request.actor)
    # The words stand behind the buttons, so that Enter sends what was typed.
    when = request.POST.get("words", "").strip() or request.POST.get("when", "")
    text = request.POST.get("text", "")
    try:
        made = remind_of((obj.name, record_id), when=when, text=text, by=request.actor)
    except InvalidValues as problem:
        context = {
            "record": record,
            "action": record_url(obj, record_id, "reminders"),
            "back": record_url(obj, record_id),
            "when": when,
            "text": text,
            "choices": choices(),
            "problems": [one.message for found in problem.errors.values() for one in found],
        }
        response = render_page(
            request, "collaboration/remind_page.html", context, title=_("Remind me"), status=422
        )
        if request.headers.get("HX-Request"):
            response["HX-Retarget"], response["HX-Reswap"] = "#main", "innerHTML"
        return response
    response = redirect_or_fragment(request, record_url(obj, record_id))
    if is_htmx(request):  # closed and empty: words that stayed in it would be taken for the next one, too
        told = {"action": record_url(obj, record_id, "reminders"), "choices": choices()}
        response = render_fragment(request, "collaboration/remind.html", told)
    said = _("You will be reminded on %(when)s") % {"when": format_datetime(made.remind_at)}
    undo = f"/undo/{made.last_fact_id}/" if made.last_fact_id else ""
    return changed(toast(response, said, undo=undo), "activity")
