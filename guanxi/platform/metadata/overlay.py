"""From the rows that a workspace made to the objects that the engine knows.

A process keeps what it has made under the workspace's `objects_version`, which every change renews: the
request that comes after a change, in whatever process, finds another version and reads anew. A workspace
that has made nothing has the version 0 and costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.utils import timezone

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import computed_of, find_object, in_order, shape_of
from guanxi.platform.metadata.fields import Field, Money, Text
from guanxi.platform.metadata.fields.own import own_class
from guanxi.platform.metadata.formulas import FormulaError, check_formula
from guanxi.platform.metadata.kinds import KINDS, label_of
from guanxi.platform.metadata.metrics import Metric
from guanxi.platform.metadata.models import OwnField, OwnLayout, OwnMetric, OwnObject, Rule
from guanxi.platform.metadata.objects import Board, Object
from guanxi.platform.metadata.registry import Computed, Overlay
from guanxi.platform.tenancy.context import remembered
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

MODEL = "records.OwnRecord"
MOST_KEPT = 500  # workspaces in one process
FIRST_COLUMNS = 6
_kept: dict[int, tuple[int, Overlay]] = {}


@registry.load_overlays
def overlay_of(workspace_id: int) -> Overlay | None:
    """What a workspace has made, in its newest version; None for nothing."""
    version = objects_version(workspace_id)
    if not version:
        return None
    known = _kept.get(workspace_id)
    if known is not None and known[0] == version:
        return known[1]
    with reading():
        found = _build()
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[workspace_id] = (version, found)
    return found


def objects_version(workspace_id: int) -> int | None:
    """The version of what a workspace has made of its objects; 0 for nothing, None without the workspace."""
    memory = remembered()
    version: int | None = memory.get("objects_version")
    if version is None:
        version = Workspace.objects.values_list("objects_version", flat=True).filter(pk=workspace_id).first()
        if "objects_changed" not in memory:
            memory["objects_version"] = version
    return version


def renew_version(workspace_id: int) -> None:
    """Something of the workspace's objects has changed: all processes are to read them anew."""
    Workspace.objects.filter(pk=workspace_id).update(objects_version=new_key())
    memory = remembered()
    memory["objects_changed"] = True
    look_again()


def look_again() -> None:
    """What comes next is to be done with the objects as they are now: for jobs that take long."""
    memory = remembered()
    for name in ("objects", "objects_version"):
        memory.pop(name, None)


def field_of(row: OwnField) -> Field:
    """The field that a row describes."""
    kind = KINDS[row.type]
    if kind.computed:
        return _computed_field(row)
    given: dict[str, Any] = dict(kind.given(row.settings))
    if not kind.field.multiple:
        given["identifies"] = row.unique
    if row.kept_by:
        given["readonly"] = True
    made = own_class(kind.field_for(row.settings))
    return made(
        name=row.name,
        label=label_of(row.label),
        help=label_of(row.help) if row.help else None,
        required=row.required and not row.visible_if,
        unique=row.unique,
        synonyms=(row.name,),
        object_name=row.object,
        made_id=row.pk,
        json_key=row.key,
        place=row.place,
        **(
            {"default": _default(row, made(name=row.name, label=label_of(row.label), **given))}
            if row.default is not None
            else {}
        ),
        **given,
    )


def _computed_field(row: OwnField) -> Field:
    """A field of the type that its definition gives; nobody types into it."""
    result, shape = shape_of(row.settings)
    kind = KINDS[result]
    return own_class(kind.field_for(shape))(
        name=row.name,
        label=label_of(row.label),
        help=label_of(row.help) if row.help else None,
        readonly=True,
        computed=True,
        object_name=row.object,
        made_id=row.pk,
        json_key=row.key,
        place=row.place,
        **kind.given(shape),
    )


def object_of(row: OwnObject, fields: list[Field]) -> Object:
    """The object that a row describes."""
    names = [one.name for one in fields]
    columns = [name for name in row.columns if name in names]
    shown = (
        columns or [one.name for one in fields if one.type not in ("long_text", "rich_text")][:FIRST_COLUMNS]
    )
    lanes = row.board if row.board in names else ""
    return Object(
        name=row.name,
        plural=row.plural,
        label=label_of(row.label),
        plural_label=label_of(row.plural_label),
        icon=row.icon,
        tone=row.tone,
        model=MODEL,
        kind=row.name,
        fields=(Text(name="name", label=label_of(row.title_label), required=True), *fields),
        columns=("name", *shown, "owner", "updated_at"),
        subtitle=tuple(one.name for one in fields if one.type in ("choice", "link", "text"))[:2],
        sort="name",
        face=False,
        touched=row.touched,
        group=row.group,
        order=1_000 + row.position,
        board=Board(lanes=lanes, amount=_first_amount(fields)) if lanes else None,
    )


