"""The checklist of a stage and the ways out of it as text, in the files of shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.sales.gates.models import Passage, StageCheck

GATE = ("checks", "ways")


def gate_as_text(stage: Any) -> dict[str, Any]:
    """{"checks": [{"name", "needed"}], "ways": [{"to", "role"}]}; what there is none of is left out."""
    checks = StageCheck.objects.filter(stage=stage, archived_at=None).order_by("position", "pk")
    ways = Passage.objects.filter(stage=stage, archived_at=None).select_related("to")
    found = {
        "checks": [{"name": one.name, "needed": one.needed} for one in checks],
        "ways": [
            {"to": one.to.name, **({"role": one.role} if one.role else {})}
            for one in ways.order_by("to__position", "role", "pk")
        ],
    }
    return {name: rows for name, rows in found.items() if rows}


def set_gate_as_text(stage: Any, wanted: Mapping[str, Any], stages: Mapping[str, Any], *, by: Actor) -> None:
    """As the file says, of a stage among those of its pipeline by name. Raises InvalidValues."""
    checks = {str(one["name"]): bool(one.get("needed", True)) for one in _rows(wanted, "checks", "name")}
    there = {one.name: one for one in StageCheck.objects.filter(stage=stage, archived_at=None)}
    for name in set(there) - set(checks):
        archive_record(there[name], by=by)
    for position, (name, needed) in enumerate(checks.items()):
        values = {"needed": needed, "position": position}
        if name in there:
            change_record(there[name], values, by=by)
        else:
            create_record(object="stage_check", values={"stage": stage.pk, "name": name, **values}, by=by)
    ways = {(str(one["to"]), str(one.get("role") or "")) for one in _rows(wanted, "ways", "to")}
    for there_now in Passage.objects.filter(stage=stage, archived_at=None).select_related("to"):
        named = (there_now.to.name, there_now.role or "")
        if named in ways:
            ways.discard(named)
        else:
            archive_record(there_now, by=by)
    for to, role in sorted(ways):
        if to not in stages:
            _refuse("ways")
        way = {"stage": stage.pk, "to": stages[to].pk}
        create_record(object="passage", values={**way, "role": role}, by=by)


def _rows(wanted: Mapping[str, Any], part: str, key: str) -> list[Mapping[str, Any]]:
    rows = wanted.get(part) or []
    known = {"checks": {"name", "needed"}, "ways": {"to", "role"}}[part]
    fits = isinstance(rows, list) and all(
        isinstance(one, dict) and isinstance(one.get(key), str) and not set(one) - known for one in rows
    )
    if not fits:
        _refuse(part)
    return list(rows)


def _refuse(part: str) -> None:
    words = _("A checklist has lines with a name; a way leads to a stage of the pipeline.")
    raise InvalidValues({part: [FieldError("pipeline", words)]})
