"""Roles: for each object which verbs, how far each access reaches, and what is seen of its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actions.roles import add_role, change_role, remove_role
from guanxi.platform.identity.actors import ACCESSES, BY_NAME_ONLY
from guanxi.platform.identity.doors import administrator_required
from guanxi.platform.identity.models import Role, Team
from guanxi.platform.identity.permissions import (
    REACHES,
    SYSTEM_ROLES,
    PermissionField,
    PermissionObject,
    permission_objects,
)
from guanxi.platform.identity.requests import MemberRequest
from guanxi.web.components import Option
from guanxi.web.pages import redirect_or_fragment, render_page, toast

_GENERAL = "*"
_INHERIT = ""
_CHOSEN = "chosen"
_PARTS = {"verbs", *ACCESSES}


@dataclass(frozen=True, slots=True)
class Scope:
    """One access of a row: what is chosen ("" follows the general row), and how it is called."""

    name: str
    value: str
    label: str
    aria: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One object in the grid. The scopes are "" where the row follows the general one."""

    name: str
    label: str
    verbs: list[tuple[str, str, bool]]  # name, label, whether granted
    scopes: list[Scope]
    limited: int  # fields that are less than "edit"
    has_fields: bool
    teams: int


@require_GET
@administrator_required
def roles(request: MemberRequest) -> HttpResponse:
    """The roles of the workspace, and how many have each."""
    working = Count("members", filter=Q(members__left_at=None))
    context = {"roles": Role.objects.annotate(working=working).order_by("id")}
    return render_page(request, "identity/roles.html", context, title=_("Roles"))


@require_http_methods(["GET", "POST"])
@administrator_required
def new_role(request: MemberRequest) -> HttpResponse:
    """A role that begins as a copy of another one (`?from=id`), else of Sales."""
    source = request.GET.get("from", "")
    copied = Role.objects.filter(pk=read_whole(source) or 0).first()
    grants = copied.grants if copied else dict(SYSTEM_ROLES["member"].grants)
    name, problem = "", ""
    if request.method == "POST":
        name, grants = request.POST.get("name", ""), read_grid(request.POST, grants)
        try:
            add_role(name=name, grants=grants, by=request.actor)
        except (ValidationError, PermissionDenied) as error:
            problem = _words_of(error)
        else:
            return toast(redirect_or_fragment(request, "/settings/roles/"), _("Role added."))
    context = {"role": None, "name": name, "rows": grid(grants), "problem": problem}
    return _page(request, context, title=_("New role"), problem=problem)


@require_http_methods(["GET", "POST"])
@administrator_required
def role(request: MemberRequest, role_id: int) -> HttpResponse:
    """One role. Members feel a change with their next request."""
    found: Role = get_object_or_404(Role, pk=role_id)
    name, grants, problem = found.name, found.grants, ""
    if request.method == "POST":
        name, grants = request.POST.get("name", ""), read_grid(request.POST, found.grants)
        if "again" in request.POST:  # back from what would change: nothing is lost and nothing saved
            context = {"role": found, "name": name, "rows": grid(grants), "problem": ""}
            return _page(request, context, title=found.label, problem="")
        try:
            change_role(role=found, name=name, grants=grants, by=request.actor)
        except (ValidationError, PermissionDenied) as error:
            problem = _words_of(error)
        else:
            return toast(redirect_or_fragment(request, "/settings/roles/"), _("Saved."))
    context = {"role": found, "name": name, "rows": grid(grants), "problem": problem}
    return _page(request, context, title=found.label, problem=problem)


@require_POST
@administrator_required
def remove(request: MemberRequest, role_id: int) -> HttpResponse:
    """Remove a role nobody has."""
    found: Role = get_object_or_404(Role, pk=role_id)
    try:
        remove_role(role=found, by=request.actor)
    except ValidationError as error:
        return toast(redirect_or_fragment(request, f"/settings/roles/{role_id}/"), " ".join(error.messages))
    words = _("Role %(name)s removed.") % {"name": found.label}
    return toast(redirect_or_fragment(request, "/settings/roles/"), words)


