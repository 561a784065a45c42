"""Processes as text: in the files of shapes (`guanxi objects`, `/api/v1/shape`), and one by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.automation.approvals.models import ApprovalProcess
from guanxi.automation.approvals.processes import (
    add_process,
    archive_process,
    change_process,
    switch_process,
)
from guanxi.automation.approvals.recipe import PARTS
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.layouts import TextPart, register_text_part
from guanxi.platform.metadata.texts import read_shape, to_toml

PART = "approvals"


def processes_as_text() -> dict[str, dict[str, Any]]:
    """{object: {name: {title, on, if, steps, …}}}: what is not archived."""
    found: dict[str, dict[str, Any]] = {}
    for row in ApprovalProcess.objects.filter(archived_at=None).order_by("object", "position", "id"):
        found.setdefault(row.object, {})[row.name] = _values(row)
    return found


def set_process_as_text(object: str, name: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """One process of a file; None archives it. Raises Refused, and InvalidValues that names the part."""
    row = ApprovalProcess.objects.filter(name=name).first()
    if values is None:
        if row is not None:
            archive_process(row.pk, archived=True, by=by)
        return
    title, on = str(values.get("title") or name), bool(values.get("on"))
    recipe = _recipe(values)
    if row is None:
        add_process(object=object, name=name, title=title, recipe=recipe, by=by, on=on)
        return
    if row.object != object:
        said = _("“%(value)s” is taken already.") % {"value": name}
        raise InvalidValues({name: [FieldError("unique", said)]})
    if row.archived_at is not None:
        archive_process(row.pk, archived=False, by=by)
    change_process(row.pk, title=title, recipe=recipe, by=by)
    switch_process(row.pk, on=on, by=by)


def write_process(row: ApprovalProcess) -> str:
    """One process as a file of shapes would have it."""
    return to_toml({"objects": {row.object: {PART: {row.name: _values(row)}}}})


def read_process(text: str) -> dict[str, Any]:
    """The recipe of a text with one process; raises FieldError for what is none."""
    shape = read_shape(text)
    found = [one for parts in shape["objects"].values() for one in (parts.get(PART) or {}).values()]
    if len(found) != 1:
        raise FieldError("file", _("This text should hold one process of approval."))
    return _recipe(found[0])


def _recipe(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in values.items() if name not in ("title", "on")}


def _values(row: ApprovalProcess) -> dict[str, Any]:
    values: dict[str, Any] = {"title": row.title} | ({"on": True} if row.on_at is not None else {})
    return values | {name: row.recipe[name] for name in PARTS if name in row.recipe}


register_text_part(TextPart(PART, processes_as_text, set_process_as_text))
