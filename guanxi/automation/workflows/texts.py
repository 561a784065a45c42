"""Workflows as text: in the files of shapes (`guanxi objects`, `/api/v1/shape`), and one by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.utils.translation import gettext as _

from guanxi.automation.workflows.actions import (
    add_workflow,
    archive_workflow,
    change_workflow,
    publish_workflow,
    restore_workflow,
    switch_off,
    switch_on,
)
from guanxi.automation.workflows.models import SECRET, Workflow
from guanxi.automation.workflows.portable import portable, with_secrets
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.layouts import TextPart, register_text_part
from guanxi.platform.metadata.texts import read_shape, to_toml
from guanxi.platform.tenancy.sealing import emptied

PART = "workflows"


def workflows_as_text() -> dict[str, dict[str, Any]]:
    """{object: {name: {title, on, acts_as, when, if, …}}}: what is published, without secrets."""
    found: dict[str, dict[str, Any]] = {}
    rows = Workflow.objects.filter(archived_at=None, version__gt=0).select_related("acts_as__user")
    for row in rows.order_by("object", "position", "id"):
        found.setdefault(row.object, {})[row.name] = _values(row, row.recipe)
    return found


def set_workflow_as_text(object: str, name: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """One workflow of a file; None archives it. Raises Refused, and InvalidValues that names the part."""
    row = Workflow.objects.filter(name=name).first()
    if values is None:
        if row is not None:
            archive_workflow(row.pk, by=by)
        return
    title, on = str(values.get("title") or name), bool(values.get("on"))
    recipe = {key: one for key, one in values.items() if key not in ("title", "on", "acts_as")}
    acts_as = _member(values.get("acts_as"))
    if row is None:
        add_workflow(object=object, name=name, title=title, recipe=recipe, acts_as=acts_as, by=by, on=on)
        return
    if row.object != object:
        raise InvalidValues(
            {name: [FieldError("unique", _("“%(value)s” is taken already.") % {"value": name})]}
        )
    if row.archived_at is not None:
        restore_workflow(row.pk, by=by)
    recipe = with_secrets(recipe, row.recipe)
    change_workflow(row.pk, title=title, recipe=recipe, acts_as=acts_as, by=by)
    publish_workflow(row.pk, by=by)
    (switch_on if on else switch_off)(row.pk, by=by)


def write_workflow(row: Workflow) -> str:
    """One workflow as a file of shapes would have it; its draft, where it has one."""
    values = _values(row, row.draft or row.recipe)
    return to_toml({"objects": {row.object: {PART: {row.name: values}}}})


def read_workflow(text: str, row: Workflow) -> dict[str, Any]:
    """The recipe of a text with one workflow, with secrets of `row`; raises FieldError for what is none."""
    shape = read_shape(text)
    found = [one for parts in shape["objects"].values() for one in (parts.get(PART) or {}).values()]
    if len(found) != 1:
        raise FieldError("file", _("This text should hold one workflow."))
    recipe = {key: one for key, one in found[0].items() if key not in ("title", "on", "acts_as")}
    return cast("dict[str, Any]", with_secrets(recipe, row.draft or row.recipe))


def _values(row: Workflow, recipe: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"title": row.title}
    if row.on_at is not None:
        values["on"] = True
    if row.acts_as is not None:
        values["acts_as"] = row.acts_as.user.email
    recipe = emptied(recipe, SECRET)
    if registry.has(row.object):
        recipe = portable(recipe, registry.get(row.object))
    return values | {
        name: recipe[name]
        for name in ("when", "if", "formula", "imports", "most_a_day", "steps")
        if name in recipe
    }


def _member(given: Any) -> int | None:
    if not given:
        return None
    member = Member.objects.filter(user__email=str(given).lower(), left_at=None).first()
    if member is None:
        raise InvalidValues({"acts_as": [FieldError("member", _("There is no such member."))]})
    return int(member.pk)


register_text_part(TextPart(PART, workflows_as_text, set_workflow_as_text))
