"""Working hours over the API: what is said, by what somebody works, said anew; by the rights of pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from guanxi.platform.identity.actions.hours import may_set_hours, set_hours
from guanxi.platform.identity.hours import Hours, hours_of, hours_of_team, hours_of_workspace
from guanxi.platform.identity.models import Member, Team, WorkingHours, Workspace
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.hour_texts import spans_by_day, week_of
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    TEXT,
    YES,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)

WHOSE = ("workspace", "team", "member")
Owner = Workspace | Team | Member


def _list(call: Call) -> dict[str, Any]:
    """Of the firm and its teams for every member; of members for who may change them."""
    _in_scope(call, "read")
    found: list[Owner] = [Workspace.objects.get(pk=call.by.workspace_id)]
    said = WorkingHours.objects.all()
    teams = said.filter(team__isnull=False).values("team_id")
    found += Team.objects.filter(pk__in=teams).order_by("name", "pk")
    members = _members().filter(pk__in=said.filter(member__isnull=False).values("member_id")).order_by("pk")
    found += [one for one in members if may_set_hours(one, call.by)]
    return {"data": [_told(one, call) for one in found], "next": None}


def _read(call: Call) -> dict[str, Any]:
    _in_scope(call, "read")
    return _told(_asked(call), call)


def _set(call: Call) -> dict[str, Any]:
    _in_scope(call, "write")
    whose = _asked(call)
    week = week_of(call.sent["week"]) if "week" in call.sent else None
    try:
        set_hours(whose=whose, week=week, by=call.by)
    except PermissionDenied as problem:
        raise Refused("hours.change") from problem
    except ValidationError as problem:
        raise InvalidValues({"week": [FieldError("hours", one) for one in problem.messages]}) from problem
    return _told(whose, call)


def _asked(call: Call) -> Owner:
    """Whose hours are meant; members only by who may change them."""
    kind, key = call.sent.get("whose") or call.asked.get("whose") or "workspace", call.key("id")
    found: Owner | None = None
    if kind == "workspace":
        found = Workspace.objects.get(pk=call.by.workspace_id)
    elif kind == "team":
        found = Team.objects.filter(pk=key).first()
    elif kind == "member":
        found = _members().filter(pk=key or call.by.member_id).first()
        if found is not None and not may_set_hours(found, call.by):
            found = None
    if found is None:
        raise NotFound(f"hours of {kind} {key}")
    return found


def _told(whose: Owner, call: Call) -> dict[str, Any]:
    workspace = Workspace.objects.get(pk=call.by.workspace_id)
    hours: Hours
    if isinstance(whose, Member):
        kind, name, hours = "member", whose.display_name, hours_of(whose)
    elif isinstance(whose, Team):
        kind, name, hours = "team", whose.name, hours_of_team(whose, workspace)
    else:
        kind, name, hours = "workspace", whose.name, hours_of_workspace(whose)
    return {
        "whose": kind,
        "id": str(whose.pk),
        "name": name,
        "week": spans_by_day(hours.week),
        "own": hours.owner_id == whose.pk,
        "said_by": hours.whose or None,
        "may_change": may_set_hours(whose, call.by),
    }


def _members() -> Any:
    return Member.objects.select_related("user", "role", "workspace", "team").filter(left_at=None)


def _in_scope(call: Call, what: str) -> None:
    if not call.by.in_scope(what, "member"):
        raise Refused("hours.see" if what == "read" else "hours.change")


_WEEK = {
    "type": "object",
    "description": 'by weekday (monday …) a list of spans: {"monday": ["09:00-12:00", "13:00-18:00"]}; '
    "a day that is not named is free",
}
_HOURS = one_of(
    {
        "whose": {"enum": list(WHOSE)}, "id": TEXT, "name": TEXT, "week": _WEEK,
        "own": {**YES, "description": "said for this one, and not taken from those above"},
        "said_by": {**MAYBE, "description": "workspace, team or member; null: as the country works"},
        "may_change": YES,
    }
)  # fmt: skip
_WHOSE = {"whose": {"enum": list(WHOSE)}, "id": KEY}


def offer_hours() -> None:
    """Serve it from now on."""
    doors = (
        Door(
            "GET", "", "list_working_hours", "of the firm, and of teams and members with hours of their own",
            _list, many_of(_HOURS),
        ),
        Door(
            "GET", "by-whom", "read_working_hours", "by which somebody works; without an id the caller",
            _read, _HOURS, asked=_WHOSE,
        ),
        Door(
            "POST", "", "set_working_hours", "from now on; without a week as those above them", _set, _HOURS,
            takes={**_WHOSE, "week": _WEEK}, needs=("whose",),
        ),
    )  # fmt: skip
    offer(Resource("working-hours", "when work is done: in the firm, in a team, by a member", doors))
