"""The condition of a rule, put together as the filter of a list is, with how many records meet it."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.listing import count_records
from guanxi.platform.records.pages.asked import read_asked
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.filtering import edited_filter, editor_of, tree_context
from guanxi.platform.records.saved_views import View
from guanxi.web.pages import render_page

PLACE = "/settings/sharing/"


@object_door("GET")
def condition(request: MemberRequest, obj: Object, rule_id: int | None = None) -> HttpResponse:
    """The condition of a sharing rule."""
    if not request.actor.administers:
        raise Refused("share_rule.change")
    tail = f"{rule_id}/" if rule_id is not None else ""
    used = {} if rule_id is not None else {"object": obj.name}
    path = f"{PLACE}condition/{obj.plural}/{tail}"
    return draw_condition(request, obj, path=path, back=f"{PLACE}{tail}", used=used)


def draw_condition(
    request: MemberRequest,
    obj: Object,
    *,
    path: str,
    back: str,
    used: Mapping[str, str] | None = None,
    layout: str = "identity/settings.html",
) -> HttpResponse:
    """The tree of conditions; each button leads to the same page with another `filter` in its address.

    path   where this page is
    back   the form that the condition is for: it gets it as `filter` in its address, with what is in `used`
    """
    nothing = View(key="all", label=_("All"))
    asked = read_asked(obj, [nothing], request.GET, path=path, by=request.actor)
    if changed := edited_filter(asked, request.GET, by=request.actor):
        return HttpResponseRedirect(asked.url(filter=changed, tree="1"))
    query = QueryDict(mutable=True)
    query.update(request.GET)
    query["tree"] = "1"
    count, error = 0, asked.error
    if not error:
        try:
            count = count_records(asked.query(), by=request.actor)
        except FieldError as problem:
            error = str(problem)
    wanted = {"add", "edit"} & set(request.GET)
    context = {
        "layout": layout,
        "obj": obj,
        "asked": asked,
        "tree": tree_context(asked, query, by=request.actor),
        "editor": editor_of(asked, query, by=request.actor) if wanted else None,
        "count": count,
        "error": error,
        "use_url": with_query(back, filter=asked.filter_text, **(used or {})),
        "back": with_query(back, **(used or {})),
    }
    title = _("Which %(objects)s") % {"objects": obj.plural_label.within}
    status = 422 if error else 200
    return render_page(request, "records/sharing_condition.html", context, title=title, status=status)
