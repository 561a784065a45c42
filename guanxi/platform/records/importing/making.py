"""Records that rows name but nobody has: made when the plan says so, of their title alone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.actions.teams import add_team
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Team
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.importing.lookups import Lookup, fold
from guanxi.platform.records.importing.memberships import add_members, importable
from guanxi.platform.records.importing.naming import make_tags
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.writing import create_record, create_typed_records

AT_ONCE = 500


def make_targets(
    field: Field, texts: list[str], *, lookup: Lookup, by: Actor, within: dict[str, Any], data: dict[str, Any]
) -> None:
    """Make what `texts` name and let the lookup know. Raises Refused where `by` may not."""
    if field.type == "tags":
        for text, tag_id in zip(texts, make_tags(texts), strict=True):
            lookup.add(text, tag_id)
        return
    if field.type == "member":
        for text, member_id in zip(
            texts, add_members([{"name": text} for text in texts], by=by), strict=True
        ):
            lookup.add(text, member_id)
        return
    if field.type == "team":
        top = Team.objects.filter(parent=None).order_by("pk").first()
        for text in texts:
            lookup.add(text, add_team(name=text, parent=top, by=by).pk)
        return
    target = registry.get(getattr(field, "to", ""))
    order = target.fields_by_name.get("position")
    if order is not None and order.type == "integer":  # not a place on the map
        for text in texts:
            values = {**target.model_class.named(text), **within}
            values["position"] = target.rows().filter(archived_at=None, **within).count()
            lookup.add(text, create_record(object=target.name, values=values, by=by, data=data).pk)
        return
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        for text, record in zip(some, _made(target, some, by=by, data=data, within=within), strict=True):
            lookup.add(text, record.pk)


def _made(
    target: Object, texts: list[str], *, by: Actor, data: dict[str, Any], within: dict[str, Any]
) -> list[Any]:
    """New records with these titles; one by one where a unique field is among what they are given."""
    given = [{**target.model_class.named(text), **within} for text in texts]
    if any(target[name].unique for values in given for name in values):
        return [create_record(object=target.name, values=values, by=by, data=data) for values in given]
    return create_typed_records(object=target.name, rows=given, by=by, data=data)


def ensure_group(plan: FilePlan, *, by: Actor) -> dict[str, Any]:
    """The group (a pipeline) into which missing lanes (stages) are made, as values of a lane.

    Made where the plan names one that is not there, or where there is none at all.
    """
    obj = importable(plan.object)
    board = obj.board
    if board is None or not board.group:
        return {}
    target = registry.get(getattr(obj[board.group], "to", ""))
    rows = target.rows().filter(archived_at=None).order_by("position", "pk")
    named = plan.fixed.get(board.group, "")
    found = next((row for row in rows if not named or fold(str(row)) == fold(named)), None)
    if found is None:
        values = target.model_class.named(named or _("Imported"))
        found = create_record(object=target.name, values={**values, "position": rows.count()}, by=by)
        plan.fixed[board.group] = str(found)
    return {board.group: found.pk}
