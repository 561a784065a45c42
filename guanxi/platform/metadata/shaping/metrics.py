"""A workspace's own metrics: add, change, archive, restore; and as text files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.kinds import free_name, read_label, spoken
from guanxi.platform.metadata.layouts import TextPart, register_text_part
from guanxi.platform.metadata.metrics import AGGREGATES, Metric, metric, shipped_metrics
from guanxi.platform.metadata.models import OwnMetric
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import metric_of
from guanxi.platform.metadata.shaping.made import (
    METRIC_CHANGEABLE,
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
    target = shapable(object, by)
    taken = set(OwnMetric.objects.values_list("name", flat=True)) | shipped_metrics()
    row = OwnMetric(
        workspace_id=by.workspace_id,
        object=target.name,
        position=next_position(OwnMetric.objects.all()),
        created_by_id=by.member_id,
        date="created_at",
    )
    errors = Errors()
    _set_metric(row, target, {"label": label, **values}, errors)
    row.name = name or free_name(spoken(row.label), taken, otherwise="metric")
    errors.take("name", lambda: check_name(row.name, taken))
    if OwnMetric.objects.filter(archived_at=None).count() >= MOST_METRICS:
        errors.add("name", "most", _("A workspace may have %(most)d metrics.") % {"most": MOST_METRICS})
    errors.stop()
    _examine(row, by)
    row.save(force_insert=True)
    state_made(row, "created", by, {one: [None, value] for one, value in told(row).items() if value})
    return row


@transaction.atomic
def change_metric(
    metric_id: int, values: Mapping[str, Any], *, by: Actor, version: int | None = None
) -> OwnMetric:
    """Change what it counts. Raises like `change_field`."""
    row: OwnMetric = to_change(OwnMetric, metric_id, by)
    check_version(row, version)
    before = told(row)
    errors = Errors()
    for unknown in set(values) - set(METRIC_CHANGEABLE):
        errors.add(unknown, "unknown_field", _("“%(name)s” can't be changed.") % {"name": unknown})
    _set_metric(row, shapable(row.object, by), values, errors)
    if not metric_of(row, registry.of_workspace()).adds_up:
        errors.take("aggregate", partial(_check_unused, row))
    errors.stop()
    _examine(row, by)
    save_changed(row, before, by)
    return row


@transaction.atomic
def archive_metric(metric_id: int, *, by: Actor) -> OwnMetric:
    """It is not offered any more, and can come back. Raises InvalidValues where a ratio is made of it."""
    row: OwnMetric = to_change(OwnMetric, metric_id, by)
    errors = Errors()
    errors.take("metric", partial(_check_unused, row))
    errors.stop()
    found: OwnMetric = archive(row, by)
    return found


@transaction.atomic
def restore_metric(metric_id: int, *, by: Actor) -> OwnMetric:
    row: OwnMetric = to_change(OwnMetric, metric_id, by)
    errors = Errors()
    for name in ("part", "whole") if row.aggregate == "ratio" else ():
        errors.take(name, partial(_check_part, row, getattr(row, name)))
    errors.stop()
    _examine(row, by)
    found: OwnMetric = restore(row, by)
    return found


def metrics_made(*, archived: bool = False) -> list[OwnMetric]:
    """The workspace's own metrics in their order, or the archived ones."""
    return list(OwnMetric.objects.filter(archived_at__isnull=not archived).order_by("position", "id"))


def _set_metric(row: OwnMetric, target: Object, values: Mapping[str, Any], errors: Errors) -> None:
    if "label" in values:
        row.label = errors.take("label", lambda: needed_label(values["label"])) or row.label
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
