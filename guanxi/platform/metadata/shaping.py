"""How a workspace shapes its product: verbs on its own objects and fields. For administrators only.

Nothing is deleted: what is archived is out of pages and API, its values stay where they are, and restoring
brings both back. A name is given once, because addresses, programs, filters and facts say it; labels change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.numbers import comma_list, join_words
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import check_computed, check_condition, readers_of
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields import Context
from guanxi.platform.metadata.formulas.language import names_in, parse_formula
from guanxi.platform.metadata.kinds import KINDS, Kind, free_name, kind_of, read_label, spoken
from guanxi.platform.metadata.layouts import TextPart, register_text_part
from guanxi.platform.metadata.metrics import AGGREGATES, Metric, metric, shipped_metrics
from guanxi.platform.metadata.models import Made, OwnField, OwnMetric, OwnObject, Rule
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import field_of, metric_of, renew_version
from guanxi.platform.metadata.reserved import RESERVED_FIELDS, RESERVED_OBJECTS
from guanxi.platform.metadata.uses import uses_of
from guanxi.platform.metadata.versions import WHAT, StaleVersion
from guanxi.platform.tenancy.models import Workspace

MOST_FIELDS = 500  # of one object
MOST_OBJECTS = 200
LONGEST_NAME = 40
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
GROUPS = ("relations", "sales", "marketing", "service", "operations")

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


def may_shape(by: Actor) -> bool:
    """Administrators; of their tokens those that may write everything."""
    return by.administers and (by.scopes is None or "*:write" in by.scopes)


# Fields


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
    target = _shapable(object, by)
    errors = _Errors()
    kind = errors.take("type", lambda: kind_of(type)) or KINDS["text"]
    known = errors.take("label", lambda: _needed_label(label)) or {}
    helped = errors.take("help", lambda: read_label(help or {}, most=500)) or {}
    kept = errors.take("settings", lambda: kind.read(settings or {})) or {}
    if kind.computed and kept:
        kept = errors.take("settings", lambda: check_computed(target, name or "", type, kept)) or {}
    rows = OwnField.objects.filter(object=target.name)
    taken = _taken_names(target)
    chosen = name or free_name(spoken(known), taken, otherwise="field")
    errors.take("name", lambda: _check_name(chosen, taken))
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
        position=_next_position(rows),
        created_by_id=by.member_id,
    )
    _set_rules(row, kind, required=required, unique=unique, default=default, by=by, errors=errors)
    _set_conditions(row, kind, target, {"visible_if": visible_if, "required_if": required_if}, errors)
    errors.stop()
    row.save(force_insert=True)
    _state(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    if kind.computed or kind.name == "auto_number":
        _tell(row)
    return row


CONDITIONS = ("visible_if", "required_if")
CHANGEABLE = ("label", "help", "required", "unique", "default", "settings", *CONDITIONS)


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
    _check_version(row, version)
    before = told(row)
    kind = KINDS[row.type]
    errors = _Errors()
    for unknown in set(values) - set(CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    if "label" in values:
        row.label = errors.take("label", lambda: _needed_label(values["label"])) or row.label
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
        _refuse_alike(row)
    wanted = (row.settings, row.default)
    anew = kind.field_for(row.settings) is not kind.field_for(before["settings"])
    if anew:
        row.settings, row.default = before["settings"], before["default"]
    changes = _save_changed(row, before, by)
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
    found: OwnField = _archive(row, by)
    return found


@transaction.atomic
def restore_field(field_id: int, *, by: Actor) -> OwnField:
    row = _own_field(field_id, by)
    if row.archived_at is not None:
        _restore(row, by)
        _tell(row)
    return row


@transaction.atomic
def order_fields(object: str, names: Sequence[str], *, by: Actor) -> list[OwnField]:
    """Put an object's own fields into this order; those that are not named follow. Returns them."""
    target = _shapable(object, by)
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


def told(row: Made) -> dict[str, Any]:
    """What facts say of an object or a field."""
    return {name: getattr(row, name) for name in _TOLD[WHAT[type(row)]]}


_TOLD_FIELD = ("object", "name", "type", *CHANGEABLE)


# Objects