def metric_of(row: OwnMetric, plain: Overlay | None = None) -> Metric:
    """The metric that a row describes; the sum of an amount is one of those that lists compute."""
    obj = (plain.objects.get(row.object) if plain else None) or registry.shipped(row.object)
    field = obj.fields_by_name.get(row.formula) if obj is not None else None
    summed = row.formula if row.aggregate == "sum" and isinstance(field, Money) else ""
    return Metric(
        name=row.name,
        label=label_of(row.label),
        object=row.object,
        date=row.date,
        filter=row.filter,
        sum=summed,
        order=1_000 + row.position,
        aggregate=row.aggregate,
        formula=row.formula,
        part=row.part,
        whole=row.whole,
        unit=row.unit,
        better=row.better,
        own=row.pk or 0,
        archived=row.archived_at is not None,
        help=label_of(row.help) if row.help else None,
    )


def _build() -> Overlay:
    fields: dict[str, list[Field]] = defaultdict(list)
    kept = list(OwnField.objects.filter(archived_at=None).order_by("object", "position", "id"))
    for row in kept:
        fields[row.object].append(field_of(row))
    rows = OwnObject.objects.filter(archived_at=None).order_by("position", "id")
    own = {row.name: object_of(row, fields.pop(row.name, [])) for row in rows}
    shaped = {
        name: shipped.with_fields([one for one in more if one.name not in shipped.fields_by_name])
        for name, more in fields.items()
        if (shipped := registry.shipped(name))
    }
    objects = {**shaped, **{name: one for name, one in own.items() if registry.shipped(name) is None}}
    plain = Overlay(objects, {one.plural: one for one in objects.values()})
    if layouts := list(OwnLayout.objects.all()):
        from guanxi.platform.metadata.layouts import read_layouts

        plain = replace(plain, layouts=read_layouts(layouts))
    computing = [row for row in kept if KINDS[row.type].computed and row.object in objects]
    if computing:
        computed = _computed(plain, computing)
        guarded = any(one.elsewhere for every in computed.values() for one in every)
        plain = replace(plain, computed=computed, guarded=guarded)
    if numbers := list(OwnMetric.objects.order_by("position", "id")):
        plain = replace(plain, metrics={row.name: metric_of(row, plain) for row in numbers})
    asked = [*(row for row in kept if row.visible_if or row.required_if), *_kept_rules()]
    return replace(plain, rules=_rules(plain, asked)) if asked else plain


def _kept_rules() -> list[Rule]:
    return list(Rule.objects.filter(archived_at=None).order_by("object", "position", "id"))


def _rules(plain: Overlay, rows: list[OwnField | Rule]) -> dict[str, list[registry.Rule]]:
    """What is asked of each object's records; what can no longer be read is not asked."""
    found: dict[str, list[registry.Rule]] = defaultdict(list)
    with _as_they_will_be(plain):
        for row in rows:
            if not registry.has(row.object):
                continue
            obj = registry.get(row.object)
            for one in _rules_of(row):
                try:
                    checked = check_formula(one.formula, obj, find=find_object)
                except FormulaError:
                    continue
                paths = checked.paths
                if one.asks == "require" and isinstance(row, OwnField) and row.visible_if:
                    paths = (*paths, *_paths_of(row.visible_if, obj))
                found[row.object].append(replace(one, paths=paths))
    return found


def _paths_of(source: str, obj: Object) -> tuple[tuple[str, ...], ...]:
    try:
        return check_formula(source, obj, find=find_object).paths
    except FormulaError:
        return ()


def _rules_of(row: OwnField | Rule) -> list[registry.Rule]:
    if isinstance(row, Rule):
        return [registry.Rule("hold", row.formula, row.field, (), label_of(row.label), row.pk)]
    found = []
    if row.visible_if:
        found.append(registry.Rule("show", row.visible_if, row.name, ()))
    if row.required_if or (row.visible_if and row.required):
        found.append(registry.Rule("require", "true" if row.required else row.required_if, row.name, ()))
    return found


def _computed(plain: Overlay, rows: list[OwnField]) -> dict[str, list[Computed]]:
    """What is computed of each object, in the order in which it follows; read with the objects in place."""
    found: dict[str, list[Computed]] = defaultdict(list)
    with _as_they_will_be(plain):
        for row in rows:
            found[row.object].append(computed_of(plain.objects[row.object], row.name, row.type, row.settings))
    return {name: in_order(computed, name) for name, computed in found.items()}


@contextmanager
def _as_they_will_be(plain: Overlay) -> Iterator[None]:
    """The registry answers by an overlay that is still being built."""
    memory = remembered()
    before = memory.get("objects")
    memory["objects"] = plain
    try:
        yield
    finally:
        memory.pop("objects")
        if before is not None:
            memory["objects"] = before


def _default(row: OwnField, made: Field) -> Any:
    """What a new record begins with; lists are made anew for each."""
    if row.type == "date" and row.default == "today":
        return timezone.localdate
    if made.multiple:
        return lambda: made.from_json(list(row.default))
    return made.from_json(row.default)


def _first_amount(fields: list[Field]) -> str:
    return next((one.name for one in fields if one.type == "money"), "")
