"""The lines of a process as plain forms: what each asks, and how what was typed becomes the recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.automation.approvals.recipe import amount_fields
from guanxi.automation.workflows.forms import Asked, object_options, read_lines
from guanxi.platform.identity.models import Member, Role, Team
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.web.components import Option

__all__ = ["edited", "form_of", "messages", "object_options", "title_of"]
MOST_LISTED = 200


def form_of(
    obj: Object, recipe: Mapping[str, Any], edit: str, typed: QueryDict | None = None
) -> list[Asked] | None:
    """The controls of a line: "if", "rules", "step:2", "add"; None for what is none."""
    if edit == "if":
        value = typed.get("if", "") if typed is not None else recipe.get("if", "")
        return [_condition(value)]
    if edit == "rules":
        return _rules(_read_rules(typed) if typed is not None else recipe)
    step = {} if edit == "add" else _step_at(recipe, edit)
    if step is None:
        return None
    return _step(obj, _read_step(typed) if typed is not None else step)


def title_of(edit: str) -> str:
    words = {"if": _("If"), "rules": _("Rules"), "add": _("Add a step"), "title": pgettext("thing", "Name")}
    return words.get(edit, _("Step"))


def edited(recipe: Mapping[str, Any], do: str, edit: str, typed: QueryDict) -> dict[str, Any] | None:
    """The recipe after what a form says; None for what there is not."""
    kept: dict[str, Any] = {**recipe, "steps": list(recipe.get("steps", ()))}
    if do == "save" and edit == "if":
        return {**kept, "if": typed.get("if", "")}
    if do == "save" and edit == "rules":
        return kept | _read_rules(typed)
    if do == "save" and edit == "add":
        kept["steps"].append(_read_step(typed))
        return kept
    if _step_at(recipe, edit) is None:
        return None
    at, steps = int(edit.partition(":")[2]), kept["steps"]
    if do == "save":
        steps[at] = _read_step(typed)
    elif do == "drop":
        del steps[at]
    else:
        other = at + (-1 if do == "up" else 1)
        if 0 <= other < len(steps):
            steps[at], steps[other] = steps[other], steps[at]
    return kept


def messages(problem: InvalidValues) -> list[str]:
    """What is wrong, with the number of the step."""
    found = []
    for path, errors in problem.errors.items():
        number = path.removeprefix("steps.").partition(".")[0] if path.startswith("steps.") else ""
        prefix = _("Step %(number)d: ") % {"number": int(number) + 1} if number.isdecimal() else ""
        found += [f"{prefix}{one.message}" for one in errors]
    return found


def _step_at(recipe: Mapping[str, Any], edit: str) -> Mapping[str, Any] | None:
    kind, _colon, number = edit.partition(":")
    steps = recipe.get("steps", ())
    if kind != "step" or not number.isdecimal() or int(number) >= len(steps):
        return None
    found: Mapping[str, Any] = steps[int(number)]
    return found


def _condition(value: str, label: str = "") -> Asked:
    hint = _("As in a list’s address: %(example)s") % {"example": "level in (A, B)"}
    return Asked("if", label or _("Condition"), "area", value, hint=hint, mono=True)


def _rules(recipe: Mapping[str, Any]) -> list[Asked]:
    authors = [
        Option("never", _("No")),
        Option("administrators", _("Administrators only")),
        Option("always", _("Yes")),
    ]
    nobody = [
        Option("admins", _("Administrators are asked")),
        Option("pass", _("The step is passed over")),
    ]
    return [
        Asked(
            "author",
            _("May who has submitted it sign?"),
            "select",
            recipe.get("author", "never"),
            options=authors,
        ),
        Asked("nobody", _("Where there is nobody"), "select", recipe.get("nobody", "admins"), options=nobody),
        Asked(
            "remind",
            _("Remind after hours"),
            "number",
            recipe.get("remind", 24),
            hint=_("0: nobody is reminded."),
        ),
    ]


def _step(obj: Object, step: Mapping[str, Any]) -> list[Asked]:
    chosen = list(step.get("ask", ()))
    hows = [
        Option("any", _("one of them is enough")),
        Option("all", _("all of them must")),
        Option("turn", _("one after the other")),
    ]
    people = [
        Option("head", _("Head of the owner’s team")),
        Option("approvers", _("Whoever may approve it")),
        *(Option(f"chain:{many}", _("Chain of %(count)s superiors") % {"count": many}) for many in (2, 3)),
        *(
            Option(f"chain:{name}", _("Superiors, by “%(field)s”") % {"field": obj[name].label})
            for name in amount_fields(obj)
        ),
    ]
    roles = [Option(f"role:{one.system or one.pk}", one.label) for one in Role.objects.order_by("pk")[:50]]
    teams = [Option(f"team:{one.pk}", one.name) for one in Team.objects.order_by("path")[:MOST_LISTED]]
    rows = Member.objects.filter(left_at=None, user__deactivated_at=None).select_related("user")
    members = [Option(f"member:{one.pk}", one.display_name) for one in rows.order_by("pk")[:MOST_LISTED]]
    offered = {one.value for one in (*people, *roles, *teams, *members)}
    other = [one for one in chosen if one not in offered]
    return [
        Asked("ask", _("Who is asked"), "checks", chosen, options=people),
        Asked("ask", _("Members of a role"), "checks", chosen, options=roles),
        Asked("ask", _("Members of a team"), "checks", chosen, options=teams),
        Asked("ask", _("Members"), "checks", chosen, options=members),
        Asked("other", _("Others"), "list", other, hint="chain:4, member:name@firm.example", mono=True),
        Asked("how", _("How many of them"), "select", step.get("how", "any"), options=hows),
        _condition(step.get("if", ""), _("Only where this is so")),
        Asked(
            "limits",
            _("Who may decide up to how much"),
            "lines",
            step.get("limits", {}),
            hint=_("For superiors by an amount, one a line: %(example)s")
            % {"example": "role:manager = 50000"},
            mono=True,
        ),
    ]


def _read_rules(typed: QueryDict) -> dict[str, Any]:
    return {name: typed.get(name, "") for name in ("author", "nobody", "remind")}


def _read_step(typed: QueryDict) -> dict[str, Any]:
    other = [one.strip() for one in typed.get("other", "").split(",") if one.strip()]
    found: dict[str, Any] = {
        "ask": list(dict.fromkeys([*typed.getlist("ask"), *other])),
        "how": typed.get("how", "any"),
        "if": typed.get("if", "").strip(),
    }
    limits = read_lines(typed.get("limits", ""))
    return found | ({"limits": limits} if limits else {})
