"""What must hold of an object's records: add, change, archive, restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.computed import check_condition
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.kinds import free_name, read_label
from guanxi.platform.metadata.models import Rule
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping.made import (
    RULE_CHANGEABLE,
    Errors,
    archive,
    check_name,
    check_version,
    next_position,
    restore,
    save_changed,
    shapable,
    state_made,
    to_change,
    told,
)

MOST_RULES = 100  # of one object


@transaction.atomic
def add_rule(*, object: str, formula: str, label: Any, by: Actor, field: str = "", name: str = "") -> Rule:
    """What must hold of an object's records from now on; `label` is what is said where it does not.

    Records that are there are not asked until what the rule reads is changed. Raises like `add_field`.
    """
    target = shapable(object, by)
    rows = Rule.objects.filter(object=target.name)
    taken = set(rows.values_list("name", flat=True))
    row = Rule(
        workspace_id=by.workspace_id,
        object=target.name,
        name=name or free_name("rule", taken, otherwise="rule"),
        position=next_position(rows),
        created_by_id=by.member_id,
    )
    errors = Errors()
    errors.take("name", lambda: check_name(row.name, taken))
    _set_rule(row, target, {"label": label, "formula": formula, "field": field}, errors)
    if rows.filter(archived_at=None).count() >= MOST_RULES:
        errors.add("name", "most", _("An object may have %(most)d rules.") % {"most": MOST_RULES})
    errors.stop()
    row.save(force_insert=True)
    state_made(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    return row


@transaction.atomic
def change_rule(rule_id: int, values: Mapping[str, Any], *, by: Actor, version: int | None = None) -> Rule:
    """Change the formula, the message or its field. Raises like `change_field`."""
    row: Rule = to_change(Rule, rule_id, by)
    check_version(row, version)
    before = told(row)
    errors = Errors()
    for unknown in set(values) - set(RULE_CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    _set_rule(row, shapable(row.object, by), values, errors)
    errors.stop()
    save_changed(row, before, by)
    return row


def archive_rule(rule_id: int, *, by: Actor) -> Rule:
    """It is not asked any more, and can come back."""
    row: Rule = archive(to_change(Rule, rule_id, by), by)
    return row


def restore_rule(rule_id: int, *, by: Actor) -> Rule:
    row: Rule = restore(to_change(Rule, rule_id, by), by)
    return row


def rules_made(object: str, *, archived: bool = False) -> list[Rule]:
    """An object's rules in their order, or the archived ones."""
    rows = Rule.objects.filter(object=object, archived_at__isnull=not archived)
    return list(rows.order_by("position", "id"))


def _set_rule(row: Rule, target: Object, values: Mapping[str, Any], errors: Errors) -> None:
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
