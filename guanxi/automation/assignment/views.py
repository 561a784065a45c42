from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.automation.assignment.actions import (
    add_plan,
    change_plan,
    delete_plan,
    find_plan,
    newest,
    switch_plan,
)
from guanxi.automation.assignment.models import Assignment, AssignmentPlan
from guanxi.automation.assignment.recipe import MEMBERS
from guanxi.automation.assignment.texts import read_plan, write_plan
from guanxi.automation.assignment.words import plan_words
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import Refused
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.sharing.conditions import draw_condition
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/assignment/"
_OF_MEMBER = ("weight", "most", "if", "skills", "languages")


@plain_door("GET", "POST")
def plans(request: MemberRequest) -> HttpResponse:
    """All plans with what they say; POST makes a new one, off, and opens it."""
    _administrators(request)
    problems: list[str] = []
    if request.method == "POST":
        first = {"members": [{"who": request.actor.member_id}]}
        try:
            row = add_plan(
                object=request.POST.get("object", ""), title=request.POST.get("title", ""), plan=first,
                by=request.actor,
            )  # fmt: skip
            return HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
        except InvalidValues as problem:
            problems = _messages(problem)
    rows = [one for one in AssignmentPlan.objects.order_by("position", "pk") if registry.has(one.object)]
    context = {
        "listed": [(one, registry.get(one.object).icon, plan_words(one, by=request.actor)) for one in rows],
        "objects": [
            Option(one.name, str(one.plural_label)) for one in registry.objects() if one.group and one.owned
        ],
        "problems": problems,
    }
    status = 422 if problems else 200
    return render_page(request, "automation/plans.html", context, title=_("Assignment"), status=status)


@plain_door("GET", "POST")
def plan(request: MemberRequest, plan_id: int) -> HttpResponse:
    """One plan as a form, and what was shared out last."""
    _administrators(request)
    row = find_plan(plan_id, by=request.actor)
    said: Mapping[str, Any] = _brought(row.plan, request.GET.dict())
    problems: list[str] = []
    if request.method == "POST":
        here = HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
        try:
            match request.POST.get("do", ""):
                case "on" | "off":
                    switch_plan(row.pk, on=request.POST["do"] == "on", by=request.actor)
                    return here
                case "delete":
                    delete_plan(row.pk, by=request.actor)
                    return HttpResponseRedirect(ADDRESS)
                case "save":
                    said = _typed(request)
                    change_plan(row.pk, title=request.POST.get("title", ""), plan=said, by=request.actor)
                    return toast(here, _("Saved"))
                case _unknown:
                    raise Http404
        except InvalidValues as problem:
            problems = _messages(problem)
    obj = registry.get(row.object)
    shared = newest(row)
    names = member_names({one.member_id for one in shared if one.member_id})
    titles = obj.rows().in_bulk([one.record_id for one in shared])
    context = {
        "row": row,
        "obj": obj,
        "said": said,
        "sentence": plan_words(row, by=request.actor),
        "members": _members(said),
        "ways": [
            Option("turns", _("One after the other")),
            Option("weights", _("By weight")),
            Option("room", _("Whoever has the most room")),
        ],
        "fields": _fields(obj),
        "whens": [
            Option("", _("at any time")),
            Option(MEMBERS, _("only who is at work, by their own hours")),
            Option("plan", _("only who is at work, by hours of this plan")),
        ],
        **_hours(said),
        "shared": [
            (one, str(titles.get(one.record_id, "–")), names.get(one.member_id or 0), _states()[one.state])
            for one in shared
        ],
        "problems": problems,
    }
    status = 422 if problems else 200
    return render_page(request, "automation/plan.html", context, title=row.title, status=status)


