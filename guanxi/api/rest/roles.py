"""/api/v1/roles: what roles grant, for administrators: the same form that is kept, and the same verbs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import door
from guanxi.platform.identity.actions.roles import add_role, change_role, remove_role
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused


@require_http_methods(["GET", "HEAD", "POST"])
@door
def roles(request: MemberRequest) -> HttpResponse:
    """GET: all roles. POST: a new one, {"name": …, "grants": {…}}."""
    _require(request.actor)
    if request.method == "POST":
        return once(request, lambda: _add(request), anew=lambda key: answer(role_json(_found(key))))
    return answer({"data": [role_json(one) for one in Role.objects.order_by("id")]})


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def role_item(request: MemberRequest, role_id: int) -> HttpResponse:
    """One role; PATCH takes name and grants, which replace what was granted; DELETE one that nobody has."""
    _require(request.actor)
    found = _found(role_id)
    if request.method == "DELETE":
        _told(lambda: remove_role(role=found, by=request.actor))
        return HttpResponse(status=204)
    if request.method == "PATCH":
        given = _given(request)
        _told(lambda: change_role(role=found, by=request.actor, **given))
    return answer(role_json(found))


def role_json(role: Role) -> dict[str, Any]:
    """A role as the API tells it."""
    return {
        "id": str(role.pk),
        "name": role.label,
        "system": role.system or None,
        "administers": role.administers,
        "grants": role.grants,
    }


def _found(role_id: int) -> Role:
    found: Role | None = Role.objects.filter(pk=role_id).first() if role_id < 2**63 else None
    if found is None:
        raise NotFound(f"role {role_id}")
    return found


def _add(request: MemberRequest) -> HttpResponse:
    given = {"name": "", "grants": {}, **_given(request)}
    made = _told(lambda: add_role(by=request.actor, **given))
    return answer(role_json(made), 201, Location=f"/api/v1/roles/{made.pk}")


def _given(request: MemberRequest) -> dict[str, Any]:
    sent = read_object(request.body)
    unknown = [name for name in sent if name not in ("name", "grants")]
    if unknown or not isinstance(sent.get("name", ""), str):
        name = unknown[0] if unknown else "name"
        raise InvalidValues({name[:60]: [FieldError("unknown_field", "name, grants")]})
    return sent


def _told(do: Any) -> Any:
    """What identity refuses, as the API says it."""
    try:
        return do()
    except ValidationError as problem:
        raise InvalidValues({"role": [FieldError("role", " ".join(problem.messages))]}) from problem
    except PermissionDenied as problem:
        raise Refused(str(problem) or "role.change") from problem


def _require(by: Actor) -> None:
    if not by.administers:
        raise Refused("role.see")