@require_http_methods(["GET", "POST"])
@administrator_required
def role_object(request: MemberRequest, role_id: int, name: str) -> HttpResponse:
    """What a role may do with the fields of one object, and the teams that it names for it."""
    found: Role = get_object_or_404(Role, pk=role_id)
    one = next((one for one in permission_objects() if one.name == name), None)
    if one is None and name != _GENERAL_WORD:
        raise Http404
    key = one.name if one else _GENERAL
    grants, problem = found.grants, ""
    if request.method == "POST":
        grants = read_details(request.POST, found.grants, key, one.fields() if one else [])
        try:
            change_role(role=found, grants=grants, by=request.actor)
        except (ValidationError, PermissionDenied) as error:
            problem = _words_of(error)
        else:
            return toast(redirect_or_fragment(request, f"/settings/roles/{role_id}/"), _("Saved."))
    grant = grants.get(key, {})
    chosen = {int(team) for access in ACCESSES for team in _teams_in(grant.get(access))}
    words = field_right_words()
    rights = grant.get("fields", {})
    context = {
        "role": found,
        "one": one,
        "fields": [
            (part, [Option(right, words[right]) for right in part.rights], rights.get(part.name, "edit"))
            for part in (one.fields() if one else [])
        ],
        "teams": [(team, team.pk in chosen) for team in Team.objects.order_by("path")],
        "uses_teams": any(isinstance(grant.get(access), list) for access in ACCESSES),
        "problem": problem,
    }
    label = one.label if one else _("All records")
    title = _("%(role)s: %(object)s") % {"role": found.label, "object": label}
    return render_page(
        request, "identity/role_object.html", context, title=title, status=422 if problem else 200
    )


_GENERAL_WORD = "all"


# ── The grid ─────────────────────────────────────────────────────────────────────────────────────────────


def grid(grants: Mapping[str, Any]) -> list[GridRow]:
    """The grants as rows: the general one first, then every registered object."""
    general: dict[str, L] = {}
    for one in permission_objects():
        if one.name != "member":
            general |= {name: label for name, label in one.verbs.items() if name not in general}
    rows = [_row(PermissionObject(_GENERAL, _all_records(), general), grants.get(_GENERAL))]
    rows += [_row(one, grants.get(one.name), grants.get(_GENERAL)) for one in permission_objects()]
    return rows