@transaction.atomic
def add_object(
    *,
    label: Any,
    by: Actor,
    plural_label: Any = None,
    name: str = "",
    plural: str = "",
    help: Any = None,
    icon: str = "box",
    tone: str = "azurite",
    group: str = "operations",
    title_label: Any = None,
    touched: bool = True,
) -> OwnObject:
    """A new kind of record, with lists, forms, rights, API and all; its records are named by one text field.

    Raises Refused, InvalidValues.
    """
    if not may_shape(by):
        raise Refused("object.create")
    errors = _Errors()
    known = errors.take("label", lambda: _needed_label(label)) or {}
    plurals = errors.take("plural_label", lambda: _read_plural(plural_label, known)) or known
    title = errors.take("title_label", lambda: read_label(title_label or _name_labels())) or {}
    helped = errors.take("help", lambda: read_label(help or {}, most=500)) or {}
    taken = _taken_objects()
    chosen = name or free_name(spoken(known), taken, otherwise="object")
    several = plural or _plural_of(chosen, taken)
    errors.take("name", lambda: _check_name(chosen, taken))
    errors.take("plural", lambda: _check_name(several, taken))
    if chosen == several:
        errors.add("plural", "name", _("The name for several must differ from the name for one."))
    if OwnObject.objects.filter(archived_at=None).count() >= MOST_OBJECTS:
        errors.add("name", "most", _("A workspace may have %(most)d objects.") % {"most": MOST_OBJECTS})
    row = OwnObject(
        workspace_id=by.workspace_id,
        name=chosen,
        plural=several,
        label=known,
        plural_label=plurals,
        title_label=title,
        help=helped,
        touched=bool(touched),
        position=_next_position(OwnObject.objects.all()),
        created_by_id=by.member_id,
    )
    _set_look(row, {"icon": icon, "tone": tone, "group": group}, errors)
    errors.stop()
    row.save(force_insert=True)
    _state(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    return row


_LOOK = ("icon", "tone", "group", "columns", "board")
OBJECT_CHANGEABLE = ("label", "plural_label", "title_label", "help", "touched", *_LOOK)
_TOLD_OBJECT = ("name", "plural", *OBJECT_CHANGEABLE)


@transaction.atomic
def change_object(
    object_id: int, values: Mapping[str, Any], *, by: Actor, version: int | None = None
) -> OwnObject:
    """Change labels, look, place in the navigation, columns or board. Raises like `change_field`."""
    row = _own_object(object_id, by)
    _check_version(row, version)
    before = told(row)
    errors = _Errors()
    for unknown in set(values) - set(OBJECT_CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    if "label" in values:
        row.label = errors.take("label", lambda: _needed_label(values["label"])) or row.label
    if "plural_label" in values:
        plurals = errors.take("plural_label", lambda: _read_plural(values["plural_label"], row.label))
        row.plural_label = plurals or row.label
    if "title_label" in values:
        named = errors.take("title_label", lambda: read_label(values["title_label"] or _name_labels()))
        row.title_label = named or _name_labels()
    if "help" in values:
        row.help = errors.take("help", lambda: read_label(values["help"] or {}, most=500)) or {}
    if "touched" in values:
        row.touched = bool(values["touched"])
    _set_look(row, {name: values[name] for name in _LOOK if name in values}, errors)
    errors.stop()
    _save_changed(row, before, by)
    return row


@transaction.atomic
def archive_object(object_id: int, *, by: Actor) -> OwnObject:
    """Out of navigation, pages and API with all its records, which stay and come back with it.

    Raises Refused where a field still leads to it.
    """
    row = _own_object(object_id, by)
    leading = (
        OwnField.objects.filter(settings__to=row.name, archived_at=None).exclude(object=row.name).first()
    )
    if leading is not None:
        raise InvalidValues(
            {
                "object": [
                    FieldError(
                        "linked",
                        _("The field “%(field)s” leads here: archive it first.") % {"field": leading},
                    )
                ]
            }
        )
    found: OwnObject = _archive(row, by)
    return found


@transaction.atomic
def restore_object(object_id: int, *, by: Actor) -> OwnObject:
    row: OwnObject = _restore(_own_object(object_id, by), by)
    return row


# Rules


RULE_CHANGEABLE = ("label", "formula", "field")
MOST_RULES = 100  # of one object


@transaction.atomic
def add_rule(*, object: str, formula: str, label: Any, by: Actor, field: str = "", name: str = "") -> Rule:
    """What must hold of an object's records from now on; `label` is what is said where it does not.

    Records that are there are not asked until what the rule reads is changed. Raises like `add_field`.
    """
    target = _shapable(object, by)
    rows = Rule.objects.filter(object=target.name)
    taken = set(rows.values_list("name", flat=True))
    row = Rule(
        workspace_id=by.workspace_id,
        object=target.name,
        name=name or free_name("rule", taken, otherwise="rule"),
        position=_next_position(rows),
        created_by_id=by.member_id,
    )
    errors = _Errors()
    errors.take("name", lambda: _check_name(row.name, taken))
    _set_rule(row, target, {"label": label, "formula": formula, "field": field}, errors)
    if rows.filter(archived_at=None).count() >= MOST_RULES:
        errors.add("name", "most", _("An object may have %(most)d rules.") % {"most": MOST_RULES})
    errors.stop()
    row.save(force_insert=True)
    _state(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    return row


@transaction.atomic
def change_rule(rule_id: int, values: Mapping[str, Any], *, by: Actor, version: int | None = None) -> Rule:
    """Change the formula, the message or its field. Raises like `change_field`."""
    row: Rule = _made(Rule, rule_id, by)
    _check_version(row, version)
    before = told(row)
    errors = _Errors()
    for unknown in set(values) - set(RULE_CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    _set_rule(row, _shapable(row.object, by), values, errors)
    errors.stop()
    _save_changed(row, before, by)
    return row


def archive_rule(rule_id: int, *, by: Actor) -> Rule:
    """It is not asked any more, and can come back."""
    row: Rule = _archive(_made(Rule, rule_id, by), by)
    return row


def restore_rule(rule_id: int, *, by: Actor) -> Rule:
    row: Rule = _restore(_made(Rule, rule_id, by), by)
    return row


def rules_made(object: str, *, archived: bool = False) -> list[Rule]:
    """An object's rules in their order, or the archived ones."""
    rows = Rule.objects.filter(object=object, archived_at__isnull=not archived)
    return list(rows.order_by("position", "id"))


def _set_rule(row: Rule, target: Object, values: Mapping[str, Any], errors: _Errors) -> None:
    if "label" in values:
        row.label = errors.take("label", lambda: _message(values["label"])) or row.label
    if "formula" in values:
        source = str(values["formula"] or "")
        row.formula = errors.take("formula", lambda: check_condition(target, source)) or row.formula
    if "field" in values:
        row.field = str(values["field"] or "")
        if row.field and row.field not in target.fields_by_name:
            errors.add("field", "field", _("There is no field “%(name)s”.") % {"name": row.field[:40]})


def _message(value: Any) -> dict[str, str]:
    found = read_label(value, most=300)
    if not found:
        raise FieldError("required", _("Say what is wrong with a record that breaks the rule."))
    return found


# Metrics

METRIC_CHANGEABLE = (
    "label", "help", "aggregate", "formula", "filter", "date", "part", "whole", "unit", "better",
)  # fmt: skip
MOST_METRICS = 300
Examine = Callable[[Metric, Actor], None]
_examines: list[Examine] = []


def examines_metric(examine: Examine) -> Examine:
    """Register who knows whether a metric can be computed; it raises InvalidValues that names the part."""
    _examines.append(examine)
    return examine


@transaction.atomic
def add_metric(*, object: str, label: Any, by: Actor, name: str = "", **values: Any) -> OwnMetric:
    """A number of the workspace's own; `values` are what METRIC_CHANGEABLE names.

    Raises like `add_field`; a formula is refused with the character at which it makes no sense.
    """
    target = _shapable(object, by)
    taken = set(OwnMetric.objects.values_list("name", flat=True)) | shipped_metrics()
    row = OwnMetric(
        workspace_id=by.workspace_id,
        object=target.name,
        position=_next_position(OwnMetric.objects.all()),
        created_by_id=by.member_id,
        date="created_at",
    )
    errors = _Errors()
    _set_metric(row, target, {"label": label, **values}, errors)
    row.name = name or free_name(spoken(row.label), taken, otherwise="metric")
    errors.take("name", lambda: _check_name(row.name, taken))
    if OwnMetric.objects.filter(archived_at=None).count() >= MOST_METRICS:
        errors.add("name", "most", _("A workspace may have %(most)d metrics.") % {"most": MOST_METRICS})
    errors.stop()
    _examine(row, by)
    row.save(force_insert=True)
    _state(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    return row


@transaction.atomic
def change_metric(
    metric_id: int, values: Mapping[str, Any], *, by: Actor, version: int | None = None
) -> OwnMetric:
    """Change what it counts. Raises like `change_field`."""
    row: OwnMetric = _made(OwnMetric, metric_id, by)
    _check_version(row, version)
    before = told(row)
    errors = _Errors()
    for unknown in set(values) - set(METRIC_CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    _set_metric(row, _shapable(row.object, by), values, errors)
    if not metric_of(row, registry.of_workspace()).adds_up:
        errors.take("aggregate", partial(_check_unused, row))
    errors.stop()
    _examine(row, by)
    _save_changed(row, before, by)
    return row


@transaction.atomic
def archive_metric(metric_id: int, *, by: Actor) -> OwnMetric:
    """It is not offered any more, and can come back. Raises InvalidValues where a ratio is made of it."""
    row: OwnMetric = _made(OwnMetric, metric_id, by)
    errors = _Errors()
    errors.take("metric", partial(_check_unused, row))
    errors.stop()
    found: OwnMetric = _archive(row, by)
    return found


@transaction.atomic
def restore_metric(metric_id: int, *, by: Actor) -> OwnMetric:
    row: OwnMetric = _made(OwnMetric, metric_id, by)
    errors = _Errors()
    for name in ("part", "whole") if row.aggregate == "ratio" else ():
        errors.take(name, partial(_check_part, row, getattr(row, name)))
    errors.stop()
    _examine(row, by)
    found: OwnMetric = _restore(row, by)
    return found


def metrics_made(*, archived: bool = False) -> list[OwnMetric]:
    """The workspace's own metrics in their order, or the archived ones."""
    return list(OwnMetric.objects.filter(archived_at__isnull=not archived).order_by("position", "id"))


def _set_metric(row: OwnMetric, target: Object, values: Mapping[str, Any], errors: _Errors) -> None:
    if "label" in values:
        row.label = errors.take("label", lambda: _needed_label(values["label"])) or row.label
    if "help" in values:
        row.help = errors.take("help", lambda: read_label(values["help"] or "", most=300)) or {}
    for name in METRIC_CHANGEABLE[2:]:
        if name in values:
            setattr(row, name, str(values[name] or "").strip())
    if row.aggregate not in AGGREGATES:
        words = comma_list(AGGREGATES)
        errors.add("aggregate", "choice", _("Choose one of: %(words)s.") % {"words": words})
    row.better = row.better or "more"
    if row.better not in ("more", "less"):
        errors.add("better", "choice", _("Choose one of: %(words)s.") % {"words": "more, less"})
    if len(row.unit) > 20:
        errors.add("unit", "long", _("A unit may have %(most)d characters.") % {"most": 20})
    field = target.fields_by_name.get(row.date)
    if field is None or field.type not in ("date", "datetime"):
        errors.add("date", "field", _("Choose the date by which a record belongs to a time."))
    if row.aggregate == "ratio":
        row.formula = row.filter = ""
        for name in ("part", "whole"):
            errors.take(name, partial(_check_part, row, getattr(row, name)))
    else:
        row.part = row.whole = ""
    if row.aggregate == "count":
        row.formula = ""
    elif row.aggregate != "ratio" and not row.formula:
        errors.add("formula", "required", _("Say what of each record is counted."))


def _check_unused(row: OwnMetric) -> None:
    """No ratio is made of it."""
    made_of_it = OwnMetric.objects.filter(Q(part=row.name) | Q(whole=row.name), archived_at=None).first()
    if made_of_it is not None:
        said = _("“%(metric)s” is made of it: archive that one first.") % {"metric": made_of_it}
        raise FieldError("used", said)


def _check_part(row: OwnMetric, name: str) -> None:
    """A ratio is made of two metrics of the same object that add up: so it is right for every subtotal."""
    try:
        found = metric(name)
    except KeyError:
        raise FieldError("metric", _("There is no metric “%(name)s”.") % {"name": name[:40]}) from None
    if name == row.name or not found.adds_up:
        raise FieldError("metric", _("A ratio is made of two metrics that count or sum."))
    if found.object != row.object:
        raise FieldError("metric", _("Both metrics of a ratio are of the same object."))


def _examine(row: OwnMetric, by: Actor) -> None:
    for examine in _examines:
        examine(metric_of(row, registry.of_workspace()), by)


def _metrics_as_text() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(metrics_made(), key=lambda one: one.aggregate == "ratio"):  # after its parts
        told_of = {name: getattr(row, name) for name in METRIC_CHANGEABLE}
        found.setdefault(row.object, {})[row.name] = {name: one for name, one in told_of.items() if one}
    return found


def _set_metric_as_text(object: str, key: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    row = OwnMetric.objects.filter(name=key).first()
    if values is None:
        if row is not None:
            archive_metric(row.pk, by=by)
        return
    usual = {"aggregate": "count", "better": "more", "date": "created_at"}
    given = {name: values.get(name, usual.get(name, "")) for name in METRIC_CHANGEABLE}
    if row is None:
        more = {name: value for name, value in values.items() if name not in METRIC_CHANGEABLE}
        if more:
            raise InvalidValues({name: [FieldError("unknown_field", str(name))] for name in more})
        add_metric(object=object, name=key, by=by, **given)
        return
    if row.archived_at is not None:
        restore_metric(row.pk, by=by)
    change_metric(row.pk, given, by=by)


register_text_part(TextPart("metrics", _metrics_as_text, _set_metric_as_text))


def objects_made(*, by: Actor, archived: bool = False) -> list[OwnObject]:
    """The workspace's own objects in their order, or the archived ones."""
    return list(OwnObject.objects.filter(archived_at__isnull=not archived).order_by("position", "id"))


def find_made(model: type[Made], made_id: int, *, by: Actor, lock: bool = False) -> Any:
    """An object or a field by its id; raises NotFound. Members of the workspace may read them all.

    lock   whoever else wants to change it waits until the end of the transaction
    """
    rows = model.objects.filter(pk=made_id)
    rows = rows.select_for_update() if lock else rows
    found = rows.first() if 0 < made_id < 2**63 else None
    if found is None:
        raise NotFound(f"{model.__name__} {made_id}")
    return found


# The steps


class _Errors:
    """Collects what is wrong, so that it is all said at once."""

    def __init__(self) -> None:
        self.found: dict[str, list[FieldError]] = {}

    def take(self, name: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except FieldError as problem:
            self.found.setdefault(name, []).append(problem)
            return None

    def add(self, name: str, code: str, message: str) -> None:
        self.found.setdefault(name, []).append(FieldError(code, message))

    def stop(self) -> None:
        if self.found:
            raise InvalidValues(self.found)


def _shapable(name: str, by: Actor) -> Object:
    if not may_shape(by):
        raise Refused("field.create")
    if not registry.has(name):
        raise NotFound(name)
    return registry.get(name)


def _own_field(field_id: int, by: Actor) -> OwnField:
    found: OwnField = _made(OwnField, field_id, by)
    return found


def _own_object(object_id: int, by: Actor) -> OwnObject:
    found: OwnObject = _made(OwnObject, object_id, by)
    return found


def _made(model: type[Made], made_id: int, by: Actor) -> Any:
    """What is about to be changed; raises Refused, NotFound."""
    if not may_shape(by):
        raise Refused(f"{WHAT[model]}.change")
    return find_made(model, made_id, by=by, lock=True)


def _save_changed(row: Made, before: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """Keep what differs from before and state it; the changes."""
    changes = {name: [before[name], now] for name, now in told(row).items() if before[name] != now}
    if changes:
        row.version += 1
        row.save()
        _state(row, "changed", by, changes)
    return changes


@transaction.atomic
def _archive(row: Made, by: Actor) -> Any:
    if row.archived_at is None:
        row.archived_at = datetime.now(UTC)
        row.version += 1
        row.save()
        _state(row, "archived", by, {})
    return row


@transaction.atomic
def _restore(row: Made, by: Actor) -> Any:
    if row.archived_at is not None:
        row.archived_at = None
        row.version += 1
        row.save()
        _state(row, "restored", by, {})
    return row


def _check_version(row: Made, version: int | None) -> None:
    if version is not None and version != row.version:
        raise StaleVersion(row, version)


def _needed_label(value: Any) -> dict[str, str]:
    found = read_label(value)
    if not found:
        raise FieldError("required", _("Give it a name."))
    return found


def _check_name(name: str, taken: set[str]) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise FieldError(
            "name",
            _("A name for programs is one word of up to %(most)d small letters, digits and underscores.")
            % {"most": LONGEST_NAME},
        )
    if name in taken:
        raise FieldError("unique", _("The name “%(name)s” is taken already.") % {"name": name})


def _taken_names(target: Object) -> set[str]:
    own = OwnField.objects.filter(object=target.name).values_list("name", flat=True)
    return {*target.fields_by_name, *own, *RESERVED_FIELDS}


def _taken_objects() -> set[str]:
    shipped = {word for one in registry.shipped_objects() for word in (one.name, one.plural)}
    own = {word for pair in OwnObject.objects.values_list("name", "plural") for word in pair}
    return {*shipped, *own, *RESERVED_OBJECTS}


def _plural_of(name: str, taken: set[str]) -> str:
    plural = name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"
    return plural if plural not in taken else free_name(f"{name}_list", taken, otherwise="list")


def _read_plural(given: Any, label: dict[str, str]) -> dict[str, str]:
    """What several are called; a language that was not said has the word for one, as Chinese has anyway."""
    return {**label, **read_label(given or {})}


def _name_labels() -> dict[str, str]:
    return {"en": "Name", "zh-hans": "\u540d\u79f0", "zh-hant": "\u540d\u7a31"}


def _next_position(rows: Any) -> int:
    last: int | None = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _set_look(row: OwnObject, values: Mapping[str, Any], errors: _Errors) -> None:
    """What is chosen from lists."""
    from guanxi.platform.metadata.kinds import TONES

    for name, value in values.items():
        if name == "columns":
            row.columns = [str(one) for one in value or [] if isinstance(one, str)][:50]
            continue
        text = str(value or "")
        allowed: Sequence[str] | None = {"tone": TONES, "group": GROUPS}.get(name)
        if allowed is not None and text not in allowed:
            errors.add(name, "choice", _("Choose one of: %(words)s.") % {"words": comma_list(allowed)})
        elif name == "icon" and not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", text):
            errors.add(name, "choice", _("There is no such sign."))
        elif name == "board" and text and not _is_choice(row, text):
            errors.add(name, "choice", _("A board needs a choice field."))
        else:
            setattr(row, name, text)


def _is_choice(row: OwnObject, name: str) -> bool:
    found: bool = OwnField.objects.filter(
        object=row.name, name=name, type="choice", archived_at=None
    ).exists()
    return found


def _set_rules(
    row: OwnField, kind: Kind, *, required: Any, unique: Any, default: Any, by: Actor, errors: _Errors
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


def _refuse_alike(row: OwnField) -> None:
    """What several records have can't be asked to be unique: says which values, and how many have them."""
    found = [pair for find in _alike for pair in find(row)]
    if found:
        values = join_words([f"“{value}” × {count}" for value, count in found])
        said = _("Several records have the same: %(values)s. Change these first.") % {"values": values}
        raise InvalidValues({"unique": [FieldError("alike", said)]})


def _set_conditions(
    row: OwnField, kind: Kind, target: Object, given: Mapping[str, Any], errors: _Errors
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


def _state(row: Made, verb: str, by: Actor, changes: dict[str, Any]) -> None:
    renew_version(by.workspace_id)
    what = WHAT[type(row)]
    data = {"name": row.name} if isinstance(row, OwnObject) else {"object": row.object, "name": row.name}  # type: ignore[attr-defined]
    state_fact(what, verb, row.pk, by=by, title=str(row), changes=changes, data=data, version=row.version)


_TOLD = {
    "field": _TOLD_FIELD,
    "object": _TOLD_OBJECT,
    "metric": ("object", "name", *METRIC_CHANGEABLE),
    "rule": ("object", "name", *RULE_CHANGEABLE),
}


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
            if _save_changed(reader, before, by):
                waiting.append((of, name))
                if otherwise:
                    _tell(reader)


def _kept_as(settings: Mapping[str, Any]) -> tuple[Any, bool]:
    """Two computed fields of which this is the same keep their values alike."""
    return settings.get("result"), "digits" in (settings.get("shape") or {})


def _tell(row: OwnField) -> None:
    for hear in LISTENERS:
        hear(row)
