"""Roles: for each object which verbs, and how far seeing and editing reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actions.roles import add_role, change_role, remove_role
from guanxi.platform.identity.doors import administrator_required
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.permissions import REACHES, SYSTEM_ROLES, permission_objects
from guanxi.platform.identity.requests import MemberRequest
from guanxi.web.components import Option
from guanxi.web.pages import redirect_or_fragment, render_page, toast

_GENERAL = "*"
_INHERIT = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One object in the grid. `see` and `edit` are "" where the row follows the general one."""

    name: str
    label: str
    verbs: list[tuple[str, str, bool]]  # name, label, whether granted
    see: str
    edit: str


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


# ── The grid ─────────────────────────────────────────────────────────────────────────────────────────────


def grid(grants: Mapping[str, Any]) -> list[GridRow]:
    """The grants as rows: the general one first, then every registered object."""
    general: dict[str, L] = {}
    for one in permission_objects():
        if one.name != "member":
            general |= {name: label for name, label in one.verbs.items() if name not in general}
    rows = [_row(_GENERAL, _("All records"), general, grants.get(_GENERAL))]
    for one in permission_objects():
        own = grants.get(one.name)
        rows.append(_row(one.name, str(one.label), one.verbs, own, grants.get(_GENERAL)))
    return rows


def read_grid(posted: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The grants that were chosen. Objects the grid does not show keep what they had.

    Where every verb is granted, or "every verb" was granted before, verbs that come later are granted too.
    """
    rows = grid(before)
    grants = {name: grant for name, grant in before.items() if name not in {row.name for row in rows}}
    for row in rows:
        chosen = set(posted.getlist(f"verb:{row.name}"))
        see, edit = (posted.get(f"{access}:{row.name}", _INHERIT) for access in ("see", "edit"))
        if see == edit == _INHERIT and chosen == {name for name, _label, granted in row.verbs if granted}:
            continue  # still follows the general row
        see = see or posted.get(f"see:{_GENERAL}", "none")
        edit = edit or posted.get(f"edit:{_GENERAL}", "none")
        grants[row.name] = {
            "verbs": _verbs(row, chosen, before.get(row.name, {}).get("verbs", ())),
            "see": see,
            "edit": edit if REACHES.get(edit, 0) <= REACHES.get(see, 0) else see,
        }
    return grants


def _verbs(row: GridRow, chosen: set[str], before: Iterable[str]) -> list[str]:
    known = {name for name, _label, _granted in row.verbs}
    if chosen and ("*" in before or chosen >= known):
        unseen = {verb for verb in before if verb.startswith("-") and verb[1:] not in known}
        return ["*", *sorted(unseen | {f"-{verb}" for verb in known - chosen})]
    return sorted(chosen & known)


def reach_options() -> list[Option]:
    """How far seeing or editing goes, in words."""
    words = {
        "none": pgettext("reach", "None"),
        "own": pgettext("reach", "Own"),
        "team": pgettext("reach", "Team"),
        "team_below": pgettext("reach", "Team and below"),
        "all": pgettext("reach", "All"),
    }
    return [Option(name, words[name]) for name in REACHES]


def _row(
    name: str,
    label: str,
    verbs: Mapping[str, L],
    own: Mapping[str, Any] | None,
    general: Mapping[str, Any] | None = None,
) -> GridRow:
    granted = (own if own is not None else general or {}).get("verbs", ())
    if name == "member" and own is None:
        granted = ()  # people are never granted along with records
    return GridRow(
        name=name,
        label=label,
        verbs=[
            (verb, str(words), verb in granted or ("*" in granted and f"-{verb}" not in granted))
            for verb, words in verbs.items()
        ],
        see=own.get("see", "none") if own is not None else _INHERIT,
        edit=own.get("edit", "none") if own is not None else _INHERIT,
    )


def _words_of(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _page(request: MemberRequest, context: dict[str, Any], *, title: str, problem: str) -> HttpResponse:
    context = {**context, "reaches": reach_options()}
    return render_page(request, "identity/role.html", context, title=title, status=422 if problem else 200)
