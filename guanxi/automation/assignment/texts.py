"""Plans as text: in the files of shapes (`guanxi objects`, `/api/v1/shape`), and one by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.automation.assignment.actions import add_plan, change_plan, plan_named, switch_plan
from guanxi.automation.assignment.models import AssignmentPlan
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.layouts import TextPart, register_text_part
from guanxi.platform.metadata.texts import read_shape, to_toml

PART = "assignment"


def plans_as_text() -> dict[str, dict[str, Any]]:
    """{object: {name: {title, on, if, how, members, …}}}; members by email."""
    found: dict[str, dict[str, Any]] = {}
    for row in AssignmentPlan.objects.order_by("object", "position", "pk"):
        found.setdefault(row.object, {})[row.name] = _values(row)
    return found


def set_plan_as_text(object: str, name: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """One plan of a file; None switches it off. Raises Refused, and InvalidValues that names the part."""
    row = plan_named(name)
    if values is None:
        if row is not None:
            switch_plan(row.pk, on=False, by=by)
        return
    title, on = str(values.get("title") or name), bool(values.get("on"))
    plan = {key: one for key, one in values.items() if key not in ("title", "on")}
    if row is None:
        add_plan(object=object, name=name, title=title, plan=plan, on=on, by=by)
        return
    if row.object != object:
        taken = _("“%(value)s” is taken already.") % {"value": name}
        raise InvalidValues({name: [FieldError("unique", taken)]})
    change_plan(row.pk, title=title, plan=plan, by=by)
    switch_plan(row.pk, on=on, by=by)


def write_plan(row: AssignmentPlan) -> str:
    """One plan as a file of shapes would have it."""
    return to_toml({"objects": {row.object: {PART: {row.name: _values(row)}}}})


def read_plan(text: str) -> tuple[str, dict[str, Any]]:
    """Title and plan of a text with one of them; raises FieldError for what is none."""
    shape = read_shape(text)
    found = [one for parts in shape["objects"].values() for one in (parts.get(PART) or {}).values()]
    if len(found) != 1:
        raise FieldError("file", _("This text should hold one plan."))
    values = found[0]
    return str(values.get("title") or ""), {k: v for k, v in values.items() if k not in ("title", "on")}


def _values(row: AssignmentPlan) -> dict[str, Any]:
    values: dict[str, Any] = {"title": row.title}
    if row.on_at is not None:
        values["on"] = True
    ids = [one["who"] for one in row.plan.get("members", ())]
    emails = dict(Member.objects.filter(pk__in=ids).values_list("pk", "user__email"))
    members = [{**one, "who": emails.get(one["who"], str(one["who"]))} for one in row.plan.get("members", ())]
    return values | {**row.plan, "members": members}


register_text_part(TextPart(PART, plans_as_text, set_plan_as_text))
