"""A workspace's own fields: add, change, archive, restore, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.numbers import comma_list, join_words
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import check_computed, check_condition, readers_of
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Context
from guanxi.platform.metadata.formulas.language import names_in, parse_formula
from guanxi.platform.metadata.kinds import KINDS, Kind, free_name, kind_of, read_label, spoken
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import field_of, renew_version
from guanxi.platform.metadata.reserved import RESERVED_FIELDS
from guanxi.platform.metadata.shaping.made import (
    CHANGEABLE,
    CONDITIONS,
    Errors,
    archive,
    check_name,
    check_version,
    needed_label,
    next_position,
    restore,
    save_changed,
    shapable,
    state_made,
    to_change,
    told,
)
from guanxi.platform.metadata.uses import uses_of
from guanxi.platform.tenancy.models import Workspace

MOST_FIELDS = 500  # of one object
LISTENERS: list[Callable[[OwnField], None]] = []


def on_field_changed(hear: Callable[[OwnField], None]) -> Callable[[OwnField], None]:
    """Register who keeps something that follows from a field's definition, as the look-up table does."""
    LISTENERS.append(hear)
    return hear


Alike = Callable[[OwnField], Sequence[tuple[str, int]]]
_alike: list[Alike] = []


def finds_alike(find: Alike) -> Alike:
    """Register who knows which values of a field several records have: (value, how many), some of them."""
    _alike.append(find)
    return find


Rewrite = Callable[[OwnField, Mapping[str, Any], Any, Actor], None]
_rewrites: list[Rewrite] = []


def rewrites_values(begin: Rewrite) -> Rewrite:
    """Register who writes a field's values anew before it gets settings under which they are kept otherwise.

    It is called in the transaction with the field as it is, the settings and the default that it will have.
    """
    _rewrites.append(begin)
    return begin


