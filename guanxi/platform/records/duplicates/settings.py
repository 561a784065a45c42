"""Settings › Duplicates: what is done, object by object, when a record may be there already."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.duplicates.keys import kinds_of
from guanxi.platform.records.duplicates.rules import (
    Action,
    Others,
    kind_label,
    rule_of,
    ruled_objects,
    set_rule,
)
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/duplicates/"


@plain_door("GET", "POST")
def rules(request: MemberRequest) -> HttpResponse:
    """The rules of all objects; POST chooses that of one."""
    if not request.actor.administers:
        raise Refused("duplicate_rule.change")
    if request.method == "GET":
        return _draw(request)
    name = request.POST.get("object", "")
    if not registry.has(name):
        raise NotFound(name)
    obj, said = registry.get(name), request.POST
    try:
        set_rule(
            obj,
            action=said.get("action", ""),
            kinds=said.getlist("kinds"),
            others=said.get("others", ""),
            by=request.actor,
        )
    except InvalidValues as problem:
        return _draw(request, problem)
    return toast(HttpResponseRedirect(ADDRESS), _("Saved %(name)s") % {"name": obj.plural_label})


def _draw(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    rows = []
    for obj in ruled_objects():
        rule = rule_of(obj)
        kinds = [(kind, kind_label(kind), kind in rule.kinds) for kind in kinds_of(obj)]
        rows.append({"obj": obj, "rule": rule, "kinds": kinds})
    context = {
        "rows": rows,
        "actions": [
            Option(Action.WARN, _("Warn; it can be added anyway")),
            Option(Action.REFUSE, _("Refuse")),
            Option(Action.OFF, _("Do nothing")),
        ],
        "others": [
            Option(Others.EXISTS, _("that it exists")),
            Option(Others.OWNER, _("that it exists, and who owns it")),
            Option(Others.NOTHING, _("nothing")),
        ],
        "problems": [one.message for found in problem.errors.values() for one in found] if problem else [],
    }
    return render_page(
        request,
        "records/duplicate_rules.html",
        context,
        title=_("Duplicates"),
        status=422 if problem else 200,
    )