def read_grid(posted: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The grants that were chosen. Objects the grid does not show keep what they had.

    Where every verb is granted, or "every verb" was granted before, verbs that come later are granted too.
    """
    rows = grid(before)
    grants = {name: grant for name, grant in before.items() if name not in {row.name for row in rows}}
    general: Mapping[str, Any] = {}
    for row in rows:
        kept = before.get(row.name, {})
        more = {part: what for part, what in kept.items() if part not in _PARTS}
        chosen = set(posted.getlist(f"verb:{row.name}"))
        scopes = {access: posted.get(f"{access}:{row.name}", _INHERIT) for access in ACCESSES}
        same = chosen == {name for name, _label, granted in row.verbs if granted}
        if row.name != _GENERAL and same and not any(scopes.values()):
            if more:
                grants[row.name] = more
            continue  # still follows the general row
        grant = {**more, "verbs": _verbs(row, chosen, kept.get("verbs", general.get("verbs", ())))}
        for access, value in scopes.items():
            given = _read_scope(value, kept.get(access), general.get(access))
            if given is not None:
                grant[access] = given
        grants[row.name] = _bounded(grant)
        if row.name == _GENERAL:
            general = grants[row.name]
    return grants


def _read_scope(value: str, before: Any, general: Any) -> Any:
    """How an access is kept: a word, or the list of teams that was there; None leaves it out."""
    if value == _CHOSEN:
        return before if isinstance(before, list) else []
    return value or general


def _bounded(grant: dict[str, Any]) -> dict[str, Any]:
    """Nothing goes further than seeing does."""
    see = grant.setdefault("see", "none")
    grant.setdefault("edit", "none")
    for access in ("edit", "delete", "export"):
        value = grant.get(access)
        if isinstance(value, list) and isinstance(see, list):
            grant[access] = [team for team in value if team in see]
        elif value is not None and _further(value, see):
            grant[access] = see
    return grant


def _further(value: Any, see: Any) -> bool:
    if isinstance(value, list) or isinstance(see, list):
        return bool(see != "all" if isinstance(value, list) else value == "all")
    return REACHES.get(value, 0) > REACHES.get(see, 0)


def _verbs(row: GridRow, chosen: set[str], before: Iterable[str]) -> list[str]:
    known = {name for name, _label, _granted in row.verbs}
    by_name = chosen & BY_NAME_ONLY
    usual, chosen = known - BY_NAME_ONLY, chosen - BY_NAME_ONLY
    if chosen and ("*" in before or chosen >= usual):
        unseen = {verb for verb in before if verb.startswith("-") and verb[1:] not in known}
        return ["*", *sorted(unseen | {f"-{verb}" for verb in usual - chosen} | by_name)]
    return sorted((chosen & known) | by_name)


def read_details(
    posted: QueryDict, before: Mapping[str, Any], name: str, fields: Iterable[PermissionField]
) -> dict[str, Any]:
    """The grants with the rights of one object's fields, and its chosen teams, as they were sent."""
    grant = dict(before.get(name, {}))
    rights = dict(grant.pop("fields", {}))
    for one in fields:
        right = posted.get(f"field:{one.name}", rights.get(one.name, "edit"))
        rights.pop(one.name, None)
        if right != "edit":
            rights[one.name] = right
    if rights:
        grant["fields"] = rights
    teams = sorted({team for team in posted.getlist("team") if team.isdecimal()})
    was = {team for access in ACCESSES for team in _teams_in(grant.get(access))}
    if set(teams) != was:
        for access in ACCESSES:
            if isinstance(grant.get(access), list):
                grant[access] = teams
    grants = {key: value for key, value in before.items() if key != name}
    return {**grants, name: grant} if grant else grants


def _teams_in(kept: Any) -> list[str]:
    return kept if isinstance(kept, list) else []


def field_right_words() -> dict[str, str]:
    """What the rights of a field are called."""
    return {
        "edit": _("Sees and edits"),
        "see": _("Sees"),
        "masked1": _("Masked, ends shown"),
        "masked2": _("Masked, only the end shown"),
        "masked3": _("Masked, only that it is there"),
        "hidden": _("Hidden"),
    }


def _all_records() -> L:
    return L(*(str(_("All records")),) * 3)


def reach_options() -> list[Option]:
    """How far an access goes, in words."""
    words = {
        "none": pgettext("reach", "None"),
        "own": pgettext("reach", "Own"),
        "team": pgettext("reach", "Team"),
        "team_below": pgettext("reach", "Team and below"),
        "all": pgettext("reach", "All"),
    }
    named = [Option(name, words[name]) for name in REACHES]
    return [*named[:-1], Option(_CHOSEN, pgettext("reach", "Chosen teams")), named[-1]]


def _row(
    one: PermissionObject, own: Mapping[str, Any] | None, general: Mapping[str, Any] | None = None
) -> GridRow:
    rights = (own or {}).get("fields", {})
    if own is not None and set(own) <= {"fields"}:
        own = None  # it follows the general row in everything else
    granted = (own if own is not None else general or {}).get("verbs", ())
    if one.name == "member" and own is None:
        granted = ()  # people are never granted along with records
    label = str(one.label)
    return GridRow(
        name=one.name,
        label=label,
        verbs=[
            (
                verb,
                str(words),
                verb in granted or ("*" in granted and not {f"-{verb}", verb} & {*granted, *BY_NAME_ONLY}),
            )
            for verb, words in one.verbs.items()
        ],
        scopes=[
            Scope(access, _scope_of(own, access), words["label"], words["aria"] % {"object": label})
            for access, words in _access_words().items()
        ],
        limited=sum(right != "edit" for right in rights.values()),
        has_fields=bool(one.fields()),
        teams=len({team for access in ACCESSES for team in _teams_in((own or {}).get(access))}),
    )


def _scope_of(own: Mapping[str, Any] | None, access: str) -> str:
    if own is None or access not in own:
        return _INHERIT if own is None or access in ("delete", "export") else "none"
    return _CHOSEN if isinstance(own[access], list) else str(own[access])


def _access_words() -> dict[str, dict[str, str]]:
    return {
        "see": {"label": _("Sees"), "aria": _("How far %(object)s are seen")},
        "edit": {"label": _("Edits"), "aria": _("How far %(object)s are edited")},
        "delete": {"label": _("Deletes"), "aria": _("How far %(object)s are deleted")},
        "export": {"label": _("Exports"), "aria": _("How far %(object)s are exported")},
    }


def _words_of(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _page(request: MemberRequest, context: dict[str, Any], *, title: str, problem: str) -> HttpResponse:
    heads = [words["label"] for words in _access_words().values()]
    context = {**context, "reaches": reach_options(), "heads": heads}
    return render_page(request, "identity/role.html", context, title=title, status=422 if problem else 200)