@transaction.atomic
def add_field(
    *,
    object: str,
    type: str,
    label: Any,
    by: Actor,
    name: str = "",
    help: Any = None,
    required: bool = False,
    unique: bool = False,
    default: Any = None,
    settings: Mapping[str, Any] | None = None,
    visible_if: str = "",
    required_if: str = "",
    kept_by: str = "",
) -> OwnField:
    """A new field at the end of an object; `label` is a text or one for each language.

    kept_by  the part of the product that writes it; people see it and don't type into it

    Raises Refused for who may not shape the workspace, NotFound for no such object, InvalidValues.
    """
    target = shapable(object, by)
    errors = Errors()
    kind = errors.take("type", lambda: kind_of(type)) or KINDS["text"]
    known = errors.take("label", lambda: needed_label(label)) or {}
    helped = errors.take("help", lambda: read_label(help or {}, most=500)) or {}
    kept = errors.take("settings", lambda: kind.read(settings or {})) or {}
    if kind.computed and kept:
        kept = errors.take("settings", lambda: check_computed(target, name or "", type, kept)) or {}
    rows = OwnField.objects.filter(object=target.name)
    taken = _taken_names(target)
    chosen = name or free_name(spoken(known), taken, otherwise="field")
    reserved = RESERVED_FIELDS - target.fields_by_name.keys()
    errors.take("name", lambda: check_name(chosen, taken, reserved=reserved))
    if rows.filter(archived_at=None).count() >= MOST_FIELDS:
        errors.add(
            "name", "most", _("An object may have %(most)d fields of your own.") % {"most": MOST_FIELDS}
        )
    errors.stop()
    row = OwnField(
        workspace_id=by.workspace_id,
        object=target.name,
        name=chosen,
        type=type,
        label=known,
        help=helped,
        settings=kept,
        kept_by=kept_by,
        position=next_position(rows),
        created_by_id=by.member_id,
    )
    _set_rules(row, kind, required=required, unique=unique, default=default, by=by, errors=errors)
    _set_conditions(row, kind, target, {"visible_if": visible_if, "required_if": required_if}, errors)
    errors.stop()
    row.save(force_insert=True)
    state_made(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    if kind.computed or kind.name == "auto_number":
        _tell(row)
    return row


@transaction.atomic
def change_field(
    field_id: int, values: Mapping[str, Any], *, by: Actor, version: int | None = None
) -> OwnField:
    """Change label, help, required, unique, default or settings; StaleVersion says that somebody was faster.

    Also raises Refused, NotFound, InvalidValues. The options of a choice can be renamed, ordered, added and
    archived; one that is left out is archived, because records may have it. Where the new settings keep
    values otherwise, as decimals of a percentage do, a job writes them first, and then the field has them.
    """
    row = _own_field(field_id, by)
    check_version(row, version)
    before = told(row)
    kind = KINDS[row.type]
    errors = Errors()
    for unknown in set(values) - set(CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    if "label" in values:
        row.label = errors.take("label", lambda: needed_label(values["label"])) or row.label
    if "help" in values:
        row.help = errors.take("help", lambda: read_label(values["help"] or {}, most=500)) or {}
    if "settings" in values:
        given = {**row.settings, **dict(values["settings"] or {})}
        row.settings = errors.take("settings", lambda: _changed_settings(row, kind, given)) or row.settings
    _set_rules(
        row,
        kind,
        required=values.get("required", row.required),
        unique=values.get("unique", row.unique),
        default=values.get("default", row.default),
        by=by,
        errors=errors,
    )
    given = {name: values[name] for name in CONDITIONS if name in values}
    if given:
        _set_conditions(row, kind, registry.get(row.object), given, errors)
    errors.stop()
    if row.unique and not before["unique"]:
        refuse_alike(row)
    wanted = (row.settings, row.default)
    anew = kind.field_for(row.settings) is not kind.field_for(before["settings"])
    if anew:
        row.settings, row.default = before["settings"], before["default"]
    changes = save_changed(row, before, by)
    if anew:
        for begin in _rewrites:
            begin(row, *wanted, by)
    if "unique" in changes or (kind.computed and "settings" in changes):
        _tell(row)
    if "settings" in changes:
        _show_alike(row, by)
    return row


def state_retyped(
    row: OwnField, before: Mapping[str, Any], counts: Mapping[str, int], *, member_id: int | None
) -> None:
    """Keep a field whose type is another now, and state it; in the caller's transaction."""
    row.version += 1
    row.save()
    renew_version(row.workspace_id)
    after = {name: getattr(row, name) for name in ("type", "settings")}
    changes = {name: [before[name], now] for name, now in after.items() if before[name] != now}
    data = {"object": row.object, "name": row.name, "counts": dict(counts), "member": str(member_id or "")}
    by = system_actor(row.workspace_id, "Guanxi")
    state_fact(
        "field", "retyped", row.pk, by=by, title=str(row), changes=changes, data=data, version=row.version
    )
    _tell(row)
    _show_alike(row, by)


@transaction.atomic
def archive_field(field_id: int, *, by: Actor) -> OwnField:
    """Out of pages, filters and API; its values stay and come back with `restore_field`."""
    row = _own_field(field_id, by)
    if holding := [one for one in uses_of(row.object, row.name) if one.holds]:
        names = comma_list(f"{one.what} “{one.name}”" for one in holding)
        said = _("Something else reads it, change that first: %(names)s.") % {"names": names}
        raise InvalidValues({"field": [FieldError("read", said)]})
    found: OwnField = archive(row, by)
    return found


@transaction.atomic
def restore_field(field_id: int, *, by: Actor) -> OwnField:
    row = _own_field(field_id, by)
    if row.archived_at is not None:
        restore(row, by)
        _tell(row)
    return row


@transaction.atomic
def order_fields(object: str, names: Sequence[str], *, by: Actor) -> list[OwnField]:
    """Put an object's own fields into this order; those that are not named follow. Returns them."""
    target = shapable(object, by)
    rows = list(OwnField.objects.filter(object=target.name, archived_at=None).order_by("position", "id"))
    before = [row.name for row in rows]
    wanted = [name for name in dict.fromkeys(names) if name in before]
    after = [*wanted, *(name for name in before if name not in wanted)]
    if after != before:
        by_name = {row.name: row for row in rows}
        rows = [by_name[name] for name in after]
        for position, row in enumerate(rows):
            row.position = position
        OwnField.objects.bulk_update(rows, ["position"])
        renew_version(by.workspace_id)
        state_fact("object", "ordered", by.workspace_id, by=by, title=str(target.label),
                   changes={"fields": [before, after]}, data={"object": target.name})  # fmt: skip
    return rows


def fields_made(object: str, *, by: Actor, archived: bool = False) -> list[OwnField]:
    """An object's own fields in their order, or the archived ones."""
    rows = OwnField.objects.filter(object=object, archived_at__isnull=not archived)
    return list(rows.order_by("position", "id"))


def _own_field(field_id: int, by: Actor) -> OwnField:
    found: OwnField = to_change(OwnField, field_id, by)
    return found


def _taken_names(target: Object) -> set[str]:
    own = OwnField.objects.filter(object=target.name).values_list("name", flat=True)
    return {*target.fields_by_name, *own, *RESERVED_FIELDS}


def _set_rules(
    row: OwnField, kind: Kind, *, required: Any, unique: Any, default: Any, by: Actor, errors: Errors
) -> None:
    """Required, unique and default, as far as the type has them."""
    row.required, row.unique = bool(required) and not kind.computed, bool(unique)
    if row.unique and not kind.tells_apart:
        errors.add("unique", "unique", _("Values of this type can't be asked to be unique."))
    row.default = None
    if default in (None, "", []):
        return
    if not kind.defaults:
        errors.add("default", "default", _("A field of this type has no default."))
        return
    if row.type == "date" and default == "today":
        row.default = "today"
        return
    plain = field_of(
        OwnField(object=row.object, name=row.name, type=row.type, label=row.label, settings=row.settings)
    )
    row.default = errors.take("default", lambda: plain.to_json(plain.clean(default, context_of(by))))


def refuse_alike(row: OwnField) -> None:
    """What several records have can't be asked to be unique: says which values, and how many have them."""
    found = [pair for find in _alike for pair in find(row)]
    if found:
        values = join_words([f"“{value}” × {count}" for value, count in found])
        said = _("Several records have the same: %(values)s. Change these first.") % {"values": values}
        raise InvalidValues({"unique": [FieldError("alike", said)]})


def _set_conditions(
    row: OwnField, kind: Kind, target: Object, given: Mapping[str, Any], errors: Errors
) -> None:
    """When it is shown, and when it must be filled in. A field is not shown because of itself."""
    for name, source in given.items():
        text = str(source or "").strip()
        if not text:
            setattr(row, name, "")
            continue
        if kind.computed and name == "required_if":
            errors.add(name, "computed", _("Nobody fills in a field that is computed."))
            continue
        found = errors.take(name, partial(check_condition, target, text))
        if found is None:
            continue
        if name == "visible_if" and any(one.path[0] == row.name for one in names_in(parse_formula(found))):
            errors.add(name, "circle", _("A field can’t be shown because of itself."))
        setattr(row, name, found)


def _changed_settings(row: OwnField, kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that leave values true: an option that is left out is archived, a link leads where it led."""
    if row.settings.get("to") not in (None, given.get("to")):
        raise FieldError("settings", _("A link leads where it led. Add another field."))
    kept = kind.read(given)
    if row.type == "auto_number" and kept["reset"] != row.settings["reset"]:
        raise FieldError("settings", _("When numbers begin anew can't be changed."))
    if kind.computed:
        return check_computed(registry.get(row.object), row.name, row.type, kept)
    if "options" in kept:
        named = {one["value"] for one in kept["options"]}
        kept["options"] += [
            {**one, "archived": True} for one in row.settings["options"] if one["value"] not in named
        ]
    return kept


def context_of(by: Actor) -> Context:
    """What cleaning a default depends on."""
    workspace = Workspace.objects.get(pk=by.workspace_id)
    return Context(
        workspace_id=by.workspace_id,
        now=timezone.now(),
        zone=timezone.get_current_timezone(),
        member_id=by.member_id,
        country=workspace.country,
        currency=by.currency,
    )


def _show_alike(row: OwnField, by: Actor) -> None:
    """Lookups and roll-ups that show a field's own values have its type, options and decimals from now on."""
    waiting, seen = [(row.object, row.name)], set[tuple[str, str]]()
    while waiting:
        for of, name in readers_of(*waiting.pop()):
            found = OwnField.objects.filter(object=of, name=name, archived_at=None)
            reader = found.filter(type__in=("lookup", "roll_up")).first()
            if reader is None or (of, name) in seen or not registry.has(of):
                continue
            seen.add((of, name))
            before, kind = told(reader), KINDS[reader.type]
            try:
                kept = check_computed(registry.get(of), name, reader.type, kind.read(reader.settings))
            except FieldError:
                continue  # it says so where it is looked at
            otherwise = _kept_as(reader.settings) != _kept_as(kept)
            reader.settings = kept
            if save_changed(reader, before, by):
                waiting.append((of, name))
                if otherwise:
                    _tell(reader)


def _kept_as(settings: Mapping[str, Any]) -> tuple[Any, bool]:
    """Two computed fields of which this is the same keep their values alike."""
    return settings.get("result"), "digits" in (settings.get("shape") or {})


def _tell(row: OwnField) -> None:
    for hear in LISTENERS:
        hear(row)
