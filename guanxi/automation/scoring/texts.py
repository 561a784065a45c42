"""Scores as text: in the files of shapes (`guanxi objects`, `/api/v1/shape`), and one by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.automation.scoring.actions import (
    add_model,
    change_model,
    draft_rules,
    publish_rules,
    switch_off,
    switch_on,
)
from guanxi.automation.scoring.models import ScoreModel
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.layouts import TextPart, register_text_part
from guanxi.platform.metadata.texts import read_shape, to_toml

PART = "scores"


def scores_as_text() -> dict[str, dict[str, Any]]:
    """{object: {field: {title, on, leads, counts}}}."""
    found: dict[str, dict[str, Any]] = {}
    for row in ScoreModel.objects.order_by("object", "field"):
        found.setdefault(row.object, {})[row.field] = _values(row, row.rules)
    return found


def set_score_as_text(object: str, name: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """One score of a file; None switches it off. Raises Refused, and InvalidValues that names the part."""
    row = ScoreModel.objects.filter(object=object, field=name).first()
    if values is None:
        if row is not None:
            switch_off(row.pk, by=by)
        return
    title, on, leads = str(values.get("title") or ""), bool(values.get("on")), values.get("leads", 50)
    rules = values.get("counts") or []
    if row is None:
        add_model(object=object, field=name, title=title, rules=rules, leads=leads, on=on, by=by)
        return
    change_model(row.pk, title=title or row.title, leads=leads, by=by)
    draft_rules(row.pk, rules, by=by)
    publish_rules(row.pk, by=by)
    (switch_on if on else switch_off)(row.pk, by=by)


def write_score(row: ScoreModel) -> str:
    """One score as a file of shapes would have it; its draft, where it has one."""
    values = _values(row, row.rules if row.draft is None else row.draft)
    return to_toml({"objects": {row.object: {PART: {row.field: values}}}})


def read_score(text: str) -> list[Mapping[str, Any]]:
    """The rules of a text with one score; raises FieldError for what is none."""
    shape = read_shape(text)
    found = [one for parts in shape["objects"].values() for one in (parts.get(PART) or {}).values()]
    if len(found) != 1:
        raise FieldError("file", _("This text should hold one score."))
    return list(found[0].get("counts") or [])


def _values(row: ScoreModel, rules: list[dict[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {"title": row.title}
    if row.on_at is not None:
        values["on"] = True
    return values | {"leads": row.leads, "counts": [dict(one) for one in rules]}


register_text_part(TextPart(PART, scores_as_text, set_score_as_text))
