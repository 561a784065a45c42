"""Members and teams over the API: who works here, in which team and role; by the rights of the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from guanxi.platform.identity.actions.members import (
    UNCHANGED,
    add_member,
    change_member,
    end_membership,
    may_invite,
    may_manage,
)
from guanxi.platform.identity.actions.teams import add_team, move_team, remove_team, rename_team, set_head
from guanxi.platform.identity.models import Member, Role, Team
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    YES,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)

PER_PAGE = 200

# Members


def _list_members(call: Call) -> dict[str, Any]:
    """Everybody is told who works here; emails and roles only who may change them."""
    _in_scope(call, "read")
    rows = _members().order_by("pk")
    if call.asked.get("left") != "true":
        rows = rows.filter(left_at=None)
    if after := call.key("after"):
        rows = rows.filter(pk__gt=after)
    found = list(rows[: PER_PAGE + 1])
    told = [_member_told(one, call) for one in found[:PER_PAGE]]
    return {"data": told, "next": told[-1]["id"] if len(found) > PER_PAGE else None}


def _read_member(call: Call) -> dict[str, Any]:
    _in_scope(call, "read")
    return _member_told(_member(call.id), call)


def _change_member(call: Call) -> dict[str, Any]:
    """What is not said stays; a team of null is none."""
    _in_scope(call, "write")
    sent, member = call.sent, _member(call.id)
    role = _role(call.key("role")) if "role" in sent else None
    team: Team | str | None = _team_or_none(call, "team") if "team" in sent else UNCHANGED
    _told(
        "member.change",
        lambda: change_member(
            member=member, by=call.by, role=role, team=team,
            name=sent.get("name", UNCHANGED), title=sent.get("title", UNCHANGED),
        ),
    )  # fmt: skip
    return _member_told(_member(call.id), call)


def _end_member(call: Call) -> dict[str, Any]:
    _in_scope(call, "write")
    _told("member.end", lambda: end_membership(member=_member(call.id), by=call.by))
    return _member_told(_member(call.id), call)


def _return_member(call: Call) -> dict[str, Any]:
    _in_scope(call, "write")
    one = _member(call.id)
    _told("member.invite", lambda: add_member(user=one.user, role=one.role, team=one.team, by=call.by))
    return _member_told(_member(call.id), call)


def _member_told(one: Member, call: Call) -> dict[str, Any]:
    by = call.by
    may = one.pk == by.member_id or may_manage(by, "change", one)
    return {
        "id": str(one.pk),
        "name": one.display_name,
        "title": one.title or None,
        "team": str(one.team_id) if one.team_id else None,
        "email": one.user.email if may else None,
        "role": str(one.role_id) if may else None,
        "left_at": one.left_at.isoformat() if one.left_at else None,
        "may_change": may_manage(by, "change", one),
        "may_return": one.left_at is not None and may_invite(by),
    }


# Teams


def _list_teams(call: Call) -> dict[str, Any]:
    _in_scope(call, "read")
    return {"data": [_team_told(one) for one in Team.objects.order_by("path")], "next": None}


def _read_team(call: Call) -> dict[str, Any]:
    _in_scope(call, "read")
    return _team_told(_team(call.id))


def _add_team(call: Call) -> dict[str, Any]:
    _in_scope(call, "write")
    parent = _team_or_none(call, "parent")
    made: Team = _told("team.change", lambda: add_team(name=call.sent["name"], parent=parent, by=call.by))
    if "head" in call.sent:
        _told("team.change", lambda: set_head(team=made, head=_head(call), by=call.by))
    return _team_told(made)


def _change_team(call: Call) -> dict[str, Any]:
    """What is not said stays; a parent of null is the top, a head of null nobody."""
    _in_scope(call, "write")
    sent, team = call.sent, _team(call.id)

    def change() -> None:
        with transaction.atomic():
            if "name" in sent:
                rename_team(team=team, name=sent["name"], by=call.by)
            if "parent" in sent:
                move_team(team=team, parent=_team_or_none(call, "parent"), by=call.by)
            if "head" in sent:
                set_head(team=team, head=_head(call), by=call.by)

    _told("team.change", change)
    return _team_told(_team(call.id))


def _remove_team(call: Call) -> None:
    _in_scope(call, "write")
    _told("team.change", lambda: remove_team(team=_team(call.id), by=call.by))


def _team_told(one: Team) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "name": one.name,
        "parent": str(one.parent_id) if one.parent_id else None,
        "head": str(one.head_id) if one.head_id else None,
    }


# Of both


def _members() -> Any:
    return Member.objects.select_related("user", "role", "workspace", "team")


def _member(key: int) -> Member:
    found: Member | None = _members().filter(pk=key).first()
    if found is None:
        raise NotFound(f"member {key}")
    return found


def _team(key: int) -> Team:
    found: Team | None = Team.objects.filter(pk=key).first()
    if found is None:
        raise NotFound(f"team {key}")
    return found


def _role(key: int) -> Role:
    found: Role | None = Role.objects.filter(pk=key).first()
    if found is None:
        raise NotFound(f"role {key}")
    return found


def _team_or_none(call: Call, name: str) -> Team | None:
    return _team(call.key(name)) if call.sent.get(name) else None


def _head(call: Call) -> Member | None:
    return _member(call.key("head")) if call.sent.get("head") else None


def _told(what: str, do: Callable[[], Any]) -> Any:
    """What identity refuses, as the API says it."""
    try:
        return do()
    except PermissionDenied as problem:
        raise Refused(str(problem) or what) from problem
    except ValidationError as problem:
        name = what.partition(".")[0]
        raise InvalidValues({name: [FieldError("invalid", one) for one in problem.messages]}) from problem


def _in_scope(call: Call, access: str) -> None:
    if not call.by.in_scope(access, "member"):
        raise Refused("member.see" if access == "read" else "member.change")


_MEMBER = one_of(
    {
        "id": TEXT, "name": TEXT, "title": MAYBE, "team": MAYBE,
        "email": {**MAYBE, "description": "for who may change the member, and oneself"},
        "role": {**MAYBE, "description": "for who may change the member, and oneself"},
        "left_at": MOMENT, "may_change": YES, "may_return": YES,
    }
)  # fmt: skip
_TEAM = one_of({"id": TEXT, "name": TEXT, "parent": MAYBE, "head": MAYBE})
_NAME = {"type": "string", "maxLength": 120}
_MAYBE_KEY = {**KEY, "type": ["string", "null"]}


def offer_people() -> None:
    """Serve both from now on."""
    members = (
        Door(
            "GET", "", "list_members", "who works here; ?left=true: and who has left",
            _list_members, many_of(_MEMBER), asked={"left": {"enum": ["true", "false"]}, "after": KEY},
        ),
        Door("GET", "{id}", "read_member", "one", _read_member, _MEMBER),
        Door(
            "PATCH", "{id}", "change_member", "another role, team, name or title", _change_member, _MEMBER,
            takes={"role": KEY, "team": _MAYBE_KEY, "name": _NAME, "title": _NAME},
        ),
        Door(
            "POST", "{id}/departure", "end_member", "shut out, at once and everywhere", _end_member, _MEMBER
        ),
        Door("POST", "{id}/return", "return_member", "back, as they were", _return_member, _MEMBER),
    )  # fmt: skip
    offer(Resource("members", "who works here", members))
    said = {"name": _NAME, "parent": _MAYBE_KEY, "head": _MAYBE_KEY}
    teams = (
        Door("GET", "", "list_teams", "all, those above before those below", _list_teams, many_of(_TEAM)),
        Door("POST", "", "add_team", "a new one", _add_team, _TEAM, takes=said, needs=("name",), status=201),
        Door("GET", "{id}", "read_team", "one", _read_team, _TEAM),
        Door("PATCH", "{id}", "change_team", "what is not said stays", _change_team, _TEAM, takes=said),
        Door("DELETE", "{id}", "remove_team", "one in which nobody is", _remove_team),
    )  # fmt: skip
    offer(Resource("teams", "the tree of teams, by which scopes of roles reach", teams))