@plain_door("GET", "POST")
def text(request: MemberRequest, plan_id: int) -> HttpResponse:
    """The plan as text, to read, to copy, to edit."""
    _administrators(request)
    row = find_plan(plan_id, by=request.actor)
    typed, problems, status = write_plan(row), list[str](), 200
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            title, said = read_plan(typed)
            change_plan(row.pk, title=title or row.title, plan=said, by=request.actor)
            return toast(HttpResponseRedirect(f"{ADDRESS}{row.pk}/"), _("Saved"))
        except InvalidValues as problem:
            problems, status = _messages(problem), 422
        except FieldError as problem:
            problems, status = [str(problem)], 422
    context = {"row": row, "text": typed, "problems": problems}
    title = _("Text · %(title)s") % {"title": row}
    return render_page(request, "automation/plan_text.html", context, title=title, status=status)


@plain_door("GET")
def condition(request: MemberRequest, plan_id: int, part: str) -> HttpResponse:
    """Which records a plan is about (`if`), or one of its members (by id), put together as in a list."""
    _administrators(request)
    row = find_plan(plan_id, by=request.actor)
    if not registry.has(row.object) or not (part == "if" or part.isdecimal()):
        raise Http404
    here = f"{ADDRESS}{row.pk}/"
    return draw_condition(
        request, registry.get(row.object), path=f"{here}condition/{part}/", back=here, used={"part": part}
    )


def _brought(said: Mapping[str, Any], query: Mapping[str, str]) -> Mapping[str, Any]:
    """The plan with the condition that was put together elsewhere; nothing of it is kept yet."""
    part, text = query.get("part", ""), query.get("filter", "")
    if not text:
        return said
    if part == "if":
        return {**said, "if": text}
    return {
        **said,
        "members": [{**one, "if": text} if str(one["who"]) == part else one for one in said["members"]],
    }


def _typed(request: MemberRequest) -> dict[str, Any]:
    post = request.POST
    names = ("if", "how", "counts", "skill", "language", "move_on")
    found: dict[str, Any] = {name: post[name].strip() for name in names if post.get(name, "").strip()}
    found["imports"] = "imports" in post
    if post.get("hours") == MEMBERS:
        found["hours"] = MEMBERS
    elif post.get("hours"):
        days = [int(one) for one in post.getlist("days") if one.isdecimal()]
        found["hours"] = {"days": days, "from": post.get("from", ""), "to": post.get("to", "")}
    found["members"] = [
        {"who": who}
        | {
            name: post[f"{name}-{who}"].strip()
            for name in _OF_MEMBER
            if post.get(f"{name}-{who}", "").strip()
        }
        for who in post.getlist("who")
    ]
    return found


def _members(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everybody who works here, those of the plan first, with what it says of them."""
    known = {str(one["who"]): one for one in said.get("members", ())}
    rows = Member.objects.filter(left_at=None).select_related("user").order_by("id")[:200]
    found = []
    for one in rows:
        mine = known.get(str(one.pk))
        values = {
            name: ", ".join(value) if isinstance(value := (mine or {}).get(name, ""), list) else value
            for name in _OF_MEMBER
        }
        found.append({"id": one.pk, "name": one.display_name, "in": mine is not None, **values})
    return sorted(found, key=lambda one: not one["in"])


def _fields(obj: Object) -> list[Option]:
    able = [one for one in obj.fields if one.type in ("text", "choice", "choices", "link") and not one.hidden]
    return [Option("", _("does not matter")), *(Option(one.name, str(one.label)) for one in able)]


def _hours(said: Mapping[str, Any]) -> dict[str, Any]:
    """Which hours hold, those of the plan's own, and its days as (number, name, chosen)."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    found = said.get("hours") or ""
    own = found if isinstance(found, Mapping) else {"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}
    return {
        "when": "plan" if found and found != MEMBERS else found,
        "own": own,
        "days": [(at, name, at in own["days"]) for at, name in enumerate(names, 1)],
    }


def _states() -> dict[str, str]:
    return {
        Assignment.State.OPEN: _("waits for a touch"),
        Assignment.State.TAKEN: _("taken up"),
        Assignment.State.MOVED: _("given on by hand"),
        Assignment.State.STUCK: _("nobody took it"),
    }


def _messages(problem: InvalidValues) -> list[str]:
    return [str(one) for found in problem.errors.values() for one in found]


def _administrators(request: MemberRequest) -> None:
    if not request.actor.administers:
        raise Refused(_("Only administrators say who gets what."))
